//! The order is paid: the lock becomes a use. A paid order never fails for a coupon's sake.

use std::collections::HashSet;

use domain::actor::{Shopper, Till};
use domain::coupon::{Kind, State};
use domain::lock::LockState;
use domain::quote::{Applied, QuotedLine};
use domain::{Code, LockId, Money, PaymentRef, RedemptionId, Refusal, Time};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::callbacks::settle;
use super::ending::{end_locks, lapse_overdue};
use super::locking::try_to_lock;
use super::{
    Answer, Ask, BudgetMoves, Lock, Outcome, Redemption, lock_by_id, lock_of, redemption_of,
    returns_of,
};
use crate::idempotency::Once;
use crate::store::coupons::coupons_for_update;
use crate::store::events::{self, NewEvent};
use crate::store::exceptions;
use crate::store::rows::{self, rows};
use crate::store::shoppers::{Record, bucket, count_order};
use crate::store::templates::{hold_budgets, load_templates};
use crate::store::{fresh_id_in, sql};
use crate::tx::Tx;
use crate::wallet::{Coupon, Memory};
use crate::{Engine, Error, Fault, Result};

rows! {
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

/// The order of a lock is paid. The same payment again gets the same answer; another one on a
/// redeemed lock is `state_conflict`. A payment that comes after the lock ended takes its
/// coupons again where they are free, and is an [`Outcome::Exception`] where they are not.
pub async fn redeem(
    engine: &Engine,
    till: &Till,
    lock: LockId,
    payment: &PaymentRef,
) -> Result<(Redemption, Answer)> {
    redeem_keyed(engine, till, lock, payment, None).await
}

/// The same under the caller's idempotency key.
pub async fn redeem_keyed(
    engine: &Engine,
    till: &Till,
    lock: LockId,
    payment: &PaymentRef,
    once: Option<&Once<(Redemption, Answer)>>,
) -> Result<(Redemption, Answer)> {
    engine
        .transact(once, |tx| async move {
            let found = lock_by_id(&*tx, lock, true).await?;
            let found = found.filter(|lock| till.serves(&lock.shopper)).ok_or(Error::Missing)?;
            redeem_and_settle(engine, &tx, found, payment).await
        })
        .await
}

/// Quote, lock and redeem at once, for shops without a payment step.
pub async fn redeem_at_once(
    engine: &Engine,
    shopper: &Shopper,
    ask: &Ask,
    payment: &PaymentRef,
) -> Result<(Redemption, Answer)> {
    redeem_at_once_keyed(engine, shopper, ask, payment, None).await
}

/// The same under the caller's idempotency key.
pub async fn redeem_at_once_keyed(
    engine: &Engine,
    shopper: &Shopper,
    ask: &Ask,
    payment: &PaymentRef,
    once: Option<&Once<(Redemption, Answer)>>,
) -> Result<(Redemption, Answer)> {
    let memory = &Memory::current(engine).await?;
    engine
        .transact(once, |tx| async move {
            try_at_once(engine, &tx, shopper, ask, payment, memory).await
        })
        .await
}

async fn try_at_once(
    engine: &Engine,
    tx: &Tx,
    shopper: &Shopper,
    ask: &Ask,
    payment: &PaymentRef,
    memory: &Memory,
) -> Result<Option<(Redemption, Answer)>> {
    let known = lock_of(tx, &ask.order, true).await?;
    let is_paid = |lock: &Lock| lock.state == LockState::Redeemed && lock.shopper == shopper.id;
    let lock = match known.filter(is_paid) {
        Some(lock) => Some(lock),
        None => {
            let length = engine.settings().lock_length();
            let locked = try_to_lock(engine, tx, shopper, ask, length, memory).await?;
            locked.map(|(lock, _)| lock)
        }
    };
    match lock {
        Some(lock) => redeem_and_settle(engine, tx, lock, payment).await,
        None => Ok(None),
    }
}

/// The order is paid, and refunds of it that came before their payment are done.
async fn redeem_and_settle(
    engine: &Engine,
    tx: &Tx,
    lock: Lock,
    payment: &PaymentRef,
) -> Result<Option<(Redemption, Answer)>> {
    let Some((mut redemption, answer)) = try_to_redeem(engine, tx, lock, payment).await? else {
        return Ok(None);
    };
    if answer == Answer::Made {
        match settle(engine, tx, &redemption.order).await? {
            None => return Ok(None),
            Some(0) => {}
            Some(_) => redemption.returns = returns_of(tx, redemption.id).await?,
        }
    }
    Ok(Some((redemption, answer)))
}

/// `None` where a coupon was taken between reading and writing.
pub(super) async fn try_to_redeem(
    engine: &Engine,
    tx: &Tx,
    lock: Lock,
    payment: &PaymentRef,
) -> Result<Option<(Redemption, Answer)>> {
    let now = engine.now();
    if lock.state == LockState::Redeemed {
        let paid = redemption_of(tx, &lock, false).await?;
        let redemption = paid.ok_or_else(|| Fault::new("a paid lock has no redemption"))?;
        if redemption.payment == *payment {
            return Ok(Some((redemption, Answer::Known)));
        }
        return Err(Refusal::StateConflict { state: "redeemed".into() }.into());
    }
    let mut budgets = BudgetMoves::default();
    let is_in_time = lock.state_at(now) == LockState::Active;
    if lock.state == LockState::Active && !is_in_time {
        end_locks(engine, tx, &[lock.id], Kind::Lapsed, now, &mut budgets).await?;
    }
    if !is_in_time {
        lapse_overdue(engine, tx, &lock.shopper, &lock.order, now, &mut budgets).await?;
    }
    let codes: Vec<Code> = lock.quote.applied.iter().map(|applied| applied.code).collect();
    let coupons = coupons_for_update(engine, tx, &codes).await?;
    let gone: Vec<&Coupon> =
        coupons.iter().filter(|coupon| !is_free(coupon, &lock, is_in_time)).collect();
    let is_gone =
        !gone.is_empty() || (!is_in_time && !has_budgets(engine, tx, &lock, &budgets).await?);
    let outcome = if is_gone { Outcome::Exception } else { Outcome::Redeemed };
    let redemption = Redemption {
        id: RedemptionId(fresh_id_in(lock.order.bucket(), now)),
        lock: lock.id,
        order: lock.order.clone(),
        shopper: lock.shopper.clone(),
        payment: payment.clone(),
        outcome,
        reason: is_gone.then(|| Refusal::LockLapsed.code().to_owned()),
        redeemed_at: now,
        quote: lock.quote.clone(),
        returns: Vec::new(),
    };
    mark_redeemed(tx, &lock, now).await?;
    write(tx, &redemption).await?;
    count_order(tx, &lock.shopper, &lock.order, Record::Redemption, now).await?;
    match outcome {
        Outcome::Exception => raise(tx, &redemption, &gone, now).await?,
        Outcome::Redeemed => {
            if !use_coupons(tx, &lock, &coupons, now).await? {
                return Ok(None);
            }
            for applied in &lock.quote.applied {
                if is_in_time {
                    budgets.free(applied.template, applied.discount);
                }
                budgets.spend(applied.template, applied.discount);
            }
        }
    }
    if !budgets.write(tx).await? {
        // Another order took the rest of a budget just now: read again and say so.
        return Ok(None);
    }
    Ok(Some((redemption, Answer::Made)))
}

/// Whether the budgets still bear what a late payment uses, lapsed locks being given back.
async fn has_budgets(engine: &Engine, tx: &Tx, lock: &Lock, budgets: &BudgetMoves) -> Result<bool> {
    let ids = lock.quote.applied.iter().map(|applied| applied.template);
    hold_budgets(tx, ids.clone()).await?;
    let templates = load_templates(engine, tx, ids, true).await?;
    let bears = |template: &crate::templates::Template| {
        let own = lock.quote.applied.iter().filter(|a| a.template == template.id);
        let used: Money = own.map(|applied| applied.discount).sum();
        let freeing = budgets.freeing(template.id);
        template.budget_left().is_none_or(|left| used <= left + freeing)
    };
    Ok(templates.values().all(bears))
}

/// Whether a coupon is still this lock's, or may be taken again by a late payment.
fn is_free(coupon: &Coupon, lock: &Lock, is_in_time: bool) -> bool {
    if is_in_time {
        let holder = coupon.lock.as_ref().map(|(id, ..)| *id);
        return coupon.state == State::Locked && holder == Some(lock.id);
    }
    matches!(coupon.state, State::Available | State::Expired)
}

async fn mark_redeemed(tx: &Tx, lock: &Lock, now: Time) -> Result<()> {
    const MARK: &str = "UPDATE locks SET state = 'redeemed', updated_at = $3
        WHERE bucket = $1 AND id = $2 AND state <> 'redeemed'";
    let home = i64::from(lock.id.bucket().number());
    let values = [home.into(), lock.id.0.into(), now.timestamp_micros().into()];
    if tx.execute_raw(sql(tx, MARK, values)).await?.rows_affected() != 1 {
        return Err(Fault::passing("a lock changed while it was being paid").into());
    }
    Ok(())
}

async fn use_coupons(tx: &Tx, lock: &Lock, coupons: &[Coupon], now: Time) -> Result<bool> {
    const USE: &str = "UPDATE coupons SET state = 'redeemed', lock = NULL, lock_order = NULL,
            locked_until = NULL
        WHERE bucket = $1 AND code = $2 AND state = $3 AND (state <> 'locked' OR lock = $4)";
    let mut happened = Vec::new();
    let mut told = HashSet::new();
    for (coupon, applied) in coupons.iter().zip(&lock.quote.applied) {
        let values = [
            bucket(&coupon.shopper).into(),
            coupon.code.as_str().into(),
            coupon.state.as_str().into(),
            lock.id.0.into(),
        ];
        if tx.execute_raw(sql(tx, USE, values)).await?.rows_affected() != 1 {
            return Ok(false);
        }
        let used = NewEvent::new(Kind::Redeemed, coupon, State::Redeemed, now)
            .of(&lock.order, applied.discount);
        // Two coupons of one template are one order in its funnel.
        let is_first = told.insert(applied.template);
        let turnover = if is_first { lock.quote.subtotal() } else { Money::ZERO };
        happened.push(used.with_turnover(turnover));
    }
    events::append(tx, &happened).await?;
    Ok(true)
}

async fn write(tx: &Tx, redemption: &Redemption) -> Result<()> {
    const INSERT: &str = "INSERT INTO redemptions (bucket, id, lock, order_ref, shopper, payment,
            outcome, reason, redeemed_at, subtotal, discount, total)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let home = i64::from(redemption.id.bucket().number());
    let quote = &redemption.quote;
    let outcome = match redemption.outcome {
        Outcome::Redeemed => "redeemed",
        Outcome::Exception => "exception",
    };
    let values = [
        home.into(),
        redemption.id.0.into(),
        redemption.lock.0.into(),
        redemption.order.as_str().into(),
        redemption.shopper.as_str().into(),
        redemption.payment.as_str().into(),
        outcome.into(),
        redemption.reason.clone().into(),
        redemption.redeemed_at.timestamp_micros().into(),
        quote.subtotal().units().into(),
        quote.discount().units().into(),
        quote.total().units().into(),
    ];
    tx.execute_raw(sql(tx, INSERT, values)).await?;
    write_split(tx, redemption, home).await
}

async fn write_split(tx: &Tx, redemption: &Redemption, home: i64) -> Result<()> {
    let id = redemption.id.0;
    let line = |(line_no, quoted): (usize, &QuotedLine)| NewLine {
        bucket: home,
        redemption: id,
        line_no: line_no as i64,
        line: quoted.line.id.to_string(),
        product: quoted.line.product.to_string(),
        category: quoted.line.category.as_ref().map(ToString::to_string),
        unit_price: quoted.line.unit_price.units(),
        quantity: i64::from(quoted.line.quantity),
        discount: quoted.discount.units(),
    };
    let coupon = |(position, applied): (usize, &Applied)| NewCoupon {
        bucket: home,
        redemption: id,
        position: position as i64,
        coupon_bucket: i64::from(applied.code.bucket().number()),
        code: applied.code.to_string(),
        template: applied.template.0,
        revision: i64::from(applied.revision),
        discount: applied.discount.units(),
        kept: if redemption.outcome == Outcome::Redeemed { applied.discount.units() } else { 0 },
    };
    let shares = |(position, applied): (usize, &Applied)| {
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
    let quote = &redemption.quote;
    let lines: Vec<_> = quote.lines.iter().enumerate().map(line).collect();
    tx.execute_raw(rows::statement(tx, LINES, &lines, [])?).await?;
    if !quote.applied.is_empty() {
        let coupons: Vec<_> = quote.applied.iter().enumerate().map(coupon).collect();
        tx.execute_raw(rows::statement(tx, COUPONS, &coupons, [])?).await?;
        let shares: Vec<_> = quote.applied.iter().enumerate().flat_map(shares).collect();
        tx.execute_raw(rows::statement(tx, SHARES, &shares, [])?).await?;
    }
    Ok(())
}

/// Puts a payment whose coupons were gone before ops.
async fn raise(tx: &Tx, redemption: &Redemption, gone: &[&Coupon], now: Time) -> Result<()> {
    let coupon = |coupon: &&Coupon| json!({ "code": coupon.code, "state": coupon.state });
    let cause = if gone.is_empty() { "budget_exhausted" } else { "coupon_gone" };
    let data = json!({
        "order": redemption.order,
        "shopper": redemption.shopper,
        "payment": redemption.payment,
        "discount": redemption.quote.discount(),
        "reason": redemption.reason,
        "cause": cause,
        "coupons": gone.iter().map(coupon).collect::<Vec<_>>(),
    });
    exceptions::raise(tx, "late_payment", &redemption.id.to_string(), &data, now).await?;
    Ok(())
}
