//! The controls of the editor: each has a label, its hint, what is wrong with it, and the field's
//! name as its id.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::locale::t;
use crate::ops::draft_form::DraftForm;
use crate::ops::problems::{is_required, label_key};
use crate::ui::Card;

/// The form as it is filled in, and what is wrong with which field.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    pub(super) form: DraftForm,
    pub(super) problems: BTreeMap<String, String>,
}

pub(super) const CONTROL: &str = class!(
    "mt-1 block min-h-11 w-full rounded-lg border border-edge bg-surface px-3 text-text aria-invalid:border-danger md:min-h-9"
);
const AREA: &str = class!(
    "mt-1 block w-full rounded-lg border border-edge bg-surface px-3 py-2 text-text aria-invalid:border-danger"
);

/// The parts of the editor in their order, each called as its id: a link leads to it.
pub(super) const SECTIONS: [&str; 8] = [
    "editor-naming",
    "editor-benefit",
    "editor-scope",
    "editor-times",
    "editor-limits",
    "editor-people",
    "editor-together",
    "editor-returns",
];

/// A part of the editor, counted from 1.
pub(super) fn section(
    number: usize,
    title: &'static str,
    body: impl IntoView + 'static,
) -> AnyView {
    let body = body.into_any();
    view! { <Card id=title title=format!("{number}. {}", t(title))>{body}</Card> }.into_any()
}

/// What follows an input: its hint and its problem, with the ids that it is described by.
struct Notes {
    described: Option<String>,
    is_wrong: Option<&'static str>,
    hint: AnyView,
    problem: AnyView,
}

impl Sheet {
    fn notes(&self, field: &str, hint: Option<String>) -> Notes {
        let problem = self.problems.get(field).cloned();
        let (hint_id, problem_id) = (format!("{field}-hint"), format!("{field}-problem"));
        let ids =
            [hint.as_ref().map(|_| hint_id.clone()), problem.as_ref().map(|_| problem_id.clone())];
        let ids: Vec<String> = ids.into_iter().flatten().collect();
        Notes {
            described: (!ids.is_empty()).then(|| ids.join(" ")),
            is_wrong: problem.as_ref().map(|_| "true"),
            hint: hint
                .map(|hint| view! { <p id=hint_id class="mt-1 text-muted">{hint}</p> })
                .into_any(),
            problem: problem
                .map(|problem| view! { <p id=problem_id class="mt-1 text-danger">{problem}</p> })
                .into_any(),
        }
    }

    /// A line of text.
    pub(super) fn line(&self, field: &str, value: &str, hint: Option<&str>) -> AnyView {
        self.input(field, value, hint.map(t), None, None)
    }

    /// A line of text that may be one of a [`Choices`](crate::ui::field::Choices); the hint is said.
    pub(super) fn suggested(
        &self,
        field: &str,
        value: &str,
        hint: Option<String>,
        list: &'static str,
    ) -> AnyView {
        self.input(field, value, hint, None, Some(list))
    }

    /// An amount of money, or a percentage.
    pub(super) fn amount(&self, field: &str, value: &str, hint: Option<&str>) -> AnyView {
        self.input(field, value, hint.map(t), Some("decimal"), None)
    }

    /// A whole number.
    pub(super) fn count(&self, field: &str, value: &str, hint: Option<&str>) -> AnyView {
        self.input(field, value, hint.map(t), Some("numeric"), None)
    }

    fn input(
        &self,
        field: &str,
        value: &str,
        hint: Option<String>,
        mode: Option<&'static str>,
        list: Option<&'static str>,
    ) -> AnyView {
        let Notes { described, is_wrong, hint, problem } = self.notes(field, hint);
        view! {
            <div>
                <label class="font-medium" for=field.to_owned()>
                    {t(&label_key(field))}
                    {is_required(field).then(star)}
                </label>
                <input
                    id=field.to_owned()
                    name=format!("draft[{field}]")
                    type="text"
                    inputmode=mode
                    list=list
                    autocomplete="off"
                    value=value.to_owned()
                    class=CONTROL
                    aria-required=is_required(field).then_some("true")
                    aria-invalid=is_wrong
                    aria-describedby=described
                />
                {hint}
                {problem}
            </div>
        }
        .into_any()
    }

    /// Several lines of text.
    pub(super) fn area(&self, field: &str, value: &str, hint: Option<&str>) -> AnyView {
        let Notes { described, is_wrong, hint, problem } = self.notes(field, hint.map(t));
        view! {
            <div>
                <label class="font-medium" for=field.to_owned()>
                    {t(&label_key(field))}
                </label>
                <textarea
                    id=field.to_owned()
                    name=format!("draft[{field}]")
                    rows="3"
                    class=AREA
                    aria-invalid=is_wrong
                    aria-describedby=described
                >
                    {value.to_owned()}
                </textarea>
                {hint}
                {problem}
            </div>
        }
        .into_any()
    }

    /// A date and, if it is not the whole day, a time of day.
    pub(super) fn moment(
        &self,
        field: &str,
        date: &str,
        time: &str,
        hint: Option<&str>,
    ) -> AnyView {
        let Notes { described, is_wrong, hint, problem } = self.notes(field, hint.map(t));
        let label = t(&label_key(field));
        let time_label = format!("{label} · {}", t("draft-time"));
        view! {
            <div>
                <label class="font-medium" for=field.to_owned()>
                    {label}
                </label>
                <div class="grid grid-cols-[minmax(0,3fr)_minmax(0,2fr)] gap-2">
                    <input
                        id=field.to_owned()
                        name=format!("draft[{field}]")
                        type="date"
                        value=date.to_owned()
                        class=CONTROL
                        aria-invalid=is_wrong
                        aria-describedby=described
                    />
                    <input
                        id=format!("{field}_time")
                        name=format!("draft[{field}_time]")
                        type="time"
                        value=time.to_owned()
                        class=CONTROL
                        aria-label=time_label
                    />
                </div>
                {hint}
                {problem}
            </div>
        }
        .into_any()
    }

    /// One of a few words, each with a name (`draft-kind-tiered`) and, where it has one, a hint. The
    /// id of a choice is `kind-tiered`: what belongs to other choices is hidden by it.
    pub(super) fn choice(
        &self,
        field: &'static str,
        chosen: &str,
        choices: &[(&'static str, Option<&str>)],
    ) -> AnyView {
        let Notes { described, problem, .. } = self.notes(field, None);
        let key = label_key(field);
        let choice = |(word, hint): &(&'static str, Option<&str>)| {
            let dashed = word.replace('_', "-");
            view! {
                <label class="flex min-h-11 items-start gap-2 rounded-lg border border-line px-3 py-2 has-[:checked]:border-accent has-[:checked]:bg-accent-soft">
                    <input
                        id=format!("{field}-{dashed}")
                        type="radio"
                        class="mt-1 accent-accent"
                        name=format!("draft[{field}]")
                        value=*word
                        checked=*word == chosen
                    />
                    <span>
                        <span class="font-medium">{t(&format!("{key}-{dashed}"))}</span>
                        {hint.map(|hint| view! { <span class="block text-muted">{t(hint)}</span> })}
                    </span>
                </label>
            }
        };
        view! {
            <fieldset id=field aria-describedby=described>
                <legend class="font-medium">{t(&key)}</legend>
                <div class="mt-1 grid gap-2 sm:grid-cols-2">
                    {choices.iter().map(choice).collect_view()}
                </div>
                {problem}
            </fieldset>
        }
        .into_any()
    }

    /// What is wrong with a field that has no control of its own.
    pub(super) fn problem(&self, field: &str) -> AnyView {
        self.notes(field, None).problem
    }
}

/// What stands beside the name of a field that has to be filled in; screen readers are told otherwise.
fn star() -> impl IntoView {
    view! {
        <span class="text-danger" aria-hidden="true">
            " *"
        </span>
    }
}
