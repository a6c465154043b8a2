//! The editor of a template, new or known. A refused form comes back as it was typed.

mod control;
mod difference;
mod last_time;
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

use control::{SECTIONS, Sheet};

use crate::context::engine;
use crate::failure::page;
use crate::flash::{Flash, flash_of};
use crate::form::see_other;
use crate::locale::{money, t, t_with};
use crate::ops::draft_form::DraftForm;
use crate::ops::outlook;
use crate::ops::preview::kept::{KeptDraft, KeptWords};
use crate::ops::preview::{CONFIRM_ID, DraftPreview, FORM_ID, Outlook, SUMMARY_ID};
use crate::ops::problems::{self, label_key};
use crate::ops::speech::{Speech, in_shop_time, percent_as};
use crate::server_fns::templates::{CreateTemplate, DRAFT, EditTemplate};
use crate::ui::notice::Wrongs;
use crate::ui::{Button, Hidden, LinkButton, Look, Notice, OpsFrame, PageHead, Tone};
use crate::{AppError, session};

#[component]
pub fn NewTemplatePage() -> impl IntoView {
    page(async {
        let operator = session::editor().await?;
        let flash = flash_of(DRAFT).await;
        let speech = Speech::current().await?;
        let form = typed(&flash).unwrap_or_else(|| DraftForm::blank(percent_as()));
        let whole = Whole {
            title: t("editor-new-title"),
            action: CreateTemplate::url(),
            id: None,
            revision: None,
            back: ("/ops/templates".to_owned(), t("templates-title")),
            notice: None,
            meanwhile: was_sent_before(&flash).then(|| t("editor-sent-before").into_any()),
        };
        editor(&operator, whole, form, flash, speech).await
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
        let is_stale = known.is_some() && is_stale(&flash);
        let known = match known {
            Some(typed) if is_stale => {
                let seen = flash.value("revision");
                Some(difference::laid_over(&operator, &template, typed, seen).await?)
            }
            known => known,
        };
        // Over the current revision it is saved only where it was said what that changes.
        let stale = match known.as_ref().filter(|_| is_stale) {
            Some(form) => Some(difference::difference(&operator, &template, form, &speech).await?),
            None => None,
        };
        let seen = flash.value("revision").filter(|_| known.is_some() && !is_stale);
        let seen = seen.unwrap_or_else(|| template.revision.number.to_string());
        let form = known.unwrap_or_else(|| speech.form(template.draft()));
        let whole = Whole {
            title: t_with("editor-edit-title", [("name", template.draft().name.clone().into())]),
            action: EditTemplate::url(),
            id: Some(id),
            revision: Some(seen),
            back: (format!("/ops/templates/{id}"), template.draft().name.clone()),
            notice: notice(&template),
            meanwhile: stale,
        };
        editor(&operator, whole, form, flash, speech).await
    })
}

/// What the two pages differ in.
struct Whole {
    title: String,
    action: &'static str,
    id: Option<TemplateId>,
    revision: Option<String>,
    /// The page above this one: its address and its name.
    back: (String, String),
    notice: Option<String>,
    /// What was saved meanwhile, by somebody else or by this very form.
    meanwhile: Option<AnyView>,
}

fn typed(flash: &Flash) -> Option<DraftForm> {
    serde_json::from_str(&flash.value(DRAFT)?).ok()
}

fn is_stale(flash: &Flash) -> bool {
    let error = flash.error();
    matches!(error, Some(AppError::Refused { refusal: Refusal::StaleRevision { .. }, .. }))
}

fn was_sent_before(flash: &Flash) -> bool {
    let error = flash.error();
    matches!(error, Some(AppError::Refused { refusal: Refusal::IdempotencyConflict, .. }))
}

/// What saving does to coupons already out, and to what shoppers can claim now.
fn notice(template: &Template) -> Option<String> {
    let n = template.issued;
    let filled = [("n", n.into()), ("text", super::count(n).into())];
    let out = t_with("editor-edit-notice", filled);
    match template.state {
        State::Live => {
            let review = engine().settings().approval_above.map(|limit| {
                let filled = [("limit", money(limit).into())];
                t_with("editor-edit-review", filled)
            });
            let said = [Some(out), review].into_iter().flatten();
            Some(said.collect::<Vec<_>>().join(&t("sentence-gap")))
        }
        State::Paused | State::InReview => Some(out),
        State::Draft | State::Ended => None,
    }
}

async fn editor(
    operator: &Editor,
    whole: Whole,
    form: DraftForm,
    flash: Flash,
    speech: Speech,
) -> Result<AnyView, AppError> {
    let Whole { title, action, id, revision, back, notice, meanwhile } = whole;
    let cancel = back.0.clone();
    let template = id.map(|id| id.to_string()).unwrap_or_default();
    // A new template gets the key as its id.
    let key = engine::templates::next_id(&engine()).to_string();
    let kept = kept(operator, &template, flash.error().is_some()).await?;
    let outlook = Outlook {
        coverage: outlook::coverage(operator, &form).await?,
        neighbours: outlook::neighbours(operator, &form, id).await?,
    };
    let draft = in_shop_time(|conventions| form.read(conventions).0);
    let last = last_time::last_time(operator, &draft).await?;
    let products = engine::catalogue::current(&engine()).await?.products_in();
    let carried =
        [("id", id.map(|_| template.clone())), ("revision", revision), ("key", Some(key))];
    let hidden = carried.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let hidden = hidden.map(|(name, value)| view! { <Hidden name=name value=value /> });
    let hidden = hidden.collect_view();

    let problems = problems(&flash, &form, &speech);
    let wrongs = flash.error().map(|error| {
        let entry =
            |(field, said): &(String, String)| (field.clone(), t(&label_key(field)), said.clone());
        let entries = problems.iter().map(entry).collect();
        view! { <Wrongs error=error.clone() entries=entries>{meanwhile}</Wrongs> }
    });
    let is_marked =
        !form.confirm.is_empty() || problems.iter().any(|(field, _)| field == "confirm");
    let sheet =
        Sheet { form: form.clone(), problems: problems.into_iter().collect::<BTreeMap<_, _>>() };
    let segments = engine::shoppers::segments(&engine(), operator).await?;
    let past = past(operator).await?;
    let scope = scope::scope(&sheet, &draft.scope, &speech, &products);
    let echo = speech.echo(&draft);
    Ok(view! {
        <OpsFrame title=title.clone() here="/ops/templates">
            <PageHead title=title back=back />
            <div class="mt-4 space-y-4">
                {wrongs} {kept}
                {notice.map(|notice| view! { <Notice tone=Tone::Accent>{notice}</Notice> })}
                {last}
            </div>
            {contents()}
            <p class="mt-2 text-muted">{t("editor-required")}</p>
            <div class="mt-4 grid items-start gap-4 lg:grid-cols-5">
                <form
                    id=FORM_ID
                    method="post"
                    action=action
                    class="group min-w-0 space-y-4 lg:col-span-3"
                >
                    {hidden}
                    {sections::naming(&sheet, past)}
                    {sections::benefit(&sheet, echo)}
                    {scope}
                    {sections::times(&sheet)}
                    {sections::limits(&sheet)}
                    {sections::people(&sheet, segments)}
                    {sections::together(&sheet)}
                    {sections::returns(&sheet)}
                    {confirm(&sheet, is_marked)}
                    <div class="sticky bottom-0 z-10 -mx-4 flex flex-wrap items-center gap-2 border-t border-line bg-surface px-4 py-2 sm:mx-0 sm:rounded-t-xl">
                        <Button>{t("editor-save")}</Button>
                        <LinkButton look=Look::Plain href=cancel>
                            {t("editor-cancel")}
                        </LinkButton>
                        <a class=PEEK href="#preview">
                            <span class="shrink-0 underline">{t("editor-preview")}</span>
                            <span id=SUMMARY_ID class="min-w-0 truncate text-muted" dir="auto"></span>
                        </a>
                    </div>
                </form>
                <aside
                    id="preview"
                    class="min-w-0 lg:sticky lg:top-20 lg:col-span-2 lg:max-h-[calc(100vh-6rem)] lg:overflow-y-auto"
                    aria-label=t("editor-preview")
                >
                    <DraftPreview
                        form=form
                        shop=speech.shop
                        phrases=speech.phrases
                        outlook=outlook
                        template=template
                    />
                </aside>
            </div>
        </OpsFrame>
    }
    .into_any())
}

const PEEK: &str = class!(
    "flex min-h-11 min-w-0 flex-1 basis-32 items-center gap-2 rounded-lg px-2 text-accent lg:hidden"
);

/// Templates that are offered to plan by; older ones are reached by their own page's address.
const PAST: u64 = 300;

/// What may be planned by: campaigns by their names, and the newest templates that issued anything.
async fn past(operator: &Editor) -> Result<Vec<(String, String)>, AppError> {
    let campaigns = engine::templates::campaigns(&engine(), operator).await?;
    let campaigns = campaigns.into_iter().map(|name| (name, t("difference-campaign")));
    let templates = engine::templates::made_before(&engine(), operator, None, PAST).await?;
    let issued = templates.into_iter().filter(|template| template.issued > 0);
    let named = issued.map(|template| (template.id.to_string(), template.draft().name.clone()));
    Ok(campaigns.chain(named).collect())
}

/// Everything wrong, each with its field and in the reader's words.
fn problems(flash: &Flash, form: &DraftForm, speech: &Speech) -> Vec<(String, String)> {
    let in_words = |error: &domain::FieldError| {
        let (field, problem) = (&error.field, &error.problem);
        let said = problems::in_words(&speech.phrases, speech.shop.currency, form, field, problem);
        (field.clone(), said)
    };
    let mut all: Vec<(String, String)> = flash.fields().iter().map(in_words).collect();
    all.sort_by_key(|(field, _)| problems::place(field));
    all
}

/// The way to each part.
fn contents() -> impl IntoView {
    let entry = |(i, key): (usize, &&'static str)| {
        view! {
            <li>
                <a
                    class="inline-flex min-h-11 items-center rounded-lg px-2 text-accent hover:bg-sunken md:min-h-8"
                    href=format!("#{key}")
                >
                    {format!("{}. {}", i + 1, t(key))}
                </a>
            </li>
        }
    };
    view! {
        <nav class="mt-4" aria-label=t("editor-contents")>
            <ol class="-mx-2 flex flex-wrap whitespace-nowrap">{SECTIONS.iter().enumerate().map(entry).collect_view()}</ol>
        </nav>
    }
}

/// What the browser keeps while one types, for each operator and template apart.
async fn kept(
    operator: &Editor,
    template: &str,
    is_answer: bool,
) -> Result<impl IntoView + use<>, AppError> {
    let what = if template.is_empty() { "new" } else { template };
    let place = format!("draft:{}:{what}", operator.id);
    let words = KeptWords {
        offer: t_with("kept-offer", [("at", "{at}".into())]),
        stale: t("kept-stale"),
        zone: engine().settings().time_zone.name().to_owned(),
        restore: t("kept-restore"),
        discard: t("kept-discard"),
    };
    let saved = session::saved().await?;
    Ok(view! { <KeptDraft place=place saved=saved is_answer=is_answer words=words /> })
}

/// The tick of a generous draft. It is there from the start, so that a script is not needed; what it
/// is for is said beside it.
fn confirm(sheet: &Sheet, is_marked: bool) -> impl IntoView + use<> {
    let ground = if is_marked { MARKED } else { PLAIN };
    view! {
        <div id=CONFIRM_ID class=ground>
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
