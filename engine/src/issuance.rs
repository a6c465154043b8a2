//! How coupons come into being: claims, settled many at a time.

mod batch;
mod desk;

use domain::actor::{Claiming, Shopper};
use domain::claim::Knowing;
use domain::{Channel, Code, Refusal, ShopperId, TemplateId, Time};

use crate::idempotency::Once;
use crate::tx::{Tries, Tx};
use crate::wallet::Coupon;
use crate::{Engine, Error, Result, counts, idempotency, templates};

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
    /// The host shop vouches that they know of the template by its link.
    pub is_vouched: bool,
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
    let claim = Claim { via, once, ..Claim::new(engine, &shopper.id, template) };
    known(engine, &claim).await?;
    submit(engine, claim).await
}

/// A partner claims for a shopper. The host shop vouches: a template with a link needs no token,
/// while one that is only granted stays unknown.
pub async fn claim_for(
    engine: &Engine,
    partner: &Claiming,
    shopper: ShopperId,
    template: TemplateId,
    channel: Option<Channel>,
    once: Option<Once<Coupon>>,
) -> Result<Coupon> {
    let shopper = partner.vouch_for(shopper);
    let via = Via { channel, link: None };
    let claim = Claim { via, is_vouched: true, once, ..Claim::new(engine, &shopper.id, template) };
    known(engine, &claim).await?;
    submit(engine, claim).await
}

/// Refuses without a query what this claimant may not know of, whether it exists or not.
///
/// What this node holds may be a second old. A request that was answered when the template could
/// still be claimed gets that answer again; this refusal is not kept, as it costs nothing to repeat.
async fn known(engine: &Engine, claim: &Claim) -> Result<()> {
    let known = templates::known::current(engine).await?;
    let may_know = known
        .get(claim.template)
        .is_some_and(|template| template.is_known(claim.knowing(template.link_token.as_deref())));
    if may_know {
        return Ok(());
    }
    if let Some(once) = &claim.once {
        idempotency::answered(engine, &once.request).await?;
    }
    Err(Refusal::NotFound.into())
}

/// A shopper takes one coupon of each template, as far as the rules let them: each has its own
/// answer, in the order asked. They queue up together, so that they share a batch.
pub async fn claim_each(
    engine: &Engine,
    shopper: &Shopper,
    templates: &[TemplateId],
    via: &Via,
) -> Vec<(TemplateId, Result<Coupon>)> {
    let submit = |template: &TemplateId| {
        let claim = Claim { via: via.clone(), ..Claim::new(engine, &shopper.id, *template) };
        (*template, desk::submit(engine, claim))
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
            if outcomes.iter().any(Result::is_ok) {
                engine.issued().distrust();
            }
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
    /// A claim that comes at this moment, from nowhere in particular.
    pub(crate) fn new(engine: &Engine, shopper: &ShopperId, template: TemplateId) -> Self {
        Self {
            shopper: shopper.clone(),
            template,
            via: Via::default(),
            pool_code: None,
            is_vouched: false,
            accepted_at: engine.now(),
            once: None,
        }
    }

    /// How its shopper knows of a template whose link has this token.
    fn knowing(&self, token: Option<&str>) -> Knowing {
        match self.pool_code {
            Some(_) => Knowing::PoolCode,
            None if self.is_vouched => Knowing::Link,
            None => self.via.knowing(token),
        }
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
