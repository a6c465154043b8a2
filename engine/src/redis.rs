//! Redis, where a deployment has one. It holds nothing that is not found elsewhere: whoever asks it
//! has another way, and takes that at once where no answer comes.

use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, cmd};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::{Fault, Result, Settings};

/// How long it is left alone after it did not answer: of several who ask meanwhile nobody waits.
const REST: Duration = Duration::from_secs(1);

/// The way to Redis, if there is one. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Redis(Option<Arc<Server>>);

struct Server {
    client: Client,
    config: AsyncConnectionConfig,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    connection: Option<MultiplexedConnection>,
    /// Set where it did not answer, until it does again.
    rests_until: Option<Instant>,
}

impl Redis {
    /// Knows the way; nobody is reached yet.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let Some(url) = &settings.redis_url else { return Ok(Self(None)) };
        let client = Client::open(url.as_str()).map_err(|error| {
            Fault::because("the address of Redis is none like redis://host:6379/0", error)
        })?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(settings.redis_patience))
            .set_response_timeout(Some(settings.redis_patience));
        Ok(Self(Some(Arc::new(Server { client, config, line: Mutex::default() }))))
    }

    /// Whether it answers; none where there is none.
    pub(crate) async fn answers(&self) -> Option<bool> {
        self.0.as_ref()?;
        Some(self.ask::<String>(&cmd("PING")).await.is_some())
    }

    /// Its answer; `None` where none comes in time, or it is left alone.
    pub(crate) async fn ask<T: FromRedisValue>(&self, question: &Cmd) -> Option<T> {
        let server = self.0.as_ref()?;
        let mut connection = server.connection().await?;
        match question.query_async(&mut connection).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                server.line.lock().await.fail(&error);
                None
            }
        }
    }
}

impl Server {
    /// The connection all share. One connects; those who come meanwhile wait for what it finds.
    async fn connection(&self) -> Option<MultiplexedConnection> {
        let mut line = self.line.lock().await;
        if line.rests_until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        if let Some(connection) = &line.connection {
            return Some(connection.clone());
        }
        match self.client.get_multiplexed_async_connection_with_config(&self.config).await {
            Ok(connection) => {
                if line.rests_until.take().is_some() {
                    tracing::info!("Redis answers again");
                }
                line.connection = Some(connection.clone());
                Some(connection)
            }
            Err(error) => {
                line.fail(&error);
                None
            }
        }
    }
}

impl Line {
    fn fail(&mut self, error: &RedisError) {
        if self.rests_until.is_none() {
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, "Redis does not answer; we go on without it");
        }
        self.connection = None;
        self.rests_until = Some(Instant::now() + REST);
    }
}
