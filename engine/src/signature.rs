//! Signatures of messages between servers, as Standard Webhooks has them
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>):
//! HMAC SHA-256 over `id.timestamp.body`.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use chrono::TimeDelta;
use domain::Time;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::settings::Secret;

/// By how much a message may be older or newer than our clock.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// What every signature of this kind begins with.
const VERSION: &str = "v1,";

/// Why a message is not taken. For the log: whoever brings it is told the same each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    NoSecret,
    Id,
    Timestamp,
    Age,
    Signature,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSecret => "no secret is agreed upon",
            Self::Id => "it has no id",
            Self::Timestamp => "it does not say when it was sent",
            Self::Age => "it was sent too long ago, or later than now",
            Self::Signature => "no signature of it is right",
        })
    }
}

/// The signature of a message, `v1,<base64>`; `timestamp` in seconds since the epoch.
pub(crate) fn sign(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> String {
    let signature = message(secret, id, &timestamp.to_string(), body).finalize().into_bytes();
    format!("{VERSION}{}", BASE64.encode(signature))
}

/// Holds a message against the secret and the moment. `signatures` are separated by spaces, so that
/// a sender may change its secret; one that is right is enough.
pub(crate) fn verify(
    secret: &Secret,
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now: Time,
) -> Result<(), Flaw> {
    if id.is_empty() {
        return Err(Flaw::Id);
    }
    let sent_at = timestamp.parse().ok().and_then(|seconds| Time::from_timestamp(seconds, 0));
    let sent_at = sent_at.ok_or(Flaw::Timestamp)?;
    if (now - sent_at).abs() > TOLERANCE {
        return Err(Flaw::Age);
    }
    let is_right = |given: &str| {
        let given = given.strip_prefix(VERSION).and_then(|given| BASE64.decode(given).ok());
        // Compares in constant time.
        given.is_some_and(|given| message(secret, id, timestamp, body).verify_slice(&given).is_ok())
    };
    if signatures.split(' ').any(is_right) { Ok(()) } else { Err(Flaw::Signature) }
}

fn message(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    mac(secret)
        .chain_update(id)
        .chain_update(".")
        .chain_update(timestamp)
        .chain_update(".")
        .chain_update(body)
}

/// HMAC SHA-256 with a secret of ours.
#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
pub(crate) fn mac(secret: &Secret) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(secret.bytes()).expect("a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_614_265_330;
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn secret() -> Secret {
        Secret::of_webhooks("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()
    }

    fn judge(id: &str, timestamp: &str, signatures: &str, body: &[u8]) -> Result<(), Flaw> {
        let now = Time::from_timestamp(NOW, 0).unwrap();
        verify(&secret(), id, timestamp, signatures, body, now)
    }

    /// The example that the libraries of Standard Webhooks are tested with.
    #[test]
    fn the_example_of_the_standard_is_signed_alike() {
        let signed = sign(&secret(), ID, NOW, BODY);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(judge(ID, &NOW.to_string(), &signed, BODY), Ok(()));
    }

    #[test]
    fn one_right_signature_among_others_is_enough() {
        let right = sign(&secret(), ID, NOW, BODY);
        let other = sign(&Secret::random(), ID, NOW, BODY);
        for several in [format!("{other} {right}"), format!("v1a,AAAA {right} v2,x"), right.clone()]
        {
            assert_eq!(judge(ID, &NOW.to_string(), &several, BODY), Ok(()), "{several}");
        }
        let bare = right.strip_prefix("v1,").unwrap();
        for wrong in [&other, "", "v1,", "v1", bare, &format!("v1a,{bare}"), &right[..20]] {
            assert_eq!(judge(ID, &NOW.to_string(), wrong, BODY), Err(Flaw::Signature), "{wrong}");
        }
    }

    #[test]
    fn what_was_changed_is_refused() {
        let right = sign(&secret(), ID, NOW, BODY);
        let now = NOW.to_string();
        assert_eq!(judge("msg_other", &now, &right, BODY), Err(Flaw::Signature));
        assert_eq!(judge("", &now, &right, BODY), Err(Flaw::Id));
        assert_eq!(judge(ID, &(NOW + 1).to_string(), &right, BODY), Err(Flaw::Signature));
        assert_eq!(judge(ID, &now, &right, b"{}"), Err(Flaw::Signature));
    }

    #[test]
    fn a_message_is_good_for_five_minutes_either_way() {
        let sent = |at: i64| judge(ID, &at.to_string(), &sign(&secret(), ID, at, BODY), BODY);
        for at in [NOW - 300, NOW, NOW + 300] {
            assert_eq!(sent(at), Ok(()), "{at}");
        }
        for at in [NOW - 301, NOW + 301, 0] {
            assert_eq!(sent(at), Err(Flaw::Age), "{at}");
        }
        for odd in ["", "now", "1e9", "1614265330.5", "99999999999999999999"] {
            assert_eq!(judge(ID, odd, "v1,", BODY), Err(Flaw::Timestamp), "{odd}");
        }
    }

    #[test]
    fn a_secret_is_read_as_it_is_written() {
        let of = |bytes: usize| format!("whsec_{}", BASE64.encode(vec![7; bytes]));
        for (text, is_one) in [
            (of(24), true),
            (of(64), true),
            (of(23), false),
            (of(65), false),
            (of(32).replace("whsec_", ""), false),
            ("whsec_???".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(Secret::of_webhooks(&text).is_some(), is_one, "{text}");
        }
    }
}
