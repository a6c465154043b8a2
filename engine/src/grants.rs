//! Coupons given to many at once: a list or a segment is checked, looked at, and gone through in the
//! background, each recipient once.

mod checking;
mod failures;
mod list;
mod pages;
mod running;
mod work;

use std::collections::HashMap;

use domain::actor::{Actor, Giver, Reader};
use domain::ids::check_reference;
use domain::{GrantId, Refusal, ShopperId, TemplateId, Time, template};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid, Variant, Version};

use crate::changes::{self, Change};
use crate::clock::time;
use crate::entity::grant;
use crate::idempotency::{self, Once};
use crate::store::templates::{Template, load_templates};
use crate::store::{fresh_id, sql};
use crate::tx::Tx;
use crate::{Engine, Error, Fault, Result};

pub use failures::{Failure, failures};
pub use list::{List, MOST};
pub use work::{sweep, work};

/// Where a grant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Its list is looked through; nobody gets anything yet.
    Checking,
    /// It is checked and waits for somebody to start it.
    Ready,
    /// Coupons are given.
    Running,
    /// It waits for somebody to let it go on.
    Paused,
    /// Everybody got a coupon or a reason.
    Done,
    /// It was ended before that.
    Cancelled,
}

impl State {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 6] =
        [Self::Checking, Self::Ready, Self::Running, Self::Paused, Self::Done, Self::Cancelled];

    /// The word in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads [`State::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether nothing more comes of it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }

    /// Whether it moves by itself at this moment.
    pub fn is_moving(self) -> bool {
        matches!(self, Self::Checking | Self::Running)
    }
}

/// What somebody does to a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Lets one that was checked run.
    Start,
    /// Stops one that runs, until it is resumed.
    Pause,
    /// Lets one that was paused go on.
    Resume,
    /// Ends one for good; what was given stays given.
    Cancel,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Start, Self::Pause, Self::Resume, Self::Cancel];

    /// The word in a form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
        }
    }

    /// Reads [`Action::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }

    /// As the audit trail names it.
    fn past(self) -> &'static str {
        match self {
            Self::Start => "started",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Cancel => "cancelled",
        }
    }

    /// The states it is done in.
    fn done_in(self) -> &'static str {
        match self {
            Self::Start => "'ready'",
            Self::Pause => "'running'",
            Self::Resume => "'paused'",
            Self::Cancel => "'checking', 'ready', 'running', 'paused'",
        }
    }

    fn leads_to(self) -> State {
        match self {
            Self::Start | Self::Resume => State::Running,
            Self::Pause => State::Paused,
            Self::Cancel => State::Cancelled,
        }
    }
}

/// A grant that is asked for.
#[derive(Debug)]
pub struct Ask {
    /// What is given.
    pub template: TemplateId,
    /// To whom.
    pub to: To,
    /// Why, for whoever reads the audit trail.
    pub note: Option<String>,
    /// It runs as soon as it is checked.
    pub starts_itself: bool,
}

/// To whom something is given.
#[derive(Debug)]
pub enum To {
    /// Those in a list.
    List(List),
    /// Those who are in a segment when it is checked.
    Segment(String),
}

/// A grant as it stands. `listed` entries are `malformed`, `duplicates` or `recipients`, as far as
/// they are `checked`; recipients get a coupon (`given`), a reason (`failed`), or wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// What is given.
    pub template: TemplateId,
    /// The template's name now.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// The segment whose members get one; none: those of a list.
    pub segment: Option<String>,
    /// Who asked for it, as the audit trail names them.
    pub actor: String,
    /// Why.
    pub note: Option<String>,
    /// It runs as soon as it is checked.
    pub starts_itself: bool,
    /// Entries of the list; of a segment, those found so far.
    pub listed: u64,
    /// Entries that were looked at.
    pub checked: u64,
    /// Entries that are no reference of a shopper, and nothing that one of ours signs in with.
    pub malformed: u64,
    /// Entries that stood further up already.
    pub duplicates: u64,
    /// Shoppers who are to get one, each once.
    pub recipients: u64,
    /// Of the recipients: those we had not heard of at the check. They get theirs all the same.
    pub unknown: u64,
    /// Those who were blocked then,
    pub blocked: u64,
    /// had as many as they may have,
    pub over_limit: u64,
    /// or were not in the template's audience. They are judged anew when it is their turn.
    pub outside: u64,
    /// Recipients who got a coupon.
    pub given: u64,
    /// Recipients who got none.
    pub failed: u64,
    /// Why it stopped by itself: `paused`, `claim_closed` or `not_found`, said of the template.
    pub stopped_by: Option<String>,
    /// When it was asked for.
    pub created_at: Time,
    /// When it was done or cancelled.
    pub ended_at: Option<Time>,
}

impl Grant {
    /// Recipients who have their answer.
    pub fn settled(&self) -> u64 {
        self.given + self.failed
    }

    /// Of the recipients those who would have got a coupon at the check, stock aside.
    pub fn fit(&self) -> u64 {
        let unfit = self.blocked + self.over_limit + self.outside;
        self.recipients.saturating_sub(unfit)
    }

    /// Of those who fit the ones who have no answer yet, stock aside.
    pub fn to_give(&self) -> u64 {
        let to_go = self.recipients.saturating_sub(self.settled());
        self.fit().saturating_sub(self.given).min(to_go)
    }

    /// How far it is, in whole percents: with its check until that is over, then with its recipients.
    pub fn percent(&self) -> u64 {
        let (part, whole) = match self.state {
            State::Checking => (self.checked, self.listed),
            _ => (self.settled(), self.recipients),
        };
        match whole {
            0 => u64::from(self.state == State::Done) * 100,
            _ => u64::try_from(u128::from(part) * 100 / u128::from(whole)).unwrap_or(100),
        }
    }

    /// Entries and recipients who got none, each with a reason in [`failures`].
    pub fn failures(&self) -> u64 {
        self.malformed + self.duplicates + self.failed
    }
}

/// Asks for a grant of a template that is live. It is checked in the background. Refuses `invalid`
/// with the field `segment` or `note`, and `state_conflict` for a template in another state.
pub async fn create(engine: &Engine, giver: &impl Giver, ask: Ask) -> Result<Grant> {
    create_keyed(engine, giver, ask, None).await
}

/// The same under the caller's idempotency key.
pub async fn create_keyed(
    engine: &Engine,
    giver: &impl Giver,
    ask: Ask,
    once: Option<&Once<Grant>>,
) -> Result<Grant> {
    if let Some(once) = once {
        // Before a list is laid down that nobody would look at.
        idempotency::answered(engine, &once.request).await?;
    }
    create_once(engine, giver, next_id(engine), ask, once).await
}

/// An id for the form of a grant that is about to be asked for.
pub fn next_id(engine: &Engine) -> GrantId {
    GrantId(fresh_id(engine.now()))
}

/// The same for a form that carries such an id as its `key`, so that sent twice it asks for one grant:
/// the second time answers what the first one made. What is changed before it is sent again is another.
pub async fn create_as(
    engine: &Engine,
    giver: &impl Giver,
    key: GrantId,
    ask: Ask,
) -> Result<Grant> {
    let id = id_of(key, giver, &ask);
    create_once(engine, giver, id, ask, None).await
}

/// The id of what is asked for under a key: of the key's time, and a hash of all of it.
fn id_of(key: GrantId, giver: &impl Giver, ask: &Ask) -> GrantId {
    let (segment, pages) = match &ask.to {
        To::List(list) => (None, Some(&list.pages)),
        To::Segment(segment) => (Some(segment), None),
    };
    let actor = giver.actor().name;
    let about = json!([key, actor, ask.template, ask.note, ask.starts_itself, segment]);
    let mut hash = Sha256::new().chain_update(about.to_string());
    for page in pages.into_iter().flatten() {
        hash.update(page);
    }
    let (mut id, hash) = (key.0.into_bytes(), <[u8; 32]>::from(hash.finalize()));
    id[6..].copy_from_slice(&hash[..10]);
    let id = Builder::from_bytes(id).with_variant(Variant::RFC4122);
    GrantId(id.with_version(Version::SortRand).into_uuid())
}

async fn create_once(
    engine: &Engine,
    giver: &impl Giver,
    id: GrantId,
    ask: Ask,
    once: Option<&Once<Grant>>,
) -> Result<Grant> {
    let upload = fresh_id(engine.now());
    let laid_down = match &ask.to {
        To::List(list) => pages::lay_down(engine, upload, list).await,
        To::Segment(_) => Ok(()),
    };
    let created = match laid_down {
        Ok(()) => {
            let ask = &ask;
            engine
                .transact(once, |tx| async move {
                    try_to_create(engine, &tx, giver, ask, id, upload).await
                })
                .await
        }
        Err(error) => Err(error),
    };
    if created.is_err() {
        pages::discard(engine, upload).await?;
    }
    created
}

/// `None` where it was asked for at this very moment: the next try finds it.
async fn try_to_create(
    engine: &Engine,
    tx: &Tx,
    giver: &impl Giver,
    ask: &Ask,
    id: GrantId,
    upload: Uuid,
) -> Result<Option<Grant>> {
    const INSERT: &str = "INSERT INTO grants
            (id, template, state, segment, actor, note, starts_itself, listed, created_at)
        VALUES ($1, $2, 'checking', $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING";
    match load(engine, tx, id).await {
        Err(Error::Missing) => {}
        known => return known.map(Some),
    }
    let note = ask.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    let note = note.map(|note| changes::reason("note", note)).transpose()?;
    let (segment, listed) = match &ask.to {
        To::List(list) => (None, list.count),
        To::Segment(segment) => {
            check_reference(segment).map_err(|problem| Refusal::invalid("segment", problem))?;
            (Some(segment.as_str()), 0)
        }
    };
    let template = load_templates(engine, tx, [ask.template], false).await?.remove(&ask.template);
    let template = template.ok_or(Error::Missing)?;
    if template.state != template::State::Live {
        return Err(Refusal::StateConflict { state: template.state.as_str().to_owned() }.into());
    }
    let now = engine.now();
    let values = [
        id.0.into(),
        ask.template.0.into(),
        segment.into(),
        giver.actor().name.into(),
        note.into(),
        ask.starts_itself.into(),
        i64::try_from(listed).unwrap_or(i64::MAX).into(),
        now.timestamp_micros().into(),
    ];
    if tx.execute_raw(sql(tx, INSERT, values)).await?.rows_affected() == 0 {
        return Ok(None);
    }
    pages::hand_over(tx, upload, id).await?;
    let asked =
        json!({ "template": ask.template, "listed": listed, "segment": segment, "note": note });
    record(tx, giver.actor(), id, "created", None, Some(asked), now).await?;
    load(engine, tx, id).await.map(Some)
}

/// Starts, pauses, resumes or cancels a grant; done once more it has no effect. Refuses
/// `state_conflict` with the state of one that this cannot be done to, and to let one run whose
/// template is `paused`, `claim_closed` or, before it is published, `state_conflict`.
pub async fn act(
    engine: &Engine,
    giver: &impl Giver,
    id: GrantId,
    action: Action,
) -> Result<Grant> {
    engine
        .transact(
            None,
            |tx| async move { try_to_act(engine, &tx, giver, id, action).await.map(Some) },
        )
        .await
}

async fn try_to_act(
    engine: &Engine,
    tx: &Tx,
    giver: &impl Giver,
    id: GrantId,
    action: Action,
) -> Result<Grant> {
    let (now, to) = (engine.now(), action.leads_to());
    if to == State::Running {
        let before = load(engine, tx, id).await?;
        let template = template_of(engine, tx, before.template).await?;
        match template.state {
            template::State::Live => {}
            template::State::Paused => return Err(Refusal::Paused.into()),
            template::State::Ended => return Err(Refusal::ClaimClosed.into()),
            state @ (template::State::Draft | template::State::InReview) => {
                return Err(Refusal::StateConflict { state: state.as_str().to_owned() }.into());
            }
        }
    }
    let act = format!(
        "UPDATE grants SET state = $2, stopped_by = NULL, ended_at = $3, leased_until = NULL
        WHERE id = $1 AND state IN ({})",
        action.done_in()
    );
    let ended_at = to.is_over().then(|| now.timestamp_micros());
    let values = [id.0.into(), to.as_str().into(), ended_at.into()];
    let has_acted = tx.execute_raw(sql(tx, act, values)).await?.rows_affected() == 1;
    let grant = load(engine, tx, id).await?;
    if !has_acted && grant.state != to {
        return Err(Refusal::StateConflict { state: grant.state.as_str().to_owned() }.into());
    }
    if has_acted {
        let numbers = json!({ "given": grant.given, "failed": grant.failed });
        record(tx, giver.actor(), id, action.past(), None, Some(numbers), now).await?;
    }
    Ok(grant)
}

/// One grant.
pub async fn read(engine: &Engine, _: &impl Reader, id: GrantId) -> Result<Grant> {
    load(engine, engine.reader(), id).await
}

/// The first recipients of a grant and where they stand in its list, from 1. They are removed some time
/// after it has ended.
pub async fn recipients(
    engine: &Engine,
    _: &impl Reader,
    id: GrantId,
    limit: usize,
) -> Result<Vec<(u64, ShopperId)>> {
    let found = running::recipients(engine.reader(), id, 0, limit).await?;
    let placed = |(position, shopper): (i64, ShopperId)| (position.unsigned_abs(), shopper);
    Ok(found.into_iter().map(placed).collect())
}

/// Grants on one page of the list.
pub const SHOWN: u64 = 20;

/// A page of grants counted from 0, newest first, of one template or of all; and how many there are.
pub async fn list(
    engine: &Engine,
    _: &impl Reader,
    template: Option<TemplateId>,
    page: u64,
) -> Result<(Vec<Grant>, u64)> {
    let db = engine.reader();
    let mut found = grant::Entity::find();
    if let Some(template) = template {
        found = found.filter(grant::Column::Template.eq(template.0));
    }
    let total = found.clone().count(db).await?;
    // Ids are made in the order of time.
    let found = found.order_by_desc(grant::Column::Id).limit(SHOWN);
    let models = found.offset(page.saturating_mul(SHOWN)).all(db).await?;
    let templates = models.iter().map(|model| TemplateId(model.template));
    let templates = load_templates(engine, db, templates, false).await?;
    let grants = models.into_iter().map(|model| grant_of(model, &templates));
    Ok((grants.collect::<Result<_>>()?, total))
}

/// The grants of a template that were giving at a moment, at most [`GIVING`]: a coupon does not keep
/// which one it came from, and mostly there is one.
pub(crate) async fn giving(engine: &Engine, template: TemplateId, at: Time) -> Result<Vec<Grant>> {
    let (db, at) = (engine.reader(), at.timestamp_micros());
    let not_over =
        Condition::any().add(grant::Column::EndedAt.is_null()).add(grant::Column::EndedAt.gte(at));
    let found = grant::Entity::find()
        .filter(grant::Column::Template.eq(template.0))
        .filter(grant::Column::Given.gt(0))
        .filter(grant::Column::CreatedAt.lte(at))
        .filter(not_over)
        .order_by_asc(grant::Column::Id)
        .limit(GIVING)
        .all(db)
        .await?;
    let templates = load_templates(engine, db, [template], false).await?;
    found.into_iter().map(|model| grant_of(model, &templates)).collect()
}

/// Grants named as where a coupon may have come from.
const GIVING: u64 = 3;

async fn load(engine: &Engine, db: &impl ConnectionTrait, id: GrantId) -> Result<Grant> {
    let model = grant::Entity::find_by_id(id.0).one(db).await?.ok_or(Error::Missing)?;
    let templates = load_templates(engine, db, [TemplateId(model.template)], false).await?;
    grant_of(model, &templates)
}

async fn template_of(
    engine: &Engine,
    db: &impl ConnectionTrait,
    id: TemplateId,
) -> Result<Template> {
    load_templates(engine, db, [id], false).await?.remove(&id).ok_or(Error::Missing)
}

fn grant_of(model: grant::Model, templates: &HashMap<TemplateId, Template>) -> Result<Grant> {
    let template = TemplateId(model.template);
    let name = templates.get(&template).map(|template| template.draft().name.clone());
    let odd = || Fault::new("a grant reads oddly");
    Ok(Grant {
        id: GrantId(model.id),
        template,
        name: name.ok_or_else(odd)?,
        state: State::parse(&model.state).ok_or_else(odd)?,
        segment: model.segment,
        actor: model.actor,
        note: model.note,
        starts_itself: model.starts_itself,
        listed: model.listed.unsigned_abs(),
        checked: model.checked.unsigned_abs(),
        malformed: model.malformed.unsigned_abs(),
        duplicates: model.duplicates.unsigned_abs(),
        recipients: model.recipients.unsigned_abs(),
        unknown: model.unknown.unsigned_abs(),
        blocked: model.blocked.unsigned_abs(),
        over_limit: model.over_limit.unsigned_abs(),
        outside: model.outside.unsigned_abs(),
        given: model.given.unsigned_abs(),
        failed: model.failed.unsigned_abs(),
        stopped_by: model.stopped_by,
        created_at: time(model.created_at),
        ended_at: model.ended_at.map(time),
    })
}

async fn record(
    tx: &Tx,
    actor: Actor,
    id: GrantId,
    action: &'static str,
    old: Option<serde_json::Value>,
    new: Option<serde_json::Value>,
    now: Time,
) -> Result<()> {
    let subject = id.to_string();
    let change = Change { actor, subject_kind: "grant", subject, action, old, new };
    changes::record(tx, change, now).await
}
