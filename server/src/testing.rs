//! The server in one process for tests: a fresh store with the demo's cast, and callers who keep
//! their cookies as browsers do.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use app::context::{IsDemo, IsTls};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use domain::Money;
use domain::actor::{KeyScope, System};
use engine::{Engine, Secret, Settings, books, demo, partners, rollups};
use serde_json::Value;
use tower::ServiceExt;

use crate::{
    config::Config,
    router::{router, router_within},
    security::SESSION_COOKIE,
    state::AppState,
};

pub(crate) struct TestApp {
    pub(crate) engine: Engine,
    router: Router,
    /// Of a store of its own, to be removed with it.
    folder: Option<PathBuf>,
}

/// Somebody with a browser.
pub(crate) struct Caller<'a> {
    app: &'a TestApp,
    cookies: BTreeMap<String, String>,
    /// The address of the socket; none, as if they came from nowhere.
    peer: Option<IpAddr>,
}

/// An order system with a key.
pub(crate) struct Partner<'a> {
    app: &'a TestApp,
    key: String,
    asked: AtomicU32,
    /// The address of the socket; none, as if it came from nowhere.
    peer: Option<IpAddr>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().expect("text"))
    }
}

impl Answer {
    /// The body, which is JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("JSON: {self:?}"))
    }
}

impl Partner<'_> {
    /// The same from another address.
    pub(crate) fn from(mut self, peer: &str) -> Self {
        self.peer = Some(peer.parse().expect("an address"));
        self
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], String::new()).await
    }

    /// Posts under a key of its own each time.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let key = format!("key-{}", self.asked.fetch_add(1, Relaxed));
        self.post_under(&key, path, body).await
    }

    pub(crate) async fn post_under(&self, key: &str, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        self.send(Method::POST, path, &headers, body.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.send(Method::PUT, path, &headers, body.to_string()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], String::new()).await
    }

    /// Asks for `path` below `/api/v1`.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let authorization = format!("Bearer {}", self.key);
        let mut all = vec![("authorization", authorization.as_str())];
        all.extend_from_slice(headers);
        let mut caller = Caller { peer: self.peer, ..self.app.nobody() };
        caller.request(method, &format!("/api/v1{path}"), &all, body).await
    }
}

impl TestApp {
    /// An order system whose key opens these.
    pub(crate) async fn partner(&self, scopes: &[KeyScope]) -> Partner<'_> {
        let scopes = scopes.iter().copied().collect();
        let key = partners::key_add(&self.engine, System, "Till", &scopes).await.expect("a key");
        self.partner_with(&key)
    }

    /// Whoever asks with this key.
    pub(crate) fn partner_with(&self, key: &str) -> Partner<'_> {
        Partner { app: self, key: key.to_owned(), asked: AtomicU32::new(0), peer: None }
    }

    /// A store of its own, with the cast, the shelf and nothing else.
    pub(crate) async fn open() -> Self {
        let app = Self::empty().await;
        demo::seed(&app.engine, System).await.expect("a cast");
        app
    }

    /// A store of its own with nothing in it.
    pub(crate) async fn empty() -> Self {
        Self::with(IsDemo(true), Settings::default()).await
    }

    /// The same, where a second person approves whatever is handed in.
    pub(crate) async fn reviewed() -> Self {
        let approval_above = Some(Money::ZERO);
        Self::with(IsDemo(true), Settings { approval_above, ..Settings::default() }).await
    }

    /// The same with the cast, of a deployment that chose otherwise.
    pub(crate) async fn cast_with(settings: Settings) -> Self {
        let app = Self::with(IsDemo(true), settings).await;
        demo::seed(&app.engine, System).await.expect("a cast");
        app
    }

    /// The same with the cast, of a deployment that is no demo, or has agreed upon a secret.
    pub(crate) async fn cast_in(is_demo: IsDemo, shop_secret: Option<Secret>) -> Self {
        let settings = Settings { shop_secret, ..Settings::default() };
        let app = Self::with(is_demo, settings).await;
        demo::seed(&app.engine, System).await.expect("a cast");
        app
    }

    /// With the cast, over the fresh store of a test that runs on both; whoever opened it closes it.
    pub(crate) async fn over(engine: &Engine) -> Self {
        demo::seed(engine, System).await.expect("a cast");
        Self::serving(engine.clone(), IsDemo(true), None)
    }

    async fn with(is_demo: IsDemo, settings: Settings) -> Self {
        static OPENED: AtomicU32 = AtomicU32::new(0);
        let name = format!("quan-server-{}-{}", std::process::id(), OPENED.fetch_add(1, Relaxed));
        let folder = std::env::temp_dir().join(name);
        // Left by a process of the same number that was killed.
        let _ = std::fs::remove_dir_all(&folder);
        let database_url = format!("sqlite://{}?mode=rwc", folder.join("quan.db").display());
        let settings = Settings { database_url, ..settings };
        let engine = Engine::open(settings).await.expect("a store");
        migration::up(engine.migration_connection()).await.expect("a schema");
        Self::serving(engine, is_demo, Some(folder))
    }

    fn serving(engine: Engine, is_demo: IsDemo, folder: Option<PathBuf>) -> Self {
        let (state, config) = served(&engine, is_demo);
        Self { engine, router: router(state, &config), folder }
    }

    /// The same, where no answer but to a table has any time.
    pub(crate) fn in_a_hurry(mut self) -> Self {
        let (state, config) = served(&self.engine, IsDemo(true));
        self.router = router_within(state, &config, Duration::ZERO);
        self
    }

    pub(crate) fn nobody(&self) -> Caller<'_> {
        Caller { app: self, cookies: BTreeMap::new(), peer: None }
    }

    pub(crate) async fn shopper(&self, login: &str) -> Caller<'_> {
        let mut caller = self.nobody();
        let fields = [("login", login), ("password", demo::PASSWORD)];
        let answer = caller.send("accounts/sign-in", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        caller
    }

    pub(crate) async fn operator(&self, email: &str) -> Caller<'_> {
        let mut caller = self.nobody();
        let fields = [("email", email), ("password", demo::PASSWORD)];
        let answer = caller.send("accounts/operator-sign-in", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        caller
    }

    /// From now on the store is away.
    pub(crate) async fn lose_store(&self) {
        self.engine.clone().close().await.expect("closed");
    }

    /// The end of a test: the books balance.
    pub(crate) async fn close(self) {
        rollups::work(&self.engine, System).await.expect("sums");
        let wrong = books::check(&self.engine, System).await.expect("readable books");
        assert_eq!(wrong, Vec::<String>::new(), "the books balance");
        self.lose_store().await;
    }
}

/// Nothing is left behind.
impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// As in production: cookies say all that they should.
fn served(engine: &Engine, is_demo: IsDemo) -> (AppState, Config) {
    let trusted_proxies = "10.0.0.0/8".to_owned().try_into().expect("networks");
    let config = Config { tls: true, trusted_proxies, ..Config::default() };
    let is_tls = IsTls(config.tls);
    let state = AppState { assets: Arc::default(), engine: engine.clone(), is_demo, is_tls };
    (state, config)
}

impl Caller<'_> {
    /// The same from another address.
    pub(crate) fn from(mut self, peer: &str) -> Self {
        self.peer = Some(peer.parse().expect("an address"));
        self
    }

    /// Throws a cookie away.
    pub(crate) fn forget(&mut self, cookie: &str) {
        self.cookies.remove(cookie);
    }

    /// What names their session, as their browser keeps it.
    pub(crate) fn session(&self) -> Option<&str> {
        self.cookies.get(SESSION_COOKIE).map(String::as_str)
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.request(Method::GET, path, &[("accept", "text/html")], String::new()).await
    }

    /// Sends a plain form to a server function, as a browser without JavaScript does.
    pub(crate) async fn send(&mut self, function: &str, fields: &[(&str, &str)]) -> Answer {
        self.post(function, "text/html", fields).await
    }

    /// Calls a server function as a program does.
    pub(crate) async fn call(&mut self, function: &str, fields: &[(&str, &str)]) -> Answer {
        self.post(function, "application/json", fields).await
    }

    async fn post(&mut self, function: &str, accept: &str, fields: &[(&str, &str)]) -> Answer {
        let path = format!("/api/fn/{function}");
        let headers = [
            ("accept", accept),
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.request(Method::POST, &path, &headers, encode(fields)).await
    }

    pub(crate) async fn request(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "shop.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies);
        }
        if let Some(peer) = self.peer {
            request = request.extension(ConnectInfo(SocketAddr::from((peer, 4711))));
        }
        let request = request.body(body.into()).expect("a request");
        let answer = self.app.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = answer.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap_or_default();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = to_bytes(body, usize::MAX).await.expect("a body");
        let body = String::from_utf8_lossy(&body).into_owned();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

fn encode(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        let escape = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        };
        text.bytes().map(escape).collect::<String>()
    };
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}
