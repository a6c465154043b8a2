//! What came of it, as Markdown.

use std::{fmt, fs, time::Duration};

use super::{
    cast::{LINES, WALLET},
    driving::Figures,
    filling::Filled,
    plan::{Plan, ROUNDS, SMALL},
};
use crate::stores::Kind;

/// The rounds of everything that was measured on one kind of store.
pub(crate) struct Outcome {
    pub(crate) kind: Kind,
    pub(crate) filled: Filled,
    /// Before and after.
    pub(crate) load: [Load; 2],
    pub(crate) nothing: Vec<Figures>,
    pub(crate) quotes: Vec<Figures>,
    pub(crate) orders: Vec<Figures>,
    pub(crate) small_orders: Vec<Figures>,
}

impl Outcome {
    pub(crate) fn table(&self, plan: &Plan, words: &[&str]) -> String {
        let quoted = ratio(&self.quotes, &self.nothing);
        let full = ratio(&self.orders, &self.small_orders);
        let [before, after] = &self.load;
        let name = self.kind.name();
        format!(
            "`{command}`: {name}, {connections} connections, median of {ROUNDS} rounds; load \
             average {before} before and {after} after. {templates} templates and {coupons} coupons \
             ({loaded}).\n\n{}{}{}{}{}",
            head(name),
            row("empty handler, `GET /healthz`", &self.nothing, ""),
            row(
                &format!("best choice, `POST /quotes`, {WALLET} coupons × {LINES} lines"),
                &self.quotes,
                &format!("{quoted:.2} of the empty handler"),
            ),
            row(
                "order without a budget, `POST /locks` and its redemption",
                &self.orders,
                &format!("{full:.2} of the small store"),
            ),
            row(
                &format!(
                    "the same with {} templates, {} coupons",
                    grouped(SMALL.templates),
                    grouped(SMALL.coupons)
                ),
                &self.small_orders,
                "",
            ),
            command = command(words),
            connections = plan.connections,
            templates = grouped(plan.size.templates),
            coupons = grouped(plan.size.coupons),
            loaded = loaded(&self.filled),
        )
    }
}

/// What one measurement on one kind of store came to.
pub(crate) struct Measured {
    pub(crate) about: String,
    pub(crate) rows: String,
}

impl Measured {
    /// `load` is that before and after.
    pub(crate) fn table(&self, kind: Kind, load: &[Load; 2], words: &[&str]) -> String {
        let (Self { about, rows }, [before, after]) = (self, load);
        let (command, name) = (command(words), kind.name());
        format!(
            "`{command}`: {name}, {about}; load average {before} before and {after} after.\n\n\
             {}{rows}",
            head(name),
        )
    }
}

/// What was asked for, to be asked for again.
fn command(words: &[&str]) -> String {
    ["cargo xtask bench"].iter().chain(words).copied().collect::<Vec<_>>().join(" ")
}

fn head(name: &str) -> String {
    format!("| {name} | a second | p50 | p99 | |\n|---|---:|---:|---:|---|\n")
}

/// The median of some rounds.
pub(crate) fn row(what: &str, rounds: &[Figures], remark: &str) -> String {
    let Figures { rate, p50, p99 } = median(rounds);
    cells(what, &whole(rate), &millis(p50), &millis(p99), remark)
}

/// The same where only its times say something.
pub(crate) fn times(what: &str, rounds: &[Figures], remark: &str) -> String {
    let Figures { p50, p99, .. } = median(rounds);
    cells(what, "", &millis(p50), &millis(p99), remark)
}

/// What was done once, so much of it in a time.
pub(crate) fn once(what: &str, count: u64, took: Duration, remark: &str) -> String {
    let rate = whole(count as f64 / took.as_secs_f64());
    cells(what, &rate, "", "", &format!("{:.1} s{remark}", took.as_secs_f64()))
}

fn cells(what: &str, rate: &str, p50: &str, p99: &str, remark: &str) -> String {
    format!("| {what} | {rate} | {p50} | {p99} | {remark} |\n")
}

fn whole(rate: f64) -> String {
    grouped(rate.round() as u64)
}

/// As far as the system tells.
pub(crate) fn megabytes(bytes: Option<u64>) -> String {
    bytes.map_or("unknown".to_owned(), |bytes| format!("{:.0} MB", bytes as f64 / 1e6))
}

/// How long loading took, and what came of it.
pub(crate) fn loaded(filled: &Filled) -> String {
    let gigabytes = filled.bytes as f64 / 1e9;
    format!("loaded in {:.0} s, {gigabytes:.2} GB", filled.time.as_secs_f64())
}

/// Each figure's own median.
pub(crate) fn median(rounds: &[Figures]) -> Figures {
    Figures {
        rate: middle(rounds.iter().map(|round| round.rate).collect()),
        p50: middle_time(rounds.iter().map(|round| round.p50)),
        p99: middle_time(rounds.iter().map(|round| round.p99)),
    }
}

pub(crate) fn middle_time(times: impl Iterator<Item = Duration>) -> Duration {
    Duration::from_secs_f64(middle(times.map(|time| time.as_secs_f64()).collect()))
}

/// Rounds that followed one another are compared: others on the machine disturb both alike.
pub(crate) fn ratio(these: &[Figures], those: &[Figures]) -> f64 {
    middle(these.iter().zip(those).map(|(this, that)| this.rate / that.rate).collect())
}

fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// With a comma between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// How many programs wanted to run within the last minute, where the system says so.
pub(crate) struct Load(Option<String>);

impl Load {
    pub(crate) fn now() -> Self {
        let told = fs::read_to_string("/proc/loadavg").ok();
        Self(told.and_then(|told| told.split(' ').next().map(str::to_owned)))
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or("unknown"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([1, 1_000, 10_000_000].map(grouped), ["1", "1,000", "10,000,000"]);
    }

    #[test]
    fn one_round_that_was_disturbed_does_not_count() {
        let round = |rate| Figures { rate, p50: Duration::ZERO, p99: Duration::ZERO };
        let (these, those) = ([50.0, 10.0, 51.0].map(round), [100.0, 100.0, 102.0].map(round));
        assert_eq!((median(&these).rate, ratio(&these, &those)), (50.0, 0.5));
    }
}
