//! Parts of forms that several pages of the console have.

use leptos::prelude::*;

use crate::locale::{t, t_with};
use crate::ui::field::INPUT;

/// How long a window is: `15 minutes`, `2 hours`, `1 day`.
pub fn length(minutes: u32) -> String {
    let (key, n) = match minutes {
        n if n.is_multiple_of(24 * 60) => ("risk-days", n / (24 * 60)),
        n if n.is_multiple_of(60) => ("risk-hours", n / 60),
        n => ("risk-minutes", n),
    };
    t_with(key, [("n", n.into())])
}

/// A choice of a few, under its label.
pub fn choice(
    id: String,
    name: &'static str,
    label: String,
    options: Vec<(String, String)>,
    chosen: &str,
) -> impl IntoView + use<> {
    let option = |(value, text): (String, String)| {
        let is_chosen = value == chosen;
        view! {
            <option value=value selected=is_chosen>
                {text}
            </option>
        }
    };
    view! {
        <div class="min-w-0">
            <label class="font-medium" for=id.clone()>
                {label}
            </label>
            <select id=id name=name class=INPUT>
                {options.into_iter().map(option).collect_view()}
            </select>
        </div>
    }
}

/// A whole number, under its label.
pub fn number(
    id: String,
    name: &'static str,
    label: String,
    value: String,
    problem: Option<String>,
) -> impl IntoView + use<> {
    let problem_id = format!("{id}-problem");
    let described = problem.is_some().then(|| problem_id.clone());
    let is_wrong = problem.is_some().then_some("true");
    view! {
        <div class="min-w-0">
            <label class="font-medium" for=id.clone()>
                {label}
            </label>
            <input
                id=id
                name=name
                inputmode="numeric"
                autocomplete="off"
                required
                value=value
                class=INPUT
                aria-invalid=is_wrong
                aria-describedby=described
            />
            {problem
                .map(|problem| {
                    view! { <p id=problem_id class="mt-1 text-sm text-danger">{problem}</p> }
                })}
        </div>
    }
}
