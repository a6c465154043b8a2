//! What a coupon takes off.

use domain::{Money, Problem as Wrong, benefit, money::BasisPoints};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::{Amount, words};
use crate::speech::Speech;
use crate::v1::reading::Reader;

words! {
    /// Which of the four it is.
    Kind = benefit::Kind { AmountOff, PercentOff, Tiered, Every }
}

/// The fields of all kinds, so that each one that is wrong, or does not belong, is told; [`Kinds`]
/// says which belong to which.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Benefit {
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_spend: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    basis_points: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_discount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<Step>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    per: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_times: Option<u32>,
}

/// What a coupon takes off. Without `min_spend` there is no threshold.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = Benefit)]
#[expect(dead_code, reason = "it is described here and read by `Benefit`")]
pub(super) enum Kinds {
    /// An amount.
    AmountOff { amount: Amount, min_spend: Option<Amount> },
    /// A share: 1500 basis points are 15 % off.
    PercentOff {
        #[schema(minimum = 1, maximum = 10_000)]
        basis_points: u32,
        min_spend: Option<Amount>,
        max_discount: Option<Amount>,
    },
    /// The amount of the highest step reached.
    Tiered {
        #[schema(min_items = 2, max_items = 10)]
        steps: Vec<Step>,
    },
    /// An amount each time `per` is reached.
    Every {
        per: Amount,
        amount: Amount,
        #[schema(minimum = 1, maximum = 10_000)]
        max_times: Option<u32>,
    },
}

/// Steps rise in both numbers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Step {
    min_spend: Amount,
    amount: Amount,
}

impl Benefit {
    pub(super) fn read(&self, reader: &mut Reader) -> Option<benefit::Benefit> {
        self.refuse_others(reader);
        let maybe = |given: &Option<Amount>, field: &str, reader: &mut Reader| {
            given.as_ref().map(|given| reader.amount(format!("benefit.{field}"), given))
        };
        let min_spend = maybe(&self.min_spend, "min_spend", reader);
        let amount = maybe(&self.amount, "amount", reader);
        let needed = |given: Option<Money>, field: &str, reader: &mut Reader| {
            if given.is_none() {
                reader.wrong(format!("benefit.{field}"), Wrong::Required);
            }
            given.unwrap_or_default()
        };
        Some(match self.kind {
            Kind::AmountOff => {
                let amount = needed(amount, "amount", reader);
                benefit::Benefit::AmountOff { amount, min_spend }
            }
            Kind::PercentOff => {
                let max_discount = maybe(&self.max_discount, "max_discount", reader);
                if self.basis_points.is_none() {
                    reader.wrong("benefit.basis_points", Wrong::Required);
                }
                let basis_points = BasisPoints(self.basis_points?);
                benefit::Benefit::PercentOff { basis_points, min_spend, max_discount }
            }
            Kind::Tiered => {
                if self.steps.is_none() {
                    reader.wrong("benefit.steps", Wrong::Required);
                }
                let steps = self.steps.iter().flatten().enumerate();
                let steps = steps.map(|(i, step)| step.read(i, reader)).collect();
                benefit::Benefit::Tiered { steps }
            }
            Kind::Every => {
                let per = maybe(&self.per, "per", reader);
                let per = needed(per, "per", reader);
                let amount = needed(amount, "amount", reader);
                benefit::Benefit::Every { per, amount, max_times: self.max_times }
            }
        })
    }

    /// Tells of fields that another kind has.
    fn refuse_others(&self, reader: &mut Reader) {
        let own: &[&str] = match self.kind {
            Kind::AmountOff => &["amount", "min_spend"],
            Kind::PercentOff => &["basis_points", "min_spend", "max_discount"],
            Kind::Tiered => &["steps"],
            Kind::Every => &["per", "amount", "max_times"],
        };
        let given = [
            ("amount", self.amount.is_some()),
            ("min_spend", self.min_spend.is_some()),
            ("basis_points", self.basis_points.is_some()),
            ("max_discount", self.max_discount.is_some()),
            ("steps", self.steps.is_some()),
            ("per", self.per.is_some()),
            ("max_times", self.max_times.is_some()),
        ];
        for (field, _) in given.iter().filter(|(field, given)| *given && !own.contains(field)) {
            reader.wrong(format!("benefit.{field}"), Wrong::Unknown);
        }
    }

    pub(super) fn of(told: &benefit::Benefit, speech: &Speech) -> Self {
        let amount = |amount: Money| Some(Amount(speech.amount(amount)));
        let none = Self {
            kind: told.kind().into(),
            amount: None,
            min_spend: None,
            basis_points: None,
            max_discount: None,
            steps: None,
            per: None,
            max_times: None,
        };
        match told {
            benefit::Benefit::AmountOff { amount: off, min_spend } => {
                Self { amount: amount(*off), min_spend: min_spend.and_then(amount), ..none }
            }
            benefit::Benefit::PercentOff { basis_points, min_spend, max_discount } => Self {
                basis_points: Some(basis_points.0),
                min_spend: min_spend.and_then(amount),
                max_discount: max_discount.and_then(amount),
                ..none
            },
            benefit::Benefit::Tiered { steps } => Self {
                steps: Some(steps.iter().map(|step| Step::of(step, speech)).collect()),
                ..none
            },
            benefit::Benefit::Every { per, amount: off, max_times } => {
                Self { per: amount(*per), amount: amount(*off), max_times: *max_times, ..none }
            }
        }
    }
}

impl Step {
    fn read(&self, i: usize, reader: &mut Reader) -> benefit::Step {
        benefit::Step {
            min_spend: reader.amount(format!("benefit.steps.{i}.min_spend"), &self.min_spend),
            amount: reader.amount(format!("benefit.steps.{i}.amount"), &self.amount),
        }
    }

    fn of(step: &benefit::Step, speech: &Speech) -> Self {
        Self {
            min_spend: Amount(speech.amount(step.min_spend)),
            amount: Amount(speech.amount(step.amount)),
        }
    }
}
