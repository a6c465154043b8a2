//! What the host shop says of its shoppers.

use std::collections::BTreeSet;

use domain::actor::{Managing, Reader};
use domain::ids::check_reference;
use domain::{FieldError, Problem, Refusal, ShopperId, Time};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};
use serde::Serialize;
use serde_json::json;

use crate::accounts::check_name;
use crate::changes::{self, Change};
use crate::entity::shopper;
use crate::store::shoppers::bucket;
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Fault, Result};

/// The most segments one shopper is in.
pub(crate) const SEGMENTS_MAX: usize = 100;

/// More orders than anybody has paid for.
const ORDERS_MAX: u32 = 1_000_000;

/// What is said; what is not stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// What they are called; blank for no name.
    pub name: Option<String>,
    /// The segments they are in: these and no others.
    pub segments: Option<BTreeSet<String>>,
    /// How many orders they ever paid for at the host shop. What is counted here is kept apart, so
    /// that nobody becomes new again.
    pub paid_orders: Option<u32>,
    /// Whether they may not claim.
    pub is_blocked: Option<bool>,
}

/// A shopper as we know them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// Who.
    #[serde(skip)]
    pub id: ShopperId,
    /// What they are called.
    pub name: Option<String>,
    /// The segments they are in.
    pub segments: BTreeSet<String>,
    /// Orders they paid for: what the host shop states or what is counted here, whichever is more.
    pub paid_orders: u64,
    /// Whether they may not claim.
    pub is_blocked: bool,
}

/// Segments that shoppers are in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Segments {
    /// What they are called.
    pub names: BTreeSet<String>,
    /// All shoppers were looked at, so there is nobody in any other.
    pub is_whole: bool,
}

/// Shoppers who are looked at to find the segments there are.
const LOOKED_AT: i64 = 20_000;

/// The segments of a part of the shoppers, for whoever writes the name of one.
pub async fn segments(engine: &Engine, _: &impl Reader) -> Result<Segments> {
    const READ: &str = "SELECT segments, COUNT(*) AS n
        FROM (SELECT segments FROM shoppers LIMIT $1) AS looked_at GROUP BY segments";
    let db = engine.reader();
    let (mut names, mut seen) = (BTreeSet::new(), 0);
    for row in db.query_all_raw(sql(db, READ, [LOOKED_AT.into()])).await? {
        let some: String = row.try_get("", "segments")?;
        let some: BTreeSet<String> = serde_json::from_str(&some)?;
        names.extend(some);
        seen += row.try_get::<i64>("", "n")?;
    }
    Ok(Segments { names, is_whole: seen < LOOKED_AT })
}

/// Makes a shopper known, or changes what is known of them. Refuses `invalid` with the fields `name`,
/// `segments` and `paid_orders`.
pub async fn put(
    engine: &Engine,
    partner: &Managing,
    id: &ShopperId,
    said: &Said,
) -> Result<Profile> {
    check(said)?;
    engine
        .transact(None, |tx| async move {
            Ok(Some(try_to_put(&tx, partner, id, said, engine.now()).await?))
        })
        .await
}

async fn try_to_put(
    tx: &Tx,
    partner: &Managing,
    id: &ShopperId,
    said: &Said,
    now: Time,
) -> Result<Profile> {
    const MAKE: &str = "INSERT INTO shoppers (bucket, id, created_at) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING";
    const CHANGE: &str = "UPDATE shoppers
        SET name = $3, segments = $4, stated_orders = $5, blocked = $6
        WHERE bucket = $1 AND id = $2";
    let (home, key) = (bucket(id), id.as_str());
    let make = sql(tx, MAKE, [home.into(), key.into(), now.timestamp_micros().into()]);
    let is_new = tx.execute_raw(make).await?.rows_affected() == 1;
    let old = load(tx, id).await?;
    let mut new = old.clone();
    if let Some(name) = &said.name {
        new.name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    }
    if let Some(segments) = &said.segments {
        new.segments = serde_json::to_string(segments)?;
    }
    new.stated_orders = said.paid_orders.map_or(old.stated_orders, i64::from);
    new.blocked = said.is_blocked.unwrap_or(old.blocked);
    let (was, profile) = (profile(id, &old)?, profile(id, &new)?);
    if new != old {
        let values = [
            home.into(),
            key.into(),
            new.name.into(),
            new.segments.into(),
            new.stated_orders.into(),
            new.blocked.into(),
        ];
        tx.execute_raw(sql(tx, CHANGE, values)).await?;
    }
    if is_new || was != profile {
        let change = Change {
            actor: partner.actor(),
            subject_kind: "shopper",
            subject: id.to_string(),
            action: if is_new { "created" } else { "changed" },
            old: (!is_new).then(|| json!(was)),
            new: Some(json!(profile)),
        };
        changes::record(tx, change, now).await?;
    }
    Ok(profile)
}

/// The shopper's row; others keep off it until the transaction ends. SQLite has one writer anyway.
async fn load(tx: &Tx, id: &ShopperId) -> Result<shopper::Model> {
    let lock = match tx.get_database_backend() {
        DbBackend::Postgres => " FOR NO KEY UPDATE",
        _ => "",
    };
    let read = format!("SELECT * FROM shoppers WHERE bucket = $1 AND id = $2{lock}");
    let read = sql(tx, read, [bucket(id).into(), id.as_str().into()]);
    let found = shopper::Entity::find().from_raw_sql(read).one(tx).await?;
    Ok(found.ok_or_else(|| Fault::new("a shopper is there and is not"))?)
}

fn profile(id: &ShopperId, row: &shopper::Model) -> Result<Profile> {
    Ok(Profile {
        id: id.clone(),
        name: row.name.clone(),
        segments: serde_json::from_str(&row.segments)?,
        paid_orders: row.paid_orders.max(row.stated_orders).unsigned_abs(),
        is_blocked: row.blocked,
    })
}

fn check(said: &Said) -> Result<(), Refusal> {
    let mut fields = Vec::new();
    if let Some(Err(problem)) = said.name.as_deref().map(check_name) {
        fields.push(FieldError::new("name", problem));
    }
    let segments = said.segments.iter().flatten();
    if segments.clone().count() > SEGMENTS_MAX {
        fields.push(FieldError::new("segments", Problem::TooMany { max: SEGMENTS_MAX as u64 }));
    }
    for (i, segment) in segments.enumerate() {
        if let Err(problem) = check_reference(segment) {
            fields.push(FieldError::new(format!("segments.{i}"), problem));
        }
    }
    if said.paid_orders.is_some_and(|orders| orders > ORDERS_MAX) {
        let range = Problem::OutOfRange { min: 0, max: ORDERS_MAX.into() };
        fields.push(FieldError::new("paid_orders", range));
    }
    if fields.is_empty() { Ok(()) } else { Err(Refusal::Invalid { fields }) }
}
