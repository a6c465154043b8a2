//! What a basket comes to, and how each coupon of the wallet stands with it.

use std::collections::BTreeSet;

use domain::{
    Code, Money, Refusal,
    actor::Shopper,
    benefit::Benefit,
    quote::Quote,
    template::{Draft, PartReturn},
};
use engine::{Engine, catalogue, wallet, wallet::Coupon};

use crate::{
    AppError,
    basket::Basket,
    locale::{self, money, t, t_with},
    server_fns::wallet::{Choice, Totals},
};

/// The quote of a basket beside every coupon that could matter to it.
pub struct Reckoning {
    pub quote: Quote,
    pub standings: Vec<Standing>,
}

/// One coupon with this basket.
pub struct Standing {
    pub coupon: Coupon,
    /// What it takes off, or why it does not.
    pub outcome: Result<Money, Refusal>,
}

impl Reckoning {
    /// Quotes the basket with the coupons chosen, and says of the others what they would do.
    pub async fn read(engine: &Engine, shopper: &Shopper, basket: &Basket) -> Result<Self, AppError> {
        let catalogue = catalogue::current(engine).await?;
        let cart = basket.cart(&catalogue)?;
        let coupons = wallet::wallet(engine, shopper).await?;
        let best = wallet::quote(engine, shopper, &cart, None).await?;
        let quote = match &basket.coupons {
            Some(codes) => wallet::quote(engine, shopper, &cart, Some(codes)).await?,
            None => best.clone(),
        };
        let outcome = |code: Code| outcome(&quote, code).or_else(|| left_out(&best, code));
        let standing = |coupon: Coupon| {
            outcome(coupon.code).map(|outcome| Standing { coupon, outcome })
        };
        let mut standings: Vec<Standing> = coupons.into_iter().filter_map(standing).collect();
        standings.sort_by_key(|standing| rank(&standing.outcome));
        Ok(Self { quote, standings })
    }

    /// Changes the choice of coupons to those ticked. One ticked anew goes before those it does not
    /// go together with, so that ticking another is enough to change one's mind.
    pub async fn choose(
        engine: &Engine,
        shopper: &Shopper,
        basket: &mut Basket,
        ticked: &[String],
    ) -> Result<(), AppError> {
        let before = Self::read(engine, shopper, basket).await?.applied();
        let ticked: BTreeSet<Code> = ticked.iter().filter_map(|code| Code::parse(code)).collect();
        if ticked == before {
            return Ok(());
        }
        let anew = ticked.difference(&before).copied();
        let codes: Vec<Code> = anew.chain(ticked.intersection(&before).copied()).collect();
        let cart = basket.cart(&*catalogue::current(engine).await?)?;
        let quote = wallet::quote(engine, shopper, &cart, Some(&codes)).await?;
        basket.coupons = Some(quote.applied.iter().map(|applied| applied.code).collect());
        Ok(())
    }

    fn applied(&self) -> BTreeSet<Code> {
        self.quote.applied.iter().map(|applied| applied.code).collect()
    }

    /// The same, written for the reader.
    pub fn totals(&self) -> Totals {
        Totals {
            subtotal: money(self.quote.subtotal()),
            discount: money(Money::ZERO - self.quote.discount()),
            total: money(self.quote.total()),
            expected: self.quote.discount().units(),
            choices: self.standings.iter().map(Standing::choice).collect(),
        }
    }
}

impl Standing {
    pub fn is_applied(&self) -> bool {
        self.outcome.is_ok()
    }

    /// Whether ticking it could change anything.
    pub fn could_apply(&self) -> bool {
        match &self.outcome {
            Ok(_) => true,
            Err(refusal) => could_apply(refusal),
        }
    }

    fn choice(&self) -> Choice {
        Choice {
            code: self.coupon.code.to_string(),
            title: self.coupon.revision.draft.title().to_owned(),
            worth: locale::worth(&self.coupon.revision.draft.benefit).to_string(),
            is_applied: self.is_applied(),
            could_apply: self.could_apply(),
            note: self.note(),
        }
    }

    pub fn note(&self) -> String {
        match &self.outcome {
            Ok(amount) => t_with("saves", [("amount", money(*amount).into())]),
            Err(refusal) => why_not(refusal, &self.coupon.revision.draft.benefit),
        }
    }
}

/// What a part return does to a coupon, said before paying.
pub fn part_return_note(draft: &Draft) -> String {
    let key = match draft.part_return {
        PartReturn::Keep => "return-keep",
        PartReturn::ClawBack => "return-claw-back",
    };
    t_with(key, [("title", draft.title().to_owned().into())])
}

/// A gap is told with what closing it is worth: `¥0.10 more to save ¥20`.
fn why_not(refusal: &Refusal, benefit: &Benefit) -> String {
    match refusal {
        Refusal::BelowThreshold { required, missing, .. } => {
            let saving = benefit.discount(*required, *required);
            t_with("gap", [("missing", money(*missing).into()), ("saving", money(saving).into())])
        }
        Refusal::NotCombinable { .. } => t("not-together"),
        refusal => locale::refusal(refusal),
    }
}

fn outcome(quote: &Quote, code: Code) -> Option<Result<Money, Refusal>> {
    let applied = quote.applied.iter().find(|applied| applied.code == code);
    let refused = || quote.refused.iter().find(|refused| refused.code == code);
    match applied {
        Some(applied) => Some(Ok(applied.discount)),
        None => refused().map(|refused| Err(refused.refusal.clone())),
    }
}

/// How a coupon that was not chosen stands: one of the best choice could be ticked.
fn left_out(best: &Quote, code: Code) -> Option<Result<Money, Refusal>> {
    match outcome(best, code)? {
        Ok(_) => Some(Err(Refusal::BetterApplied { by: Vec::new() })),
        refused => Some(refused),
    }
}

fn could_apply(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::BetterApplied { .. } | Refusal::NotCombinable { .. })
}

/// Applied ones first, then those that could be chosen, then those a little more would earn.
fn rank(outcome: &Result<Money, Refusal>) -> (u8, i64) {
    match outcome {
        Ok(amount) => (0, -amount.units()),
        Err(refusal) if could_apply(refusal) => (1, 0),
        Err(Refusal::BelowThreshold { missing, .. }) => (2, missing.units()),
        Err(_) => (3, 0),
    }
}
