//! A period, cut where sums begin and end.

use std::ops::Range;

use domain::Time;
use domain::calendar::Zone;
use domain::funnel::{Basis, Step};
use domain::template::Window;
use sea_orm::Value;

use super::Part;
use crate::clock::time;
use crate::rollups::{HOUR, begins};

/// The parts of a period; moments in microseconds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cut {
    /// Whole local days.
    pub(super) days: Range<i64>,
    /// Whole hours beside them. None of these parts, nor of the next, is in two days.
    pub(super) hours: Vec<Range<i64>>,
    /// What is left, which no sum tells of.
    pub(super) moments: Vec<Range<i64>>,
    /// All of the period but the days.
    pub(super) rest: Vec<Range<i64>>,
}

impl Cut {
    /// The two sides of the period of a part that is not cut up, to be compared with.
    pub(super) fn period(part: &Part, zone: Zone) -> [Value; 2] {
        let whole = whole(part, None, zone);
        [whole.start.into(), whole.end.into()]
    }

    /// The parts of a period.
    pub(super) fn of(part: &Part, step: Option<Step>, zone: Zone) -> Self {
        let whole = whole(part, step, zone);
        let mut cut = Self::default();
        let (first, last) = (ceil(zone, Step::Day, whole.start), floor(zone, Step::Day, whole.end));
        if step == Some(Step::Hour) || first > last {
            cut.rest = vec![whole];
        } else {
            cut.days = first..last;
            cut.rest = vec![whole.start..first, last..whole.end];
        }
        cut.rest.retain(|piece| !piece.is_empty());
        for piece in &cut.rest {
            let (first, last) =
                (ceil(zone, Step::Hour, piece.start), floor(zone, Step::Hour, piece.end));
            if first >= last {
                cut.moments.push(piece.clone());
                continue;
            }
            cut.hours.push(first..last);
            cut.moments.extend([piece.start..first, last..piece.end]);
        }
        cut.moments.retain(|piece| !piece.is_empty());
        cut
    }

    /// Whether sums tell of this moment.
    pub(super) fn is_summed(&self, at: i64) -> bool {
        self.days.contains(&at) || self.hours.iter().any(|hours| hours.contains(&at))
    }
}

/// The period that is told; by claim, cohorts are told whole.
fn whole(part: &Part, step: Option<Step>, zone: Zone) -> Range<i64> {
    let side = |side: Option<Time>, open| side.map_or(open, |at| at.timestamp_micros());
    let Window { from, until } = part.period;
    let (from, until) = (side(from, i64::MIN), side(until, i64::MAX));
    match part.basis {
        Basis::Event => from..until,
        Basis::Claim => {
            let step = step.unwrap_or(Step::Day);
            floor(zone, step, from)..ceil(zone, step, until)
        }
    }
}

/// The last beginning of a step at or before a moment; an open side stays open.
fn floor(zone: Zone, step: Step, at: i64) -> i64 {
    if at == i64::MIN || at == i64::MAX { at } else { begins(zone, step, at) }
}

/// The first beginning of a step at or after a moment.
fn ceil(zone: Zone, step: Step, at: i64) -> i64 {
    let before = floor(zone, step, at);
    if before == at {
        return at;
    }
    match step {
        Step::Hour => before + HOUR,
        Step::Day => zone.next_midnight(time(at)).timestamp_micros(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Time>().unwrap().timestamp_micros()
    }

    fn cut(from: &str, until: &str, step: Option<Step>, basis: Basis, zone: Zone) -> Cut {
        let side = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        let period = Window { from: side(from), until: side(until) };
        Cut::of(&Part { period, basis, ..Part::default() }, step, zone)
    }

    fn one(range: Range<i64>) -> Vec<Range<i64>> {
        std::iter::once(range).collect()
    }

    #[test]
    fn days_of_the_shop_are_whole_and_hours_fill_up_to_them() {
        // Midnight in Shanghai is at 16:00.
        let (from, until) = ("2026-03-01T13:20:00Z", "2026-03-03T17:10:00Z");
        let cut = cut(from, until, Some(Step::Day), Basis::Event, Zone::SHANGHAI);
        assert_eq!(cut.days, at("2026-03-01T16:00:00Z")..at("2026-03-03T16:00:00Z"));
        let hours = [
            at("2026-03-01T14:00:00Z")..at("2026-03-01T16:00:00Z"),
            at("2026-03-03T16:00:00Z")..at("2026-03-03T17:00:00Z"),
        ];
        assert_eq!(cut.hours, hours);
        let moments = [at(from)..at("2026-03-01T14:00:00Z"), at("2026-03-03T17:00:00Z")..at(until)];
        assert_eq!(cut.moments, moments);
        assert!(cut.is_summed(hours[0].start) && !cut.is_summed(moments[0].start));
    }

    #[test]
    fn a_zone_may_begin_its_days_within_an_hour() {
        let india: Zone = "Asia/Kolkata".parse().unwrap();
        let (from, until) = ("2026-03-01T17:00:00Z", "2026-03-02T18:30:00Z");
        let cut = cut(from, until, None, Basis::Event, india);
        assert_eq!(cut.days, at("2026-03-01T18:30:00Z")..at(until));
        let (hour, moment) = ("2026-03-01T18:00:00Z", "2026-03-01T18:30:00Z");
        assert_eq!(cut.hours, one(at(from)..at(hour)));
        assert_eq!(cut.moments, one(at(hour)..at(moment)));
    }

    #[test]
    fn open_sides_stay_open_and_a_short_period_is_read_as_it_is() {
        let zone = Zone::SHANGHAI;
        let all = cut("", "", None, Basis::Event, zone);
        assert_eq!(all, Cut { days: i64::MIN..i64::MAX, ..Cut::default() });
        let hours = cut("", "", Some(Step::Hour), Basis::Event, zone);
        assert_eq!((hours.days.is_empty(), hours.hours), (true, one(i64::MIN..i64::MAX)));
        let (from, until) = ("2026-03-01T13:20:00Z", "2026-03-01T13:50:00Z");
        let short = cut(from, until, None, Basis::Event, zone);
        assert_eq!((short.hours, short.moments), (vec![], one(at(from)..at(until))));
    }

    #[test]
    fn cohorts_are_told_whole() {
        let (from, until) = ("2026-03-01T13:20:00Z", "2026-03-01T13:50:00Z");
        let day = cut(from, until, None, Basis::Claim, Zone::SHANGHAI);
        assert_eq!(day.days, at("2026-02-28T16:00:00Z")..at("2026-03-01T16:00:00Z"));
        assert_eq!((day.hours, day.moments), (vec![], vec![]));
        let hour = cut(from, until, Some(Step::Hour), Basis::Claim, Zone::SHANGHAI);
        assert_eq!(hour.hours, one(at("2026-03-01T13:00:00Z")..at("2026-03-01T14:00:00Z")));
    }
}
