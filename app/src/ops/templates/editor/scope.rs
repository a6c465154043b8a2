//! Which lines a coupon covers: the category tree with what is included and excluded, and products
//! by their ids.

use domain::CategoryId;
use domain::category::Category;
use leptos::prelude::*;

use super::control::{Sheet, card};
use crate::locale::{t, t_with};

pub(super) fn scope(sheet: &Sheet, categories: &[Category]) -> impl IntoView + use<> {
    let form = &sheet.form;
    let unknown = |side: &[String]| {
        let is_unknown =
            |id: &&String| !categories.iter().any(|known| known.id.as_str() == id.as_str());
        side.iter().filter(is_unknown).cloned().collect::<Vec<_>>()
    };
    let mut strangers = unknown(&form.include);
    strangers.extend(unknown(&form.exclude));
    strangers.sort();
    strangers.dedup();
    let strangers = strangers
        .into_iter()
        .map(|id| view! { <li>{marks(sheet, &id, id.clone())}</li> })
        .collect_view();
    card(
        "editor-scope",
        view! {
                <div class="space-y-4">
                    <fieldset id="include">
                        <legend class="text-muted">{t("draft-scope-hint")}</legend>
                        {sheet.problem("include")}
                        {sheet.problem("exclude")}
                        <ul id="exclude" class="mt-2 divide-y divide-y-reverse divide-line rounded-lg border border-line">
                            {branches(sheet, categories, None)}
                            {strangers}
                        </ul>
                    </fieldset>
                    <div class="grid gap-4 sm:grid-cols-2">
                        {sheet.area("include_products", &form.include_products, Some("draft-products-hint"))}
                        {sheet.area("exclude_products", &form.exclude_products, None)}
                    </div>
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

/// A list's items: each category with its marks and, folded away, what lies under it.
fn branches(sheet: &Sheet, all: &[Category], under: Option<&CategoryId>) -> AnyView {
    let children = all.iter().filter(|category| category.parent.as_ref() == under);
    let branch = |category: &Category| {
        let below = all.iter().filter(|other| other.parent.as_ref() == Some(&category.id)).count();
        let below = (below > 0).then(|| {
            view! {
                <details open=is_marked_below(sheet, all, &category.id)>
                    <summary class="px-3 py-3 text-muted md:py-1">
                        {t_with("draft-scope-below", [("n", below.into())])}
                    </summary>
                    <ul class="ml-4 border-l border-line">{branches(sheet, all, Some(&category.id))}</ul>
                </details>
            }
        });
        view! { <li>{marks(sheet, category.id.as_str(), category.name.clone())} {below}</li> }
    };
    children.map(branch).collect_view().into_any()
}

fn is_marked_below(sheet: &Sheet, all: &[Category], id: &CategoryId) -> bool {
    all.iter().filter(|category| category.parent.as_ref() == Some(id)).any(|category| {
        is_in(&sheet.form.include, category.id.as_str())
            || is_in(&sheet.form.exclude, category.id.as_str())
            || is_marked_below(sheet, all, &category.id)
    })
}

fn is_in(ids: &[String], id: &str) -> bool {
    ids.iter().any(|known| known == id)
}

fn marks(sheet: &Sheet, id: &str, name: String) -> impl IntoView + use<> {
    let include = mark("include", id, &name, is_in(&sheet.form.include, id), INCLUDE);
    let exclude = mark("exclude", id, &name, is_in(&sheet.form.exclude, id), EXCLUDE);
    view! {
        <div class="flex items-center justify-between gap-3 px-3 py-1">
            <span class="min-w-0">{name}</span>
            <span class="flex shrink-0 gap-1">{include} {exclude}</span>
        </div>
    }
}

const INCLUDE: &str = class!(
    "inline-flex min-h-11 items-center gap-1 rounded-lg px-2 text-muted has-[:checked]:bg-ok-soft has-[:checked]:text-ok md:min-h-8"
);
const EXCLUDE: &str = class!(
    "inline-flex min-h-11 items-center gap-1 rounded-lg px-2 text-muted has-[:checked]:bg-danger-soft has-[:checked]:text-danger md:min-h-8"
);

/// The id travels as the value: ids hold what names of fields may not.
fn mark(
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
