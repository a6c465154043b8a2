//! Pages that say why there is no page, and the way out.

use std::future::Future;

use axum::http::StatusCode;
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::provide_meta_context;

use crate::{
    AppError,
    area::Area,
    form::{here, is_own_page, see_other, set_status, sign_in_page},
    locale::{self, t},
    session,
    ui::{BareFrame, LinkButton, Look, OpsFrame, ShopFrame, TornTicket},
};

/// What the server answers before any page is reached: a guard refused the request, or it broke. A
/// request that carries this is answered with the page that says so.
#[derive(Clone, Debug)]
pub struct Failure {
    pub status: StatusCode,
    /// Where the log has the cause.
    pub error: Option<AppError>,
}

/// The content of a page once it is loaded, or the page for what went wrong. Whoever should sign in
/// first is sent to do so and comes back. Claims that a shopper has waiting are settled before any page
/// of the shop is read.
pub fn page<V: IntoView + 'static>(
    load: impl Future<Output = Result<V, AppError>> + Send + 'static,
) -> impl IntoView {
    Suspend::new(async move {
        if Area::of(&here()) == Area::Shop {
            session::catch_up().await;
        }
        match load.await {
            Ok(page) => page.into_any(),
            Err(error) => fail(error).into_any(),
        }
    })
}

#[component]
pub fn NotFoundPage() -> impl IntoView {
    set_status(AppError::NotFound.status());
    said(&AppError::NotFound).page()
}

fn fail(error: AppError) -> impl IntoView {
    if error == AppError::SignIn {
        see_other(&sign_in_page(&here()));
    } else {
        set_status(error.status());
    }
    said(&error).page()
}

/// The page for what a guard of the server refused.
#[component]
pub(crate) fn GuardPage(failure: Failure) -> impl IntoView {
    provide_meta_context();
    set_status(failure.status);
    match &failure.error {
        Some(error) => said(error),
        None => told(failure.status),
    }
    .page()
}

/// What a browser shows in the place of any page that it cannot reach (`frontend/sw.js`). An empty
/// address is the one that was asked for. Nothing else of ours is there then, so the one line that asks
/// again once there is a connection stands in the page itself, under the nonce that is kept with it.
#[component]
pub fn OfflinePage() -> impl IntoView {
    let nonce = use_nonce();
    view! {
        <BareFrame title=t("offline-title")>
            <div class=TORN>
                <TornTicket />
                <h1 class="mt-6 text-2xl font-semibold">{t("offline-title")}</h1>
                <p class="mt-2 max-w-prose text-muted">{t("offline-text")}</p>
                <p class="mt-2 max-w-prose text-muted">{t("offline-form")}</p>
                <div class="mt-6">
                    <LinkButton href="">{t("try-again")}</LinkButton>
                </div>
            </div>
            <script nonce=nonce>{r#"addEventListener("online", () => location.reload())"#}</script>
        </BareFrame>
    }
}

const TORN: &str = class!("flex flex-col items-center py-8 text-center");

/// What such a page says, and whether asking again may help.
struct Saying {
    title: String,
    text: String,
    again: bool,
}

fn said(error: &AppError) -> Saying {
    let (title, again) = match error {
        AppError::NotFound => return told(StatusCode::NOT_FOUND),
        AppError::Forbidden => ("forbidden-title", false),
        AppError::Fault { .. } | AppError::Offline | AppError::Unavailable => ("fault-title", true),
        AppError::Refused { .. } | AppError::SignIn | AppError::Unreadable => {
            ("fault-title", false)
        }
    };
    Saying { title: t(title), text: locale::error(error), again }
}

fn told(status: StatusCode) -> Saying {
    let (title, text, again) = match status {
        StatusCode::NOT_FOUND => ("not-found-title", "not-found-text", false),
        StatusCode::FORBIDDEN => ("foreign-title", "foreign-text", false),
        StatusCode::METHOD_NOT_ALLOWED => ("method-title", "method-text", false),
        StatusCode::PAYLOAD_TOO_LARGE => ("large-title", "large-text", false),
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => ("slow-title", "slow-text", true),
        status if status.is_client_error() => ("unreadable-title", "unreadable-text", false),
        _ => ("fault-title", "fault-text", true),
    };
    Saying { title: t(title), text: t(text), again }
}

impl Saying {
    fn page(self) -> AnyView {
        let Self { title, text, again } = self;
        let here = here();
        let area = Area::of(&here);
        let (home, key) = match area {
            Area::Shop => ("/", "not-found-way-out"),
            Area::Ops => ("/ops", "not-found-way-out-ops"),
        };
        // Asking again for an address of forms would only lead to the next such page.
        let again = (again && is_own_page(&here)).then(|| {
            view! { <LinkButton href=here>{t("try-again")}</LinkButton> }
        });
        let look = if again.is_some() { Look::Secondary } else { Look::Primary };
        let body = view! {
            <div class=TORN>
                <TornTicket />
                <h1 class="mt-6 text-2xl font-semibold">{title.clone()}</h1>
                // A form that answers in place tells it from here (`shop/live.rs`).
                <p id="failure" class="mt-2 max-w-prose text-muted">
                    {text}
                </p>
                <div class="mt-6 flex flex-wrap justify-center gap-3">
                    {again}
                    <LinkButton look=look href=home>
                        {t(key)}
                    </LinkButton>
                </div>
            </div>
        };
        match area {
            Area::Shop => view! { <ShopFrame title=title>{body}</ShopFrame> }.into_any(),
            Area::Ops => view! { <OpsFrame title=title>{body}</OpsFrame> }.into_any(),
        }
    }
}
