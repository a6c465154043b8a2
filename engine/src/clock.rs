//! The one clock: this node's monotonic time plus its offset to the database's clock, so that a
//! node whose own clock is wrong does no harm.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, TimeDelta};
use domain::Time;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use crate::{Fault, Result};

/// Tells the time to the microsecond, UTC.
#[derive(Debug)]
pub struct Clock {
    /// From where monotonic time is counted; none for a clock that stands still.
    origin: Option<Instant>,
    /// The database's time at `origin`, in microseconds since the epoch.
    offset: AtomicI64,
    /// By how much a test moved the clock, in microseconds.
    moved: AtomicI64,
}

impl Clock {
    /// A clock that runs, set by the node's own time until it is measured.
    pub fn running() -> Self {
        Self {
            origin: Some(Instant::now()),
            offset: AtomicI64::new(node_micros()),
            moved: AtomicI64::new(0),
        }
    }

    /// A clock that stands still until it is set or advanced: for tests and for made-up history.
    pub fn still_at(now: Time) -> Self {
        Self {
            origin: None,
            offset: AtomicI64::new(now.timestamp_micros()),
            moved: AtomicI64::new(0),
        }
    }

    /// The moment.
    pub fn now(&self) -> Time {
        time(self.unmoved() + self.moved.load(Relaxed))
    }

    /// Moves the clock to `now`, from where it stands still or runs on as before.
    ///
    /// # Panics
    /// A running clock moves only in a build with the feature `test-clock`.
    pub fn set(&self, now: Time) {
        self.assert_movable();
        self.moved.store(now.timestamp_micros() - self.unmoved(), Relaxed);
    }

    /// Moves the clock on, or back where `by` is negative.
    ///
    /// # Panics
    /// As [`Clock::set`].
    pub fn advance(&self, by: TimeDelta) {
        self.assert_movable();
        self.moved.fetch_add(by.num_microseconds().unwrap_or(i64::MAX / 4), Relaxed);
    }

    fn assert_movable(&self) {
        let is_movable = self.origin.is_none() || cfg!(feature = "test-clock");
        assert!(is_movable, "only a build with the feature `test-clock` moves a running clock");
    }

    fn unmoved(&self) -> i64 {
        let elapsed = self.origin.map_or(0, |origin| micros(origin.elapsed()));
        self.offset.load(Relaxed) + elapsed
    }

    /// Asks the database for its time and takes it over. SQLite's is that of this machine.
    pub(crate) async fn measure(&self, db: &DatabaseConnection) -> Result<()> {
        let Some(origin) = self.origin else {
            return Ok(());
        };
        let offset = match db.get_database_backend() {
            DbBackend::Postgres => postgres_offset(db, origin).await?,
            _ => node_micros() - micros(origin.elapsed()),
        };
        self.offset.store(offset, Relaxed);
        Ok(())
    }
}

/// The server's time less monotonic time, by the quickest of a few questions: the answer is taken
/// to be from the middle of its journey, so the error is at most half of the quickest one.
async fn postgres_offset(db: &DatabaseConnection, origin: Instant) -> Result<i64> {
    const ASK: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    let mut best: Option<(i64, i64)> = None;
    for _ in 0..3 {
        let asked = micros(origin.elapsed());
        let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, ASK)).await?;
        let answered = micros(origin.elapsed());
        let server: i64 =
            row.ok_or_else(|| Fault::new("the database does not tell the time"))?.try_get_by(0)?;
        let journey = answered - asked;
        if best.is_none_or(|(shortest, _)| journey < shortest) {
            best = Some((journey, server - asked - journey / 2));
        }
    }
    best.map(|(_, offset)| offset)
        .ok_or_else(|| Fault::new("the database does not tell the time").into())
}

fn node_micros() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, micros)
}

fn micros(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Reads a stored moment: microseconds since the epoch.
pub(crate) fn time(micros: i64) -> Time {
    DateTime::from_timestamp_micros(micros).unwrap_or(Time::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::{Store, on_both_stores};

    #[test]
    fn a_still_clock_moves_only_when_told() {
        let noon = time(1_767_268_800_000_000);
        let clock = Clock::still_at(noon);
        assert_eq!(clock.now(), noon);
        clock.advance(TimeDelta::minutes(31));
        assert_eq!(clock.now(), noon + TimeDelta::minutes(31));
        clock.set(noon);
        assert_eq!(clock.now(), noon);
    }

    #[test]
    fn a_running_clock_starts_at_the_nodes_time_and_never_runs_backwards() {
        let clock = Clock::running();
        let first = clock.now();
        let second = clock.now();
        assert!(first <= second);
        assert!((first.timestamp_micros() - node_micros()).abs() < 60_000_000);
    }

    #[cfg(not(feature = "test-clock"))]
    #[test]
    #[should_panic(expected = "test-clock")]
    fn a_running_clock_cannot_be_moved_in_a_released_build() {
        Clock::running().advance(TimeDelta::days(1));
    }

    on_both_stores![a_node_whose_clock_is_wrong_goes_by_the_databases];

    async fn a_node_whose_clock_is_wrong_goes_by_the_databases(store: Store) {
        let clock = Clock::running();
        clock.offset.store(0, Relaxed);
        assert!(clock.now() < store.engine.now());
        clock.measure(store.engine.reader()).await.unwrap();
        let of_store = match store.engine.reader().get_database_backend() {
            DbBackend::Postgres => "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint",
            _ => "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)",
        };
        let before = clock.now().timestamp_millis();
        let of_store = store.number(of_store).await;
        let after = clock.now().timestamp_millis();
        // Half a quick round trip is all they may differ by; a busy machine is given more.
        assert!((before - 50..=after + 50).contains(&of_store), "{before} {of_store} {after}");
    }
}
