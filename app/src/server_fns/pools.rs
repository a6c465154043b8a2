//! Entering pool codes.

use leptos::prelude::*;

use crate::AppError;

/// A longer text is no code, and must not fill a session.
#[cfg(feature = "ssr")]
const TYPED_MAX: usize = 64;

/// A shopper enters a code made in advance, and goes on to the coupon it is.
#[server(endpoint = "pools/enter", prefix = "/api/fn")]
pub async fn enter_pool_code(#[server(default)] code: String) -> Result<(), AppError> {
    use crate::{
        context::engine,
        form::{done, form},
        server_fns::issuance::taken,
        session,
    };
    use domain::{Problem, Refusal};
    use engine::{pools, redemption::Answer};

    let typed: String = code.chars().take(TYPED_MAX).collect();
    let enter = async {
        let (shopper, via) = (session::shopper().await?, session::via().await?);
        if code.trim().is_empty() {
            return Err(Refusal::invalid("code", Problem::Required).into());
        }
        let (coupon, answer) = pools::enter(&engine(), &shopper, &code, via).await?;
        let said = match answer {
            Answer::Made => taken(&coupon),
            Answer::Known => done(()).saying("pool-known"),
        };
        Ok(said.then(format!("/wallet/{}", coupon.code)))
    };
    form("pool-code", "/wallet").keep("code", typed).at("pool-code").answer(enter).await
}
