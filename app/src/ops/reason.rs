//! Why somebody does something: a few words that are kept with it.

use engine::REASON_MAX;
use leptos::prelude::*;

use crate::locale::t;
use crate::ui::field::INPUT;

/// The field `name` of a form, called `id` on its page, which may hold several such forms.
#[component]
pub fn Reason(
    #[prop(into)] id: String,
    name: &'static str,
    #[prop(into)] label: String,
    value: Option<String>,
    problem: Option<String>,
) -> impl IntoView {
    let (hint_id, problem_id) = (format!("{id}-hint"), format!("{id}-problem"));
    let described = match &problem {
        Some(_) => format!("{hint_id} {problem_id}"),
        None => hint_id.clone(),
    };
    let is_wrong = problem.is_some().then_some("true");
    view! {
        <div>
            <label class="font-medium" for=id.clone()>
                {label}
            </label>
            <p id=hint_id class="text-sm text-muted">
                {t("reason-hint")}
            </p>
            <textarea
                id=id
                name=name
                rows="2"
                dir="auto"
                maxlength=REASON_MAX.to_string()
                required
                class=INPUT
                aria-invalid=is_wrong
                aria-describedby=described
            >
                {value}
            </textarea>
            {problem
                .map(|problem| {
                    view! { <p id=problem_id class="mt-1 text-sm text-danger">{problem}</p> }
                })}
        </div>
    }
}
