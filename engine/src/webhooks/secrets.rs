//! Secrets of endpoints, and what is signed with them ([`crate::signature`]).
//!
//! A secret signs, so it has to be kept as it is: whoever reads the store, or a copy of it, can
//! sign as we do. It is told once, to the admin who made it, and shows in no log, page or audit entry.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use domain::Time;

use crate::clock::time;
use crate::entity::webhook;
use crate::settings::Secret;
use crate::{Fault, Result, signature};

const PREFIX: &str = "whsec_";
/// How long a secret that was replaced signs beside the new one.
const OVERLAP: TimeDelta = TimeDelta::hours(24);
/// How many such there are at most: a header is no place for more. The oldest is dropped.
const OLD_MAX: usize = 3;

/// `whsec_` and 32 random bytes in Base64.
pub(super) fn fresh_secret() -> String {
    format!("{PREFIX}{}", BASE64_STANDARD.encode(rand::random::<[u8; 32]>()))
}

/// What an endpoint is signed with: the secret, and those before it until their time is over.
pub(super) struct Secrets {
    current: String,
    old: Vec<(String, i64)>,
}

impl Secrets {
    pub(super) fn of(row: &webhook::Model) -> Result<Self> {
        Ok(Self { current: row.secret.0.clone(), old: serde_json::from_str(&row.old_secrets.0)? })
    }

    /// The same once another secret takes the place of the current one.
    pub(super) fn replaced_at(mut self, now: Time) -> Self {
        self.old.retain(|(_, until)| time(*until) > now);
        self.old.insert(0, (self.current.clone(), (now + OVERLAP).timestamp_micros()));
        self.old.truncate(OLD_MAX);
        self
    }

    /// Those before the current one, as they are stored.
    pub(super) fn old_json(&self) -> Result<String> {
        Ok(serde_json::to_string(&self.old)?)
    }

    /// Until when the one before the current one signs.
    pub(super) fn rotating_until(&self, now: Time) -> Option<Time> {
        self.good_old(now).map(|(_, until)| time(*until)).max()
    }

    /// The header `webhook-signature`: one signature per secret, a space between.
    pub(super) fn sign(&self, id: &str, at: Time, body: &str) -> Result<String> {
        let sign = |secret: &String| {
            let secret = Secret::of_webhooks(secret)
                .ok_or_else(|| Fault::new("the secret of an endpoint does not read"))?;
            Ok(signature::sign(&secret, id, at.timestamp(), body.as_bytes()))
        };
        let old = self.good_old(at).map(|(secret, _)| secret);
        let signatures: Result<Vec<String>> =
            std::iter::once(&self.current).chain(old).map(sign).collect();
        Ok(signatures?.join(" "))
    }

    fn good_old(&self, now: Time) -> impl Iterator<Item = &(String, i64)> {
        self.old.iter().filter(move |(_, until)| time(*until) > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Time {
        time(1_767_268_800_000_000) + TimeDelta::hours(hour)
    }

    fn secrets() -> Secrets {
        Secrets { current: fresh_secret(), old: Vec::new() }
    }

    #[test]
    fn a_secret_is_thirty_two_bytes_and_another_each_time() {
        let secret = fresh_secret();
        let bytes = BASE64_STANDARD.decode(secret.strip_prefix(PREFIX).unwrap()).unwrap();
        assert_eq!(bytes.len(), 32);
        assert_ne!(secret, fresh_secret());
    }

    #[test]
    fn a_replaced_secret_signs_for_a_day_more() {
        let secrets = secrets().replaced_at(at(0));
        let count = |now| secrets.sign("id", now, "{}").unwrap().split(' ').count();
        assert_eq!(count(at(23)), 2);
        assert_eq!(secrets.rotating_until(at(23)), Some(at(24)));
        assert_eq!(count(at(24)), 1);
        assert_eq!(secrets.rotating_until(at(24)), None);
    }

    #[test]
    fn only_the_last_few_secrets_sign_on() {
        let secrets = (0..9).fold(secrets(), |secrets, hour| secrets.replaced_at(at(hour)));
        assert_eq!(secrets.sign("id", at(9), "{}").unwrap().split(' ').count(), 1 + OLD_MAX);
        let later = secrets.replaced_at(at(48));
        assert_eq!(later.sign("id", at(48), "{}").unwrap().split(' ').count(), 2);
    }
}
