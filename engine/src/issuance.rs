//! How coupons come into being: claims, settled many at a time.

mod batch;
mod desk;
mod manners;
pub mod tickets;

use std::net::IpAddr;
use std::pin::Pin;
use std::slice;
use std::sync::Arc;

use domain::actor::{Claiming, Shopper};
use domain::claim::Knowing;
use domain::risk::Who;
use domain::template::Lane;
use domain::{Channel, Code, Device, ShopperId, TemplateId, Time};

use crate::alerts::{self, Pulse};
use crate::desk::{submit, together};
use crate::idempotency::{Once, Request};
use crate::templates::known::KnownTemplates;
use crate::tx::{Tries, Tx};
use crate::wallet::Coupon;
use crate::{Engine, Error, Fault, Result, counts, idempotency, risk, templates};

use batch::Batch;
pub(crate) use manners::after_claims;
pub(crate) use tickets::Entrant;
use tickets::Ticket;

/// How a claimant came to a template, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Via {
    /// Where they came from.
    pub channel: Option<Channel>,
    /// The token of the link they followed.
    pub link: Option<String>,
    /// By which device, where that is known.
    pub device: Option<Device>,
    /// From which address, where that is known.
    pub address: Option<IpAddr>,
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
    /// They did not ask: it is given to them.
    pub is_given: bool,
    /// When.
    pub accepted_at: Time,
    /// How it is answered, where the same request may come again.
    pub once: Option<Once<Coupon>>,
}

/// What a claim comes to at first.
#[derive(Debug, Clone)]
pub enum Taken {
    /// It was settled at once.
    Coupon(Coupon),
    /// It waits in line.
    Ticket(Ticket),
}

/// A shopper takes a coupon in the lane of its template: at once, or in turn.
pub async fn take(
    engine: &Engine,
    shopper: &Shopper,
    template: TemplateId,
    via: Via,
) -> Result<Taken> {
    match tickets::lane(engine, template).await? {
        Lane::Instant => claim(engine, shopper, template, via).await.map(Taken::Coupon),
        Lane::Queued => tickets::accept(engine, shopper, template, via).await.map(Taken::Ticket),
    }
}

/// A shopper takes a coupon at once. Claims that arrive while others are being written go together
/// in the next batch; the answer comes when the coupon is durable.
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
    claimable(engine, &claim).await?;
    submit(engine, claim).await?
}

/// A partner claims for a shopper. The host shop vouches: a template with a link needs no token,
/// while one that is only granted stays unknown.
pub async fn claim_for(
    engine: &Engine,
    partner: &Claiming,
    shopper: ShopperId,
    template: TemplateId,
    via: Via,
    once: Option<Once<Coupon>>,
) -> Result<Coupon> {
    let shopper = partner.vouch_for(shopper);
    let claim = Claim { via, is_vouched: true, once, ..Claim::new(engine, &shopper.id, template) };
    claimable(engine, &claim).await?;
    submit(engine, claim).await?
}

/// Refuses to tell a shopper who looks at a template, without claiming it, of one that they may not know
/// of, as a claim would be refused: it counts as a guess as well.
pub async fn look_for(
    engine: &Engine,
    shopper: &Shopper,
    template: TemplateId,
    via: &Via,
) -> Result<()> {
    let claim = Claim { via: via.clone(), ..Claim::new(engine, &shopper.id, template) };
    known(engine, &claim, None).await?;
    Ok(())
}

/// Refuses without a query what this claimant may not know of, whether it exists or not; whoever asks
/// for too much of that has to wait, and is locked out in the end. Answers what this node knows.
///
/// What this node holds may be a second old. A request that was answered when the template could
/// still be claimed gets that answer again, which is looked for where there was one to be claimed; this
/// refusal is not kept, as it costs nothing to repeat.
async fn known(
    engine: &Engine,
    claim: &Claim,
    request: Option<&Request>,
) -> Result<Arc<KnownTemplates>> {
    let known = templates::known::current(engine).await?;
    let template = known.get(claim.template);
    let knowing = claim.knowing(template.and_then(|template| template.link_token.as_deref()));
    if template.is_some_and(|template| template.is_known(knowing)) {
        return Ok(known);
    }
    if let Some(request) = request.filter(|_| template.is_some()) {
        idempotency::answered(engine, request).await?;
    }
    // What never was leaves no name in the books of risk.
    let hidden = template.map(|_| claim.template);
    Err(risk::unknown(engine, &claim.who(), hidden).await?.into())
}

/// Refuses likewise what is known of and cannot be claimed at this moment: what is closed, paused or
/// not open yet.
async fn claimable(engine: &Engine, claim: &Claim) -> Result<()> {
    let known = known(engine, claim, claim.request()).await?;
    let Some(template) = known.get(claim.template) else { return Ok(()) };
    let knowing = claim.knowing(template.link_token.as_deref());
    let Err(refusal) = template.reach(knowing, claim.accepted_at) else { return Ok(()) };
    if let Some(request) = claim.request() {
        idempotency::answered(engine, request).await?;
    }
    let outcome = Err(refusal.clone().into());
    tell(engine, slice::from_ref(claim), slice::from_ref(&outcome));
    Err(refusal.into())
}

/// A shopper takes one coupon of each template, as far as the rules let them: each has its own
/// answer, in the order asked. They queue up together, so that they share a batch.
pub async fn take_each(
    engine: &Engine,
    shopper: &Shopper,
    templates: &[TemplateId],
    via: &Via,
) -> Vec<(TemplateId, Result<Taken>)> {
    let mut queued = Vec::with_capacity(templates.len());
    for template in templates {
        let claim = Claim { via: via.clone(), ..Claim::new(engine, &shopper.id, *template) };
        queued.push((*template, queue(engine, claim).await));
    }
    let mut answers = Vec::with_capacity(queued.len());
    for (template, queued) in queued {
        let answer = match queued {
            Ok(answer) => answer.await,
            Err(error) => Err(error),
        };
        answers.push((template, answer));
    }
    answers
}

/// An answer that is waited for.
type Awaited = Pin<Box<dyn Future<Output = Result<Taken>> + Send>>;

/// Queues a claim at the desk of its lane; what is returned waits for the answer.
async fn queue(engine: &Engine, claim: Claim) -> Result<Awaited> {
    let answer: Awaited = match tickets::lane(engine, claim.template).await? {
        Lane::Instant => {
            claimable(engine, &claim).await?;
            let answer = submit(engine, claim);
            Box::pin(async move { answer.await?.map(Taken::Coupon) })
        }
        Lane::Queued => {
            let answer = submit(engine, Entrant::new(engine, claim, None).await?);
            Box::pin(async move { answer.await?.map(Taken::Ticket) })
        }
    };
    Ok(answer)
}

/// Settles claims in order of arrival, in one transaction; each has its own answer. One that makes all
/// of it fail is left alone with that.
///
/// What is decided is decided on what was read; the store holds the limits. Every write says
/// what it found, and if another node was there between, all of it is undone and tried again
/// with the templates' rows locked.
pub async fn settle(engine: &Engine, claims: &[Claim]) -> Vec<Result<Coupon>> {
    let outcomes = together(engine, claims).await;
    tell(engine, claims, &outcomes);
    outcomes
}

async fn settle_together(
    engine: &Engine,
    claims: &[Claim],
    charged: &risk::Charged,
) -> Result<Vec<Result<Coupon>>> {
    let mut tries = Tries::default();
    loop {
        let memory = risk::Memory::current(engine, charged).await?;
        let tx = engine.begin().await?;
        let settled = try_to_settle(engine, &tx, claims, &memory, tries.has_failed()).await;
        if let Some(outcomes) = tries.end(tx, settled).await? {
            charged.committed(engine);
            return Ok(outcomes);
        }
    }
}

/// Tells this node what has come of claims.
fn tell(engine: &Engine, claims: &[Claim], outcomes: &[Result<Coupon>]) {
    if outcomes.iter().any(Result::is_ok) {
        engine.issued().distrust();
    }
    let (mut claimed, mut refused, mut failed) = (0, 0, 0);
    for (claim, outcome) in claims.iter().zip(outcomes) {
        match outcome {
            Ok(_) => claimed += 1,
            Err(Error::Refused(refusal)) => {
                refused += 1;
                counts::refusal(engine, claim.template, claim.via.channel.as_ref(), refusal);
            }
            Err(Error::Fault(_)) => failed += 1,
            // Answered before, or nobody's to claim: neither tells how claiming goes.
            Err(_) => {}
        }
    }
    alerts::beat(engine, Pulse::Claimed, claimed);
    alerts::beat(engine, Pulse::Refused, refused);
    alerts::beat(engine, Pulse::Failed, failed);
}

/// Settles claims within a transaction of the caller's, who has more to write with them. `None` where a
/// row is no longer as it was read: all of it is then to be undone and tried again, `locked`.
pub(crate) async fn try_to_settle(
    engine: &Engine,
    tx: &Tx,
    claims: &[Claim],
    memory: &risk::Memory<'_>,
    locked: bool,
) -> Result<Option<Vec<Result<Coupon>>>> {
    let batch = Batch::open(engine, tx, claims, memory, locked).await?;
    let Some(mut batch) = batch else { return Ok(None) };
    let outcomes: Vec<_> = (0..).zip(claims).map(|(i, claim)| batch.settle(i, claim)).collect();
    Ok(batch.write(tx).await?.then_some(outcomes))
}

/// What would be answered if each of these were given now, by itself. Nothing is written.
pub(crate) async fn foresee(
    engine: &Engine,
    tx: &Tx,
    claims: &[Claim],
    memory: &risk::Memory<'_>,
) -> Result<Vec<Result<Coupon>>> {
    let batch = Batch::open(engine, tx, claims, memory, false).await?;
    let mut batch = batch.ok_or_else(|| Fault::passing("another batch was faster"))?;
    Ok((0..).zip(claims).map(|(i, claim)| batch.settle(i, claim)).collect())
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
            is_given: false,
            accepted_at: engine.now(),
            once: None,
        }
    }

    fn request(&self) -> Option<&Request> {
        self.once.as_ref().map(|once| &once.request)
    }

    /// Whom risk looks at.
    pub(crate) fn who(&self) -> Who {
        let Via { device, address, .. } = &self.via;
        Who { shopper: self.shopper.clone(), device: device.clone(), address: *address }
    }

    /// How its shopper knows of a template whose link has this token.
    fn knowing(&self, token: Option<&str>) -> Knowing {
        match self.pool_code {
            _ if self.is_given => Knowing::Grant,
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
