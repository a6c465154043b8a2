//! What a picture shows at one of its steps: read off by pointing at it, or by the arrow keys. Asleep, the
//! table beside the picture says the same.

use leptos::ev::{FocusEvent, KeyboardEvent, PointerEvent};
use leptos::web_sys::Element;
use leptos::{html, prelude::*};

use super::preview::dom;

/// How far the keys for a page go.
const FAR: usize = 7;

/// `children` are the picture, of so many steps side by side; the element `table` holds a row of figures
/// for each, from whose cells and heads they are read. `label` says what is chosen, `hint` how.
///
/// To those who listen it is a slider, whose value is the name of the step; its figures are told after it.
#[island]
pub fn Readout(
    table: String,
    steps: usize,
    label: String,
    hint: String,
    children: Children,
) -> impl IntoView {
    let is_awake = RwSignal::new(false);
    Effect::new(move |_| is_awake.set(true));
    let (last, slider) = (steps.saturating_sub(1), NodeRef::<html::Div>::new());
    let chosen = RwSignal::new(None::<usize>);
    let figures = Memo::new(move |_| figures_of(&table, chosen.get()?));
    let choose = move |step: usize| {
        let step = Some(step.min(last));
        if chosen.get_untracked() != step {
            chosen.set(step);
        }
    };
    let point = move |event: PointerEvent| {
        let width = slider.get_untracked().map_or(0, |slider| slider.client_width()).max(1);
        let part = f64::from(event.offset_x()) / f64::from(width);
        choose((part * steps as f64) as usize);
    };
    let press = move |event: KeyboardEvent| {
        // Those are the browser's: back, and the like.
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let step = chosen.get_untracked().unwrap_or(last);
        let to = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => step.saturating_sub(1),
            "ArrowRight" | "ArrowUp" => step + 1,
            "PageDown" => step.saturating_sub(FAR),
            "PageUp" => step + FAR,
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        choose(to);
    };
    let begin = move |_: FocusEvent| {
        if chosen.get_untracked().is_none() {
            choose(last);
        }
    };
    let name = move || Some(figures.read().as_ref()?.first()?.1.clone());
    let mark = move || Some(format!("M{}.5 0V1", chosen.get()?));
    view! {
        <div class="relative">
            {children()}
            <div
                class="absolute inset-0"
                class:hidden=move || !is_awake.get()
                node_ref=slider
                role="slider"
                tabindex="0"
                aria-label=label
                aria-valuemin="1"
                aria-valuemax=steps.to_string()
                aria-valuenow=move || (chosen.get().unwrap_or(last) + 1).to_string()
                aria-valuetext=name
                on:pointermove=point
                on:pointerdown=point
                on:keydown=press
                on:focus=begin
            >
                <svg
                    class="pointer-events-none block h-full w-full"
                    viewBox=format!("0 0 {steps} 1")
                    preserveAspectRatio="none"
                    aria-hidden="true"
                >
                    <path
                        class="stroke-edge"
                        d=mark
                        stroke-width="1"
                        vector-effect="non-scaling-stroke"
                    />
                </svg>
            </div>
        </div>
        <div class="mt-2" class:hidden=move || !is_awake.get()>
            <p class="flex min-h-11 flex-wrap gap-x-4 text-sm tabular-nums" role="status">
                {move || match figures.get() {
                    Some(figures) => {
                        figures.into_iter().enumerate().map(told).collect_view().into_any()
                    }
                    None => view! { <span class="text-muted">{hint.clone()}</span> }.into_any(),
                }}
            </p>
        </div>
    }
}

/// The name of the step is the slider's value already.
fn told((i, (head, text)): (usize, (String, String))) -> AnyView {
    if i == 0 {
        return view! {
            <span class="font-medium" aria-hidden="true">
                {text}
            </span>
        }
        .into_any();
    }
    view! {
        <span>
            <span class="text-muted">{head}</span>
            " "
            {text}
        </span>
    }
    .into_any()
}

/// A row's cells, each with what stands above it.
fn figures_of(table: &str, step: usize) -> Option<Vec<(String, String)>> {
    let table = document().get_element_by_id(table)?;
    let row = table.query_selector(&format!("tbody tr:nth-child({})", step + 1)).ok().flatten()?;
    Some(texts(&table, "thead th").zip(texts(&row, "th, td")).collect())
}

fn texts(below: &Element, selector: &str) -> impl Iterator<Item = String> + use<> {
    let found: Vec<Element> = dom::all(below, selector);
    found.into_iter().map(|cell| cell.text_content().unwrap_or_default().trim().to_owned())
}
