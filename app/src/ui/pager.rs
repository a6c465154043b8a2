//! Leads through a list that is longer than a page.

use leptos::prelude::*;

use super::button::{LinkButton, Look, Size};
use crate::locale::{t, t_with};

/// `page` counts from 1; `href` makes the address of a page.
#[component]
pub fn Pager(
    page: u64,
    pages: u64,
    href: impl Fn(u64) -> String + Send + 'static,
) -> impl IntoView {
    if pages <= 1 {
        return None;
    }
    let link = |to: u64, key: &'static str| {
        view! {
            <LinkButton look=Look::Secondary size=Size::Small href=href(to)>
                {t(key)}
            </LinkButton>
        }
    };
    Some(view! {
        <nav class="mt-6 flex flex-wrap items-center justify-center gap-4" aria-label=t("pager")>
            {(page > 1).then(|| link(page - 1, "pager-previous"))}
            <span class="text-muted tabular-nums">
                {t_with("pager-place", [("page", page.into()), ("pages", pages.into())])}
            </span>
            {(page < pages).then(|| link(page + 1, "pager-next"))}
        </nav>
    })
}
