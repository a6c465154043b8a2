//! The funnel.

use chrono::{DateTime, Utc};
use domain::funnel::{self, Step};
use domain::template::Window;
use domain::{Money, Problem as Wrong, TemplateId};
use engine::funnel::Part;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Amount;
use crate::problem::Problem;
use crate::speech::Speech;
use crate::v1::reading::Reader;

/// Which part of all that happened; everything where nothing is said.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FunnelAsk {
    template: Option<String>,
    channel: Option<String>,
    /// The first moment that counts.
    #[param(format = DateTime)]
    from: Option<String>,
    /// The first moment that counts no more.
    #[param(format = DateTime)]
    to: Option<String>,
    /// Cuts the period up: `hour`, or `day` for local days of the shop.
    bucket: Option<String>,
}

impl FunnelAsk {
    pub(crate) fn read(&self, mut reader: Reader) -> Result<(Part, Option<Step>), Problem> {
        let template = self
            .template
            .as_deref()
            .map(|id| id.parse::<TemplateId>().map_err(|_| Problem::NotFound));
        let channel = self.channel.as_ref().and_then(|channel| reader.text("channel", channel));
        let mut time =
            |field, text: &Option<String>| text.as_ref().and_then(|text| reader.time(field, text));
        let (from, until) = (time("from", &self.from), time("to", &self.to));
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            reader.wrong("to", Wrong::EndsBeforeItBegins);
        }
        let step = reader.word("bucket", self.bucket.as_deref(), Step::parse);
        reader.done(Some(()))?;
        let template = template.transpose()?;
        let period = Window { from, until };
        Ok((Part { template, channel, period, ..Part::default() }, step))
    }
}

/// What became of coupons.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Funnel {
    stages: Stages,
    /// Different visitors among the views. Of days more than 92 days ago, whoever came on several
    /// counts on each.
    unique_viewers: u64,
    /// Of the claims, those that were given.
    granted: u64,
    amounts: Amounts,
    rates: Rates,
    /// The steps in which something happened, in order; none unless `bucket` is asked for.
    buckets: Vec<Bucket>,
}

/// How many coupons entered each stage; views are counted per card.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Stages {
    view: u64,
    claim: u64,
    lock: u64,
    redeem: u64,
    r#return: u64,
}

/// Money of whole orders. An order with coupons of several templates counts in each one's funnel,
/// and once in the funnel of all.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Amounts {
    /// What orders came to before coupons.
    turnover: Amount,
    /// What these coupons took off.
    discount: Amount,
    /// All refunds of these orders.
    refunded: Amount,
    /// What is left of the orders after what all their coupons took off; below zero where more was
    /// refunded than came in within the period.
    #[schema(value_type = String, pattern = r"^-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,3})?$")]
    net: String,
}

/// Parts of one; null where there is nothing to be a part of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rates {
    /// Of claims that shoppers made themselves.
    #[schema(required)]
    claim_per_view: Option<f64>,
    /// Conversion.
    #[schema(required)]
    redeem_per_claim: Option<f64>,
    #[schema(required)]
    lock_per_claim: Option<f64>,
    #[schema(required)]
    redeem_per_lock: Option<f64>,
    #[schema(required)]
    return_per_redeem: Option<f64>,
}

/// One step of the period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Bucket {
    /// When it begins.
    at: DateTime<Utc>,
    stages: Stages,
    amounts: Amounts,
}

impl Funnel {
    pub(crate) fn of(funnel: &funnel::Funnel, speech: &Speech) -> Self {
        let bucket = |bucket: &funnel::Bucket| Bucket {
            at: bucket.at,
            stages: bucket.stages.into(),
            amounts: Amounts::of(&bucket.amounts, speech),
        };
        Self {
            stages: funnel.stages.into(),
            unique_viewers: funnel.unique_viewers.unwrap_or_default(),
            granted: funnel.granted,
            amounts: Amounts::of(&funnel.amounts, speech),
            rates: funnel.rates().into(),
            buckets: funnel.buckets.iter().map(bucket).collect(),
        }
    }
}

impl From<funnel::Stages> for Stages {
    fn from(stages: funnel::Stages) -> Self {
        let funnel::Stages { view, claim, lock, redeem, returned } = stages;
        Self { view, claim, lock, redeem, r#return: returned }
    }
}

impl From<funnel::Rates> for Rates {
    fn from(rates: funnel::Rates) -> Self {
        Self {
            claim_per_view: rates.claim_per_view,
            redeem_per_claim: rates.redeem_per_claim,
            lock_per_claim: rates.lock_per_claim,
            redeem_per_lock: rates.redeem_per_lock,
            return_per_redeem: rates.return_per_redeem,
        }
    }
}

impl Amounts {
    fn of(amounts: &funnel::Amounts, speech: &Speech) -> Self {
        let amount = |amount: Money| Amount(speech.amount(amount));
        Self {
            turnover: amount(amounts.turnover),
            discount: amount(amounts.discount),
            refunded: amount(amounts.refunded),
            net: speech.amount(amounts.net()),
        }
    }
}
