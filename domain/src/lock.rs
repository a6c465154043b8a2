//! Coupons reserved for one order, until a time.

use serde::{Deserialize, Serialize};

use crate::Time;

/// Where a lock stands in the store; the clock may be ahead of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockState {
    /// Holds its coupons, until its time is over.
    Active,
    /// Given up before payment.
    Released,
    /// Its time ran out.
    Lapsed,
    /// The order was paid.
    Redeemed,
}

impl LockState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Released, Self::Lapsed, Self::Redeemed];

    /// The word in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Released => "released",
            Self::Lapsed => "lapsed",
            Self::Redeemed => "redeemed",
        }
    }

    /// Reads [`LockState::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// The state once the clock is counted in: an active lock past its end has lapsed.
    pub fn at(self, until: Time, now: Time) -> Self {
        if self == Self::Active && until <= now { Self::Lapsed } else { self }
    }
}
