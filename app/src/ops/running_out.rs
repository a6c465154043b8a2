//! `/ops/forecast`: which live templates will run out of stock or budget within four weeks, and when.

use chrono::{Days, NaiveDate};
use domain::forecast::{AHEAD, RunsOut};
use engine::forecast::{self, Forecast, WATCHED};
use engine::templates::Template;
use leptos::prelude::*;

use super::templates::count;
use super::templates::forecast::date;
use crate::context::engine;
use crate::failure::page;
use crate::locale::{money, t, t_with};
use crate::session;
use crate::ui::table::{CALLED, Head, Table, called};
use crate::ui::{Card, OpsFrame, PageHead};

pub const PATH: &str = "/ops/forecast";

/// A template, what of it runs out, how much of that is left, and when.
struct Line {
    template: Template,
    what: &'static str,
    left: String,
    runs_out: RunsOut,
}

#[component]
pub fn RunningOutPage() -> impl IntoView {
    page(async move {
        let operator = session::operator().await?;
        let engine = engine();
        let today = engine.settings().time_zone.day(engine.now());
        let (watched, has_more) = forecast::watched(&engine, &operator).await?;
        let unknown = watched.iter().filter(|(_, forecast)| forecast.claims.ahead().is_none());
        let unknown = unknown.count();
        let mut lines: Vec<Line> = watched.iter().flat_map(lines).collect();
        lines.sort_by_key(|line| day_of(line.runs_out));
        let list = if lines.is_empty() {
            view! { <p class="text-muted">{t("running-out-none")}</p> }.into_any()
        } else {
            let rows = lines.iter().map(|line| row(line, today)).collect_view();
            let heads = [Head::Text(t("funnel-template")), Head::Text(t("running-out-when"))];
            view! {
                <Table label=t("running-out-title") heads=heads>
                    {rows}
                </Table>
            }
            .into_any()
        };
        let notes = [
            has_more.then(|| t_with("running-out-more", [("n", WATCHED.into())])),
            (unknown > 0).then(|| t_with("running-out-unknown", [("n", unknown.into())])),
        ];
        let notes = notes.into_iter().flatten();
        let notes = notes.map(|note| view! { <p class="mt-2 text-sm text-muted">{note}</p> });
        let notes = notes.collect_view();
        let back = ("/ops".to_owned(), t("overview-title"));
        Ok(view! {
            <OpsFrame title=t("running-out-title") here="/ops">
                <PageHead title=t("running-out-title") lead=t("running-out-lead") back=back />
                <Card>{list} {notes}</Card>
            </OpsFrame>
        })
    })
}

/// What of a template runs out within the days ahead; what is gone already has run out.
fn lines((template, forecast): &(Template, Forecast)) -> Vec<Line> {
    let stock = template.left().map(count);
    let budget = template.budget_left().map(money);
    let both =
        [("forecast-stock", stock, forecast.stock), ("forecast-budget", budget, forecast.budget)];
    let line = |(what, left, runs_out): (&'static str, Option<String>, Option<RunsOut>)| {
        let runs_out = runs_out.filter(|it| *it != RunsOut::NotYet)?;
        Some(Line { template: template.clone(), what, left: left?, runs_out })
    };
    both.into_iter().filter_map(line).collect()
}

/// What is gone comes first, and what may last longer after what will not.
fn day_of(runs_out: RunsOut) -> (usize, usize) {
    match runs_out {
        RunsOut::Gone => (0, 0),
        RunsOut::On { earliest, likely, .. } => (likely.unwrap_or(AHEAD), earliest),
        RunsOut::NotYet => (AHEAD, AHEAD),
    }
}

fn row(line: &Line, today: NaiveDate) -> impl IntoView + use<> {
    let href = format!("/ops/templates/{}#forecast", line.template.id);
    let left = t_with("list-left", [("left", line.left.clone().into())]);
    let what = [t(line.what), left].join(&t("colon"));
    view! {
        <tr>
            <th scope="row" class=CALLED>
                {called(line.template.draft().name.clone(), Some(href))}
                <span class="block text-sm text-muted">{what}</span>
            </th>
            <td class=CALLED>{when(line.runs_out, today)}</td>
        </tr>
    }
}

fn when(runs_out: RunsOut, today: NaiveDate) -> String {
    let on = |ahead: usize| date(today + Days::new(ahead as u64));
    match runs_out {
        RunsOut::Gone => t("running-out-gone"),
        RunsOut::On { earliest, likely: Some(likely), latest: Some(latest) } => t_with(
            "running-out-on",
            [
                ("likely", on(likely).into()),
                ("earliest", on(earliest).into()),
                ("latest", on(latest).into()),
            ],
        ),
        RunsOut::On { earliest, likely: Some(likely), latest: None } => t_with(
            "running-out-from",
            [("likely", on(likely).into()), ("earliest", on(earliest).into())],
        ),
        RunsOut::On { earliest, .. } => {
            t_with("running-out-perhaps", [("earliest", on(earliest).into())])
        }
        RunsOut::NotYet => String::new(),
    }
}
