//! The door of the console.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::failure::page;
use crate::flash::flash_of;
use crate::locale::t;
use crate::server_fns::accounts::OperatorSignIn;
use crate::ui::{Button, Field, Notice, OpsFrame, Said, Tone};

#[component]
pub fn OpsSignInPage() -> impl IntoView {
    page(async {
        let flash = flash_of("operator-sign-in").await;
        let email = flash.value_or("email", "");
        let said = if flash.is_unknown() {
            view! { <Notice tone=Tone::Danger>{t("ops-sign-in-wrong")}</Notice> }.into_any()
        } else {
            view! { <Said flash=flash /> }.into_any()
        };
        Ok(view! {
            <OpsFrame title=t("ops-sign-in-title")>
                <div class="mx-auto max-w-sm">
                    <h1 class="text-2xl font-semibold">{t("ops-sign-in-title")}</h1>
                    <div class="mt-4">{said}</div>
                    <form
                        method="post"
                        action=OperatorSignIn::url()
                        class="mt-4 space-y-4 rounded-xl border border-line bg-surface p-4 shadow-sm"
                    >
                        <Field
                            name="email"
                            label=t("ops-sign-in-email")
                            kind="email"
                            value=email
                            problem=None
                            autocomplete="username"
                            required=true
                        />
                        <Field
                            name="password"
                            label=t("ops-sign-in-password")
                            kind="password"
                            problem=None
                            autocomplete="current-password"
                            required=true
                        />
                        <Button>{t("ops-sign-in")}</Button>
                    </form>
                </div>
            </OpsFrame>
        })
    })
}
