//! The demo's grocery shelf: the catalogue's products, by category and by name, a page at a time.

use domain::{CategoryId, category::Category};
use engine::catalogue::{Catalogue, Product};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::params::ParamsMap;

use super::stepper::Step;
use crate::{
    basket::Basket,
    form::escaped,
    locale::{name, price, t, t_with},
    server_fns::basket::{AddToBasket, TakeFromBasket},
    ui::{Button, CHIPS, ChipLink, Empty, Glyph, Hidden, LinkButton, Look, Pager, field::INPUT},
};

/// How many products are shown at once.
const PAGE: usize = 24;

/// Which part of the shelf is looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) category: Option<CategoryId>,
    pub(super) search: String,
    /// From 1.
    pub(super) page: usize,
}

impl Part {
    pub(super) fn read(query: &ParamsMap) -> Self {
        Self {
            category: query.get("category").and_then(|id| CategoryId::new(id).ok()),
            search: query.get("search").unwrap_or_default(),
            page: query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1),
        }
    }

    /// Every word sought is part of the name, in any order.
    pub(super) fn holds(&self, product: &Product, catalogue: &Catalogue) -> bool {
        let called = product.name.to_lowercase();
        let search = self.search.to_lowercase();
        let is_named = search.split_whitespace().all(|word| called.contains(word));
        let is_below = match (&self.category, &product.category) {
            (None, _) => true,
            (Some(above), Some(own)) => catalogue.tree.lineage(own).any(|id| id == above),
            (Some(_), None) => false,
        };
        is_named && is_below && product.price.is_some()
    }

    /// What leads to it on a page of its own, but for the page asked for.
    pub(super) fn query(&self, page: usize) -> String {
        let category = self.category.as_ref().map(|id| escaped(id.as_str())).unwrap_or_default();
        format!("?category={category}&search={}&page={page}", escaped(&self.search))
    }

    fn address(&self, page: usize) -> String {
        format!("/basket{}#shelf", self.query(page))
    }
}

/// The forms that its buttons press, each once on the page.
const ADD: &str = "add-shelf";
const TAKE: &str = "take-shelf";

pub(super) fn presses() -> impl IntoView {
    let add = press(ADD, AddToBasket::url(), "product-");
    let take = press(TAKE, TakeFromBasket::url(), "product-");
    view! { {add} {take} }
}

/// A form that buttons elsewhere press, with where on the page they stand.
pub(super) fn press(id: &'static str, action: &'static str, place: &'static str) -> impl IntoView {
    view! {
        <form id=id method="post" action=action data-live="press">
            <Hidden name="place" value=place />
        </form>
    }
}

pub(super) const GRID: &str = class!("mt-4 grid grid-cols-2 gap-2 sm:grid-cols-3");

pub(super) fn shelf(catalogue: &Catalogue, basket: &Basket, part: &Part) -> impl IntoView + use<> {
    let held: Vec<&Product> =
        catalogue.products.iter().filter(|product| part.holds(product, catalogue)).collect();
    let pages = held.len().div_ceil(PAGE).max(1);
    let page = part.page.min(pages);
    let here = held.iter().skip((page - 1) * PAGE).take(PAGE);
    let products: Vec<_> = here.map(|product| piece(product, basket)).collect();
    let empty = products.is_empty().then(|| {
        view! {
            <div class="mt-4">
                <Empty text=t("shelf-empty") glyph=Glyph::Basket>
                    <LinkButton href="/basket#shelf" look=Look::Secondary>
                        {t("shelf-clear")}
                    </LinkButton>
                </Empty>
            </div>
        }
    });
    let (chosen, asked) = (part.category.clone(), part.clone());
    view! {
        <h2 class="mb-3 text-lg font-semibold">{t("shelf-title")}</h2>
        <form method="get" action="/basket#shelf" role="search" class="mb-3 flex items-end gap-2">
            {chosen.map(|id| view! { <Hidden name="category" value=id.to_string() /> })}
            <input
                type="search"
                name="search"
                class=INPUT
                aria-label=t("shelf-search")
                placeholder=t("shelf-search")
                value=part.search.clone()
            />
            <div class="shrink-0">
                <Button look=Look::Secondary>{t("shelf-search-press")}</Button>
            </div>
        </form>
        {categories(catalogue, part)}
        {empty}
        <ul class=GRID>
            {products}
        </ul>
        <Pager
            page=page as u64
            pages=pages as u64
            href=move |to| asked.address(usize::try_from(to).unwrap_or(1))
        />
    }
}

/// The roots of the tree, and below the chosen one its children.
fn categories(catalogue: &Catalogue, part: &Part) -> impl IntoView + use<> {
    let chosen = part.category.as_ref();
    let lineage: Vec<&CategoryId> =
        chosen.map(|id| catalogue.tree.lineage(id).collect()).unwrap_or_default();
    let root = lineage.last().copied();
    let below = |parent: Option<&CategoryId>| {
        let here = catalogue.categories.iter().filter(|known| known.parent.as_ref() == parent);
        here.map(|category| way(category, lineage.contains(&&category.id))).collect::<Vec<_>>()
    };
    let all = view! { <li class="shrink-0"><ChipLink href="/basket#shelf" is_here=chosen.is_none()>{t("shelf-all")}</ChipLink></li> };
    let children = root.map(|root| below(Some(root))).filter(|children| !children.is_empty());
    let children = children.map(|children| {
        view! { <ul class="mt-2 flex gap-2 overflow-x-auto border-l-2 border-line p-1 pl-3 sm:flex-wrap sm:overflow-visible">{children}</ul> }
    });
    view! {
        <nav aria-label=t("shelf-categories")>
            <ul class=CHIPS>{all} {below(None)}</ul>
            {children}
        </nav>
    }
}

fn way(category: &Category, is_chosen: bool) -> AnyView {
    let href = format!("/basket?category={}#shelf", escaped(category.id.as_str()));
    let called = name(&category.name);
    view! {
        <li class="max-w-60 shrink-0">
            <ChipLink href=href is_here=is_chosen>
                <span class="truncate" dir="auto">{called}</span>
            </ChipLink>
        </li>
    }
    .into_any()
}

/// A product with the way into the basket, and with the steps once it is in.
pub(super) fn piece(product: &Product, basket: &Basket) -> AnyView {
    let (called, id) = (name(&product.name), product.id.to_string());
    let label = |key: &'static str| t_with(key, [("product", called.clone().into())]);
    let more = format!("shelf-more-{id}");
    let action = match basket.quantity(&product.id) {
        0 => view! {
            <button
                type="submit"
                form=ADD
                id=more
                name="product"
                value=id.clone()
                class=PUT_IN
                aria-label=label("shelf-add-label")
            >
                {t("shelf-add")}
            </button>
        }
        .into_any(),
        inside => {
            let fewer = if inside == 1 { "basket-remove" } else { "basket-fewer" };
            view! {
                <div class="flex items-center justify-between gap-1">
                    <Step
                        form=TAKE
                        id=format!("shelf-fewer-{id}")
                        name="product"
                        value=id.clone()
                        label=label(fewer)
                        sign="−"
                    />
                    <span class="font-medium tabular-nums">{inside}</span>
                    <Step
                        form=ADD
                        id=more
                        name="product"
                        value=id.clone()
                        label=label("basket-more")
                        sign="+"
                    />
                </div>
            }
            .into_any()
        }
    };
    view! {
        <li
            id=format!("product-{id}")
            tabindex="-1"
            class="flex scroll-mt-24 flex-col justify-between gap-2 rounded-xl border border-line bg-surface p-3"
        >
            <div>
                <p class="line-clamp-3 text-sm" dir="auto">{called.clone()}</p>
                <p class="mt-1 font-semibold tabular-nums">{product.price.map(price)}</p>
            </div>
            {action}
        </li>
    }
    .into_any()
}

const PUT_IN: &str = class!(
    "inline-flex h-11 w-full items-center justify-center rounded-lg border border-edge bg-surface px-3 text-sm font-medium hover:bg-sunken"
);
