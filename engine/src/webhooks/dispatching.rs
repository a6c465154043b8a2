//! Turns what happened into deliveries, for each endpoint from where it stands.

use std::collections::BTreeSet;

use domain::actor::System;
use domain::ids::Bucket;
use domain::{Time, WebhookId};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use super::records::{self, Entry, Record};
use super::{Topic, all_on};
use crate::entity::webhook;
use crate::events::Cursor;
use crate::store::rows::{self, rows};
use crate::store::{fresh_id_in, sql};
use crate::tx::Tx;
use crate::{Engine, Result};

/// How many entries of a record are read at a time.
const SLICE: u32 = 500;

rows! {
    /// A delivery, to be sent as soon as somebody comes to it.
    struct NewDelivery {
        bucket: i64,
        id: Uuid,
        event: String,
        topic: &'static str,
        body: String,
    }
}

/// Writes what every endpoint wants to be told of what happened since it was last looked at; answers
/// how many deliveries that are. For the worker.
pub async fn dispatch(engine: &Engine, _: System) -> Result<usize> {
    let mut written = 0;
    for webhook in all_on(engine).await? {
        written += catch_up(engine, webhook).await?;
    }
    Ok(written)
}

async fn catch_up(engine: &Engine, mut webhook: webhook::Model) -> Result<usize> {
    let wanted: BTreeSet<Topic> = webhook.topics.split(' ').filter_map(Topic::parse).collect();
    let mut written = 0;
    loop {
        let (events_at, changes_at) = places(&webhook);
        let events = records::after(engine, Record::Events, events_at, SLICE).await?;
        let changes = records::after(engine, Record::Changes, changes_at, SLICE).await?;
        if events.is_empty() && changes.is_empty() {
            return Ok(written);
        }
        let to = (last(&events, events_at), last(&changes, changes_at));
        let is_whole = events.len().max(changes.len()) < SLICE as usize;
        let now = engine.now();
        let told = events.into_iter().chain(changes);
        let told: Vec<NewDelivery> =
            told.filter_map(|entry| delivery(&wanted, entry, now)).collect();
        let tx = engine.begin().await?;
        if !move_on(&tx, &webhook, to).await? {
            // Another node was here, or the endpoint was switched off.
            return Ok(written);
        }
        written += write(&tx, WebhookId(webhook.id), &told, now).await?;
        tx.commit().await?;
        if is_whole {
            return Ok(written);
        }
        let (events, changes) = to;
        (webhook.events_xid, webhook.events_n) = (events.xid, events.n);
        (webhook.changes_xid, webhook.changes_n) = (changes.xid, changes.n);
    }
}

fn places(webhook: &webhook::Model) -> (Cursor, Cursor) {
    let events = Cursor { xid: webhook.events_xid, n: webhook.events_n };
    (events, Cursor { xid: webhook.changes_xid, n: webhook.changes_n })
}

fn last(entries: &[Entry], place: Cursor) -> Cursor {
    entries.last().map_or(place, |entry| entry.place)
}

/// Only from where it was read: of two nodes that read the same one writes it.
async fn move_on(tx: &Tx, from: &webhook::Model, to: (Cursor, Cursor)) -> Result<bool> {
    const MOVE: &str = "UPDATE webhooks
        SET events_xid = $2, events_n = $3, changes_xid = $4, changes_n = $5
        WHERE id = $1 AND off IS NULL
            AND events_xid = $6 AND events_n = $7 AND changes_xid = $8 AND changes_n = $9";
    let numbers =
        |(events, changes): (Cursor, Cursor)| [events.xid, events.n, changes.xid, changes.n];
    let places = numbers(to).into_iter().chain(numbers(places(from))).map(Into::into);
    let values = std::iter::once(from.id.into()).chain(places);
    Ok(tx.execute_raw(sql(tx, MOVE, values)).await?.rows_affected() == 1)
}

fn delivery(wanted: &BTreeSet<Topic>, entry: Entry, now: Time) -> Option<NewDelivery> {
    let topic = entry.topic.filter(|topic| wanted.contains(topic))?;
    Some(new_delivery(topic, entry.bucket, entry.id, &entry.data, entry.at, now))
}

/// What is told of something that happened `at` a moment; `event` names it among all that is told.
pub(super) fn new_delivery(
    topic: Topic,
    bucket: Bucket,
    event: String,
    data: &Value,
    at: Time,
    now: Time,
) -> NewDelivery {
    let body = json!({ "type": topic.as_str(), "timestamp": at, "data": data });
    NewDelivery {
        bucket: i64::from(bucket.number()),
        id: fresh_id_in(bucket, now),
        event,
        topic: topic.as_str(),
        body: body.to_string(),
    }
}

/// Writes deliveries to one endpoint; those that are there already stay as they are.
pub(super) async fn write(
    tx: &Tx,
    webhook: WebhookId,
    told: &[NewDelivery],
    now: Time,
) -> Result<usize> {
    const WRITE: &str = "INSERT INTO deliveries
            (bucket, id, webhook, event, topic, body, state, due_at, created_at)
        SELECT bucket, id, $2, event, topic, body, 'waiting', $3, $3 FROM {rows} WHERE TRUE
        ON CONFLICT (bucket, webhook, event) DO NOTHING";
    if told.is_empty() {
        return Ok(0);
    }
    let values = [webhook.0.into(), now.timestamp_micros().into()];
    let written = tx.execute_raw(rows::statement(tx, WRITE, told, values)?).await?;
    Ok(usize::try_from(written.rows_affected()).unwrap_or(usize::MAX))
}
