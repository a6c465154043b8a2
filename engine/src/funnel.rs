//! From view to return: what became of coupons, read from the ledger, the hourly counts and the
//! refunds.
//!
//! Money is told of whole orders. An order paid with coupons of several templates counts in each
//! one's funnel with all that it came to, and so does each of its refunds; in the funnel of all
//! templates it counts once. What a coupon took off is its own alone.

use std::collections::BTreeMap;

use chrono::{DurationRound, TimeDelta};
use domain::actor::Reader;
use domain::coupon::Kind;
use domain::funnel::{Amounts, Bucket, Funnel, Stages, Step};
use domain::template::Window;
use domain::{Channel, Money, Problem, Refusal, TemplateId, Time};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::clock::time;
use crate::counts::{self, VIEW};
use crate::store::sql;
use crate::{Engine, Result};

/// Which part of all that happened a funnel tells of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Of this template; of all without.
    pub template: Option<TemplateId>,
    /// Of coupons and views that came through this channel.
    pub channel: Option<Channel>,
    /// Half-open; an open side is all there is.
    pub period: Window,
}

impl Part {
    /// One template over a period.
    pub fn of(template: TemplateId, period: Window) -> Self {
        Self { template: Some(template), channel: None, period }
    }
}

/// The most steps one answer is cut up into.
pub const BUCKETS_MAX: usize = 10_000;

/// What the store is asked in: every zone's midnight lies on a quarter of an hour.
const QUARTER: i64 = 15 * 60 * 1_000_000;

/// What happened within one slot of time.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    stages: Stages,
    granted: u64,
    amounts: Amounts,
}

/// A period's slots, by their number.
type Slots = BTreeMap<i64, Slot>;

/// The funnel of a part, cut up where steps are asked for. Refuses `invalid` with the field `bucket`
/// where that makes more than [`BUCKETS_MAX`].
pub async fn read(
    engine: &Engine,
    _: &impl Reader,
    part: &Part,
    step: Option<Step>,
) -> Result<Funnel> {
    counts::flush(engine).await?;
    // In one piece, time is a single slot.
    let asking = Asking { engine, part, width: step.map_or(i64::MAX, |_| QUARTER) };
    let mut slots = Slots::new();
    asking.views(&mut slots).await?;
    asking.happenings(&mut slots).await?;
    asking.turnover(&mut slots).await?;
    asking.refunds(&mut slots).await?;
    let mut funnel = Funnel { unique_viewers: asking.unique_viewers().await?, ..Funnel::default() };
    for slot in slots.values() {
        funnel.stages += slot.stages;
        funnel.granted += slot.granted;
        funnel.amounts += slot.amounts;
    }
    if let Some(step) = step {
        funnel.buckets = buckets(engine, &slots, step)?;
    }
    Ok(funnel)
}

/// Slots put together into the steps they lie in.
fn buckets(engine: &Engine, slots: &Slots, step: Step) -> Result<Vec<Bucket>> {
    let zone = engine.settings().time_zone;
    let begins = |at: Time| match step {
        Step::Hour => at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at),
        Step::Day => zone.start_of(zone.day(at)),
    };
    let mut buckets: Vec<Bucket> = Vec::new();
    for (number, slot) in slots {
        let at = begins(time(number * QUARTER));
        match buckets.last_mut().filter(|bucket| bucket.at == at) {
            Some(bucket) => {
                bucket.stages += slot.stages;
                bucket.amounts += slot.amounts;
            }
            None => buckets.push(Bucket { at, stages: slot.stages, amounts: slot.amounts }),
        }
    }
    if buckets.len() > BUCKETS_MAX {
        let problem = Problem::TooMany { max: BUCKETS_MAX as u64 };
        return Err(Refusal::invalid("bucket", problem).into());
    }
    Ok(buckets)
}

/// One funnel's questions to the store. Each binds the width of a slot and the period as `$1` to
/// `$3`, and what else narrows it behind.
struct Asking<'a> {
    engine: &'a Engine,
    part: &'a Part,
    width: i64,
}

impl Asking<'_> {
    /// A stage counts coupons entering it: a one-step redeem counts lock and redeem, and a return
    /// counts a coupon at its first refund.
    async fn happenings(&self, slots: &mut Slots) -> Result<()> {
        let mut values = self.values();
        let text = format!(
            "SELECT at / $1 AS slot, kind, COUNT(*) AS n,
                CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS amount
            FROM events WHERE at >= $2 AND at < $3
                AND kind IN ('claimed', 'granted', 'locked', 'redeemed', 'returned'){}{}
            GROUP BY 1, 2",
            self.of_template("template", &mut values),
            self.of_channel("channel", &mut values),
        );
        for row in self.rows(text, values).await? {
            let (slot, n) = numbers(&row, slots, "n")?;
            let kind: String = row.try_get("", "kind")?;
            let Stages { claim, lock, redeem, returned, .. } = &mut slot.stages;
            match Kind::parse(&kind) {
                Some(Kind::Claimed) => *claim += n,
                Some(Kind::Granted) => {
                    *claim += n;
                    slot.granted += n;
                }
                Some(Kind::Locked) => *lock += n,
                Some(Kind::Redeemed) => {
                    *redeem += n;
                    slot.amounts.discount += Money::minor(row.try_get("", "amount")?);
                }
                Some(Kind::Returned) => *returned += n,
                _ => {}
            }
        }
        Ok(())
    }

    /// What orders came to, each once. It stands with the first coupon of each template alone, which
    /// may have come through another channel than the one asked for.
    async fn turnover(&self, slots: &mut Slots) -> Result<()> {
        let mut values = self.values();
        let of_template = self.of_template("template", &mut values);
        let through = match &self.part.channel {
            Some(channel) => {
                values.push(channel.as_str().into());
                let place = values.len();
                format!("HAVING SUM(CASE WHEN channel = ${place} THEN 1 ELSE 0 END) > 0")
            }
            None => String::new(),
        };
        let text = format!(
            "SELECT slot, CAST(SUM(turnover) AS BIGINT) AS turnover
            FROM (SELECT at / $1 AS slot, order_ref, MAX(turnover) AS turnover FROM events
                WHERE at >= $2 AND at < $3 AND kind = 'redeemed'{of_template}
                GROUP BY 1, 2 {through}) AS paid
            GROUP BY slot"
        );
        for row in self.rows(text, values).await? {
            let turnover = Money::minor(row.try_get("", "turnover")?);
            slot(&row, slots)?.amounts.turnover += turnover;
        }
        Ok(())
    }

    /// Every refund of an order that was paid with such a coupon, each once.
    async fn refunds(&self, slots: &mut Slots) -> Result<()> {
        let mut values = self.values();
        let of_template = self.of_template("used.template", &mut values);
        let through = match &self.part.channel {
            Some(_) => format!(
                "JOIN coupons ON coupons.bucket = used.coupon_bucket AND coupons.code = used.code{}",
                self.of_channel("coupons.channel", &mut values)
            ),
            None => String::new(),
        };
        let text = format!(
            "SELECT created_at / $1 AS slot, CAST(SUM(amount) AS BIGINT) AS refunded
            FROM returns WHERE created_at >= $2 AND created_at < $3
            AND EXISTS (SELECT 1 FROM redemption_coupons used
                JOIN redemptions ON redemptions.bucket = used.bucket
                    AND redemptions.id = used.redemption AND redemptions.outcome = 'redeemed'
                {through}
                WHERE used.bucket = returns.bucket
                    AND used.redemption = returns.redemption{of_template})
            GROUP BY 1"
        );
        for row in self.rows(text, values).await? {
            let refunded = Money::minor(row.try_get("", "refunded")?);
            slot(&row, slots)?.amounts.refunded += refunded;
        }
        Ok(())
    }

    async fn views(&self, slots: &mut Slots) -> Result<()> {
        let mut values = self.values();
        let text = format!(
            "SELECT hour / $1 AS slot, CAST(SUM(n) AS BIGINT) AS n FROM counts
            WHERE hour >= $2 AND hour < $3 AND kind = '{VIEW}'{}{}
            GROUP BY 1",
            self.of_template("template", &mut values),
            self.of_channel("channel", &mut values),
        );
        for row in self.rows(text, values).await? {
            let (slot, n) = numbers(&row, slots, "n")?;
            slot.stages.view += n;
        }
        Ok(())
    }

    async fn unique_viewers(&self) -> Result<u64> {
        let (zone, period) = (self.engine.settings().time_zone, self.part.period);
        let first = period.from.map_or(i64::MIN, |from| zone.day_number(from));
        // A period that ends at midnight ends with the day before.
        let last_moment = |until: Time| until - TimeDelta::microseconds(1);
        let last = period.until.map_or(i64::MAX, |until| zone.day_number(last_moment(until)));
        let mut values = vec![first.into(), last.into()];
        let text = format!(
            "SELECT COUNT(DISTINCT visitor) AS n FROM viewers WHERE day >= $1 AND day <= $2{}{}",
            self.of_template("template", &mut values),
            self.of_channel("channel", &mut values),
        );
        let rows = self.rows(text, values).await?;
        let n: i64 = rows.first().map_or(Ok(0), |row| row.try_get("", "n"))?;
        Ok(n.unsigned_abs())
    }

    fn values(&self) -> Vec<Value> {
        let Window { from, until } = self.part.period;
        let micros = |side: Option<Time>, open| side.map_or(open, |time| time.timestamp_micros());
        let (from, until) = (micros(from, i64::MIN), micros(until, i64::MAX));
        vec![self.width.into(), from.into(), until.into()]
    }

    fn of_template(&self, column: &str, values: &mut Vec<Value>) -> String {
        only(column, self.part.template.map(|template| template.0.into()), values)
    }

    fn of_channel(&self, column: &str, values: &mut Vec<Value>) -> String {
        only(column, self.part.channel.as_ref().map(|channel| channel.as_str().into()), values)
    }

    async fn rows(&self, text: String, values: Vec<Value>) -> Result<Vec<QueryResult>> {
        let db = self.engine.reader();
        Ok(db.query_all_raw(sql(db, text, values)).await?)
    }
}

/// A condition, where there is something to compare with.
fn only(column: &str, value: Option<Value>, values: &mut Vec<Value>) -> String {
    let Some(value) = value else { return String::new() };
    values.push(value);
    format!(" AND {column} = ${}", values.len())
}

fn slot<'a>(row: &QueryResult, slots: &'a mut Slots) -> Result<&'a mut Slot> {
    Ok(slots.entry(row.try_get("", "slot")?).or_default())
}

/// The slot of a row, and a number in it.
fn numbers<'a>(row: &QueryResult, slots: &'a mut Slots, n: &str) -> Result<(&'a mut Slot, u64)> {
    let n: i64 = row.try_get("", n)?;
    Ok((slot(row, slots)?, n.unsigned_abs()))
}
