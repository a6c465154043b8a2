//! The wallet: every coupon of a shopper, by what can be done with it, and a box for pool codes.

pub mod coupon;
mod held;
mod pool_code;
mod reminders;
mod timeline;

use domain::{Code, Money, actor::Shopper};
use engine::{
    Engine,
    catalogue::{self, Catalogue},
    offers,
    wallet::{self, Counts, Group},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    AppError,
    context::engine,
    failure,
    flash::flash,
    form::see_other,
    locale::{money, t},
    session,
    ui::{Empty, LinkButton, Look, Pager, Said, ShopFrame},
};

/// Which part of the wallet is looked at.
#[derive(Clone, Copy)]
struct Part {
    group: Group,
    /// From 0.
    page: u64,
}

/// `/wallet`; `?show=` chooses the group, `?page=` the page of it, `?coupon=` leads to one coupon.
#[component]
pub fn WalletPage() -> impl IntoView {
    let (part, coupon) = use_query_map().with_untracked(|query| {
        let page = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
        let group = query.get("show").and_then(|word| group(&word)).unwrap_or(Group::Available);
        (Part { group, page: u64::max(page, 1) - 1 }, query.get("coupon"))
    });
    failure::page(async move {
        let (engine, shopper) = (engine(), session::shopper().await?);
        if let Some(code) = coupon {
            let code = Code::parse(&code).ok_or(AppError::NotFound)?;
            see_other(&format!("/wallet/{code}"));
        }
        let flash = flash().await;
        let counts = wallet::counts(&engine, &shopper).await?;
        let saved = wallet::saved_this_year(&engine, &shopper).await?;
        let openings = offers::reminders(&engine, &shopper).await?;
        let ends = wallet::reminders(&engine, &shopper).await?;
        let reminders = reminders::list(&openings, &ends);
        let content = if counts.total() == 0 {
            view! {
                <Empty text=t("wallet-empty")>
                    <LinkButton href="/">{t("wallet-to-center")}</LinkButton>
                </Empty>
                {pool_code::form(&flash, true)}
            }
            .into_any()
        } else {
            let coupons = coupons(&engine, &shopper, &counts, part).await?;
            view! {
                {figures(&counts, saved)}
                {pool_code::form(&flash, false)}
                {tabs(&counts, part.group)}
                {coupons}
            }
            .into_any()
        };
        // What is wrong with a code is told beside its field.
        let said = Some(flash).filter(|flash| flash.form != pool_code::FORM);
        Ok(view! {
            <ShopFrame title=t("wallet-title") here="/wallet">
                <div class="mb-4 flex flex-wrap items-center justify-between gap-2">
                    <h1 class="text-2xl font-semibold">{t("wallet-title")}</h1>
                    <LinkButton href="/orders" look=Look::Plain>
                        {t("orders-title")}
                    </LinkButton>
                </div>
                {said.map(|flash| view! { <Said flash=flash /> })}
                {reminders}
                {content}
            </ShopFrame>
        })
    })
}

fn word(group: Group) -> &'static str {
    match group {
        Group::Available => "available",
        Group::InUse => "in-use",
        Group::Used => "used",
        Group::Over => "over",
    }
}

fn group(word: &str) -> Option<Group> {
    Group::ALL.into_iter().find(|group| self::word(*group) == word)
}

/// The key of a group's name; also the id of its section.
fn key(group: Group) -> &'static str {
    match group {
        Group::Available => "wallet-available",
        Group::InUse => "wallet-locked",
        Group::Used => "wallet-used",
        Group::Over => "wallet-over",
    }
}

/// The same in a word, for the tabs of a phone.
fn tab_key(group: Group) -> &'static str {
    match group {
        Group::Available => "wallet-tab-available",
        Group::InUse => "wallet-tab-locked",
        Group::Used => "wallet-tab-used",
        Group::Over => "wallet-tab-over",
    }
}

/// What a shopper wants to know before anything else.
fn figures(counts: &Counts, saved: Money) -> impl IntoView + use<> {
    let expiring = match counts.expiring_today {
        0 => view! { <span class=FIGURE>"0"</span> }.into_any(),
        // They are the first of the available ones.
        n => view! {
            <a class=FIGURE_LEADING href="/wallet#wallet-available">
                {n}
            </a>
        }
        .into_any(),
    };
    view! {
        <dl class="grid grid-cols-3 rounded-xl border border-line bg-surface py-3 text-center shadow-sm">
            <div class="flex flex-col-reverse justify-end px-1">
                <dt class=FIGURE_NAME>{t("wallet-figure-available")}</dt>
                <dd>
                    <span class=FIGURE>{counts.of(Group::Available)}</span>
                </dd>
            </div>
            <div class="flex flex-col-reverse justify-end border-l border-line px-1">
                <dt class=FIGURE_NAME>{t("wallet-figure-expiring")}</dt>
                <dd>{expiring}</dd>
            </div>
            <div class="flex flex-col-reverse justify-end border-l border-line px-1">
                <dt class=FIGURE_NAME>{t("wallet-figure-saved")}</dt>
                <dd>
                    <span class=FIGURE>{money(saved)}</span>
                </dd>
            </div>
        </dl>
    }
}

/// Three stand side by side on a phone.
const FIGURE_NAME: &str = class!("text-xs text-muted sm:text-sm");
const FIGURE: &str =
    class!("inline-flex min-h-11 items-center text-xl font-semibold tabular-nums sm:text-2xl");
const FIGURE_LEADING: &str = class!(
    "inline-flex min-h-11 min-w-11 items-center justify-center text-xl font-semibold text-accent underline underline-offset-4 tabular-nums sm:text-2xl"
);

fn tabs(counts: &Counts, here: Group) -> impl IntoView + use<> {
    let tab = |group: Group| {
        let is_here = group == here;
        view! {
            <li class="shrink-0">
                <a
                    class=if is_here { TAB_HERE } else { TAB }
                    href=format!("/wallet?show={}", word(group))
                    aria-current=is_here.then_some("page")
                >
                    {t(tab_key(group))}
                    <span class="text-sm font-normal tabular-nums">{counts.of(group)}</span>
                </a>
            </li>
        }
    };
    view! {
        <nav aria-label=t("wallet-tabs") class="mb-4 border-b border-line">
            <ul class="flex flex-wrap gap-x-1">{Group::ALL.map(tab).collect_view()}</ul>
        </nav>
    }
}

const TAB: &str = class!(
    "inline-flex min-h-11 items-center gap-1 border-b-2 border-transparent px-2 font-medium text-muted sm:px-3 hover:text-text"
);
const TAB_HERE: &str = class!(
    "inline-flex min-h-11 items-center gap-1 border-b-2 border-accent px-2 font-medium text-accent sm:px-3"
);

/// The page of the group that is looked at; one past the end is the last.
async fn coupons(
    engine: &Engine,
    shopper: &Shopper,
    counts: &Counts,
    part: Part,
) -> Result<impl IntoView + use<>, AppError> {
    let Part { group, page } = part;
    let pages = counts.of(group).div_ceil(wallet::PAGE).max(1);
    let page = page.min(pages - 1);
    let coupons = wallet::page(engine, shopper, group, page).await?;
    let uses = match group {
        Group::Used => wallet::uses(engine, &coupons).await?,
        _ => Default::default(),
    };
    let (catalogue, now) = (catalogue::current(engine).await?, engine.now());
    let facts = wallet::facts(engine, shopper).await?;
    let catalogue: &Catalogue = &catalogue;
    let empty = coupons.is_empty().then(|| nothing(group));
    let coupons: Vec<AnyView> = coupons
        .iter()
        .map(|coupon| held::held(coupon, uses.get(&coupon.code), catalogue, &facts, now))
        .collect();
    let href = move |page| format!("/wallet?show={}&page={page}", word(group));
    Ok(view! {
        <section id=key(group)>
            <h2 class="sr-only">{t(key(group))}</h2>
            {empty}
            <div class="grid gap-4">{coupons}</div>
            <Pager page=page + 1 pages=pages href=href />
        </section>
    })
}

/// A group without coupons says what would bring some, where something would.
fn nothing(group: Group) -> impl IntoView {
    let (text, way) = match group {
        Group::Available => (t("wallet-none-available"), Some(("/", t("wallet-to-center")))),
        Group::InUse => (t("wallet-none-locked"), None),
        Group::Used => (t("wallet-none-used"), Some(("/basket", t("coupon-to-basket")))),
        Group::Over => (t("wallet-none-over"), None),
    };
    let way = way.map(|(href, text)| {
        view! {
            <LinkButton href=href look=Look::Secondary>
                {text}
            </LinkButton>
        }
    });
    view! { <Empty text=text>{way}</Empty> }
}
