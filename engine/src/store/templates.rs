//! Reads templates and their revisions. A revision never changes, so one read is kept for good.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use domain::template::{Draft, Revision, State};
use domain::{Money, TemplateId, Time};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};

use crate::clock::time;
use crate::entity::{revision, template};
use crate::store::rows::{self, rows};
use crate::tx::Tx;
use crate::{Engine, Fault, Result};

/// A template as the store holds it, with its current revision.
#[derive(Debug, Clone)]
pub struct Template {
    /// Which.
    pub id: TemplateId,
    /// Where it stands.
    pub state: State,
    /// What it says now.
    pub revision: Arc<Revision>,
    /// The revision under which it was live last.
    pub last_live: Option<u32>,
    /// Who made it: an operator's id, or `partner:<id>`.
    pub author: String,
    /// Coupons ever made of it.
    pub issued: u64,
    /// Held back for locks, of a budget.
    pub reserved: Money,
    /// Used of a budget.
    pub spent: Money,
    /// Opens it to those who have the link.
    pub link_token: Option<String>,
    /// It was in the coupon center at some time.
    pub was_listed: bool,
    /// When it was first saved.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

impl Template {
    /// What its current revision says.
    pub fn draft(&self) -> &Draft {
        &self.revision.draft
    }

    /// How many coupons may still be made; `None` for no limit.
    pub fn left(&self) -> Option<u64> {
        self.draft().stock.map(|stock| stock.saturating_sub(self.issued))
    }

    /// What is left of the budget; `None` without one.
    pub fn budget_left(&self) -> Option<Money> {
        self.draft().budget.map(|budget| budget.less(self.reserved).less(self.spent))
    }
}

/// Revisions read so far.
#[derive(Debug, Default)]
pub(crate) struct Revisions(RwLock<HashMap<(TemplateId, u32), Arc<Revision>>>);

/// Past this many the memory is emptied: they are read again as they are asked for.
const KEPT_AT_MOST: usize = 20_000;

rows! {
    struct RevisionKey { template: uuid::Uuid, revision: i64 }
    struct TemplateKey { template: uuid::Uuid }
    struct BudgetKey { key: i64 }
}

/// The revisions asked for, each from memory or else the store.
pub(crate) async fn revisions(
    engine: &Engine,
    db: &impl ConnectionTrait,
    keys: impl IntoIterator<Item = (TemplateId, u32)>,
) -> Result<HashMap<(TemplateId, u32), Arc<Revision>>> {
    let mut found = HashMap::new();
    let mut missing = Vec::new();
    {
        let kept = engine.0.revisions.0.read().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            match kept.get(&key) {
                Some(revision) => drop(found.insert(key, revision.clone())),
                None => missing.push(RevisionKey { template: key.0.0, revision: key.1.into() }),
            }
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    const READ: &str = "SELECT revisions.* FROM {rows}
        {revisions: revisions.template = rows.template AND revisions.revision = rows.revision}";
    let read = rows::statement(db, READ, &missing, [])?;
    let models = revision::Entity::find().from_raw_sql(read).all(db).await?;
    let mut kept = engine.0.revisions.0.write().unwrap_or_else(PoisonError::into_inner);
    if kept.len() > KEPT_AT_MOST {
        kept.clear();
    }
    for model in models {
        let (template, number) = (TemplateId(model.template), model.revision as u32);
        let draft = serde_json::from_str(&model.draft)?;
        let revision = Arc::new(Revision { template, number, draft });
        kept.insert((template, number), revision.clone());
        found.insert((template, number), revision);
    }
    Ok(found)
}

/// Fills rows of `templates` with their current revisions.
pub(crate) async fn with_revisions(
    engine: &Engine,
    db: &impl ConnectionTrait,
    models: Vec<template::Model>,
) -> Result<Vec<Template>> {
    let key = |model: &template::Model| (TemplateId(model.id), model.revision as u32);
    let revisions = revisions(engine, db, models.iter().map(key)).await?;
    let fill = |model: template::Model| {
        let revision = revisions.get(&key(&model)).cloned();
        let revision = revision.ok_or_else(|| Fault::new("a template has no revision"))?;
        Ok(Template {
            id: TemplateId(model.id),
            state: State::parse(&model.state)
                .ok_or_else(|| Fault::new("a template is in no known state"))?,
            revision,
            last_live: model.last_live.map(|number| number as u32),
            author: model.author,
            issued: model.issued.unsigned_abs(),
            reserved: Money::minor(model.reserved),
            spent: Money::minor(model.spent),
            link_token: model.link_token,
            was_listed: model.was_listed,
            created_at: time(model.created_at),
            updated_at: time(model.updated_at),
        })
    };
    models.into_iter().map(fill).collect()
}

/// Keeps the question whether templates have a budget, and since when it is counted, as it is now
/// until the transaction ends. Whoever moves a budget holds this from before it looks: an edit
/// that sets one counts what is reserved and spent, and must miss nobody who is about to commit.
/// It is taken before the templates' rows. SQLite has one writer anyway.
pub(crate) async fn hold_budgets(tx: &Tx, ids: impl IntoIterator<Item = TemplateId>) -> Result<()> {
    const HOLD: &str = "SELECT pg_advisory_xact_lock_shared(key) FROM {rows}";
    lock_budgets(tx, HOLD, ids).await
}

/// The same for the one who edits a template: it waits until nobody moves its budget.
pub(crate) async fn change_budget(tx: &Tx, id: TemplateId) -> Result<()> {
    const CHANGE: &str = "SELECT pg_advisory_xact_lock(key) FROM {rows}";
    lock_budgets(tx, CHANGE, [id]).await
}

async fn lock_budgets(
    tx: &Tx,
    text: &str,
    ids: impl IntoIterator<Item = TemplateId>,
) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    // The random half of an id.
    let key = |id: TemplateId| BudgetKey { key: id.0.as_u64_pair().1.cast_signed() };
    let keys: Vec<BudgetKey> = ids.into_iter().map(key).collect();
    tx.execute_raw(rows::statement(tx, text, &keys, [])?).await?;
    Ok(())
}

/// Those of the templates that have a budget.
pub(crate) async fn with_budget(
    tx: &Tx,
    ids: impl IntoIterator<Item = TemplateId>,
) -> Result<HashSet<TemplateId>> {
    const READ: &str = "SELECT templates.id FROM {rows}
        {templates: templates.id = rows.template} WHERE templates.budget IS NOT NULL";
    let keys: Vec<_> = ids.into_iter().map(|id| TemplateKey { template: id.0 }).collect();
    let found = tx.query_all_raw(rows::statement(tx, READ, &keys, [])?).await?;
    found.iter().map(|row| Ok(TemplateId(row.try_get_by(0)?))).collect()
}

/// The templates asked for, by id. With `locked`, PostgreSQL keeps others off their rows until
/// the transaction ends; SQLite has one writer anyway.
pub(crate) async fn load_templates(
    engine: &Engine,
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = TemplateId>,
    locked: bool,
) -> Result<HashMap<TemplateId, Template>> {
    let mut keys: Vec<_> = ids.into_iter().map(|id| TemplateKey { template: id.0 }).collect();
    keys.sort_unstable_by_key(|key| key.template);
    keys.dedup_by_key(|key| key.template);
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let mut read = "SELECT templates.* FROM {rows}
        JOIN templates ON templates.id = rows.template ORDER BY templates.id"
        .to_owned();
    if locked && db.get_database_backend() == DbBackend::Postgres {
        read.push_str(" FOR NO KEY UPDATE OF templates");
    }
    let read: Statement = rows::statement(db, &read, &keys, [])?;
    let models = template::Entity::find().from_raw_sql(read).all(db).await?;
    let templates = with_revisions(engine, db, models).await?;
    Ok(templates.into_iter().map(|template| (template.id, template)).collect())
}
