//! Stages and what they come to.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::{Money, Time};

/// How many coupons entered each stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stages {
    /// Cards rendered, counted per impression.
    pub view: u64,
    /// Coupons received, grants among them.
    pub claim: u64,
    /// Coupons reserved for an order.
    pub lock: u64,
    /// Coupons used.
    pub redeem: u64,
    /// Coupons of orders with a refund.
    #[serde(rename = "return")]
    pub returned: u64,
}

/// Money through the coupons of a funnel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    /// What orders with these coupons came to before discounts.
    pub turnover: Money,
    /// What the coupons took off.
    pub discount: Money,
    /// What all coupons took off these orders, those of other funnels too.
    pub taken_off: Money,
    /// What was paid back.
    pub refunded: Money,
}

impl Amounts {
    /// What is left of the orders: turnover less all that was taken off less refunds.
    pub fn net(&self) -> Money {
        self.turnover - self.taken_off - self.refunded
    }
}

impl AddAssign for Stages {
    fn add_assign(&mut self, other: Self) {
        self.view += other.view;
        self.claim += other.claim;
        self.lock += other.lock;
        self.redeem += other.redeem;
        self.returned += other.returned;
    }
}

impl AddAssign for Amounts {
    fn add_assign(&mut self, other: Self) {
        self.turnover += other.turnover;
        self.discount += other.discount;
        self.taken_off += other.taken_off;
        self.refunded += other.refunded;
    }
}

/// Which moment says whether something lies in a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// When it happened.
    #[default]
    Event,
    /// When the coupon was claimed, whatever became of it later; of an order's coupons, the one that
    /// was claimed first.
    Claim,
}

impl Basis {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Event, Self::Claim];

    /// The word in the store and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Claim => "claim",
        }
    }

    /// Reads [`Basis::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|basis| basis.as_str() == word)
    }
}

/// How a period is cut up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Whole hours, UTC.
    Hour,
    /// Local days of the shop.
    Day,
}

impl Step {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Hour, Self::Day];

    /// The word in the store, on the wire and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Reads [`Step::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == word)
    }
}

/// A funnel over one step of its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// When the step begins.
    pub at: Time,
    /// The stages.
    pub stages: Stages,
    /// The money.
    pub amounts: Amounts,
}

/// A funnel over some period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funnel {
    /// The stages.
    pub stages: Stages,
    /// Different visitors among the views, where they were asked for.
    pub unique_viewers: Option<u64>,
    /// Whether some are of days so long ago that whoever came on several of them counts on each.
    pub viewers_repeat: bool,
    /// Of the claims, those given by ops or a partner.
    pub granted: u64,
    /// The money.
    pub amounts: Amounts,
    /// Whether something is missing: what has happened is still being added up.
    pub is_behind: bool,
    /// The steps of the period in which something happened, in order; none unless asked for.
    pub buckets: Vec<Bucket>,
}

/// Parts of a whole; `None` where the divisor is zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Claims that shoppers made themselves, per view.
    pub claim_per_view: Option<f64>,
    /// The headline: conversion.
    pub redeem_per_claim: Option<f64>,
    /// Locks per claim.
    pub lock_per_claim: Option<f64>,
    /// Redemptions per lock.
    pub redeem_per_lock: Option<f64>,
    /// Returns per redemption.
    pub return_per_redeem: Option<f64>,
}

impl Funnel {
    /// The rates between the stages. Rates are no money: a float is fine here.
    pub fn rates(&self) -> Rates {
        let rate = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let Stages { view, claim, lock, redeem, returned } = self.stages;
        Rates {
            claim_per_view: rate(claim.saturating_sub(self.granted), view),
            redeem_per_claim: rate(redeem, claim),
            lock_per_claim: rate(lock, claim),
            redeem_per_lock: rate(redeem, lock),
            return_per_redeem: rate(returned, redeem),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_never_enter_claim_per_view_and_nothing_is_divided_by_zero() {
        let stages = Stages { view: 100, claim: 30, lock: 10, redeem: 5, returned: 0 };
        let funnel = Funnel { stages, granted: 10, ..Funnel::default() };
        let rates = funnel.rates();
        assert_eq!(rates.claim_per_view, Some(0.2));
        assert_eq!(rates.redeem_per_lock, Some(0.5));
        assert_eq!(Funnel::default().rates().redeem_per_claim, None);
    }
}
