//! The door of the console.

use engine::demo::OPERATORS;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::operators::role_may_key;
use crate::AppError;
use crate::doors::{Asked, Cast, Password, Person};
use crate::failure::page;
use crate::flash::flash_of;
use crate::form::see_other;
use crate::locale::{self, t, t_with};
use crate::server_fns::accounts::OperatorSignIn;
use crate::session;
use crate::ui::{Button, Card, Field, Hidden, Notice, OpsFrame, Said, Tone};

/// `/ops/sign-in`; `?to=` names the page to go on with.
#[component]
pub fn OpsSignInPage() -> impl IntoView {
    let to = Asked::of_this_request().page();
    page(async {
        match session::operator().await {
            Err(AppError::SignIn) => {}
            Err(error) => return Err(error),
            Ok(_) => {
                see_other(to.as_deref().unwrap_or("/ops"));
                return Ok(().into_any());
            }
        }
        let flash = flash_of("operator-sign-in").await;
        let email = flash.value_or("email", "");
        let said = if flash.is_unknown() {
            view! { <Notice tone=Tone::Danger focus=true>{t("ops-sign-in-wrong")}</Notice> }
                .into_any()
        } else {
            view! { <Said flash=flash /> }.into_any()
        };
        let unsent = session::has_unsent(to.as_deref().unwrap_or("/ops")).await?;
        let unsent = unsent.then(|| view! { <Notice>{t("ops-sign-in-unsent")}</Notice> });
        let cast = OPERATORS.iter().map(|(login, _, role)| Person {
            login,
            press: t_with("cast-sign-in-as", [("name", locale::role(*role).into())]),
            may: Some(t(role_may_key(*role))),
        });
        let cast = view! { <Cast people=cast.collect() action=OperatorSignIn::url() field="email" to=to.clone() /> };
        Ok(view! {
            <OpsFrame title=t("ops-sign-in-title")>
                <div class="mx-auto grid max-w-md gap-4">
                    <h1 class="text-2xl font-semibold">{t("ops-sign-in-title")}</h1>
                    {said}
                    {unsent}
                    <Card>
                        <form method="post" action=OperatorSignIn::url() class="grid gap-4">
                            <Field
                                name="email"
                                label=t("ops-sign-in-email")
                                kind="email"
                                value=email
                                problem=None
                                autocomplete="username"
                                required=true
                            />
                            <Password
                                label=t("ops-sign-in-password")
                                autocomplete="current-password"
                                problem=None
                            />
                            {to.map(|to| view! { <Hidden name="to" value=to /> })}
                            <Button>{t("ops-sign-in")}</Button>
                        </form>
                    </Card>
                    {cast}
                </div>
            </OpsFrame>
        }
        .into_any())
    })
}
