//! What a shopper finds in the coupon center, and whether they may have it.

mod part;
mod reminders;
mod standing;

use domain::actor::Shopper;
use domain::claim::Knowing;
use domain::coupon;
use domain::template::{Phase, State, Visibility};
use domain::{CategoryId, Code, Refusal, TemplateId, Time};
use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::catalogue;
use crate::issuance::Via;
use crate::issuance::tickets::{Standing as Answer, Ticket};
use crate::store::coupons::{coupons_of, coupons_of_template};
use crate::store::templates::load_templates;
use crate::templates::{self, Template};
use crate::wallet::Coupon;
use crate::{Engine, Error, Result};

pub use part::Part;
pub(crate) use reminders::{due as due_reminders, told as reminders_told};
pub use reminders::{remind, reminders};
use standing::Standing;

/// Cards on one page of the center.
pub const PAGE: u64 = 48;

/// One card of the coupon center.
#[derive(Debug, Clone)]
pub struct Card {
    /// What is offered.
    pub template: Template,
    /// The coupons of it the shopper holds, newest first.
    pub held: Vec<Coupon>,
    /// Of those, the ones that are not for this shopper, or no longer.
    pub outside: Vec<Code>,
    /// Whether it could be claimed now, or will be. A visitor is told what holds for a new shopper.
    pub claimable: Result<(), Refusal>,
    /// Its link was followed.
    pub is_linked: bool,
    /// It names the channel the shopper came by.
    pub is_of_channel: bool,
    /// The shopper wants to be told when it opens.
    pub is_reminded: bool,
    /// The shopper's claim that waits in line, or that had its answer a moment ago.
    pub ticket: Option<Ticket>,
}

/// The part of the center a card stands in; they follow each other in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// May be claimed, or is held and may be used.
    Open,
    /// Opens later.
    Soon,
    /// Gone, used up, or not for this shopper.
    Over,
}

/// A page of the center.
#[derive(Debug, Clone)]
pub struct Center {
    /// The card whose link was followed; it stands before the others and never among them.
    pub linked: Option<Card>,
    /// The cards of this page, by section.
    pub cards: Vec<Card>,
    /// How many cards the part has on all its pages.
    pub total: u64,
    /// Which page it is, from 0.
    pub page: u64,
    /// How many cards the search finds, whatever the category.
    pub whole: u64,
    /// The roots of the category tree that those name, and the one looked at, those with most cards
    /// first.
    pub categories: Vec<(CategoryId, u64)>,
}

/// A page of the coupon center. It takes the same few queries however many cards there are, and none
/// for the templates.
///
/// What may be claimed comes first, that of the shopper's own channel before the rest and what
/// closes sooner before what closes later; then what they hold, then what opens, by the time it
/// does, and at the end what they cannot have. A card that answers a press stays where it was.
pub async fn center(
    engine: &Engine,
    shopper: Option<&Shopper>,
    via: &Via,
    part: &Part,
) -> Result<Center> {
    let now = engine.now();
    let templates = shown(engine, via, now).await?;
    let standing = Standing::read(engine, shopper, via, &templates).await?;
    let catalogue = catalogue::current(engine).await?;
    let mut cards: Vec<Card> =
        templates.into_iter().map(|template| standing.card(engine, template, via, now)).collect();
    let linked = cards.iter().position(|card| card.is_linked).map(|at| cards.remove(at));
    cards.retain(|card| card.claimable != Err(Refusal::ClaimClosed));
    let finding = part.finding(&catalogue);
    cards.retain(|card| finding.is_said_in(card.template.draft()));
    let whole = cards.len() as u64;
    let categories = categories(&cards, part, &catalogue);
    cards.retain(|card| finding.is_below(card.template.draft(), &catalogue));
    cards.sort_by_cached_key(|card| card.rank(part, now));
    let total = cards.len() as u64;
    let page = part.page.min(total.saturating_sub(1) / PAGE);
    let cards = cards.into_iter().skip((page * PAGE) as usize).take(PAGE as usize).collect();
    Ok(Center { linked, cards, total, page, whole, categories })
}

/// One card; missing where the center would not show it to whoever came this way.
pub async fn card(
    engine: &Engine,
    shopper: Option<&Shopper>,
    template: TemplateId,
    via: &Via,
) -> Result<Card> {
    let mut found = load_templates(engine, engine.reader(), [template], false).await?;
    let template = found.remove(&template).filter(|template| {
        template.state == State::Live
            && match template.draft().visibility {
                Visibility::Listed => true,
                Visibility::Link => knows(via, template) == Knowing::Link,
                Visibility::Granted => false,
            }
    });
    let templates = [template.ok_or(Error::Missing)?];
    let standing = Standing::read(engine, shopper, via, &templates).await?;
    let [template] = templates;
    Ok(standing.card(engine, template, via, engine.now()))
}

/// The newest coupon of a template, if its shopper has more than the `had` they knew of: a press
/// whose answer was lost took it, and pressing again means the same one.
pub async fn taken_since(
    engine: &Engine,
    shopper: &Shopper,
    template: TemplateId,
    had: u32,
) -> Result<Option<Coupon>> {
    let mut held = coupons_of_template(engine, engine.reader(), &shopper.id, template).await?;
    let is_more = held.len() > had as usize;
    Ok(is_more.then(|| held.swap_remove(0)))
}

/// The newest coupon that is not used up of each template of which its shopper holds one: a press
/// for all whose answer was lost took it, and pressing again means the same ones.
pub async fn kept(
    engine: &Engine,
    shopper: &Shopper,
    templates: &[TemplateId],
) -> Result<BTreeMap<TemplateId, Coupon>> {
    let now = engine.now();
    let mut kept = BTreeMap::new();
    for coupon in coupons_of(engine, engine.reader(), &shopper.id).await? {
        let template = coupon.revision.template;
        if templates.contains(&template) && is_of_use(coupon.state_at(now)) {
            kept.entry(template).or_insert(coupon);
        }
    }
    Ok(kept)
}

/// Whether a coupon in this state is not used up.
fn is_of_use(state: coupon::State) -> bool {
    matches!(state, coupon::State::Available | coupon::State::Locked | coupon::State::Held)
}

/// The live templates a visitor who came this way may see, newest first.
async fn shown(engine: &Engine, via: &Via, now: Time) -> Result<Vec<Template>> {
    let is_shown = |template: &Template| match template.draft().visibility {
        Visibility::Granted => false,
        _ if knows(via, template) == Knowing::Link => true,
        Visibility::Link => false,
        Visibility::Listed => template.draft().claim_window.phase(now) != Phase::Closed,
    };
    templates::known::live(engine, is_shown).await
}

/// How somebody who came this way knows of a template.
fn knows(via: &Via, template: &Template) -> Knowing {
    via.knowing(template.link_token.as_deref())
}

/// Counts cards by the roots they name. What covers everything names none. The root looked at is
/// among them also where no card names it, for it is the way out of there.
fn categories(
    cards: &[Card],
    part: &Part,
    catalogue: &catalogue::Catalogue,
) -> Vec<(CategoryId, u64)> {
    let tree = &catalogue.tree;
    let is_root = |id: &&CategoryId| tree.contains(id) && tree.lineage(id).count() == 1;
    let chosen = part.category.as_ref().filter(is_root);
    let mut counts: BTreeMap<&CategoryId, u64> = chosen.into_iter().map(|id| (id, 0)).collect();
    for card in cards {
        for root in part::roots(&card.template.draft().scope, catalogue) {
            *counts.entry(root).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().map(|(id, n)| (id.clone(), n)).collect();
    counts.sort_by_key(|(_, n)| Reverse(*n));
    counts
}

impl Card {
    /// Where it stands.
    pub fn section(&self, now: Time) -> Section {
        match &self.claimable {
            Ok(()) => Section::Open,
            Err(Refusal::NotStarted { .. }) => Section::Soon,
            Err(_) if self.is_held(now) => Section::Open,
            Err(_) => Section::Over,
        }
    }

    /// Whether the shopper has one that is not used up.
    pub fn is_held(&self, now: Time) -> bool {
        self.best_held(now).is_some_and(|(_, state)| is_of_use(state))
    }

    /// The ticket that waits, if one does.
    pub fn waiting(&self) -> Option<&Ticket> {
        self.ticket.as_ref().filter(|ticket| ticket.is_waiting())
    }

    /// Why a claim got none that had to wait for its answer, where the card itself does not say so.
    pub fn refused(&self) -> Option<&Refusal> {
        match self.ticket.as_ref().map(|ticket| &ticket.standing) {
            Some(Answer::Refused(refusal)) if self.claimable.is_ok() => Some(refusal),
            _ => None,
        }
    }

    /// The coupon that speaks for those held: one that may be used, or else the one nearest to it.
    pub fn best_held(&self, now: Time) -> Option<(&Coupon, coupon::State)> {
        let nearness = |state: coupon::State| match state {
            coupon::State::Available => 0,
            coupon::State::Locked => 1,
            coupon::State::Held => 2,
            coupon::State::Redeemed => 3,
            coupon::State::Expired => 4,
            coupon::State::Revoked => 5,
        };
        let standing = self.held.iter().map(|coupon| (coupon, coupon.state_at(now)));
        standing.min_by_key(|(_, state)| nearness(*state))
    }

    /// How many of those held may be used.
    pub fn usable(&self, now: Time) -> usize {
        let is_usable = |coupon: &&Coupon| coupon.state_at(now) == coupon::State::Available;
        self.held.iter().filter(is_usable).count()
    }

    fn rank(&self, part: &Part, now: Time) -> (Section, bool, bool, i64) {
        let window = self.template.draft().claim_window;
        let closes = window.until.map_or(i64::MAX, |until| until.timestamp());
        if part.told.contains(&self.template.id) {
            return (Section::Open, false, !self.is_of_channel, closes);
        }
        let time = match window.phase(now) {
            Phase::Upcoming { opens_at } => opens_at.timestamp(),
            Phase::Open | Phase::Closed => closes,
        };
        (self.section(now), self.claimable.is_err(), !self.is_of_channel, time)
    }
}
