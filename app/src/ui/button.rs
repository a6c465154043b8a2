//! What is pressed: the button of a form, and a link that looks like one.

use leptos::prelude::*;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// The one thing to do here.
    #[default]
    Primary,
    /// Anything else.
    Secondary,
    /// Undoes or gives up something.
    Danger,
    /// Hardly more than a word.
    Plain,
}

impl Look {
    pub fn class(self) -> &'static str {
        match self {
            Self::Primary => class!(
                "inline-flex min-h-11 items-center justify-center gap-2 rounded-lg bg-accent px-4 font-medium text-on-accent shadow-sm hover:opacity-90 disabled:opacity-50"
            ),
            Self::Secondary => class!(
                "inline-flex min-h-11 items-center justify-center gap-2 rounded-lg border border-edge bg-surface px-4 font-medium hover:bg-sunken disabled:opacity-50"
            ),
            Self::Danger => class!(
                "inline-flex min-h-11 items-center justify-center gap-2 rounded-lg border border-danger bg-surface px-4 font-medium text-danger hover:bg-danger-soft disabled:opacity-50"
            ),
            Self::Plain => class!(
                "inline-flex min-h-11 items-center justify-center gap-2 rounded-lg px-3 font-medium text-accent underline underline-offset-4 hover:bg-sunken"
            ),
        }
    }
}

/// Sends the form it stands in. `name` and `value` travel with it where a form has several.
#[component]
pub fn Button(
    #[prop(optional)] look: Look,
    #[prop(optional, into)] name: Option<String>,
    #[prop(optional, into)] value: Option<String>,
    /// What it does, where the words on it say too little.
    #[prop(optional, into)]
    label: Option<String>,
    #[prop(optional)] disabled: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="submit"
            class=look.class()
            name=name
            value=value
            aria-label=label
            disabled=disabled
        >
            {children()}
        </button>
    }
}

#[component]
pub fn LinkButton(
    #[prop(into)] href: String,
    #[prop(optional)] look: Look,
    children: Children,
) -> impl IntoView {
    view! {
        <a class=look.class() href=href>
            {children()}
        </a>
    }
}
