//! Views and refusals by the hour, and added up by the local day of the shop. They are gathered in
//! memory and written together, so that a page that many look at writes nothing itself; a node that
//! is killed loses at most what came since the last flush, a second or so.

mod reading;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::actor::{Claiming, Visitor};
use domain::calendar::Zone;
use domain::funnel::Step;
use domain::quote::Quote;
use domain::{Channel, Refusal, TemplateId, Time};
use sea_orm::{ConnectionTrait, DbBackend, Value};
use uuid::Uuid;

use crate::clock::time;
use crate::rollups::{HOUR, Place, begins};
use crate::store::rows::{self, rows};
use crate::store::sql;
use crate::tx::Tx;
use crate::wallet::Coupon;
use crate::{Engine, Result, templates};

pub(crate) use reading::{Asked, Count, read};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A card was shown.
    View,
    /// A claim was refused, by the code of the refusal.
    Claim(&'static str),
    /// A coupon was refused in a quote.
    Quote(&'static str),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::View => f.write_str("view"),
            Self::Claim(code) => f.write_str(code),
            Self::Quote(code) => write!(f, "quote.{code}"),
        }
    }
}

/// What was counted since the last flush.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    gathered: Mutex<Counted>,
    /// Held by whoever writes: all that was counted before is written when it is free.
    writing: tokio::sync::Mutex<()>,
}

/// By template, hour, channel and kind.
type Key = (Uuid, i64, String, Kind);

/// Template, day, visitor and channel.
type Seen = (Uuid, i64, String, String);

#[derive(Debug, Default)]
struct Counted {
    hourly: BTreeMap<Key, i64>,
    viewers: BTreeSet<Seen>,
    /// What there was no room for, since this node was started.
    dropped: u64,
}

/// The most totals that are gathered before they are written.
const TOTALS_MAX: usize = 50_000;

/// The most viewers. There are more of them than totals, and they are the first to give.
const VIEWERS_MAX: usize = 50_000;

impl Counts {
    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often something was not counted, because the store has been away for long.
    pub(crate) fn dropped(&self) -> u64 {
        self.lock().dropped
    }
}

impl Counted {
    /// Whether as many more find room, whatever they are.
    fn has_room_for(&self, more: usize) -> bool {
        let has_room = |len: usize, max: usize| len == 0 || len + more <= max;
        has_room(self.hourly.len(), TOTALS_MAX) && has_room(self.viewers.len(), VIEWERS_MAX)
    }

    /// Takes out what is gathered.
    fn take(&mut self) -> Self {
        let rest = Self { dropped: self.dropped, ..Self::default() };
        std::mem::replace(self, rest)
    }

    /// Only a store that is away for long lets it come so far that there is no room.
    fn count(&mut self, key: Key, n: i64) {
        if self.hourly.len() < TOTALS_MAX || self.hourly.contains_key(&key) {
            *self.hourly.entry(key).or_default() += n;
        } else {
            self.dropped += n.unsigned_abs();
        }
    }

    fn see(&mut self, seen: Seen) {
        if self.viewers.len() < VIEWERS_MAX || self.viewers.contains(&seen) {
            self.viewers.insert(seen);
        } else {
            self.dropped += 1;
        }
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
        self.count((template.0, hour, channel.clone(), Kind::View), 1);
        if let Some(visitor) = visitor {
            self.see((template.0, day, visitor.to_owned(), channel));
        }
    }
}

rows! {
    struct Hourly { template: Uuid, hour: i64, channel: String, kind: String, n: i64 }
    struct Daily {
        generation: i64,
        template: Uuid,
        kind: String,
        day: i64,
        channel: String,
        n: i64,
    }
    struct Viewer { template: Uuid, day: i64, visitor: String, channel: String }
    struct ViewerDay { template: Uuid, day: i64, channel: String, n: i64 }
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
    let views: Vec<&View> =
        views.iter().filter(|view| known.get(view.template).is_some()).collect();
    // What is gathered is bounded: while these find no room in it, it is written.
    while !took_in(engine, &views) {
        flush(engine).await?;
    }
    Ok(())
}

/// Counts all of the views, or none where not all find room.
fn took_in(engine: &Engine, views: &[&View]) -> bool {
    let now = engine.now();
    let day = engine.settings().time_zone.day_number(now);
    let mut counted = engine.0.counts.lock();
    if !counted.has_room_for(views.len()) {
        return false;
    }
    for view in views {
        let (channel, visitor) = (view.channel.as_ref(), view.visitor.as_deref());
        counted.enter(view.template, hour(now), day, channel, visitor);
    }
    true
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
    enter(engine, [(template, channel, Kind::Claim(refusal.code()))]);
}

/// Coupons were refused in a quote that came through a channel, or, where that was not told, each
/// through its own. That another one was better is no refusal.
pub(crate) fn quoted(
    engine: &Engine,
    channel: Option<&Channel>,
    coupons: &[Coupon],
    quote: &Quote,
) {
    let refused = quote.refused.iter().filter_map(|refused| {
        let coupon = coupons.iter().find(|coupon| coupon.code == refused.code)?;
        let kind = Kind::Quote(refused.refusal.code());
        let is_refused = !matches!(refused.refusal, Refusal::BetterApplied { .. });
        let channel = channel.or(coupon.channel.as_ref());
        is_refused.then_some((coupon.revision.template, channel, kind))
    });
    enter(engine, refused);
}

fn enter<'a>(
    engine: &Engine,
    kinds: impl IntoIterator<Item = (TemplateId, Option<&'a Channel>, Kind)>,
) {
    let hour = hour(engine.now());
    let mut counted = engine.0.counts.lock();
    for (template, channel, kind) in kinds {
        let channel = channel.map(ToString::to_string).unwrap_or_default();
        counted.count((template.0, hour, channel, kind), 1);
    }
}

/// Writes what was counted, and waits for whoever is writing; on failure it is kept for the next time.
/// For the worker, and before a funnel is read. What was taken to be written is written, also where
/// whoever asked has gone away.
pub async fn flush(engine: &Engine) -> Result<()> {
    tokio::spawn(write_all(engine.clone())).await?
}

async fn write_all(engine: Engine) -> Result<()> {
    let _turn = engine.0.counts.writing.lock().await;
    let counted = engine.0.counts.lock().take();
    if counted.hourly.is_empty() && counted.viewers.is_empty() {
        return Ok(());
    }
    let written = write(&engine, &counted).await;
    if written.is_err() {
        let mut since = engine.0.counts.lock();
        for (key, n) in counted.hourly {
            since.count(key, n);
        }
        for seen in counted.viewers {
            since.see(seen);
        }
    }
    written
}

async fn write(engine: &Engine, counted: &Counted) -> Result<()> {
    const ADD: &str = "INSERT INTO counts (template, hour, channel, kind, n)
        SELECT template, hour, channel, kind, n FROM {rows} WHERE TRUE
        ON CONFLICT (template, hour, channel, kind) DO UPDATE SET n = counts.n + excluded.n";
    const ADD_DAYS: &str = "INSERT INTO daily_counts (generation, template, kind, day, channel, n)
        SELECT generation, template, kind, day, channel, n FROM {rows} WHERE TRUE
        ON CONFLICT (generation, template, kind, day, channel)
            DO UPDATE SET n = daily_counts.n + excluded.n";
    const SEE: &str = "INSERT INTO viewers (template, day, visitor, channel)
        SELECT template, day, visitor, channel FROM {rows} WHERE TRUE ON CONFLICT DO NOTHING";
    let hourly: Vec<Hourly> = counted
        .hourly
        .iter()
        .map(|((template, hour, channel, kind), n)| Hourly {
            template: *template,
            hour: *hour,
            channel: channel.clone(),
            kind: kind.to_string(),
            n: *n,
        })
        .collect();
    let viewers = viewers(counted);
    let tx = engine.begin().await?;
    if !hourly.is_empty() {
        tx.execute_raw(rows::statement(&tx, ADD, &hourly, [])?).await?;
    }
    // Whoever adds a day up has waited for this, or has been here before.
    let mut days = Vec::new();
    for place in Place::all(&tx).await? {
        days.extend(daily(&place, counted)?);
    }
    if !days.is_empty() {
        tx.execute_raw(rows::statement(&tx, ADD_DAYS, &days, [])?).await?;
    }
    if !viewers.is_empty() {
        tx.execute_raw(rows::statement(&tx, SEE, &viewers, [])?).await?;
    }
    tx.commit().await
}

/// Who saw something, by template and once more of all, in the order in which every node writes them.
fn viewers(counted: &Counted) -> Vec<Viewer> {
    let mut all = BTreeSet::new();
    for (template, day, visitor, channel) in &counted.viewers {
        all.extend([*template, Uuid::nil()].map(|template| (template, *day, visitor, channel)));
    }
    let row = |(template, day, visitor, channel): (Uuid, i64, &String, &String)| Viewer {
        template,
        day,
        visitor: visitor.clone(),
        channel: channel.clone(),
    };
    all.into_iter().map(row).collect()
}

/// The same by the days of a generation of sums, of each template and once more of all, as far as
/// those days are added up.
fn daily(place: &Place, counted: &Counted) -> Result<Vec<Daily>> {
    let zone = place.zone()?;
    let mut days: BTreeMap<(Uuid, Kind, i64, &String), i64> = BTreeMap::new();
    for ((template, hour, channel, kind), n) in &counted.hourly {
        if *hour >= place.counted_until {
            continue;
        }
        let day = begins(zone, Step::Day, *hour);
        for template in [*template, Uuid::nil()] {
            *days.entry((template, *kind, day, channel)).or_default() += n;
        }
    }
    let row = |((template, kind, day, channel), n): ((Uuid, Kind, i64, &String), i64)| Daily {
        generation: place.generation,
        template,
        kind: kind.to_string(),
        day,
        channel: channel.clone(),
        n,
    };
    Ok(days.into_iter().map(row).collect())
}

/// For how many days it is kept who came; of a day before that, how many.
pub const VIEWERS_KEPT: i64 = 92;

/// Removes whoever came too long ago, and keeps how many that were; at most `limit` of them at a time.
pub async fn sweep(engine: &Engine, limit: u32) -> Result<u64> {
    const OLD: &str = "SELECT template, day, visitor, channel FROM viewers
        WHERE day < $1 ORDER BY day LIMIT $2";
    // What another node has removed meanwhile it has counted.
    const REMOVE: &str = "DELETE FROM viewers WHERE (template, day, visitor, channel) IN
            (SELECT template, day, visitor, channel FROM {rows})
        RETURNING template, day, channel";
    const KEEP: &str = "INSERT INTO viewer_days (template, day, channel, n)
        SELECT template, day, channel, n FROM {rows} WHERE TRUE
        ON CONFLICT (template, day, channel) DO UPDATE SET n = viewer_days.n + excluded.n";
    let db = engine.reader();
    let before = engine.settings().time_zone.day_number(engine.now()) - VIEWERS_KEPT;
    let mut old = Vec::new();
    for row in db.query_all_raw(sql(db, OLD, [before.into(), i64::from(limit).into()])).await? {
        old.push(Viewer {
            template: row.try_get("", "template")?,
            day: row.try_get("", "day")?,
            visitor: row.try_get("", "visitor")?,
            channel: row.try_get("", "channel")?,
        });
    }
    if old.is_empty() {
        return Ok(0);
    }
    let tx = engine.begin().await?;
    let mut days: BTreeMap<(Uuid, i64, String), i64> = BTreeMap::new();
    for row in tx.query_all_raw(rows::statement(&tx, REMOVE, &old, [])?).await? {
        let key =
            (row.try_get("", "template")?, row.try_get("", "day")?, row.try_get("", "channel")?);
        *days.entry(key).or_default() += 1;
    }
    let row = |((template, day, channel), n)| ViewerDay { template, day, channel, n };
    let days: Vec<ViewerDay> = days.into_iter().map(row).collect();
    tx.execute_raw(rows::statement(&tx, KEEP, &days, [])?).await?;
    tx.commit().await?;
    Ok(old.len() as u64)
}

/// Adds the next local day up in which something was counted, in a transaction in which nobody writes
/// counts; answers up to when that is, and whoever counts has to add from then on.
pub(crate) async fn add_up_next(tx: &Tx, zone: Zone, from: &Place) -> Result<i64> {
    const NEXT: &str = "SELECT MIN(hour) AS hour FROM counts WHERE hour >= $1";
    const ADD_UP: &str = "INSERT INTO daily_counts (generation, template, kind, day, channel, n)
        SELECT $1, template, kind, $2, channel, CAST(SUM(n) AS BIGINT) FROM counts
        WHERE hour >= $3 AND hour < $4 GROUP BY template, kind, channel";
    const ADD_UP_ALL: &str =
        "INSERT INTO daily_counts (generation, template, kind, day, channel, n)
        SELECT $1, $5, kind, $2, channel, CAST(SUM(n) AS BIGINT) FROM counts
        WHERE hour >= $3 AND hour < $4 GROUP BY kind, channel";
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("LOCK TABLE counts IN SHARE MODE").await?;
    }
    let next = tx.query_one_raw(sql(tx, NEXT, [from.counted_until.into()])).await?;
    let next: Option<i64> = next.map_or(Ok(None), |row| row.try_get("", "hour"))?;
    let Some(hour) = next else { return Ok(i64::MAX) };
    let (day, until) =
        (begins(zone, Step::Day, hour), zone.next_midnight(time(hour)).timestamp_micros());
    let values = [from.generation, day, hour, until].map(Value::from);
    let all = values.clone().into_iter().chain([Uuid::nil().into()]);
    tx.execute_raw(sql(tx, ADD_UP, values)).await?;
    tx.execute_raw(sql(tx, ADD_UP_ALL, all)).await?;
    Ok(until)
}

/// The hour a moment lies in, by its first microsecond.
fn hour(now: Time) -> i64 {
    now.timestamp_micros().div_euclid(HOUR) * HOUR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_counted_where_there_is_no_room_for_viewers() {
        let mut counted = Counted::default();
        let template = TemplateId(Uuid::from_u128(1));
        for n in 0..VIEWERS_MAX + 2 {
            counted.enter(template, 0, 0, None, Some(&format!("v-{n}")));
        }
        let of = |channel: &str| (template.0, 0, channel.to_owned(), Kind::View);
        assert_eq!(counted.hourly[&of("")], VIEWERS_MAX as i64 + 2);
        assert_eq!((counted.viewers.len(), counted.dropped), (VIEWERS_MAX, 2));
        for n in 0..TOTALS_MAX {
            counted.count(of(&format!("c-{n}")), 1);
        }
        counted.count(of(""), 1);
        assert_eq!(
            (counted.hourly.len(), counted.dropped),
            (TOTALS_MAX, 3),
            "what is known counts"
        );
        assert_eq!(counted.hourly[&of("")], VIEWERS_MAX as i64 + 3);
        let taken = counted.take();
        assert_eq!((taken.hourly.len(), counted.hourly.len(), counted.dropped), (TOTALS_MAX, 0, 3));
    }
}
