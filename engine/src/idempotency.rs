//! The same request twice is one request: answers are kept in the transaction of their effect.

use chrono::TimeDelta;
use domain::{Refusal, Time};
use sea_orm::{ConnectionTrait, DbBackend};
use sha2::{Digest, Sha256};

use crate::store::rows::{Bytes, rows};
use crate::store::{rows, sql};
use crate::tx::Tx;
use crate::{Engine, Fault, Result};

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// A request that must not run twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Whose key it is, such as `key:<id>` or `shopper:<id>`; others' keys are other requests.
    pub owner: String,
    /// The key the caller chose.
    pub key: String,
    /// SHA-256 over what is compared.
    pub hash: [u8; 32],
}

impl Request {
    /// Takes down what makes two requests the same.
    pub fn new(owner: &str, key: &str, method: &str, path: &str, body: &[u8]) -> Self {
        let mut hash = Sha256::new();
        for part in [method.as_bytes(), path.as_bytes(), body] {
            // With its length before each, no two lists of parts run together into the same bytes.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self { owner: owner.to_owned(), key: key.to_owned(), hash: hash.finalize().into() }
    }
}

/// An answer as it was given, to be given again byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Nothing: it may run.
    New,
    /// It has run, and this was the answer.
    Answered(Answer),
    /// The key has been used for another request.
    OtherRequest,
}

/// Looks a request up before its effect, in the effect's own transaction. Of two at the same
/// moment one runs; the other is refused `idempotency_conflict` at once (PostgreSQL) or waits for
/// the one writer and finds the answer (SQLite).
///
/// The key is taken only by who may run: a dropped transaction gives it back a moment later, and a
/// repetition right behind another must not meet it.
pub(crate) async fn begin(tx: &Tx, request: &Request) -> Result<Known> {
    let known = look_up(tx, request).await?;
    if known != Known::New || tx.get_database_backend() != DbBackend::Postgres {
        return Ok(known);
    }
    if !try_lock(tx, request).await? {
        return Err(Refusal::IdempotencyConflict.into());
    }
    // Who had the key before us may have committed in between.
    look_up(tx, request).await
}

/// Looks a request up without reserving it.
pub(crate) async fn look_up(db: &impl ConnectionTrait, request: &Request) -> Result<Known> {
    const READ: &str = "SELECT request_hash, status, body FROM idempotency
        WHERE owner = $1 AND key = $2";
    let values = [request.owner.as_str().into(), request.key.as_str().into()];
    let Some(row) = db.query_one_raw(sql(db, READ, values)).await? else {
        return Ok(Known::New);
    };
    let hash: Vec<u8> = row.try_get_by(0)?;
    if hash != request.hash {
        return Ok(Known::OtherRequest);
    }
    let status = u16::try_from(row.try_get_by::<i64, _>(1)?)
        .map_err(|error| Fault::because("a kept answer has no HTTP status", error))?;
    Ok(Known::Answered(Answer { status, body: row.try_get_by(2)? }))
}

/// Keeps the answers to requests with their effects; a key kept already stays as it is and is not
/// counted. Answers how many were kept.
pub(crate) async fn keep(tx: &Tx, answers: &[(&Request, Answer)], now: Time) -> Result<u64> {
    const KEEP: &str =
        "INSERT INTO idempotency (owner, key, request_hash, status, body, created_at)
         SELECT owner, key, request_hash, status, body, $2 FROM {rows} WHERE TRUE
         ON CONFLICT (owner, key) DO NOTHING";
    let row = |(request, answer): &(&Request, Answer)| KeptAnswer {
        owner: request.owner.clone(),
        key: request.key.clone(),
        request_hash: Bytes(request.hash.to_vec()),
        status: i64::from(answer.status),
        body: answer.body.clone(),
    };
    let answers: Vec<_> = answers.iter().map(row).collect();
    let statement = rows::statement(tx, KEEP, &answers, [now.timestamp_micros().into()])?;
    Ok(tx.execute_raw(statement).await?.rows_affected())
}

/// Removes answers older than a day, at most a thousand at a time; answers how many. For the
/// worker.
pub async fn sweep(engine: &Engine) -> Result<u64> {
    const SWEEP: &str = "DELETE FROM idempotency WHERE (owner, key) IN
        (SELECT owner, key FROM idempotency WHERE created_at < $1 ORDER BY created_at LIMIT 1000)";
    let before = (engine.now() - KEPT).timestamp_micros();
    let tx = engine.begin().await?;
    let swept = tx.execute_raw(sql(&tx, SWEEP, [before.into()])).await?;
    tx.commit().await?;
    Ok(swept.rows_affected())
}

rows! {
    /// An answer as it is kept.
    struct KeptAnswer {
        owner: String,
        key: String,
        request_hash: Bytes,
        status: i64,
        body: String,
    }
}

/// Takes the key until the transaction ends, if nobody has it.
async fn try_lock(tx: &Tx, request: &Request) -> Result<bool> {
    let mut hash = Sha256::new();
    hash.update((request.owner.len() as u64).to_be_bytes());
    hash.update(&request.owner);
    hash.update(&request.key);
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hash.finalize());
    let number = i64::from_be_bytes([a, b, c, d, e, f, g, h]);
    let statement = sql(tx, "SELECT pg_try_advisory_xact_lock($1)", [number.into()]);
    let row = tx.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get_by(0)).transpose()?.unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::stores::{Store, on_both_stores};

    on_both_stores![
        an_answer_is_given_again_byte_for_byte,
        the_key_of_another_request_is_noticed,
        an_answer_is_kept_only_with_its_effect,
        of_two_at_once_one_runs,
        a_key_kept_already_stays_as_it_is,
        answers_are_swept_away_after_a_day,
    ];

    fn request(key: &str, body: &str) -> Request {
        Request::new("key:till", key, "POST", "/api/v1/claims", body.as_bytes())
    }

    fn answer(body: &str) -> Answer {
        Answer { status: 201, body: body.to_owned() }
    }

    async fn run(store: &Store, request: &Request, body: &str) -> Known {
        let tx = store.engine.begin().await.unwrap();
        let known = begin(&tx, request).await.unwrap();
        if known == Known::New {
            keep(&tx, &[(request, answer(body))], store.engine.now()).await.unwrap();
            tx.commit().await.unwrap();
        }
        known
    }

    async fn an_answer_is_given_again_byte_for_byte(store: Store) {
        let body = "{\"code\": \"ÄÖ 券\",  \"n\":1.50}\n";
        assert_eq!(run(&store, &request("a", "{}"), body).await, Known::New);
        let again = run(&store, &request("a", "{}"), "another").await;
        assert_eq!(again, Known::Answered(answer(body)));
        // Another owner's key of the same name is another key.
        let other = Request { owner: "key:other".to_owned(), ..request("a", "{}") };
        assert_eq!(run(&store, &other, body).await, Known::New);
    }

    async fn the_key_of_another_request_is_noticed(store: Store) {
        run(&store, &request("a", "{}"), "done").await;
        assert_eq!(run(&store, &request("a", "{ }"), "done").await, Known::OtherRequest);
        let moved = Request::new("key:till", "a", "POST", "/api/v1/claim", b"s{}");
        assert_eq!(run(&store, &moved, "done").await, Known::OtherRequest);
    }

    async fn an_answer_is_kept_only_with_its_effect(store: Store) {
        let tx = store.engine.begin().await.unwrap();
        let kept = keep(&tx, &[(&request("a", "{}"), answer("done"))], store.engine.now()).await;
        assert_eq!(kept.unwrap(), 1);
        drop(tx);
        assert_eq!(run(&store, &request("a", "{}"), "done").await, Known::New);
    }

    async fn of_two_at_once_one_runs(store: Store) {
        let requests: Vec<_> = (0..8)
            .map(|_| {
                let engine = store.engine.clone();
                tokio::spawn(async move {
                    let request = request("a", "{}");
                    let tx = engine.begin().await.unwrap();
                    match begin(&tx, &request).await {
                        Ok(Known::New) => {
                            let answers = [(&request, answer("done"))];
                            keep(&tx, &answers, engine.now()).await.unwrap();
                            tx.commit().await.unwrap();
                            true
                        }
                        Ok(Known::Answered(_)) => false,
                        Err(Error::Refused(Refusal::IdempotencyConflict)) => false,
                        other => panic!("{other:?}"),
                    }
                })
            })
            .collect();
        let mut ran = 0;
        for request in requests {
            ran += usize::from(request.await.unwrap());
        }
        assert_eq!(ran, 1);
    }

    async fn a_key_kept_already_stays_as_it_is(store: Store) {
        run(&store, &request("a", "{}"), "first").await;
        let tx = store.engine.begin().await.unwrap();
        let (a, b) = (request("a", "{}"), request("b", "{}"));
        let answers = [(&a, answer("second")), (&b, answer("second"))];
        assert_eq!(keep(&tx, &answers, store.engine.now()).await.unwrap(), 1);
        assert_eq!(look_up(&tx, &a).await.unwrap(), Known::Answered(answer("first")));
        assert_eq!(look_up(&tx, &b).await.unwrap(), Known::Answered(answer("second")));
    }

    async fn answers_are_swept_away_after_a_day(store: Store) {
        run(&store, &request("a", "{}"), "done").await;
        store.engine.clock().advance(TimeDelta::hours(24));
        assert_eq!(sweep(&store.engine).await.unwrap(), 0);
        store.engine.clock().advance(TimeDelta::seconds(1));
        assert_eq!(sweep(&store.engine).await.unwrap(), 1);
        assert_eq!(run(&store, &request("a", "{}"), "done").await, Known::New);
    }
}
