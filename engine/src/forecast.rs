//! What is to come of a template, told from its own days so far; and what last time saw.

mod last_time;
mod smoothed;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeDelta};
use domain::actor::Reader;
use domain::forecast::{AHEAD, Expected, Outlook, RunsOut, of as look_ahead, runs_out};
use domain::funnel::Step;
use domain::planning::Past;
use domain::template::{Phase, State, Window};
use domain::{Money, TemplateId};

use crate::funnel::{self, Part};
use crate::templates::{self, Template};
use crate::{Engine, Result};

pub use last_time::last_time;
pub use smoothed::Smoothed;

/// How far back one looks: a year has every weekday often enough, and days before it say little.
const BACK: u64 = 365;

/// What the next four weeks are expected to bring.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// The first day ahead: today, of which only a part has been.
    pub today: NaiveDate,
    /// Every day from the first on which something happened through yesterday.
    pub past: Vec<Past>,
    /// Coupons received.
    pub claims: Outlook,
    /// Coupons used.
    pub uses: Outlook,
    /// What they take off, in minor units.
    pub cost: Outlook,
    /// When the stock will be gone; `None` without one, or without a forecast of claims.
    pub stock: Option<RunsOut>,
    /// When the budget will be gone; `None` without one, or without a forecast of its cost.
    pub budget: Option<RunsOut>,
}

/// The forecast of a template by the shop's days; `None` where nothing can be claimed any more,
/// nobody let it be claimed yet, or what has happened is still being added up. A paused template is told of as if it were live.
pub async fn of(
    engine: &Engine,
    reader: &impl Reader,
    template: TemplateId,
) -> Result<Option<Forecast>> {
    let template = templates::read(engine, reader, template).await?;
    let window = template.draft().claim_window;
    let is_over = window.phase(engine.now()) == Phase::Closed;
    if is_over || !matches!(template.state, State::Live | State::Paused) {
        return Ok(None);
    }
    let zone = engine.settings().time_zone;
    let today = zone.day(engine.now());
    let from = Some(zone.start_of(today - Days::new(BACK)));
    let period = Window { from, until: None };
    let Some(mut past) = days(engine, reader, &[template.id], period).await? else {
        return Ok(None);
    };
    let of_today = past.pop_if(|day| day.day == today);
    let past = without_gaps(past, today);
    let series = |number: fn(&Past) -> f64| past.iter().map(number).collect::<Vec<f64>>();
    let claims = series(|day| day.claims as f64);
    let uses = series(|day| day.uses as f64);
    let cost = series(|day| day.cost.units() as f64);
    // Some tens of milliseconds of a core.
    let told = tokio::task::spawn_blocking(move || {
        [claims, uses, cost].map(|past| look_ahead(&past, &[&Smoothed]))
    });
    let [mut claims, uses, cost] = told.await?;
    let last = window.until.map(|until| zone.day(until - TimeDelta::microseconds(1)));
    close(&mut claims, today, last);
    Ok(Some(Forecast {
        stock: stock(&template, of_today.as_ref(), &claims),
        budget: budget(&template, of_today.as_ref(), &cost),
        today,
        past,
        claims,
        uses,
        cost,
    }))
}

/// After the last day of the claim window nobody claims.
fn close(claims: &mut Outlook, today: NaiveDate, last: Option<NaiveDate>) {
    if let (Outlook::Ahead(ahead), Some(last)) = (claims, last) {
        let open = (last - today).num_days() + 1;
        let open = usize::try_from(open).unwrap_or(0).min(AHEAD);
        ahead.days[open..].fill(Expected::default());
    }
}

/// The forecast begins with today as a whole, and what went today is part of that.
fn stock(template: &Template, today: Option<&Past>, claims: &Outlook) -> Option<RunsOut> {
    let left = template.left()?;
    let ahead = claims.ahead()?;
    if left == 0 {
        return Some(RunsOut::Gone);
    }
    Some(runs_out((left + today.map_or(0, |today| today.claims)) as f64, &ahead.days))
}

fn budget(template: &Template, today: Option<&Past>, cost: &Outlook) -> Option<RunsOut> {
    let left = template.budget_left()?;
    let ahead = cost.ahead()?;
    if left.is_zero() {
        return Some(RunsOut::Gone);
    }
    let of_today = today.map(|today| today.cost).unwrap_or_default();
    Some(runs_out((left + of_today).units() as f64, &ahead.days))
}

/// What the days of a period saw of some templates together, those on which something happened;
/// nothing while that is still being added up.
async fn days(
    engine: &Engine,
    reader: &impl Reader,
    templates: &[TemplateId],
    period: Window,
) -> Result<Option<Vec<Past>>> {
    let zone = engine.settings().time_zone;
    let mut days = BTreeMap::<NaiveDate, Past>::new();
    for template in templates {
        let part = Part::of(*template, period);
        let funnel = funnel::read(engine, reader, &part, Some(Step::Day)).await?;
        if funnel.is_behind {
            return Ok(None);
        }
        for bucket in funnel.buckets {
            let day = zone.day(bucket.at);
            let past = days.entry(day).or_insert_with(|| nothing(day));
            past.views += bucket.stages.view;
            past.claims += bucket.stages.claim;
            past.uses += bucket.stages.redeem;
            past.cost += bucket.amounts.discount;
        }
    }
    Ok(Some(days.into_values().collect()))
}

fn nothing(day: NaiveDate) -> Past {
    Past { day, views: 0, claims: 0, uses: 0, cost: Money::ZERO }
}

/// The same with the days on which nothing happened, from the first one up to `until`.
fn without_gaps(days: Vec<Past>, until: NaiveDate) -> Vec<Past> {
    let Some(first) = days.first().map(|day| day.day) else { return Vec::new() };
    let mut told = days.into_iter().peekable();
    let all = first.iter_days().take_while(|day| *day < until);
    all.map(|day| told.next_if(|told| told.day == day).unwrap_or_else(|| nothing(day))).collect()
}
