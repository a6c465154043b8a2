//! The same request twice is one request: answers are kept in the transaction of their effect.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use domain::{Refusal, Time};
use sea_orm::{ConnectionTrait, DbBackend};
use sha2::{Digest, Sha256};

use crate::store::rows::{Bytes, rows};
use crate::store::{rows, sql};
use crate::tx::Tx;
use crate::{Engine, Error, Fault, Result};

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

    /// Whose key it is, and the key.
    pub(crate) fn place(&self) -> (String, String) {
        (self.owner.clone(), self.key.clone())
    }

    /// What names its key among PostgreSQL's advisory locks.
    fn lock_number(&self) -> i64 {
        let mut hash = Sha256::new();
        hash.update((self.owner.len() as u64).to_be_bytes());
        hash.update(&self.owner);
        hash.update(&self.key);
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hash.finalize());
        i64::from_be_bytes([a, b, c, d, e, f, g, h])
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

impl Answer {
    /// Whether the same request again gets it. What says to come again, or in another way, is not
    /// kept.
    fn is_kept(&self) -> bool {
        self.status < 500 && ![401, 403, 413, 415, 429].contains(&self.status)
    }
}

/// How what comes of a request is answered. The answer is kept with the effect, refusals included;
/// the same request again gets it byte for byte as [`Error::Answered`].
pub struct Once<T> {
    pub(crate) request: Request,
    say: Arc<Say<T>>,
    /// What the last try has kept.
    kept: Arc<Mutex<Option<Answer>>>,
}

type Say<T> = dyn Fn(&Result<T>) -> Answer + Send + Sync;

/// Whatever `T` is: it is only spoken of.
impl<T> Clone for Once<T> {
    fn clone(&self) -> Self {
        Self { request: self.request.clone(), say: self.say.clone(), kept: self.kept.clone() }
    }
}

impl<T> Once<T> {
    /// `say` is asked within the transaction.
    pub fn new(
        request: Request,
        say: impl Fn(&Result<T>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self { request, say: Arc::new(say), kept: Arc::default() }
    }

    /// The answer to what came of it: the one that was kept, byte for byte, or a fresh one where
    /// none was.
    pub fn answer(&self, outcome: &Result<T>) -> Answer {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        kept.unwrap_or_else(|| (self.say)(outcome))
    }

    /// What is to be kept of an outcome, if anything is.
    fn to_keep(&self, outcome: &Result<T>) -> Option<Answer> {
        let answer = Some((self.say)(outcome)).filter(Answer::is_kept);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&answer);
        answer
    }
}

impl<T> fmt::Debug for Once<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").field("request", &self.request).finish_non_exhaustive()
    }
}

/// Runs one try of a use case once, and keeps its answer. What the rules refuse is undone before
/// the refusal is kept; a fault, or a row that others changed meanwhile, keeps nothing.
pub(crate) async fn attempt<T, F>(
    tx: &Arc<Tx>,
    once: &Once<T>,
    now: Time,
    attempt: impl Fn(Arc<Tx>) -> F,
) -> Result<Option<Result<T>>>
where
    F: Future<Output = Result<Option<T>>>,
{
    begin(tx, &once.request, now).await?.unless_answered()?;
    tx.execute_unprepared("SAVEPOINT effect").await?;
    let outcome = match attempt(tx.clone()).await {
        Ok(None) => return Ok(None),
        Ok(Some(value)) => Ok(value),
        Err(Error::Fault(fault)) => return Err(Error::Fault(fault)),
        Err(error) => {
            tx.execute_unprepared("ROLLBACK TO SAVEPOINT effect").await?;
            Err(error)
        }
    };
    if let Some(answer) = once.to_keep(&outcome) {
        keep(tx, &[(&once.request, answer)], now).await?;
    }
    Ok(Some(outcome))
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing: it may run.
    New,
    /// It has run, and this was the answer.
    Answered(Answer),
    /// The key has been used for another request.
    OtherRequest,
}

impl Known {
    /// Whether it may run; else how it is answered.
    fn unless_answered(self) -> Result<()> {
        match self {
            Self::New => Ok(()),
            Self::Answered(answer) => Err(Error::Answered(answer)),
            Self::OtherRequest => Err(Error::OtherRequest),
        }
    }
}

/// Answers a request that was answered before, ahead of what comes before its transaction.
pub(crate) async fn answered(engine: &Engine, request: &Request) -> Result<()> {
    look_up(engine.reader(), request, engine.now()).await?.unless_answered()
}

/// Looks a request up before its effect, in the effect's own transaction. Of two at the same
/// moment one runs; the other is refused `idempotency_conflict` at once (PostgreSQL) or waits for
/// the one writer and finds the answer (SQLite).
///
/// The key is taken only by who may run: a dropped transaction gives it back a moment later, and a
/// repetition right behind another must not meet it.
pub(crate) async fn begin(tx: &Tx, request: &Request, now: Time) -> Result<Known> {
    let known = look_up(tx, request, now).await?;
    if known != Known::New || tx.get_database_backend() != DbBackend::Postgres {
        return Ok(known);
    }
    if !try_lock(tx, request).await? {
        return Err(Refusal::IdempotencyConflict.into());
    }
    // Who had the key before us may have committed in between.
    look_up(tx, request, now).await
}

/// Looks a request up without reserving it.
pub(crate) async fn look_up(
    db: &impl ConnectionTrait,
    request: &Request,
    now: Time,
) -> Result<Known> {
    const READ: &str = "SELECT request_hash, status, body FROM idempotency
        WHERE owner = $1 AND key = $2 AND created_at >= $3";
    let values = [request.owner.as_str().into(), request.key.as_str().into(), oldest(now).into()];
    let Some(row) = db.query_one_raw(sql(db, READ, values)).await? else {
        return Ok(Known::New);
    };
    let hash: Vec<u8> = row.try_get_by(0)?;
    if hash != request.hash {
        return Ok(Known::OtherRequest);
    }
    Ok(Known::Answered(answer(row.try_get_by(1)?, row.try_get_by(2)?)?))
}

/// When the oldest answers were kept that are still given; older ones are gone, swept or not.
fn oldest(now: Time) -> i64 {
    (now - KEPT).timestamp_micros()
}

fn answer(status: i64, body: String) -> Result<Answer> {
    let status = u16::try_from(status)
        .map_err(|error| Fault::because("a kept answer has no HTTP status", error))?;
    Ok(Answer { status, body })
}

/// Keeps the answers to requests with their effects; a key kept already stays as it is and is not
/// counted. Answers how many were kept.
pub(crate) async fn keep(tx: &Tx, answers: &[(&Request, Answer)], now: Time) -> Result<u64> {
    const KEEP: &str =
        "INSERT INTO idempotency (owner, key, request_hash, status, body, created_at)
         SELECT owner, key, request_hash, status, body, $2 FROM {rows} WHERE TRUE
         ON CONFLICT (owner, key) DO UPDATE SET request_hash = excluded.request_hash,
            status = excluded.status, body = excluded.body, created_at = excluded.created_at
         WHERE idempotency.created_at < $3";
    let row = |(request, answer): &(&Request, Answer)| KeptAnswer {
        owner: request.owner.clone(),
        key: request.key.clone(),
        request_hash: Bytes(request.hash.to_vec()),
        status: i64::from(answer.status),
        body: answer.body.clone(),
    };
    let answers: Vec<_> = answers.iter().map(row).collect();
    let values = [now.timestamp_micros().into(), oldest(now).into()];
    let statement = rows::statement(tx, KEEP, &answers, values)?;
    Ok(tx.execute_raw(statement).await?.rows_affected())
}

/// What is known of the requests of a batch, and what becomes of them within it.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    known: HashMap<(String, String), Entry>,
    answered: Vec<(Request, Answer)>,
}

#[derive(Debug)]
enum Entry {
    Answered([u8; 32], Answer),
    /// Somebody is running it at this moment.
    Taken,
}

rows! {
    /// What a request is found by.
    struct RequestKey { owner: String, key: String, lock: i64 }
}

impl Requests {
    /// Takes the keys of requests, then looks them up. The reading is a statement of its own behind
    /// the taking, so it sees what whoever had a key before us has committed; and an answer that is
    /// kept stands above a key that is taken, so that repetitions at once do not refuse one another.
    pub(crate) async fn open<'a>(
        tx: &Tx,
        requests: impl Iterator<Item = &'a Request>,
        now: Time,
    ) -> Result<Self> {
        let keys: Vec<RequestKey> = requests.map(key).collect();
        let mut this = Self::default();
        if keys.is_empty() {
            return Ok(this);
        }
        if tx.get_database_backend() == DbBackend::Postgres {
            this.take(tx, &keys).await?;
        }
        this.read(tx, &keys, now).await?;
        Ok(this)
    }

    async fn take(&mut self, tx: &Tx, keys: &[RequestKey]) -> Result<()> {
        const TAKE: &str =
            "SELECT owner, key, pg_try_advisory_xact_lock(lock) AS taken FROM {rows}";
        for row in tx.query_all_raw(rows::statement(tx, TAKE, keys, [])?).await? {
            if !row.try_get::<bool>("", "taken")? {
                let place = (row.try_get("", "owner")?, row.try_get("", "key")?);
                self.known.insert(place, Entry::Taken);
            }
        }
        Ok(())
    }

    async fn read(&mut self, tx: &Tx, keys: &[RequestKey], now: Time) -> Result<()> {
        const READ: &str = "SELECT idempotency.* FROM {rows}
            {idempotency: idempotency.owner = rows.owner AND idempotency.key = rows.key}
            WHERE idempotency.created_at >= $2";
        let read = rows::statement(tx, READ, keys, [oldest(now).into()])?;
        for row in tx.query_all_raw(read).await? {
            let hash: Vec<u8> = row.try_get("", "request_hash")?;
            let hash = hash.try_into().map_err(|_| Fault::new("a kept hash is no SHA-256"))?;
            let place = (row.try_get("", "owner")?, row.try_get("", "key")?);
            let answer = answer(row.try_get("", "status")?, row.try_get("", "body")?)?;
            self.known.insert(place, Entry::Answered(hash, answer));
        }
        Ok(())
    }

    /// Whether a request may run; else how it is answered.
    pub(crate) fn check(&self, request: &Request) -> Result<()> {
        match self.known.get(&request.place()) {
            None => Ok(()),
            Some(Entry::Taken) => Err(Refusal::IdempotencyConflict.into()),
            Some(Entry::Answered(hash, answer)) if *hash == request.hash => {
                Err(Error::Answered(answer.clone()))
            }
            Some(Entry::Answered(..)) => Err(Error::OtherRequest),
        }
    }

    /// Enters the answer to a request that ran, for those behind it in the batch too. Where it is not
    /// kept they are to come again.
    pub(crate) fn enter<T>(&mut self, once: &Once<T>, outcome: &Result<T>) {
        let request = &once.request;
        let Some(answer) = once.to_keep(outcome) else { return self.leave(request) };
        let entry = Entry::Answered(request.hash, answer.clone());
        self.known.insert(request.place(), entry);
        self.answered.push((request.clone(), answer));
    }

    /// Notes that a request is still being answered: of those behind it none runs in this batch.
    pub(crate) fn leave(&mut self, request: &Request) {
        self.known.insert(request.place(), Entry::Taken);
    }

    /// Keeps what was entered.
    pub(crate) async fn write(&self, tx: &Tx, now: Time) -> Result<()> {
        if self.answered.is_empty() {
            return Ok(());
        }
        let answers: Vec<_> =
            self.answered.iter().map(|(request, answer)| (request, answer.clone())).collect();
        keep(tx, &answers, now).await?;
        Ok(())
    }
}

fn key(request: &Request) -> RequestKey {
    RequestKey {
        owner: request.owner.clone(),
        key: request.key.clone(),
        lock: request.lock_number(),
    }
}

/// Removes answers older than a day, at most `limit` of them; answers how many. For the worker.
pub async fn sweep(engine: &Engine, limit: u32) -> Result<u64> {
    const SWEEP: &str = "DELETE FROM idempotency WHERE (owner, key) IN
        (SELECT owner, key FROM idempotency WHERE created_at < $1 ORDER BY created_at LIMIT $2)
        AND created_at < $1";
    let values = [oldest(engine.now()).into(), i64::from(limit).into()];
    engine.remove(SWEEP, values).await
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
    const TAKE: &str = "SELECT pg_try_advisory_xact_lock($1)";
    let row = tx.query_one_raw(sql(tx, TAKE, [request.lock_number().into()])).await?;
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
        in_a_batch_a_kept_answer_stands_above_a_taken_key,
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
        let known = begin(&tx, request, store.engine.now()).await.unwrap();
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
                    match begin(&tx, &request, engine.now()).await {
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

    async fn in_a_batch_a_kept_answer_stands_above_a_taken_key(store: Store) {
        let (old, new, now) = (request("a", "{}"), request("b", "{}"), store.engine.now());
        run(&store, &old, "done").await;
        let first = store.engine.begin().await.unwrap();
        let known = Requests::open(&first, [&old, &new].into_iter(), now).await.unwrap();
        assert!(matches!(known.check(&old), Err(Error::Answered(kept)) if kept == answer("done")));
        assert!(known.check(&new).is_ok());
        // SQLite has one writer; on PostgreSQL the first has both keys still.
        let first = Some(first).filter(|tx| tx.get_database_backend() == DbBackend::Postgres);
        let second = store.engine.begin().await.unwrap();
        let known = Requests::open(&second, [&old, &new].into_iter(), now).await.unwrap();
        assert!(matches!(known.check(&old), Err(Error::Answered(kept)) if kept == answer("done")));
        assert_eq!(known.check(&new).is_err(), first.is_some());
        let other = request("a", "{ }");
        assert!(matches!(known.check(&other), Err(Error::OtherRequest)));
    }

    async fn a_key_kept_already_stays_as_it_is(store: Store) {
        run(&store, &request("a", "{}"), "first").await;
        let tx = store.engine.begin().await.unwrap();
        let (a, b) = (request("a", "{}"), request("b", "{}"));
        let answers = [(&a, answer("second")), (&b, answer("second"))];
        assert_eq!(keep(&tx, &answers, store.engine.now()).await.unwrap(), 1);
        let now = store.engine.now();
        assert_eq!(look_up(&tx, &a, now).await.unwrap(), Known::Answered(answer("first")));
        assert_eq!(look_up(&tx, &b, now).await.unwrap(), Known::Answered(answer("second")));
    }

    async fn answers_are_swept_away_after_a_day(store: Store) {
        run(&store, &request("a", "{}"), "done").await;
        store.engine.clock().advance(TimeDelta::hours(24));
        assert_eq!(sweep(&store.engine, 10).await.unwrap(), 0);
        assert_ne!(run(&store, &request("a", "{}"), "done").await, Known::New);
        store.engine.clock().advance(TimeDelta::seconds(1));
        // It is gone for who asks, swept or not.
        assert_eq!(run(&store, &request("a", "{ }"), "again").await, Known::New);
        assert_eq!(run(&store, &request("a", "{ }"), "").await, Known::Answered(answer("again")));
        store.engine.clock().advance(TimeDelta::hours(25));
        assert_eq!(sweep(&store.engine, 10).await.unwrap(), 1);
    }
}
