//! The list of a shopper's orders.

use domain::{Money, lock::LockState};
use engine::{
    catalogue::{self, Catalogue},
    redemption::{self, Placed},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::order::{address, product_name, standing};
use crate::{
    context::engine,
    failure,
    locale::{money, price, t, t_with},
    session,
    ui::{Chip, Empty, LinkButton, Look, Moment, Pager, ShopFrame},
};

/// `/orders`, a page of them by `?page=`; one past the end is the last.
#[component]
pub fn OrdersPage() -> impl IntoView {
    let asked = use_query_map().with_untracked(|query| query.get("page")?.parse::<u64>().ok());
    failure::page(async move {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let asked = asked.unwrap_or(1).max(1);
        let found = redemption::orders(&engine, &shopper, asked - 1).await?;
        let empty = (found.total == 0).then(|| {
            view! {
                <Empty text=t("orders-empty")>
                    <LinkButton href="/basket#shelf">{t("basket-to-shelf")}</LinkButton>
                </Empty>
            }
        });
        let catalogue = catalogue::current(&engine).await?;
        let orders: Vec<_> = found.orders.iter().map(|it| placed(it, &catalogue)).collect();
        Ok(view! {
            <ShopFrame title=t("orders-title")>
                <div class="mb-4 flex flex-wrap items-center justify-between gap-2">
                    <h1 class="text-2xl font-semibold">{t("orders-title")}</h1>
                    <LinkButton href="/basket" look=Look::Plain>
                        {t("nav-basket")}
                    </LinkButton>
                </div>
                {empty}
                <ul class="grid gap-2">{orders}</ul>
                <Pager
                    page=found.page + 1
                    pages=found.total.div_ceil(redemption::PAGE)
                    href=|to| format!("/orders?page={to}")
                />
            </ShopFrame>
        })
    })
}

/// How many of the goods are named.
const NAMED: usize = 2;

/// What was bought: the first of it by name.
fn goods(placed: &Placed, catalogue: &Catalogue) -> String {
    let names =
        placed.goods.iter().take(NAMED).map(|(product, _)| product_name(catalogue, product));
    names.collect::<Vec<_>>().join(&t("orders-comma"))
}

/// How much was bought: what was not named, and how many pieces in all.
fn pieces(placed: &Placed) -> String {
    let kinds = placed.goods.len();
    let more = kinds.saturating_sub(NAMED);
    let filled = [("more", more.into()), ("kinds", kinds.into())];
    let more = (more > 0).then(|| t_with("orders-more", filled));
    let pieces: u64 = placed.goods.iter().map(|(_, quantity)| u64::from(*quantity)).sum();
    let pieces = t_with("basket-pieces", [("n", pieces.into())]);
    more.into_iter().chain([pieces]).collect::<Vec<_>>().join(&t("separator"))
}

fn placed(placed: &Placed, catalogue: &Catalogue) -> impl IntoView + use<> {
    let (tone, word) = standing(placed.state, placed.total(), placed.returned);
    // Until it is paid nothing is saved, and what went back saves nothing any more.
    let (saves, discount) = match placed.state {
        LockState::Active => ("saves", placed.discount),
        LockState::Redeemed => ("orders-saved", placed.kept),
        LockState::Released | LockState::Lapsed => ("orders-saved", Money::ZERO),
    };
    let note = |key: &'static str, amount: Money| {
        (!amount.is_zero()).then(|| {
            view! { <span class="block text-sm text-muted">{t_with(key, [("amount", money(amount).into())])}</span> }
        })
    };
    view! {
        <li class="relative flex items-center justify-between gap-3 rounded-xl border border-line bg-surface p-4 hover:border-edge">
            <div class="min-w-0">
                <a
                    class="font-medium break-all after:absolute after:inset-0 after:content-['']"
                    href=address(&placed.order)
                >
                    {t_with("order-title", [("order", placed.order.to_string().into())])}
                </a>
                <p class="mt-1 line-clamp-2 text-sm" dir="auto">
                    {goods(placed, catalogue)}
                </p>
                <p class="text-sm">{pieces(placed)}</p>
                <p class="mt-1 flex flex-wrap items-center gap-2 text-sm text-muted">
                    <Moment at=placed.at />
                    <Chip tone=tone>{t(word)}</Chip>
                </p>
            </div>
            <p class="shrink-0 text-right tabular-nums">
                <span class="font-semibold">{price(placed.total())}</span>
                {note(saves, discount)}
                {note("orders-paid-back", placed.returned)}
            </p>
        </li>
    }
}
