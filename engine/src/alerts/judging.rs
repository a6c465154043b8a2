//! Judges by the rules what is measured: one node at a time, and safe where two do.
//!
//! What is alarming has one open row, which a unique key holds; it is told as fired and as ended by
//! whoever moved it there, in that transaction.

use std::collections::HashMap;

use chrono::TimeDelta;
use domain::actor::System;
use domain::alert::{Rule, Rules};
use domain::{Code, Time};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::measuring::{Found, measure};
use super::rules;
use crate::changes::{self, Change};
use crate::clock::time;
use crate::store::{fresh_id, sql};
use crate::tx::Tx;
use crate::{Engine, Result};

/// One node judges for all for so long. A lease that is lost costs nothing but work done twice.
const TURN: TimeDelta = TimeDelta::seconds(8);

/// How long it is remembered what was alarming.
const KEPT: TimeDelta = TimeDelta::days(90);

/// How long it is remembered what was counted: two of the longest windows, and an hour.
const COUNTED: TimeDelta = TimeDelta::hours(49);

/// An alert that has not ended.
struct Open {
    id: Uuid,
    rule: String,
    subject: String,
    since: Time,
    is_fired: bool,
    threshold: i64,
    value: i64,
}

/// Judges everything by the rules, unless another node just did; answers how many alerts fired or
/// ended. For the worker.
pub async fn judge(engine: &Engine, _: System) -> Result<usize> {
    let now = engine.now();
    if !take_turn(engine, now).await? {
        return Ok(0);
    }
    let rules = rules::read(engine.reader()).await?;
    let open = open(engine.reader()).await?;
    let fired = open.iter().filter(|open| open.is_fired);
    let fired: Vec<_> = fired.map(|open| (open.rule.as_str(), open.subject.as_str())).collect();
    let found = measure(engine, &rules, now, &fired).await?;
    let is_near = |found: &Found| !rules.get(found.rule).is_well(found.value);
    let near: Vec<Found> = found.into_iter().filter(is_near).collect();
    if near.is_empty() && open.is_empty() {
        return Ok(0);
    }
    let told = engine.transact(None, |tx| {
        let judging = Judging { rules: &rules, near: &near, open: &open, now };
        async move { judging.write(&tx).await.map(Some) }
    });
    told.await
}

/// Whether it is our turn; most of the time it is nobody's, which only costs a look.
async fn take_turn(engine: &Engine, now: Time) -> Result<bool> {
    const LOOK: &str = "SELECT 1 FROM turns WHERE job = 'alerts' AND leased_until > $1";
    const TAKE: &str = "INSERT INTO turns (job, leased_until) VALUES ('alerts', $2)
        ON CONFLICT (job) DO UPDATE SET leased_until = excluded.leased_until
        WHERE turns.leased_until <= $1";
    let (db, micros) = (engine.reader(), now.timestamp_micros());
    if db.query_one_raw(sql(db, LOOK, [micros.into()])).await?.is_some() {
        return Ok(false);
    }
    let tx = engine.begin().await?;
    let values = [micros.into(), (now + TURN).timestamp_micros().into()];
    let is_ours = tx.execute_raw(sql(&tx, TAKE, values)).await?.rows_affected() == 1;
    tx.commit().await?;
    Ok(is_ours)
}

async fn open(db: &impl ConnectionTrait) -> Result<Vec<Open>> {
    const READ: &str = "SELECT id, rule, subject, since, fired_at, threshold, value FROM alerts
        WHERE ended_at IS NULL";
    let mut open = Vec::new();
    for row in db.query_all_raw(sql(db, READ, [])).await? {
        open.push(Open {
            id: row.try_get("", "id")?,
            rule: row.try_get("", "rule")?,
            subject: row.try_get("", "subject")?,
            since: time(row.try_get("", "since")?),
            is_fired: row.try_get::<Option<i64>>("", "fired_at")?.is_some(),
            threshold: row.try_get("", "threshold")?,
            value: row.try_get("", "value")?,
        });
    }
    Ok(open)
}

/// What was found, beside what was alarming before.
struct Judging<'a> {
    rules: &'a Rules,
    /// What is too much, and what is not well enough to end.
    near: &'a [Found],
    open: &'a [Open],
    now: Time,
}

impl Judging<'_> {
    async fn write(&self, tx: &Tx) -> Result<usize> {
        let key = |open: &Open| (open.rule.clone(), open.subject.clone());
        let mut before: HashMap<_, &Open> =
            self.open.iter().map(|open| (key(open), open)).collect();
        let mut told = 0;
        for found in self.near {
            let is_passed = self.rules.get(found.rule).is_passed(found.value);
            let key = (found.rule.as_str().to_owned(), found.subject.clone());
            // What has not lasted yet has to last without a break.
            let open = before.get(&key).copied().filter(|open| is_passed || open.is_fired);
            told += match open {
                Some(open) => {
                    before.remove(&key);
                    self.go_on(tx, open, found).await?
                }
                None if is_passed => self.begin(tx, found).await?,
                None => 0,
            };
        }
        // In an order of their own, so that two who judge at once do not wait in a circle.
        let mut over: Vec<&Open> = before.into_values().collect();
        over.sort_by_key(|open| open.id);
        for open in over {
            told += self.end(tx, open).await?;
        }
        Ok(told)
    }

    /// It is too much, and was not.
    async fn begin(&self, tx: &Tx, found: &Found) -> Result<usize> {
        const BEGIN: &str = "INSERT INTO alerts (id, rule, subject, since, threshold, value)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let open = Open {
            id: fresh_id(self.now),
            rule: found.rule.as_str().to_owned(),
            subject: found.subject.clone(),
            since: self.now,
            is_fired: false,
            threshold: self.rules.get(found.rule).threshold.into(),
            value: number(found.value),
        };
        let values = [
            open.id.into(),
            found.rule.as_str().into(),
            open.subject.as_str().into(),
            open.since.timestamp_micros().into(),
            open.threshold.into(),
            open.value.into(),
        ];
        if tx.execute_raw(sql(tx, BEGIN, values)).await?.rows_affected() == 0 {
            return Ok(0);
        }
        self.fire(tx, &open, found.rule).await
    }

    /// It still is: it fires once it has lasted, and the most of it is remembered.
    async fn go_on(&self, tx: &Tx, open: &Open, found: &Found) -> Result<usize> {
        const RAISE: &str = "UPDATE alerts SET value = $2
            WHERE id = $1 AND ended_at IS NULL AND value < $2";
        let value = number(found.value);
        if value > open.value {
            tx.execute_raw(sql(tx, RAISE, [open.id.into(), value.into()])).await?;
        }
        if open.is_fired { Ok(0) } else { self.fire(tx, open, found.rule).await }
    }

    async fn fire(&self, tx: &Tx, open: &Open, rule: Rule) -> Result<usize> {
        const FIRE: &str = "UPDATE alerts SET fired_at = $2
            WHERE id = $1 AND fired_at IS NULL AND ended_at IS NULL";
        if !self.rules.get(rule).fires(rule, open.since, self.now) {
            return Ok(0);
        }
        self.move_on(tx, open, FIRE, "fired").await
    }

    /// It is well again. What never lasted is forgotten.
    async fn end(&self, tx: &Tx, open: &Open) -> Result<usize> {
        const FORGET: &str = "DELETE FROM alerts WHERE id = $1 AND fired_at IS NULL";
        const END: &str = "UPDATE alerts SET ended_at = $2
            WHERE id = $1 AND fired_at IS NOT NULL AND ended_at IS NULL";
        if !open.is_fired {
            tx.execute_raw(sql(tx, FORGET, [open.id.into()])).await?;
            return Ok(0);
        }
        self.move_on(tx, open, END, "ended").await
    }

    /// Moves it on, and tells so, if nobody else has.
    async fn move_on(
        &self,
        tx: &Tx,
        open: &Open,
        text: &str,
        action: &'static str,
    ) -> Result<usize> {
        let values = [open.id.into(), self.now.timestamp_micros().into()];
        if tx.execute_raw(sql(tx, text, values)).await?.rows_affected() == 0 {
            return Ok(0);
        }
        // Codes stay out of the audit trail; who may see it finds it where the alert is shown.
        let subject = match Code::parse(&open.subject) {
            Some(code) if open.rule == Rule::CouponTried.as_str() => Some(format!("{code:?}")),
            _ => Some(open.subject.clone()).filter(|subject| !subject.is_empty()),
        };
        let new = json!({
            "rule": open.rule,
            "subject": subject,
            "threshold": open.threshold,
            "value": open.value,
        });
        let change = Change {
            actor: System.actor(),
            subject_kind: "alert",
            subject: open.id.to_string(),
            action,
            new: Some(new),
            ..Change::default()
        };
        changes::record(tx, change, self.now).await?;
        Ok(1)
    }
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Removes what was alarming 90 days ago and what was counted before all windows, at most `limit` of
/// each; answers how many of the kind that had more. For the worker.
pub async fn sweep(engine: &Engine, limit: u32) -> Result<u64> {
    const ALERTS: &str = "DELETE FROM alerts WHERE id IN
        (SELECT id FROM alerts WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)";
    const PULSES: &str = "DELETE FROM pulses WHERE (kind, minute, subject) IN
        (SELECT kind, minute, subject FROM pulses WHERE minute < $1 ORDER BY minute LIMIT $2)";
    let (now, limit) = (engine.now(), i64::from(limit));
    let mut most = 0;
    for (text, kept) in [(ALERTS, KEPT), (PULSES, COUNTED)] {
        let before = (now - kept).timestamp_micros();
        most = most.max(engine.remove(text, [before.into(), limit.into()]).await?);
    }
    Ok(most)
}
