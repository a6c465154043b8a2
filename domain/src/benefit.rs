//! What a coupon is worth.

use serde::{Deserialize, Serialize};

use crate::Money;
use crate::money::BasisPoints;

/// One step of a `tiered` benefit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Step {
    /// Reaching this …
    pub min_spend: Money,
    /// … earns this.
    pub amount: Money,
}

/// What a coupon takes off. A benefit without `min_spend` has no threshold (无门槛).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Benefit {
    /// 满100减20, or 直减 without a threshold.
    AmountOff {
        /// What is taken off.
        amount: Money,
        /// What the covered lines must reach.
        #[serde(default)]
        min_spend: Option<Money>,
    },
    /// 八折, 最高减50.
    PercentOff {
        /// The share taken off: 2000 is 八折.
        basis_points: BasisPoints,
        /// What the covered lines must reach.
        #[serde(default)]
        min_spend: Option<Money>,
        /// The most that is taken off.
        #[serde(default)]
        max_discount: Option<Money>,
    },
    /// 满100减10, 满200减30: the highest step reached counts.
    Tiered {
        /// 2 to 10, rising in both numbers.
        steps: Vec<Step>,
    },
    /// 每满100减15.
    Every {
        /// Each time this is reached …
        per: Money,
        /// … this is taken off …
        amount: Money,
        /// … at most this often.
        #[serde(default)]
        max_times: Option<u32>,
    },
}

/// Which of the four a benefit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 满100减20, or 直减.
    AmountOff,
    /// 八折.
    PercentOff,
    /// 满100减10, 满200减30.
    Tiered,
    /// 每满100减15.
    Every,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::AmountOff, Self::PercentOff, Self::Tiered, Self::Every];

    /// The word in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AmountOff => "amount_off",
            Self::PercentOff => "percent_off",
            Self::Tiered => "tiered",
            Self::Every => "every",
        }
    }

    /// Reads [`Kind::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Benefit {
    /// Which of the four it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::AmountOff { .. } => Kind::AmountOff,
            Self::PercentOff { .. } => Kind::PercentOff,
            Self::Tiered { .. } => Kind::Tiered,
            Self::Every { .. } => Kind::Every,
        }
    }

    /// The least the covered lines must come to; zero when there is no threshold.
    pub fn threshold(&self) -> Money {
        match self {
            Self::AmountOff { min_spend, .. } | Self::PercentOff { min_spend, .. } => {
                min_spend.unwrap_or_default()
            }
            Self::Tiered { steps } => steps.first().map_or(Money::ZERO, |step| step.min_spend),
            Self::Every { per, .. } => *per,
        }
    }

    /// The discount where the covered lines come to `base` as the cart states them and to `net`
    /// after earlier coupons: nothing below the threshold, never more than `net`.
    pub fn discount(&self, base: Money, net: Money) -> Money {
        if base < self.threshold() {
            return Money::ZERO;
        }
        let earned = match self {
            Self::AmountOff { amount, .. } => *amount,
            Self::PercentOff { basis_points, max_discount, .. } => {
                let share = basis_points.of(net);
                max_discount.map_or(share, |max| share.min(max))
            }
            Self::Tiered { steps } => steps
                .iter()
                .rev()
                .find(|step| base >= step.min_spend)
                .map_or(Money::ZERO, |step| step.amount),
            Self::Every { per, amount, max_times } => {
                let times = base.units().checked_div(per.units()).unwrap_or(0).unsigned_abs();
                let times = max_times.map_or(times, |max| times.min(u64::from(max)));
                amount.checked_mul(times).unwrap_or(Money::MAX)
            }
        };
        earned.min(net)
    }

    /// The largest discount any cart can get; `None` where nothing bounds it.
    pub fn largest(&self) -> Option<Money> {
        match self {
            Self::AmountOff { amount, .. } => Some(*amount),
            Self::PercentOff { max_discount, .. } => *max_discount,
            Self::Tiered { steps } => steps.last().map(|step| step.amount),
            Self::Every { amount, max_times, .. } => {
                max_times.and_then(|times| amount.checked_mul(u64::from(times)))
            }
        }
    }

    /// Whether it takes a share: those come after fixed amounts.
    pub fn is_percent(&self) -> bool {
        matches!(self, Self::PercentOff { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn yuan(amount: i64) -> Money {
        Money::minor(amount * 100)
    }

    fn tiered() -> Benefit {
        let step = |min_spend, amount| Step { min_spend: yuan(min_spend), amount: yuan(amount) };
        Benefit::Tiered { steps: vec![step(100, 10), step(200, 30)] }
    }

    fn every(max_times: Option<u32>) -> Benefit {
        Benefit::Every { per: yuan(100), amount: yuan(15), max_times }
    }

    fn off(amount: i64, min_spend: Option<i64>) -> Benefit {
        Benefit::AmountOff { amount: yuan(amount), min_spend: min_spend.map(yuan) }
    }

    fn percent(points: u32, max_discount: Option<i64>) -> Benefit {
        Benefit::PercentOff {
            basis_points: BasisPoints(points),
            min_spend: None,
            max_discount: max_discount.map(yuan),
        }
    }

    #[rstest]
    #[case::exactly_equal_meets_the_threshold(off(20, Some(100)), 100, 20)]
    #[case::one_below_does_not(off(20, Some(100)), 99, 0)]
    #[case::no_change_is_given(off(20, None), 5, 5)]
    #[case::first_step(tiered(), 199, 10)]
    #[case::second_step(tiered(), 200, 30)]
    #[case::below_the_first_step(tiered(), 99, 0)]
    #[case::every_hundred(every(None), 399, 45)]
    #[case::every_hundred_at_most_twice(every(Some(2)), 399, 30)]
    #[case::percent(percent(2000, None), 300, 60)]
    #[case::percent_capped(percent(2000, Some(50)), 300, 50)]
    #[case::all_of_it(percent(10_000, None), 300, 300)]
    fn a_benefit_gives(#[case] benefit: Benefit, #[case] base: i64, #[case] discount: i64) {
        assert_eq!(benefit.discount(yuan(base), yuan(base)), yuan(discount));
    }

    #[test]
    fn the_threshold_looks_at_the_base_and_the_discount_at_the_net() {
        assert_eq!(off(20, Some(100)).discount(yuan(100), yuan(5)), yuan(5));
        assert_eq!(percent(2000, None).discount(yuan(100), yuan(50)), yuan(10));
        assert_eq!(every(None).discount(yuan(300), yuan(1)), yuan(1));
    }

    #[test]
    fn the_largest_discount_is_known_where_something_bounds_it() {
        assert_eq!(tiered().largest(), Some(yuan(30)));
        assert_eq!(every(Some(2)).largest(), Some(yuan(30)));
        assert_eq!(every(None).largest(), None);
        assert_eq!(percent(1000, None).largest(), None);
    }
}
