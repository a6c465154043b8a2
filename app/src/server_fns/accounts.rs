//! Signing up, in and out, for shoppers and for operators.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    context::engine,
    form::{Done, done, form, is_own_page, sign_in_page},
    server_fns::issuance,
    session,
};

/// Opens an account and signs its shopper in.
#[server(endpoint = "accounts/sign-up", prefix = "/api/fn")]
pub async fn sign_up(
    #[server(default)] login: String,
    #[server(default)] password: String,
    #[server(default)] name: String,
) -> Result<(), AppError> {
    let sign_up = async {
        let shopper = engine::accounts::sign_up(&engine(), &login, &password, &name).await?;
        session::sign_in(&shopper).await?;
        go_on("/", "sign-up-done").await
    };
    form("sign-up", "/sign-up").keep("login", &login).keep("name", &name).answer(sign_up).await
}

/// Signs a shopper in, and does what they were about to do.
#[server(endpoint = "accounts/sign-in", prefix = "/api/fn")]
pub async fn sign_in(
    #[server(default)] login: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    let sign_in = async {
        let shopper = engine::accounts::sign_in(&engine(), &login, &password).await?;
        session::sign_in(&shopper).await?;
        go_on("/", "sign-in-done").await
    };
    form("sign-in", "/sign-in").keep("login", &login).answer(sign_in).await
}

/// Signs the shopper out.
#[server(endpoint = "accounts/sign-out", prefix = "/api/fn")]
pub async fn sign_out() -> Result<(), AppError> {
    let sign_out = async {
        session::sign_out().await?;
        Ok(done(()).then("/"))
    };
    form("sign-out", "/").answer(sign_out).await
}

/// Signs an operator in.
#[server(endpoint = "accounts/operator-sign-in", prefix = "/api/fn")]
pub async fn operator_sign_in(
    #[server(default)] email: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    let sign_in = async {
        let operator = engine::accounts::operator_sign_in(&engine(), &email, &password).await?;
        session::operator_sign_in(&operator).await?;
        let pending = session::resume().await?;
        Ok(done(()).then(page_or(pending.page, "/ops")))
    };
    form("operator-sign-in", "/ops/sign-in").keep("email", &email).answer(sign_in).await
}

/// Signs the operator out.
#[server(endpoint = "accounts/operator-sign-out", prefix = "/api/fn")]
pub async fn operator_sign_out() -> Result<(), AppError> {
    let sign_out = async {
        session::operator_sign_out().await?;
        Ok(done(()).then("/ops/sign-in"))
    };
    form("operator-sign-out", "/ops").answer(sign_out).await
}

/// Does what the shopper was about to do before they were asked to sign in.
#[cfg(feature = "ssr")]
async fn go_on(otherwise: &str, message: &str) -> Result<Done<()>, AppError> {
    let pending = session::resume().await?;
    let page = page_or(pending.page, otherwise);
    let Some((template, link)) = pending.claim else {
        return Ok(done(()).saying(message).then(page));
    };
    let taken = match issuance::take(template, link).await {
        Ok(coupon) => issuance::taken(&coupon),
        // The sign-in went well whatever became of the claim; the page tells of the claim.
        Err(error) => done(()).failing(error),
    };
    let place = issuance::place(template);
    Ok(taken.about(&place).then(format!("{page}#{place}")))
}

/// A page kept from before, if it is behind the door just passed: the other half has its own.
#[cfg(feature = "ssr")]
fn page_or(page: Option<String>, otherwise: &str) -> String {
    let is_here = |page: &String| sign_in_page(page) == sign_in_page(otherwise);
    page.filter(|page| is_own_page(page)).filter(is_here).unwrap_or_else(|| otherwise.to_owned())
}
