//! Amounts, times and codes as people write them.

use chrono::{Datelike, NaiveDateTime, TimeDelta};
use domain::{Code, Money, Time, template::Window};

use super::{language, t, t_with};
use crate::{context::engine, preferences::Language};

/// In a sentence: `¥12.30`, `¥20`.
pub fn money(amount: Money) -> String {
    with_minus(&engine().settings().currency.show(amount))
}

/// Among other amounts, where decimals line up: `¥12.30`, `¥20.00`.
pub fn price(amount: Money) -> String {
    with_minus(&engine().settings().currency.show_whole(amount))
}

/// A hyphen is too short beside digits, and a line may end after it.
fn with_minus(shown: &str) -> String {
    shown.replacen('-', "−", 1)
}

/// `ABCD-EFGH-JKMN-PQRS`
pub fn code(code: Code) -> String {
    code.grouped()
}

/// `30 Nov, 23:59` or `11月30日 23:59`, in the shop's zone, with the year where it is another.
pub fn minute(time: Time) -> String {
    let zone = engine().settings().time_zone;
    write_minute(language(), zone.local(time), zone.local(engine().now()))
}

/// `in 3 hours`, `2 days ago`; nothing where that is more than a week away.
pub fn from_now(time: Time) -> Option<String> {
    let (key, n) = distance(time - engine().now())?;
    Some(t_with(key, [("n", n.into())]))
}

/// The unit that tells how far away a moment is, as its message, and how many of them.
fn distance(away: TimeDelta) -> Option<(&'static str, i64)> {
    let (is_past, away) = (away < TimeDelta::zero(), away.abs());
    let (past, coming, n) = match away.num_minutes() {
        0 => ("ago-moment", "in-moment", 0),
        minutes @ 1..60 => ("ago-minutes", "in-minutes", minutes),
        minutes @ 60..1440 => ("ago-hours", "in-hours", minutes / 60),
        minutes @ 1440..10080 => ("ago-days", "in-days", minutes / 1440),
        _ => return None,
    };
    Some((if is_past { past } else { coming }, n))
}

/// `30 Nov` or `11月30日`.
pub fn day(time: Time) -> String {
    let zone = engine().settings().time_zone;
    write_day(language(), zone.local(time), zone.local(engine().now()))
}

/// The last minute before an exclusive end: what people mean by "until".
pub fn last_minute(until: Time) -> String {
    minute(until - TimeDelta::microseconds(1))
}

/// When something is open: `until 30 Nov, 23:59`, `1 Nov, 00:00 to 30 Nov, 23:59`, or always.
pub fn window(window: Window) -> String {
    match (window.from, window.until) {
        (None, None) => t("window-always"),
        (Some(from), None) => t_with("window-from", [("from", minute(from).into())]),
        (None, Some(until)) => t_with("window-until", [("until", last_minute(until).into())]),
        (Some(from), Some(until)) => t_with(
            "window-between",
            [("from", minute(from).into()), ("until", last_minute(until).into())],
        ),
    }
}

/// Between the parts of a date, so that no line ends within it.
const SPACE: &str = "\u{a0}";

fn write_minute(language: Language, time: NaiveDateTime, now: NaiveDateTime) -> String {
    let day = write_day(language, time, now);
    match language {
        Language::En => format!("{day},{SPACE}{}", time.format("%H:%M")),
        Language::Zh => format!("{day}{SPACE}{}", time.format("%H:%M")),
    }
}

fn write_day(language: Language, time: NaiveDateTime, now: NaiveDateTime) -> String {
    let is_this_year = time.year() == now.year();
    let format = match (language, is_this_year) {
        (Language::En, true) => "%-d %b",
        (Language::En, false) => "%-d %b %Y",
        (Language::Zh, true) => "%-m月%-d日",
        (Language::Zh, false) => "%Y年%-m月%-d日",
    };
    time.format(format).to_string().replace(' ', SPACE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, time: &str, expected: &str) {
        let now = "2026-11-22T12:00:00".parse().expect("a time");
        let time = time.parse().expect("a time");
        assert_eq!(write_minute(language, time, now), expected.replace(' ', SPACE));
    }

    #[test]
    fn a_minute_names_its_year_only_where_it_is_another() {
        check(Language::En, "2026-11-30T23:59:00", "30 Nov, 23:59");
        check(Language::Zh, "2026-11-30T23:59:00", "11月30日 23:59");
        check(Language::En, "2027-01-05T09:00:00", "5 Jan 2027, 09:00");
        check(Language::Zh, "2027-01-05T09:00:00", "2027年1月5日 09:00");
    }

    #[test]
    fn what_is_near_is_told_by_how_far_away_it_is() {
        for (seconds, expected) in [
            (0, Some(("in-moment", 0))),
            (59, Some(("in-moment", 0))),
            (60, Some(("in-minutes", 1))),
            (-59 * 60, Some(("ago-minutes", 59))),
            (3 * 3600, Some(("in-hours", 3))),
            (-86_399, Some(("ago-hours", 23))),
            (-2 * 86_400, Some(("ago-days", 2))),
            (7 * 86_400, None),
        ] {
            assert_eq!(distance(TimeDelta::seconds(seconds)), expected, "{seconds} seconds");
        }
    }
}
