//! What a coupon's page can do once awake: be printed. Asleep, the button is not there.

use leptos::prelude::*;

/// Prints the page.
#[island]
pub fn PrintButton(text: String) -> impl IntoView {
    let is_awake = RwSignal::new(false);
    Effect::new(move |_| is_awake.set(true));
    view! {
        <span class="print:hidden" class:hidden=move || !is_awake.get()>
            <button
                type="button"
                class="inline-flex min-h-11 items-center rounded-lg border border-edge bg-surface px-4 font-medium hover:bg-sunken"
                on:click=move |_| drop(window().print())
            >
                {text}
            </button>
        </span>
    }
}
