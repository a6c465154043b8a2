//! Every template: searched, filtered and sorted, all of it in the address; many paused, resumed or
//! ended at once.

pub mod address;
pub mod filters;
pub mod many;
pub mod rows;

use engine::templates::{Filter, PAGE};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::count;
use filters::{Filters, StateChips, is_narrowed};
use rows::Rows;

use crate::context::engine;
use crate::failure::page;
use crate::flash::{Flash, Outcome, flash};
use crate::locale::{t, t_filled, t_with};
use crate::ops::speech::Speech;
use crate::server_fns::templates::NotDone;
use crate::session;
use crate::ui::{Button, Empty, Hidden, LinkButton, Look, Notice, OpsFrame, Pager, Said, Tone};

#[component]
pub fn TemplatesPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let filter = address::read(&query);
    let ticked = query.get("ticked").as_deref() == Some("all");
    page(async move {
        let operator = session::operator().await?;
        let found = engine::templates::list(&engine(), &operator, &filter).await?;
        let campaigns = engine::templates::campaigns(&engine(), &operator).await?;
        let speech = Speech::current().await?;
        let flash = flash().await;
        let may_edit = operator.role.can_edit();
        let (place, pages) = (found.page + 1, found.total.div_ceil(PAGE));
        let summary = summary(&filter, found.total, place, pages);
        let is_first_use = found.by_state.iter().all(|(_, n)| *n == 0) && !is_narrowed(&filter);
        let list = if found.templates.is_empty() {
            view! { <Nothing filter=filter.clone() may_edit=may_edit /> }.into_any()
        } else {
            let can_act = found.templates.iter().any(rows::may_act);
            let templates = found.templates.clone();
            let rows = view! { <Rows templates speech filter=filter.clone() may_edit=may_edit ticked=ticked /> };
            let rows = rows.into_any();
            if may_edit {
                let copies = rows::copies(&found.templates);
                view! {
                    <Many rows=rows filter=filter.clone() can_act=can_act ticked=ticked />
                    {copies}
                }
                .into_any()
            } else {
                rows
            }
        };
        let turn = filter.clone();
        let turn = move |page: u64| address::write(&Filter { page: page - 1, ..turn.clone() });
        let stop = (may_edit && !is_first_use).then(|| {
            view! {
                <LinkButton look=Look::Danger href=many::STOP>
                    {t("list-stop")}
                </LinkButton>
            }
        });
        let narrowing = (!is_first_use).then(|| {
            view! {
                <Filters filter=filter.clone() campaigns=campaigns />
                <StateChips filter=filter page=found />
                {summary}
            }
        });
        Ok(view! {
            <OpsFrame title=t("templates-title") here="/ops/templates">
                <div class="flex flex-wrap items-center justify-between gap-3">
                    <h1 class="text-2xl font-semibold">{t("templates-title")}</h1>
                    <div class="flex flex-wrap gap-2">
                        {stop}
                        {may_edit
                            .then(|| {
                                view! { <LinkButton href="/ops/templates/new">{t("templates-new")}</LinkButton> }
                            })}
                    </div>
                </div>
                <div class="mt-4 space-y-4">
                    {said(&flash)}
                    {not_done(&flash)}
                    {narrowing}
                    {list}
                    <Pager page=place pages=pages href=turn />
                </div>
            </OpsFrame>
        })
    })
}

/// How the last form went; that nothing was done, or not all of it, is no success.
fn said(flash: &Flash) -> AnyView {
    match &flash.outcome {
        Outcome::Done { message, filled }
            if matches!(message.as_str(), "list-nothing-ticked" | "list-stopped-partly") =>
        {
            let sentence = t_filled(message, filled);
            view! {
                <Notice tone=Tone::Warn focus=true>
                    {sentence}
                </Notice>
            }
            .into_any()
        }
        _ => view! { <Said flash=flash.clone() /> }.into_any(),
    }
}

/// How many there are, and which of them are here.
fn summary(filter: &Filter, total: u64, place: u64, pages: u64) -> impl IntoView + use<> {
    let key = if is_narrowed(filter) { "list-matching" } else { "list-total" };
    let total = t_with(key, [("n", total.into()), ("text", count(total).into())]);
    let place = (pages > 1)
        .then(|| t_with("pager-place", [("page", place.into()), ("pages", pages.into())]));
    let said = [Some(total), place].into_iter().flatten().collect::<Vec<_>>();
    view! {
        <p class="text-sm text-muted tabular-nums" role="status">
            {said.join(&t("separator"))}
        </p>
    }
}

/// The list within the form that leads to what is to be done to the ticked.
#[component]
fn Many(rows: AnyView, filter: Filter, can_act: bool, ticked: bool) -> impl IntoView {
    let here = address::write(&filter);
    let sign = if here.contains('?') { '&' } else { '?' };
    let (href, key) = match ticked {
        true => (here.clone(), "list-untick-all"),
        false => (format!("{here}{sign}ticked=all"), "list-tick-all"),
    };
    let acts = can_act.then(|| {
        view! {
            <div class="mb-3 flex flex-wrap items-center gap-3 rounded-xl border border-line bg-surface p-4 shadow-sm">
                <Button look=Look::Secondary name="action" value="pause">
                    {t("list-pause")}
                </Button>
                <Button look=Look::Secondary name="action" value="resume">
                    {t("list-resume")}
                </Button>
                <Button look=Look::Danger name="action" value="end">
                    {t("list-end")}
                </Button>
                <LinkButton look=Look::Plain href=href>
                    {t(key)}
                </LinkButton>
                <p class="w-full text-sm text-muted">{t("list-acts-hint")}</p>
            </div>
        }
    });
    view! {
        <form method="get" action=many::PATH>
            <Hidden name="to" value=here />
            {acts}
            {rows}
        </form>
    }
}

/// Those to which it could not be done, each with its reason.
fn not_done(flash: &Flash) -> Option<impl IntoView + use<>> {
    let refused: Vec<NotDone> = NotDone::told(flash);
    let entry = |NotDone { id, name, reason }: NotDone| {
        view! {
            <li class="py-1 break-words">
                <a class="underline" dir="auto" href=format!("/ops/templates/{id}")>
                    {name}
                </a>
                {t("colon")}
                {reason}
            </li>
        }
    };
    (!refused.is_empty()).then(|| {
        view! {
            <div role="alert" class="rounded-lg bg-warn-soft px-4 py-3 text-warn">
                <p class="font-medium">{t("list-not-done")}</p>
                <ul class="mt-1 list-disc pl-5">{refused.into_iter().map(entry).collect_view()}</ul>
            </div>
        }
    })
}

#[component]
fn Nothing(filter: Filter, may_edit: bool) -> impl IntoView {
    let order = Filter { sort: filter.sort, reversed: filter.reversed, ..Filter::default() };
    let (key, way_on) = match (is_narrowed(&filter), may_edit) {
        (true, _) => ("list-none-found", Some((address::write(&order), "list-clear"))),
        (false, true) => ("templates-none", Some(("/ops/templates/new".to_owned(), "list-first"))),
        (false, false) => ("templates-none-to-see", None),
    };
    view! {
        <Empty text=t(key)>
            {way_on.map(|(href, key)| view! { <LinkButton href=href>{t(key)}</LinkButton> })}
        </Empty>
    }
}
