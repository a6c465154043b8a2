//! The one object everybody knows: a coupon as a ticket with a notched perforation.

use domain::template::Draft;
use engine::catalogue::Catalogue;
use leptos::prelude::*;

use super::scope::scope_line;
use crate::locale::{Worth, condition, name, t_with, worth};

/// What a coupon says, whoever holds it.
pub struct Face {
    worth: Worth,
    condition: String,
    title: String,
    scope: String,
}

impl Face {
    pub(super) fn of(draft: &Draft, catalogue: &Catalogue) -> Self {
        Self {
            worth: worth(&draft.benefit),
            condition: condition(&draft.benefit),
            title: name(draft.title()),
            scope: scope_line(&draft.scope, catalogue),
        }
    }
}

/// Left what it is worth, right its name and whatever the page has to say of it.
#[component]
pub fn Ticket(
    face: Face,
    #[prop(into)] id: String,
    /// No longer of use.
    #[prop(optional)]
    faded: bool,
    children: Children,
) -> impl IntoView {
    let Face { worth: Worth { lead, figure, unit }, condition, title, scope } = face;
    let value = if faded { VALUE_FADED } else { VALUE };
    view! {
        <article id=id class="relative flex overflow-hidden rounded-xl border border-line bg-surface shadow-sm">
            <div class=value>
                <p class="text-xs">{lead}</p>
                <p class="text-3xl leading-tight font-semibold tabular-nums">
                    {figure} <span class="text-base font-medium">{unit}</span>
                </p>
                <p class="mt-1 text-xs text-muted">{condition}</p>
            </div>
            <span class="absolute -top-2 left-28 h-4 w-4 -translate-x-1/2 rounded-full border border-line bg-bg"></span>
            <span class="absolute -bottom-2 left-28 h-4 w-4 -translate-x-1/2 rounded-full border border-line bg-bg"></span>
            <div class="min-w-0 flex-1 border-l-2 border-dashed border-line p-4">
                <h3 class="font-semibold">{title}</h3>
                <p class="mt-1 text-sm text-muted">
                    {t_with("card-covers", [("scope", scope.into())])}
                </p>
                {children()}
            </div>
        </article>
    }
}

const VALUE: &str = class!(
    "flex w-28 shrink-0 flex-col items-center justify-center bg-accent-soft px-2 py-4 text-center text-accent"
);
const VALUE_FADED: &str = class!(
    "flex w-28 shrink-0 flex-col items-center justify-center bg-sunken px-2 py-4 text-center text-muted"
);
