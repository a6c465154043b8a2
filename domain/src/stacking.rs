//! Which coupons stand together, and in which order they are applied or listed.

use std::cmp::{Ordering, Reverse};

use serde::{Deserialize, Serialize};

use crate::template::Draft;
use crate::{Code, Money, Time};

/// At most one coupon per group; an exclusive coupon stands alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stacking {
    /// Coupons of one group keep each other out.
    #[serde(default)]
    pub group: Option<String>,
    /// Stands alone; the default.
    pub exclusive: bool,
}

impl Default for Stacking {
    fn default() -> Self {
        Self { group: None, exclusive: true }
    }
}

/// Why two coupons may not be used in one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clash<'a> {
    /// Each of them stands alone.
    BothStandAlone,
    /// The one asked stands alone.
    StandsAlone,
    /// The other stands alone.
    OtherStandsAlone,
    /// They are of one group.
    SameGroup(&'a str),
}

impl Stacking {
    /// Whether the two may be used in one order.
    pub fn combines_with(&self, other: &Self) -> bool {
        self.clash(other).is_none()
    }

    /// Why the two may not be used in one order; `None` where they may.
    pub fn clash(&self, other: &Self) -> Option<Clash<'_>> {
        match (self.exclusive, other.exclusive) {
            (true, true) => Some(Clash::BothStandAlone),
            (true, false) => Some(Clash::StandsAlone),
            (false, true) => Some(Clash::OtherStandsAlone),
            (false, false) => {
                let group = self.group.as_deref().filter(|_| self.group == other.group);
                group.map(Clash::SameGroup)
            }
        }
    }
}

/// By expiry, the sooner first; coupons without an end come last.
pub fn by_expiry(a: Option<Time>, b: Option<Time>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// The order of application: narrower scope first, then fixed amounts before percentages, then
/// the one that expires sooner, then code.
pub fn by_application(
    (a, a_until, a_code): (&Draft, Option<Time>, Code),
    (b, b_until, b_code): (&Draft, Option<Time>, Code),
) -> Ordering {
    (a.scope.breadth().cmp(&b.scope.breadth()))
        .then(a.benefit.is_percent().cmp(&b.benefit.is_percent()))
        .then(by_expiry(a_until, b_until))
        .then(a_code.cmp(&b_code))
}

/// The second listing order: coupons without a threshold, then percent, then the rest; within each,
/// the larger saving first. Sorts as what it answers does.
pub fn by_saving(draft: &Draft, saving: Money) -> (u8, Reverse<Money>) {
    let benefit = &draft.benefit;
    let kind = if benefit.threshold().is_zero() { 0 } else { 2 - u8::from(benefit.is_percent()) };
    (kind, Reverse(saving))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::benefit::Benefit;
    use crate::money::BasisPoints;

    fn group(group: Option<&str>, exclusive: bool) -> Stacking {
        Stacking { group: group.map(str::to_owned), exclusive }
    }

    #[test]
    fn listed_are_those_without_a_threshold_then_percent_then_the_rest_and_the_larger_first() {
        let off = |amount: i64, least: Option<i64>| {
            let (amount, min_spend) = (Money::minor(amount), least.map(Money::minor));
            Benefit::AmountOff { amount, min_spend }
        };
        let percent = |least: Option<i64>| Benefit::PercentOff {
            basis_points: BasisPoints(1_000),
            min_spend: least.map(Money::minor),
            max_discount: None,
        };
        let listed = [
            (percent(None), 700),
            (off(500, None), 500),
            (percent(Some(1)), 900),
            (percent(Some(1)), 800),
            (off(2_000, Some(1)), 2_000),
            (off(1_000, Some(1)), 1_000),
        ];
        let place = |(benefit, saving): (Benefit, i64)| {
            by_saving(&Draft::new("X", benefit), Money::minor(saving))
        };
        assert!(listed.map(place).is_sorted());
    }

    #[test]
    fn groups_and_exclusives_keep_others_out() {
        let (free, fruit) = (group(None, false), group(Some("fruit"), false));
        assert!(free.combines_with(&free));
        assert!(free.combines_with(&fruit));
        assert!(!fruit.combines_with(&fruit));
        assert!(!free.combines_with(&Stacking::default()));
    }

    #[rstest]
    #[case((None, true), (None, true), Some(Clash::BothStandAlone))]
    #[case((Some("a"), true), (Some("a"), false), Some(Clash::StandsAlone))]
    #[case((None, false), (None, true), Some(Clash::OtherStandsAlone))]
    #[case((Some("a"), false), (Some("a"), false), Some(Clash::SameGroup("a")))]
    #[case((Some("a"), false), (Some("b"), false), None)]
    #[case((Some("a"), false), (None, false), None)]
    #[case((None, false), (None, false), None)]
    fn a_clash_has_its_reason(
        #[case] one: (Option<&str>, bool),
        #[case] other: (Option<&str>, bool),
        #[case] expected: Option<Clash<'_>>,
    ) {
        let (one, other) = (group(one.0, one.1), group(other.0, other.1));
        assert_eq!(one.clash(&other), expected);
    }
}
