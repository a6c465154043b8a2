//! Wallets as order systems list them: every state or one, newest first, in pages.

use std::collections::HashMap;
use std::slice;

use domain::actor::Reader;
use domain::coupon::State;
use domain::{Code, ShopperId};
use sea_orm::Value;
use serde::{Deserialize, Serialize};

use super::{Coupon, STATE_AT};
use crate::issuance::tickets::catch_up;
use crate::store::coupons::read_coupons;
use crate::store::rows::{self, rows};
use crate::store::shoppers::bucket;
use crate::store::sql;
use crate::{Engine, Result};

/// How many coupons of each wallet are told where many are asked for.
pub const EACH: u32 = 200;

/// Where a page of a wallet ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// In microseconds.
    claimed_at: i64,
    code: Code,
}

/// Part of a wallet.
#[derive(Debug, Clone)]
pub struct Page {
    /// Newest first.
    pub coupons: Vec<Coupon>,
    /// Where it goes on; none at the end.
    pub next: Option<Place>,
}

impl Page {
    /// Of coupons that were read one beyond the page's size, to see whether there are more.
    fn cut(mut coupons: Vec<Coupon>, size: u32) -> Self {
        let is_more = coupons.len() > size as usize;
        coupons.truncate(size as usize);
        let place = |last: &Coupon| Place {
            claimed_at: last.claimed_at.timestamp_micros(),
            code: last.code,
        };
        let next = coupons.last().filter(|_| is_more).map(place);
        Self { coupons, next }
    }
}

rows! {
    struct ShopperKey { bucket: i64, shopper: String }
}

/// A page of a shopper's coupons, of one state by the clock or of all. Who is unknown has none.
pub async fn list(
    engine: &Engine,
    _: &impl Reader,
    shopper: &ShopperId,
    state: Option<State>,
    after: Option<Place>,
    size: u32,
) -> Result<Page> {
    catch_up(engine, slice::from_ref(shopper)).await;
    let read = format!(
        "SELECT * FROM (SELECT coupons.*, {STATE_AT} FROM coupons
            WHERE bucket = $1 AND shopper = $2) AS held
        WHERE {} AND (claimed_at < $5 OR (claimed_at = $5 AND code > $6))
        ORDER BY claimed_at DESC, code LIMIT $4",
        in_state(state),
    );
    let (claimed_at, code) =
        after.map_or((i64::MAX, String::new()), |place| (place.claimed_at, place.code.to_string()));
    let values: [Value; 6] = [
        bucket(shopper).into(),
        shopper.as_str().into(),
        engine.now().timestamp_micros().into(),
        (i64::from(size) + 1).into(),
        claimed_at.into(),
        code.into(),
    ];
    let db = engine.reader();
    let coupons = read_coupons(engine, db, sql(db, read, values)).await?;
    Ok(Page::cut(coupons, size))
}

/// The first [`EACH`] coupons of many shoppers, in one query; in the order asked.
pub async fn list_many(
    engine: &Engine,
    _: &impl Reader,
    shoppers: &[ShopperId],
    state: Option<State>,
) -> Result<Vec<(ShopperId, Page)>> {
    catch_up(engine, shoppers).await;
    let read = format!(
        "SELECT * FROM (SELECT held.*, ROW_NUMBER() OVER (
                PARTITION BY held.bucket, held.shopper ORDER BY held.claimed_at DESC, held.code
            ) AS place
            FROM (SELECT coupons.*, {STATE_AT} FROM {{rows}} {{coupons: coupons.bucket = rows.bucket
                AND coupons.shopper = rows.shopper}}) AS held
            WHERE {}) AS placed
        WHERE place <= $2 ORDER BY claimed_at DESC, code",
        in_state(state),
    );
    let mut keys: Vec<ShopperKey> = shoppers
        .iter()
        .map(|id| ShopperKey { bucket: bucket(id), shopper: id.to_string() })
        .collect();
    keys.sort_unstable_by(|a, b| a.shopper.cmp(&b.shopper));
    keys.dedup_by(|a, b| a.shopper == b.shopper);
    let values = [(i64::from(EACH) + 1).into(), engine.now().timestamp_micros().into()];
    let db = engine.reader();
    let mut held: HashMap<ShopperId, Vec<Coupon>> = HashMap::new();
    for coupon in read_coupons(engine, db, rows::statement(db, &read, &keys, values)?).await? {
        held.entry(coupon.shopper.clone()).or_default().push(coupon);
    }
    let page = |id: &ShopperId| {
        let coupons = held.get(id).cloned().unwrap_or_default();
        (id.clone(), Page::cut(coupons, EACH))
    };
    Ok(shoppers.iter().map(page).collect())
}

fn in_state(state: Option<State>) -> String {
    state.map_or_else(|| "TRUE".to_owned(), |state| format!("state_at = '{}'", state.as_str()))
}
