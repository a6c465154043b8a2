//! What a shopper finds in the coupon center, and whether they may have it.

use domain::actor::Shopper;
use domain::claim::{Claimant, Knowing, Offer, ShopLimits, Tally, decide};
use domain::template::{Phase, State, Visibility};
use domain::{Channel, Refusal, TemplateId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use std::collections::HashMap;
use uuid::Uuid;

use crate::entity::{channel_quota, tally, template};
use crate::issuance::Via;
use crate::store::coupons::coupons_of;
use crate::store::shoppers::{bucket, facts_of, visitor};
use crate::store::templates::with_revisions;
use crate::templates::Template;
use crate::wallet::Coupon;
use crate::{Engine, Result};

/// One card of the coupon center.
#[derive(Debug, Clone)]
pub struct Card {
    /// What is offered.
    pub template: Template,
    /// The coupons of it the shopper holds, newest first.
    pub held: Vec<Coupon>,
    /// Whether it could be claimed now. A visitor is told what holds for a new shopper.
    pub claimable: Result<(), Refusal>,
    /// Its link was followed.
    pub is_linked: bool,
}

/// The cards of the coupon center, those that open or close sooner first; before them the one whose
/// link was followed, if there is one. It takes the same few queries however many cards there are.
pub async fn center(engine: &Engine, shopper: Option<&Shopper>, via: &Via) -> Result<Vec<Card>> {
    let now = engine.now();
    let db = engine.reader();
    let models = template::Entity::find()
        .filter(template::Column::State.eq(State::Live.as_str()))
        .filter(
            Condition::any()
                .add(template::Column::Visibility.eq("listed"))
                .add_option(via.link.as_deref().map(|link| template::Column::LinkToken.eq(link))),
        )
        .order_by_desc(template::Column::CreatedAt)
        .all(db)
        .await?;
    let templates = with_revisions(engine, db, models).await?;
    let standing = match shopper {
        Some(shopper) => Standing::read(engine, shopper).await?,
        None => Standing { shopper: visitor(), ..Standing::default() },
    };
    let through = taken_through(engine, via.channel.as_ref(), &templates).await?;
    let card = |template: Template| {
        let held = standing.held(template.id);
        let through = through.get(&template.id).copied().unwrap_or(0);
        let claimable = standing.claimable(engine, &template, &held, (via, through), now);
        let is_linked = knows(via, &template) == Knowing::Link;
        Card { template, held, claimable, is_linked }
    };
    let is_shown = |template: &Template| match template.draft().visibility {
        Visibility::Listed => template.draft().claim_window.phase(now) != Phase::Closed,
        Visibility::Link => knows(via, template) == Knowing::Link,
        Visibility::Granted => false,
    };
    let mut cards: Vec<Card> = templates.into_iter().filter(is_shown).map(card).collect();
    cards.sort_by_key(|card| match card.template.draft().claim_window.phase(now) {
        _ if card.is_linked => (-1, 0),
        Phase::Open => {
            (0, card.template.draft().claim_window.until.map_or(i64::MAX, |t| t.timestamp()))
        }
        Phase::Upcoming { opens_at } => (1, opens_at.timestamp()),
        Phase::Closed => (2, 0),
    });
    Ok(cards)
}

/// How somebody who came this way knows of a template.
fn knows(via: &Via, template: &Template) -> Knowing {
    via.knowing(template.link_token.as_deref())
}

/// How many coupons came through a channel, of those templates that name their channels.
async fn taken_through(
    engine: &Engine,
    channel: Option<&Channel>,
    templates: &[Template],
) -> Result<HashMap<TemplateId, u64>> {
    let naming = templates.iter().filter(|template| !template.draft().channels.is_empty());
    let naming: Vec<Uuid> = naming.map(|template| template.id.0).collect();
    let Some(channel) = channel.filter(|_| !naming.is_empty()) else {
        return Ok(HashMap::new());
    };
    let taken = channel_quota::Entity::find()
        .filter(channel_quota::Column::Template.is_in(naming))
        .filter(channel_quota::Column::Channel.eq(channel.as_str()))
        .all(engine.reader())
        .await?;
    let count = |row: channel_quota::Model| (TemplateId(row.template), row.taken.unsigned_abs());
    Ok(taken.into_iter().map(count).collect())
}

/// What bears on all of a shopper's claims.
#[derive(Default)]
struct Standing {
    shopper: Option<domain::claim::Facts>,
    coupons: Vec<Coupon>,
    tallies: HashMap<(Uuid, i64), u32>,
}

impl Standing {
    async fn read(engine: &Engine, shopper: &Shopper) -> Result<Self> {
        let db = engine.reader();
        let today = engine.settings().time_zone.day_number(engine.now());
        let tallies = tally::Entity::find()
            .filter(tally::Column::Bucket.eq(bucket(&shopper.id)))
            .filter(tally::Column::Shopper.eq(shopper.id.as_str()))
            .filter(tally::Column::Day.is_in([0, today]))
            .all(db)
            .await?;
        let count = |tally: tally::Model| ((tally.template, tally.day), tally.taken as u32);
        Ok(Self {
            shopper: Some(facts_of(db, &shopper.id).await?),
            coupons: coupons_of(engine, db, &shopper.id).await?,
            tallies: tallies.into_iter().map(count).collect(),
        })
    }

    fn held(&self, template: TemplateId) -> Vec<Coupon> {
        let held = self.coupons.iter().filter(|coupon| coupon.revision.template == template);
        held.cloned().collect()
    }

    fn claimable(
        &self,
        engine: &Engine,
        template: &Template,
        held: &[Coupon],
        (via, of_channel): (&Via, u64),
        now: domain::Time,
    ) -> Result<(), Refusal> {
        let zone = engine.settings().time_zone;
        let taken = |template, day| self.tallies.get(&(template, day)).copied().unwrap_or(0);
        let today = zone.day_number(now);
        let tally = Tally {
            of_template: taken(template.id.0, 0),
            of_template_today: taken(template.id.0, today),
            of_shop_today: taken(Uuid::nil(), today),
            coupons: held.iter().map(|coupon| coupon.code).collect(),
            issued: template.issued,
            of_channel,
        };
        let offer = Offer {
            state: template.state,
            was_listed: template.was_listed,
            draft: template.draft(),
        };
        let limits = ShopLimits {
            daily: engine.settings().shop_daily_limit,
            resets_at: zone.next_midnight(now),
        };
        let shopper = self.shopper.as_ref().ok_or(Refusal::NotFound)?;
        let knowing = knows(via, template);
        let claimant = Claimant { shopper, knowing, channel: via.channel.as_ref() };
        decide(&offer, &claimant, &tally, limits, now)
    }
}
