//! What a funnel is asked, as its address says it.

use chrono::{Datelike, Days, Months, NaiveDate};
use domain::calendar::{Side, Zone, read};
use domain::funnel::{Basis, Step};
use domain::template::Window;
use domain::{Channel, TemplateId};
use engine::funnel::Part;

use crate::form::escaped;

pub const PATH: &str = "/ops/funnel";

/// How many days are told unless somebody says which.
const DAYS: u64 = 30;

/// The most days that are told at once.
const DAYS_MAX: i64 = 3 * 366;

/// The most days that are told by the hour.
pub const BY_HOUR_MAX: i64 = 14;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    pub first: NaiveDate,
    pub last: NaiveDate,
    pub step: Step,
    pub basis: Basis,
    pub template: Option<TemplateId>,
    pub revision: Option<u32>,
    pub campaign: Option<String>,
    pub channel: Option<Channel>,
}

impl Asking {
    /// The days of a template or of the shop.
    pub fn of(template: Option<TemplateId>, first: NaiveDate, last: NaiveDate) -> Self {
        Self {
            first,
            last,
            step: Step::Day,
            basis: Basis::default(),
            template,
            revision: None,
            campaign: None,
            channel: None,
        }
    }

    /// What the words of an address say; odd ones are passed over.
    pub fn read(word: impl Fn(&str) -> Option<String>, today: NaiveDate) -> Self {
        // No store keeps a zero character, and one of them refuses to look for it.
        let word =
            |name: &str| word(name).filter(|word| !word.trim().is_empty() && !word.contains('\0'));
        let day = |name: &str| {
            let local = word(name).and_then(|text| read(&text, Side::From).ok());
            local.map(|local| local.date())
        };
        let last = day("last").unwrap_or(today);
        let first = day("first").unwrap_or(last - Days::new(DAYS - 1));
        // Two days are meant, whichever was typed first.
        let (first, last) = (first.min(last), first.max(last));
        let template: Option<TemplateId> = word("template").and_then(|id| id.parse().ok());
        Self {
            first: first.clamp(earliest(last), last),
            last,
            step: word("step").and_then(|word| Step::parse(&word)).unwrap_or(Step::Day),
            basis: word("basis").and_then(|word| Basis::parse(&word)).unwrap_or_default(),
            revision: template.and(word("revision")).and_then(|word| word.parse().ok()),
            template,
            campaign: word("campaign"),
            channel: word("channel").and_then(|name| Channel::new(name.trim()).ok()),
        }
    }

    /// The address below `path` that says the same; what goes without saying is left out.
    pub fn write(&self, path: &str) -> String {
        let mut address = format!("{path}?first={}&last={}", self.first, self.last);
        let mut add = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                address += &format!("&{name}={}", escaped(value));
            }
        };
        add("step", Some(self.step.as_str()).filter(|_| self.step != Step::Day));
        add("basis", Some(self.basis.as_str()).filter(|_| self.basis != Basis::default()));
        add("template", self.template.map(|id| id.to_string()).as_deref());
        add("revision", self.revision.map(|number| number.to_string()).as_deref());
        add("campaign", self.campaign.as_deref());
        add("channel", self.channel.as_ref().map(Channel::as_str));
        address
    }

    pub fn days(&self) -> i64 {
        (self.last - self.first).num_days() + 1
    }

    /// What it is cut up into: hours are too many where there are many days.
    pub fn cut(&self) -> Step {
        if self.days() > BY_HOUR_MAX { Step::Day } else { self.step }
    }

    /// Whether it is of few enough templates for their coupons to be gone through.
    pub fn is_narrow(&self) -> bool {
        self.template.is_some() || self.campaign.is_some()
    }

    /// The same of this month so far.
    pub fn this_month(&self, today: NaiveDate) -> Self {
        Self { first: first_of_month(today), last: today, ..self.clone() }
    }

    /// The same of the whole month before.
    pub fn last_month(&self, today: NaiveDate) -> Self {
        let this = first_of_month(today);
        Self { first: this - Months::new(1), last: this - Days::new(1), ..self.clone() }
    }

    /// What it is told beside: from the first day of a month on, the same days of the month before, and
    /// otherwise as many days right before.
    pub fn before(&self) -> Self {
        let next = self.first + Months::new(1);
        if self.first.day() != 1 || self.last >= next {
            let back = Days::new(self.days().unsigned_abs());
            return Self { first: self.first - back, last: self.last - back, ..self.clone() };
        }
        // A whole month is told beside a whole one, however long that is.
        let last = match self.last + Days::new(1) == next {
            true => self.first - Days::new(1),
            false => self.last - Months::new(1),
        };
        Self { first: self.first - Months::new(1), last, ..self.clone() }
    }

    pub fn part(&self, zone: Zone) -> Part {
        let period = Window {
            from: Some(zone.start_of(self.first)),
            until: Some(zone.start_of(self.last + Days::new(1))),
        };
        Part {
            template: self.template,
            revision: self.revision,
            campaign: self.campaign.clone(),
            channel: self.channel.clone(),
            basis: self.basis,
            period,
        }
    }
}

/// The first day of as many as are told at once.
pub fn earliest(last: NaiveDate) -> NaiveDate {
    last - Days::new(DAYS_MAX.unsigned_abs() - 1)
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day - Days::new(day.day0().into())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn read(pairs: &[(&str, &str)]) -> Asking {
        let words: HashMap<&str, &str> = pairs.iter().copied().collect();
        Asking::read(|name| words.get(name).map(|word| (*word).to_owned()), day("2026-11-22"))
    }

    #[test]
    fn nothing_said_is_thirty_days_through_today() {
        for odd in
            [&[][..], &[("first", "x"), ("step", "year"), ("template", "1"), ("revision", "1")]]
        {
            let asking = read(odd);
            assert_eq!((asking.first, asking.last), (day("2026-10-24"), day("2026-11-22")));
            assert_eq!((asking.days(), asking.cut(), asking.revision), (30, Step::Day, None));
            let before = asking.before();
            assert_eq!((before.first, before.last), (day("2026-09-24"), day("2026-10-23")));
        }
    }

    #[test]
    fn a_month_is_told_beside_the_month_before() {
        let asking = read(&[]);
        for (days, first, last) in [
            (asking.this_month(day("2026-11-22")), "2026-10-01", "2026-10-22"),
            (asking.last_month(day("2026-11-22")), "2026-09-01", "2026-09-30"),
            (asking.this_month(day("2026-03-30")), "2026-02-01", "2026-02-28"),
            (asking.this_month(day("2026-02-28")), "2026-01-01", "2026-01-31"),
            (asking.this_month(day("2026-01-01")), "2025-12-01", "2025-12-01"),
        ] {
            let before = days.before();
            assert_eq!((before.first, before.last), (day(first), day(last)), "{days:?}");
        }
    }

    #[test]
    fn what_is_said_is_written_as_it_was_read() {
        let id = "00000000-0000-0000-0000-000000000001";
        let asking = read(&[
            ("first", "2026-11-20"),
            ("last", "2026-11-21"),
            ("step", "hour"),
            ("basis", "claim"),
            ("template", id),
            ("revision", "2"),
            ("campaign", "a&b"),
            ("channel", "mini"),
        ]);
        let written = format!(
            "/x?first=2026-11-20&last=2026-11-21&step=hour&basis=claim&template={id}&revision=2\
             &campaign=a%26b&channel=mini"
        );
        assert_eq!((asking.write("/x"), asking.cut()), (written, Step::Hour));
    }

    #[test]
    fn a_period_that_runs_backwards_is_turned_and_one_on_for_ever_is_cut() {
        let backwards = read(&[("first", "2026-11-22"), ("last", "2026-11-20")]);
        let turned = (day("2026-11-20"), day("2026-11-22"));
        assert_eq!((backwards.first, backwards.last), turned);
        let long = read(&[("first", "2001-01-01"), ("step", "hour")]);
        assert_eq!((long.days(), long.cut()), (DAYS_MAX, Step::Day));
    }
}
