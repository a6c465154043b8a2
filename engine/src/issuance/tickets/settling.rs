//! Settling claims that wait, as any batch of claims is settled. Their tickets are marked in the
//! transaction that makes the coupons, so that each is settled once, whoever dies in between.

use chrono::TimeDelta;
use domain::actor::System;
use domain::{Refusal, ShopperId, TicketId};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};
use uuid::Uuid;

use super::claim;
use crate::entity::ticket;
use crate::issuance::{self, Claim, manners, tell};
use crate::store::rows::{self, rows};
use crate::store::shoppers::ShopperKey;
use crate::store::sql;
use crate::tx::{Tries, Tx};
use crate::wallet::Coupon;
use crate::{Engine, Error, Fault, Result, risk, templates};

/// The most that are settled ahead of their turn at once.
const OWN: i64 = 500;

/// How long one that could not be settled is left alone.
const PUT_OFF: TimeDelta = TimeDelta::minutes(1);

/// How long a ticket with its answer is kept.
const KEPT: TimeDelta = TimeDelta::days(90);

/// Names the turn of the worker among PostgreSQL's advisory locks: "line" in ASCII.
const TURN: i64 = 0x6c69_6e65;

/// Which of those that wait.
#[derive(Debug, Clone, Copy)]
enum Which<'a> {
    /// So many, those first that were accepted first.
    First(usize),
    /// Those of these shoppers.
    Of(&'a [ShopperId]),
    /// One alone.
    One(TicketId),
}

/// Settles those that were accepted first, at most `limit` of them; answers how many. Of several nodes
/// one does it at a time, so that nobody is served before those ahead of them; a node that dies leaves
/// them to the others as they were. For the worker.
pub async fn settle_due(engine: &Engine, _: System, limit: u32) -> Result<usize> {
    let is_any = ids(engine, Which::First(1)).await?;
    if is_any.is_empty() {
        return Ok(0);
    }
    let most = manners::after_claims_at_once(engine).await.min(limit as usize);
    settle(engine, Which::First(most)).await
}

/// Returns when somebody has told over Redis that claims wait in line, since this was last asked. For
/// the worker, who comes by in any case.
pub async fn called(engine: &Engine) {
    engine.0.called.notified().await;
}

/// The fast lane: settles what waits of these shoppers, ahead of their turn; answers how many.
///
/// Most of the time there is nothing, and no query where no template has a queue. Of one that had
/// until a moment ago the worker sees to what still waits.
pub async fn settle_of(engine: &Engine, shoppers: &[ShopperId]) -> Result<usize> {
    let has_queues = templates::known::current(engine).await?.has_queues;
    if !has_queues || ids(engine, Which::Of(shoppers)).await?.is_empty() {
        return Ok(0);
    }
    settle(engine, Which::Of(shoppers)).await
}

/// The same for those who came for something else, and get it also where this fails: the worker will
/// settle what waits.
pub async fn catch_up(engine: &Engine, shoppers: &[ShopperId]) {
    if let Err(error) = settle_of(engine, shoppers).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "claims left to the worker");
    }
}

/// Settles one that somebody asks for, if it waits.
pub(super) async fn settle_one(engine: &Engine, id: TicketId) -> Result<usize> {
    settle(engine, Which::One(id)).await
}

/// Removes tickets that had their answer long ago, at most `limit` of them; answers how many. For the
/// worker.
pub async fn sweep(engine: &Engine, limit: u32) -> Result<u64> {
    const SWEEP: &str = "DELETE FROM tickets WHERE (bucket, id) IN
        (SELECT bucket, id FROM tickets WHERE settled_at < $1 ORDER BY settled_at LIMIT $2)
        AND settled_at < $1";
    let oldest = (engine.now() - KEPT).timestamp_micros();
    engine.remove(SWEEP, [oldest.into(), i64::from(limit).into()]).await
}

/// Settles them together, or where that cannot be, each by itself.
async fn settle(engine: &Engine, which: Which<'_>) -> Result<usize> {
    let charged = risk::Charged::default();
    match settle_together(engine, which, &charged).await {
        Err(Error::Fault(fault)) if !fault.is_passing() => {
            tracing::error!(
                error = &*fault as &dyn std::error::Error,
                "claims not settled together"
            );
            settle_apart(engine, which, &charged).await
        }
        done => done,
    }
}

/// One that cannot be settled by itself either is put off: it must not keep the others waiting.
async fn settle_apart(engine: &Engine, which: Which<'_>, charged: &risk::Charged) -> Result<usize> {
    let mut done = 0;
    for id in ids(engine, which).await? {
        match settle_together(engine, Which::One(id), charged).await {
            Ok(settled) => done += settled,
            Err(Error::Fault(fault)) if !fault.is_passing() => {
                tracing::error!(
                    ticket = %id,
                    error = &*fault as &dyn std::error::Error,
                    "a claim was not settled"
                );
                put_off(engine, id).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

async fn settle_together(
    engine: &Engine,
    which: Which<'_>,
    charged: &risk::Charged,
) -> Result<usize> {
    let mut tries = Tries::default();
    loop {
        let memory = risk::Memory::current(engine, charged).await?;
        let tx = engine.begin().await?;
        let settled = try_to_settle(engine, &tx, which, &memory, tries.has_failed()).await;
        if let Some((claims, outcomes)) = tries.end(tx, settled).await? {
            charged.committed(engine);
            tell(engine, &claims, &outcomes);
            return Ok(claims.len());
        }
    }
}

/// Claims that were settled, and what came of each.
type Settled = (Vec<Claim>, Vec<Result<Coupon>>);

/// `None` where a row is no longer as it was read.
async fn try_to_settle(
    engine: &Engine,
    tx: &Tx,
    which: Which<'_>,
    memory: &risk::Memory<'_>,
    locked: bool,
) -> Result<Option<Settled>> {
    if matches!(which, Which::First(_)) && !take_turn(tx).await? {
        return Ok(Some((Vec::new(), Vec::new())));
    }
    let read = waiting(engine, tx, which, Hold::Rows)?;
    let mut tickets = ticket::Entity::find().from_raw_sql(read).all(tx).await?;
    if tickets.is_empty() {
        return Ok(Some((Vec::new(), Vec::new())));
    }
    tickets.sort_by_key(|ticket| (ticket.accepted_at, ticket.id));
    let claims: Vec<Claim> = tickets.iter().map(claim).collect::<Result<_>>()?;
    let settled = issuance::try_to_settle(engine, tx, &claims, memory, locked).await?;
    let Some(outcomes) = settled else { return Ok(None) };
    let are_marked = mark(engine, tx, &tickets, &outcomes).await?;
    Ok(are_marked.then_some((claims, outcomes)))
}

/// Whether it is this node's turn, until the transaction ends. SQLite has one writer anyway.
async fn take_turn(tx: &Tx) -> Result<bool> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(true);
    }
    const TAKE: &str = "SELECT pg_try_advisory_xact_lock($1)";
    let row = tx.query_one_raw(sql(tx, TAKE, [TURN.into()])).await?;
    Ok(row.map(|row| row.try_get_by(0)).transpose()?.unwrap_or(false))
}

async fn ids(engine: &Engine, which: Which<'_>) -> Result<Vec<TicketId>> {
    let db = engine.reader();
    let found = db.query_all_raw(waiting(engine, db, which, Hold::Nothing)?).await?;
    found.iter().map(|row| Ok(TicketId(row.try_get("", "id")?))).collect()
}

/// Whether others are kept off what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    Nothing,
    Rows,
}

/// The worker passes over what somebody is at. Whoever comes for their own waits for whoever is: a
/// moment later the answer is there. They hold nothing else by then, so that nobody waits in a circle.
/// Theirs are read by an order and a condition that no index has: PostgreSQL would walk all of it to find
/// one shopper.
fn waiting(
    engine: &Engine,
    db: &impl ConnectionTrait,
    which: Which<'_>,
    hold: Hold,
) -> Result<Statement> {
    const FIRST: &str = "SELECT * FROM tickets
        WHERE state = 'waiting' AND (put_off_until IS NULL OR put_off_until <= $2)
        ORDER BY accepted_at, id LIMIT $1";
    const OF: &str = "SELECT tickets.* FROM {rows} JOIN tickets ON {tickets by bucket, shopper}
        WHERE tickets.state || '' = 'waiting'
            AND (tickets.put_off_until IS NULL OR tickets.put_off_until <= $2)
        ORDER BY tickets.shopper, tickets.accepted_at, tickets.id LIMIT $3";
    const ONE: &str = "SELECT * FROM tickets
        WHERE bucket = $1 AND id = $2 AND state = 'waiting'";
    let holds = hold == Hold::Rows && db.get_database_backend() == DbBackend::Postgres;
    let holding = match which {
        _ if !holds => "",
        Which::First(_) => " FOR UPDATE SKIP LOCKED",
        Which::Of(_) => " FOR UPDATE OF tickets",
        Which::One(_) => " FOR UPDATE",
    };
    let now = engine.now().timestamp_micros();
    Ok(match which {
        Which::First(limit) => {
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            sql(db, FIRST.to_owned() + holding, [limit.into(), now.into()])
        }
        Which::Of(shoppers) => {
            let mut keys: Vec<ShopperKey> = shoppers.iter().map(ShopperKey::from).collect();
            keys.sort_unstable_by(|a, b| a.shopper.cmp(&b.shopper));
            keys.dedup_by(|a, b| a.shopper == b.shopper);
            let text = OF.to_owned() + holding;
            rows::statement(db, &text, &keys, [now.into(), OWN.into()])?
        }
        Which::One(id) => {
            let home = i64::from(id.bucket().number());
            sql(db, ONE.to_owned() + holding, [home.into(), id.0.into()])
        }
    })
}

rows! {
    struct Marked {
        bucket: i64,
        id: Uuid,
        state: &'static str,
        coupon: Option<String>,
        refusal: Option<String>,
    }
}

/// Writes the answers to their tickets; false where one has an answer already.
async fn mark(
    engine: &Engine,
    tx: &Tx,
    tickets: &[ticket::Model],
    outcomes: &[Result<Coupon>],
) -> Result<bool> {
    const MARK: &str = "UPDATE tickets SET state = rows.state, coupon = rows.coupon,
            refusal = rows.refusal, settled_at = $2
        FROM {rows} WHERE {tickets by bucket, id} AND tickets.state || '' = 'waiting'";
    let marked: Vec<Marked> = tickets
        .iter()
        .zip(outcomes)
        .map(|(it, outcome)| marked(it, outcome))
        .collect::<Result<_>>()?;
    let values = [engine.now().timestamp_micros().into()];
    let written = tx.execute_raw(rows::statement(tx, MARK, &marked, values)?).await?;
    Ok(written.rows_affected() == marked.len() as u64)
}

fn marked(ticket: &ticket::Model, outcome: &Result<Coupon>) -> Result<Marked> {
    let refused = |refusal: &Refusal| serde_json::to_string(refusal);
    let (state, coupon, refusal) = match outcome {
        Ok(coupon) => ("settled", Some(coupon.code.to_string()), None),
        Err(Error::Refused(refusal)) => ("refused", None, Some(refused(refusal)?)),
        Err(_) => return Err(Fault::new("a claim was neither settled nor refused").into()),
    };
    Ok(Marked { bucket: ticket.bucket, id: ticket.id, state, coupon, refusal })
}

async fn put_off(engine: &Engine, id: TicketId) -> Result<()> {
    const PUT: &str = "UPDATE tickets SET put_off_until = $3
        WHERE bucket = $1 AND id = $2 AND state = 'waiting'";
    let until = (engine.now() + PUT_OFF).timestamp_micros();
    let values = [i64::from(id.bucket().number()).into(), id.0.into(), until.into()];
    let tx = engine.begin().await?;
    tx.execute_raw(sql(&tx, PUT, values)).await?;
    tx.commit().await
}
