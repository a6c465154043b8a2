//! Redis, where a deployment has one. It holds nothing that is not found elsewhere: whoever asks it
//! has another way, and takes that at once where no answer comes.

use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::{MultiplexedConnection, PubSubSink, PubSubStream};
use ::redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, RedisResult, Value, cmd,
};
use futures::StreamExt;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::{Fault, Result, Settings};

/// How long it is left alone after it did not answer: of several who ask meanwhile nobody waits.
const REST: Duration = Duration::from_secs(1);

/// How long a listener hears nothing before it asks whether anybody is there, and waits for an answer.
const SILENCE: Duration = Duration::from_secs(5);

/// The way to Redis, if there is one. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Redis(Option<Arc<Server>>);

struct Server {
    client: Client,
    config: AsyncConnectionConfig,
    /// What nodes of one deployment tell each other. Channels are one for all databases of a server.
    channel: String,
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
        let channel = format!("quan:{}", client.get_connection_info().redis_settings().db());
        Ok(Self(Some(Arc::new(Server { client, config, channel, line: Mutex::default() }))))
    }

    /// Whether there is one, reached or not.
    pub(crate) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Whether it answers; none where there is none.
    pub(crate) async fn answers(&self) -> Option<bool> {
        self.0.as_ref()?;
        Some(self.ask::<String>(&cmd("PING")).await.is_some())
    }

    /// Tells every node that listens. Nobody waits for it, or for one that does not listen.
    pub(crate) fn tell(&self, word: &str) {
        let Some(server) = &self.0 else { return };
        let mut tell = cmd("PUBLISH");
        tell.arg(&server.channel).arg(word);
        let redis = self.clone();
        tokio::spawn(async move { redis.ask::<i64>(&tell).await });
    }

    /// Listens to what nodes tell each other. Where there is no Redis nothing is heard for ever;
    /// `None` where there is one and it does not answer.
    pub(crate) async fn listen(&self) -> Option<Ear> {
        let Some(server) = &self.0 else { return Some(Ear(None)) };
        match timeout(SILENCE, server.listen()).await {
            Ok(Ok(ear)) => Some(ear),
            Ok(Err(error)) => {
                server.line.lock().await.fail(&error);
                None
            }
            Err(_) => None,
        }
    }

    /// What a script answers that is given a key and words.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &str,
        key: &str,
        words: &[String],
    ) -> Option<T> {
        self.ask(cmd("EVAL").arg(script).arg(1).arg(key).arg(words)).await
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
    async fn listen(&self) -> RedisResult<Ear> {
        let (mut sink, stream) = self.client.get_async_pubsub().await?.split();
        sink.subscribe(&self.channel).await?;
        Ok(Ear(Some((sink, stream))))
    }

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

/// A line on which nodes hear each other.
pub(crate) struct Ear(Option<(PubSubSink, PubSubStream)>);

impl Ear {
    /// The next word told; `None` where the line broke.
    pub(crate) async fn next(&mut self) -> Option<String> {
        let Some((sink, stream)) = &mut self.0 else { return std::future::pending().await };
        loop {
            match timeout(SILENCE, stream.next()).await {
                Ok(told) => return told?.get_payload().ok(),
                // A line may break without a word.
                Err(_) => {
                    timeout(SILENCE, sink.ping::<Value>()).await.ok()?.ok()?;
                }
            }
        }
    }
}
