//! The console's first page: how many templates stand where, and what waits for somebody.

use domain::template::State;
use engine::templates::{Filter, Template};
use leptos::prelude::*;

use super::templates::{count, state_key};
use crate::context::engine;
use crate::failure::page;
use crate::flash::flash;
use crate::locale::{t, t_with};
use crate::session;
use crate::ui::{Card, Empty, LinkButton, Moment, OpsFrame, PageHead, Said, Stat};

#[component]
pub fn OverviewPage() -> impl IntoView {
    page(async {
        let operator = session::operator().await?;
        let counted = engine::templates::count_by_state(&engine(), &operator).await?;
        let in_review = Filter { state: Some(State::InReview), ..Filter::default() };
        let waiting = engine::templates::list(&engine(), &operator, &in_review).await?.templates;
        let exceptions = engine::exceptions::count_open(&engine(), &operator).await?;
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
            view! { <Standing counted=counted waiting=waiting exceptions=exceptions /> }.into_any()
        };
        let hello = t_with("overview-hello", [("name", operator.name.into())]);
        Ok(view! {
            <OpsFrame title=t("overview-title") here="/ops">
                <PageHead title=hello lead=t("overview-lead")>
                    {(!is_empty).then(make)}
                </PageHead>
                <div class="grid gap-6">
                    <Said flash=flash />
                    {content}
                </div>
            </OpsFrame>
        })
    })
}

#[component]
fn Standing(counted: Vec<(State, u64)>, waiting: Vec<Template>, exceptions: u64) -> impl IntoView {
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
    let list = if waiting.is_empty() {
        view! { <p class="text-muted">{t("overview-waiting-none")}</p> }.into_any()
    } else {
        let entries = waiting.iter().map(entry).collect_view();
        view! { <ul class="divide-y divide-line">{entries}</ul> }.into_any()
    };
    view! {
        <section aria-label=t("overview-templates")>
            <ul class="grid grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-6">{tiles}</ul>
        </section>
        <Card title=t("overview-waiting")>{list}</Card>
    }
}

fn entry(template: &Template) -> impl IntoView + use<> {
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
            <span class="text-muted">
                {t("overview-sent")} " " <Moment at=template.updated_at relative=true />
            </span>
        </li>
    }
}
