//! What the draft's reference saw, day by day over the draft's own days, and what that speaks for.

use domain::actor::Operator;
use domain::holiday::Holiday;
use domain::planning::{Laid, LastTime};
use domain::template::Draft;
use engine::Error;
use leptos::prelude::*;

use crate::AppError;
use crate::context::engine;
use crate::locale::{money, t, t_with};
use crate::ops::preview::take_over::TakeOver;
use crate::ops::readout::Readout;
use crate::ops::templates::count;
use crate::ops::templates::forecast::date;
use crate::ui::table::{CELL, Head, NUMBER, Table};
use crate::ui::{Band, Card, LINK};

/// The id of what holds a row for each day.
const DAYS: &str = "last-time-days";

/// Nothing where the draft names no reference.
pub(super) async fn last_time(
    operator: &Operator,
    draft: &Draft,
) -> Result<Option<AnyView>, AppError> {
    let Some(reference) = &draft.reference else { return Ok(None) };
    let window = draft.claimable();
    let body = match engine::forecast::last_time(&engine(), operator, reference, window).await {
        Ok(Some(last)) => told(&last),
        Ok(None) => view! { <p class="text-muted">{t("last-time-empty")}</p> }.into_any(),
        Err(Error::Missing) => {
            view! { <p class="text-warn">{t("last-time-missing")}</p> }.into_any()
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Some(view! { <Card id="last-time" title=t("last-time-title")>{body}</Card> }.into_any()))
}

fn told(last: &LastTime) -> AnyView {
    let by = match last.holiday {
        Some((holiday, on)) => t_with(
            "last-time-by-holiday",
            [("holiday", t(holiday_key(holiday)).into()), ("day", date(on).into())],
        ),
        None => t("last-time-by-date"),
    };
    let claims: Vec<f64> = last.days.iter().map(|day| day.past.claims as f64).collect();
    let total: u64 = last.days.iter().map(|day| day.past.claims).sum();
    let label = t_with("last-time-claims", [("n", count(total).into())]);
    let take_over = last.stock.map(|stock| {
        let currency = engine().settings().currency;
        let budget = last.budget.map(|budget| currency.format(budget)).unwrap_or_default();
        view! {
            <TakeOver
                stock=stock.to_string()
                budget=budget
                label=t("last-time-take-over")
                done=t("last-time-taken-over")
            />
        }
    });
    view! {
        <div class="space-y-2">
            <p class="font-medium">{suggestion(last)}</p>
            {take_over}
            <p class="text-muted">{by}</p>
            <p class="tabular-nums">{label.clone()}</p>
            <Readout
                table=DAYS.to_owned()
                steps=last.days.len()
                label=t_with("forecast-readout", [("what", t("stage-claim").into())])
                hint=t("funnel-readout-hint")
            >
                <Band past=claims ahead=Vec::new() label=label />
            </Readout>
            <details id=DAYS>
                <summary class=LINK>
                    {t("funnel-table")}
                </summary>
                {table(&last.days)}
            </details>
        </div>
    }
    .into_any()
}

fn suggestion(last: &LastTime) -> String {
    let Some(stock) = last.stock else { return t("last-time-outside") };
    let stock = ("stock", count(stock).into());
    match last.budget {
        Some(budget) => t_with("last-time-suggests", [stock, ("budget", money(budget).into())]),
        None => t_with("last-time-suggests-stock", [stock]),
    }
}

fn table(days: &[Laid]) -> impl IntoView + use<> {
    let heads = [
        Head::Text(t("forecast-day")),
        Head::Number(t("stage-view")),
        Head::Number(t("stage-claim")),
        Head::Number(t("stage-redeem")),
        Head::Number(t("funnel-discount")),
    ];
    let row = |day: &Laid| {
        let was = t_with("last-time-was", [("day", date(day.past.day).into())]);
        let outside = (!day.is_within).then(|| t("last-time-not-within"));
        view! {
            <tr>
                <th scope="row" class=CELL>
                    {date(day.on)} " "
                    <span class="block text-sm text-muted">{was} {outside}</span>
                </th>
                <td class=NUMBER>{count(day.past.views)}</td>
                <td class=NUMBER>{count(day.past.claims)}</td>
                <td class=NUMBER>{count(day.past.uses)}</td>
                <td class=NUMBER>{money(day.past.cost)}</td>
            </tr>
        }
    };
    let rows = days.iter().map(row).collect_view();
    view! {
        <Table label=t("last-time-title") heads=heads>
            {rows}
        </Table>
    }
}

fn holiday_key(holiday: Holiday) -> &'static str {
    match holiday {
        Holiday::NewYear => "holiday-new-year",
        Holiday::SpringFestival => "holiday-spring-festival",
        Holiday::LabourDay => "holiday-labour-day",
        Holiday::DragonBoat => "holiday-dragon-boat",
        Holiday::JuneSale => "holiday-june-sale",
        Holiday::MidAutumn => "holiday-mid-autumn",
        Holiday::NationalDay => "holiday-national-day",
        Holiday::SinglesDay => "holiday-singles-day",
        Holiday::DoubleTwelve => "holiday-double-twelve",
    }
}
