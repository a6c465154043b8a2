//! Gives coupons: a chunk of recipients in one transaction, with their failures and the place that
//! the grant has come to.

use domain::actor::System;
use domain::{GrantId, Refusal, ShopperId, TemplateId};
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::failures::{self, Failure};
use super::work::Step;
use super::{State, record};
use crate::entity::grant;
use crate::issuance::{self, Claim};
use crate::store::sql;
use crate::tx::Tx;
use crate::wallet::Coupon;
use crate::{Engine, Error, Fault, Result, risk};

/// `None` where a row is no longer as it was read.
pub(super) async fn step(
    engine: &Engine,
    tx: &Tx,
    grant: &grant::Model,
    chunk: usize,
    memory: &risk::Memory<'_>,
    locked: bool,
) -> Result<Option<Step>> {
    let id = GrantId(grant.id);
    let recipients = recipients(tx, id, grant.place, chunk).await?;
    let now = engine.now();
    let claim = |(_, shopper): &(i64, ShopperId)| Claim {
        is_given: true,
        accepted_at: now,
        ..Claim::new(engine, shopper, TemplateId(grant.template))
    };
    let claims: Vec<Claim> = recipients.iter().map(claim).collect();
    let settled = issuance::try_to_settle(engine, tx, &claims, memory, locked).await?;
    let Some(outcomes) = settled else { return Ok(None) };
    if let Some(refusal) = of_the_template(&outcomes) {
        stop(engine, tx, id, refusal).await?;
        return Ok(Some(Step::OVER));
    }
    let failed = failed(&recipients, outcomes)?;
    failures::write(tx, id, &failed).await?;
    let place = recipients.last().map_or(grant.place, |(position, _)| *position);
    let given = recipients.len() - failed.len();
    let is_last = recipients.len() < chunk;
    move_on(engine, tx, id, Moved { place, given, failed: failed.len(), is_last }).await?;
    Ok(Some(Step { done: recipients.len(), goes_on: !is_last }))
}

/// The recipients behind a place, in the order of the list.
pub(super) async fn recipients(
    db: &impl ConnectionTrait,
    id: GrantId,
    place: i64,
    limit: usize,
) -> Result<Vec<(i64, ShopperId)>> {
    const READ: &str = "SELECT position, shopper FROM grant_recipients
        WHERE grant_id = $1 AND position > $2 ORDER BY position LIMIT $3";
    let values = [id.0.into(), place.into(), (limit as i64).into()];
    let rows = db.query_all_raw(sql(db, READ, values)).await?;
    let recipient = |row: &sea_orm::QueryResult| {
        let shopper: String = row.try_get("", "shopper")?;
        let shopper = ShopperId::new(shopper).map_err(|_| Fault::new("a recipient reads oddly"))?;
        Ok((row.try_get("", "position")?, shopper))
    };
    rows.iter().map(recipient).collect()
}

/// What is said of the template and not of anybody: then it is said to all of them alike, nothing was
/// written, and they keep their turn.
fn of_the_template(outcomes: &[Result<Coupon>]) -> Option<&Refusal> {
    match outcomes.first() {
        Some(Err(Error::Refused(
            refusal @ (Refusal::Paused | Refusal::ClaimClosed | Refusal::NotFound),
        ))) => Some(refusal),
        _ => None,
    }
}

/// A template that is paused, or is looked at again after an edit, pauses its grants; one that is over
/// ends them.
async fn stop(engine: &Engine, tx: &Tx, id: GrantId, refusal: &Refusal) -> Result<()> {
    const STOP: &str = "UPDATE grants SET state = $2, stopped_by = $3, ended_at = $4 WHERE id = $1";
    let now = engine.now();
    let (to, action) = match refusal {
        Refusal::ClaimClosed => (State::Cancelled, "cancelled"),
        _ => (State::Paused, "paused"),
    };
    let ended_at = to.is_over().then(|| now.timestamp_micros());
    let code = refusal.code();
    let values = [id.0.into(), to.as_str().into(), code.into(), ended_at.into()];
    tx.execute_raw(sql(tx, STOP, values)).await?;
    let why = json!({ "stopped_by": code });
    record(tx, System.actor(), id, action, None, Some(why), now).await
}

fn failed(recipients: &[(i64, ShopperId)], outcomes: Vec<Result<Coupon>>) -> Result<Vec<Failure>> {
    let mut failed = Vec::new();
    for ((position, shopper), outcome) in recipients.iter().zip(outcomes) {
        match outcome {
            Ok(_) => {}
            Err(Error::Refused(refusal)) => failed.push(Failure {
                position: position.unsigned_abs(),
                shopper: shopper.to_string(),
                refusal,
            }),
            Err(error) => return Err(error),
        }
    }
    Ok(failed)
}

/// How far a chunk has brought the grant.
struct Moved {
    place: i64,
    given: usize,
    failed: usize,
    is_last: bool,
}

async fn move_on(engine: &Engine, tx: &Tx, id: GrantId, moved: Moved) -> Result<()> {
    const MOVE: &str = "UPDATE grants SET place = $2, given = given + $3, failed = failed + $4,
            state = $5, ended_at = $6
        WHERE id = $1";
    let state = if moved.is_last { State::Done } else { State::Running };
    let ended_at = moved.is_last.then(|| engine.now().timestamp_micros());
    let values = [
        id.0.into(),
        moved.place.into(),
        (moved.given as i64).into(),
        (moved.failed as i64).into(),
        state.as_str().into(),
        ended_at.into(),
    ];
    tx.execute_raw(sql(tx, MOVE, values)).await?;
    Ok(())
}
