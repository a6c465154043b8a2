//! What templates may still cost, and what is left of budgets.

use domain::Money;
use engine::overview::AtRisk;
use leptos::prelude::*;

use crate::locale::{money, t, t_with};
use crate::ops::templates::count;
use crate::ops::templates::numbers::share;
use crate::ui::{Bar, Card};

pub(super) fn part(risk: AtRisk) -> AnyView {
    let budgets = (risk.budgeted > 0).then(|| budgets(&risk));
    let stocked = (risk.stocked > 0).then(|| {
        let filled = [
            ("n", risk.stocked.into()),
            ("text", count(risk.stocked).into()),
            ("amount", money(risk.at_most).into()),
        ];
        view! { <p>{t_with("risk-money-stocked", filled)}</p> }
    });
    let unbounded = (risk.unbounded > 0).then(|| {
        let filled = [("n", risk.unbounded.into()), ("text", count(risk.unbounded).into())];
        let said = t_with("risk-money-unbounded", filled);
        view! { <p class="text-danger">{said}</p> }
    });
    let nothing = (risk == AtRisk::default())
        .then(|| view! { <p class="text-muted">{t("risk-money-none")}</p> });
    view! {
        <Card title=t("risk-money-title")>
            <div class="grid grid-cols-1 gap-3">{budgets} {stocked} {unbounded} {nothing}</div>
        </Card>
    }
    .into_any()
}

fn budgets(risk: &AtRisk) -> impl IntoView + use<> {
    let gone = risk.reserved + risk.spent;
    let units = |amount: Money| amount.units().unsigned_abs();
    let filled = [
        ("n", risk.budgeted.into()),
        ("text", count(risk.budgeted).into()),
        ("budget", money(risk.budget).into()),
        ("spent", money(risk.spent).into()),
        ("reserved", money(risk.reserved).into()),
        ("left", money(risk.budget - gone).into()),
    ];
    view! {
        <div>
            <Bar percent=share(units(gone), units(risk.budget)) />
            <p class="mt-2 tabular-nums">{t_with("risk-money-budgets", filled)}</p>
        </div>
    }
}
