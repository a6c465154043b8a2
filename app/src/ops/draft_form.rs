//! A draft as a form holds it: flat text in both directions. Browser and server read it alike, so
//! that both find the same things wrong.

#[cfg(feature = "ssr")]
mod merging;
mod paths;
mod reading;
#[cfg(test)]
mod tests;
mod writing;

use chrono::NaiveDateTime;
use domain::{Currency, Time};
use serde::{Deserialize, Serialize};

pub(crate) use reading::number_in;
pub use reading::{STEPS_MAX, named_again};
pub use writing::write_percent;

/// Every field is text as it was typed; those of the benefit kinds that are not chosen are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DraftForm {
    pub name: String,
    pub title: String,
    pub description: String,
    pub terms: String,
    pub campaign: String,
    /// A template's id or address, or a campaign.
    pub reference: String,
    /// `holiday` or `date`.
    pub reference_by: String,

    /// `amount_off`, `percent_off`, `tiered` or `every`.
    pub kind: String,
    pub amount: String,
    pub min_spend: String,
    pub percent: String,
    /// How `percent` was typed: it outlives a change of language between typing and sending.
    pub percent_as: PercentAs,
    pub percent_min_spend: String,
    pub max_discount: String,
    pub steps: Vec<StepRow>,
    pub per: String,
    pub every_amount: String,
    pub max_times: String,

    pub include: Vec<String>,
    pub exclude: Vec<String>,
    /// One product id a line.
    pub include_products: String,
    pub exclude_products: String,
    /// `eligible_lines` or `whole_order`.
    pub scope_rule: String,

    pub claim_from: String,
    pub claim_from_time: String,
    pub claim_until: String,
    pub claim_until_time: String,
    /// `fixed` or `days`.
    pub validity: String,
    pub valid_from: String,
    pub valid_from_time: String,
    pub valid_until: String,
    pub valid_until_time: String,
    pub days: String,
    pub days_until: String,
    pub days_until_time: String,

    pub stock: String,
    pub per_shopper: String,
    pub per_shopper_daily: String,
    pub budget: String,

    /// `everyone`, `new_shoppers` or `segment`.
    pub audience: String,
    pub segment: String,
    /// `listed`, `link` or `granted`.
    pub visibility: String,
    /// `instant` or `queued`.
    pub lane: String,
    /// `exclusive` or `combines`.
    pub stacking: String,
    pub group: String,
    /// `keep` or `claw_back`.
    pub part_return: String,
    /// A name and, where it has one, a quota a line.
    pub channels: String,

    /// The tick a generous draft needs.
    pub confirm: String,
}

/// One step of a tiered benefit; a row left blank is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepRow {
    pub min_spend: String,
    pub amount: String,
}

impl StepRow {
    /// Nothing was typed into it.
    pub fn is_blank(&self) -> bool {
        self.min_spend.trim().is_empty() && self.amount.trim().is_empty()
    }
}

/// The two ways to write a percentage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PercentAs {
    /// What is taken off, in percent: 20.
    #[default]
    Off,
    /// What is left, in tenths (折): 8.
    Zhe,
}

impl PercentAs {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Zhe => "zhe",
        }
    }
}

/// How the shop writes money and moments. Browsers know no zone: they take shop time for UTC,
/// which orders moments alike.
#[derive(Clone, Copy)]
pub struct Conventions<'a> {
    pub currency: Currency,
    pub moment: &'a dyn Fn(NaiveDateTime) -> Time,
    pub local: &'a dyn Fn(Time) -> NaiveDateTime,
}

impl Conventions<'_> {
    /// Those of a browser.
    pub fn zoneless(currency: Currency) -> Self {
        Self { currency, moment: &|local| local.and_utc(), local: &|time| time.naive_utc() }
    }
}
