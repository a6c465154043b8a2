//! Paid orders as the host shop tells of them, with or without a coupon, so that turnover can be
//! compared.

use domain::actor::{Reader, Redeeming};
use domain::template::Window;
use domain::{Channel, Money, OrderRef, Refusal, ShopperId, Time};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::clock::time;
use crate::idempotency::Once;
use crate::redemption::Answer;
use crate::store::shoppers::{Record, count_orders};
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Fault, Result};

/// An order that was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidOrder {
    /// Which.
    pub order: OrderRef,
    /// Whose.
    pub shopper: ShopperId,
    /// What was paid for it.
    pub total: Money,
    /// When, to the microsecond.
    pub paid_at: Time,
    /// Where its shopper came from.
    pub channel: Option<Channel>,
}

/// Takes a paid order down. The same order with the same content again is [`Answer::Known`]; with
/// other content, or of another shopper than the one it was locked for, it is `state_conflict`.
///
/// It counts as a paid order of its shopper, unless it was redeemed here, which counted it.
pub async fn tell_keyed(
    engine: &Engine,
    _: &Redeeming,
    paid: &PaidOrder,
    once: Option<&Once<(PaidOrder, Answer)>>,
) -> Result<(PaidOrder, Answer)> {
    engine
        .transact(once, |tx| async move {
            let answer = try_to_tell(&tx, paid, engine.now()).await?;
            Ok(Some((paid.clone(), answer)))
        })
        .await
}

/// How many orders that were paid within a period, here or as the host shop tells, had no coupon of
/// ours, and what was paid for them. One that is known both ways is as the host shop tells of it.
pub async fn without_coupons(
    engine: &Engine,
    _: &impl Reader,
    period: Window,
    channel: Option<&Channel>,
) -> Result<(u64, Money)> {
    // A payment that is an exception used none of its coupons.
    const PLAIN: &str = "(redemptions.outcome = 'exception' OR redemptions.discount = 0)";
    const SAME: &str =
        "redemptions.bucket = orders.bucket AND redemptions.order_ref = orders.order_ref";
    let through = if channel.is_some() { " AND channel = $3" } else { "" };
    let read = format!(
        "SELECT COUNT(*) AS n, CAST(COALESCE(SUM(total), 0) AS BIGINT) AS total FROM
        (SELECT total FROM orders WHERE paid_at >= $1 AND paid_at < $2{through}
            AND NOT EXISTS (SELECT 1 FROM redemptions WHERE {SAME} AND NOT {PLAIN})
        UNION ALL
        SELECT total FROM redemptions WHERE redeemed_at >= $1 AND redeemed_at < $2{through}
            AND {PLAIN} AND NOT EXISTS (SELECT 1 FROM orders WHERE {SAME})) AS plain"
    );
    let side = |side: Option<Time>, open: i64| side.map_or(open, |at| at.timestamp_micros());
    let sides = [side(period.from, i64::MIN), side(period.until, i64::MAX)].map(Value::from);
    let channel = channel.map(|channel| Value::from(channel.as_str()));
    let db = engine.reader();
    let row = db.query_one_raw(sql(db, read, sides.into_iter().chain(channel))).await?;
    let Some(row) = row else { return Ok((0, Money::ZERO)) };
    let (n, total): (i64, i64) = (row.try_get("", "n")?, row.try_get("", "total")?);
    Ok((n.unsigned_abs(), Money::minor(total)))
}

async fn try_to_tell(tx: &Tx, paid: &PaidOrder, now: Time) -> Result<Answer> {
    const INSERT: &str =
        "INSERT INTO orders (bucket, order_ref, shopper, total, paid_at, channel, told_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    refuse_anothers(tx, paid).await?;
    let values = [
        i64::from(paid.order.bucket().number()).into(),
        paid.order.as_str().into(),
        paid.shopper.as_str().into(),
        paid.total.units().into(),
        paid.paid_at.timestamp_micros().into(),
        paid.channel.as_ref().map(Channel::as_str).into(),
        now.timestamp_micros().into(),
    ];
    if tx.execute_raw(sql(tx, INSERT, values)).await?.rows_affected() == 0 {
        return match told_before(tx, &paid.order).await? {
            known if known == *paid => Ok(Answer::Known),
            _ => Err(Refusal::StateConflict { state: "paid".to_owned() }.into()),
        };
    }
    count_orders(tx, [(&paid.shopper, &paid.order)], Record::Told, now).await?;
    Ok(Answer::Made)
}

/// An order that we hold for one shopper is not another's.
async fn refuse_anothers(tx: &Tx, paid: &PaidOrder) -> Result<()> {
    const READ: &str = "SELECT state FROM locks
        WHERE bucket = $1 AND order_ref = $2 AND shopper <> $3";
    let values = [
        i64::from(paid.order.bucket().number()).into(),
        paid.order.as_str().into(),
        paid.shopper.as_str().into(),
    ];
    match tx.query_one_raw(sql(tx, READ, values)).await? {
        Some(row) => Err(Refusal::StateConflict { state: row.try_get("", "state")? }.into()),
        None => Ok(()),
    }
}

async fn told_before(tx: &Tx, order: &OrderRef) -> Result<PaidOrder> {
    const READ: &str = "SELECT order_ref, shopper, total, paid_at, channel FROM orders
        WHERE bucket = $1 AND order_ref = $2";
    let values = [i64::from(order.bucket().number()).into(), order.as_str().into()];
    let row = tx.query_one_raw(sql(tx, READ, values)).await?;
    fill(&row.ok_or_else(|| Fault::new("an order is there and is not"))?)
}

fn fill(row: &QueryResult) -> Result<PaidOrder> {
    let oddly = |_| Fault::new("an order reads oddly");
    let channel: Option<String> = row.try_get("", "channel")?;
    Ok(PaidOrder {
        order: OrderRef::new(row.try_get::<String>("", "order_ref")?).map_err(oddly)?,
        shopper: ShopperId::new(row.try_get::<String>("", "shopper")?).map_err(oddly)?,
        total: Money::minor(row.try_get("", "total")?),
        paid_at: time(row.try_get("", "paid_at")?),
        channel: channel.map(Channel::new).transpose().map_err(oddly)?,
    })
}
