//! Signing up, in and out, for shoppers and for operators.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    context::{client_address, engine},
    form::{Done, done, door, form, is_own_page, sign_in_page},
    server_fns::issuance,
    session,
};
#[cfg(feature = "ssr")]
use engine::offers;

/// Opens an account and signs its shopper in. `to` is the page to go on with.
#[server(endpoint = "accounts/sign-up", prefix = "/api/fn")]
pub async fn sign_up(
    #[server(default)] login: String,
    #[server(default)] password: String,
    #[server(default)] name: String,
    #[server(default)] to: String,
) -> Result<(), AppError> {
    let page = page_or(&to, "/");
    let sign_up = async {
        let shopper = engine::accounts::sign_up(&engine(), &login, &password, &name).await?;
        session::sign_in(&shopper).await?;
        go_on(&page, "sign-up-done").await
    };
    let door = sign_in_page(&page).replacen("/sign-in", "/sign-up", 1);
    form("sign-up", &door).keep("login", &login).keep("name", &name).answer(sign_up).await
}

/// Signs a shopper in, and does what they were about to do. `to` is the page to go on with.
#[server(endpoint = "accounts/sign-in", prefix = "/api/fn")]
pub async fn sign_in(
    #[server(default)] login: String,
    #[server(default)] password: String,
    #[server(default)] to: String,
) -> Result<(), AppError> {
    let page = page_or(&to, "/");
    let sign_in = async {
        let shopper =
            engine::accounts::sign_in_from(&engine(), client_address(), &login, &password).await?;
        session::sign_in(&shopper).await?;
        go_on(&page, "sign-in-done").await
    };
    form("sign-in", &sign_in_page(&page)).keep("login", &login).answer(sign_in).await
}

/// Signs the shopper out.
#[server(endpoint = "accounts/sign-out", prefix = "/api/fn")]
pub async fn sign_out() -> Result<(), AppError> {
    let sign_out = async {
        session::sign_out().await?;
        Ok(done(()).saying("sign-out-done").then("/"))
    };
    form("sign-out", "/").answer(sign_out).await
}

/// Signs the shopper out on every device.
#[server(endpoint = "accounts/sign-out-everywhere", prefix = "/api/fn")]
pub async fn sign_out_everywhere() -> Result<(), AppError> {
    let sign_out = async {
        let shopper = session::shopper().await?;
        engine::sessions::end_all_of(&engine(), &shopper).await?;
        session::sign_out().await?;
        Ok(done(()).saying("sign-out-everywhere-done").about("sign-in").then("/sign-in"))
    };
    form("account", "/account").answer(sign_out).await
}

/// Signs an operator in. `to` is the page to go on with.
#[server(endpoint = "accounts/operator-sign-in", prefix = "/api/fn")]
pub async fn operator_sign_in(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] to: String,
) -> Result<(), AppError> {
    let page = page_or(&to, "/ops");
    let door = sign_in_page(&page);
    let sign_in = async {
        let operator =
            engine::accounts::operator_sign_in_from(&engine(), client_address(), &email, &password)
                .await?;
        session::operator_sign_in(&operator).await?;
        session::refill(&operator, &page).await?;
        Ok(done(()).then(page))
    };
    form("operator-sign-in", &door).keep("email", &email).answer(sign_in).await
}

/// Signs the operator out.
#[server(endpoint = "accounts/operator-sign-out", prefix = "/api/fn")]
pub async fn operator_sign_out() -> Result<(), AppError> {
    let sign_out = async {
        session::operator_sign_out().await?;
        let told = done(()).saying("sign-out-done").about("operator-sign-in");
        Ok(told.then("/ops/sign-in"))
    };
    form("operator-sign-out", "/ops").answer(sign_out).await
}

/// Signs the operator out on every device.
#[server(endpoint = "accounts/operator-sign-out-everywhere", prefix = "/api/fn")]
pub async fn operator_sign_out_everywhere() -> Result<(), AppError> {
    let sign_out = async {
        let operator = session::operator().await?;
        engine::accounts::operators::sign_out_everywhere(&engine(), &operator).await?;
        session::operator_sign_out().await?;
        let told = done(()).saying("sign-out-everywhere-done").about("operator-sign-in");
        Ok(told.then("/ops/sign-in"))
    };
    form("operator", "/ops/operators").answer(sign_out).await
}

/// Does what the shopper was about to do before they were asked to sign in, and goes on with `page`.
#[cfg(feature = "ssr")]
pub(crate) async fn go_on(page: &str, message: &str) -> Result<Done<()>, AppError> {
    let pending = session::resume().await?;
    let (shopper, via) = (session::shopper().await?, issuance::via(pending.link).await?);
    if let Some((template, is_wanted)) = pending.reminder {
        let kept = offers::remind(&engine(), &shopper, template, &via, is_wanted).await;
        // The card says that they will be reminded; only that they will not has to be told.
        let told = match kept {
            Ok(()) => done(()),
            Err(error) => done(()).failing(error.into()),
        };
        let place = issuance::place(template);
        return Ok(told.about(&place).then(format!("{page}#{place}")));
    }
    let template = match pending.claims.as_slice() {
        [] => return Ok(done(()).saying(message).then(page)),
        [template] => *template,
        all => {
            let told = issuance::take_all(&shopper, all, &via).await?;
            return Ok(told.about("claim-all").then(page));
        }
    };
    let taken = match issuance::take(&shopper, template, &via, None).await {
        Ok(taken) => issuance::told_of(&taken),
        // The sign-in went well whatever became of the claim; the page tells of the claim.
        Err(error) => done(()).failing(error),
    };
    let place = issuance::place(template);
    Ok(taken.about(&place).then(format!("{page}#{place}")))
}

/// The page to go on with, if it is behind the door just passed: the other half has its own.
#[cfg(feature = "ssr")]
pub(crate) fn page_or(page: &str, otherwise: &str) -> String {
    let is_here = is_own_page(page) && door(page) == door(otherwise);
    if is_here { page.to_owned() } else { otherwise.to_owned() }
}
