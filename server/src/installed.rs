//! What a browser keeps of the site: how it is called on a home screen, and the worker that answers
//! where there is no connection.

use app::{manifest::manifest, preferences::Preferences};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, header},
    response::IntoResponse,
    routing::get,
};

use crate::state::AppState;

const WORKER: &str = include_str!("../../frontend/sw.js");

/// The policy of a worker's own file rules what it may ask for.
const WORKER_POLICY: &str = "default-src 'none'; connect-src 'self'";

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/manifest.webmanifest", get(describe)).route("/sw.js", get(worker))
}

async fn describe(State(state): State<AppState>, headers: HeaderMap) -> impl IntoResponse {
    let language = Preferences::of(&headers).language;
    let kind = [(header::CONTENT_TYPE, "application/manifest+json")];
    (kind, Json(manifest(language, &state.assets)))
}

async fn worker() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, WORKER_POLICY),
    ];
    (headers, WORKER)
}
