//! Grounds on which things stand: cards, chips, and what stands where nothing is yet.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

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

    /// What stands before a message of this tone.
    pub fn glyph(self) -> Glyph {
        match self {
            Self::Neutral | Self::Accent => Glyph::Info,
            Self::Ok => Glyph::Check,
            Self::Warn | Self::Danger => Glyph::Alert,
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

/// A choice among several ways to look at the same page; the one taken is marked.
#[component]
pub fn ChipLink(
    #[prop(into)] href: String,
    #[prop(optional)] is_here: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <a
            class=if is_here { CHOSEN } else { OTHER }
            href=href
            aria-current=is_here.then_some("true")
        >
            {children()}
        </a>
    }
}

const CHOSEN: &str = class!(
    "inline-flex min-h-11 max-w-full items-center gap-2 rounded-full border border-accent bg-accent px-4 text-sm whitespace-nowrap font-medium text-on-accent pointer-fine:min-h-9"
);
const OTHER: &str = class!(
    "inline-flex min-h-11 max-w-full items-center gap-2 rounded-full border border-line bg-surface px-4 text-sm whitespace-nowrap transition-colors hover:border-edge hover:bg-sunken pointer-fine:min-h-9"
);

/// Chips in a row. A phone scrolls it from edge to edge; the room above and below is for the focus
/// ring.
pub const CHIPS: &str = class!(
    "-mx-4 flex gap-2 overflow-x-auto px-4 py-1 sm:mx-0 sm:flex-wrap sm:overflow-visible sm:px-0"
);

/// What to do first where there is nothing to show yet: a word for it, a sentence, an action.
#[component]
pub fn Empty(
    #[prop(into)] text: String,
    #[prop(optional, into)] title: Option<String>,
    #[prop(default = Glyph::Ticket)] glyph: Glyph,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="rounded-xl border border-dashed border-edge px-4 py-8 text-center">
            <div class="mx-auto mb-3 flex h-12 w-12 items-center justify-center rounded-full bg-accent-soft text-accent">
                <Icon glyph=glyph class="h-6 w-6" />
            </div>
            {title.map(|title| view! { <p class="text-lg font-semibold">{title}</p> })}
            <p class="mx-auto max-w-prose text-muted">{text}</p>
            {children
                .map(|children| {
                    view! { <div class="mt-4 flex flex-wrap justify-center gap-2">{children()}</div> }
                })}
        </div>
    }
}
