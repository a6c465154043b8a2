//! Claims that wait in line. A template's lane may say so: a claim is then accepted, durably and at
//! once, and settled in its turn by a worker on any node, or ahead of its turn when its shopper comes
//! by. Either way it is judged by the moment it was accepted, and its ticket has an answer in the end.

mod accepting;
mod settling;

use std::net::IpAddr;

use chrono::TimeDelta;
use domain::actor::{Claiming, Shopper};
use domain::template::Lane;
use domain::{Channel, Code, Device, Refusal, ShopperId, TemplateId, TicketId, Time};
use sea_orm::{ConnectionTrait, EntityTrait};

use super::{Claim, Taken, Via};
use crate::clock::time;
use crate::entity::ticket;
use crate::store::coupons::coupons_by_code;
use crate::store::shoppers::bucket;
use crate::store::sql;
use crate::wallet::Coupon;
use crate::{Engine, Error, Fault, Result, templates};

pub(crate) use accepting::Entrant;
pub use accepting::{accept, accept_for};
use settling::settle_one;
pub use settling::{called, catch_up, settle_due, settle_of, sweep};

/// What nodes tell each other when claims wait in line.
pub(crate) const WAITING: &str = "tickets";

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

/// The line of claims that wait, over all templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// How many wait.
    pub waiting: u64,
    /// How long the first of them has waited; zero where nobody does.
    pub oldest: TimeDelta,
}

/// How long the line is now. It reads all of the line by its index, so ask now and then.
pub async fn line(engine: &Engine) -> Result<Line> {
    const COUNT: &str = "SELECT COUNT(*) AS waiting FROM tickets WHERE state = 'waiting'";
    let db = engine.reader();
    let row = db.query_one_raw(sql(db, COUNT, [])).await?;
    let waiting: i64 = row.map_or(Ok(0), |row| row.try_get("", "waiting"))?;
    Ok(Line { waiting: waiting.unsigned_abs(), oldest: oldest(engine).await? })
}

/// How long the first claim in line has waited; zero where none does. It reads one row.
pub(crate) async fn oldest(engine: &Engine) -> Result<TimeDelta> {
    const FIRST: &str = "SELECT accepted_at FROM tickets WHERE state = 'waiting'
        ORDER BY accepted_at, id LIMIT 1";
    let (db, now) = (engine.reader(), engine.now());
    let Some(row) = db.query_one_raw(sql(db, FIRST, [])).await? else {
        return Ok(TimeDelta::zero());
    };
    let first = time(row.try_get("", "accepted_at")?);
    Ok((now - first).max(TimeDelta::zero()))
}

/// How claims of a template are settled, as far as this node knows. Both lanes give the same answers,
/// so it does no harm that this may be a second old.
pub async fn lane(engine: &Engine, template: TemplateId) -> Result<Lane> {
    let known = templates::known::current(engine).await?;
    Ok(known.get(template).map(|template| template.lane).unwrap_or_default())
}

/// A ticket for an order system, settled now if need be, and the coupon it became.
pub async fn read(engine: &Engine, _: &Claiming, id: TicketId) -> Result<(Ticket, Option<Coupon>)> {
    settle_now(engine, find(engine, id).await?).await
}

/// A shopper's own ticket, likewise; another's is missing.
pub async fn own(
    engine: &Engine,
    shopper: &Shopper,
    id: TicketId,
) -> Result<(Ticket, Option<Coupon>)> {
    let ticket = find(engine, id).await?;
    if ticket.shopper != shopper.id {
        return Err(Error::Missing);
    }
    settle_now(engine, ticket).await
}

/// Answers a claim ahead of its turn, for a shopper who reads the answer right now. Where that cannot be
/// done it goes on waiting.
pub async fn hasten(engine: &Engine, shopper: &Shopper, taken: Taken) -> Result<Taken> {
    let ticket = match taken {
        Taken::Ticket(ticket) => ticket,
        settled @ Taken::Coupon(_) => return Ok(settled),
    };
    catch_up(engine, std::slice::from_ref(&shopper.id)).await;
    match own(engine, shopper, ticket.id).await {
        Ok((Ticket { standing: Standing::Refused(refusal), .. }, _)) => Err(refusal.into()),
        Ok((_, Some(coupon))) => Ok(Taken::Coupon(coupon)),
        Ok((ticket, None)) => Ok(Taken::Ticket(ticket)),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a claim left to the worker");
            Ok(Taken::Ticket(ticket))
        }
    }
}

async fn settle_now(engine: &Engine, mut ticket: Ticket) -> Result<(Ticket, Option<Coupon>)> {
    if ticket.is_waiting() {
        settle_one(engine, ticket.id).await?;
        ticket = find(engine, ticket.id).await?;
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

/// The tickets of a shopper that somebody who looks wants to hear of, newest first: those that wait,
/// and those that were answered since a moment.
pub(crate) async fn latest(
    db: &impl ConnectionTrait,
    shopper: &ShopperId,
    since: Time,
) -> Result<Vec<Ticket>> {
    const READ: &str = "SELECT * FROM tickets WHERE bucket = $1 AND shopper = $2
            AND (state = 'waiting' OR settled_at >= $3)
        ORDER BY accepted_at DESC, id DESC LIMIT $4";
    let values = [
        bucket(shopper).into(),
        shopper.as_str().into(),
        since.timestamp_micros().into(),
        LOOKED_AT.into(),
    ];
    let found = ticket::Entity::find().from_raw_sql(sql(db, READ, values)).all(db).await?;
    found.into_iter().map(fill).collect()
}

/// Nobody looks at more of them on a page.
const LOOKED_AT: i64 = 100;

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
