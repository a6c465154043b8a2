//! What every answer carries and every request must satisfy, whoever made it.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::nonce::Nonce;

/// The cookie that names a session. A writing request that carries it must say where it comes from.
pub(crate) const SESSION_COOKIE: &str = "quan";

/// Sends with every answer what a browser may do with it. Pages find the nonce that the policy
/// names in the request's extensions.
pub(crate) async fn headers(mut request: Request, next: Next) -> Response {
    let nonce = Nonce::new();
    request.extensions_mut().insert(nonce.clone());
    let is_personal = has_session(request.headers());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let is_page = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let policy = if is_page { page_policy(&nonce) } else { HeaderValue::from_static(BARE_POLICY) };
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    for (name, value) in FIXED {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        // What is personal must not lie in a shared cache; a page of it not even in the browser's own,
        // from which "Back" would show it to the next person.
        let keep = if is_page && is_personal { "no-store" } else { "private, no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    }
    response
}

const FIXED: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // A plain form returns to the page it came from, so our own pages learn it and nobody else.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// For what is not a page: nothing in it may run or load anything.
const BARE_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Scripts need the nonce of this one answer, modules pass it on to what they import; there is no
/// inline style, no handler in an attribute and no other origin.
fn page_policy(nonce: &Nonce) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
         manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(BARE_POLICY))
}

/// Refuses a writing request that carries a session but hides where it comes from. Every browser of
/// the last years sends `Sec-Fetch-Site` or `Origin` with a post; what is cross-site the layer of
/// tower-http refuses.
pub(crate) async fn known_origin(request: Request, next: Next) -> Response {
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_reading || says_origin(request.headers()) || !has_session(request.headers()) {
        next.run(request).await
    } else {
        cross_site()
    }
}

pub(crate) fn cross_site() -> Response {
    refuse(StatusCode::FORBIDDEN, "This request came from another site, or hid where it came from.")
}

/// A refusal in one sentence, for requests that never reach a page.
pub(crate) fn refuse(status: StatusCode, sentence: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], sentence).into_response()
}

fn says_origin(headers: &HeaderMap) -> bool {
    [HeaderName::from_static("sec-fetch-site"), header::ORIGIN]
        .iter()
        .any(|name| headers.get(name).is_some_and(|value| !value.is_empty()))
}

fn has_session(headers: &HeaderMap) -> bool {
    app::preferences::cookie(headers, SESSION_COOKIE).is_some()
}
