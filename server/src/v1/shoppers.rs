//! Shoppers as the host shop knows them, and what they hold.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::ShopperId;
use domain::actor::{Managing, Reading};
use engine::{shoppers, wallet};

use super::{
    Problems,
    call::{Body, By},
    paging::{Page, Params},
    reading::Reader,
    wire::coupon::{self, Coupon, WalletAsk, Wallets, WalletsAsk},
    wire::shopper::{Shopper, ShopperSaid},
};
use crate::{problem::Problem, speech::Speech, state::AppState};

/// Say who a shopper is
///
/// A shopper need not be introduced: this makes one known who is not, and changes what is said of
/// one who is. What is not said stays as it is. Needs the scope `manage`.
#[utoipa::path(put, path = "/shoppers/{id}", tag = "shoppers", request_body = ShopperSaid,
    params(("id" = String, Path)), responses((status = 200, body = Shopper), Problems))]
pub(crate) async fn put(
    State(state): State<AppState>,
    By(partner): By<Managing>,
    speech: Speech,
    Path(id): Path<String>,
    Body(said): Body<ShopperSaid>,
) -> Result<Json<Shopper>, Problem> {
    let id = read_id(&id, &speech)?;
    let profile = shoppers::put(&state.engine, &partner, &id, &said.into()).await?;
    Ok(Json(Shopper::of(profile)))
}

/// List a shopper's coupons
///
/// Every state unless one is asked for, newest first. States are as of this moment. Needs the scope
/// `read`.
#[utoipa::path(get, path = "/shoppers/{id}/coupons", tag = "shoppers",
    params(("id" = String, Path), WalletAsk),
    responses((status = 200, body = Page<Coupon>), Problems))]
pub(crate) async fn coupons(
    State(state): State<AppState>,
    By(partner): By<Reading>,
    speech: Speech,
    Path(id): Path<String>,
    Params(ask): Params<WalletAsk>,
) -> Result<Json<Page<Coupon>>, Problem> {
    let id = read_id(&id, &speech)?;
    let asked = ask.read(Reader::new(speech.currency()))?;
    let (engine, after) = (&state.engine, asked.after);
    let page = wallet::list(engine, &partner, &id, asked.state, after, asked.limit).await?;
    Ok(Json(coupon::page(&page, &speech)))
}

/// Read many wallets
///
/// Needs the scope `read`.
#[utoipa::path(post, path = "/wallets/query", tag = "shoppers", request_body = WalletsAsk,
    responses((status = 200, body = Wallets), Problems))]
pub(crate) async fn wallets(
    State(state): State<AppState>,
    By(partner): By<Reading>,
    speech: Speech,
    Body(ask): Body<WalletsAsk>,
) -> Result<Json<Wallets>, Problem> {
    let (shoppers, wanted) = ask.read(Reader::new(speech.currency()))?;
    let wallets = wallet::list_many(&state.engine, &partner, &shoppers, wanted).await?;
    Ok(Json(Wallets::of(&wallets, &speech)))
}

fn read_id(id: &str, speech: &Speech) -> Result<ShopperId, Problem> {
    let mut reader = Reader::new(speech.currency());
    let read = reader.text("id", id);
    reader.done(read)
}
