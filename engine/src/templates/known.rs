//! Templates as each node holds them: whatever somebody may not have heard of, or cannot claim at this
//! moment, is refused without a query, and pages of the coupon center ask for none. It may be a second
//! old, so it refuses and shows; it never grants.

use std::collections::HashMap;
use std::sync::Arc;

use domain::claim::{Knowing, Offer, may_know, reach};
use domain::template::{Draft, Lane, Revision, State, Visibility};
use domain::{Refusal, TemplateId, Time};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait};

use super::Template;
use crate::entity::template;
use crate::store::cached::bump;
use crate::store::sql;
use crate::store::templates::with_revisions;
use crate::tx::Tx;
use crate::{Engine, Fault, Result};

/// Under which name the version is counted. Whatever moves a template's state or revision counts it
/// up in the same transaction.
pub(crate) const SUBJECT: &str = "templates";

/// What is held of templates.
#[derive(Debug)]
pub(crate) struct KnownTemplates {
    /// Every template of which there may be coupons.
    known: HashMap<TemplateId, Known>,
    /// Those that are live, newest first. How many coupons there are of them is not to be had here.
    live: Vec<Template>,
    /// Whether claims of any that is not over wait in line.
    pub(crate) has_queues: bool,
}

/// How many coupons there are of each live template.
pub(crate) type Issued = HashMap<TemplateId, u64>;

/// What decides who may know of a template, and whether it may be claimed.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    state: State,
    visibility: Visibility,
    was_listed: bool,
    /// What it says, where it is live or paused.
    revision: Option<Arc<Revision>>,
    pub(crate) link_token: Option<String>,
    pub(crate) has_budget: bool,
    pub(crate) lane: Lane,
}

impl KnownTemplates {
    pub(crate) fn get(&self, id: TemplateId) -> Option<&Known> {
        self.known.get(&id)
    }
}

impl Known {
    /// What it says, where it is live or paused.
    pub(crate) fn draft(&self) -> Option<&Draft> {
        self.revision.as_ref().map(|revision| &revision.draft)
    }

    /// Whether a claimant who came to it in this way may hear of it.
    pub(crate) fn is_known(&self, knowing: Knowing) -> bool {
        may_know(self.state, self.visibility, self.was_listed, knowing)
    }

    /// Whether such a claimant may claim it at this moment.
    pub(crate) fn reach(&self, knowing: Knowing, now: Time) -> Result<(), Refusal> {
        let Self { state, was_listed, .. } = *self;
        match &self.revision {
            Some(revision) => {
                reach(&Offer { state, was_listed, draft: &revision.draft }, knowing, now)
            }
            // What is over is closed, whatever it said.
            None if state == State::Ended => Err(Refusal::ClaimClosed),
            None => Ok(()),
        }
    }
}

/// The templates as this node knows them.
pub(crate) async fn current(engine: &Engine) -> Result<Arc<KnownTemplates>> {
    engine.known().get(engine, async |db| load(engine, db).await).await
}

/// The live templates that pass, newest first, with the coupons there are of them.
pub(crate) async fn live(
    engine: &Engine,
    passes: impl Fn(&Template) -> bool,
) -> Result<Vec<Template>> {
    let known = current(engine).await?;
    let issued = engine.issued().get(engine, count).await?;
    let counted = |template: &Template| {
        let issued = issued.get(&template.id).copied().unwrap_or(template.issued);
        Template { issued, ..template.clone() }
    };
    Ok(known.live.iter().filter(|template| passes(template)).map(counted).collect())
}

/// Tells every node that a template's state or revision has changed.
pub(crate) async fn changed(tx: &Tx) -> Result<()> {
    bump(tx, SUBJECT).await.map(|_| ())
}

async fn load(engine: &Engine, db: &DatabaseConnection) -> Result<KnownTemplates> {
    const KNOWN: &str = "SELECT id, state, visibility, was_listed, link_token, lane,
            budget IS NOT NULL AS has_budget
        FROM templates WHERE state <> 'draft' OR issued > 0";
    const ON: &str = "SELECT * FROM templates WHERE state IN ('live', 'paused')
        ORDER BY created_at DESC";
    let mut known = HashMap::new();
    for row in db.query_all_raw(sql(db, KNOWN, [])).await? {
        let (state, visibility): (String, String) =
            (row.try_get("", "state")?, row.try_get("", "visibility")?);
        let lane: String = row.try_get("", "lane")?;
        let oddly = || Fault::new("a template reads oddly");
        let template = Known {
            state: State::parse(&state).ok_or_else(oddly)?,
            visibility: serde_json::from_value(visibility.into())?,
            was_listed: row.try_get("", "was_listed")?,
            revision: None,
            link_token: row.try_get("", "link_token")?,
            has_budget: row.try_get("", "has_budget")?,
            lane: serde_json::from_value(lane.into())?,
        };
        known.insert(TemplateId(row.try_get("", "id")?), template);
    }
    let is_queue = |known: &Known| known.lane == Lane::Queued && known.state != State::Ended;
    let has_queues = known.values().any(is_queue);
    let on = template::Entity::find().from_raw_sql(sql(db, ON, [])).all(db).await?;
    let mut live = with_revisions(engine, db, on).await?;
    for template in &live {
        if let Some(known) = known.get_mut(&template.id) {
            known.revision = Some(template.revision.clone());
        }
    }
    live.retain(|template| template.state == State::Live);
    Ok(KnownTemplates { known, live, has_queues })
}

async fn count(db: &DatabaseConnection) -> Result<Issued> {
    const COUNT: &str = "SELECT id, issued FROM templates WHERE state = 'live'";
    let row = |row: sea_orm::QueryResult| {
        let issued: i64 = row.try_get("", "issued")?;
        Ok((TemplateId(row.try_get("", "id")?), issued.unsigned_abs()))
    };
    db.query_all_raw(sql(db, COUNT, [])).await?.into_iter().map(row).collect()
}
