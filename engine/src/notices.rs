//! Hearing at once what other nodes have changed, by PostgreSQL and, where there is one, by Redis, which
//! tells of claims that wait in line, too. Nothing depends on it: a node that hears nothing looks at the
//! versions itself, and at the line, within a second.

use sea_orm::DbBackend;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait, DbErr, RuntimeErr};

use crate::issuance::tickets;
use crate::redis::Ear;
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Fault, Result, catalogue, partners, risk, templates};

/// Under which name PostgreSQL passes them on.
const CHANNEL: &str = "quan_changes";

/// Where notices are heard.
pub struct Notices(Source);

enum Source {
    /// An SQLite file has one process, which knows what it did.
    Silent,
    Postgres(PgListener),
    Redis(Ear),
}

impl Notices {
    /// Listens to PostgreSQL from now on.
    pub async fn over_postgres(engine: &Engine) -> Result<Self> {
        if engine.reader().get_database_backend() != DbBackend::Postgres {
            return Ok(Self(Source::Silent));
        }
        let url = &engine.settings().database_url;
        let listening = async {
            let mut listener = PgListener::connect(url).await?;
            listener.listen(CHANNEL).await?;
            Ok(listener)
        };
        let listening: Result<_, sea_orm::sqlx::Error> = listening.await;
        Ok(Self(Source::Postgres(listening.map_err(broken)?)))
    }

    /// Listens to Redis from now on; `None` where there is one that does not answer.
    pub async fn over_redis(engine: &Engine) -> Option<Self> {
        engine.redis().listen().await.map(|ear| Self(Source::Redis(ear)))
    }

    /// Waits for the next notice. Of a change it makes this node look at its version before it trusts
    /// what it holds; of claims that wait it calls the worker. A fault where the line broke: whoever
    /// listens opens another.
    pub async fn hear(&mut self, engine: &Engine) -> Result<()> {
        match &mut self.0 {
            Source::Silent => std::future::pending().await,
            Source::Postgres(listener) => {
                let notice = listener.recv().await.map_err(broken)?;
                heed(engine, notice.payload());
            }
            Source::Redis(ear) => {
                let word = ear.next().await;
                heed(engine, &word.ok_or_else(|| Fault::passing("the line to Redis broke"))?);
            }
        }
        Ok(())
    }
}

fn heed(engine: &Engine, word: &str) {
    match word {
        catalogue::SUBJECT => engine.catalogue().distrust(),
        partners::SUBJECT => engine.keys().distrust(),
        risk::SUBJECT => engine.0.watch.distrust(),
        risk::STOPS => engine.0.stops.distrust(),
        templates::known::SUBJECT => engine.known().distrust(),
        tickets::WAITING => engine.0.called.notify_one(),
        _ => {}
    }
}

/// Hears of changes for as long as the line holds. For the worker.
pub async fn hear(engine: &Engine) -> Result<()> {
    let mut notices = Notices::over_postgres(engine).await?;
    loop {
        notices.hear(engine).await?;
    }
}

/// The same over Redis. That it is away is no fault, and is in the log already.
pub async fn hear_over_redis(engine: &Engine) -> Result<()> {
    if let Some(mut notices) = Notices::over_redis(engine).await {
        while notices.hear(engine).await.is_ok() {}
    }
    Ok(())
}

/// Tells every node of a change when it is committed. PostgreSQL lets those who commit with a notice
/// do so one after the other: this is for what changes seldom, and never for coupons.
pub(crate) async fn tell(tx: &Tx, subject: &'static str) -> Result<()> {
    const TELL: &str = "SELECT pg_notify($1, $2)";
    tx.tell(subject);
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.query_one_raw(sql(tx, TELL, [CHANNEL.into(), subject.into()])).await?;
    }
    Ok(())
}

fn broken(error: sea_orm::sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}
