//! The only place where a transaction begins.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::prelude::async_trait;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    ExecResult, IsolationLevel, QueryResult, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait, Value,
};

use crate::idempotency::{self, Once};
use crate::redis::Redis;
use crate::store::sql;
use crate::{Engine, Error, Fault, Result};

/// One transaction of one use case; dropped without a commit, it leaves nothing behind.
///
/// After a statement failed it takes no more of them and does not commit. PostgreSQL answers
/// `COMMIT` after a failure with a silent roll-back, and SQLite may have rolled back by itself and
/// would run what follows outside any transaction: neither must ever be acknowledged.
pub(crate) struct Tx {
    inner: DatabaseTransaction,
    failed: AtomicBool,
    redis: Redis,
    /// What nodes that listen over Redis are told once it is durable.
    told: Mutex<Vec<&'static str>>,
}

impl Engine {
    /// Begins to write. On SQLite this waits for the one writer and takes the write lock at once:
    /// a deferred transaction that reads and then writes would be told the store is busy.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let inner = begun(self.writer(), options).await?;
        let (failed, redis) = (AtomicBool::new(false), self.redis().clone());
        Ok(Tx { inner, failed, redis, told: Mutex::default() })
    }

    /// Removes rows, in a transaction of its own; answers how many.
    pub(crate) async fn remove<const N: usize>(
        &self,
        text: &str,
        values: [Value; N],
    ) -> Result<u64> {
        let tx = self.begin().await?;
        let removed = tx.execute_raw(sql(&tx, text, values)).await?;
        tx.commit().await?;
        Ok(removed.rows_affected())
    }

    /// Begins to read: all statements see the store as it was at the first of them. PostgreSQL keeps
    /// what is rewritten meanwhile, and SQLite's log grows, until it ends: it has to end soon, or to be
    /// asked for seldom.
    pub(crate) async fn snapshot(&self) -> Result<DatabaseTransaction> {
        let is_postgres = self.reader().get_database_backend() == DbBackend::Postgres;
        let options = TransactionOptions {
            isolation_level: is_postgres.then_some(IsolationLevel::RepeatableRead),
            access_mode: is_postgres.then_some(AccessMode::ReadOnly),
            ..Default::default()
        };
        begun(self.reader(), options).await
    }

    /// One use case in one transaction. A try answers `None` where a row was no longer as it had
    /// read it; then, and on a fault that passes, all of it is undone and it is tried again. With
    /// `once`, the same request again is answered as the first time.
    ///
    /// A try is given its transaction by `Arc`: futures that borrow it could not be sent to another
    /// thread, as far as the compiler can tell.
    pub(crate) async fn transact<T, F>(
        &self,
        once: Option<&Once<T>>,
        attempt: impl Fn(Arc<Tx>) -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        let mut tries = Tries::default();
        loop {
            let tx = Arc::new(self.begin().await?);
            let outcome = match once {
                None => attempt(tx.clone()).await.map(|made| made.map(Ok)),
                Some(once) => idempotency::attempt(&tx, once, self.now(), &attempt).await,
            };
            let tx = Arc::into_inner(tx).ok_or_else(|| Fault::new("a try kept its transaction"))?;
            if let Some(outcome) = tries.end(tx, outcome).await? {
                return outcome;
            }
        }
    }
}

/// Begins in a task of its own: whoever asked may go away in the middle, and a connection that has
/// half begun would go back to the pool as it is. Whoever got it next would begin within a transaction
/// that nobody commits.
async fn begun(
    db: &DatabaseConnection,
    options: TransactionOptions,
) -> Result<DatabaseTransaction> {
    let db = db.clone();
    Ok(tokio::spawn(async move { db.begin_with_options(options).await }).await??)
}

/// How often a use case is tried when another one changes its rows in between.
const TRIES: usize = 5;

/// Counts the tries of one use case.
#[derive(Debug, Default)]
pub(crate) struct Tries(usize);

impl Tries {
    /// Whether an earlier try failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.0 > 0
    }

    /// Commits what a try has made, and answers it; else all of it is undone, and `None` says to try
    /// again.
    pub(crate) async fn end<T>(&mut self, tx: Tx, outcome: Result<Option<T>>) -> Result<Option<T>> {
        match self.judge(outcome) {
            Ok(Some(made)) => {
                tx.commit().await?;
                Ok(Some(made))
            }
            undone => {
                tx.undo().await;
                undone
            }
        }
    }

    /// The answer of a try; `None` says to try again.
    fn judge<T>(&mut self, outcome: Result<Option<T>>) -> Result<Option<T>> {
        self.0 += 1;
        match outcome {
            Ok(None) if self.0 >= TRIES => {
                Err(Fault::passing("others were faster too often").into())
            }
            Err(Error::Fault(fault)) if fault.is_passing() && self.0 < TRIES => Ok(None),
            outcome => outcome,
        }
    }
}

impl Tx {
    /// Makes everything written durable. Nothing may be acknowledged before this returns.
    pub(crate) async fn commit(self) -> Result<()> {
        if self.failed.load(Relaxed) {
            return Err(Fault::new("a transaction was to be committed after a failure").into());
        }
        self.inner.commit().await?;
        for word in self.told.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.redis.tell(word);
        }
        Ok(())
    }

    /// Has nodes told of something over Redis, where there is one, when all of this is durable.
    pub(crate) fn tell(&self, word: &'static str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.contains(&word) {
            told.push(word);
        }
    }

    /// Undoes everything before this returns. A transaction that is dropped is undone a moment later:
    /// whoever goes on at once may meet what it still holds.
    pub(crate) async fn undo(self) {
        if let Err(error) = self.inner.rollback().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "a connection was lost");
        }
    }

    fn open(&self) -> Result<&DatabaseTransaction, DbErr> {
        if self.failed.load(Relaxed) {
            return Err(DbErr::Custom("an earlier statement of this transaction failed".into()));
        }
        Ok(&self.inner)
    }

    fn note<T>(&self, outcome: Result<T, DbErr>) -> Result<T, DbErr> {
        if outcome.is_err() {
            self.failed.store(true, Relaxed);
        }
        outcome
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.note(self.open()?.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.note(self.open()?.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.note(self.open()?.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.note(self.open()?.query_all_raw(statement).await)
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait;

    use super::Tx;
    use crate::store::cached::{bump, version};
    use crate::store::sql;
    use crate::stores::{Store, on_both_stores};

    on_both_stores![
        a_dropped_transaction_leaves_nothing,
        what_was_committed_stays,
        after_a_failed_statement_nothing_is_committed,
        a_failure_does_not_spoil_the_next_transaction,
        fifty_writers_at_once_all_count,
    ];

    async fn mark(tx: &Tx, key: &str) -> Result<(), sea_orm::DbErr> {
        const MARK: &str = "INSERT INTO marks (key, value) VALUES ($1, 'x')";
        tx.execute_raw(sql(tx, MARK, [key.into()])).await.map(|_| ())
    }

    async fn marks(store: &Store) -> i64 {
        store.number("SELECT count(*) FROM marks").await
    }

    async fn a_dropped_transaction_leaves_nothing(store: Store) {
        let tx = store.engine.begin().await.unwrap();
        mark(&tx, "a").await.unwrap();
        drop(tx);
        assert_eq!(marks(&store).await, 0);
    }

    async fn what_was_committed_stays(store: Store) {
        let tx = store.engine.begin().await.unwrap();
        mark(&tx, "a").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(marks(&store).await, 1);
    }

    async fn after_a_failed_statement_nothing_is_committed(store: Store) {
        let tx = store.engine.begin().await.unwrap();
        mark(&tx, "a").await.unwrap();
        mark(&tx, "a").await.unwrap_err();
        mark(&tx, "b").await.unwrap_err();
        tx.commit().await.unwrap_err();
        assert_eq!(marks(&store).await, 0);
    }

    async fn a_failure_does_not_spoil_the_next_transaction(store: Store) {
        let tx = store.engine.begin().await.unwrap();
        tx.execute_unprepared("no SQL at all").await.unwrap_err();
        drop(tx);
        let tx = store.engine.begin().await.unwrap();
        mark(&tx, "a").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(marks(&store).await, 1);
    }

    async fn fifty_writers_at_once_all_count(store: Store) {
        let writers: Vec<_> = (0..50)
            .map(|_| {
                let engine = store.engine.clone();
                tokio::spawn(async move {
                    let tx = engine.begin().await.unwrap();
                    bump(&tx, "thing").await.unwrap();
                    tx.commit().await.unwrap();
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(version(store.engine.reader(), "thing").await.unwrap(), 50);
    }
}
