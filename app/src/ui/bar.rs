//! How much of a whole, as a thin bar.

use leptos::prelude::*;

/// `percent` of the bar is filled. Without a `label` the number stands beside it in words, and the
/// bar is for the eye alone.
#[component]
pub fn Bar(percent: u64, #[prop(optional, into)] label: Option<String>) -> impl IntoView {
    let is_silent = label.is_none();
    view! {
        <svg
            class="block h-2 w-full rounded-full"
            viewBox="0 0 100 4"
            preserveAspectRatio="none"
            aria-hidden=is_silent.then_some("true")
            role=(!is_silent).then_some("img")
            aria-label=label
        >
            <rect class="fill-line" width="100" height="4" />
            <rect class="fill-accent" width=percent.min(100).to_string() height="4" />
        </svg>
    }
}
