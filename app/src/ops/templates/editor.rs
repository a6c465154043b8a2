//! The editor of a template, new or known. A refused form comes back as it was typed.

mod control;
mod scope;
mod sections;

use std::collections::BTreeMap;

use domain::actor::Editor;
use domain::template::State;
use domain::{Refusal, TemplateId};
use engine::templates::Template;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_params_map;

use control::Sheet;

use crate::context::engine;
use crate::failure::page;
use crate::flash::{Flash, flash_of};
use crate::form::see_other;
use crate::locale::{self, t, t_with};
use crate::ops::draft_form::DraftForm;
use crate::ops::preview::{DraftPreview, FORM_ID};
use crate::ops::problems::{self, label_key};
use crate::ops::speech::{Speech, percent_as};
use crate::server_fns::templates::{CreateTemplate, DRAFT, EditTemplate};
use crate::ui::{Button, Hidden, LinkButton, Look, Notice, OpsFrame, Tone};
use crate::{AppError, session};

#[component]
pub fn NewTemplatePage() -> impl IntoView {
    page(async {
        session::editor().await?;
        let flash = flash_of(DRAFT).await;
        let speech = Speech::current().await?;
        let form = typed(&flash).unwrap_or_else(|| DraftForm::blank(percent_as()));
        let whole = Whole {
            title: t("editor-new-title"),
            action: CreateTemplate::url(),
            carried: Vec::new(),
            back: "/ops/templates".to_owned(),
            notice: None,
        };
        Ok(editor(whole, form, flash, speech))
    })
}

#[component]
pub fn EditTemplatePage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    page(async move {
        let operator: Editor = session::editor().await?;
        let id: TemplateId = id.parse().map_err(|_| AppError::NotFound)?;
        let template = engine::templates::read(&engine(), &operator, id).await?;
        if template.state == State::Ended {
            // Its page says why it cannot be edited.
            see_other(&format!("/ops/templates/{id}"));
            return Ok(().into_any());
        }
        let flash = flash_of(DRAFT).await;
        let speech = Speech::current().await?;
        let known = typed(&flash);
        // Typed under an older revision it is saved over the current one only where that was said.
        let is_stale = matches!(
            flash.error(),
            Some(AppError::Refused { refusal: Refusal::StaleRevision { .. }, .. })
        );
        let seen = flash.value("revision").filter(|_| known.is_some() && !is_stale);
        let seen = seen.unwrap_or_else(|| template.revision.number.to_string());
        let form = known.unwrap_or_else(|| speech.form(template.draft()));
        let whole = Whole {
            title: t_with("editor-edit-title", [("name", template.draft().name.clone().into())]),
            action: EditTemplate::url(),
            carried: vec![("id", id.to_string()), ("revision", seen)],
            back: format!("/ops/templates/{id}"),
            notice: notice(&template),
        };
        Ok(editor(whole, form, flash, speech).into_any())
    })
}

/// What the two pages differ in.
struct Whole {
    title: String,
    action: &'static str,
    carried: Vec<(&'static str, String)>,
    back: String,
    notice: Option<String>,
}

fn typed(flash: &Flash) -> Option<DraftForm> {
    serde_json::from_str(&flash.value(DRAFT)?).ok()
}

/// What saving does to coupons already out.
fn notice(template: &Template) -> Option<String> {
    match template.state {
        State::Live | State::Paused | State::InReview => {
            Some(t_with("editor-edit-notice", [("issued", super::count(template.issued).into())]))
        }
        State::Draft | State::Ended => None,
    }
}

fn editor(whole: Whole, form: DraftForm, flash: Flash, speech: Speech) -> impl IntoView {
    let Whole { title, action, carried, back, notice } = whole;
    let currency = speech.shop.currency;
    let in_words = |error: &domain::FieldError| {
        let said =
            problems::in_words(&speech.phrases, currency, &form, &error.field, &error.problem);
        (error.field.clone(), said)
    };
    let problems: Vec<(String, String)> = flash.fields().iter().map(in_words).collect();
    let summary = summary(&flash, &problems, &back);
    let needs_tick = form.confirm == "on" || problems.iter().any(|(field, _)| field == "confirm");
    let sheet =
        Sheet { form: form.clone(), problems: problems.into_iter().collect::<BTreeMap<_, _>>() };
    let scope = scope::scope(&sheet, &speech.shop.categories);
    view! {
        <OpsFrame title=title.clone() here="/ops/templates">
            <nav aria-label=t("breadcrumbs")>
                <a class="inline-flex min-h-11 items-center text-accent underline" href=back.clone()>
                    {t("editor-back")}
                </a>
            </nav>
            <h1 class="text-2xl font-semibold">{title}</h1>
            <div class="mt-4 space-y-4">
                {summary}
                {notice.map(|notice| view! { <Notice tone=Tone::Accent>{notice}</Notice> })}
            </div>
            <div class="mt-4 grid items-start gap-4 lg:grid-cols-3">
                <form
                    id=FORM_ID
                    method="post"
                    action=action
                    class="group space-y-4 lg:col-span-2"
                >
                    {carried
                        .into_iter()
                        .map(|(name, value)| view! { <Hidden name=name value=value /> })
                        .collect_view()}
                    {sections::naming(&sheet)}
                    {sections::benefit(&sheet)}
                    {scope}
                    {sections::times(&sheet)}
                    {sections::limits(&sheet)}
                    {sections::people(&sheet)}
                    {sections::together(&sheet)}
                    {confirm(&sheet, needs_tick)}
                    <div class="flex flex-wrap gap-3">
                        <Button>{t("editor-save")}</Button>
                        <LinkButton look=Look::Plain href=back>
                            {t("editor-cancel")}
                        </LinkButton>
                    </div>
                </form>
                <aside class="lg:sticky lg:top-4" aria-label=t("editor-preview")>
                    <DraftPreview form=form shop=speech.shop phrases=speech.phrases />
                </aside>
            </div>
        </OpsFrame>
    }
}

/// The tick of a generous draft. It is there from the start, so that a script is not needed; what it
/// is for is said beside it.
fn confirm(sheet: &Sheet, is_marked: bool) -> impl IntoView + use<> {
    let ground = if is_marked { MARKED } else { PLAIN };
    view! {
        <div class=ground>
            <label class="flex min-h-11 items-start gap-2">
                <input
                    id="confirm"
                    type="checkbox"
                    class="mt-1 accent-accent"
                    name="draft[confirm]"
                    value="on"
                    checked=!sheet.form.confirm.is_empty()
                    aria-describedby="confirm-problem"
                />
                <span>{t("draft-confirm-text")}</span>
            </label>
            {sheet.problem("confirm")}
        </div>
    }
}

const PLAIN: &str = class!("rounded-xl border border-line bg-surface p-4 shadow-sm");
const MARKED: &str = class!("rounded-xl border border-warn bg-warn-soft p-4 shadow-sm");

/// Everything wrong on top, where the focus goes first.
fn summary(
    flash: &Flash,
    problems: &[(String, String)],
    template: &str,
) -> Option<impl IntoView + use<>> {
    let error = flash.error()?;
    let is_stale =
        matches!(error, AppError::Refused { refusal: Refusal::StaleRevision { .. }, .. });
    let heading = match problems.len() {
        0 => locale::error(error),
        n => t_with("errors-heading", [("n", n.into())]),
    };
    let entry = |(field, said): &(String, String)| {
        view! {
            <li>
                <a class="underline" href=format!("#{field}")>
                    {t(&label_key(field))}
                </a>
                ": "
                {said.clone()}
            </li>
        }
    };
    let stale = is_stale.then(|| {
        view! {
            <p class="mt-1">
                {t("editor-stale")} " "
                <a class="underline" href=template.to_owned() target="_blank" rel="noopener">
                    {t("editor-stale-look")}
                </a>
            </p>
        }
    });
    let list = (!problems.is_empty()).then(|| {
        view! { <ul class="mt-2 list-disc pl-5">{problems.iter().map(entry).collect_view()}</ul> }
    });
    Some(view! {
        <div
            id="errors"
            role="alert"
            tabindex="-1"
            autofocus
            class="rounded-lg border border-danger bg-danger-soft px-4 py-3"
        >
            <p class="font-medium">{heading}</p>
            {stale}
            {list}
        </div>
    })
}
