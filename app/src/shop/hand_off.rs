//! The host shop hands a shopper over.

use axum::http::{Method, StatusCode, request::Parts};
use domain::Refusal;
use leptos::prelude::*;

use crate::{
    AppError,
    context::engine,
    doors::{Asked, beside},
    failure,
    form::{lead_on, set_status},
    locale::t,
    server_fns::accounts::go_on,
    session,
    ui::{LinkButton, ShopFrame},
};

/// `/sign-in/hand-off?token=…`; `&to=` names the page to go on with. It signs in and leads on; the
/// page that follows says who is signed in.
#[component]
pub fn HandOffPage() -> impl IntoView {
    let asked = Asked::of_this_request();
    let to = asked.page();
    let is_asked_for =
        with_context::<Parts, _>(|parts| parts.method == Method::GET).unwrap_or_default();
    let token = asked.token.unwrap_or_default();
    failure::page(async move {
        if !is_asked_for {
            // Programs that look after links ask for the head alone; that must not use one up.
            return Ok(refused(to));
        }
        let shopper = match engine::accounts::hand_off(&engine(), &token).await {
            Err(engine::Error::Refused(Refusal::NotFound)) => return Ok(refused(to)),
            handed => handed?,
        };
        session::sign_in(&shopper).await?;
        let name = engine::accounts::account(&engine(), &shopper).await?.name;
        let name = name.unwrap_or_else(|| shopper.id.to_string());
        let done = go_on(to.as_deref().unwrap_or("/"), "hand-off-done").await?;
        lead_on("sign-in", done.with("name", name)).await?;
        Ok::<_, AppError>(().into_any())
    })
}

/// The same whatever was wrong; the log knows.
fn refused(to: Option<String>) -> AnyView {
    set_status(StatusCode::GONE);
    view! {
        <ShopFrame title=t("hand-off-refused-title")>
            <h1 class="text-2xl font-semibold">{t("hand-off-refused-title")}</h1>
            <p class="mt-2 mb-6 text-muted">{t("hand-off-refused-text")}</p>
            <LinkButton href=beside("/sign-in", to.as_ref())>{t("sign-in-title")}</LinkButton>
        </ShopFrame>
    }
    .into_any()
}
