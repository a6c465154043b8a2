//! The best choice of coupons: an exact branch-and-bound search.
//!
//! Candidates come in order of application. A set is built front to back, so what its members
//! take off is final when they are added, and what a later candidate gives now bounds what it can
//! give further down: taking more off a line never leaves more for the next coupon.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::quote::Candidate;
use crate::stacking::by_expiry;
use crate::{Code, Money, Time};

/// How many coupons of an order are searched without a bound.
pub(crate) const EXACT_UP_TO: usize = 3;
/// Beyond that, how many sets are looked at before the best so far is taken.
pub(crate) const SETS_AT_MOST: usize = 200_000;

/// The positions chosen, in order of application.
pub(crate) struct Chosen {
    pub(crate) members: Vec<usize>,
    pub(crate) is_exact: bool,
}

/// Finds the best set of at most `most` candidates, which come in order of application; `gross`
/// writes what the lines cost before coupons.
pub(crate) fn best(
    candidates: &[Candidate],
    lines: usize,
    most: usize,
    gross: impl Fn(&mut [Money]),
) -> Chosen {
    let mut nets = vec![Money::ZERO; lines];
    gross(&mut nets);
    let covers = Covers::of(candidates);
    let mut search = Search {
        candidates,
        covers,
        repeats: repeats(candidates),
        soonest: soonest(candidates),
        best: Key { total: Money::ZERO, expiries: Vec::new(), codes: Vec::new() },
        members: Vec::new(),
        sets_left: if most <= EXACT_UP_TO { usize::MAX } else { SETS_AT_MOST },
    };
    search.start_greedily(&nets, most);
    let bounds: Vec<Money> = candidates.iter().map(|candidate| candidate.alone).collect();
    let empty = search.set(Vec::new(), Money::ZERO, nets);
    search.extend(&empty, 0, most, &bounds);
    Chosen { members: search.members, is_exact: search.sets_left > 0 }
}

/// What two sets are compared by.
struct Key {
    total: Money,
    expiries: Vec<Option<Time>>,
    codes: Vec<Code>,
}

/// Whether a set with these expiries and codes, each sorted, goes before another of the same
/// total.
fn tie(a: (&[Option<Time>], &[Code]), b: (&[Option<Time>], &[Code])) -> Ordering {
    let sooner = || {
        let pairs = a.0.iter().zip(b.0);
        pairs.map(|(a, b)| by_expiry(*a, *b)).find(|order| order.is_ne())
    };
    (a.0.len().cmp(&b.0.len()))
        .then_with(|| sooner().unwrap_or(Ordering::Equal))
        .then_with(|| a.1.cmp(b.1))
}

/// A set under construction: its members, what they take off, and what that leaves of each line
/// and of each different set of covered lines.
struct Set {
    members: Vec<usize>,
    total: Money,
    nets: Vec<Money>,
    sums: Vec<Money>,
}

/// The different sets of lines that candidates cover; many share theirs, so what is left of each
/// is added up once and not for every candidate.
struct Covers<'a> {
    different: Vec<&'a [usize]>,
    /// For each candidate, which of them.
    of: Vec<usize>,
}

impl<'a> Covers<'a> {
    fn of(candidates: &'a [Candidate]) -> Self {
        let mut known = HashMap::new();
        let mut different = Vec::new();
        let of = candidates.iter().map(|candidate| {
            *known.entry(candidate.covered.as_slice()).or_insert_with(|| {
                different.push(candidate.covered.as_slice());
                different.len() - 1
            })
        });
        let of = of.collect();
        Self { different, of }
    }

    fn sums(&self, nets: &[Money]) -> Vec<Money> {
        let sum = |covered: &&[usize]| covered.iter().map(|&line| nets[line]).sum();
        self.different.iter().map(sum).collect()
    }
}

struct Search<'a> {
    candidates: &'a [Candidate<'a>],
    covers: Covers<'a>,
    /// Whether a candidate says the same as the one before it.
    repeats: Vec<bool>,
    /// From each position on: the soonest expiry and the smallest code.
    soonest: Vec<(Option<Time>, Code)>,
    best: Key,
    members: Vec<usize>,
    sets_left: usize,
}

/// Neighbours in order of application that say the same are interchangeable but for expiry and
/// code, and sorted by those: a set that takes a later one without the earlier is never better.
fn repeats(candidates: &[Candidate]) -> Vec<bool> {
    let same = |a: &Candidate, b: &Candidate| {
        let (a, b) = (&a.held.revision.draft, &b.held.revision.draft);
        a.benefit == b.benefit && a.stacking == b.stacking && a.scope == b.scope
    };
    let budget = |of: &Candidate| of.held.budget_left.map(|left| (of.held.revision.template, left));
    let pairs = candidates.windows(2).map(|pair| {
        let same_budget = budget(&pair[0]) == budget(&pair[1]);
        same_budget && pair[0].covered == pair[1].covered && same(&pair[0], &pair[1])
    });
    std::iter::once(false).chain(pairs).collect()
}

fn soonest(candidates: &[Candidate]) -> Vec<(Option<Time>, Code)> {
    let mut soonest: Vec<(Option<Time>, Code)> = Vec::with_capacity(candidates.len());
    for candidate in candidates.iter().rev() {
        let (mut until, mut code) = (candidate.held.coupon.valid_until, candidate.held.code);
        if let Some(&(later_until, later_code)) = soonest.last() {
            if by_expiry(later_until, until).is_lt() {
                until = later_until;
            }
            code = code.min(later_code);
        }
        soonest.push((until, code));
    }
    soonest.reverse();
    soonest
}

impl Search<'_> {
    fn set(&self, members: Vec<usize>, total: Money, nets: Vec<Money>) -> Set {
        let sums = self.covers.sums(&nets);
        Set { members, total, nets, sums }
    }

    /// What a candidate gives after `sums` is left of each cover.
    fn gain(&self, i: usize, sums: &[Money]) -> Money {
        self.candidates[i].gain(sums[self.covers.of[i]])
    }

    /// A good set to measure others by: the largest alone, then what adds most to it.
    fn start_greedily(&mut self, gross: &[Money], most: usize) {
        let mut nets = gross.to_vec();
        let mut members: Vec<usize> = Vec::new();
        while members.len() < most {
            let sums = self.covers.sums(&nets);
            let next = (0..self.candidates.len())
                .filter(|&i| !members.contains(&i) && self.combines(&members, i))
                .map(|i| (self.gain(i, &sums), std::cmp::Reverse(i)))
                .max();
            let Some((gain, std::cmp::Reverse(next))) = next else { break };
            if gain.is_zero() {
                break;
            }
            self.candidates[next].apply(&mut nets);
            members.push(next);
            members.sort_unstable();
            self.weigh(gross, &members);
        }
    }

    /// Measures one whole set.
    fn weigh(&mut self, gross: &[Money], members: &[usize]) {
        let mut nets = gross.to_vec();
        let mut total = Money::ZERO;
        for &member in members {
            let gain: Money = self.candidates[member].apply(&mut nets).into_iter().sum();
            if gain.is_zero() {
                return;
            }
            total += gain;
        }
        if total > self.best.total {
            self.keep(members, total);
        }
    }

    fn keep(&mut self, members: &[usize], total: Money) {
        let (expiries, codes) = self.ties(members, None);
        self.best = Key { total, expiries, codes };
        self.members = members.to_vec();
    }

    /// The sorted expiries and codes of a set, with `more` places filled by the soonest there are.
    fn ties(
        &self,
        members: &[usize],
        more: Option<(usize, (Option<Time>, Code))>,
    ) -> (Vec<Option<Time>>, Vec<Code>) {
        let held = |&i: &usize| self.candidates[i].held;
        let (places, (until, code)) =
            more.map_or((0, (None, None)), |(n, (u, c))| (n, (u, Some(c))));
        let mut expiries: Vec<Option<Time>> =
            members.iter().map(|i| held(i).coupon.valid_until).collect();
        let mut codes: Vec<Code> = members.iter().map(|i| held(i).code).collect();
        for _ in 0..places {
            expiries.push(until);
            codes.extend(code);
        }
        expiries.sort_by(|a, b| by_expiry(*a, *b));
        codes.sort_unstable();
        (expiries, codes)
    }

    fn combines(&self, members: &[usize], i: usize) -> bool {
        let stacking = |i: usize| &self.candidates[i].held.revision.draft.stacking;
        members.iter().all(|&member| stacking(member).combines_with(stacking(i)))
            && self.candidates[i].fits_budget(members.iter().map(|&m| &self.candidates[m]))
    }

    /// Tries every set that begins with `set` and goes on at or after `from`; `bounds` says what
    /// each candidate can give at most.
    fn extend(&mut self, set: &Set, from: usize, places: usize, bounds: &[Money]) {
        let tops = tops(bounds, from, places - 1);
        let mut gains = bounds.to_vec();
        let mut members = set.members.clone();
        for i in from..self.candidates.len() {
            if self.sets_left == 0 {
                return;
            }
            let skips_its_twin = self.repeats[i] && i > from;
            if skips_its_twin || !self.combines(&set.members, i) {
                continue;
            }
            let deeper = tops.get(i + 1 - from).copied().unwrap_or_default();
            if set.total + bounds[i] + deeper < self.best.total {
                continue;
            }
            self.sets_left -= 1;
            let gain = self.gain(i, &set.sums);
            gains[i] = gain;
            if gain.is_zero() {
                continue;
            }
            members.push(i);
            self.offer(&members, set.total + gain);
            if places > 1 && self.may_improve(&members, set.total + gain + deeper) {
                let mut nets = set.nets.clone();
                self.candidates[i].apply(&mut nets);
                let total = set.total + gain;
                let larger = self.set(members.clone(), total, nets);
                if places > 2 {
                    let tighter = self.tighten(&larger, i + 1, &gains);
                    self.extend(&larger, i + 1, places - 1, &tighter);
                } else {
                    self.extend(&larger, i + 1, places - 1, &gains);
                }
            }
            members.pop();
        }
    }

    /// What each later candidate can give at most once `set` is applied.
    fn tighten(&self, set: &Set, from: usize, bounds: &[Money]) -> Vec<Money> {
        let mut tighter = bounds.to_vec();
        for (i, bound) in tighter.iter_mut().enumerate().skip(from) {
            *bound = self.gain(i, &set.sums);
        }
        tighter
    }

    fn offer(&mut self, members: &[usize], total: Money) {
        let is_better = match total.cmp(&self.best.total) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => {
                let (expiries, codes) = self.ties(members, None);
                tie((&expiries, &codes), (&self.best.expiries, &self.best.codes)).is_lt()
            }
        };
        if is_better {
            self.keep(members, total);
        }
    }

    /// Whether a larger set that begins with `members` and comes to at most `bound` could be
    /// better than the best so far.
    fn may_improve(&self, members: &[usize], bound: Money) -> bool {
        let Some(last) = members.last() else { return true };
        let Some(&rest) = self.soonest.get(last + 1) else { return false };
        match bound.cmp(&self.best.total) {
            Ordering::Greater => true,
            Ordering::Less => false,
            // At least one more member; if the best has more than that, a smaller set may win.
            Ordering::Equal => {
                let smallest = members.len() + 1;
                let (expiries, codes) = self.ties(members, Some((1, rest)));
                self.best.codes.len() > smallest
                    || tie((&expiries, &codes), (&self.best.expiries, &self.best.codes)).is_lt()
            }
        }
    }
}

/// For each position from `from` on: the sum of the `places` largest bounds from there.
fn tops(bounds: &[Money], from: usize, places: usize) -> Vec<Money> {
    let mut largest: Vec<Money> = Vec::with_capacity(places + 1);
    let mut tops: Vec<Money> = Vec::with_capacity(bounds.len() - from.min(bounds.len()));
    for &bound in bounds.get(from..).unwrap_or_default().iter().rev() {
        let at = largest.partition_point(|&larger| larger >= bound);
        largest.insert(at, bound);
        largest.truncate(places);
        tops.push(largest.iter().copied().sum());
    }
    tops.reverse();
    tops
}
