//! Wrong pool codes and templates that nobody knows of: both count as guesses by their shopper, device
//! and address, and lead from a delay to a challenge to a lock-out.

use std::collections::BTreeMap;

use domain::risk::{Judged, Mode, Reached, Rule, Rules, Standing, Step, Who, decide};
use domain::{Refusal, TemplateId, Time};

use super::counters::{self, Ask, Counter};
use super::{gathering, hits, stops, watch};
use crate::tx::Tx;
use crate::{Engine, Result};

/// Counts a try at a pool code before anybody knows whether it is good, so that many at once are no
/// way around the limit; [`excuse`] takes it back. Refuses whoever is denied, has to wait or is locked
/// out.
pub(crate) async fn charge(engine: &Engine, who: &Who) -> Result<()> {
    let now = engine.now();
    let (watch, stops) = (watch(engine).await?, stops::current(engine).await?);
    let standing = watch.lists.standing(who, false, now);
    if matches!(standing, Standing::Allowed(_)) {
        return Ok(());
    }
    let locked_out = stops::reached(&stops, &watch.rules, who, Step::LockOut, now);
    let judged = decide(&standing, &locked_out, now);
    if let Some(refusal) = judged.refusal.clone() {
        engine.0.gathered.record(hits::new_hits(&judged, who, None, None, now));
        return Err(refusal.into());
    }
    let rules = watch.rules;
    let counted = engine.transact(None, |tx| {
        let (who, standing) = (who.clone(), standing.clone());
        async move { try_to_charge(&tx, &rules, &who, &standing, now).await }
    });
    let (judged, is_new) = counted.await?;
    if is_new {
        engine.0.stops.distrust();
    }
    judged.refusal.map_or(Ok(()), |refusal| Err(refusal.into()))
}

async fn try_to_charge(
    tx: &Tx,
    rules: &Rules,
    who: &Who,
    standing: &Standing,
    now: Time,
) -> Result<Option<(Judged, bool)>> {
    let guesses: Vec<Guess> = Guess::of(rules, who).map(|guess| Guess { n: 1, ..guess }).collect();
    let Some(counted) = count(tx, rules, &guesses, now).await? else { return Ok(None) };
    let reached: Vec<Reached> = counted.iter().filter_map(|counted| counted.reached).collect();
    let judged = decide(standing, &reached, now);
    hits::write_hits(tx, &hits::new_hits(&judged, who, None, None, now)).await?;
    let is_new = raise(tx, &guesses, &counted).await?;
    Ok(Some((judged, is_new)))
}

/// Takes back a try that was no guess; those before it stay counted.
pub(crate) async fn excuse(engine: &Engine, who: &Who) -> Result<()> {
    let now = engine.now();
    let watch = watch(engine).await?;
    if matches!(watch.lists.standing(who, false, now), Standing::Allowed(_)) {
        return Ok(());
    }
    let counters: Vec<Counter> = Guess::of(&watch.rules, who).map(|guess| guess.counter).collect();
    let given_back = engine.transact(None, |tx| {
        let counters = counters.clone();
        async move { counters::give_back(&tx, &counters, now).await }
    });
    given_back.await
}

/// How a claim of a template is answered that nobody knows of, or not this claimant: `not_found`, at
/// the same cost for each and without a query, until it was one too many. `hidden` is the template
/// where there is one.
pub(crate) async fn unknown(
    engine: &Engine,
    who: &Who,
    hidden: Option<TemplateId>,
) -> Result<Refusal> {
    let now = engine.now();
    let watch = watch(engine).await?;
    let standing = watch.lists.standing(who, false, now);
    // Whoever is denied learns no more than anybody; for whoever is allowed no rule holds.
    if standing != Standing::Plain {
        return Ok(Refusal::NotFound);
    }
    let mut judged = stopped(engine, &watch.rules, who, Step::LockOut, now).await?;
    if judged.refusal.is_none() {
        if engine.0.gathered.note(&watch.rules, who, now) {
            gathering::flush(engine).await?;
        }
        judged = stopped(engine, &watch.rules, who, Step::Delay, now).await?;
    }
    engine.0.gathered.record(hits::new_hits(&judged, who, hidden, None, now));
    Ok(judged.refusal.unwrap_or(Refusal::NotFound))
}

/// What the stops say of somebody, none milder than `from`.
async fn stopped(
    engine: &Engine,
    rules: &Rules,
    who: &Who,
    from: Step,
    now: Time,
) -> Result<Judged> {
    let stops = stops::current(engine).await?;
    Ok(decide(&Standing::Plain, &stops::reached(&stops, rules, who, from, now), now))
}

/// Guesses that one rule counts.
#[derive(Debug, Clone)]
pub(super) struct Guess {
    pub(super) rule: Rule,
    pub(super) counter: Counter,
    pub(super) subject: String,
    pub(super) n: u32,
}

impl Guess {
    /// What counts the guesses of somebody; none yet.
    pub(super) fn of<'a>(rules: &'a Rules, who: &'a Who) -> impl Iterator<Item = Self> + 'a {
        Rule::OF_WRONG.into_iter().filter_map(move |rule| {
            let bound = rules.get(rule);
            let counter = Counter::of(rule, &bound, who, None)?;
            let subject = counters::subject(rule, who)?;
            (bound.mode != Mode::Off).then_some(Self { rule, counter, subject, n: 0 })
        })
    }
}

/// How many guesses there are now, and what that leads to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub(super) total: u32,
    pub(super) reached: Option<Reached>,
}

/// Counts guesses; `None` where somebody else began to count the same at this moment.
pub(super) async fn count(
    tx: &Tx,
    rules: &Rules,
    guesses: &[Guess],
    now: Time,
) -> Result<Option<Vec<Counted>>> {
    let ask = |guess: &Guess| {
        let most = Step::most(rules.get(guess.rule).limit);
        (guess.counter.clone(), Ask { n: guess.n, most })
    };
    let asks: BTreeMap<Counter, Ask> = guesses.iter().map(ask).collect();
    let Some(taken) = counters::take(tx, &asks, now).await? else { return Ok(None) };
    let counted = |guess: &Guess| {
        let (rule, bound) = (guess.rule, rules.get(guess.rule));
        let recent = taken.get(&guess.counter).map(|taken| taken.recent);
        let total = recent.map_or(0, |recent| recent.total());
        let reached = recent.zip(Step::after(total, bound.limit)).map(|(recent, step)| {
            let ends_at = step.ends_at(&recent, &bound, now);
            Reached { rule, bound, step, ends_at }
        });
        Counted { total, reached }
    };
    Ok(Some(guesses.iter().map(counted).collect()))
}

/// Writes down the stops that guesses have led to; a rule in shadow stops nobody.
pub(super) async fn raise(tx: &Tx, guesses: &[Guess], counted: &[Counted]) -> Result<bool> {
    let stop = |(guess, counted): (&Guess, &Counted)| {
        let reached = counted.reached.filter(|reached| reached.bound.mode == Mode::On)?;
        Some((guess.subject.clone(), reached))
    };
    let stops: Vec<_> = guesses.iter().zip(counted).filter_map(stop).collect();
    stops::raise(tx, &stops).await
}
