//! The audit trail: who changed what, from what, to what, from where. Appended, never changed.

use std::net::IpAddr;

use domain::{KeyId, Problem, Refusal, Time};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::Value;

use crate::Result;
use crate::entity::change;
use crate::store::fresh_id;
use crate::tx::Tx;

/// The longest reason or note, in characters.
pub const REASON_MAX: usize = 500;

/// A reason as it is kept, without what surrounds it. Refuses `invalid` with the name of the field
/// where there is none, or it is longer than [`REASON_MAX`].
pub(crate) fn reason<'a>(field: &str, text: &'a str) -> Result<&'a str, Refusal> {
    let text = text.trim();
    let problem = match text.chars().count() {
        0 => Problem::Required,
        n if n > REASON_MAX => Problem::TooLong { max: REASON_MAX as u64 },
        _ if text.contains(|c: char| c.is_control() && !c.is_whitespace()) => {
            Problem::ControlCharacter
        }
        _ => return Ok(text),
    };
    Err(Refusal::invalid(field, problem))
}

/// One change, as it is recorded in the transaction that makes it.
#[derive(Debug, Default)]
pub(crate) struct Change<'a> {
    /// Who: `operator:<id>`, `partner:<id>`, `shopper:<id>` or `system`.
    pub(crate) actor: String,
    /// What kind of thing was changed, such as `template`.
    pub(crate) subject_kind: &'static str,
    /// Its id.
    pub(crate) subject: String,
    /// What was done, in the past: `published`.
    pub(crate) action: &'static str,
    /// What it was before.
    pub(crate) old: Option<Value>,
    /// What it is now.
    pub(crate) new: Option<Value>,
    /// The client's address, where it is not that of the request ([`from`]).
    pub(crate) address: Option<&'a str>,
}

tokio::task_local! {
    /// From where the request came that is being seen to.
    static FROM: IpAddr;
}

/// Sees to a request that came from this address: what it changes is recorded as coming from there.
/// It goes with the task, so that no use case has to hand on what it does not ask for.
pub async fn from<T>(address: IpAddr, work: impl Future<Output = T>) -> T {
    FROM.scope(address, work).await
}

/// Appends a change to the audit trail.
pub(crate) async fn record(tx: &Tx, change: Change<'_>, now: Time) -> Result<()> {
    let address = change.address.map(str::to_owned);
    let address = address.or_else(|| FROM.try_with(IpAddr::to_string).ok());
    let row = change::ActiveModel {
        id: Set(fresh_id(now)),
        at: Set(now.timestamp_micros()),
        actor: Set(change.actor),
        subject_kind: Set(change.subject_kind.to_owned()),
        subject: Set(change.subject),
        action: Set(change.action.to_owned()),
        old: Set(change.old.map(|old| old.to_string())),
        new: Set(change.new.map(|new| new.to_string())),
        address: Set(address),
    };
    change::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Whom the audit trail names, as templates remember their authors.
pub(crate) fn author_in(actor: &str) -> Option<String> {
    match actor.strip_prefix("operator:") {
        Some(id) => Some(id.to_owned()),
        None => key_in(actor).map(|_| actor.to_owned()),
    }
}

/// The key that an author is, if it is one.
pub(crate) fn key_in(author: &str) -> Option<KeyId> {
    author.strip_prefix("partner:")?.parse().ok()
}
