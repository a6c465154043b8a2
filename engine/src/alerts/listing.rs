//! What is alarming now, and what was.

use std::collections::HashMap;

use domain::actor::Reader;
use domain::alert::Rule;
use domain::{Code, TemplateId, Time};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Value};
use uuid::Uuid;

use crate::clock::time;
use crate::entity::template;
use crate::store::sql;
use crate::{Engine, Fault, Result};

/// Something that fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// By which rule.
    pub rule: Rule,
    /// Of which template, with its name, where it is one's.
    pub template: Option<(TemplateId, String)>,
    /// Of which coupon, where it is one's.
    pub coupon: Option<Code>,
    /// When it was told.
    pub fired_at: Time,
    /// When it was well again; none while it is not.
    pub ended_at: Option<Time>,
    /// From where on it was too much, in the rule's unit.
    pub threshold: u64,
    /// The most it came to.
    pub value: u64,
}

/// How many one page of the history has.
pub const PAGE: u64 = 50;

/// More of them nobody reads through.
const FIRING_MAX: u64 = 200;

/// What is alarming now, the newest first.
pub async fn firing(engine: &Engine, _: &impl Reader) -> Result<Vec<Alert>> {
    const READ: &str = "SELECT rule, subject, fired_at, ended_at, threshold, value FROM alerts
        WHERE fired_at IS NOT NULL AND ended_at IS NULL ORDER BY fired_at DESC, id DESC LIMIT $1";
    let limit = i64::try_from(FIRING_MAX).unwrap_or(i64::MAX);
    read(engine, READ, [limit.into()]).await
}

/// What fired lately, the newest first; a page of them, counted from 0. There is another where one is
/// full.
pub async fn history(engine: &Engine, _: &impl Reader, page: u64) -> Result<Vec<Alert>> {
    const READ: &str = "SELECT rule, subject, fired_at, ended_at, threshold, value FROM alerts
        WHERE fired_at IS NOT NULL ORDER BY fired_at DESC, id DESC LIMIT $1 OFFSET $2";
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
    let offset = i64::try_from(page.saturating_mul(PAGE)).unwrap_or(i64::MAX);
    read(engine, READ, [limit.into(), offset.into()]).await
}

async fn read<const N: usize>(
    engine: &Engine,
    text: &str,
    values: [Value; N],
) -> Result<Vec<Alert>> {
    let db = engine.reader();
    let (mut alerts, mut subjects) = (Vec::new(), Vec::new());
    for row in db.query_all_raw(sql(db, text, values)).await? {
        let rule: String = row.try_get("", "rule")?;
        let rule = Rule::parse(&rule).ok_or_else(|| Fault::new("an alert of no known rule"))?;
        let (threshold, value): (i64, i64) =
            (row.try_get("", "threshold")?, row.try_get("", "value")?);
        let ended_at: Option<i64> = row.try_get("", "ended_at")?;
        subjects.push(row.try_get::<String>("", "subject")?);
        alerts.push(Alert {
            rule,
            template: None,
            coupon: None,
            fired_at: time(row.try_get("", "fired_at")?),
            ended_at: ended_at.map(time),
            threshold: threshold.unsigned_abs(),
            value: value.unsigned_abs(),
        });
    }
    let names = names(engine, &subjects).await?;
    for (alert, subject) in alerts.iter_mut().zip(&subjects) {
        alert.template = names.get(subject).cloned();
        alert.coupon = Code::parse(subject).filter(|_| alert.rule == Rule::CouponTried);
    }
    Ok(alerts)
}

/// What those of the subjects are called that are templates.
async fn names(
    engine: &Engine,
    subjects: &[String],
) -> Result<HashMap<String, (TemplateId, String)>> {
    let ids: Vec<Uuid> = subjects.iter().filter_map(|subject| subject.parse().ok()).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<(Uuid, String)> = template::Entity::find()
        .select_only()
        .column(template::Column::Id)
        .column(template::Column::Name)
        .filter(template::Column::Id.is_in(ids))
        .into_tuple()
        .all(engine.reader())
        .await?;
    let named = |(id, name)| (TemplateId(id).to_string(), (TemplateId(id), name));
    Ok(found.into_iter().map(named).collect())
}
