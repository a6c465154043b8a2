//! A password that can be looked at while it is typed.

use leptos::prelude::*;

/// The input of a form's field `name`. Asleep it is a plain one; awake, a button shows what was
/// typed. `show` is that button's word.
#[island]
pub fn PasswordInput(
    name: String,
    autocomplete: String,
    is_wrong: bool,
    described: Option<String>,
    show: String,
) -> impl IntoView {
    let is_awake = RwSignal::new(false);
    Effect::new(move |_| is_awake.set(true));
    let is_shown = RwSignal::new(false);
    view! {
        <div class="relative mt-1">
            <input
                id=name.clone()
                name=name.clone()
                type=move || if is_shown.get() { "text" } else { "password" }
                class="block min-h-11 w-full rounded-lg border border-edge bg-surface pl-3 pr-24 text-text aria-invalid:border-danger"
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                required
                aria-invalid=is_wrong.then_some("true")
                aria-describedby=described
            />
            <div class="absolute inset-y-0 right-0" class:hidden=move || !is_awake.get()>
                <button
                    type="button"
                    class="min-h-11 rounded-lg px-3 font-medium text-accent"
                    aria-pressed=move || is_shown.get().to_string()
                    aria-controls=name
                    on:click=move |_| is_shown.update(|is_shown| *is_shown = !*is_shown)
                >
                    {show}
                </button>
            </div>
        </div>
    }
}
