//! Reserving coupons for an order.

mod together;
mod writing;

use std::collections::HashMap;
use std::slice;

use chrono::TimeDelta;
use domain::actor::Shopper;
use domain::cart::Cart;
use domain::coupon::Kind;
use domain::lock::LockState;
use domain::quote::Quote;
use domain::{Code, LockId, Money, OrderRef, Problem, Refusal, ShopperId, TemplateId, Time};
use sea_orm::ConnectionTrait;

use super::ending::{end_locks, lapse_overdue, unlock};
use super::{Answer, BudgetMoves, Lock, coupons_of, lock_of};
use crate::desk::submit;
use crate::entity::lock_coupon;
use crate::idempotency::Once;
use crate::issuance::tickets::catch_up;
use crate::store::events::{self, NewEvent};
use crate::store::shoppers::facts_of;
use crate::store::{fresh_id_in, sql};
use crate::tx::Tx;
use crate::wallet::{Asker, Memory, quote_in};
use crate::{Engine, Error, Result, alerts};

pub(crate) use together::Asked;

/// What an order system asks to lock.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The order; locking again replaces its own lock.
    pub order: OrderRef,
    /// What is bought.
    pub cart: Cart,
    /// The coupons to lock, all or none of them; without, the best choice from the wallet.
    pub coupons: Option<Vec<Code>>,
    /// For how long, up to 24 hours; without, the deployment's default.
    pub length: Option<TimeDelta>,
    /// The discount the shopper was shown; another one is refused `amount_mismatch`.
    pub expected_discount: Option<Money>,
}

/// The longest a lock may last.
const LONGEST: TimeDelta = TimeDelta::hours(24);

/// Locks coupons for an order of the shopper's. Validity is judged here; a quote made before
/// may be stale. Answers [`Answer::Known`] where the order had a lock, which keeps its id.
pub async fn lock(engine: &Engine, shopper: &Shopper, ask: &Ask) -> Result<(Lock, Answer)> {
    lock_keyed(engine, shopper, ask, None).await
}

/// The same under the caller's idempotency key.
pub async fn lock_keyed(
    engine: &Engine,
    shopper: &Shopper,
    ask: &Ask,
    once: Option<&Once<(Lock, Answer)>>,
) -> Result<(Lock, Answer)> {
    let locked = lock_once(engine, shopper, ask, once).await;
    if let Err(Error::CouponRefused(refused)) = &locked {
        alerts::tried(engine, refused.code);
    }
    locked
}

async fn lock_once(
    engine: &Engine,
    shopper: &Shopper,
    ask: &Ask,
    once: Option<&Once<(Lock, Answer)>>,
) -> Result<(Lock, Answer)> {
    let length = ask.length.unwrap_or_else(|| engine.settings().lock_length());
    if length <= TimeDelta::zero() || length > LONGEST {
        let max = LONGEST.num_seconds().unsigned_abs();
        let problem = Problem::OutOfRange { min: 1, max };
        return Err(Refusal::invalid("ttl_seconds", problem).into());
    }
    catch_up(engine, slice::from_ref(&shopper.id)).await;
    let memory = Memory::current(engine).await?;
    let asked = Asked {
        shopper: shopper.id.clone(),
        ask: ask.clone(),
        length,
        memory: memory.clone(),
        once: once.cloned(),
    };
    if let Some(outcome) = submit(engine, asked).await? {
        return outcome;
    }
    let memory = &memory;
    engine
        .transact(
            once,
            |tx| async move { try_to_lock(engine, &tx, shopper, ask, length, memory).await },
        )
        .await
}

/// `None` where a coupon, or the rest of a budget, was taken between reading and writing.
pub(super) async fn try_to_lock(
    engine: &Engine,
    tx: &Tx,
    shopper: &Shopper,
    ask: &Ask,
    length: TimeDelta,
    memory: &Memory,
) -> Result<Option<(Lock, Answer)>> {
    let now = engine.now();
    let mut budgets = BudgetMoves::default();
    let mut known = lock_of(tx, &ask.order, true).await?;
    if let Some(lock) = &mut known {
        if lock.shopper != shopper.id || lock.state == LockState::Redeemed {
            let state = lock.state_at(now).as_str().to_owned();
            return Err(Refusal::StateConflict { state }.into());
        }
        if lock.state == LockState::Active && lock.state_at(now) == LockState::Lapsed {
            end_locks(engine, tx, &[lock.id], Kind::Lapsed, now, &mut budgets).await?;
            lock.state = LockState::Lapsed;
        }
    }
    lapse_overdue(engine, tx, &shopper.id, &ask.order, now, &mut budgets).await?;
    let before = match &known {
        Some(lock) if lock.state == LockState::Active => coupons_of(tx, lock.id).await?,
        _ => Vec::new(),
    };
    let own = own_budgets(&before, &budgets);
    let facts = facts_of(tx, &shopper.id).await?;
    let asker = Asker { facts, memory, order: Some(&ask.order), now };
    let (quote, found) =
        quote_in(engine, tx, &asker, &ask.cart, ask.coupons.as_deref(), &own).await?;
    accept(ask, &quote)?;
    let answer = if known.is_some() { Answer::Known } else { Answer::Made };
    let id = known.map_or_else(|| LockId(fresh_id_in(ask.order.bucket(), now)), |lock| lock.id);
    let lock = new_lock(id, ask, &shopper.id, now + length, quote);
    let is_ours = match answer {
        Answer::Made => writing::insert(tx, &[&lock], now).await?,
        Answer::Known => replace(tx, &lock, now).await?,
    };
    if !is_ours {
        return Ok(None);
    }
    let applied = &lock.quote.applied;
    let is_kept =
        |named: &lock_coupon::Model| applied.iter().any(|a| a.code.as_str() == named.code);
    let (stay, go): (Vec<_>, Vec<_>) = before.into_iter().partition(is_kept);
    unlock(engine, tx, &go, Kind::Released, now, &mut budgets).await?;
    for named in &stay {
        budgets.free(TemplateId(named.template), Money::minor(named.discount));
    }
    budgets.reserve_for(&lock);
    if !writing::take(tx, &[&lock]).await? {
        return Ok(None);
    }
    writing::name(tx, &[&lock]).await?;
    // A lock replaced with the same coupon counts once.
    let is_new = |event: &NewEvent| stay.iter().all(|named| named.code != event.coupon);
    let find = |code| found.iter().find(|coupon| coupon.code == code);
    let taken = writing::taken(&lock, find, now).into_iter().filter(is_new);
    events::append(tx, &taken.collect::<Vec<_>>()).await?;
    if !budgets.write(tx).await? {
        // Read again: one that is named is refused by name, and a choice goes on without it.
        return Ok(None);
    }
    Ok(Some((lock, answer)))
}

fn new_lock(id: LockId, ask: &Ask, shopper: &ShopperId, until: Time, quote: Quote) -> Lock {
    let (order, shopper) = (ask.order.clone(), shopper.clone());
    Lock { id, order, shopper, state: LockState::Active, until, quote }
}

/// What the order gives back of budgets before it takes: by its present lock, and by locks of
/// the shopper whose time has run out.
fn own_budgets(before: &[lock_coupon::Model], budgets: &BudgetMoves) -> HashMap<TemplateId, Money> {
    let lapsed = budgets.0.keys().map(|template| (*template, budgets.freeing(*template)));
    let mut own: HashMap<TemplateId, Money> = lapsed.collect();
    for named in before {
        *own.entry(TemplateId(named.template)).or_default() += Money::minor(named.discount);
    }
    own
}

/// A lock with named coupons is all or nothing, and the discount is the one that was shown.
fn accept(ask: &Ask, quote: &Quote) -> Result<()> {
    if ask.coupons.is_some()
        && let Some(refused) = quote.refused.first()
    {
        return Err(Error::CouponRefused(refused.clone()));
    }
    match ask.expected_discount {
        Some(shown) if shown != quote.discount() => {
            Err(Refusal::AmountMismatch { expected: quote.discount() }.into())
        }
        _ => Ok(()),
    }
}

/// Writes the lock of an order that has one already over it, and clears what it named.
async fn replace(tx: &Tx, lock: &Lock, now: Time) -> Result<bool> {
    const REPLACE: &str = "UPDATE locks SET state = 'active', until = $5, quote = $6,
            subtotal = $7, discount = $8, updated_at = $9
        WHERE bucket = $1 AND id = $2 AND order_ref = $3 AND shopper = $4";
    const CLEAR: &str = "DELETE FROM lock_coupons WHERE bucket = $1 AND lock = $2";
    let Lock { id, order, shopper, until, quote, .. } = lock;
    let home = i64::from(id.bucket().number());
    let values = [
        home.into(),
        id.0.into(),
        order.as_str().into(),
        shopper.as_str().into(),
        until.timestamp_micros().into(),
        serde_json::to_string(quote)?.into(),
        quote.subtotal().units().into(),
        quote.discount().units().into(),
        now.timestamp_micros().into(),
    ];
    let replaced = tx.execute_raw(sql(tx, REPLACE, values)).await?.rows_affected();
    tx.execute_raw(sql(tx, CLEAR, [home.into(), id.0.into()])).await?;
    Ok(replaced == 1)
}
