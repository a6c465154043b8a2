//! Pages that say why there is no page, and the way out.

use std::future::Future;

use leptos::prelude::*;

use crate::{
    AppError,
    area::Area,
    form::{is_own_page, see_other, set_status, sign_in_page},
    locale::{self, t},
    session::{self, Pending},
    ui::{LinkButton, OpsFrame, ShopFrame},
};

/// The content of a page once it is loaded, or the page for what went wrong. Whoever should sign in
/// first is sent to do so and comes back.
pub fn page<V: IntoView + 'static>(
    load: impl Future<Output = Result<V, AppError>> + Send + 'static,
) -> impl IntoView {
    Suspend::new(async move {
        match load.await {
            Ok(page) => page.into_any(),
            Err(error) => fail(error).await.into_any(),
        }
    })
}

#[component]
pub fn NotFoundPage() -> impl IntoView {
    set_status(AppError::NotFound.status());
    view! { <FailurePage error=AppError::NotFound /> }
}

async fn fail(error: AppError) -> impl IntoView {
    if error == AppError::SignIn {
        let here = here();
        see_other(sign_in_page(&here));
        if let Ok(pending) = session::pending().await {
            // Without it signing in still works; it then leads to the first page.
            let page = Some(here).filter(|here| is_own_page(here));
            let _ = session::postpone(&Pending { page, ..pending }).await;
        }
    } else {
        set_status(error.status());
    }
    view! { <FailurePage error=error /> }
}

#[component]
fn FailurePage(error: AppError) -> impl IntoView {
    let (title, text) = match &error {
        AppError::NotFound => (t("not-found-title"), t("not-found-text")),
        AppError::Forbidden => (t("forbidden-title"), locale::error(&error)),
        error => (t("fault-title"), locale::error(error)),
    };
    let body = |way_out: &'static str, key: &'static str| {
        view! {
            <h1 class="text-2xl font-semibold">{title.clone()}</h1>
            <p class="mt-2 mb-6 text-muted">{text}</p>
            <LinkButton href=way_out>{t(key)}</LinkButton>
        }
    };
    match Area::of(&here()) {
        Area::Shop => {
            let body = body("/", "not-found-way-out");
            view! { <ShopFrame title=title>{body}</ShopFrame> }.into_any()
        }
        Area::Ops => {
            let body = body("/ops", "not-found-way-out-ops");
            view! { <OpsFrame title=title>{body}</OpsFrame> }.into_any()
        }
    }
}

/// The address being answered.
fn here() -> String {
    with_context::<axum::http::request::Parts, _>(|parts| {
        parts.uri.path_and_query().map_or("/".to_owned(), ToString::to_string)
    })
    .unwrap_or_else(|| "/".to_owned())
}
