//! The one object everybody knows: a coupon as a ticket with a notched perforation.

use domain::template::Draft;
use engine::catalogue::Catalogue;
use leptos::prelude::*;

use super::scope::scope_line;
use crate::locale::{Worth, conditions, name, t_with, worth};

/// What a coupon says, whoever holds it.
pub struct Face {
    worth: Worth,
    conditions: Vec<String>,
    title: String,
    scope: String,
}

impl Face {
    pub(super) fn of(draft: &Draft, catalogue: &Catalogue) -> Self {
        Self {
            worth: worth(&draft.benefit),
            conditions: conditions(&draft.benefit),
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
    /// One word across the corner, such as `Used`.
    #[prop(optional_no_strip, into)]
    stamp: Option<String>,
    /// The one that was looked for.
    #[prop(optional)]
    marked: bool,
    /// The page says its name above it.
    #[prop(optional)]
    untitled: bool,
    children: Children,
) -> impl IntoView {
    let Face { worth, conditions, title, scope } = face;
    let part = |part: String| view! { <span class="block">{part}</span> };
    let conditions = conditions.into_iter().map(part).collect_view();
    let title = (!untitled).then(|| {
        let whole = title.clone();
        view! {
            <h3
                dir="auto"
                class="line-clamp-3 min-w-0 flex-1 leading-snug font-semibold"
                title=whole
            >
                {title}
            </h3>
        }
    });
    let paper = if marked { PAPER_MARKED } else { PAPER };
    let stamp = stamp.map(|word| view! { <span class=STAMP>{word}</span> });
    view! {
        <article id=id tabindex="-1" class="ticket min-w-0">
            <div class=paper>
                <div class=if faded { STUB_FADED } else { STUB }>
                    {value(worth)}
                    <p class="mt-1 line-clamp-5 text-xs leading-snug text-muted">{conditions}</p>
                </div>
                <div class="ticket-body flex min-w-0 flex-1 flex-col p-4">
                    <div class="flex items-start justify-between gap-2">
                        {title}
                        {stamp}
                    </div>
                    <p class="mt-1 line-clamp-2 text-sm text-muted" dir="auto">
                        {t_with("card-covers", [("scope", scope.into())])}
                    </p>
                    {children()}
                </div>
            </div>
        </article>
    }
}

/// The figure large, its sign and unit small; a long one is set smaller, so that it stays whole.
fn value(Worth { lead, figure, unit }: Worth) -> impl IntoView {
    let digits = figure.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let (sign, number) = figure.split_at(digits);
    let size = match figure.chars().count() + unit.chars().count() {
        0..=4 => class!("text-4xl leading-none font-bold tabular-nums"),
        5 => class!("text-3xl leading-none font-bold tabular-nums"),
        6 => class!("text-2xl leading-none font-bold tabular-nums md:text-3xl"),
        7..=8 => class!("text-xl leading-none font-bold tabular-nums"),
        9..=10 => class!("text-lg leading-none font-bold tabular-nums"),
        _ => class!("text-sm leading-tight font-bold tabular-nums"),
    };
    view! {
        <p>
            {(!lead.is_empty()).then(|| view! { <span class="mb-1 block text-xs font-medium">{lead}</span> })}
            <span class="whitespace-nowrap">
                <span class="text-base font-semibold">{sign.to_owned()}</span>
                <span class=size>{number.to_owned()}</span>
                {(!unit.is_empty())
                    .then(|| view! { <span class="ml-1 text-sm font-semibold">{unit}</span> })}
            </span>
        </p>
    }
}

const PAPER: &str = class!("ticket-paper flex h-full border border-line bg-surface");
const PAPER_MARKED: &str = class!("ticket-paper flex h-full border-2 border-accent bg-surface");
const STUB: &str = class!(
    "ticket-stub flex shrink-0 flex-col items-center justify-center bg-accent-soft px-2 py-4 text-center text-accent"
);
const STUB_FADED: &str = class!(
    "ticket-stub flex shrink-0 flex-col items-center justify-center bg-sunken px-2 py-4 text-center text-muted"
);
const STAMP: &str = class!(
    "stamp pointer-events-none shrink-0 rounded-lg border-2 border-edge px-2 text-xs leading-5 font-bold tracking-widest text-muted uppercase"
);
