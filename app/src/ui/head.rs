//! What stands on top of a page's content: its name, what it is for, and what can be done.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};
use crate::locale::t;

/// The way to the page above this one.
#[component]
pub fn Back(#[prop(into)] href: String, #[prop(into)] name: String) -> impl IntoView {
    view! {
        <nav aria-label=t("breadcrumbs") class="print:hidden">
            <a
                class="inline-flex min-h-11 max-w-full items-center gap-1 text-sm text-muted hover:text-text"
                href=href
            >
                <Icon glyph=Glyph::ChevronLeft class="h-4 w-4 shrink-0" />
                <span class="min-w-0 truncate" dir="auto">
                    {name}
                </span>
            </a>
        </nav>
    }
}

/// `back` is the page above this one: its address and its name. `children` are the actions.
#[component]
pub fn PageHead(
    #[prop(into)] title: String,
    #[prop(optional, into)] lead: Option<String>,
    #[prop(optional)] back: Option<(String, String)>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        {back.map(|(href, name)| view! { <Back href=href name=name /> })}
        <div class="mb-4 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
            <div class="min-w-0">
                <h1 class="text-2xl font-semibold" dir="auto">
                    {title}
                </h1>
                {lead.map(|lead| view! { <p class="mt-1 max-w-prose text-muted">{lead}</p> })}
            </div>
            {children
                .map(|children| {
                    view! { <div class="flex flex-wrap items-center gap-2 print:hidden">{children()}</div> }
                })}
        </div>
    }
}
