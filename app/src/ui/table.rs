//! Tables and how they look: names to the left, numbers to the right, the head in place while rows
//! pass.

use leptos::prelude::*;

/// What stands above a column.
#[derive(Debug)]
pub enum Head {
    Text(String),
    Number(String),
    /// Above numbers, and leads to the rows in the order of them; which way round they are now.
    Order {
        text: String,
        href: String,
        is_rising: Option<bool>,
    },
    /// Left out where there is little room, as its cells are: [`CELL_WIDE`].
    Wide(String),
    /// Only heard, above what is there to be pressed.
    Unseen(String),
}

/// Its children are the rows. A wide one scrolls by itself, never the page: so the keyboard reaches
/// it, and `label` says what was reached.
#[component]
pub fn Table(
    label: String,
    #[prop(into)] heads: Vec<Head>,
    /// Otherwise the label is only heard.
    #[prop(optional)]
    shows_label: bool,
    children: Children,
) -> impl IntoView {
    let name = label.clone();
    view! {
        <div class="overflow-x-auto" tabindex="0" role="group" aria-label=name>
            <table class="w-full border-collapse">
                <caption class=if shows_label { SEEN } else { UNSEEN }>{label}</caption>
                <thead>
                    <tr>{heads.into_iter().map(head).collect_view()}</tr>
                </thead>
                <tbody class="divide-y divide-line">{children()}</tbody>
            </table>
        </div>
    }
}

fn head(head: Head) -> impl IntoView {
    let mut order = None;
    let (class, text) = match head {
        Head::Text(text) => (HEAD, text.into_any()),
        Head::Number(text) => (HEAD_NUMBER, text.into_any()),
        Head::Order { text, href, is_rising } => {
            order = is_rising.map(|rises| if rises { "ascending" } else { "descending" });
            (HEAD_NUMBER, sorting(text, href, is_rising).into_any())
        }
        Head::Wide(text) => (HEAD_WIDE, text.into_any()),
        Head::Unseen(text) => (HEAD_NUMBER, view! { <span class=UNSEEN>{text}</span> }.into_any()),
    };
    view! {
        <th scope="col" class=class aria-sort=order>
            {text}
        </th>
    }
}

fn sorting(text: String, href: String, is_rising: Option<bool>) -> impl IntoView {
    let arrow = match is_rising {
        Some(true) => "↑",
        Some(false) => "↓",
        None => "↕",
    };
    view! {
        <a class="inline-flex min-h-6 items-center gap-1 hover:text-text hover:underline" href=href>
            {text}
            <span aria-hidden="true">{arrow}</span>
        </a>
    }
}

/// A row of what people named, and its numbers as they are shown.
pub fn row(
    name: String,
    href: Option<String>,
    numbers: impl IntoIterator<Item = String>,
) -> impl IntoView {
    let number = |text: String| view! { <td class=NUMBER>{text}</td> };
    let numbers = numbers.into_iter().map(number).collect_view();
    view! {
        <tr>
            <th scope="row" class=CALLED>
                {called(name, href)}
            </th>
            {numbers}
        </tr>
    }
}

/// What a row is called, which leads on where there is somewhere to go.
pub fn called(name: String, href: Option<String>) -> AnyView {
    match href {
        Some(href) => view! {
            <a class=LEAD href=href dir="auto">
                {name}
            </a>
        }
        .into_any(),
        None => name.into_any(),
    }
}

const SEEN: &str = class!("text-left font-medium");
const UNSEEN: &str = class!("sr-only");
// Chinese breaks between any two characters: a narrow column would set a word upright.
// A head stands right above its numbers, however many lines its neighbours have.
const HEAD: &str = class!(
    "sticky top-0 bg-surface px-2 py-2 text-left align-bottom text-sm font-medium break-keep text-muted"
);
const HEAD_NUMBER: &str = class!(
    "sticky top-0 bg-surface px-2 py-2 text-right align-bottom text-sm font-medium break-keep text-muted"
);
const HEAD_WIDE: &str = class!(
    "hidden px-2 py-2 text-left align-bottom text-sm font-medium break-keep text-muted md:table-cell"
);

/// A link in a row: as tall as a finger, and where a mouse points no taller than its line.
pub const LEAD: &str = class!(
    "inline-flex min-h-11 items-center text-accent underline underline-offset-4 pointer-fine:min-h-6"
);

// A link as tall as a finger stands on the line its numbers stand on.
pub const CELL: &str = class!("px-2 py-2 text-left align-baseline font-normal");
/// What a row is of, where that is a word or two.
pub const NAME: &str = class!("px-2 py-2 text-left align-baseline font-normal whitespace-nowrap");
/// The same where people chose it, however long.
pub const CALLED: &str = class!("min-w-40 px-2 py-2 text-left align-baseline font-normal");
pub const CELL_WIDE: &str = class!("hidden px-2 py-2 align-baseline md:table-cell");
/// Which row it is: no wider than that takes.
pub const PLACE: &str = class!("w-px px-2 py-2 text-right align-baseline tabular-nums");
pub const NUMBER: &str = class!("px-2 py-2 text-right align-baseline tabular-nums");
