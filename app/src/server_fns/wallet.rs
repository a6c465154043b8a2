//! What a shopper wants of the coupons they hold.

use leptos::prelude::*;

use crate::AppError;

/// A shopper wants to be told before a coupon ends, or no longer.
#[server(endpoint = "wallet/remind", prefix = "/api/fn")]
pub async fn remind_of_end(
    #[server(default)] code: String,
    #[server(default)] off: bool,
) -> Result<(), AppError> {
    use crate::{
        context::engine,
        form::{done, form},
        session,
    };
    use domain::Code;
    use engine::wallet;

    let remind = async {
        let shopper = session::shopper().await?;
        let code = Code::parse(&code).ok_or(AppError::NotFound)?;
        wallet::remind(&engine(), &shopper, code, !off).await?;
        Ok(done(()))
    };
    form("remind-of-end", "/wallet").answer(remind).await
}
