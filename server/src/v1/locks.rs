//! Coupons reserved for an order.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use domain::{
    LockId,
    actor::{Following, Redeeming, Till},
};
use engine::redemption::{self, Answer};

use super::{
    Problems,
    call::{By, Call, known, status, told},
    reading::Reader,
    wire::order::{Lock, LockAsk},
};
use crate::{problem::Problem, speech::Speech, state::AppState};

/// Lock coupons for an order
///
/// The same order again, also after release or lapse, replaces its lock, which keeps its id (200).
/// Named coupons are locked all or none. Needs the scope `redeem`.
#[utoipa::path(post, path = "/locks", tag = "orders", request_body = LockAsk,
    params(super::IdempotencyKey),
    responses(
        (status = 201, body = Lock),
        (status = 200, description = "The order's lock was replaced", body = Lock),
        Problems,
    ))]
pub(crate) async fn make(call: Call<Redeeming, LockAsk>) -> Result<Response, Problem> {
    let Call { by, body, engine, key } = call;
    let (shopper, ask) = body.read(Reader::new(key.speech.currency()))?;
    let shopper = by.vouch_for(shopper);
    let say = |(lock, answer): &(redemption::Lock, Answer), speech: &Speech| {
        told(status(*answer), &Lock::of(lock, speech))
    };
    key.once(say, async |once| redemption::lock_keyed(&engine, &shopper, &ask, Some(&once)).await)
        .await
}

/// Read a lock
///
/// Needs the scope `redeem` or `read`.
#[utoipa::path(get, path = "/locks/{id}", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = Lock), Problems))]
pub(crate) async fn read(
    State(state): State<AppState>,
    By(partner): By<Following>,
    speech: Speech,
    Path(id): Path<String>,
) -> Result<Json<Lock>, Problem> {
    let id: LockId = known(&id)?;
    let lock = redemption::read_lock(&state.engine, &partner, id).await?;
    Ok(Json(Lock::of(&lock, &speech)))
}

/// Release a lock
///
/// Its coupons may be used again. One that is released already stays so. Needs the scope `redeem`.
#[utoipa::path(delete, path = "/locks/{id}", tag = "orders", params(("id" = String, Path)),
    responses((status = 204), Problems))]
pub(crate) async fn release(
    State(state): State<AppState>,
    By(partner): By<Redeeming>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id: LockId = known(&id)?;
    redemption::release(&state.engine, &Till::Partner(partner), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
