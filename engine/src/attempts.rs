//! Counts failures against a subject (a login, an actor, a device, an address) and makes it wait.

use chrono::TimeDelta;
use domain::risk::seconds_until;
use domain::{Refusal, Time};
use sea_orm::ConnectionTrait;

use crate::clock::time;
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Result};

/// How many failures are put up with, and within how long, counted from the first of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) failures: u32,
    pub(crate) within: TimeDelta,
}

/// Counts an attempt before it is known whether it fails, so that many at once are no way around
/// the limit; [`forgive`] takes it back when it did not. Refuses `too_many_attempts`.
pub(crate) async fn charge(tx: &Tx, subject: &str, patience: Patience, now: Time) -> Result<()> {
    const CHARGE: &str = "INSERT INTO attempts (subject, failures, since) VALUES ($1, 1, $2)
        ON CONFLICT (subject) DO UPDATE SET
            failures = CASE WHEN attempts.since <= $3 THEN 1 ELSE attempts.failures + 1 END,
            since = CASE WHEN attempts.since <= $3 THEN $2 ELSE attempts.since END
        WHERE attempts.since <= $3 OR attempts.failures < $4";
    let forgotten = now - patience.within;
    let values = [
        subject.into(),
        now.timestamp_micros().into(),
        forgotten.timestamp_micros().into(),
        i64::from(patience.failures).into(),
    ];
    let counted = tx.execute_raw(sql(tx, CHARGE, values)).await?.rows_affected();
    if counted == 1 {
        return Ok(());
    }
    let ends = since(tx, subject).await?.unwrap_or(now) + patience.within;
    Err(Refusal::TooManyAttempts { retry_after: seconds_until(ends, now) }.into())
}

/// Takes back one attempt that was no failure; those before it stay counted.
pub(crate) async fn excuse(db: &impl ConnectionTrait, subject: &str) -> Result<()> {
    const EXCUSE: &str =
        "UPDATE attempts SET failures = failures - 1 WHERE subject = $1 AND failures > 0";
    db.execute_raw(sql(db, EXCUSE, [subject.into()])).await?;
    Ok(())
}

/// Forgets the failures of a subject that has succeeded.
pub(crate) async fn forgive(db: &impl ConnectionTrait, subject: &str) -> Result<()> {
    const FORGIVE: &str = "DELETE FROM attempts WHERE subject = $1";
    db.execute_raw(sql(db, FORGIVE, [subject.into()])).await?;
    Ok(())
}

/// Removes counts older than a day, at most `limit` of them; answers how many. For the worker.
pub async fn sweep(engine: &Engine, limit: u32) -> Result<u64> {
    const SWEEP: &str = "DELETE FROM attempts WHERE subject IN
        (SELECT subject FROM attempts WHERE since < $1 ORDER BY since LIMIT $2) AND since < $1";
    let before = engine.now() - TimeDelta::days(1);
    let values = [before.timestamp_micros().into(), i64::from(limit).into()];
    engine.remove(SWEEP, values).await
}

async fn since(tx: &Tx, subject: &str) -> Result<Option<Time>> {
    const READ: &str = "SELECT since FROM attempts WHERE subject = $1";
    let row = tx.query_one_raw(sql(tx, READ, [subject.into()])).await?;
    Ok(row.map(|row| row.try_get_by(0)).transpose()?.map(time))
}
