//! Messages: how a form went, on top of the page or beside it.

use leptos::prelude::*;

use super::card::Tone;
use super::icon::Icon;
use crate::AppError;
use crate::flash::Flash;
use crate::locale::{self, t, t_with};

const NOTICE: &str = class!("flex items-start gap-2 rounded-lg px-4 py-3 scroll-mt-4");

/// A message that screen readers announce. `focus` takes them to it as soon as the page is there:
/// a live region that is born with its page says nothing by itself.
#[component]
pub fn Notice(
    #[prop(optional)] tone: Tone,
    #[prop(optional)] focus: bool,
    children: Children,
) -> impl IntoView {
    let role = if tone == Tone::Danger { "alert" } else { "status" };
    let classes = [tone.class(), NOTICE].join(" ");
    view! {
        <div role=role class=classes tabindex=focus.then_some("-1") autofocus=focus>
            <Icon glyph=tone.glyph() />
            <div class="min-w-0 flex-1">{children()}</div>
        </div>
    }
}

/// How the last form of this name went; nothing if it was another's.
#[component]
pub fn Said(flash: Flash) -> impl IntoView {
    flash.said().map(|(is_well, sentence)| {
        let tone = if is_well { Tone::Ok } else { Tone::Danger };
        view! {
            <Notice tone=tone focus=true>
                {sentence}
            </Notice>
        }
    })
}

/// Everything wrong with a form, on top of it, where the focus goes first. `labels` name the
/// fields by their paths; each entry leads to its field.
#[component]
pub fn Errors(flash: Flash, labels: Vec<(&'static str, String)>) -> impl IntoView {
    let error = flash.error().cloned()?;
    let entry = |wrong: &domain::FieldError| {
        let label = labels.iter().find(|(field, _)| *field == wrong.field);
        let label = label.map_or_else(|| wrong.field.clone(), |(_, label)| label.clone());
        (wrong.field.clone(), label, locale::problem_of(wrong))
    };
    let entries = flash.fields().iter().map(entry).collect();
    Some(view! { <Wrongs error=error entries=entries /> })
}

/// The same where the form finds its own words: the id of each field, its label and its problem.
/// What else there is to say stands between the two.
#[component]
pub fn Wrongs(
    error: AppError,
    entries: Vec<(String, String, String)>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let heading = match entries.len() {
        0 => locale::error(&error),
        n => t_with("errors-heading", [("n", n.into())]),
    };
    let entry = |(field, label, said): (String, String, String)| {
        view! {
            <li>
                <a class="underline" href=format!("#{field}")>
                    {label}
                </a>
                {t("colon")}
                {said}
            </li>
        }
    };
    let list = (!entries.is_empty()).then(|| {
        view! {
            <ul class="mt-2 list-disc pl-5">{entries.into_iter().map(entry).collect_view()}</ul>
        }
    });
    view! {
        <div
            id="errors"
            role="alert"
            tabindex="-1"
            autofocus
            class="flex items-start gap-2 rounded-lg border border-danger bg-danger-soft px-4 py-3"
        >
            <Icon glyph=Tone::Danger.glyph() class="h-5 w-5 shrink-0 text-danger" />
            <div class="min-w-0 flex-1">
                <p class="font-medium">{heading}</p>
                {children.map(|children| children())}
                {list}
            </div>
        </div>
    }
}
