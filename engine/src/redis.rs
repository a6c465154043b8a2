//! Redis, where a deployment has one. It holds nothing that is not found elsewhere: whoever asks it
//! has another way, and takes that at once where no answer comes.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
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
    /// How long anybody waits, for all that they ask.
    patience: Duration,
    /// What nodes of one deployment tell each other. Channels are one for all databases of a server.
    channel: String,
    connection: Mutex<Connection>,
    /// It is in the log that nobody listens.
    is_deaf: AtomicBool,
}

/// The connection that all share.
#[derive(Default)]
struct Connection {
    open: Option<MultiplexedConnection>,
    /// How many were made.
    number: u64,
    /// Set where it did not answer, until it does again.
    rests_until: Option<Instant>,
    /// It is in the log that it refuses what it is asked.
    was_refused: bool,
}

impl Redis {
    /// Knows the way; nobody is reached yet.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let Some(url) = &settings.redis_url else { return Ok(Self(None)) };
        let client = Client::open(url.as_str()).map_err(|error| {
            Fault::because("the address of Redis is none like redis://host:6379/0", error)
        })?;
        let patience = settings.redis_patience;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(patience))
            .set_response_timeout(Some(patience));
        let channel = format!("quan:{}", client.get_connection_info().redis_settings().db());
        let (connection, is_deaf) = (Mutex::default(), AtomicBool::default());
        let server = Server { client, config, patience, channel, connection, is_deaf };
        Ok(Self(Some(Arc::new(server))))
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
    pub(crate) fn tell(&self, word: &'static str) {
        if self.is_there() {
            let redis = self.clone();
            tokio::spawn(async move { redis.pass_on(word).await });
        }
    }

    /// The same, and whether it was told.
    pub(crate) async fn pass_on(&self, word: &str) -> bool {
        let Some(server) = &self.0 else { return false };
        self.ask::<i64>(cmd("PUBLISH").arg(&server.channel).arg(word)).await.is_some()
    }

    /// Listens to what nodes tell each other. Where there is no Redis nothing is heard for ever;
    /// `None` where there is one and it does not answer.
    pub(crate) async fn listen(&self) -> Option<Ear> {
        let Some(server) = &self.0 else { return Some(Ear(None)) };
        let heard: RedisResult<Ear> = match timeout(SILENCE, server.listen()).await {
            Ok(heard) => heard,
            Err(late) => Err(io::Error::from(late).into()),
        };
        let was_deaf = server.is_deaf.swap(heard.is_err(), Relaxed);
        heard
            .inspect_err(|error| {
                if !was_deaf {
                    let error = error as &dyn std::error::Error;
                    tracing::warn!(error, "nothing is heard over Redis; we go on without it");
                }
            })
            .ok()
    }

    /// Its answer; `None` where none comes in time, or it is left alone.
    pub(crate) async fn ask<T: FromRedisValue>(&self, question: &Cmd) -> Option<T> {
        self.reach().await?.ask(question).await
    }

    /// A connection to ask; `None` where none is made in time, or it is left alone.
    pub(crate) async fn reach(&self) -> Option<Asking> {
        let (server, begun) = (self.0.clone()?, Instant::now());
        let (open, number) = server.connect().await?;
        let left = server.patience.saturating_sub(begun.elapsed());
        Some(Asking { server, open, number, left })
    }
}

/// Somebody who asks, once or several times, and waits no longer for all of it than for one answer.
pub(crate) struct Asking {
    server: Arc<Server>,
    open: MultiplexedConnection,
    number: u64,
    left: Duration,
}

impl Asking {
    /// The number of the connection, from 1 on. What Redis holds is the same as long as that is: behind
    /// another one it may remember what was a while ago, or nothing.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// What a script answers that is given a key and words; `None` as for [`Redis::ask`].
    pub(crate) async fn run<T: FromRedisValue>(
        &mut self,
        script: &str,
        key: &str,
        words: &[String],
    ) -> Option<T> {
        self.ask(cmd("EVAL").arg(script).arg(1).arg(key).arg(words)).await
    }

    async fn ask<T: FromRedisValue>(&mut self, question: &Cmd) -> Option<T> {
        let begun = Instant::now();
        let answer: RedisResult<T> =
            match timeout(self.left, question.query_async(&mut self.open)).await {
                Ok(answer) => answer,
                Err(late) => Err(io::Error::from(late).into()),
            };
        self.left = self.left.saturating_sub(begun.elapsed());
        match answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.server.failed(&error).await;
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
    async fn connect(&self) -> Option<(MultiplexedConnection, u64)> {
        let mut connection = self.connection.lock().await;
        if connection.rests_until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        if let Some(open) = &connection.open {
            return Some((open.clone(), connection.number));
        }
        match self.client.get_multiplexed_async_connection_with_config(&self.config).await {
            Ok(open) => {
                if connection.rests_until.take().is_some() {
                    tracing::info!("Redis answers again");
                }
                connection.open = Some(open.clone());
                connection.number += 1;
                connection.was_refused = false;
                Some((open, connection.number))
            }
            Err(error) => {
                connection.rest(&error);
                None
            }
        }
    }

    /// Only a connection that is lost is left alone. What Redis refuses, by its rights or for now, it has
    /// answered: other questions it may not refuse.
    async fn failed(&self, error: &RedisError) {
        let mut connection = self.connection.lock().await;
        if error.is_io_error() || error.is_unrecoverable_error() {
            connection.rest(error);
        } else if !std::mem::replace(&mut connection.was_refused, true) {
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, "Redis refuses what it is asked; we go on without that");
        }
    }
}

impl Connection {
    fn rest(&mut self, error: &RedisError) {
        if self.rests_until.is_none() {
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, "Redis does not answer; we go on without it");
        }
        self.open = None;
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
