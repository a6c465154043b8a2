//! Cart + wallet + now → what applies, what does not and why. Stores nothing.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cart::{Cart, Line, Placed, place};
use crate::category::Tree;
use crate::choice;
use crate::claim::Facts;
use crate::coupon::Coupon;
use crate::split::{apportion, unit_part};
use crate::stacking::by_application;
use crate::template::Revision;
use crate::{Code, Money, OrderRef, Problem, Refusal, ShopperId, TemplateId, Time};

/// A coupon as a quote needs it.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its code.
    pub code: Code,
    /// Whose it is.
    pub owner: ShopperId,
    /// The version of the template it was issued under.
    pub revision: Arc<Revision>,
    /// Where it stands.
    pub coupon: Coupon,
    /// What is left of the template's budget; `None` without one.
    pub budget_left: Option<Money>,
}

/// Who quotes, for which order, when, and under which rules of the shop.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The shopper.
    pub shopper: &'a Facts,
    /// The order, once it has a name.
    pub order: Option<&'a OrderRef>,
    /// The moment.
    pub now: Time,
    /// The category tree.
    pub tree: &'a Tree,
    /// The most coupons one order takes, 1 to 8.
    pub max_coupons: usize,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The cart's lines, each with its discount.
    pub lines: Vec<QuotedLine>,
    /// In order of application.
    pub applied: Vec<Applied>,
    /// In the order named, or by application.
    pub refused: Vec<Refused>,
    /// False where the search for the best choice stopped at its bound (more than 3 coupons).
    pub is_exact: bool,
}

/// A line of the cart and what all coupons together take off it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotedLine {
    /// As the cart states it, with the category it was judged by.
    #[serde(flatten)]
    pub line: Line,
    /// What is taken off.
    pub discount: Money,
}

/// A coupon that applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// Its code.
    pub code: Code,
    /// Its template.
    pub template: TemplateId,
    /// The version it was issued under.
    pub revision: u32,
    /// What it takes off.
    pub discount: Money,
    /// Its share on each line of the cart, in the cart's order.
    pub shares: Vec<Money>,
    /// The positions of the lines it covers, with a share or without.
    pub covered: Vec<usize>,
}

/// A coupon that does not apply, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its code.
    pub code: Code,
    /// The first reason found.
    pub refusal: Refusal,
}

impl QuotedLine {
    /// What is taken off each unit: equal parts, the extra minor units on the earlier ones.
    pub fn unit_discounts(&self) -> impl Iterator<Item = Money> {
        let quantity = self.line.quantity;
        (0..quantity).map(move |unit| unit_part(self.discount, quantity, unit))
    }
}

impl Quote {
    /// Before coupons.
    pub fn subtotal(&self) -> Money {
        self.lines.iter().map(|line| line.line.gross()).sum()
    }

    /// What all coupons take off.
    pub fn discount(&self) -> Money {
        self.applied.iter().map(|applied| applied.discount).sum()
    }

    /// What is left to pay.
    pub fn total(&self) -> Money {
        self.subtotal() - self.discount()
    }
}

/// A coupon that could be used alone.
pub(crate) struct Candidate<'a> {
    pub(crate) held: &'a Held,
    /// Positions of the covered lines, rising.
    pub(crate) covered: Vec<usize>,
    /// What they come to as the cart states them.
    pub(crate) base: Money,
    /// What it takes off alone.
    pub(crate) alone: Money,
}

impl Candidate<'_> {
    /// What it takes off where the covered lines have come down to `net`.
    pub(crate) fn gain(&self, net: Money) -> Money {
        self.held.revision.draft.benefit.discount(self.base, net)
    }

    /// Takes it off `nets` and returns its share on each covered line.
    pub(crate) fn apply(&self, nets: &mut [Money]) -> Vec<Money> {
        let weights: Vec<Money> = self.covered.iter().map(|&line| nets[line]).collect();
        let net = weights.iter().copied().sum();
        let discount = self.held.revision.draft.benefit.discount(self.base, net);
        let shares = apportion(discount, &weights);
        for (&line, &share) in self.covered.iter().zip(&shares) {
            nets[line] -= share;
        }
        shares
    }

    /// Whether the template's budget bears this coupon beside the others of the same template,
    /// each counted at what it takes off alone.
    pub(crate) fn fits_budget<'b>(&self, beside: impl Iterator<Item = &'b Candidate<'b>>) -> bool {
        let Some(left) = self.held.budget_left else { return true };
        let template = self.held.revision.template;
        let of_template = beside.filter(|other| other.held.revision.template == template);
        let taken: Money = of_template.map(|other| other.alone).sum();
        taken + self.alone <= left
    }

    pub(crate) fn applies_before(&self, other: &Self) -> std::cmp::Ordering {
        let key = |of: &Candidate<'_>| of.held.coupon.valid_until;
        by_application(
            (&self.held.revision.draft, key(self), self.held.code),
            (&other.held.revision.draft, key(other), other.held.code),
        )
    }
}

/// Judges one coupon alone; reasons are found in this order: owner, state, validity, audience,
/// scope, threshold, budget, value.
fn judge<'a>(held: &'a Held, asking: &Asking, lines: &[Placed]) -> Result<Candidate<'a>, Refusal> {
    if held.owner != asking.shopper.id {
        return Err(Refusal::NotOwner);
    }
    held.coupon.usable(asking.order, asking.now)?;
    let draft = &held.revision.draft;
    draft.audience.admits(asking.shopper)?;
    let covered = draft.scope.covered(lines)?;
    let base: Money = covered.iter().map(|&i| lines[i].line.gross()).sum();
    let required = draft.benefit.threshold();
    if base < required {
        let missing = required - base;
        return Err(Refusal::BelowThreshold { required, current: base, missing });
    }
    let alone = draft.benefit.discount(base, base);
    if held.budget_left.is_some_and(|left| alone > left) {
        return Err(Refusal::BudgetExhausted);
    }
    if alone.is_zero() {
        Err(Refusal::NoValue)
    } else {
        Ok(Candidate { held, covered, base, alone })
    }
}

/// The best choice from a wallet: the allowed set with the largest total discount in which every
/// member gives something; ties to fewer coupons, then to those that expire sooner, then to the
/// smaller codes. Speaks of coupons that are available, not yet valid, or locked by another
/// order; spent ones are not listed.
pub fn best(cart: &Cart, wallet: &[Held], asking: &Asking) -> Quote {
    let lines = place(cart, asking.tree);
    let mut refused = Vec::new();
    let mut candidates = Vec::new();
    for held in wallet {
        match judge(held, asking, &lines) {
            Ok(candidate) => candidates.push(candidate),
            Err(
                Refusal::NotOwner
                | Refusal::AlreadyRedeemed
                | Refusal::Revoked
                | Refusal::Held
                | Refusal::Expired { .. },
            ) => {}
            Err(refusal) => refused.push(Refused { code: held.code, refusal }),
        }
    }
    candidates.sort_by(|a, b| a.applies_before(b));
    let chosen = choice::best(&candidates, cart.lines().len(), asking.max_coupons, |nets| {
        for (net, placed) in nets.iter_mut().zip(&lines) {
            *net = placed.line.gross();
        }
    });
    let members: Vec<&Candidate> = chosen.members.iter().map(|&i| &candidates[i]).collect();
    for (i, candidate) in candidates.iter().enumerate() {
        if !chosen.members.contains(&i) {
            let refusal = left_out(candidate, &members, asking.max_coupons);
            refused.push(Refused { code: candidate.held.code, refusal });
        }
    }
    let applied = apply(cart, &members);
    assemble(cart, applied, refused, chosen.is_exact)
}

/// Why a usable coupon is not part of the best choice.
fn left_out(candidate: &Candidate, members: &[&Candidate], max_coupons: usize) -> Refusal {
    let all = || members.iter().map(|member| member.held.code).collect();
    let with = conflicts(candidate, members);
    if !with.is_empty() {
        Refusal::NotCombinable { with }
    } else if !candidate.fits_budget(members.iter().copied()) {
        Refusal::BudgetExhausted
    } else if members.len() >= max_coupons {
        Refusal::NotCombinable { with: all() }
    } else {
        Refusal::BetterApplied { by: all() }
    }
}

fn conflicts(candidate: &Candidate, members: &[&Candidate]) -> Vec<Code> {
    let stacking = |of: &Candidate| of.held.revision.draft.stacking.clone();
    let mine = stacking(candidate);
    let against = members.iter().filter(|member| !mine.combines_with(&stacking(member)));
    against.map(|member| member.held.code).collect()
}

/// Coupons named by the caller, in that order; `None` stands for a code nobody holds. Each is
/// judged alone first; survivors are taken in the order named, then applied in the fixed order.
pub fn named(
    cart: &Cart,
    coupons: &[(Code, Option<&Held>)],
    asking: &Asking,
) -> Result<Quote, Refusal> {
    let mut seen = HashSet::new();
    if let Some(twice) = coupons.iter().position(|(code, _)| !seen.insert(code)) {
        return Err(Refusal::invalid(format!("coupons.{twice}"), Problem::Duplicate));
    }
    let lines = place(cart, asking.tree);
    let mut refusals: Vec<Option<Refusal>> = vec![None; coupons.len()];
    let mut taken: Vec<(usize, Candidate)> = Vec::new();
    for (i, (_, held)) in coupons.iter().enumerate() {
        let judged = held.ok_or(Refusal::NotFound).and_then(|held| judge(held, asking, &lines));
        let members: Vec<&Candidate> = taken.iter().map(|(_, candidate)| candidate).collect();
        match judged {
            Err(refusal) => refusals[i] = Some(refusal),
            Ok(candidate) => {
                let mut with = conflicts(&candidate, &members);
                if with.is_empty() && members.len() >= asking.max_coupons {
                    with = members.iter().map(|member| member.held.code).collect();
                }
                if !with.is_empty() {
                    refusals[i] = Some(Refusal::NotCombinable { with });
                } else if !candidate.fits_budget(members.iter().copied()) {
                    refusals[i] = Some(Refusal::BudgetExhausted);
                } else {
                    taken.push((i, candidate));
                }
            }
        }
    }
    taken.sort_by(|(_, a), (_, b)| a.applies_before(b));
    let members: Vec<&Candidate> = taken.iter().map(|(_, candidate)| candidate).collect();
    let mut applied = apply(cart, &members);
    for ((i, _), applied) in taken.iter().zip(&applied) {
        if applied.discount.is_zero() {
            refusals[*i] = Some(Refusal::NoValue);
        }
    }
    applied.retain(|applied| !applied.discount.is_zero());
    let refused = coupons
        .iter()
        .zip(refusals)
        .filter_map(|((code, _), refusal)| Some(Refused { code: *code, refusal: refusal? }))
        .collect();
    Ok(assemble(cart, applied, refused, true))
}

/// Applies coupons in the order given.
fn apply(cart: &Cart, members: &[&Candidate]) -> Vec<Applied> {
    let mut nets: Vec<Money> = cart.lines().iter().map(Line::gross).collect();
    let apply = |member: &&Candidate| {
        let parts = member.apply(&mut nets);
        let mut shares = vec![Money::ZERO; cart.lines().len()];
        for (&line, &part) in member.covered.iter().zip(&parts) {
            shares[line] = part;
        }
        Applied {
            code: member.held.code,
            template: member.held.revision.template,
            revision: member.held.revision.number,
            discount: parts.into_iter().sum(),
            shares,
            covered: member.covered.clone(),
        }
    };
    members.iter().map(apply).collect()
}

fn assemble(cart: &Cart, applied: Vec<Applied>, refused: Vec<Refused>, is_exact: bool) -> Quote {
    let discount = |i: usize| applied.iter().map(|applied| applied.shares[i]).sum();
    let lines = cart.lines().iter().enumerate();
    let lines = lines.map(|(i, line)| QuotedLine { line: line.clone(), discount: discount(i) });
    Quote { lines: lines.collect(), applied, refused, is_exact }
}
