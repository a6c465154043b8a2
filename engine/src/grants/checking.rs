//! Looks through a list or a segment: who is in it, once each, and what could be foreseen of them.
//! Nothing is given, and nobody is refused yet but what is no reference or stands there twice.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{GrantId, Problem, Refusal, ShopperId, TemplateId};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::failures::{self, Failure};
use super::pages;
use super::work::Step;
use crate::accounts::Meanings;
use crate::entity::grant;
use crate::issuance::{self, Claim};
use crate::store::rows::{self, rows};
use crate::store::shoppers::bucket;
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Error, Result, risk};

/// Where an entry stands, and what it says.
type Entry = (i64, String);

/// What was found in some entries.
#[derive(Default)]
struct Found {
    entries: i64,
    malformed: i64,
    duplicates: i64,
    recipients: i64,
    unknown: i64,
    blocked: i64,
    over_limit: i64,
    outside: i64,
}

rows! {
    struct Known { bucket: i64, shopper: String }
    struct Recipient { bucket: i64, grant_id: Uuid, shopper: String, position: i64 }
}

pub(super) async fn step(
    engine: &Engine,
    tx: &Tx,
    grant: &grant::Model,
    chunk: usize,
    memory: &risk::Memory<'_>,
) -> Result<Step> {
    match &grant.segment {
        None => check_page(engine, tx, grant, memory).await,
        Some(segment) => walk(engine, tx, grant, segment, chunk, memory).await,
    }
}

/// Checks the next page of a list. The last one ends the check.
async fn check_page(
    engine: &Engine,
    tx: &Tx,
    grant: &grant::Model,
    memory: &risk::Memory<'_>,
) -> Result<Step> {
    let id = GrantId(grant.id);
    let Some((page, entries)) = pages::next(tx, id).await? else {
        finish(tx, id).await?;
        return Ok(Step { done: 0, goes_on: grant.starts_itself });
    };
    let entries: Vec<Entry> = (grant.checked + 1..).zip(entries).collect();
    let found = lay_out(engine, tx, grant, &entries, memory).await?;
    note(tx, id, &found).await?;
    pages::remove(tx, id, page).await?;
    let is_last = grant.checked + found.entries >= grant.listed;
    if is_last {
        finish(tx, id).await?;
    }
    Ok(Step { done: entries.len(), goes_on: !is_last || grant.starts_itself })
}

/// Goes on through all shoppers, a few at a time, and lays out those in the segment: the store does
/// not look into what it keeps of them.
async fn walk(
    engine: &Engine,
    tx: &Tx,
    grant: &grant::Model,
    segment: &str,
    chunk: usize,
    memory: &risk::Memory<'_>,
) -> Result<Step> {
    const WALK: &str = "SELECT bucket, id, segments FROM shoppers
        WHERE (bucket, id) > ($1, $2) ORDER BY bucket, id LIMIT $3";
    const WALKED: &str = "UPDATE grants SET walked_bucket = $2, walked_shopper = $3,
        listed = listed + $4 WHERE id = $1";
    let id = GrantId(grant.id);
    let from = [grant.walked_bucket.into(), grant.walked_shopper.as_str().into()];
    let values = from.into_iter().chain([(chunk as i64).into()]);
    let (mut last, mut members) = (None, Vec::new());
    let walked = tx.query_all_raw(sql(tx, WALK, values)).await?;
    for row in &walked {
        let shopper: String = row.try_get("", "id")?;
        let segments: String = row.try_get("", "segments")?;
        let segments: HashSet<String> = serde_json::from_str(&segments)?;
        last = Some((row.try_get::<i64>("", "bucket")?, shopper.clone()));
        if segments.contains(segment) {
            members.push(shopper);
        }
    }
    let members: Vec<Entry> = (grant.checked + 1..).zip(members).collect();
    let found = lay_out(engine, tx, grant, &members, memory).await?;
    note(tx, id, &found).await?;
    if let Some((bucket, shopper)) = last {
        let values = [id.0.into(), bucket.into(), shopper.into(), found.entries.into()];
        tx.execute_raw(sql(tx, WALKED, values)).await?;
    }
    let is_last = walked.len() < chunk;
    if is_last {
        finish(tx, id).await?;
    }
    Ok(Step { done: walked.len(), goes_on: !is_last || grant.starts_itself })
}

/// Makes recipients of entries, and writes down which of them are none.
async fn lay_out(
    engine: &Engine,
    tx: &Tx,
    grant: &grant::Model,
    entries: &[Entry],
    memory: &risk::Memory<'_>,
) -> Result<Found> {
    let id = GrantId(grant.id);
    let mut found = Found { entries: entries.len() as i64, ..Found::default() };
    let mut wrong = Vec::new();
    let mut named: BTreeMap<i64, ShopperId> = BTreeMap::new();
    let mut seen = HashSet::new();
    let meanings = meanings(tx, grant, entries).await?;
    for (position, text) in entries {
        match read(text, meanings.as_ref()) {
            Err(problem) => {
                found.malformed += 1;
                wrong.push(failure(*position, text, problem));
            }
            Ok(shopper) if seen.insert(shopper.clone()) => {
                named.insert(*position, shopper);
            }
            Ok(_) => wrong.push(failure(*position, text, Problem::Duplicate)),
        }
    }
    let new = insert(tx, id, &named).await?;
    for (position, text) in entries {
        if named.contains_key(position) && !new.contains(position) {
            wrong.push(failure(*position, text, Problem::Duplicate));
        }
    }
    named.retain(|position, _| new.contains(position));
    found.duplicates = wrong.len() as i64 - found.malformed;
    found.recipients = named.len() as i64;
    failures::write(tx, id, &wrong).await?;
    foresee(engine, tx, grant, named.values(), memory, &mut found).await?;
    Ok(found)
}

/// Whom the entries of a list mean that an operator gave. A partner's are ids, whatever they look like.
async fn meanings(tx: &Tx, grant: &grant::Model, entries: &[Entry]) -> Result<Option<Meanings>> {
    if grant.segment.is_some() || !grant.actor.starts_with("operator:") {
        return Ok(None);
    }
    let texts = entries.iter().map(|(_, text)| text.as_str());
    Ok(Some(Meanings::of(tx, texts).await?))
}

fn read(entry: &str, meanings: Option<&Meanings>) -> Result<ShopperId, Problem> {
    // What stands for a character that could not be read, or that nobody could have typed.
    if entry.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Problem::ControlCharacter);
    }
    match meanings {
        Some(meanings) => meanings.read(entry),
        None => ShopperId::new(entry),
    }
}

fn failure(position: i64, text: &str, problem: Problem) -> Failure {
    Failure {
        position: position.unsigned_abs(),
        shopper: text.to_owned(),
        refusal: Refusal::invalid("shopper", problem),
    }
}

/// Lays down recipients; answers the positions of those who were not there yet.
async fn insert(tx: &Tx, id: GrantId, named: &BTreeMap<i64, ShopperId>) -> Result<HashSet<i64>> {
    const INSERT: &str = "INSERT INTO grant_recipients (bucket, grant_id, shopper, position)
        SELECT bucket, grant_id, shopper, position FROM {rows} WHERE TRUE
        ON CONFLICT DO NOTHING RETURNING position";
    if named.is_empty() {
        return Ok(HashSet::new());
    }
    let recipient = |(position, shopper): (&i64, &ShopperId)| Recipient {
        bucket: bucket(shopper),
        grant_id: id.0,
        shopper: shopper.to_string(),
        position: *position,
    };
    let rows: Vec<Recipient> = named.iter().map(recipient).collect();
    let inserted = tx.query_all_raw(rows::statement(tx, INSERT, &rows, [])?).await?;
    inserted.iter().map(|row| Ok(row.try_get_by(0)?)).collect()
}

/// Counts what recipients would be answered now, each by itself. What is said of the template or its
/// stock is not said of them.
async fn foresee(
    engine: &Engine,
    tx: &Tx,
    grant: &grant::Model,
    recipients: impl Iterator<Item = &ShopperId>,
    memory: &risk::Memory<'_>,
    found: &mut Found,
) -> Result<()> {
    let template = TemplateId(grant.template);
    let claim = |shopper| Claim { is_given: true, ..Claim::new(engine, shopper, template) };
    let claims: Vec<Claim> = recipients.map(claim).collect();
    if claims.is_empty() {
        return Ok(());
    }
    found.unknown = claims.len() as i64 - known(tx, &claims).await?;
    let mut counts: HashMap<&'static str, i64> = HashMap::new();
    for outcome in issuance::foresee(engine, tx, &claims, memory).await? {
        match outcome {
            Ok(_) => {}
            Err(Error::Refused(refusal)) => *counts.entry(refusal.code()).or_default() += 1,
            Err(error) => return Err(error),
        }
    }
    let count = |codes: &[&str]| codes.iter().filter_map(|code| counts.get(code)).sum();
    found.blocked = count(&["risk_rejected"]);
    found.outside = count(&["new_shoppers_only", "not_in_audience"]);
    found.over_limit = count(&["claim_limit_reached", "daily_limit_reached"]);
    Ok(())
}

/// How many of them we have heard of.
async fn known(tx: &Tx, claims: &[Claim]) -> Result<i64> {
    const KNOWN: &str = "SELECT COUNT(*) FROM {rows}
        {shoppers: shoppers.bucket = rows.bucket AND shoppers.id = rows.shopper}";
    let key = |claim: &Claim| Known {
        bucket: bucket(&claim.shopper),
        shopper: claim.shopper.to_string(),
    };
    let keys: Vec<Known> = claims.iter().map(key).collect();
    let row = tx.query_one_raw(rows::statement(tx, KNOWN, &keys, [])?).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get_by(0))?)
}

async fn note(tx: &Tx, id: GrantId, found: &Found) -> Result<()> {
    const NOTE: &str = "UPDATE grants SET checked = checked + $2, malformed = malformed + $3,
            duplicates = duplicates + $4, recipients = recipients + $5, unknown = unknown + $6,
            blocked = blocked + $7, over_limit = over_limit + $8, outside = outside + $9
        WHERE id = $1";
    let values = [
        id.0.into(),
        found.entries.into(),
        found.malformed.into(),
        found.duplicates.into(),
        found.recipients.into(),
        found.unknown.into(),
        found.blocked.into(),
        found.over_limit.into(),
        found.outside.into(),
    ];
    tx.execute_raw(sql(tx, NOTE, values)).await?;
    Ok(())
}

/// It is checked: it waits for somebody to look at the numbers, or runs.
async fn finish(tx: &Tx, id: GrantId) -> Result<()> {
    const FINISH: &str = "UPDATE grants SET
            state = CASE WHEN starts_itself THEN 'running' ELSE 'ready' END
        WHERE id = $1";
    tx.execute_raw(sql(tx, FINISH, [id.0.into()])).await?;
    Ok(())
}
