//! The audit trail as it is read: who changed what, from what, to what, and from where.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::str::FromStr;

use domain::actor::Reader;
use domain::template::Window;
use domain::{Code, KeyId, OperatorId, Problem, TemplateId, Time};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;
use uuid::Uuid;

use crate::changes::{author_in, key_in};
use crate::clock::time;
use crate::entity::change::{self, Column};
use crate::entity::{key, operator};
use crate::store::coupons::coupons_by_code;
use crate::{Engine, Result, templates};

/// Something that was changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// When.
    pub at: Time,
    /// Who: `operator:<id>`, `partner:<id>`, `shopper:<id>` or `system`.
    pub actor: String,
    /// Who, as templates remember their authors; none for shoppers and the platform itself.
    pub by: Option<String>,
    /// What kind of thing, such as `template`.
    pub kind: String,
    /// Which of its kind.
    pub subject: String,
    /// What was done, in the past.
    pub action: String,
    /// What it was before; null where nothing is told.
    pub old: Value,
    /// What it is now.
    pub new: Value,
    /// From which address, where somebody asked from one.
    pub address: Option<String>,
}

/// Where a change stands in the trail: in the order of time, and of ids within one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    at: i64,
    id: Uuid,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at, self.id)
    }
}

impl FromStr for Place {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let read = text.split_once('.').and_then(|(at, id)| {
            Some(Self { at: at.parse().ok()?, id: Uuid::try_parse(id).ok()? })
        });
        read.ok_or(Problem::Unknown)
    }
}

/// Which changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Made by those whose name or e-mail holds this, or by this actor as the trail writes it.
    pub who: Option<String>,
    /// Of what has this id or code, or of templates and operators whose name holds this.
    pub subject: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Within this time.
    pub period: Window,
    /// Only those before this one.
    pub before: Option<Place>,
}

/// The kinds of things that are changed here; there may be others in an old trail.
pub const KINDS: [&str; 17] = [
    "template",
    "grant",
    "coupon",
    "lock",
    "exception",
    "shopper",
    "segment",
    "catalogue",
    "channel",
    "risk_rule",
    "risk_entry",
    "risk_hit",
    "alert",
    "alert_rule",
    "operator",
    "key",
    "webhook",
];

/// Things that a name may mean; whoever means more says it more exactly.
const MEANT_MAX: u64 = 200;

/// What was changed, the newest first, at most `limit`. What keys are called is for those who may see
/// them.
pub async fn read(
    engine: &Engine,
    reader: &impl Reader,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Entry>> {
    let mut asked = Condition::all();
    if let Some(who) = wanted(&filter.who) {
        asked = asked.add(Column::Actor.is_in(actors(engine, who, reader.sees_keys()).await?));
    }
    if let Some(subject) = wanted(&filter.subject) {
        asked = asked.add(Column::Subject.is_in(subjects(engine, subject).await?));
    }
    let Window { from, until } = filter.period;
    asked = asked
        .add_option(filter.kind.as_ref().map(|kind| Column::SubjectKind.eq(kind)))
        .add_option(from.map(|from| Column::At.gte(from.timestamp_micros())))
        .add_option(until.map(|until| Column::At.lt(until.timestamp_micros())))
        .add_option(filter.before.map(before));
    let models = change::Entity::find()
        .filter(asked)
        .order_by_desc(Column::At)
        .order_by_desc(Column::Id)
        .limit(u64::from(limit))
        .all(engine.reader())
        .await?;
    models.into_iter().map(|model| entry(model, reader.sees_keys())).collect()
}

/// What those in the trail are called, and what it is about where that is an operator.
pub async fn names<'a>(
    engine: &Engine,
    reader: &impl Reader,
    ids: impl IntoIterator<Item = &'a str>,
) -> Result<HashMap<String, String>> {
    let mut names = templates::names(engine, reader, ids).await?;
    names.retain(|id, _| reader.sees_keys() || key_in(id).is_none());
    Ok(names)
}

/// A search that says something.
fn wanted(search: &Option<String>) -> Option<&str> {
    search.as_deref().map(str::trim).filter(|search| !search.is_empty())
}

fn before(Place { at, id }: Place) -> Condition {
    let same = Condition::all().add(Column::At.eq(at)).add(Column::Id.lt(id));
    // The first half by itself leads into the index.
    Condition::all().add(Column::At.lte(at)).add(Condition::any().add(Column::At.lt(at)).add(same))
}

fn entry(model: change::Model, sees_keys: bool) -> Result<Entry> {
    let hides_name = model.subject_kind == "key" && !sees_keys;
    let json = |text: Option<String>| -> Result<Value> {
        let mut value = text.map_or(Ok(Value::Null), |text| serde_json::from_str(&text))?;
        if let Some(fields) = value.as_object_mut().filter(|_| hides_name) {
            fields.remove("name");
        }
        Ok(value)
    };
    Ok(Entry {
        place: Place { at: model.at, id: model.id },
        at: time(model.at),
        by: author_in(&model.actor),
        actor: model.actor,
        kind: model.subject_kind,
        subject: model.subject,
        action: model.action,
        old: json(model.old)?,
        new: json(model.new)?,
        address: model.address,
    })
}

/// Whom a search means, as the trail writes them.
async fn actors(engine: &Engine, search: &str, sees_keys: bool) -> Result<BTreeSet<String>> {
    let mut actors = BTreeSet::from([search.to_owned()]);
    for id in operators(engine, search).await? {
        actors.insert(format!("operator:{id}"));
    }
    let text = search.to_lowercase();
    for key in key::Entity::find().all(engine.reader()).await? {
        let id = KeyId(key.id).to_string();
        if id == search || sees_keys && key.name.to_lowercase().contains(&text) {
            actors.insert(format!("partner:{id}"));
        }
    }
    Ok(actors)
}

/// What a search means, by its id.
async fn subjects(engine: &Engine, search: &str) -> Result<BTreeSet<String>> {
    // An id may come as the address that ends in it.
    let last = search.rsplit('/').next().unwrap_or(search);
    let mut subjects = BTreeSet::from([search.to_owned(), last.to_owned()]);
    subjects.extend(operators(engine, search).await?);
    if let Some(code) = Code::parse(last) {
        let found = coupons_by_code(engine, engine.reader(), &[code]).await?;
        subjects.extend(found.into_iter().map(|coupon| coupon.id.to_string()));
    }
    let named = templates::found_by(engine, search, MEANT_MAX).await?;
    subjects.extend(named.iter().map(TemplateId::to_string));
    Ok(subjects)
}

/// Operators of this id, or whose name or e-mail holds this.
async fn operators(engine: &Engine, search: &str) -> Result<Vec<String>> {
    let text = search.to_lowercase();
    let all = operator::Entity::find().all(engine.reader()).await?;
    let is_meant = |one: &operator::Model| {
        one.id.to_string() == text
            || one.name.to_lowercase().contains(&text)
            || one.email.contains(&text)
    };
    Ok(all.iter().filter(|one| is_meant(one)).map(|one| OperatorId(one.id).to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_it_was_written() {
        let place = Place { at: 1_767_268_800_000_000, id: Uuid::now_v7() };
        assert_eq!(place.to_string().parse(), Ok(place));
        for text in ["", ".", "1", "1.x", "x.00000000-0000-0000-0000-000000000000"] {
            assert_eq!(text.parse::<Place>(), Err(Problem::Unknown), "{text}");
        }
    }
}
