//! One endpoint: what is known of it, what an admin can do about it, and what it was told.

use std::collections::BTreeSet;

use domain::{Refusal, Time, WebhookId};
use engine::webhooks::{self, Off, Show, Topic, Webhook};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::log::Log;
use super::{Standing, Topics, topic_name};
use crate::AppError;
use crate::context::engine;
use crate::failure::page;
use crate::flash::{Flash, Outcome, flash_of};
use crate::locale::t;
use crate::ops::operators::one::{asked_first, in_two_steps};
use crate::server_fns::webhooks::{
    ChangeWebhook, DeleteWebhook, RotateWebhook, SwitchWebhook, TestWebhook,
};
use crate::session;
use crate::ui::{
    Button, Card, Field, Hidden, Look, Moment, Notice, OpsFrame, PageHead, Said, Tone,
};

/// `/ops/webhooks/{id}`
#[component]
pub fn WebhookPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let query = use_query_map().get_untracked();
    page(async move {
        let operator = session::operator().await?;
        let id: WebhookId = id.parse().map_err(|_| AppError::NotFound)?;
        let show = match query.get("show").as_deref() {
            Some("failed") => Show::Failed,
            _ => Show::All,
        };
        let before = query.get("before").and_then(|before| before.parse().ok());
        let engine = engine();
        let webhook = webhooks::read(&engine, &operator, id).await?;
        let (deliveries, next) = webhooks::deliveries(&engine, &operator, id, show, before).await?;
        let flash = flash_of("webhook").await;
        let may_administer = operator.role.can_administer();
        let may_replay = may_administer && webhook.off.is_none();
        let back = ("/ops/webhooks".to_owned(), t("webhooks-title"));
        let actions = may_administer
            .then(|| view! { <Actions webhook=webhook.clone() flash=flash.clone() /> });
        Ok(view! {
            <OpsFrame title=webhook.url.clone() here="/ops/webhooks">
                <div class="break-all">
                    <PageHead title=webhook.url.clone() back=back />
                </div>
                <div class="space-y-4">
                    <Told flash=flash.clone() />
                    <Secret flash=flash />
                    <div class="grid items-start gap-4 lg:grid-cols-3">
                        <div class="min-w-0 space-y-4 lg:col-start-3">
                            <Facts webhook=webhook />
                            {actions}
                        </div>
                        <div class="min-w-0 lg:col-span-2 lg:col-start-1 lg:row-start-1">
                            <Log
                                webhook=id
                                deliveries=deliveries
                                show=show
                                is_first=before.is_none()
                                next=next
                                may_replay=may_replay
                            />
                        </div>
                    </div>
                </div>
            </OpsFrame>
        })
    })
}

/// How the last form went; why something cannot be sent now is told in its own words.
#[component]
fn Told(flash: Flash) -> impl IntoView {
    let key = match flash.error() {
        Some(AppError::Refused { refusal: Refusal::StateConflict { state }, .. }) => {
            match state.as_str() {
                "off" => Some("webhook-is-off"),
                "being_sent" => Some("webhook-is-sending"),
                _ => None,
            }
        }
        _ => None,
    };
    match key {
        Some(key) => view! {
            <Notice tone=Tone::Danger focus=true>
                {t(key)}
            </Notice>
        }
        .into_any(),
        None => view! { <Said flash=flash /> }.into_any(),
    }
}

/// The secret that was just made: here, and never again.
#[component]
fn Secret(flash: Flash) -> impl IntoView {
    let Outcome::Done { filled, .. } = &flash.outcome else {
        return None;
    };
    let secret = filled.get("secret")?.clone();
    Some(view! {
        <Card title=t("webhook-secret")>
            <p>{t("webhook-secret-hint")}</p>
            <p class="mt-2 rounded-lg bg-sunken px-3 py-2 font-mono break-all select-all" dir="ltr">
                {secret}
            </p>
        </Card>
    })
}

#[component]
fn Facts(webhook: Webhook) -> impl IntoView {
    let fact = |term: String, value: AnyView| {
        view! {
            <div>
                <dt class="text-sm text-muted">{term}</dt>
                <dd class="min-w-0 break-words">{value}</dd>
            </div>
        }
    };
    let why = webhook.off.map(|off| match off {
        Off::Admin => "webhook-off-admin",
        Off::Failing => "webhook-off-failing",
        Off::Gone => "webhook-off-gone",
    });
    let state = view! {
        <Standing webhook=webhook.clone() />
        {why.map(|why| view! { <p class="mt-1 text-muted">{t(why)}</p> })}
    };
    let moment = move |key: &'static str, at: Option<Time>| {
        at.map(|at| fact(t(key), view! { <Moment at=at /> }.into_any()))
    };
    let topics = webhook.topics.iter().map(|topic| {
        view! { <li>{topic_name(topic.as_str())}</li> }
    });
    let topics = view! { <ul>{topics.collect_view()}</ul> };
    let description = (!webhook.description.is_empty()).then(|| {
        let text = view! { <span dir="auto">{webhook.description.clone()}</span> };
        fact(t("webhook-description"), text.into_any())
    });
    let failing = webhook.failing_since.filter(|_| webhook.off.is_none());
    view! {
        <Card>
            <dl class="space-y-3">
                {description} {fact(t("webhook-state"), state.into_any())}
                {moment("webhook-failing-since", failing)}
                {moment("webhook-rotating-until", webhook.rotating_until)}
                {fact(t("webhook-topics"), topics.into_any())}
                {moment("webhook-since", Some(webhook.created_at))}
            </dl>
        </Card>
    }
}

/// What ends something takes two steps, also without JavaScript.
#[component]
fn Actions(webhook: Webhook, flash: Flash) -> impl IntoView {
    let id = webhook.id.to_string();
    let is_on = webhook.off.is_none();
    let test = is_on.then(|| {
        view! {
            <form method="post" action=TestWebhook::url() class="pb-3">
                <Hidden name="id" value=id.clone() />
                <p>{t("webhook-test-effect")}</p>
                <div class="mt-2">
                    <Button look=Look::Secondary>{t("webhook-test")}</Button>
                </div>
            </form>
        }
    });
    let switch_on = (!is_on).then(|| {
        view! {
            <form method="post" action=SwitchWebhook::url() class="pb-3">
                <Hidden name="id" value=id.clone() />
                <p>{t("webhook-switch-on-effect")}</p>
                <div class="mt-2">
                    <Button look=Look::Secondary name="to" value="on">
                        {t("webhook-switch-on")}
                    </Button>
                </div>
            </form>
        }
    });
    let change = change(&webhook, &flash);
    let rotate = view! {
        <form method="post" action=RotateWebhook::url() class="mt-2">
            <Hidden name="id" value=id.clone() />
            <Button look=Look::Secondary>{t("webhook-rotate")}</Button>
        </form>
    };
    let switch_off = is_on.then(|| {
        let form = view! {
            <form method="post" action=SwitchWebhook::url() class="mt-2">
                <Hidden name="id" value=id.clone() />
                <Button look=Look::Danger name="to" value="off">
                    {t("webhook-switch-off")}
                </Button>
            </form>
        };
        let (ask, effect) = ("webhook-switch-off-ask", "webhook-switch-off-effect");
        in_two_steps(ask, effect, false, form.into_any())
    });
    let delete = view! {
        <form method="post" action=DeleteWebhook::url() class="mt-2">
            <Hidden name="id" value=id.clone() />
            <Button look=Look::Danger>{t("webhook-delete")}</Button>
        </form>
    };
    view! {
        <Card title=t("actions-title")>
            <div class="divide-y divide-y-reverse divide-line">
                {test} {switch_on} {change}
                {asked_first("webhook-rotate-ask", "webhook-rotate-effect", false, rotate.into_any())}
                {switch_off}
                {in_two_steps("webhook-delete-ask", "webhook-delete-effect", false, delete.into_any())}
            </div>
        </Card>
    }
}

/// Where it is, what it is for and what it is told.
fn change(webhook: &Webhook, flash: &Flash) -> impl IntoView + use<> {
    let problems = ["url", "description", "topics"].map(|field| flash.problem(field));
    let is_open = problems.iter().any(Option::is_some);
    let [url, description, topics] = problems;
    let typed = flash.value("topics").filter(|_| is_open);
    let chosen: BTreeSet<Topic> = match typed {
        Some(words) => words.split(' ').filter_map(Topic::parse).collect(),
        None => webhook.topics.clone(),
    };
    view! {
        <details class="py-3" open=is_open>
            <summary class="inline-flex min-h-11 items-center font-medium text-accent">
                {t("webhook-change-ask")}
            </summary>
            <form method="post" action=ChangeWebhook::url() class="mt-2 grid gap-3">
                <Hidden name="id" value=webhook.id.to_string() />
                <Field
                    name="url"
                    label=t("webhook-url")
                    hint=t("webhook-url-hint")
                    inputmode="url"
                    value=flash.value_or("url", &webhook.url)
                    problem=url
                    autocomplete="off"
                    required=true
                />
                <Field
                    name="description"
                    label=t("webhook-description")
                    value=flash.value_or("description", &webhook.description)
                    problem=description
                    autocomplete="off"
                />
                <Topics chosen=chosen problem=topics />
                <div>
                    <Button look=Look::Secondary>{t("webhook-change")}</Button>
                </div>
            </form>
        </details>
    }
}
