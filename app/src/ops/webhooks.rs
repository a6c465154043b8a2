//! Endpoints that are told what happens. Everybody in the console may look; an admin says who is told
//! what.

pub mod log;
pub mod one;

use std::collections::BTreeSet;

use engine::webhooks::{self, Off, Topic, Webhook};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::context::engine;
use crate::failure::page;
use crate::flash::{Flash, flash};
use crate::locale::{t, t_with};
use crate::server_fns::webhooks::AddWebhook;
use crate::session;
use crate::ui::{
    Button, Card, Chip, Empty, Errors, Field, Glyph, Moment, OpsFrame, PageHead, Said, Tone,
};

/// `/ops/webhooks`
#[component]
pub fn WebhooksPage() -> impl IntoView {
    page(async {
        let operator = session::operator().await?;
        let all = webhooks::list(&engine(), &operator).await?;
        let told = flash().await;
        let of = |form: &str| Some(told.clone()).filter(|told| told.form == form);
        let (said, typed) = (of("webhooks").unwrap_or_default(), of("webhook-add"));
        let may_administer = operator.role.can_administer();
        let list = if all.is_empty() {
            view! { <Empty glyph=Glyph::Link text=t("webhooks-none") /> }.into_any()
        } else {
            let rows = all.into_iter().map(row).collect_view();
            view! { <Rows rows=rows.into_any() /> }.into_any()
        };
        let add = may_administer.then(|| view! { <Add flash=typed.unwrap_or_default() /> });
        Ok(view! {
            <OpsFrame title=t("webhooks-title") here="/ops/webhooks">
                <PageHead title=t("webhooks-title") lead=t("webhooks-lead") />
                <div class="space-y-4">
                    <Said flash=said />
                    {list}
                    {add}
                </div>
            </OpsFrame>
        })
    })
}

#[component]
fn Add(flash: Flash) -> impl IntoView {
    let labels = vec![
        ("url", t("webhook-url")),
        ("description", t("webhook-description")),
        ("topics", t("webhook-topics")),
    ];
    let chosen = flash.value_or("topics", "");
    let chosen: BTreeSet<Topic> = chosen.split(' ').filter_map(Topic::parse).collect();
    view! {
        <Card id="add" title=t("webhook-new")>
            <Errors flash=flash.clone() labels=labels />
            <form method="post" action=AddWebhook::url() class="grid max-w-xl gap-4">
                <Field
                    name="url"
                    label=t("webhook-url")
                    hint=t("webhook-url-hint")
                    inputmode="url"
                    value=flash.value_or("url", "")
                    problem=flash.problem("url")
                    autocomplete="off"
                    required=true
                />
                <Field
                    name="description"
                    label=t("webhook-description")
                    value=flash.value_or("description", "")
                    problem=flash.problem("description")
                    autocomplete="off"
                />
                <Topics chosen=chosen problem=flash.problem("topics") />
                <div>
                    <Button>{t("webhook-add")}</Button>
                </div>
            </form>
        </Card>
    }
}

#[component]
fn Topics(chosen: BTreeSet<Topic>, problem: Option<String>) -> impl IntoView {
    let choice = |topic: Topic| {
        view! {
            <label class="flex min-h-11 items-center gap-3">
                <input
                    type="checkbox"
                    name="topics[]"
                    value=topic.as_str()
                    class="h-4 w-4 shrink-0 accent-current text-accent"
                    checked=chosen.contains(&topic)
                />
                <span class="min-w-0">
                    {topic_name(topic.as_str())}
                    <span class="block text-sm text-muted">{topic.as_str()}</span>
                </span>
            </label>
        }
    };
    let is_wrong = problem.is_some();
    view! {
        <fieldset
            id="topics"
            tabindex="-1"
            aria-describedby=is_wrong.then_some("topics-problem")
        >
            <legend class="font-medium">{t("webhook-topics")}</legend>
            {problem
                .map(|problem| {
                    view! { <p id="topics-problem" class="mt-1 text-sm text-danger">{problem}</p> }
                })}
            <div class="mt-1 grid gap-x-4 sm:grid-cols-2">
                {Topic::all().map(choice).collect_view()}
            </div>
        </fieldset>
    }
}

/// What a topic is called; one that nobody knows any more stands for itself.
fn topic_name(word: &str) -> String {
    let is_known = Topic::parse(word).is_some() || word == Topic::TEST.as_str();
    if is_known { t(&format!("topic-{}", word.replace('.', "-"))) } else { word.to_owned() }
}

#[component]
fn Standing(webhook: Webhook) -> impl IntoView {
    let (tone, key) = match (webhook.off, webhook.failing_since) {
        (Some(Off::Admin), _) => (Tone::Neutral, "webhook-off"),
        (Some(Off::Failing | Off::Gone), _) => (Tone::Danger, "webhook-off"),
        (None, Some(_)) => (Tone::Warn, "webhook-failing"),
        (None, None) => (Tone::Ok, "webhook-on"),
    };
    view! { <Chip tone=tone>{t(key)}</Chip> }
}

const HEAD: &str = class!("px-4 py-2 text-left font-medium");
const HEAD_WIDE: &str = class!("hidden px-4 py-2 text-left font-medium md:table-cell");
const CELL: &str = class!("px-4 py-3 align-top");
const CELL_WIDE: &str = class!("hidden px-4 py-3 align-top md:table-cell");

#[component]
fn Rows(rows: AnyView) -> impl IntoView {
    view! {
        <div class="overflow-hidden rounded-xl border border-line bg-surface shadow-sm">
            <table class="w-full table-fixed">
                <caption class="sr-only">{t("webhooks-title")}</caption>
                <thead class="border-b border-line text-muted">
                    <tr>
                        <th scope="col" class=HEAD>
                            {t("webhook-url")}
                        </th>
                        <th scope="col" class="w-32 px-4 py-2 text-left font-medium">
                            {t("webhook-state")}
                        </th>
                        <th scope="col" class=HEAD_WIDE>
                            {t("webhook-topics")}
                        </th>
                        <th scope="col" class=HEAD_WIDE>
                            {t("webhook-since")}
                        </th>
                    </tr>
                </thead>
                <tbody class="divide-y divide-y-reverse divide-line">{rows}</tbody>
            </table>
        </div>
    }
}

fn row(webhook: Webhook) -> impl IntoView {
    let topics = t_with("webhook-topics-count", [("n", webhook.topics.len().into())]);
    view! {
        <tr class="hover:bg-sunken">
            <td class=CELL>
                <a
                    class="-my-1 inline-block max-w-full py-1 font-medium break-all text-accent underline-offset-4 hover:underline"
                    href=format!("/ops/webhooks/{}", webhook.id)
                    dir="ltr"
                >
                    {webhook.url.clone()}
                </a>
                <p class="break-words text-muted" dir="auto">
                    {webhook.description.clone()}
                </p>
            </td>
            <td class=CELL>
                <Standing webhook=webhook.clone() />
            </td>
            <td class=CELL_WIDE>{topics}</td>
            <td class=CELL_WIDE>
                <Moment at=webhook.created_at />
            </td>
        </tr>
    }
}
