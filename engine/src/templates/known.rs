//! Which templates somebody may have heard of, held by each node: whatever is none of them is
//! refused without a query. It may be a second old, so it refuses and shows; it never grants.

use std::collections::HashMap;
use std::sync::Arc;

use domain::TemplateId;
use domain::claim::{Knowing, may_know};
use domain::template::{State, Visibility};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::store::cached::bump;
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Fault, Result};

/// Under which name the version is counted. Whatever moves a template's state or revision counts it
/// up in the same transaction.
pub(crate) const SUBJECT: &str = "templates";

/// Every template of which there may be coupons.
pub(crate) type KnownTemplates = HashMap<TemplateId, Known>;

/// What decides who may know of a template.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    state: State,
    visibility: Visibility,
    was_listed: bool,
    pub(crate) link_token: Option<String>,
}

impl Known {
    /// Whether a claimant who came to it in this way may hear of it.
    pub(crate) fn is_known(&self, knowing: Knowing) -> bool {
        may_know(self.state, self.visibility, self.was_listed, knowing)
    }
}

/// The templates as this node knows them.
pub(crate) async fn current(engine: &Engine) -> Result<Arc<KnownTemplates>> {
    engine.known().get(engine, load).await
}

/// Tells every node that a template's state or revision has changed.
pub(crate) async fn changed(tx: &Tx) -> Result<()> {
    bump(tx, SUBJECT).await.map(|_| ())
}

async fn load(db: &DatabaseConnection) -> Result<KnownTemplates> {
    const READ: &str = "SELECT id, state, visibility, was_listed, link_token FROM templates
        WHERE state <> 'draft' OR issued > 0";
    let mut known = KnownTemplates::new();
    for row in db.query_all_raw(sql(db, READ, [])).await? {
        let (state, visibility): (String, String) =
            (row.try_get("", "state")?, row.try_get("", "visibility")?);
        let oddly = || Fault::new("a template reads oddly");
        let template = Known {
            state: State::parse(&state).ok_or_else(oddly)?,
            visibility: serde_json::from_value(visibility.into())?,
            was_listed: row.try_get("", "was_listed")?,
            link_token: row.try_get("", "link_token")?,
        };
        known.insert(TemplateId(row.try_get("", "id")?), template);
    }
    Ok(known)
}
