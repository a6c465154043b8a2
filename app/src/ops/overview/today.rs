//! Today so far, beside yesterday and the same day of last week up to the last whole hour.

use domain::funnel::Funnel;
use engine::overview::Compared;
use leptos::prelude::*;

use crate::context::engine;
use crate::locale::{money, t, t_with};
use crate::ops::templates::count;
use crate::ui::Stat;

/// What is compared: its name, its number, and how that is written.
struct Figure {
    key: &'static str,
    of: fn(&Funnel) -> u64,
    written: fn(u64) -> String,
}

const FIGURES: [Figure; 6] = [
    Figure { key: "stage-view", of: |funnel| funnel.stages.view, written: count },
    Figure { key: "stage-claim", of: |funnel| funnel.stages.claim, written: count },
    Figure { key: "stage-redeem", of: |funnel| funnel.stages.redeem, written: count },
    Figure { key: "stage-return", of: |funnel| funnel.stages.returned, written: count },
    Figure { key: "funnel-turnover", of: |funnel| units(funnel.amounts.turnover), written: amount },
    Figure { key: "funnel-discount", of: |funnel| units(funnel.amounts.discount), written: amount },
];

pub(super) fn part(compared: &Compared) -> AnyView {
    let tiles = FIGURES.iter().map(|figure| tile(figure, compared)).collect_view();
    let until = t_with("today-compared", [("time", hour(compared.until).into())]);
    view! {
        <section class="grid grid-cols-1 gap-4" aria-label=t("today-title")>
            <h2 class="text-lg font-semibold">{t("today-title")}</h2>
            <p class="max-w-prose text-sm text-muted tabular-nums">{until}</p>
            <ul class="grid grid-cols-2 gap-4 sm:grid-cols-3">{tiles}</ul>
        </section>
    }
    .into_any()
}

fn tile(figure: &Figure, compared: &Compared) -> impl IntoView + use<> {
    let Figure { key, of, written } = figure;
    let so_far = of(&compared.so_far);
    let told = |key: &'static str, before: u64| {
        let filled = [
            ("n", written(before).into()),
            ("now", written(so_far).into()),
            ("change", change(so_far, before).into()),
            ("time", hour(compared.until).into()),
        ];
        t_with(key, filled)
    };
    let note = [
        told("today-yesterday", of(&compared.yesterday)),
        told("today-last-week", of(&compared.last_week)),
    ];
    view! {
        <li>
            <Stat label=t(key) value=written(of(&compared.today)) note=note.join(&t("separator")) />
        </li>
    }
}

/// Of the shop's day: `10:00`.
fn hour(at: domain::Time) -> String {
    engine().settings().time_zone.local(at).format("%H:%M").to_string()
}

/// `+12%`, `−8%`; nothing to compare with is a dash.
fn change(now: u64, before: u64) -> String {
    if before == 0 {
        return if now == 0 { "±0%".to_owned() } else { "–".to_owned() };
    }
    let percent = (i128::from(now) - i128::from(before)) * 100 / i128::from(before);
    match percent {
        0 => "±0%".to_owned(),
        more if more > 0 => format!("+{more}%"),
        less => format!("−{}%", -less),
    }
}

fn units(amount: domain::Money) -> u64 {
    amount.units().max(0).unsigned_abs()
}

fn amount(units: u64) -> String {
    money(domain::Money::minor(i64::try_from(units).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::change;

    #[test]
    fn a_change_is_told_in_whole_percents() {
        for (now, before, told) in [
            (0, 0, "±0%"),
            (5, 0, "–"),
            (112, 100, "+12%"),
            (0, 7, "−100%"),
            (1_000_000, 999_999, "±0%"),
            (u64::MAX, 1, "+1844674407370955161400%"),
        ] {
            assert_eq!(change(now, before), told);
        }
    }
}
