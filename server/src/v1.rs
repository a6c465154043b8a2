//! The integration API: for order and payment systems. Handlers call into `engine` and put what
//! comes of it into the shapes of [`wire`]; `OpenApi` is generated from both.

pub(crate) mod call;
pub(crate) mod callbacks;
mod catalogue;
mod claims;
mod document;
mod grants;
mod locks;
mod objects;
mod paging;
mod pools;
mod quotes;
mod reading;
mod redemptions;
mod reports;
mod shoppers;
mod table;
mod templates;
#[cfg(test)]
mod tests;
pub(crate) mod wire;

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use app::{context::Tables, docs::ApiDocument};
use axum::{
    Json, Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::{any, get},
};
use serde_json::Value;
use tower::ServiceBuilder;
use tower_http::timeout::RequestBodyTimeoutLayer;
use tower_http::{catch_panic::CatchPanicLayer, trace::TraceLayer};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response as Described, ResponseBuilder};
use utoipa::{IntoParams, IntoResponses, OpenApi, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    problem::{self, Problem},
    router::{ANSWER_TIME, SENDING_PAUSE, UPLOAD_TIME, answered_within},
    security,
    speech::Speech,
    state::AppState,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Quan", description = "Coupons for order and payment systems."),
    components(schemas(problem::Told)),
    modifiers(&Secured),
    security(("key" = []))
)]
struct Document;

/// Every call, and the document that describes them.
fn described() -> (Router<AppState>, utoipa::openapi::OpenApi) {
    let calls = OpenApiRouter::new()
        .routes(routes!(quotes::quote))
        .routes(routes!(locks::make))
        .routes(routes!(locks::read, locks::release))
        .routes(routes!(redemptions::redeem))
        .routes(routes!(redemptions::redeem_at_once))
        .routes(routes!(redemptions::read))
        .routes(routes!(redemptions::give_back))
        .routes(routes!(callbacks::payments))
        .routes(routes!(claims::make))
        .routes(routes!(claims::read))
        .routes(routes!(shoppers::put))
        .routes(routes!(shoppers::coupons))
        .routes(routes!(shoppers::wallets))
        .routes(routes!(reports::order))
        .routes(routes!(reports::views))
        .routes(routes!(reports::ledger))
        .routes(routes!(reports::stages))
        .routes(routes!(templates::list, templates::make))
        .routes(routes!(templates::read, templates::edit))
        .routes(routes!(templates::publish))
        .routes(routes!(templates::pause))
        .routes(routes!(templates::end))
        .routes(routes!(pools::make, pools::list))
        .routes(routes!(pools::codes))
        .routes(routes!(grants::read_one))
        .routes(routes!(grants::failures))
        .layer(answered_within(ANSWER_TIME));
    let uploads = OpenApiRouter::new()
        .routes(routes!(grants::make))
        .routes(routes!(catalogue::put_categories))
        .routes(routes!(catalogue::put_products))
        .layer(answered_within(UPLOAD_TIME));
    let v1 = calls.merge(uploads);
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", v1).split_for_parts()
}

/// Reads a catalogue as CSV as its calls do, for the console.
pub(crate) fn tables() -> Tables {
    Tables {
        categories: table::of_csv::<wire::catalogue::Category>,
        products: table::of_csv::<wire::catalogue::Product>,
    }
}

/// The document, and what its page tells beside it.
pub(crate) fn document() -> ApiDocument {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| document::whole(&described().1));
    ApiDocument { document: &DOCUMENT, walk: include_str!("v1/walk.md") }
}

pub(crate) fn routes(state: &AppState) -> Router<AppState> {
    let (calls, _) = described();
    let guards = ServiceBuilder::new()
        .layer(from_fn(security::headers))
        .layer(TraceLayer::new_for_http())
        .layer(from_fn_with_state(state.clone(), speak))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(RequestBodyTimeoutLayer::new(SENDING_PAUSE));
    calls
        .route("/api/openapi.json", get(async || Json(document().document)))
        .route("/problems/{code}", get(async || Redirect::temporary("/api/docs#errors")))
        .route("/api", any(async || Problem::NotFound))
        .route("/api/", any(async || Problem::NotFound))
        .route("/api/{*unknown}", any(async || Problem::NotFound))
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(guards)
}

/// Puts problems into the caller's words, also those of layers that know none.
async fn speak(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let speech = Speech::of(&state, request.headers());
    let response = next.run(request).await;
    let response = match response.status() {
        // The time was over before there was an answer.
        StatusCode::SERVICE_UNAVAILABLE if response.extensions().get::<Problem>().is_none() => {
            Problem::Unavailable.into_response()
        }
        // A path that is no text: of nothing of ours.
        StatusCode::BAD_REQUEST if !problem::is_told(&response) => {
            Problem::NotFound.into_response()
        }
        _ => response,
    };
    problem::speak(response, &speech)
}

/// The panic itself is in the log already, right before the reference to it.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    let reference = app::AppError::log(&engine::Fault::new("the answer panicked"));
    Problem::Fault { reference }.into_response()
}

/// The key that a call must not run twice under.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it is described here and read by `Call`")]
pub(crate) struct IdempotencyKey {
    /// 1 to 255 characters; the same key with the same request gets the same answer for 24 hours.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255)]
    idempotency_key: String,
}

/// The problems that any call may answer with.
pub(crate) struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let schema = Ref::from_schema_name(problem::Told::name());
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let problem = |meaning: &str| {
            ResponseBuilder::new()
                .description(meaning)
                .content("application/problem+json", content.clone())
                .build()
        };
        MEANINGS.map(|(status, meaning)| (status.to_owned(), problem(meaning).into())).into()
    }
}

const MEANINGS: [(&str, &str); 12] = [
    ("400", "Unreadable, or an Idempotency-Key is missing"),
    ("401", "No key, or none that is good"),
    ("403", "The key does not open this, or the rules of risk say no"),
    ("404", "Not found"),
    ("409", "In conflict with what happened before"),
    ("410", "Over, gone or used up"),
    ("413", "Too large"),
    ("415", "Content of another type"),
    ("422", "Invalid, or refused by the rules"),
    ("429", "Too often; see Retry-After"),
    ("500", "Our fault; see reference"),
    ("503", "Not now; see Retry-After"),
];

struct Secured;

impl utoipa::Modify for Secured {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(bearer));
    }
}
