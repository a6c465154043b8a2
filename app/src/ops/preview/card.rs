//! The card as a shopper will see it: the shop's ticket, drawn while one types.

use domain::Money;
use domain::benefit::Benefit;
use domain::template::Draft;
use leptos::prelude::*;

use crate::ops::draft_form::{PercentAs, write_percent};
use crate::ops::sentence::Words;

/// What the card says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Face {
    lead: String,
    figure: String,
    unit: String,
    condition: String,
    title: String,
    scope: String,
    window: String,
    claim: String,
}

pub(super) fn face(draft: &Draft, words: &Words<'_>) -> Face {
    let phrases = words.phrases;
    let money = |amount: Money| words.conventions.currency.show(amount);
    let filled =
        |key: &str, place: &str, amount: Money| phrases.fill(key, &[(place, &money(amount))]);
    let from = |min: Option<Money>| match min.filter(|min| !min.is_zero()) {
        Some(min) => filled("condition-from", "min", min),
        None => phrases.get("condition-none"),
    };
    let (lead, figure, unit, condition) = match &draft.benefit {
        Benefit::AmountOff { amount, min_spend } => {
            (String::new(), money(*amount), String::new(), vec![from(*min_spend)])
        }
        Benefit::PercentOff { basis_points, min_spend, max_discount } => {
            let off = write_percent(*basis_points, PercentAs::Off);
            let zhe = write_percent(*basis_points, PercentAs::Zhe);
            let figure = phrases.fill("card-percent", &[("off", &off), ("zhe", &zhe)]);
            let most = max_discount.map(|max| filled("condition-most", "max", max));
            let condition = std::iter::once(from(*min_spend)).chain(most).collect();
            (String::new(), figure, phrases.get("worth-percent-unit"), condition)
        }
        Benefit::Tiered { steps } => {
            let step = |step: &domain::benefit::Step| {
                let (amount, min) = (money(step.amount), money(step.min_spend));
                phrases.fill("condition-step", &[("amount", &amount), ("min", &min)])
            };
            let highest = steps.last().map(|step| step.amount).unwrap_or_default();
            let condition = steps.iter().map(step).collect();
            (phrases.get("worth-up-to"), money(highest), String::new(), condition)
        }
        Benefit::Every { per, amount, .. } => {
            let condition = filled("condition-every", "per", *per);
            let condition = std::iter::once(condition).chain(words.bound(&draft.benefit)).collect();
            (String::new(), money(*amount), String::new(), condition)
        }
    };
    Face {
        lead,
        figure,
        unit,
        condition: condition.join(&phrases.get("separator")),
        title: draft.title().to_owned(),
        scope: phrases.fill("card-covers", &[("scope", &words.covered(&draft.scope))]),
        window: words.validity(&draft.validity).join(&phrases.get("separator")),
        claim: phrases.get("card-claim"),
    }
}

/// How large a value is set, so that it stays whole on its stub.
pub fn size(figure: &str, unit: &str) -> &'static str {
    match figure.chars().count() + unit.chars().count() {
        0..=5 => class!("text-3xl leading-tight font-semibold whitespace-nowrap tabular-nums"),
        6..=8 => class!("text-xl leading-tight font-semibold whitespace-nowrap tabular-nums"),
        _ => class!("text-sm leading-tight font-semibold whitespace-nowrap tabular-nums"),
    }
}

/// Drawn as the shop draws it, with a button that is none.
#[component]
pub fn Ticket(face: Face) -> impl IntoView {
    let Face { lead, figure, unit, condition, title, scope, window, claim } = face;
    let size = size(&figure, &unit);
    view! {
        <div class="relative flex overflow-hidden rounded-xl border border-line bg-surface shadow-sm">
            <div class="flex w-28 shrink-0 flex-col items-center justify-center bg-tomato-soft px-2 py-4 text-center text-tomato">
                <p class="text-xs">{lead}</p>
                <p class=size>
                    {figure} " " <span class="text-sm font-medium">{unit}</span>
                </p>
                <p class="mt-1 text-xs text-muted">{condition}</p>
            </div>
            <span class="absolute -top-2 left-28 h-4 w-4 -translate-x-1/2 rounded-full border border-line bg-bg"></span>
            <span class="absolute -bottom-2 left-28 h-4 w-4 -translate-x-1/2 rounded-full border border-line bg-bg"></span>
            <div class="min-w-0 flex-1 border-l-2 border-dashed border-line p-3">
                <p class="font-semibold" dir="auto">
                    {title}
                </p>
                <p class="mt-1 text-muted" dir="auto">
                    {scope}
                </p>
                <p class="mt-1 text-xs text-muted">{window}</p>
                <p class="mt-2 inline-flex rounded-lg bg-tomato px-3 py-1 font-medium text-on-tomato" aria-hidden="true">
                    {claim}
                </p>
            </div>
        </div>
    }
}
