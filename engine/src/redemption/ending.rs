//! The ends of a lock other than payment: release and lapse.

use domain::actor::{System, Till};
use domain::coupon::{Kind, State};
use domain::lock::LockState;
use domain::{LockId, Money, OrderRef, Refusal, ShopperId, TemplateId, Time};
use sea_orm::ConnectionTrait;

use super::{BudgetMoves, Lock, coupons_of, lock_by_id};
use crate::entity::lock_coupon;
use crate::store::coupons::coupons_for_update;
use crate::store::events::{self, NewEvent};
use crate::store::shoppers::bucket;
use crate::store::sql;
use crate::tx::Tx;
use crate::wallet::Coupon;
use crate::{Engine, Error, Fault, Result};

/// Gives a lock up before payment; one that is over already stays as it is. A paid order has
/// nothing to give up: `state_conflict`.
pub async fn release(engine: &Engine, till: &Till, id: LockId) -> Result<()> {
    engine
        .transact(None, |tx| async move {
            try_to_release(engine, &tx, till, id).await?;
            Ok(Some(()))
        })
        .await
}

/// Answers the lock as it was where it was this call that ended it.
pub(crate) async fn try_to_release(
    engine: &Engine,
    tx: &Tx,
    till: &Till,
    id: LockId,
) -> Result<Option<Lock>> {
    let now = engine.now();
    let lock = lock_by_id(tx, id, true).await?;
    let lock = lock.filter(|lock| till.serves(&lock.shopper)).ok_or(Error::Missing)?;
    let kind = match lock.state_at(now) {
        LockState::Redeemed => {
            return Err(Refusal::StateConflict { state: "redeemed".into() }.into());
        }
        LockState::Lapsed => Kind::Lapsed,
        LockState::Active | LockState::Released => Kind::Released,
    };
    if lock.state != LockState::Active {
        return Ok(None);
    }
    let mut budgets = BudgetMoves::default();
    end_lock(engine, tx, &lock, kind, now, &mut budgets).await?;
    budgets.write(tx).await?;
    Ok(Some(lock))
}

/// Records locks whose time has run out, at most `limit` of them; answers how many. For the
/// worker: the clock has ended them already.
pub async fn lapse_due(engine: &Engine, _: System, limit: u32) -> Result<usize> {
    let now = engine.now();
    const DUE: &str = "SELECT id FROM locks WHERE state = 'active' AND until <= $1
        ORDER BY until LIMIT $2";
    let values = [now.timestamp_micros().into(), i64::from(limit).into()];
    let db = engine.reader();
    let due = db.query_all_raw(sql(db, DUE, values)).await?;
    let mut ended = 0;
    for row in &due {
        let id = LockId(row.try_get("", "id")?);
        match lapse(engine, id, now).await {
            Ok(()) => ended += 1,
            // One lock that cannot be ended must not keep the others waiting behind it.
            Err(error) => tracing::error!(lock = %id, %error, "a lock was not ended"),
        }
    }
    Ok(ended)
}

async fn lapse(engine: &Engine, id: LockId, now: Time) -> Result<()> {
    let tx = engine.begin().await?;
    lapse_in(engine, &tx, id, now).await?;
    tx.commit().await
}

/// Records the lapse of a lock whose time has run out, unless somebody locked again, paid or swept
/// since.
pub(crate) async fn lapse_in(engine: &Engine, tx: &Tx, id: LockId, now: Time) -> Result<()> {
    let lock = lock_by_id(tx, id, true).await?;
    if let Some(lock) = lock
        && lock.state == LockState::Active
        && lock.state_at(now) == LockState::Lapsed
    {
        let mut budgets = BudgetMoves::default();
        end_lock(engine, tx, &lock, Kind::Lapsed, now, &mut budgets).await?;
        budgets.write(tx).await?;
    }
    Ok(())
}

/// Records the lapse of other orders' locks that still have coupons of this shopper in the
/// store but not by the clock.
pub(super) async fn lapse_overdue(
    engine: &Engine,
    tx: &Tx,
    shopper: &ShopperId,
    except: &OrderRef,
    now: Time,
    budgets: &mut BudgetMoves,
) -> Result<()> {
    const OVERDUE: &str = "SELECT DISTINCT lock FROM coupons
        WHERE bucket = $1 AND shopper = $2 AND state = 'locked' AND locked_until <= $3
        AND lock_order <> $4 ORDER BY lock";
    let values = [
        bucket(shopper).into(),
        shopper.as_str().into(),
        now.timestamp_micros().into(),
        except.as_str().into(),
    ];
    for row in tx.query_all_raw(sql(tx, OVERDUE, values)).await? {
        let id = LockId(row.try_get("", "lock")?);
        if let Some(lock) = lock_by_id(tx, id, true).await?
            && lock.state == LockState::Active
            && lock.state_at(now) == LockState::Lapsed
        {
            end_lock(engine, tx, &lock, Kind::Lapsed, now, budgets).await?;
        }
    }
    Ok(())
}

/// Ends an active lock whose row this transaction has locked: frees its coupons and budgets.
pub(super) async fn end_lock(
    engine: &Engine,
    tx: &Tx,
    lock: &Lock,
    kind: Kind,
    now: Time,
    budgets: &mut BudgetMoves,
) -> Result<()> {
    let state = if kind == Kind::Lapsed { LockState::Lapsed } else { LockState::Released };
    const END: &str = "UPDATE locks SET state = $3, updated_at = $4
        WHERE bucket = $1 AND id = $2 AND state = 'active'";
    let values = [
        i64::from(lock.id.bucket().number()).into(),
        lock.id.0.into(),
        state.as_str().into(),
        now.timestamp_micros().into(),
    ];
    if tx.execute_raw(sql(tx, END, values)).await?.rows_affected() != 1 {
        return Err(Fault::passing("a lock changed while it was being ended").into());
    }
    let named = coupons_of(tx, lock.id).await?;
    unlock(engine, tx, lock, &named, kind, now, budgets).await
}

/// Frees some of a lock's coupons and what they hold of budgets.
pub(super) async fn unlock(
    engine: &Engine,
    tx: &Tx,
    lock: &Lock,
    named: &[lock_coupon::Model],
    kind: Kind,
    now: Time,
    budgets: &mut BudgetMoves,
) -> Result<()> {
    let codes: Vec<_> = named.iter().filter_map(|named| domain::Code::parse(&named.code)).collect();
    let mut happened = Vec::new();
    for coupon in coupons_for_update(engine, tx, &codes).await? {
        const FREE: &str = "UPDATE coupons SET state = $4, lock = NULL, lock_order = NULL,
                locked_until = NULL, revoked_at = NULL
            WHERE bucket = $1 AND code = $2 AND state = 'locked' AND lock = $3";
        let after = coupon.standing().once_unlocked(now);
        let values = [
            bucket(&coupon.shopper).into(),
            coupon.code.as_str().into(),
            lock.id.0.into(),
            after.as_str().into(),
        ];
        if tx.execute_raw(sql(tx, FREE, values)).await?.rows_affected() == 1 {
            happened.extend(freed(&coupon, &lock.order, kind, after, now));
        }
    }
    for named in named {
        budgets.free(TemplateId(named.template), Money::minor(named.discount));
    }
    events::append(tx, &happened).await
}

/// The lock's end, and then the coupon's own where that has come meanwhile.
fn freed(
    coupon: &Coupon,
    order: &OrderRef,
    kind: Kind,
    after: State,
    now: Time,
) -> impl Iterator<Item = NewEvent> {
    let ended = NewEvent::new(kind, coupon, State::Available, now).of(order, Money::ZERO);
    let own_end = match after {
        State::Expired => Some(Kind::Expired),
        State::Revoked => Some(Kind::Revoked),
        _ => None,
    };
    let own_end = own_end.map(|kind| NewEvent::new(kind, coupon, after, now));
    std::iter::once(ended).chain(own_end)
}
