//! A labelled input with what is wrong beside it.

use leptos::prelude::*;

pub const INPUT: &str = class!(
    "mt-1 block min-h-11 w-full rounded-lg border border-edge bg-surface px-3 text-text aria-invalid:border-danger"
);

pub const FILE: &str = class!(
    "mt-1 block min-h-11 w-full rounded-lg border border-edge bg-surface px-3 py-2 text-text file:mr-3 file:rounded-lg file:bg-accent-soft file:px-3 file:py-1 file:text-accent"
);

/// One input of a form. Its id is its name, so that an error summary can lead to it.
#[component]
pub fn Field(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional, into)] value: String,
    /// What is wrong, as [`Flash::problem`](crate::flash::Flash::problem) says it.
    problem: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] autocomplete: Option<&'static str>,
    #[prop(optional)] inputmode: Option<&'static str>,
    /// The [`Choices`] that are offered.
    #[prop(optional)]
    list: Option<&'static str>,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let (hint_id, problem_id) = (format!("{name}-hint"), format!("{name}-problem"));
    let described =
        [hint.as_ref().map(|_| hint_id.clone()), problem.as_ref().map(|_| problem_id.clone())];
    let described: Vec<String> = described.into_iter().flatten().collect();
    let described = (!described.is_empty()).then(|| described.join(" "));
    let is_wrong = problem.is_some().then_some("true");
    view! {
        <div>
            <label class="font-medium" for=name.clone()>
                {label}
            </label>
            {hint.map(|hint| view! { <p id=hint_id class="text-sm text-muted">{hint}</p> })}
            <input
                id=name.clone()
                name=name
                type=kind
                value=value
                class=INPUT
                autocomplete=autocomplete
                inputmode=inputmode
                list=list
                required=required
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

/// What a field with this list offers; anything else may be typed all the same.
#[component]
pub fn Choices(id: &'static str, names: Vec<String>) -> impl IntoView {
    let option = |name: String| view! { <option value=name></option> };
    view! { <datalist id=id>{names.into_iter().map(option).collect_view()}</datalist> }
}

/// What a form carries along unseen.
#[component]
pub fn Hidden(#[prop(into)] name: String, #[prop(into)] value: String) -> impl IntoView {
    view! { <input type="hidden" name=name value=value /> }
}
