//! Views and refusals by the hour. They are gathered in memory and written together, so that a
//! page that many look at writes nothing itself; a node that is killed loses at most what came
//! since the last flush, a second or so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use domain::actor::{Claiming, Visitor};
use domain::{Channel, Refusal, TemplateId, Time};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::store::rows::{self, rows};
use crate::{Engine, Result, templates};

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

/// The most that is gathered before it is written.
const GATHERED_MAX: usize = 50_000;

impl Counts {
    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    fn is_full(&self) -> bool {
        self.hourly.len() + self.viewers.len() >= GATHERED_MAX
    }

    fn enter(
        &mut self,
        template: TemplateId,
        hour: i64,
        day: i64,
        channel: Option<&Channel>,
        visitor: Option<&str>,
    ) {
        let channel = channel.map(ToString::to_string).unwrap_or_default();
        *self.hourly.entry((template.0, hour, channel.clone(), VIEW)).or_default() += 1;
        if let Some(visitor) = visitor {
            self.viewers.insert((template.0, day, visitor.to_owned(), channel));
        }
    }
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
    let mut counted = engine.0.counts.lock();
    // Only a store that is away for long lets it come so far; then views are the first to give.
    if counted.is_full() {
        return;
    }
    for template in templates {
        counted.enter(*template, hour(now), day, channel, Some(&visitor.mark));
    }
}

/// A card was shown outside our pages.
#[derive(Debug, Clone)]
pub struct View {
    /// Of which template.
    pub template: TemplateId,
    /// Where its viewer came from.
    pub channel: Option<Channel>,
    /// What tells the viewer from others; the shopper's id where they are known.
    pub visitor: Option<String>,
}

/// A partner tells of views. Those of templates that nobody could have claimed count nothing, or
/// scripts would fill the table.
pub async fn tell(engine: &Engine, _: &Claiming, views: &[View]) -> Result<()> {
    let known = templates::known::current(engine).await?;
    // What is gathered is bounded: when it is full it is written before more is taken in.
    if engine.0.counts.lock().is_full() {
        flush(engine).await?;
    }
    let now = engine.now();
    let day = engine.settings().time_zone.day_number(now);
    let mut counted = engine.0.counts.lock();
    for view in views.iter().filter(|view| known.get(view.template).is_some()) {
        counted.enter(
            view.template,
            hour(now),
            day,
            view.channel.as_ref(),
            view.visitor.as_deref(),
        );
    }
    Ok(())
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
    let mut counted = engine.0.counts.lock();
    *counted.hourly.entry(key).or_default() += 1;
}

/// Writes what was counted; on failure it is kept for the next time. For the worker, and before a
/// funnel is read.
pub async fn flush(engine: &Engine) -> Result<()> {
    let counted = {
        let mut counted = engine.0.counts.lock();
        std::mem::take(&mut *counted)
    };
    if counted.hourly.is_empty() {
        return Ok(());
    }
    let written = write(engine, &counted).await;
    if written.is_err() {
        let mut since = engine.0.counts.lock();
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
