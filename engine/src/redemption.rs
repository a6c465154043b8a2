//! Locks, payments and refunds: what happens to coupons on the way of an order.

pub mod callbacks;
mod ending;
mod locking;
mod orders;
mod paying;
mod returning;
mod together;

use std::collections::BTreeMap;

use domain::actor::{Onlooker, Shopper};
use domain::coupon::State;
use domain::lock::LockState;
use domain::quote::Quote;
use domain::returns::{Request, ReturnedLine};
use domain::{
    Code, LockId, Money, OrderRef, PaymentRef, RedemptionId, RefundRef, ShopperId, TemplateId, Time,
};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};
use uuid::Uuid;

use crate::clock::time;
use crate::entity::{lock, lock_coupon, redemption, returning as return_row};
use crate::store::coupons::coupons_by_code;
use crate::store::rows::rows;
use crate::store::sql;
use crate::store::templates::{hold_budgets, with_budget};
use crate::tx::Tx;
use crate::wallet::Coupon;
use crate::{Engine, Error, Fault, Result};

pub use ending::{lapse_due, release};
pub(crate) use ending::{lapse_in, try_to_release};
pub(crate) use locking::Asked;
pub use locking::{Ask, lock, lock_keyed};
pub use orders::{Orders, PAGE, Placed, orders};
pub(crate) use paying::Told;
pub use paying::{redeem, redeem_at_once, redeem_at_once_keyed, redeem_keyed};
pub use returning::{Discounts, Foreseen, discounts, foresee, give_back, give_back_keyed};

/// Coupons reserved for one order, with the quote they were reserved by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Stays the same however often the order locks again.
    pub id: LockId,
    /// For which order.
    pub order: OrderRef,
    /// Whose.
    pub shopper: ShopperId,
    /// As stored; [`Lock::state_at`] counts the clock in.
    pub state: LockState,
    /// When it lapses.
    pub until: Time,
    /// What was promised.
    pub quote: Quote,
}

impl Lock {
    /// Its state once the clock is counted in.
    pub fn state_at(&self, now: Time) -> LockState {
        self.state.at(self.until, now)
    }
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The coupons are used.
    Redeemed,
    /// The order stays paid at its price; its coupons were gone, and ops has a look.
    Exception,
}

/// A paid order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redemption {
    /// Which.
    pub id: RedemptionId,
    /// The lock it came from.
    pub lock: LockId,
    /// The order.
    pub order: OrderRef,
    /// Whose.
    pub shopper: ShopperId,
    /// What paid it.
    pub payment: PaymentRef,
    /// What became of the coupons.
    pub outcome: Outcome,
    /// Why, for an exception: the code of a refusal.
    pub reason: Option<String>,
    /// When it was paid.
    pub redeemed_at: Time,
    /// What was promised and paid.
    pub quote: Quote,
    /// Refunds so far, in order.
    pub returns: Vec<Returned>,
}

impl Redemption {
    /// What all refunds so far come to.
    pub fn returned(&self) -> Money {
        self.returns.iter().map(|returned| returned.amount).sum()
    }
}

/// One refund of a paid order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// What the refund is called outside.
    pub refund: RefundRef,
    /// What it pays.
    pub amount: Money,
    /// Per line.
    pub lines: Vec<ReturnedLine>,
    /// Coupons that came back with it.
    pub coupons: Vec<Code>,
    /// When.
    pub at: Time,
    pub(crate) request: Request,
}

/// An order of a shopper as far as coupons know of it.
#[derive(Debug, Clone)]
pub struct Order {
    /// What was reserved.
    pub lock: Lock,
    /// What was paid.
    pub redemption: Option<Redemption>,
    /// Its coupons as they stand now, in order of application.
    pub coupons: Vec<Coupon>,
}

impl Order {
    /// Whether a coupon of it was used for it, and did not come back since.
    pub fn uses(&self, coupon: &Coupon) -> bool {
        let came_back = |returned: &Returned| returned.coupons.contains(&coupon.code);
        coupon.state == State::Redeemed
            && self.redemption.as_ref().is_some_and(|paid| {
                paid.outcome == Outcome::Redeemed && !paid.returns.iter().any(came_back)
            })
    }
}

rows! {
    /// Where the row of a lock is.
    struct LockKey { bucket: i64, id: Uuid }
}

impl From<LockId> for LockKey {
    fn from(id: LockId) -> Self {
        Self { bucket: i64::from(id.bucket().number()), id: id.0 }
    }
}

/// Whether an answer is the first of its kind or was given before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Something happened.
    Made,
    /// It had happened already; the answer is the same.
    Known,
}

/// What a use case moves in templates' budgets: held back, and used.
#[derive(Debug, Default)]
struct BudgetMoves(BTreeMap<TemplateId, (i64, i64)>);

impl BudgetMoves {
    fn reserve_for(&mut self, lock: &Lock) {
        for applied in &lock.quote.applied {
            self.0.entry(applied.template).or_default().0 += applied.discount.units();
        }
    }

    fn free(&mut self, template: TemplateId, amount: Money) {
        self.0.entry(template).or_default().0 -= amount.units();
    }

    /// What was held back is used; of a lock whose time had run out nothing was held back any more.
    fn spend_for(&mut self, lock: &Lock, is_in_time: bool) {
        for applied in &lock.quote.applied {
            if is_in_time {
                self.free(applied.template, applied.discount);
            }
            self.0.entry(applied.template).or_default().1 += applied.discount.units();
        }
    }

    fn give_back(&mut self, template: TemplateId, amount: Money) {
        self.0.entry(template).or_default().1 -= amount.units();
    }

    /// What is about to be freed of a template's budget: its row does not say so yet.
    fn freeing(&self, template: TemplateId) -> Money {
        let reserved = self.0.get(&template).map_or(0, |(reserved, _)| *reserved);
        Money::minor(reserved.min(0).saturating_neg())
    }

    /// Writes the moves, in the order of templates and last of all: these are the rows others
    /// wait for. Templates without a budget are left alone. Answers false where a budget would be
    /// passed.
    async fn write(self, tx: &Tx) -> Result<bool> {
        const MOVE: &str = "UPDATE templates SET reserved = reserved + $2, spent = spent + $3
            WHERE id = $1 AND ($2 + $3 <= 0 OR reserved + spent + $2 + $3 <= budget)";
        let mut moves = self.0;
        moves.retain(|_, moved| *moved != (0, 0));
        if moves.is_empty() {
            return Ok(true);
        }
        hold_budgets(tx, moves.keys().copied()).await?;
        let budgeted = with_budget(tx, moves.keys().copied()).await?;
        moves.retain(|template, _| budgeted.contains(template));
        for (template, (reserved, spent)) in moves {
            let values = [template.0.into(), reserved.into(), spent.into()];
            if tx.execute_raw(sql(tx, MOVE, values)).await?.rows_affected() != 1 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// An order of the shopper's own; another's is missing.
pub async fn order(engine: &Engine, shopper: &Shopper, order: &OrderRef) -> Result<Order> {
    let db = engine.reader();
    let lock = lock_of(db, order, false).await?.filter(|lock| lock.shopper == shopper.id);
    let lock = lock.ok_or(Error::Missing)?;
    let redemption = redemption_of(db, &lock, false).await?;
    let codes: Vec<Code> = lock.quote.applied.iter().map(|applied| applied.code).collect();
    let coupons = coupons_by_code(engine, db, &codes).await?;
    Ok(Order { lock, redemption, coupons })
}

/// A lock by its id.
pub async fn read_lock(engine: &Engine, by: &impl Onlooker, id: LockId) -> Result<Lock> {
    let lock = lock_by_id(engine.reader(), id, false).await?;
    lock.filter(|lock| by.sees(&lock.shopper)).ok_or(Error::Missing)
}

/// A paid order by the id of its redemption.
pub async fn read_redemption(
    engine: &Engine,
    by: &impl Onlooker,
    id: RedemptionId,
) -> Result<Redemption> {
    const READ: &str = "SELECT lock FROM redemptions WHERE bucket = $1 AND id = $2";
    let db = engine.reader();
    let values = [i64::from(id.bucket().number()).into(), id.0.into()];
    let row = db.query_one_raw(sql(db, READ, values)).await?.ok_or(Error::Missing)?;
    let lock: Option<Uuid> = row.try_get("", "lock")?;
    let lock = read_lock(engine, by, LockId(lock.ok_or(Error::Missing)?)).await?;
    redemption_of(db, &lock, false).await?.ok_or(Error::Missing)
}

/// Keeps others off a row until the transaction ends; SQLite has one writer anyway.
fn for_update(db: &impl ConnectionTrait, locked: bool) -> &'static str {
    if locked && db.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" }
}

/// Keeps others off rows of locks too, and leaves out those that somebody else is at.
fn skip_locked(db: &impl ConnectionTrait) -> &'static str {
    match db.get_database_backend() {
        DbBackend::Postgres => " FOR UPDATE OF locks SKIP LOCKED",
        _ => "",
    }
}

pub(crate) async fn lock_of(
    db: &impl ConnectionTrait,
    order: &OrderRef,
    locked: bool,
) -> Result<Option<Lock>> {
    let read = "SELECT * FROM locks WHERE bucket = $1 AND order_ref = $2".to_owned();
    let values = [i64::from(order.bucket().number()).into(), order.as_str().into()];
    let read = sql(db, read + for_update(db, locked), values);
    lock::Entity::find().from_raw_sql(read).one(db).await?.map(fill_lock).transpose()
}

async fn lock_by_id(db: &impl ConnectionTrait, id: LockId, locked: bool) -> Result<Option<Lock>> {
    let read = "SELECT * FROM locks WHERE bucket = $1 AND id = $2".to_owned();
    let values = [i64::from(id.bucket().number()).into(), id.0.into()];
    let read = sql(db, read + for_update(db, locked), values);
    lock::Entity::find().from_raw_sql(read).one(db).await?.map(fill_lock).transpose()
}

fn fill_lock(model: lock::Model) -> Result<Lock> {
    let oddly = || Fault::new("a lock reads oddly");
    Ok(Lock {
        id: LockId(model.id),
        order: OrderRef::new(model.order_ref).map_err(|_| oddly())?,
        shopper: ShopperId::new(model.shopper).map_err(|_| oddly())?,
        state: LockState::parse(&model.state).ok_or_else(oddly)?,
        until: time(model.until),
        quote: serde_json::from_str(&model.quote)?,
    })
}

/// The coupons a lock names, in order of application.
async fn coupons_of(db: &impl ConnectionTrait, lock: LockId) -> Result<Vec<lock_coupon::Model>> {
    const READ: &str = "SELECT * FROM lock_coupons WHERE bucket = $1 AND lock = $2
        ORDER BY position";
    let values = [i64::from(lock.bucket().number()).into(), lock.0.into()];
    Ok(lock_coupon::Entity::find().from_raw_sql(sql(db, READ, values)).all(db).await?)
}

/// The redemption of a lock's order, if it was paid.
async fn redemption_of(
    db: &impl ConnectionTrait,
    lock: &Lock,
    locked: bool,
) -> Result<Option<Redemption>> {
    let read = "SELECT * FROM redemptions WHERE bucket = $1 AND order_ref = $2".to_owned();
    let values = [i64::from(lock.order.bucket().number()).into(), lock.order.as_str().into()];
    let read = sql(db, read + for_update(db, locked), values);
    let Some(model) = redemption::Entity::find().from_raw_sql(read).one(db).await? else {
        return Ok(None);
    };
    let returns = returns_of(db, RedemptionId(model.id)).await?;
    Ok(Some(fill_redemption(model, lock, returns)?))
}

fn fill_redemption(
    model: redemption::Model,
    lock: &Lock,
    returns: Vec<Returned>,
) -> Result<Redemption> {
    let payment = PaymentRef::new(model.payment)
        .map_err(|_| Fault::new("a redemption has an odd payment reference"))?;
    Ok(Redemption {
        id: RedemptionId(model.id),
        lock: lock.id,
        order: lock.order.clone(),
        shopper: lock.shopper.clone(),
        payment,
        outcome: if model.outcome == "exception" { Outcome::Exception } else { Outcome::Redeemed },
        reason: model.reason,
        redeemed_at: time(model.redeemed_at),
        quote: lock.quote.clone(),
        returns,
    })
}

async fn returns_of(db: &impl ConnectionTrait, id: RedemptionId) -> Result<Vec<Returned>> {
    const READ: &str = "SELECT * FROM returns WHERE bucket = $1 AND redemption = $2 ORDER BY seq";
    let values = [i64::from(id.bucket().number()).into(), id.0.into()];
    let models = return_row::Entity::find().from_raw_sql(sql(db, READ, values)).all(db).await?;
    let fill = |model: return_row::Model| {
        Ok(Returned {
            refund: RefundRef::new(model.refund)
                .map_err(|_| Fault::new("a return has an odd refund reference"))?,
            amount: Money::minor(model.amount),
            lines: serde_json::from_str(&model.lines)?,
            coupons: serde_json::from_str(&model.coupons)?,
            at: time(model.created_at),
            request: serde_json::from_str(&model.requested)?,
        })
    };
    models.into_iter().map(fill).collect()
}
