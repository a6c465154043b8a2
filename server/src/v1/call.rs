//! What a call brings: a key that opens it, a body, and the idempotency key it must not run twice
//! under. Each is checked in the order in which it costs: key, scope, type, size, then content.

use std::str::FromStr;

use app::context::ClientAddress;
use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use domain::actor::Scoped;
use engine::{
    Engine, Error,
    idempotency::{self, Answer, Once},
    partners,
    redemption::Answer as Made,
};
use serde::de::DeserializeOwned;

use super::paging::Params;
use super::reading::from_json;
use crate::{
    problem::{KIND, Problem},
    speech::Speech,
    state::AppState,
};

/// The most a call brings, unless it says otherwise.
pub(crate) const USUAL: usize = 1024 * 1024;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const KEY_MAX: usize = 255;

/// The partner whose key opens the call.
pub(crate) struct By<S>(pub(crate) S);

impl<S: Scoped> FromRequestParts<AppState> for By<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = given
            .and_then(|given| given.split_once(' '))
            .and_then(|(scheme, key)| scheme.eq_ignore_ascii_case("bearer").then_some(key.trim()));
        let partner = match key {
            Some(key) => partners::by_key(&state.engine, key).await?,
            None => None,
        };
        let mut partner = partner.ok_or(Problem::Unauthorized)?;
        partner.address =
            parts.extensions.get::<ClientAddress>().map(|ClientAddress(address)| *address);
        S::of(partner).map(Self).ok_or(Problem::Forbidden(S::SCOPE))
    }
}

impl FromRequestParts<AppState> for Speech {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(Self::of(state, &parts.headers))
    }
}

/// A body in JSON. One that is not there reads as an empty object.
pub(crate) struct Body<T, const LIMIT: usize = USUAL>(pub(crate) T);

impl<T: DeserializeOwned, const LIMIT: usize> FromRequest<AppState> for Body<T, LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, Problem> {
        Ok(Self(from_json(&bytes::<LIMIT>(request).await?)?))
    }
}

/// A call that must not run twice.
pub(crate) struct Call<S, T, const LIMIT: usize = USUAL> {
    pub(crate) by: S,
    pub(crate) body: T,
    pub(crate) engine: Engine,
    pub(crate) key: Key,
}

/// Under what it must not run twice, and in which language it is answered.
pub(crate) struct Key {
    pub(crate) speech: Speech,
    request: idempotency::Request,
}

impl<S: Scoped, T: DeserializeOwned, const LIMIT: usize> FromRequest<AppState>
    for Call<S, T, LIMIT>
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let By(by) = By::<S>::from_request_parts(&mut parts, state).await?;
        let owner = by.partner().actor().name;
        let given = key_of(&parts)?;
        let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
        let speech = Speech::of(state, &parts.headers);
        let bytes = bytes::<LIMIT>(Request::from_parts(parts, body)).await?;
        let request = idempotency::Request::new(&owner, &given, method.as_str(), &path, &bytes);
        let body = from_json(&bytes)?;
        Ok(Self { by, body, engine: state.engine.clone(), key: Key { speech, request } })
    }
}

/// A call that must not run twice and brings a list: as JSON with all that goes with it, or as CSV with
/// the rest in its address.
pub(crate) struct Upload<S, P, const LIMIT: usize> {
    pub(crate) by: S,
    pub(crate) content: Content,
    pub(crate) params: P,
    pub(crate) engine: Engine,
    pub(crate) key: Key,
}

/// A body that is not read yet.
pub(crate) enum Content {
    Json(Bytes),
    Csv(Bytes),
}

impl<S: Scoped, P: DeserializeOwned + Send, const LIMIT: usize> FromRequest<AppState>
    for Upload<S, P, LIMIT>
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let By(by) = By::<S>::from_request_parts(&mut parts, state).await?;
        let owner = by.partner().actor().name;
        let given = key_of(&parts)?;
        let Params(params) = Params::<P>::from_request_parts(&mut parts, state).await?;
        let speech = Speech::of(state, &parts.headers);
        let kind: fn(Bytes) -> Content = match kind_of(&parts.headers).as_str() {
            "application/json" => Content::Json,
            "text/csv" => Content::Csv,
            _ => return Err(Problem::UnsupportedMediaType),
        };
        let bytes = read::<LIMIT>(body).await?;
        // What is in the address is said by the caller too.
        let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
        let method = parts.method.as_str();
        let request = idempotency::Request::new(&owner, &given, method, address, &bytes);
        let (engine, key) = (state.engine.clone(), Key { speech, request });
        Ok(Self { by, content: kind(bytes), params, engine, key })
    }
}

impl Key {
    /// Runs a use case once: `say` puts what comes of it into an answer, which the same request
    /// gets again byte for byte.
    pub(crate) async fn once<T, F>(
        self,
        say: impl Fn(&T, &Speech) -> Answer + Send + Sync + 'static,
        use_case: impl FnOnce(Once<T>) -> F,
    ) -> Result<Response, Problem>
    where
        F: Future<Output = engine::Result<T>>,
    {
        let Self { speech, request } = self;
        let once = Once::new(request, move |outcome: &engine::Result<T>| match outcome {
            Ok(value) => say(value, &speech),
            Err(error) => Problem::of(error).answer(&speech),
        });
        match use_case(once.clone()).await {
            Err(Error::Answered(answer)) => {
                let mut response = respond(answer);
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
                Ok(response)
            }
            Err(error) => Err(error.into()),
            value => Ok(respond(once.answer(&value))),
        }
    }
}

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// An answer on its way.
pub(crate) fn respond(answer: Answer) -> Response {
    let status = axum::http::StatusCode::from_u16(answer.status).unwrap_or_default();
    if answer.body.is_empty() {
        return status.into_response();
    }
    let kind = match status.is_success() {
        true => HeaderValue::from_static("application/json"),
        false => KIND,
    };
    (status, [(header::CONTENT_TYPE, kind)], answer.body).into_response()
}

/// What an address names; what cannot be the id of anything is not found.
pub(crate) fn known<T: FromStr>(id: &str) -> Result<T, Problem> {
    id.parse().map_err(|_| Problem::NotFound)
}

/// How what was made, or had been made before, is answered.
pub(crate) fn status(answer: Made) -> u16 {
    match answer {
        Made::Made => 201,
        Made::Known => 200,
    }
}

/// What is answered, as JSON.
pub(crate) fn told(status: u16, value: &impl serde::Serialize) -> Answer {
    // Shapes of ours always write: they hold text, numbers and lists.
    Answer { status, body: serde_json::to_string(value).unwrap_or_default() }
}

fn key_of(parts: &Parts) -> Result<String, Problem> {
    let given = parts.headers.get(IDEMPOTENCY_KEY).and_then(|key| key.to_str().ok());
    let is_fit = |key: &&str| (1..=KEY_MAX).contains(&key.len());
    given.map(str::trim).filter(is_fit).map(str::to_owned).ok_or(Problem::KeyRequired)
}

/// The body of a call that takes JSON.
async fn bytes<const LIMIT: usize>(request: Request) -> Result<Bytes, Problem> {
    let (parts, body) = request.into_parts();
    let bytes = read::<LIMIT>(body).await?;
    if !bytes.is_empty() && !is_json(&parts.headers) {
        return Err(Problem::UnsupportedMediaType);
    }
    Ok(bytes)
}

/// Whether a body says of itself that it is JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    kind_of(headers) == "application/json"
}

/// What a body says of itself, without what else is said of that; nothing where it says nothing.
pub(crate) fn kind_of(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

/// A whole body, unless it is larger than the call takes or breaks off.
pub(crate) async fn read<const LIMIT: usize>(body: axum::body::Body) -> Result<Bytes, Problem> {
    to_bytes(body, LIMIT).await.map_err(|error| {
        let is_long = std::error::Error::source(&error)
            .is_some_and(|cause| cause.is::<http_body_util::LengthLimitError>());
        match is_long {
            true => Problem::TooLarge { limit: LIMIT },
            false => Problem::Unreadable { path: String::new(), cause: "it broke off".to_owned() },
        }
    })
}
