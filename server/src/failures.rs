//! What guards refuse in a word of plain text becomes a page for those who read pages.

use app::{
    failure::Failure,
    form::{page_before, wants_page},
    page,
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::Response,
};
use leptos::nonce::Nonce;

use crate::{problem::UNAVAILABLE_FOR, state::AppState};

/// Answers with a page where what is behind answered with an error and no page.
pub(crate) async fn pages(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if !wants_page(request.headers()) {
        return next.run(request).await;
    }
    let again = asked_again(&request);
    let response = next.run(request).await;
    let status = response.status();
    if is_page(response.headers()) || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let mut request = again;
    let error = parts.extensions.remove();
    request.extensions_mut().insert(Failure { status, error });
    let assets = state.assets.clone();
    let mut page = page::render(request, assets, move || state.provide()).await;
    for name in [header::ALLOW, header::RETRY_AFTER] {
        page.headers_mut().extend(parts.headers.remove(&name).map(|value| (name, value)));
    }
    page
}

/// Says when to come again where nothing could be answered now.
pub(crate) async fn come_again(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        let wait = HeaderValue::from(UNAVAILABLE_FOR);
        response.headers_mut().entry(header::RETRY_AFTER).or_insert(wait);
    }
    response
}

/// The page somebody is on: the one they asked for or, for a form, the one it stands on. It is told
/// without a session, so that whatever keeps those may be what is broken.
fn asked_again(request: &Request) -> Request {
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let page = page_before(request.headers()).and_then(|page| page.parse::<Uri>().ok());
    let page = page.filter(|_| !is_reading);
    let mut again = Request::new(Body::empty());
    *again.uri_mut() = page.unwrap_or_else(|| request.uri().clone());
    for name in [header::ACCEPT, header::ACCEPT_LANGUAGE, header::COOKIE, header::HOST] {
        let value = request.headers().get(&name).cloned();
        again.headers_mut().extend(value.map(|value| (name, value)));
    }
    if let Some(nonce) = request.extensions().get::<Nonce>() {
        again.extensions_mut().insert(nonce.clone());
    }
    again
}

fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}
