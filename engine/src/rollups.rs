//! The ledger and the refunds added up, by the hour and by the local day of the shop, so that a funnel
//! over a year reads a few thousand rows and not all there ever was.
//!
//! [`work`] reads on in both records as webhooks do, only where nothing can come in before any more,
//! and moves its place in the transaction that adds: killed anywhere, or run on several nodes, it adds
//! everything once. Whoever reads sums adds what lies behind that place itself ([`crate::funnel`]),
//! and so is behind only where the job stands still.
//!
//! What is added up anew is a generation of its own, beside the one that is read until it is ready.

mod checking;
mod happenings;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chrono::TimeDelta;
use domain::actor::System;
use domain::calendar::Zone;
use domain::funnel::{Basis, Step};
use domain::ids::Bucket;
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult};
use uuid::Uuid;

use crate::clock::time;
use crate::events::{self, Cursor};
use crate::store::rows::{self, Row, rows};
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Fault, Result, counts};

pub(crate) use checking::check;
pub(crate) use happenings::{
    Happening, Member, Mix, Stretch, Sum, of_events, of_returns, slice_of,
};

/// How many entries of a record are added up in one transaction.
pub(crate) const SLICE: usize = 1000;

/// Longer than a slice takes; of a node that died while it had more to add others learn by its end.
const LEASE: TimeDelta = TimeDelta::seconds(30);

/// For how long nodes of a zone say that they are there.
const USED: TimeDelta = TimeDelta::minutes(2);

/// How often whoever waits for another node looks.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// How far a generation of sums has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) generation: i64,
    /// In whose days.
    zone: String,
    /// Whether it is read.
    is_ready: bool,
    /// Counts of hours before this are added up by the day.
    pub(crate) counted_until: i64,
    pub(crate) events: Cursor,
    pub(crate) returns: Cursor,
    leased_until: i64,
    used_until: i64,
}

impl Place {
    /// All of them, the newest first.
    pub(crate) async fn all(db: &impl ConnectionTrait) -> Result<Vec<Self>> {
        const READ: &str = "SELECT generation, zone, is_ready, counted_until, events_xid, events_n,
                returns_xid, returns_n, leased_until, used_until
            FROM rollup_places ORDER BY generation DESC";
        db.query_all_raw(sql(db, READ, [])).await?.iter().map(Self::read).collect()
    }

    /// The one that is read by the days of this zone; none before the first is ready.
    pub(crate) async fn serving(db: &impl ConnectionTrait, zone: Zone) -> Result<Option<Self>> {
        let all = Self::all(db).await?;
        Ok(all.into_iter().find(|place| place.is_ready && place.is_of(zone)))
    }

    fn read(row: &QueryResult) -> Result<Self> {
        let cursor = |xid: &str, n: &str| -> Result<Cursor> {
            Ok(Cursor { xid: row.try_get("", xid)?, n: row.try_get("", n)? })
        };
        Ok(Self {
            generation: row.try_get("", "generation")?,
            zone: row.try_get("", "zone")?,
            is_ready: row.try_get("", "is_ready")?,
            counted_until: row.try_get("", "counted_until")?,
            events: cursor("events_xid", "events_n")?,
            returns: cursor("returns_xid", "returns_n")?,
            leased_until: row.try_get("", "leased_until")?,
            used_until: row.try_get("", "used_until")?,
        })
    }

    fn is_of(&self, zone: Zone) -> bool {
        self.zone == zone.name()
    }

    pub(crate) fn zone(&self) -> Result<Zone> {
        self.zone.parse().map_err(|_| Fault::new("sums are of an odd zone").into())
    }

    /// Where it ends with what `slice` has.
    fn after(&self, slice: &Slice) -> (Cursor, Cursor) {
        let end = |stretch: &Stretch, place| stretch.last.map_or(place, |last| last.place);
        (end(&slice.events, self.events), end(&slice.returns, self.returns))
    }
}

/// Adds up what has happened since the last time. For the worker; a node that meets another at it
/// leaves it to that one.
pub async fn work(engine: &Engine, _: System) -> Result<()> {
    let zone = engine.settings().time_zone;
    let mut leases: HashMap<i64, i64> = HashMap::new();
    loop {
        let now = engine.now().timestamp_micros();
        let all = Place::all(engine.reader()).await?;
        let (mine, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.is_of(zone));
        let Some(newest) = mine.first() else {
            if others.iter().any(|other| other.used_until > now) {
                tracing::error!(zone = zone.name(), "sums are of another time zone's nodes still");
                return Ok(());
            }
            begin(engine, zone).await?;
            continue;
        };
        if newest.used_until < now + USED.num_microseconds().unwrap_or(0) / 2 {
            stay(engine, zone).await?;
        }
        let serving = mine.iter().find(|place| place.is_ready);
        let making = Some(newest).filter(|newest| !newest.is_ready);
        let mut is_more = false;
        for place in [serving, making].into_iter().flatten() {
            let lease = leases.entry(place.generation).or_default();
            is_more |= advance(engine, zone, place, lease).await?;
        }
        if let Some(serving) = serving {
            let before = mine.iter().filter(|it| it.generation < serving.generation);
            let unused = others.iter().filter(|it| it.used_until <= now);
            for old in before.chain(unused) {
                remove(engine, old.generation).await?;
            }
        }
        if !is_more {
            return Ok(());
        }
    }
}

/// Adds everything up again, with the same result, and returns when that is read. What is read
/// meanwhile is what was added up before.
pub async fn rebuild(engine: &Engine, by: System) -> Result<()> {
    let zone = engine.settings().time_zone;
    begin(engine, zone).await?;
    loop {
        work(engine, by).await?;
        let all = Place::all(engine.reader()).await?;
        let mut mine = all.iter().filter(|place| place.is_of(zone));
        if mine.next().is_some_and(|newest| newest.is_ready) && mine.next().is_none() {
            return Ok(());
        }
        // Another node is at it.
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Makes a generation in which nothing is added up yet, unless one is in the making.
async fn begin(engine: &Engine, zone: Zone) -> Result<()> {
    const BEGIN: &str = "INSERT INTO rollup_places (generation, zone, is_ready, counted_until,
            events_xid, events_n, returns_xid, returns_n, leased_until, used_until)
        SELECT COALESCE(MAX(generation), 0) + 1, $1, FALSE, $2, $3, $4, $3, $4, 0, $5
        FROM rollup_places WHERE TRUE ON CONFLICT DO NOTHING";
    let Cursor { xid, n } = Cursor::START;
    let used_until = (engine.now() + USED).timestamp_micros();
    let values = [zone.name().into(), i64::MIN.into(), xid.into(), n.into(), used_until.into()];
    let tx = engine.begin().await?;
    tx.execute_raw(sql(&tx, BEGIN, values)).await?;
    tx.commit().await
}

/// Says that nodes of this zone are there.
async fn stay(engine: &Engine, zone: Zone) -> Result<()> {
    const STAY: &str = "UPDATE rollup_places SET used_until = $1 WHERE zone = $2";
    let used_until = (engine.now() + USED).timestamp_micros();
    let tx = engine.begin().await?;
    tx.execute_raw(sql(&tx, STAY, [used_until.into(), zone.name().into()])).await?;
    tx.commit().await
}

/// Throws a generation away that is read no longer, some of it at a time.
async fn remove(engine: &Engine, generation: i64) -> Result<()> {
    for (table, key) in [("rollups", "mix"), ("newcomers", "at"), ("daily_counts", "template")] {
        let some = format!(
            "DELETE FROM {table} WHERE generation = $1 AND {key} IN
            (SELECT {key} FROM {table} WHERE generation = $1 ORDER BY {key} LIMIT 1000)"
        );
        while engine.remove(&some, [generation.into()]).await? > 0 {}
    }
    let place = "DELETE FROM rollup_places WHERE generation = $1";
    engine.remove(place, [generation.into()]).await?;
    Ok(())
}

/// Adds a day of counts, or a slice of the records; whether there is more to do at once.
async fn advance(engine: &Engine, zone: Zone, place: &Place, lease: &mut i64) -> Result<bool> {
    let (now, until) = (engine.now(), (engine.now() + LEASE).timestamp_micros());
    let is_free = place.leased_until == *lease || place.leased_until <= now.timestamp_micros();
    if !is_free {
        return Ok(false);
    }
    if place.counted_until < i64::MAX {
        *lease = until;
        return add_day(engine, zone, place, until).await;
    }
    let slice = Slice::after(engine.reader(), place).await?;
    if slice.is_empty() && place.leased_until == 0 {
        return Ok(false);
    }
    *lease = if slice.is_last() { 0 } else { until };
    let is_added = add(engine, zone, place, &slice, *lease).await?;
    // What has become ready takes the place of what was read before.
    Ok(is_added && !(slice.is_last() && place.is_ready))
}

/// Adds the next day's counts if the place is still where it was read. False: another node was here.
async fn add_day(engine: &Engine, zone: Zone, from: &Place, lease: i64) -> Result<bool> {
    const TAKE: &str = "UPDATE rollup_places SET leased_until = $1
        WHERE generation = $2 AND counted_until = $3 AND leased_until = $4";
    const MOVE: &str = "UPDATE rollup_places SET counted_until = $1 WHERE generation = $2";
    let tx = engine.begin().await?;
    let values =
        [lease.into(), from.generation.into(), from.counted_until.into(), from.leased_until.into()];
    if tx.execute_raw(sql(&tx, TAKE, values)).await?.rows_affected() == 0 {
        tx.undo().await;
        return Ok(false);
    }
    let until = counts::add_up_next(&tx, zone, from).await?;
    tx.execute_raw(sql(&tx, MOVE, [until.into(), from.generation.into()])).await?;
    tx.commit().await?;
    Ok(true)
}

/// What is added in one transaction.
struct Slice {
    events: Stretch,
    returns: Stretch,
}

impl Slice {
    async fn after(db: &DatabaseConnection, place: &Place) -> Result<Self> {
        let behind = events::behind(db);
        let ask = sql(db, slice_of("events", &behind), place.events.values());
        let events = of_events(db, ask, |_| true).await?;
        let ask = sql(db, slice_of("returns", &behind), place.returns.values());
        let returns = of_returns(db, ask).await?;
        Ok(Self { events, returns })
    }

    fn is_empty(&self) -> bool {
        self.events.read + self.returns.read == 0
    }

    fn is_last(&self) -> bool {
        self.events.read.max(self.returns.read) < SLICE
    }

    fn happenings(&self) -> impl Iterator<Item = &Happening> {
        self.events.happenings.iter().chain(&self.returns.happenings)
    }
}

rows! {
    struct MixRow { template: Uuid, mix: Uuid, revision: i64, channel: String }
    struct SumRow {
        generation: i64,
        mix: Uuid,
        basis: &'static str,
        step: &'static str,
        at: i64,
        claims: i64,
        granted: i64,
        locks: i64,
        redeems: i64,
        returned: i64,
        discount: i64,
        taken_off: i64,
        turnover: i64,
        refunded: i64,
    }
    struct Newcomer {
        bucket: i64,
        generation: i64,
        shopper: String,
        order_ref: String,
        at: i64,
        mix: Uuid,
    }
}

/// Adds a slice if the place is still where it was read; with the last one a generation is ready.
/// False: another node was here.
async fn add(engine: &Engine, zone: Zone, from: &Place, slice: &Slice, lease: i64) -> Result<bool> {
    const MOVE: &str = "UPDATE rollup_places SET events_xid = $1, events_n = $2, returns_xid = $3,
            returns_n = $4, leased_until = $5, is_ready = $12
        WHERE generation = $6 AND events_xid = $7 AND events_n = $8 AND returns_xid = $9
            AND returns_n = $10 AND leased_until = $11";
    let (events, returns) = from.after(slice);
    // Nobody waits for the writer while this is reckoned.
    let sums = Sums::of(zone, from.generation, slice);
    let tx = engine.begin().await?;
    let values = [
        events.xid.into(),
        events.n.into(),
        returns.xid.into(),
        returns.n.into(),
        lease.into(),
        from.generation.into(),
        from.events.xid.into(),
        from.events.n.into(),
        from.returns.xid.into(),
        from.returns.n.into(),
        from.leased_until.into(),
        (from.is_ready || slice.is_last()).into(),
    ];
    if tx.execute_raw(sql(&tx, MOVE, values)).await?.rows_affected() == 0 {
        tx.undo().await;
        return Ok(false);
    }
    sums.write(&tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// What a slice comes to, as it is written.
struct Sums {
    mixes: Vec<MixRow>,
    sums: Vec<SumRow>,
    newcomers: Vec<Newcomer>,
}

impl Sums {
    fn of(zone: Zone, generation: i64, slice: &Slice) -> Self {
        let mut mixes = BTreeMap::new();
        let mut sums: BTreeMap<(Uuid, Basis, Step, i64), Sum> = BTreeMap::new();
        let mut newcomers: BTreeMap<&str, Newcomer> = BTreeMap::new();
        for happening in slice.happenings() {
            let moments = [(Basis::Event, happening.at), (Basis::Claim, happening.claimed_at)];
            for mix in [happening.mix.clone(), happening.mix.of_all()] {
                let id = mix.id();
                for (basis, at) in moments {
                    for step in Step::ALL {
                        let key = (id, basis, step, begins(zone, step, at));
                        *sums.entry(key).or_default() += happening.sum;
                    }
                }
                mixes.insert(id, mix);
            }
            if let Some(order) = &happening.order {
                let newcomer = Newcomer {
                    bucket: i64::from(Bucket::of(&order.shopper).number()),
                    generation,
                    shopper: order.shopper.clone(),
                    order_ref: order.order_ref.clone(),
                    at: happening.at,
                    mix: happening.mix.id(),
                };
                // The ledger need not have them in the order of time.
                match newcomers.entry(order.shopper.as_str()) {
                    Entry::Occupied(mut first) if happening.at < first.get().at => {
                        first.insert(newcomer);
                    }
                    Entry::Occupied(_) => {}
                    Entry::Vacant(none) => {
                        none.insert(newcomer);
                    }
                }
            }
        }
        Self {
            mixes: mixes.into_iter().flat_map(|(id, mix)| mix_rows(id, mix)).collect(),
            sums: sums.into_iter().map(|sum| sum_row(generation, sum)).collect(),
            newcomers: newcomers.into_values().collect(),
        }
    }

    async fn write(&self, tx: &Tx) -> Result<()> {
        const MIXES: &str = "INSERT INTO mixes (template, mix, revision, channel)
            SELECT template, mix, revision, channel FROM {rows} WHERE TRUE ON CONFLICT DO NOTHING";
        const SUMS: &str = "INSERT INTO rollups (generation, mix, basis, step, at, claims, granted,
                locks, redeems, returned, discount, taken_off, turnover, refunded)
            SELECT generation, mix, basis, step, at, claims, granted, locks, redeems, returned,
                discount, taken_off, turnover, refunded
            FROM {rows} WHERE TRUE
            ON CONFLICT (generation, mix, basis, step, at) DO UPDATE SET
                claims = rollups.claims + excluded.claims,
                granted = rollups.granted + excluded.granted,
                locks = rollups.locks + excluded.locks,
                redeems = rollups.redeems + excluded.redeems,
                returned = rollups.returned + excluded.returned,
                discount = rollups.discount + excluded.discount,
                taken_off = rollups.taken_off + excluded.taken_off,
                turnover = rollups.turnover + excluded.turnover,
                refunded = rollups.refunded + excluded.refunded";
        const NEWCOMERS: &str = "INSERT INTO newcomers (bucket, generation, shopper, order_ref,
                at, mix)
            SELECT bucket, generation, shopper, order_ref, at, mix FROM {rows} WHERE TRUE
            ON CONFLICT (bucket, generation, shopper) DO UPDATE SET
                order_ref = excluded.order_ref, at = excluded.at, mix = excluded.mix
            WHERE excluded.at < newcomers.at";
        put(tx, MIXES, &self.mixes).await?;
        put(tx, SUMS, &self.sums).await?;
        put(tx, NEWCOMERS, &self.newcomers).await
    }
}

async fn put<T: Row>(tx: &Tx, text: &str, rows: &[T]) -> Result<()> {
    if !rows.is_empty() {
        tx.execute_raw(rows::statement(tx, text, rows, [])?).await?;
    }
    Ok(())
}

fn mix_rows(mix: Uuid, members: Mix) -> impl Iterator<Item = MixRow> {
    let row =
        move |Member { template, revision, channel }| MixRow { template, mix, revision, channel };
    members.0.into_iter().map(row)
}

fn sum_row(
    generation: i64,
    ((mix, basis, step, at), sum): ((Uuid, Basis, Step, i64), Sum),
) -> SumRow {
    let n = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    SumRow {
        generation,
        mix,
        basis: basis.as_str(),
        step: step.as_str(),
        at,
        claims: n(sum.stages.claim),
        granted: n(sum.granted),
        locks: n(sum.stages.lock),
        redeems: n(sum.stages.redeem),
        returned: n(sum.stages.returned),
        discount: sum.amounts.discount.units(),
        taken_off: sum.amounts.taken_off.units(),
        turnover: sum.amounts.turnover.units(),
        refunded: sum.amounts.refunded.units(),
    }
}

/// When the hour or the day begins that a moment lies in.
pub(crate) fn begins(zone: Zone, step: Step, at: i64) -> i64 {
    match step {
        Step::Hour => at.div_euclid(HOUR) * HOUR,
        Step::Day => zone.start_of(zone.day(time(at))).timestamp_micros(),
    }
}

/// In microseconds.
pub(crate) const HOUR: i64 = 60 * 60 * 1_000_000;
