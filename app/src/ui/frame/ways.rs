//! The ways round: one row for each page that stands in the navigation.

use leptos::prelude::*;

use crate::{
    locale::{t, t_with},
    ui::icon::{Glyph, Icon},
};

struct Way {
    href: &'static str,
    key: &'static str,
    glyph: Glyph,
    /// Everybody else would find the door closed.
    for_admins: bool,
}

/// Ways of one kind under a heading; the first need none.
struct Group {
    key: Option<&'static str>,
    ways: &'static [Way],
}

const fn way(href: &'static str, key: &'static str, glyph: Glyph) -> Way {
    Way { href, key, glyph, for_admins: false }
}

const fn admins_way(href: &'static str, key: &'static str, glyph: Glyph) -> Way {
    Way { href, key, glyph, for_admins: true }
}

const SHOP: &[Way] = &[
    way("/", "nav-center", Glyph::Ticket),
    way("/wallet", "nav-wallet", Glyph::Wallet),
    way(BASKET, "nav-basket", Glyph::Basket),
];

const BASKET: &str = "/basket";

const OPS: &[Group] = &[
    Group {
        key: None,
        ways: &[
            way("/ops", "nav-overview", Glyph::Overview),
            way("/ops/templates", "nav-templates", Glyph::Ticket),
            way("/ops/funnel", "nav-funnel", Glyph::Filter),
            way("/ops/channels", "nav-channels", Glyph::Screen),
            way("/ops/grants", "nav-grants", Glyph::Share),
            way("/ops/coupons", "nav-coupons", Glyph::Search),
            way("/ops/segments", "nav-segments", Glyph::People),
            way("/ops/catalogue", "nav-catalogue", Glyph::Basket),
            way("/ops/exceptions", "nav-exceptions", Glyph::Alert),
            way("/ops/risk", "nav-risk", Glyph::Shield),
            way("/ops/health", "nav-health", Glyph::Clock),
        ],
    },
    Group {
        key: Some("nav-group-access"),
        ways: &[
            way("/ops/operators", "nav-operators", Glyph::People),
            admins_way("/ops/keys", "nav-keys", Glyph::Key),
            way("/ops/webhooks", "nav-webhooks", Glyph::Link),
            way("/ops/audit", "nav-audit", Glyph::Calendar),
        ],
    },
];

/// At the bottom of a phone, where a thumb reaches; in the top bar on a desk.
#[component]
pub fn ShopWays(here: &'static str, pieces: u64) -> impl IntoView {
    let way = |way: &Way| {
        let is_here = way.href == here;
        let count = (way.href == BASKET && pieces > 0).then(|| {
            view! {
                <span aria-hidden="true" class=COUNT>
                    {if pieces > 99 { "99+".to_owned() } else { pieces.to_string() }}
                </span>
            }
        });
        let said = count.is_some().then(|| {
            let pieces = t_with("nav-basket-pieces", [("n", pieces.into())]);
            view! { <span class="sr-only">{pieces}</span> }
        });
        view! {
            <li class="flex-1 md:flex-none">
                <a
                    class=if is_here { TAB_HERE } else { TAB }
                    href=way.href
                    aria-current=is_here.then_some("page")
                >
                    <Icon glyph=way.glyph class="h-6 w-6 md:h-5 md:w-5" />
                    {t(way.key)}
                    {count}
                    {said}
                </a>
            </li>
        }
    };
    view! {
        <nav aria-label=t("nav") class="bottom-bar">
            <ul id="ways" class="flex md:gap-1">{SHOP.iter().map(way).collect_view()}</ul>
        </nav>
    }
}

const TAB: &str = class!(
    "relative flex min-h-14 flex-col items-center justify-center gap-0.5 px-2 text-xs font-medium text-muted transition-colors hover:text-text md:min-h-11 md:flex-row md:gap-2 md:rounded-lg md:px-3 md:text-base"
);
const TAB_HERE: &str = class!(
    "relative flex min-h-14 flex-col items-center justify-center gap-0.5 px-2 text-xs font-semibold text-accent md:min-h-11 md:flex-row md:gap-2 md:rounded-lg md:bg-accent-soft md:px-3 md:text-base"
);
const COUNT: &str = class!(
    "absolute top-0.5 left-1/2 min-w-5 rounded-full bg-accent px-1 text-center text-xs font-semibold tabular-nums text-on-accent md:static"
);

#[component]
pub fn OpsWays(here: &'static str, may_administer: bool) -> impl IntoView {
    let way = |way: &Way| {
        let is_here = way.href == here;
        view! {
            <li>
                <a
                    class=if is_here { ROW_HERE } else { ROW }
                    href=way.href
                    aria-current=is_here.then_some("page")
                >
                    <Icon glyph=way.glyph />
                    {t(way.key)}
                </a>
            </li>
        }
    };
    let is_open = |way: &&Way| may_administer || !way.for_admins;
    let group = |group: &Group| {
        let name = group.key.map(|key| {
            view! { <p class="px-2 pt-4 pb-1 text-xs font-medium text-muted">{t(key)}</p> }
        });
        view! {
            {name}
            <ul class="grid gap-1 lg:gap-0.5" aria-label=group.key.map(t)>
                {group.ways.iter().filter(is_open).map(way).collect_view()}
            </ul>
        }
    };
    view! { <nav aria-label=t("nav")>{OPS.iter().map(group).collect_view()}</nav> }
}

const ROW: &str = class!(
    "flex min-h-11 items-center gap-3 rounded-lg px-2 font-medium text-muted transition-colors hover:bg-sunken hover:text-text lg:min-h-8"
);
const ROW_HERE: &str = class!(
    "flex min-h-11 items-center gap-3 rounded-lg bg-accent-soft px-2 font-medium text-accent lg:min-h-8"
);
