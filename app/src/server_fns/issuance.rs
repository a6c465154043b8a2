//! Claiming coupons.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    context::engine,
    form::{Done, done, form},
    locale, session,
    session::Pending,
};
#[cfg(feature = "ssr")]
use domain::TemplateId;
#[cfg(feature = "ssr")]
use engine::{issuance::Via, wallet::Coupon};

/// A shopper takes a coupon. Pressed by somebody who is not signed in, it is done right after that.
#[server(endpoint = "issuance/claim", prefix = "/api/fn")]
pub async fn claim(
    #[server(default)] template: String,
    #[server(default)] link: Option<String>,
) -> Result<(), AppError> {
    let template: Result<TemplateId, _> = template.parse().map_err(|_| AppError::NotFound);
    let place = template.as_ref().map_or_else(|_| "coupon".to_owned(), |id| self::place(*id));
    // A token is short; what is longer is none, and must not fill a session.
    let link = link.filter(|link| link.len() <= 64);
    let claim = async {
        let template = template?;
        if session::maybe_shopper().await?.is_none() {
            let claim = Some((template, link.clone()));
            session::postpone(&Pending { claim }).await?;
        }
        Ok(taken(&take(template, link).await?))
    };
    form(&place, "/").at(&place).answer(claim).await
}

#[cfg(feature = "ssr")]
pub(crate) async fn take(template: TemplateId, link: Option<String>) -> Result<Coupon, AppError> {
    let shopper = session::shopper().await?;
    let via = Via { channel: session::channel().await?, link };
    Ok(engine::issuance::claim(&engine(), &shopper, template, via).await?)
}

#[cfg(feature = "ssr")]
pub(crate) fn taken(coupon: &Coupon) -> Done<()> {
    match coupon.valid_until {
        Some(until) => {
            done(()).saying("claim-done-until").with("until", locale::last_minute(until))
        }
        None => done(()).saying("claim-done"),
    }
}

/// The id of a template's card on a page, and the name of the form on it.
#[cfg(feature = "ssr")]
pub fn place(template: TemplateId) -> String {
    format!("coupon-{template}")
}
