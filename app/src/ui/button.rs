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
                "inline-flex min-h-11 items-center justify-center gap-2 rounded-lg bg-accent px-4 text-center font-medium text-on-accent shadow-sm transition-colors hover:bg-accent/90 active:bg-accent/80 disabled:opacity-50 print:hidden"
            ),
            Self::Secondary => class!(
                "inline-flex min-h-11 items-center justify-center gap-2 rounded-lg border border-edge bg-surface px-4 text-center font-medium transition-colors hover:bg-sunken active:bg-sunken disabled:opacity-50 print:hidden"
            ),
            Self::Danger => class!(
                "inline-flex min-h-11 items-center justify-center gap-2 rounded-lg border border-danger bg-surface px-4 text-center font-medium text-danger transition-colors hover:bg-danger-soft active:bg-danger-soft disabled:opacity-50 print:hidden"
            ),
            Self::Plain => class!(
                "inline-flex min-h-11 items-center justify-center gap-2 rounded-lg px-3 text-center font-medium text-accent underline underline-offset-4 transition-colors first:-ml-3 last:-mr-3 hover:bg-sunken active:bg-sunken print:hidden"
            ),
        }
    }
}

/// A link on a line of its own, or in a row of a table: as tall as a finger, and looking like text.
pub const LINK: &str =
    class!("inline-flex min-h-11 items-center text-accent underline underline-offset-4");

/// Small ones keep a phone's 44 pixels and are lower where a mouse points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    #[default]
    Normal,
    Small,
}

/// A small button is as quiet as its text.
const SMALL: &str = class!("px-3 text-sm pointer-fine:min-h-8");

fn classes(look: Look, size: Size) -> String {
    match size {
        Size::Normal => look.class().to_owned(),
        Size::Small => [look.class(), SMALL].join(" "),
    }
}

/// Sends the form it stands in. `name` and `value` travel with it where a form has several.
#[component]
pub fn Button(
    #[prop(optional)] look: Look,
    #[prop(optional)] size: Size,
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
            class=classes(look, size)
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
    #[prop(optional)] size: Size,
    children: Children,
) -> impl IntoView {
    view! {
        <a class=classes(look, size) href=href>
            {children()}
        </a>
    }
}
