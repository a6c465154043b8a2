//! Looks through the books every night. What does not balance is put before ops, and taken away again
//! once it does.

use chrono::TimeDelta;
use domain::Time;
use domain::actor::System;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::check;
use crate::store::{exceptions, sql};
use crate::tx::Tx;
use crate::{Engine, Result};

/// When in the shop's day; few are at work then.
const NIGHT: TimeDelta = TimeDelta::hours(4);

/// Longer than it takes; of a node that died in the middle others learn by its end.
const TURN: TimeDelta = TimeDelta::hours(1);

/// What the exception is called, and what it is about: there is one set of books.
const BOOKS: &str = "books";

/// The most sentences that are kept with an exception; `quan doctor` tells all of them.
const TOLD_MAX: usize = 20;

/// Checks the books unless somebody has since last night; answers whether it did. For the worker.
pub async fn watch(engine: &Engine, by: System) -> Result<bool> {
    if !take_turn(engine, engine.now()).await? {
        return Ok(false);
    }
    // In a task of its own: whatever else the worker does goes on beside it.
    let looking = engine.clone();
    let wrong = tokio::spawn(async move { check(&looking, by).await }).await??;
    if !wrong.is_empty() {
        tracing::error!(n = wrong.len(), "the books do not balance");
    }
    let wrong = wrong.as_slice();
    engine.transact(None, |tx| async move { tell(engine, &tx, wrong).await.map(Some) }).await?;
    Ok(true)
}

/// Whether it is due and ours. A store that was never looked through waits for its first night.
async fn take_turn(engine: &Engine, now: Time) -> Result<bool> {
    const LOOK: &str = "SELECT leased_until FROM turns WHERE job = 'books'";
    const BEGIN: &str =
        "INSERT INTO turns (job, leased_until) VALUES ('books', $1) ON CONFLICT DO NOTHING";
    const TAKE: &str =
        "UPDATE turns SET leased_until = $2 WHERE job = 'books' AND leased_until <= $1";
    let (db, micros) = (engine.reader(), now.timestamp_micros());
    let due = db.query_one_raw(sql(db, LOOK, [])).await?;
    let due: Option<i64> = due.map(|row| row.try_get("", "leased_until")).transpose()?;
    if due.is_some_and(|due| micros < due) {
        return Ok(false);
    }
    let tx = engine.begin().await?;
    let is_ours = match due {
        None => {
            tx.execute_raw(sql(&tx, BEGIN, [next_night(engine, now).into()])).await?;
            false
        }
        Some(_) => {
            let values = [micros.into(), (now + TURN).timestamp_micros().into()];
            tx.execute_raw(sql(&tx, TAKE, values)).await?.rows_affected() == 1
        }
    };
    tx.commit().await?;
    Ok(is_ours)
}

fn next_night(engine: &Engine, now: Time) -> i64 {
    let zone = engine.settings().time_zone;
    let of_today = zone.start_of(zone.day(now)) + NIGHT;
    let next = if now < of_today { of_today } else { zone.next_midnight(now) + NIGHT };
    next.timestamp_micros()
}

/// Puts what is wrong before ops, in the place of what was wrong last night; where nothing is, that is
/// settled.
async fn tell(engine: &Engine, tx: &Tx, wrong: &[String]) -> Result<()> {
    const DONE: &str = "UPDATE turns SET leased_until = $1 WHERE job = 'books'";
    let now = engine.now();
    // First, so that of two who looked at once the second finds what the first has told.
    tx.execute_raw(sql(tx, DONE, [next_night(engine, now).into()])).await?;
    if wrong.is_empty() {
        return exceptions::resolve_open(tx, BOOKS, BOOKS, now).await;
    }
    let data = json!({ "n": wrong.len(), "wrong": &wrong[..wrong.len().min(TOLD_MAX)] });
    exceptions::raise_anew(tx, BOOKS, BOOKS, &data, now).await
}
