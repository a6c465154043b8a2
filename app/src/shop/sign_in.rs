//! Signing in to the shop, and creating an account.

use domain::Problem;
use engine::{demo::SHOPPERS, issuance::Via, offers};
use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    AppError,
    context::engine,
    doors::{Asked, Cast, Password, Person, beside},
    failure,
    flash::{Flash, Outcome, flash_of},
    form::see_other,
    locale::{name, t, t_with},
    server_fns::accounts::{SignIn, SignUp},
    session::{self, Pending},
    ui::{Button, Card, Errors, Field, Hidden, Notice, Said, ShopFrame, Tone},
};

/// `/sign-in`; `?to=` names the page to go on with.
#[component]
pub fn SignInPage() -> impl IntoView {
    let to = Asked::of_this_request().page();
    failure::page(async {
        if session::maybe_shopper().await?.is_some() {
            return Ok(led_past(to));
        }
        let flash = flash_of("sign-in").await;
        let (wrong, flash) = if flash.is_unknown() {
            let wrong =
                view! { <Notice tone=Tone::Danger focus=true>{t("sign-in-wrong")}</Notice> };
            (Some(wrong), Flash { outcome: Outcome::Fresh, ..flash })
        } else {
            (None, flash)
        };
        let why = why(to.is_some(), "sign-in-to-claim", "sign-in-first").await?;
        let labels = vec![("login", t("sign-in-login")), ("password", t("sign-in-password"))];
        let up = beside("/sign-up", to.as_ref());
        let cast = SHOPPERS.iter().map(|(login, called)| Person {
            login,
            press: t_with("cast-sign-in-as", [("name", name(called).into())]),
            may: None,
        });
        let cast = view! { <Cast people=cast.collect() action=SignIn::url() field="login" to=to.clone() /> };
        Ok(view! {
            <ShopFrame title=t("sign-in-title")>
                <div class=FORM_PAGE>
                    <h1 class="text-2xl font-semibold">{t("sign-in-title")}</h1>
                    {why.map(|why| view! { <Notice>{why}</Notice> })}
                    {wrong}
                    <Told flash=flash.clone() labels=labels />
                    <Card>
                        <form
                            method="post"
                            action=SignIn::url()
                            class="grid gap-4"
                            autocapitalize="none"
                            spellcheck="false"
                        >
                            <Login flash=flash.clone() />
                            <Password
                                label=t("sign-in-password")
                                autocomplete="current-password"
                                problem=flash.problem("password")
                            />
                            <To page=to />
                            <Button>{t("sign-in-press")}</Button>
                        </form>
                    </Card>
                    <p class="text-muted">
                        {t("sign-in-no-account")} " " <a class=LINK href=up>
                            {t("sign-up-title")}
                        </a>
                    </p>
                    {cast}
                </div>
            </ShopFrame>
        }
        .into_any())
    })
}

/// `/sign-up`
#[component]
pub fn SignUpPage() -> impl IntoView {
    let to = Asked::of_this_request().page();
    failure::page(async {
        if session::maybe_shopper().await?.is_some() {
            return Ok(led_past(to));
        }
        let flash = flash_of("sign-up").await;
        let why = why(to.is_some(), "sign-up-to-claim", "sign-up-first").await?;
        let labels = vec![
            ("login", t("sign-in-login")),
            ("password", t("sign-in-password")),
            ("name", t("sign-up-name")),
        ];
        let sign_in = beside("/sign-in", to.as_ref());
        let is_taken = flash.fields().iter().any(|wrong| wrong.problem == Problem::Taken);
        let is_yours = is_taken.then(|| {
            let href = sign_in.clone();
            view! {
                <Notice>
                    {t("sign-up-taken")} " " <a class=LINK href=href>
                        {t("sign-in-title")}
                    </a>
                </Notice>
            }
        });
        Ok(view! {
            <ShopFrame title=t("sign-up-title")>
                <div class=FORM_PAGE>
                    <h1 class="text-2xl font-semibold">{t("sign-up-title")}</h1>
                    {why.map(|why| view! { <Notice>{why}</Notice> })}
                    <Told flash=flash.clone() labels=labels />
                    {is_yours}
                    <Card>
                        <form method="post" action=SignUp::url() class="grid gap-4">
                            <Login flash=flash.clone() />
                            <Password
                                label=t("sign-in-password")
                                autocomplete="new-password"
                                hint=t("sign-up-password-hint")
                                problem=flash.problem("password")
                            />
                            <Field
                                name="name"
                                label=t("sign-up-name")
                                hint=t("sign-up-name-hint")
                                value=flash.value_or("name", "")
                                problem=flash.problem("name")
                                autocomplete="nickname"
                            />
                            <To page=to />
                            <Button>{t("sign-up-press")}</Button>
                        </form>
                    </Card>
                    <p class="text-muted">
                        {t("sign-up-account")} " " <a class=LINK href=sign_in>
                            {t("sign-in-title")}
                        </a>
                    </p>
                </div>
            </ShopFrame>
        }
        .into_any())
    })
}

const FORM_PAGE: &str = class!("mx-auto max-w-md space-y-4");
const LINK: &str = class!("inline-flex min-h-11 items-center font-medium text-accent underline");

/// Whoever is signed in has nothing to do here.
fn led_past(to: Option<String>) -> AnyView {
    see_other(to.as_deref().unwrap_or("/"));
    ().into_any()
}

/// Why somebody was sent here, if they were: to claim one coupon, or for anything else.
async fn why(
    is_sent: bool,
    to_claim: &'static str,
    first: &'static str,
) -> Result<Option<String>, AppError> {
    let pending = session::pending().await?;
    let has_pressed = !pending.claims.is_empty() || pending.reminder.is_some();
    if let Some(title) = pending_title(pending).await? {
        return Ok(Some(t_with(to_claim, [("title", title.into())])));
    }
    Ok((is_sent || has_pressed).then(|| t(first)))
}

/// What the one coupon is called that waits to be claimed, where anybody may know of it.
async fn pending_title(pending: Pending) -> Result<Option<String>, AppError> {
    let [template] = pending.claims[..] else {
        return Ok(None);
    };
    let channel = session::channel().await?;
    let via = Via { channel, link: pending.link, ..Via::default() };
    match offers::card(&engine(), None, template, &via).await {
        Ok(card) => Ok(Some(name(card.template.draft().title()))),
        Err(engine::Error::Missing) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// How the last form went: what to put right, or what is done.
#[component]
fn Told(flash: Flash, labels: Vec<(&'static str, String)>) -> impl IntoView {
    if flash.error().is_some() {
        view! { <Errors flash=flash labels=labels /> }.into_any()
    } else {
        view! { <Said flash=flash /> }.into_any()
    }
}

#[component]
fn To(page: Option<String>) -> impl IntoView {
    page.map(|page| view! { <Hidden name="to" value=page /> })
}

#[component]
fn Login(flash: Flash) -> impl IntoView {
    view! {
        <Field
            name="login"
            label=t("sign-in-login")
            value=flash.value_or("login", "")
            problem=flash.problem("login")
            autocomplete="username"
            inputmode="email"
            required=true
        />
    }
}
