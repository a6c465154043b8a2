//! What the clock has done already, written down: lapses and expiries get their events. Each sweep
//! is short, safe to run twice and on several nodes at once.

use domain::Time;
use domain::actor::System;
use domain::coupon::{Kind, State};
use sea_orm::ConnectionTrait;

use crate::store::coupons::{Coupon, read_coupons};
use crate::store::events::{self, NewEvent};
use crate::store::shoppers::bucket;
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Result};

pub use crate::redemption::{callbacks::settle_due, lapse_due};

/// Records coupons whose end has passed, at most `limit` of them; answers how many.
pub async fn expire_due(engine: &Engine, _: System, limit: u32) -> Result<usize> {
    let now = engine.now();
    const DUE: &str = "SELECT * FROM coupons
        WHERE state = 'available' AND valid_until <= $1
        ORDER BY valid_until LIMIT $2";
    let db = engine.reader();
    let values = [now.timestamp_micros().into(), i64::from(limit).into()];
    let mut due = read_coupons(engine, db, sql(db, DUE, values)).await?;
    if due.is_empty() {
        return Ok(0);
    }
    // In one order on all nodes, or two sweeps would wait for each other.
    due.sort_by_key(|coupon| coupon.code);
    let tx = engine.begin().await?;
    for coupon in &due {
        expire(&tx, coupon, now).await?;
    }
    tx.commit().await?;
    Ok(due.len())
}

async fn expire(tx: &Tx, coupon: &Coupon, now: Time) -> Result<()> {
    const EXPIRE: &str = "UPDATE coupons SET state = 'expired'
        WHERE bucket = $1 AND code = $2 AND state = $3 AND valid_until <= $4";
    let values = [
        bucket(&coupon.shopper).into(),
        coupon.code.as_str().into(),
        coupon.state.as_str().into(),
        now.timestamp_micros().into(),
    ];
    if tx.execute_raw(sql(tx, EXPIRE, values)).await?.rows_affected() == 1 {
        // The ledger tells the moment it ended, not the moment somebody looked.
        let at = coupon.valid_until.unwrap_or(now);
        events::append(tx, &[NewEvent::new(Kind::Expired, coupon, State::Expired, at)]).await?;
    }
    Ok(())
}
