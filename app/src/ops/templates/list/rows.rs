//! The list itself: a table on a desk, a card for each on a phone. It is one markup for both, so the
//! roles are said: a row that is laid out as a block is none to a screen reader otherwise.

use domain::template::State;
use engine::templates::{Filter, Sort, Template};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::address;
use crate::context::engine;
use crate::locale::{money, t, t_with};
use crate::ops::speech::Speech;
use crate::ops::templates::numbers::share;
use crate::ops::templates::{StateChip, claims, count, phase};
use crate::server_fns::templates::CopyTemplate;
use crate::ui::{Bar, Hidden};

const HEAD: &str = class!("px-4 py-2 text-left text-sm font-medium text-muted");
const HEAD_TICK: &str = class!("w-14 px-4 py-2");
const HEAD_NARROW: &str = class!("w-36 px-4 py-2 text-left text-sm font-medium text-muted");
const HEAD_LAST: &str = class!("w-20 px-4 py-2");
const CELL: &str = class!("mt-2 block md:mt-0 md:table-cell md:px-4 md:py-3 md:align-top");
const LABEL: &str = class!("text-sm text-muted md:hidden");

#[component]
pub fn Rows(
    templates: Vec<Template>,
    speech: Speech,
    filter: Filter,
    may_edit: bool,
    /// Whether all are ticked.
    ticked: bool,
) -> impl IntoView {
    let has_ticks = (may_edit && templates.iter().any(may_act)).then_some(ticked);
    let rows = templates.iter().map(|template| row(template, &speech, may_edit, has_ticks));
    let rows = rows.collect_view();
    let head = |key: &'static str, sort: Option<Sort>| head(&filter, key, sort);
    view! {
        <div class="md:overflow-hidden md:rounded-xl md:border md:border-line md:bg-surface md:shadow-sm">
            <table role="table" class="block w-full md:table md:table-fixed">
                <caption class="sr-only">{t("templates-title")}</caption>
                <thead role="rowgroup" class="hidden border-b border-line md:table-header-group">
                    <tr role="row">
                        {has_ticks.map(|_| view! {
                            <th role="columnheader" scope="col" class=HEAD_TICK>
                                <span class="sr-only">{t("list-tick")}</span>
                            </th>
                        })}
                        {head("templates-name", Some(Sort::Name))}
                        {head("templates-state", None)}
                        {head("templates-window", Some(Sort::Opens))}
                        {head("list-stock", Some(Sort::Gone))}
                        {head("list-budget", Some(Sort::Budget))}
                        {may_edit.then(|| view! {
                            <th role="columnheader" scope="col" class=HEAD_LAST>
                                <span class="sr-only">{t("list-do")}</span>
                            </th>
                        })}
                    </tr>
                </thead>
                <tbody
                    role="rowgroup"
                    class="block space-y-3 md:table-row-group"
                >
                    {rows}
                </tbody>
            </table>
        </div>
    }
}

/// A head that sorts: pressed again it turns the order round.
fn head(filter: &Filter, key: &str, sort: Option<Sort>) -> impl IntoView + use<> {
    // The name takes what the others leave.
    let class = if sort == Some(Sort::Name) { HEAD } else { HEAD_NARROW };
    let Some(sort) = sort else {
        return view! {
            <th role="columnheader" scope="col" class=class>
                {t(key)}
            </th>
        }
        .into_any();
    };
    let is_here = filter.sort == sort;
    let is_rising = sort.is_rising() != filter.reversed;
    let (order, arrow) = if is_rising { ("ascending", "↑") } else { ("descending", "↓") };
    let to = Filter { sort, reversed: is_here && !filter.reversed, page: 0, ..filter.clone() };
    view! {
        <th role="columnheader" scope="col" class=class aria-sort=is_here.then_some(order)>
            <a class="inline-flex min-h-6 items-center gap-1 hover:text-text hover:underline" href=address::write(&to)>
                {t(key)}
                <span aria-hidden="true">{if is_here { arrow } else { "↕" }}</span>
            </a>
        </th>
    }
    .into_any()
}

/// The forms of the rows' copies, each with an id of its own for what it makes. They stand after the
/// list, whose own form goes around its rows.
pub(super) fn copies(templates: &[Template]) -> impl IntoView + use<> {
    let copy = |template: &Template| {
        let key = engine::templates::next_id(&engine()).to_string();
        view! {
            <form id=copying(template) class="hidden" method="post" action=CopyTemplate::url()>
                <Hidden name="key" value=key />
                <Hidden name="id" value=template.id.to_string() />
            </form>
        }
    };
    templates.iter().map(copy).collect_view()
}

/// What a row's button finds its form by.
fn copying(template: &Template) -> String {
    format!("copy-{}", template.id)
}

/// Something can be done to all that has not ended.
pub(super) fn may_act(template: &Template) -> bool {
    template.state != State::Ended
}

fn row(
    template: &Template,
    speech: &Speech,
    may_edit: bool,
    has_ticks: Option<bool>,
) -> impl IntoView + use<> {
    let draft = template.draft();
    let name = draft.name.clone();
    let id = template.id.to_string();
    let tick = has_ticks.map(|ticked| {
        let tick = may_act(template).then(|| {
            view! {
                <label class="flex min-h-11 items-center gap-2 md:min-h-0">
                    <input
                        type="checkbox"
                        name="ids[]"
                        value=id.clone()
                        checked=ticked
                        class="h-5 w-5 accent-accent"
                        aria-label=t_with("list-tick-one", [("name", name.clone().into())])
                    />
                    <span class=LABEL aria-hidden="true">{t("list-tick")}</span>
                </label>
            }
        });
        view! {
            <td role="cell" class="block md:table-cell md:px-4 md:py-3 md:align-top">
                {tick}
            </td>
        }
    });
    let copy = may_edit.then(|| {
        view! {
            <td role="cell" class=CELL>
                <button
                    type="submit"
                    form=copying(template)
                    class="inline-flex min-h-11 items-center rounded-lg text-sm text-accent underline underline-offset-4 md:min-h-6"
                    aria-label=t_with("list-copy-one", [("name", name.clone().into())])
                >
                    {t("template-copy")}
                </button>
            </td>
        }
    });
    view! {
        <tr
            role="row"
            class="block rounded-xl border border-line bg-surface p-4 shadow-sm md:table-row md:rounded-none md:border-x-0 md:border-t-0 md:p-0 md:shadow-none md:hover:bg-sunken"
        >
            {tick}
            <td role="cell" class="block min-w-0 md:table-cell md:px-4 md:py-3 md:align-top">
                <a
                    class="inline-block max-w-full py-1 font-medium break-words text-accent underline-offset-4 hover:underline md:py-0"
                    dir="auto"
                    href=format!("/ops/templates/{id}")
                >
                    {name}
                </a>
                {draft
                    .campaign
                    .clone()
                    .map(|campaign| {
                        view! {
                            <p class="text-sm break-words text-muted" dir="auto">
                                {campaign}
                            </p>
                        }
                    })}
                <p class="mt-1 text-sm break-words">{speech.sentence(draft)}</p>
            </td>
            <td role="cell" class=CELL>
                <StateChip state=template.state />
                {phase(template).map(|phase| view! { <p class="mt-1 text-sm break-keep text-muted">{phase}</p> })}
            </td>
            <td role="cell" class=CELL>
                <span class=LABEL>{t("templates-window")} " "</span>
                <span class="text-sm break-keep tabular-nums">{claims(template)}</span>
            </td>
            <td role="cell" class=CELL>
                <span class=LABEL>{t("list-stock")} " "</span>
                {stock(template)}
            </td>
            <td role="cell" class=CELL>
                {draft.budget.map(|_| view! { <span class=LABEL>{t("list-budget")} " "</span> })}
                {budget(template)}
            </td>
            {copy}
        </tr>
    }
}

/// Issued of the stock, and what is left.
fn stock(template: &Template) -> impl IntoView + use<> {
    let issued = template.issued;
    let Some(stock) = template.draft().stock else {
        let issued = t_with("list-issued-endless", [("issued", count(issued).into())]);
        return view! { <span class="text-sm break-keep tabular-nums">{issued}</span> }.into_any();
    };
    let filled = [("issued", count(issued).into()), ("stock", count(stock).into())];
    let left = t_with("list-left", [("left", count(stock.saturating_sub(issued)).into())]);
    view! {
        <span class="text-sm whitespace-nowrap tabular-nums">{t_with("of-stock", filled)}</span>
        <div class="my-1 w-full md:w-28">
            <Bar percent=share(issued, stock) />
        </div>
        <span class="text-sm text-muted tabular-nums">{left}</span>
    }
    .into_any()
}

/// Reserved and spent of the budget.
fn budget(template: &Template) -> impl IntoView + use<> {
    let Some(budget) = template.draft().budget else {
        return view! { <span class="text-sm text-muted">{t("list-no-budget")}</span> }.into_any();
    };
    let gone = template.reserved + template.spent;
    let units = |amount: domain::Money| amount.units().unsigned_abs();
    let filled = [("issued", money(gone).into()), ("stock", money(budget).into())];
    view! {
        <span class="text-sm tabular-nums">{t_with("of-stock", filled)}</span>
        <div class="my-1 w-full md:w-28">
            <Bar percent=share(units(gone), units(budget)) />
        </div>
    }
    .into_any()
}
