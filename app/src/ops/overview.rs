//! The console's first page: what is alarming, how today goes, what changes soon, what it may cost,
//! and what waits for somebody.

pub mod money;
pub mod soon;
pub mod today;

use domain::actor::Operator;
use domain::template::State;
use engine::funnel::{self, Part};
use engine::overview::{self, AtRisk, Compared, Soon};
use engine::templates::{Filter, Template};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::funnel::{FunnelCard, Period, asking};
use super::health::Firing;
use super::templates::{count, state_key};
use crate::AppError;
use crate::context::engine;
use crate::failure::page;
use crate::flash::flash;
use crate::locale::{t, t_with};
use crate::session;
use crate::ui::{Card, Empty, LinkButton, Moment, Notice, OpsFrame, PageHead, Said, Stat, Tone};

/// `/ops?period=…`
#[component]
pub fn OverviewPage() -> impl IntoView {
    let period = use_query_map().get_untracked().get("period").unwrap_or_default();
    let period = Period::parse(&period);
    page(async move {
        let operator = session::operator().await?;
        let counted = engine::templates::count_by_state(&engine(), &operator).await?;
        let may_edit = operator.role.can_edit();
        let flash = flash().await;
        let make = move || {
            may_edit.then(|| {
                view! { <LinkButton href="/ops/templates/new">{t("templates-new")}</LinkButton> }
            })
        };
        let is_empty = counted.iter().all(|(_, n)| *n == 0);
        let content = if is_empty {
            let text = if may_edit { t("templates-none") } else { t("templates-none-to-see") };
            view! {
                <Empty title=t("overview-empty-title") text=text>
                    {make()}
                </Empty>
            }
            .into_any()
        } else {
            whole(&operator, period, counted).await?
        };
        let hello = t_with("overview-hello", [("name", operator.name.into())]);
        Ok(view! {
            <OpsFrame title=t("overview-title") here="/ops">
                <PageHead title=hello lead=t("overview-lead")>
                    {(!is_empty).then(make)}
                </PageHead>
                <div class="grid grid-cols-1 gap-6">
                    <Said flash=flash />
                    {content}
                </div>
            </OpsFrame>
        })
    })
}

async fn whole(
    operator: &Operator,
    period: Period,
    counted: Vec<(State, u64)>,
) -> Result<AnyView, AppError> {
    let engine = engine();
    let firing = engine::alerts::firing(&engine, operator).await?;
    let compared: Compared = overview::compared(&engine, operator).await?;
    let soon: Soon = overview::soon(&engine, operator).await?;
    let risk: AtRisk = overview::at_risk(&engine, operator).await?;
    let part = Part { period: period.window(&engine), ..Part::default() };
    let funnel = funnel::read_with_viewers(&engine, operator, &part, None).await?;
    let in_review = Filter { state: Some(State::InReview), ..Filter::default() };
    let waiting = engine::templates::list(&engine, operator, &in_review).await?.templates;
    let exceptions = engine::exceptions::count_open(&engine, operator).await?;
    let firing = (!firing.is_empty()).then(|| view! { <Firing alerts=firing /> });
    let standstill = standstill(&counted);
    let whole = period.asking(&engine, None).write(asking::PATH);
    Ok(view! {
        {standstill}
        {firing}
        {today::part(&compared)}
        <Standing counted=counted exceptions=exceptions />
        {soon::part(soon)}
        {money::part(risk)}
        <FunnelCard
            funnel=funnel
            period=period
            page="/ops".to_owned()
            whole=whole
        />
        <Waiting templates=waiting />
    }
    .into_any())
}

/// Said where nothing is live and something is paused, as after an emergency stop.
fn standstill(counted: &[(State, u64)]) -> Option<impl IntoView + use<>> {
    let n = |wanted| counted.iter().find(|(state, _)| *state == wanted).map_or(0, |(_, n)| *n);
    let paused = n(State::Paused);
    let filled = [("n", paused.into()), ("text", count(paused).into())];
    (n(State::Live) == 0 && paused > 0).then(|| {
        view! {
            <Notice tone=Tone::Warn>
                {t_with("overview-standstill", filled)} " "
                <a class="underline" href="/ops/templates?state=paused">
                    {t("overview-standstill-look")}
                </a>
            </Notice>
        }
    })
}

#[component]
fn Standing(counted: Vec<(State, u64)>, exceptions: u64) -> impl IntoView {
    let tile = |(label, n, href): (&'static str, u64, String)| {
        view! {
            <li>
                <Stat label=t(label) value=count(n) href=href />
            </li>
        }
    };
    let templates = counted.into_iter().map(|(state, n)| {
        (state_key(state), n, format!("/ops/templates?state={}", state.as_str()))
    });
    let open = ("overview-exceptions", exceptions, "/ops/exceptions".to_owned());
    let tiles = templates.chain([open]).map(tile).collect_view();
    view! {
        <section aria-label=t("overview-templates")>
            <ul class="grid grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-6">{tiles}</ul>
        </section>
    }
}

#[component]
fn Waiting(templates: Vec<Template>) -> impl IntoView {
    let list = if templates.is_empty() {
        view! { <p class="text-muted">{t("overview-waiting-none")}</p> }.into_any()
    } else {
        let entry = |template: &Template| {
            let at = template.updated_at;
            let sent = view! { {t("overview-sent")} " " <Moment at=at relative=true /> };
            entry(template, sent.into_any())
        };
        let entries = templates.iter().map(entry).collect_view();
        view! { <ul class="divide-y divide-line">{entries}</ul> }.into_any()
    };
    view! { <Card title=t("overview-waiting")>{list}</Card> }
}

/// A template by its name, and what there is to say of it.
fn entry(template: &Template, said: AnyView) -> impl IntoView + use<> {
    view! {
        <li class="flex flex-wrap items-center justify-between gap-x-4">
            <a
                class="flex min-h-11 min-w-0 items-center font-medium text-accent underline-offset-4 hover:underline"
                href=format!("/ops/templates/{}", template.id)
            >
                <span class="min-w-0" dir="auto">
                    {template.draft().name.clone()}
                </span>
            </a>
            <span class="py-2 text-muted">{said}</span>
        </li>
    }
}
