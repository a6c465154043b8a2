//! Writes locks, any number in a statement each.

use domain::coupon::{Kind, State};
use domain::quote::Applied;
use domain::{Code, Time};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::Lock;
use crate::Result;
use crate::store::events::NewEvent;
use crate::store::rows::{self, rows};
use crate::tx::Tx;
use crate::wallet::Coupon;

rows! {
    struct NewLock {
        bucket: i64,
        id: Uuid,
        order_ref: String,
        shopper: String,
        until: i64,
        quote: String,
        subtotal: i64,
        discount: i64,
    }
    struct TakenCoupon { bucket: i64, code: String, lock: Uuid, order_ref: String, until: i64 }
    struct NewLockCoupon {
        bucket: i64,
        lock: Uuid,
        position: i64,
        coupon_bucket: i64,
        code: String,
        template: Uuid,
        revision: i64,
        discount: i64,
    }
}

/// Writes first locks of orders. Answers false where an order has one: of two at once the later finds
/// the other's row.
pub(super) async fn insert(tx: &Tx, locks: &[&Lock], now: Time) -> Result<bool> {
    const INSERT: &str = "INSERT INTO locks (bucket, id, order_ref, shopper, state, until, quote,
            subtotal, discount, created_at, updated_at)
        SELECT bucket, id, order_ref, shopper, 'active', until, quote, subtotal, discount, $2, $2
        FROM {rows} WHERE TRUE ON CONFLICT DO NOTHING";
    let row = |lock: &&Lock| {
        Ok(NewLock {
            bucket: home(lock),
            id: lock.id.0,
            order_ref: lock.order.to_string(),
            shopper: lock.shopper.to_string(),
            until: lock.until.timestamp_micros(),
            quote: serde_json::to_string(&lock.quote)?,
            subtotal: lock.quote.subtotal().units(),
            discount: lock.quote.discount().units(),
        })
    };
    let mut rows = locks.iter().map(row).collect::<Result<Vec<_>>>()?;
    // All write orders in one order, or two would wait for each other.
    rows.sort_unstable_by(|a, b| (a.bucket, &a.order_ref).cmp(&(b.bucket, &b.order_ref)));
    let insert = rows::statement(tx, INSERT, &rows, [now.timestamp_micros().into()])?;
    Ok(tx.execute_raw(insert).await?.rows_affected() == rows.len() as u64)
}

/// Has locks take the coupons they name. Answers false where one is no longer free.
pub(super) async fn take(tx: &Tx, locks: &[&Lock]) -> Result<bool> {
    const TAKE: &str = "UPDATE coupons SET state = 'locked', lock = rows.lock,
            lock_order = rows.order_ref, locked_until = rows.until
        FROM {rows} WHERE {coupons by bucket, code} AND (coupons.state = 'available'
            OR (coupons.state = 'locked' AND coupons.lock = rows.lock))";
    let row = |(lock, _, applied): (&Lock, usize, &Applied)| TakenCoupon {
        bucket: i64::from(applied.code.bucket().number()),
        code: applied.code.to_string(),
        lock: lock.id.0,
        order_ref: lock.order.to_string(),
        until: lock.until.timestamp_micros(),
    };
    let mut rows: Vec<_> = named(locks).map(row).collect();
    rows.sort_unstable_by(|a, b| a.code.cmp(&b.code)); // as `coupons_for_update` does
    if rows.is_empty() {
        return Ok(true);
    }
    let taken = tx.execute_raw(rows::statement(tx, TAKE, &rows, [])?).await?.rows_affected();
    Ok(taken == rows.len() as u64)
}

/// Writes down which coupons locks name, in order of application.
pub(super) async fn name(tx: &Tx, locks: &[&Lock]) -> Result<()> {
    const INSERT: &str = "INSERT INTO lock_coupons (bucket, lock, position, coupon_bucket, code,
            template, revision, discount)
        SELECT bucket, lock, position, coupon_bucket, code, template, revision, discount
        FROM {rows}";
    let row = |(lock, position, applied): (&Lock, usize, &Applied)| NewLockCoupon {
        bucket: home(lock),
        lock: lock.id.0,
        position: position as i64,
        coupon_bucket: i64::from(applied.code.bucket().number()),
        code: applied.code.to_string(),
        template: applied.template.0,
        revision: i64::from(applied.revision),
        discount: applied.discount.units(),
    };
    let rows: Vec<_> = named(locks).map(row).collect();
    if !rows.is_empty() {
        tx.execute_raw(rows::statement(tx, INSERT, &rows, [])?).await?;
    }
    Ok(())
}

/// What the ledger says of the coupons that a lock has taken.
pub(super) fn taken<'a>(
    lock: &Lock,
    find: impl Fn(Code) -> Option<&'a Coupon>,
    now: Time,
) -> Vec<NewEvent> {
    let event = |applied: &Applied| {
        let locked = NewEvent::new(Kind::Locked, find(applied.code)?, State::Locked, now);
        Some(locked.of(&lock.order, applied.discount))
    };
    lock.quote.applied.iter().filter_map(event).collect()
}

fn named<'a>(locks: &'a [&'a Lock]) -> impl Iterator<Item = (&'a Lock, usize, &'a Applied)> {
    locks.iter().flat_map(|lock| {
        lock.quote.applied.iter().enumerate().map(|(position, applied)| (*lock, position, applied))
    })
}

fn home(lock: &Lock) -> i64 {
    i64::from(lock.id.bucket().number())
}
