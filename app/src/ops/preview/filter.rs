//! Finds categories of a long tree by their names.

use leptos::{prelude::*, web_sys};

use super::dom;

/// `below` is the id of the tree; it stands still without JavaScript, and so this is not shown.
#[island]
pub fn CategoryFilter(below: String, label: String, none: String) -> impl IntoView {
    let is_awake = RwSignal::new(false);
    let found = RwSignal::new(usize::MAX);
    Effect::new(move |_| is_awake.set(true));
    let find = move |text: String| {
        if let Some(tree) = document().get_element_by_id(&below) {
            found.set(narrow(&tree, text.trim().to_lowercase().as_str()));
        }
    };
    view! {
        <div class="mt-2" class:hidden=move || !is_awake.get()>
            <input
                type="search"
                class="block min-h-11 w-full rounded-lg border border-edge bg-surface px-3 md:min-h-9"
                aria-label=label.clone()
                placeholder=label
                autocomplete="off"
                on:input=move |event| find(event_target_value(&event))
                on:keydown=move |event| {
                    if event.key() == "Enter" {
                        event.prevent_default();
                    }
                }
            />
            <p role="status" class="text-muted">
                {move || (found.get() == 0).then(|| none.clone())}
            </p>
        </div>
    }
}

/// Shows only what matches, with the way to it and all below it; answers how many match.
fn narrow(tree: &web_sys::Element, text: &str) -> usize {
    const ROW: &str = "li[data-name]";
    let rows: Vec<web_sys::Element> = dom::all(tree, ROW);
    for row in &rows {
        let _ = row.toggle_attribute_with_force("hidden", !text.is_empty());
    }
    if text.is_empty() {
        return rows.len();
    }
    let is_match = |row: &&web_sys::Element| {
        row.get_attribute("data-name").is_some_and(|name| name.contains(text))
    };
    let show = |row: &web_sys::Element| {
        let _ = row.remove_attribute("hidden");
    };
    let found: Vec<&web_sys::Element> = rows.iter().filter(is_match).collect();
    for row in &found {
        show(row);
        dom::all::<web_sys::Element>(row, ROW).iter().for_each(show);
        let mut at = row.parent_element();
        while let Some(above) = at.filter(|above| !above.is_same_node(Some(tree))) {
            show(&above);
            if above.local_name() == "details" {
                let _ = above.set_attribute("open", "");
            }
            at = above.parent_element();
        }
    }
    found.len()
}
