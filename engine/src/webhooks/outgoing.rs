//! Posts to endpoints: to an address that was looked at, for a bounded time, following nobody.
//!
//! hyper itself, without a client around it: it follows no redirect, asks no proxy of the
//! environment, and connects to exactly the addresses that our resolver answers.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec;

use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};
use tower::Service;

use super::address::{self, Unreached};
use crate::{Fault, Result};

/// How long an endpoint may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How much of its answer is kept for the log, in bytes.
const ANSWER_MAX: usize = 2048;
/// How many are sent at once from this node.
const AT_ONCE: usize = 64;

type Http = Client<HttpsConnector<HttpConnector<Resolver>>, String>;

/// What posts; made at the first use.
pub(crate) struct Outgoing {
    client: OnceLock<Http>,
    permits: Semaphore,
    may_be_private: bool,
}

/// What came of a post.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// None where there was no answer.
    pub(super) status: Option<u16>,
    /// Why there was none, in a word.
    pub(super) problem: Option<&'static str>,
    /// How the answer begins.
    pub(super) text: Option<String>,
}

/// What is posted, with the headers of Standard Webhooks.
pub(super) struct Post {
    pub(super) url: String,
    pub(super) id: String,
    pub(super) timestamp: i64,
    pub(super) signature: String,
    pub(super) body: String,
}

impl Outgoing {
    pub(crate) fn new(may_be_private: bool) -> Self {
        Self { client: OnceLock::new(), permits: Semaphore::new(AT_ONCE), may_be_private }
    }

    /// The right to send so many at once; waits until the node has that many to give.
    pub(super) async fn permit(&self, count: u32) -> Result<SemaphorePermit<'_>> {
        let permit = self.permits.acquire_many(count).await;
        Ok(permit.map_err(|_| Fault::new("nothing is sent any more"))?)
    }

    pub(super) async fn post(&self, post: Post) -> Answer {
        let failed = |problem| Answer { problem: Some(problem), ..Answer::default() };
        // It may have been saved when the deployment allowed more.
        if address::check(&post.url, self.may_be_private).is_err() {
            return failed("private_address");
        }
        let request = Request::post(post.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, concat!("Quan/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", post.id)
            .header("webhook-timestamp", post.timestamp)
            .header("webhook-signature", post.signature)
            .body(post.body);
        let Ok(request) = request else {
            return failed("unreachable");
        };
        let deadline = Instant::now() + PATIENCE;
        let asked = timeout_at(deadline, self.client().request(request)).await;
        match asked {
            Err(_) => failed("timed_out"),
            Ok(Err(error)) => failed(problem(&error)),
            Ok(Ok(response)) => {
                let status = response.status();
                let text = beginning(response.into_body(), deadline).await;
                Answer { status: Some(status.as_u16()), problem: None, text }
            }
        }
    }

    fn client(&self) -> &Http {
        self.client.get_or_init(|| {
            let mut tcp = HttpConnector::new_with_resolver(Resolver(self.may_be_private));
            tcp.enforce_http(false);
            tcp.set_connect_timeout(Some(PATIENCE));
            let tls = HttpsConnectorBuilder::new().with_webpki_roots();
            let connector = tls.https_or_http().enable_http1().wrap_connector(tcp);
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(Duration::from_secs(30))
                .build(connector)
        })
    }
}

impl Answer {
    pub(super) fn is_good(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// The endpoint wants to be told nothing any more.
    pub(super) fn is_gone(&self) -> bool {
        self.status == Some(StatusCode::GONE.as_u16())
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").finish_non_exhaustive()
    }
}

/// Answers the addresses that were looked at and no others.
#[derive(Clone)]
struct Resolver(bool);

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<std::net::SocketAddr>;
    type Error = Unreached;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Unreached>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unreached>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let may_be_private = self.0;
        Box::pin(
            async move { Ok(address::resolve(name.as_str(), may_be_private).await?.into_iter()) },
        )
    }
}

fn problem(error: &(dyn StdError + 'static)) -> &'static str {
    let mut cause = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref() {
            Some(Unreached::Private) => return "private_address",
            Some(Unreached::Unknown(_)) => return "unknown_host",
            None => cause = error.source(),
        }
    }
    "unreachable"
}

/// How an answer begins, as text a person can read. What breaks off or takes too long is left out.
async fn beginning<B>(mut body: B, deadline: Instant) -> Option<String>
where
    B: BodyExt<Data: AsRef<[u8]>> + Unpin,
{
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER_MAX {
        let Ok(Some(Ok(frame))) = timeout_at(deadline, body.frame()).await else {
            break;
        };
        if let Ok(data) = frame.into_data() {
            bytes.extend_from_slice(data.as_ref());
        }
    }
    bytes.truncate(ANSWER_MAX);
    let text = String::from_utf8_lossy(&bytes);
    let is_shown = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let text: String = text.chars().filter(is_shown).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
