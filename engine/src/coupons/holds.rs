//! Coupons on hold. Nobody but an operator holds one, lets it go or revokes it, and all of that stands
//! in the audit trail: they are read from there. An index by state would be written with every order.

use std::collections::HashMap;

use domain::CouponId;
use domain::actor::Reader;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::Coupon;
use super::finding::{Deed, PAGE, deed};
use crate::entity::change;
use crate::store::coupons::coupons_by_id;
use crate::store::sql;
use crate::{Engine, Fault, Result};

/// A coupon that is on hold.
#[derive(Debug, Clone)]
pub struct Hold {
    /// Which.
    pub coupon: Coupon,
    /// Who held it, when and why.
    pub deed: Deed,
}

/// One page of coupons on hold.
#[derive(Debug, Clone)]
pub struct Holds {
    /// Those held last first, [`PAGE`] at most.
    pub holds: Vec<Hold>,
    /// How many there are in all.
    pub total: u64,
    /// Which page it is, from 0.
    pub page: u64,
}

/// What is said of one coupon is in order by `n`: whoever draws it has the coupon's row.
const HELD: &str = "FROM changes WHERE subject_kind = 'coupon' AND action = 'held'
    AND NOT EXISTS (SELECT 1 FROM changes AS later
        WHERE later.subject_kind = 'coupon' AND later.subject = changes.subject
            AND later.action IN ('freed', 'revoked') AND later.n > changes.n)";

/// The coupons on hold; `page` counts from 0, and past the last one it is the last.
pub async fn held(engine: &Engine, _: &impl Reader, page: u64) -> Result<Holds> {
    let db = engine.reader();
    let count = format!("SELECT COUNT(*) AS total {HELD}");
    let row = db.query_one_raw(sql(db, count, [])).await?;
    let total: i64 = row.map_or(Ok(0), |row| row.try_get("", "total"))?;
    let total = total.unsigned_abs();
    let page = page.min(total.saturating_sub(1) / PAGE);
    let read = format!("SELECT changes.* {HELD} ORDER BY changes.n DESC LIMIT $1 OFFSET $2");
    let read = sql(db, read, [(PAGE as i64).into(), ((page * PAGE) as i64).into()]);
    let changes = change::Entity::find().from_raw_sql(read).all(db).await?;
    let holds = with_coupons(engine, changes).await?;
    Ok(Holds { holds, total, page })
}

async fn with_coupons(engine: &Engine, changes: Vec<change::Model>) -> Result<Vec<Hold>> {
    let id = |change: &change::Model| -> Result<CouponId> {
        change.subject.parse().map_err(|_| Fault::new("a coupon in the trail reads oddly").into())
    };
    let ids = changes.iter().map(id).collect::<Result<Vec<_>>>()?;
    let coupons = coupons_by_id(engine, engine.reader(), &ids).await?;
    let mut coupons: HashMap<CouponId, Coupon> =
        coupons.into_iter().map(|coupon| (coupon.id, coupon)).collect();
    let coupons = ids.iter().map(|id| coupons.remove(id));
    let found = coupons.zip(changes).filter_map(|(coupon, change)| Some((coupon?, change)));
    found.map(|(coupon, change)| Ok(Hold { coupon, deed: deed(change)? })).collect()
}
