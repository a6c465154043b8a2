//! Which coupons stand together, and in which order they are applied.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::template::Draft;
use crate::{Code, Time};

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

impl Stacking {
    /// Whether the two may be used in one order.
    pub fn combines_with(&self, other: &Self) -> bool {
        let same_group = self.group.is_some() && self.group == other.group;
        !self.exclusive && !other.exclusive && !same_group
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

#[cfg(test)]
mod tests {
    use super::*;

    fn group(group: Option<&str>, exclusive: bool) -> Stacking {
        Stacking { group: group.map(str::to_owned), exclusive }
    }

    #[test]
    fn groups_and_exclusives_keep_others_out() {
        let (free, fruit) = (group(None, false), group(Some("fruit"), false));
        assert!(free.combines_with(&free));
        assert!(free.combines_with(&fruit));
        assert!(!fruit.combines_with(&fruit));
        assert!(!free.combines_with(&Stacking::default()));
    }
}
