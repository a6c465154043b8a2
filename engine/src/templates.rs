//! What ops designs: drafts, revisions, and the life of a template.

mod conflicts;
pub mod coupons;
mod history;
pub(crate) mod known;
mod life;
mod listing;

use std::collections::{HashMap, HashSet};

use domain::actor::{Actor, Designer, Reader};
use domain::template::{ChannelQuota, Draft, State, Visibility};
use domain::{Money, Problem, Refusal, TemplateId, Time};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::json;

use crate::catalogue;
use crate::changes::{self, Change};
use crate::entity::{revision, template};
use crate::idempotency::Once;
use crate::store::rows::{self, rows};
use crate::store::templates::{change_budget, load_templates, revisions};
use crate::store::{fresh_id, sql};
use crate::tx::Tx;
use crate::{Engine, Error, Fault, Result};

pub use crate::store::templates::Template;
pub use conflicts::{Kind, NAMED_MAX, Neighbours, conflicts};
pub use history::{Move, VERSIONS, Version, authors, last_move, names, pair, reviewers, versions};
pub use life::{NOTE_MAX, Verdict, act, act_keyed, act_on_each, publish, review, stop};
pub(crate) use listing::found_by;
pub use listing::{Claims, Filter, PAGE, Page, Sort, campaigns, list, made_before, read_each};

/// Saves a new template as a draft. Refuses `invalid` with what [`Draft::check`] finds.
pub async fn create(engine: &Engine, designer: &impl Designer, draft: &Draft) -> Result<Template> {
    create_keyed(engine, designer, draft, None).await
}

/// The same under the caller's idempotency key.
pub async fn create_keyed(
    engine: &Engine,
    designer: &impl Designer,
    draft: &Draft,
    once: Option<&Once<Template>>,
) -> Result<Template> {
    write(engine, designer, next_id(engine), draft, once).await
}

/// An id for a template that is about to be written.
pub fn next_id(engine: &Engine) -> TemplateId {
    TemplateId(fresh_id(engine.now()))
}

/// The same under an id that was given out before, so that a form sent twice makes one template:
/// the second time answers what the first one made. Another draft under an id that is taken is
/// refused `idempotency_conflict`.
pub async fn create_as(
    engine: &Engine,
    designer: &impl Designer,
    id: TemplateId,
    draft: &Draft,
) -> Result<Template> {
    write(engine, designer, id, draft, None).await
}

async fn write(
    engine: &Engine,
    designer: &impl Designer,
    id: TemplateId,
    draft: &Draft,
    once: Option<&Once<Template>>,
) -> Result<Template> {
    check(engine, draft).await?;
    engine
        .transact(once, |tx| async move {
            Ok(Some(try_to_create(engine, &tx, designer, id, draft).await?))
        })
        .await
}

async fn try_to_create(
    engine: &Engine,
    tx: &Tx,
    designer: &impl Designer,
    id: TemplateId,
    draft: &Draft,
) -> Result<Template> {
    let now = engine.now();
    let row = template::ActiveModel {
        id: Set(id.0),
        state: Set(State::Draft.as_str().to_owned()),
        author: Set(designer.author()),
        created_at: Set(now.timestamp_micros()),
        issued: Set(0),
        reserved: Set(0),
        spent: Set(0),
        was_listed: Set(false),
        ..columns(draft, 1, None, now)
    };
    let by_id = OnConflict::column(template::Column::Id).do_nothing().to_owned();
    if template::Entity::insert(row).on_conflict(by_id).exec_without_returning(tx).await? == 0 {
        return made_already(engine, tx, designer, id, draft).await;
    }
    write_revision(tx, id, 1, draft, designer, now).await?;
    write_channels(tx, id, draft, None).await?;
    let change = change(designer.actor(), id, "created", None, Some(json!(draft)));
    changes::record(tx, change, now).await?;
    load(engine, tx, id, false).await
}

/// What the first sending of this form made.
async fn made_already(
    engine: &Engine,
    tx: &Tx,
    designer: &impl Designer,
    id: TemplateId,
    draft: &Draft,
) -> Result<Template> {
    let first = (id, 1);
    let found = revisions(engine, tx, [first]).await?.remove(&first);
    let is_same = found.is_some_and(|revision| revision.draft == *draft);
    if !is_same || author_of(tx, id, 1).await? != designer.author() {
        return Err(Refusal::IdempotencyConflict.into());
    }
    load(engine, tx, id, false).await
}

/// Saves a template as a new revision; coupons, locks and orders keep theirs. `edits` is the
/// revision the designer saw: another one is refused `stale_revision`. Stock may be raised, never
/// lowered below what is issued. A live template that now puts more at risk than one person may
/// decide goes back into review.
pub async fn edit(
    engine: &Engine,
    designer: &impl Designer,
    id: TemplateId,
    edits: u32,
    draft: &Draft,
) -> Result<Template> {
    check(engine, draft).await?;
    let edited = engine
        .transact(None, |tx| async move {
            Ok(Some(try_to_edit(engine, &tx, designer, id, edits, draft).await?))
        })
        .await;
    engine.known().distrust();
    edited
}

async fn try_to_edit(
    engine: &Engine,
    tx: &Tx,
    designer: &impl Designer,
    id: TemplateId,
    edits: u32,
    draft: &Draft,
) -> Result<Template> {
    let now = engine.now();
    change_budget(tx, id).await?;
    let old = load(engine, tx, id, true).await?;
    if old.revision.number != edits {
        return Err(Refusal::StaleRevision { current: old.revision.number }.into());
    }
    if old.state == State::Ended {
        return Err(Refusal::StateConflict { state: old.state.as_str().to_owned() }.into());
    }
    if draft.stock.is_some_and(|stock| stock < old.issued) {
        let problem = Problem::BelowIssued { issued: old.issued };
        return Err(Refusal::invalid("stock", problem).into());
    }
    if draft == old.draft() {
        return Ok(old);
    }
    let number = edits + 1;
    let needs_approval = draft.needs_approval(engine.settings().approval_above);
    let state = match old.state {
        State::Live if needs_approval => State::InReview,
        other => other,
    };
    let last_live = if state == State::Live { Some(number) } else { old.last_live };
    let (reserved, spent) = committed(tx, &old, draft).await?;
    let row = template::ActiveModel {
        id: Set(id.0),
        state: Set(state.as_str().to_owned()),
        reserved: Set(reserved),
        spent: Set(spent),
        was_listed: Set(old.was_listed || is_listed(state, draft)),
        last_live: Set(last_live.map(i64::from)),
        ..columns(draft, number, old.link_token.clone(), now)
    };
    template::Entity::update(row).exec(tx).await?;
    write_revision(tx, id, number, draft, designer, now).await?;
    write_channels(tx, id, draft, Some(old.draft())).await?;
    let edited =
        change(designer.actor(), id, "edited", Some(json!(old.draft())), Some(json!(draft)));
    changes::record(tx, edited, now).await?;
    if state != old.state {
        let (from, to) = (Some(json!(old.state)), Some(json!(state)));
        let submitted = change(designer.actor(), id, "submitted", from, to);
        changes::record(tx, submitted, now).await?;
    }
    known::changed(tx).await?;
    load(engine, tx, id, false).await
}

/// Whether it is in the coupon center.
fn is_listed(state: State, draft: &Draft) -> bool {
    state == State::Live && draft.visibility == Visibility::Listed
}

/// One template.
pub async fn read(engine: &Engine, _: &impl Reader, id: TemplateId) -> Result<Template> {
    load(engine, engine.reader(), id, false).await
}

/// How many templates stand in each state, in the order of [`State::ALL`].
pub async fn count_by_state(engine: &Engine, _: &impl Reader) -> Result<Vec<(State, u64)>> {
    const COUNT: &str = "SELECT state, COUNT(*) AS n FROM templates GROUP BY state";
    let rows = engine.reader().query_all_raw(sql(engine.reader(), COUNT, [])).await?;
    let mut counted = HashMap::new();
    for row in rows {
        counted.insert(row.try_get::<String>("", "state")?, row.try_get::<i64>("", "n")?);
    }
    let of = |state: State| counted.get(state.as_str()).map_or(0, |n| n.unsigned_abs());
    Ok(State::ALL.map(|state| (state, of(state))).into())
}

/// Saves a copy of a template as a draft under another name, for its editor to change. Shoppers go
/// on reading the title of the one it is a copy of. `id` was given out before, as for [`create_as`].
pub async fn copy_as(
    engine: &Engine,
    designer: &impl Designer,
    id: TemplateId,
    original: TemplateId,
    name: String,
) -> Result<Template> {
    let original = load(engine, engine.reader(), original, false).await?;
    let title = Some(original.draft().title().to_owned());
    create_as(engine, designer, id, &Draft { name, title, ..original.draft().clone() }).await
}

async fn check(engine: &Engine, draft: &Draft) -> Result<()> {
    let catalogue = catalogue::current(engine).await?;
    let fields = draft.check(Some(&catalogue.tree));
    if fields.is_empty() { Ok(()) } else { Err(Refusal::Invalid { fields }.into()) }
}

async fn load(
    engine: &Engine,
    db: &impl ConnectionTrait,
    id: TemplateId,
    locked: bool,
) -> Result<Template> {
    load_templates(engine, db, [id], locked).await?.remove(&id).ok_or(Error::Missing)
}

async fn author_of(db: &impl ConnectionTrait, id: TemplateId, number: u32) -> Result<String> {
    let key = (id.0, i64::from(number));
    let found = revision::Entity::find_by_id(key).one(db).await?;
    Ok(found.ok_or_else(|| Fault::new("a template has no revision"))?.author)
}

/// Whose a template is as it now stands: whoever made it, and all who wrote of it since it was last
/// live.
async fn authors_of(db: &impl ConnectionTrait, template: &Template) -> Result<HashSet<String>> {
    const READ: &str =
        "SELECT DISTINCT author FROM revisions WHERE template = $1 AND revision >= $2";
    let current = template.revision.number;
    let first = template.last_live.map_or(1, |live| current.min(live + 1));
    let read = sql(db, READ, [template.id.0.into(), i64::from(first).into()]);
    let mut authors = HashSet::from([template.author.clone()]);
    for row in db.query_all_raw(read).await? {
        authors.insert(row.try_get("", "author")?);
    }
    Ok(authors)
}

/// The columns that repeat what a draft says, so that the store can hold its limits.
fn columns(
    draft: &Draft,
    number: u32,
    link_token: Option<String>,
    now: Time,
) -> template::ActiveModel {
    let link_token = match draft.visibility {
        Visibility::Link => Some(link_token.unwrap_or_else(token)),
        Visibility::Listed | Visibility::Granted => link_token,
    };
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    template::ActiveModel {
        revision: Set(i64::from(number)),
        campaign: Set(draft.campaign.clone()),
        name: Set(draft.name.clone()),
        visibility: Set(word(&draft.visibility)),
        lane: Set(word(&draft.lane)),
        stock: Set(draft.stock.map(count)),
        budget: Set(draft.budget.map(Money::units)),
        per_shopper: Set(i64::from(draft.per_shopper)),
        per_shopper_daily: Set(draft.per_shopper_daily.map(i64::from)),
        claim_from: Set(draft.claim_window.from.map(|from| from.timestamp_micros())),
        claim_until: Set(draft.claim_window.until.map(|until| until.timestamp_micros())),
        link_token: Set(link_token),
        kind: Set(draft.benefit.kind().as_str().to_owned()),
        search: Set(listing::findable(draft)),
        updated_at: Set(now.timestamp_micros()),
        ..Default::default()
    }
}

/// The word serde writes for a plain enum.
fn word(value: &impl serde::Serialize) -> String {
    json!(value).as_str().unwrap_or_default().to_owned()
}

/// What opens a template to those who have its link: 128 random bits.
fn token() -> String {
    format!("{:032x}", rand::random::<u128>())
}

async fn write_revision(
    tx: &Tx,
    id: TemplateId,
    number: u32,
    draft: &Draft,
    author: &impl Designer,
    now: Time,
) -> Result<()> {
    let row = revision::ActiveModel {
        template: Set(id.0),
        revision: Set(i64::from(number)),
        draft: Set(serde_json::to_string(draft)?),
        author: Set(author.author()),
        created_at: Set(now.timestamp_micros()),
    };
    revision::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

rows! {
    struct QuotaRow { channel: String, quota: Option<i64>, taken: i64 }
    struct ChannelName { channel: String }
}

/// Writes what each channel may give; there is a row as long as a channel is named. One that is
/// named now and was not before is counted: claims through it counted for no quota meanwhile. The
/// template's row is locked, so that no claim adds to them.
async fn write_channels(tx: &Tx, id: TemplateId, draft: &Draft, old: Option<&Draft>) -> Result<()> {
    const DROP: &str = "DELETE FROM channel_quotas
        WHERE template = $2 AND channel NOT IN (SELECT channel FROM {rows})";
    const PUT: &str = "INSERT INTO channel_quotas (template, channel, quota, taken)
        SELECT $2, channel, quota, taken FROM {rows} WHERE TRUE
        ON CONFLICT (template, channel) DO UPDATE SET quota = excluded.quota";
    let before = old.map(|old| old.channels.as_slice()).unwrap_or_default();
    if draft.channels == before {
        return Ok(());
    }
    let taken = match old {
        Some(_) => taken_through(tx, id, draft, before).await?,
        // A new template has given nothing yet.
        None => HashMap::new(),
    };
    let mut rows = Vec::with_capacity(draft.channels.len());
    for (i, channel) in draft.channels.iter().enumerate() {
        let quota = channel.quota.map(|quota| i64::try_from(quota).unwrap_or(i64::MAX));
        let taken = taken.get(channel.name.as_str()).copied().unwrap_or(0);
        if quota.is_some_and(|quota| quota < taken) {
            let problem = Problem::BelowIssued { issued: taken.unsigned_abs() };
            return Err(Refusal::invalid(format!("channels.{i}.quota"), problem).into());
        }
        rows.push(QuotaRow { channel: channel.name.to_string(), quota, taken });
    }
    // In the order in which claims take them.
    rows.sort_by(|a, b| a.channel.cmp(&b.channel));
    for text in [DROP, PUT] {
        tx.execute_raw(rows::statement(tx, text, &rows, [id.0.into()])?).await?;
    }
    Ok(())
}

/// How many coupons came through each channel the draft names. Only those that were not named before
/// are counted, which reads all coupons of the template; the others' rows say it.
async fn taken_through(
    tx: &Tx,
    id: TemplateId,
    draft: &Draft,
    before: &[ChannelQuota],
) -> Result<HashMap<String, i64>> {
    const KNOWN: &str = "SELECT channel, taken FROM channel_quotas WHERE template = $1";
    const COUNT: &str = "SELECT coupons.channel, COUNT(*) AS taken FROM coupons
        JOIN {rows} ON rows.channel = coupons.channel
        WHERE coupons.template = $2 GROUP BY coupons.channel";
    let is_new = |channel: &&ChannelQuota| before.iter().all(|known| known.name != channel.name);
    let new = draft.channels.iter().filter(is_new);
    let new: Vec<_> = new.map(|new| ChannelName { channel: new.name.to_string() }).collect();
    let mut found = tx.query_all_raw(sql(tx, KNOWN, [id.0.into()])).await?;
    if !new.is_empty() {
        let count = rows::statement(tx, COUNT, &new, [id.0.into()])?;
        found.extend(tx.query_all_raw(count).await?);
    }
    found.iter().map(|row| Ok((row.try_get("", "channel")?, row.try_get("", "taken")?))).collect()
}

/// What is reserved and spent of the draft's budget. Without one nothing is counted against it, so
/// that a hot template's row is left alone; one that had none before is counted.
async fn committed(tx: &Tx, old: &Template, draft: &Draft) -> Result<(i64, i64)> {
    let Some(budget) = draft.budget else {
        return Ok((0, 0));
    };
    let (reserved, spent) = match old.draft().budget {
        Some(_) => (old.reserved.units(), old.spent.units()),
        None => count_committed(tx, old.id).await?,
    };
    if budget.units() < reserved + spent {
        let problem = Problem::BelowSpent { spent: Money::minor(reserved + spent) };
        return Err(Refusal::invalid("budget", problem).into());
    }
    Ok((reserved, spent))
}

/// Adds up everything a template has in orders, which takes as long as there are many: of those that
/// are paid its own, of those that wait all.
async fn count_committed(tx: &Tx, id: TemplateId) -> Result<(i64, i64)> {
    const COUNT: &str = "SELECT
        (SELECT CAST(COALESCE(SUM((SELECT SUM(lock_coupons.discount) FROM lock_coupons
                WHERE lock_coupons.bucket = locks.bucket AND lock_coupons.lock = locks.id
                AND lock_coupons.template = $1)), 0) AS BIGINT)
            FROM locks WHERE state = 'active') AS reserved,
        (SELECT CAST(COALESCE(SUM(kept), 0) AS BIGINT) FROM redemption_coupons
            WHERE template = $1) AS spent";
    let row = tx.query_one_raw(sql(tx, COUNT, [id.0.into()])).await?;
    let row = row.ok_or_else(|| Fault::new("a sum without a row"))?;
    Ok((row.try_get("", "reserved")?, row.try_get("", "spent")?))
}

fn change(
    actor: Actor,
    id: TemplateId,
    action: &'static str,
    old: Option<serde_json::Value>,
    new: Option<serde_json::Value>,
) -> Change {
    Change { actor, subject_kind: "template", subject: id.to_string(), action, old, new }
}
