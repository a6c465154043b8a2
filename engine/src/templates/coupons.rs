//! What is out of a template: how many coupons may be used, how many orders hold one, and what
//! happened to them lately.

use domain::actor::Reader;
use domain::coupon::Kind;
use domain::{Channel, Code, TemplateId};
use sea_orm::ConnectionTrait;

use crate::clock::time;
use crate::store::templates::TemplateKey;
use crate::store::{rows, sql};
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
    /// Codes made in advance that nobody has entered: issued, and in no wallet.
    pub unclaimed: Unclaimed,
}

/// Codes that nobody has entered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unclaimed {
    /// How many.
    pub count: u64,
    /// Told from a part of the codes.
    pub is_estimate: bool,
}

/// Coupons looked at to tell how many may be used.
const LOOKED_AT: u64 = 20_000;

/// The same where there are many templates.
const LOOKED_AT_OF_EACH: u64 = 1_000;

/// How many coupons of a template may be used and how many are in orders, by the clock. These are
/// counted at all locks there are just now, those at a bounded number of rows: of a template that issued
/// more than `LOOKED_AT` the ones with the lowest codes are looked at, which is by chance, and the whole
/// is told from them.
pub async fn outstanding(
    engine: &Engine,
    _: &impl Reader,
    template: &Template,
) -> Result<Outstanding> {
    together(engine, std::slice::from_ref(template), LOOKED_AT).await
}

/// The same of several together, each from fewer of its coupons.
pub async fn outstanding_of_each(
    engine: &Engine,
    _: &impl Reader,
    templates: &[Template],
) -> Result<Outstanding> {
    together(engine, templates, LOOKED_AT_OF_EACH).await
}

async fn together(engine: &Engine, templates: &[Template], looked_at: u64) -> Result<Outstanding> {
    let locked = locked(engine, templates).await?;
    let mut all = Outstanding { locked, ..Outstanding::default() };
    for template in templates {
        let one = in_wallets(engine, template, looked_at).await?;
        all.usable += one.usable;
        all.is_estimate |= one.is_estimate;
        all.unclaimed.count += one.unclaimed.count;
        all.unclaimed.is_estimate |= one.unclaimed.is_estimate;
    }
    Ok(all)
}

async fn locked(engine: &Engine, templates: &[Template]) -> Result<u64> {
    // Coupons by their lock, never by their template, of which there are many that are long over.
    const LOCKED: &str = "SELECT CAST(COALESCE(SUM((SELECT COUNT(CASE
                WHEN lock_coupons.template IN (SELECT template FROM {rows}) THEN 1 END)
            FROM lock_coupons
            WHERE lock_coupons.bucket = locks.bucket AND lock_coupons.lock = locks.id)), 0)
            AS BIGINT) AS n
        FROM locks WHERE state = 'active' AND until > $2";
    if templates.is_empty() {
        return Ok(0);
    }
    let keys: Vec<_> =
        templates.iter().map(|template| TemplateKey { template: template.id.0 }).collect();
    let (db, now) = (engine.reader(), engine.now().timestamp_micros());
    let row = db.query_one_raw(rows::statement(db, LOCKED, &keys, [now.into()])?).await?;
    let n: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(n.unsigned_abs())
}

/// How many may be used, and how many codes nobody has entered; no lock is looked at.
async fn in_wallets(engine: &Engine, template: &Template, looked_at: u64) -> Result<Outstanding> {
    const USABLE: &str = "SELECT COUNT(*) AS seen, CAST(COALESCE(SUM(CASE
            WHEN valid_until IS NOT NULL AND valid_until <= $2 THEN 0
            WHEN state = 'available' THEN 1
            WHEN state = 'locked' AND locked_until <= $2 AND revoked_at IS NULL THEN 1
            ELSE 0 END), 0) AS BIGINT) AS usable
        FROM (SELECT state, valid_until, locked_until, revoked_at FROM coupons
            WHERE template = $1 ORDER BY code LIMIT $3) AS looked_at";
    let (db, now) = (engine.reader(), engine.now().timestamp_micros());
    let limit = i64::try_from(looked_at).unwrap_or(i64::MAX);
    let values = [template.id.0.into(), now.into(), limit.into()];
    let row = db.query_one_raw(sql(db, USABLE, values)).await?;
    let row = row.ok_or_else(|| Fault::new("a count without a row"))?;
    let (seen, usable): (i64, i64) = (row.try_get("", "seen")?, row.try_get("", "usable")?);
    let (seen, usable) = (seen.unsigned_abs(), usable.unsigned_abs());
    let unclaimed = unclaimed(engine, template.id, looked_at).await?;
    let in_wallets = template.issued.saturating_sub(unclaimed.count);
    let is_estimate = seen >= looked_at && in_wallets > seen;
    let usable = if is_estimate { part(usable, seen, in_wallets) } else { usable };
    Ok(Outstanding { usable, locked: 0, is_estimate, unclaimed })
}

/// Codes of a template that nobody has entered, looked at alike.
async fn unclaimed(engine: &Engine, id: TemplateId, looked_at: u64) -> Result<Unclaimed> {
    const READ: &str = "SELECT COUNT(*) AS seen, CAST(COALESCE(SUM(CASE
            WHEN state = 'unclaimed' THEN 1 ELSE 0 END), 0) AS BIGINT) AS unclaimed,
            (SELECT CAST(COALESCE(SUM(made), 0) AS BIGINT) FROM pools WHERE template = $1) AS made
        FROM (SELECT state FROM pool_codes WHERE template = $1 ORDER BY code LIMIT $2) AS looked_at";
    let db = engine.reader();
    let limit = i64::try_from(looked_at).unwrap_or(i64::MAX);
    let row = db.query_one_raw(sql(db, READ, [id.0.into(), limit.into()])).await?;
    let row = row.ok_or_else(|| Fault::new("a count without a row"))?;
    let number = |name: &str| row.try_get::<i64>("", name).map(i64::unsigned_abs);
    let (seen, count, made) = (number("seen")?, number("unclaimed")?, number("made")?);
    let is_estimate = seen >= looked_at && made > seen;
    Ok(Unclaimed { count: if is_estimate { part(count, seen, made) } else { count }, is_estimate })
}

/// As much of the whole as was found in what was seen of it.
fn part(found: u64, seen: u64, whole: u64) -> u64 {
    (u128::from(found) * u128::from(whole) / u128::from(seen.max(1))) as u64
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
