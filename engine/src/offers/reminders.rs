//! Openings that shoppers want to be told of.

use std::collections::HashMap;

use domain::actor::Shopper;
use domain::{Refusal, ShopperId, TemplateId, Time};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryResult};
use uuid::Uuid;

use super::{Card, Standing, card};
use crate::entity::reminder::{Column, Entity};
use crate::issuance::{self, Via};
use crate::store::rows::{self, rows};
use crate::store::shoppers::bucket;
use crate::store::sql;
use crate::store::templates::load_templates;
use crate::tx::Tx;
use crate::{Engine, Fault, Result};

/// Keeps in mind that a shopper wants to be told when a coupon opens, or forgets it; whoever was told may
/// ask again, as for another opening. What is open already is not kept; what the center would not show
/// them is missing, and what they may not know of is refused as a claim of it is.
pub async fn remind(
    engine: &Engine,
    shopper: &Shopper,
    template: TemplateId,
    via: &Via,
    is_wanted: bool,
) -> Result<()> {
    const KEEP: &str = "INSERT INTO reminders (bucket, shopper, template, asked_at)
        VALUES ($1, $2, $3, $4) ON CONFLICT (bucket, shopper, template)
        DO UPDATE SET asked_at = excluded.asked_at, told_at = NULL
        WHERE reminders.told_at IS NOT NULL";
    issuance::look_for(engine, shopper, template, via).await?;
    let offered = card(engine, Some(shopper), template, via).await?;
    let is_ahead = matches!(offered.claimable, Err(Refusal::NotStarted { .. }));
    engine
        .transact(None, |tx| async move {
            let key = (bucket(&shopper.id), shopper.id.to_string(), template.0);
            if is_wanted && is_ahead {
                let (home, shopper, template) = key;
                let now = engine.now().timestamp_micros();
                let values = [home.into(), shopper.into(), template.into(), now.into()];
                tx.execute_raw(sql(&*tx, KEEP, values)).await?;
            } else if !is_wanted {
                Entity::delete_by_id(key).exec(&*tx).await?;
            }
            Ok(Some(()))
        })
        .await
}

/// What a shopper wanted to be told of: open now and still theirs to claim, or opening later; what
/// opens first comes first.
pub async fn reminders(engine: &Engine, shopper: &Shopper) -> Result<Vec<Card>> {
    let (db, now) = (engine.reader(), engine.now());
    let wanted = wanted(db, shopper).await?;
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let templates = load_templates(engine, db, wanted.into_keys(), false).await?;
    let templates: Vec<_> = templates.into_values().collect();
    let standing = Standing::read(engine, Some(shopper), &Via::default(), &templates).await?;
    let card = |template: crate::templates::Template| {
        // They knew of it when they asked.
        let via = Via { link: template.link_token.clone(), ..Via::default() };
        standing.card(engine, template, &via, now)
    };
    let is_ahead = |card: &Card| matches!(card.claimable, Ok(()) | Err(Refusal::NotStarted { .. }));
    let mut cards: Vec<Card> = templates.into_iter().map(card).collect();
    cards.retain(|card| is_ahead(card) && card.held.is_empty());
    cards.sort_by_key(|card| (card.template.draft().claim_window.from, card.template.id));
    Ok(cards)
}

/// Shoppers who want to be told when a template opens and were not, at most `limit`.
pub(crate) async fn due(
    engine: &Engine,
    template: TemplateId,
    limit: u32,
) -> Result<Vec<ShopperId>> {
    const DUE: &str = "SELECT shopper FROM reminders WHERE template = $1 AND told_at IS NULL
        ORDER BY bucket, shopper LIMIT $2";
    let db = engine.reader();
    let values = [template.0.into(), i64::from(limit).into()];
    db.query_all_raw(sql(db, DUE, values)).await?.iter().map(shopper).collect()
}

rows! {
    struct ReminderKey { bucket: i64, shopper: String, template: Uuid }
}

/// Notes that they are told; answers those whom nobody told so far, and when they asked, in
/// microseconds.
pub(crate) async fn told(
    tx: &Tx,
    template: TemplateId,
    shoppers: &[ShopperId],
    now: Time,
) -> Result<Vec<(ShopperId, i64)>> {
    // Asked for by `told_at IS NULL`, either store may go by the index of all that are to be told, and read
    // that anew for each of them.
    const TOLD: &str = "UPDATE reminders SET told_at = $2 FROM {rows}
        WHERE {reminders by bucket, shopper, template} AND COALESCE(reminders.told_at, 0) = 0
        RETURNING reminders.shopper, reminders.asked_at";
    let key = |shopper: &ShopperId| ReminderKey {
        bucket: bucket(shopper),
        shopper: shopper.to_string(),
        template: template.0,
    };
    let keys: Vec<ReminderKey> = shoppers.iter().map(key).collect();
    let told = rows::statement(tx, TOLD, &keys, [now.timestamp_micros().into()])?;
    let told = tx.query_all_raw(told).await?;
    told.iter().map(|row| Ok((shopper(row)?, row.try_get("", "asked_at")?))).collect()
}

fn shopper(row: &QueryResult) -> Result<ShopperId> {
    let id = ShopperId::new(row.try_get::<String>("", "shopper")?);
    Ok(id.map_err(|_| Fault::new("a shopper has an odd id"))?)
}

/// The templates a shopper wants to be told of, and whether they were.
pub(super) async fn wanted(
    db: &impl ConnectionTrait,
    shopper: &Shopper,
) -> Result<HashMap<TemplateId, bool>> {
    let rows = Entity::find()
        .filter(Column::Bucket.eq(bucket(&shopper.id)))
        .filter(Column::Shopper.eq(shopper.id.as_str()))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (TemplateId(row.template), row.told_at.is_some())).collect())
}
