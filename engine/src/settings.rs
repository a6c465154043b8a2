//! What a deployment may choose. The front door reads these from the environment.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use domain::calendar::Zone;
use domain::{Currency, Money};

/// Every choice, with a default that works on a laptop.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `sqlite://data/quan.db?mode=rwc`, or `postgres://…`.
    pub database_url: String,
    /// How many connections this node opens to PostgreSQL. Few are quicker than many: on one hot
    /// row more clients only queue.
    pub postgres_connections: u32,
    /// `redis://host:6379/0`; none: there is no Redis, and nothing lacks.
    pub redis_url: Option<String>,
    /// How long anybody waits for an answer of Redis before they go on without it.
    pub redis_patience: Duration,
    /// The deployment's one currency.
    pub currency: Currency,
    /// Where the shop's days begin and end.
    pub time_zone: Zone,
    /// How many coupons one order may take, 1 to 8.
    pub max_coupons_per_order: u8,
    /// How long a lock lasts when the order system does not say, at most 24 hours.
    pub lock_minutes: u32,
    /// How many coupons a shopper may claim on one local day over all templates.
    pub shop_daily_limit: u32,
    /// A template that puts more than this at risk needs a second person's approval; none: never.
    pub approval_above: Option<Money>,
    /// How many coupons one operator may replace on a local day.
    pub replacements_daily: u32,
    /// What sessions are kept under in the store, so that nobody who can write there can make one;
    /// another one ends them all. None: they are kept under their hash alone.
    pub secret: Option<Secret>,
    /// What the host shop signs its hand-offs with; none: it hands nobody over.
    pub shop_secret: Option<Secret>,
    /// Whether outgoing webhooks may reach private networks, and by plain HTTP: for trying them on a
    /// laptop, and for deployments whose order system lives beside them.
    pub private_webhooks: bool,
    /// What the payment center signs its callbacks with; none: it is not listened to.
    pub payment_secret: Option<Secret>,
}

/// Bytes that only we and whom we share them with know; they do not show in logs.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The fewest bytes: as many as SHA-256 has, which RFC 7518 (3.2) asks of a key.
    pub const MIN: usize = 32;

    /// None if it is too short to be one.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Option<Self> {
        Some(bytes.into()).filter(|bytes: &Vec<u8>| bytes.len() >= Self::MIN).map(Self)
    }

    /// A secret as Standard Webhooks writes it: `whsec_` and 24 to 64 bytes in base64. None if the
    /// text is no such thing.
    pub fn of_webhooks(text: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(text.strip_prefix("whsec_")?).ok()?;
        (24..=64).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// One that nobody else knows.
    pub(crate) fn random() -> Self {
        Self(rand::random::<[u8; 32]>().to_vec())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Settings {
    /// The default length of a lock.
    pub fn lock_length(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.lock_minutes))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database_url: "sqlite://data/quan.db?mode=rwc".to_owned(),
            postgres_connections: 12,
            redis_url: None,
            redis_patience: Duration::from_millis(50),
            currency: Currency::CNY,
            time_zone: Zone::SHANGHAI,
            max_coupons_per_order: 3,
            lock_minutes: 30,
            shop_daily_limit: 50,
            approval_above: None,
            replacements_daily: 20,
            secret: None,
            shop_secret: None,
            private_webhooks: false,
            payment_secret: None,
        }
    }
}
