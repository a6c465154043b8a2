//! What the doors of both halves have in common: the field for a password, and the way in for
//! whoever tries the demo.

use axum::{extract::Query, http::request::Parts};
use engine::demo::PASSWORD;
use leptos::prelude::*;
use serde::Deserialize;

use crate::{
    context::IsDemo,
    form::{door, is_own_page, leading_to},
    locale::t,
    password::PasswordInput,
    ui::{Button, Card, Hidden, Look},
};

/// What the address of a door may say. The router's own reading would decode it twice.
#[derive(Default, Deserialize)]
pub struct Asked {
    to: Option<String>,
    /// What the host shop vouches by.
    pub token: Option<String>,
}

impl Asked {
    pub fn of_this_request() -> Self {
        let read = |parts: &Parts| Query::try_from_uri(&parts.uri).ok();
        let read: Option<Query<Self>> = with_context::<Parts, _>(read).flatten();
        read.map(|Query(asked)| asked).unwrap_or_default()
    }

    /// The page to go on with, if it is one of ours behind this door.
    pub fn page(&self) -> Option<String> {
        let to = self.to.clone()?;
        let here = with_context::<Parts, _>(|parts| door(parts.uri.path()))?;
        (is_own_page(&to) && door(&to) == here).then_some(to)
    }
}

/// The address of another page before the same door, which knows the way on as well.
pub fn beside(page: &str, to: Option<&String>) -> String {
    to.map_or_else(|| page.to_owned(), |to| leading_to(page, to))
}

/// A labelled password with what is wrong beside it.
#[component]
pub fn Password(
    label: String,
    autocomplete: &'static str,
    problem: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
) -> impl IntoView {
    let described =
        [hint.as_ref().map(|_| "password-hint"), problem.as_ref().map(|_| "password-problem")];
    let described: Vec<&str> = described.into_iter().flatten().collect();
    let described = (!described.is_empty()).then(|| described.join(" "));
    view! {
        <div>
            <label class="font-medium" for="password">
                {label}
            </label>
            {hint.map(|hint| view! { <p id="password-hint" class="text-sm text-muted">{hint}</p> })}
            <PasswordInput
                name="password".to_owned()
                autocomplete=autocomplete.to_owned()
                is_wrong=problem.is_some()
                described=described
                show=t("password-show")
            />
            {problem
                .map(|problem| {
                    view! {
                        <p id="password-problem" class="mt-1 text-sm text-danger">
                            {problem}
                        </p>
                    }
                })}
        </div>
    }
}

/// Somebody of the demo's cast.
pub struct Person {
    pub login: &'static str,
    /// On the button that signs them in.
    pub press: String,
    /// What they may do, where that differs.
    pub may: Option<String>,
}

/// Everybody whom one press signs in, with the cast's password; nobody where the store is no demo.
#[component]
pub fn Cast(
    people: Vec<Person>,
    action: &'static str,
    /// The form's field for a login.
    field: &'static str,
    to: Option<String>,
) -> impl IntoView {
    if use_context::<IsDemo>() != Some(IsDemo(true)) {
        return None;
    }
    let person = |Person { login, press, may }: Person| {
        // On a phone buttons stand below what is said, beside a short sentence too.
        let said = match may {
            Some(_) => class!("w-full min-w-0 sm:w-auto"),
            None => class!("min-w-0"),
        };
        view! {
            <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3 sm:flex-nowrap">
                <div class=said>
                    <p class="font-medium">{login}</p>
                    {may.map(|may| view! { <p class="text-sm text-muted">{may}</p> })}
                </div>
                <form method="post" action=action class="shrink-0">
                    <Hidden name=field value=login />
                    <Hidden name="password" value=PASSWORD />
                    {to.clone().map(|to| view! { <Hidden name="to" value=to /> })}
                    <Button look=Look::Secondary>{press}</Button>
                </form>
            </li>
        }
    };
    let people = people.into_iter().map(person).collect_view();
    Some(view! {
        <Card title=t("cast-title")>
            <p class="text-muted">
                {t("cast-hint")} {t("colon")}
                <code class="whitespace-nowrap text-text">{PASSWORD}</code>
            </p>
            <ul class="mt-3 divide-y divide-y-reverse divide-line">{people}</ul>
        </Card>
    })
}
