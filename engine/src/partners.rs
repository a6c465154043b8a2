//! Order systems and their keys. A key is shown once and kept as its hash; every node knows all that
//! are good, so that a call costs no query and a revoked one is refused within a second.

use std::collections::{BTreeSet, HashMap};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::actor::{Actor, Admin, KeyScope, Partner, System};
use domain::{FieldError, KeyId, Problem, Refusal, Time};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::changes::{self, Change};
use crate::clock::time;
use crate::entity::key;
use crate::store::cached::bump;
use crate::store::{fresh_id, sql};
use crate::tx::Tx;
use crate::{Engine, Error, Result};

/// Under which name the version of what is kept in memory is counted.
pub(crate) const SUBJECT: &str = "keys";

/// What every key begins with, so that scanners of leaked secrets know it.
const PREFIX: &str = "quan_";
/// The longest name of a key, in characters.
const NAME_MAX: usize = 64;

/// The keys that are good, by their hash.
pub(crate) type Keys = HashMap<[u8; 32], Partner>;

/// A key as the console lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Which.
    pub id: KeyId,
    /// What it is called.
    pub name: String,
    /// What it opens.
    pub scopes: BTreeSet<KeyScope>,
    /// Since when it is good.
    pub created_at: Time,
    /// Since when it no longer is.
    pub revoked_at: Option<Time>,
}

/// The partner whose key this is; none for one that is wrong or revoked.
pub async fn by_key(engine: &Engine, key: &str) -> Result<Option<Partner>> {
    let keys = engine.keys().get(engine, load).await?;
    Ok(keys.get(&hash(key)).cloned())
}

/// All keys, good ones first, newest first.
pub async fn list(engine: &Engine, _: &Admin) -> Result<Vec<Key>> {
    let rows = key::Entity::find().order_by_desc(key::Column::Id).all(engine.reader()).await?;
    let mut keys: Vec<Key> = rows.into_iter().map(Key::from).collect();
    keys.sort_by_key(|key| key.revoked_at.is_some());
    Ok(keys)
}

/// Makes a key and answers it, which nobody can do again. Refuses `invalid` with the fields `name`
/// and `scopes`.
pub async fn add(
    engine: &Engine,
    admin: &Admin,
    name: &str,
    scopes: &BTreeSet<KeyScope>,
) -> Result<(Key, String)> {
    insert(engine, admin.actor(), name, scopes).await
}

/// The same from the command line.
pub async fn key_add(
    engine: &Engine,
    by: System,
    name: &str,
    scopes: &BTreeSet<KeyScope>,
) -> Result<String> {
    Ok(insert(engine, by.actor(), name, scopes).await?.1)
}

/// Makes a key good no longer; one that is not stays as it is.
pub async fn revoke(engine: &Engine, admin: &Admin, id: KeyId) -> Result<()> {
    const REVOKE: &str = "UPDATE keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    let now = engine.now();
    let tx = engine.begin().await?;
    let known = key::Entity::find_by_id(id.0).one(&tx).await?.ok_or(Error::Missing)?;
    let values = [id.0.into(), now.timestamp_micros().into()];
    if tx.execute_raw(sql(&tx, REVOKE, values)).await?.rows_affected() == 1 {
        record(&tx, admin.actor(), id, "revoked", json!({ "name": known.name }), now).await?;
        bump(&tx, SUBJECT).await?;
    }
    tx.commit().await?;
    engine.keys().distrust();
    Ok(())
}

async fn insert(
    engine: &Engine,
    actor: Actor,
    name: &str,
    scopes: &BTreeSet<KeyScope>,
) -> Result<(Key, String)> {
    let name = check(name, scopes)?;
    let now = engine.now();
    let secret = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
    let id = KeyId(fresh_id(now));
    let words: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let tx = engine.begin().await?;
    let row = key::ActiveModel {
        id: Set(id.0),
        hash: Set(hash(&secret).to_vec()),
        name: Set(name.to_owned()),
        scopes: Set(words.join(" ")),
        created_by: Set(actor.name.clone()),
        created_at: Set(now.timestamp_micros()),
        revoked_at: Set(None),
    };
    key::Entity::insert(row).exec_without_returning(&tx).await?;
    record(&tx, actor, id, "created", json!({ "name": name, "scopes": words }), now).await?;
    bump(&tx, SUBJECT).await?;
    tx.commit().await?;
    engine.keys().distrust();
    let (name, scopes) = (name.to_owned(), scopes.clone());
    Ok((Key { id, name, scopes, created_at: now, revoked_at: None }, secret))
}

fn check<'a>(name: &'a str, scopes: &BTreeSet<KeyScope>) -> Result<&'a str, Refusal> {
    let name = name.trim();
    let mut fields = Vec::new();
    if name.is_empty() {
        fields.push(FieldError::new("name", Problem::Required));
    } else if name.chars().count() > NAME_MAX {
        fields.push(FieldError::new("name", Problem::TooLong { max: NAME_MAX as u64 }));
    } else if name.chars().any(char::is_control) {
        fields.push(FieldError::new("name", Problem::ControlCharacter));
    }
    if scopes.is_empty() {
        fields.push(FieldError::new("scopes", Problem::Required));
    }
    if fields.is_empty() { Ok(name) } else { Err(Refusal::Invalid { fields }) }
}

async fn record(
    tx: &Tx,
    actor: Actor,
    id: KeyId,
    action: &'static str,
    new: serde_json::Value,
    now: Time,
) -> Result<()> {
    let subject = id.to_string();
    let change =
        Change { actor, subject_kind: "key", subject, action, new: Some(new), ..Change::default() };
    changes::record(tx, change, now).await
}

async fn load(db: &DatabaseConnection) -> Result<Keys> {
    let good = key::Entity::find().filter(key::Column::RevokedAt.is_null()).all(db).await?;
    let entry = |row: key::Model| {
        let hash = row.hash.clone().try_into().ok()?;
        let Key { id, name, scopes, .. } = row.into();
        Some((hash, Partner { id, name, scopes, address: None }))
    };
    Ok(good.into_iter().filter_map(entry).collect())
}

/// A key is 32 random bytes: nothing slower than a hash is needed to keep it from being guessed.
fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

impl From<key::Model> for Key {
    fn from(row: key::Model) -> Self {
        Self {
            id: KeyId(row.id),
            name: row.name,
            scopes: row.scopes.split(' ').filter_map(KeyScope::parse).collect(),
            created_at: time(row.created_at),
            revoked_at: row.revoked_at.map(time),
        }
    }
}
