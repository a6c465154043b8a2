//! The catalogue: the tree of categories, the products in it, and taking both over from tables.

use std::collections::HashMap;

use domain::CategoryId;
use domain::category::Category;
use engine::catalogue::{self, Catalogue, Product};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;

use super::inputs::{file, wrong_lines};
use super::templates::count;
use crate::context::engine;
use crate::failure::page;
use crate::flash::{Flash, flash};
use crate::form::escaped;
use crate::locale::{money, name, t, t_with};
use crate::server_fns::catalogue::ImportCatalogue;
use crate::session;
use crate::ui::field::INPUT;
use crate::ui::table::{CELL, Head, NUMBER, Table};
use crate::ui::{Button, Card, Hidden, Look, OpsFrame, PageHead, Said};

const PATH: &str = "/ops/catalogue";

/// Rows of one list; whoever looks for another searches.
const SHOWN: usize = 200;

/// `/ops/catalogue?category=…&search=…`
#[component]
pub fn CataloguePage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let word = move |name: &str| query.get(name).filter(|word| !word.trim().is_empty());
    let (category, search) = (word("category"), word("search"));
    page(async move {
        let operator = session::operator().await?;
        let known = catalogue::current(&engine()).await?;
        let here = category.and_then(|id| known.category(&id.parse().ok()?).cloned());
        let products = match &search {
            Some(search) => catalogue::search(&engine(), &operator, search).await?,
            None => in_category(&known, here.as_ref()),
        };
        let none = match (&search, &here) {
            (Some(_), _) => "catalogue-none-found",
            (None, Some(_)) => "catalogue-none-here",
            (None, None) => "catalogue-none",
        };
        let flash = flash().await;
        let may_edit = operator.role.can_edit();
        let imports = may_edit.then(|| {
            view! {
                <div class="grid grid-cols-1 gap-4 lg:grid-cols-2">
                    {import("categories", "catalogue-import-categories", &flash)}
                    {import("products", "catalogue-import-products", &flash)}
                </div>
            }
        });
        let lead = t_with(
            "catalogue-lead",
            [
                ("categories", count(known.categories.len() as u64).into()),
                ("products", count(known.products.len() as u64).into()),
            ],
        );
        let tree = search.is_none().then(|| tree(&known, here.as_ref()));
        Ok(view! {
            <OpsFrame title=t("catalogue-title") here=PATH>
                <PageHead title=t("catalogue-title") lead=lead />
                <div class="grid grid-cols-1 gap-4">
                    {find(search.unwrap_or_default())} {tree}
                    {shelf(products, none)} {imports}
                </div>
            </OpsFrame>
        })
    })
}

fn find(search: String) -> impl IntoView {
    view! {
        <form method="get" action=PATH role="search" class="flex flex-wrap items-end gap-3">
            <div class="min-w-48 flex-1">
                <label class="font-medium" for="search">
                    {t("catalogue-search")}
                </label>
                <input id="search" name="search" type="search" dir="auto" value=search class=INPUT />
            </div>
            <Button look=Look::Secondary>{t("list-find")}</Button>
        </form>
    }
}

/// The way down to a category, and what lies under it.
fn tree(known: &Catalogue, here: Option<&Category>) -> AnyView {
    let counts = known.products_in();
    let parent = here.map(|here| &here.id);
    let below = known.categories.iter().filter(|category| category.parent.as_ref() == parent);
    let below: Vec<&Category> = below.collect();
    let left_out = below.len().saturating_sub(SHOWN);
    let more = (left_out > 0).then(|| {
        let more = t_with("catalogue-more", [("text", count(left_out as u64).into())]);
        view! { <p class="text-muted">{more}</p> }
    });
    let entries = below.into_iter().take(SHOWN).map(|category| entry(category, &counts));
    let entries = entries.collect_view();
    let way = way_down(known, here);
    view! {
        <Card title=t("catalogue-tree")>
            <nav aria-label=t("catalogue-way")>
                <ol class="flex flex-wrap gap-x-3">{way}</ol>
            </nav>
            <ul class="grid grid-cols-1 items-start gap-x-4 sm:grid-cols-2 lg:grid-cols-3">{entries}</ul>
            {more}
        </Card>
    }
    .into_any()
}

fn way_down(known: &Catalogue, here: Option<&Category>) -> Vec<AnyView> {
    let mut above: Vec<&Category> = Vec::new();
    if let Some(here) = here {
        above.extend(known.tree.lineage(&here.id).filter_map(|id| known.category(id)));
    }
    above.reverse();
    let top = link(PATH.to_owned(), t("catalogue-all"), true);
    let step = |category: &Category| link(page_of(&category.id), name(&category.name), false);
    std::iter::once(top).chain(above.into_iter().map(step)).collect()
}

fn link(href: String, text: String, is_top: bool) -> AnyView {
    let below = view! {
        <span class="text-muted" aria-hidden="true">
            "›"
        </span>
    };
    view! {
        <li class="flex min-w-0 items-center gap-x-3">
            {(!is_top).then_some(below)}
            <a class=STEP href=href dir="auto">
                <span class="min-w-0 break-words">{text}</span>
            </a>
        </li>
    }
    .into_any()
}

/// However long the word, it stays within its line.
const STEP: &str =
    class!("inline-flex min-h-11 max-w-full items-center text-accent underline underline-offset-4");

fn page_of(category: &CategoryId) -> String {
    format!("{PATH}?category={}", escaped(category.as_str()))
}

fn entry(category: &Category, counts: &HashMap<CategoryId, usize>) -> impl IntoView + use<> {
    let products = counts.get(&category.id).copied().unwrap_or_default() as u64;
    let products = [("n", products.into()), ("text", count(products).into())];
    view! {
        <li class="flex flex-wrap items-center gap-x-3">
            <a
                class="inline-flex min-h-11 min-w-0 items-center text-accent underline-offset-4 hover:underline"
                href=page_of(&category.id)
                dir="auto"
            >
                <span class="min-w-0 break-words">{name(&category.name)}</span>
            </a>
            <span class="text-sm text-muted">{category.id.to_string()}</span>
            <span class="text-sm text-muted">{t_with("catalogue-count", products)}</span>
        </li>
    }
}

/// Products that lie right in a category; of none without one.
fn in_category(known: &Catalogue, here: Option<&Category>) -> Vec<Product> {
    let Some(here) = here else { return Vec::new() };
    let within =
        known.products.iter().filter(|product| product.category.as_ref() == Some(&here.id));
    within.take(SHOWN).cloned().collect()
}

/// `none` is what is said where there are none.
fn shelf(products: Vec<Product>, none: &'static str) -> AnyView {
    if products.is_empty() {
        return view! { <p class="text-muted">{t(none)}</p> }.into_any();
    }
    let row = |product: &Product| {
        view! {
            <tr>
                <th scope="row" class=CELL>
                    <span dir="auto">{name(&product.name)}</span>
                </th>
                <td class=CELL>{product.id.to_string()}</td>
                <td class=CELL>{product.category.as_ref().map(ToString::to_string)}</td>
                <td class=NUMBER>{product.price.map(money)}</td>
            </tr>
        }
    };
    let heads = [
        Head::Text(t("catalogue-name")),
        Head::Text(t("catalogue-id")),
        Head::Text(t("catalogue-category")),
        Head::Number(t("catalogue-price")),
    ];
    let rows = products.iter().map(row).collect_view();
    view! {
        <Card title=t("catalogue-products")>
            <Table label=t("catalogue-products") heads=heads>
                {rows}
            </Table>
        </Card>
    }
    .into_any()
}

fn import(kind: &'static str, title: &'static str, flash: &Flash) -> AnyView {
    let sent = Some(flash.clone()).filter(|flash| flash.form == kind).unwrap_or_default();
    let (id, hint) = match kind {
        "products" => ("products-file", "catalogue-products-hint"),
        _ => ("categories-file", "catalogue-categories-hint"),
    };
    let wrong = wrong_lines(&sent);
    let said = wrong.is_none().then(|| view! { <Said flash=sent /> });
    view! {
        <Card id=kind title=t(title)>
            {said}
            {wrong}
            <form
                method="post"
                action=ImportCatalogue::url()
                enctype="multipart/form-data"
                class="mt-3 grid gap-4"
            >
                <Hidden name="kind" value=kind />
                {file(id, t("catalogue-file"), t(hint), true)}
                <div>
                    <Button look=Look::Secondary>{t("catalogue-take")}</Button>
                </div>
            </form>
        </Card>
    }
    .into_any()
}
