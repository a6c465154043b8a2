//! What an operator does to a single coupon, always with a reason.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    context::engine,
    form::{Form, done, escaped, form},
    session,
};
#[cfg(feature = "ssr")]
use domain::{
    Code,
    coupon::{Action, State},
};
#[cfg(feature = "ssr")]
use engine::{coupons, redemption::Answer};

/// Holds, frees or revokes a coupon.
#[server(endpoint = "coupons/act", prefix = "/api/fn")]
pub async fn act_on_coupon(
    #[server(default)] code: String,
    #[server(default)] action: String,
    #[server(default)] reason: String,
) -> Result<(), AppError> {
    let act = async {
        let guardian = session::guardian().await?;
        let code = read(&code)?;
        let action = Action::parse(&action).ok_or(AppError::Unreadable)?;
        let coupon = coupons::act(&engine(), &guardian, code, action, &reason).await?;
        let told = match (action, coupon.state) {
            (Action::Hold, _) => "ops-coupon-held",
            (Action::Free, State::Expired) => "ops-coupon-freed-expired",
            (Action::Free, _) => "ops-coupon-freed",
            (Action::Revoke, State::Locked) => "ops-coupon-revoked-locked",
            (Action::Revoke, _) => "ops-coupon-revoked",
        };
        Ok(done(()).saying(told).about("coupon"))
    };
    sent(&action, &code, &reason).answer(act).await
}

/// Gives up the lock of an order that will not be paid.
#[server(endpoint = "coupons/release-lock", prefix = "/api/fn")]
pub async fn release_lock(
    #[server(default)] code: String,
    #[server(default)] lock: String,
    #[server(default)] reason: String,
) -> Result<(), AppError> {
    let release = async {
        let guardian = session::guardian().await?;
        let lock = lock.parse().map_err(|_| AppError::NotFound)?;
        coupons::release_lock(&engine(), &guardian, domain::LockId(lock), &reason).await?;
        Ok(done(()).saying("ops-coupon-released").about("coupon"))
    };
    sent("release", &code, &reason).answer(release).await
}

/// Gives a coupon in the place of one that was lost.
#[server(endpoint = "coupons/replace", prefix = "/api/fn")]
pub async fn replace_coupon(
    #[server(default)] code: String,
    #[server(default)] reason: String,
) -> Result<(), AppError> {
    let replace = async {
        let guardian = session::guardian().await?;
        let (_, answer) = coupons::replace(&engine(), &guardian, read(&code)?, &reason).await?;
        let told = match answer {
            Answer::Made => "ops-coupon-replaced",
            Answer::Known => "ops-coupon-replaced-before",
        };
        Ok(done(()).saying(told).about("coupon"))
    };
    sent("replace", &code, &reason).answer(replace).await
}

#[cfg(feature = "ssr")]
fn read(code: &str) -> Result<Code, AppError> {
    Code::parse(code).ok_or(AppError::NotFound)
}

/// The form of one action on the page of a coupon.
#[cfg(feature = "ssr")]
fn sent(action: &str, code: &str, reason: &str) -> Form {
    // Longer than any action of ours is no name of a form.
    let action = action.get(..16).unwrap_or(action);
    form(format!("coupon-{action}"), &format!("/ops/coupons/{}", escaped(code)))
        .keep("reason", reason)
}
