//! What risk says of a batch of claims: counted set-wise, judged in order of arrival.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::risk::{Bound, Judged, Mode, Reached, Rule, Standing, Step, Who, decide};
use domain::{TemplateId, Time};

use super::counters::{Ask, Counter};
use super::shared::{self, Charged};
use super::stops::{self, Stops};
use super::{Watch, watch};
use crate::tx::Tx;
use crate::{Engine, Result};

/// What judging needs of what this node holds. Whoever judges has it before the transaction, as
/// [`crate::wallet::Memory`] says.
pub(crate) struct Memory<'a> {
    watch: Arc<Watch>,
    stops: Arc<Stops>,
    charged: &'a Charged,
}

impl<'a> Memory<'a> {
    /// For one try of a batch that was `charged` before.
    pub(crate) async fn current(engine: &Engine, charged: &'a Charged) -> Result<Self> {
        Ok(Self { watch: watch(engine).await?, stops: stops::current(engine).await?, charged })
    }
}

/// A claim that comes as far as risk.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) who: Who,
    pub(crate) template: TemplateId,
    /// The host shop has blocked the shopper.
    pub(crate) is_blocked: bool,
    /// It is given to them, who did nothing that rules could count: the lists alone bear on it.
    pub(crate) is_given: bool,
}

/// How a claim stands before anything is counted, and what counts it.
struct Asked {
    standing: Standing,
    reached: Vec<Reached>,
    counted: Vec<(Rule, Bound, Counter)>,
}

/// Judges each claim that comes as far, and no other; `None` where another batch began to count the
/// same at this moment. A claim counts by every rule that has room, also where another one refuses it.
pub(crate) async fn judge_claims(
    engine: &Engine,
    tx: &Tx,
    Memory { watch, stops, charged }: &Memory<'_>,
    claims: &[Option<Candidate>],
    now: Time,
) -> Result<Option<Vec<Option<Judged>>>> {
    let ask = |candidate: &Candidate| {
        let Candidate { who, template, is_blocked, is_given } = candidate;
        let standing = watch.lists.standing(who, *is_blocked, now);
        let reached = match *is_given {
            true => Vec::new(),
            false => stops::reached(stops, &watch.rules, who, Step::LockOut, now),
        };
        // Whoever is refused anyway takes nothing from others at the same address.
        let is_counted = !*is_given && decide(&standing, &reached, now).refusal.is_none();
        let counter = |rule: Rule| {
            let bound = watch.rules.get(rule);
            let counter = Counter::of(rule, &bound, who, Some(*template))?;
            (bound.mode != Mode::Off).then_some((rule, bound, counter))
        };
        let counted = Rule::OF_CLAIMS.into_iter().filter(|_| is_counted).filter_map(counter);
        Asked { standing, counted: counted.collect(), reached }
    };
    let asked: Vec<Option<Asked>> = claims.iter().map(|claim| claim.as_ref().map(ask)).collect();
    let mut asks: BTreeMap<Counter, Ask> = BTreeMap::new();
    for (_, bound, counter) in asked.iter().flatten().flat_map(|asked| &asked.counted) {
        let ask = asks.entry(counter.clone()).or_default();
        *ask = Ask { n: ask.n + 1, most: bound.limit };
    }
    let taken = shared::take(engine, tx, charged, &asks, now).await?;
    let Some(mut taken) = taken else { return Ok(None) };
    let mut judge = |asked: Option<Asked>| {
        let Asked { standing, mut reached, counted } = asked?;
        for (rule, bound, counter) in counted {
            match taken.get_mut(&counter) {
                Some(taken) if taken.n == 0 => {
                    let ends_at = taken.recent.room_at(bound.limit);
                    reached.push(Reached { rule, bound, step: Step::Delay, ends_at });
                }
                Some(taken) => taken.n -= 1,
                None => {}
            }
        }
        Some(decide(&standing, &reached, now))
    };
    Ok(Some(asked.into_iter().map(&mut judge).collect()))
}
