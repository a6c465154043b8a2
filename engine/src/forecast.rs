//! What is to come of a template, told from its own days so far; and what last time saw.

mod last_time;
mod smoothed;

use std::cmp::Reverse;

use chrono::{Days, NaiveDate, TimeDelta};
use domain::actor::Reader;
use domain::calendar::Zone;
use domain::forecast::{AHEAD, Expected, Outlook, RunsOut, of as look_ahead, runs_out};
use domain::funnel::{Bucket, Step};
use domain::planning::Past;
use domain::template::{Phase, State, Validity, Window};
use domain::{Money, TemplateId, Time};

use crate::funnel::{self, Part};
use crate::templates::{self, Template};
use crate::{Engine, Result};

pub use last_time::{is_known, last_time};
pub use smoothed::Smoothed;

/// How far back one looks: a year has every weekday often enough, and days before it say little.
const BACK: u64 = 365;

/// The most templates that are looked at together: each takes some tens of milliseconds of a core.
pub const WATCHED: usize = 20;

/// What the next four weeks are expected to bring.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// The first day ahead: today, of which only a part has been.
    pub today: NaiveDate,
    /// Every day from the first on which somebody claimed through yesterday.
    pub past: Vec<Past>,
    /// Coupons received.
    pub claims: Outlook,
    /// Coupons used.
    pub uses: Outlook,
    /// What they take off, in minor units.
    pub cost: Outlook,
    /// Coupons of the stock that are there to be claimed from today on; `None` without one.
    pub left: Option<u64>,
    /// When the stock will be gone; `None` without one, or without a forecast of claims.
    pub stock: Option<RunsOut>,
    /// When the budget will be gone; `None` without one, or without a forecast of its cost.
    pub budget: Option<RunsOut>,
}

/// The forecast of a template by the shop's days; `None` where nothing is claimed or given any more,
/// nobody let it be claimed yet, or what has happened is still being added up. A paused template is told
/// of as if it were live.
pub async fn of(
    engine: &Engine,
    reader: &impl Reader,
    template: TemplateId,
) -> Result<Option<Forecast>> {
    let template = templates::read(engine, reader, template).await?;
    let window = template.draft().handed_out();
    let is_over = window.phase(engine.now()) == Phase::Closed;
    if is_over || !matches!(template.state, State::Live | State::Paused) {
        return Ok(None);
    }
    let zone = engine.settings().time_zone;
    let today = zone.day(engine.now());
    let from = Some(zone.start_of(today - Days::new(BACK)));
    let part = Part::of(template.id, Window { from, until: None });
    let Some(mut past) = days(engine, reader, part).await? else { return Ok(None) };
    let of_today = past.pop_if(|day| day.day == today);
    let begun = begun(&past, window.from.map(|from| zone.day(from)));
    past.retain(|day| begun.is_some_and(|begun| begun <= day.day));
    let past = without_gaps(past, today);
    let series = |number: fn(&Past) -> f64| past.iter().map(number).collect::<Vec<f64>>();
    let claims = series(|day| day.claims as f64);
    let uses = series(|day| day.uses as f64);
    let cost = series(|day| day.cost.units() as f64);
    // Some tens of milliseconds of a core.
    let told = tokio::task::spawn_blocking(move || {
        [claims, uses, cost].map(|past| look_ahead(&past, &[&Smoothed]))
    });
    let [mut claims, mut uses, mut cost] = told.await?;
    let last_day = |until: Time| zone.day(until - TimeDelta::microseconds(1));
    let last = window.until.map(last_day);
    close(&mut claims, today, last);
    let last_use = coupons_end(&template, zone, last).map(last_day);
    close(&mut uses, today, last_use);
    close(&mut cost, today, last_use);
    let stock = stock(&template, of_today.as_ref(), &claims);
    let left = left_this_morning(&template, of_today.as_ref());
    if let Some(left) = left {
        cap(&mut claims, left as f64);
    }
    Ok(Some(Forecast {
        left,
        stock,
        budget: budget(&template, of_today.as_ref(), &cost),
        today,
        past,
        claims,
        uses,
        cost,
    }))
}

/// The live templates with a stock or a budget of which something is left, those first of which the
/// largest share is gone; at most [`WATCHED`], each with its forecast where it has one, and whether there
/// are others.
pub async fn watched(
    engine: &Engine,
    reader: &impl Reader,
) -> Result<(Vec<(Template, Forecast)>, bool)> {
    let now = engine.now();
    let is_open = |template: &Template| template.draft().handed_out().phase(now) == Phase::Open;
    let mut live = templates::known::live(engine, is_open).await?;
    live.retain(|template| template.left() != Some(0) && gone(template).is_some());
    live.sort_by_key(|template| (Reverse(gone(template)), template.id));
    let has_more = live.len() > WATCHED;
    live.truncate(WATCHED);
    let mut watched = Vec::with_capacity(live.len());
    for template in live {
        if let Some(forecast) = of(engine, reader, template.id).await? {
            watched.push((template, forecast));
        }
    }
    Ok((watched, has_more))
}

/// How much of a thousand is gone of the stock or of the budget, whichever is more.
fn gone(template: &Template) -> Option<u128> {
    let gone = |left: u64, whole: u64| {
        1_000_u128.saturating_sub(u128::from(left) * 1_000 / u128::from(whole.max(1)))
    };
    let units = |amount: Money| amount.units().unsigned_abs();
    let draft = template.draft();
    let stock = draft.stock.zip(template.left()).map(|(whole, left)| gone(left, whole));
    let budget = draft.budget.zip(template.budget_left());
    let budget = budget.map(|(whole, left)| gone(units(left), units(whole)));
    stock.max(budget)
}

/// From when on days tell how it goes: since somebody first claimed, and as the claim window now says.
fn begun(past: &[Past], opened: Option<NaiveDate>) -> Option<NaiveDate> {
    let first = past.iter().find(|day| day.claims > 0).map(|day| day.day)?;
    Some(opened.map_or(first, |opened| opened.max(first)))
}

/// When the last coupon ends that may be claimed, if one can say.
fn coupons_end(template: &Template, zone: Zone, last: Option<NaiveDate>) -> Option<Time> {
    match template.draft().validity {
        Validity::Fixed(window) => window.until,
        Validity::Days { days, until } => {
            let of_last = last.map(|last| zone.start_of(last + Days::new(days.into())));
            match (of_last, until) {
                (Some(of_last), Some(until)) => Some(of_last.min(until)),
                (of_last, until) => of_last.or(until),
            }
        }
    }
}

/// No more is claimed than there is: the most of a day is what would be left if little had been claimed
/// until then, the least what would be left after much.
fn cap(claims: &mut Outlook, left: f64) {
    let Outlook::Ahead(ahead) = claims else { return };
    let mut gone = Expected::default();
    for day in &mut ahead.days {
        day.low = day.low.min(left - gone.high).max(0.0);
        day.mid = day.mid.min(left - gone.mid).max(0.0);
        day.high = day.high.min(left - gone.low).max(0.0);
        gone.low += day.low;
        gone.mid += day.mid;
        gone.high += day.high;
    }
}

/// After the last day nothing happens.
fn close(outlook: &mut Outlook, today: NaiveDate, last: Option<NaiveDate>) {
    if let (Outlook::Ahead(ahead), Some(last)) = (outlook, last) {
        let open = (last - today).num_days() + 1;
        let open = usize::try_from(open).unwrap_or(0).min(AHEAD);
        ahead.days[open..].fill(Expected::default());
    }
}

/// The forecast begins with today as a whole, and what went today is part of that.
fn left_this_morning(template: &Template, today: Option<&Past>) -> Option<u64> {
    Some(template.left()? + today.map_or(0, |today| today.claims))
}

fn stock(template: &Template, today: Option<&Past>, claims: &Outlook) -> Option<RunsOut> {
    let left = left_this_morning(template, today)?;
    let ahead = claims.ahead()?;
    if template.left() == Some(0) {
        return Some(RunsOut::Gone);
    }
    Some(runs_out(left as f64, &ahead.days))
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

/// What each day of a part saw, of those on which something happened; nothing while that is still being
/// added up.
async fn days(engine: &Engine, reader: &impl Reader, part: Part) -> Result<Option<Vec<Past>>> {
    let zone = engine.settings().time_zone;
    let funnel = funnel::read(engine, reader, &part, Some(Step::Day)).await?;
    if funnel.is_behind {
        return Ok(None);
    }
    let past = |bucket: Bucket| Past {
        day: zone.day(bucket.at),
        views: bucket.stages.view,
        claims: bucket.stages.claim,
        uses: bucket.stages.redeem,
        cost: bucket.amounts.discount,
    };
    Ok(Some(funnel.buckets.into_iter().map(past).collect()))
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
