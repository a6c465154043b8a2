//! What an operator does to a coupon, or to the lock that has it.

use domain::actor::{Guardian, System, Till};
use domain::coupon::{Action, State};
use domain::{Code, CouponId, LockId, Time};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::Coupon;
use crate::changes::{self, Change};
use crate::redemption::{lapse_in, try_to_release};
use crate::store::coupons::{coupons_by_code, coupons_for_update};
use crate::store::events::{self, NewEvent};
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Error, Result};

/// Holds, frees or revokes a coupon; one that is so already stays as it is. A locked one that is
/// revoked stays locked until its lock ends. Refuses `invalid` with the field `reason`, and
/// `state_conflict` with the state in which that cannot be done.
pub async fn act(
    engine: &Engine,
    guardian: &Guardian,
    code: Code,
    action: Action,
    reason: &str,
) -> Result<Coupon> {
    let reason = changes::reason("reason", reason)?;
    engine
        .transact(None, |tx| async move {
            try_to_act(engine, &tx, guardian, code, action, reason).await
        })
        .await
}

/// `None` where an order took the coupon, or gave it back, between reading and writing.
async fn try_to_act(
    engine: &Engine,
    tx: &Tx,
    guardian: &Guardian,
    code: Code,
    action: Action,
    reason: &str,
) -> Result<Option<Coupon>> {
    let now = engine.now();
    let Some(mut coupon) = load(engine, tx, code, now).await? else { return Ok(None) };
    let steps = coupon.standing().act(action, now)?;
    let Some((_, after)) = steps.last().copied() else { return Ok(Some(coupon)) };
    if !write(tx, &coupon, after, now).await? {
        return Ok(None);
    }
    let happened = steps.iter().map(|(kind, state)| NewEvent::new(*kind, &coupon, *state, now));
    events::append(tx, &happened.collect::<Vec<_>>()).await?;
    let new = json!({ "state": after, "reason": reason });
    let action = action.kind().as_str();
    record(tx, guardian, coupon.id, action, json!({ "state": coupon.state }), new, now).await?;
    coupon.is_revoked = after == State::Locked;
    coupon.state = after;
    Ok(Some(coupon))
}

/// The coupon, kept from others until the transaction ends. A lock whose time has run out is ended
/// first; `None` where it was locked again in between.
pub(super) async fn load(
    engine: &Engine,
    tx: &Tx,
    code: Code,
    now: Time,
) -> Result<Option<Coupon>> {
    let is_overdue =
        |coupon: &Coupon| coupon.state == State::Locked && coupon.state_at(now) != State::Locked;
    // Orders lock their own row before their coupons, and so does this.
    let seen = coupons_by_code(engine, tx, &[code]).await?.pop().ok_or(Error::Missing)?;
    if let Some((lock, ..)) = seen.lock.as_ref().filter(|_| is_overdue(&seen)) {
        lapse_in(engine, tx, *lock, now).await?;
    }
    let coupon = coupons_for_update(engine, tx, &[code]).await?.pop().ok_or(Error::Missing)?;
    Ok(Some(coupon).filter(|coupon| !is_overdue(coupon)))
}

async fn write(tx: &Tx, coupon: &Coupon, after: State, now: Time) -> Result<bool> {
    const MOVE: &str = "UPDATE coupons SET state = $4, revoked_at = $5, is_over = FALSE
        WHERE bucket = $1 AND code = $2 AND state = $3 AND (state <> 'locked' OR lock = $6)";
    // Only a revoked coupon that an order still has needs to remember it.
    let revoked_at = (after == State::Locked).then(|| now.timestamp_micros());
    let values = [
        i64::from(coupon.code.bucket().number()).into(),
        coupon.code.as_str().into(),
        coupon.state.as_str().into(),
        after.as_str().into(),
        revoked_at.into(),
        coupon.lock.as_ref().map(|(id, ..)| id.0).into(),
    ];
    Ok(tx.execute_raw(sql(tx, MOVE, values)).await?.rows_affected() == 1)
}

/// Gives up the lock of an order that will not be paid; its coupons are free again. One that is over
/// already stays as it is. Refuses `invalid` with the field `reason`, and `state_conflict` for an
/// order that is paid.
pub async fn release_lock(
    engine: &Engine,
    guardian: &Guardian,
    id: LockId,
    reason: &str,
) -> Result<()> {
    let reason = changes::reason("reason", reason)?;
    engine
        .transact(None, |tx| async move {
            try_to_release_lock(engine, &tx, guardian, id, reason).await?;
            Ok(Some(()))
        })
        .await
}

async fn try_to_release_lock(
    engine: &Engine,
    tx: &Tx,
    guardian: &Guardian,
    id: LockId,
    reason: &str,
) -> Result<()> {
    let till = Till::System(System);
    let Some(lock) = try_to_release(engine, tx, &till, id).await? else { return Ok(()) };
    let now = engine.now();
    let old = json!({ "order": lock.order, "until": lock.until });
    let codes: Vec<Code> = lock.quote.applied.iter().map(|applied| applied.code).collect();
    for coupon in coupons_by_code(engine, tx, &codes).await? {
        let new = json!({ "state": coupon.state, "reason": reason });
        record(tx, guardian, coupon.id, "released", old.clone(), new, now).await?;
    }
    let change = Change {
        actor: guardian.actor(),
        subject_kind: "lock",
        subject: id.to_string(),
        action: "released",
        old: Some(old),
        new: Some(json!({ "reason": reason })),
    };
    changes::record(tx, change, now).await
}

/// Writes into the audit trail what was done to a coupon, by its id: codes stay out of it.
pub(super) async fn record(
    tx: &Tx,
    guardian: &Guardian,
    coupon: CouponId,
    action: &'static str,
    old: Value,
    new: Value,
    now: Time,
) -> Result<()> {
    let change = Change {
        actor: guardian.actor(),
        subject_kind: "coupon",
        subject: coupon.to_string(),
        action,
        old: Some(old),
        new: Some(new),
    };
    changes::record(tx, change, now).await
}
