//! Payments in time of many orders in one transaction.

use std::collections::{HashMap, HashSet};

use domain::actor::Till;
use domain::lock::LockState;
use domain::{Code, LockId, PaymentRef, Time};
use sea_orm::{ConnectionTrait, EntityTrait};

use super::{Answer, Lock, Outcome, Redemption, is_free, new_redemption, writing};
use crate::desk::Desk;
use crate::entity::lock;
use crate::idempotency::Once;
use crate::redemption::together::{Batched, Outcomes, made};
use crate::redemption::{BudgetMoves, LockKey, fill_lock, skip_locked};
use crate::store::coupons::coupons_for_update;
use crate::store::rows::{self, rows};
use crate::store::shoppers::{Record, count_orders};
use crate::tx::Tx;
use crate::wallet::Coupon;
use crate::{Engine, Result};

/// A payment that was told of.
pub(crate) struct Told {
    pub(super) till: Till,
    pub(super) lock: LockId,
    pub(super) payment: PaymentRef,
    pub(super) once: Option<Once<(Redemption, Answer)>>,
}

impl Batched for Told {
    type Outcome = (Redemption, Answer);

    fn desk(engine: &Engine) -> &Desk<Self> {
        &engine.0.payments
    }

    fn once(&self) -> Option<&Once<(Redemption, Answer)>> {
        self.once.as_ref()
    }

    async fn settle(
        engine: &Engine,
        tx: &Tx,
        told: &[&Self],
    ) -> Result<Option<Outcomes<(Redemption, Answer)>>> {
        let now = engine.now();
        let found = Found::read(engine, tx, told, now).await?;
        let pay = |told: &&Self| {
            let lock =
                found.locks.get(&told.lock).filter(|lock| told.till.serves(&lock.shopper))?;
            let paid = new_redemption(lock, &told.payment, Outcome::Redeemed, None, now);
            Some(Ok((paid, Answer::Made)))
        };
        let mut taken = HashSet::new();
        let pay_once = |told: &&Self| taken.insert(told.lock).then(|| pay(told)).flatten();
        let outcomes: Outcomes<_> = told.iter().map(pay_once).collect();
        Ok(found.write(tx, &outcomes, now).await?.then_some(outcomes))
    }
}

rows! {
    struct OrderKey { bucket: i64, order_ref: String }
}

/// What the payments of a batch are told of.
struct Found {
    /// Locks in time that have all their coupons and nothing else to be settled, one of each shopper;
    /// their rows are ours.
    locks: HashMap<LockId, Lock>,
    coupons: HashMap<Code, Coupon>,
}

impl Found {
    async fn read(engine: &Engine, tx: &Tx, told: &[&Told], now: Time) -> Result<Self> {
        let mut locks = locks(tx, told).await?;
        let mut shoppers = HashSet::new();
        locks.retain(|lock| {
            lock.state_at(now) == LockState::Active && shoppers.insert(lock.shopper.clone())
        });
        let waiting = waiting(tx, &locks).await?;
        locks.retain(|lock| !waiting.contains(lock.order.as_str()));
        let all: Vec<Code> = locks.iter().flat_map(codes).collect();
        let coupons = coupons_for_update(engine, tx, &all).await?;
        let coupons: HashMap<Code, Coupon> =
            coupons.into_iter().map(|coupon| (coupon.code, coupon)).collect();
        locks.retain(|lock| {
            let is_held = |code| coupons.get(&code).is_some_and(|it| is_free(it, lock, true));
            codes(lock).all(is_held)
        });
        let locks = locks.into_iter().map(|lock| (lock.id, lock)).collect();
        Ok(Self { locks, coupons })
    }

    /// Answers false where a coupon is not as it was.
    async fn write(
        &self,
        tx: &Tx,
        outcomes: &Outcomes<(Redemption, Answer)>,
        now: Time,
    ) -> Result<bool> {
        let redemptions: Vec<&Redemption> = made(outcomes).map(|(paid, _)| paid).collect();
        let lock = |paid: &&Redemption| self.locks.get(&paid.lock);
        let locks: Vec<&Lock> = redemptions.iter().filter_map(lock).collect();
        if locks.is_empty() {
            return Ok(true);
        }
        writing::mark(tx, &locks, now).await?;
        writing::insert(tx, &redemptions).await?;
        let paid = locks.iter().map(|lock| (&lock.shopper, &lock.order));
        count_orders(tx, paid, Record::Redemption, now).await?;
        if !writing::spend(tx, &locks, |code| self.coupons.get(&code), now).await? {
            return Ok(false);
        }
        let mut budgets = BudgetMoves::default();
        locks.iter().for_each(|lock| budgets.spend_for(lock, true));
        budgets.write(tx).await
    }
}

/// The locks that payments are told of, but for those that others are at.
async fn locks(tx: &Tx, told: &[&Told]) -> Result<Vec<Lock>> {
    const READ: &str = "SELECT locks.* FROM {rows}
        JOIN locks ON {locks by bucket, id}";
    let keys: Vec<_> = told.iter().map(|told| LockKey::from(told.lock)).collect();
    let read = READ.to_owned() + skip_locked(tx);
    let read = rows::statement(tx, &read, &keys, [])?;
    let models = lock::Entity::find().from_raw_sql(read).all(tx).await?;
    models.into_iter().map(fill_lock).collect()
}

/// Of the locks' orders those that callbacks wait for.
async fn waiting(tx: &Tx, locks: &[Lock]) -> Result<HashSet<String>> {
    const READ: &str = "SELECT callbacks.order_ref FROM {rows}
            {callbacks: callbacks.bucket = rows.bucket AND callbacks.order_ref = rows.order_ref}
        WHERE callbacks.state = 'waiting'";
    let key = |lock: &Lock| OrderKey {
        bucket: i64::from(lock.order.bucket().number()),
        order_ref: lock.order.to_string(),
    };
    let keys: Vec<OrderKey> = locks.iter().map(key).collect();
    let found = tx.query_all_raw(rows::statement(tx, READ, &keys, [])?).await?;
    found.iter().map(|row| Ok(row.try_get_by(0)?)).collect()
}

fn codes(lock: &Lock) -> impl Iterator<Item = Code> {
    lock.quote.applied.iter().map(|applied| applied.code)
}
