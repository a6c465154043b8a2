//! Counting over Redis, for all nodes at once and without a lock; in the store where Redis does not
//! answer, or there is none.
//!
//! A counter that Redis does not know goes on from what the store has. What Redis has counted each node
//! owes the store, and writes there every second; a node that counts in the store knows what it owes.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Time;
use domain::risk::Recent;

use super::counters::{self, Ask, Counter, Taken};
use crate::redis::Asking;
use crate::tx::Tx;
use crate::{Engine, Result};

const TAKE: &str = include_str!("shared/take.lua");
const RAISE: &str = include_str!("shared/raise.lua");

/// Under which all of it lies.
const KEY: &str = "quan:risk";

/// The most counters that are written to the store in one transaction.
const SLICE: usize = 1_000;

/// What was counted over Redis and is not in the store yet.
#[derive(Default)]
pub(crate) struct Owed {
    counts: Mutex<BTreeMap<Counter, u32>>,
    /// One writes it at a time.
    turn: tokio::sync::Mutex<()>,
    /// Held for writing from before the store is paid until it is owed no more, for reading by whoever adds
    /// up both: nothing is seen twice or not at all. It is taken within a transaction, before its rows are:
    /// whoever holds it waits for nobody who waits for it.
    paying: tokio::sync::RwLock<()>,
    /// How often this node went to the store instead, of which Redis does not know.
    astray: AtomicU64,
    /// Which of those Redis has heard of, and of which connection.
    told: AtomicU64,
    told_by: AtomicU64,
}

impl Owed {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Counter, u32>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, counted: &HashMap<Counter, Taken>) {
        let mut owed = self.lock();
        for (counter, taken) in counted.iter().filter(|(_, taken)| taken.n > 0) {
            *owed.entry(counter.clone()).or_default() += taken.n;
        }
    }

    /// Adds what the store is owed to what it holds.
    fn add_to(&self, counter: &Counter, recent: &mut Recent) {
        recent.take(self.lock().get(counter).copied().unwrap_or(0), u32::MAX);
    }

    /// What is asked of the store, which does not know what it is owed.
    fn deducted(&self, mut asks: BTreeMap<Counter, Ask>) -> BTreeMap<Counter, Ask> {
        let owed = self.lock();
        for (counter, ask) in &mut asks {
            ask.most = ask.most.saturating_sub(owed.get(counter).copied().unwrap_or(0));
        }
        asks
    }

    fn pay(&self, paid: &BTreeMap<Counter, Ask>) {
        let mut owed = self.lock();
        for (counter, ask) in paid {
            let Some(n) = owed.get_mut(counter) else { continue };
            *n = n.saturating_sub(ask.n);
            if *n == 0 {
                owed.remove(counter);
            }
        }
    }
}

/// What a batch was charged over Redis, which no transaction undoes: where it is tried again, all of it or
/// each by itself, it pays for nothing twice.
#[derive(Default)]
pub(crate) struct Charged {
    charges: Mutex<HashMap<Counter, Charge>>,
    /// What the last try asked for.
    tried: Mutex<BTreeMap<Counter, Ask>>,
    /// The last try counted in the store, too.
    is_in_store: AtomicBool,
}

struct Charge {
    asked: u32,
    taken: Taken,
}

impl Charged {
    fn lock(&self) -> MutexGuard<'_, HashMap<Counter, Charge>> {
        self.charges.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tried(&self) -> MutexGuard<'_, BTreeMap<Counter, Ask>> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be told when a try is durable: what it paid with nobody pays with again. What it counted in the
    /// store Redis may have asked for while nobody saw it there yet.
    pub(crate) fn committed(&self, engine: &Engine) {
        let tried = std::mem::take(&mut *self.tried());
        let mut charged = self.lock();
        for (counter, ask) in &tried {
            let Some(charge) = charged.get_mut(counter) else { continue };
            charge.asked = charge.asked.saturating_sub(ask.n);
            charge.taken.n = charge.taken.n.saturating_sub(ask.n);
        }
        if self.is_in_store.load(SeqCst) {
            engine.0.owed.astray.fetch_add(1, SeqCst);
        }
    }

    /// What is asked for and was not charged yet.
    fn open(&self, asks: &BTreeMap<Counter, Ask>) -> BTreeMap<Counter, Ask> {
        let charged = self.lock();
        let open = |(counter, ask): (&Counter, &Ask)| {
            let asked = charged.get(counter).map_or(0, |charge| charge.asked);
            let n = ask.n.saturating_sub(asked);
            (n > 0).then(|| (counter.clone(), Ask { n, ..*ask }))
        };
        asks.iter().filter_map(open).collect()
    }

    fn note(&self, asks: &BTreeMap<Counter, Ask>, counted: &HashMap<Counter, Taken>) {
        let mut charged = self.lock();
        for (counter, &taken) in counted {
            let asked = asks.get(counter).map_or(0, |ask| ask.n);
            let charge = Charge { asked, taken };
            charged
                .entry(counter.clone())
                .and_modify(|before| {
                    before.asked += asked;
                    before.taken = Taken { n: before.taken.n + taken.n, ..taken };
                })
                .or_insert(charge);
        }
    }

    /// What was counted of what is asked for.
    fn of(&self, asks: &BTreeMap<Counter, Ask>) -> HashMap<Counter, Taken> {
        let charged = self.lock();
        let of = |(counter, ask): (&Counter, &Ask)| {
            let taken = charged.get(counter)?.taken;
            Some((counter.clone(), Taken { n: taken.n.min(ask.n), ..taken }))
        };
        asks.iter().filter_map(of).collect()
    }
}

/// Counts as [`counters::take`] does, and in the same windows.
pub(super) async fn take(
    engine: &Engine,
    tx: &Tx,
    charged: &Charged,
    asks: &BTreeMap<Counter, Ask>,
    now: Time,
) -> Result<Option<HashMap<Counter, Taken>>> {
    if !engine.redis().is_there() {
        return counters::take(tx, asks, now).await;
    }
    let owed = &engine.0.owed;
    charged.tried().clone_from(asks);
    let is_over_redis = over_redis(engine, tx, charged, asks, now).await?;
    charged.is_in_store.store(!is_over_redis, SeqCst);
    if is_over_redis {
        return Ok(Some(charged.of(asks)));
    }
    owed.astray.fetch_add(1, SeqCst);
    let unpaid = owed.paying.read().await;
    let in_store = counters::take(tx, &owed.deducted(charged.open(asks)), now).await?;
    let Some(mut in_store) = in_store else { return Ok(None) };
    in_store.iter_mut().for_each(|(counter, more)| owed.add_to(counter, &mut more.recent));
    drop(unpaid);
    let mut taken = charged.of(asks);
    for (counter, more) in in_store {
        let before = taken.get(&counter).map_or(0, |taken| taken.n);
        taken.insert(counter, Taken { n: before + more.n, ..more });
    }
    Ok(Some(taken))
}

/// Charges what was not charged yet; false where Redis does not answer for all of it. What it answers is
/// noted at once, whatever becomes of the rest.
async fn over_redis(
    engine: &Engine,
    tx: &Tx,
    charged: &Charged,
    asks: &BTreeMap<Counter, Ask>,
    now: Time,
) -> Result<bool> {
    let open = charged.open(asks);
    if open.is_empty() {
        return Ok(true);
    }
    let Some(mut redis) = engine.redis().reach().await else { return Ok(false) };
    let is_answered = ask(engine, &mut redis, charged, &open, None, now).await;
    let unknown = charged.open(asks);
    if !is_answered || unknown.is_empty() {
        return Ok(is_answered);
    }
    let owed = &engine.0.owed;
    let unpaid = owed.paying.read().await;
    let held = counters::look(tx, &unknown, now).await?;
    let add = |counter: &Counter| {
        let mut recent = held.get(counter).copied().unwrap_or(counter.recent(now));
        owed.add_to(counter, &mut recent);
        (counter.clone(), recent)
    };
    let held = unknown.keys().map(add).collect();
    drop(unpaid);
    let is_answered = ask(engine, &mut redis, charged, &unknown, Some(&held), now).await;
    Ok(is_answered && charged.open(asks).is_empty())
}

/// Asks Redis, and notes what it has counted; false where it does not answer. Of counters it does not know
/// there is no answer, unless it is told what the store holds.
async fn ask(
    engine: &Engine,
    redis: &mut Asking,
    charged: &Charged,
    asks: &BTreeMap<Counter, Ask>,
    held: Option<&HashMap<Counter, Recent>>,
    now: Time,
) -> bool {
    let owed = &engine.0.owed;
    // What Redis has missed, or may have forgotten behind a new connection, it asks of the store again. All
    // who ask say so until one of them was answered.
    let (astray, number) = (owed.astray.load(SeqCst), redis.number());
    let is_told = owed.told.load(SeqCst) >= astray && owed.told_by.load(SeqCst) >= number;
    let mut words = vec![u8::from(!is_told).to_string()];
    for (counter, ask) in asks {
        let recent = held.and_then(|held| held.get(counter));
        let newest = recent.unwrap_or(&counter.recent(now)).newest();
        words.extend([counter.key().to_owned(), counter.window_seconds().to_string()]);
        words.extend([newest.to_string(), ask.n.to_string(), ask.most.to_string()]);
        words.push(recent.map(counters::text).unwrap_or_default());
    }
    let answers: Option<Vec<Option<Vec<i64>>>> = redis.run(TAKE, KEY, &words).await;
    let Some(answers) = answers else { return false };
    owed.told.fetch_max(astray, SeqCst);
    owed.told_by.fetch_max(number, SeqCst);
    let counted = asks.keys().zip(answers).filter_map(|(counter, answer)| {
        let taken = read(counter, &answer?, now)?;
        Some((counter.clone(), taken))
    });
    let counted = counted.collect();
    owed.note(&counted);
    charged.note(asks, &counted);
    true
}

fn read(counter: &Counter, answer: &[i64], now: Time) -> Option<Taken> {
    let [n, newest, counts @ ..] = answer else { return None };
    let counts: Option<Vec<u32>> = counts.iter().map(|n| u32::try_from(*n).ok()).collect();
    let recent = counter.recent(now).with(*newest, counts?.try_into().ok()?);
    Some(Taken { n: u32::try_from(*n).ok()?, recent })
}

/// Writes to the store what it is owed. Once begun it goes on, also when whoever asked has gone away: it
/// would be written twice.
pub(super) async fn write(engine: &Engine) -> Result<()> {
    if engine.0.owed.lock().is_empty() {
        return Ok(());
    }
    tokio::spawn(write_all(engine.clone())).await?
}

async fn write_all(engine: Engine) -> Result<()> {
    let owed = &engine.0.owed;
    let _turn = owed.turn.lock().await;
    let all: Vec<(Counter, u32)> = owed.lock().iter().map(|(c, n)| (c.clone(), *n)).collect();
    for slice in all.chunks(SLICE) {
        let now = engine.now();
        let ask = |(counter, n): &(Counter, u32)| (counter.clone(), Ask { n: *n, most: u32::MAX });
        let asks: BTreeMap<Counter, Ask> = slice.iter().map(ask).collect();
        let asks = &asks;
        let (paying, written) = engine
            .transact(None, |tx| async move {
                let paying = owed.paying.write().await;
                let written = counters::take(&tx, asks, now).await?;
                Ok(written.map(|written| (paying, written)))
            })
            .await?;
        owed.pay(asks);
        drop(paying);
        raise(&engine, &written).await;
    }
    Ok(())
}

/// Tells Redis what the store has, where that is more: what was counted there meanwhile, or by nodes that
/// did not reach it.
async fn raise(engine: &Engine, written: &HashMap<Counter, Taken>) {
    let mut words = Vec::with_capacity(written.len() * 4);
    for (counter, Taken { recent, .. }) in written {
        words.extend([counter.key().to_owned(), counter.window_seconds().to_string()]);
        words.extend([recent.newest().to_string(), counters::text(recent)]);
    }
    // Where it does not answer it is told when it does.
    if let Some(mut redis) = engine.redis().reach().await {
        let _: Option<i64> = redis.run(RAISE, KEY, &words).await;
    }
}

/// Whether Redis lets us count, by something that counts nothing and is gone a second later.
pub(crate) async fn can_count(engine: &Engine) -> bool {
    let words = ["0", "doctor", "1", "0", "1", "1", "0"].map(str::to_owned);
    let Some(mut redis) = engine.redis().reach().await else { return false };
    redis.run::<Vec<Vec<i64>>>(TAKE, KEY, &words).await.is_some()
}
