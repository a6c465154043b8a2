//! One template: what shoppers read, its numbers, what can be done, its funnel and its history.

use domain::actor::Operator;
use domain::template::{State, Visibility};
use domain::{OperatorId, TemplateId, Time};
use engine::templates::{Template, Version};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::actions::Actions;
use super::{StateChip, count, phase};
use crate::context::engine;
use crate::failure::page;
use crate::flash::flash;
use crate::locale::{money, t, t_with, window};
use crate::ops::funnel::{FunnelCard, Period};
use crate::ops::speech::Speech;
use crate::ui::{Bar, Card, LinkButton, Look, Moment, OpsFrame, Said};
use crate::{AppError, session};

#[component]
pub fn TemplatePage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let period = Period::parse(&use_query_map().get_untracked().get("period").unwrap_or_default());
    page(async move {
        let operator = session::operator().await?;
        let id: TemplateId = id.parse().map_err(|_| AppError::NotFound)?;
        let engine = engine();
        let template = engine::templates::read(&engine, &operator, id).await?;
        let versions = engine::templates::versions(&engine, &operator, id).await?;
        let funnel = engine::funnel::read(&engine, &operator, id, period.window(&engine)).await?;
        let speech = Speech::current().await?;
        let own = operator.id.to_string();
        let is_own = versions.first().is_some_and(|version| version.author == own);
        let history = history(&versions, &speech).await;
        let may_edit = operator.role.can_edit() && template.state != State::Ended;
        let flash = flash().await;
        let name = template.draft().name.clone();
        Ok(view! {
            <OpsFrame title=name.clone() here="/ops/templates">
                <nav aria-label=t("breadcrumbs")>
                    <a class="inline-flex min-h-11 items-center text-accent underline" href="/ops/templates">
                        {t("templates-title")}
                    </a>
                </nav>
                <div class="flex flex-wrap items-center justify-between gap-3">
                    <div>
                        <h1 class="text-2xl font-semibold">{name}</h1>
                        <p class="mt-1 flex flex-wrap items-center gap-2 text-muted">
                            <StateChip state=template.state />
                            {phase(&template)}
                            {template.draft().campaign.clone().map(|campaign| view! { <span>{campaign}</span> })}
                        </p>
                    </div>
                    {may_edit
                        .then(|| {
                            view! {
                                <LinkButton look=Look::Secondary href=format!("/ops/templates/{id}/edit")>
                                    {t("template-edit")}
                                </LinkButton>
                            }
                        })}
                </div>
                <div class="mt-4 space-y-4">
                    <Said flash=flash />
                    <div class="grid gap-4 lg:grid-cols-3">
                        <div class="space-y-4 lg:col-span-2">
                            {offer(&template, &speech)}
                            <FunnelCard funnel=funnel period=period page=format!("/ops/templates/{id}") />
                            {history}
                        </div>
                        <div class="space-y-4">
                            {numbers(&template)}
                            <Actions template operator is_own />
                        </div>
                    </div>
                </div>
            </OpsFrame>
        })
    })
}

/// What shoppers read, and the terms it stands on.
fn offer(template: &Template, speech: &Speech) -> impl IntoView + use<> {
    let draft = template.draft();
    let cost = speech.greatest_cost(draft);
    let paragraph = |text: &Option<String>| {
        text.clone().map(|text| view! { <p class="mt-2 whitespace-pre-line text-muted">{text}</p> })
    };
    let link = template.link_token.as_ref().filter(|_| draft.visibility == Visibility::Link);
    let link = link.map(|token| {
        let path = format!("/t/{token}");
        view! {
            <div>
                <dt class="text-muted">{t("template-link")}</dt>
                <dd>
                    <a class="break-all text-accent underline" href=path.clone()>
                        {path.clone()}
                    </a>
                </dd>
            </div>
        }
    });
    let channels: Vec<String> = draft
        .channels
        .iter()
        .map(|channel| match channel.quota {
            Some(quota) => t_with(
                "template-channel-quota",
                [("channel", channel.name.to_string().into()), ("quota", count(quota).into())],
            ),
            None => channel.name.to_string(),
        })
        .collect();
    let visibility = match draft.visibility {
        Visibility::Listed => "draft-visibility-listed",
        Visibility::Link => "draft-visibility-link",
        Visibility::Granted => "draft-visibility-granted",
    };
    let fact = |name: &str, value: String| {
        view! {
            <div>
                <dt class="text-muted">{t(name)}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    let body = view! {
            <p class="text-sm text-muted">{draft.title().to_owned()}</p>
            <p class="mt-1 text-lg font-semibold">{speech.sentence(draft)}</p>
            {speech.echo(draft).map(|echo| view! { <p class="mt-1 text-muted tabular-nums">{echo}</p> })}
            {paragraph(&draft.description)}
            {paragraph(&draft.terms)}
            <dl class="mt-4 grid gap-3 border-t border-line pt-4 sm:grid-cols-2">
                {fact("template-claim-window", window(draft.claim_window))}
                {fact("draft-visibility", t(visibility))}
                <div>
                    <dt class="text-muted">{t("preview-cost")}</dt>
                    <dd class=if cost.is_bounded { "tabular-nums" } else { "font-medium text-danger" }>
                        {cost.text}
                    </dd>
                </div>
                {(!channels.is_empty()).then(|| fact("draft-channels", channels.join(&t("separator"))))}
                {link}
            </dl>
    };
    view! { <Card title=t("template-read")>{body}</Card> }
}

/// Issued and left of the stock, reserved and spent of the budget.
fn numbers(template: &Template) -> impl IntoView + use<> {
    let draft = template.draft();
    let number = |name: &str, value: String| {
        view! {
            <div>
                <dt class="text-muted">{t(name)}</dt>
                <dd class="text-xl font-semibold tabular-nums">{value}</dd>
            </div>
        }
    };
    let bar = |value: u64, most: u64, said: String| {
        view! {
            <div class="mt-3">
                <Bar percent=value.min(most) * 100 / most.max(1) />
                <p class="text-muted tabular-nums">{said}</p>
            </div>
        }
    };
    let stock = draft.stock.map(|stock| {
        let filled = [("issued", count(template.issued).into()), ("stock", count(stock).into())];
        bar(template.issued, stock, t_with("of-stock-issued", filled))
    });
    let budget = draft.budget.map(|budget| {
        let gone = template.reserved + template.spent;
        let filled = [("gone", money(gone).into()), ("budget", money(budget).into())];
        let units = |amount: domain::Money| amount.units().unsigned_abs();
        view! {
            <dl class="mt-4 grid grid-cols-2 gap-3 border-t border-line pt-4">
                {number("number-reserved", money(template.reserved))}
                {number("number-spent", money(template.spent))}
            </dl>
            {bar(units(gone), units(budget), t_with("of-budget-gone", filled))}
        }
    });
    let left = template.left().map_or_else(|| t("number-no-limit"), count);
    let body = view! {
            <dl class="grid grid-cols-2 gap-3">
                {number("number-issued", count(template.issued))}
                {number("number-left", left)}
            </dl>
        {stock}
        {budget}
    };
    view! { <Card title=t("numbers-title")>{body}</Card> }
}

/// A revision: its number, its words, who wrote it and when.
async fn history(versions: &[Version], speech: &Speech) -> impl IntoView + use<> {
    let mut rows = Vec::with_capacity(versions.len());
    for version in versions {
        let author = author(&version.author).await;
        rows.push(revision(
            version.revision.number,
            speech.sentence(&version.revision.draft),
            author,
            version.at,
        ));
    }
    view! {
        <Card title=t("revisions-title")>
            <ol class="divide-y divide-y-reverse divide-line">{rows.collect_view()}</ol>
        </Card>
    }
}

fn revision(
    number: u32,
    sentence: String,
    author: Option<String>,
    at: Time,
) -> impl IntoView + use<> {
    view! {
        <li class="py-2">
            <p>
                <span class="mr-2 font-medium tabular-nums">
                    {t_with("revision", [("number", number.into())])}
                </span>
                {sentence}
            </p>
            <p class="text-muted">{author} " " <Moment at=at /></p>
        </li>
    }
}

/// An operator's name, while they are still known.
async fn author(id: &str) -> Option<String> {
    let id: OperatorId = id.parse().ok()?;
    let Operator { name, .. } = engine::accounts::operator(&engine(), id).await.ok()?;
    Some(name)
}
