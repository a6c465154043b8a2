//! Claims that wait in line. A template's lane may say so: a claim is then accepted, durably and at
//! once, and settled in its turn by a worker on any node, or ahead of its turn when its shopper comes
//! by. Either way it is judged by the moment it was accepted, and its ticket has an answer in the end.

mod accepting;
mod settling;

use std::net::IpAddr;

use domain::actor::{Claiming, Shopper};
use domain::template::Lane;
use domain::{Channel, Code, Device, Refusal, ShopperId, TemplateId, TicketId, Time};
use sea_orm::EntityTrait;

use super::{Claim, Via};
use crate::clock::time;
use crate::entity::ticket;
use crate::store::coupons::coupons_by_code;
use crate::wallet::Coupon;
use crate::{Engine, Error, Fault, Result, templates};

pub(crate) use accepting::Entrant;
pub use accepting::{accept, accept_for};
pub(crate) use settling::catch_up;
use settling::settle_one;
pub use settling::{settle_due, settle_of, sweep};

/// A claim that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Which.
    pub id: TicketId,
    /// Whose.
    pub shopper: ShopperId,
    /// What they claim.
    pub template: TemplateId,
    /// The moment it is judged by.
    pub accepted_at: Time,
    /// Where it stands.
    pub standing: Standing,
}

/// Where a ticket stands; once it does not wait any more, that is final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It has no answer yet.
    Waiting,
    /// It became this coupon.
    Settled(Code),
    /// The rules say no.
    Refused(Refusal),
}

impl Ticket {
    /// Whether it has no answer yet.
    pub fn is_waiting(&self) -> bool {
        self.standing == Standing::Waiting
    }
}

/// How claims of a template are settled, as far as this node knows. Both lanes give the same answers,
/// so it does no harm that this may be a second old.
pub async fn lane(engine: &Engine, template: TemplateId) -> Result<Lane> {
    let known = templates::known::current(engine).await?;
    Ok(known.get(template).map(|template| template.lane).unwrap_or_default())
}

/// A ticket for an order system, settled now if need be, and the coupon it became.
pub async fn read(engine: &Engine, _: &Claiming, id: TicketId) -> Result<(Ticket, Option<Coupon>)> {
    settle_now(engine, id).await
}

/// A shopper's own ticket, likewise; another's is missing.
pub async fn own(
    engine: &Engine,
    shopper: &Shopper,
    id: TicketId,
) -> Result<(Ticket, Option<Coupon>)> {
    if find(engine, id).await?.shopper != shopper.id {
        return Err(Error::Missing);
    }
    settle_now(engine, id).await
}

async fn settle_now(engine: &Engine, id: TicketId) -> Result<(Ticket, Option<Coupon>)> {
    let mut ticket = find(engine, id).await?;
    if ticket.is_waiting() {
        settle_one(engine, id).await?;
        ticket = find(engine, id).await?;
    }
    let coupon = match ticket.standing {
        Standing::Settled(code) => coupons_by_code(engine, engine.reader(), &[code]).await?.pop(),
        Standing::Waiting | Standing::Refused(_) => None,
    };
    Ok((ticket, coupon))
}

async fn find(engine: &Engine, id: TicketId) -> Result<Ticket> {
    let db = engine.reader();
    let key = (i64::from(id.bucket().number()), id.0);
    let found = ticket::Entity::find_by_id(key).one(db).await?;
    fill(found.ok_or(Error::Missing)?)
}

fn fill(model: ticket::Model) -> Result<Ticket> {
    let standing = match (model.coupon, model.refusal) {
        (None, None) => Standing::Waiting,
        (Some(code), _) => Standing::Settled(Code::parse(&code).ok_or_else(oddly)?),
        (None, Some(refusal)) => Standing::Refused(serde_json::from_str(&refusal)?),
    };
    Ok(Ticket {
        id: TicketId(model.id),
        shopper: ShopperId::new(model.shopper).map_err(|_| oddly())?,
        template: TemplateId(model.template),
        accepted_at: time(model.accepted_at),
        standing,
    })
}

/// The claim as it came.
fn claim(model: &ticket::Model) -> Result<Claim> {
    let address = model.address.as_deref().map(str::parse::<IpAddr>);
    let via = Via {
        channel: model.channel.clone().map(Channel::new).transpose().map_err(|_| oddly())?,
        link: model.link.clone(),
        device: model.device.clone().map(Device::new).transpose().map_err(|_| oddly())?,
        address: address.transpose().map_err(|_| oddly())?,
    };
    Ok(Claim {
        shopper: ShopperId::new(model.shopper.clone()).map_err(|_| oddly())?,
        template: TemplateId(model.template),
        via,
        pool_code: None,
        is_vouched: model.vouched,
        is_given: false,
        accepted_at: time(model.accepted_at),
        once: None,
    })
}

fn oddly() -> Fault {
    Fault::new("a ticket reads oddly")
}
