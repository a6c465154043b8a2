//! The ways through the center: a search, tabs by category, and the address of each part.

use domain::CategoryId;
use engine::{
    catalogue::Catalogue,
    offers::{Center, Part},
};
use leptos::prelude::*;

use crate::{
    form::escaped,
    locale::{name, t, t_with},
    ui::{Button, ChipLink, Hidden, Look, field::INPUT},
};

/// More tabs than this wait behind a word.
const TABS: usize = 12;

/// A part of the center as an address: `/?category=fruit&search=week&page=2`.
pub(super) fn address(base: &str, part: &Part, page: u64) -> String {
    let category = part.category.as_ref().map(|id| ("category", escaped(id.as_str())));
    let search = (!part.search.is_empty()).then(|| ("search", escaped(&part.search)));
    let page = (page > 1).then(|| ("page", page.to_string()));
    let query = [category, search, page].into_iter().flatten();
    let query: Vec<String> = query.map(|(name, value)| format!("{name}={value}")).collect();
    match query.as_slice() {
        [] => base.to_owned(),
        query => format!("{base}?{}", query.join("&")),
    }
}

pub(super) fn search(base: &str, part: &Part) -> impl IntoView + use<> {
    let category = part.category.clone();
    view! {
        <form
            method="get"
            action=base.to_owned()
            role="search"
            class="mt-4 flex items-end gap-2"
        >
            {category.map(|id| view! { <Hidden name="category" value=id.to_string() /> })}
            <input
                type="search"
                name="search"
                class=INPUT
                dir="auto"
                aria-label=t("center-search")
                placeholder=t("center-search")
                value=part.search.clone()
            />
            <div class="shrink-0">
                <Button look=Look::Secondary>{t("center-search-press")}</Button>
            </div>
        </form>
    }
}

/// All, and the categories that have most cards; the others in a list of their own.
pub(super) fn tabs(
    base: &str,
    part: &Part,
    center: &Center,
    catalogue: &Catalogue,
) -> Option<impl IntoView + use<>> {
    if center.categories.is_empty() {
        return None;
    }
    let tab = |id: Option<&CategoryId>, n: u64| {
        let is_chosen = part.category.as_ref() == id;
        let to = Part { category: id.cloned(), search: part.search.clone(), ..Part::default() };
        let known = id.and_then(|id| catalogue.category(id));
        let text = known.map_or_else(|| t("center-all"), |known| name(&known.name));
        view! {
            <li class="max-w-60 shrink-0">
                <ChipLink href=address(base, &to, 1) is_here=is_chosen>
                    <span class="truncate" dir="auto">{text}</span>
                    <span class="text-xs tabular-nums" aria-hidden="true">{n}</span>
                </ChipLink>
            </li>
        }
    };
    let is_chosen = |(id, _): &&(CategoryId, u64)| part.category.as_ref() == Some(id);
    let (first, others) = center.categories.split_at(center.categories.len().min(TABS));
    let first: Vec<_> = first
        .iter()
        .chain(others.iter().filter(is_chosen))
        .map(|(id, n)| tab(Some(id), *n))
        .collect();
    let others: Vec<_> = others.iter().filter(|other| !is_chosen(other)).collect();
    let others = (!others.is_empty()).then(|| {
        let tabs: Vec<_> = others.iter().map(|(id, n)| tab(Some(id), *n)).collect();
        view! {
            <details class="mt-2">
                <summary class="py-3 pointer-fine:py-1 text-sm text-muted">
                    {t_with("center-more-tabs", [("n", others.len().into())])}
                </summary>
                <ul class="mt-2 flex flex-wrap gap-2">{tabs}</ul>
            </details>
        }
    });
    Some(view! {
        <nav class="mt-3" aria-label=t("center-tabs")>
            <ul class=TABS_IN_A_ROW>{tab(None, center.whole)} {first}</ul>
            {others}
        </nav>
    })
}

/// A phone has them in one row that scrolls; the room around them is for the focus ring.
const TABS_IN_A_ROW: &str =
    class!("-mx-1 flex gap-2 overflow-x-auto p-1 sm:flex-wrap sm:overflow-visible");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_its_address() {
        let part = |category: Option<&str>, search: &str| Part {
            category: category.map(|id| CategoryId::new(id).expect("an id")),
            search: search.to_owned(),
            ..Part::default()
        };
        for (part, page, expected) in [
            (part(None, ""), 1, "/"),
            (part(None, ""), 2, "/?page=2"),
            (part(Some("fruit"), "a&b=c"), 1, "/?category=fruit&search=a%26b%3Dc"),
            (part(Some("fruit"), "周"), 3, "/?category=fruit&search=%E5%91%A8&page=3"),
        ] {
            assert_eq!(address("/", &part, page), expected);
        }
    }
}
