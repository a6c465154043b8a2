//! How much of a whole, as a thin bar; the number stands beside it in words.

use leptos::prelude::*;

/// `percent` of the bar is filled.
#[component]
pub fn Bar(percent: u64) -> impl IntoView {
    view! {
        <svg
            class="block h-2 w-full rounded-full"
            viewBox="0 0 100 4"
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            <rect class="fill-line" width="100" height="4" />
            <rect class="fill-accent" width=percent.min(100).to_string() height="4" />
        </svg>
    }
}
