//! Coupons by their code, their order or their shopper, and all that is known of one.

use domain::actor::{Reader, System, Till};
use domain::coupon::Kind;
use domain::{Code, OrderRef, ShopperId, Time};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;

use super::replacing::{replaced_by, replacement_of};
use super::{Coupon, Step};
use crate::accounts;
use crate::changes::author_in;
use crate::clock::time;
use crate::entity::change;
use crate::grants::{self, Grant};
use crate::redemption::{self, Lock, lock_of};
use crate::store::coupons::{coupons_by_code, read_coupons};
use crate::store::pool_codes::pool_code;
use crate::store::shoppers::bucket;
use crate::store::sql;
use crate::store::templates::{Template, load_templates};
use crate::wallet::timeline;
use crate::{Engine, Error, Result};

/// By what coupons were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// A code: the coupon's own, or the pool code it was claimed with.
    Code,
    /// The order that has them, had them last, or was paid with them.
    Order(Box<Lock>),
    /// Their shopper, by id or by what they sign in with.
    Shopper(ShopperId),
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// By what.
    pub by: By,
    /// The coupons of this page: an order's as they were applied, a shopper's newest first.
    pub coupons: Vec<Coupon>,
    /// How many there are in all.
    pub total: u64,
}

/// Coupons of a shopper on one page.
pub const PAGE: u64 = 50;

/// The coupons that somebody means who types a code in any dress, else an order, else a shopper;
/// `page` counts from 0. None where there is nothing of that name.
pub async fn find(
    engine: &Engine,
    _: &impl Reader,
    typed: &str,
    page: u64,
) -> Result<Option<Found>> {
    let typed = typed.trim();
    if let Some(coupon) = by_code(engine, typed).await? {
        return Ok(Some(Found { by: By::Code, coupons: vec![coupon], total: 1 }));
    }
    if let Some(found) = by_order(engine, typed).await? {
        return Ok(Some(found));
    }
    by_shopper(engine, typed, page).await
}

async fn by_code(engine: &Engine, typed: &str) -> Result<Option<Coupon>> {
    let Some(code) = Code::parse(typed) else { return Ok(None) };
    let db = engine.reader();
    if let Some(coupon) = coupons_by_code(engine, db, &[code]).await?.pop() {
        return Ok(Some(coupon));
    }
    let made = pool_code(db, code).await?.and_then(|found| Code::parse(&found.coupon?));
    match made {
        Some(made) => Ok(coupons_by_code(engine, db, &[made]).await?.pop()),
        None => Ok(None),
    }
}

async fn by_order(engine: &Engine, typed: &str) -> Result<Option<Found>> {
    let Ok(order) = OrderRef::new(typed) else { return Ok(None) };
    let db = engine.reader();
    let Some(lock) = lock_of(db, &order, false).await? else { return Ok(None) };
    let codes: Vec<Code> = lock.quote.applied.iter().map(|applied| applied.code).collect();
    let coupons = coupons_by_code(engine, db, &codes).await?;
    let total = coupons.len() as u64;
    Ok(Some(Found { by: By::Order(Box::new(lock)), coupons, total }))
}

async fn by_shopper(engine: &Engine, typed: &str, page: u64) -> Result<Option<Found>> {
    const COUNT: &str = "SELECT COUNT(*) AS n FROM coupons WHERE bucket = $1 AND shopper = $2";
    const READ: &str = "SELECT * FROM coupons WHERE bucket = $1 AND shopper = $2
        ORDER BY claimed_at DESC, code LIMIT $3 OFFSET $4";
    let db = engine.reader();
    let named = accounts::shopper_with_login(engine, typed).await?;
    let Some(shopper) = named.clone().or_else(|| ShopperId::new(typed).ok()) else {
        return Ok(None);
    };
    let (home, id) = (bucket(&shopper), shopper.as_str());
    let row = db.query_one_raw(sql(db, COUNT, [home.into(), id.into()])).await?;
    let total: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    if total == 0 && named.is_none() {
        return Ok(None);
    }
    let offset = i64::try_from(page.saturating_mul(PAGE)).unwrap_or(i64::MAX);
    let values = [home.into(), id.into(), (PAGE as i64).into(), offset.into()];
    let coupons = read_coupons(engine, db, sql(db, READ, values)).await?;
    Ok(Some(Found { by: By::Shopper(shopper), coupons, total: total.unsigned_abs() }))
}

/// What an operator did to a coupon, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// What was done, in the past: `held`.
    pub action: String,
    /// Who did it, as templates remember their authors.
    pub by: Option<String>,
    /// When.
    pub at: Time,
    /// Why.
    pub reason: Option<String>,
    /// From which address, where that is known.
    pub address: Option<String>,
}

/// All that is known of one coupon.
#[derive(Debug, Clone)]
pub struct One {
    /// The coupon.
    pub coupon: Coupon,
    /// Its template as it is now.
    pub template: Template,
    /// The lock that has it.
    pub lock: Option<Lock>,
    /// The order that was last paid with it.
    pub used_for: Option<OrderRef>,
    /// Its life so far, in order.
    pub steps: Vec<Step>,
    /// What operators did to it, in order.
    pub deeds: Vec<Deed>,
    /// The coupon that was given in its place.
    pub replacement: Option<Code>,
    /// The coupon in whose place it was given.
    pub replaces: Option<Code>,
    /// The grants it may have come from, where it was given: mostly one.
    pub grants: Vec<Grant>,
}

/// All that is known of a coupon.
pub async fn read(engine: &Engine, _: &impl Reader, code: Code) -> Result<One> {
    let db = engine.reader();
    let coupon = coupons_by_code(engine, db, &[code]).await?.pop().ok_or(Error::Missing)?;
    let id = coupon.revision.template;
    let template = load_templates(engine, db, [id], false).await?.remove(&id);
    let lock = match &coupon.lock {
        Some((lock, ..)) => {
            Some(redemption::read_lock(engine, &Till::System(System), *lock).await?)
        }
        None => None,
    };
    let steps = timeline(db, code).await?;
    let used = steps.iter().rfind(|step| step.kind == Kind::Redeemed);
    let replaces = replaced_by(db, code).await?;
    let is_granted = replaces.is_none() && steps.iter().any(|step| step.kind == Kind::Granted);
    let grants = match is_granted {
        true => grants::giving(engine, id, coupon.claimed_at).await?,
        false => Vec::new(),
    };
    Ok(One {
        template: template.ok_or(Error::Missing)?,
        lock,
        used_for: used.and_then(|step| step.order.clone()),
        deeds: deeds(engine, &coupon).await?,
        replacement: replacement_of(db, code).await?,
        replaces,
        grants,
        coupon,
        steps,
    })
}

async fn deeds(engine: &Engine, coupon: &Coupon) -> Result<Vec<Deed>> {
    let found = change::Entity::find()
        .filter(change::Column::SubjectKind.eq("coupon"))
        .filter(change::Column::Subject.eq(coupon.id.to_string()))
        .order_by_asc(change::Column::At)
        .order_by_asc(change::Column::Id)
        .all(engine.reader())
        .await?;
    found.into_iter().map(deed).collect()
}

/// As the audit trail has it.
pub(super) fn deed(model: change::Model) -> Result<Deed> {
    let new: Value = model.new.map_or(Ok(Value::Null), |new| serde_json::from_str(&new))?;
    Ok(Deed {
        action: model.action,
        by: author_in(&model.actor),
        at: time(model.at),
        reason: new["reason"].as_str().map(str::to_owned),
        address: model.address,
    })
}
