//! One number worth a look.

use leptos::prelude::*;

/// The number large, what it counts above it, and a word more below. With `href` it leads to what
/// it counts.
#[component]
pub fn Stat(
    #[prop(into)] label: String,
    #[prop(into)] value: String,
    #[prop(optional, into)] note: Option<String>,
    #[prop(optional, into)] href: Option<String>,
) -> impl IntoView {
    // A number is never torn: a long one is set smaller.
    let size = match value.chars().count() {
        0..=9 => class!("mt-1 block text-2xl font-semibold whitespace-nowrap tabular-nums"),
        _ => class!("mt-1 block text-lg font-semibold whitespace-nowrap tabular-nums"),
    };
    let inside = view! {
        <span class="block text-sm text-muted">{label}</span>
        <span class=size>{value}</span>
        {note.map(|note| view! { <span class="mt-1 block text-sm text-muted">{note}</span> })}
    };
    match href {
        Some(href) => view! {
            <a class=LEADING href=href>
                {inside}
            </a>
        }
        .into_any(),
        None => view! { <div class=STANDING>{inside}</div> }.into_any(),
    }
}

const LEADING: &str = class!(
    "block h-full rounded-xl border border-line bg-surface p-4 shadow-sm transition-colors hover:border-accent"
);
const STANDING: &str = class!("h-full rounded-lg bg-sunken p-4");
