//! Something small read from the store and kept, until its number in `versions` changes or, where
//! nothing counts its changes, for a second.

use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Release},
};
use std::sync::{Arc, PoisonError, RwLock};

use chrono::TimeDelta;
use domain::Time;
use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Fault, Result, notices};

/// How long a node trusts what it read before it looks at the version again.
const TRUSTED: TimeDelta = TimeDelta::seconds(1);

/// One thing kept in memory, as of a version.
#[derive(Debug)]
pub(crate) struct Cached<T> {
    /// What its version is counted under.
    subject: Option<&'static str>,
    held: RwLock<Option<Held<T>>>,
    /// How often this node changed the subject itself.
    changes: AtomicU64,
    loading: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Held<T> {
    value: Arc<T>,
    version: Option<i64>,
    /// When the version was last looked at, and after how many changes of our own.
    checked_at: Time,
    changes: u64,
}

impl<T> Cached<T> {
    /// Keeps what changes whenever the version of `subject` does.
    pub(crate) fn new(subject: &'static str) -> Self {
        Self { subject: Some(subject), ..Self::unversioned() }
    }

    /// Keeps what changes too often for its version to be counted.
    pub(crate) fn unversioned() -> Self {
        Self {
            subject: None,
            held: RwLock::default(),
            changes: AtomicU64::new(0),
            loading: tokio::sync::Mutex::default(),
        }
    }

    /// What is kept, when it was looked at within the last second; else as the store has it now.
    /// What this node itself has written it reads at once.
    pub(crate) async fn get(
        &self,
        engine: &Engine,
        load: impl AsyncFnOnce(&DatabaseConnection) -> Result<T>,
    ) -> Result<Arc<T>> {
        if let Some(value) = self.trusted(engine.clock().now()) {
            return Ok(value);
        }
        // One asks; those who come meanwhile wait for its answer.
        let _turn = self.loading.lock().await;
        let checked_at = engine.clock().now();
        if let Some(value) = self.trusted(checked_at) {
            return Ok(value);
        }
        let db = engine.reader();
        // The version first: a change between the two reads is then loaded once more, never missed.
        let changes = self.changes.load(Acquire);
        let version = match self.subject {
            Some(subject) => Some(version(db, subject).await?),
            None => None,
        };
        let value = match self.held_at(version) {
            Some(value) => value,
            None => Arc::new(load(db).await?),
        };
        let held = Held { value: value.clone(), version, checked_at, changes };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held);
        Ok(value)
    }

    /// Says that this node has changed the subject; called after the commit.
    pub(crate) fn distrust(&self) {
        self.changes.fetch_add(1, Release);
    }

    fn trusted(&self, now: Time) -> Option<Arc<T>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_ref()?;
        let is_fresh = held.checked_at <= now && now - held.checked_at < TRUSTED;
        let is_ours = held.changes == self.changes.load(Acquire);
        (is_fresh && is_ours).then(|| held.value.clone())
    }

    fn held_at(&self, version: Option<i64>) -> Option<Arc<T>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let is_same = |held: &&Held<T>| version.is_some() && held.version == version;
        held.as_ref().filter(is_same).map(|held| held.value.clone())
    }
}

/// Tells every node that `subject` has changed, within the transaction that changes it; answers
/// the new version. Of several who change it at once, on PostgreSQL too, the others wait here.
pub(crate) async fn bump(tx: &Tx, subject: &'static str) -> Result<i64> {
    const BUMP: &str = "INSERT INTO versions (subject, version) VALUES ($1, 1)
        ON CONFLICT (subject) DO UPDATE SET version = versions.version + 1 RETURNING version";
    let row = tx.query_one_raw(sql(tx, BUMP, [subject.into()])).await?;
    notices::tell(tx, subject).await?;
    Ok(row.ok_or_else(|| Fault::new("a version was not counted"))?.try_get_by(0)?)
}

/// How often `subject` was changed.
pub(crate) async fn version(db: &impl ConnectionTrait, subject: &str) -> Result<i64> {
    const READ: &str = "SELECT version FROM versions WHERE subject = $1";
    let row = db.query_one_raw(sql(db, READ, [subject.into()])).await?;
    Ok(row.map(|row| row.try_get_by(0)).transpose()?.unwrap_or(0))
}
