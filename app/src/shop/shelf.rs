//! The demo's grocery shelf: the catalogue's products, by category and by name.

use domain::{CategoryId, category::Category};
use engine::catalogue::{Catalogue, Product};
use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    basket::Basket,
    form::escaped,
    locale::{money, name, t, t_with},
    server_fns::basket::AddToBasket,
    ui::{Button, Chip, Empty, Hidden, LinkButton, Look, Tone, field::INPUT},
};

/// Which part of the shelf is looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) category: Option<CategoryId>,
    pub(super) search: String,
}

impl Part {
    fn holds(&self, product: &Product, catalogue: &Catalogue) -> bool {
        let search = self.search.trim().to_lowercase();
        let is_named = search.is_empty() || product.name.to_lowercase().contains(&search);
        let is_below = match (&self.category, &product.category) {
            (None, _) => true,
            (Some(above), Some(own)) => catalogue.tree.lineage(own).any(|id| id == above),
            (Some(_), None) => false,
        };
        is_named && is_below && product.price.is_some()
    }
}

pub(super) fn shelf(catalogue: &Catalogue, basket: &Basket, part: &Part) -> impl IntoView + use<> {
    let products = catalogue.products.iter().filter(|product| part.holds(product, catalogue));
    let products: Vec<_> = products.map(|product| piece(product, basket)).collect();
    let empty = products.is_empty().then(|| {
        view! {
            <Empty text=t("shelf-empty")>
                <LinkButton href="/basket#shelf" look=Look::Secondary>
                    {t("shelf-clear")}
                </LinkButton>
            </Empty>
        }
    });
    let chosen = part.category.clone();
    view! {
        <section id="shelf">
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
            <ul class="mt-4 grid gap-2">{products}</ul>
        </section>
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
        here.map(|category| way(category, lineage.contains(&&category.id))).collect_view()
    };
    let all = view! { <li><a class=chip(chosen.is_none()) href="/basket#shelf">{t("shelf-all")}</a></li> };
    let children = root.map(|root| {
        view! { <ul class="mt-2 flex flex-wrap gap-2 border-l-2 border-line pl-3">{below(Some(root))}</ul> }
    });
    view! {
        <nav aria-label=t("shelf-categories")>
            <ul class="flex flex-wrap gap-2">{all} {below(None)}</ul>
            {children}
        </nav>
    }
}

fn way(category: &Category, is_chosen: bool) -> impl IntoView + use<> {
    view! {
        <li>
            <a
                class=chip(is_chosen)
                href=format!("/basket?category={}#shelf", escaped(category.id.as_str()))
                aria-current=is_chosen.then_some("true")
            >
                {name(&category.name)}
            </a>
        </li>
    }
}

fn chip(is_chosen: bool) -> &'static str {
    if is_chosen {
        class!(
            "inline-flex min-h-11 items-center rounded-full bg-accent px-4 text-sm font-medium text-on-accent"
        )
    } else {
        class!(
            "inline-flex min-h-11 items-center rounded-full border border-line bg-surface px-4 text-sm hover:bg-sunken"
        )
    }
}

pub(super) fn piece(product: &Product, basket: &Basket) -> AnyView {
    let called = name(&product.name);
    let inside = basket.quantity(&product.id);
    let inside = (inside > 0).then(|| {
        view! { <Chip tone=Tone::Accent>{t_with("shelf-in-basket", [("n", inside.into())])}</Chip> }
    });
    let label = t_with("shelf-add-label", [("product", called.clone().into())]);
    view! {
        <li
            id=format!("product-{}", product.id)
            class="flex items-center gap-3 rounded-xl border border-line bg-surface px-4 py-2"
        >
            <div class="min-w-0 flex-1">
                <p>{called.clone()}</p>
                <p class="flex items-center gap-2 text-sm text-muted tabular-nums">
                    {product.price.map(money)} {inside}
                </p>
            </div>
            <form method="post" action=AddToBasket::url()>
                <Hidden name="product" value=product.id.to_string() />
                <Button look=Look::Secondary label=label>
                    {t("shelf-add")}
                </Button>
            </form>
        </li>
    }
    .into_any()
}
