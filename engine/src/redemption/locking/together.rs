//! First locks of many orders in one transaction.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use domain::claim::Facts;
use domain::{Code, LockId, Money, Refusal, ShopperId, TemplateId, Time};
use sea_orm::ConnectionTrait;

use super::{Answer, Ask, BudgetMoves, Lock, accept, new_lock, writing};
use crate::desk::Desk;
use crate::idempotency::Once;
use crate::redemption::together::{Batched, Outcomes, made};
use crate::store::coupons::{coupons_for_update, usable_coupons_of};
use crate::store::events;
use crate::store::fresh_id_in;
use crate::store::rows::{self, rows};
use crate::store::shoppers::{ShopperKey, facts};
use crate::tx::Tx;
use crate::wallet::{Asker, Coupon, Memory, budgets_left, decide};
use crate::{Engine, Error, Fault, Result};

/// The most coupons times lines of a choice that is made among others.
const LONG: usize = 2_000;

/// An order that is to be locked.
pub(crate) struct Asked {
    pub(super) shopper: ShopperId,
    pub(super) ask: Ask,
    pub(super) length: TimeDelta,
    pub(super) memory: Memory,
    pub(super) once: Option<Once<(Lock, Answer)>>,
}

impl Batched for Asked {
    type Outcome = (Lock, Answer);

    fn desk(engine: &Engine) -> &Desk<Self> {
        &engine.0.locks
    }

    fn once(&self) -> Option<&Once<(Lock, Answer)>> {
        self.once.as_ref()
    }

    async fn settle(
        engine: &Engine,
        tx: &Tx,
        orders: &[&Self],
    ) -> Result<Option<Outcomes<(Lock, Answer)>>> {
        let now = engine.now();
        let plain = plain(tx, orders).await?;
        let asked = orders.iter().zip(&plain).filter(|(_, is_plain)| **is_plain);
        let asked: Vec<&Self> = asked.map(|(asked, _)| *asked).collect();
        let found = Found::read(engine, tx, &asked, now).await?;
        let lock = |(asked, is_plain): (&&Self, bool)| {
            (is_plain && found.is_plain(asked, now)).then(|| found.lock(engine, asked, now))
        };
        let mut outcomes: Outcomes<_> = orders.iter().zip(plain).map(lock).collect();
        leave_out_overdue(tx, orders, &mut outcomes, now).await?;
        Ok(found.write(tx, &outcomes, now).await?.then_some(outcomes))
    }
}

rows! {
    struct OrderKey { bucket: i64, order_ref: String }
}

/// Which orders have no lock yet; one of each shopper.
async fn plain(tx: &Tx, orders: &[&Asked]) -> Result<Vec<bool>> {
    const LOCKED: &str = "SELECT rows.order_ref FROM {rows}
        {locks: locks.bucket = rows.bucket AND locks.order_ref = rows.order_ref}";
    let key = |asked: &&Asked| OrderKey {
        bucket: i64::from(asked.ask.order.bucket().number()),
        order_ref: asked.ask.order.to_string(),
    };
    let keys: Vec<OrderKey> = orders.iter().map(key).collect();
    let locked = tx.query_all_raw(rows::statement(tx, LOCKED, &keys, [])?).await?;
    let locked: Result<HashSet<String>, _> = locked.iter().map(|row| row.try_get_by(0)).collect();
    let (locked, mut shoppers) = (locked?, HashSet::new());
    let plain = |asked: &&Asked| {
        !locked.contains(asked.ask.order.as_str()) && shoppers.insert(asked.shopper.clone())
    };
    Ok(orders.iter().map(plain).collect())
}

/// Leaves out those whose budget has nothing left while another order has had a coupon of theirs for too
/// long: alone, that one gives back first what it holds. Nobody else's wallet is looked through.
async fn leave_out_overdue(
    tx: &Tx,
    orders: &[&Asked],
    outcomes: &mut [Option<Result<(Lock, Answer)>>],
    now: Time,
) -> Result<()> {
    const OVERDUE: &str = "SELECT rows.shopper FROM {rows}
            {coupons: coupons.bucket = rows.bucket AND coupons.shopper = rows.shopper}
        WHERE coupons.lock IS NOT NULL AND coupons.locked_until <= $2";
    let both = orders.iter().zip(outcomes.iter());
    let refused = both.filter(|(_, outcome)| lacks_budget(outcome.as_ref()));
    let keys: Vec<ShopperKey> =
        refused.map(|(asked, _)| ShopperKey::from(&asked.shopper)).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let overdue = rows::statement(tx, OVERDUE, &keys, [now.timestamp_micros().into()])?;
    let overdue = tx.query_all_raw(overdue).await?;
    let overdue: Result<HashSet<String>, _> = overdue.iter().map(|row| row.try_get_by(0)).collect();
    let overdue = overdue?;
    for (asked, outcome) in orders.iter().zip(outcomes) {
        if lacks_budget(outcome.as_ref()) && overdue.contains(asked.shopper.as_str()) {
            *outcome = None;
        }
    }
    Ok(())
}

fn lacks_budget(outcome: Option<&Result<(Lock, Answer)>>) -> bool {
    match outcome {
        Some(Err(Error::CouponRefused(refused))) => refused.refusal == Refusal::BudgetExhausted,
        _ => false,
    }
}

/// What bears on the orders of a batch.
struct Found {
    facts: HashMap<ShopperId, Facts>,
    coupons: HashMap<Code, Coupon>,
    /// Of those who leave the choice to us.
    wallets: HashMap<ShopperId, Vec<Code>>,
    budgets_left: HashMap<TemplateId, Money>,
}

impl Found {
    async fn read(engine: &Engine, tx: &Tx, orders: &[&Asked], now: Time) -> Result<Self> {
        let facts = facts(tx, orders.iter().map(|asked| asked.shopper.clone())).await?;
        let named: HashSet<Code> = orders
            .iter()
            .filter_map(|asked| asked.ask.coupons.as_ref())
            .flatten()
            .copied()
            .collect();
        let named: Vec<Code> = named.into_iter().collect();
        let mut coupons = coupons_for_update(engine, tx, &named).await?;
        let choosing = orders.iter().filter(|asked| asked.ask.coupons.is_none());
        let mut wallets: HashMap<ShopperId, Vec<Code>> = HashMap::new();
        let shoppers: Vec<&ShopperId> = choosing.map(|asked| &asked.shopper).collect();
        if !shoppers.is_empty() {
            for coupon in usable_coupons_of(engine, tx, &shoppers, now).await? {
                wallets.entry(coupon.shopper.clone()).or_default().push(coupon.code);
                coupons.push(coupon);
            }
        }
        let budgets_left = match orders.first() {
            Some(asked) => budgets_left(engine, tx, &coupons, &asked.memory.templates).await?,
            None => HashMap::new(),
        };
        let coupons = coupons.into_iter().map(|coupon| (coupon.code, coupon)).collect();
        Ok(Self { facts, coupons, wallets, budgets_left })
    }

    /// Whether an order may be decided on beside others: none of its coupons has to be taken first from
    /// another order that has had it for too long, and the choice is soon made.
    fn is_plain(&self, asked: &Asked, now: Time) -> bool {
        let is_overdue = |code: &Code| {
            let coupon = self.coupons.get(code).filter(|coupon| coupon.shopper == asked.shopper);
            let lock = coupon.and_then(|coupon| coupon.lock.as_ref());
            lock.is_some_and(|(.., until)| *until <= now)
        };
        !self.is_long(asked) && !self.codes(asked).any(is_overdue)
    }

    /// The coupons that an order names or chooses among.
    fn codes<'a>(&'a self, asked: &'a Asked) -> impl Iterator<Item = &'a Code> {
        let wallet = || self.wallets.get(&asked.shopper);
        asked.ask.coupons.as_ref().or_else(wallet).into_iter().flatten()
    }

    /// Whether a choice takes so long that it is not to keep others waiting.
    fn is_long(&self, asked: &Asked) -> bool {
        let held = self.wallets.get(&asked.shopper).map_or(0, Vec::len);
        held * asked.ask.cart.lines().len() > LONG
    }

    /// The lock of an order, as far as the rules let it have one.
    fn lock(&self, engine: &Engine, asked: &Asked, now: Time) -> Result<(Lock, Answer)> {
        let Asked { shopper, ask, length, memory, .. } = asked;
        let facts = self.facts.get(shopper).cloned();
        let facts = facts.ok_or_else(|| Fault::new("a shopper has no facts"))?;
        let asker = Asker { facts, memory, order: Some(&ask.order), now };
        let found = self.codes(asked).filter_map(|code| self.coupons.get(code));
        let named = ask.coupons.as_deref();
        let quote = decide(engine, &asker, &ask.cart, named, found, &self.budgets_left)?;
        accept(ask, &quote)?;
        let id = LockId(fresh_id_in(ask.order.bucket(), now));
        Ok((new_lock(id, ask, shopper, now + *length, quote), Answer::Made))
    }

    /// Answers false where an order was locked or a coupon taken since, or all of them together pass a
    /// budget: alone, each is told which.
    async fn write(&self, tx: &Tx, outcomes: &Outcomes<(Lock, Answer)>, now: Time) -> Result<bool> {
        let locks: Vec<&Lock> = made(outcomes).map(|(lock, _)| lock).collect();
        if locks.is_empty() {
            return Ok(true);
        }
        if !writing::insert(tx, &locks, now).await? || !writing::take(tx, &locks).await? {
            return Ok(false);
        }
        writing::name(tx, &locks).await?;
        let taken = |lock: &&Lock| writing::taken(lock, |code| self.coupons.get(&code), now);
        let taken: Vec<_> = locks.iter().flat_map(taken).collect();
        events::append(tx, &taken).await?;
        let mut budgets = BudgetMoves::default();
        locks.iter().for_each(|lock| budgets.reserve_for(lock));
        budgets.write(tx).await
    }
}
