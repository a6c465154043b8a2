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
    locale::{self, money, name, t, t_with},
    server_fns::wallet::{Choice, Totals},
};

/// The quote of a basket beside every coupon that could matter to it.
pub struct Reckoning {
    pub quote: Quote,
    /// The shopper left the choice to us.
    pub is_best: bool,
    pub standings: Vec<Standing>,
}

/// One coupon with this basket.
pub struct Standing {
    pub coupon: Coupon,
    pub outcome: Outcome,
}

/// What a coupon does for this basket.
pub enum Outcome {
    /// It takes this off.
    Applied(Money),
    /// It is not ticked; beside those that are it would take this off.
    Addable(Money),
    Refused(Refusal),
}

impl Reckoning {
    /// Quotes the basket with the coupons chosen, and says of the others what they would do.
    pub async fn read(
        engine: &Engine,
        shopper: &Shopper,
        basket: &Basket,
    ) -> Result<Self, AppError> {
        let cart = basket.cart(&*catalogue::current(engine).await?)?;
        let coupons = wallet::wallet(engine, shopper).await?;
        let chosen = basket.coupons.as_deref();
        let quote = wallet::quote(engine, shopper, &cart, chosen).await?;
        let wider = match chosen {
            Some(chosen) => {
                let others = coupons.iter().map(|coupon| coupon.code);
                let others = others.filter(|code| !chosen.contains(code));
                let all: Vec<Code> = chosen.iter().copied().chain(others).collect();
                Some(wallet::quote(engine, shopper, &cart, Some(&all)).await?)
            }
            None => None,
        };
        let standing = |coupon: Coupon| {
            let own = outcome(&quote, coupon.code);
            let outcome = own.or_else(|| beside(wider.as_ref()?, coupon.code))?;
            Some(Standing { coupon, outcome })
        };
        let mut standings: Vec<Standing> = coupons.into_iter().filter_map(standing).collect();
        standings.sort_by_key(|standing| standing.outcome.rank());
        Ok(Self { quote, is_best: chosen.is_none(), standings })
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
            is_best: self.is_best,
            choices: self.standings.iter().map(Standing::choice).collect(),
        }
    }
}

impl Standing {
    fn choice(&self) -> Choice {
        let draft = &self.coupon.revision.draft;
        Choice {
            code: self.coupon.code.to_string(),
            title: name(draft.title()),
            worth: locale::worth(&draft.benefit).to_string(),
            is_applied: matches!(self.outcome, Outcome::Applied(_)),
            could_apply: self.outcome.could_apply(),
            is_near: matches!(self.outcome, Outcome::Refused(Refusal::BelowThreshold { .. })),
            note: self.note(),
        }
    }

    fn note(&self) -> String {
        match &self.outcome {
            Outcome::Applied(amount) => t_with("saves", [("amount", money(*amount).into())]),
            Outcome::Addable(amount) => t_with("would-save", [("amount", money(*amount).into())]),
            Outcome::Refused(refusal) => why_not(refusal, &self.coupon.revision.draft.benefit),
        }
    }
}

impl Outcome {
    /// Whether ticking or unticking it could change anything.
    fn could_apply(&self) -> bool {
        match self {
            Self::Applied(_) | Self::Addable(_) => true,
            Self::Refused(refusal) => {
                matches!(refusal, Refusal::BetterApplied { .. } | Refusal::NotCombinable { .. })
            }
        }
    }

    /// Applied ones first, then those that could be, then those a little more would earn.
    fn rank(&self) -> (u8, i64) {
        match self {
            Self::Applied(amount) => (0, -amount.units()),
            Self::Addable(amount) => (1, -amount.units()),
            Self::Refused(Refusal::BelowThreshold { missing, .. }) => (3, missing.units()),
            Self::Refused(_) if self.could_apply() => (2, 0),
            Self::Refused(_) => (4, 0),
        }
    }
}

/// What a part return does to a coupon, said before paying.
pub fn part_return_note(draft: &Draft) -> String {
    let key = match draft.part_return {
        PartReturn::Keep => "return-keep",
        PartReturn::ClawBack => "return-claw-back",
    };
    t_with(key, [("title", name(draft.title()).into())])
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

fn outcome(quote: &Quote, code: Code) -> Option<Outcome> {
    let applied = quote.applied.iter().find(|applied| applied.code == code);
    let refused = || quote.refused.iter().find(|refused| refused.code == code);
    match applied {
        Some(applied) => Some(Outcome::Applied(applied.discount)),
        None => refused().map(|refused| Outcome::Refused(refused.refusal.clone())),
    }
}

/// How a coupon that was not chosen stands beside those that were. Spent ones are not listed.
fn beside(wider: &Quote, code: Code) -> Option<Outcome> {
    match outcome(wider, code)? {
        Outcome::Applied(amount) => Some(Outcome::Addable(amount)),
        Outcome::Refused(
            Refusal::AlreadyRedeemed | Refusal::Revoked | Refusal::Held | Refusal::Expired { .. },
        ) => None,
        other => Some(other),
    }
}
