//! The basket: the shelf, what was put in, the coupons that go with it, and the way to an order.

use domain::{CategoryId, Money, OrderRef};
use engine::catalogue::{self, Catalogue};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use super::{
    basket_live::{BasketLive, Words},
    reckoning::{Outcome, Reckoning, Standing, part_return_note},
    shelf::{Part, shelf},
};
use crate::{
    AppError,
    basket::Basket,
    context::engine,
    failure,
    flash::{Flash, flash},
    locale::{money, name, t, t_with},
    server_fns::{
        basket::{ChooseCoupons, EmptyBasket, SetQuantity, quantity_of},
        redemption::CheckOut,
        wallet::Totals,
    },
    session,
    ui::{Button, Card, Empty, Hidden, LinkButton, Look, Said, ShopFrame},
};

/// `/basket`, with the shelf by `?category=` and `?search=`.
#[component]
pub fn BasketPage() -> impl IntoView {
    let part = use_query_map().with_untracked(|query| Part {
        category: query.get("category").and_then(|id| CategoryId::new(id).ok()),
        search: query.get("search").unwrap_or_default(),
    });
    failure::page(async move {
        let engine = engine();
        let catalogue = catalogue::current(&engine).await?;
        let basket = named(session::basket().await?, &catalogue).await?;
        let shopper = session::maybe_shopper().await?;
        let reckoning = match &shopper {
            Some(shopper) if !basket.is_empty() => {
                Some(Reckoning::read(&engine, shopper, &basket).await?)
            }
            _ => None,
        };
        let flash = flash().await;
        let content = if basket.is_empty() {
            view! { <Empty text=t("basket-empty") /> }.into_any()
        } else {
            let paying = match reckoning {
                Some(reckoning) => checkout(&basket, &reckoning).into_any(),
                None => without_account(&basket, &catalogue).into_any(),
            };
            view! { {lines(&basket, &catalogue, &flash)} {paying} }.into_any()
        };
        // A wrong quantity is told beside its field.
        let said = flash.problem("quantity").is_none().then(|| flash.clone());
        let shelf = shelf(&catalogue, &basket, &part);
        Ok(view! {
            <ShopFrame title=t("basket-title") here="/basket">
                <div class="mb-4 flex items-center justify-between">
                    <h1 class="text-2xl font-semibold">{t("basket-title")}</h1>
                    <LinkButton href="#shelf" look=Look::Plain>
                        {t("basket-to-shelf")}
                    </LinkButton>
                </div>
                <div id="basket" class="grid gap-4">
                    {said.map(|flash| view! { <Said flash=flash /> })}
                    {content}
                </div>
                <div class="mt-8">{shelf}</div>
            </ShopFrame>
        })
    })
}

/// The basket with the name its order will have, kept until there is one. What is no longer sold
/// is gone from it: a basket of nothing else could be neither ordered nor emptied.
async fn named(mut basket: Basket, catalogue: &Catalogue) -> Result<Basket, AppError> {
    basket.keep_sold(catalogue);
    if !basket.is_empty() && basket.order.is_none() {
        let mark = session::fresh_mark()[..12].to_uppercase();
        basket.order = OrderRef::new(mark).ok();
        session::keep_basket(&basket).await?;
    }
    Ok(basket)
}

fn lines(basket: &Basket, catalogue: &Catalogue, flash: &Flash) -> impl IntoView + use<> {
    let lines: Vec<_> =
        basket.lines.iter().filter_map(|line| self::line(line, catalogue, flash)).collect();
    let pieces = t_with("basket-pieces", [("n", basket.pieces().into())]);
    view! {
        <Card title=t("basket-lines")>
            <ul class="divide-y divide-line">{lines}</ul>
            <div class="mt-2 flex items-center justify-between border-t border-line pt-2">
                <span class="text-muted tabular-nums">{pieces}</span>
                <form method="post" action=EmptyBasket::url()>
                    <Button look=Look::Plain>{t("basket-clear")}</Button>
                </form>
            </div>
        </Card>
    }
}

/// One product with its quantity. The steps are buttons of a form of their own, so that what is
/// typed in between never travels with them.
fn line(
    (id, quantity): &(domain::ProductId, u32),
    catalogue: &Catalogue,
    flash: &Flash,
) -> Option<AnyView> {
    let product = catalogue.product(id)?;
    let (price, called) = (product.price?, name(&product.name));
    let sum = price.checked_mul(u64::from(*quantity)).unwrap_or(Money::MAX);
    let (steps, field) = (format!("steps-{id}"), quantity_of(id.as_str()));
    let flash = Some(flash).filter(|flash| flash.form == field);
    let problem = flash.and_then(|flash| flash.problem("quantity"));
    let typed = problem.as_ref().and_then(|_| flash?.value("quantity"));
    let problem_id = format!("{field}-problem");
    let (is_wrong, described) =
        (problem.is_some().then_some("true"), problem.is_some().then(|| problem_id.clone()));
    let label = |key: &'static str| t_with(key, [("product", called.clone().into())]);
    let step = |to: u32, sign: &'static str, key: &'static str| {
        view! {
            <button
                type="submit"
                form=steps.clone()
                name="quantity"
                value=to.to_string()
                class=STEP
                aria-label=label(key)
            >
                {sign}
            </button>
        }
    };
    let view = view! {
        <li class="py-3">
            <div class="flex items-start justify-between gap-3">
                <div class="min-w-0">
                    <p>{called.clone()}</p>
                    <p class="text-sm text-muted tabular-nums">
                        {t_with("basket-each", [("price", money(price).into())])}
                    </p>
                </div>
                <p class="font-medium tabular-nums">{money(sum)}</p>
            </div>
            <div class="mt-2 flex flex-wrap items-center gap-2">
                <form method="post" action=SetQuantity::url() id=steps.clone()>
                    <Hidden name="product" value=id.to_string() />
                </form>
                {step(quantity - 1, "−", if *quantity == 1 { "basket-remove" } else { "basket-fewer" })}
                <form method="post" action=SetQuantity::url() class="flex items-center gap-2">
                    <Hidden name="product" value=id.to_string() />
                    <input
                        id=field
                        name="quantity"
                        inputmode="numeric"
                        autocomplete="off"
                        class=QUANTITY
                        aria-label=label("basket-quantity")
                        value=typed.unwrap_or_else(|| quantity.to_string())
                        aria-invalid=is_wrong
                        aria-describedby=described
                    />
                    {step(quantity.saturating_add(1), "+", "basket-more")}
                    <Button look=Look::Plain>{t("basket-set")}</Button>
                </form>
            </div>
            {problem
                .map(|problem| {
                    view! { <p id=problem_id class="text-sm text-danger">{problem}</p> }
                })}
        </li>
    };
    Some(view.into_any())
}

const STEP: &str = class!(
    "inline-flex h-11 w-11 items-center justify-center rounded-lg border border-edge bg-surface text-lg hover:bg-sunken"
);
const QUANTITY: &str = class!(
    "block min-h-11 w-16 rounded-lg border border-edge bg-surface px-2 text-center tabular-nums"
);

/// Coupons, totals and the button that orders, as one form: what is ticked always travels with it.
fn checkout(basket: &Basket, reckoning: &Reckoning) -> impl IntoView + use<> {
    let order = basket.order.as_ref().map(ToString::to_string).unwrap_or_default();
    let has_choice = !reckoning.standings.is_empty();
    let apply = has_choice.then(|| {
        view! {
            <button type="submit" class=Look::Secondary.class() formaction=ChooseCoupons::url()>
                {t("coupons-apply")}
            </button>
        }
    });
    let (totals, on_returns) = (reckoning.totals(), on_returns(&reckoning.standings));
    let words = words(&totals);
    view! {
        <form method="post" action=CheckOut::url() class="grid gap-4">
            <Hidden name="order" value=order />
            <Card id="coupons" title=t("coupons-title")>
                <BasketLive totals=totals words=words>
                    {apply}
                </BasketLive>
            </Card>
            {on_returns}
            <button type="submit" class=Look::Primary.class()>
                {t("check-out")}
            </button>
        </form>
    }
}

fn words(totals: &Totals) -> Words {
    let others = totals.choices.iter().filter(|choice| !choice.could_apply && !choice.is_near);
    Words {
        others: t_with("coupons-others", [("n", others.count().into())]),
        subtotal: t("basket-subtotal"),
        discount: t("basket-discount"),
        total: t("basket-total"),
        offline: t("error-offline"),
        best: t(if totals.choices.is_empty() { "coupons-none" } else { "coupons-best" }),
        chosen: t("coupons-chosen"),
        choose_best: t("coupons-choose-best"),
    }
}

/// What happens to a coupon on a part return, said before paying.
fn on_returns(standings: &[Standing]) -> impl IntoView + use<> {
    let applied =
        standings.iter().filter(|standing| matches!(standing.outcome, Outcome::Applied(_)));
    let note = |standing: &Standing| {
        view! { <li>{part_return_note(&standing.coupon.revision.draft)}</li> }
    };
    let notes: Vec<_> = applied.map(note).collect();
    (!notes.is_empty()).then(|| {
        view! {
            <details class="text-sm text-muted">
                <summary class="min-h-6 font-medium">{t("returns-title")}</summary>
                <ul class="mt-1 grid list-disc gap-1 pl-5">{notes}</ul>
            </details>
        }
    })
}

/// Nobody is signed in: the goods' price, and the way to one's coupons.
fn without_account(basket: &Basket, catalogue: &Catalogue) -> impl IntoView + use<> {
    let total = basket.cart(catalogue).map(|cart| money(cart.subtotal()));
    view! {
        <Card>
            <p id="total" class="flex items-baseline justify-between text-lg font-semibold">
                <span>{t("basket-total")}</span>
                <span class="tabular-nums">{total.ok()}</span>
            </p>
            <p class="my-3 text-muted">{t("coupons-sign-in")}</p>
            <LinkButton href="/sign-in">{t("nav-sign-in")}</LinkButton>
        </Card>
    }
}
