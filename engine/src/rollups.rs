//! The ledger and the refunds added up, by the hour and by the local day of the shop, so that a funnel
//! over a year reads a few thousand rows and not all there ever was.
//!
//! [`work`] reads on in both records as webhooks do, only where nothing can come in before any more,
//! and moves its place in the transaction that adds: killed anywhere, or run on several nodes, it adds
//! everything once. Whoever reads sums adds what lies behind that place itself ([`crate::funnel`]),
//! and so is never behind.

mod checking;
mod happenings;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::actor::System;
use domain::calendar::Zone;
use domain::funnel::{Basis, Step};
use domain::ids::Bucket;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};
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

/// How far the records are added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// In whose days; empty before the first time.
    zone: String,
    pub(crate) events: Cursor,
    pub(crate) returns: Cursor,
    leased_until: i64,
}

impl Place {
    pub(crate) async fn read(db: &impl ConnectionTrait) -> Result<Self> {
        const READ: &str = "SELECT zone, events_xid, events_n, returns_xid, returns_n, leased_until
            FROM rollup_places";
        let row = db.query_one_raw(sql(db, READ, [])).await?;
        let row = row.ok_or_else(|| Fault::new("sums have no place"))?;
        let cursor = |xid: &str, n: &str| -> Result<Cursor> {
            Ok(Cursor { xid: row.try_get("", xid)?, n: row.try_get("", n)? })
        };
        Ok(Self {
            zone: row.try_get("", "zone")?,
            events: cursor("events_xid", "events_n")?,
            returns: cursor("returns_xid", "returns_n")?,
            leased_until: row.try_get("", "leased_until")?,
        })
    }

    /// Whether sums are told by the days of this zone, or nothing is worth anything yet.
    pub(crate) fn is_of(&self, zone: Zone) -> bool {
        self.zone == zone.name()
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
    let mut lease = 0;
    loop {
        let now = engine.now();
        let db = engine.reader();
        let place = Place::read(db).await?;
        if !place.is_of(zone) {
            start_over(engine).await?;
            continue;
        }
        let is_free = place.leased_until == lease || place.leased_until <= now.timestamp_micros();
        if !is_free {
            return Ok(());
        }
        let slice = Slice::after(db, &place).await?;
        if slice.is_empty() && place.leased_until == 0 {
            return Ok(());
        }
        lease = if slice.is_last() { 0 } else { (now + LEASE).timestamp_micros() };
        let is_added = add(engine, &place, &slice, lease).await?;
        if !is_added || slice.is_last() {
            return Ok(());
        }
    }
}

/// Throws all sums away and adds everything up again, with the same result. What is read meanwhile is
/// right, and slow.
pub async fn rebuild(engine: &Engine, by: System) -> Result<()> {
    start_over(engine).await?;
    work(engine, by).await
}

/// Back to where nothing is added up, in the days of this deployment's zone.
async fn start_over(engine: &Engine) -> Result<()> {
    const START: &str = "UPDATE rollup_places SET zone = $1, events_xid = $2, events_n = $3,
        returns_xid = $2, returns_n = $3, leased_until = 0";
    let tx = engine.begin().await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        // Years of sums are many rows to remove.
        tx.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    }
    let Cursor { xid, n } = Cursor::START;
    let zone = engine.settings().time_zone.name();
    tx.execute_raw(sql(&tx, START, [zone.into(), xid.into(), n.into()])).await?;
    for table in ["rollups", "mixes", "newcomers"] {
        tx.execute_unprepared(&format!("DELETE FROM {table}")).await?;
    }
    counts::add_up_days(engine, &tx).await?;
    tx.commit().await
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
        turnover: i64,
        refunded: i64,
    }
    struct Newcomer { bucket: i64, shopper: String, order_ref: String, at: i64, mix: Uuid }
}

/// Adds a slice if the place is still where it was read. False: another node was here.
async fn add(engine: &Engine, from: &Place, slice: &Slice, lease: i64) -> Result<bool> {
    const MOVE: &str = "UPDATE rollup_places SET events_xid = $1, events_n = $2, returns_xid = $3,
            returns_n = $4, leased_until = $5
        WHERE zone = $6 AND events_xid = $7 AND events_n = $8 AND returns_xid = $9
            AND returns_n = $10 AND leased_until = $11";
    let (events, returns) = from.after(slice);
    // Nobody waits for the writer while this is reckoned.
    let sums = Sums::of(engine.settings().time_zone, slice);
    let tx = engine.begin().await?;
    let values = [
        events.xid.into(),
        events.n.into(),
        returns.xid.into(),
        returns.n.into(),
        lease.into(),
        from.zone.as_str().into(),
        from.events.xid.into(),
        from.events.n.into(),
        from.returns.xid.into(),
        from.returns.n.into(),
        from.leased_until.into(),
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
    fn of(zone: Zone, slice: &Slice) -> Self {
        let mut mixes = BTreeMap::new();
        let mut sums: BTreeMap<(Uuid, Basis, Step, i64), Sum> = BTreeMap::new();
        let mut newcomers = BTreeMap::new();
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
                let newcomer = || Newcomer {
                    bucket: i64::from(Bucket::of(&order.shopper).number()),
                    shopper: order.shopper.clone(),
                    order_ref: order.order_ref.clone(),
                    at: happening.at,
                    mix: happening.mix.id(),
                };
                newcomers.entry(&order.shopper).or_insert_with(newcomer);
            }
        }
        Self {
            mixes: mixes.into_iter().flat_map(|(id, mix)| mix_rows(id, mix)).collect(),
            sums: sums.into_iter().map(sum_row).collect(),
            newcomers: newcomers.into_values().collect(),
        }
    }

    async fn write(&self, tx: &Tx) -> Result<()> {
        const MIXES: &str = "INSERT INTO mixes (template, mix, revision, channel)
            SELECT template, mix, revision, channel FROM {rows} WHERE TRUE ON CONFLICT DO NOTHING";
        const SUMS: &str = "INSERT INTO rollups (mix, basis, step, at, claims, granted, locks,
                redeems, returned, discount, turnover, refunded)
            SELECT mix, basis, step, at, claims, granted, locks, redeems, returned, discount,
                turnover, refunded
            FROM {rows} WHERE TRUE
            ON CONFLICT (mix, basis, step, at) DO UPDATE SET
                claims = rollups.claims + excluded.claims,
                granted = rollups.granted + excluded.granted,
                locks = rollups.locks + excluded.locks,
                redeems = rollups.redeems + excluded.redeems,
                returned = rollups.returned + excluded.returned,
                discount = rollups.discount + excluded.discount,
                turnover = rollups.turnover + excluded.turnover,
                refunded = rollups.refunded + excluded.refunded";
        const NEWCOMERS: &str = "INSERT INTO newcomers (bucket, shopper, order_ref, at, mix)
            SELECT bucket, shopper, order_ref, at, mix FROM {rows} WHERE TRUE
            ON CONFLICT DO NOTHING";
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

fn sum_row(((mix, basis, step, at), sum): ((Uuid, Basis, Step, i64), Sum)) -> SumRow {
    let n = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    SumRow {
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
