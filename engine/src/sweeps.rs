//! What the clock has done already, written down: lapses and expiries get their events. Each sweep
//! is short, safe to run twice and on several nodes at once.

use domain::actor::System;
use domain::coupon::{Kind, State};
use domain::{Code, Time};
use sea_orm::ConnectionTrait;

use crate::store::coupons::coupons_for_update;
use crate::store::events::{self, NewEvent};
use crate::store::rows::{self, rows};
use crate::store::shoppers::bucket;
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Fault, Result};

pub use crate::redemption::{callbacks::settle_due, lapse_due};

/// Looks at coupons whose end has passed, at most `limit` of them, and records it of those that nobody
/// used; answers how many. Each is looked at once: what an order or a person still has of a coupon ends
/// it when they let go of it.
pub async fn expire_due(engine: &Engine, _: System, limit: u32) -> Result<usize> {
    let now = engine.now();
    const DUE: &str = "SELECT code FROM coupons
        WHERE NOT is_over AND valid_until <= $1 ORDER BY valid_until LIMIT $2";
    let db = engine.reader();
    let values = [now.timestamp_micros().into(), i64::from(limit).into()];
    let mut codes = Vec::new();
    for row in db.query_all_raw(sql(db, DUE, values)).await? {
        let code = Code::parse(&row.try_get::<String>("", "code")?);
        codes.push(code.ok_or_else(|| Fault::new("a coupon has an odd code"))?);
    }
    if codes.is_empty() {
        return Ok(0);
    }
    let expired = engine.transact(None, |tx| {
        let codes = codes.clone();
        async move { expire(engine, &tx, &codes, now).await.map(Some) }
    });
    expired.await?;
    Ok(codes.len())
}

rows! {
    struct Ended { bucket: i64, code: String, state: &'static str, next: &'static str }
}

async fn expire(engine: &Engine, tx: &Tx, codes: &[Code], now: Time) -> Result<()> {
    const EXPIRE: &str = "UPDATE coupons SET state = rows.next, is_over = TRUE FROM {rows}
        WHERE {coupons by bucket, code} AND coupons.state = rows.state";
    let (mut ended, mut happened) = (Vec::new(), Vec::new());
    for coupon in coupons_for_update(engine, tx, codes).await? {
        let Some(until) = coupon.valid_until.filter(|until| *until <= now) else { continue };
        let is_free = coupon.state == State::Available;
        let next = if is_free { State::Expired } else { coupon.state };
        ended.push(Ended {
            bucket: bucket(&coupon.shopper),
            code: coupon.code.to_string(),
            state: coupon.state.as_str(),
            next: next.as_str(),
        });
        if is_free {
            // The ledger tells the moment it ended, not the moment somebody looked.
            happened.push(NewEvent::new(Kind::Expired, &coupon, State::Expired, until));
        }
    }
    if ended.is_empty() {
        return Ok(());
    }
    let done = tx.execute_raw(rows::statement(tx, EXPIRE, &ended, [])?).await?.rows_affected();
    if done != ended.len() as u64 {
        return Err(Fault::passing("a coupon changed while its end was written down").into());
    }
    events::append(tx, &happened).await
}
