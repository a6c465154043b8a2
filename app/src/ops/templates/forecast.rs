//! The next four weeks of a template: lines with their bands, what they rest on, and when its stock and
//! budget run out.

use chrono::{Days, NaiveDate};
use domain::Money;
use domain::forecast::{
    AHEAD, Accuracy, Ahead, Expected, LEVEL, Method, Outlook, RunsOut, cumulative,
};
use domain::planning::Past;
use engine::forecast::Forecast;
use leptos::prelude::*;

use super::count;
use crate::context::engine;
use crate::locale::{day, money, t, t_with};
use crate::ops::readout::Readout;
use crate::ui::table::{CELL, Head, NUMBER, Table};
use crate::ui::{Band, Card, LINK};

/// Days so far that are drawn before those to come.
const SHOWN: usize = 56;

/// The id of what holds a row for each day that is drawn.
const DAYS: &str = "forecast-days";

/// What is counted, and how it is written.
#[derive(Clone, Copy)]
enum Measure {
    Claims,
    Uses,
    Cost,
}

impl Measure {
    const ALL: [Self; 3] = [Self::Claims, Self::Uses, Self::Cost];

    fn name(self) -> String {
        match self {
            Self::Claims => t("stage-claim"),
            Self::Uses => t("stage-redeem"),
            Self::Cost => t("funnel-discount"),
        }
    }

    fn of(self, forecast: &Forecast) -> &Outlook {
        match self {
            Self::Claims => &forecast.claims,
            Self::Uses => &forecast.uses,
            Self::Cost => &forecast.cost,
        }
    }

    fn was(self, day: &Past) -> f64 {
        match self {
            Self::Claims => day.claims as f64,
            Self::Uses => day.uses as f64,
            Self::Cost => day.cost.units() as f64,
        }
    }

    /// Whole coupons, and amounts as they are.
    fn show(self, n: f64) -> String {
        match self {
            Self::Claims | Self::Uses => count(n.round() as u64),
            Self::Cost => money(Money::minor(n.round() as i64)),
        }
    }

    /// What one is off by in the mean is rarely whole.
    fn show_error(self, n: f64) -> String {
        match self {
            Self::Claims | Self::Uses => format!("{n:.1}"),
            Self::Cost => self.show(n),
        }
    }

    fn range(self, expected: Expected) -> String {
        let filled = [("low", self.show(expected.low)), ("high", self.show(expected.high))];
        t_with("forecast-range", filled.map(|(name, text)| (name, text.into())))
    }
}

#[component]
pub(super) fn ForecastCard(forecast: Forecast) -> impl IntoView {
    if let Outlook::TooLittle { days, needed } = forecast.claims {
        let filled = [("days", days.into()), ("needed", needed.into())];
        let said = t_with("forecast-too-little", filled);
        return view! {
            <Card id="forecast" title=t("forecast-title")>
                <p class="text-muted">{said}</p>
            </Card>
        }
        .into_any();
    }
    let gone = [("forecast-stock", forecast.stock), ("forecast-budget", forecast.budget)];
    let last = forecast.today + Days::new(AHEAD as u64 - 1);
    let gone = gone.map(|(what, runs_out)| {
        let said =
            runs_out.map(|runs_out| runs_out_in_words(t(what), runs_out, forecast.today, last));
        said.map(|said| view! { <p class="font-medium">{said}</p> })
    });
    let gone = gone.collect_view();
    let lines = Measure::ALL.into_iter().filter_map(|measure| line(&forecast, measure));
    let lines = lines.collect_view();
    view! {
        <Card id="forecast" title=t("forecast-title")>
            <div class="space-y-4">
                {gone} {lines}
                <details id=DAYS>
                    <summary class=LINK>
                        {t("funnel-table")}
                    </summary>
                    {table(&forecast)}
                </details>
            </div>
        </Card>
    }
    .into_any()
}

/// One measure: what four weeks come to, the picture, and how far it is to be believed.
fn line(forecast: &Forecast, measure: Measure) -> Option<AnyView> {
    let ahead = measure.of(forecast).ahead()?;
    let mut whole = cumulative(&ahead.days).last().copied().unwrap_or_default();
    // Of its days each may bring all that is left; together they cannot.
    if let (Measure::Claims, Some(left)) = (measure, forecast.left) {
        whole.high = whole.high.min(left as f64).max(whole.mid);
    }
    let filled = [
        ("what", measure.name().into()),
        ("n", measure.show(whole.mid).into()),
        ("range", measure.range(whole).into()),
        ("days", format!("{:.0}", LEVEL * 10.0).into()),
    ];
    let said = t_with("forecast-whole", filled);
    let past = shown(forecast);
    let first = past.first().map_or(forecast.today, |past| past.day);
    let last = forecast.today + Days::new(ahead.days.len().saturating_sub(1) as u64);
    let past: Vec<f64> = past.iter().map(|past| measure.was(past)).collect();
    let days: Vec<[f64; 3]> = ahead.days.iter().map(|day| [day.low, day.mid, day.high]).collect();
    let steps = past.len() + days.len();
    let label = t_with("forecast-readout", [("what", measure.name().into())]);
    Some(
        view! {
            <section class="border-t border-line pt-4">
                <h3 class="font-medium tabular-nums">{said.clone()}</h3>
                <p class="mt-2 flex flex-wrap justify-between gap-x-3 text-sm text-muted tabular-nums">
                    <span>{date(first)}</span>
                    <span>{t_with("forecast-from", [("day", date(forecast.today).into())])}</span>
                    <span>{date(last)}</span>
                </p>
                <div class="mt-1">
                    <Readout
                        table=DAYS.to_owned()
                        steps=steps
                        label=label
                        hint=t("funnel-readout-hint")
                    >
                        <Band past=past ahead=days label=said />
                    </Readout>
                </div>
                <p class="mt-1 text-sm text-muted tabular-nums">{belief(ahead, measure)}</p>
            </section>
        }
        .into_any(),
    )
}

/// The days so far that are drawn.
fn shown(forecast: &Forecast) -> &[Past] {
    &forecast.past[forecast.past.len().saturating_sub(SHOWN)..]
}

/// Which way was taken, and how well it and the baseline did before, both as far ahead.
fn belief(ahead: &Ahead, measure: Measure) -> Option<String> {
    let (chosen, baseline) = (ahead.accuracy()?, ahead.baseline()?);
    let percent = |part: f64| format!("{:.0}%", part * 100.0);
    let scaled = |of: &Accuracy| of.scaled.map_or_else(|| "–".to_owned(), |n| format!("{n:.2}"));
    let filled = [
        ("ahead", chosen.ahead.into()),
        ("error", measure.show_error(chosen.error).into()),
        ("scaled", scaled(chosen).into()),
        ("within", percent(chosen.within).into()),
        ("level", percent(LEVEL).into()),
        ("baseline", measure.show_error(baseline.error).into()),
        ("scaledbaseline", scaled(baseline).into()),
    ];
    Some(match ahead.method {
        Method::Smoothed => t_with("forecast-smoothed", filled),
        Method::LastWeek => t_with("forecast-last-week", filled),
    })
}

fn runs_out_in_words(what: String, runs_out: RunsOut, today: NaiveDate, last: NaiveDate) -> String {
    let on = |ahead: usize| date(today + Days::new(ahead as u64));
    let what = ("what", what.into());
    let last = ("last", date(last).into());
    match runs_out {
        RunsOut::Gone => t_with("runs-out-gone", [what]),
        RunsOut::NotYet => t_with("runs-out-not-yet", [what, last]),
        RunsOut::On { earliest, likely, latest } => {
            let earliest = ("earliest", on(earliest).into());
            match (likely, latest) {
                (Some(likely), Some(latest)) => {
                    let (likely, latest) = (on(likely).into(), on(latest).into());
                    t_with("runs-out-on", [what, earliest, ("likely", likely), ("latest", latest)])
                }
                (Some(likely), None) => {
                    t_with("runs-out-from", [what, earliest, ("likely", on(likely).into()), last])
                }
                (None, _) => t_with("runs-out-perhaps", [what, earliest, last]),
            }
        }
    }
}

fn table(forecast: &Forecast) -> impl IntoView + use<> {
    let [claims, uses, cost] = Measure::ALL.map(|measure| Head::Number(measure.name()));
    let heads = [Head::Text(t("forecast-day")), claims, uses, cost];
    let was = |past: &Past| {
        let figure = |measure: Measure| (measure.show(measure.was(past)), None);
        row(past.day, Measure::ALL.map(figure))
    };
    let comes = |ahead: usize| {
        let figure = |measure: Measure| {
            let told = measure.of(forecast).ahead();
            let day = told.and_then(|told| told.days.get(ahead)).copied();
            day.map(|day| (measure.show(day.mid), Some(measure.range(day)))).unwrap_or_default()
        };
        row(forecast.today + Days::new(ahead as u64), Measure::ALL.map(figure))
    };
    let past = shown(forecast).iter().map(was).collect_view();
    let ahead = (0..AHEAD).map(comes).collect_view();
    view! {
        <Table label=t("forecast-days") heads=heads>
            {past} {ahead}
        </Table>
    }
}

/// A day's figures, those to come with the range they lie in.
fn row(day: NaiveDate, figures: [(String, Option<String>); 3]) -> impl IntoView + use<> {
    let cell = |(figure, range): (String, Option<String>)| {
        let range = range.map(|range| {
            view! { <span class="block text-sm text-muted">{format!(" ({range})")}</span> }
        });
        view! { <td class=NUMBER>{figure} {range}</td> }
    };
    view! {
        <tr>
            <th scope="row" class=CELL>
                {date(day)}
            </th>
            {figures.map(cell).collect_view()}
        </tr>
    }
}

pub(in crate::ops) fn date(date: NaiveDate) -> String {
    day(engine().settings().time_zone.start_of(date))
}
