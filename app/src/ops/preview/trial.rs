//! A small basket that is quoted in the browser by the rules themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::cart::{Cart, Line};
use domain::claim::Facts;
use domain::coupon::{Coupon, State};
use domain::ids::Bucket;
use domain::quote::{self, Asking, Held, Quote, QuotedLine};
use domain::scope::Scope;
use domain::template::{Audience, Draft, Revision};
use domain::{CategoryId, Code, LineId, Money, ProductId, Refusal, ShopperId, TemplateId, Time};
use leptos::prelude::*;

use super::{Shop, dom};
use crate::ops::draft_form::number_in;
use crate::ops::phrases::Phrases;

/// One line as it is typed.
#[derive(Clone, Copy, PartialEq)]
struct Row {
    key: usize,
    /// None until one is chosen: then it is the first that the draft names. [`NAMED`] is a product.
    category: RwSignal<Option<String>>,
    price: RwSignal<String>,
    quantity: RwSignal<String>,
}

impl Row {
    fn new(key: usize) -> Self {
        Self {
            key,
            category: RwSignal::new(None),
            price: RwSignal::new(String::new()),
            quantity: RwSignal::new(String::new()),
        }
    }
}

/// Chosen in the place of a category: a product that the draft names one by one. No id holds a control
/// character.
const NAMED: &str = "\t";

/// How many lines there are to begin with, and at most.
const ROWS: usize = 2;
const ROWS_MAX: usize = 12;

/// What has the focus once the line is gone whose button had it.
const ADD_ID: &str = "trial-add";

#[component]
pub fn Trial(
    reading: Signal<Draft>,
    /// Nothing that a quote goes by stands in for what does not read.
    is_quotable: Signal<bool>,
    shop: StoredValue<Shop>,
    phrases: StoredValue<Phrases>,
) -> impl IntoView {
    let first = Memo::new(move |_| {
        let draft = reading.read();
        let include = &draft.scope.include;
        let named = include.categories.first().map(ToString::to_string);
        let product = || (!include.products.is_empty()).then(|| NAMED.to_owned());
        let any = || shop.with_value(|shop| Some(shop.categories.first()?.id.to_string()));
        named.or_else(product).or_else(any).unwrap_or_default()
    });
    let has_named = Memo::new(move |_| !reading.read().scope.include.products.is_empty());
    let rows = RwSignal::new((0..ROWS).map(Row::new).collect::<Vec<_>>());
    let say = move |key: &'static str| phrases.with_value(|phrases| phrases.get(key));
    let answer = move || {
        if !is_quotable.get() {
            return None;
        }
        let typed = |row: &Row| {
            let category = row.category.get().unwrap_or_else(|| first.get());
            (category, row.price.get(), row.quantity.get())
        };
        let typed: Vec<_> = rows.read().iter().map(typed).collect();
        let draft = reading.get();
        shop.with_value(|shop| {
            let scope = draft.scope.clone();
            let cart = cart(&typed, scope.include.products.first(), shop)?;
            let quote = cart.and_then(|cart| asked(&cart, draft, shop));
            Some(phrases.with_value(|phrases| told(quote, &scope, shop, phrases)))
        })
    };
    let add = move |_| {
        rows.update(|rows| {
            let key = rows.iter().map(|row| row.key + 1).max().unwrap_or(0);
            rows.push(Row::new(key));
        });
    };
    let remove = move |key: usize| {
        rows.update(|rows| rows.retain(|row| row.key != key));
        dom::focus(ADD_ID);
    };
    let is_full = move || rows.read().len() >= ROWS_MAX;
    view! {
        <section class="rounded-xl border border-line bg-surface p-4 shadow-sm">
            <h2 class="font-semibold">{say("trial-title")}</h2>
            <p class="mt-1 text-muted">{say("trial-hint")}</p>
            <div class="mt-3 space-y-2">
                <For each=move || rows.get() key=|row| row.key let:row>
                    <TrialRow row first has_named shop say remove />
                </For>
            </div>
            <button id=ADD_ID type="button" class=ADD disabled=is_full on:click=add>
                {say("trial-add")}
            </button>
            <div class="mt-2" role="status">
                {move || answer().map(|told| view! { <Told told say /> })}
            </div>
        </section>
    }
}

const INPUT: &str =
    class!("min-h-11 w-full rounded-lg border border-edge bg-surface px-2 md:min-h-9");
const ADD: &str = class!(
    "mt-2 inline-flex min-h-11 items-center rounded-lg px-2 font-medium text-accent hover:bg-sunken disabled:opacity-50 md:min-h-9"
);
const REMOVE: &str = class!(
    "inline-flex min-h-11 w-8 shrink-0 items-center justify-center rounded-lg text-lg text-muted hover:bg-sunken md:min-h-9"
);

#[component]
fn TrialRow(
    row: Row,
    first: Memo<String>,
    has_named: Memo<bool>,
    shop: StoredValue<Shop>,
    say: impl Fn(&'static str) -> String + Copy + 'static,
    remove: impl Fn(usize) + Copy + 'static,
) -> impl IntoView {
    let chosen = move || row.category.get().unwrap_or_else(|| first.get());
    // Each says so by itself: a select is told of its value before it has any.
    let option = move |category: &domain::category::Category| {
        let indent = if category.parent.is_some() { "\u{2003}" } else { "" };
        let id = category.id.to_string();
        let own = id.clone();
        view! {
            <option value=id prop:selected=move || chosen() == own>
                {format!("{indent}{}", category.name)}
            </option>
        }
    };
    view! {
        <div class="flex gap-1">
            <select
                class=INPUT
                aria-label=say("trial-category")
                on:change=move |event| row.category.set(Some(event_target_value(&event)))
            >
                <option
                    value=NAMED
                    hidden=move || !has_named.get()
                    prop:selected=move || chosen() == NAMED
                >
                    {say("trial-named")}
                </option>
                {shop.with_value(|shop| shop.categories.iter().map(option).collect_view())}
            </select>
            <div class="w-20 shrink-0">
                <input
                    class=INPUT
                    inputmode="decimal"
                    autocomplete="off"
                    aria-label=say("trial-price")
                    placeholder=say("trial-price")
                    on:input=move |event| row.price.set(event_target_value(&event))
                />
            </div>
            <div class="w-12 shrink-0">
                <input
                    class=INPUT
                    inputmode="numeric"
                    autocomplete="off"
                    aria-label=say("trial-quantity")
                    placeholder="× 1"
                    on:input=move |event| row.quantity.set(event_target_value(&event))
                />
            </div>
            <button
                type="button"
                class=REMOVE
                aria-label=say("trial-remove")
                on:click=move |_| remove(row.key)
            >
                "×"
            </button>
        </div>
    }
}

/// What a quote comes to: each line's share, amounts with their names, and why nothing is taken off.
struct Answer {
    shares: Vec<Share>,
    amounts: Vec<(String, String)>,
    reason: Option<String>,
}

/// A line and what it bears of the discount.
struct Share {
    line: String,
    off: String,
    pays: String,
}

#[component]
fn Told(told: Answer, say: impl Fn(&'static str) -> String + Copy + 'static) -> impl IntoView {
    let share = |Share { line, off, pays }: Share| {
        view! {
            <tr>
                <th scope="row" class="py-1 text-left font-normal" dir="auto">
                    {line}
                </th>
                <td class="py-1 text-right text-muted">{off}</td>
                <td class="py-1 text-right">{pays}</td>
            </tr>
        }
    };
    let amount = |(name, amount): (String, String)| {
        view! {
            <div class="flex justify-between">
                <dt class="text-muted">{name}</dt>
                <dd class="font-medium tabular-nums">{amount}</dd>
            </div>
        }
    };
    view! {
        {told.reason.map(|reason| view! { <p class="mb-1 text-warn">{reason}</p> })}
        {(!told.shares.is_empty())
            .then(|| {
                view! {
                    <table class="mb-2 w-full tabular-nums">
                        <thead class="text-xs text-muted">
                            <tr>
                                <th scope="col" class="text-left font-normal">
                                    {say("trial-line")}
                                </th>
                                <th scope="col" class="text-right font-normal">
                                    {say("trial-discount")}
                                </th>
                                <th scope="col" class="text-right font-normal">
                                    {say("trial-pays")}
                                </th>
                            </tr>
                        </thead>
                        <tbody>{told.shares.into_iter().map(share).collect_view()}</tbody>
                    </table>
                }
            })}
        <dl class="space-y-1">{told.amounts.into_iter().map(amount).collect_view()}</dl>
    }
}

/// The lines with a price; `None` while there are none, an error where one does not read. `named` is
/// the first of the products that the draft names.
fn cart(
    typed: &[(String, String, String)],
    named: Option<&ProductId>,
    shop: &Shop,
) -> Option<Result<Cart, Refusal>> {
    let lines = typed.iter().enumerate().filter(|(_, (_, price, _))| !price.trim().is_empty());
    let line = |(i, (category, price, quantity)): (usize, &(String, String, String))| {
        let unread = |problem| Refusal::invalid(i.to_string(), problem);
        let named = named.filter(|_| category == NAMED);
        let quantity = match number_in(quantity).as_str() {
            "" => Ok(1),
            typed => typed.parse().map_err(|_| unread(domain::Problem::NotANumber)),
        };
        Ok(Line {
            id: LineId::new(i.to_string()).map_err(unread)?,
            product: match named {
                Some(product) => product.clone(),
                None => ProductId::new(format!("trial {i}")).map_err(unread)?,
            },
            category: CategoryId::new(category.as_str()).ok(),
            unit_price: shop.currency.parse(&number_in(price)).map_err(unread)?,
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

fn told(quote: Result<Quote, Refusal>, scope: &Scope, shop: &Shop, phrases: &Phrases) -> Answer {
    let Ok(quote) = quote else {
        let reason = Some(phrases.get("trial-unread"));
        return Answer { shares: Vec::new(), amounts: Vec::new(), reason };
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
    // A line is covered or not, also where nothing is taken off yet.
    let (tree, applies) = (shop.tree(), !quote.applied.is_empty());
    let named = || phrases.get("trial-named");
    let share = |quoted: &QuotedLine| {
        let line = &quoted.line;
        let category = line.category.as_ref().map(|category| shop.category(category));
        let off = match scope.covers_product(&line.product, line.category.as_ref(), &tree) {
            true if applies => money(Money::ZERO - quoted.discount),
            true => phrases.get("trial-covered"),
            false => phrases.get("trial-uncovered"),
        };
        Share {
            line: format!("{} × {}", category.unwrap_or_else(named), line.quantity),
            off,
            pays: money(line.gross() - quoted.discount),
        }
    };
    let shares = quote.lines.iter().map(share).collect();
    Answer { shares, amounts, reason }
}

#[cfg(test)]
mod tests {
    use domain::Currency;

    use super::*;

    #[test]
    fn a_line_is_read_as_the_form_reads_its_numbers() {
        let shop = Shop { currency: Currency::CNY, categories: Vec::new(), year: 2026 };
        let line = |price: &str, quantity: &str| {
            let typed = [("fruit".to_owned(), price.to_owned(), quantity.to_owned())];
            let cart = cart(&typed, None, &shop)?.ok()?;
            cart.lines().first().map(|line| (line.unit_price, line.quantity))
        };
        for (price, quantity, expected) in [
            ("12.30", "", Some((Money::minor(1_230), 1))),
            (" 1,200 ", "2", Some((Money::minor(120_000), 2))),
            ("１２", "３", Some((Money::minor(1_200), 3))),
            ("", "2", None),
            ("12,3", "1", None),
            ("12", "many", None),
        ] {
            assert_eq!(line(price, quantity), expected, "{price} {quantity}");
        }
    }

    #[test]
    fn a_product_that_the_draft_names_is_tried_as_itself() {
        let shop = Shop { currency: Currency::CNY, categories: Vec::new(), year: 2026 };
        let named = ProductId::new("spring-onion").expect("an id");
        let typed = [(NAMED.to_owned(), "90".to_owned(), String::new())];
        let cart = cart(&typed, Some(&named), &shop).expect("a line").expect("a cart");
        let line = &cart.lines()[0];
        assert_eq!((&line.product, &line.category), (&named, &None));
    }
}
