//! Keeps browser sessions in the store, where every node finds them.

use std::{collections::HashMap, fmt, str::FromStr};

use async_trait::async_trait;
use domain::Time;
use engine::{Engine, sessions};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    Expiry, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::security::SESSION_COOKIE;

/// After this long without a request nobody is signed in any more.
const IDLE: Duration = Duration::days(7);

/// Gives every request its session. Over plain HTTP, as on a laptop, `secure` must be off or the
/// browser keeps the cookie to itself.
pub(crate) fn layer(engine: &Engine, secure: bool) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Sessions(engine.clone()))
        .with_name(SESSION_COOKIE)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(secure)
        .with_expiry(Expiry::OnInactivity(IDLE))
}

/// Idle time is measured by the engine's clock, which all nodes share.
#[derive(Clone)]
pub(crate) struct Sessions(Engine);

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let session = write(record, self.0.now())?;
        while !sessions::create(&self.0, &bytes(record.id), &session).await.map_err(backend)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let session = write(record, self.0.now())?;
        sessions::save(&self.0, &bytes(record.id), &session).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = sessions::load(&self.0, &bytes(*id)).await.map_err(backend)?;
        found.map(|session| read(*id, &session.data)).transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        sessions::delete(&self.0, &bytes(*id)).await.map_err(backend)
    }
}

fn bytes(id: Id) -> [u8; 16] {
    id.0.to_be_bytes()
}

fn write(record: &Record, now: Time) -> Result<sessions::Session> {
    let data =
        serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
    let idle = std::time::Duration::from_secs(IDLE.whole_seconds().unsigned_abs());
    let (shopper, operator) = (held(&record.data, "shopper"), held(&record.data, "operator"));
    Ok(sessions::Session { data, shopper, operator, expires_at: now + idle })
}

fn read(id: Id, data: &str) -> Result<Record> {
    let data = serde_json::from_str(data).map_err(|error| Error::Decode(error.to_string()))?;
    // The store has judged by its clock whether the session is over.
    Ok(Record { id, data, expiry_date: OffsetDateTime::now_utc() + IDLE })
}

/// Whom it signs in, so that all sessions of an account can be ended.
fn held<T: FromStr>(data: &HashMap<String, Value>, kind: &str) -> Option<T> {
    data.get(kind)?.as_str()?.parse().ok()
}

fn backend(error: engine::Error) -> Error {
    Error::Backend(error.to_string())
}
