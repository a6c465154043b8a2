//! Planning from last time: what each day of a past template or campaign saw, laid over the days to
//! come, and how much stock and budget that speaks for.

use std::fmt;

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::holiday::Holiday;
use crate::{Money, TemplateId};

/// What a draft is planned by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The past time.
    pub past: Named,
    /// How its days are laid over the draft's.
    pub by: Alignment,
}

/// A past time by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Named {
    /// That of one template.
    Template(TemplateId),
    /// That of all templates of a campaign, together.
    Campaign(String),
}

impl Named {
    /// Reads a template's id or the address of its page, and anything else as a campaign.
    pub fn read(text: &str) -> Self {
        let address = text.split(['?', '#']).next().unwrap_or(text);
        match address.rsplit('/').next().unwrap_or(address).parse() {
            Ok(id) => Self::Template(id),
            Err(_) => Self::Campaign(text.to_owned()),
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template(id) => id.fmt(f),
            Self::Campaign(campaign) => f.write_str(campaign),
        }
    }
}

/// What one day saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// The local day.
    pub day: NaiveDate,
    /// Cards shown.
    pub views: u64,
    /// Coupons received.
    pub claims: u64,
    /// Coupons used.
    pub uses: u64,
    /// What they took off.
    pub cost: Money,
}

/// How two times are laid over each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alignment {
    /// The same date of another year.
    Date,
    /// As many days before or after the same holiday; the same date where there was none.
    #[default]
    Holiday,
}

impl Alignment {
    /// Reads `date` or `holiday`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "date" => Some(Self::Date),
            "holiday" => Some(Self::Holiday),
            _ => None,
        }
    }

    /// The word in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Holiday => "holiday",
        }
    }
}

/// The days a draft may be claimed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub first: NaiveDate,
    /// The last; `None`: without end.
    pub last: Option<NaiveDate>,
}

impl Days {
    fn holds(self, day: NaiveDate) -> bool {
        self.first <= day && self.last.is_none_or(|last| day <= last)
    }
}

/// A day that was, on the day it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Laid {
    /// The day to come.
    pub on: NaiveDate,
    /// Whether the draft can be claimed then.
    pub is_within: bool,
    /// What was seen.
    pub past: Past,
}

/// Last time, laid over the days of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastTime {
    /// The holiday by which they were laid, and when it is; `None`: by date.
    pub holiday: Option<(Holiday, NaiveDate)>,
    /// Day by day, in order.
    pub days: Vec<Laid>,
    /// As many coupons as were claimed on the draft's days, rounded up; `None` where there were none.
    pub stock: Option<u64>,
    /// What that many coupons came to, at last time's cost per claim, rounded up; `None` where nothing
    /// was used.
    pub budget: Option<Money>,
}

/// How long after its first day a holiday may still be what a past time was about.
const NEAR: TimeDelta = TimeDelta::days(14);

/// Lays a past time over the days of a draft. `past` is in order; `None` where nothing happened.
pub fn lay(past: &[Past], draft: Days, by: Alignment) -> Option<LastTime> {
    let is_something = |day: &Past| (day.views, day.claims, day.uses) != (0, 0, 0);
    let first = past.iter().position(is_something)?;
    let last = past.iter().rposition(is_something)?;
    let past = &past[first..=last];
    let begun = past.first()?.day;
    let by_holiday = match by {
        Alignment::Holiday => by_holiday(begun, draft.first),
        Alignment::Date => None,
    };
    let (shift, holiday) = match by_holiday {
        Some((shift, holiday)) => (shift, Some(holiday)),
        None => (by_date(begun, draft.first), None),
    };
    let laid = |past: &Past| {
        let on = past.day + shift;
        Laid { on, is_within: draft.holds(on), past: *past }
    };
    let days: Vec<Laid> = past.iter().map(laid).collect();
    let within = days.iter().filter(|day| day.is_within).map(|day| day.past.claims).sum::<u64>();
    let claims = past.iter().map(|day| day.claims).sum::<u64>();
    let cost = past.iter().map(|day| day.cost).sum::<Money>().units().max(0).unsigned_abs();
    let stock = (within > 0).then(|| round_up(within));
    let budget = stock
        .map(|stock| u128::from(cost) * u128::from(stock) / u128::from(claims.max(1)))
        .and_then(|budget| i64::try_from(round_up(u64::try_from(budget).ok()?)).ok())
        .filter(|budget| *budget > 0)
        .map(Money::minor);
    Some(LastTime { holiday, days, stock, budget })
}

/// By how much the same holiday is later around the draft's days; `None` where the past time was about
/// none.
fn by_holiday(begun: NaiveDate, draft: NaiveDate) -> Option<(TimeDelta, (Holiday, NaiveDate))> {
    let (holiday, then) = Holiday::first_within(begun, begun + NEAR)?;
    let years = draft.year() - 1..=draft.year() + 1;
    let shift = |day: NaiveDate| day - then;
    let nearest = years
        .filter_map(|year| holiday.day(year))
        .min_by_key(|day| (begun + shift(*day) - draft).num_days().abs())?;
    Some((shift(nearest), (holiday, nearest)))
}

/// By how much the same date is later around the draft's days.
fn by_date(begun: NaiveDate, draft: NaiveDate) -> TimeDelta {
    let years = draft.year() - 1..=draft.year() + 1;
    let same = years.filter_map(|year| match begun.with_year(year) {
        // There is no 29 February every year.
        None => NaiveDate::from_ymd_opt(year, 3, 1),
        found => found,
    });
    let nearest = same.min_by_key(|day| (*day - draft).num_days().abs());
    nearest.map_or(TimeDelta::zero(), |day| day - begun)
}

/// Up to two figures and zeros: a suggestion is to look like one.
fn round_up(n: u64) -> u64 {
    let step = 10_u64.saturating_pow(n.max(1).ilog10().saturating_sub(1));
    n.div_ceil(step).saturating_mul(step)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// So many claims from a day on, half of them used at ¥8.
    fn past(from: &str, claims: &[u64]) -> Vec<Past> {
        let days = date(from).iter_days();
        let day = |(day, claims): (NaiveDate, &u64)| Past {
            day,
            views: claims * 10,
            claims: *claims,
            uses: claims / 2,
            cost: Money::minor(800 * (*claims as i64 / 2)),
        };
        days.zip(claims).map(day).collect()
    }

    fn draft(first: &str, last: &str) -> Days {
        Days { first: date(first), last: Some(date(last)) }
    }

    #[rstest]
    #[case("01890a5d-ac96-774b-bcce-b302099a8057", true)]
    #[case(
        "https://quan.test/ops/templates/01890a5d-ac96-774b-bcce-b302099a8057?period=7#funnel",
        true
    )]
    #[case("双十一 2025/26", false)]
    #[case("spring", false)]
    fn a_past_time_is_named_by_id_address_or_campaign(
        #[case] text: &str,
        #[case] is_template: bool,
    ) {
        let named = Named::read(text);
        assert_eq!(matches!(named, Named::Template(_)), is_template);
        assert_eq!(Named::read(&named.to_string()), named);
    }

    #[rstest]
    #[case::a_holiday_of_the_moon(
        "2025-01-22",
        "2026-02-08",
        Alignment::Holiday,
        Some(Holiday::SpringFestival),
        "2026-02-10"
    )]
    #[case::the_same_by_date("2025-01-22", "2026-02-08", Alignment::Date, None, "2026-01-22")]
    #[case::a_holiday_of_the_sun(
        "2025-11-01",
        "2026-11-03",
        Alignment::Holiday,
        Some(Holiday::SinglesDay),
        "2026-11-01"
    )]
    #[case::no_holiday_near("2025-03-01", "2026-03-05", Alignment::Holiday, None, "2026-03-01")]
    #[case::over_the_turn_of_the_year(
        "2025-12-28",
        "2027-01-02",
        Alignment::Holiday,
        Some(Holiday::NewYear),
        "2026-12-28"
    )]
    #[case::a_day_that_is_not("2024-02-29", "2026-03-01", Alignment::Date, None, "2026-03-01")]
    fn last_time_is_laid_by_holiday_or_date(
        #[case] from: &str,
        #[case] drafted: &str,
        #[case] by: Alignment,
        #[case] holiday: Option<Holiday>,
        #[case] on: &str,
    ) {
        let days = Days { first: date(drafted), last: None };
        let laid = lay(&past(from, &[4, 5, 6]), days, by).unwrap();
        assert_eq!(laid.holiday.map(|(holiday, _)| holiday), holiday);
        assert_eq!(laid.days[0].on, date(on));
        assert_eq!(laid.days[2].on, date(on) + TimeDelta::days(2));
    }

    #[test]
    fn stock_and_budget_are_what_the_drafts_days_came_to() {
        let past = past("2025-11-01", &[0, 100, 200, 300]);
        let laid = lay(&past, draft("2026-11-02", "2026-11-03"), Alignment::Date).unwrap();
        let within: Vec<bool> = laid.days.iter().map(|day| day.is_within).collect();
        assert_eq!(within, [true, true, false], "a day on which nothing happened is left out");
        assert_eq!(laid.stock, Some(300));
        // ¥2,400 for 600 claims.
        assert_eq!(laid.budget, Some(Money::minor(120_000)));
    }

    #[test]
    fn where_nothing_happened_nothing_is_said() {
        let days = draft("2026-11-01", "2026-11-30");
        assert_eq!(lay(&[], days, Alignment::Date), None);
        assert_eq!(lay(&past("2025-11-01", &[0, 0]), days, Alignment::Date), None);
        let elsewhere = lay(&past("2025-06-01", &[9]), days, Alignment::Date).unwrap();
        assert_eq!((elsewhere.stock, elsewhere.budget), (None, None));
    }

    #[rstest]
    #[case(1, 1)]
    #[case(99, 99)]
    #[case(101, 110)]
    #[case(1_234, 1_300)]
    #[case(9_950, 10_000)]
    #[case(u64::MAX, u64::MAX)]
    fn suggestions_are_rounded_up(#[case] n: u64, #[case] expected: u64) {
        assert_eq!(round_up(n), expected);
    }
}
