//! The days of the year a shop lives by.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// A day that people buy around.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holiday {
    /// 元旦, 1 January.
    NewYear,
    /// 春节, the first day of the moon's year.
    SpringFestival,
    /// 劳动节, 1 May.
    LabourDay,
    /// 端午, the fifth day of the moon's fifth month.
    DragonBoat,
    /// 618, 18 June.
    JuneSale,
    /// 中秋, the fifteenth day of the moon's eighth month.
    MidAutumn,
    /// 国庆, 1 October.
    NationalDay,
    /// 双十一, 11 November.
    SinglesDay,
    /// 双十二, 12 December.
    DoubleTwelve,
}

/// The days of the moon are told from this year on, each as a day of its year: those of the Hong Kong
/// Observatory's conversion tables.
const FIRST: i32 = 2020;
const SPRING_FESTIVAL: [u32; 21] =
    [25, 43, 32, 22, 41, 29, 48, 37, 26, 44, 34, 23, 42, 31, 50, 39, 28, 46, 35, 24, 43];
const DRAGON_BOAT: [u32; 21] = [
    177, 165, 154, 173, 162, 151, 170, 160, 149, 167, 156, 175, 164, 152, 171, 161, 151, 169, 158,
    147, 166,
];
const MID_AUTUMN: [u32; 21] = [
    275, 264, 253, 272, 261, 279, 268, 258, 277, 265, 255, 274, 263, 251, 270, 259, 278, 267, 256,
    275, 264,
];

impl Holiday {
    /// All of them, as a year has them, more or less.
    pub const ALL: [Self; 9] = [
        Self::NewYear,
        Self::SpringFestival,
        Self::LabourDay,
        Self::DragonBoat,
        Self::JuneSale,
        Self::MidAutumn,
        Self::NationalDay,
        Self::SinglesDay,
        Self::DoubleTwelve,
    ];

    /// On which day of a year; `None` where the moon of that year is not told, from 2041 on.
    pub fn day(self, year: i32) -> Option<NaiveDate> {
        let moon = |days: &[u32; 21]| {
            let day = days.get(usize::try_from(year - FIRST).ok()?)?;
            NaiveDate::from_yo_opt(year, *day)
        };
        let (month, day) = match self {
            Self::SpringFestival => return moon(&SPRING_FESTIVAL),
            Self::DragonBoat => return moon(&DRAGON_BOAT),
            Self::MidAutumn => return moon(&MID_AUTUMN),
            Self::NewYear => (1, 1),
            Self::LabourDay => (5, 1),
            Self::JuneSale => (6, 18),
            Self::NationalDay => (10, 1),
            Self::SinglesDay => (11, 11),
            Self::DoubleTwelve => (12, 12),
        };
        NaiveDate::from_ymd_opt(year, month, day)
    }

    /// The first one from one day through another.
    pub fn first_within(from: NaiveDate, through: NaiveDate) -> Option<(Self, NaiveDate)> {
        let years = from.year()..=through.year();
        let all = years.flat_map(|year| Self::ALL.map(|holiday| (holiday, holiday.day(year))));
        let told = all.filter_map(|(holiday, day)| Some((holiday, day?)));
        let within = told.filter(|(_, day)| (from..=through).contains(day));
        within.min_by_key(|(_, day)| *day)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[rstest]
    #[case(Holiday::SpringFestival, "2026-02-17")]
    #[case(Holiday::SpringFestival, "2027-02-06")]
    #[case(Holiday::DragonBoat, "2026-06-19")]
    #[case(Holiday::MidAutumn, "2025-10-06")]
    #[case(Holiday::MidAutumn, "2026-09-25")]
    #[case(Holiday::SinglesDay, "2026-11-11")]
    fn holidays_fall_where_the_calendar_has_them(#[case] holiday: Holiday, #[case] day: &str) {
        let day = date(day);
        assert_eq!(holiday.day(day.year()), Some(day));
    }

    #[test]
    fn the_moon_of_far_years_is_not_guessed() {
        assert_eq!(Holiday::SpringFestival.day(2041), None);
        assert_eq!(Holiday::SpringFestival.day(2019), None);
        assert!(Holiday::NationalDay.day(2041).is_some());
    }

    #[rstest]
    #[case("2026-11-01", "2026-11-20", Some(Holiday::SinglesDay))]
    #[case("2026-11-11", "2026-12-31", Some(Holiday::SinglesDay))]
    #[case("2026-12-20", "2027-01-02", Some(Holiday::NewYear))]
    #[case("2026-03-01", "2026-04-30", None)]
    fn the_first_one_of_a_period_is_found(
        #[case] from: &str,
        #[case] through: &str,
        #[case] expected: Option<Holiday>,
    ) {
        let found = Holiday::first_within(date(from), date(through));
        assert_eq!(found.map(|(holiday, _)| holiday), expected);
    }
}
