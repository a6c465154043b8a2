//! A small basket that is quoted in the browser by the rules themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::cart::{Cart, Line};
use domain::claim::Facts;
use domain::coupon::{Coupon, State};
use domain::ids::Bucket;
use domain::quote::{self, Asking, Held, Quote};
use domain::template::{Audience, Draft, Revision};
use domain::{CategoryId, Code, LineId, Money, ProductId, Refusal, ShopperId, TemplateId, Time};
use leptos::prelude::*;

use super::Shop;
use crate::ops::phrases::Phrases;

/// One line as it is typed.
#[derive(Clone, Copy)]
struct Row {
    /// None until one is chosen: then it is the first that the draft names.
    category: RwSignal<Option<String>>,
    price: RwSignal<String>,
    quantity: RwSignal<String>,
}

/// How many lines there are to fill in.
const ROWS: usize = 3;

#[component]
pub fn Trial(
    reading: Signal<Draft>,
    /// Nothing in the draft stands in for what does not read.
    is_whole: Signal<bool>,
    shop: StoredValue<Shop>,
    phrases: StoredValue<Phrases>,
) -> impl IntoView {
    let first = Memo::new(move |_| {
        let named = reading.read().scope.include.categories.first().cloned();
        let any = || shop.with_value(|shop| Some(shop.categories.first()?.id.clone()));
        named.or_else(any).map(|id| id.to_string()).unwrap_or_default()
    });
    let rows: [Row; ROWS] = std::array::from_fn(|_| Row {
        category: RwSignal::new(None),
        price: RwSignal::new(String::new()),
        quantity: RwSignal::new(String::new()),
    });
    let say = move |key: &'static str| phrases.with_value(|phrases| phrases.get(key));
    let answer = move || {
        if !is_whole.get() {
            return None;
        }
        let typed = rows.map(|row| {
            let category = row.category.get().unwrap_or_else(|| first.get());
            (category, row.price.get(), row.quantity.get())
        });
        let draft = reading.get();
        shop.with_value(|shop| {
            let cart = cart(&typed, shop)?;
            let quote = cart.and_then(|cart| asked(&cart, draft, shop));
            Some(phrases.with_value(|phrases| told(quote, shop, phrases)))
        })
    };
    view! {
        <section class="rounded-xl border border-line bg-surface p-4 shadow-sm">
            <h2 class="font-semibold">{say("trial-title")}</h2>
            <p class="mt-1 text-muted">{say("trial-hint")}</p>
            <div class="mt-3 space-y-2">
                {rows.iter().map(|row| view! { <TrialRow row=*row first shop say /> }).collect_view()}
            </div>
            <div class="mt-3" role="status">
                {move || answer().map(|told| view! { <Told told=told /> })}
            </div>
        </section>
    }
}

const INPUT: &str = class!("min-h-11 w-full rounded-lg border border-edge bg-surface px-2");

#[component]
fn TrialRow(
    row: Row,
    first: Memo<String>,
    shop: StoredValue<Shop>,
    say: impl Fn(&'static str) -> String + Copy + 'static,
) -> impl IntoView {
    let option = move |category: &domain::category::Category| {
        let indent = if category.parent.is_some() { "\u{2003}" } else { "" };
        let id = category.id.to_string();
        view! {
            <option value=id>
                {format!("{indent}{}", category.name)}
            </option>
        }
    };
    view! {
        <div class="flex gap-2">
            <select
                class=INPUT
                aria-label=say("trial-category")
                prop:value=move || row.category.get().unwrap_or_else(|| first.get())
                on:change=move |event| row.category.set(Some(event_target_value(&event)))
            >
                {shop.with_value(|shop| shop.categories.iter().map(option).collect_view())}
            </select>
            <div class="w-24 shrink-0">
                <input
                    class=INPUT
                    inputmode="decimal"
                    autocomplete="off"
                    aria-label=say("trial-price")
                    placeholder=say("trial-price")
                    on:input=move |event| row.price.set(event_target_value(&event))
                />
            </div>
            <div class="w-16 shrink-0">
                <input
                    class=INPUT
                    inputmode="numeric"
                    autocomplete="off"
                    aria-label=say("trial-quantity")
                    placeholder="× 1"
                    on:input=move |event| row.quantity.set(event_target_value(&event))
                />
            </div>
        </div>
    }
}

/// What a quote comes to: amounts with their names, and why nothing is taken off.
struct Answer {
    amounts: Vec<(String, String)>,
    reason: Option<String>,
}

#[component]
fn Told(told: Answer) -> impl IntoView {
    view! {
        {told.reason.map(|reason| view! { <p class="mb-1 text-warn">{reason}</p> })}
        <dl class="space-y-1">
            {told
                .amounts
                .into_iter()
                .map(|(name, amount)| {
                    view! {
                        <div class="flex justify-between">
                            <dt class="text-muted">{name}</dt>
                            <dd class="font-medium tabular-nums">{amount}</dd>
                        </div>
                    }
                })
                .collect_view()}
        </dl>
    }
}

/// The lines with a price; `None` while there are none, an error where one does not read.
fn cart(typed: &[(String, String, String)], shop: &Shop) -> Option<Result<Cart, Refusal>> {
    let lines = typed.iter().enumerate().filter(|(_, (_, price, _))| !price.trim().is_empty());
    let line = |(i, (category, price, quantity)): (usize, &(String, String, String))| {
        let unread = |problem| Refusal::invalid(i.to_string(), problem);
        let quantity = match quantity.trim() {
            "" => Ok(1),
            typed => typed.parse().map_err(|_| unread(domain::Problem::NotANumber)),
        };
        Ok(Line {
            id: LineId::new(i.to_string()).map_err(unread)?,
            product: ProductId::new(format!("trial {i}")).map_err(unread)?,
            category: CategoryId::new(category.as_str()).ok(),
            unit_price: shop.currency.parse(price.trim()).map_err(unread)?,
            quantity: quantity?,
        })
    };
    let lines: Result<Vec<Line>, Refusal> = lines.map(line).collect();
    match lines {
        Ok(lines) if lines.is_empty() => None,
        lines => Some(lines.and_then(Cart::new)),
    }
}

/// One coupon of the draft, in the hands of somebody who may use it now.
fn asked(cart: &Cart, mut draft: Draft, shop: &Shop) -> Result<Quote, Refusal> {
    draft.audience = Audience::Everyone;
    let unread = |problem| Refusal::invalid("shopper", problem);
    let shopper = Facts {
        id: ShopperId::new("trial").map_err(unread)?,
        segments: BTreeSet::new(),
        is_new: true,
        is_blocked: false,
    };
    let now = Time::default();
    let code = Code::new(Bucket::of("trial"), 0);
    let template: TemplateId =
        "00000000-0000-0000-0000-000000000000".parse().map_err(|_| Refusal::NotFound)?;
    let held = Held {
        code,
        owner: shopper.id.clone(),
        budget_left: draft.budget,
        revision: Arc::new(Revision { template, number: 1, draft }),
        coupon: Coupon {
            state: State::Available,
            lock: None,
            is_revoked: false,
            valid_from: now,
            valid_until: None,
        },
    };
    let tree = shop.tree();
    let asking = Asking { shopper: &shopper, order: None, now, tree: &tree, max_coupons: 1 };
    quote::named(cart, &[(code, Some(&held))], &asking)
}

fn told(quote: Result<Quote, Refusal>, shop: &Shop, phrases: &Phrases) -> Answer {
    let Ok(quote) = quote else {
        return Answer { amounts: Vec::new(), reason: Some(phrases.get("trial-unread")) };
    };
    let money = |amount: Money| shop.currency.show(amount);
    let reason = quote.refused.first().map(|refused| match &refused.refusal {
        Refusal::BelowThreshold { missing, required, .. } => phrases
            .fill("trial-below", &[("missing", &money(*missing)), ("required", &money(*required))]),
        Refusal::NoCoveredLines => phrases.get("trial-not-covered"),
        Refusal::LineOutOfScope { .. } => phrases.get("trial-outside"),
        _ => phrases.get("trial-nothing-off"),
    });
    let amounts = [
        ("trial-subtotal", quote.subtotal()),
        ("trial-discount", Money::ZERO - quote.discount()),
        ("trial-total", quote.total()),
    ];
    let amounts = amounts.map(|(key, amount)| (phrases.get(key), money(amount))).to_vec();
    Answer { amounts, reason }
}
