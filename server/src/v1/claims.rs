//! Coupons taken by shoppers for whom the host shop vouches.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use domain::{actor::Claiming, template::Lane};
use engine::issuance::{self, tickets};
use engine::{pools, wallet};

use super::{
    Problems,
    call::{By, Call, known, told},
    reading::Reader,
    wire::coupon::{ClaimAsk, ClaimAsked, Claimed, Coupon, Ticket},
};
use crate::{problem::Problem, speech::Speech, state::AppState};

/// Claim a coupon
///
/// A template that has a link needs no token: the host shop vouches. One that is only granted is
/// not found. A pool code is a claim of its template; entered again by the shopper who has claimed
/// it, it answers with their coupon. Where no more may be had, `claim_limit_reached` tells in
/// `data.coupons` what is held already. `device` and `ip` are the shopper's own, as the host shop
/// knows them: the rules of risk count by them, and refuse `too_many_attempts`, `challenge_required`
/// or `risk_rejected`. A template whose `lane` is `queued` answers with a ticket (202), which is
/// settled in turn, and at once when its shopper comes by, or you ask for it, for their coupons or for
/// a quote of theirs; claimed again while it waits, it is the same one. Needs the scope `claim`.
#[utoipa::path(post, path = "/claims", tag = "shoppers", request_body = ClaimAsk,
    params(super::IdempotencyKey),
    responses(
        (status = 201, body = Coupon),
        (status = 202, description = "It waits in line", body = Ticket),
        Problems,
    ))]
pub(crate) async fn make(call: Call<Claiming, ClaimAsk>) -> Result<Response, Problem> {
    let Call { by, body, engine, key } = call;
    let ClaimAsked { shopper, what, via } = body.read(Reader::new(key.speech.currency()))?;
    let say = |coupon: &wallet::Coupon, speech: &Speech| told(201, &Coupon::of(coupon, speech));
    let template = match what {
        Claimed::Template(template) => template,
        Claimed::PoolCode(code) => {
            return key
                .once(say, async |once| {
                    let shopper = by.vouch_for(shopper);
                    let entered = pools::enter_keyed(&engine, &shopper, &code, via, Some(&once));
                    entered.await.map(|(coupon, _)| coupon)
                })
                .await;
        }
    };
    match tickets::lane(&engine, template).await? {
        Lane::Instant => {
            key.once(say, async |once| {
                issuance::claim_for(&engine, &by, shopper, template, via, Some(once)).await
            })
            .await
        }
        Lane::Queued => {
            let say = |ticket: &tickets::Ticket, speech: &Speech| {
                told(202, &Ticket::of(ticket, None, speech))
            };
            key.once(say, async |once| {
                tickets::accept_for(&engine, &by, shopper, template, via, Some(once)).await
            })
            .await
        }
    }
}

/// Read a ticket
///
/// It is settled now if it still waits, so that you need not ask again: with the coupon, or with the
/// refusal that a claim would have been answered with. That answer is final, and kept for 90 days.
/// Needs the scope `claim`.
#[utoipa::path(get, path = "/claims/{ticket}", tag = "shoppers",
    params(("ticket" = String, Path)), responses((status = 200, body = Ticket), Problems))]
pub(crate) async fn read(
    State(state): State<AppState>,
    By(partner): By<Claiming>,
    speech: Speech,
    Path(id): Path<String>,
) -> Result<Json<Ticket>, Problem> {
    let (ticket, coupon) = tickets::read(&state.engine, &partner, known(&id)?).await?;
    Ok(Json(Ticket::of(&ticket, coupon.as_ref(), &speech)))
}
