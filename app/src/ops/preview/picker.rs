//! Finds products of the catalogue and adds them to a list of ids.

use std::time::Duration;

use leptos::wasm_bindgen::JsCast;
use leptos::{prelude::*, task::spawn_local, web_sys};
use serde::{Deserialize, Serialize};

use super::dom;
use crate::server_fns::catalogue::{Found, search};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PickerWords {
    pub label: String,
    pub none: String,
    pub offline: String,
    pub add: String,
    pub added: String,
}

/// How long nobody types before the server is asked.
const PAUSE: Duration = Duration::from_millis(250);

/// `field` is the id of the text area that the ids are added to.
#[island]
pub fn ProductPicker(field: String, words: PickerWords) -> impl IntoView {
    let is_awake = RwSignal::new(false);
    let found = RwSignal::new(Some(Ok::<_, ()>(Vec::<Found>::new())));
    let asked = StoredValue::new(0_u32);
    let (field, words) = (StoredValue::new(field), StoredValue::new(words));
    let say =
        move |word: fn(&PickerWords) -> &String| words.with_value(|words| word(words).clone());
    Effect::new(move |_| is_awake.set(true));
    let find = move |text: String| {
        asked.update_value(|asked| *asked += 1);
        let mine = asked.get_value();
        if text.trim().is_empty() {
            found.set(Some(Ok(Vec::new())));
            return;
        }
        let ask = move || {
            if asked.try_get_value() != Some(mine) {
                return;
            }
            spawn_local(async move {
                let answer = search(text).await;
                if asked.try_get_value() == Some(mine) {
                    let answer = answer.map_err(|_| ());
                    found.set(Some(answer).filter(|answer| *answer != Ok(Vec::new())));
                }
            });
        };
        set_timeout(ask, PAUSE);
    };
    let row = move |product: Found| {
        let is_added = RwSignal::new(false);
        let Found { id, name, price } = product;
        let label = format!("{}: {name}", say(|words| &words.add));
        let press = {
            let id = id.clone();
            move |_| {
                add(&field.get_value(), &id);
                is_added.set(true);
            }
        };
        view! {
            <li class="flex items-center justify-between gap-2">
                <span class="min-w-0">
                    <span dir="auto">{name}</span>
                    <span class="block text-xs text-muted">
                        {id} {price.map(|price| format!(" · {price}"))}
                    </span>
                </span>
                <button type="button" class=ADD aria-label=label on:click=press>
                    {move || say(if is_added.get() { |words| &words.added } else { |words| &words.add })}
                </button>
            </li>
        }
    };
    view! {
        <div class="mb-2" class:hidden=move || !is_awake.get()>
            <input
                type="search"
                class="block min-h-11 w-full rounded-lg border border-edge bg-surface px-3 md:min-h-9"
                aria-label=say(|words| &words.label)
                placeholder=say(|words| &words.label)
                autocomplete="off"
                on:input=move |event| find(event_target_value(&event))
                on:keydown=move |event| {
                    if event.key() == "Enter" {
                        event.prevent_default();
                    }
                }
            />
            <div role="status">
                {move || match found.get() {
                    Some(Ok(products)) => {
                        view! { <ul class="mt-1 space-y-1">{products.into_iter().map(row).collect_view()}</ul> }
                            .into_any()
                    }
                    Some(Err(())) => {
                        view! { <p class="mt-1 text-danger">{say(|words| &words.offline)}</p> }.into_any()
                    }
                    None => view! { <p class="mt-1 text-muted">{say(|words| &words.none)}</p> }.into_any(),
                }}
            </div>
        </div>
    }
}

const ADD: &str = class!(
    "inline-flex min-h-11 shrink-0 items-center rounded-lg px-3 font-medium text-accent hover:bg-sunken md:min-h-8"
);

/// Writes an id below those that are there, once.
fn add(field: &str, id: &str) {
    let Some(area) = document().get_element_by_id(field) else { return };
    let Ok(area) = area.dyn_into::<web_sys::HtmlTextAreaElement>() else { return };
    let typed = area.value();
    if !typed.lines().any(|line| line.trim() == id) {
        let kept = typed.trim_end();
        let gap = if kept.is_empty() { "" } else { "\n" };
        area.set_value(&format!("{kept}{gap}{id}"));
        dom::say_typed(&area);
    }
}
