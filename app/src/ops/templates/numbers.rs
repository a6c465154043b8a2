//! Issued and left of the stock, reserved and spent of the budget.

use domain::Money;
use engine::templates::Template;
use engine::templates::coupons::Outstanding;
use leptos::prelude::*;

use super::{codes_in_words, count};
use crate::locale::{money, t, t_with};
use crate::ui::{Bar, Card};

#[component]
pub(super) fn Numbers(template: Template, out: Outstanding) -> impl IntoView {
    let left = template.left().map_or_else(|| t("number-no-limit"), count);
    let usable = match out.is_estimate {
        true => t_with("out-about", [("n", count(out.usable).into())]),
        false => count(out.usable),
    };
    let stock = template.draft().stock.map(|stock| {
        let filled = [("issued", count(template.issued).into()), ("stock", count(stock).into())];
        gauge(template.issued, stock, t_with("of-stock-issued", filled))
    });
    view! {
        <Card title=t("numbers-title")>
            <dl class=PAIR>
                {number("number-issued", count(template.issued))} {number("number-left", left)}
            </dl>
            {codes_in_words(&out, "number-unclaimed")
                .map(|codes| view! { <p class="mt-1 text-sm text-muted tabular-nums">{codes}</p> })}
            {stock}
            <dl class=PAIR_BELOW>
                {number("number-usable", usable)} {number("number-locked", count(out.locked))}
            </dl>
            {budget(&template)}
        </Card>
    }
}

fn budget(template: &Template) -> impl IntoView + use<> {
    let Some(budget) = template.draft().budget else {
        return view! {
            <p class="mt-4 border-t border-line pt-4 text-muted">{t("number-no-budget")}</p>
        }
        .into_any();
    };
    let gone = template.reserved + template.spent;
    let filled = [("gone", money(gone).into()), ("budget", money(budget).into())];
    let units = |amount: Money| amount.units().unsigned_abs();
    view! {
        <dl class=PAIR_BELOW>
            {number("number-reserved", money(template.reserved))}
            {number("number-spent", money(template.spent))}
        </dl>
        {gauge(units(gone), units(budget), t_with("of-budget-gone", filled))}
    }
    .into_any()
}

fn number(name: &str, value: String) -> impl IntoView + use<> {
    view! {
        <div class="grow basis-24">
            <dt class="text-muted">{t(name)}</dt>
            <dd class="text-xl font-semibold whitespace-nowrap tabular-nums">{value}</dd>
        </div>
    }
}

/// Side by side where both are whole there.
const PAIR: &str = class!("flex flex-wrap gap-3");
const PAIR_BELOW: &str = class!("mt-4 flex flex-wrap gap-3 border-t border-line pt-4");

fn gauge(value: u64, most: u64, said: String) -> impl IntoView + use<> {
    view! {
        <div class="mt-3">
            <Bar percent=share(value, most) />
            <p class="mt-1 text-sm text-muted tabular-nums">{said}</p>
        </div>
    }
}

/// Whole percents, also of amounts that would not bear being multiplied.
pub(in crate::ops) fn share(part: u64, whole: u64) -> u64 {
    (u128::from(part) * 100 / u128::from(whole.max(1))).min(100) as u64
}
