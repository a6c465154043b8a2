//! A text that can be copied in one press. Asleep there is no button, and the text can be selected.

use leptos::{prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::JsFuture;

/// The few words it needs, in the reader's language.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CopyWords {
    pub copy: String,
    /// What is copied, for those who do not see where the button stands.
    pub label: String,
    pub copied: String,
    /// The browser does not let us: the text is selected instead.
    pub selected: String,
}

/// Copies the text of the element `of`, as it stands there.
#[island]
pub fn CopyCode(code: String, of: String, words: CopyWords) -> impl IntoView {
    let is_awake = RwSignal::new(false);
    Effect::new(move |_| is_awake.set(true));
    let (is_copied, said) = (RwSignal::new(false), RwSignal::new(String::new()));
    let CopyWords { copy, label, copied, selected } = words;
    let word = copied.clone();
    let press = move |_| {
        let (code, of) = (code.clone(), of.clone());
        let (copied, selected) = (copied.clone(), selected.clone());
        spawn_local(async move {
            is_copied.set(copy_text(&code).await);
            if !is_copied.get_untracked() {
                select(&of);
            }
            // Said again, a live region has to change to be read out again.
            said.set(String::new());
            said.set(if is_copied.get_untracked() { copied } else { selected });
        });
    };
    view! {
        <span class="print:hidden" class:hidden=move || !is_awake.get()>
            <button
                type="button"
                // As wide as either word, so that nothing moves.
                class="-mx-1 inline-flex min-h-11 min-w-16 items-center rounded-lg px-1 text-sm font-medium text-accent underline underline-offset-4 hover:bg-sunken"
                aria-label=label
                on:click=press
            >
                {move || if is_copied.get() { word.clone() } else { copy.clone() }}
            </button>
        </span>
        // What the button shows is only read out; anything else stands on a line of its own.
        <span role="status" class="block text-sm text-ok print:hidden" class:sr-only=move || is_copied.get()>
            {said}
        </span>
    }
}

/// Whether the browser let us; it does so only over TLS and on this very machine.
async fn copy_text(text: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    !clipboard.is_undefined() && JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

fn select(id: &str) {
    let element = document().get_element_by_id(id);
    let selection = window().get_selection().ok().flatten();
    if let (Some(element), Some(selection)) = (element, selection) {
        let _ = selection.select_all_children(&element);
    }
}
