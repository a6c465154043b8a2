//! The host shop hands a shopper over.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    AppError,
    context::engine,
    doors::{beside, page_to},
    failure,
    form::{lead_on, set_status},
    locale::t,
    server_fns::accounts::go_on,
    session,
    ui::{LinkButton, ShopFrame},
};
use axum::http::StatusCode;
use domain::Refusal;

/// `/sign-in/hand-off?token=…`; `&to=` names the page to go on with. It signs in and leads on; the
/// page that follows says who is signed in.
#[component]
pub fn HandOffPage() -> impl IntoView {
    let token = use_query_map().with_untracked(|query| query.get("token")).unwrap_or_default();
    let to = page_to();
    failure::page(async move {
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
