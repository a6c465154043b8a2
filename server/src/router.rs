//! Every way in: pages, server functions, assets, health; and what guards them all.

use std::{any::Any, path::Path, time::Duration};

use app::{AppError, page, routes::App};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{from_fn, from_fn_with_state, map_response},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::{generate_route_list, handle_server_fns_with_context};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    csrf::{CsrfLayer, ProtectionError},
    limit::RequestBodyLimitLayer,
    services::ServeDir,
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
    trace::TraceLayer,
};

use crate::{
    client,
    config::Config,
    downloads, failures, installed, metrics,
    security::{self, refuse},
    sessions,
    state::AppState,
    uploads, v1,
};

/// The most a request may bring, unless its route says otherwise.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;
/// A draft may name 20,000 products on each side.
const DRAFT_LIMIT: usize = 2 * 1024 * 1024;
/// A list of a million shoppers.
const UPLOAD_LIMIT: usize = 32 * 1024 * 1024;
/// The longest an answer may take, that to a table of 32 MiB which comes over a slow line, and the
/// longest a client may pause while it sends.
pub(crate) const ANSWER_TIME: Duration = Duration::from_secs(30);
pub(crate) const UPLOAD_TIME: Duration = Duration::from_secs(300);
pub(crate) const SENDING_PAUSE: Duration = Duration::from_secs(10);

pub(crate) fn answered_within(time: Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, time)
}

pub(crate) fn router(state: AppState, config: &Config) -> Router {
    router_within(state, config, ANSWER_TIME)
}

/// The same, where answers that are none to tables take at most this long.
pub(crate) fn router_within(state: AppState, config: &Config, answer_time: Duration) -> Router {
    let sessions = sessions::layer(&state.engine, config.tls);
    let drafts = Router::new()
        .route("/api/fn/templates/{*name}", any(server_function))
        .route("/api/fn/catalogue/{*name}", any(server_function))
        .layer(RequestBodyLimitLayer::new(DRAFT_LIMIT));
    let uploads = Router::new()
        .route("/api/fn/grants/{*name}", any(server_function))
        .route("/api/fn/segments/{*name}", any(server_function))
        .route("/api/fn/catalogue/import", any(server_function))
        .layer(from_fn_with_state(state.clone(), uploads::as_fields))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(UPLOAD_LIMIT))
        .layer(sessions.clone())
        .layer(answered_within(UPLOAD_TIME));
    let others = Router::new()
        .merge(pages())
        .merge(downloads::routes())
        .route("/api/fn/{*name}", any(server_function))
        .fallback(page)
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT));
    let quick = Router::new()
        .merge(drafts.merge(others).layer(sessions))
        .merge(installed::routes())
        .nest("/assets", assets(&config.site))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::page))
        .layer(answered_within(answer_time));
    // From the outside in: what any guard answers still carries the headers of the first.
    let guards = ServiceBuilder::new()
        .layer(from_fn(security::headers))
        .layer(TraceLayer::new_for_http())
        .layer(from_fn(failures::come_again))
        .layer(from_fn_with_state(state.clone(), failures::pages))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new())
        .layer(
            CsrfLayer::new().with_rejection_response(|_: ProtectionError| security::cross_site()),
        )
        .layer(from_fn(security::known_origin));
    let all = quick.merge(uploads);
    let all = all.layer(RequestBodyTimeoutLayer::new(SENDING_PAUSE)).layer(guards);
    let proxies = config.trusted_proxies.clone();
    let all = all
        .merge(v1::routes(&state))
        .layer(from_fn_with_state(proxies, client::address))
        .layer(from_fn(metrics::measure));
    // Outside the guards: a crowd takes longer to come than an answer may.
    #[cfg(feature = "test-clock")]
    let all = all.merge(crate::playground::routes());
    all.with_state(state)
}

/// Whether requests can be answered: the store is there.
async fn ready(State(state): State<AppState>) -> Response {
    match state.engine.ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(_) => refuse(StatusCode::SERVICE_UNAVAILABLE, "The store does not answer."),
    }
}

/// The pages that the app knows. Paths it does not know get its page for that, by the fallback.
fn pages() -> Router<AppState> {
    generate_route_list(App)
        .iter()
        .fold(Router::new(), |router, listing| router.route(listing.path(), get(page)))
}

async fn page(State(state): State<AppState>, request: Request) -> Response {
    let assets = state.assets.clone();
    page::render(request, assets, move || state.provide()).await
}

async fn server_function(State(state): State<AppState>, request: Request) -> Response {
    let path = request.uri().path();
    let mut methods =
        server_fn_paths().filter(|(known, _)| *known == path).map(|(_, method)| method);
    match methods.next() {
        Some(method) if method == *request.method() => {
            handle_server_fns_with_context(move || state.provide(), request).await.into_response()
        }
        Some(method) => {
            let allow = HeaderValue::from_str(method.as_str()).ok();
            let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, "Not with this method.");
            response.headers_mut().extend(allow.map(|allow| (header::ALLOW, allow)));
            response
        }
        None => refuse(StatusCode::NOT_FOUND, "There is nothing here."),
    }
}

/// Built files. Their names change with their content, so a browser never asks twice.
fn assets(site: &Path) -> Router<AppState> {
    let files = ServeDir::new(site.join("assets")).precompressed_br().precompressed_gzip();
    Router::new().fallback_service(files).layer(map_response(async |mut response: Response| {
        let keep = match response.status() {
            StatusCode::OK | StatusCode::NOT_MODIFIED => "public, max-age=31536000, immutable",
            _ => "no-store",
        };
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        response
    }))
}

/// The panic itself is in the log already, right before the reference to it.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    let sentence = "Something broke on our side. Please try again.";
    let mut response = refuse(StatusCode::INTERNAL_SERVER_ERROR, sentence);
    let error = AppError::fault(&engine::Fault::new("the answer panicked"));
    response.extensions_mut().insert(error);
    response
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use axum::http::Method;
    use engine::demo;
    use leptos::prelude::server;
    use tokio::time::timeout;

    use super::*;
    use crate::security::SESSION_COOKIE;
    use crate::testing::{Answer, TestApp};

    #[server(endpoint = "test/write", prefix = "/api/fn")]
    async fn write(text: String) -> Result<usize, AppError> {
        Ok(text.len())
    }

    #[server(endpoint = "test/panic", prefix = "/api/fn")]
    async fn panic() -> Result<(), AppError> {
        panic!("as asked");
    }

    /// Answers once a time that is none is over for all who asked before.
    async fn wait() -> Result<bool, AppError> {
        Ok(timeout(Duration::ZERO, pending::<()>()).await.is_err())
    }

    #[server(endpoint = "test/wait", prefix = "/api/fn")]
    async fn wait_anywhere() -> Result<bool, AppError> {
        wait().await
    }

    #[server(endpoint = "catalogue/test/wait", prefix = "/api/fn")]
    async fn wait_for_products() -> Result<bool, AppError> {
        wait().await
    }

    #[server(endpoint = "grants/test/wait", prefix = "/api/fn")]
    async fn wait_for_a_grant() -> Result<bool, AppError> {
        wait().await
    }

    #[server(endpoint = "segments/test/wait", prefix = "/api/fn")]
    async fn wait_for_a_segment() -> Result<bool, AppError> {
        wait().await
    }

    async fn ask(method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let app = TestApp::empty().await;
        let answer = app.nobody().request(method, path, headers, body.to_owned()).await;
        app.close().await;
        answer
    }

    async fn get_page(path: &str) -> Answer {
        ask(Method::GET, path, &[("accept", "text/html")], "").await
    }

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    async fn post(headers: &[(&str, &str)], body: &str) -> StatusCode {
        let mut all = vec![FORM];
        all.extend_from_slice(headers);
        ask(Method::POST, "/api/fn/test/write", &all, body).await.status
    }

    #[tokio::test]
    async fn a_page_is_whole_and_names_its_nonce_in_the_policy() {
        let page = get_page("/").await;
        assert_eq!(page.status, StatusCode::OK);
        let policy = page.headers["content-security-policy"].to_str().expect("text");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next());
        let nonce = nonce.expect("the policy names a nonce");
        assert!(nonce.len() >= 20);
        assert_eq!(
            page.body.matches("<script").count(),
            page.body.matches(&format!("nonce=\"{nonce}\"")).count(),
        );
        assert!(!page.body.contains("style="));
        assert!(page.body.ends_with("</body></html>"));
    }

    #[tokio::test]
    async fn a_page_without_islands_loads_no_program() {
        let page = get_page("/nowhere").await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.body.contains("<h1"));
        assert!(!page.body.contains("<script"));
        assert!(!page.body.contains("wasm"));
    }

    #[tokio::test]
    async fn every_answer_carries_the_headers() {
        for path in ["/", "/nowhere", "/assets/nothing.css", "/healthz", "/api/fn/nothing"] {
            let answer = get_page(path).await;
            for name in ["content-security-policy", "x-content-type-options", "cache-control"] {
                assert!(answer.headers.contains_key(name), "{path} lacks {name}");
            }
        }
    }

    #[tokio::test]
    async fn a_writing_function_takes_posts_only() {
        assert_eq!(post(&[], "text=abc").await, StatusCode::OK);
        let read = ask(Method::GET, "/api/fn/test/write?text=abc", &[], "").await;
        assert_eq!(read.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(read.headers["allow"], "POST");
        let unknown = ask(Method::POST, "/api/fn/test/nothing", &[FORM], "").await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_post_from_elsewhere_is_refused() {
        let session = ("cookie", "a=b; quan=x");
        let body = "text=abc";
        assert_eq!(post(&[("sec-fetch-site", "cross-site")], body).await, StatusCode::FORBIDDEN);
        assert_eq!(post(&[("sec-fetch-site", "same-site")], body).await, StatusCode::FORBIDDEN);
        assert_eq!(post(&[("origin", "https://evil.test")], body).await, StatusCode::FORBIDDEN);
        assert_eq!(post(&[("origin", "null")], body).await, StatusCode::FORBIDDEN);
        assert_eq!(post(&[session], body).await, StatusCode::FORBIDDEN);
        assert_eq!(post(&[session, ("sec-fetch-site", "same-origin")], body).await, StatusCode::OK);
        assert_eq!(post(&[session, ("origin", "http://shop.test")], body).await, StatusCode::OK);
        assert_eq!(post(&[], body).await, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_body_beyond_the_limit_is_refused() {
        let body = format!("text={}", "x".repeat(BODY_LIMIT));
        let announced = body.len().to_string();
        assert_eq!(
            post(&[("content-length", &announced)], &body).await,
            StatusCode::PAYLOAD_TOO_LARGE
        );
        assert_ne!(post(&[], &body).await, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_long_list_is_read_for_those_alone_who_work_in_the_console() {
        let app = TestApp::open().await;
        let list = format!("file={}", "x".repeat(BODY_LIMIT));
        let mut editor = app.operator(demo::OPERATORS[1].0).await;
        for function in ["grants/test/wait", "segments/test/wait", "catalogue/import"] {
            let path = format!("/api/fn/{function}");
            let headers = [FORM, ("sec-fetch-site", "same-origin")];
            let stranger = app.nobody().request(Method::POST, &path, &headers, list.clone()).await;
            assert_eq!(stranger.status, StatusCode::PAYLOAD_TOO_LARGE, "{function}");
            let told = editor.request(Method::POST, &path, &headers, list.clone()).await;
            assert_ne!(told.status, StatusCode::PAYLOAD_TOO_LARGE, "{function}");
        }
        app.close().await;
    }

    #[tokio::test]
    async fn a_table_may_take_longer_than_a_page() {
        let app = TestApp::open().await;
        let editor = app.operator(demo::OPERATORS[1].0).await;
        let cookie = format!("{SESSION_COOKIE}={}", editor.session().expect("a session"));
        let app = app.in_a_hurry();
        let send = async |function: &str, body: &str| {
            let headers = [FORM, ("sec-fetch-site", "same-origin"), ("cookie", cookie.as_str())];
            let path = format!("/api/fn/{function}");
            app.nobody().request(Method::POST, &path, &headers, body.to_owned()).await.status
        };
        for function in ["test/wait", "catalogue/test/wait"] {
            assert_eq!(send(function, "").await, StatusCode::SERVICE_UNAVAILABLE, "{function}");
        }
        for function in ["grants/test/wait", "segments/test/wait"] {
            assert_eq!(send(function, "").await, StatusCode::OK, "{function}");
        }
        let table = "kind=categories&file=id%2Cname%0Anuts%2CNuts";
        assert_ne!(send("catalogue/import", table).await, StatusCode::SERVICE_UNAVAILABLE);
        app.close().await;
    }

    /// What a guard refuses, as a request: its method, path and body, and what it says of itself.
    type Refused = (Method, &'static str, String, &'static [(&'static str, &'static str)]);

    fn refused() -> Vec<(StatusCode, Refused)> {
        const HERE: (&str, &str) = ("sec-fetch-site", "same-origin");
        const FORM_HERE: &[(&str, &str)] = &[HERE, FORM];
        const ABROAD: &[(&str, &str)] = &[("sec-fetch-site", "cross-site"), FORM];
        let write = "/api/fn/test/write";
        let long = format!("text={}", "x".repeat(BODY_LIMIT));
        let post = |path, body: &str, headers| (Method::POST, path, body.to_owned(), headers);
        vec![
            (StatusCode::NOT_FOUND, post("/api/fn/test/nothing", "", FORM_HERE)),
            (StatusCode::FORBIDDEN, post(write, "text=abc", ABROAD)),
            (StatusCode::METHOD_NOT_ALLOWED, (Method::GET, write, String::new(), &[])),
            (StatusCode::METHOD_NOT_ALLOWED, post("/wallet", "", FORM_HERE)),
            (StatusCode::BAD_REQUEST, post(write, "other=1", FORM_HERE)),
            (StatusCode::BAD_REQUEST, post(write, &long, FORM_HERE)),
            (StatusCode::INTERNAL_SERVER_ERROR, post("/api/fn/test/panic", "", FORM_HERE)),
        ]
    }

    #[tokio::test]
    async fn what_guards_refuse_is_a_page_for_people_and_a_word_for_programs() {
        let app = TestApp::empty().await;
        for (status, (method, path, body, headers)) in refused() {
            let program = app.nobody().request(method.clone(), path, headers, body.clone()).await;
            assert_eq!(program.status, status, "{path}");
            assert!(!program.body.contains('<') && program.body.len() < 200, "{program:?}");
            let mut headers = headers.to_vec();
            headers.extend([("accept", "text/html"), ("accept-language", "zh-CN")]);
            headers.push(("referer", "http://shop.test/ops/templates?page=2"));
            let person = app.nobody().request(method.clone(), path, &headers, body).await;
            assert_eq!(person.status, status, "{path}");
            assert!(person.body.contains("<html lang=\"zh-CN\""), "{person:?}");
            assert!(person.body.contains("<h1") && person.body.ends_with("</html>"));
            assert!(person.headers.get("location").is_none());
            let is_form = method == Method::POST;
            assert_eq!(person.body.contains("data-area=\"ops\""), is_form, "{path}");
        }
        app.close().await;
    }

    #[tokio::test]
    async fn a_phone_may_keep_the_shop_in_its_own_language() {
        let manifest = ask(Method::GET, "/manifest.webmanifest", &[("accept-language", "zh")], "");
        let manifest = manifest.await;
        assert_eq!(manifest.headers["content-type"], "application/manifest+json");
        assert!(manifest.body.contains("\"lang\":\"zh-CN\""), "{}", manifest.body);
        let worker = ask(Method::GET, "/sw.js", &[], "").await;
        let policy = worker.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("connect-src 'self'"), "it asks for what it passes on");
        let offline = get_page("/offline").await;
        assert_eq!(offline.status, StatusCode::OK);
        assert!(offline.body.contains("href=\"\"") && !offline.body.contains("wasm"));
        let policy = offline.headers["content-security-policy"].to_str().expect("text");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next());
        let line = format!("<script nonce=\"{}\">addEventListener(\"online\"", nonce.expect("one"));
        assert!(offline.body.contains(&line), "it asks again by itself: {}", offline.body);
    }
}
