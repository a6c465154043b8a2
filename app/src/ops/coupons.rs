//! Single coupons: found by code, order or shopper, and each on a page of its own.

pub mod actions;
pub mod one;

use domain::coupon::State;
use domain::lock::LockState;
use domain::template::Window;
use domain::{Code, ShopperId};
use engine::coupons::{self, By, Coupon, Found, PAGE};
use engine::redemption::Lock;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::shoppers::Shoppers;
use super::templates::count;
use crate::context::engine;
use crate::failure::page;
use crate::form::{escaped, see_other};
use crate::locale::{self, minute, name, t, t_with};
use crate::session;
use crate::ui::field::INPUT;
use crate::ui::table::{CELL, CELL_WIDE, Head, Table};
use crate::ui::{Button, Card, Chip, Empty, Glyph, Moment, OpsFrame, PageHead, Pager, Tone};

const PATH: &str = "/ops/coupons";

/// The page of a coupon.
pub(super) fn page_of(code: Code) -> String {
    format!("{PATH}/{code}")
}

/// What is found by an order or a shopper.
pub(super) fn search_for(text: &str) -> String {
    format!("{PATH}?search={}", escaped(text))
}

/// `/ops/coupons?search=…`; a code leads straight to its coupon.
#[component]
pub fn CouponsPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let search = query.get("search").map(|text| text.trim().to_owned()).unwrap_or_default();
    let place = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1u64).max(1);
    page(async move {
        let operator = session::operator().await?;
        let found = match search.is_empty() {
            true => None,
            false => coupons::find(&engine(), &operator, &search, place - 1).await?,
        };
        let ids = found.iter().flat_map(named).collect();
        let shoppers = Shoppers::behind(&operator, ids).await?;
        let result = match found {
            Some(Found { by: By::Code, coupons, .. }) => {
                if let Some(coupon) = coupons.first() {
                    see_other(&page_of(coupon.code));
                }
                view! { <List coupons=coupons shoppers=shoppers /> }.into_any()
            }
            Some(found) => {
                view! { <Listing found=found place=place shoppers=shoppers /> }.into_any()
            }
            None if search.is_empty() => view! {
                <Empty glyph=Glyph::Search title=t("ops-coupons-start-title") text=t("ops-coupons-start") />
            }
            .into_any(),
            None => view! {
                <Empty glyph=Glyph::Search title=t("ops-coupons-none-title") text=t("ops-coupons-none") />
            }
            .into_any(),
        };
        Ok(view! {
            <OpsFrame title=t("ops-coupons-title") here=PATH>
                <PageHead title=t("ops-coupons-title") lead=t("ops-coupons-lead") />
                <div class="grid gap-4">
                    <Search text=search />
                    {result}
                </div>
            </OpsFrame>
        })
    })
}

/// The shoppers that a listing names.
fn named(found: &Found) -> Vec<&ShopperId> {
    let about = match &found.by {
        By::Code => None,
        By::Order(lock) => Some(&lock.shopper),
        By::Shopper(shopper) => Some(shopper),
    };
    found.coupons.iter().map(|coupon| &coupon.shopper).chain(about).collect()
}

#[component]
fn Search(text: String) -> impl IntoView {
    view! {
        <form method="get" action=PATH role="search" class="flex flex-wrap items-end gap-3">
            <div class="min-w-48 flex-1">
                <label class="font-medium" for="search">
                    {t("ops-coupons-search")}
                </label>
                <input
                    id="search"
                    name="search"
                    type="search"
                    dir="auto"
                    autocomplete="off"
                    spellcheck="false"
                    value=text
                    class=INPUT
                />
            </div>
            <Button>{t("ops-coupons-press")}</Button>
        </form>
    }
}

/// The coupons of an order or a shopper.
#[component]
fn Listing(found: Found, place: u64, shoppers: Shoppers) -> impl IntoView {
    let Found { by, coupons, total } = found;
    let (about, search) = match by {
        By::Order(lock) => (order(&lock, &shoppers).into_any(), lock.order.to_string()),
        By::Shopper(shopper) => {
            let filled = [
                ("shopper", shopper.to_string().into()),
                ("n", total.into()),
                ("text", count(total).into()),
            ];
            let said = t_with("ops-coupons-of-shopper", filled);
            let known = shoppers.beside(&shopper);
            (
                view! { <p class="break-words">{said} " " {known}</p> }.into_any(),
                shopper.to_string(),
            )
        }
        By::Code => (().into_any(), String::new()),
    };
    let is_empty = coupons.is_empty();
    let list = if is_empty {
        view! { <p class="text-muted">{t("ops-coupons-nothing-here")}</p> }.into_any()
    } else {
        view! { <List coupons=coupons shoppers=shoppers /> }.into_any()
    };
    let turn = move |page: u64| format!("{}&page={page}", search_for(&search));
    view! {
        <div class="grid gap-3" role="status">
            {about}
        </div>
        {list}
        <Pager page=place pages=total.div_ceil(PAGE) href=turn />
    }
}

/// Where an order stands that has coupons, or had them.
fn order(lock: &Lock, shoppers: &Shoppers) -> impl IntoView + use<> {
    let state = lock.state_at(engine().now());
    let sentence = match state {
        LockState::Active => t_with("ops-order-active", [("until", minute(lock.until).into())]),
        LockState::Released => t("ops-order-released"),
        LockState::Lapsed => t("ops-order-lapsed"),
        LockState::Redeemed => t("ops-order-redeemed"),
    };
    let (shopper, known) = (lock.shopper.to_string(), shoppers.beside(&lock.shopper));
    let page = search_for(&shopper);
    view! {
        <p class="break-words">
            <span class="font-medium">
                {t_with("ops-order", [("order", lock.order.to_string().into())])}
            </span>
            {t("separator")}
            {sentence}
            {t("separator")}
            <a class=LINK href=page dir="auto">
                {shopper}
            </a>
            " "
            {known}
        </p>
    }
}

const LINK: &str = class!("break-all text-accent underline underline-offset-4");

#[component]
fn List(coupons: Vec<Coupon>, shoppers: Shoppers) -> impl IntoView {
    let now = engine().now();
    let row = move |coupon: Coupon| {
        let until = Window { from: None, until: coupon.valid_until };
        view! {
            <tr class="border-t border-line">
                <td class=CELL>
                    {link(coupon.code)}
                    <p class="break-words text-muted" dir="auto">
                        {name(coupon.revision.draft.title())}
                    </p>
                </td>
                <td class=CELL>
                    <StateChip state=coupon.state_at(now) />
                </td>
                <td class=CELL_WIDE>
                    <p class="break-all" dir="auto">
                        {coupon.shopper.to_string()}
                    </p>
                    {shoppers.beside(&coupon.shopper)}
                </td>
                <td class=CELL_WIDE>
                    <Moment at=coupon.claimed_at />
                </td>
                <td class=CELL_WIDE>{locale::window(until)}</td>
            </tr>
        }
    };
    let heads = [
        Head::Text(t("ops-coupon")),
        Head::Text(t("ops-coupon-state")),
        Head::Wide(t("ops-coupon-shopper")),
        Head::Wide(t("ops-coupon-got")),
        Head::Wide(t("ops-coupon-valid")),
    ];
    view! {
        <Card>
            <Table label=t("ops-coupons-title") heads=heads>
                {coupons.into_iter().map(row).collect_view()}
            </Table>
        </Card>
    }
}

/// The code of a coupon, in one piece, which leads to its page.
pub(super) fn link(code: Code) -> impl IntoView {
    view! {
        <a
            class="-my-1 inline-block py-1 font-medium whitespace-nowrap text-accent tabular-nums underline-offset-4 hover:underline"
            href=page_of(code)
        >
            {locale::code(code)}
        </a>
    }
}

/// Where a coupon stands, in the console's words.
pub(super) fn state_key(state: State) -> &'static str {
    match state {
        State::Available => "coupon-state-available",
        State::Locked => "coupon-state-locked",
        State::Redeemed => "coupon-state-redeemed",
        State::Expired => "coupon-state-expired",
        State::Revoked => "coupon-state-revoked",
        State::Held => "coupon-state-held",
    }
}

#[component]
pub(super) fn StateChip(state: State) -> impl IntoView {
    let tone = match state {
        State::Available => Tone::Ok,
        State::Locked => Tone::Accent,
        State::Held => Tone::Warn,
        State::Revoked => Tone::Danger,
        State::Redeemed | State::Expired => Tone::Neutral,
    };
    view! { <Chip tone=tone>{t(state_key(state))}</Chip> }
}
