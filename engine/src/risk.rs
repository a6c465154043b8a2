//! Who may claim how often, and who never or always; and what was decided.
//!
//! Rules and lists are held in memory by every node, and so is who has to wait or is locked out for
//! guessing: both may be a second old. What is counted is counted in the store, or over Redis where there
//! is one, and written to the store a second later. A claim costs one look-up and one write of counts for
//! its whole batch, or a question to Redis; a claim of a template that nobody knows of costs none, until
//! it is one too many.

mod counters;
mod gathering;
mod guesses;
mod hits;
mod judging;
mod lists;
mod rules;
mod shared;
mod stops;

use std::sync::Arc;

use chrono::TimeDelta;
use domain::risk::{Lists, Rules};
use sea_orm::DatabaseConnection;

use crate::{Engine, Result};

pub use hits::{Accuracy, Because, Filter, Hit, Hits, PAGE, Verdict, accuracy, hits, judge};
pub use lists::{ENTRIES_PAGE, Entries, Newcomer, add_entry, entries, remove_entry};
pub use rules::{rules, set_rule};

pub(crate) use gathering::Gathered;
pub(crate) use guesses::{charge, excuse, unknown};
pub(crate) use hits::{NewHit, new_hits, write_hits};
pub(crate) use judging::{Candidate, Memory, judge_claims};
pub(crate) use shared::{Charged, Owed, can_count};
pub(crate) use stops::{SUBJECT as STOPS, Stops};

/// Under which name the version of rules and lists is counted.
pub(crate) const SUBJECT: &str = "risk";

/// How long it is kept what was decided, and what has expired.
const KEPT: TimeDelta = TimeDelta::days(90);

/// Rules and lists as this node holds them.
#[derive(Debug)]
pub(crate) struct Watch {
    rules: Rules,
    lists: Lists,
}

async fn watch(engine: &Engine) -> Result<Arc<Watch>> {
    engine.0.watch.get(engine, load).await
}

async fn load(db: &DatabaseConnection) -> Result<Watch> {
    Ok(Watch { rules: rules::read(db).await?, lists: lists::read(db).await? })
}

/// Writes to the store what was gathered in memory, and what Redis has counted; on failure it is kept for
/// the next time. For the worker.
pub async fn flush(engine: &Engine) -> Result<()> {
    gathering::flush(engine).await?;
    shared::write(engine).await
}

/// Removes counts that are out of their windows, stops that have ended, and what was decided or has
/// expired 90 days ago: at most `limit` of each; answers how many of the kind that had most. For the
/// worker.
pub async fn sweep(engine: &Engine, limit: u32) -> Result<u64> {
    let now = engine.now();
    let most = counters::sweep(engine, now, limit).await?;
    let most = most.max(stops::sweep(engine, now, limit).await?);
    let most = most.max(hits::sweep(engine, now - KEPT, limit).await?);
    Ok(most.max(lists::sweep(engine, now - KEPT, limit).await?))
}
