//! What a basket comes to, how each coupon of the wallet stands with it, and what would help.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use domain::{
    Code, Money, Refusal,
    actor::Shopper,
    gap::closing,
    quote::{Quote, Refused},
    stacking::by_saving,
    template::{Draft, PartReturn},
};
use engine::{
    Engine,
    catalogue::{self, Catalogue, Product},
    wallet,
    wallet::Coupon,
};

use crate::{
    AppError,
    basket::Basket,
    locale::{self, money, name, t, t_with},
};

/// How many coupons that could be chosen instead, and how many that are nearly earned, are shown
/// at once; the others wait behind a word.
const SHOWN: usize = 5;
/// How many products are offered to earn a coupon.
const OFFERED: usize = 3;

/// The quote of a basket beside every coupon that could matter to it.
pub struct Reckoning {
    pub quote: Quote,
    /// The shopper left the choice to us.
    pub is_best: bool,
    standings: Vec<Standing>,
}

/// One coupon with this basket.
pub struct Standing {
    pub coupon: Coupon,
    pub outcome: Outcome,
    /// What it would take off without the others, where those are all that is in its way.
    alone: Option<Money>,
}

/// What a coupon does for this basket.
pub enum Outcome {
    /// It takes this off.
    Applied(Money),
    /// It is not ticked; beside those that are it would take this off.
    Addable(Money),
    Refused(Refusal),
}

/// How much more of what it covers a coupon wants, and what it takes off then.
struct Gap {
    required: Money,
    missing: Money,
    saving: Money,
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
        let others = match chosen {
            Some(chosen) => {
                let others = coupons.iter().map(|coupon| coupon.code);
                let others: Vec<Code> = others.filter(|code| !chosen.contains(code)).collect();
                wallet::beside(engine, shopper, &cart, chosen, &others).await?
            }
            None => HashMap::new(),
        };
        let standing = |coupon: Coupon| {
            let own = outcome(&quote, coupon.code);
            let outcome = own.or_else(|| beside(others.get(&coupon.code)?))?;
            Some(Standing { coupon, outcome, alone: None })
        };
        let mut standings: Vec<Standing> = coupons.into_iter().filter_map(standing).collect();
        let rivals = standings.iter().filter(|it| it.could_apply() && it.saving().is_none());
        let rivals: Vec<Code> = rivals.map(|it| it.coupon.code).collect();
        if !rivals.is_empty() {
            let alone = wallet::beside(engine, shopper, &cart, &[], &rivals).await?;
            for it in &mut standings {
                it.alone = alone.get(&it.coupon.code).and_then(|told| told.as_ref().ok().copied());
            }
        }
        standings.sort_by_key(Standing::rank);
        Ok(Self { quote, is_best: chosen.is_none(), standings })
    }

    /// Changes the choice of coupons to those ticked, and says which of them were left out and why. One
    /// ticked anew goes before those it does not go together with, so that ticking another is enough to
    /// change one's mind.
    pub async fn choose(
        engine: &Engine,
        shopper: &Shopper,
        basket: &mut Basket,
        ticked: &[String],
    ) -> Result<Option<String>, AppError> {
        let reckoning = Self::read(engine, shopper, basket).await?;
        let before = reckoning.codes();
        let ticked: BTreeSet<Code> = ticked.iter().filter_map(|code| Code::parse(code)).collect();
        if ticked == before {
            return Ok(None);
        }
        let anew = ticked.difference(&before).copied();
        let codes: Vec<Code> = anew.chain(ticked.intersection(&before).copied()).collect();
        let cart = basket.cart(&*catalogue::current(engine).await?)?;
        let quote = wallet::quote(engine, shopper, &cart, Some(&codes)).await?;
        basket.coupons = Some(quote.applied.iter().map(|applied| applied.code).collect());
        let left_out: Vec<String> =
            quote.refused.iter().map(|refused| reckoning.left_out(refused)).collect();
        Ok((!left_out.is_empty()).then(|| left_out.join(&t("sentence-gap"))))
    }

    fn left_out(&self, Refused { code, refusal }: &Refused) -> String {
        let title = self.titles(&[*code]);
        match refusal {
            Refusal::NotCombinable { with } if self.titles(with) == title => {
                t_with("left-out-alike", [("title", title.into())])
            }
            Refusal::NotCombinable { with } => {
                let filled = [("title", title.into()), ("with", self.titles(with).into())];
                t_with("left-out-beside", filled)
            }
            refusal => {
                let filled = [("title", title.into()), ("why", locale::refusal(refusal).into())];
                t_with("left-out", filled)
            }
        }
    }

    fn codes(&self) -> BTreeSet<Code> {
        self.quote.applied.iter().map(|applied| applied.code).collect()
    }

    /// Nothing in the wallet could ever matter to this basket.
    pub fn is_empty(&self) -> bool {
        self.standings.is_empty()
    }

    pub fn applied(&self) -> impl Iterator<Item = &Standing> {
        self.standings.iter().filter(|it| matches!(it.outcome, Outcome::Applied(_)))
    }

    /// Those that may be ticked instead or besides, in the second listing order.
    pub fn possible(&self) -> impl Iterator<Item = &Standing> {
        self.all_possible().take(SHOWN)
    }

    /// Those that a little more would earn, the nearest first.
    pub fn near(&self) -> impl Iterator<Item = &Standing> {
        self.all_near().take(SHOWN)
    }

    /// Where none can be used and none is near: the one that would be first.
    pub fn nearest(&self) -> Option<&Standing> {
        let is_any = self.standings.iter().any(|it| it.could_apply() || self.is_near(it));
        let would_do = |it: &&Standing| it.gap().is_some() && self.would_pay(it);
        self.standings.iter().find(would_do).filter(|_| !is_any)
    }

    /// All others, the nearest first.
    pub fn others(&self) -> impl Iterator<Item = &Standing> {
        let nearest = self.nearest().map(|it| it.coupon.code);
        let unfit = self.standings.iter().filter(move |it| {
            let is_shown = self.is_near(it) || nearest == Some(it.coupon.code);
            !it.could_apply() && !is_shown
        });
        self.all_possible().skip(SHOWN).chain(self.all_near().skip(SHOWN)).chain(unfit)
    }

    fn all_possible(&self) -> impl Iterator<Item = &Standing> {
        let is_applied = |it: &Standing| matches!(it.outcome, Outcome::Applied(_));
        self.standings.iter().filter(move |it| it.could_apply() && !is_applied(it))
    }

    fn all_near(&self) -> impl Iterator<Item = &Standing> {
        self.standings.iter().filter(|it| self.is_near(it))
    }

    /// Whether a little more would earn it, less than half of what it asks for.
    fn is_near(&self, standing: &Standing) -> bool {
        let is_little = |gap: Gap| gap.missing + gap.missing < gap.required;
        standing.gap().is_some_and(is_little) && self.would_pay(standing)
    }

    /// Whether earning it would save more than it costs: what it does not go together with would be lost
    /// for it.
    fn would_pay(&self, standing: &Standing) -> bool {
        let lost: Money = self.displaced_by(standing).map(|(_, amount)| amount).sum();
        standing.gap().is_some_and(|gap| gap.saving > lost)
    }

    /// What is applied and does not go together with it.
    fn displaced_by(&self, standing: &Standing) -> impl Iterator<Item = (Code, Money)> {
        let stacking = &standing.draft().stacking;
        self.standings.iter().filter_map(|it| match it.outcome {
            Outcome::Applied(amount) if !it.draft().stacking.combines_with(stacking) => {
                Some((it.coupon.code, amount))
            }
            _ => None,
        })
    }

    /// Why a coupon does not apply, or what it takes off, in words.
    pub fn note(&self, standing: &Standing) -> String {
        match &standing.outcome {
            Outcome::Applied(amount) => t_with("saves", [("amount", money(*amount).into())]),
            Outcome::Addable(amount) => t_with("would-save", [("amount", money(*amount).into())]),
            Outcome::Refused(Refusal::NotCombinable { with }) if self.are_alike(standing, with) => {
                t("one-to-an-order")
            }
            Outcome::Refused(Refusal::NotCombinable { with }) => {
                t_with("not-together-with", [("with", self.titles(with).into())])
            }
            Outcome::Refused(refusal) => match standing.gap() {
                Some(gap) => self.gap_in_words(standing, gap),
                None => locale::refusal(refusal),
            },
        }
    }

    /// A gap is told with what closing it is worth, `¥0.10 more to save ¥20`, or why it is worth nothing.
    fn gap_in_words(&self, standing: &Standing, Gap { missing, saving, .. }: Gap) -> String {
        let missing = ("missing", money(missing).into());
        if self.would_pay(standing) {
            return t_with("gap", [missing, ("saving", money(saving).into())]);
        }
        let with: Vec<Code> = self.displaced_by(standing).map(|(code, _)| code).collect();
        t_with("gap-instead", [missing, ("with", self.titles(&with).into())])
    }

    /// Whether these are other coupons of the same template, which no title tells apart.
    fn are_alike(&self, standing: &Standing, codes: &[Code]) -> bool {
        let template = standing.coupon.revision.template;
        let others = self.standings.iter().filter(|it| it.coupon.revision.template == template);
        let alike: BTreeSet<Code> = others.map(|it| it.coupon.code).collect();
        codes.iter().all(|code| alike.contains(code))
    }

    fn titles(&self, codes: &[Code]) -> String {
        let titles: HashMap<Code, &Standing> =
            self.standings.iter().map(|it| (it.coupon.code, it)).collect();
        let title = |code: &Code| {
            titles.get(code).map_or_else(|| locale::code(*code), |it| name(it.draft().title()))
        };
        codes.iter().map(title).collect::<Vec<_>>().join(&t("separator"))
    }
}

impl Standing {
    pub fn draft(&self) -> &Draft {
        &self.coupon.revision.draft
    }

    pub fn is_applied(&self) -> bool {
        matches!(self.outcome, Outcome::Applied(_))
    }

    /// What it takes off this basket, or would.
    fn saving(&self) -> Option<Money> {
        match &self.outcome {
            Outcome::Applied(amount) | Outcome::Addable(amount) => Some(*amount),
            Outcome::Refused(_) => self.alone,
        }
    }

    /// What stands beside its name: what it takes off this basket, or else what it says of itself.
    /// Of several steps the one that is near counts, not the highest.
    pub fn figure(&self) -> String {
        let worth = locale::worth(&self.draft().benefit);
        match (self.saving(), self.gap()) {
            (Some(amount), _) => money(amount),
            (None, Some(gap)) if !worth.lead.is_empty() => money(gap.saving),
            _ => worth.to_string(),
        }
    }

    /// Whether ticking or unticking it could change anything.
    pub fn could_apply(&self) -> bool {
        match &self.outcome {
            Outcome::Applied(_) | Outcome::Addable(_) => true,
            Outcome::Refused(refusal) => {
                matches!(refusal, Refusal::BetterApplied { .. } | Refusal::NotCombinable { .. })
            }
        }
    }

    /// What it lacks, where that is all it lacks.
    fn gap(&self) -> Option<Gap> {
        match &self.outcome {
            Outcome::Refused(Refusal::BelowThreshold { required, missing, .. }) => {
                let saving = self.draft().benefit.discount(*required, *required);
                Some(Gap { required: *required, missing: *missing, saving })
            }
            _ => None,
        }
    }

    /// How much of its threshold is reached.
    pub fn percent(&self) -> u64 {
        match &self.outcome {
            Outcome::Refused(Refusal::BelowThreshold { required, current, .. }) => {
                let (required, current) = (required.units().max(1), current.units());
                (i128::from(current) * 100 / i128::from(required)).unsigned_abs() as u64
            }
            _ => 0,
        }
    }

    /// Products on the shelf any of which would earn it, the nearest price first.
    pub fn helpful<'a>(&self, catalogue: &'a Catalogue) -> Vec<&'a Product> {
        let Some(Gap { missing, .. }) = self.gap() else { return Vec::new() };
        let covered = |product: &&Product| {
            let category = product.category.as_ref();
            self.draft().scope.covers_product(&product.id, category, &catalogue.tree)
        };
        let covered = catalogue.products.iter().filter(covered);
        let priced = covered.filter_map(|it| Some((it, it.price?)));
        closing(missing, priced.filter(|(_, price)| *price >= missing), OFFERED)
    }

    /// What could be used, what lacks some goods, what something else keeps from it, and what covers
    /// nothing here. Of each, the nearest before the farther, in the second listing order.
    fn rank(&self) -> (u8, Option<Money>, (u8, Reverse<Money>)) {
        let distance = match &self.outcome {
            _ if self.could_apply() => 0,
            Outcome::Refused(Refusal::BelowThreshold { .. }) => 1,
            Outcome::Refused(Refusal::NoCoveredLines) => 3,
            _ => 2,
        };
        let missing = self.gap().map(|gap| gap.missing);
        (distance, missing, by_saving(self.draft(), self.saving().unwrap_or_default()))
    }
}

/// What a part return does to a coupon.
pub fn part_return(draft: &Draft) -> String {
    match draft.part_return {
        PartReturn::Keep => t("return-keep"),
        PartReturn::ClawBack => t("return-claw-back"),
    }
}

/// The same with the coupon's name, said before paying, where there may be several.
pub fn part_return_note(draft: &Draft) -> String {
    let filled = [("title", name(draft.title()).into()), ("note", part_return(draft).into())];
    t_with("return-of", filled)
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
fn beside(told: &Result<Money, Refusal>) -> Option<Outcome> {
    match told {
        Ok(amount) => Some(Outcome::Addable(*amount)),
        Err(
            Refusal::AlreadyRedeemed | Refusal::Revoked | Refusal::Held | Refusal::Expired { .. },
        ) => None,
        Err(refusal) => Some(Outcome::Refused(refusal.clone())),
    }
}
