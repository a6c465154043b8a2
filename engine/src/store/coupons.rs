//! Reads and moves coupons.

use std::collections::HashMap;
use std::sync::Arc;

use domain::coupon::State;
use domain::quote::Held;
use domain::template::Revision;
use domain::{Channel, Code, CouponId, LockId, Money, OrderRef, ShopperId, TemplateId, Time};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};
use uuid::Uuid;

use crate::clock::time;
use crate::entity::coupon;
use crate::store::rows::{self, rows};
use crate::store::shoppers::{ShopperKey, bucket};
use crate::store::sql;
use crate::store::templates::revisions;
use crate::tx::Tx;
use crate::{Engine, Fault, Result};

/// A coupon as the store holds it, with the revision it is bound to.
#[derive(Debug, Clone)]
pub struct Coupon {
    /// Its id.
    pub id: CouponId,
    /// Its code.
    pub code: Code,
    /// What it says.
    pub revision: Arc<Revision>,
    /// Whose it is.
    pub shopper: ShopperId,
    /// As stored; [`Coupon::state_at`] counts the clock in.
    pub state: State,
    /// Where its shopper came from.
    pub channel: Option<Channel>,
    /// When it was claimed or given.
    pub claimed_at: Time,
    /// First moment of validity.
    pub valid_from: Time,
    /// First moment after it.
    pub valid_until: Option<Time>,
    /// The lock that has it, its order and its end.
    pub lock: Option<(LockId, OrderRef, Time)>,
    /// Ops revoked it while it was locked.
    pub is_revoked: bool,
}

impl Coupon {
    /// What bears on its use.
    pub fn standing(&self) -> domain::coupon::Coupon {
        domain::coupon::Coupon {
            state: self.state,
            lock: self.lock.as_ref().map(|(_, order, until)| (order.clone(), *until)),
            is_revoked: self.is_revoked,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
        }
    }

    /// Its state once the clock is counted in.
    pub fn state_at(&self, now: Time) -> State {
        self.standing().at(now)
    }

    /// As a quote needs it.
    pub(crate) fn held(&self, budget_left: Option<Money>) -> Held {
        Held {
            code: self.code,
            owner: self.shopper.clone(),
            revision: self.revision.clone(),
            coupon: self.standing(),
            budget_left,
        }
    }
}

rows! {
    /// Where the row of a code is.
    struct CodeKey { bucket: i64, code: String }
    /// Where the row of an id is.
    struct IdKey { bucket: i64, id: Uuid }
}

impl From<Code> for CodeKey {
    fn from(code: Code) -> Self {
        Self { bucket: i64::from(code.bucket().number()), code: code.to_string() }
    }
}

/// The coupons of a shopper, newest first.
pub(crate) async fn coupons_of(
    engine: &Engine,
    db: &impl ConnectionTrait,
    shopper: &ShopperId,
) -> Result<Vec<Coupon>> {
    const READ: &str = "SELECT * FROM coupons WHERE bucket = $1 AND shopper = $2
        ORDER BY claimed_at DESC, code";
    let values = [bucket(shopper).into(), shopper.as_str().into()];
    read_coupons(engine, db, sql(db, READ, values)).await
}

/// Those of shoppers that an order may use now, or that another order has: what a choice is made of
/// or speaks of. Nothing bounds them but what templates let a shopper hold at a time; what was used,
/// is over, is held or was taken back, and grows for years, stays in the store.
pub(crate) async fn usable_coupons_of(
    engine: &Engine,
    db: &impl ConnectionTrait,
    shoppers: &[&ShopperId],
    now: Time,
) -> Result<Vec<Coupon>> {
    const USABLE: &str = "(state = 'locked'
            OR (state = 'available' AND (valid_until IS NULL OR valid_until > $2)))
        ORDER BY claimed_at DESC, code";
    let now = now.timestamp_micros().into();
    let read = match shoppers {
        // The one of a quote: PostgreSQL finds the partition of a value it is given in half the time.
        [shopper] => {
            let read =
                format!("SELECT * FROM coupons WHERE bucket = $1 AND shopper = $3 AND {USABLE}");
            sql(db, read, [bucket(shopper).into(), now, shopper.as_str().into()])
        }
        _ => {
            let read = format!(
                "SELECT coupons.* FROM {{rows}}
                {{coupons: coupons.bucket = rows.bucket AND coupons.shopper = rows.shopper}}
                WHERE {USABLE}"
            );
            let keys: Vec<_> = shoppers.iter().copied().map(ShopperKey::from).collect();
            rows::statement(db, &read, &keys, [now])?
        }
    };
    read_coupons(engine, db, read).await
}

/// Those of one template, newest first.
pub(crate) async fn coupons_of_template(
    engine: &Engine,
    db: &impl ConnectionTrait,
    shopper: &ShopperId,
    template: TemplateId,
) -> Result<Vec<Coupon>> {
    const READ: &str = "SELECT * FROM coupons
        WHERE bucket = $1 AND shopper = $2 AND template = $3 ORDER BY claimed_at DESC, code";
    let values = [bucket(shopper).into(), shopper.as_str().into(), template.0.into()];
    read_coupons(engine, db, sql(db, READ, values)).await
}

/// The coupons with these codes that exist, in the order asked.
pub(crate) async fn coupons_by_code(
    engine: &Engine,
    db: &impl ConnectionTrait,
    codes: &[Code],
) -> Result<Vec<Coupon>> {
    find_by_code(engine, db, codes, "").await
}

/// The same, and keeps others off them until the transaction ends: what is decided on them is
/// then still so when it is written. All who lock several do so in the order of their codes, or
/// two of them would wait for each other. SQLite has one writer anyway.
pub(crate) async fn coupons_for_update(
    engine: &Engine,
    tx: &Tx,
    codes: &[Code],
) -> Result<Vec<Coupon>> {
    let lock = match tx.get_database_backend() {
        DbBackend::Postgres => " ORDER BY coupons.code FOR UPDATE OF coupons",
        _ => "",
    };
    find_by_code(engine, tx, codes, lock).await
}

async fn find_by_code(
    engine: &Engine,
    db: &impl ConnectionTrait,
    codes: &[Code],
    lock: &str,
) -> Result<Vec<Coupon>> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    const READ: &str = "SELECT coupons.* FROM {rows}
        JOIN coupons ON {coupons by bucket, code}";
    let read = READ.to_owned() + lock;
    let keys: Vec<CodeKey> = codes.iter().copied().map(CodeKey::from).collect();
    let mut coupons = read_coupons(engine, db, rows::statement(db, &read, &keys, [])?).await?;
    let asked: HashMap<Code, usize> =
        codes.iter().enumerate().map(|(position, code)| (*code, position)).collect();
    coupons.sort_by_key(|coupon| asked.get(&coupon.code));
    Ok(coupons)
}

/// The coupons with these ids that exist.
pub(crate) async fn coupons_by_id(
    engine: &Engine,
    db: &impl ConnectionTrait,
    ids: &[CouponId],
) -> Result<Vec<Coupon>> {
    const READ: &str = "SELECT coupons.* FROM {rows}
        {coupons: coupons.bucket = rows.bucket AND coupons.id = rows.id}";
    let key = |id: &CouponId| IdKey { bucket: i64::from(id.bucket().number()), id: id.0 };
    let keys: Vec<IdKey> = ids.iter().map(key).collect();
    read_coupons(engine, db, rows::statement(db, READ, &keys, [])?).await
}

/// The coupons a statement finds.
pub(crate) async fn read_coupons(
    engine: &Engine,
    db: &impl ConnectionTrait,
    read: Statement,
) -> Result<Vec<Coupon>> {
    let models = coupon::Entity::find().from_raw_sql(read).all(db).await?;
    let key = |model: &coupon::Model| (TemplateId(model.template), model.revision as u32);
    let revisions = revisions(engine, db, models.iter().map(key)).await?;
    let fill = |model: coupon::Model| {
        let revision = revisions.get(&key(&model)).cloned();
        fill(model, revision).ok_or_else(|| Fault::new("a coupon reads oddly").into())
    };
    models.into_iter().map(fill).collect()
}

fn fill(model: coupon::Model, revision: Option<Arc<Revision>>) -> Option<Coupon> {
    let lock = match (model.lock, model.lock_order, model.locked_until) {
        (Some(lock), Some(order), Some(until)) => {
            Some((LockId(lock), OrderRef::new(order).ok()?, time(until)))
        }
        _ => None,
    };
    Some(Coupon {
        id: CouponId(model.id),
        code: Code::parse(&model.code)?,
        revision: revision?,
        shopper: ShopperId::new(model.shopper).ok()?,
        state: State::parse(&model.state)?,
        channel: model.channel.map(Channel::new).transpose().ok()?,
        claimed_at: time(model.claimed_at),
        valid_from: time(model.valid_from),
        valid_until: model.valid_until.map(time),
        lock,
        is_revoked: model.revoked_at.is_some(),
    })
}
