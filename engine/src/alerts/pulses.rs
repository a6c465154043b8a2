//! What rules count, by the minute. It is gathered in memory and written together, as views are
//! (`counts.rs`): a node that is killed loses a second of it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{Code, Time};
use sea_orm::ConnectionTrait;

use crate::store::rows::{self, rows};
use crate::{Engine, Result};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pulse {
    /// A claim became a coupon.
    Claimed,
    /// The rules said no to a claim.
    Refused,
    /// A claim got no answer, for a fault of ours.
    Failed,
    /// A coupon was refused to an order.
    Tried,
}

impl Pulse {
    fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Tried => "tried",
        }
    }
}

/// What was counted since the last flush.
#[derive(Debug, Default)]
pub(crate) struct Pulses(Mutex<BTreeMap<(Pulse, i64, String), i64>>);

/// The most coupons that are told apart between two flushes: whoever makes codes up must not fill
/// the memory.
const GATHERED_MAX: usize = 10_000;

impl Pulses {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Pulse, i64, String), i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

rows! {
    struct Counted { kind: &'static str, minute: i64, subject: String, n: i64 }
}

/// So many times, just now.
pub(crate) fn beat(engine: &Engine, pulse: Pulse, n: usize) {
    if n > 0 {
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        let key = (pulse, minute(engine.now()), String::new());
        let mut gathered = engine.0.pulses.lock();
        *gathered.entry(key).or_default() += n;
        // Nobody writes down what happens while a history is played: the oldest goes.
        if gathered.len() > 2 * GATHERED_MAX {
            gathered.pop_first();
        }
    }
}

/// A coupon was refused to an order.
pub(crate) fn tried(engine: &Engine, coupon: Code) {
    let key = (Pulse::Tried, minute(engine.now()), coupon.to_string());
    let mut gathered = engine.0.pulses.lock();
    if gathered.len() < GATHERED_MAX || gathered.contains_key(&key) {
        *gathered.entry(key).or_default() += 1;
    }
}

/// Writes what was counted; on failure it is kept for the next time. For the worker.
pub async fn flush(engine: &Engine) -> Result<()> {
    let gathered = std::mem::take(&mut *engine.0.pulses.lock());
    if gathered.is_empty() {
        return Ok(());
    }
    let written = write(engine, &gathered).await;
    if written.is_err() {
        let mut since = engine.0.pulses.lock();
        for (key, n) in gathered {
            *since.entry(key).or_default() += n;
        }
    }
    written
}

async fn write(engine: &Engine, gathered: &BTreeMap<(Pulse, i64, String), i64>) -> Result<()> {
    const ADD: &str = "INSERT INTO pulses (kind, minute, subject, n)
        SELECT kind, minute, subject, n FROM {rows} WHERE TRUE
        ON CONFLICT (kind, minute, subject) DO UPDATE SET n = pulses.n + excluded.n";
    let row = |((pulse, minute, subject), n): (&(Pulse, i64, String), &i64)| Counted {
        kind: pulse.as_str(),
        minute: *minute,
        subject: subject.clone(),
        n: *n,
    };
    let rows: Vec<Counted> = gathered.iter().map(row).collect();
    let tx = engine.begin().await?;
    tx.execute_raw(rows::statement(&tx, ADD, &rows, [])?).await?;
    tx.commit().await
}

/// The minute a moment lies in, by its first microsecond.
fn minute(now: Time) -> i64 {
    const MINUTE: i64 = 60 * 1_000_000;
    now.timestamp_micros().div_euclid(MINUTE) * MINUTE
}
