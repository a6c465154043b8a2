//! Coupons taken by shoppers for whom the host shop vouches.

use axum::response::Response;
use domain::actor::Claiming;
use engine::{issuance, pools, wallet};

use super::{
    Problems,
    call::{Call, told},
    reading::Reader,
    wire::coupon::{ClaimAsk, ClaimAsked, Claimed, Coupon},
};
use crate::{problem::Problem, speech::Speech};

/// Claim a coupon
///
/// A template that has a link needs no token: the host shop vouches. One that is only granted is
/// not found. A pool code is a claim of its template; entered again by the shopper who has claimed
/// it, it answers with their coupon. Where no more may be had, `claim_limit_reached` tells in
/// `data.coupons` what is held already. `device` and `ip` are the shopper's own, as the host shop
/// knows them: the rules of risk count by them, and refuse `too_many_attempts`, `challenge_required`
/// or `risk_rejected`. Needs the scope `claim`.
#[utoipa::path(post, path = "/claims", tag = "shoppers", request_body = ClaimAsk,
    params(super::IdempotencyKey),
    responses((status = 201, body = Coupon), Problems))]
pub(crate) async fn make(call: Call<Claiming, ClaimAsk>) -> Result<Response, Problem> {
    let Call { by, body, engine, key } = call;
    let ClaimAsked { shopper, what, via } = body.read(Reader::new(key.speech.currency()))?;
    let say = |coupon: &wallet::Coupon, speech: &Speech| told(201, &Coupon::of(coupon, speech));
    key.once(say, async |once| match what {
        Claimed::Template(template) => {
            issuance::claim_for(&engine, &by, shopper, template, via, Some(once)).await
        }
        Claimed::PoolCode(code) => {
            let shopper = by.vouch_for(shopper);
            let entered = pools::enter_keyed(&engine, &shopper, &code, via, Some(&once)).await;
            entered.map(|(coupon, _)| coupon)
        }
    })
    .await
}
