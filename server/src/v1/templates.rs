//! What is designed: drafts, their revisions, and the life of a template.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use domain::{
    actor::{Managing, Seeing},
    template::Action,
};
use engine::templates;

use super::{
    IdempotencyKey, Problems,
    call::{Body, By, Call, known, told},
    paging::{Page, PageAsk, Params},
    reading::Reader,
    wire::{
        Nothing,
        template::{Draft, Edit, Template},
    },
};
use crate::{problem::Problem, speech::Speech, state::AppState};

/// A draft may name 20,000 products on each side.
const DRAFT: usize = 4 * 1024 * 1024;

/// List templates
///
/// Newest first. Needs the scope `read` or `manage`.
#[utoipa::path(get, path = "/templates", tag = "templates", params(PageAsk),
    responses((status = 200, body = Page<Template>), Problems))]
pub(crate) async fn list(
    State(state): State<AppState>,
    By(partner): By<Seeing>,
    speech: Speech,
    Params(ask): Params<PageAsk>,
) -> Result<Json<Page<Template>>, Problem> {
    let engine = &state.engine;
    let (after, limit) = ask.read(Reader::new(speech.currency()))?;
    // One more than is shown says whether there is a next page.
    let found = templates::made_before(engine, &partner, after, u64::from(limit) + 1).await?;
    let shown = &found[..found.len().min(limit as usize)];
    let next = shown.last().filter(|_| shown.len() < found.len()).map(|last| last.id);
    let items = shown.iter().map(|template| Template::of(template, &speech)).collect();
    Ok(Json(Page::new(items, next.as_ref())))
}

/// Make a template
///
/// It is a draft, which nobody can claim before it is published. Needs the scope `manage`.
#[utoipa::path(post, path = "/templates", tag = "templates", params(IdempotencyKey),
    request_body = Draft, responses((status = 201, body = Template), Problems))]
pub(crate) async fn make(call: Call<Managing, Draft, DRAFT>) -> Result<Response, Problem> {
    let Call { by, body, engine, key } = call;
    let draft = body.read_new(Reader::new(key.speech.currency()))?;
    let say = |made: &templates::Template, speech: &Speech| told(201, &Template::of(made, speech));
    key.once(say, async |once| templates::create_keyed(&engine, &by, &draft, Some(&once)).await)
        .await
}

/// Read a template
///
/// Needs the scope `read` or `manage`.
#[utoipa::path(get, path = "/templates/{id}", tag = "templates", params(("id" = String, Path)),
    responses((status = 200, body = Template), Problems))]
pub(crate) async fn read(
    State(state): State<AppState>,
    By(partner): By<Seeing>,
    speech: Speech,
    Path(id): Path<String>,
) -> Result<Json<Template>, Problem> {
    let template = templates::read(&state.engine, &partner, known(&id)?).await?;
    Ok(Json(Template::of(&template, &speech)))
}

/// Edit a template
///
/// The whole draft, with the `revision` that was read: another one is `stale_revision`. It becomes a
/// new revision; coupons, locks and orders keep theirs. What changes nothing makes none. Needs the
/// scope `manage`.
#[utoipa::path(put, path = "/templates/{id}", tag = "templates", params(("id" = String, Path)),
    request_body = Edit, responses((status = 200, body = Template), Problems))]
pub(crate) async fn edit(
    State(state): State<AppState>,
    By(partner): By<Managing>,
    speech: Speech,
    Path(id): Path<String>,
    Body(body): Body<Draft, DRAFT>,
) -> Result<Json<Template>, Problem> {
    let (edits, draft) = body.read_edit(Reader::new(speech.currency()))?;
    let edited = templates::edit(&state.engine, &partner, known(&id)?, edits, &draft).await?;
    Ok(Json(Template::of(&edited, &speech)))
}

/// Publish a template
///
/// It goes live at once, also one that was paused; where approval is needed, into review. Needs the
/// scope `manage`.
#[utoipa::path(post, path = "/templates/{id}/publish", tag = "templates",
    params(("id" = String, Path), IdempotencyKey), request_body = Nothing,
    responses((status = 200, body = Template), Problems))]
pub(crate) async fn publish(
    Path(id): Path<String>,
    call: Call<Managing, Nothing>,
) -> Result<Response, Problem> {
    act(&id, call, Action::Publish).await
}

/// Pause a template
///
/// Nobody can claim until it is published again; coupons stay good. Needs the scope `manage`.
#[utoipa::path(post, path = "/templates/{id}/pause", tag = "templates",
    params(("id" = String, Path), IdempotencyKey), request_body = Nothing,
    responses((status = 200, body = Template), Problems))]
pub(crate) async fn pause(
    Path(id): Path<String>,
    call: Call<Managing, Nothing>,
) -> Result<Response, Problem> {
    act(&id, call, Action::Pause).await
}

/// End a template
///
/// For good; coupons stay good. Needs the scope `manage`.
#[utoipa::path(post, path = "/templates/{id}/end", tag = "templates",
    params(("id" = String, Path), IdempotencyKey), request_body = Nothing,
    responses((status = 200, body = Template), Problems))]
pub(crate) async fn end(
    Path(id): Path<String>,
    call: Call<Managing, Nothing>,
) -> Result<Response, Problem> {
    act(&id, call, Action::End).await
}

async fn act(id: &str, call: Call<Managing, Nothing>, action: Action) -> Result<Response, Problem> {
    let Call { by, engine, key, .. } = call;
    let id = known(id)?;
    let say =
        |moved: &templates::Template, speech: &Speech| told(200, &Template::of(moved, speech));
    let act = async |once| templates::act_keyed(&engine, &by, id, action, Some(&once)).await;
    key.once(say, act).await
}
