//! Shoppers won: those whose first paid order came with a coupon.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::actor::Reader;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Value};

use super::cutting::Cut;
use super::{Part, TemplateKey, templates};
use crate::rollups::Place;
use crate::store::rows;
use crate::{Engine, Result};

/// How long a shopper who was won is waited for to buy again.
pub const AGAIN_WITHIN: TimeDelta = TimeDelta::days(30);

/// Shoppers won within a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Newcomers {
    /// How many.
    pub won: u64,
    /// Those of them who have had [`AGAIN_WITHIN`] to buy again.
    pub watched: u64,
    /// Those of the watched who have not.
    pub gone: u64,
}

impl Newcomers {
    /// The share of those who were watched that did not buy again.
    pub fn share_gone(&self) -> Option<f64> {
        (self.watched > 0).then(|| self.gone as f64 / self.watched as f64)
    }
}

/// The shoppers a part has won, by the moment of their first order: its coupons have to be of the part.
/// Orders that the host shop tells of count, before it and after it; of whom the host shop states orders
/// without telling which, nobody can say that they were won. As far as the ledger is added up.
pub async fn newcomers(engine: &Engine, _: &impl Reader, part: &Part) -> Result<Newcomers> {
    let db = engine.snapshot().await?;
    let won = won(engine, &db, part, false).await?.remove("");
    db.rollback().await?;
    Ok(won.unwrap_or_default())
}

/// The shoppers a part has won, under no name, or by the channels of its coupons.
pub(super) async fn won(
    engine: &Engine,
    db: &DatabaseTransaction,
    part: &Part,
    by_channel: bool,
) -> Result<BTreeMap<String, Newcomers>> {
    let zone = engine.settings().time_zone;
    let Some(place) = Place::serving(db, zone).await? else { return Ok(BTreeMap::new()) };
    let generation = place.generation;
    let keys = templates(db, part).await?;
    let is_of_all = keys.iter().any(TemplateKey::is_of_all);
    let on = if is_of_all { "TRUE" } else { "mixes.template = rows.template" };
    let within = AGAIN_WITHIN.num_microseconds().unwrap_or(i64::MAX);
    let [from, until] = Cut::period(part, zone);
    let due = engine.now() - AGAIN_WITHIN;
    let mut values: Vec<Value> = vec![from, until, due.timestamp_micros().into(), within.into()];
    let mut of_part = String::new();
    let narrower = [
        ("channel", part.channel.as_ref().map(|channel| Value::from(channel.as_str()))),
        ("revision", part.revision().map(Value::from)),
    ];
    for (column, value) in narrower {
        if let Some(value) = value {
            values.push(value);
            of_part += &format!(" AND mixes.{column} = ${}", values.len() + 1);
        }
    }
    let channel = if by_channel { "mixes.channel" } else { "'' AS channel" };
    let read = format!(
        "SELECT used.channel, COUNT(*) AS won,
            CAST(COALESCE(SUM(CASE WHEN at <= $4 THEN 1 ELSE 0 END), 0) AS BIGINT) AS watched,
            CAST(COALESCE(SUM(CASE WHEN at <= $4 AND again = 0 THEN 1 ELSE 0 END), 0) AS BIGINT)
                AS gone
        FROM (SELECT won.at, won.mix, CASE WHEN EXISTS (SELECT 1 FROM redemptions
                    WHERE redemptions.shopper = won.shopper AND redemptions.redeemed_at > won.at
                    AND redemptions.redeemed_at <= won.at + $5)
                OR EXISTS (SELECT 1 FROM orders
                    WHERE orders.shopper = won.shopper AND orders.order_ref <> won.order_ref
                    AND orders.paid_at > won.at AND orders.paid_at <= won.at + $5)
                THEN 1 ELSE 0 END AS again
            FROM newcomers AS won
            WHERE won.generation = {generation} AND won.at >= $2 AND won.at < $3
                AND won.mix IN (SELECT mixes.mix FROM {{rows}} JOIN mixes ON {on}{of_part})
                AND NOT EXISTS (SELECT 1 FROM redemptions
                    WHERE redemptions.shopper = won.shopper AND redemptions.redeemed_at < won.at)
                AND NOT EXISTS (SELECT 1 FROM orders
                    WHERE orders.shopper = won.shopper AND orders.order_ref <> won.order_ref
                    AND orders.paid_at < won.at)
                AND NOT EXISTS (SELECT 1 FROM shoppers
                    WHERE shoppers.bucket = won.bucket AND shoppers.id = won.shopper
                    AND shoppers.stated_orders > 0)
        ) AS told JOIN (SELECT DISTINCT mixes.mix, {channel} FROM {{rows}}
            JOIN mixes ON {on}{of_part}) AS used ON used.mix = told.mix
        GROUP BY used.channel"
    );
    if db.get_database_backend() == DbBackend::Postgres {
        // They are many at once: reading whole tables may cost less than looking each of them up.
        db.execute_unprepared(
            "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = on",
        )
        .await?;
    }
    let mut all = BTreeMap::new();
    for row in db.query_all_raw(rows::statement(db, &read, &keys, values)?).await? {
        let n = |column: &str| row.try_get("", column).map(i64::unsigned_abs);
        let won = Newcomers { won: n("won")?, watched: n("watched")?, gone: n("gone")? };
        all.insert(row.try_get("", "channel")?, won);
    }
    Ok(all)
}
