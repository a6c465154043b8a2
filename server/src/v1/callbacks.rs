//! The door of the payment center, which is known by its signature and not by a key.

use axum::{
    Json,
    extract::{Request, State},
    http::HeaderMap,
};
use engine::{
    Engine,
    redemption::callbacks::{self, Envelope},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Problems,
    call::{USUAL, is_json, read},
    reading::{Reader, from_json},
    wire::callback::{Callback, Heard, Kind},
};
use crate::{problem::Problem, state::AppState};

/// What a callback brings beside its body, as Standard Webhooks has it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it is described here and read by `envelope`")]
pub(crate) struct Signature {
    #[param(rename = "webhook-id", min_length = 1)]
    id: String,
    /// Seconds since the epoch, at most five minutes from now either way.
    #[param(rename = "webhook-timestamp")]
    timestamp: String,
    /// `v1,` and the base64 of HMAC SHA-256 over `id.timestamp.body`; several with a space between.
    #[param(rename = "webhook-signature")]
    signature: String,
}

/// Hear from the payment center
///
/// Signed as Standard Webhooks has it, with the secret in `QUAN_PAYMENT_SECRET`; no key. What it
/// tells has happened, so nothing of it is refused: duplicates change nothing, a refund may be ahead
/// of its payment, and what the rules cannot follow is kept for a person to look at. So is a callback
/// that does not read as described here, which is answered as any such request. One of another type is
/// answered 200 and passed over.
#[utoipa::path(post, path = "/callbacks/payments", tag = "callbacks", request_body = Callback,
    params(Signature), security(()), responses((status = 200, body = Heard), Problems))]
pub(crate) async fn payments(
    State(state): State<AppState>,
    request: Request,
) -> Result<Json<Heard>, Problem> {
    let (parts, body) = request.into_parts();
    let envelope = envelope(&parts.headers).ok_or(Problem::Unsigned)?;
    let body = read::<USUAL>(body).await?;
    take(&state.engine, &envelope, &parts.headers, &body).await?;
    Ok(Json(Heard {}))
}

/// Takes a callback by whichever way it has come.
pub(crate) async fn take(
    engine: &Engine,
    envelope: &Envelope,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Problem> {
    let center = callbacks::verify(engine, envelope, body).ok_or(Problem::Unsigned)?;
    match told(engine, headers, body) {
        Ok(Some(callback)) => callbacks::receive(engine, &center, &callback).await?,
        Ok(None) => {}
        Err(problem) => {
            callbacks::not_read(engine, &center, envelope, body, problem.code()).await?;
            return Err(problem);
        }
    }
    Ok(())
}

/// What a callback tells; nothing where it is none of ours.
fn told(
    engine: &Engine,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Option<callbacks::Callback>, Problem> {
    if !is_json(headers) {
        return Err(Problem::UnsupportedMediaType);
    }
    if let Some(kind) = unknown_kind(body) {
        tracing::info!(kind, "a callback of the payment center was passed over");
        return Ok(None);
    }
    let callback: Callback = from_json(body)?;
    callback.read(Reader::new(engine.settings().currency)).map(Some)
}

fn envelope(headers: &HeaderMap) -> Option<Envelope> {
    let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
    Some(Envelope {
        id: text("webhook-id")?,
        timestamp: text("webhook-timestamp")?,
        signature: text("webhook-signature")?,
    })
}

/// The type of a callback that is none of ours; its data may be anything.
fn unknown_kind(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Typed {
        r#type: String,
    }
    let kind = serde_json::from_slice::<Typed>(body).ok()?.r#type;
    let is_known = serde_json::from_value::<Kind>(kind.as_str().into()).is_ok();
    (!is_known).then_some(kind)
}
