//! Deny and allow lists: who stands there, why, until when, and who put them there.

use std::net::IpAddr;

use domain::actor::{Guardian, Reader};
use domain::risk::{Entry, List, Lists, Network, Thing};
use domain::{EntryId, FieldError, Problem, Refusal, Time};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Value, json};

use super::SUBJECT;
use crate::accounts::{self, Meanings};
use crate::changes::{self, Change};
use crate::clock::time;
use crate::entity::risk_entry;
use crate::store::cached::bump;
use crate::store::{fresh_id, sql};
use crate::{Engine, Error, Fault, Result};

/// Entries on one page.
pub const ENTRIES_PAGE: u64 = 50;

/// The most that stands on both lists together: every node holds all of it in memory.
const ENTRIES_MAX: u64 = 100_000;

/// One page of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entries {
    /// The newest first, those that have expired among them.
    pub entries: Vec<Entry>,
    /// How many there are in all.
    pub total: u64,
}

/// A page of what stands on the lists, counted from 0: all of it, or what is `about` a shopper (by id or
/// by what they sign in with), a device, a network, or an address and all networks around it.
pub async fn entries(
    engine: &Engine,
    _: &impl Reader,
    about: Option<&str>,
    page: u64,
) -> Result<Entries> {
    let db = engine.reader();
    let mut asked = risk_entry::Entity::find();
    if let Some(about) = about.map(str::trim) {
        asked = asked.filter(risk_entry::Column::Thing.is_in(things(engine, about).await?));
    }
    let found = asked
        .clone()
        .order_by_desc(risk_entry::Column::Id)
        .offset(page.min(1_000_000) * ENTRIES_PAGE)
        .limit(ENTRIES_PAGE)
        .all(db)
        .await?;
    let entries = found.into_iter().map(entry).collect::<Result<Vec<_>>>()?;
    Ok(Entries { entries, total: asked.count(db).await? })
}

/// As what somebody may stand on a list.
async fn things(engine: &Engine, about: &str) -> Result<Vec<String>> {
    let mut things = vec![about.to_owned()];
    let shopper = accounts::shopper_with_login(engine, about).await?;
    things.extend(shopper.map(|shopper| shopper.to_string()));
    let network = |network: Network| network.to_string();
    match about.parse::<IpAddr>() {
        Ok(address) => {
            let around = |prefix| Network::new(address, prefix);
            things.extend((0..=128).filter_map(around).map(network));
        }
        Err(_) => things.extend(about.parse().map(network)),
    }
    Ok(things)
}

pub(super) async fn read(db: &impl ConnectionTrait) -> Result<Lists> {
    risk_entry::Entity::find().all(db).await?.into_iter().map(entry).collect()
}

fn entry(model: risk_entry::Model) -> Result<Entry> {
    let list = List::parse(&model.list);
    let thing = Thing::parse(&model.kind, &model.thing).ok();
    let (list, thing) =
        list.zip(thing).ok_or_else(|| Fault::new("an entry of risk reads oddly"))?;
    Ok(Entry {
        id: EntryId(model.id),
        list,
        thing,
        reason: model.reason,
        by: model.added_by,
        added_at: time(model.added_at),
        expires_at: model.expires_at.map(time),
    })
}

/// What is to stand on a list, as it was typed.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer<'a> {
    /// On which.
    pub list: List,
    /// `shopper`, `device` or `network`.
    pub kind: &'a str,
    /// The shopper's id or what they sign in with, the device's id, an address, or a network such as `203.0.113.0/24`.
    pub thing: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The first moment at which it holds no more; none: it stays.
    pub expires_at: Option<Time>,
}

/// Puts something on a list; every node goes by it within a second. Refuses `invalid` with the fields
/// `kind`, `thing` (`taken` where it stands on one of the lists), `reason` and `expires_at`.
pub async fn add_entry(
    engine: &Engine,
    guardian: &Guardian,
    newcomer: Newcomer<'_>,
) -> Result<EntryId> {
    const ADD: &str = "INSERT INTO risk_entries
            (id, list, kind, thing, reason, added_by, added_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (kind, thing) DO UPDATE SET id = excluded.id, list = excluded.list,
            reason = excluded.reason, added_by = excluded.added_by,
            added_at = excluded.added_at, expires_at = excluded.expires_at
        WHERE risk_entries.expires_at <= $7";
    let now = engine.now();
    let meanings = match newcomer.kind {
        "shopper" => Meanings::of(engine.reader(), [newcomer.thing.trim()].into_iter()).await?,
        _ => Meanings::default(),
    };
    let (thing, reason) = check(&newcomer, &meanings, now)?;
    let tx = engine.begin().await?;
    bump(&tx, SUBJECT).await?;
    if risk_entry::Entity::find().count(&tx).await? >= ENTRIES_MAX {
        return Err(Refusal::invalid("thing", Problem::TooMany { max: ENTRIES_MAX }).into());
    }
    let id = EntryId(fresh_id(now));
    let values = [
        id.0.into(),
        newcomer.list.as_str().into(),
        thing.kind().into(),
        thing.text().into(),
        reason.into(),
        guardian.id.to_string().into(),
        now.timestamp_micros().into(),
        newcomer.expires_at.map(|at| at.timestamp_micros()).into(),
    ];
    if tx.execute_raw(sql(&tx, ADD, values)).await?.rows_affected() == 0 {
        return Err(Refusal::invalid("thing", Problem::Taken).into());
    }
    let change = Change {
        actor: guardian.actor(),
        subject_kind: "risk_entry",
        subject: id.to_string(),
        action: "added",
        new: Some(told(newcomer.list, &thing, reason, newcomer.expires_at)),
        ..Change::default()
    };
    changes::record(&tx, change, now).await?;
    tx.commit().await?;
    engine.0.watch.distrust();
    Ok(id)
}

fn check<'a>(
    newcomer: &Newcomer<'a>,
    meanings: &Meanings,
    now: Time,
) -> Result<(Thing, &'a str), Refusal> {
    let mut fields = Vec::new();
    let mut wrong = |field: &str, problem| fields.push(FieldError::new(field, problem));
    let thing = match newcomer.kind {
        "shopper" => meanings.read(newcomer.thing.trim()).map(Thing::Shopper),
        kind => Thing::parse(kind, newcomer.thing.trim()),
    };
    let thing = match thing {
        Ok(thing) => Some(thing),
        Err(problem) => {
            let is_a_kind = Thing::KINDS.contains(&newcomer.kind);
            wrong(if is_a_kind { "thing" } else { "kind" }, problem);
            None
        }
    };
    if newcomer.expires_at.is_some_and(|at| at <= now) {
        wrong("expires_at", Problem::EndsBeforeItBegins);
    }
    let reason = match changes::reason("reason", newcomer.reason) {
        Ok(reason) => Some(reason),
        Err(Refusal::Invalid { fields: more }) => {
            fields.extend(more);
            None
        }
        Err(refusal) => return Err(refusal),
    };
    match thing.zip(reason).filter(|_| fields.is_empty()) {
        Some(read) => Ok(read),
        None => Err(Refusal::Invalid { fields }),
    }
}

/// Takes something off its list; every node goes by that within a second.
pub async fn remove_entry(engine: &Engine, guardian: &Guardian, id: EntryId) -> Result<()> {
    let now = engine.now();
    let tx = engine.begin().await?;
    bump(&tx, SUBJECT).await?;
    let found = risk_entry::Entity::find_by_id(id.0).one(&tx).await?.ok_or(Error::Missing)?;
    let found = entry(found)?;
    risk_entry::Entity::delete_by_id(id.0).exec(&tx).await?;
    let change = Change {
        actor: guardian.actor(),
        subject_kind: "risk_entry",
        subject: id.to_string(),
        action: "removed",
        old: Some(told(found.list, &found.thing, &found.reason, found.expires_at)),
        ..Change::default()
    };
    changes::record(&tx, change, now).await?;
    tx.commit().await?;
    engine.0.watch.distrust();
    Ok(())
}

fn told(list: List, thing: &Thing, reason: &str, expires_at: Option<Time>) -> Value {
    json!({
        "list": list.as_str(),
        "kind": thing.kind(),
        "thing": thing.text(),
        "reason": reason,
        "expires_at": expires_at,
    })
}

/// Removes what has expired before a moment.
pub(super) async fn sweep(engine: &Engine, before: Time, limit: u32) -> Result<u64> {
    const SWEEP: &str = "DELETE FROM risk_entries WHERE id IN (SELECT id FROM risk_entries
        WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) AND expires_at < $1";
    engine.remove(SWEEP, [before.timestamp_micros().into(), i64::from(limit).into()]).await
}
