//! Views and refusals by the hour. They are gathered in memory and written together, so that a
//! page that many look at writes nothing itself; a node that is killed loses at most what came
//! since the last flush, a second or so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use domain::actor::Visitor;
use domain::{Channel, Refusal, TemplateId, Time};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::store::rows::{self, rows};
use crate::{Engine, Result};

/// The word for a view among the kinds; the others are codes of refusals.
pub(crate) const VIEW: &str = "view";

/// What was counted since the last flush.
#[derive(Debug, Default)]
pub(crate) struct Counts(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    hourly: BTreeMap<(Uuid, i64, String, &'static str), i64>,
    viewers: BTreeSet<(Uuid, i64, String, String)>,
}

rows! {
    struct Hourly { template: Uuid, hour: i64, channel: String, kind: &'static str, n: i64 }
    struct Viewer { template: Uuid, day: i64, visitor: String, channel: String }
}

/// Somebody was shown templates' cards.
pub fn viewed(
    engine: &Engine,
    visitor: &Visitor,
    templates: &[TemplateId],
    channel: Option<&Channel>,
) {
    let now = engine.now();
    let day = engine.settings().time_zone.day_number(now);
    let channel = channel.map(ToString::to_string).unwrap_or_default();
    let mut counted = engine.0.counts.0.lock().unwrap_or_else(PoisonError::into_inner);
    for template in templates {
        let key = (template.0, hour(now), channel.clone(), VIEW);
        *counted.hourly.entry(key).or_default() += 1;
        counted.viewers.insert((template.0, day, visitor.mark.clone(), channel.clone()));
    }
}

/// A claim was refused.
pub(crate) fn refusal(
    engine: &Engine,
    template: TemplateId,
    channel: Option<&Channel>,
    refusal: &Refusal,
) {
    // What nobody knows of has no numbers, or scripts would fill the table.
    if *refusal == Refusal::NotFound {
        return;
    }
    let channel = channel.map(ToString::to_string).unwrap_or_default();
    let key = (template.0, hour(engine.now()), channel, refusal.code());
    let mut counted = engine.0.counts.0.lock().unwrap_or_else(PoisonError::into_inner);
    *counted.hourly.entry(key).or_default() += 1;
}

/// Writes what was counted; on failure it is kept for the next time. For the worker, and before a
/// funnel is read.
pub async fn flush(engine: &Engine) -> Result<()> {
    let counted = {
        let mut counted = engine.0.counts.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *counted)
    };
    if counted.hourly.is_empty() {
        return Ok(());
    }
    let written = write(engine, &counted).await;
    if written.is_err() {
        let mut since = engine.0.counts.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, n) in counted.hourly {
            *since.hourly.entry(key).or_default() += n;
        }
        since.viewers.extend(counted.viewers);
    }
    written
}

async fn write(engine: &Engine, counted: &Counted) -> Result<()> {
    const ADD: &str = "INSERT INTO counts (template, hour, channel, kind, n)
        SELECT template, hour, channel, kind, n FROM {rows} WHERE TRUE
        ON CONFLICT (template, hour, channel, kind) DO UPDATE SET n = counts.n + excluded.n";
    const SEE: &str = "INSERT INTO viewers (template, day, visitor, channel)
        SELECT template, day, visitor, channel FROM {rows} WHERE TRUE ON CONFLICT DO NOTHING";
    let hourly: Vec<Hourly> = counted
        .hourly
        .iter()
        .map(|((template, hour, channel, kind), n)| Hourly {
            template: *template,
            hour: *hour,
            channel: channel.clone(),
            kind,
            n: *n,
        })
        .collect();
    let viewers: Vec<Viewer> = counted
        .viewers
        .iter()
        .map(|(template, day, visitor, channel)| {
            let (visitor, channel) = (visitor.clone(), channel.clone());
            Viewer { template: *template, day: *day, visitor, channel }
        })
        .collect();
    let tx = engine.begin().await?;
    tx.execute_raw(rows::statement(&tx, ADD, &hourly, [])?).await?;
    if !viewers.is_empty() {
        tx.execute_raw(rows::statement(&tx, SEE, &viewers, [])?).await?;
    }
    tx.commit().await
}

/// The hour a moment lies in, by its first microsecond.
fn hour(now: Time) -> i64 {
    const HOUR: i64 = TimeDelta::hours(1).num_seconds() * 1_000_000;
    now.timestamp_micros().div_euclid(HOUR) * HOUR
}
