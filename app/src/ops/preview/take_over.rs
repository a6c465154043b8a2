//! Takes over into the form what last time speaks for.

use leptos::wasm_bindgen::JsCast;
use leptos::{prelude::*, web_sys};

use super::dom;

/// Says `done` once it is. A stock or budget that is empty is left as it is. It stands still without
/// JavaScript, and so this is not shown.
#[island]
pub fn TakeOver(stock: String, budget: String, label: String, done: String) -> impl IntoView {
    let is_awake = RwSignal::new(false);
    let is_done = RwSignal::new(false);
    Effect::new(move |_| is_awake.set(true));
    let press = move |_| {
        fill("stock", &stock);
        fill("budget", &budget);
        is_done.set(true);
    };
    view! {
        <div class:hidden=move || !is_awake.get()>
            <button
                type="button"
                class="inline-flex min-h-11 items-center rounded-lg text-accent underline underline-offset-4"
                on:click=press
            >
                {label}
            </button>
            <p role="status" class="text-muted">
                {move || is_done.get().then(|| done.clone())}
            </p>
        </div>
    }
}

fn fill(id: &str, text: &str) {
    let field = document().get_element_by_id(id);
    let field = field.and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok());
    if let Some(field) = field.filter(|_| !text.is_empty()) {
        field.set_value(text);
        dom::say_typed(&field);
    }
}
