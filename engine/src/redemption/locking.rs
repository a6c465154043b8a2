//! Reserving coupons for an order.

use std::collections::HashMap;

use chrono::TimeDelta;
use domain::actor::Shopper;
use domain::cart::Cart;
use domain::coupon::{Kind, State};
use domain::lock::LockState;
use domain::quote::{Applied, Quote};
use domain::{Code, LockId, Money, OrderRef, Problem, Refusal, TemplateId, Time};
use sea_orm::ConnectionTrait;

use super::ending::{end_locks, lapse_overdue, unlock};
use super::{Answer, BudgetMoves, Lock, coupons_of, lock_of};
use crate::entity::lock_coupon;
use crate::idempotency::Once;
use crate::store::coupons::read_coupons;
use crate::store::events::{self, NewEvent};
use crate::store::rows::{self, rows};
use crate::store::shoppers::facts_of;
use crate::store::{fresh_id_in, sql};
use crate::tx::Tx;
use crate::wallet::{Asker, Coupon, Memory, quote_in};
use crate::{Engine, Error, Result};

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

rows! {
    struct NewLockCoupon {
        bucket: i64,
        lock: uuid::Uuid,
        position: i64,
        coupon_bucket: i64,
        code: String,
        template: uuid::Uuid,
        revision: i64,
        discount: i64,
    }
}

/// Everything one try to lock is made with.
struct Locking<'a> {
    engine: &'a Engine,
    tx: &'a Tx,
    now: Time,
    lock: Lock,
    /// The coupons the order held until now.
    before: Vec<lock_coupon::Model>,
}

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
    let memory = &Memory::current(engine).await?;
    let length = ask.length.unwrap_or_else(|| engine.settings().lock_length());
    if length <= TimeDelta::zero() || length > LONGEST {
        let max = LONGEST.num_seconds().unsigned_abs();
        let problem = Problem::OutOfRange { min: 1, max };
        return Err(Refusal::invalid("ttl_seconds", problem).into());
    }
    engine
        .transact(
            once,
            |tx| async move { try_to_lock(engine, &tx, shopper, ask, length, memory).await },
        )
        .await
}

/// `None` where a coupon was taken between reading and writing.
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
    let quote = quote_in(engine, tx, &asker, &ask.cart, ask.coupons.as_deref(), &own).await?;
    accept(ask, &quote)?;
    let answer = if known.is_some() { Answer::Known } else { Answer::Made };
    let id = known.as_ref().map(|lock| lock.id);
    let lock = Lock {
        id: id.unwrap_or_else(|| LockId(fresh_id_in(ask.order.bucket(), now))),
        order: ask.order.clone(),
        shopper: shopper.id.clone(),
        state: LockState::Active,
        until: now + length,
        quote,
    };
    let locking = Locking { engine, tx, now, lock, before };
    if !locking.write(answer, &mut budgets).await? {
        return Ok(None);
    }
    if !budgets.write(tx).await? {
        return Err(Refusal::BudgetExhausted.into());
    }
    Ok(Some((locking.lock, answer)))
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

impl Locking<'_> {
    /// Answers false where a coupon is no longer free, or the order was locked just now.
    async fn write(&self, answer: Answer, budgets: &mut BudgetMoves) -> Result<bool> {
        if !self.write_lock(answer).await? {
            return Ok(false);
        }
        let applied = &self.lock.quote.applied;
        let kept =
            |named: &lock_coupon::Model| applied.iter().any(|a| a.code.as_str() == named.code);
        let (stay, go): (Vec<_>, Vec<_>) = self.before.iter().cloned().partition(kept);
        unlock(self.engine, self.tx, &go, Kind::Released, self.now, budgets).await?;
        for named in &stay {
            budgets.free(TemplateId(named.template), Money::minor(named.discount));
        }
        for applied in applied {
            budgets.reserve(applied.template, applied.discount);
        }
        let Some(coupons) = self.take_coupons().await? else { return Ok(false) };
        self.write_coupons(answer).await?;
        let is_new = |applied: &Applied| stay.iter().all(|n| n.code != applied.code.as_str());
        self.record(&coupons, is_new).await?;
        Ok(true)
    }

    /// Of two first locks of one order the later finds the other's row and looks again.
    async fn write_lock(&self, answer: Answer) -> Result<bool> {
        const INSERT: &str = "INSERT INTO locks (bucket, id, order_ref, shopper, state, until,
                quote, subtotal, discount, created_at, updated_at)
            VALUES ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9, $9) ON CONFLICT DO NOTHING";
        const REPLACE: &str = "UPDATE locks SET state = 'active', until = $5, quote = $6,
                subtotal = $7, discount = $8, updated_at = $9
            WHERE bucket = $1 AND id = $2 AND order_ref = $3 AND shopper = $4";
        let Lock { id, order, shopper, until, quote, .. } = &self.lock;
        let values = [
            i64::from(id.bucket().number()).into(),
            id.0.into(),
            order.as_str().into(),
            shopper.as_str().into(),
            until.timestamp_micros().into(),
            serde_json::to_string(quote)?.into(),
            quote.subtotal().units().into(),
            quote.discount().units().into(),
            self.now.timestamp_micros().into(),
        ];
        let text = if answer == Answer::Made { INSERT } else { REPLACE };
        Ok(self.tx.execute_raw(sql(self.tx, text, values)).await?.rows_affected() == 1)
    }

    /// The coupons as they are taken; `None` where one is no longer free.
    async fn take_coupons(&self) -> Result<Option<Vec<Coupon>>> {
        const TAKE: &str = "UPDATE coupons SET state = 'locked', lock = $3, lock_order = $4,
                locked_until = $5
            WHERE bucket = $1 AND code = $2
            AND (state = 'available' OR (state = 'locked' AND lock = $3)) RETURNING *";
        let mut codes: Vec<Code> = self.lock.quote.applied.iter().map(|a| a.code).collect();
        codes.sort_unstable(); // as `coupons_for_update` does
        let mut taken = Vec::with_capacity(codes.len());
        for code in codes {
            let values = [
                i64::from(code.bucket().number()).into(),
                code.as_str().into(),
                self.lock.id.0.into(),
                self.lock.order.as_str().into(),
                self.lock.until.timestamp_micros().into(),
            ];
            let coupon =
                read_coupons(self.engine, self.tx, sql(self.tx, TAKE, values)).await?.pop();
            let Some(coupon) = coupon else { return Ok(None) };
            taken.push(coupon);
        }
        Ok(Some(taken))
    }

    async fn write_coupons(&self, answer: Answer) -> Result<()> {
        const CLEAR: &str = "DELETE FROM lock_coupons WHERE bucket = $1 AND lock = $2";
        const INSERT: &str =
            "INSERT INTO lock_coupons (bucket, lock, position, coupon_bucket, code,
                template, revision, discount)
            SELECT bucket, lock, position, coupon_bucket, code, template, revision, discount
            FROM {rows}";
        let home = i64::from(self.lock.id.bucket().number());
        let id = self.lock.id.0;
        if answer == Answer::Known {
            self.tx.execute_raw(sql(self.tx, CLEAR, [home.into(), id.into()])).await?;
        }
        let row = |(position, applied): (usize, &Applied)| NewLockCoupon {
            bucket: home,
            lock: id,
            position: position as i64,
            coupon_bucket: i64::from(applied.code.bucket().number()),
            code: applied.code.to_string(),
            template: applied.template.0,
            revision: i64::from(applied.revision),
            discount: applied.discount.units(),
        };
        let rows: Vec<_> = self.lock.quote.applied.iter().enumerate().map(row).collect();
        if !rows.is_empty() {
            self.tx.execute_raw(rows::statement(self.tx, INSERT, &rows, [])?).await?;
        }
        Ok(())
    }

    /// A lock replaced with the same coupon counts once.
    async fn record(&self, coupons: &[Coupon], is_new: impl Fn(&Applied) -> bool) -> Result<()> {
        let locked = self.lock.quote.applied.iter().filter(|applied| is_new(applied));
        let locked = locked.filter_map(|applied| {
            let coupon = coupons.iter().find(|coupon| coupon.code == applied.code)?;
            let locked = NewEvent::new(Kind::Locked, coupon, State::Locked, self.now);
            Some(locked.of(&self.lock.order, applied.discount))
        });
        events::append(self.tx, &locked.collect::<Vec<_>>()).await
    }
}
