//! An order: what it holds, how long its coupons are kept for it, paying, and what went back.

use std::collections::HashMap;

use domain::{Code, Money, OrderRef, Time, lock::LockState, quote::Quote};
use engine::{
    catalogue::{self, Catalogue},
    redemption::{self, Order, Redemption},
    wallet,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{giving_back::giving_back, reckoning::part_return_note};
use crate::{
    AppError,
    context::engine,
    failure,
    flash::flash,
    locale::{self, money, name, t, t_with},
    server_fns::redemption::{Cancel, Pay},
    session,
    ui::{Button, Card, Chip, Hidden, LinkButton, Look, Moment, Said, ShopFrame, Tone},
};

/// `/orders/{order}`
#[component]
pub fn OrderPage() -> impl IntoView {
    let asked = use_params_map().with_untracked(|params| params.get("order"));
    failure::page(async move {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let asked = asked.and_then(|order| OrderRef::new(order).ok()).ok_or(AppError::NotFound)?;
        let order = redemption::order(&engine, &shopper, &asked).await?;
        let wallet = wallet::wallet(&engine, &shopper).await?;
        let coupons: HashMap<Code, wallet::Coupon> =
            wallet.into_iter().map(|coupon| (coupon.code, coupon)).collect();
        let (catalogue, flash) = (catalogue::current(&engine).await?, flash().await);
        let state = order.lock.state_at(engine.now());
        let title = t_with("order-title", [("order", asked.to_string().into())]);
        let (tone, word) = standing(state);
        let next = match (state, &order.redemption) {
            (LockState::Active, _) => paying(&order, &coupons).into_any(),
            (LockState::Redeemed, Some(paid)) => paid_view(paid, &catalogue).into_any(),
            (LockState::Lapsed, _) => ended("order-lapsed-text").into_any(),
            _ => ended("order-released-text").into_any(),
        };
        let goods = goods(&order.lock.quote, &catalogue, &coupons);
        Ok(view! {
            <ShopFrame title=title.clone()>
                <div class="grid gap-4">
                    <h1 class="flex flex-wrap items-center gap-3 text-2xl font-semibold">
                        {title} <Chip tone=tone>{t(word)}</Chip>
                    </h1>
                    <Said flash=flash />
                    {goods}
                    {next}
                </div>
            </ShopFrame>
        })
    })
}

fn standing(state: LockState) -> (Tone, &'static str) {
    match state {
        LockState::Active => (Tone::Warn, "order-active"),
        LockState::Released => (Tone::Neutral, "order-released"),
        LockState::Lapsed => (Tone::Neutral, "order-lapsed"),
        LockState::Redeemed => (Tone::Ok, "order-redeemed"),
    }
}

/// The name a product has on the shelf, or its id where it is no longer there.
pub(super) fn product_name(catalogue: &Catalogue, product: &domain::ProductId) -> String {
    catalogue.product(product).map_or_else(|| product.to_string(), |known| name(&known.name))
}

fn goods(
    quote: &Quote,
    catalogue: &Catalogue,
    coupons: &HashMap<Code, wallet::Coupon>,
) -> impl IntoView + use<> {
    let line = |quoted: &domain::quote::QuotedLine| {
        let gross = quoted.line.gross();
        let less = (!quoted.discount.is_zero()).then(|| {
            view! { <span class="block text-sm whitespace-nowrap text-accent">{minus(quoted.discount)}</span> }
        });
        view! {
            <li class="flex justify-between gap-3 py-2">
                <span>
                    {product_name(catalogue, &quoted.line.product)}
                    <span class="text-muted">{format!(" × {}", quoted.line.quantity)}</span>
                </span>
                <span class="text-right tabular-nums">{money(gross)} {less}</span>
            </li>
        }
    };
    let coupon = |applied: &domain::quote::Applied| {
        let title = coupons.get(&applied.code).map(|coupon| name(coupon.revision.draft.title()));
        view! {
            <li class="flex justify-between gap-3 text-accent">
                <a class="underline" href=format!("/wallet?coupon={0}#coupon-{0}", applied.code)>
                    {title.unwrap_or_else(|| locale::code(applied.code))}
                </a>
                <span class="tabular-nums">{minus(applied.discount)}</span>
            </li>
        }
    };
    let lines = quote.lines.iter().map(line).collect_view();
    let applied = quote.applied.iter().map(coupon).collect_view();
    let (subtotal, total) = (money(quote.subtotal()), money(quote.total()));
    view! {
        <Card title=t("order-lines")>
            <ul class="divide-y divide-line">{lines}</ul>
            <ul class="grid gap-1 border-t border-line pt-3">
                <li class="flex justify-between text-muted">
                    <span>{t("basket-subtotal")}</span>
                    <span class="tabular-nums">{subtotal}</span>
                </li>
                {applied}
                <li class="flex justify-between text-lg font-semibold">
                    <span>{t("order-total")}</span>
                    <span class="tabular-nums">{total}</span>
                </li>
            </ul>
        </Card>
    }
}

fn minus(amount: Money) -> String {
    money(Money::ZERO - amount)
}

/// The stand-in payment, and the way out before it.
fn paying(order: &Order, coupons: &HashMap<Code, wallet::Coupon>) -> impl IntoView + use<> {
    let id = order.lock.order.to_string();
    let amount = money(order.lock.quote.total());
    let until = t_with("order-active-until", [("until", locale::minute(order.lock.until).into())]);
    let applied = order.lock.quote.applied.iter().filter_map(|applied| coupons.get(&applied.code));
    let notes: Vec<_> = applied
        .map(|coupon| view! { <li>{part_return_note(&coupon.revision.draft)}</li> })
        .collect();
    view! {
        <Card>
            <p>{until}</p>
            <ul class="mt-2 grid gap-1 text-sm text-muted">{notes}</ul>
            <div class="mt-4 flex flex-wrap gap-3">
                <form method="post" action=Pay::url()>
                    <Hidden name="order" value=id.clone() />
                    <Hidden name="payment" value=format!("pay-{id}") />
                    <Button>{t_with("order-pay", [("amount", amount.into())])}</Button>
                </form>
                <form method="post" action=Cancel::url()>
                    <Hidden name="order" value=id />
                    <Button look=Look::Danger>{t("order-cancel")}</Button>
                </form>
            </div>
            <p class="mt-2 text-sm text-muted">{t("order-pay-note")}</p>
        </Card>
    }
}

fn ended(key: &'static str) -> impl IntoView + use<> {
    view! {
        <Card>
            <p class="mb-4">{t(key)}</p>
            <LinkButton href="/basket">{t("order-again")}</LinkButton>
        </Card>
    }
}

fn paid_view(paid: &Redemption, catalogue: &Catalogue) -> impl IntoView + use<> {
    let refund = |returned: &redemption::Returned| {
        let came_back = (!returned.coupons.is_empty()).then(|| {
            view! { <Chip tone=Tone::Ok>{t("order-refund-coupon")}</Chip> }
        });
        view! {
            <li class="flex flex-wrap items-center gap-2">
                <Moment at=returned.at />
                {t_with("order-refund-line", [("amount", money(returned.amount).into())])}
                {came_back}
            </li>
        }
    };
    let refunds: Vec<_> = paid.returns.iter().map(refund).collect();
    let refunds = (!refunds.is_empty()).then(|| {
        view! {
            <h3 class="mt-4 font-semibold">{t("order-refunds")}</h3>
            <ul class="mt-1 grid gap-1">{refunds}</ul>
        }
    });
    let sums = sums(paid, paid.redeemed_at);
    view! {
        <Card>
            {sums}
            {refunds}
        </Card>
        {giving_back(paid, catalogue)}
    }
}

fn sums(paid: &Redemption, at: Time) -> impl IntoView + use<> {
    let back = (!paid.returns.is_empty()).then(|| {
        view! {
            <div class="flex justify-between">
                <dt>{t("order-refunded-sum")}</dt>
                <dd class="tabular-nums">{money(paid.returned())}</dd>
            </div>
        }
    });
    view! {
        <dl class="grid gap-1">
            <div class="flex justify-between">
                <dt>{t("order-paid-at")}</dt>
                <dd>
                    <Moment at=at />
                </dd>
            </div>
            <div class="flex justify-between">
                <dt>{t("order-paid-sum")}</dt>
                <dd class="tabular-nums">{money(paid.quote.total())}</dd>
            </div>
            {back}
        </dl>
    }
}
