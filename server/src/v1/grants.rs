//! Coupons given to many at once, checked and run in the background.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use domain::actor::{Granting, Tracking};
use engine::grants::{self, Ask};
use tokio::task::spawn_blocking;

use super::{
    IdempotencyKey, Problems,
    call::{By, Content, Upload, known, told},
    reading::{Reader, from_json},
    wire::grant::{Grant, GrantAsk, ListAsk},
};
use crate::{
    downloads::{self, For},
    problem::Problem,
    speech::Speech,
    state::AppState,
};

/// A million references of usual length.
const LIST: usize = 32 * 1024 * 1024;

/// Give coupons
///
/// To the shoppers in a list, as JSON, or as CSV with a column `shopper` and the template in the
/// address; or to whoever is in a segment. The list is checked first and then gone through in the
/// background, each shopper once, by the rules of a claim: who is blocked or denied, the audience, limits
/// per shopper and stock hold, while the claim window, channels and the shop-wide daily limit do not bind
/// what is given. Ask with the id how far it is. Needs the scope `grant`.
#[utoipa::path(post, path = "/grants", tag = "grants", params(ListAsk, IdempotencyKey),
    request_body(content((GrantAsk = "application/json"), (String = "text/csv"))),
    responses((status = 202, body = Grant), Problems))]
pub(crate) async fn make(upload: Upload<Granting, ListAsk, LIST>) -> Result<Response, Problem> {
    let Upload { by, content, params, engine, key } = upload;
    let reader = Reader::new(key.speech.currency());
    // Long enough to be in the way of others, who take turns on this thread.
    let ask = spawn_blocking(move || read(content, params, reader)).await;
    let ask = ask.map_err(engine::Error::from)??;
    let say = |grant: &grants::Grant, _: &Speech| told(202, &Grant::of(grant));
    key.once(say, async |once| grants::create_keyed(&engine, &by, ask, Some(&once)).await).await
}

fn read(content: Content, params: ListAsk, reader: Reader) -> Result<Ask, Problem> {
    match content {
        Content::Json(bytes) => from_json::<GrantAsk>(&bytes)?.read(reader),
        Content::Csv(bytes) => {
            let text = std::str::from_utf8(&bytes);
            params.read(text.map_err(|error| Problem::unreadable("", error.to_string()))?, reader)
        }
    }
}

/// Read a grant
///
/// Where it stands and how far it is. Needs the scope `grant` or `read`.
#[utoipa::path(get, path = "/grants/{id}", tag = "grants", params(("id" = String, Path)),
    responses((status = 200, body = Grant), Problems))]
pub(crate) async fn read_one(
    State(state): State<AppState>,
    By(partner): By<Tracking>,
    Path(id): Path<String>,
) -> Result<Json<Grant>, Problem> {
    let grant = grants::read(&state.engine, &partner, known(&id)?).await?;
    Ok(Json(Grant::of(&grant)))
}

/// Read the failures of a grant
///
/// As CSV: the place in the list, the shopper as named there, the code of the refusal and a sentence.
/// Cells that a spreadsheet would take for a formula begin with an apostrophe. Needs the scope `grant`
/// or `read`.
#[utoipa::path(get, path = "/grants/{id}/failures.csv", tag = "grants",
    params(("id" = String, Path)),
    responses((status = 200, body = String, content_type = "text/csv"), Problems))]
pub(crate) async fn failures(
    State(state): State<AppState>,
    By(partner): By<Tracking>,
    speech: Speech,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let grant = grants::read(&state.engine, &partner, known(&id)?).await?;
    Ok(downloads::failures(state.engine, partner, grant.id, speech, For::Programs))
}
