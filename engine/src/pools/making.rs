//! Many codes, made in the background: each chunk takes its stock and writes its codes down in one
//! transaction, with the number that is made by then.

use domain::actor::{Designer, System};
use domain::{Code, PoolId, Problem, Refusal, TemplateId, Time};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{check_stock, fresh_code, is_on, record, take_stock, write};
use crate::clock::time;
use crate::entity::pool;
use crate::idempotency::Once;
use crate::issuance::after_claims;
use crate::store::leases::{Lease, Work};
use crate::store::templates::load_templates;
use crate::store::{fresh_id, sql};
use crate::tx::Tx;
use crate::{Engine, Error, Fault, Result};

/// The most codes that are made in the background at a time.
pub const MOST_IN_BACKGROUND: u32 = 1_000_000;

/// Pools of a template that are told of.
const SHOWN: u64 = 20;

const WORK: Work = Work { table: "pools", states: "'making'" };

/// Chunks of one pool before another has its turn.
const TURN: usize = 10;

/// Where a pool stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Its codes are made.
    Making,
    /// All of them are.
    Done,
    /// There are fewer than were wanted.
    Stopped,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Making, Self::Done, Self::Stopped];

    /// The word in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Making => "making",
            Self::Done => "done",
            Self::Stopped => "stopped",
        }
    }

    /// Reads [`State::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// Codes that are or were made in the background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Its id.
    pub id: PoolId,
    /// What the codes are a claim to.
    pub template: TemplateId,
    /// Where it stands.
    pub state: State,
    /// How many are to be made.
    pub wanted: u64,
    /// How many are.
    pub made: u64,
    /// Why there are fewer than wanted: `sold_out` or `state_conflict`, said of the template.
    pub stopped_by: Option<String>,
    /// When it was asked for.
    pub created_at: Time,
    /// When the last one was made.
    pub ended_at: Option<Time>,
}

/// A code as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolCode {
    /// What is entered.
    pub code: Code,
    /// `unclaimed`, `claimed` or `revoked`.
    pub state: String,
    /// When it was made.
    pub made_at: Time,
}

/// Asks for codes of a template that is live or paused. They take its stock as they are made.
/// Refuses `sold_out`, `invalid` for a `count` that is out of range or more than is left, and
/// `state_conflict` for a template in another state.
pub async fn ask(
    engine: &Engine,
    designer: &impl Designer,
    template: TemplateId,
    count: u32,
) -> Result<Pool> {
    ask_keyed(engine, designer, template, count, None).await
}

/// The same under the caller's idempotency key.
pub async fn ask_keyed(
    engine: &Engine,
    designer: &impl Designer,
    template: TemplateId,
    count: u32,
    once: Option<&Once<Pool>>,
) -> Result<Pool> {
    ask_once(engine, designer, next_id(engine), template, count, once).await
}

/// An id for a pool that is about to be asked for.
pub fn next_id(engine: &Engine) -> PoolId {
    PoolId(fresh_id(engine.now()))
}

/// The same under an id that was given out before, so that a form sent twice has its codes made once:
/// the second time answers what the first one asked for. Anything else under an id that is taken is
/// refused `idempotency_conflict`.
pub async fn ask_as(
    engine: &Engine,
    designer: &impl Designer,
    id: PoolId,
    template: TemplateId,
    count: u32,
) -> Result<Pool> {
    ask_once(engine, designer, id, template, count, None).await
}

async fn ask_once(
    engine: &Engine,
    designer: &impl Designer,
    id: PoolId,
    template: TemplateId,
    count: u32,
    once: Option<&Once<Pool>>,
) -> Result<Pool> {
    engine
        .transact(
            once,
            |tx| async move { try_to_ask(engine, &tx, designer, id, template, count).await },
        )
        .await
}

/// `None` where it was asked for at this very moment: the next try finds it.
async fn try_to_ask(
    engine: &Engine,
    tx: &Tx,
    designer: &impl Designer,
    pool: PoolId,
    id: TemplateId,
    count: u32,
) -> Result<Option<Pool>> {
    const INSERT: &str = "INSERT INTO pools (id, template, state, actor, wanted, created_at)
        VALUES ($1, $2, 'making', $3, $4, $5) ON CONFLICT (id) DO NOTHING";
    if !(1..=MOST_IN_BACKGROUND).contains(&count) {
        let problem = Problem::OutOfRange { min: 1, max: MOST_IN_BACKGROUND.into() };
        return Err(Refusal::invalid("count", problem).into());
    }
    let actor = designer.actor().name;
    if let Some(known) = pool::Entity::find_by_id(pool.0).one(tx).await? {
        let is_same =
            known.template == id.0 && known.wanted == i64::from(count) && known.actor == actor;
        return match is_same {
            true => pool_of(known).map(Some),
            false => Err(Refusal::IdempotencyConflict.into()),
        };
    }
    let template = load_templates(engine, tx, [id], false).await?.remove(&id);
    let template = template.ok_or(Error::Missing)?;
    check_stock(&template, count)?;
    let now = engine.now();
    let values = [
        pool.0.into(),
        id.0.into(),
        actor.into(),
        i64::from(count).into(),
        now.timestamp_micros().into(),
    ];
    if tx.execute_raw(sql(tx, INSERT, values)).await?.rows_affected() == 0 {
        return Ok(None);
    }
    record(tx, designer.actor(), id, count.into(), now).await?;
    let model = pool::Entity::find_by_id(pool.0).one(tx).await?;
    pool_of(model.ok_or_else(|| Fault::new("a pool is there and is not"))?).map(Some)
}

/// The pools of a template that were asked for last, newest first.
pub async fn list(
    engine: &Engine,
    _: &impl domain::actor::Reader,
    template: TemplateId,
) -> Result<Vec<Pool>> {
    let found = pool::Entity::find()
        .filter(pool::Column::Template.eq(template.0))
        .order_by_desc(pool::Column::Id)
        .limit(SHOWN);
    found.all(engine.reader()).await?.into_iter().map(pool_of).collect()
}

/// All codes of a template in their order after one, at most `limit`. Whoever has them can claim:
/// they are for those alone who may make them.
pub async fn codes(
    engine: &Engine,
    _: &impl Designer,
    template: TemplateId,
    after: Option<Code>,
    limit: u32,
) -> Result<Vec<PoolCode>> {
    const READ: &str = "SELECT code, state, made_at FROM pool_codes
        WHERE template = $1 AND code > $2 ORDER BY code LIMIT $3";
    let db = engine.reader();
    let after = after.map(|code| code.to_string()).unwrap_or_default();
    let values = [template.0.into(), after.into(), i64::from(limit).into()];
    let rows = db.query_all_raw(sql(db, READ, values)).await?;
    let code = |row: &sea_orm::QueryResult| {
        let code = Code::parse(&row.try_get::<String>("", "code")?);
        Ok(PoolCode {
            code: code.ok_or_else(|| Fault::new("a pool code reads oddly"))?,
            state: row.try_get("", "state")?,
            made_at: time(row.try_get("", "made_at")?),
        })
    };
    rows.iter().map(code).collect()
}

/// Goes on with the pool that was worked at longest ago, for a few chunks; answers how many codes it
/// made. For the worker, on any number of nodes.
pub async fn work(engine: &Engine, _: System) -> Result<usize> {
    let Some(mut lease) = WORK.take(engine).await? else { return Ok(0) };
    let mut made = 0;
    for _ in 0..TURN {
        let chunk = after_claims(engine).await;
        let step = engine
            .transact(None, |tx| async move { try_to_step(engine, &tx, lease, chunk).await })
            .await?;
        let Some((done, held)) = step else { return Ok(made) };
        (made, lease) = (made + done, held);
        if done == 0 {
            break;
        }
    }
    WORK.release(engine, lease).await?;
    Ok(made)
}

/// One chunk: how many were made, and the lease as it is now; nothing where it is no longer ours.
async fn try_to_step(
    engine: &Engine,
    tx: &Tx,
    lease: Lease,
    chunk: usize,
) -> Result<Option<Option<(usize, Lease)>>> {
    let now = engine.now();
    let Some(held) = WORK.hold(tx, lease, now).await? else { return Ok(Some(None)) };
    let odd = || Fault::new("a pool reads oddly");
    let pool = pool::Entity::find_by_id(lease.id).one(tx).await?.ok_or_else(odd)?;
    let id = TemplateId(pool.template);
    let template = load_templates(engine, tx, [id], false).await?.remove(&id).ok_or_else(odd)?;
    let left = template.left().map_or(chunk, |left| usize::try_from(left).unwrap_or(chunk));
    let wanted = usize::try_from(pool.wanted - pool.made).unwrap_or_default();
    let count = wanted.min(chunk).min(left);
    if count == 0 || !is_on(&template) {
        let stopped_by = if is_on(&template) { "sold_out" } else { "state_conflict" };
        end(tx, lease, State::Stopped, Some(stopped_by), now).await?;
        return Ok(Some(Some((0, held))));
    }
    let codes: Vec<Code> = (0..count).map(|_| fresh_code()).collect();
    if !write(tx, &template, &codes, now).await? {
        return Ok(None);
    }
    const MADE: &str = "UPDATE pools SET made = made + $2 WHERE id = $1";
    tx.execute_raw(sql(tx, MADE, [lease.id.into(), (count as i64).into()])).await?;
    if count == wanted {
        end(tx, lease, State::Done, None, now).await?;
    }
    let has_taken = take_stock(tx, id, count as i64).await?;
    Ok(has_taken.then_some(Some((count, held))))
}

async fn end(
    tx: &Tx,
    lease: Lease,
    state: State,
    stopped_by: Option<&str>,
    now: Time,
) -> Result<()> {
    const END: &str = "UPDATE pools SET state = $2, stopped_by = $3, ended_at = $4 WHERE id = $1";
    let values =
        [lease.id.into(), state.as_str().into(), stopped_by.into(), now.timestamp_micros().into()];
    tx.execute_raw(sql(tx, END, values)).await?;
    Ok(())
}

fn pool_of(model: pool::Model) -> Result<Pool> {
    Ok(Pool {
        id: PoolId(model.id),
        template: TemplateId(model.template),
        state: State::parse(&model.state).ok_or_else(|| Fault::new("a pool reads oddly"))?,
        wanted: model.wanted.unsigned_abs(),
        made: model.made.unsigned_abs(),
        stopped_by: model.stopped_by,
        created_at: time(model.created_at),
        ended_at: model.ended_at.map(time),
    })
}
