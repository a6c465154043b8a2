//! Outgoing webhooks (<https://www.standardwebhooks.com>): endpoints that are told what happens to
//! coupons and templates, signed, at least once.
//!
//! Nothing is added to the transactions that do the business: they write the ledger and the audit
//! trail anyway, and those are the outbox. [`dispatch`] reads on in both from where each endpoint
//! stands and turns what it wants into deliveries; place and deliveries move in one transaction, so
//! that no kill loses or doubles one. Reminders are in no record: [`remind`] notes each as told in the
//! transaction that writes its deliveries. [`deliver`] and [`retry`] send what is due.

mod address;
mod deliveries;
mod delivering;
mod dispatching;
mod given_up;
mod outgoing;
mod records;
mod reminding;
mod secrets;
mod topic;

use std::collections::BTreeSet;

use domain::actor::{Actor, Admin, Operator};
use domain::{FieldError, Problem, Refusal, Time, WebhookId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::changes::{self, Change};
use crate::clock::time;
use crate::entity::webhook::{self, Masked};
use crate::store::{fresh_id, sql};
use crate::tx::Tx;
use crate::{Engine, Error, Fault, Result};

use records::Record;
use secrets::Secrets;

pub use deliveries::{Delivery, PAGE, Show, State, deliveries, replay, send_test, sweep};
pub use delivering::{deliver, retry};
pub use dispatching::dispatch;
pub(crate) use outgoing::Outgoing;
pub use reminding::remind;
pub use topic::Topic;

/// The longest description, in characters.
const DESCRIPTION_MAX: usize = 200;

/// An endpoint, without what it is signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Which.
    pub id: WebhookId,
    /// Where it is.
    pub url: String,
    /// What it is for, in its admin's words; may be empty.
    pub description: String,
    /// What it wants to be told.
    pub topics: BTreeSet<Topic>,
    /// Why it is told nothing; none while it is.
    pub off: Option<Off>,
    /// Since when nothing gets through; none where the last one did.
    pub failing_since: Option<Time>,
    /// Until when the secret before this one signs too.
    pub rotating_until: Option<Time>,
    /// Since when it is there.
    pub created_at: Time,
}

/// Why an endpoint is told nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// An admin switched it off.
    Admin,
    /// Nothing got through for days.
    Failing,
    /// It answered 410: it does not want to be told any more.
    Gone,
}

impl Off {
    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Failing => "failing",
            Self::Gone => "gone",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Admin, Self::Failing, Self::Gone].into_iter().find(|off| off.as_str() == word)
    }
}

/// What has to be said of a new endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer<'a> {
    /// Where it is.
    pub url: &'a str,
    /// What it is for.
    pub description: &'a str,
    /// What it wants to be told.
    pub topics: &'a BTreeSet<Topic>,
}

/// All endpoints, newest first.
pub async fn list(engine: &Engine, _: &Operator) -> Result<Vec<Webhook>> {
    let rows = webhook::Entity::find()
        .filter(webhook::Column::DeletedAt.is_null())
        .order_by_desc(webhook::Column::Id)
        .all(engine.reader())
        .await?;
    rows.into_iter().map(|row| known(row, engine.now())).collect()
}

/// One endpoint.
pub async fn read(engine: &Engine, _: &Operator, id: WebhookId) -> Result<Webhook> {
    known(load(engine.reader(), id).await?, engine.now())
}

/// Adds an endpoint and answers its secret, which nobody is told again. It is told what happens from
/// now on. Refuses `invalid` with the fields `url`, `description` and `topics`.
pub async fn add(
    engine: &Engine,
    admin: &Admin,
    newcomer: Newcomer<'_>,
) -> Result<(WebhookId, String)> {
    let (url, description) = check(engine, &newcomer).await?;
    let words: Vec<&str> = newcomer.topics.iter().map(|topic| topic.as_str()).collect();
    let secret = secrets::fresh_secret();
    let now = engine.now();
    let id = WebhookId(fresh_id(now));

    let tx = engine.begin().await?;
    let events = records::end(&tx, Record::Events).await?;
    let changes = records::end(&tx, Record::Changes).await?;
    let row = webhook::ActiveModel {
        id: Set(id.0),
        url: Set(url.clone()),
        description: Set(description.clone()),
        topics: Set(words.join(" ")),
        secret: Set(Masked(secret.clone())),
        old_secrets: Set(Masked("[]".to_owned())),
        off: Set(None),
        failing_since: Set(None),
        events_xid: Set(events.xid),
        events_n: Set(events.n),
        changes_xid: Set(changes.xid),
        changes_n: Set(changes.n),
        created_by: Set(admin.actor().name),
        created_at: Set(now.timestamp_micros()),
        deleted_at: Set(None),
    };
    webhook::Entity::insert(row).exec_without_returning(&tx).await?;
    let new = json!({ "url": url, "description": description, "topics": words });
    record(&tx, admin.actor(), id, "added", None, Some(new), now).await?;
    tx.commit().await?;
    Ok((id, secret))
}

/// Changes where an endpoint is, what it is for and what it wants to be told; what is due goes to where it
/// is by then. Refuses as [`add`] does.
pub async fn change(
    engine: &Engine,
    admin: &Admin,
    id: WebhookId,
    said: Newcomer<'_>,
) -> Result<()> {
    const CHANGE: &str = "UPDATE webhooks SET url = $2, description = $3, topics = $4
        WHERE id = $1 AND deleted_at IS NULL";
    let (url, description) = check(engine, &said).await?;
    let words: Vec<&str> = said.topics.iter().map(|topic| topic.as_str()).collect();
    let topics = words.join(" ");
    let now = engine.now();
    let tx = engine.begin().await?;
    let known = load(&tx, id).await?;
    let told = |url: &str, description: &str, topics: &str| {
        let topics: Vec<&str> = topics.split_whitespace().collect();
        json!({ "url": url, "description": description, "topics": topics })
    };
    let old = told(&known.url, &known.description, &known.topics);
    let new = told(&url, &description, &topics);
    if old == new {
        return Ok(());
    }
    let values = [id.0.into(), url.into(), description.into(), topics.into()];
    if tx.execute_raw(sql(&tx, CHANGE, values)).await?.rows_affected() == 0 {
        return Err(Error::Missing);
    }
    record(&tx, admin.actor(), id, "changed", Some(old), Some(new), now).await?;
    tx.commit().await
}

/// Tells an endpoint nothing any more, or again. What happens while it is off it is not told later;
/// what was due before waits for it.
pub async fn switch(engine: &Engine, admin: &Admin, id: WebhookId, on: bool) -> Result<()> {
    let now = engine.now();
    let tx = engine.begin().await?;
    let known = load(&tx, id).await?;
    let is_switched =
        if on { switch_on(&tx, id).await? } else { switch_off(&tx, id, Off::Admin).await? };
    if is_switched {
        let action = if on { "switched_on" } else { "switched_off" };
        let (old, new) = (json!({ "off": known.off }), json!({ "off": (!on).then_some("admin") }));
        record(&tx, admin.actor(), id, action, Some(old), Some(new), now).await?;
    }
    tx.commit().await
}

/// Gives an endpoint another secret and answers it, which nobody is told again. The one before signs
/// beside it for a day, so that the endpoint has time to learn the new one.
pub async fn rotate(engine: &Engine, admin: &Admin, id: WebhookId) -> Result<String> {
    const ROTATE: &str = "UPDATE webhooks SET secret = $2, old_secrets = $3
        WHERE id = $1 AND secret = $4 AND deleted_at IS NULL";
    let fresh = &secrets::fresh_secret();
    let rotate = |tx: std::sync::Arc<Tx>| async move {
        let now = engine.now();
        let known = load(&*tx, id).await?;
        let before = known.secret.0.clone();
        let old = Secrets::of(&known)?.replaced_at(now).old_json()?;
        let values = [id.0.into(), fresh.as_str().into(), old.into(), before.into()];
        if tx.execute_raw(sql(&*tx, ROTATE, values)).await?.rows_affected() == 0 {
            return Ok(None);
        }
        record(&tx, admin.actor(), id, "secret_rotated", None, None, now).await?;
        Ok(Some(()))
    };
    engine.transact(None, rotate).await?;
    Ok(fresh.clone())
}

/// Takes an endpoint off the list, with its secrets and all that was to be sent to it.
pub async fn delete(engine: &Engine, admin: &Admin, id: WebhookId) -> Result<()> {
    // Its deliveries are removed by the sweep, in slices, and the row after the last of them.
    const DELETE: &str = "UPDATE webhooks
        SET deleted_at = $2, off = 'admin', secret = '', old_secrets = '[]'
        WHERE id = $1 AND deleted_at IS NULL";
    let now = engine.now();
    let tx = engine.begin().await?;
    let known = load(&tx, id).await?;
    let values = [id.0.into(), now.timestamp_micros().into()];
    if tx.execute_raw(sql(&tx, DELETE, values)).await?.rows_affected() == 1 {
        let old = json!({ "url": known.url, "description": known.description });
        record(&tx, admin.actor(), id, "deleted", Some(old), None, now).await?;
        given_up::settle(&tx, id, now).await?;
    }
    tx.commit().await
}

/// Those that are told what happens.
async fn all_on(engine: &Engine) -> Result<Vec<webhook::Model>> {
    let on = webhook::Entity::find().filter(webhook::Column::Off.is_null());
    Ok(on.order_by_asc(webhook::Column::Id).all(engine.reader()).await?)
}

async fn load(db: &impl ConnectionTrait, id: WebhookId) -> Result<webhook::Model> {
    let found = webhook::Entity::find_by_id(id.0).filter(webhook::Column::DeletedAt.is_null());
    found.one(db).await?.ok_or(Error::Missing)
}

/// From where both records end now.
async fn switch_on(tx: &Tx, id: WebhookId) -> Result<bool> {
    const SWITCH: &str = "UPDATE webhooks SET off = NULL, failing_since = NULL,
            events_xid = $2, events_n = $3, changes_xid = $4, changes_n = $5
        WHERE id = $1 AND off IS NOT NULL AND deleted_at IS NULL";
    let events = records::end(tx, Record::Events).await?;
    let changes = records::end(tx, Record::Changes).await?;
    let places = [events.xid, events.n, changes.xid, changes.n].map(Into::into);
    let values = std::iter::once(id.0.into()).chain(places);
    Ok(tx.execute_raw(sql(tx, SWITCH, values)).await?.rows_affected() == 1)
}

async fn switch_off(tx: &Tx, id: WebhookId, why: Off) -> Result<bool> {
    const SWITCH: &str = "UPDATE webhooks SET off = $2 WHERE id = $1 AND off IS NULL";
    let values = [id.0.into(), why.as_str().into()];
    Ok(tx.execute_raw(sql(tx, SWITCH, values)).await?.rows_affected() == 1)
}

async fn check(engine: &Engine, newcomer: &Newcomer<'_>) -> Result<(String, String)> {
    let mut fields = Vec::new();
    let url = address::check_and_resolve(newcomer.url, engine.settings().private_webhooks).await;
    if let Err(problem) = &url {
        fields.push(FieldError::new("url", problem.clone()));
    }
    let description = newcomer.description.trim();
    if description.chars().count() > DESCRIPTION_MAX {
        let problem = Problem::TooLong { max: DESCRIPTION_MAX as u64 };
        fields.push(FieldError::new("description", problem));
    } else if description.chars().any(char::is_control) {
        fields.push(FieldError::new("description", Problem::ControlCharacter));
    }
    if newcomer.topics.is_empty() {
        fields.push(FieldError::new("topics", Problem::Required));
    }
    match url {
        Ok(url) if fields.is_empty() => Ok((url.into(), description.to_owned())),
        _ => Err(Refusal::Invalid { fields }.into()),
    }
}

fn known(row: webhook::Model, now: Time) -> Result<Webhook> {
    let off = match &row.off {
        None => None,
        Some(word) => {
            let unknown =
                || Fault::new(format!("an endpoint is off for the unknown reason {word}"));
            Some(Off::parse(word).ok_or_else(unknown)?)
        }
    };
    Ok(Webhook {
        id: WebhookId(row.id),
        rotating_until: Secrets::of(&row)?.rotating_until(now),
        topics: row.topics.split(' ').filter_map(Topic::parse).collect(),
        off,
        failing_since: row.failing_since.map(time),
        created_at: time(row.created_at),
        url: row.url,
        description: row.description,
    })
}

async fn record(
    tx: &Tx,
    actor: Actor,
    id: WebhookId,
    action: &'static str,
    old: Option<Value>,
    new: Option<Value>,
    now: Time,
) -> Result<()> {
    let subject = id.to_string();
    let change = Change { actor, subject_kind: "webhook", subject, action, old, new };
    changes::record(tx, change, now).await
}
