//! How many came lately, counted in the store. Claims are counted over Redis where there is one
//! (`shared.rs`), guesses always here.

use std::collections::{BTreeMap, HashMap};

use domain::TemplateId;
use domain::Time;
use domain::ids::Bucket;
use domain::risk::{Bound, Network, PARTS, Recent, Rule, Who};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::store::rows::{self, rows};
use crate::tx::Tx;
use crate::{Engine, Fault, Result};

/// What is counted. A rule with another window counts anew.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Counter {
    bucket: i64,
    key: String,
    window_minutes: u32,
}

impl Counter {
    /// What a rule counts of somebody; `None` where that is not known of them.
    pub(super) fn of(
        rule: Rule,
        bound: &Bound,
        who: &Who,
        template: Option<TemplateId>,
    ) -> Option<Self> {
        let subject = subject(rule, who)?;
        let template = template.filter(|_| rule == Rule::ShopperTemplate);
        let template = template.map(|template| format!("{template}:")).unwrap_or_default();
        let key = format!("{}:{}:{template}{subject}", rule.as_str(), bound.window_minutes);
        let bucket = i64::from(Bucket::of(&subject).number());
        Some(Self { bucket, key, window_minutes: bound.window_minutes })
    }

    /// Names it.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn window_seconds(&self) -> u32 {
        self.window_minutes.saturating_mul(60)
    }

    /// Nothing counted yet.
    pub(super) fn recent(&self, now: Time) -> Recent {
        Recent::new(self.window_minutes, now)
    }
}

/// By whom a rule counts, as it is kept.
pub(super) fn subject(rule: Rule, who: &Who) -> Option<String> {
    match rule {
        Rule::ShopperTemplate | Rule::Shopper | Rule::WrongByShopper => {
            Some(who.shopper.to_string())
        }
        Rule::Device | Rule::WrongByDevice => who.device.as_ref().map(ToString::to_string),
        Rule::Address | Rule::WrongByAddress => {
            who.address.map(|address| Network::client(address).to_string())
        }
    }
}

/// How many are to be counted, as long as there are at most so many.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ask {
    pub(super) n: u32,
    pub(super) most: u32,
}

/// How many were counted, and how many there are now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub(super) n: u32,
    pub(super) recent: Recent,
}

rows! {
    struct CounterKey { bucket: i64, key: String }
    struct CounterRow {
        bucket: i64,
        key: String,
        part: i64,
        counts: String,
        turn: i64,
        gone_on: i64,
    }
}

/// Counts; `None` where somebody else began to count the same at this moment: then all of it is to be
/// tried again. On PostgreSQL the rows are others' only after the transaction, so take them before
/// anything else that others wait for.
pub(super) async fn take(
    tx: &Tx,
    asks: &BTreeMap<Counter, Ask>,
    now: Time,
) -> Result<Option<HashMap<Counter, Taken>>> {
    let mut read = read(tx, asks.keys(), now, Keep::FromOthers).await?;
    let (mut taken, mut changed) = (HashMap::with_capacity(asks.len()), Vec::new());
    for (counter, ask) in asks {
        let (mut recent, turn) =
            read.remove(&(counter.bucket, counter.key.clone())).unwrap_or((counter.recent(now), 0));
        let n = recent.take(ask.n, ask.most);
        if n > 0 {
            changed.push(row(counter, &recent, turn));
        }
        taken.insert(counter.clone(), Taken { n, recent });
    }
    Ok(write(tx, &changed).await?.then_some(taken))
}

/// What was counted so far of those that somebody has counted; nobody is kept off them.
pub(super) async fn look(
    tx: &Tx,
    asks: &BTreeMap<Counter, Ask>,
    now: Time,
) -> Result<HashMap<Counter, Recent>> {
    let mut read = read(tx, asks.keys(), now, Keep::FromNobody).await?;
    let held = |counter: &Counter| {
        let (recent, _) = read.remove(&(counter.bucket, counter.key.clone()))?;
        Some((counter.clone(), recent))
    };
    Ok(asks.keys().filter_map(held).collect())
}

/// Takes back one of each that turned out not to count.
pub(super) async fn give_back(tx: &Tx, counters: &[Counter], now: Time) -> Result<Option<()>> {
    let mut counters: Vec<&Counter> = counters.iter().collect();
    counters.sort_unstable();
    let mut read = read(tx, counters.iter().copied(), now, Keep::FromOthers).await?;
    let mut changed = Vec::new();
    for counter in counters {
        if let Some((mut recent, turn)) = read.remove(&(counter.bucket, counter.key.clone())) {
            recent.give_back();
            changed.push(row(counter, &recent, turn));
        }
    }
    Ok(write(tx, &changed).await?.then_some(()))
}

type Read = HashMap<(i64, String), (Recent, i64)>;

/// Whether what is read is kept from others until the transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    FromOthers,
    FromNobody,
}

/// What was counted so far. Keys come sorted: all who keep several from others do so in one order.
async fn read<'a>(
    tx: &Tx,
    counters: impl Iterator<Item = &'a Counter>,
    now: Time,
    keep: Keep,
) -> Result<Read> {
    const READ: &str = "SELECT risk_counters.* FROM {rows} JOIN risk_counters
        ON {risk_counters by bucket, key}";
    let lock = match tx.get_database_backend() {
        DbBackend::Postgres if keep == Keep::FromOthers => {
            // In an order that no index has: PostgreSQL would walk all of it for that.
            " ORDER BY risk_counters.key FOR UPDATE OF risk_counters"
        }
        _ => "",
    };
    let counters: HashMap<(i64, String), u32> =
        counters.map(|c| ((c.bucket, c.key.clone()), c.window_minutes)).collect();
    let key = |(bucket, key): &(i64, String)| CounterKey { bucket: *bucket, key: key.clone() };
    let keys: Vec<CounterKey> = counters.keys().map(key).collect();
    let mut found = Read::new();
    if keys.is_empty() {
        return Ok(found);
    }
    let read = rows::statement(tx, &format!("{READ}{lock}"), &keys, [])?;
    for row in tx.query_all_raw(read).await? {
        let place: (i64, String) = (row.try_get("", "bucket")?, row.try_get("", "key")?);
        let Some(window_minutes) = counters.get(&place) else { continue };
        let counts = read_counts(&row.try_get::<String>("", "counts")?)?;
        let recent = Recent::new(*window_minutes, now).with(row.try_get("", "part")?, counts);
        found.insert(place, (recent, row.try_get("", "turn")?));
    }
    Ok(found)
}

async fn write(tx: &Tx, changed: &[CounterRow]) -> Result<bool> {
    const WRITE: &str = "INSERT INTO risk_counters (bucket, key, part, counts, turn, gone_on)
        SELECT bucket, key, part, counts, turn, gone_on FROM {rows} WHERE TRUE
        ON CONFLICT (bucket, key) DO UPDATE SET part = excluded.part, counts = excluded.counts,
            turn = excluded.turn, gone_on = excluded.gone_on
        WHERE risk_counters.turn = excluded.turn - 1";
    if changed.is_empty() {
        return Ok(true);
    }
    let written = tx.execute_raw(rows::statement(tx, WRITE, changed, [])?).await?;
    Ok(written.rows_affected() == changed.len() as u64)
}

fn row(counter: &Counter, recent: &Recent, turn: i64) -> CounterRow {
    CounterRow {
        bucket: counter.bucket,
        key: counter.key.clone(),
        part: recent.newest(),
        counts: text(recent),
        turn: turn + 1,
        gone_on: day(recent.ends_at()) + 1,
    }
}

/// What is in each part, the newest first.
pub(super) fn text(recent: &Recent) -> String {
    recent.counts().map(|count| count.to_string()).join(" ")
}

fn read_counts(text: &str) -> Result<[u32; PARTS]> {
    let read: Option<Vec<u32>> = text.split(' ').map(|count| count.parse().ok()).collect();
    let read = read.and_then(|counts| counts.try_into().ok());
    Ok(read.ok_or_else(|| Fault::new("counts of risk read oddly"))?)
}

fn day(at: Time) -> i64 {
    at.timestamp().div_euclid(24 * 60 * 60)
}

/// Removes counts that are out of their windows.
pub(super) async fn sweep(engine: &Engine, now: Time, limit: u32) -> Result<u64> {
    const SWEEP: &str = "DELETE FROM risk_counters WHERE (bucket, key) IN
        (SELECT bucket, key FROM risk_counters WHERE gone_on <= $1 ORDER BY gone_on LIMIT $2)
        AND gone_on <= $1";
    engine.remove(SWEEP, [day(now).into(), i64::from(limit).into()]).await
}
