//! Every template, found by name, campaign and state; all of it in the address.

use domain::template::State;
use engine::templates::{Filter, PAGE, Template};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{StateChip, count, phase, state_key};
use crate::context::engine;
use crate::failure::page;
use crate::flash::flash;
use crate::form::escaped;
use crate::locale::{t, t_with, window};
use crate::ops::speech::Speech;
use crate::session;
use crate::ui::field::INPUT;
use crate::ui::{Bar, Button, Empty, LinkButton, Look, OpsFrame, Pager, Said};

#[component]
pub fn TemplatesPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let search = query.get("search").unwrap_or_default();
    let state = query.get("state").and_then(|word| State::parse(&word));
    let place =
        query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1u64).clamp(1, 1_000_000);
    page(async move {
        let operator = session::operator().await?;
        let filter = Filter { search: Some(search.clone()), state, page: place - 1 };
        let found = engine::templates::list(&engine(), &operator, &filter).await?;
        let speech = Speech::current().await?;
        let may_edit = operator.role.can_edit();
        let is_filtered = !search.trim().is_empty() || state.is_some();
        let address = {
            let search = search.clone();
            move |page| address(&search, state, page)
        };
        let list = if found.templates.is_empty() {
            view! { <Nothing is_filtered=is_filtered may_edit=may_edit /> }.into_any()
        } else {
            let rows = found.templates.iter().map(|template| row(template, &speech)).collect_view();
            view! { <Rows rows=rows.into_any() total=found.total /> }.into_any()
        };
        let flash = flash().await;
        Ok(view! {
            <OpsFrame title=t("templates-title") here="/ops/templates">
                <div class="flex flex-wrap items-center justify-between gap-3">
                    <h1 class="text-2xl font-semibold">{t("templates-title")}</h1>
                    {may_edit
                        .then(|| {
                            view! { <LinkButton href="/ops/templates/new">{t("templates-new")}</LinkButton> }
                        })}
                </div>
                <div class="mt-4 space-y-4">
                    <Said flash=flash />
                    <Search search=search state=state is_filtered=is_filtered />
                    {list}
                    <Pager page=place pages=found.total.div_ceil(PAGE) href=address />
                </div>
            </OpsFrame>
        })
    })
}

/// A page of the list under the same filter.
fn address(search: &str, state: Option<State>, page: u64) -> String {
    let search = escaped(search);
    let state = state.map(State::as_str).unwrap_or_default();
    format!("/ops/templates?search={search}&state={state}&page={page}")
}

#[component]
fn Search(search: String, state: Option<State>, is_filtered: bool) -> impl IntoView {
    let option = |choice: State| {
        view! {
            <option value=choice.as_str() selected=state == Some(choice)>
                {t(state_key(choice))}
            </option>
        }
    };
    view! {
        <form method="get" action="/ops/templates" role="search" class="flex flex-wrap items-end gap-3">
            <div class="min-w-48 flex-1">
                <label class="font-medium" for="search">
                    {t("templates-search")}
                </label>
                <input id="search" name="search" type="search" value=search class=INPUT />
            </div>
            <div class="w-40">
                <label class="font-medium" for="state">
                    {t("templates-state")}
                </label>
                <select id="state" name="state" class=INPUT>
                    <option value="">{t("templates-any-state")}</option>
                    {State::ALL.map(option).collect_view()}
                </select>
            </div>
            <Button look=Look::Secondary>{t("templates-find")}</Button>
            {is_filtered
                .then(|| {
                    view! {
                        <LinkButton look=Look::Plain href="/ops/templates">
                            {t("templates-all")}
                        </LinkButton>
                    }
                })}
        </form>
    }
}

#[component]
fn Nothing(is_filtered: bool, may_edit: bool) -> impl IntoView {
    let key = match (is_filtered, may_edit) {
        (true, _) => "templates-none-found",
        (false, true) => "templates-none",
        (false, false) => "templates-none-to-see",
    };
    view! {
        <Empty text=t(key)>
            {(may_edit && !is_filtered)
                .then(|| view! { <LinkButton href="/ops/templates/new">{t("templates-new")}</LinkButton> })}
        </Empty>
    }
}

const HEAD: &str = class!("px-4 py-2 text-left font-medium");
const HEAD_WIDE: &str = class!("hidden px-4 py-2 text-left font-medium md:table-cell");
const CELL: &str = class!("px-4 py-3 align-top");
const CELL_WIDE: &str = class!("hidden px-4 py-3 align-top md:table-cell");

#[component]
fn Rows(rows: AnyView, total: u64) -> impl IntoView {
    view! {
        <div class="overflow-hidden rounded-xl border border-line bg-surface shadow-sm">
            <table class="w-full">
                <caption class="sr-only">{t("templates-title")}</caption>
                <thead class="border-b border-line text-muted">
                    <tr>
                        <th scope="col" class=HEAD>
                            {t("templates-name")}
                        </th>
                        <th scope="col" class=HEAD>
                            {t("templates-state")}
                        </th>
                        <th scope="col" class=HEAD_WIDE>
                            {t("templates-window")}
                        </th>
                        <th scope="col" class=HEAD_WIDE>
                            {t("templates-issued")}
                        </th>
                    </tr>
                </thead>
                <tbody class="divide-y divide-y-reverse divide-line">{rows}</tbody>
            </table>
        </div>
        <p class="text-muted tabular-nums">{t_with("templates-total", [("n", total.into())])}</p>
    }
}

fn row(template: &Template, speech: &Speech) -> impl IntoView + use<> {
    let draft = template.draft();
    let stock = draft.stock.map(|stock| {
        let share = template.issued.min(stock);
        view! {
            <div class="mt-1 w-24">
                <Bar percent=share * 100 / stock.max(1) />
            </div>
        }
    });
    let issued = match draft.stock {
        Some(stock) => t_with(
            "of-stock",
            [("issued", count(template.issued).into()), ("stock", count(stock).into())],
        ),
        None => count(template.issued),
    };
    view! {
        <tr class="hover:bg-sunken">
            <td class=CELL>
                <a
                    class="font-medium text-accent underline-offset-4 hover:underline"
                    href=format!("/ops/templates/{}", template.id)
                >
                    {draft.name.clone()}
                </a>
                {draft
                    .campaign
                    .clone()
                    .map(|campaign| view! { <span class="ml-2 text-muted">{campaign}</span> })}
                <p class="mt-1 text-muted">{speech.sentence(draft)}</p>
            </td>
            <td class=CELL>
                <StateChip state=template.state />
                {phase(template).map(|phase| view! { <p class="mt-1 text-muted">{phase}</p> })}
            </td>
            <td class=CELL_WIDE>{window(draft.claim_window)}</td>
            <td class=CELL_WIDE>
                <span class="whitespace-nowrap tabular-nums">{issued}</span>
                {stock}
            </td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_the_list_keeps_its_filter() {
        let found = address("a&b 券", Some(State::Live), 2);
        assert_eq!(found, "/ops/templates?search=a%26b%20%E5%88%B8&state=live&page=2");
    }
}
