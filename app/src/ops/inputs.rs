//! Parts of forms that several pages of the console have.

use domain::{FieldError, Problem};
use leptos::prelude::*;

use crate::flash::Flash;
use crate::locale::{self, t, t_with};
use crate::server_fns::catalogue::TOLD_MAX;
use crate::ui::field::{FILE, INPUT};
use crate::ui::{Notice, Tone};

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

/// What nothing is done without.
pub fn tick(text: String, is_required: bool) -> impl IntoView {
    view! {
        <label class="flex min-h-11 items-start gap-2">
            <input
                id="confirm"
                type="checkbox"
                class="mt-1 accent-accent"
                name="confirm"
                value="on"
                required=is_required
            />
            <span>{text}</span>
        </label>
    }
}

/// A table to be taken over; it need not be chosen where the form has it already.
pub fn file(
    id: &'static str,
    label: String,
    hint: String,
    is_required: bool,
) -> impl IntoView + use<> {
    let hint_id = format!("{id}-hint");
    view! {
        <div class="min-w-0">
            <label class="font-medium" for=id>
                {label}
            </label>
            <p id=hint_id.clone() class="text-sm text-muted">
                {hint}
            </p>
            <input
                id=id
                name="file"
                type="file"
                accept=".csv,text/csv"
                class=FILE
                required=is_required
                aria-describedby=hint_id
            />
        </div>
    }
}

/// Everything that is wrong with a table, line by line: nothing of it was taken over.
pub fn wrong_lines(flash: &Flash) -> Option<AnyView> {
    let lines: Vec<_> = flash.fields().iter().filter_map(in_line).collect();
    if lines.is_empty() {
        return None;
    }
    let more = (lines.len() == TOLD_MAX).then(|| {
        view! { <p class="mt-2">{t_with("upload-more", [("n", (TOLD_MAX as u64).into())])}</p> }
    });
    let lines = lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
    Some(
        view! {
            <Notice tone=Tone::Danger focus=true>
                <p class="font-medium">{t("upload-nothing")}</p>
                <ul class="mt-2 list-disc pl-5">{lines}</ul>
                {more}
            </Notice>
        }
        .into_any(),
    )
}

/// `Line 12, parent: This is not known.`, or what is wrong with the whole file; nothing for another
/// field that is in no line.
fn in_line(wrong: &FieldError) -> Option<String> {
    if wrong.field == "file" {
        return Some(locale::problem_of(wrong));
    }
    let (line, column) = wrong.field.split_once('.')?;
    let line: u64 = line.parse().ok()?;
    // The head is line 1.
    if line == 1 && wrong.problem == Problem::Required && !column.is_empty() {
        return Some(t_with("upload-no-column", [("column", column.to_owned().into())]));
    }
    let filled = [
        ("line", line.to_string().into()),
        ("column", column.to_owned().into()),
        ("problem", locale::problem(&wrong.problem).into()),
    ];
    Some(t_with(if column.is_empty() { "upload-line" } else { "upload-cell" }, filled))
}
