//! How coupons come into being: claims, settled many at a time.

mod batch;
mod desk;

use domain::actor::Shopper;
use domain::claim::Knowing;
use domain::{Channel, Code, ShopperId, TemplateId, Time};

use crate::idempotency::Once;
use crate::tx::{Tries, Tx};
use crate::wallet::Coupon;
use crate::{Engine, Error, Result, counts};

use batch::Batch;
pub(crate) use desk::{Desk, submit};

/// How a claimant came to a template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Via {
    /// Where they came from.
    pub channel: Option<Channel>,
    /// The token of the link they followed.
    pub link: Option<String>,
}

/// A claim that was accepted; it is judged by that moment.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Who claims.
    pub shopper: ShopperId,
    /// What.
    pub template: TemplateId,
    /// How they came to it.
    pub via: Via,
    /// The pool code they entered, if that is how.
    pub pool_code: Option<Code>,
    /// When.
    pub accepted_at: Time,
    /// How it is answered, where the same request may come again.
    pub once: Option<Once<Coupon>>,
}

/// A shopper takes a coupon. Claims that arrive while others are being written go together in
/// the next batch; the answer comes when the coupon is durable.
pub async fn claim(
    engine: &Engine,
    shopper: &Shopper,
    template: TemplateId,
    via: Via,
) -> Result<Coupon> {
    claim_keyed(engine, shopper, template, via, None).await
}

/// The same under the caller's idempotency key.
pub async fn claim_keyed(
    engine: &Engine,
    shopper: &Shopper,
    template: TemplateId,
    via: Via,
    once: Option<Once<Coupon>>,
) -> Result<Coupon> {
    let accepted_at = engine.now();
    let shopper = shopper.id.clone();
    submit(engine, Claim { shopper, template, via, pool_code: None, accepted_at, once }).await
}

/// A shopper takes one coupon of each template, as far as the rules let them: each has its own
/// answer, in the order asked. They queue up together, so that they share a batch.
pub async fn claim_each(
    engine: &Engine,
    shopper: &Shopper,
    templates: &[TemplateId],
    via: &Via,
) -> Vec<(TemplateId, Result<Coupon>)> {
    let accepted_at = engine.now();
    let submit = |template: &TemplateId| {
        let (shopper, via) = (shopper.id.clone(), via.clone());
        let (template, pool_code, once) = (*template, None, None);
        let claim = Claim { shopper, template, via, pool_code, accepted_at, once };
        (template, desk::submit(engine, claim))
    };
    let submitted: Vec<_> = templates.iter().map(submit).collect();
    let mut answers = Vec::with_capacity(submitted.len());
    for (template, answer) in submitted {
        answers.push((template, answer.await));
    }
    answers
}

/// Settles claims in order of arrival, in one transaction; each has its own answer.
///
/// What is decided is decided on what was read; the store holds the limits. Every write says
/// what it found, and if another node was there between, all of it is undone and tried again
/// with the templates' rows locked.
pub async fn settle(engine: &Engine, claims: &[Claim]) -> Result<Vec<Result<Coupon>>> {
    let mut tries = Tries::default();
    let outcomes = loop {
        let tx = engine.begin().await?;
        let settled = try_to_settle(engine, &tx, claims, tries.has_failed()).await;
        if let Some(outcomes) = tries.judge(settled)? {
            tx.commit().await?;
            break outcomes;
        }
    };
    for (claim, outcome) in claims.iter().zip(&outcomes) {
        if let Err(Error::Refused(refusal)) = outcome {
            counts::refusal(engine, claim.template, claim.via.channel.as_ref(), refusal);
        }
    }
    Ok(outcomes)
}

async fn try_to_settle(
    engine: &Engine,
    tx: &Tx,
    claims: &[Claim],
    locked: bool,
) -> Result<Option<Vec<Result<Coupon>>>> {
    let mut batch = Batch::open(engine, tx, claims, locked).await?;
    let outcomes: Vec<_> = claims.iter().map(|claim| batch.settle(claim)).collect();
    Ok(batch.write(tx).await?.then_some(outcomes))
}

impl Claim {
    /// How its shopper knows of a template whose link has this token.
    fn knowing(&self, token: Option<&str>) -> Knowing {
        self.pool_code.map_or_else(|| self.via.knowing(token), |_| Knowing::PoolCode)
    }
}

impl Via {
    /// How somebody who came this way knows of a template whose link has this token.
    pub(crate) fn knowing(&self, token: Option<&str>) -> Knowing {
        match (&self.link, token) {
            (Some(given), Some(token)) if given == token => Knowing::Link,
            _ => Knowing::Listed,
        }
    }
}
