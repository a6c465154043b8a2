#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

// Tests of private parts share their stores with those in `tests/it`.
#[cfg(test)]
extern crate self as engine;
#[cfg(test)]
#[allow(dead_code, clippy::unwrap_used, reason = "a test of its own, and not all of it used here")]
#[path = "../tests/it/stores.rs"]
mod stores;

pub mod accounts;
pub mod alerts;
pub mod attempts;
pub mod audit;
pub mod books;
pub mod catalogue;
mod changes;
pub mod channels;
pub mod clock;
mod columns;
pub mod counts;
pub mod coupons;
pub mod demo;
mod desk;
#[allow(dead_code, reason = "an entity mirrors its whole table, read or not")]
#[expect(unreachable_pub, reason = "SeaORM's derives write `pub`; nothing here leaves the crate")]
mod entity;
mod error;
pub mod events;
pub mod exceptions;
pub mod forecast;
pub mod funnel;
pub mod grants;
pub mod idempotency;
pub mod issuance;
pub mod notices;
pub mod offers;
pub mod orders;
pub mod overview;
pub mod partners;
pub mod pools;
pub mod redemption;
mod redis;
pub mod risk;
pub mod rollups;
pub mod segments;
pub mod sessions;
mod settings;
pub mod shoppers;
mod signature;
mod store;
pub mod sweeps;
pub mod templates;
mod tx;
pub mod wallet;
pub mod webhooks;

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, OnceLock};

use domain::Time;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use tokio::sync::Notify;

pub use changes::REASON_MAX;
pub use clock::Clock;
pub use error::{Error, Fault, Result};
pub use settings::{Secret, Settings};

use crate::redis::Redis;
use accounts::Passwords;
use alerts::{Pulses, Standing};
use catalogue::Catalogue;
use counts::Counts;
use desk::Desk;
use issuance::{Claim, Entrant};
use partners::Keys;
use redemption::{Asked, Told};
use risk::{Gathered, Owed, Stops, Watch};
use store::Connections;
use store::cached::Cached;
use store::templates::Revisions;
use templates::known::{Issued, KnownTemplates};
use webhooks::Outgoing;

/// The store, the clock and what is kept in memory: everything a use case needs. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    settings: Settings,
    clock: Clock,
    connections: Connections,
    redis: Redis,
    passwords: Passwords,
    catalogue: Cached<Catalogue>,
    channels: Cached<HashSet<String>>,
    keys: Cached<Keys>,
    known: Cached<KnownTemplates>,
    issued: Cached<Issued>,
    revisions: Revisions,
    claims: Desk<Claim>,
    entrants: Desk<Entrant>,
    /// Rings when somebody has told that claims wait in line.
    called: Notify,
    locks: Desk<Asked>,
    payments: Desk<Told>,
    counts: Counts,
    pulses: Pulses,
    standings: Cached<Vec<Standing>>,
    watch: Cached<Watch>,
    stops: Cached<Stops>,
    gathered: Gathered,
    owed: Owed,
    outgoing: Outgoing,
    /// The stand-in payment center's, where no real one's is agreed upon. It never leaves us.
    stand_in_secret: OnceLock<Secret>,
}

impl Engine {
    /// Opens the store to serve it or to write to it, by the running clock. It does not migrate.
    ///
    /// An SQLite file belongs to one process at a time; a second one is refused with a sentence.
    pub async fn open(settings: Settings) -> Result<Self> {
        Self::open_at(settings, Clock::running()).await
    }

    /// The same by a clock of the caller's.
    pub async fn open_at(settings: Settings, clock: Clock) -> Result<Self> {
        Self::with_access(settings, clock, true).await
    }

    /// Opens the store to look at it, also while another process serves it.
    pub async fn open_to_read(settings: Settings, clock: Clock) -> Result<Self> {
        Self::with_access(settings, clock, false).await
    }

    async fn with_access(settings: Settings, clock: Clock, may_write: bool) -> Result<Self> {
        let redis = Redis::new(&settings)?;
        let connections = store::connect(&settings, may_write).await?;
        clock.measure(&connections.reader).await?;
        Ok(Self(Arc::new(Inner {
            outgoing: Outgoing::new(settings.private_webhooks),
            settings,
            clock,
            connections,
            redis,
            passwords: Passwords::default(),
            revisions: Revisions::default(),
            claims: Desk::default(),
            entrants: Desk::default(),
            called: Notify::default(),
            locks: Desk::default(),
            payments: Desk::default(),
            counts: Counts::default(),
            pulses: Pulses::default(),
            standings: Cached::unversioned(),
            channels: Cached::unversioned(),
            watch: Cached::new(risk::SUBJECT),
            stops: Cached::new(risk::STOPS),
            gathered: Gathered::default(),
            owed: Owed::default(),
            stand_in_secret: OnceLock::new(),
            catalogue: Cached::new(catalogue::SUBJECT),
            keys: Cached::new(partners::SUBJECT),
            known: Cached::new(templates::known::SUBJECT),
            issued: Cached::unversioned(),
        })))
    }

    /// What this deployment chose.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The one clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The moment, for use cases to pass on.
    pub fn now(&self) -> Time {
        self.0.clock.now()
    }

    /// Sets the clock by the database's; the worker calls this every 30 seconds.
    pub async fn measure_clock(&self) -> Result<()> {
        self.0.clock.measure(&self.0.connections.reader).await
    }

    /// The connection that may change the schema: for the migrator alone.
    pub fn migration_connection(&self) -> &DatabaseConnection {
        &self.0.connections.writer
    }

    /// Claims of this node that are not settled yet.
    pub fn claims_waiting(&self) -> usize {
        self.0.claims.waiting()
    }

    /// How often this node has not counted a view or a refusal, because the store was away for long.
    pub fn counts_dropped(&self) -> u64 {
        self.0.counts.dropped()
    }

    /// Answers when the store does.
    pub async fn ping(&self) -> Result<()> {
        self.reader().execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// Whether Redis answers; none where this deployment has none.
    pub async fn redis_answers(&self) -> Option<bool> {
        self.redis().answers().await
    }

    /// What Redis does not do of what it is asked to, by its commands' names; none where this deployment
    /// has none.
    pub async fn redis_lacks(&self) -> Option<Vec<&'static str>> {
        let redis = self.redis();
        if !redis.answers().await? {
            return Some(vec!["PING"]);
        }
        let does = [
            ("PUBLISH", redis.pass_on("").await),
            ("SUBSCRIBE", redis.listen().await.is_some()),
            ("EVAL", risk::can_count(self).await),
        ];
        Some(does.into_iter().filter(|(_, does)| !does).map(|(what, _)| what).collect())
    }

    /// Waits for what is under way and closes the store; an SQLite file is then whole in one piece.
    pub async fn close(self) -> Result<()> {
        self.0.connections.reader.close_by_ref().await?;
        Ok(self.0.connections.writer.close_by_ref().await?)
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub(crate) fn catalogue(&self) -> &Cached<Catalogue> {
        &self.0.catalogue
    }

    pub(crate) fn keys(&self) -> &Cached<Keys> {
        &self.0.keys
    }

    pub(crate) fn known(&self) -> &Cached<KnownTemplates> {
        &self.0.known
    }

    /// To be distrusted by whoever has made coupons.
    pub(crate) fn issued(&self) -> &Cached<Issued> {
        &self.0.issued
    }

    pub(crate) fn redis(&self) -> &Redis {
        &self.0.redis
    }

    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.0.connections.writer
    }

    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.0.connections.reader
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}
