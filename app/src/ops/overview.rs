//! The console's first page: how many templates stand where, and what waits for somebody.

use domain::template::State;
use engine::templates::Filter;
use leptos::prelude::*;

use super::templates::{StateChip, count};
use crate::context::engine;
use crate::failure::page;
use crate::flash::flash;
use crate::locale::{t, t_with};
use crate::session;
use crate::ui::{Card, LinkButton, OpsFrame, Said};

#[component]
pub fn OverviewPage() -> impl IntoView {
    page(async {
        let operator = session::operator().await?;
        let mut tiles = Vec::new();
        let mut waiting = Vec::new();
        for state in State::ALL {
            let filter = Filter { state: Some(state), ..Filter::default() };
            let found = engine::templates::list(&engine(), &operator, &filter).await?;
            tiles.push(tile(state, found.total));
            if state == State::InReview {
                waiting = found.templates;
            }
        }
        let waiting = waiting.into_iter().map(|template| {
            view! {
                <li>
                    <a
                        class="inline-flex min-h-11 items-center text-accent underline"
                        href=format!("/ops/templates/{}", template.id)
                    >
                        {template.draft().name.clone()}
                    </a>
                </li>
            }
        });
        let waiting: Vec<_> = waiting.collect();
        let flash = flash().await;
        let may_edit = operator.role.can_edit();
        Ok(view! {
            <OpsFrame title=t("overview-title") here="/ops">
                <div class="flex flex-wrap items-center justify-between gap-3">
                    <h1 class="text-2xl font-semibold">
                        {t_with("overview-hello", [("name", operator.name.into())])}
                    </h1>
                    {may_edit
                        .then(|| {
                            view! { <LinkButton href="/ops/templates/new">{t("templates-new")}</LinkButton> }
                        })}
                </div>
                <div class="mt-4 space-y-4">
                    <Said flash=flash />
                    <ul class="grid grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-5">{tiles}</ul>
                    {(!waiting.is_empty())
                        .then(|| {
                            view! {
                                <Card title=t("overview-waiting")>
                                    <ul>{waiting}</ul>
                                </Card>
                            }
                        })}
                </div>
            </OpsFrame>
        })
    })
}

fn tile(state: State, total: u64) -> impl IntoView + use<> {
    view! {
        <li>
            <a
                class="block rounded-xl border border-line bg-surface p-4 shadow-sm hover:border-accent"
                href=format!("/ops/templates?state={}", state.as_str())
            >
                <StateChip state=state />
                <span class="mt-2 block text-2xl font-semibold tabular-nums">{count(total)}</span>
            </a>
        </li>
    }
}
