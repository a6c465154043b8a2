//! Who may claim how often, and who always or never: rules over sliding windows, steps against
//! guessing, deny and allow lists, and what is decided where several of them speak.

mod lists;
mod network;
mod recent;
mod rules;

use std::net::IpAddr;

use crate::{Device, Refusal, ShopperId, Time};

pub use lists::{Entry, List, Lists, Standing, Thing};
pub use network::Network;
pub use recent::{PARTS, Recent};
pub use rules::{Bound, LIMIT_MAX, Mode, Rule, Rules, WINDOW_MAX};

/// Whom risk looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// Who claims.
    pub shopper: ShopperId,
    /// By which device, where that is known.
    pub device: Option<Device>,
    /// From which address, where that is known.
    pub address: Option<IpAddr>,
}

/// How far it has come with somebody who guesses codes or templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// They have to wait.
    Delay,
    /// They have to show that they are a person.
    Challenge,
    /// They are locked out.
    LockOut,
}

impl Step {
    /// All of them, mildest first.
    pub const ALL: [Self; 3] = [Self::Delay, Self::Challenge, Self::LockOut];

    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delay => "delay",
            Self::Challenge => "challenge",
            Self::LockOut => "lock_out",
        }
    }

    /// Reads [`Step::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == word)
    }

    /// The step that `wrong` wrong ones within the window lead to: none up to `limit`, a delay up to
    /// twice as many, a challenge up to three times as many, then the lock-out.
    pub fn after(wrong: u32, limit: u32) -> Option<Self> {
        match wrong.saturating_sub(1) / limit.max(1) {
            _ if wrong <= limit => None,
            1 => Some(Self::Delay),
            2 => Some(Self::Challenge),
            _ => Some(Self::LockOut),
        }
    }

    /// As many wrong ones are counted and no more, so that every lock-out ends.
    pub fn most(limit: u32) -> u32 {
        limit.saturating_mul(3).saturating_add(1)
    }

    /// When it ends, if nothing more comes. A lock-out lasts a whole window from now.
    pub fn ends_at(self, recent: &Recent, bound: &Bound, now: Time) -> Time {
        match self {
            Self::Delay => recent.room_at(bound.limit),
            Self::Challenge => recent.room_at(bound.limit.saturating_mul(2).saturating_add(1)),
            Self::LockOut => now + bound.window(),
        }
    }

    /// How it is answered.
    pub fn refusal(self, ends_at: Time, now: Time) -> Refusal {
        match self {
            Self::Delay => Refusal::TooManyAttempts { retry_after: seconds_until(ends_at, now) },
            Self::Challenge => Refusal::ChallengeRequired,
            Self::LockOut => Refusal::RiskRejected,
        }
    }
}

/// Whole seconds, rounded up, at least one: who waits that long is let in.
pub fn seconds_until(ends_at: Time, now: Time) -> u64 {
    let micros = (ends_at - now).num_microseconds().and_then(|micros| u64::try_from(micros).ok());
    micros.unwrap_or(0).div_ceil(1_000_000).max(1)
}

/// A rule that says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Which.
    pub rule: Rule,
    /// As it stands.
    pub bound: Bound,
    /// What it leads to; claims that come too often have to wait.
    pub step: Step,
    /// When it ends.
    pub ends_at: Time,
}

/// Why something was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The host shop has blocked the shopper.
    Blocked,
    /// It stands on the deny list.
    Denied(Entry),
    /// A rule says no.
    Rule(Reached),
}

impl Why {
    /// What decided, in a word: a rule's, `deny_list` or `blocked`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Denied(_) => "deny_list",
            Self::Rule(reached) => reached.rule.as_str(),
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It was refused.
    Refused(Refusal),
    /// It passed; were the rule on, it would have been refused.
    Shadow,
    /// It passed though a rule says no, because of an entry of the allow list.
    Allowed(Entry),
}

impl Decision {
    /// The words in the store.
    pub const WORDS: [&str; 3] = ["refused", "shadow", "allowed"];

    /// In a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Refused(_) => Self::WORDS[0],
            Self::Shadow => Self::WORDS[1],
            Self::Allowed(_) => Self::WORDS[2],
        }
    }
}

/// One thing that was decided, and why. What plainly passes has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Why.
    pub why: Why,
    /// What.
    pub decision: Decision,
}

/// What risk says, with everything there is to write down about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judged {
    /// Why it is refused, if it is.
    pub refusal: Option<Refusal>,
    /// What was found: at most one refusal, and what passed though a rule says no.
    pub findings: Vec<Finding>,
}

/// Decides: whoever is denied is refused, whoever is allowed passes, and of the rules that say no the
/// first one that is on refuses. Rules in shadow, and those that an entry overrules, are only found.
pub fn decide(standing: &Standing, reached: &[Reached], now: Time) -> Judged {
    let denied = match standing {
        Standing::Blocked => Some(Why::Blocked),
        Standing::Denied(entry) => Some(Why::Denied(entry.clone())),
        Standing::Allowed(_) | Standing::Plain => None,
    };
    if let Some(why) = denied {
        let decision = Decision::Refused(Refusal::RiskRejected);
        let findings = vec![Finding { why, decision }];
        return Judged { refusal: Some(Refusal::RiskRejected), findings };
    }
    let mut judged = Judged::default();
    for reached in reached {
        let decision = match (standing, reached.bound.mode) {
            (_, Mode::Off) => continue,
            (_, Mode::Shadow) => Decision::Shadow,
            (Standing::Allowed(entry), Mode::On) => Decision::Allowed(entry.clone()),
            (_, Mode::On) if judged.refusal.is_some() => continue,
            (_, Mode::On) => {
                let refusal = reached.step.refusal(reached.ends_at, now);
                judged.refusal = Some(refusal.clone());
                Decision::Refused(refusal)
            }
        };
        judged.findings.push(Finding { why: Why::Rule(*reached), decision });
    }
    judged
}

#[cfg(test)]
mod tests;
