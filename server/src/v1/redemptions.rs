//! Orders that are paid, and what of them goes back.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use domain::{
    LockId, RedemptionId,
    actor::{Following, Redeeming, Till},
};
use engine::{
    idempotency::Answer as Told,
    redemption::{self, Answer},
};

use super::{
    Problems,
    call::{By, Call, known, status, told},
    reading::Reader,
    wire::redemption::{PaidOrder, Payment, Redemption, ReturnAsk, Returned},
};
use crate::{problem::Problem, speech::Speech, state::AppState};

/// Redeem a lock
///
/// The order is paid. It is never failed for a coupon's sake: where a payment comes after the lock
/// ended and the coupons are gone, `outcome` is `exception` and `reason` says why. The same payment
/// again gets the same answer (200); another one on a redeemed lock is `state_conflict`. Needs the
/// scope `redeem`.
#[utoipa::path(post, path = "/locks/{id}/redemption", tag = "orders", request_body = Payment,
    params(("id" = String, Path), super::IdempotencyKey),
    responses(
        (status = 201, body = Redemption),
        (status = 200, description = "This payment had redeemed it", body = Redemption),
        Problems,
    ))]
pub(crate) async fn redeem(
    Path(id): Path<String>,
    call: Call<Redeeming, Payment>,
) -> Result<Response, Problem> {
    let Call { by, body, engine, key } = call;
    let lock: LockId = known(&id)?;
    let payment = body.read(Reader::new(key.speech.currency()))?;
    let till = Till::Partner(by);
    key.once(say_paid, async |once| {
        redemption::redeem_keyed(&engine, &till, lock, &payment, Some(&once)).await
    })
    .await
}

/// Redeem in one step
///
/// Quote, lock and redeem at once, for shops without a payment step. Named coupons are used all or
/// none. The same payment of the same order again gets the same answer (200). Needs the scope
/// `redeem`.
#[utoipa::path(post, path = "/redemptions", tag = "orders", request_body = PaidOrder,
    params(super::IdempotencyKey),
    responses(
        (status = 201, body = Redemption),
        (status = 200, description = "This payment had redeemed it", body = Redemption),
        Problems,
    ))]
pub(crate) async fn redeem_at_once(call: Call<Redeeming, PaidOrder>) -> Result<Response, Problem> {
    let Call { by, body, engine, key } = call;
    let (shopper, ask, payment) = body.read(Reader::new(key.speech.currency()))?;
    let shopper = by.vouch_for(shopper);
    key.once(say_paid, async |once| {
        redemption::redeem_at_once_keyed(&engine, &shopper, &ask, &payment, Some(&once)).await
    })
    .await
}

fn say_paid((paid, answer): &(redemption::Redemption, Answer), speech: &Speech) -> Told {
    told(status(*answer), &Redemption::of(paid, speech))
}

/// Read a redemption
///
/// With the split over lines and units, and all refunds so far. Needs the scope `redeem` or `read`.
#[utoipa::path(get, path = "/redemptions/{id}", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = Redemption), Problems))]
pub(crate) async fn read(
    State(state): State<AppState>,
    By(partner): By<Following>,
    speech: Speech,
    Path(id): Path<String>,
) -> Result<Json<Redemption>, Problem> {
    let id: RedemptionId = known(&id)?;
    let paid = redemption::read_redemption(&state.engine, &partner, id).await?;
    Ok(Json(Redemption::of(&paid, &speech)))
}

/// Give back
///
/// Units go back earliest first and pay their price less their share of the discount; all refunds
/// of an order sum to what was paid. Without lines, everything that is left goes back. A coupon
/// comes back with the last unit it covered, where it is still valid. The same refund again gets the
/// same answer (200); more than was bought is `invalid`. Needs the scope `redeem`.
#[utoipa::path(post, path = "/redemptions/{id}/returns", tag = "orders", request_body = ReturnAsk,
    params(("id" = String, Path), super::IdempotencyKey),
    responses(
        (status = 201, body = Returned),
        (status = 200, description = "This refund was made before", body = Returned),
        Problems,
    ))]
pub(crate) async fn give_back(
    Path(id): Path<String>,
    call: Call<Redeeming, ReturnAsk>,
) -> Result<Response, Problem> {
    let Call { by, body, engine, key } = call;
    let id: RedemptionId = known(&id)?;
    let (refund, request) = body.read(Reader::new(key.speech.currency()))?;
    let till = Till::Partner(by);
    let lock = redemption::read_redemption(&engine, &till, id).await?.lock;
    let say = |(returned, answer): &(redemption::Returned, Answer), speech: &Speech| {
        told(status(*answer), &Returned::of(returned, speech))
    };
    key.once(say, async |once| {
        redemption::give_back_keyed(&engine, &till, lock, &refund, &request, Some(&once)).await
    })
    .await
}
