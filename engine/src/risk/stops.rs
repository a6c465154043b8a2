//! Who has guessed too much and has to wait, or is locked out: held by every node, so that asking
//! costs nothing.

use std::collections::HashMap;
use std::sync::Arc;

use domain::Time;
use domain::risk::{Reached, Rule, Rules, Step, Who};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::counters::subject;
use crate::clock::time;
use crate::store::cached::bump;
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Fault, Result};

/// Under which name their version is counted.
pub(crate) const SUBJECT: &str = "risk_stops";

/// Each stop, by its rule and by whom that counts.
pub(crate) type Stops = HashMap<(Rule, String), Stop>;

/// How far it has come with somebody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    step: Step,
    ends_at: Time,
}

pub(super) async fn current(engine: &Engine) -> Result<Arc<Stops>> {
    engine.0.stops.get(engine, load).await
}

async fn load(db: &DatabaseConnection) -> Result<Stops> {
    let mut stops = Stops::new();
    for row in db.query_all_raw(sql(db, "SELECT * FROM risk_stops", [])).await? {
        let rule = Rule::parse(&row.try_get::<String>("", "rule")?);
        let step = Step::parse(&row.try_get::<String>("", "step")?);
        let (rule, step) = rule.zip(step).ok_or_else(|| Fault::new("a stop reads oddly"))?;
        let ends_at = time(row.try_get("", "ends_at")?);
        stops.insert((rule, row.try_get("", "subject")?), Stop { step, ends_at });
    }
    Ok(stops)
}

/// The stops that hold for somebody, none milder than `from`.
pub(super) fn reached(
    stops: &Stops,
    rules: &Rules,
    who: &Who,
    from: Step,
    now: Time,
) -> Vec<Reached> {
    if stops.is_empty() {
        return Vec::new();
    }
    let stop = |rule: Rule| {
        let Stop { step, ends_at } = *stops.get(&(rule, subject(rule, who)?))?;
        let holds = step >= from && now < ends_at;
        holds.then(|| Reached { rule, bound: rules.get(rule), step, ends_at })
    };
    Rule::OF_WRONG.into_iter().filter_map(stop).collect()
}

/// Writes stops down, and tells every node. Answers whether anything is new.
pub(super) async fn raise(tx: &Tx, stops: &[(String, Reached)]) -> Result<bool> {
    const RAISE: &str = "INSERT INTO risk_stops (rule, subject, step, ends_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (rule, subject) DO UPDATE SET step = excluded.step, ends_at = excluded.ends_at
        WHERE risk_stops.step <> excluded.step OR risk_stops.ends_at < excluded.ends_at";
    let mut raised = 0;
    for (subject, reached) in stops {
        let values = [
            reached.rule.as_str().into(),
            subject.as_str().into(),
            reached.step.as_str().into(),
            reached.ends_at.timestamp_micros().into(),
        ];
        raised += tx.execute_raw(sql(tx, RAISE, values)).await?.rows_affected();
    }
    if raised > 0 {
        bump(tx, SUBJECT).await?;
    }
    Ok(raised > 0)
}

/// Removes stops that have ended.
pub(super) async fn sweep(engine: &Engine, now: Time, limit: u32) -> Result<u64> {
    const SWEEP: &str = "DELETE FROM risk_stops WHERE (rule, subject) IN
        (SELECT rule, subject FROM risk_stops WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2)
        AND ends_at <= $1";
    engine.remove(SWEEP, [now.timestamp_micros().into(), i64::from(limit).into()]).await
}
