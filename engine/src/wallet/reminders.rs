//! Coupons whose end a shopper wants to be told of.

use chrono::TimeDelta;
use domain::actor::Shopper;
use domain::coupon::State;
use domain::{Code, Time};
use sea_orm::{ConnectionTrait, QueryResult};

use super::Coupon;
use crate::store::coupons::{CodeKey, coupons_by_code};
use crate::store::rows;
use crate::store::shoppers::bucket;
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Error, Fault, Result};

/// How long before its end a coupon is told of.
const AHEAD: TimeDelta = TimeDelta::days(1);

/// How much later one is looked at again that is on hold when it would be told of.
const AGAIN: TimeDelta = TimeDelta::hours(1);

/// How long it is kept that somebody was told: until the coupon is long over.
const KEPT: TimeDelta = TimeDelta::days(2);

/// When its shopper would be told of a coupon's end; none where it is too late to ask, or of no use.
pub fn reminder_at(coupon: &Coupon, now: Time) -> Option<Time> {
    let at = coupon.valid_until.map(|until| until - AHEAD);
    at.filter(|at| *at > now && is_usable(coupon, now))
}

/// It can still be used, or an order that may not be paid has it.
fn is_usable(coupon: &Coupon, now: Time) -> bool {
    is_ahead(coupon, now) && matches!(coupon.state_at(now), State::Available | State::Locked)
}

/// Its end is.
fn is_ahead(coupon: &Coupon, now: Time) -> bool {
    coupon.valid_until.is_none_or(|until| until > now)
}

/// Keeps in mind that a shopper wants to be told before a coupon of theirs ends, or forgets it. What
/// ends too soon is not kept; somebody else's is missing.
pub async fn remind(engine: &Engine, shopper: &Shopper, code: Code, is_wanted: bool) -> Result<()> {
    const KEEP: &str = "INSERT INTO expiry_reminders (bucket, coupon, shopper, due_at)
        VALUES ($1, $2, $3, $4) ON CONFLICT (bucket, coupon) DO NOTHING";
    const FORGET: &str = "DELETE FROM expiry_reminders WHERE bucket = $1 AND coupon = $2";
    let mut found = coupons_by_code(engine, engine.reader(), &[code]).await?;
    let own = found.pop().filter(|coupon| coupon.shopper == shopper.id);
    let coupon = own.ok_or(Error::Missing)?;
    let due_at = reminder_at(&coupon, engine.now());
    let (home, shopper) = (bucket(&shopper.id), shopper.id.as_str());
    let tx = engine.begin().await?;
    match due_at {
        Some(at) if is_wanted => {
            let at = at.timestamp_micros();
            let values = [home.into(), code.as_str().into(), shopper.into(), at.into()];
            tx.execute_raw(sql(&tx, KEEP, values)).await?;
        }
        None if is_wanted => {}
        _ => {
            tx.execute_raw(sql(&tx, FORGET, [home.into(), code.as_str().into()])).await?;
        }
    }
    tx.commit().await
}

/// Whether a coupon's shopper wants to be told of its end.
pub async fn is_reminded(engine: &Engine, coupon: &Coupon) -> Result<bool> {
    const READ: &str = "SELECT 1 FROM expiry_reminders WHERE bucket = $1 AND coupon = $2";
    let (db, code) = (engine.reader(), coupon.code);
    let values = [bucket(&coupon.shopper).into(), code.as_str().into()];
    Ok(db.query_one_raw(sql(db, READ, values)).await?.is_some())
}

/// The coupons that end soon, of those whose end a shopper wants to be told of; what ends first comes
/// first.
pub async fn reminders(engine: &Engine, shopper: &Shopper) -> Result<Vec<Coupon>> {
    const READ: &str = "SELECT coupon FROM expiry_reminders
        WHERE bucket = $1 AND shopper = $2 AND due_at <= $3 ORDER BY due_at";
    let (db, now) = (engine.reader(), engine.now());
    let values =
        [bucket(&shopper.id).into(), shopper.id.as_str().into(), now.timestamp_micros().into()];
    let codes = db.query_all_raw(sql(db, READ, values)).await?;
    let codes: Vec<Code> = codes.iter().map(code).collect::<Result<_>>()?;
    let mut coupons = coupons_by_code(engine, db, &codes).await?;
    coupons.retain(|coupon| is_usable(coupon, now));
    coupons.sort_by_key(|coupon| (coupon.valid_until, coupon.code));
    Ok(coupons)
}

/// Coupons of whose end somebody is to be told, at most `limit`; some may be of no use any more.
pub(crate) async fn due(engine: &Engine, limit: u32) -> Result<Vec<Code>> {
    const DUE: &str = "SELECT coupon FROM expiry_reminders
        WHERE told_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT $2";
    let (db, now) = (engine.reader(), engine.now());
    let values = [now.timestamp_micros().into(), i64::from(limit).into()];
    db.query_all_raw(sql(db, DUE, values)).await?.iter().map(code).collect()
}

/// Notes that they are told of; answers those whose end nobody was told of so far, and which can still
/// be used. What is on hold may be freed before it ends, and is told of then.
pub(crate) async fn told(
    engine: &Engine,
    tx: &Tx,
    codes: &[Code],
    now: Time,
) -> Result<Vec<Coupon>> {
    const TOLD: &str = "UPDATE expiry_reminders SET told_at = $2 FROM {rows}
        WHERE {expiry_reminders by bucket, coupon = code} AND COALESCE(expiry_reminders.told_at, 0) = 0
        RETURNING expiry_reminders.coupon";
    const PUT_OFF: &str = "UPDATE expiry_reminders SET told_at = NULL, due_at = $2 FROM {rows}
        WHERE {expiry_reminders by bucket, coupon = code}";
    let keys: Vec<CodeKey> = codes.iter().copied().map(CodeKey::from).collect();
    let told = rows::statement(tx, TOLD, &keys, [now.timestamp_micros().into()])?;
    let told: Vec<Code> = tx.query_all_raw(told).await?.iter().map(code).collect::<Result<_>>()?;
    let mut coupons = coupons_by_code(engine, tx, &told).await?;
    let is_held = |coupon: &&Coupon| coupon.state == State::Held && is_ahead(coupon, now);
    let held: Vec<CodeKey> =
        coupons.iter().filter(is_held).map(|coupon| CodeKey::from(coupon.code)).collect();
    if !held.is_empty() {
        let again = (now + AGAIN).timestamp_micros();
        tx.execute_raw(rows::statement(tx, PUT_OFF, &held, [again.into()])?).await?;
    }
    coupons.retain(|coupon| is_usable(coupon, now));
    Ok(coupons)
}

fn code(row: &QueryResult) -> Result<Code> {
    let code = Code::parse(&row.try_get::<String>("", "coupon")?);
    Ok(code.ok_or_else(|| Fault::new("a coupon has an odd code"))?)
}

/// Removes those that were told some days ago, at most `limit` of them; answers how many. For the
/// worker.
pub async fn sweep_reminders(engine: &Engine, limit: u32) -> Result<u64> {
    const SWEEP: &str = "DELETE FROM expiry_reminders WHERE (bucket, coupon) IN
        (SELECT bucket, coupon FROM expiry_reminders WHERE told_at <= $1 ORDER BY told_at LIMIT $2)
        AND told_at <= $1";
    let before = (engine.now() - KEPT).timestamp_micros();
    engine.remove(SWEEP, [before.into(), i64::from(limit).into()]).await
}
