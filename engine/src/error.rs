//! A refusal is not a failure: what the rules say no to, what is not there, and what went wrong.

use std::error::Error as StdError;
use std::fmt;

use domain::Refusal;
use sea_orm::{DbErr, RuntimeErr};

use crate::idempotency::Answer;

/// What a use case answers when it does not do what it was asked.
#[derive(Debug)]
pub enum Error {
    /// The rules say no; the asker is told why.
    Refused(Refusal),
    /// One of the coupons an order names cannot be used; the order as a whole is not locked.
    CouponRefused(domain::quote::Refused),
    /// What was named is not there, or is not this actor's to know of.
    Missing,
    /// The same request was answered before: this is the answer.
    Answered(Answer),
    /// The key was used for another request before.
    OtherRequest,
    /// Nobody's fault who asked: logged once with its cause, shown as a reference number.
    Fault(Box<Fault>),
}

/// What engine's functions answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Something that should not have happened, with its cause.
#[derive(Debug)]
pub struct Fault {
    message: String,
    cause: Option<Box<dyn StdError + Send + Sync>>,
    passing: bool,
}

impl Fault {
    /// A fault without a deeper cause; `message` is one sentence for the log.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), cause: None, passing: false }
    }

    /// The same, of a kind that passes by itself: asking again later may well succeed.
    pub fn passing(message: impl Into<String>) -> Self {
        Self { passing: true, ..Self::new(message) }
    }

    /// The same with the error that caused it.
    pub fn because(
        message: impl Into<String>,
        cause: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self { cause: Some(cause.into()), ..Self::new(message) }
    }

    /// Whether asking again later may succeed: the store was away, full or too busy. The edges
    /// answer these with 503 and the others with 500.
    pub fn is_passing(&self) -> bool {
        self.passing
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Fault {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as _)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "refused: {}", refusal.code()),
            Self::CouponRefused(refused) => {
                write!(f, "a coupon refused: {}", refused.refusal.code())
            }
            Self::Missing => f.write_str("not found"),
            Self::Answered(_) => f.write_str("answered before"),
            Self::OtherRequest => f.write_str("the key of another request"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Fault(fault) => fault.source(),
            _ => None,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let passing = is_passing(&error);
        Fault { passing, ..Fault::because("the store did not do what it was asked", error) }.into()
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Fault::because("stored JSON does not read or write", error).into()
    }
}

impl From<tokio::task::JoinError> for Error {
    fn from(error: tokio::task::JoinError) -> Self {
        Fault::because("a task ended early", error).into()
    }
}

fn is_passing(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            is_passing_in_sqlx(cause)
        }
        _ => false,
    }
}

fn is_passing_in_sqlx(error: &sea_orm::SqlxError) -> bool {
    use sea_orm::SqlxError as E;
    match error {
        E::Database(error) => error.code().is_some_and(|code| is_passing_code(&code)),
        E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => true,
        _ => false,
    }
}

/// PostgreSQL's SQLSTATE has five symbols; SQLite's extended result code is a shorter number whose
/// low byte is the primary code.
fn is_passing_code(code: &str) -> bool {
    if code.len() == 5 {
        // Connection, resources, shutdown; serialisation, deadlock, lock and statement time-outs.
        let classes = ["08", "53", "57P"];
        let codes = ["40001", "40P01", "55P03", "57014"];
        return classes.iter().any(|class| code.starts_with(class)) || codes.contains(&code);
    }
    // BUSY, LOCKED, IOERR, FULL, CANTOPEN
    code.parse::<u32>().is_ok_and(|code| [5, 6, 10, 13, 14].contains(&(code & 0xff)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_store_passes_and_a_broken_constraint_does_not() {
        for code in ["57P01", "40P01", "55P03", "57014", "53100", "5", "517", "13"] {
            assert!(is_passing_code(code), "{code}");
        }
        for code in ["23505", "23514", "42601", "2067", "1"] {
            assert!(!is_passing_code(code), "{code}");
        }
    }
}
