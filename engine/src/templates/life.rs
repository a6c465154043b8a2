//! The life of a template: published, reviewed, paused, ended.

use std::collections::HashSet;

use domain::actor::{Actor, Approver, Designer};
use domain::template::{Action, State};
use domain::{Problem, Refusal, TemplateId};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::json;
use uuid::Uuid;

use super::listing::{count_live, live_ids};
use super::{Template, authors_of, change, check, is_listed, known, load};
use crate::changes;
use crate::idempotency::Once;
use crate::store::rows::{self, rows};
use crate::store::{fresh_id, sql};
use crate::tx::Tx;
use crate::{Engine, Fault, Result};

/// What an approver says of a template in review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It goes live as this revision says; where it was edited meanwhile, `stale_revision`.
    Approve {
        /// The one that was read.
        revision: u32,
    },
    /// It goes back to its author.
    Reject {
        /// Why, up to [`NOTE_MAX`] characters.
        note: Option<String>,
    },
}

/// The longest note, in characters.
pub const NOTE_MAX: usize = 500;

/// Publishes (or hands in for approval, or resumes), pauses or ends a template.
pub async fn act(
    engine: &Engine,
    designer: &impl Designer,
    id: TemplateId,
    action: Action,
) -> Result<Template> {
    act_keyed(engine, designer, id, action, None).await
}

/// The same under the caller's idempotency key.
pub async fn act_keyed(
    engine: &Engine,
    designer: &impl Designer,
    id: TemplateId,
    action: Action,
    once: Option<&Once<Template>>,
) -> Result<Template> {
    if matches!(action, Action::Approve | Action::Reject) {
        return Err(Fault::new("an editor cannot approve").into());
    }
    let by = By { author: designer.author(), actor: designer.actor() };
    take(engine, &by, id, action, None, None, once).await
}

/// Publishes (or hands in for approval, or resumes) a template as the `revision` that was read says;
/// where it was edited meanwhile, `stale_revision`.
pub async fn publish(
    engine: &Engine,
    designer: &impl Designer,
    id: TemplateId,
    revision: u32,
) -> Result<Template> {
    let by = By { author: designer.author(), actor: designer.actor() };
    take(engine, &by, id, Action::Publish, Some(revision), None, None).await
}

/// Does to many what [`act`] does to one, each in a transaction of its own: one to which it cannot be
/// done keeps no other from it.
pub async fn act_on_each(
    engine: &Engine,
    designer: &impl Designer,
    ids: &[TemplateId],
    action: Action,
) -> Vec<(TemplateId, Result<Template>)> {
    let mut answers = Vec::with_capacity(ids.len());
    for id in ids {
        answers.push((*id, act(engine, designer, *id, action).await));
    }
    answers
}

/// How many templates one transaction of an emergency stop pauses.
const STOPPED_AT_ONCE: u64 = 500;

/// The emergency stop: pauses all that is live, the newest first, many in one transaction; answers how
/// many that were, and how many are live still because something went wrong. Once pressed it goes on to
/// its end, also when whoever pressed has gone away. The reason stands in the audit trail beside each,
/// marked `emergency_stop`.
pub async fn stop(engine: &Engine, designer: &impl Designer, reason: &str) -> Result<(u64, u64)> {
    let reason = changes::reason("reason", reason)?.to_owned();
    tokio::spawn(stop_all(engine.clone(), designer.actor(), reason)).await?
}

async fn stop_all(engine: Engine, actor: Actor, reason: String) -> Result<(u64, u64)> {
    let (engine, actor, reason) = (&engine, &actor, reason.as_str());
    let mut stopped = 0;
    loop {
        let some = engine
            .transact(
                None,
                |tx| async move { Ok(Some(stop_some(engine, &tx, actor, reason).await?)) },
            )
            .await;
        engine.known().distrust();
        match some {
            Ok((found, paused)) => {
                stopped += paused;
                if found < STOPPED_AT_ONCE {
                    break;
                }
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "not all was stopped");
                break;
            }
        }
    }
    Ok((stopped, count_live(engine).await?))
}

rows! {
    struct Stopped { template: Uuid, change: Uuid, subject: String }
}

/// Pauses the newest that are live; answers how many it found, and how many it paused: somebody may be
/// faster.
async fn stop_some(engine: &Engine, tx: &Tx, actor: &Actor, reason: &str) -> Result<(u64, u64)> {
    // In the order in which claims take them.
    const LOCK: &str = "SELECT templates.id FROM {rows}
        JOIN templates ON templates.id = rows.template WHERE templates.state = 'live'
        ORDER BY templates.id FOR NO KEY UPDATE OF templates";
    const PAUSE: &str = "UPDATE templates SET state = $2, updated_at = $3 FROM {rows}
        WHERE templates.id = rows.template";
    const TELL: &str =
        "INSERT INTO changes (id, at, actor, subject_kind, subject, action, old, new,
            address)
        SELECT change, $2, $3, 'template', subject, 'paused', $4, $5, $6 FROM {rows} WHERE TRUE";
    let now = engine.now();
    let row = |TemplateId(id)| Stopped {
        template: id,
        change: fresh_id(now),
        subject: TemplateId(id).to_string(),
    };
    let newest = live_ids(tx, STOPPED_AT_ONCE).await?;
    let found = newest.len() as u64;
    let mut stopped: Vec<Stopped> = newest.into_iter().map(row).collect();
    if tx.get_database_backend() == DbBackend::Postgres {
        let mut live = HashSet::new();
        for row in tx.query_all_raw(rows::statement(tx, LOCK, &stopped, [])?).await? {
            live.insert(row.try_get::<Uuid>("", "id")?);
        }
        stopped.retain(|row| live.contains(&row.template));
    }
    if stopped.is_empty() {
        return Ok((found, 0));
    }
    let at = now.timestamp_micros();
    let pause = rows::statement(tx, PAUSE, &stopped, [State::Paused.as_str().into(), at.into()])?;
    tx.execute_raw(pause).await?;
    let address = actor.address.map(|address| address.to_canonical().to_string());
    let values = [
        at.into(),
        actor.name.as_str().into(),
        json!(State::Live).to_string().into(),
        json!({ "state": State::Paused, "note": reason, "emergency_stop": true })
            .to_string()
            .into(),
        address.into(),
    ];
    tx.execute_raw(rows::statement(tx, TELL, &stopped, values)?).await?;
    known::changed(tx).await?;
    Ok((found, stopped.len() as u64))
}

/// Switches on what somebody else handed in, or hands it back. Whoever made the template, or wrote of
/// it since it was last live, is refused to approve it: `state_conflict`.
pub async fn review(
    engine: &Engine,
    approver: &Approver,
    id: TemplateId,
    verdict: &Verdict,
) -> Result<Template> {
    let by = By { author: approver.id.to_string(), actor: approver.actor() };
    match verdict {
        Verdict::Approve { revision } => {
            take(engine, &by, id, Action::Approve, Some(*revision), None, None).await
        }
        Verdict::Reject { note } => {
            let note = note.as_deref().map(str::trim).filter(|note| !note.is_empty());
            if note.is_some_and(|note| note.chars().count() > NOTE_MAX) {
                let problem = Problem::TooLong { max: NOTE_MAX as u64 };
                return Err(Refusal::invalid("note", problem).into());
            }
            take(engine, &by, id, Action::Reject, None, note, None).await
        }
    }
}

/// Who acts: as a template's author and as the audit trail has it.
struct By {
    author: String,
    actor: Actor,
}

async fn take(
    engine: &Engine,
    by: &By,
    id: TemplateId,
    action: Action,
    seen: Option<u32>,
    note: Option<&str>,
    once: Option<&Once<Template>>,
) -> Result<Template> {
    let taken = engine
        .transact(once, |tx| async move {
            Ok(Some(try_to_take(engine, &tx, by, id, action, seen, note).await?))
        })
        .await;
    engine.known().distrust();
    taken
}

async fn try_to_take(
    engine: &Engine,
    tx: &Tx,
    by: &By,
    id: TemplateId,
    action: Action,
    seen: Option<u32>,
    note: Option<&str>,
) -> Result<Template> {
    let now = engine.now();
    let old = load(engine, tx, id, true).await?;
    let needs_approval = old.draft().needs_approval(engine.settings().approval_above);
    let state = old.state.after(action, needs_approval)?;
    let current = old.revision.number;
    if seen.is_some_and(|seen| seen != current) {
        return Err(Refusal::StaleRevision { current }.into());
    }
    if matches!(action, Action::Publish | Action::Approve) {
        check(engine, old.draft()).await?;
    }
    if action == Action::Approve && authors_of(tx, &old).await?.contains(&by.author) {
        return Err(Refusal::StateConflict { state: "own_template".to_owned() }.into());
    }
    if state == old.state {
        return Ok(old);
    }
    let is_listed = is_listed(state, old.draft());
    let last_live = if state == State::Live { Some(current) } else { old.last_live };
    const MOVE: &str = "UPDATE templates SET state = $2, updated_at = $3, was_listed = $4,
            last_live = $5
        WHERE id = $1";
    let values = [
        id.0.into(),
        state.as_str().into(),
        now.timestamp_micros().into(),
        (old.was_listed || is_listed).into(),
        last_live.map(i64::from).into(),
    ];
    tx.execute_raw(sql(tx, MOVE, values)).await?;
    let from = json!(old.state);
    let to = match note {
        Some(note) => json!({ "state": state, "note": note }),
        None => json!(state),
    };
    let action = match action {
        Action::Publish if state == State::InReview => "submitted",
        Action::Publish => "published",
        Action::Approve => "approved",
        Action::Reject => "rejected",
        Action::Pause => "paused",
        Action::End => "ended",
    };
    let change = change(by.actor.clone(), id, action, Some(from), Some(to));
    changes::record(tx, change, now).await?;
    known::changed(tx).await?;
    load(engine, tx, id, false).await
}
