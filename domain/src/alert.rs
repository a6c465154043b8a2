//! What ops is alarmed of: what each rule measures, how much is too much, and when it is told.

use chrono::TimeDelta;

use crate::{FieldError, Time};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Which part of all claims got no answer, for a fault of ours.
    IssueFailures,
    /// Refused claims, compared with as long a time before.
    RefusalSpike,
    /// How often one coupon was refused to orders.
    CouponTried,
    /// Which part of a template's stock is gone; it begins while something is left of it.
    StockLow,
    /// Which part of a template's budget is reserved or spent.
    BudgetLow,
    /// How long the claim has waited that is first in line.
    QueueLag,
    /// Tries to tell webhooks something that failed.
    DeliveryFailures,
}

/// In what a rule measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Hundredths of a whole.
    Percent,
    /// How many.
    Times,
    /// Seconds.
    Seconds,
}

/// A part of what it is compared with; a count of its own stands alone in `part`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measure {
    /// What there is.
    pub part: u64,
    /// Of how much.
    pub whole: u64,
}

/// Fewer claims say nothing about the part of them that failed.
const CLAIMS_LEAST: u64 = 20;

/// Fewer refusals are no spike, whatever there was before.
const REFUSALS_LEAST: u64 = 50;

/// The longest window, in minutes: a day.
pub const WINDOW_MAX: u32 = 24 * 60;

impl Rule {
    /// All of them, as they are listed.
    pub const ALL: [Self; 7] = [
        Self::IssueFailures,
        Self::RefusalSpike,
        Self::CouponTried,
        Self::StockLow,
        Self::BudgetLow,
        Self::QueueLag,
        Self::DeliveryFailures,
    ];

    /// The word in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IssueFailures => "issue_failures",
            Self::RefusalSpike => "refusal_spike",
            Self::CouponTried => "coupon_tried",
            Self::StockLow => "stock_low",
            Self::BudgetLow => "budget_low",
            Self::QueueLag => "queue_lag",
            Self::DeliveryFailures => "delivery_failures",
        }
    }

    /// Reads [`Rule::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == word)
    }

    /// In what it measures.
    pub fn unit(self) -> Unit {
        match self {
            Self::IssueFailures | Self::RefusalSpike | Self::StockLow | Self::BudgetLow => {
                Unit::Percent
            }
            Self::CouponTried | Self::DeliveryFailures => Unit::Times,
            Self::QueueLag => Unit::Seconds,
        }
    }

    /// Whether it looks at how things stand, which has to last for its window, and does not count
    /// what happened within it.
    pub fn lasts(self) -> bool {
        matches!(self, Self::StockLow | Self::BudgetLow | Self::QueueLag)
    }

    /// What a measure comes to in the rule's unit; `None` where it says nothing yet.
    pub fn value(self, Measure { part, whole }: Measure) -> Option<u64> {
        let percent = |of: u64| {
            let percent = u128::from(part) * 100 / u128::from(of.max(1));
            u64::try_from(percent).unwrap_or(u64::MAX)
        };
        match self {
            Self::IssueFailures => (whole >= CLAIMS_LEAST).then(|| percent(whole)),
            // Where there was none before, one is taken for it.
            Self::RefusalSpike => (part >= REFUSALS_LEAST).then(|| percent(whole)),
            Self::StockLow | Self::BudgetLow => (whole > 0).then(|| percent(whole)),
            Self::CouponTried | Self::QueueLag | Self::DeliveryFailures => Some(part),
        }
    }

    /// The thresholds it may have.
    fn thresholds(self) -> (u32, u32) {
        match (self, self.unit()) {
            (Self::RefusalSpike, _) => (101, 100_000),
            (_, Unit::Percent) => (1, 100),
            (_, Unit::Times) => (1, 1_000_000),
            (_, Unit::Seconds) => (1, 24 * 60 * 60),
        }
    }
}

/// How much is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// From here on it is, in the rule's unit.
    pub threshold: u32,
    /// Within how many minutes it is counted, or for how many it has to last; 1 to [`WINDOW_MAX`].
    pub window_minutes: u32,
    /// Whether anybody is told.
    pub is_on: bool,
}

impl Bound {
    /// The length of the window.
    pub fn window(&self) -> TimeDelta {
        TimeDelta::minutes(self.window_minutes.into())
    }

    /// Whether this is too much.
    pub fn is_passed(&self, value: u64) -> bool {
        value >= u64::from(self.threshold)
    }

    /// Whether it is well again, after it has been too much: it has to fall by a tenth, or whatever
    /// wavers would be told again and again.
    pub fn is_well(&self, value: u64) -> bool {
        u128::from(value) * 10 < u128::from(self.threshold) * 9
    }

    /// Whether what is too much since a moment is told now.
    pub fn fires(&self, rule: Rule, since: Time, now: Time) -> bool {
        !rule.lasts() || now - since >= self.window()
    }

    /// What is wrong with it as this rule's: the fields `threshold` and `window_minutes`.
    pub fn check(&self, rule: Rule) -> Result<(), Vec<FieldError>> {
        FieldError::out_of_range([
            ("threshold", self.threshold, rule.thresholds()),
            ("window_minutes", self.window_minutes, (1, WINDOW_MAX)),
        ])
    }
}

/// Every rule as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules([Bound; Rule::ALL.len()]);

impl Rules {
    /// One of them.
    pub fn get(&self, rule: Rule) -> Bound {
        self.0[rule as usize]
    }

    /// The same with one of them changed.
    pub fn with(mut self, rule: Rule, bound: Bound) -> Self {
        self.0[rule as usize] = bound;
        self
    }
}

/// A few refusals and a busy hour alarm nobody; what costs money or stops claims does.
impl Default for Rules {
    fn default() -> Self {
        let on = |threshold, window_minutes| Bound { threshold, window_minutes, is_on: true };
        Self([on(5, 15), on(300, 15), on(20, 60), on(90, 1), on(90, 1), on(60, 1), on(20, 60)])
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Rule::IssueFailures, (19, 19), None)]
    #[case(Rule::IssueFailures, (1, 20), Some(5))]
    #[case(Rule::RefusalSpike, (49, 0), None)]
    #[case(Rule::RefusalSpike, (50, 0), Some(5_000))]
    #[case(Rule::RefusalSpike, (90, 30), Some(300))]
    #[case(Rule::StockLow, (899, 1_000), Some(89))]
    #[case(Rule::BudgetLow, (0, 0), None)]
    #[case(Rule::BudgetLow, (u64::MAX, u64::MAX), Some(100))]
    #[case(Rule::CouponTried, (7, 0), Some(7))]
    fn what_says_too_little_says_nothing(
        #[case] rule: Rule,
        #[case] measured: (u64, u64),
        #[case] value: Option<u64>,
    ) {
        let (part, whole) = measured;
        assert_eq!(rule.value(Measure { part, whole }), value);
    }

    #[test]
    fn what_has_to_last_is_told_after_its_window_and_what_is_counted_at_once() {
        let since = Time::UNIX_EPOCH;
        let bound = Bound { threshold: 90, window_minutes: 5, is_on: true };
        assert!(bound.is_passed(90) && !bound.is_passed(89));
        assert!(!bound.is_well(81) && bound.is_well(80), "by a tenth");
        for rule in Rule::ALL {
            assert_eq!(bound.fires(rule, since, since), !rule.lasts(), "{rule:?}");
            assert!(bound.fires(rule, since, since + TimeDelta::minutes(5)), "{rule:?}");
        }
    }

    #[test]
    fn every_rule_begins_with_a_bound_that_it_may_have() {
        let rules = Rules::default();
        for rule in Rule::ALL {
            assert_eq!(Rule::parse(rule.as_str()), Some(rule));
            assert_eq!(rules.get(rule).check(rule), Ok(()), "{rule:?}");
            let odd = Bound { threshold: 0, window_minutes: WINDOW_MAX + 1, is_on: true };
            let fields = odd.check(rule).unwrap_err();
            let fields: Vec<&str> = fields.iter().map(|wrong| wrong.field.as_str()).collect();
            assert_eq!(fields, ["threshold", "window_minutes"]);
            let changed = rules.with(rule, Bound { is_on: false, ..rules.get(rule) });
            assert!(!changed.get(rule).is_on && changed != rules);
        }
    }
}
