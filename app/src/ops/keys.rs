//! The keys of order systems: made, shown once, revoked. For admins alone.

use axum::http::request::Parts;
use domain::actor::KeyScope;
use engine::partners::{self, Key};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::context::engine;
use crate::copy::{CopyCode, CopyWords};
use crate::failure::page;
use crate::flash::{Flash, flash};
use crate::locale::{t, t_with};
use crate::preferences::cookie;
use crate::server_fns::partners::{AddKey, RevokeKey};
use crate::session;
use crate::ui::{
    Button, Card, Chip, Empty, Errors, Field, Glyph, Hidden, Look, Moment, Notice, OpsFrame,
    PageHead, Said, Tone,
};

/// The form whose answer shows a new key.
pub const MADE: &str = "key-made";

/// Brings a new key to the page that shows it, without the store ever seeing it.
const COOKIE: &str = "made_key";

/// Hands a new key to the next page, which takes it within a minute or never.
pub fn hand_over(key: &str) {
    session::set_cookie(&format!("{COOKIE}={key}; Max-Age=60"));
}

/// The key that was handed over, once.
fn take() -> Option<String> {
    let is_key = |key: &&str| {
        key.len() <= 64 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    let found = with_context::<Parts, _>(|parts| {
        cookie(&parts.headers, COOKIE).filter(is_key).map(str::to_owned)
    });
    let found = found.flatten()?;
    session::set_cookie(&format!("{COOKIE}=; Max-Age=0"));
    Some(found)
}

/// `/ops/keys`
#[component]
pub fn KeysPage() -> impl IntoView {
    page(async {
        let admin = session::admin().await?;
        let keys = partners::list(&engine(), &admin).await?;
        let flash = flash().await;
        let of = |form: &str| if flash.form == form { flash.clone() } else { Flash::default() };
        let (made, adding, revoked) = (of(MADE), of("key-add"), of("keys"));
        // Whatever happens next, it is shown once.
        let key = take().filter(|_| made.form == MADE);
        let list = if keys.is_empty() {
            view! { <Empty glyph=Glyph::Key title=t("keys-none-title") text=t("keys-none") /> }
                .into_any()
        } else {
            let rows = keys.into_iter().map(row).collect_view();
            view! { <ul class="grid gap-3">{rows}</ul> }.into_any()
        };
        Ok(view! {
            <OpsFrame title=t("keys-title") here="/ops/keys">
                <PageHead title=t("keys-title") lead=t("keys-lead") />
                <div class="grid gap-4">
                    {shown(key, made)}
                    <Said flash=revoked />
                    <Adding flash=adding />
                    <section aria-label=t("keys-list")>{list}</section>
                </div>
            </OpsFrame>
        })
    })
}

/// A key that nobody can read again after this. Whoever comes too late to see it makes another.
fn shown(key: Option<String>, made: Flash) -> AnyView {
    let Some(key) = key else { return view! { <Said flash=made /> }.into_any() };
    let sentence = made.said().map(|(_, sentence)| sentence);
    let words = CopyWords {
        copy: t("key-copy"),
        label: t("key-copy-label"),
        copied: t("coupon-copied"),
        selected: t("coupon-selected"),
    };
    view! {
        <Notice tone=Tone::Ok focus=true>
            <p class="font-medium" dir="auto">
                {sentence}
            </p>
            <p>{t("key-once")}</p>
            <p class="mt-2 flex flex-wrap items-center gap-x-2">
                <code id="made-key" class="text-base font-semibold break-all select-all">
                    {key.clone()}
                </code>
                <CopyCode code=key of="made-key".to_owned() words=words />
            </p>
        </Notice>
    }
    .into_any()
}

/// What a scope opens, in a word and in a sentence.
fn scope_keys(scope: KeyScope) -> (&'static str, &'static str) {
    match scope {
        KeyScope::Quote => ("scope-quote", "scope-quote-opens"),
        KeyScope::Redeem => ("scope-redeem", "scope-redeem-opens"),
        KeyScope::Claim => ("scope-claim", "scope-claim-opens"),
        KeyScope::Grant => ("scope-grant", "scope-grant-opens"),
        KeyScope::Manage => ("scope-manage", "scope-manage-opens"),
        KeyScope::Read => ("scope-read", "scope-read-opens"),
    }
}

#[component]
fn Adding(flash: Flash) -> impl IntoView {
    let scope = |scope: KeyScope| {
        let is_ticked = flash.value(scope.as_str()).is_some();
        let (name, opens) = scope_keys(scope);
        view! {
            <label class="flex min-h-11 items-start gap-3 py-2">
                <input
                    type="checkbox"
                    name="scopes[]"
                    value=scope.as_str()
                    class="mt-1 h-4 w-4 shrink-0 accent-current text-accent"
                    checked=is_ticked
                />
                <span class="min-w-0">
                    <span class="font-medium">{t(name)}</span>
                    <code class="ml-2 text-sm text-muted">{scope.as_str()}</code>
                    <span class="block text-muted">{t(opens)}</span>
                </span>
            </label>
        }
    };
    let problem = flash.problem("scopes");
    let described = problem.is_some().then_some("scopes-problem");
    let labels = vec![("name", t("key-name")), ("scopes", t("key-scopes"))];
    let scopes = KeyScope::ALL.map(scope).collect_view();
    view! {
        <Errors flash=flash.clone() labels=labels />
        <Card title=t("keys-add")>
            <form method="post" action=AddKey::url() class="grid max-w-xl gap-4" autocomplete="off">
                <Field
                    name="name"
                    label=t("key-name")
                    hint=t("key-name-hint")
                    value=flash.value_or("name", "")
                    problem=flash.problem("name")
                    autocomplete="off"
                    required=true
                />
                <fieldset
                    id="scopes"
                    tabindex="-1"
                    aria-describedby=described
                >
                    <legend class="font-medium">{t("key-scopes")}</legend>
                    {scopes}
                    {problem
                        .map(|problem| {
                            view! {
                                <p id="scopes-problem" class="mt-1 text-sm text-danger">
                                    {problem}
                                </p>
                            }
                        })}
                </fieldset>
                <div>
                    <Button>{t("keys-add")}</Button>
                </div>
            </form>
        </Card>
    }
}

fn row(key: Key) -> impl IntoView {
    let scopes: Vec<String> = key.scopes.iter().map(|scope| t(scope_keys(*scope).0)).collect();
    let standing = match key.revoked_at {
        Some(at) => view! {
            <p class="flex flex-wrap items-center gap-2">
                <Chip>{t("key-is-revoked")}</Chip>
                <span class="text-muted">
                    <Moment at=at />
                </span>
            </p>
        }
        .into_any(),
        None => revoke(&key).into_any(),
    };
    view! {
        <li class="rounded-xl border border-line bg-surface p-4 shadow-sm">
            <h2 class="font-semibold break-words" dir="auto">
                {key.name.clone()}
            </h2>
            <p class="text-muted">
                {t("key-since")} " " <Moment at=key.created_at /> {t("separator")}
                {scopes.join(&t("sentence-list"))}
            </p>
            {standing}
        </li>
    }
}

/// What cannot be undone takes two steps, also without JavaScript.
fn revoke(key: &Key) -> impl IntoView + use<> {
    view! {
        <details>
            <summary class="inline-flex min-h-11 items-center font-medium text-danger">
                {t("key-revoke-ask")}
                <span class="sr-only">{format!(" {}", key.name)}</span>
            </summary>
            <p>{t_with("key-revoke-effect", [("name", key.name.clone().into())])}</p>
            <form method="post" action=RevokeKey::url() class="mt-2">
                <Hidden name="id" value=key.id.to_string() />
                <Button look=Look::Danger>{t("key-revoke")}</Button>
            </form>
        </details>
    }
}
