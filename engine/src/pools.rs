//! Pool codes: made in advance, each belonging to whoever enters it first.

mod making;

use domain::actor::{Actor, Designer, Shopper};
use domain::ids::Bucket;
use domain::risk::Who;
use domain::template;
use domain::{Code, Problem, Refusal, TemplateId, Time};
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::changes::{self, Change};
use crate::desk::submit;
use crate::idempotency::{self, Once};
use crate::issuance::{Claim, Via};
use crate::redemption::Answer;
use crate::store::coupons::{CodeKey, coupons_by_code};
use crate::store::pool_codes::pool_code;
use crate::store::rows::{self, rows};
use crate::store::sql;
use crate::store::templates::{Template, load_templates};
use crate::tx::Tx;
use crate::wallet::Coupon;
use crate::{Engine, Error, Result, risk};

pub use making::{
    MOST_IN_BACKGROUND, Pool, PoolCode, State, ask, ask_as, ask_keyed, codes, list, next_id, work,
};

/// The most codes one call makes at once.
pub const MOST: u32 = 10_000;

rows! {
    struct NewPoolCode { bucket: i64, code: String }
}

/// Makes codes of a template that is live or paused. They take its stock now; entered later they
/// take none. Refuses `sold_out`, `invalid` for a `count` that is out of range or more than is
/// left, and `state_conflict` for a template in another state.
pub async fn make(
    engine: &Engine,
    designer: &impl Designer,
    template: TemplateId,
    count: u32,
) -> Result<Vec<Code>> {
    if !(1..=MOST).contains(&count) {
        let problem = Problem::OutOfRange { min: 1, max: MOST.into() };
        return Err(Refusal::invalid("count", problem).into());
    }
    engine
        .transact(
            None,
            |tx| async move { try_to_make(engine, &tx, designer, template, count).await },
        )
        .await
}

async fn try_to_make(
    engine: &Engine,
    tx: &Tx,
    designer: &impl Designer,
    id: TemplateId,
    count: u32,
) -> Result<Option<Vec<Code>>> {
    let template = load_templates(engine, tx, [id], false).await?.remove(&id);
    let template = template.ok_or(Error::Missing)?;
    check_stock(&template, count)?;
    let now = engine.now();
    let codes: Vec<Code> = (0..count).map(|_| fresh_code()).collect();
    if !write(tx, &template, &codes, now).await? {
        return Ok(None);
    }
    record(tx, designer.actor(), id, count.into(), now).await?;
    // Somebody may have been faster: the next try tells why there is no more.
    Ok(take_stock(tx, id, count.into()).await?.then_some(codes))
}

/// Takes stock for codes, if there is so much, of a template that is live or paused. It comes last:
/// the template's row is what others wait for.
async fn take_stock(tx: &Tx, id: TemplateId, count: i64) -> Result<bool> {
    const TAKE: &str = "UPDATE templates SET issued = issued + $2
        WHERE id = $1 AND state IN ('live', 'paused') AND (stock IS NULL OR issued + $2 <= stock)";
    let take = sql(tx, TAKE, [id.0.into(), count.into()]);
    Ok(tx.execute_raw(take).await?.rows_affected() == 1)
}

/// Writes codes down that nobody has claimed; false where one of them was made before.
async fn write(tx: &Tx, template: &Template, codes: &[Code], now: Time) -> Result<bool> {
    const INSERT: &str = "INSERT INTO pool_codes (bucket, code, template, revision, state, made_at)
        SELECT bucket, code, $2, $3, 'unclaimed', $4 FROM {rows} WHERE TRUE
        ON CONFLICT DO NOTHING";
    let revision = i64::from(template.revision.number);
    let values = [template.id.0.into(), revision.into(), now.timestamp_micros().into()];
    let rows: Vec<NewPoolCode> = codes.iter().copied().map(NewPoolCode::from).collect();
    let written = tx.execute_raw(rows::statement(tx, INSERT, &rows, values)?).await?;
    Ok(written.rows_affected() == codes.len() as u64)
}

async fn record(tx: &Tx, actor: Actor, id: TemplateId, count: i64, now: Time) -> Result<()> {
    let change = Change {
        actor,
        subject_kind: "template",
        subject: id.to_string(),
        action: "pool_codes_made",
        new: Some(json!({ "count": count })),
        ..Change::default()
    };
    changes::record(tx, change, now).await
}

/// Refuses where there is not so much, or no codes may be made.
fn check_stock(template: &Template, count: u32) -> Result<(), Refusal> {
    match template.left() {
        _ if !is_on(template) => {
            Err(Refusal::StateConflict { state: template.state.as_str().to_owned() })
        }
        Some(0) => Err(Refusal::SoldOut),
        Some(left) if left < u64::from(count) => {
            Err(Refusal::invalid("count", Problem::OutOfRange { min: 1, max: left }))
        }
        _ => Ok(()),
    }
}

/// Whether codes may be made of it.
fn is_on(template: &Template) -> bool {
    matches!(template.state, template::State::Live | template::State::Paused)
}

/// A code says nothing of who will hold it: its bucket is as random as the rest.
fn fresh_code() -> Code {
    let bucket = Bucket::of(&rand::random::<u64>().to_string());
    Code::new(bucket, rand::random())
}

impl From<Code> for NewPoolCode {
    fn from(code: Code) -> Self {
        let CodeKey { bucket, code } = code.into();
        Self { bucket, code }
    }
}

/// A shopper enters a code as they read it, and claims its template by the rules of any claim
/// except stock. The coupon has a code of its own. Entered again by the same shopper, or the code
/// of a coupon they hold, the answer is that coupon.
///
/// A code that is none, unknown, or somebody else's by now is one and the same `not_found`; too
/// many of them are refused `too_many_attempts`, later `challenge_required` and `risk_rejected`. A
/// refused claim leaves the code as it was.
pub async fn enter(
    engine: &Engine,
    shopper: &Shopper,
    typed: &str,
    via: Via,
) -> Result<(Coupon, Answer)> {
    enter_keyed(engine, shopper, typed, via, None).await
}

/// The same under the caller's idempotency key. A request that was answered before charges no
/// attempt.
pub async fn enter_keyed(
    engine: &Engine,
    shopper: &Shopper,
    typed: &str,
    via: Via,
    once: Option<&Once<Coupon>>,
) -> Result<(Coupon, Answer)> {
    if let Some(once) = once {
        idempotency::answered(engine, &once.request).await?;
    }
    let code = Code::parse(typed).ok_or(Refusal::NotFound)?;
    let Via { device, address, .. } = via.clone();
    let who = Who { shopper: shopper.id.clone(), device, address };
    risk::charge(engine, &who).await?;
    let known = find(engine, engine.reader(), shopper, code).await?;
    if known.is_some() {
        // Only this attempt is taken back: a code of one's own is no way to go on guessing.
        risk::excuse(engine, &who).await?;
    }
    match known {
        Some(Known::Unclaimed(template)) => claim(engine, shopper, code, template, via, once).await,
        _ => own(engine, shopper, code, once).await,
    }
}

/// The coupon that a code is to its shopper, or that it is nothing to them.
async fn own(
    engine: &Engine,
    shopper: &Shopper,
    code: Code,
    once: Option<&Once<Coupon>>,
) -> Result<(Coupon, Answer)> {
    let coupon = engine
        .transact(once, |tx| async move {
            match find(engine, &*tx, shopper, code).await? {
                Some(Known::Own(coupon)) => Ok(Some(*coupon)),
                _ => Err(Refusal::NotFound.into()),
            }
        })
        .await?;
    Ok((coupon, Answer::Known))
}

enum Known {
    Unclaimed(TemplateId),
    Own(Box<Coupon>),
}

/// What a code is to this shopper; nothing where it is somebody else's.
async fn find(
    engine: &Engine,
    db: &impl ConnectionTrait,
    shopper: &Shopper,
    code: Code,
) -> Result<Option<Known>> {
    let coupon = match pool_code(db, code).await? {
        Some(found) if found.state == "unclaimed" => {
            return Ok(Some(Known::Unclaimed(TemplateId(found.template))));
        }
        Some(found) => found.coupon.and_then(|coupon| Code::parse(&coupon)),
        None => Some(code),
    };
    let Some(coupon) = coupon else { return Ok(None) };
    let found = coupons_by_code(engine, db, &[coupon]).await?.pop();
    Ok(found.filter(|found| found.shopper == shopper.id).map(|own| Known::Own(Box::new(own))))
}

async fn claim(
    engine: &Engine,
    shopper: &Shopper,
    code: Code,
    template: TemplateId,
    via: Via,
    once: Option<&Once<Coupon>>,
) -> Result<(Coupon, Answer)> {
    let claim = Claim {
        via,
        pool_code: Some(code),
        once: once.cloned(),
        ..Claim::new(engine, &shopper.id, template)
    };
    match submit(engine, claim).await? {
        // Somebody was faster; perhaps it was the same shopper, pressing twice.
        Err(Error::Refused(Refusal::NotFound)) => own(engine, shopper, code, once).await,
        claimed => Ok((claimed?, Answer::Made)),
    }
}
