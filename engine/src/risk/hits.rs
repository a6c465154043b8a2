//! What was decided, and why: written with the claim, looked at by people, who say whether it was
//! right.

use std::net::IpAddr;

use domain::actor::{Guardian, Reader};
use domain::ids::Bucket;
use domain::risk::{Decision, Entry, Judged, Reached, Rule, Step, Who, Why};
use domain::{Code, Device, HitId, ShopperId, TemplateId, Time};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait};
use sea_orm::{QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::counters::subject;
use crate::accounts;
use crate::changes::{self, Change};
use crate::clock::time;
use crate::entity::risk_hit;
use crate::store::rows::{self, rows};
use crate::store::{fresh_id_in, minute_id_in, sql};
use crate::tx::Tx;
use crate::{Engine, Error, Fault, Result};

/// How many hits a page has.
pub const PAGE: u64 = 50;

rows! {
    /// A decision on its way into the store.
    struct NewHit {
        bucket: i64,
        id: Uuid,
        at: i64,
        shopper: String,
        template: Option<Uuid>,
        device: Option<String>,
        address: Option<String>,
        rule: &'static str,
        decision: &'static str,
        refusal: Option<&'static str>,
        why: String,
        coupon: Option<String>,
    }
}

/// The numbers and the entry behind a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Because {
    /// How many a rule lets pass.
    pub limit: Option<u32>,
    /// Within how long.
    pub window_minutes: Option<u32>,
    /// How far it has come with somebody who guesses: `delay`, `challenge` or `lock_out`.
    pub step: Option<String>,
    /// The kind of thing on the list that decided.
    pub kind: Option<String>,
    /// What it is.
    pub thing: Option<String>,
    /// Why it is there.
    pub reason: Option<String>,
}

impl Because {
    fn of(why: &Why, decision: &Decision) -> Self {
        let mut because = Self::default();
        match why {
            Why::Blocked => {}
            Why::Denied(entry) => because.name(entry),
            Why::Rule(reached) => {
                because.limit = Some(reached.bound.limit);
                because.window_minutes = Some(reached.bound.window_minutes);
                because.step = Some(reached.step.as_str().to_owned());
            }
        }
        if let Decision::Allowed(entry) = decision {
            because.name(entry);
        }
        because
    }

    fn name(&mut self, entry: &Entry) {
        self.kind = Some(entry.thing.kind().to_owned());
        self.thing = Some(entry.thing.text());
        self.reason = Some(entry.reason.clone());
    }

    /// How far it has come with somebody who guesses.
    pub fn step(&self) -> Option<Step> {
        self.step.as_deref().and_then(Step::parse)
    }
}

/// What there is to write down of what was decided; `coupon` is what came of it all the same.
pub(crate) fn new_hits(
    judged: &Judged,
    who: &Who,
    template: Option<TemplateId>,
    coupon: Option<Code>,
    now: Time,
) -> Vec<NewHit> {
    let home = who.shopper.bucket();
    let hit = |finding: &domain::risk::Finding| {
        let refusal = match &finding.decision {
            Decision::Refused(refusal) => Some(refusal.code()),
            Decision::Shadow | Decision::Allowed(_) => None,
        };
        let because = Because::of(&finding.why, &finding.decision);
        let id = match (&finding.why, &finding.decision) {
            // A coupon's hit lies where the coupon does.
            (Why::Rule(reached), Decision::Shadow)
                if coupon.is_none() && Rule::OF_WRONG.contains(&reached.rule) =>
            {
                shadow_id(reached, who, now)
            }
            _ => fresh_id_in(home, now),
        };
        NewHit {
            bucket: i64::from(HitId(id).bucket().number()),
            id,
            at: now.timestamp_micros(),
            shopper: who.shopper.to_string(),
            template: template.map(|template| template.0),
            device: who.device.as_ref().map(ToString::to_string),
            address: who.address.map(|address| address.to_canonical().to_string()),
            rule: finding.why.word(),
            decision: finding.decision.word(),
            refusal,
            // Numbers and texts always write.
            why: serde_json::to_string(&because).unwrap_or_default(),
            coupon: coupon.map(|code| code.to_string()),
        }
    };
    judged.findings.iter().map(hit).collect()
}

/// A rule against guessing that is in shadow stops nobody, so there is no end of what it would stop: of
/// each step it goes on record once a minute, whoever guesses and whichever node hears of it.
fn shadow_id(reached: &Reached, who: &Who, now: Time) -> Uuid {
    let subject = subject(reached.rule, who).unwrap_or_default();
    let name = format!("{} {} {subject}", reached.rule.as_str(), reached.step.as_str());
    minute_id_in(Bucket::of(&subject), &name, now)
}

/// Writes decisions down, in the transaction of what they are about; those that are there already stay
/// as they are, for whoever lost the answer to a commit writes again.
pub(crate) async fn write_hits(tx: &Tx, hits: &[NewHit]) -> Result<()> {
    const WRITE: &str = "INSERT INTO risk_hits (bucket, id, at, shopper, template, device, address,
            rule, decision, refusal, why, coupon)
        SELECT bucket, id, at, shopper, template, device, address,
            rule, decision, refusal, why, coupon FROM {rows} WHERE TRUE ON CONFLICT DO NOTHING";
    if !hits.is_empty() {
        tx.execute_raw(rows::statement(tx, WRITE, hits, [])?).await?;
    }
    Ok(())
}

/// What somebody thinks of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It met whom it was meant for.
    Right,
    /// It met, or would have met, an ordinary shopper: a false positive.
    Wrong,
}

impl Verdict {
    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
        }
    }

    /// Reads [`Verdict::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Right, Self::Wrong].into_iter().find(|verdict| verdict.as_str() == word)
    }
}

/// Something that risk decided of one claim or code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Which.
    pub id: HitId,
    /// When.
    pub at: Time,
    /// Whose claim it was.
    pub shopper: ShopperId,
    /// Of which template; none where there is none, or a code was entered.
    pub template: Option<TemplateId>,
    /// By which device, where that is known.
    pub device: Option<Device>,
    /// From which address, where that is known.
    pub address: Option<IpAddr>,
    /// What decided: the word of a rule, `deny_list` or `blocked`.
    pub rule: String,
    /// `refused`, `shadow` (it passed; were the rule on, it would not have) or `allowed` (it passed
    /// by an entry of the allow list).
    pub decision: String,
    /// The code of the refusal, where it was one.
    pub refusal: Option<String>,
    /// The numbers and the entry behind it.
    pub because: Because,
    /// The coupon that was claimed all the same.
    pub coupon: Option<Code>,
    /// What somebody thought of it, who (an operator's id), and when.
    pub verdict: Option<(Verdict, String, Time)>,
}

/// Which hits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those with this decision.
    pub decision: Option<String>,
    /// Only those of this rule.
    pub rule: Option<String>,
    /// Only those of this shopper (by id or by what they sign in with), device or address.
    pub about: Option<String>,
    /// Only those before this one.
    pub before: Option<HitId>,
}

/// A page of hits, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hits {
    /// At most [`PAGE`].
    pub hits: Vec<Hit>,
    /// Where the next page begins; none at the end.
    pub next: Option<HitId>,
}

/// What was decided, newest first. What no index finds, such as an address, is looked for among all
/// of the last 90 days.
pub async fn hits(engine: &Engine, _: &impl Reader, filter: &Filter) -> Result<Hits> {
    use risk_hit::Column;
    super::gathering::flush(engine).await?;
    let mut asked = Condition::all();
    if let Some(decision) = &filter.decision {
        asked = asked.add(Column::Decision.eq(decision.as_str()));
    }
    if let Some(rule) = &filter.rule {
        asked = asked.add(Column::Rule.eq(rule.as_str()));
    }
    if let Some(about) = filter.about.as_deref().map(str::trim) {
        let mut any = Condition::any()
            .add(Column::Shopper.eq(about))
            .add(Column::Device.eq(about))
            .add(Column::Address.eq(about));
        if let Some(shopper) = accounts::shopper_with_login(engine, about).await? {
            any = any.add(Column::Shopper.eq(shopper.as_str()));
        }
        asked = asked.add(any);
    }
    if let Some(before) = filter.before {
        asked = asked.add(Column::Id.lt(before.0));
    }
    let found = risk_hit::Entity::find()
        .filter(asked)
        .order_by_desc(Column::Id)
        .limit(PAGE + 1)
        .all(engine.reader())
        .await?;
    let mut hits = found.into_iter().map(Hit::read).collect::<Result<Vec<_>>>()?;
    let has_more = hits.len() as u64 > PAGE;
    hits.truncate(PAGE as usize);
    let next = hits.last().map(|hit| hit.id).filter(|_| has_more);
    Ok(Hits { hits, next })
}

impl Hit {
    fn read(model: risk_hit::Model) -> Result<Self> {
        let oddly = || Fault::new("a hit of risk reads oddly");
        let verdict = match (model.verdict, model.judged_at) {
            (Some(verdict), Some(at)) => {
                let verdict = Verdict::parse(&verdict).ok_or_else(oddly)?;
                Some((verdict, model.judged_by.unwrap_or_default(), time(at)))
            }
            _ => None,
        };
        Ok(Self {
            id: HitId(model.id),
            at: time(model.at),
            shopper: ShopperId::new(model.shopper).map_err(|_| oddly())?,
            template: model.template.map(TemplateId),
            device: model.device.and_then(|device| Device::new(device).ok()),
            address: model.address.and_then(|address| address.parse().ok()),
            rule: model.rule,
            decision: model.decision,
            refusal: model.refusal,
            because: serde_json::from_str(&model.why)?,
            coupon: model.coupon.and_then(|code| Code::parse(&code)),
            verdict,
        })
    }
}

/// Says what somebody thinks of a decision; they may change their mind.
pub async fn judge(
    engine: &Engine,
    guardian: &Guardian,
    id: HitId,
    verdict: Verdict,
) -> Result<()> {
    const JUDGE: &str = "UPDATE risk_hits SET verdict = $3, judged_by = $4, judged_at = $5
        WHERE bucket = $1 AND id = $2 AND (verdict IS NULL OR verdict <> $3)";
    let (now, bucket) = (engine.now(), i64::from(id.bucket().number()));
    let tx = engine.begin().await?;
    let old = risk_hit::Entity::find_by_id((bucket, id.0)).one(&tx).await?;
    let old = old.ok_or(Error::Missing)?.verdict;
    let values = [
        bucket.into(),
        id.0.into(),
        verdict.as_str().into(),
        guardian.id.to_string().into(),
        now.timestamp_micros().into(),
    ];
    if tx.execute_raw(sql(&tx, JUDGE, values)).await?.rows_affected() == 0 {
        return Ok(());
    }
    let change = Change {
        actor: guardian.actor(),
        subject_kind: "risk_hit",
        subject: id.to_string(),
        action: "judged",
        old: old.map(|verdict| json!({ "verdict": verdict })),
        new: Some(json!({ "verdict": verdict.as_str() })),
    };
    changes::record(&tx, change, now).await?;
    tx.commit().await
}

/// How often decisions were right, of those that somebody looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accuracy {
    /// The word of what decided.
    pub rule: String,
    /// How many were judged.
    pub judged: u64,
    /// How many of them met an ordinary shopper.
    pub wrong: u64,
}

/// The false positives of each rule and list, of the last 90 days; those that nobody judged are not
/// there.
pub async fn accuracy(engine: &Engine, _: &impl Reader) -> Result<Vec<Accuracy>> {
    const COUNT: &str = "SELECT rule, COUNT(*) AS judged,
            SUM(CASE WHEN verdict = 'wrong' THEN 1 ELSE 0 END) AS wrong
        FROM risk_hits WHERE verdict IS NOT NULL GROUP BY rule ORDER BY rule";
    let db = engine.reader();
    let mut all = Vec::new();
    for row in db.query_all_raw(sql(db, COUNT, [])).await? {
        let count = |name: &str| row.try_get::<i64>("", name).map(i64::unsigned_abs);
        let rule = row.try_get("", "rule")?;
        all.push(Accuracy { rule, judged: count("judged")?, wrong: count("wrong")? });
    }
    Ok(all)
}

/// Removes what was decided before a moment.
pub(super) async fn sweep(engine: &Engine, before: Time, limit: u32) -> Result<u64> {
    const SWEEP: &str = "DELETE FROM risk_hits WHERE (bucket, id) IN
        (SELECT bucket, id FROM risk_hits WHERE at < $1 ORDER BY at LIMIT $2)";
    engine.remove(SWEEP, [before.timestamp_micros().into(), i64::from(limit).into()]).await
}

#[cfg(test)]
mod tests {
    use domain::risk::{Standing, decide};

    use super::*;
    use crate::stores::{Store, on_both_stores};

    on_both_stores![what_is_written_again_is_there_once];

    async fn what_is_written_again_is_there_once(store: Store) {
        let now = store.engine.now();
        let shopper = ShopperId::new("mei").unwrap();
        let who = Who { shopper, device: None, address: None };
        let judged = decide(&Standing::Blocked, &[], now);
        let hits = new_hits(&judged, &who, None, None, now);
        for _ in 0..2 {
            let tx = store.engine.begin().await.unwrap();
            write_hits(&tx, &hits).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(store.number("SELECT count(*) FROM risk_hits").await, 1);
    }
}
