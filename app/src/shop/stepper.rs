//! How many of something: one fewer, the number, one more.

use leptos::prelude::*;

/// One step: a button that presses a form of its own, so that what is typed beside it never
/// travels with it.
#[component]
pub fn Step(
    /// The form it presses, by its id.
    form: &'static str,
    #[prop(into)] id: String,
    name: &'static str,
    #[prop(into)] value: String,
    #[prop(into)] label: String,
    sign: &'static str,
    #[prop(optional)] disabled: bool,
) -> impl IntoView {
    view! {
        <button
            type="submit"
            form=form
            id=id
            name=name
            value=value
            class=STEP
            aria-label=label
            disabled=disabled
        >
            {sign}
        </button>
    }
}

const STEP: &str = class!(
    "inline-flex h-11 w-11 shrink-0 items-center justify-center rounded-lg border border-edge bg-surface text-lg hover:bg-sunken disabled:opacity-50"
);

/// The number between the steps, where it can be typed.
pub(super) const NUMBER: &str = class!(
    "block h-11 w-12 shrink-0 rounded-lg border border-line bg-surface px-1 text-center tabular-nums aria-invalid:border-danger"
);
