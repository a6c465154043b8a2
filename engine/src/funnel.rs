//! From view to redemption: what became of a template's coupons, read from the ledger and the
//! hourly counts.

use chrono::TimeDelta;
use domain::actor::Reader;
use domain::coupon::Kind;
use domain::funnel::{Amounts, Funnel, Stages};
use domain::template::Window;
use domain::{Money, TemplateId, Time};
use sea_orm::{ConnectionTrait, Value};

use crate::counts::{self, VIEW};
use crate::store::sql;
use crate::{Engine, Result};

/// The funnel of one template over a period, half-open; an open side is all there is.
pub async fn read(
    engine: &Engine,
    _: &impl Reader,
    template: TemplateId,
    period: Window,
) -> Result<Funnel> {
    counts::flush(engine).await?;
    let db = engine.reader();
    let (from, until) = (micros(period.from, i64::MIN), micros(period.until, i64::MAX));
    let mut funnel = Funnel::default();
    const EVENTS: &str = "SELECT kind, COUNT(*) AS n,
            CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS amount,
            CAST(COALESCE(SUM(turnover), 0) AS BIGINT) AS turnover
        FROM events WHERE template = $1 AND at >= $2 AND at < $3 GROUP BY kind";
    let values: [Value; 3] = [template.0.into(), from.into(), until.into()];
    for row in db.query_all_raw(sql(db, EVENTS, values.clone())).await? {
        let n: i64 = row.try_get("", "n")?;
        let amount = Money::minor(row.try_get("", "amount")?);
        let turnover = Money::minor(row.try_get("", "turnover")?);
        let kind: String = row.try_get("", "kind")?;
        enter(&mut funnel, Kind::parse(&kind), n.unsigned_abs(), amount, turnover);
    }
    const VIEWS: &str = "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM counts
        WHERE template = $1 AND hour >= $2 AND hour < $3 AND kind = $4";
    let views = values.clone().into_iter().chain([VIEW.into()]);
    funnel.stages.view = number(db, VIEWS, views).await?;
    const VIEWERS: &str = "SELECT COUNT(DISTINCT visitor) FROM viewers
        WHERE template = $1 AND day >= $2 AND day <= $3";
    let zone = engine.settings().time_zone;
    let first = period.from.map_or(i64::MIN, |from| zone.day_number(from));
    // A period that ends at midnight ends with the day before.
    let last_moment = |until: Time| until - TimeDelta::microseconds(1);
    let last = period.until.map_or(i64::MAX, |until| zone.day_number(last_moment(until)));
    let days = [template.0.into(), first.into(), last.into()];
    funnel.unique_viewers = number(db, VIEWERS, days).await?;
    Ok(funnel)
}

/// A stage counts coupons entering it: a one-step redeem counts lock and redeem, and a return
/// counts a coupon at its first refund.
fn enter(funnel: &mut Funnel, kind: Option<Kind>, n: u64, amount: Money, turnover: Money) {
    let Stages { claim, lock, redeem, returned, .. } = &mut funnel.stages;
    let amounts: &mut Amounts = &mut funnel.amounts;
    match kind {
        Some(Kind::Claimed) => *claim += n,
        Some(Kind::Granted) => {
            *claim += n;
            funnel.granted += n;
        }
        Some(Kind::Locked) => *lock += n,
        Some(Kind::Redeemed) => {
            *redeem += n;
            amounts.discount += amount;
            amounts.turnover += turnover;
        }
        Some(Kind::Returned) => {
            *returned += n;
            amounts.refunded += amount;
        }
        _ => {}
    }
}

async fn number(
    db: &impl ConnectionTrait,
    text: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64> {
    let row = db.query_one_raw(sql(db, text, values)).await?;
    let n: i64 = row.map_or(Ok(0), |row| row.try_get_by(0))?;
    Ok(n.unsigned_abs())
}

fn micros(side: Option<Time>, open: i64) -> i64 {
    side.map_or(open, |time| time.timestamp_micros())
}
