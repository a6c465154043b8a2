//! Codes made in advance.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use domain::actor::{Managing, Seeing};
use engine::{pools, templates};

use super::{
    IdempotencyKey, Problems,
    call::{By, Call, known, told},
    paging::Page,
    wire::grant::{Pool, PoolAsk},
};
use crate::{
    downloads::{self, For},
    problem::Problem,
    speech::Speech,
    state::AppState,
};

/// Make pool codes
///
/// Up to 1,000,000 of a template that is live or paused, in the background. They take its stock as
/// they are made; whoever enters one first claims the template. Needs the scope `manage`.
#[utoipa::path(post, path = "/templates/{id}/pool", tag = "templates",
    params(("id" = String, Path), IdempotencyKey), request_body = PoolAsk,
    responses((status = 202, body = Pool), Problems))]
pub(crate) async fn make(
    Path(id): Path<String>,
    call: Call<Managing, PoolAsk>,
) -> Result<Response, Problem> {
    let Call { by, body, engine, key } = call;
    let id = known(&id)?;
    let say = |pool: &pools::Pool, _: &Speech| told(202, &Pool::of(pool));
    let ask = async |once| pools::ask_keyed(&engine, &by, id, body.count, Some(&once)).await;
    key.once(say, ask).await
}

/// List the pools of a template
///
/// Those asked for last, newest first, and how far each is. Needs the scope `read` or `manage`.
#[utoipa::path(get, path = "/templates/{id}/pool", tag = "templates",
    params(("id" = String, Path)), responses((status = 200, body = Page<Pool>), Problems))]
pub(crate) async fn list(
    State(state): State<AppState>,
    By(partner): By<Seeing>,
    Path(id): Path<String>,
) -> Result<Json<Page<Pool>>, Problem> {
    let template = templates::read(&state.engine, &partner, known(&id)?).await?;
    let pools = pools::list(&state.engine, &partner, template.id).await?;
    Ok(Json(Page::after(pools.iter().map(Pool::of).collect(), None)))
}

/// Read the codes of a template
///
/// All there are by now, as CSV: each with its state, `unclaimed`, `claimed` or `revoked`, and when it
/// was made. Needs the scope `manage`.
#[utoipa::path(get, path = "/templates/{id}/pool.csv", tag = "templates",
    params(("id" = String, Path)),
    responses((status = 200, body = String, content_type = "text/csv"), Problems))]
pub(crate) async fn codes(
    State(state): State<AppState>,
    By(partner): By<Managing>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let template = templates::read(&state.engine, &partner, known(&id)?).await?;
    Ok(downloads::codes(state.engine, partner, template.id, For::Programs))
}
