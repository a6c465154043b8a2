//! Passwords as argon2id, a few at a time: each takes 19 MiB and some 20 ms of a core.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use domain::Problem;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Fault, Result};

/// The shortest and the longest password, in characters.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=128;

/// How long anyone queues for a turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Nobody's password, hashed with the parameters in use: a login that does not exist costs as much
/// as one that does.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$\
                      Lbz2Xa1Xq2S8w1cYFzhL6yFnJ1Q1v4bC9o3Zt0m5nqk";

/// Bounds how many passwords are hashed at once on this node.
#[derive(Debug)]
pub(crate) struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
        Self(Arc::new(Semaphore::new(cores)))
    }
}

impl Passwords {
    /// Hashes a password into a PHC string with a fresh salt.
    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        let turn = self.turn().await?;
        let password = password.to_owned();
        let hashed = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
        });
        let unhashed = |error| Fault::because("a password could not be hashed", error);
        Ok(hashed.await?.map_err(unhashed)?)
    }

    /// Whether the password is that of `hash`; nobody's is when there is none, at the same cost.
    pub(crate) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        let turn = self.turn().await?;
        let password = password.to_owned();
        let verified = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let is_somebody = hash.is_some();
            let hash = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY))?;
            let is_same = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
            Ok(is_same && is_somebody)
        });
        let unread = |error: argon2::password_hash::phc::Error| {
            Fault::because("a stored password hash does not read", error)
        };
        Ok(verified.await?.map_err(unread)?)
    }

    /// The turn moves into the blocking task, which runs to its end even when nobody waits for it.
    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = tokio::time::timeout(PATIENCE, self.0.clone().acquire_owned()).await;
        let busy = || Fault::passing("too many passwords are being checked");
        Ok(turn.map_err(|_| busy())?.map_err(|_| busy())?)
    }
}

/// Says what is wrong with a new password.
pub(crate) fn check(password: &str) -> Result<(), Problem> {
    match password.chars().count() {
        0 => Err(Problem::Required),
        n if n < *LENGTH.start() => Err(Problem::TooShort { min: *LENGTH.start() as u64 }),
        n if n > *LENGTH.end() => Err(Problem::TooLong { max: *LENGTH.end() as u64 }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_alone() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(passwords.verify("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct hors", Some(hash)).await.unwrap());
        assert!(!passwords.verify("correct horse", None).await.unwrap());
    }

    #[test]
    fn nobodys_password_costs_as_much_as_anybodys() {
        let fresh = Argon2::default().hash_password(b"correct horse").unwrap();
        let nobody = PasswordHash::new(NOBODY).unwrap();
        assert_eq!(nobody.algorithm, fresh.algorithm);
        assert_eq!(nobody.version, fresh.version);
        assert_eq!(nobody.params, fresh.params);
        let lengths = |hash: &PasswordHash| {
            (hash.salt.map(|salt| salt.len()), hash.hash.map(|hash| hash.len()))
        };
        assert_eq!(lengths(&nobody), lengths(&fresh));
    }
}
