//! A ticket torn in two: what stands on a page that could not be shown.

use leptos::prelude::*;

#[component]
pub fn TornTicket() -> impl IntoView {
    view! {
        <svg class="h-28 w-44" viewBox="0 0 176 112" fill="none" aria-hidden="true">
            <ellipse class="fill-sunken" cx="88" cy="102" rx="72" ry="6" />
            <g transform="rotate(-6 50 56)" stroke-width="3" stroke-linejoin="round">
                <path
                    class="fill-surface stroke-edge"
                    d="M78 24H20a8 8 0 0 0-8 8v12a10 10 0 0 1 0 20v12a8 8 0 0 0 8 8h62l-8-12 8-12-8-12 8-12z"
                />
                <path class="stroke-accent" stroke-width="6" stroke-linecap="round" d="M34 46h22M34 62h14" />
            </g>
            <g transform="rotate(9 126 58)" stroke-width="3" stroke-linejoin="round">
                <path
                    class="fill-accent-soft stroke-accent"
                    d="M96 24h60a8 8 0 0 1 8 8v12a10 10 0 0 0 0 20v12a8 8 0 0 1-8 8H100l8-12-8-12 8-12-8-12z"
                />
                <path class="stroke-accent" stroke-width="4" stroke-linecap="round" d="m126 44 20 20M146 44l-20 20" />
            </g>
        </svg>
    }
}
