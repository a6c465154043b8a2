//! How a template came to be what it is: its revisions, and who moved it last.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::actor::{Reader, Role};
use domain::template::Revision;
use domain::{KeyId, OperatorId, TemplateId, Time};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;

use super::{Template, authors_of};
use crate::changes::{author_in, key_in};
use crate::clock::time;
use crate::entity::{change, key, operator, revision};
use crate::store::templates::revisions;
use crate::{Engine, Error, Result};

/// A version of a template and who wrote it when.
#[derive(Debug, Clone)]
pub struct Version {
    /// What it says.
    pub revision: Arc<Revision>,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub at: Time,
}

/// Versions in one answer.
pub const VERSIONS: u64 = 21;

/// The newest versions of a template, newest first, at most [`VERSIONS`]; those below the number
/// `before` where it is given.
pub async fn versions(
    engine: &Engine,
    _: &impl Reader,
    id: TemplateId,
    before: Option<u32>,
) -> Result<Vec<Version>> {
    let before = before.map_or(i64::MAX, i64::from);
    let models = revision::Entity::find()
        .filter(revision::Column::Template.eq(id.0))
        .filter(revision::Column::Revision.lt(before))
        .order_by_desc(revision::Column::Revision)
        .limit(VERSIONS)
        .all(engine.reader())
        .await?;
    let version = |model: revision::Model| {
        let (template, number) = (TemplateId(model.template), model.revision as u32);
        let draft = serde_json::from_str(&model.draft)?;
        let revision = Arc::new(Revision { template, number, draft });
        Ok(Version { revision, author: model.author, at: time(model.created_at) })
    };
    models.into_iter().map(version).collect()
}

/// Who may not approve a template as it now stands: whoever made it, and all who wrote of it since it
/// was last live.
pub async fn authors(
    engine: &Engine,
    _: &impl Reader,
    template: &Template,
) -> Result<HashSet<String>> {
    authors_of(engine.reader(), template).await
}

/// Two revisions of a template, to be compared.
pub async fn pair(
    engine: &Engine,
    _: &impl Reader,
    id: TemplateId,
    (from, to): (u32, u32),
) -> Result<(Arc<Revision>, Arc<Revision>)> {
    let found = revisions(engine, engine.reader(), [(id, from), (id, to)]).await?;
    let of = |number| found.get(&(id, number)).cloned().ok_or(Error::Missing);
    Ok((of(from)?, of(to)?))
}

/// The last time a template changed its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// What was done, in the past: `paused`; to publish what was paused is `resumed`.
    pub action: String,
    /// Who did it, as templates remember their authors; none for the platform itself.
    pub by: Option<String>,
    /// When.
    pub at: Time,
    /// What they said about it.
    pub note: Option<String>,
}

/// What changes a template's state.
const MOVES: [&str; 6] = ["submitted", "published", "approved", "rejected", "paused", "ended"];

/// The last change of a template's state; none for one that is a draft since it was made.
pub async fn last_move(engine: &Engine, _: &impl Reader, id: TemplateId) -> Result<Option<Move>> {
    let found = change::Entity::find()
        .filter(change::Column::SubjectKind.eq("template"))
        .filter(change::Column::Subject.eq(id.to_string()))
        .filter(change::Column::Action.is_in(MOVES))
        .order_by_desc(change::Column::At)
        .order_by_desc(change::Column::Id)
        .one(engine.reader())
        .await?;
    let Some(model) = found else { return Ok(None) };
    let json =
        |text: Option<String>| text.map_or(Ok(Value::Null), |text| serde_json::from_str(&text));
    let (old, new) = (json(model.old)?, json(model.new)?);
    let is_resumed = model.action == "published" && old == "paused";
    Ok(Some(Move {
        action: if is_resumed { "resumed".to_owned() } else { model.action },
        by: author_in(&model.actor),
        at: time(model.at),
        note: new["note"].as_str().map(str::to_owned),
    }))
}

/// What authors are called, operators and keys of order systems, by one query for each; also those
/// who were switched off or revoked.
pub async fn names<'a>(
    engine: &Engine,
    _: &impl Reader,
    authors: impl IntoIterator<Item = &'a str>,
) -> Result<HashMap<String, String>> {
    let authors: Vec<&str> = authors.into_iter().collect();
    let operators = authors.iter().filter_map(|author| author.parse().ok());
    let keys: Vec<KeyId> = authors.iter().filter_map(|author| key_in(author)).collect();
    let found = operator::Entity::find()
        .filter(operator::Column::Id.is_in(operators.map(|OperatorId(id)| id)))
        .all(engine.reader())
        .await?;
    let named = |model: operator::Model| (OperatorId(model.id).to_string(), model.name);
    let mut names: HashMap<String, String> = found.into_iter().map(named).collect();
    if !keys.is_empty() {
        let found = key::Entity::find()
            .filter(key::Column::Id.is_in(keys.into_iter().map(|KeyId(id)| id)))
            .all(engine.reader())
            .await?;
        names.extend(found.into_iter().map(|model| (format!("partner:{}", model.id), model.name)));
    }
    Ok(names)
}

/// Reviewers that are named.
const REVIEWERS_MAX: u64 = 10;

/// Who may approve what these have written.
pub async fn reviewers(
    engine: &Engine,
    _: &impl Reader,
    authors: &HashSet<String>,
) -> Result<Vec<String>> {
    let roles = Role::ALL.into_iter().filter(|role| role.can_approve()).map(Role::as_str);
    let authors = authors.iter().filter_map(|id| id.parse().ok());
    let found = operator::Entity::find()
        .filter(operator::Column::Active.eq(true))
        .filter(operator::Column::Role.is_in(roles))
        .filter(operator::Column::Id.is_not_in(authors.map(|OperatorId(id)| id)))
        .order_by_asc(operator::Column::Name)
        .limit(REVIEWERS_MAX)
        .all(engine.reader())
        .await?;
    Ok(found.into_iter().map(|model| model.name).collect())
}
