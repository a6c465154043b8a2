//! What an endpoint was told and what came of it: the log, and saying it again.

use chrono::TimeDelta;
use domain::actor::{Admin, Operator, System};
use domain::ids::Bucket;
use domain::{DeliveryId, Refusal, Time, WebhookId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::{Topic, given_up, load, record};
use crate::clock::time;
use crate::entity::{delivery, webhook};
use crate::store::{fresh_id_in, sql};
use crate::{Engine, Error, Fault, Result};

/// How many deliveries a page of the log has.
pub const PAGE: u64 = 50;
/// How long what has ended stays in the log.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// To be sent, for the first time or again.
    Waiting,
    /// It got through.
    Delivered,
    /// It was given up.
    Dead,
}

impl State {
    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let all = [Self::Waiting, Self::Delivered, Self::Dead];
        all.into_iter().find(|state| state.as_str() == word)
    }
}

/// One event for one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which; the header `webhook-id` is made of it.
    pub id: DeliveryId,
    /// The type of the event.
    pub topic: String,
    /// What is sent: JSON.
    pub body: String,
    /// Where it stands.
    pub state: State,
    /// How often it was tried.
    pub attempts: u64,
    /// When it is tried next; none where it has ended.
    pub due_at: Option<Time>,
    /// When it was tried last.
    pub tried_at: Option<Time>,
    /// The status of the last answer.
    pub status: Option<u16>,
    /// Why there was no answer: `timed_out`, `private_address`, `unknown_host`, `unreachable`.
    pub problem: Option<String>,
    /// How the last answer began.
    pub answer: Option<String>,
    /// When it was written.
    pub created_at: Time,
}

/// Which deliveries are looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Show {
    /// All of them.
    #[default]
    All,
    /// What did not get through: given up, or failed and to be tried again.
    Failed,
}

/// The deliveries of an endpoint, newest first, at most [`PAGE`] of them, before the one named; and
/// the one to name for the next page.
pub async fn deliveries(
    engine: &Engine,
    _: &Operator,
    webhook: WebhookId,
    show: Show,
    before: Option<DeliveryId>,
) -> Result<(Vec<Delivery>, Option<DeliveryId>)> {
    use delivery::Column;
    let mut find = delivery::Entity::find().filter(Column::Webhook.eq(webhook.0));
    if let Some(before) = before {
        find = find.filter(Column::Id.lt(before.0));
    }
    if show == Show::Failed {
        find = find.filter(Column::State.ne("delivered")).filter(Column::Attempts.gt(0));
    }
    let find = find.order_by_desc(Column::Id).limit(PAGE + 1);
    let mut rows = find.all(engine.reader()).await?;
    let has_more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| has_more).map(|row| DeliveryId(row.id));
    Ok((rows.into_iter().map(known).collect::<Result<_>>()?, next))
}

/// Sends a delivery once more, at once and with all its tries again, under the same id. While it is
/// being sent, and while its endpoint is off, refused `state_conflict`. Answers its endpoint.
pub async fn replay(engine: &Engine, admin: &Admin, id: DeliveryId) -> Result<WebhookId> {
    const REPLAY: &str = "UPDATE deliveries
        SET state = 'waiting', attempts = 0, due_at = $3, ended_at = NULL
        WHERE bucket = $1 AND id = $2 AND (leased_until IS NULL OR leased_until <= $3)";
    let now = engine.now();
    let bucket = i64::from(id.bucket().number());
    let tx = engine.begin().await?;
    let found = delivery::Entity::find_by_id((bucket, id.0)).one(&tx).await?;
    let found = found.ok_or(Error::Missing)?;
    let webhook = WebhookId(found.webhook);
    refuse_off(&load(&tx, webhook).await?)?;
    let values = [bucket.into(), id.0.into(), now.timestamp_micros().into()];
    if tx.execute_raw(sql(&tx, REPLAY, values)).await?.rows_affected() == 0 {
        return Err(Refusal::StateConflict { state: "being_sent".to_owned() }.into());
    }
    let new = json!({ "delivery": id, "topic": found.topic });
    record(&tx, admin.actor(), webhook, "replayed", None, Some(new), now).await?;
    given_up::settle_if_none_is_left(&tx, webhook, now).await?;
    tx.commit().await?;
    Ok(webhook)
}

/// Sends an endpoint an event that says nothing, whatever it asked to be told. While it is off,
/// refused `state_conflict`.
pub async fn send_test(engine: &Engine, admin: &Admin, webhook: WebhookId) -> Result<DeliveryId> {
    let now = engine.now();
    let bucket = Bucket::of(&webhook.to_string());
    let id = DeliveryId(fresh_id_in(bucket, now));
    let topic = Topic::TEST.as_str();
    let data = json!({ "webhook": webhook });
    let body = json!({ "type": topic, "timestamp": now, "data": data });
    let tx = engine.begin().await?;
    refuse_off(&load(&tx, webhook).await?)?;
    let row = delivery::ActiveModel {
        bucket: Set(i64::from(bucket.number())),
        id: Set(id.0),
        webhook: Set(webhook.0),
        event: Set(format!("test:{id}")),
        topic: Set(topic.to_owned()),
        body: Set(body.to_string()),
        state: Set(State::Waiting.as_str().to_owned()),
        attempts: Set(0),
        due_at: Set(now.timestamp_micros()),
        created_at: Set(now.timestamp_micros()),
        ..Default::default()
    };
    delivery::Entity::insert(row).exec_without_returning(&tx).await?;
    let new = json!({ "delivery": id });
    record(&tx, admin.actor(), webhook, "tested", None, Some(new), now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Removes what ended thirty days ago and what was for endpoints that are deleted, at most
/// `limit` of each; answers how many. For the worker.
pub async fn sweep(engine: &Engine, _: System, limit: u32) -> Result<u64> {
    const ENDED: &str = "DELETE FROM deliveries WHERE (bucket, id) IN
        (SELECT bucket, id FROM deliveries WHERE ended_at <= $1 ORDER BY ended_at LIMIT $2)
        AND ended_at <= $1";
    let before = (engine.now() - KEPT).timestamp_micros();
    let mut total = engine.remove(ENDED, [before.into(), i64::from(limit).into()]).await?;
    let deleted = webhook::Entity::find().filter(webhook::Column::DeletedAt.is_not_null());
    for webhook in deleted.all(engine.reader()).await? {
        total += sweep_deleted(engine, webhook.id, limit).await?;
    }
    if total > 0 {
        given_up::settle_what_is_removed(engine).await?;
    }
    Ok(total)
}

async fn sweep_deleted(engine: &Engine, webhook: Uuid, limit: u32) -> Result<u64> {
    const SWEEP: &str = "DELETE FROM deliveries WHERE (bucket, id) IN
        (SELECT bucket, id FROM deliveries WHERE webhook = $1 LIMIT $2)";
    const DELETE: &str = "DELETE FROM webhooks WHERE id = $1";
    let tx = engine.begin().await?;
    let values = [webhook.into(), i64::from(limit).into()];
    let swept = tx.execute_raw(sql(&tx, SWEEP, values)).await?;
    let swept = swept.rows_affected();
    if swept == 0 {
        tx.execute_raw(sql(&tx, DELETE, [webhook.into()])).await?;
    }
    tx.commit().await?;
    Ok(swept)
}

fn refuse_off(webhook: &webhook::Model) -> Result<()> {
    match &webhook.off {
        Some(_) => Err(Refusal::StateConflict { state: "off".to_owned() }.into()),
        None => Ok(()),
    }
}

fn known(row: delivery::Model) -> Result<Delivery> {
    let unknown = || Fault::new(format!("a delivery is in the unknown state {}", row.state));
    let state = State::parse(&row.state).ok_or_else(unknown)?;
    Ok(Delivery {
        id: DeliveryId(row.id),
        state,
        attempts: row.attempts.unsigned_abs(),
        due_at: (state == State::Waiting).then(|| time(row.due_at)),
        tried_at: row.tried_at.map(time),
        status: row.status.and_then(|status| u16::try_from(status).ok()),
        created_at: time(row.created_at),
        topic: row.topic,
        body: row.body,
        problem: row.problem,
        answer: row.answer,
    })
}
