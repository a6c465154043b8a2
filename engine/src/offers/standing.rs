//! What bears on all of a shopper's claims, read once for all cards.

use std::collections::HashMap;

use chrono::TimeDelta;
use domain::actor::Shopper;
use domain::claim::{Claimant, Facts, Knowing, Offer, ShopLimits, Tally, decide};
use domain::{Channel, Refusal, TemplateId, Time};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::reminders::wanted;
use super::{Card, knows};
use crate::entity::{channel_quota, tally};
use crate::issuance::Via;
use crate::issuance::tickets::{self, Ticket};
use crate::store::coupons::coupons_of;
use crate::store::shoppers::{bucket, facts_of, visitor};
use crate::templates::{Template, known};
use crate::wallet::Coupon;
use crate::{Engine, Result};

#[derive(Default)]
pub(super) struct Standing {
    shopper: Option<Facts>,
    held: HashMap<TemplateId, Vec<Coupon>>,
    tallies: HashMap<(Uuid, i64), u32>,
    /// Coupons that came through the shopper's channel.
    through: HashMap<TemplateId, u64>,
    /// Of whose opening the shopper wanted to be told, and whether they were.
    wanted: HashMap<TemplateId, bool>,
    /// The newest ticket of each.
    tickets: HashMap<TemplateId, Ticket>,
}

/// How long a card says what became of a claim that had to wait.
const TOLD_FOR: TimeDelta = TimeDelta::minutes(10);

impl Standing {
    /// What bears on the claims of a shopper, or of a visitor, who is taken for a new one.
    pub(super) async fn read(
        engine: &Engine,
        shopper: Option<&Shopper>,
        via: &Via,
        templates: &[Template],
    ) -> Result<Self> {
        let through = taken_through(engine, via.channel.as_ref(), templates).await?;
        let Some(shopper) = shopper else {
            return Ok(Self { shopper: visitor(), through, ..Self::default() });
        };
        let db = engine.reader();
        let today = engine.settings().time_zone.day_number(engine.now());
        let tallies = tally::Entity::find()
            .filter(tally::Column::Bucket.eq(bucket(&shopper.id)))
            .filter(tally::Column::Shopper.eq(shopper.id.as_str()))
            .filter(tally::Column::Day.is_in([0, today]))
            .all(db)
            .await?;
        let count = |tally: tally::Model| ((tally.template, tally.day), tally.taken as u32);
        let mut held: HashMap<TemplateId, Vec<Coupon>> = HashMap::new();
        for coupon in coupons_of(engine, db, &shopper.id).await? {
            held.entry(coupon.revision.template).or_default().push(coupon);
        }
        Ok(Self {
            shopper: Some(facts_of(db, &shopper.id).await?),
            held,
            tallies: tallies.into_iter().map(count).collect(),
            through,
            wanted: wanted(db, shopper).await?,
            tickets: tickets_of(engine, shopper).await?,
        })
    }

    pub(super) fn card(&self, engine: &Engine, template: Template, via: &Via, now: Time) -> Card {
        let held = self.held.get(&template.id).cloned().unwrap_or_default();
        let claimable = self.claimable(engine, &template, &held, via, now);
        let is_linked = knows(via, &template) == Knowing::Link;
        let mut channels = template.draft().channels.iter();
        let is_of_channel = channels.any(|named| Some(&named.name) == via.channel.as_ref());
        // Who was told and sees it ahead all the same, as it was moved, has to ask again.
        let is_reminded = self.wanted.get(&template.id) == Some(&false);
        let ticket = self.tickets.get(&template.id).cloned();
        let is_outside = |coupon: &&Coupon| {
            let audience = &coupon.revision.draft.audience;
            self.shopper.as_ref().is_some_and(|facts| audience.admits(facts).is_err())
        };
        let outside = held.iter().filter(is_outside).map(|coupon| coupon.code).collect();
        Card { template, held, outside, claimable, is_linked, is_of_channel, is_reminded, ticket }
    }

    fn claimable(
        &self,
        engine: &Engine,
        template: &Template,
        held: &[Coupon],
        via: &Via,
        now: Time,
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
            of_channel: self.through.get(&template.id).copied().unwrap_or(0),
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
        let decided = decide(&offer, &claimant, &tally, limits, now);
        let is_ahead = matches!(decided, Err(Refusal::NotStarted { .. }));
        let admitted = offer.draft.audience.admits(shopper);
        // A paid order stays one: to wait for the opening would be in vain.
        match is_ahead && admitted == Err(Refusal::NewShoppersOnly) {
            true => admitted,
            false => decided,
        }
    }
}

/// What cards say of a shopper's tickets; no query where no template has a queue.
async fn tickets_of(engine: &Engine, shopper: &Shopper) -> Result<HashMap<TemplateId, Ticket>> {
    if !known::current(engine).await?.has_queues {
        return Ok(HashMap::new());
    }
    let since = engine.now() - TOLD_FOR;
    let mut newest = HashMap::new();
    for ticket in tickets::latest(engine.reader(), &shopper.id, since).await? {
        newest.entry(ticket.template).or_insert(ticket);
    }
    Ok(newest)
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
