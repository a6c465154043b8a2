//! What each rule finds now. None of it looks at more rows than a bounded number, or than there are
//! templates.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use domain::actor::Reader;
use domain::alert::{Bound, Measure, Rule, Rules};
use domain::template::{Draft, Phase, Window};
use domain::{TemplateId, Time};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use uuid::Uuid;

use super::rules;
use crate::issuance::tickets::{self, Line};
use crate::store::rows::{self, rows};
use crate::store::sql;
use crate::templates::known::{self, Known};
use crate::{Engine, Result};

/// The most coupons that one rule looks at, those that are worst.
const SUBJECTS: i64 = 200;

/// Rows that are counted at most: there are many, and how many more is nobody's question.
const COUNTED: i64 = 100_000;

/// What a rule has measured of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) rule: Rule,
    /// A template's id, a coupon's code, or nothing.
    pub(super) subject: String,
    pub(super) value: u64,
}

/// What the rules that are on find now. What has fired and stays alarming is looked at beside what is
/// worst: `fired` has the rules' words with the subjects.
pub(super) async fn measure(
    engine: &Engine,
    rules: &Rules,
    now: Time,
    fired: &[(&str, &str)],
) -> Result<Vec<Found>> {
    let mut all = Vec::new();
    for rule in Rule::ALL {
        let bound = rules.get(rule);
        if !bound.is_on {
            continue;
        }
        let of_rule = fired.iter().filter(|(of, _)| *of == rule.as_str());
        let fired = of_rule.map(|(_, subject)| (*subject).to_owned()).collect();
        let measures = Asking { engine, bound, now, fired }.measures(rule).await?;
        all.extend(measures.into_iter().filter_map(|(subject, measure)| {
            rule.value(measure).map(|value| Found { rule, subject, value })
        }));
    }
    Ok(all)
}

/// A rule, and the most it finds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub rule: Rule,
    /// How much is too much.
    pub bound: Bound,
    /// The most that it finds of any one thing; none where it is off, or where there is too little to
    /// say anything.
    pub value: Option<u64>,
    /// Whether anything that it finds is too much, or has fired and is not well again.
    pub is_alarming: bool,
}

/// How every rule stands; it may be a second old, however often somebody asks.
pub async fn standings(engine: &Engine, _: &impl Reader) -> Result<Arc<Vec<Standing>>> {
    engine.0.standings.get(engine, async |_| stand(engine).await).await
}

async fn stand(engine: &Engine) -> Result<Vec<Standing>> {
    let rules = rules::read(engine.reader()).await?;
    let fired = fired(engine.reader()).await?;
    let fired: Vec<_> = fired.iter().map(|(rule, of)| (rule.as_str(), of.as_str())).collect();
    let found = measure(engine, &rules, engine.now(), &fired).await?;
    let standing = |rule: Rule| {
        let bound = rules.get(rule);
        let is_alarming = |found: &Found| {
            let has_fired = fired.contains(&(rule.as_str(), found.subject.as_str()));
            bound.is_passed(found.value) || (has_fired && !bound.is_well(found.value))
        };
        let mut standing = Standing { rule, bound, value: None, is_alarming: false };
        for found in found.iter().filter(|found| found.rule == rule) {
            standing.value = standing.value.max(Some(found.value));
            standing.is_alarming |= is_alarming(found);
        }
        standing
    };
    Ok(Rule::ALL.map(standing).to_vec())
}

/// The rules' words and the subjects of what has fired and not ended.
async fn fired(db: &impl ConnectionTrait) -> Result<Vec<(String, String)>> {
    const READ: &str = "SELECT rule, subject FROM alerts
        WHERE fired_at IS NOT NULL AND ended_at IS NULL";
    let found = db.query_all_raw(sql(db, READ, [])).await?;
    found.iter().map(|row| Ok((row.try_get("", "rule")?, row.try_get("", "subject")?))).collect()
}

/// What came of claims within the last hour, on all nodes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Claims {
    /// Those that became coupons.
    pub claimed: u64,
    /// Those that the rules refused.
    pub refused: u64,
    /// Those that got no answer, for a fault of ours.
    pub failed: u64,
}

/// What came of claims within the last hour.
pub async fn claims(engine: &Engine, _: &impl Reader) -> Result<Claims> {
    const READ: &str = "SELECT kind, CAST(SUM(n) AS BIGINT) AS n FROM pulses
        WHERE kind IN ('claimed', 'refused', 'failed') AND minute > $1 GROUP BY kind";
    let since = (engine.now() - TimeDelta::hours(1)).timestamp_micros();
    let db = engine.reader();
    let mut claims = Claims::default();
    for row in db.query_all_raw(sql(db, READ, [since.into()])).await? {
        let n = row.try_get::<i64>("", "n")?.unsigned_abs();
        match row.try_get::<String>("", "kind")?.as_str() {
            "claimed" => claims.claimed = n,
            "refused" => claims.refused = n,
            _ => claims.failed = n,
        }
    }
    Ok(claims)
}

/// What waits to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queues {
    /// Claims in line.
    pub line: Line,
    /// What webhooks are still to be told.
    pub deliveries: u64,
    /// Of them, those that have failed before.
    pub failing_deliveries: u64,
    /// Grants that run.
    pub grants: u64,
    /// Pools that are being made.
    pub pools: u64,
}

/// What waits on all nodes, all but the line counted up to a hundred thousand.
pub async fn queues(engine: &Engine, _: &impl Reader) -> Result<Queues> {
    const FAILING: &str = "deliveries WHERE state = 'waiting' AND attempts > 0
        AND (status IS NOT NULL OR problem IS NOT NULL)";
    Ok(Queues {
        line: tickets::line(engine).await?,
        deliveries: count(engine, "deliveries WHERE state = 'waiting'").await?,
        failing_deliveries: count(engine, FAILING).await?,
        grants: count(engine, "grants WHERE state IN ('checking', 'running')").await?,
        pools: count(engine, "pools WHERE state = 'making'").await?,
    })
}

async fn count(engine: &Engine, what: &str) -> Result<u64> {
    let db = engine.reader();
    let text = format!("SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM {what} LIMIT $1) AS found");
    let row = db.query_one_raw(sql(db, text, [COUNTED.into()])).await?;
    let n: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(n.unsigned_abs())
}

/// One rule's question to the store.
struct Asking<'a> {
    engine: &'a Engine,
    bound: Bound,
    now: Time,
    /// Of what it has fired already.
    fired: Vec<String>,
}

rows! {
    struct Tried { coupon: String }
    struct Stocked { template: Uuid }
}

/// What was measured of each thing.
type Measures = BTreeMap<String, Measure>;

impl Asking<'_> {
    async fn measures(&self, rule: Rule) -> Result<Measures> {
        match rule {
            Rule::IssueFailures => self.issue_failures().await,
            Rule::RefusalSpike => self.refusals().await,
            Rule::CouponTried => self.coupons_tried().await,
            Rule::StockLow => self.stock().await,
            Rule::BudgetLow => self.budgets().await,
            Rule::QueueLag => self.queue_lag().await,
            Rule::DeliveryFailures => self.delivery_failures().await,
        }
    }

    async fn issue_failures(&self) -> Result<Measures> {
        const READ: &str =
            "SELECT CAST(COALESCE(SUM(CASE WHEN kind = 'failed' THEN n ELSE 0 END), 0)
                AS BIGINT) AS part, CAST(COALESCE(SUM(n), 0) AS BIGINT) AS whole
            FROM pulses WHERE kind IN ('claimed', 'refused', 'failed') AND minute > $1";
        self.read(READ, [self.since(1).into()]).await
    }

    /// Those of the window, and those of the one before.
    async fn refusals(&self) -> Result<Measures> {
        const READ: &str = "SELECT CAST(COALESCE(SUM(CASE WHEN minute > $1 THEN n ELSE 0 END), 0)
                AS BIGINT) AS part,
                CAST(COALESCE(SUM(CASE WHEN minute > $1 THEN 0 ELSE n END), 0) AS BIGINT) AS whole
            FROM pulses WHERE kind = 'refused' AND minute > $2";
        self.read(READ, [self.since(1).into(), self.since(2).into()]).await
    }

    async fn coupons_tried(&self) -> Result<Measures> {
        const READ: &str = "SELECT subject, CAST(SUM(n) AS BIGINT) AS part FROM pulses
            WHERE kind = 'tried' AND minute > $1 GROUP BY subject ORDER BY 2 DESC, 1 LIMIT $2";
        const OF_FIRED: &str = "SELECT subject, CAST(SUM(n) AS BIGINT) AS part
            FROM {rows} JOIN pulses ON pulses.subject = rows.coupon
            WHERE kind = 'tried' AND minute > $2 GROUP BY subject";
        let db = self.engine.reader();
        let since: Value = self.since(1).into();
        let worst = sql(db, READ, [since.clone(), SUBJECTS.into()]);
        let mut found = db.query_all_raw(worst).await?;
        if !self.fired.is_empty() {
            let fired = self.fired.iter().map(|coupon| Tried { coupon: coupon.clone() });
            let fired: Vec<Tried> = fired.collect();
            found.extend(db.query_all_raw(rows::statement(db, OF_FIRED, &fired, [since])?).await?);
        }
        let mut all = Measures::new();
        for row in found {
            let part: i64 = row.try_get("", "part")?;
            let measure = Measure { part: part.unsigned_abs(), whole: 0 };
            all.insert(row.try_get("", "subject")?, measure);
        }
        Ok(all)
    }

    /// Of what is open. What is all gone begins no alarm, and ends none: nothing is well again.
    async fn stock(&self) -> Result<Measures> {
        const READ: &str = "SELECT id, issued AS part, stock AS whole FROM templates
            WHERE state = 'live' AND stock > issued
                AND (claim_from IS NULL OR claim_from <= $1)
                AND (claim_until IS NULL OR claim_until > $1)";
        const OF_FIRED: &str = "SELECT id, issued AS part, stock AS whole
            FROM {rows} JOIN templates ON templates.id = rows.template
            WHERE state = 'live' AND stock > 0
                AND (claim_from IS NULL OR claim_from <= $2)
                AND (claim_until IS NULL OR claim_until > $2)";
        let now: Value = self.now.timestamp_micros().into();
        let mut all = self.of_templates(READ, [now.clone()]).await?;
        all.extend(self.of_fired(OF_FIRED, [now]).await?);
        self.unless_over(all, Draft::claimable).await
    }

    /// Of what may still be paid with. One that is all gone keeps orders from being placed.
    async fn budgets(&self) -> Result<Measures> {
        const READ: &str = "SELECT id, reserved + spent AS part, budget AS whole FROM templates
            WHERE state IN ('live', 'paused') AND budget > 0";
        let all = self.of_templates(READ, []).await?;
        self.unless_over(all, Draft::usable).await
    }

    /// Those of the templates whose time, as they say, has not passed: `time` is that.
    async fn unless_over(
        &self,
        mut all: Measures,
        time: impl Fn(&Draft) -> Window,
    ) -> Result<Measures> {
        let known = known::current(self.engine).await?;
        all.retain(|subject, _| {
            let template = subject.parse().ok().and_then(|id| known.get(id));
            let draft = template.and_then(Known::draft);
            draft.is_none_or(|draft| time(draft).phase(self.now) != Phase::Closed)
        });
        Ok(all)
    }

    async fn queue_lag(&self) -> Result<Measures> {
        let lag = tickets::oldest(self.engine).await?.num_seconds().unsigned_abs();
        Ok([(String::new(), Measure { part: lag, whole: 0 })].into())
    }

    /// Of those that are not through yet: what was tried again and got through has told itself.
    async fn delivery_failures(&self) -> Result<Measures> {
        const READ: &str = "SELECT COUNT(*) AS part, COUNT(*) AS whole
            FROM (SELECT 1 AS one FROM deliveries WHERE state <> 'delivered' AND attempts > 0
                AND tried_at > $1 AND (status IS NOT NULL OR problem IS NOT NULL)
                LIMIT $2) AS failed";
        self.read(READ, [self.since(1).into(), COUNTED.into()]).await
    }

    /// One measure of all there is.
    async fn read<const N: usize>(&self, text: &str, values: [Value; N]) -> Result<Measures> {
        let db = self.engine.reader();
        let row = db.query_one_raw(sql(db, text, values)).await?;
        row.map(|row| Ok((String::new(), read_measure(&row)?))).into_iter().collect()
    }

    async fn of_templates<const N: usize>(
        &self,
        text: &str,
        values: [Value; N],
    ) -> Result<Measures> {
        let db = self.engine.reader();
        let found = db.query_all_raw(sql(db, text, values)).await?;
        found.iter().map(read_template).collect()
    }

    /// The same of those that have fired.
    async fn of_fired<const N: usize>(&self, text: &str, values: [Value; N]) -> Result<Measures> {
        let templates = self.fired.iter().filter_map(|subject| subject.parse().ok());
        let templates: Vec<Stocked> = templates.map(|template| Stocked { template }).collect();
        if templates.is_empty() {
            return Ok(Measures::new());
        }
        let db = self.engine.reader();
        let found = db.query_all_raw(rows::statement(db, text, &templates, values)?).await?;
        found.iter().map(read_template).collect()
    }

    /// Where so many windows began, the last of which ends now.
    fn since(&self, windows: i32) -> i64 {
        (self.now - self.bound.window() * windows).timestamp_micros()
    }
}

fn read_template(row: &QueryResult) -> Result<(String, Measure)> {
    let id = TemplateId(row.try_get("", "id")?);
    Ok((id.to_string(), read_measure(row)?))
}

fn read_measure(row: &QueryResult) -> Result<Measure> {
    let (part, whole): (i64, i64) = (row.try_get("", "part")?, row.try_get("", "whole")?);
    Ok(Measure { part: part.unsigned_abs(), whole: whole.unsigned_abs() })
}
