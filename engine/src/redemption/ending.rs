//! The ends of a lock other than payment: release and lapse.

use std::collections::HashSet;

use domain::actor::{System, Till};
use domain::coupon::{Kind, State};
use domain::lock::LockState;
use domain::{Code, LockId, Money, OrderRef, Refusal, ShopperId, TemplateId, Time};
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

use super::{BudgetMoves, Lock, LockKey, lock_by_id, skip_locked};
use crate::entity::lock_coupon;
use crate::store::coupons::coupons_for_update;
use crate::store::events::{self, NewEvent};
use crate::store::rows::{self, rows};
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
    end_locks(engine, tx, &[lock.id], kind, now, &mut budgets).await?;
    budgets.write(tx).await?;
    Ok(Some(lock))
}

/// Records locks whose time has run out, at most `limit` of them; answers how many. For the
/// worker: the clock has ended them already.
pub async fn lapse_due(engine: &Engine, _: System, limit: u32) -> Result<usize> {
    let now = engine.now();
    let together = engine.transact(None, |tx| async move {
        lapse_together(engine, &tx, now, limit).await.map(Some)
    });
    match together.await {
        Ok(ended) => Ok(ended),
        Err(error) => {
            tracing::error!(%error, "locks were not ended together");
            lapse_one_by_one(engine, now, limit).await
        }
    }
}

/// A lock that somebody else is at is left alone: they end it too, or pay it.
async fn lapse_together(engine: &Engine, tx: &Tx, now: Time, limit: u32) -> Result<usize> {
    let due = due(tx, now, limit, skip_locked(tx)).await?;
    let mut budgets = BudgetMoves::default();
    end_locks(engine, tx, &due, Kind::Lapsed, now, &mut budgets).await?;
    budgets.write(tx).await?;
    Ok(due.len())
}

/// One lock that cannot be ended must not keep the others waiting behind it.
async fn lapse_one_by_one(engine: &Engine, now: Time, limit: u32) -> Result<usize> {
    let mut ended = 0;
    for id in due(engine.reader(), now, limit, "").await? {
        match lapse(engine, id, now).await {
            Ok(()) => ended += 1,
            Err(error) => tracing::error!(lock = %id, %error, "a lock was not ended"),
        }
    }
    Ok(ended)
}

async fn due(
    db: &impl ConnectionTrait,
    now: Time,
    limit: u32,
    locking: &str,
) -> Result<Vec<LockId>> {
    const DUE: &str = "SELECT id FROM locks WHERE state = 'active' AND until <= $1
        ORDER BY until LIMIT $2";
    let values = [now.timestamp_micros().into(), i64::from(limit).into()];
    let due = db.query_all_raw(sql(db, DUE.to_owned() + locking, values)).await?;
    due.iter().map(|row| Ok(LockId(row.try_get("", "id")?))).collect()
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
        end_locks(engine, tx, &[lock.id], Kind::Lapsed, now, &mut budgets).await?;
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
    // Asked for by its state, PostgreSQL would look through all coupons that anybody has locked.
    const OVERDUE: &str = "SELECT DISTINCT lock FROM coupons
        WHERE bucket = $1 AND shopper = $2 AND lock IS NOT NULL AND locked_until <= $3
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
            end_locks(engine, tx, &[lock.id], Kind::Lapsed, now, budgets).await?;
        }
    }
    Ok(())
}

rows! {
    struct FreeCoupon { bucket: i64, code: String, lock: Uuid, state: &'static str }
}

/// Ends active locks whose rows this transaction has locked: frees their coupons and budgets.
pub(super) async fn end_locks(
    engine: &Engine,
    tx: &Tx,
    ids: &[LockId],
    kind: Kind,
    now: Time,
    budgets: &mut BudgetMoves,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    const END: &str = "UPDATE locks SET state = $2, updated_at = $3 FROM {rows}
        WHERE {locks by bucket, id} AND locks.state || '' = 'active'";
    const NAMED: &str = "SELECT lock_coupons.* FROM {rows}
        {lock_coupons: lock_coupons.bucket = rows.bucket AND lock_coupons.lock = rows.id}
        ORDER BY lock_coupons.lock, lock_coupons.position";
    let state = if kind == Kind::Lapsed { LockState::Lapsed } else { LockState::Released };
    let keys: Vec<LockKey> = ids.iter().copied().map(LockKey::from).collect();
    let values = [state.as_str().into(), now.timestamp_micros().into()];
    let ended = tx.execute_raw(rows::statement(tx, END, &keys, values)?).await?.rows_affected();
    if ended != keys.len() as u64 {
        return Err(Fault::passing("a lock changed while it was being ended").into());
    }
    let named = rows::statement(tx, NAMED, &keys, [])?;
    let named = lock_coupon::Entity::find().from_raw_sql(named).all(tx).await?;
    unlock(engine, tx, &named, kind, now, budgets).await
}

/// Frees coupons that locks name, and what they hold of budgets.
pub(super) async fn unlock(
    engine: &Engine,
    tx: &Tx,
    named: &[lock_coupon::Model],
    kind: Kind,
    now: Time,
    budgets: &mut BudgetMoves,
) -> Result<()> {
    const FREE: &str = "UPDATE coupons SET state = rows.state, lock = NULL, lock_order = NULL,
            locked_until = NULL, revoked_at = NULL, is_over = FALSE
        FROM {rows} WHERE {coupons by bucket, code}
        AND coupons.state = 'locked' AND coupons.lock = rows.lock";
    let key = |named: &lock_coupon::Model| Some((Code::parse(&named.code)?, LockId(named.lock)));
    let by: HashSet<(Code, LockId)> = named.iter().filter_map(key).collect();
    let mut seen = HashSet::new();
    let codes = named.iter().filter_map(key).map(|(code, _)| code);
    let codes: Vec<Code> = codes.filter(|code| seen.insert(*code)).collect();
    let (mut free, mut happened) = (Vec::new(), Vec::new());
    for coupon in coupons_for_update(engine, tx, &codes).await? {
        let is_locked = coupon.state == State::Locked;
        let Some((lock, order, _)) = coupon.lock.as_ref().filter(|_| is_locked) else { continue };
        if !by.contains(&(coupon.code, *lock)) {
            continue;
        }
        let after = coupon.standing().once_unlocked(now);
        free.push(FreeCoupon {
            bucket: bucket(&coupon.shopper),
            code: coupon.code.to_string(),
            lock: lock.0,
            state: after.as_str(),
        });
        happened.extend(freed(&coupon, order, kind, after, now));
    }
    if !free.is_empty() {
        let done = tx.execute_raw(rows::statement(tx, FREE, &free, [])?).await?.rows_affected();
        if done != free.len() as u64 {
            return Err(Fault::passing("a coupon changed while it was being freed").into());
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
