//! What a cart would come to; stores nothing.

use axum::{Json, extract::State};
use domain::actor::Quoting;
use engine::wallet;

use super::{
    Problems,
    call::{Body, By},
    reading::Reader,
    wire::quote::{Quote, QuoteAsk},
};
use crate::{problem::Problem, speech::Speech, state::AppState};

/// Quote a cart
///
/// What applies, what does not and why. Without `coupons` it is the best choice from the shopper's
/// wallet, and without a shopper the bare sums. Needs the scope `quote`.
#[utoipa::path(post, path = "/quotes", tag = "quotes", request_body = QuoteAsk,
    responses((status = 200, body = Quote), Problems))]
pub(crate) async fn quote(
    State(state): State<AppState>,
    By(partner): By<Quoting>,
    speech: Speech,
    Body(ask): Body<QuoteAsk>,
) -> Result<Json<Quote>, Problem> {
    let asked = ask.read(Reader::new(speech.currency()))?;
    let shopper = asked.shopper.map(|id| partner.vouch_for(id));
    let (coupons, channel) = (asked.coupons.as_deref(), asked.channel.as_ref());
    let (engine, shopper) = (&state.engine, shopper.as_ref());
    let quote = wallet::quote_at_till(engine, shopper, &asked.cart, coupons, channel).await?;
    Ok(Json(Quote::of(&quote, &speech)))
}
