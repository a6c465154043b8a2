//! Hearing at once what other nodes have changed. Nothing depends on it: a node that hears nothing
//! looks at the versions itself, within a second.

use sea_orm::DbBackend;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait, DbErr, RuntimeErr};

use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Result, catalogue, partners, risk, templates};

/// Under which name PostgreSQL passes them on.
const CHANNEL: &str = "quan_changes";

/// A line on which changes are heard. An SQLite file has one process, which knows what it did.
#[derive(Debug)]
pub struct Notices(Option<PgListener>);

impl Notices {
    /// Listens from now on.
    pub async fn open(engine: &Engine) -> Result<Self> {
        if engine.reader().get_database_backend() != DbBackend::Postgres {
            return Ok(Self(None));
        }
        let url = &engine.settings().database_url;
        let listening = async {
            let mut listener = PgListener::connect(url).await?;
            listener.listen(CHANNEL).await?;
            Ok(listener)
        };
        let listening: Result<_, sea_orm::sqlx::Error> = listening.await;
        Ok(Self(Some(listening.map_err(broken)?)))
    }

    /// Waits for the next change, and makes this node look at its version before it trusts what it
    /// holds. A fault where the line broke: whoever listens opens another.
    pub async fn hear(&mut self, engine: &Engine) -> Result<()> {
        let Some(listener) = &mut self.0 else { return std::future::pending().await };
        let notice = listener.recv().await.map_err(broken)?;
        match notice.payload() {
            catalogue::SUBJECT => engine.catalogue().distrust(),
            partners::SUBJECT => engine.keys().distrust(),
            risk::SUBJECT => engine.0.watch.distrust(),
            risk::STOPS => engine.0.stops.distrust(),
            templates::known::SUBJECT => engine.known().distrust(),
            _ => {}
        }
        Ok(())
    }
}

/// Hears of changes for as long as the line holds. For the worker.
pub async fn hear(engine: &Engine) -> Result<()> {
    let mut notices = Notices::open(engine).await?;
    loop {
        notices.hear(engine).await?;
    }
}

/// Tells every node of a change when it is committed. PostgreSQL lets those who commit with a notice
/// do so one after the other: this is for what changes seldom, and never for coupons.
pub(crate) async fn tell(tx: &Tx, subject: &str) -> Result<()> {
    const TELL: &str = "SELECT pg_notify($1, $2)";
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.query_one_raw(sql(tx, TELL, [CHANNEL.into(), subject.into()])).await?;
    }
    Ok(())
}

fn broken(error: sea_orm::sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}
