//! A template that everybody wants at once, each a shopper who has not claimed before.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use anyhow::{Result, ensure};
use domain::template::Lane;

use crate::client::Client;

/// Claims before those that count, when caches fill and statements are prepared.
pub(super) const WARM_UP: u64 = 200;

pub(super) struct Rush {
    name: &'static str,
    lane: Lane,
    template: String,
    came: AtomicU64,
}

impl Rush {
    /// There is plenty of it.
    pub(super) fn on(client: &Client, name: &'static str, lane: Lane) -> Result<Self> {
        let template = client.template(name, 100_000_000, lane)?;
        Ok(Self { name, lane, template, came: AtomicU64::new(0) })
    }

    /// The next one claims, and has a coupon, or a ticket.
    pub(super) fn claim(&self, client: &Client) -> Result<()> {
        let n = self.came.fetch_add(1, Relaxed);
        let Self { name, template, .. } = self;
        let body = format!(r#"{{"shopper":"{name}-{n}","template":"{template}"}}"#);
        let (status, answer) = client.post("/claims", &format!("{name}-{n}"), &body)?;
        let (expected, state) = match self.lane {
            Lane::Instant => (201, r#""state":"available""#),
            Lane::Queued => (202, r#""state":"waiting""#),
        };
        let is_taken = status == expected && answer.contains(state);
        ensure!(is_taken, "a claim answered {status}: {answer}");
        Ok(())
    }

    /// How many have claimed; all of them were answered, or the bench has failed.
    pub(super) fn came(&self) -> u64 {
        self.came.load(Relaxed)
    }
}
