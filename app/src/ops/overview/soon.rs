//! What changes by itself within a week: what opens, what ends, what runs out.

use domain::Money;
use engine::overview::{EXPIRING_MAX, Soon, Supply};
use engine::templates::Template;
use leptos::prelude::*;

use super::entry;
use crate::locale::{money, t, t_with};
use crate::ops::running_out;
use crate::ops::templates::count;
use crate::ops::templates::numbers::share;
use crate::ui::{Card, LINK, Moment};

pub(super) fn part(soon: Soon) -> AnyView {
    let Soon { opening, closing, running_out, expiring } = soon;
    let opens = |template: &Template| moment(template.draft().claim_window.from);
    let ends = |template: &Template| moment(template.draft().claimable().until);
    let opening = opening.iter().map(|template| entry(template, opens(template)).into_any());
    let closing = closing.iter().map(|template| entry(template, ends(template)).into_any());
    let running_out = running_out.iter().map(|(template, supply)| {
        let left = match supply {
            Supply::Stock => stock_left(template),
            Supply::Budget => budget_left(template),
        };
        entry(template, left.into_any()).into_any()
    });
    let number = if expiring < EXPIRING_MAX {
        count(expiring)
    } else {
        t_with("soon-many", [("text", count(EXPIRING_MAX).into())])
    };
    let expiring = t_with("soon-expiring", [("n", expiring.into()), ("text", number.into())]);
    view! {
        <section class="grid grid-cols-1 gap-4" aria-label=t("soon-title")>
            <h2 class="text-lg font-semibold">{t("soon-title")}</h2>
            <div class="grid grid-cols-1 gap-4 lg:grid-cols-3">
                {list("soon-opening", "soon-opening-none", opening.collect())}
                {list("soon-closing", "soon-closing-none", closing.collect())}
                {list("soon-running-out", "soon-running-out-none", running_out.collect())}
            </div>
            <p class="text-muted">{expiring}</p>
            <p>
                <a class=LINK href=running_out::PATH>
                    {t("running-out-title")}
                </a>
            </p>
        </section>
    }
    .into_any()
}

fn stock_left(template: &Template) -> String {
    let left = template.left().unwrap_or_default();
    let of = template.draft().stock.unwrap_or_default();
    let percent = format!("{}%", share(left, of));
    let filled = [("n", left.into()), ("text", count(left).into()), ("part", percent.into())];
    t_with("soon-left", filled)
}

fn budget_left(template: &Template) -> String {
    let left = template.budget_left().unwrap_or_default();
    let of = template.draft().budget.unwrap_or_default();
    let units = |amount: Money| amount.units().unsigned_abs();
    let percent = format!("{}%", share(units(left), units(of)));
    t_with("soon-left-budget", [("amount", money(left).into()), ("part", percent.into())])
}

fn list(title: &'static str, none: &'static str, entries: Vec<AnyView>) -> AnyView {
    let list = if entries.is_empty() {
        view! { <p class="text-muted">{t(none)}</p> }.into_any()
    } else {
        view! { <ul class="divide-y divide-line">{entries}</ul> }.into_any()
    };
    view! { <Card title=t(title)>{list}</Card> }.into_any()
}

fn moment(at: Option<domain::Time>) -> AnyView {
    at.map(|at| view! { <Moment at=at /> }).into_any()
}
