//! Writes payments, any number in a statement each.

use std::collections::HashSet;

use domain::coupon::{Kind, State};
use domain::quote::{Applied, QuotedLine};
use domain::{Code, Money, Time};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{Lock, Outcome, Redemption};
use crate::redemption::LockKey;
use crate::store::events::{self, NewEvent};
use crate::store::rows::{self, Row, rows};
use crate::store::shoppers::bucket;
use crate::tx::Tx;
use crate::wallet::Coupon;
use crate::{Fault, Result};

rows! {
    struct UsedCoupon { bucket: i64, code: String, state: &'static str, lock: Uuid }
    struct NewRedemption {
        bucket: i64,
        id: Uuid,
        lock: Uuid,
        order_ref: String,
        shopper: String,
        payment: String,
        outcome: &'static str,
        reason: Option<String>,
        redeemed_at: i64,
        subtotal: i64,
        discount: i64,
        total: i64,
    }
    struct NewLine {
        bucket: i64,
        redemption: Uuid,
        line_no: i64,
        line: String,
        product: String,
        category: Option<String>,
        unit_price: i64,
        quantity: i64,
        discount: i64,
    }
    struct NewCoupon {
        bucket: i64,
        redemption: Uuid,
        position: i64,
        coupon_bucket: i64,
        code: String,
        template: Uuid,
        revision: i64,
        discount: i64,
        kept: i64,
    }
    struct NewShare { bucket: i64, redemption: Uuid, line_no: i64, position: i64, share: i64 }
}

/// Marks locks as paid, whose rows this transaction has locked.
pub(super) async fn mark(tx: &Tx, locks: &[&Lock], now: Time) -> Result<()> {
    const MARK: &str = "UPDATE locks SET state = 'redeemed', updated_at = $2 FROM {rows}
        WHERE {locks by bucket, id} AND locks.state <> 'redeemed'";
    let keys: Vec<_> = locks.iter().map(|lock| LockKey::from(lock.id)).collect();
    let mark = rows::statement(tx, MARK, &keys, [now.timestamp_micros().into()])?;
    if tx.execute_raw(mark).await?.rows_affected() != keys.len() as u64 {
        return Err(Fault::passing("a lock changed while it was being paid").into());
    }
    Ok(())
}

/// Has paid orders use up their coupons, which are as `find` tells of them. Answers false where one is
/// not so any more.
pub(super) async fn spend<'a>(
    tx: &Tx,
    locks: &[&Lock],
    find: impl Fn(Code) -> Option<&'a Coupon>,
    now: Time,
) -> Result<bool> {
    const USE: &str = "UPDATE coupons SET state = 'redeemed', lock = NULL, lock_order = NULL,
            locked_until = NULL
        FROM {rows} WHERE {coupons by bucket, code} AND coupons.state = rows.state AND (coupons.state <> 'locked' OR coupons.lock = rows.lock)";
    let (mut used, mut happened) = (Vec::new(), Vec::new());
    for lock in locks {
        let mut told = HashSet::new();
        for applied in &lock.quote.applied {
            let Some(coupon) = find(applied.code) else { return Ok(false) };
            used.push(UsedCoupon {
                bucket: bucket(&coupon.shopper),
                code: coupon.code.to_string(),
                state: coupon.state.as_str(),
                lock: lock.id.0,
            });
            // Two coupons of one template are one order in its funnel.
            let is_first = told.insert(applied.template);
            let turnover = if is_first { lock.quote.subtotal() } else { Money::ZERO };
            let event = NewEvent::new(Kind::Redeemed, coupon, State::Redeemed, now);
            happened.push(event.of(&lock.order, applied.discount).with_turnover(turnover));
        }
    }
    if used.is_empty() {
        return Ok(true);
    }
    let done = tx.execute_raw(rows::statement(tx, USE, &used, [])?).await?.rows_affected();
    events::append(tx, &happened).await?;
    Ok(done == used.len() as u64)
}

/// Writes redemptions with their split, to the cent.
pub(super) async fn insert(tx: &Tx, redemptions: &[&Redemption]) -> Result<()> {
    const REDEMPTIONS: &str = "INSERT INTO redemptions (bucket, id, lock, order_ref, shopper, payment,
            outcome, reason, redeemed_at, subtotal, discount, total)
        SELECT bucket, id, lock, order_ref, shopper, payment, outcome, reason, redeemed_at, subtotal,
            discount, total
        FROM {rows}";
    const LINES: &str = "INSERT INTO redemption_lines (bucket, redemption, line_no, line, product,
            category, unit_price, quantity, discount)
        SELECT bucket, redemption, line_no, line, product, category, unit_price, quantity, discount
        FROM {rows}";
    const COUPONS: &str = "INSERT INTO redemption_coupons (bucket, redemption, position,
            coupon_bucket, code, template, revision, discount, kept)
        SELECT bucket, redemption, position, coupon_bucket, code, template, revision, discount, kept
        FROM {rows}";
    const SHARES: &str =
        "INSERT INTO redemption_shares (bucket, redemption, line_no, position, share)
        SELECT bucket, redemption, line_no, position, share FROM {rows}";
    let all = || redemptions.iter().copied();
    put(tx, REDEMPTIONS, all().map(redemption).collect()).await?;
    put(tx, LINES, all().flat_map(lines).collect()).await?;
    put(tx, COUPONS, all().flat_map(coupons).collect()).await?;
    put(tx, SHARES, all().flat_map(shares).collect()).await
}

async fn put<T: Row>(tx: &Tx, text: &str, rows: Vec<T>) -> Result<()> {
    if !rows.is_empty() {
        tx.execute_raw(rows::statement(tx, text, &rows, [])?).await?;
    }
    Ok(())
}

fn redemption(redemption: &Redemption) -> NewRedemption {
    let quote = &redemption.quote;
    NewRedemption {
        bucket: home(redemption),
        id: redemption.id.0,
        lock: redemption.lock.0,
        order_ref: redemption.order.to_string(),
        shopper: redemption.shopper.to_string(),
        payment: redemption.payment.to_string(),
        outcome: match redemption.outcome {
            Outcome::Redeemed => "redeemed",
            Outcome::Exception => "exception",
        },
        reason: redemption.reason.clone(),
        redeemed_at: redemption.redeemed_at.timestamp_micros(),
        subtotal: quote.subtotal().units(),
        discount: quote.discount().units(),
        total: quote.total().units(),
    }
}

fn lines(redemption: &Redemption) -> impl Iterator<Item = NewLine> {
    let line = |(line_no, quoted): (usize, &QuotedLine)| NewLine {
        bucket: home(redemption),
        redemption: redemption.id.0,
        line_no: line_no as i64,
        line: quoted.line.id.to_string(),
        product: quoted.line.product.to_string(),
        category: quoted.line.category.as_ref().map(ToString::to_string),
        unit_price: quoted.line.unit_price.units(),
        quantity: i64::from(quoted.line.quantity),
        discount: quoted.discount.units(),
    };
    redemption.quote.lines.iter().enumerate().map(line)
}

fn coupons(redemption: &Redemption) -> impl Iterator<Item = NewCoupon> {
    let is_used = redemption.outcome == Outcome::Redeemed;
    let coupon = move |(position, applied): (usize, &Applied)| NewCoupon {
        bucket: home(redemption),
        redemption: redemption.id.0,
        position: position as i64,
        coupon_bucket: i64::from(applied.code.bucket().number()),
        code: applied.code.to_string(),
        template: applied.template.0,
        revision: i64::from(applied.revision),
        discount: applied.discount.units(),
        kept: if is_used { applied.discount.units() } else { 0 },
    };
    redemption.quote.applied.iter().enumerate().map(coupon)
}

/// Only what is above zero.
fn shares(redemption: &Redemption) -> impl Iterator<Item = NewShare> {
    let (home, id) = (home(redemption), redemption.id.0);
    let shares = move |(position, applied): (usize, &Applied)| {
        let share = move |(line_no, share): (usize, &Money)| NewShare {
            bucket: home,
            redemption: id,
            line_no: line_no as i64,
            position: position as i64,
            share: share.units(),
        };
        let above_zero = |(_, share): &(usize, &Money)| !share.is_zero();
        applied.shares.iter().enumerate().filter(above_zero).map(share).collect::<Vec<_>>()
    };
    redemption.quote.applied.iter().enumerate().flat_map(shares)
}

fn home(redemption: &Redemption) -> i64 {
    i64::from(redemption.id.bucket().number())
}
