//! Reads on in the ledger and in the audit trail: the one place that knows how what happened is
//! turned into what is told.

use domain::ids::Bucket;
use domain::{Channel, OrderRef, Time};
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::{Value, json};

use super::Topic;
use crate::clock::time;
use crate::events::{self, Cursor, Event};
use crate::store::sql;
use crate::{Engine, Result};

/// A record that only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Record {
    /// What happened to coupons.
    Events,
    /// Who changed what; of it, what was done to templates, and what is alarming.
    Changes,
}

/// Something that happened, as it is told.
#[derive(Debug)]
pub(super) struct Entry {
    /// Everything up to it has been read.
    pub(super) place: Cursor,
    /// Names it among all of both records.
    pub(super) id: String,
    /// None for what nobody outside is told.
    pub(super) topic: Option<Topic>,
    pub(super) bucket: Bucket,
    pub(super) at: Time,
    /// In the API's shape.
    pub(super) data: Value,
}

/// What comes after a place, in an order that never changes.
pub(super) async fn after(
    engine: &Engine,
    record: Record,
    place: Cursor,
    limit: u32,
) -> Result<Vec<Entry>> {
    match record {
        Record::Events => {
            let events = events::after(engine, Some(place), limit).await?;
            Ok(events.into_iter().map(|event| of_event(engine, event)).collect())
        }
        Record::Changes => changes_after(engine, place, limit).await,
    }
}

/// As the ledger is read ([`events::after`]).
async fn changes_after(engine: &Engine, place: Cursor, limit: u32) -> Result<Vec<Entry>> {
    let db = engine.reader();
    let behind = events::behind(db);
    // A draft may be long, and is not told.
    let text = format!(
        "SELECT xid, n, id, at, subject_kind, subject, action,
            CASE WHEN subject_kind = 'alert'
                OR subject_kind = 'template' AND action NOT IN ('created', 'edited')
                THEN new END AS new
        FROM changes WHERE {behind} ORDER BY xid, n LIMIT $3"
    );
    let values = [place.xid.into(), place.n.into(), i64::from(limit).into()];
    db.query_all_raw(sql(db, text, values)).await?.iter().map(of_change).collect()
}

/// Where a record ends for now.
pub(super) async fn end(db: &impl ConnectionTrait, record: Record) -> Result<Cursor> {
    let table = match record {
        Record::Events => "events",
        Record::Changes => "changes",
    };
    let settled = events::settled(db);
    let text =
        format!("SELECT xid, n FROM {table} WHERE {settled} ORDER BY xid DESC, n DESC LIMIT 1");
    let last = db.query_one_raw(sql(db, text, [])).await?;
    last.map_or(Ok(Cursor { xid: 0, n: 0 }), |row| Cursor::read(&row))
}

/// As `GET /events` answers it.
fn of_event(engine: &Engine, event: Event) -> Entry {
    let data = json!({
        "id": event.id.to_string(),
        "at": event.at,
        "kind": event.kind.as_str(),
        "template": event.template.to_string(),
        "revision": event.revision,
        "coupon": event.coupon.to_string(),
        "shopper": event.shopper.as_str(),
        "channel": event.channel.as_ref().map(Channel::as_str),
        "order": event.order.as_ref().map(OrderRef::as_str),
        "amount": engine.settings().currency.format(event.amount),
        "state": event.state.as_str(),
    });
    Entry {
        place: event.id,
        id: format!("event:{}", event.id),
        topic: Topic::of_event(event.kind),
        bucket: Bucket::of(event.shopper.as_str()),
        at: event.at,
        data,
    }
}

/// What became of a template is told without the template itself, which may be long: whoever wants
/// it asks for it. `state` is the one it was moved to; nothing where it was not moved. An alert is
/// told whole.
fn of_change(row: &QueryResult) -> Result<Entry> {
    let subject: String = row.try_get("", "subject")?;
    let subject_kind: String = row.try_get("", "subject_kind")?;
    let action: String = row.try_get("", "action")?;
    let id: uuid::Uuid = row.try_get("", "id")?;
    let at = time(row.try_get("", "at")?);
    let new: Option<String> = row.try_get("", "new")?;
    let new: Value = new.map_or(Ok(Value::Null), |new| serde_json::from_str(&new))?;
    let topic = Topic::of_change(&subject_kind, &action);
    let kind = topic.and_then(|topic| topic.as_str().split_once('.')).map_or("", |(_, kind)| kind);
    let data = match subject_kind.as_str() {
        "alert" => json!({
            "id": id, "at": at, "kind": kind, "alert": subject,
            "rule": new["rule"], "subject": new["subject"],
            "threshold": new["threshold"], "value": new["value"],
        }),
        _ => {
            let state = new.get("state").unwrap_or(&new).as_str();
            json!({ "id": id, "at": at, "kind": kind, "template": subject, "state": state })
        }
    };
    let bucket = Bucket::of(&subject);
    Ok(Entry { place: Cursor::read(row)?, id: format!("change:{id}"), topic, bucket, at, data })
}
