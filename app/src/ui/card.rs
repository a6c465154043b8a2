//! Grounds on which things stand: cards, chips, and what stands where nothing is yet.

use leptos::prelude::*;

/// A raised ground. `id` makes it a place a link can lead to.
#[component]
pub fn Card(
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] title: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <section id=id class="rounded-xl border border-line bg-surface p-4 shadow-sm">
            {title.map(|title| view! { <h2 class="mb-3 text-lg font-semibold">{title}</h2> })}
            {children()}
        </section>
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Neutral,
    Accent,
    Ok,
    Warn,
    Danger,
}

impl Tone {
    pub fn class(self) -> &'static str {
        match self {
            Self::Neutral => class!("bg-sunken text-muted"),
            Self::Accent => class!("bg-accent-soft text-accent"),
            Self::Ok => class!("bg-ok-soft text-ok"),
            Self::Warn => class!("bg-warn-soft text-warn"),
            Self::Danger => class!("bg-danger-soft text-danger"),
        }
    }
}

/// A word that marks the state of something.
#[component]
pub fn Chip(#[prop(optional)] tone: Tone, children: Children) -> impl IntoView {
    let classes = [tone.class(), CHIP].join(" ");
    view! { <span class=classes>{children()}</span> }
}

const CHIP: &str =
    class!("inline-flex items-center rounded-full px-2 py-1 text-xs font-medium whitespace-nowrap");

/// What to do first where there is nothing to show yet.
#[component]
pub fn Empty(
    #[prop(into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="rounded-xl border border-dashed border-edge p-8 text-center text-muted">
            <p>{text}</p>
            {children.map(|children| view! { <p class="mt-4">{children()}</p> })}
        </div>
    }
}
