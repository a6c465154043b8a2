//! Work that one node has at a time. Whoever works holds a row by the end of its lease, which every
//! chunk asks for and moves on in its own transaction: a node that is killed loses the chunk it was
//! at, whole, and nothing else; one that was only slow finds the lease moved by another, and lets go.
//!
//! A table of such work has `id`, `state` and `leased_until`.

use chrono::TimeDelta;
use domain::Time;
use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Result};

/// Longer than a chunk takes; of a node that died with a row others learn by its end.
const LEASE: TimeDelta = TimeDelta::seconds(30);

/// Where there is work, and in which states: SQL words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    pub(crate) table: &'static str,
    pub(crate) states: &'static str,
}

/// A row that is ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lease {
    pub(crate) id: Uuid,
    until: i64,
}

impl Work {
    /// Takes the row that was worked at longest ago, if there is any to work at.
    pub(crate) async fn take(self, engine: &Engine) -> Result<Option<Lease>> {
        let now = engine.now();
        if !self.is_waiting(engine, now).await? {
            return Ok(None);
        }
        let tx = engine.begin().await?;
        let skipping = match tx.get_database_backend() {
            DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
            _ => "",
        };
        let Self { table, states } = self;
        let take = format!(
            "UPDATE {table} SET leased_until = $2 WHERE id = (
                SELECT id FROM {table} WHERE state IN ({states})
                    AND (leased_until IS NULL OR leased_until <= $1)
                ORDER BY COALESCE(leased_until, 0), id LIMIT 1 {skipping}
            ) RETURNING id"
        );
        let until = end(now);
        let values = [now.timestamp_micros().into(), until.into()];
        let taken = tx.query_one_raw(sql(&tx, take, values)).await?;
        tx.commit().await?;
        taken.map(|row| Ok(Lease { id: row.try_get_by(0)?, until })).transpose()
    }

    /// Whether to take the writer at all: most of the time there is nothing to do.
    async fn is_waiting(self, engine: &Engine, now: Time) -> Result<bool> {
        let Self { table, states } = self;
        let any = format!(
            "SELECT 1 FROM {table} WHERE state IN ({states})
                AND (leased_until IS NULL OR leased_until <= $1) LIMIT 1"
        );
        let db = engine.reader();
        Ok(db.query_one_raw(sql(db, any, [now.timestamp_micros().into()])).await?.is_some())
    }

    /// Keeps the row for the chunk that begins, if it is still ours and there is still work to do:
    /// nobody else moves it until the transaction ends. Answers the lease as it is from then on.
    pub(crate) async fn hold(self, tx: &Tx, lease: Lease, now: Time) -> Result<Option<Lease>> {
        let Self { table, states } = self;
        let hold = format!(
            "UPDATE {table} SET leased_until = $3
            WHERE id = $1 AND leased_until = $2 AND state IN ({states})"
        );
        let until = end(now);
        let values = [lease.id.into(), lease.until.into(), until.into()];
        let is_ours = tx.execute_raw(sql(tx, hold, values)).await?.rows_affected() == 1;
        Ok(is_ours.then_some(Lease { until, ..lease }))
    }

    /// Leaves the row to whoever comes next.
    pub(crate) async fn release(self, engine: &Engine, lease: Lease) -> Result<()> {
        let table = self.table;
        let release =
            format!("UPDATE {table} SET leased_until = $3 WHERE id = $1 AND leased_until = $2");
        let now = engine.now().timestamp_micros();
        let tx = engine.begin().await?;
        let values = [lease.id.into(), lease.until.into(), now.into()];
        tx.execute_raw(sql(&tx, release, values)).await?;
        tx.commit().await
    }
}

fn end(now: Time) -> i64 {
    (now + LEASE).timestamp_micros()
}
