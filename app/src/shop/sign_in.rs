//! Signing in to the shop, and opening an account.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    failure,
    flash::{Flash, Outcome, flash_of},
    locale::t,
    server_fns::accounts::{SignIn, SignUp},
    session,
    ui::{Button, Card, Errors, Field, Notice, ShopFrame, Tone},
};

/// `/sign-in`
#[component]
pub fn SignInPage() -> impl IntoView {
    failure::page(async {
        let flash = flash_of("sign-in").await;
        let (unknown, flash) = if flash.is_unknown() {
            let unknown = view! { <Notice tone=Tone::Danger>{t("sign-in-wrong")}</Notice> };
            (Some(unknown), Flash { outcome: Outcome::Fresh, ..flash })
        } else {
            (None, flash)
        };
        let is_sent_here = session::pending().await?.page.is_some();
        let first = (is_sent_here && unknown.is_none())
            .then(|| view! { <Notice>{t("sign-in-first")}</Notice> });
        let labels = vec![("login", t("sign-in-login")), ("password", t("sign-in-password"))];
        Ok(view! {
            <ShopFrame title=t("sign-in-title")>
                <div class=FORM_PAGE>
                    <h1 class="text-2xl font-semibold">{t("sign-in-title")}</h1>
                    {first}
                    {unknown}
                    <Errors flash=flash.clone() labels=labels />
                    <Card>
                        <form method="post" action=SignIn::url() class="grid gap-4">
                            <Login flash=flash.clone() />
                            <Field
                                name="password"
                                label=t("sign-in-password")
                                kind="password"
                                problem=flash.problem("password")
                                autocomplete="current-password"
                                required=true
                            />
                            <Button>{t("sign-in-press")}</Button>
                        </form>
                    </Card>
                    <p class="text-muted">
                        {t("sign-in-no-account")} " " <a class=LINK href="/sign-up">
                            {t("sign-up-title")}
                        </a>
                    </p>
                </div>
            </ShopFrame>
        })
    })
}

/// `/sign-up`
#[component]
pub fn SignUpPage() -> impl IntoView {
    failure::page(async {
        let flash = flash_of("sign-up").await;
        let labels = vec![
            ("login", t("sign-in-login")),
            ("password", t("sign-in-password")),
            ("name", t("sign-up-name")),
        ];
        Ok(view! {
            <ShopFrame title=t("sign-up-title")>
                <div class=FORM_PAGE>
                    <h1 class="text-2xl font-semibold">{t("sign-up-title")}</h1>
                    <Errors flash=flash.clone() labels=labels />
                    <Card>
                        <form method="post" action=SignUp::url() class="grid gap-4">
                            <Login flash=flash.clone() />
                            <Field
                                name="password"
                                label=t("sign-in-password")
                                kind="password"
                                hint=t("sign-up-password-hint")
                                problem=flash.problem("password")
                                autocomplete="new-password"
                                required=true
                            />
                            <Field
                                name="name"
                                label=t("sign-up-name")
                                hint=t("sign-up-name-hint")
                                value=flash.value_or("name", "")
                                problem=flash.problem("name")
                                autocomplete="nickname"
                            />
                            <Button>{t("sign-up-press")}</Button>
                        </form>
                    </Card>
                    <p class="text-muted">
                        {t("sign-up-account")} " " <a class=LINK href="/sign-in">
                            {t("sign-in-title")}
                        </a>
                    </p>
                </div>
            </ShopFrame>
        })
    })
}

const FORM_PAGE: &str = class!("mx-auto grid max-w-md gap-4");
const LINK: &str = class!("inline-flex min-h-11 items-center font-medium text-accent underline");

#[component]
fn Login(flash: Flash) -> impl IntoView {
    view! {
        <Field
            name="login"
            label=t("sign-in-login")
            value=flash.value_or("login", "")
            problem=flash.problem("login")
            autocomplete="username"
            required=true
        />
    }
}
