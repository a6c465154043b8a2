//! What is to come: a daily number over the next weeks, with how far off it may be and how well the
//! same way of looking ahead did before.
//!
//! A forecast is no amount of money and no count of coupons: a float is fine here.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

/// How many days one looks ahead.
pub const AHEAD: usize = 28;
/// What days repeat by.
pub const WEEK: usize = 7;
/// How often the past is forecast from what came before it, each time from a week later on.
pub const TRIES: usize = 4;
/// The fewest days to learn from.
const LEARNT_FROM: usize = 4 * WEEK;
/// The fewest days of history: what the first try learns from, and all that is tried.
pub const NEEDED: usize = LEARNT_FROM + TRIES * WEEK;
/// From so many days on the past is forecast as far ahead as is told; before, a week ahead.
pub const ENOUGH: usize = 3 * AHEAD;
/// How much of what comes is to lie between low and high.
pub const LEVEL: f64 = 0.8;
/// The standard normal deviate that [`LEVEL`] of all lies within, on both sides.
const DEVIATE: f64 = 1.281_551_565_544_6;

/// What one day is expected to bring.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// One in ten days lies below.
    pub low: f64,
    /// Most likely.
    pub mid: f64,
    /// One in ten days lies above.
    pub high: f64,
}

impl Expected {
    /// Nothing counted goes below zero, and the line lies within its band.
    pub fn new(low: f64, mid: f64, high: f64) -> Self {
        let mid = mid.max(0.0);
        Self { low: low.clamp(0.0, mid), mid, high: high.max(mid) }
    }

    fn is_finite(self) -> bool {
        self.mid.is_finite() && self.low.is_finite() && self.high.is_finite()
    }

    fn holds(self, came: f64) -> bool {
        self.low <= came && came <= self.high
    }
}

/// A way of looking ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The last week again: the least that any other has to beat.
    LastWeek,
    /// The weekdays' pattern apart, and the level and trend beneath it smoothed.
    Smoothed,
}

/// Whoever looks ahead.
pub trait Model {
    /// In which way.
    fn method(&self) -> Method;

    /// The `days` after a past that ends the day before; `None` where it can make nothing of it.
    fn ahead(&self, past: &[f64], days: usize) -> Option<Vec<Expected>>;
}

/// The baseline: each weekday as it was in the last week. Its band is as wide as weekdays differed
/// from the week before, and grows with every week (Hyndman and Athanasopoulos, Forecasting:
/// Principles and Practice, 3rd edition, 5.2 and 5.5).
#[derive(Debug, Clone, Copy, Default)]
pub struct LastWeek;

impl Model for LastWeek {
    fn method(&self) -> Method {
        Method::LastWeek
    }

    fn ahead(&self, past: &[f64], days: usize) -> Option<Vec<Expected>> {
        let week = past.len().checked_sub(WEEK).map(|start| &past[start..])?;
        let squares = steps(past).map(|step| step * step);
        let deviation = mean(squares)?.sqrt();
        let day = |i: usize| {
            let weeks = (i / WEEK + 1) as f64;
            let mid = week[i % WEEK];
            let off = DEVIATE * deviation * weeks.sqrt();
            Expected::new(mid - off, mid, mid + off)
        };
        Some((0..days).map(day).collect())
    }
}

/// How each day differed from the same weekday before.
fn steps(past: &[f64]) -> impl Iterator<Item = f64> {
    past.iter().skip(WEEK).zip(past).map(|(day, before)| day - before)
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = numbers.fold((0.0, 0_u32), |(sum, n), number| (sum + number, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

/// How well a way of looking ahead would have done of late, forecast [`TRIES`] times from what was known
/// the day before each (a rolling origin; Tashman 2000).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Which way.
    pub method: Method,
    /// How many days ahead each try looked.
    pub ahead: usize,
    /// By how much a day was off, in the mean.
    pub error: f64,
    /// That, as a part of what the last week again was off by in the time before: below 1 is better.
    /// The mean absolute scaled error of Hyndman and Koehler, "Another look at measures of forecast
    /// accuracy" (2006). `None` where all weeks were alike.
    pub scaled: Option<f64>,
    /// The part of the days that lay within the band; [`LEVEL`] is what it claims.
    pub within: f64,
}

/// What can be said of the days ahead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outlook {
    /// Nothing: a guess would look like knowledge.
    TooLittle {
        /// So many days there are.
        days: usize,
        /// So many it takes.
        needed: usize,
    },
    /// A line with its band.
    Ahead(Ahead),
}

/// A forecast, and why it is to be believed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ahead {
    /// The way that did best.
    pub method: Method,
    /// One for each of the next [`AHEAD`] days.
    pub days: Vec<Expected>,
    /// All that were tried, the baseline first.
    pub tried: Vec<Accuracy>,
}

impl Ahead {
    /// How well the one that was chosen did.
    pub fn accuracy(&self) -> Option<&Accuracy> {
        self.tried.iter().find(|tried| tried.method == self.method)
    }

    /// How well the baseline did.
    pub fn baseline(&self) -> Option<&Accuracy> {
        self.tried.iter().find(|tried| tried.method == Method::LastWeek)
    }
}

impl Outlook {
    /// The forecast, where there is one.
    pub fn ahead(&self) -> Option<&Ahead> {
        match self {
            Self::TooLittle { .. } => None,
            Self::Ahead(ahead) => Some(ahead),
        }
    }
}

/// Looks ahead by whichever did best in the past, the baseline among them. `past` has every day up to
/// yesterday, those on which nothing happened as zero.
pub fn of(past: &[f64], models: &[&dyn Model]) -> Outlook {
    let too_little = Outlook::TooLittle { days: past.len(), needed: NEEDED };
    if past.len() < NEEDED {
        return too_little;
    }
    let mut candidates = Vec::new();
    for model in [&LastWeek as &dyn Model].iter().chain(models) {
        if let (Some(accuracy), Some(days)) = (back_test(*model, past), look(*model, past, AHEAD)) {
            candidates.push((accuracy, days));
        }
    }
    let tried = candidates.iter().map(|(accuracy, _)| *accuracy).collect();
    // Of two that did as well the first one stays: the baseline is the simpler one.
    let best = candidates.into_iter().reduce(|best, next| match next.0.error < best.0.error {
        true => next,
        false => best,
    });
    match best {
        Some((accuracy, days)) => Outlook::Ahead(Ahead { method: accuracy.method, days, tried }),
        None => too_little,
    }
}

/// What a model says, if all of it is numbers.
fn look(model: &dyn Model, past: &[f64], days: usize) -> Option<Vec<Expected>> {
    let ahead = model.ahead(past, days)?;
    let is_sound = ahead.len() == days && ahead.iter().all(|day| day.is_finite());
    is_sound.then_some(ahead)
}

/// Forecasts the last days [`TRIES`] times, from the days before them and a week later each time: as far
/// ahead as is told where there are [`ENOUGH`], or else a week. `None` where the model could not make
/// something of one, or there is too little to try it on.
pub fn back_test(model: &dyn Model, past: &[f64]) -> Option<Accuracy> {
    let ahead = if past.len() < ENOUGH { WEEK } else { AHEAD };
    let first = past.len().checked_sub((TRIES - 1) * WEEK + ahead)?;
    let mut tried = Vec::with_capacity(TRIES * ahead);
    for start in (first..).step_by(WEEK).take(TRIES) {
        let days = look(model, &past[..start], ahead)?;
        tried.extend(days.into_iter().zip(past[start..].iter().copied()));
    }
    let error = mean(tried.iter().map(|(expected, came)| (expected.mid - came).abs()))?;
    let scale = mean(steps(&past[..first]).map(f64::abs)).filter(|scale| *scale > 0.0);
    let held = tried.iter().filter(|(expected, came)| expected.holds(*came)).count();
    Some(Accuracy {
        method: model.method(),
        ahead,
        error,
        scaled: scale.map(|scale| error / scale),
        within: held as f64 / tried.len() as f64,
    })
}

/// What the days come to up to each of them. Its band is the widest: as if every day were off to the
/// same side.
pub fn cumulative(days: &[Expected]) -> Vec<Expected> {
    let add = |sum: &mut Expected, day: &Expected| {
        *sum =
            Expected { low: sum.low + day.low, mid: sum.mid + day.mid, high: sum.high + day.high };
        Some(*sum)
    };
    days.iter().scan(Expected::default(), add).collect()
}

/// When something of which so much is left will be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunsOut {
    /// It is gone.
    Gone,
    /// Not within the days ahead.
    NotYet,
    /// On one of the days ahead, counted from 0.
    On {
        /// At the earliest.
        earliest: usize,
        /// Most likely; `None`: after the days ahead.
        likely: Option<usize>,
        /// At the latest; `None`: after the days ahead.
        latest: Option<usize>,
    },
}

/// When `left` will be used up by the days ahead.
pub fn runs_out(left: f64, days: &[Expected]) -> RunsOut {
    if left <= 0.0 {
        return RunsOut::Gone;
    }
    let sums = cumulative(days);
    let reached = |side: fn(&Expected) -> f64| sums.iter().position(|sum| side(sum) >= left);
    match reached(|sum| sum.high) {
        None => RunsOut::NotYet,
        Some(earliest) => {
            RunsOut::On { earliest, likely: reached(|sum| sum.mid), latest: reached(|sum| sum.low) }
        }
    }
}
