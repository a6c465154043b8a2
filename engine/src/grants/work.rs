//! The background job: takes one grant at a time and goes on with it chunk by chunk.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use domain::actor::System;
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

use super::{State, checking, pages, running};
use crate::entity::grant;
use crate::issuance::after_claims;
use crate::store::leases::{Lease, Work};
use crate::store::sql;
use crate::{Engine, Fault, Result, risk};

const WORK: Work = Work { table: "grants", states: "'checking', 'running'" };

/// Chunks of one grant before another has its turn.
const TURN: usize = 10;

/// What came of a chunk.
pub(super) struct Step {
    /// How many entries, shoppers or recipients it went through.
    pub(super) done: usize,
    /// There is more to do.
    pub(super) goes_on: bool,
}

impl Step {
    /// Nothing more is to be done for now, or not by us.
    pub(super) const OVER: Self = Self { done: 0, goes_on: false };
}

/// Goes on with the grant that was worked at longest ago, for a few chunks; answers how many entries,
/// shoppers or recipients it went through. For the worker, on any number of nodes.
pub async fn work(engine: &Engine, _: System) -> Result<usize> {
    let Some(mut lease) = WORK.take(engine).await? else { return Ok(0) };
    let mut done = 0;
    for _ in 0..TURN {
        let chunk = after_claims(engine).await;
        // Somebody may have paused or cancelled it, or another node has it.
        let Some((step, held)) = step(engine, lease, chunk).await? else { return Ok(done) };
        (done, lease) = (done + step.done, held);
        if !step.goes_on {
            break;
        }
    }
    WORK.release(engine, lease).await?;
    Ok(done)
}

/// One chunk of whatever the grant is at, in one transaction.
async fn step(engine: &Engine, lease: Lease, chunk: usize) -> Result<Option<(Step, Lease)>> {
    let has_failed = &AtomicBool::new(false);
    let charged = risk::Charged::default();
    let memory = &risk::Memory::current(engine, &charged).await?;
    engine
        .transact(None, |tx| async move {
            // Where others were faster once, their rows are kept from them at the next try.
            let locked = has_failed.swap(true, Relaxed);
            let Some(held) = WORK.hold(&tx, lease, engine.now()).await? else {
                return Ok(Some(None));
            };
            let grant = grant::Entity::find_by_id(lease.id).one(&*tx).await?;
            let grant = grant.ok_or_else(|| Fault::new("a grant is there and is not"))?;
            let step = match State::parse(&grant.state) {
                Some(State::Checking) => {
                    Some(checking::step(engine, &tx, &grant, chunk, memory).await?)
                }
                _ => running::step(engine, &tx, &grant, chunk, memory, locked).await?,
            };
            Ok(step.map(|step| Some((step, held))))
        })
        .await
}

/// Removes what grants that have ended no longer need, and lists whose grant never came: about
/// `limit` rows at most; answers how many. For the worker.
pub async fn sweep(engine: &Engine, _: System, limit: u32) -> Result<u64> {
    const ENDED: &str = "SELECT id FROM grants WHERE ended_at IS NOT NULL AND NOT cleared
        ORDER BY ended_at LIMIT 1";
    let db = engine.reader();
    let mut removed = pages::sweep(engine, engine.now(), limit).await?;
    while removed < u64::from(limit) {
        let Some(row) = db.query_one_raw(sql(db, ENDED, [])).await? else { break };
        removed += clear(engine, row.try_get_by(0)?, limit).await?;
    }
    Ok(removed)
}

/// Removes a grant's pages, and as many of its recipients as go; with the last it is cleared.
async fn clear(engine: &Engine, id: Uuid, limit: u32) -> Result<u64> {
    const PAGES: &str = "DELETE FROM grant_pages WHERE grant_id = $1";
    const RECIPIENTS: &str = "DELETE FROM grant_recipients WHERE (bucket, grant_id, shopper) IN
        (SELECT bucket, grant_id, shopper FROM grant_recipients WHERE grant_id = $1 LIMIT $2)";
    const CLEARED: &str = "UPDATE grants SET cleared = TRUE WHERE id = $1";
    let tx = engine.begin().await?;
    let pages = tx.execute_raw(sql(&tx, PAGES, [id.into()])).await?.rows_affected();
    let recipients = sql(&tx, RECIPIENTS, [id.into(), i64::from(limit).into()]);
    let recipients = tx.execute_raw(recipients).await?.rows_affected();
    if recipients < u64::from(limit) {
        tx.execute_raw(sql(&tx, CLEARED, [id.into()])).await?;
    }
    tx.commit().await?;
    Ok(pages + recipients)
}
