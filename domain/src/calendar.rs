//! The shop's own days: windows are typed and shown in its zone, and stored in UTC.
//!
//! Zone tables stay out of the browser: without the feature `calendar` only the reading of typed
//! times is here.

use std::ops::RangeInclusive;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use crate::Problem;

/// Which side of a window a typed date stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// A date means its first moment.
    From,
    /// A date means through that day: the moment after it.
    Until,
}

/// The years that moments lie in which somebody states. Time zones and sums of days reach a little
/// beyond, and still read and write.
pub const YEARS: RangeInclusive<i32> = 2000..=9998;

/// Reads a local time as forms send it: `2026-11-30` or `2026-11-30T10:00`, seconds optional.
pub fn read(text: &str, side: Side) -> Result<NaiveDateTime, Problem> {
    let text = text.trim();
    let local = if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        match side {
            Side::From => Some(date),
            Side::Until => date.succ_opt(),
        }
        .map(|date| date.and_time(NaiveTime::MIN))
    } else {
        ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
    };
    let in_range = |local: &NaiveDateTime| YEARS.contains(&chrono::Datelike::year(local));
    local.filter(in_range).ok_or(Problem::NotATime)
}

#[cfg(feature = "calendar")]
pub use zoned::Zone;

#[cfg(feature = "calendar")]
mod zoned {
    use std::str::FromStr;

    use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
    use chrono_tz::Tz;

    use super::{Side, read};
    use crate::template::{Validity, Window};
    use crate::{Problem, Time};

    /// The shop's time zone.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Zone(Tz);

    impl Zone {
        /// 北京时间, the default.
        pub const SHANGHAI: Self = Self(Tz::Asia__Shanghai);

        /// The IANA name.
        pub fn name(self) -> &'static str {
            self.0.name()
        }

        /// What clocks in the shop show.
        pub fn local(self, time: Time) -> NaiveDateTime {
            time.with_timezone(&self.0).naive_local()
        }

        /// The moment a shop clock first shows `local` or, where it skips it, the next it shows.
        pub fn moment(self, local: NaiveDateTime) -> Time {
            // A zone never skips more than a day; the last answer is only reached beyond that.
            (0..=26 * 4)
                .find_map(|quarter| {
                    let shown = local + TimeDelta::minutes(15 * quarter);
                    self.0.from_local_datetime(&shown).earliest()
                })
                .map_or(local.and_utc(), |time| time.with_timezone(&Utc))
        }

        /// Reads what [`read`] reads, as a moment.
        pub fn read(self, text: &str, side: Side) -> Result<Time, Problem> {
            read(text, side).map(|local| self.moment(local))
        }

        /// The local day a moment lies in.
        pub fn day(self, time: Time) -> NaiveDate {
            self.local(time).date()
        }

        /// That day as a number (days since 1970-01-01), for keys.
        pub fn day_number(self, time: Time) -> i64 {
            (self.day(time) - NaiveDate::default()).num_days()
        }

        /// The first moment of a local day.
        pub fn start_of(self, day: NaiveDate) -> Time {
            self.moment(day.and_time(NaiveTime::MIN))
        }

        /// The next local midnight after a moment.
        pub fn next_midnight(self, time: Time) -> Time {
            self.start_of(self.day(time) + Days::new(1))
        }

        /// The local year a moment lies in: its first moment, and the first after it.
        pub fn year(self, time: Time) -> (Time, Time) {
            let start = |year| {
                let day = NaiveDate::from_ymd_opt(year, 1, 1);
                day.map_or(time, |day| self.start_of(day))
            };
            let year = self.day(time).year();
            (start(year), start(year + 1))
        }

        /// When a coupon claimed at `claimed_at` is valid: first moment, and first after it.
        pub fn validity(self, validity: &Validity, claimed_at: Time) -> (Time, Option<Time>) {
            match *validity {
                Validity::Fixed(Window { from, until }) => (from.unwrap_or(claimed_at), until),
                Validity::Days { days, until } => {
                    let end = self.start_of(self.day(claimed_at) + Days::new(u64::from(days)));
                    (claimed_at, Some(until.map_or(end, |hard| hard.min(end))))
                }
            }
        }
    }

    impl FromStr for Zone {
        type Err = Problem;
        fn from_str(name: &str) -> Result<Self, Problem> {
            name.parse().map(Self).map_err(|_| Problem::Unknown)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use rstest::rstest;

        fn utc(text: &str) -> Time {
            text.parse().unwrap()
        }

        #[rstest]
        #[case::through_the_twenty_eighth("2026-11-22T15:30:00Z", 7, "2026-11-28T16:00:00Z")]
        #[case::one_day_is_today_only("2026-11-22T15:59:59Z", 1, "2026-11-22T16:00:00Z")]
        #[case::a_minute_later_is_tomorrow("2026-11-22T16:00:00Z", 1, "2026-11-23T16:00:00Z")]
        fn days_count_from_the_day_of_the_claim(
            #[case] claimed_at: &str,
            #[case] days: u32,
            #[case] until: &str,
        ) {
            let validity = Validity::Days { days, until: None };
            let (from, end) = Zone::SHANGHAI.validity(&validity, utc(claimed_at));
            assert_eq!((from, end), (utc(claimed_at), Some(utc(until))));
        }

        #[rstest]
        #[case::the_last_moment_of_the_old_one("2026-12-31T15:59:59Z", "2025-12-31T16:00:00Z")]
        #[case::the_first_of_the_new_one("2026-12-31T16:00:00Z", "2026-12-31T16:00:00Z")]
        fn a_year_begins_at_local_midnight(#[case] moment: &str, #[case] begins: &str) {
            let (from, until) = Zone::SHANGHAI.year(utc(moment));
            assert_eq!(from, utc(begins));
            assert_eq!((until - from).num_days(), 365);
        }

        #[test]
        fn a_hard_end_cuts_the_days() {
            let hard = utc("2026-11-25T00:00:00Z");
            let validity = Validity::Days { days: 30, until: Some(hard) };
            assert_eq!(
                Zone::SHANGHAI.validity(&validity, utc("2026-11-22T00:00:00Z")).1,
                Some(hard)
            );
        }

        #[test]
        fn a_typed_end_date_means_through_that_day() {
            let zone = Zone::SHANGHAI;
            assert_eq!(zone.read("2026-11-30", Side::From), Ok(utc("2026-11-29T16:00:00Z")));
            assert_eq!(zone.read("2026-11-30", Side::Until), Ok(utc("2026-11-30T16:00:00Z")));
            assert_eq!(zone.read("2026-11-30T10:00", Side::Until), Ok(utc("2026-11-30T02:00:00Z")));
        }

        #[rstest]
        #[case("")]
        #[case("30.11.2026")]
        #[case("2026-02-30")]
        #[case("2026-11-30T25:00")]
        #[case("99999-01-01")]
        #[case("9999-12-31")]
        #[case("１２")]
        fn odd_times_are_refused(#[case] text: &str) {
            assert_eq!(Zone::SHANGHAI.read(text, Side::Until), Err(Problem::NotATime));
        }

        #[test]
        fn a_skipped_midnight_is_the_next_moment_there_is() {
            // Clocks in Cairo went from 23:59 to 01:00 on 26 April 2024.
            let cairo: Zone = "Africa/Cairo".parse().unwrap();
            let day = NaiveDate::from_ymd_opt(2024, 4, 26).unwrap();
            assert_eq!(cairo.start_of(day), utc("2024-04-25T22:00:00Z"));
        }
    }
}
