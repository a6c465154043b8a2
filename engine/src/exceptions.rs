//! What a person has to look at: a payment that came too late, a call from the payment center that
//! makes no sense, deliveries that were given up. Open until somebody says how it was settled, or it has
//! come right by itself.

use std::collections::HashMap;

use domain::actor::{Guardian, Reader};
use domain::{Code, ExceptionId, Money, OrderRef, ShopperId, Time};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::changes::{self, Change, author_in};
use crate::clock::time;
use crate::entity::{change, exception};
use crate::store::sql;
use crate::{Engine, Error, Result};

/// Something to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Exception {
    /// Which.
    pub id: ExceptionId,
    /// When it came up.
    pub at: Time,
    /// What kind of thing it is, such as `late_payment`.
    pub kind: String,
    /// What is known of it, as whoever raised it wrote it down.
    pub data: Value,
    /// When and how it was settled, and by whom.
    pub resolved: Option<Resolution>,
}

/// How an exception was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// When.
    pub at: Time,
    /// By whom.
    pub by: Option<String>,
    /// What they said about it.
    pub note: Option<String>,
}

impl Exception {
    /// One of its texts.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.data[name].as_str()
    }

    /// The order it is about.
    pub fn order(&self) -> Option<OrderRef> {
        OrderRef::new(self.text("order")?).ok()
    }

    /// The shopper it is about.
    pub fn shopper(&self) -> Option<ShopperId> {
        ShopperId::new(self.text("shopper")?).ok()
    }

    /// What the order's coupons took off.
    pub fn discount(&self) -> Option<Money> {
        self.data["discount"].as_i64().map(Money::minor)
    }

    /// The coupons it is about.
    pub fn coupons(&self) -> Vec<Code> {
        let listed = self.data["coupons"].as_array().into_iter().flatten();
        let code = |coupon: &Value| Code::parse(coupon["code"].as_str().or(coupon.as_str())?);
        listed.filter_map(code).collect()
    }
}

/// One page of exceptions.
#[derive(Debug, Clone, PartialEq)]
pub struct Exceptions {
    /// The open ones first, those that wait longest on top; then what was settled last.
    pub exceptions: Vec<Exception>,
    /// How many there are in all.
    pub total: u64,
    /// How many are open.
    pub open: u64,
}

/// Exceptions on one page.
pub const PAGE: u64 = 20;

/// How many wait for somebody.
pub async fn count_open(engine: &Engine, _: &impl Reader) -> Result<u64> {
    let open = exception::Entity::find().filter(exception::Column::ResolvedAt.is_null());
    Ok(open.count(engine.reader()).await?)
}

/// A page of them, counted from 0.
pub async fn list(engine: &Engine, reader: &impl Reader, page: u64) -> Result<Exceptions> {
    const READ: &str = "SELECT * FROM exceptions ORDER BY
            CASE WHEN resolved_at IS NULL THEN 0 ELSE 1 END,
            CASE WHEN resolved_at IS NULL THEN at ELSE -resolved_at END, id
        LIMIT $1 OFFSET $2";
    let db = engine.reader();
    let offset = i64::try_from(page.saturating_mul(PAGE)).unwrap_or(i64::MAX);
    let read = sql(db, READ, [(PAGE as i64).into(), offset.into()]);
    let models = exception::Entity::find().from_raw_sql(read).all(db).await?;
    let mut resolutions = resolutions(engine, &models).await?;
    let fill = |model: exception::Model| {
        let id = ExceptionId(model.id);
        let resolved = model.resolved_at.map(|at| {
            let (by, note) = resolutions.remove(&id.to_string()).unwrap_or_default();
            Resolution { at: time(at), by, note }
        });
        let data = serde_json::from_str(&model.data)?;
        Ok(Exception { id, at: time(model.at), kind: model.kind, data, resolved })
    };
    let exceptions: Result<Vec<Exception>> = models.into_iter().map(fill).collect();
    Ok(Exceptions {
        exceptions: exceptions?,
        total: exception::Entity::find().count(db).await?,
        open: count_open(engine, reader).await?,
    })
}

/// Who settled each, and what they said: the audit trail knows.
async fn resolutions(
    engine: &Engine,
    models: &[exception::Model],
) -> Result<HashMap<String, (Option<String>, Option<String>)>> {
    let settled = models.iter().filter(|model| model.resolved_at.is_some());
    let ids: Vec<String> = settled.map(|model| ExceptionId(model.id).to_string()).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = change::Entity::find()
        .filter(change::Column::SubjectKind.eq("exception"))
        .filter(change::Column::Subject.is_in(ids))
        .order_by_asc(change::Column::At)
        .all(engine.reader())
        .await?;
    let entry = |model: change::Model| {
        let new: Value = model.new.map_or(Ok(Value::Null), |new| serde_json::from_str(&new))?;
        let by = author_in(&model.actor);
        Ok((model.subject, (by, new["note"].as_str().map(str::to_owned))))
    };
    found.into_iter().map(entry).collect()
}

/// Settles an exception, with a note of how; one that is settled stays as it is. Refuses `invalid`
/// with the field `note`.
pub async fn resolve(
    engine: &Engine,
    guardian: &Guardian,
    id: ExceptionId,
    note: &str,
) -> Result<()> {
    const RESOLVE: &str =
        "UPDATE exceptions SET resolved_at = $2 WHERE id = $1 AND resolved_at IS NULL";
    let note = changes::reason("note", note)?;
    let now = engine.now();
    let tx = engine.begin().await?;
    let values = [id.0.into(), now.timestamp_micros().into()];
    if tx.execute_raw(sql(&tx, RESOLVE, values)).await?.rows_affected() == 0 {
        exception::Entity::find_by_id(id.0).one(&tx).await?.ok_or(Error::Missing)?;
        return Ok(());
    }
    let change = Change {
        actor: guardian.actor(),
        subject_kind: "exception",
        subject: id.to_string(),
        action: "resolved",
        new: Some(json!({ "note": note })),
        ..Change::default()
    };
    changes::record(&tx, change, now).await?;
    tx.commit().await
}
