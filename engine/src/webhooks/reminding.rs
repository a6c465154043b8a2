//! Reminders, told to endpoints as they fall due. They stand in neither record: each is noted as told
//! in the transaction that writes its deliveries, so that it is told once, whoever else is at it or
//! dies.

use chrono::TimeDelta;
use domain::actor::System;
use domain::ids::Bucket;
use domain::{ShopperId, TemplateId, Time, WebhookId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};

use super::Topic;
use super::dispatching::{NewDelivery, new_delivery, write};
use crate::entity::webhook;
use crate::templates::{Template, known};
use crate::tx::Tx;
use crate::wallet::Coupon;
use crate::{Engine, Result, offers, wallet};

/// How long before an opening it is told; and how much late still, where nobody was there to tell.
const AROUND_OPENING: TimeDelta = TimeDelta::minutes(10);

/// A reminder, as it is told.
struct Due {
    bucket: Bucket,
    /// Names it among all that is told.
    event: String,
    data: Value,
}

/// Tells endpoints of openings and of coupons' ends that shoppers want to be told of, at most `limit`
/// of one kind and template; answers how many of the kind that had most. For the worker.
pub async fn remind(engine: &Engine, _: System, limit: u32) -> Result<usize> {
    let mut most = tell_expiries(engine, limit).await?;
    let now = engine.now();
    for template in known::live(engine, |template| opening(template, now).is_some()).await? {
        if let Some(opens_at) = opening(&template, now) {
            most = most.max(tell_opening(engine, template.id, opens_at, limit).await?);
        }
    }
    Ok(most)
}

/// When a template opens, if that is to be told now.
fn opening(template: &Template, now: Time) -> Option<Time> {
    let opens_at = template.draft().claim_window.from;
    opens_at.filter(|opens_at| (*opens_at - now).abs() <= AROUND_OPENING)
}

async fn tell_opening(
    engine: &Engine,
    template: TemplateId,
    opens_at: Time,
    limit: u32,
) -> Result<usize> {
    let now = engine.now();
    let asked = offers::due_reminders(engine, template, limit).await?;
    if asked.is_empty() {
        return Ok(0);
    }
    let shoppers = &asked;
    engine
        .transact(None, |tx| async move {
            let told = offers::reminders_told(&tx, template, shoppers, now).await?;
            let due = |(shopper, asked_at): (ShopperId, i64)| Due {
                bucket: shopper.bucket(),
                // Whoever asks again, after another opening was set, is told again.
                event: format!("opening:{template}:{shopper}:{asked_at}"),
                data: json!({
                    "template": template.to_string(),
                    "shopper": shopper.as_str(),
                    "coupon": null,
                    "opens_at": opens_at,
                }),
            };
            let due: Vec<Due> = told.into_iter().map(due).collect();
            tell(&tx, Topic::OPENING, &due, now).await.map(Some)
        })
        .await?;
    Ok(asked.len())
}

async fn tell_expiries(engine: &Engine, limit: u32) -> Result<usize> {
    let now = engine.now();
    let found = wallet::due_reminders(engine, limit).await?;
    if found.is_empty() {
        return Ok(0);
    }
    let codes = &found;
    engine
        .transact(None, |tx| async move {
            let coupons = wallet::reminders_told(engine, &tx, codes, now).await?;
            let due = |coupon: &Coupon| Due {
                bucket: coupon.shopper.bucket(),
                event: format!("expiry:{}", coupon.id),
                data: json!({
                    "template": coupon.revision.template.to_string(),
                    "shopper": coupon.shopper.as_str(),
                    "coupon": coupon.code.to_string(),
                    "valid_until": coupon.valid_until,
                }),
            };
            let due: Vec<Due> = coupons.iter().map(due).collect();
            tell(&tx, Topic::EXPIRY, &due, now).await.map(Some)
        })
        .await?;
    Ok(found.len())
}

/// Writes it down for every endpoint that wants to be told. None of them is deleted meanwhile: nobody
/// would remove what is written for it.
async fn tell(tx: &Tx, topic: Topic, due: &[Due], now: Time) -> Result<()> {
    if due.is_empty() {
        return Ok(());
    }
    let on = webhook::Entity::find()
        .filter(webhook::Column::Off.is_null())
        .order_by_asc(webhook::Column::Id)
        .lock_shared()
        .all(tx)
        .await?;
    let wants = |on: webhook::Model| {
        let is_wanted = on.topics.split(' ').any(|word| word == topic.as_str());
        is_wanted.then_some(WebhookId(on.id))
    };
    let wanting: Vec<WebhookId> = on.into_iter().filter_map(wants).collect();
    for webhook in wanting {
        let delivery =
            |it: &Due| new_delivery(topic, it.bucket, it.event.clone(), &it.data, now, now);
        let told: Vec<NewDelivery> = due.iter().map(delivery).collect();
        write(tx, webhook, &told, now).await?;
    }
    Ok(())
}
