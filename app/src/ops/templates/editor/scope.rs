//! Which lines a coupon covers: the category tree with what is included and excluded, and products
//! by their ids.

use std::collections::HashMap;

use domain::CategoryId;
use domain::category::{Category, Tree};
use domain::scope::Scope;
use leptos::prelude::*;

use super::control::{Sheet, section};
use crate::locale::{t, t_with};
use crate::ops::preview::filter::CategoryFilter;
use crate::ops::preview::marks::{self, Mark};
use crate::ops::preview::picker::{PickerWords, ProductPicker};
use crate::ops::speech::Speech;
use crate::ops::templates::count;

/// A tree as long as this is worth a search.
const LONG: usize = 12;

/// What the rows of the tree are made of.
struct Rows<'a> {
    sheet: &'a Sheet,
    scope: &'a Scope,
    speech: &'a Speech,
    tree: Tree,
    below: HashMap<Option<&'a CategoryId>, Vec<&'a Category>>,
    /// Products in each category and below it.
    products: &'a HashMap<CategoryId, usize>,
}

pub(super) fn scope(
    sheet: &Sheet,
    scope: &Scope,
    speech: &Speech,
    products: &HashMap<CategoryId, usize>,
) -> impl IntoView + use<> {
    let form = &sheet.form;
    let categories = &speech.shop.categories;
    let mut below: HashMap<Option<&CategoryId>, Vec<&Category>> = HashMap::new();
    for category in categories {
        below.entry(category.parent.as_ref()).or_default().push(category);
    }
    let rows = Rows { sheet, scope, speech, tree: speech.shop.tree(), below, products };
    let is_stranger =
        |id: &&String| !categories.iter().any(|known| known.id.as_str() == id.as_str());
    let mut strangers: Vec<&String> =
        form.include.iter().chain(&form.exclude).filter(is_stranger).collect();
    strangers.sort();
    strangers.dedup();
    let strangers = strangers
        .into_iter()
        .map(|id| view! { <li>{rows.marks(id, id.clone())}</li> })
        .collect_view();
    let find = (categories.len() > LONG).then(|| {
        view! {
            <CategoryFilter
                below="include-tree".to_owned()
                label=t("scope-filter")
                none=t("scope-filter-none")
            />
        }
    });
    let picker = |field: &str| {
        let words = PickerWords {
            label: t("picker-label"),
            none: t("picker-none"),
            offline: t("preview-offline"),
            add: t("picker-add"),
            added: t("picker-added"),
        };
        view! { <ProductPicker field=field.to_owned() words=words /> }
    };
    section(
        3,
        "editor-scope",
        view! {
            <div class="space-y-4">
                <fieldset id="include">
                    <legend class="text-muted">{t("draft-scope-hint")}</legend>
                    {sheet.problem("include")}
                    {sheet.problem("exclude")}
                    {find}
                    <div id="exclude">
                        <ul id="include-tree" class="mt-2 divide-y divide-line rounded-lg border border-line">
                            {rows.under(None)}
                            {strangers}
                        </ul>
                    </div>
                </fieldset>
                <details open=!(form.include_products.is_empty() && form.exclude_products.is_empty())>
                    <summary class="inline-flex min-h-11 items-center font-medium text-accent md:min-h-8">
                        {t("editor-products")}
                    </summary>
                    <div class="mt-2 grid gap-4 sm:grid-cols-2">
                        <div>
                            {sheet.area("include_products", &form.include_products, Some("draft-products-hint"))}
                            {picker("include_products")}
                        </div>
                        <div>
                            {sheet.area("exclude_products", &form.exclude_products, Some("draft-products-hint"))}
                            {picker("exclude_products")}
                        </div>
                    </div>
                </details>
                {sheet
                    .choice(
                        "scope_rule",
                        &form.scope_rule,
                        &[
                            ("eligible_lines", Some("draft-scope-rule-eligible-lines-hint")),
                            ("whole_order", Some("draft-scope-rule-whole-order-hint")),
                        ],
                    )}
            </div>
        },
    )
}

impl Rows<'_> {
    /// A list's items: each category with its marks and, folded away, what lies under it.
    fn under(&self, parent: Option<&CategoryId>) -> AnyView {
        let children = self.below.get(&parent).into_iter().flatten();
        let branch = |category: &&Category| {
            let (id, name) = (&category.id, category.name.clone());
            let below = self.below.get(&Some(id)).map_or(0, Vec::len);
            let below = (below > 0).then(|| {
                view! {
                    <details open=self.is_marked_below(id)>
                        <summary class="min-h-11 px-3 py-3 text-xs text-muted md:min-h-8 md:py-2">
                            {t_with("draft-scope-below", [("n", below.into())])}
                            <span class="sr-only">" " {name.clone()}</span>
                        </summary>
                        <ul class="ml-4 border-l border-line">{self.under(Some(id))}</ul>
                    </details>
                }
            });
            let searched = format!("{} {id}", name.to_lowercase());
            view! { <li data-name=searched>{self.marks(id.as_str(), name)} {below}</li> }
        };
        children.map(branch).collect_view().into_any()
    }

    fn is_marked_below(&self, id: &CategoryId) -> bool {
        self.below.get(&Some(id)).into_iter().flatten().any(|category| {
            self.is_marked(category.id.as_str()) || self.is_marked_below(&category.id)
        })
    }

    fn is_marked(&self, id: &str) -> bool {
        is_in(&self.sheet.form.include, id) || is_in(&self.sheet.form.exclude, id)
    }

    fn marks(&self, id: &str, name: String) -> impl IntoView + use<> {
        let form = &self.sheet.form;
        let include = tick("include", id, &name, is_in(&form.include, id), INCLUDE);
        let exclude = tick("exclude", id, &name, is_in(&form.exclude, id), EXCLUDE);
        let category = CategoryId::new(id).ok();
        let products = category.as_ref().and_then(|category| self.products.get(category));
        let products =
            products.map(|n| t_with("scope-products-in", [("n", count(*n as u64).into())]));
        let words = marks::Words {
            shop: &self.speech.shop,
            tree: &self.tree,
            phrases: &self.speech.phrases,
        };
        let mark = category.as_ref().map(|category| marks::mark(category, self.scope, &words));
        let mark = mark.map(|Mark { text, class }| {
            view! { <span data-mark=id.to_owned() class=class>{text}</span> }
        });
        view! {
            <div class="flex flex-wrap items-center justify-between gap-x-2 px-3 py-1" data-marks="">
                <span class="min-w-52 flex-1">
                    <span dir="auto">{name}</span>
                    <span class="ml-2 text-xs text-muted tabular-nums">{products}</span>
                    <span class="block">{mark}</span>
                </span>
                <span class="flex shrink-0 gap-1">{include} {exclude}</span>
            </div>
        }
    }
}

fn is_in(ids: &[String], id: &str) -> bool {
    ids.iter().any(|known| known == id)
}

const INCLUDE: &str = class!(
    "inline-flex min-h-11 items-center gap-1 rounded-lg px-2 text-muted has-[:checked]:bg-ok-soft has-[:checked]:text-ok md:min-h-8"
);
const EXCLUDE: &str = class!(
    "inline-flex min-h-11 items-center gap-1 rounded-lg px-2 text-muted has-[:checked]:bg-danger-soft has-[:checked]:text-danger md:min-h-8"
);

/// The id travels as the value: ids hold what names of fields may not.
fn tick(
    side: &'static str,
    id: &str,
    name: &str,
    is_set: bool,
    look: &'static str,
) -> impl IntoView + use<> {
    let word = t(&format!("draft-scope-{side}"));
    view! {
        <label class=look>
            <input
                type="checkbox"
                class="accent-accent"
                name=format!("draft[{side}][]")
                value=id.to_owned()
                checked=is_set
                aria-label=format!("{word}: {name}")
            />
            {word.clone()}
        </label>
    }
}
