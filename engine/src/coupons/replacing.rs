//! Support gives a coupon in the place of one that was lost.

use domain::actor::Guardian;
use domain::coupon::{Kind, State};
use domain::template;
use domain::{Code, CouponId, Refusal, TemplateId, Time};
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::Coupon;
use super::acting::{load, record};
use crate::changes;
use crate::redemption::Answer;
use crate::store::events::{self, NewEvent};
use crate::store::shoppers::bucket;
use crate::store::templates::{Template, load_templates};
use crate::store::{fresh_id_in, sql};
use crate::tx::Tx;
use crate::wallet::timeline;
use crate::{Engine, Error, Fault, Result};

/// Everything one try to replace is made with.
struct Replacing<'a> {
    engine: &'a Engine,
    tx: &'a Tx,
    guardian: &'a Guardian,
    lost: &'a Coupon,
    now: Time,
}

/// Gives the shopper a coupon of the same template, as it is now, in the place of one that is over,
/// was revoked, or was used and refunded. It takes stock like any grant; the limits per shopper do
/// not stop it, for it is one for one. A coupon is replaced once: asked again, the answer is the
/// replacement it has.
///
/// Refuses `invalid` with the field `reason`; `state_conflict` with the state of a coupon that is
/// not lost, or of a template that is neither live nor paused; `claim_closed` where the replacement
/// could never be used; `sold_out`; and `daily_limit_reached` once this operator has made as many
/// today as the deployment lets them.
pub async fn replace(
    engine: &Engine,
    guardian: &Guardian,
    code: Code,
    reason: &str,
) -> Result<(Code, Answer)> {
    let reason = changes::reason("reason", reason)?;
    engine
        .transact(
            None,
            |tx| async move { try_to_replace(engine, &tx, guardian, code, reason).await },
        )
        .await
}

/// How many more an operator may make today.
pub async fn replacements_left(engine: &Engine, guardian: &Guardian) -> Result<u32> {
    const MADE: &str = "SELECT made FROM replacement_tallies WHERE operator = $1 AND day = $2";
    let db = engine.reader();
    let today = engine.settings().time_zone.day_number(engine.now());
    let row = db.query_one_raw(sql(db, MADE, [guardian.id.0.into(), today.into()])).await?;
    let made: i64 = row.map_or(Ok(0), |row| row.try_get("", "made"))?;
    let made = u32::try_from(made).unwrap_or(u32::MAX);
    Ok(engine.settings().replacements_daily.saturating_sub(made))
}

/// `None` where somebody else changed what was read.
async fn try_to_replace(
    engine: &Engine,
    tx: &Tx,
    guardian: &Guardian,
    code: Code,
    reason: &str,
) -> Result<Option<(Code, Answer)>> {
    let now = engine.now();
    let Some(lost) = load(engine, tx, code, now).await? else { return Ok(None) };
    if let Some(known) = replacement_of(tx, code).await? {
        return Ok(Some((known, Answer::Known)));
    }
    let history: Vec<Kind> = timeline(tx, code).await?.iter().map(|step| step.kind).collect();
    lost.standing().replaceable(&history, now)?;
    let template = current(engine, tx, lost.revision.template).await?;
    let replacing = Replacing { engine, tx, guardian, lost: &lost, now };
    let given = replacing.make(&template)?;
    if !replacing.write(&given).await? {
        return Ok(None);
    }
    let old = json!({ "state": lost.state_at(now) });
    let new = json!({ "coupon": given.id, "reason": reason });
    record(tx, guardian, lost.id, "replaced", old, new, now).await?;
    let new = json!({ "replaces": lost.id, "reason": reason });
    record(tx, guardian, given.id, "granted", json!(null), new, now).await?;
    Ok(Some((given.code, Answer::Made)))
}

/// The coupon that was given in the place of this one.
pub(super) async fn replacement_of(db: &impl ConnectionTrait, code: Code) -> Result<Option<Code>> {
    const READ: &str = "SELECT coupon FROM replacements WHERE bucket = $1 AND replaced = $2";
    one_code(db, READ, code).await
}

/// The coupon in whose place this one was given.
pub(super) async fn replaced_by(db: &impl ConnectionTrait, code: Code) -> Result<Option<Code>> {
    const READ: &str = "SELECT replaced FROM replacements WHERE bucket = $1 AND coupon = $2";
    one_code(db, READ, code).await
}

async fn one_code(db: &impl ConnectionTrait, read: &str, code: Code) -> Result<Option<Code>> {
    let values = [i64::from(code.bucket().number()).into(), code.as_str().into()];
    let row = db.query_one_raw(sql(db, read, values)).await?;
    let found: Option<String> = row.map(|row| row.try_get_by(0)).transpose()?;
    Ok(found.and_then(|found| Code::parse(&found)))
}

/// A template that coupons may still be given of.
async fn current(engine: &Engine, tx: &Tx, id: TemplateId) -> Result<Template> {
    let template = load_templates(engine, tx, [id], false).await?.remove(&id);
    let template = template.ok_or(Error::Missing)?;
    match template.state {
        template::State::Live | template::State::Paused => Ok(template),
        // What nobody approved, or what ops ended, is not given out by a side door.
        state => Err(Refusal::StateConflict { state: state.as_str().to_owned() }.into()),
    }
}

impl Replacing<'_> {
    fn make(&self, template: &Template) -> Result<Coupon, Refusal> {
        let home = self.lost.shopper.bucket();
        let zone = self.engine.settings().time_zone;
        let (valid_from, valid_until) = zone.validity(&template.draft().validity, self.now);
        if valid_until.is_some_and(|until| until <= self.now) {
            return Err(Refusal::ClaimClosed);
        }
        Ok(Coupon {
            id: CouponId(fresh_id_in(home, self.now)),
            code: Code::new(home, rand::random()),
            revision: template.revision.clone(),
            shopper: self.lost.shopper.clone(),
            state: State::Available,
            channel: None,
            claimed_at: self.now,
            valid_from,
            valid_until,
            lock: None,
            is_revoked: false,
        })
    }

    /// Writes what was decided, the template's row last, as claims do. Answers false where a row is
    /// no longer as it was read.
    async fn write(&self, given: &Coupon) -> Result<bool> {
        let seq = self.count(given).await?;
        if !self.write_coupon(given, seq).await? || !self.write_replacement(given).await? {
            return Ok(false);
        }
        let granted = NewEvent::new(Kind::Granted, given, State::Available, self.now);
        events::append(self.tx, &[granted]).await?;
        self.charge().await?;
        self.take_stock(given).await
    }

    /// Counts it among what the shopper ever had of the template, and had today; answers the former.
    async fn count(&self, given: &Coupon) -> Result<i64> {
        const COUNT: &str = "INSERT INTO tallies (bucket, shopper, template, day, taken)
            VALUES ($1, $2, $3, $4, 1)
            ON CONFLICT (bucket, shopper, template, day) DO UPDATE SET taken = tallies.taken + 1
            RETURNING taken";
        let today = self.engine.settings().time_zone.day_number(self.now);
        let mut taken = Vec::with_capacity(2);
        for day in [0, today] {
            let values = [
                bucket(&given.shopper).into(),
                given.shopper.as_str().into(),
                given.revision.template.0.into(),
                day.into(),
            ];
            let row = self.tx.query_one_raw(sql(self.tx, COUNT, values)).await?;
            let row = row.ok_or_else(|| Fault::new("a tally was not counted"))?;
            taken.push(row.try_get_by(0)?);
        }
        Ok(taken[0])
    }

    async fn write_coupon(&self, given: &Coupon, seq: i64) -> Result<bool> {
        const INSERT: &str = "INSERT INTO coupons (bucket, code, id, template, revision, shopper,
                seq, state, source, claimed_at, valid_from, valid_until)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'grant', $9, $10, $11)
            ON CONFLICT DO NOTHING";
        let values = [
            bucket(&given.shopper).into(),
            given.code.as_str().into(),
            given.id.0.into(),
            given.revision.template.0.into(),
            i64::from(given.revision.number).into(),
            given.shopper.as_str().into(),
            seq.into(),
            given.state.as_str().into(),
            given.claimed_at.timestamp_micros().into(),
            given.valid_from.timestamp_micros().into(),
            given.valid_until.map(|until| until.timestamp_micros()).into(),
        ];
        Ok(self.tx.execute_raw(sql(self.tx, INSERT, values)).await?.rows_affected() == 1)
    }

    async fn write_replacement(&self, given: &Coupon) -> Result<bool> {
        const INSERT: &str =
            "INSERT INTO replacements (bucket, replaced, coupon, operator, day, at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let values = [
            bucket(&given.shopper).into(),
            self.lost.code.as_str().into(),
            given.code.as_str().into(),
            self.guardian.id.0.into(),
            self.engine.settings().time_zone.day_number(self.now).into(),
            self.now.timestamp_micros().into(),
        ];
        Ok(self.tx.execute_raw(sql(self.tx, INSERT, values)).await?.rows_affected() == 1)
    }

    /// Counts it among what the operator made today, as long as they may.
    async fn charge(&self) -> Result<()> {
        const CHARGE: &str = "INSERT INTO replacement_tallies (operator, day, made)
            SELECT $1, $2, 1 WHERE $3 >= 1
            ON CONFLICT (operator, day) DO UPDATE SET made = replacement_tallies.made + 1
            WHERE replacement_tallies.made < $3";
        let settings = self.engine.settings();
        let values = [
            self.guardian.id.0.into(),
            settings.time_zone.day_number(self.now).into(),
            i64::from(settings.replacements_daily).into(),
        ];
        if self.tx.execute_raw(sql(self.tx, CHARGE, values)).await?.rows_affected() == 1 {
            return Ok(());
        }
        let resets_at = settings.time_zone.next_midnight(self.now);
        Err(Refusal::DailyLimitReached { resets_at }.into())
    }

    async fn take_stock(&self, given: &Coupon) -> Result<bool> {
        const TAKE: &str = "UPDATE templates SET issued = issued + 1
            WHERE id = $1 AND state IN ('live', 'paused') AND revision = $2
            AND (stock IS NULL OR issued + 1 <= stock)";
        let id = given.revision.template;
        let values = [id.0.into(), i64::from(given.revision.number).into()];
        if self.tx.execute_raw(sql(self.tx, TAKE, values)).await?.rows_affected() == 1 {
            return Ok(true);
        }
        let template = current(self.engine, self.tx, id).await?;
        if template.revision.number == given.revision.number && template.left() == Some(0) {
            return Err(Refusal::SoldOut.into());
        }
        Ok(false)
    }
}
