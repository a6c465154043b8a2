//! What is gathered in memory and written every second or so: guesses at templates, so that a claim
//! of one that nobody knows of needs no query, and decisions that were made without one. Guesses are
//! written at once where they may be too many. A node that dies loses what came since.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Time;
use domain::risk::{Mode, Rules, Standing, Who, decide};

use super::counters::Counter;
use super::guesses::{Counted, Guess, count, raise};
use super::hits::{self, NewHit};
use super::watch;
use crate::tx::Tx;
use crate::{Engine, Result};

/// What came since it was last written, and what there was then.
#[derive(Debug, Default)]
pub(crate) struct Gathered(Mutex<Pending>);

#[derive(Debug, Default)]
struct Pending {
    guesses: HashMap<Counter, Guesses>,
    hits: Vec<NewHit>,
}

/// Guesses by one counter.
#[derive(Debug)]
struct Guesses {
    /// Not written yet.
    guess: Guess,
    /// Who made the last of them.
    who: Who,
    /// How many there were when they were last written, and until when that bears on anything.
    total: u32,
    until: Time,
}

/// The most that is gathered before it is written, or in the end forgotten.
const GATHERED_MAX: usize = 20_000;

impl Gathered {
    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps decisions that were made without a transaction.
    pub(super) fn record(&self, hits: Vec<NewHit>) {
        let mut pending = self.lock();
        // Only a store that is away for long lets it come so far.
        if pending.hits.len() < GATHERED_MAX {
            pending.hits.extend(hits);
        }
    }

    /// Notes a guess; answers whether it may be one too many, and is to be written now. A rule in
    /// shadow is in no hurry: it stops nobody.
    pub(super) fn note(&self, rules: &Rules, who: &Who, now: Time) -> bool {
        let mut pending = self.lock();
        let mut is_due = false;
        for guess in Guess::of(rules, who) {
            let bound = rules.get(guess.rule);
            let until = now + bound.window();
            let fresh = || Guesses { guess: guess.clone(), who: who.clone(), total: 0, until };
            let noted = pending.guesses.entry(guess.counter.clone()).or_insert_with(fresh);
            if noted.until <= now {
                noted.total = 0;
            }
            noted.guess.n = noted.guess.n.saturating_add(1);
            noted.until = until;
            noted.who = who.clone();
            let is_over = noted.total.saturating_add(noted.guess.n) > bound.limit;
            is_due |= is_over && bound.mode == Mode::On;
        }
        is_due || pending.guesses.len() >= GATHERED_MAX
    }

    /// Empties the memory, as the store is emptied.
    #[cfg(any(test, feature = "test-clock"))]
    pub(crate) fn forget(&self) {
        *self.lock() = Pending::default();
    }

    /// What is to be written.
    fn take(&self) -> (Vec<(Guess, Who)>, Vec<NewHit>) {
        let mut pending = self.lock();
        let waiting = |noted: &mut Guesses| {
            let n = std::mem::take(&mut noted.guess.n);
            (n > 0).then(|| (Guess { n, ..noted.guess.clone() }, noted.who.clone()))
        };
        let guesses = pending.guesses.values_mut().filter_map(waiting).collect();
        (guesses, std::mem::take(&mut pending.hits))
    }

    /// Takes back what was not written.
    fn put_back(&self, guesses: &[(Guess, Who)], hits: Vec<NewHit>) {
        let mut pending = self.lock();
        for (guess, _) in guesses {
            if let Some(noted) = pending.guesses.get_mut(&guess.counter) {
                noted.guess.n = noted.guess.n.saturating_add(guess.n);
            }
        }
        pending.hits.splice(0..0, hits);
    }

    /// Remembers how many there are now, and forgets what bears on nothing any more.
    fn settle(&self, guesses: &[(Guess, Who)], counted: &[Counted], now: Time) {
        let mut pending = self.lock();
        for ((guess, _), counted) in guesses.iter().zip(counted) {
            if let Some(noted) = pending.guesses.get_mut(&guess.counter) {
                noted.total = counted.total;
            }
        }
        let is_crowded = pending.guesses.len() >= GATHERED_MAX;
        pending.guesses.retain(|_, noted| noted.guess.n > 0 || (noted.until > now && !is_crowded));
    }
}

/// Writes what was gathered; on failure it is kept for the next time. Once begun it goes on, also when
/// whoever asked has gone away: what was taken out of memory would be lost.
pub(super) async fn flush(engine: &Engine) -> Result<()> {
    let (guesses, gathered) = engine.0.gathered.take();
    if guesses.is_empty() && gathered.is_empty() {
        return Ok(());
    }
    tokio::spawn(write_or_put_back(engine.clone(), guesses, gathered)).await?
}

async fn write_or_put_back(
    engine: Engine,
    guesses: Vec<(Guess, Who)>,
    gathered: Vec<NewHit>,
) -> Result<()> {
    let now = engine.now();
    match write(&engine, &guesses, &gathered, now).await {
        Ok(counted) => {
            engine.0.gathered.settle(&guesses, &counted, now);
            Ok(())
        }
        Err(error) => {
            engine.0.gathered.put_back(&guesses, gathered);
            Err(error)
        }
    }
}

async fn write(
    engine: &Engine,
    guesses: &[(Guess, Who)],
    gathered: &[NewHit],
    now: Time,
) -> Result<Vec<Counted>> {
    let rules = watch(engine).await?.rules;
    let (counted, is_new) = engine
        .transact(None, |tx| async move { try_to_write(&tx, &rules, guesses, gathered, now).await })
        .await?;
    if is_new {
        engine.0.stops.distrust();
    }
    Ok(counted)
}

async fn try_to_write(
    tx: &Tx,
    rules: &Rules,
    guesses: &[(Guess, Who)],
    gathered: &[NewHit],
    now: Time,
) -> Result<Option<(Vec<Counted>, bool)>> {
    let (only, whos): (Vec<Guess>, Vec<&Who>) =
        guesses.iter().map(|(guess, who)| (guess.clone(), who)).unzip();
    let Some(counted) = count(tx, rules, &only, now).await? else { return Ok(None) };
    let is_new = raise(tx, &only, &counted).await?;
    let mut all = gathered.to_vec();
    // What a rule in shadow would have done is known only now.
    for (who, counted) in whos.into_iter().zip(&counted) {
        let shadow = counted.reached.filter(|reached| reached.bound.mode == Mode::Shadow);
        let judged = decide(&Standing::Plain, shadow.as_slice(), now);
        all.extend(hits::new_hits(&judged, who, None, None, now));
    }
    hits::write_hits(tx, &all).await?;
    Ok(Some((counted, is_new)))
}
