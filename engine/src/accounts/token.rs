//! Tokens of the host shop: JSON Web Tokens (RFC 7519) signed with HMAC SHA-256 (RFC 7515). The
//! algorithm is ours to say, not the token's.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use domain::ids::check_reference;
use domain::{ShopperId, Time};
use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;

use crate::settings::Secret;
use crate::signature;

/// Whom a token must be meant for.
const AUDIENCE: &str = "quan";

/// How far ahead a token may end, in seconds: it travels by an address, which is written down in
/// many places.
const LIFE_MAX: i64 = 300;

/// By how many seconds the host shop's clock may be ahead of ours.
const CLOCK_SKEW: i64 = 60;

/// Longer ones are none: nothing that long needs to be read.
const LENGTH_MAX: usize = 4096;

/// Whom the host shop vouches for, once.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// The shopper, as the host shop calls them.
    pub(crate) shopper: ShopperId,
    /// How they want to be called, as it was written.
    pub(crate) name: Option<String>,
    /// Its own name, by which it is known again.
    pub(crate) id: String,
    /// From when on it is refused, in seconds since the epoch.
    pub(crate) ends: i64,
}

/// Why a token is not taken. For the log: whoever brings it is told the same each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    Unreadable,
    Algorithm,
    Signature,
    Audience,
    Expired,
    TooLong,
    FromTheFuture,
    Shopper,
    Id,
    Used,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "it is no token",
            Self::Algorithm => "it is not signed by HS256",
            Self::Signature => "its signature is wrong",
            Self::Audience => "it is meant for somebody else",
            Self::Expired => "it has expired",
            Self::TooLong => "it is valid for too long",
            Self::FromTheFuture => "it was issued in the future",
            Self::Shopper => "it names no shopper",
            Self::Id => "it has no id",
            Self::Used => "it was used before",
        })
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    /// What a reader must understand; we understand nothing beyond the standard.
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    aud: Audience,
    sub: String,
    jti: String,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn includes(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.iter().any(|one| one == name),
        }
    }
}

/// Reads a token and holds it against the secret and the moment.
pub(crate) fn read(token: &str, secret: &Secret, now: Time) -> Result<Token, Flaw> {
    if token.len() > LENGTH_MAX {
        return Err(Flaw::Unreadable);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Flaw::Unreadable)?;
    let (header, claims) = signed.split_once('.').ok_or(Flaw::Unreadable)?;
    let header: Header = decode(header)?;
    if header.alg != "HS256" || header.crit.is_some() {
        return Err(Flaw::Algorithm);
    }
    let signature = BASE64.decode(signature).map_err(|_| Flaw::Unreadable)?;
    // Compares in constant time.
    mac(secret, signed).verify_slice(&signature).map_err(|_| Flaw::Signature)?;
    accept(decode(claims)?, now.timestamp())
}

fn accept(claims: Claims, now: i64) -> Result<Token, Flaw> {
    if !claims.aud.includes(AUDIENCE) {
        return Err(Flaw::Audience);
    }
    if claims.exp <= now {
        return Err(Flaw::Expired);
    }
    if claims.exp > now + LIFE_MAX {
        return Err(Flaw::TooLong);
    }
    if claims.iat > now + CLOCK_SKEW || claims.nbf.is_some_and(|from| from > now + CLOCK_SKEW) {
        return Err(Flaw::FromTheFuture);
    }
    let shopper = ShopperId::new(claims.sub).map_err(|_| Flaw::Shopper)?;
    check_reference(&claims.jti).map_err(|_| Flaw::Id)?;
    Ok(Token { shopper, name: claims.name, id: claims.jti, ends: claims.exp })
}

fn decode<T: for<'a> Deserialize<'a>>(part: &str) -> Result<T, Flaw> {
    let json = BASE64.decode(part).map_err(|_| Flaw::Unreadable)?;
    serde_json::from_slice(&json).map_err(|_| Flaw::Unreadable)
}

fn mac(secret: &Secret, signed: &str) -> Hmac<Sha256> {
    signature::mac(secret).chain_update(signed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: i64 = 1_800_000_000;

    fn secret() -> Secret {
        Secret::new("0123456789abcdef0123456789abcdef").unwrap()
    }

    fn encode(header: &Value, claims: &Value) -> String {
        let signed = [header, claims].map(|part| BASE64.encode(part.to_string())).join(".");
        let signature = mac(&secret(), &signed).finalize().into_bytes();
        format!("{signed}.{}", BASE64.encode(signature))
    }

    fn judge(token: &str) -> Result<Token, Flaw> {
        read(token, &secret(), Time::from_timestamp(NOW, 0).unwrap())
    }

    /// The claims of a good token with some of them changed; null takes one away.
    fn claims(changes: Value) -> Value {
        let mut claims =
            json!({"aud": "quan", "sub": "s-1", "jti": "t-1", "iat": NOW, "exp": NOW + 60});
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        claims
    }

    fn signed(changes: Value) -> Result<Token, Flaw> {
        judge(&encode(&json!({"alg": "HS256", "typ": "JWT"}), &claims(changes)))
    }

    #[test]
    fn a_good_token_names_its_shopper() {
        let token = signed(json!({"name": "小林"})).unwrap();
        let shopper = ShopperId::new("s-1").unwrap();
        let (name, id) = (Some("小林".to_owned()), "t-1".to_owned());
        assert_eq!(token, Token { shopper, name, id, ends: NOW + 60 });
        for good in [
            json!({"aud": ["other", "quan"]}),
            json!({"exp": NOW + 1}),
            json!({"exp": NOW + 300}),
            json!({"iat": NOW + 60, "nbf": NOW + 60}),
            json!({"sub": "券".repeat(64)}),
            json!({"unknown": {"a": 1}}),
        ] {
            signed(good.clone()).unwrap_or_else(|flaw| panic!("{good}: {flaw}"));
        }
    }

    #[test]
    fn every_flaw_is_found() {
        for (changes, flaw) in [
            (json!({"aud": "other"}), Flaw::Audience),
            (json!({"aud": ["other"]}), Flaw::Audience),
            (json!({"aud": null}), Flaw::Unreadable),
            (json!({"exp": NOW}), Flaw::Expired),
            (json!({"exp": NOW + 301}), Flaw::TooLong),
            (json!({"exp": i64::MAX}), Flaw::TooLong),
            (json!({"exp": null}), Flaw::Unreadable),
            (json!({"exp": "soon"}), Flaw::Unreadable),
            (json!({"exp": 1e300}), Flaw::Unreadable),
            (json!({"iat": null}), Flaw::Unreadable),
            (json!({"iat": NOW + 61}), Flaw::FromTheFuture),
            (json!({"nbf": NOW + 61}), Flaw::FromTheFuture),
            (json!({"sub": ""}), Flaw::Shopper),
            (json!({"sub": "x".repeat(65)}), Flaw::Shopper),
            (json!({"sub": "a\nb"}), Flaw::Shopper),
            (json!({"sub": 1}), Flaw::Unreadable),
            (json!({"jti": ""}), Flaw::Id),
            (json!({"jti": "x".repeat(65)}), Flaw::Id),
            (json!({"jti": null}), Flaw::Unreadable),
        ] {
            assert_eq!(signed(changes.clone()), Err(flaw), "{changes}");
        }
    }

    #[test]
    fn the_algorithm_is_not_the_tokens_to_choose() {
        for header in [
            json!({"alg": "none"}),
            json!({"alg": "None"}),
            json!({"alg": "hs256"}),
            json!({"alg": "HS512"}),
            json!({"alg": "RS256"}),
            json!({"alg": "HS256", "crit": ["exp"]}),
        ] {
            let token = encode(&header, &claims(json!({})));
            assert_eq!(judge(&token), Err(Flaw::Algorithm), "{header}");
            let (signed, _) = token.rsplit_once('.').unwrap();
            assert_eq!(judge(&format!("{signed}.")), Err(Flaw::Algorithm), "{header}");
        }
    }

    #[test]
    fn what_was_changed_or_cut_is_refused() {
        let good = encode(&json!({"alg": "HS256"}), &claims(json!({})));
        let other = encode(&json!({"alg": "HS256"}), &claims(json!({"sub": "s-2"})));
        let (mine, theirs) = (good.rsplit_once('.').unwrap(), other.rsplit_once('.').unwrap());
        assert_eq!(judge(&format!("{}.{}", mine.0, theirs.1)), Err(Flaw::Signature));
        assert_eq!(judge(&format!("{}.", mine.0)), Err(Flaw::Signature));
        assert_eq!(judge(&format!("{}.{}", mine.0, &mine.1[..4])), Err(Flaw::Signature));
        assert_eq!(judge(&format!("{good}=")), Err(Flaw::Unreadable));
        let other_key = Secret::new("another key of thirty-two bytes!").unwrap();
        let now = Time::from_timestamp(NOW, 0).unwrap();
        assert_eq!(read(&good, &other_key, now), Err(Flaw::Signature));
        for odd in ["", ".", "..", "...", "a.b", "a.b.c", "券.券.券", &"x".repeat(5_000)] {
            assert_eq!(judge(odd), Err(Flaw::Unreadable), "{odd}");
        }
    }

    /// RFC 7515, appendix A.1: the signature is right, and the claims are not for us.
    #[test]
    fn the_example_of_the_standard_verifies() {
        const KEY: &str = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75\
                           aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        const TOKEN: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
            cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
            dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let key = Secret::new(BASE64.decode(KEY).unwrap()).unwrap();
        let (signed, signature) = TOKEN.rsplit_once('.').unwrap();
        let signature = BASE64.decode(signature).unwrap();
        mac(&key, signed).verify_slice(&signature).unwrap();
    }
}
