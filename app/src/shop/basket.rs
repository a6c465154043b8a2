//! The basket: what was put in, the coupons that go with it, the way to an order, and the shelf.

use domain::{Money, OrderRef, ProductId, Refusal};
use engine::catalogue::{self, Catalogue, Product};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use super::{
    live::Live,
    order::product_name,
    reckoning::{Reckoning, Standing, part_return_note},
    scope::scope_line,
    shelf::{self, Part, press, shelf},
    stepper::{NUMBER, Step},
};
use crate::{
    AppError,
    basket::Basket,
    context::engine,
    failure,
    flash::{Flash, Outcome, flash},
    form::{leading_to, sign_in_page},
    locale::{self, money, name, price, t, t_with},
    server_fns::{
        basket::{
            AddToBasket, ChooseCoupons, EmptyBasket, QUANTITY, SetQuantities, TakeFromBasket,
            quantity_of,
        },
        redemption::CheckOut,
    },
    session,
    ui::{
        Bar, Button, Card, Empty, Glyph, Hidden, LINK, LinkButton, Look, Notice, Said, ShopFrame,
        Tone,
    },
};

/// How many of the coupons that do not fit are listed; the wallet has them all.
const OTHERS: usize = 30;

/// `/basket`, with the shelf by `?category=`, `?search=` and `?page=`.
#[component]
pub fn BasketPage() -> impl IntoView {
    let part = use_query_map().with_untracked(Part::read);
    failure::page(async move {
        let engine = engine();
        let catalogue = catalogue::current(&engine).await?;
        let (basket, gone) = kept(session::basket().await?, &catalogue).await?;
        let reckoning = match session::maybe_shopper().await? {
            Some(shopper) if !basket.is_empty() => {
                Some(Reckoning::read(&engine, &shopper, &basket).await?)
            }
            _ => None,
        };
        let flash = flash().await;
        let said = said(&flash, reckoning.as_ref(), &gone, &catalogue);
        let lines = lines(&basket, &catalogue, &flash);
        let shelf = shelf(&catalogue, &basket, &part);
        let coupons = reckoning.as_ref().map(|reckoning| coupons(reckoning, &catalogue));
        let on_returns = reckoning.as_ref().map(on_returns);
        let total = match &reckoning {
            Some(reckoning) => Some(total(&basket, reckoning).into_any()),
            None => (!basket.is_empty()).then(|| without_account(&basket, &catalogue).into_any()),
        };
        let parts = PARTS.map(str::to_owned).to_vec();
        Ok(view! {
            <ShopFrame title=t("basket-title") here="/basket" wide=true>
                <div class="mb-4 flex flex-wrap items-center justify-between gap-2">
                    <h1 class="text-2xl font-semibold">{t("basket-title")}</h1>
                    <div class="flex flex-wrap gap-3">
                        <span class="lg:hidden">
                            <LinkButton href="#shelf" look=Look::Plain>
                                {t("basket-to-shelf")}
                            </LinkButton>
                        </span>
                        <LinkButton href="/orders" look=Look::Plain>
                            {t("orders-title")}
                        </LinkButton>
                    </div>
                </div>
                <Live parts=parts offline=t("error-offline")>
                    {presses()}
                    <div class="grid grid-cols-1 gap-8 lg:grid-cols-[minmax(0,1fr)_26rem] lg:items-start lg:gap-6">
                        <div id="basket" data-scroller="" class=ASIDE>
                            // Hidden while it is empty, it would be born with its text and say nothing.
                            <div id="said" aria-live="polite" class="empty:absolute">
                                {said}
                            </div>
                            <div id="lines" tabindex="-1">{lines}</div>
                            <form id=ORDER method="post" action=CheckOut::url() class="contents">
                                <div id="coupons" tabindex="-1" class="empty:hidden">{coupons}</div>
                                <div id="total" aria-live="polite" aria-atomic="true" class=TOTAL>
                                    {total}
                                </div>
                            </form>
                            <div id="returns" class="empty:hidden">{on_returns}</div>
                        </div>
                        <section id="shelf" tabindex="-1" class="min-w-0 lg:order-first">
                            {shelf}
                        </section>
                    </div>
                </Live>
            </ShopFrame>
        })
    })
}

/// The form that orders; the quantities above it travel with it.
const ORDER: &str = "check-out";
/// What a press renews.
const PARTS: [&str; 7] = ["said", "lines", "coupons", "total", "returns", "shelf", "ways"];
const ASIDE: &str = class!(
    "grid min-w-0 grid-cols-1 gap-4 lg:sticky lg:top-4 lg:max-h-[calc(100dvh-2rem)] lg:overflow-y-auto"
);
const TOTAL: &str = class!(
    "above-bar sticky z-10 rounded-xl border border-line bg-surface p-4 shadow-sm empty:hidden"
);

/// The basket with the name its order will have, kept until there is one, and what is no longer
/// sold: that is gone from it, for it could be neither ordered nor emptied.
async fn kept(
    mut basket: Basket,
    catalogue: &Catalogue,
) -> Result<(Basket, Vec<ProductId>), AppError> {
    let gone = basket.keep_sold(catalogue);
    let is_nameless = !basket.is_empty() && basket.order.is_none();
    if is_nameless {
        let mark = session::fresh_mark()[..12].to_uppercase();
        basket.order = OrderRef::new(mark).ok();
    }
    if is_nameless || !gone.is_empty() {
        session::keep_basket(&basket).await?;
    }
    Ok((basket, gone))
}

/// How the last press went, and what happened to the basket without one.
fn said(
    flash: &Flash,
    reckoning: Option<&Reckoning>,
    gone: &[ProductId],
    catalogue: &Catalogue,
) -> Option<AnyView> {
    let gone = (!gone.is_empty()).then(|| {
        let names: Vec<_> = gone.iter().map(|id| product_name(catalogue, id)).collect();
        let names = names.join(&t("separator"));
        view! { <Notice tone=Tone::Warn>{t_with("basket-gone", [("products", names.into())])}</Notice> }
    });
    // A wrong quantity is told beside its field.
    let is_beside = flash.fields().iter().any(|wrong| wrong.field.starts_with(QUANTITY));
    let told = flash.said().filter(|_| !is_beside);
    if gone.is_none() && told.is_none() {
        return None;
    }
    let is_left_out =
        matches!(&flash.outcome, Outcome::Done { message, .. } if message.ends_with("left-out"));
    let changed = reckoning.and_then(|reckoning| changed(flash, reckoning));
    let told = told.map(|(_, sentence)| match changed {
        Some(sentence) => {
            view! { <Notice tone=Tone::Danger focus=true>{sentence}</Notice> }.into_any()
        }
        None if is_left_out => {
            view! { <Notice tone=Tone::Warn focus=true>{sentence}</Notice> }.into_any()
        }
        None => view! { <Said flash=flash.clone() /> }.into_any(),
    });
    Some(view! { <div class="grid gap-2">{gone} {told}</div> }.into_any())
}

/// What is no longer as the shopper saw it when they ordered.
fn changed(flash: &Flash, reckoning: &Reckoning) -> Option<String> {
    let mismatch = |error: &AppError| {
        matches!(error, AppError::Refused { refusal: Refusal::AmountMismatch { .. }, .. })
    };
    flash.error().filter(|error| mismatch(error))?;
    let shown = |field| flash.value(field)?.parse().ok().map(Money::minor);
    let (quote, saved) = (&reckoning.quote, shown("discount")?);
    let was = ("was", money(shown("total")?).into());
    let now = ("now", money(quote.total()).into());
    if saved == quote.discount() {
        return Some(t_with("basket-changed-total", [was, now]));
    }
    let saves = ("saves", money(quote.discount()).into());
    Some(t_with("basket-changed", [was, now, ("saved", money(saved).into()), saves]))
}

/// The forms that the steps press, each with where on the page it was pressed.
fn presses() -> impl IntoView {
    view! {
        {press("add-line", AddToBasket::url(), "line-")}
        {press("take-line", TakeFromBasket::url(), "line-")}
        {press("add-gap", AddToBasket::url(), "coupons")}
        {shelf::presses()}
    }
}

fn lines(basket: &Basket, catalogue: &Catalogue, flash: &Flash) -> AnyView {
    if basket.is_empty() {
        return view! { <Empty text=t("basket-empty") glyph=Glyph::Basket /> }.into_any();
    }
    let lines: Vec<_> =
        basket.lines.iter().filter_map(|line| self::line(line, catalogue, flash)).collect();
    let pieces = t_with("basket-pieces", [("n", basket.pieces().into())]);
    view! {
        <Card title=t("basket-lines")>
            // What Enter presses in the field of a quantity.
            <button
                type="submit"
                form=ORDER
                class="sr-only"
                tabindex="-1"
                aria-hidden="true"
                formaction=SetQuantities::url()
                data-live="press"
            >
                {t("basket-set")}
            </button>
            // Above the lines: below them it would come up under a thumb that takes the last one away.
            <div class="mb-2 flex items-start justify-between border-b border-line pb-2">
                <span class="inline-flex min-h-11 items-center text-muted tabular-nums">
                    {pieces}
                </span>
                // Nothing brings it back, so it takes a second press.
                <details class="text-right">
                    <summary class=ASK>{t("basket-clear-ask")}</summary>
                    <form method="post" action=EmptyBasket::url() data-live="press">
                        <Button look=Look::Danger>{t("basket-clear")}</Button>
                    </form>
                </details>
            </div>
            <ul class="divide-y divide-line">{lines}</ul>
        </Card>
    }
    .into_any()
}

const ASK: &str = class!(
    "inline-flex min-h-11 items-center font-medium text-accent underline underline-offset-4"
);

/// One product with its quantity.
fn line(
    (id, quantity): &(ProductId, u32),
    catalogue: &Catalogue,
    flash: &Flash,
) -> Option<AnyView> {
    let product = catalogue.product(id)?;
    let (price, called) = (product.price?, name(&product.name));
    let sum = price.checked_mul(u64::from(*quantity)).unwrap_or(Money::MAX);
    let field = quantity_of(id.as_str());
    let (problem, typed) = (flash.problem(&field), flash.value(&field));
    let problem_id = format!("{field}-problem");
    let (is_wrong, described) =
        (problem.is_some().then_some("true"), problem.is_some().then(|| problem_id.clone()));
    let label = |key: &'static str| t_with(key, [("product", called.clone().into())]);
    let fewer = label(if *quantity == 1 { "basket-remove" } else { "basket-fewer" });
    let view = view! {
        <li id=format!("line-{id}") tabindex="-1" class="py-2">
            <div class="flex items-center gap-3">
                <div class="min-w-0 flex-1 text-sm">
                    <p class="line-clamp-2" dir="auto">{called.clone()}</p>
                    <p class="flex flex-wrap justify-between gap-x-2 tabular-nums">
                        <span class="text-muted">
                            {t_with("basket-each", [("price", locale::price(price).into())])}
                        </span>
                        <span class="font-medium">{locale::price(sum)}</span>
                    </p>
                </div>
                <div class="flex items-center gap-1">
                    <Step
                        form="take-line"
                        id=format!("fewer-{id}")
                        name="product"
                        value=id.to_string()
                        label=fewer
                        sign="−"
                    />
                    <div data-ticks="" class="flex items-center gap-1">
                        <input type="hidden" form=ORDER name="products[]" value=id.to_string() />
                        <input type="hidden" form=ORDER name="had[]" value=quantity.to_string() />
                        <input
                            id=field
                            form=ORDER
                            name="quantities[]"
                            inputmode="numeric"
                            autocomplete="off"
                            class=NUMBER
                            aria-label=label("basket-quantity")
                            value=typed.unwrap_or_else(|| quantity.to_string())
                            aria-invalid=is_wrong
                            aria-describedby=described
                        />
                        <Step
                            form="add-line"
                            id=format!("more-{id}")
                            name="product"
                            value=id.to_string()
                            label=label("basket-more")
                            sign="+"
                        />
                        <button
                            type="submit"
                            form=ORDER
                            formaction=SetQuantities::url()
                            data-live="tick"
                            class=SET
                        >
                            {t("basket-set")}
                        </button>
                    </div>
                </div>
            </div>
            {problem
                .map(|problem| {
                    view! { <p id=problem_id class="text-sm text-danger">{problem}</p> }
                })}
        </li>
    };
    Some(view.into_any())
}

const SET: &str = class!(
    "asleep inline-flex min-h-11 items-center rounded-lg px-2 text-sm font-medium text-accent underline underline-offset-4 hover:bg-sunken"
);

/// Every coupon as it stands with this basket. What is ticked travels with the order.
fn coupons(reckoning: &Reckoning, catalogue: &Catalogue) -> impl IntoView + use<> {
    let ticked: Vec<_> = reckoning
        .applied()
        .chain(reckoning.possible())
        .map(|standing| tickable(standing, reckoning))
        .collect();
    let to_center = ticked.is_empty().then(|| {
        view! {
            <p class="mt-3">
                <LinkButton href="/" look=Look::Secondary>
                    {t("wallet-to-center")}
                </LinkButton>
            </p>
        }
    });
    let ticked =
        (!ticked.is_empty()).then(|| view! { <ul class="grid grid-cols-1 gap-2">{ticked}</ul> });
    let near: Vec<_> =
        reckoning.near().map(|standing| nearly(standing, reckoning, catalogue)).collect();
    let near = (!near.is_empty()).then(|| {
        view! {
            <h3 class="mt-4 mb-2 font-semibold">{t("coupons-near")}</h3>
            <ul class="grid grid-cols-1 gap-2">{near}</ul>
        }
    });
    let nearest = reckoning.nearest().map(|standing| nearest(standing, reckoning, catalogue));
    let choice = |value: &'static str, key: &'static str| {
        view! {
            <button
                type="submit"
                class=Look::Plain.class()
                name="choice"
                value=value
                formaction=ChooseCoupons::url()
                data-live="press"
            >
                {t(key)}
            </button>
        }
    };
    let best = (!reckoning.is_best).then(|| choice("best", "coupons-choose-best"));
    let none = reckoning.applied().next().is_some().then(|| choice("none", "coupons-use-none"));
    let apply = (!reckoning.is_empty()).then(|| {
        view! {
            <button
                type="submit"
                class="asleep inline-flex min-h-11 items-center rounded-lg border border-edge bg-surface px-4 font-medium hover:bg-sunken"
                formaction=ChooseCoupons::url()
                data-live="tick"
            >
                {t("coupons-apply")}
            </button>
        }
    });
    let (in_all, others) = (in_all(reckoning), others(reckoning));
    view! {
        <Card title=t("coupons-title")>
            <p class="mb-3 text-sm font-medium">{in_all}</p>
            {ticked}
            <div class="mt-2 flex flex-wrap gap-2">{none} {best} {apply}</div>
            {near}
            {nearest}
            {others}
            {to_center}
        </Card>
    }
}

/// Whose choice it is, and what it saves.
fn in_all(reckoning: &Reckoning) -> String {
    let saved = reckoning.quote.discount();
    let saving = |key: &'static str| t_with(key, [("amount", money(saved).into())]);
    match (reckoning.is_best, saved.is_zero()) {
        (true, false) => saving("coupons-best"),
        (true, true) if reckoning.is_empty() => t("coupons-none"),
        (true, true) => t("coupons-none-fits"),
        (false, false) => saving("coupons-chosen"),
        (false, true) => t("coupons-none-chosen"),
    }
}

fn tickable(standing: &Standing, reckoning: &Reckoning) -> AnyView {
    let draft = standing.draft();
    let code = standing.coupon.code;
    view! {
        <li>
            <label class="flex min-h-11 items-center gap-3 rounded-lg border border-line px-3 py-2 hover:bg-sunken">
                <input
                    type="checkbox"
                    id=format!("coupon-{code}")
                    name="coupons[]"
                    class="h-5 w-5 shrink-0 accent-current text-accent"
                    value=code.to_string()
                    checked=standing.is_applied()
                />
                <span class="min-w-0 flex-1">
                    <span class="line-clamp-2 font-medium" dir="auto">{name(draft.title())}</span>
                    <span class="block text-sm text-muted">{reckoning.note(standing)}</span>
                </span>
                <span class="font-semibold whitespace-nowrap text-accent tabular-nums">
                    {standing.figure()}
                </span>
            </label>
        </li>
    }
    .into_any()
}

/// A coupon that a little more would earn, and what would do it in one press.
fn nearly(standing: &Standing, reckoning: &Reckoning, catalogue: &Catalogue) -> AnyView {
    let draft = standing.draft();
    let code = standing.coupon.code;
    let add = |product: &Product| {
        let called = name(&product.name);
        let label = t_with("shelf-add-label", [("product", called.clone().into())]);
        view! {
            <li class="min-w-0 max-w-full">
                <button
                    type="submit"
                    form="add-gap"
                    id=format!("gap-{code}-{}", product.id)
                    name="product"
                    value=product.id.to_string()
                    class=ADDABLE
                    aria-label=label
                >
                    <span class="truncate">{format!("+ {called}")}</span>
                    <span class="font-medium tabular-nums">{product.price.map(price)}</span>
                </button>
            </li>
        }
    };
    let helpful: Vec<_> = standing.helpful(catalogue).into_iter().map(add).collect();
    let helpful = (!helpful.is_empty()).then(|| {
        view! {
            <ul class="mt-2 flex flex-wrap gap-2" aria-label=t("coupons-helpful")>{helpful}</ul>
        }
    });
    view! {
        <li id=format!("near-{code}") tabindex="-1" class="rounded-lg border border-line px-3 py-2">
            <p class="flex items-baseline justify-between gap-3">
                <span class="line-clamp-2 min-w-0 font-medium" dir="auto">{name(draft.title())}</span>
                <span class="font-semibold whitespace-nowrap text-accent tabular-nums">
                    {standing.figure()}
                </span>
            </p>
            <p class="mb-1 text-sm font-medium">{reckoning.note(standing)}</p>
            <Bar percent=standing.percent() />
            {helpful}
        </li>
    }
    .into_any()
}

/// Where none can be used and none is near, the one to begin with, and what it covers.
fn nearest(
    standing: &Standing,
    reckoning: &Reckoning,
    catalogue: &Catalogue,
) -> impl IntoView + use<> {
    let scope = scope_line(&standing.draft().scope, catalogue);
    let covers = format!("/wallet/{}/covers", standing.coupon.code);
    view! {
        <ul class="grid grid-cols-1 gap-2">{nearly(standing, reckoning, catalogue)}</ul>
        <a
            class=LINK
            href=covers
        >
            {t_with("coupon-see-covered", [("scope", scope.into())])}
        </a>
    }
}

const ADDABLE: &str = class!(
    "inline-flex min-h-11 max-w-full items-center gap-2 rounded-full border border-edge bg-surface px-4 text-sm hover:bg-sunken"
);

/// The coupons that have no say here, behind a word.
fn others(reckoning: &Reckoning) -> impl IntoView + use<> {
    let count = reckoning.others().count();
    let other = |standing: &Standing| {
        if standing.could_apply() {
            return tickable(standing, reckoning);
        }
        view! {
            <li class="rounded-lg border border-line px-3 py-2">
                <p class="line-clamp-2 font-medium" dir="auto">{name(standing.draft().title())}</p>
                <p class="text-sm text-muted">{reckoning.note(standing)}</p>
            </li>
        }
        .into_any()
    };
    let listed: Vec<_> = reckoning.others().take(OTHERS).map(other).collect();
    let wallet = (count > OTHERS).then(|| {
        view! {
            <LinkButton href="/wallet" look=Look::Plain>
                {t("coupons-to-wallet")}
            </LinkButton>
        }
    });
    (count > 0).then(|| {
        view! {
            <details class="mt-2">
                <summary class="py-3 text-sm text-muted pointer-fine:py-1">
                    {t_with("coupons-others", [("n", count.into())])}
                </summary>
                <ul class="mt-2 grid grid-cols-1 gap-2">{listed}</ul>
                {wallet}
            </details>
        }
    })
}

/// What it comes to, and the button that orders.
fn total(basket: &Basket, reckoning: &Reckoning) -> impl IntoView + use<> {
    let order = basket.order.as_ref().map(ToString::to_string).unwrap_or_default();
    let quote = &reckoning.quote;
    let row = |key: &'static str, amount: Money, class: &'static str| {
        view! {
            <div class=class>
                <dt>{t(key)}</dt>
                <dd class="tabular-nums">{price(amount)}</dd>
            </div>
        }
    };
    let discount = quote.discount();
    let before = (!discount.is_zero()).then(|| {
        view! {
            {row("basket-subtotal", quote.subtotal(), GOODS)}
            {row("basket-discount", Money::ZERO - discount, OFF)}
        }
    });
    view! {
        <Hidden name="order" value=order />
        <Hidden name="discount" value=discount.units().to_string() />
        <Hidden name="total" value=quote.total().units().to_string() />
        <dl class="mb-3">
            {before}
            {row("basket-total", quote.total(), TO_PAY)}
        </dl>
        <div class="grid">
            <Button>{t("check-out")}</Button>
        </div>
    }
}

const GOODS: &str = class!("flex justify-between gap-3 text-sm text-muted");
const OFF: &str = class!("flex justify-between gap-3 text-sm text-accent");
const TO_PAY: &str = class!("flex justify-between gap-3 text-lg font-semibold");

/// What happens to a coupon on a part return, said before paying.
fn on_returns(reckoning: &Reckoning) -> impl IntoView + use<> {
    let note = |standing: &Standing| view! { <li>{part_return_note(standing.draft())}</li> };
    let notes: Vec<_> = reckoning.applied().map(note).collect();
    (!notes.is_empty()).then(|| {
        view! {
            <details class="text-sm text-muted">
                <summary class="py-3 font-medium pointer-fine:py-1">{t("returns-title")}</summary>
                <ul class="mt-1 grid list-disc gap-1 pl-5">{notes}</ul>
            </details>
        }
    })
}

/// Nobody is signed in: the goods' price, and the way to one's coupons.
fn without_account(basket: &Basket, catalogue: &Catalogue) -> impl IntoView + use<> {
    let total = basket.cart(catalogue).map(|cart| price(cart.subtotal()));
    view! {
        <p class="flex items-baseline justify-between text-lg font-semibold">
            <span>{t("basket-total")}</span>
            <span class="tabular-nums">{total.ok()}</span>
        </p>
        <p class="my-3 text-muted">{t("coupons-sign-in")}</p>
        <div class="grid gap-2">
            <LinkButton href=sign_in_page("/basket")>{t("nav-sign-in")}</LinkButton>
            <LinkButton href=leading_to("/sign-up", "/basket") look=Look::Secondary>
                {t("sign-up-title")}
            </LinkButton>
        </div>
    }
}
