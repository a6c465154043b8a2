//! Sends what is due, at least once, and again until it gets through or was tried for three days.
//!
//! Whoever sends takes a lease on the rows first; of a node that is killed with them others learn by
//! the lease's end. The result is written only by whoever holds the lease.

use chrono::TimeDelta;
use domain::actor::System;
use domain::{DeliveryId, Time, WebhookId};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryResult};
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::outgoing::{Answer, Post};
use super::secrets::Secrets;
use super::{Off, all_on, given_up, record, switch_off};
use crate::entity::webhook;
use crate::store::rows::{self, rows};
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Result};

/// How long to wait after each try that fails: the schedule of the specification, about three days.
/// After the last there is no further try.
const WAITS: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];
/// A wait is up to a tenth longer, so that what failed together does not come back together.
const JITTER: i64 = 10;
/// Longer than an endpoint may take to answer and the store to write that down.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// An endpoint is switched off where something is given up and nothing got through for so long.
const FAILING_MAX: TimeDelta = TimeDelta::days(3);

/// How many one endpoint is sent at once.
const BATCH: u32 = 16;
/// How many batches in one turn, before others have theirs.
const BATCHES: usize = 64;
/// After how long a turn has no further batch: who answers slowly is not to be waited for by the others.
const TURN: TimeDelta = TimeDelta::seconds(5);

/// A delivery under our lease.
struct Taken {
    id: DeliveryId,
    body: String,
    attempts: usize,
}

rows! {
    /// What came of a try.
    struct Tried {
        bucket: i64,
        id: Uuid,
        state: &'static str,
        due_at: Option<i64>,
        status: Option<i64>,
        problem: Option<&'static str>,
        answer: Option<String>,
        ended_at: Option<i64>,
    }
}

/// Sends what is due to the endpoints that answer well, many at a time; answers how many were sent.
/// For the worker.
pub async fn deliver(engine: &Engine, _: System) -> Result<usize> {
    each(engine, |webhook| webhook.failing_since.is_none(), BATCH, BATCHES).await
}

/// The same to each endpoint that failed last: one, to see whether it is there again. A turn of its
/// own, so that those who answer well never wait for those who do not.
pub async fn retry(engine: &Engine, _: System) -> Result<usize> {
    each(engine, |webhook| webhook.failing_since.is_some(), 1, 1).await
}

/// All such endpoints side by side.
async fn each(
    engine: &Engine,
    is_meant: fn(&webhook::Model) -> bool,
    batch: u32,
    batches: usize,
) -> Result<usize> {
    let mut turns = JoinSet::new();
    for webhook in all_on(engine).await?.into_iter().filter(is_meant) {
        let (engine, id) = (engine.clone(), WebhookId(webhook.id));
        turns.spawn(async move { turn(&engine, id, is_meant, batch, batches).await });
    }
    let (mut sent, mut outcome) = (0, Ok(()));
    while let Some(turn) = turns.join_next().await {
        match turn? {
            Ok(count) => sent += count,
            Err(error) => outcome = Err(error),
        }
    }
    outcome.map(|()| sent)
}

async fn turn(
    engine: &Engine,
    id: WebhookId,
    is_meant: fn(&webhook::Model) -> bool,
    batch: u32,
    batches: usize,
) -> Result<usize> {
    let (mut sent, until) = (0, engine.now() + TURN);
    for _ in 0..batches {
        let _permit = engine.0.outgoing.permit(batch).await?;
        // Read anew each time: it may have been switched off, or got another secret.
        let webhook = webhook::Entity::find_by_id(id.0).one(engine.reader()).await?;
        let Some(webhook) = webhook.filter(|it| it.off.is_none() && is_meant(it)) else {
            break;
        };
        let now = engine.now();
        let lease = now + LEASE;
        let taken = take(engine, id, now, lease, batch).await?;
        if taken.is_empty() {
            break;
        }
        let tried = send(engine, &webhook, taken, now).await?;
        sent += tried.len();
        write_down(engine, &webhook, tried, lease).await?;
        if engine.now() >= until {
            break;
        }
    }
    Ok(sent)
}

/// Takes what has been due longest; what another node has, it passes over.
async fn take(
    engine: &Engine,
    webhook: WebhookId,
    now: Time,
    lease: Time,
    limit: u32,
) -> Result<Vec<Taken>> {
    const TAKE: &str = "WITH due (due_bucket, due_id) AS MATERIALIZED (
            SELECT bucket, id FROM deliveries
            WHERE webhook = $1 AND state = 'waiting' AND due_at <= $2
                AND (leased_until IS NULL OR leased_until <= $2)
            ORDER BY due_at LIMIT $4 {skipping}
        )
        UPDATE deliveries SET leased_until = $3, tried_at = $2, attempts = attempts + 1
        FROM due WHERE bucket = due_bucket AND id = due_id
        RETURNING id, body, attempts";
    let tx = engine.begin().await?;
    let skipping = match tx.get_database_backend() {
        DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let values = [
        webhook.0.into(),
        now.timestamp_micros().into(),
        lease.timestamp_micros().into(),
        i64::from(limit).into(),
    ];
    let take = sql(&tx, TAKE.replace("{skipping}", skipping), values);
    let rows = tx.query_all_raw(take).await?;
    let taken = rows.iter().map(taken).collect::<Result<Vec<_>>>()?;
    tx.commit().await?;
    Ok(taken)
}

fn taken(row: &QueryResult) -> Result<Taken> {
    let attempts: i64 = row.try_get("", "attempts")?;
    Ok(Taken {
        id: DeliveryId(row.try_get("", "id")?),
        body: row.try_get("", "body")?,
        attempts: usize::try_from(attempts).unwrap_or(usize::MAX),
    })
}

async fn send(
    engine: &Engine,
    webhook: &webhook::Model,
    taken: Vec<Taken>,
    now: Time,
) -> Result<Vec<(Taken, Answer)>> {
    let secrets = Secrets::of(webhook)?;
    let mut posts = JoinSet::new();
    for taken in taken {
        let id = format!("msg_{}", taken.id.0.simple());
        let post = Post {
            url: webhook.url.clone(),
            timestamp: now.timestamp(),
            signature: secrets.sign(&id, now, &taken.body)?,
            id,
            body: taken.body.clone(),
        };
        let engine = engine.clone();
        posts.spawn(async move { (taken, engine.0.outgoing.post(post).await) });
    }
    let mut tried = Vec::new();
    while let Some(post) = posts.join_next().await {
        tried.push(post?);
    }
    Ok(tried)
}

/// Writes down what came of a batch, and what that says of the endpoint.
async fn write_down(
    engine: &Engine,
    webhook: &webhook::Model,
    tried: Vec<(Taken, Answer)>,
    lease: Time,
) -> Result<()> {
    const WRITE: &str = "UPDATE deliveries SET state = rows.state,
            due_at = COALESCE(rows.due_at, deliveries.due_at), leased_until = NULL,
            status = rows.status, problem = rows.problem, answer = rows.answer,
            ended_at = rows.ended_at
        FROM {rows} WHERE {deliveries by bucket, id} AND deliveries.leased_until = $2";
    let id = WebhookId(webhook.id);
    let now = engine.now();
    let is_gone = tried.iter().any(|(_, answer)| answer.is_gone());
    let is_well = tried.iter().any(|(_, answer)| answer.is_good());
    let rows: Vec<Tried> =
        tried.into_iter().map(|(taken, answer)| result(&taken, answer, now)).collect();
    let is_given_up = rows.iter().any(|row| row.state == "dead");

    let tx = engine.begin().await?;
    let lease = lease.timestamp_micros();
    tx.execute_raw(rows::statement(&tx, WRITE, &rows, [lease.into()])?).await?;
    note(&tx, id, is_well, now).await?;
    if is_gone && switch_off(&tx, id, Off::Gone).await? {
        record_off(&tx, id, Off::Gone, now).await?;
    } else if is_given_up
        && has_failed_long(&tx, id, now).await?
        && switch_off(&tx, id, Off::Failing).await?
    {
        record_off(&tx, id, Off::Failing, now).await?;
    }
    if is_given_up {
        given_up::tell(&tx, webhook, now).await?;
    }
    tx.commit().await
}

fn result(taken: &Taken, answer: Answer, now: Time) -> Tried {
    let wait = WAITS.get(taken.attempts.saturating_sub(1)).filter(|_| !answer.is_gone());
    let (state, due_at) = match wait {
        _ if answer.is_good() => ("delivered", None),
        Some(wait) => ("waiting", Some((now + jittered(*wait)).timestamp_micros())),
        None => ("dead", None),
    };
    Tried {
        bucket: i64::from(taken.id.bucket().number()),
        id: taken.id.0,
        state,
        due_at,
        status: answer.status.map(i64::from),
        problem: answer.problem,
        answer: answer.text,
        ended_at: due_at.is_none().then(|| now.timestamp_micros()),
    }
}

fn jittered(wait: TimeDelta) -> TimeDelta {
    let most = wait.num_milliseconds() / JITTER;
    wait + TimeDelta::milliseconds(rand::random_range(0..=most))
}

/// Notes whether anything got through; only where that changes something.
async fn note(tx: &Tx, id: WebhookId, is_well: bool, now: Time) -> Result<()> {
    const WELL: &str = "UPDATE webhooks SET failing_since = NULL
        WHERE id = $1 AND failing_since IS NOT NULL";
    const FAILING: &str = "UPDATE webhooks SET failing_since = $2
        WHERE id = $1 AND failing_since IS NULL";
    let note = match is_well {
        true => sql(tx, WELL, [id.0.into()]),
        false => sql(tx, FAILING, [id.0.into(), now.timestamp_micros().into()]),
    };
    tx.execute_raw(note).await?;
    Ok(())
}

async fn has_failed_long(tx: &Tx, id: WebhookId, now: Time) -> Result<bool> {
    const ASK: &str = "SELECT 1 FROM webhooks WHERE id = $1 AND failing_since <= $2";
    let since = (now - FAILING_MAX).timestamp_micros();
    Ok(tx.query_one_raw(sql(tx, ASK, [id.0.into(), since.into()])).await?.is_some())
}

async fn record_off(tx: &Tx, id: WebhookId, why: Off, now: Time) -> Result<()> {
    let (old, new) = (json!({ "off": null }), json!({ "off": why.as_str() }));
    record(tx, System.actor(), id, "switched_off", Some(old), Some(new), now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_for_about_three_days() {
        let total: TimeDelta = WAITS.iter().copied().sum();
        assert!((TimeDelta::days(3)..TimeDelta::days(4)).contains(&total), "{total}");
        for wait in WAITS {
            let jittered = jittered(wait);
            assert!(jittered >= wait && jittered <= wait + wait / 10);
        }
    }
}
