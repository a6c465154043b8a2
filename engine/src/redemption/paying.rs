//! The order is paid: the lock becomes a use. A paid order never fails for a coupon's sake.

mod together;
mod writing;

use std::slice;

use domain::actor::{Shopper, Till};
use domain::coupon::{Kind, State};
use domain::lock::LockState;
use domain::{Code, LockId, Money, PaymentRef, RedemptionId, Refusal, Time};
use serde_json::json;

use super::callbacks::settle;
use super::ending::{end_locks, lapse_overdue};
use super::locking::try_to_lock;
use super::{
    Answer, Ask, BudgetMoves, Lock, Outcome, Redemption, lock_by_id, lock_of, redemption_of,
    returns_of,
};
use crate::desk::submit;
use crate::idempotency::Once;
use crate::issuance::tickets::catch_up;
use crate::store::coupons::coupons_for_update;
use crate::store::exceptions;
use crate::store::fresh_id_in;
use crate::store::shoppers::{Record, count_orders};
use crate::store::templates::{hold_budgets, load_templates};
use crate::tx::Tx;
use crate::wallet::{Coupon, Memory};
use crate::{Engine, Error, Fault, Result};

pub(crate) use together::Told;

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
    let told = Told { till: till.clone(), lock, payment: payment.clone(), once: once.cloned() };
    if let Some(outcome) = submit(engine, told).await? {
        return outcome;
    }
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
    catch_up(engine, slice::from_ref(&shopper.id)).await;
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
    let reason = is_gone.then(|| Refusal::LockLapsed.code().to_owned());
    let redemption = new_redemption(&lock, payment, outcome, reason, now);
    writing::mark(tx, &[&lock], now).await?;
    writing::insert(tx, &[&redemption]).await?;
    let paid = [(&lock.shopper, &lock.order)];
    count_orders(tx, paid, Record::Redemption, now).await?;
    match outcome {
        Outcome::Exception => raise(tx, &redemption, &gone, now).await?,
        Outcome::Redeemed => {
            let find = |code| coupons.iter().find(|coupon| coupon.code == code);
            if !writing::spend(tx, &[&lock], find, now).await? {
                return Ok(None);
            }
            budgets.spend_for(&lock, is_in_time);
        }
    }
    if !budgets.write(tx).await? {
        // Another order took the rest of a budget just now: read again and say so.
        return Ok(None);
    }
    Ok(Some((redemption, Answer::Made)))
}

fn new_redemption(
    lock: &Lock,
    payment: &PaymentRef,
    outcome: Outcome,
    reason: Option<String>,
    now: Time,
) -> Redemption {
    Redemption {
        id: RedemptionId(fresh_id_in(lock.order.bucket(), now)),
        lock: lock.id,
        order: lock.order.clone(),
        shopper: lock.shopper.clone(),
        payment: payment.clone(),
        outcome,
        reason,
        redeemed_at: now,
        quote: lock.quote.clone(),
        returns: Vec::new(),
    }
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
