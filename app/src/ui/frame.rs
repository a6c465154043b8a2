//! What stands around the content of every page: the way round, and who is signed in.

pub mod tools;
pub mod ways;

use domain::actor::Operator;
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;

use self::{
    tools::{LanguageSwitch, ThemeSwitch},
    ways::{OpsWays, ShopWays},
};
use super::icon::{Glyph, Icon};
use crate::{
    context::IsDemo,
    form::{self, sign_in_page},
    locale::{self, t},
    server_fns::accounts::OperatorSignOut,
    session,
};

/// A page of the shop. `here` is the entry of the navigation it belongs to, as its address; `wide`
/// is for pages that stand in columns on a desk.
#[component]
pub fn ShopFrame(
    #[prop(into)] title: String,
    #[prop(default = "")] here: &'static str,
    #[prop(optional)] wide: bool,
    children: Children,
) -> impl IntoView {
    let ways = Suspend::new(async move {
        let pieces = match session::is_there() {
            true => session::basket().await.map_or(0, |basket| basket.pieces()),
            false => 0,
        };
        view! { <ShopWays here=here pieces=pieces /> }
    });
    view! {
        <Opening title=title />
        <header class="border-b border-line bg-surface print:hidden">
            <div class="mx-auto flex w-full max-w-6xl items-center gap-2 px-4 py-1 md:py-2">
                <Brand home="/" />
                {ways}
                <div class="ml-auto flex items-center gap-1">
                    <LanguageSwitch />
                    <ThemeSwitch />
                    {Suspend::new(shopper(here))}
                </div>
            </div>
        </header>
        <Content width=if wide { WIDE } else { NARROW } children=children />
    }
}

/// A page of the console. Before somebody signs in there is nowhere to go, so no way is shown.
#[component]
pub fn OpsFrame(
    #[prop(into)] title: String,
    #[prop(default = "")] here: &'static str,
    children: Children,
) -> impl IntoView {
    let body = Suspend::new(async move {
        let operator = match session::is_there() {
            true => session::operator().await.ok(),
            false => None,
        };
        match operator {
            Some(operator) => {
                view! { <Console here=here operator=operator children=children /> }.into_any()
            }
            None => view! { <Door children=children /> }.into_any(),
        }
    });
    view! {
        <Opening title=title />
        {body}
    }
}

/// A page that leads nowhere but to itself.
#[component]
pub fn BareFrame(#[prop(into)] title: String, children: Children) -> impl IntoView {
    view! {
        <Opening title=title />
        <main id="content" tabindex="-1" class=[NARROW, MAIN].join(" ")>
            {children()}
        </main>
    }
}

/// The ways stand at the side on a desk; on a phone a button opens them.
#[component]
fn Console(here: &'static str, operator: Operator, children: Children) -> impl IntoView {
    let Operator { id, name, role, .. } = operator;
    let (may_administer, role) = (role.can_administer(), locale::role(role));
    view! {
        <div class="lg:grid lg:min-h-dvh lg:grid-cols-[15rem_minmax(0,1fr)]">
            <header class="flex items-center gap-2 border-b border-line bg-surface px-4 py-1 lg:sticky lg:top-0 lg:h-dvh lg:flex-col lg:items-stretch lg:border-r lg:border-b-0 lg:px-3 lg:py-4 print:hidden">
                <button type="button" popovertarget="side" class=OPENER aria-label=t("menu")>
                    <Icon glyph=Glyph::Menu />
                </button>
                <div class="lg:px-2">
                    <Brand home="/ops" />
                </div>
                <div id="side" popover="auto" class="side">
                    <OpsWays here=here may_administer=may_administer />
                    <div class="mt-auto border-t border-line pt-3">
                        <a
                            class="flex min-h-11 items-center gap-3 rounded-lg px-2 hover:bg-sunken"
                            href=format!("/ops/operators/{id}")
                            title=t("operator-account")
                        >
                            <Icon glyph=Glyph::User />
                            <span class="min-w-0">
                                <span class="block truncate font-medium" dir="auto">
                                    {name}
                                </span>
                                <span class="block text-muted">{role}</span>
                            </span>
                        </a>
                        <form method="post" action=OperatorSignOut::url()>
                            <button type="submit" class=LEAVE>
                                <Icon glyph=Glyph::SignOut />
                                {t("nav-sign-out")}
                            </button>
                        </form>
                    </div>
                </div>
                <div class="ml-auto flex items-center gap-1 lg:ml-0">
                    <LanguageSwitch />
                    <ThemeSwitch />
                </div>
            </header>
            <div class="min-w-0">
                <Content width=DESK children=children />
            </div>
        </div>
    }
}

#[component]
fn Door(children: Children) -> impl IntoView {
    view! {
        <header class="border-b border-line bg-surface print:hidden">
            <div class="mx-auto flex w-full max-w-6xl items-center gap-2 px-4 py-1 md:py-2">
                <Brand home="/ops" />
                <div class="ml-auto flex items-center gap-1">
                    <LanguageSwitch />
                    <ThemeSwitch />
                </div>
            </div>
        </header>
        <Content width=WIDE children=children />
    }
}

const NARROW: &str = class!("mx-auto w-full max-w-3xl px-4");
const WIDE: &str = class!("mx-auto w-full max-w-6xl px-4");
const DESK: &str = class!("mx-auto w-full max-w-7xl px-4 lg:px-8");
const QUIET: &str = class!(
    "inline-flex min-h-11 items-center gap-2 rounded-lg px-2 text-sm whitespace-nowrap text-muted transition-colors hover:bg-sunken hover:text-text"
);
/// As its neighbours at the side stand.
const LEAVE: &str = class!(
    "flex min-h-11 w-full items-center gap-3 rounded-lg px-2 text-muted transition-colors hover:bg-sunken hover:text-text"
);
const ACCOUNT: &str = class!(
    "inline-flex min-h-11 min-w-11 items-center justify-center rounded-lg text-muted transition-colors hover:bg-sunken hover:text-text"
);
const OPENER: &str = class!(
    "-ml-2 inline-flex h-11 w-11 items-center justify-center rounded-lg text-muted hover:bg-sunken hover:text-text lg:hidden"
);

/// One's account, or the door, which leads back to a page that belongs somewhere; nothing where nobody
/// can know who asks.
async fn shopper(here: &'static str) -> Option<AnyView> {
    if !session::is_there() {
        return None;
    }
    let who = match session::maybe_shopper().await.ok().flatten() {
        Some(_) => view! {
            <a class=ACCOUNT href="/account" aria-label=t("account-title") title=t("account-title")>
                <Icon glyph=Glyph::User />
            </a>
        }
        .into_any(),
        None => {
            // Just as it was looked at: a link's own card is on no other page.
            let page = if here.is_empty() { String::new() } else { form::here() };
            view! {
                <a class=QUIET href=sign_in_page(&page)>
                    {t("nav-sign-in")}
                </a>
            }
            .into_any()
        }
    };
    Some(who)
}

/// The title, and the first thing that the keyboard reaches.
#[component]
fn Opening(title: String) -> impl IntoView {
    // Leptos puts the text into the page as it is.
    let title = [title, t("separator"), t("app-name")].concat();
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    view! {
        <Title text=title />
        <a
            class="skip-link absolute top-2 left-4 z-30 rounded-lg bg-surface px-4 py-2 font-medium shadow-sm"
            href="#content"
        >
            {t("skip-to-content")}
        </a>
    }
}

#[component]
fn Brand(home: &'static str) -> impl IntoView {
    view! {
        <a
            class="inline-flex min-h-11 items-center gap-2 rounded-lg pr-2 text-lg font-semibold text-accent"
            href=home
        >
            <Icon glyph=Glyph::Ticket class="h-6 w-6 shrink-0" />
            {t("app-name")}
        </a>
    }
}

#[component]
fn Content(width: &'static str, children: Children) -> impl IntoView {
    let is_demo = use_context::<IsDemo>() == Some(IsDemo(true));
    let demo = is_demo.then(|| {
        view! {
            <footer class=[width, FOOT].join(" ")>
                <Icon glyph=Glyph::Info class="h-4 w-4 shrink-0" />
                <p>{t("demo-note")}</p>
            </footer>
        }
    });
    view! {
        // `frontend/wake.js` shows it while the browser has no connection.
        <div aria-live="polite" class="sticky top-0 z-20">
            <p id="offline" hidden class="bg-warn-soft px-4 py-2 text-center text-sm text-warn">
                {t("offline-note")}
            </p>
        </div>
        <main id="content" tabindex="-1" class=[width, MAIN].join(" ")>
            {children()}
        </main>
        {demo}
    }
}

const MAIN: &str = class!("py-6");
const FOOT: &str =
    class!("flex items-center justify-center gap-2 py-6 text-sm text-muted print:hidden");
