//! What is out of a template: how many coupons may be used, how many orders hold one, and what
//! happened to them lately.

use domain::actor::Reader;
use domain::coupon::Kind;
use domain::{Channel, Code, TemplateId};
use sea_orm::{ConnectionTrait, Value};

use crate::clock::time;
use crate::store::sql;
use crate::wallet::Step;
use crate::{Engine, Fault, Result};

use super::Template;

/// Coupons of a template that something done to it may concern.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outstanding {
    /// Claimed and to be used, now or later.
    pub usable: u64,
    /// In orders that may still be paid.
    pub locked: u64,
    /// `usable` was told from a part of them.
    pub is_estimate: bool,
}

/// Coupons looked at to tell how many may be used.
const LOOKED_AT: u64 = 20_000;

/// The same where there are many templates.
const LOOKED_AT_OF_EACH: u64 = 1_000;

/// How many coupons of a template may be used and how many are in orders, by the clock. It costs a
/// bounded number of rows: of a template that issued more than `LOOKED_AT` those with the lowest
/// codes are looked at, which is by chance, and the whole is told from them.
pub async fn outstanding(
    engine: &Engine,
    _: &impl Reader,
    template: &Template,
) -> Result<Outstanding> {
    estimate(engine, template, LOOKED_AT).await
}

/// The same of several together, each from fewer of its coupons.
pub async fn outstanding_of_each(
    engine: &Engine,
    _: &impl Reader,
    templates: &[Template],
) -> Result<Outstanding> {
    let mut all = Outstanding::default();
    for template in templates {
        let one = estimate(engine, template, LOOKED_AT_OF_EACH).await?;
        all.usable += one.usable;
        all.locked += one.locked;
        all.is_estimate |= one.is_estimate;
    }
    Ok(all)
}

async fn estimate(engine: &Engine, template: &Template, looked_at: u64) -> Result<Outstanding> {
    const LOCKED: &str = "SELECT COUNT(*) AS n FROM coupons
        WHERE template = $1 AND state = 'locked' AND locked_until > $2";
    const USABLE: &str = "SELECT COUNT(*) AS seen, CAST(COALESCE(SUM(CASE
            WHEN valid_until IS NOT NULL AND valid_until <= $2 THEN 0
            WHEN state = 'available' THEN 1
            WHEN state = 'locked' AND locked_until <= $2 AND revoked_at IS NULL THEN 1
            ELSE 0 END), 0) AS BIGINT) AS usable
        FROM (SELECT state, valid_until, locked_until, revoked_at FROM coupons
            WHERE template = $1 ORDER BY code LIMIT $3) AS looked_at";
    let db = engine.reader();
    let now = engine.now().timestamp_micros();
    let limit = i64::try_from(looked_at).unwrap_or(i64::MAX);
    let values: [Value; 3] = [template.id.0.into(), now.into(), limit.into()];
    let locked = db.query_one_raw(sql(db, LOCKED, values[..2].to_vec())).await?;
    let locked: i64 = locked.map_or(Ok(0), |row| row.try_get("", "n"))?;
    let row = db.query_one_raw(sql(db, USABLE, values)).await?;
    let row = row.ok_or_else(|| Fault::new("a count without a row"))?;
    let (seen, usable): (i64, i64) = (row.try_get("", "seen")?, row.try_get("", "usable")?);
    let (seen, usable) = (seen.unsigned_abs(), usable.unsigned_abs());
    let is_estimate = seen >= looked_at && template.issued > seen;
    let usable = match is_estimate {
        true => (u128::from(usable) * u128::from(template.issued) / u128::from(seen)) as u64,
        false => usable,
    };
    Ok(Outstanding { usable, locked: locked.unsigned_abs(), is_estimate })
}

/// Something that happened to a coupon of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// Which coupon.
    pub coupon: Code,
    /// Through which channel it was claimed.
    pub channel: Option<Channel>,
    /// What happened.
    pub step: Step,
}

/// Happenings in one answer.
const HAPPENINGS: u64 = 20;

/// What happened to a template's coupons last, newest first.
pub async fn activity(engine: &Engine, _: &impl Reader, id: TemplateId) -> Result<Vec<Happening>> {
    const READ: &str = "SELECT kind, at, coupon, channel, order_ref, amount FROM events
        WHERE template = $1 ORDER BY at DESC, n DESC LIMIT $2";
    let db = engine.reader();
    let limit = i64::try_from(HAPPENINGS).unwrap_or(i64::MAX);
    let mut happenings = Vec::new();
    for row in db.query_all_raw(sql(db, READ, [id.0.into(), limit.into()])).await? {
        let kind: String = row.try_get("", "kind")?;
        let code: String = row.try_get("", "coupon")?;
        let channel: Option<String> = row.try_get("", "channel")?;
        let order: Option<String> = row.try_get("", "order_ref")?;
        happenings.push(Happening {
            coupon: Code::parse(&code).ok_or_else(|| Fault::new("an event of no coupon"))?,
            channel: channel.and_then(|channel| Channel::new(channel).ok()),
            step: Step {
                kind: Kind::parse(&kind).ok_or_else(|| Fault::new("an event of no known kind"))?,
                at: time(row.try_get("", "at")?),
                order: order.and_then(|order| domain::OrderRef::new(order).ok()),
                amount: domain::Money::minor(row.try_get("", "amount")?),
            },
        });
    }
    Ok(happenings)
}
