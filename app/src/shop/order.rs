//! An order: what it holds, how long its coupons are kept for it, paying, and what went back.

use domain::{Code, Money, OrderRef, Time, coupon::State, lock::LockState, returns::ReturnedLine};
use engine::{
    catalogue::{self, Catalogue},
    redemption::{self, Discounts, Order, Outcome, Redemption, Returned},
    wallet::Coupon,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    giving_back::{GivingBack, Typed, gone, why_less},
    order_live::TimeLeft,
    reckoning::part_return_note,
    wallet::coupon::WAY_BACK,
};
use crate::{
    AppError,
    context::{engine, payment_center},
    failure,
    flash::{self, Flash, flash},
    form::escaped,
    locale::{self, last_minute, minute, money, name, price, t, t_with},
    server_fns::redemption::{Again, Cancel, FailPayment, Pay},
    session,
    ui::{Button, Card, Chip, Hidden, LinkButton, Look, Moment, Notice, Said, ShopFrame, Tone},
};

/// `/orders/{order}`; what is typed into the form for giving back travels in its query.
#[component]
pub fn OrderPage() -> impl IntoView {
    let asked = use_params_map().with_untracked(|params| params.get("order"));
    let typed = use_query_map().with_untracked(Typed::read);
    failure::page(async move {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let asked = asked.and_then(|order| OrderRef::new(order).ok()).ok_or(AppError::NotFound)?;
        let order = redemption::order(&engine, &shopper, &asked).await?;
        let (catalogue, flash, now) =
            (catalogue::current(&engine).await?, flash().await, engine.now());
        let state = order.lock.state_at(now);
        let discounts = match &order.redemption {
            Some(paid) if !paid.returns.is_empty() => redemption::discounts(&engine, paid).await?,
            _ => Discounts::default(),
        };
        let giving_back = match &order.redemption {
            Some(paid) => {
                let read = GivingBack::read(&engine, &order, paid, &catalogue, &typed, &flash);
                Some(read.await?)
            }
            None => None,
        };
        let wrongs = giving_back.as_ref().and_then(|it| it.wrongs(&flash));
        let giving_back = giving_back.map(GivingBack::view);
        let title = t_with("order-title", [("order", asked.to_string().into())]);
        let returned = order.redemption.as_ref().map(Redemption::returned).unwrap_or_default();
        let (tone, word) = standing(state, order.lock.quote.total(), returned);
        let next = match (state, &order.redemption) {
            (LockState::Active, _) => paying(&order, now).into_any(),
            (LockState::Redeemed, Some(paid)) => {
                paid_view(&order, paid, &discounts, &catalogue).into_any()
            }
            (LockState::Lapsed, _) => ended(&order, "order-lapsed-text").into_any(),
            _ => ended(&order, "order-released-text").into_any(),
        };
        let said = wrongs.unwrap_or_else(|| said(&flash));
        let goods = goods(&order, state, &catalogue);
        let coupons = coupons(&order, &discounts, now);
        Ok(view! {
            <ShopFrame title=title.clone() wide=true>
                <a class=WAY_BACK href="/orders">
                    {t("orders-title")}
                </a>
                <h1 class="mb-4 flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 text-2xl font-semibold">
                    <span class="min-w-0 break-all">{title}</span>
                    <Chip tone=tone>{t(word)}</Chip>
                </h1>
                <div class="mb-4 empty:hidden">{said}</div>
                <div class="grid grid-cols-1 gap-4 lg:grid-cols-[minmax(0,1fr)_24rem] lg:items-start lg:gap-6">
                    <div class="grid min-w-0 grid-cols-1 gap-4 lg:order-last">{next} {coupons}</div>
                    <div class="grid min-w-0 grid-cols-1 gap-4">{goods} {giving_back}</div>
                </div>
            </ShopFrame>
        })
    })
}

/// How the last press went; a payment that failed is no good news.
fn said(flash: &Flash) -> AnyView {
    match &flash.outcome {
        flash::Outcome::Done { message, .. } if message.starts_with("payment-failed") => {
            let sentence = t(message);
            view! { <Notice tone=Tone::Warn focus=true>{sentence}</Notice> }.into_any()
        }
        _ => view! { <Said flash=flash.clone() /> }.into_any(),
    }
}

/// Where an order of this total stands, in a word: of one that is paid, how much was paid back.
pub(super) fn standing(state: LockState, total: Money, returned: Money) -> (Tone, &'static str) {
    match state {
        LockState::Active => (Tone::Warn, "order-active"),
        LockState::Released => (Tone::Neutral, "order-released"),
        LockState::Lapsed => (Tone::Neutral, "order-lapsed"),
        LockState::Redeemed if returned.is_zero() => (Tone::Ok, "order-redeemed"),
        LockState::Redeemed if returned < total => (Tone::Ok, "order-partly-refunded"),
        LockState::Redeemed => (Tone::Neutral, "order-refunded"),
    }
}

/// Where an order's page is.
pub(super) fn address(order: &OrderRef) -> String {
    format!("/orders/{}", escaped(order.as_str()))
}

/// The name a product has on the shelf, or its id where it is no longer there.
pub(super) fn product_name(catalogue: &Catalogue, product: &domain::ProductId) -> String {
    catalogue.product(product).map_or_else(|| product.to_string(), |known| name(&known.name))
}

fn goods(order: &Order, state: LockState, catalogue: &Catalogue) -> impl IntoView + use<> {
    let (quote, coupons) = (&order.lock.quote, &order.coupons);
    // What would have been taken off is no news any more where nothing was paid.
    let off = match state {
        LockState::Active | LockState::Redeemed => class!("text-accent"),
        LockState::Released | LockState::Lapsed => class!("text-muted"),
    };
    let line = |quoted: &domain::quote::QuotedLine| {
        let gross = quoted.line.gross();
        let back = order.redemption.as_ref().map_or(0, |paid| gone(paid, quoted));
        let back = (back > 0).then(|| {
            view! { <span class="block text-sm text-muted">{t_with("order-line-returned", [("n", back.into())])}</span> }
        });
        let less = (!quoted.discount.is_zero()).then(|| {
            view! { <span class=["block text-sm whitespace-nowrap", off].join(" ")>{minus(quoted.discount)}</span> }
        });
        view! {
            <li class="flex justify-between gap-3 py-2">
                <span class="min-w-0">
                    <span dir="auto">{product_name(catalogue, &quoted.line.product)}</span>
                    <span class="text-muted">{format!(" × {}", quoted.line.quantity)}</span>
                    {back}
                </span>
                <span class="text-right tabular-nums">{price(gross)} {less}</span>
            </li>
        }
    };
    let coupon = |applied: &domain::quote::Applied| {
        view! {
            <li class=["flex justify-between gap-3", off].join(" ")>
                <span class="min-w-0" dir="auto">{title(coupons, applied.code)}</span>
                <span class="tabular-nums">{minus(applied.discount)}</span>
            </li>
        }
    };
    let lines = quote.lines.iter().map(line).collect_view();
    let applied = quote.applied.iter().map(coupon).collect_view();
    let (subtotal, total) = (price(quote.subtotal()), price(quote.total()));
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

fn title(coupons: &[Coupon], code: Code) -> String {
    let found = coupons.iter().find(|coupon| coupon.code == code);
    found.map_or_else(|| locale::code(code), |coupon| name(coupon.revision.draft.title()))
}

fn minus(amount: Money) -> String {
    price(Money::ZERO - amount)
}

/// The coupons of the order, each with where it stands now.
fn coupons(order: &Order, discounts: &Discounts, now: Time) -> impl IntoView + use<> {
    let is_waiting = order.lock.state_at(now) == LockState::Active;
    let coupon = |(which, applied): (usize, &domain::quote::Applied)| {
        let coupon = order.coupons.iter().find(|coupon| coupon.code == applied.code)?;
        let (tone, sentence) = whereabouts(order, coupon, now);
        let is_used = order.uses(coupon);
        // One that came back took nothing off in the end.
        let discount = (is_waiting || is_used).then(|| minus(applied.discount));
        let kept = discounts.kept.get(which).filter(|kept| is_used && **kept < applied.discount);
        let kept = kept.map(|kept| {
            let sentence = match kept.is_zero() {
                true => t("order-coupon-nothing-still"),
                false => t_with("order-coupon-still", [("amount", money(*kept).into())]),
            };
            view! { <p class="mt-1 text-sm">{sentence}</p> }
        });
        Some(view! {
            <li class="py-2">
                <p class="flex items-baseline justify-between gap-3">
                    <a
                        class="inline-flex min-h-11 min-w-0 items-center font-medium underline underline-offset-4"
                        href=format!("/wallet?coupon={0}#coupon-{0}", coupon.code)
                    >
                        <span class="line-clamp-2" dir="auto">
                            {name(coupon.revision.draft.title())}
                        </span>
                    </a>
                    <span class="font-semibold text-accent tabular-nums">{discount}</span>
                </p>
                {kept}
                <p class=STANDS>
                    <span class=[tone.class(), DOT].join(" ") aria-hidden="true"></span>
                    {sentence}
                </p>
            </li>
        })
    };
    let coupons: Vec<_> = order.lock.quote.applied.iter().enumerate().filter_map(coupon).collect();
    (!coupons.is_empty()).then(|| {
        view! {
            <Card id="order-coupons" title=t("order-coupons")>
                <ul class="-my-2 divide-y divide-line">{coupons}</ul>
            </Card>
        }
    })
}

const STANDS: &str = class!("mt-1 flex items-center gap-2 text-sm");
const DOT: &str = class!("h-3 w-3 shrink-0 rounded-full border border-current");

/// Where a coupon of an order stands now, in a sentence.
fn whereabouts(order: &Order, coupon: &Coupon, now: Time) -> (Tone, String) {
    let until = |key: &'static str, until: Time| t_with(key, [("until", minute(until).into())]);
    match (coupon.state_at(now), &coupon.lock) {
        (State::Locked, Some((lock, _, end))) if *lock == order.lock.id => {
            (Tone::Warn, until("order-coupon-kept", *end))
        }
        (State::Locked, _) => (Tone::Neutral, t("order-coupon-elsewhere")),
        (State::Redeemed, _) if order.uses(coupon) => (Tone::Accent, t("order-coupon-used")),
        (State::Redeemed, _) => (Tone::Neutral, t("order-coupon-used-elsewhere")),
        (State::Available, _) => (Tone::Ok, back(coupon)),
        (State::Expired, _) => (Tone::Neutral, t("order-coupon-expired")),
        (State::Revoked, _) => (Tone::Danger, t("order-coupon-cancelled")),
        (State::Held, _) => (Tone::Warn, t("order-coupon-checked")),
    }
}

fn back(coupon: &Coupon) -> String {
    match coupon.valid_until {
        Some(until) => t_with("order-coupon-back-until", [("until", last_minute(until).into())]),
        None => t("order-coupon-back"),
    }
}

/// The stand-in payment, and the ways out before it.
fn paying(order: &Order, now: Time) -> impl IntoView + use<> {
    let id = order.lock.order.to_string();
    let amount = price(order.lock.quote.total());
    let page = address(&order.lock.order);
    let has_coupons = !order.coupons.is_empty();
    let until = minute(order.lock.until);
    let until = if has_coupons {
        let n = order.coupons.len();
        t_with("order-active-until", [("until", until.into()), ("n", n.into())])
    } else {
        t_with("order-pay-until", [("until", until.into())])
    };
    let left = (order.lock.until - now).num_seconds();
    let cancelling = match order.coupons.len() {
        0 => "order-cancel-note-goods",
        1 => "order-cancel-note-coupon",
        _ => "order-cancel-note",
    };
    let note = |coupon: &Coupon| view! { <li>{part_return_note(&coupon.revision.draft)}</li> };
    let notes: Vec<_> = order.coupons.iter().map(note).collect();
    let notes = (!notes.is_empty()).then(|| {
        view! {
            <details class="mt-2 text-sm text-muted">
                <summary class="py-3 font-medium pointer-fine:py-1">{t("returns-title")}</summary>
                <ul class="mt-1 grid list-disc gap-1 pl-5">{notes}</ul>
            </details>
        }
    });
    let stand_in = payment_center().map(|_| {
        view! {
            <form method="post" action=Pay::url() class="mt-4 grid">
                <Hidden name="order" value=id.clone() />
                <Hidden name="payment" value=format!("pay-{id}") />
                <Button>{t_with("order-pay", [("amount", amount.into())])}</Button>
            </form>
            <p class="mt-2 text-sm text-muted">{t("order-pay-note")}</p>
            <form method="post" action=FailPayment::url() class="mt-2 grid">
                <Hidden name="order" value=id.clone() />
                <Button look=Look::Secondary>{t("order-let-fail")}</Button>
            </form>
        }
    });
    view! {
        <Card id="payment">
            <TimeLeft seconds=u32::try_from(left).unwrap_or(0) label=t("order-time-left")>
                <p class="mb-3 font-medium">{t("order-lapsed-text")}</p>
                <LinkButton href=page look=Look::Secondary>
                    {t("order-reload")}
                </LinkButton>
            </TimeLeft>
            <p class="mt-1 text-sm text-muted">{until}</p>
            {stand_in}
            <details class="mt-6 border-t border-line pt-2">
                <summary class="inline-flex min-h-11 items-center font-medium text-danger">
                    {t("order-cancel-ask")}
                </summary>
                <form method="post" action=Cancel::url() class="grid">
                    <p class="mb-2 text-sm text-muted">{t(cancelling)}</p>
                    <Hidden name="order" value=id />
                    <Button look=Look::Danger>{t("order-cancel")}</Button>
                </form>
            </details>
            {notes}
        </Card>
    }
}

/// It was not paid: why, and the way to try again.
fn ended(order: &Order, key: &'static str) -> impl IntoView + use<> {
    let again = once_more(order.lock.order.to_string(), "order-again", Look::Primary);
    view! {
        <Card>
            <p class="mb-4">{t(key)}</p>
            {again}
        </Card>
    }
}

/// Everything into the basket again, in one press.
fn once_more(order: String, key: &'static str, look: Look) -> impl IntoView {
    view! {
        <form method="post" action=Again::url() class="grid">
            <Hidden name="order" value=order />
            <Button look=look>{t(key)}</Button>
        </form>
    }
}

fn paid_view(
    order: &Order,
    paid: &Redemption,
    discounts: &Discounts,
    catalogue: &Catalogue,
) -> impl IntoView + use<> {
    let piece = |back: &ReturnedLine| {
        let quoted = paid.quote.lines.iter().find(|quoted| quoted.line.id == back.id)?;
        let called = product_name(catalogue, &quoted.line.product);
        let text = match back.quantity {
            // Only its price came down.
            0 if back.amount.is_zero() => return None,
            0 => called,
            quantity => format!("{called} × {quantity}"),
        };
        Some(view! { <li dir="auto">{text}</li> })
    };
    let refund = |(returned, clawed): (&Returned, &Vec<Money>)| {
        let less: Vec<_> = why_less(order, clawed)
            .into_iter()
            .map(|sentence| view! { <p>{sentence}</p> })
            .collect();
        let came_back = (!returned.coupons.is_empty()).then(|| {
            view! { <Chip tone=Tone::Ok>{t("order-refund-coupon")}</Chip> }
        });
        let pieces: Vec<_> = returned.lines.iter().filter_map(piece).collect();
        view! {
            <li>
                <p class="flex flex-wrap items-center gap-x-2">
                    <Moment at=returned.at />
                    {t_with("order-refund-line", [("amount", money(returned.amount).into())])}
                    {came_back}
                </p>
                {less}
                <ul class="text-muted">{pieces}</ul>
            </li>
        }
    };
    let refunds: Vec<_> = paid.returns.iter().zip(&discounts.clawed).map(refund).collect();
    let refunds = (!refunds.is_empty()).then(|| {
        view! {
            <h3 class="mt-4 font-semibold">{t("order-refunds")}</h3>
            <ul class="mt-1 grid gap-1 text-sm">{refunds}</ul>
        }
    });
    let without_coupon = (paid.outcome == Outcome::Exception).then(|| {
        view! { <Notice tone=Tone::Warn>{t("order-without-coupon")}</Notice> }
    });
    let sums = sums(paid);
    let again = once_more(paid.order.to_string(), "order-buy-again", Look::Secondary);
    view! {
        {without_coupon}
        <Card>
            {sums}
            {refunds}
            <div class="mt-4">{again}</div>
        </Card>
    }
}

fn sums(paid: &Redemption) -> impl IntoView + use<> {
    let back = (!paid.returns.is_empty()).then(|| {
        view! {
            <div class="flex justify-between">
                <dt>{t("order-refunded-sum")}</dt>
                <dd class="tabular-nums">{price(paid.returned())}</dd>
            </div>
        }
    });
    view! {
        <dl class="grid gap-1">
            <div class="flex justify-between">
                <dt>{t("order-paid-at")}</dt>
                <dd>
                    <Moment at=paid.redeemed_at />
                </dd>
            </div>
            <div class="flex justify-between">
                <dt>{t("order-paid-sum")}</dt>
                <dd class="tabular-nums">{price(paid.quote.total())}</dd>
            </div>
            {back}
        </dl>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_paid_back_is_part_of_where_an_order_stands() {
        let word =
            |state, total, returned| standing(state, Money::minor(total), Money::minor(returned)).1;
        assert_eq!(word(LockState::Active, 100, 0), "order-active");
        assert_eq!(word(LockState::Redeemed, 100, 0), "order-redeemed");
        assert_eq!(word(LockState::Redeemed, 100, 99), "order-partly-refunded");
        assert_eq!(word(LockState::Redeemed, 100, 100), "order-refunded");
        assert_eq!(word(LockState::Redeemed, 0, 0), "order-redeemed", "nothing was to pay");
    }
}
