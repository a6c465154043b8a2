//! What operators do to templates. A refused draft comes back by the names of its form's fields.

use domain::TemplateId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AppError, ops::draft_form::DraftForm};
#[cfg(feature = "ssr")]
use crate::{
    context::engine,
    form::{Form, done, escaped, form},
    session,
};
#[cfg(feature = "ssr")]
use domain::{
    FieldError, Problem, Refusal,
    template::{Action, Draft, State},
};
#[cfg(feature = "ssr")]
use engine::templates::Verdict;

/// The name under which an editor finds what was typed.
#[cfg(feature = "ssr")]
pub const DRAFT: &str = "draft";

/// The live templates that a draft meets in a basket, in the reader's language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbours {
    pub kinds: Vec<Kind>,
    /// Said where there are none.
    pub alone: Option<String>,
}

/// Those that go with it, or those that do not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    pub heading: String,
    pub named: Vec<Neighbour>,
    pub more: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    pub id: String,
    pub name: String,
    /// Why not, and when it opens.
    pub note: String,
}

/// Saves a new template as a draft. `key` is the id that its form carries: sent twice, the form
/// makes one template.
#[server(endpoint = "templates/create", prefix = "/api/fn")]
pub async fn create_template(
    #[server(default)] key: String,
    #[server(default)] draft: DraftForm,
) -> Result<TemplateId, AppError> {
    let create = async {
        let editor = session::editor().await?;
        let engine = engine();
        let id = key.parse().unwrap_or_else(|_| engine::templates::next_id(&engine));
        let new = read(&draft)?;
        check_reference(&editor, &draft, &new, None).await?;
        let created = engine::templates::create_as(&engine, &editor, id, &new).await;
        let id = created.map_err(|error| beside_fields(&draft, error.into()))?.id;
        session::remember_saved(&key).await?;
        Ok(done(id).saying("template-created").then(page_of(&id.to_string())))
    };
    kept(&draft, "/ops/templates/new".to_owned()).answer(create).await
}

/// Saves a template as a new revision; `revision` is the one the operator saw, `key` the form's.
#[server(endpoint = "templates/edit", prefix = "/api/fn")]
pub async fn edit_template(
    #[server(default)] id: String,
    #[server(default)] revision: String,
    #[server(default)] key: String,
    #[server(default)] draft: DraftForm,
) -> Result<(), AppError> {
    let page = page_of(&id);
    let edit = async {
        let editor = session::editor().await?;
        let id: TemplateId = id.parse().map_err(|_| AppError::NotFound)?;
        let revision = revision.parse().map_err(|_| AppError::Unreadable)?;
        let new = read_edit(&draft, &editor, id).await?;
        let old = engine::templates::read(&engine(), &editor, id).await?;
        check_reference(&editor, &draft, &new, Some(old.draft())).await?;
        let edited = engine::templates::edit(&engine(), &editor, id, revision, &new).await;
        let edited = edited.map_err(|error| beside_fields(&draft, error.into()))?;
        session::remember_saved(&key).await?;
        let message = match edited.state {
            State::InReview => "template-saved-in-review",
            _ => "template-saved",
        };
        Ok(done(()).saying(message).then(page_of(&id.to_string())))
    };
    kept(&draft, format!("{page}/edit")).keep("revision", &revision).answer(edit).await
}

/// Finds the live templates that a draft meets, `id` being the one that is edited.
#[server(endpoint = "templates/conflicts", prefix = "/api/fn")]
pub async fn conflicts(
    #[server(default)] id: String,
    #[server(default)] draft: DraftForm,
) -> Result<Neighbours, AppError> {
    let find = async {
        let editor = session::editor().await?;
        let found = crate::ops::outlook::neighbours(&editor, &draft, id.parse().ok()).await?;
        Ok(done(found))
    };
    form("conflicts", "/ops/templates").answer(find).await
}

/// Publishes, pauses, resumes, ends, approves or rejects a template; `revision` is the one that was read,
/// and no other is let out. `note` says why it is rejected, and `confirm` that a cost without bounds is
/// meant.
#[server(endpoint = "templates/act", prefix = "/api/fn")]
pub async fn act_on_template(
    #[server(default)] id: String,
    #[server(default)] action: String,
    #[server(default)] revision: String,
    #[server(default)] note: String,
    #[server(default)] confirm: String,
) -> Result<(), AppError> {
    let page = page_of(&id);
    let (kept, is_meant) = (note.clone(), !confirm.is_empty());
    let act = async {
        let id = id.parse().map_err(|_| AppError::NotFound);
        let doing = match action.as_str() {
            "publish" | "resume" => Doing::Act(Action::Publish),
            "pause" => Doing::Act(Action::Pause),
            "end" => Doing::Act(Action::End),
            "approve" => {
                let revision = revision.parse().map_err(|_| AppError::Unreadable);
                Doing::Review(revision.map(|revision| Verdict::Approve { revision }))
            }
            "reject" => Doing::Review(Ok(Verdict::Reject { note: Some(note) })),
            _ => return Err(AppError::Unreadable),
        };
        let engine = engine();
        let (template, operator) = match doing {
            Doing::Act(action) => {
                let (editor, id) = (session::editor().await?, id?);
                if action == Action::Publish {
                    check_sense(&editor, id, is_meant).await?;
                }
                let acted = match (action, revision.parse::<u32>()) {
                    (Action::Publish, Ok(read)) => {
                        engine::templates::publish(&engine, &editor, id, read).await?
                    }
                    _ => engine::templates::act(&engine, &editor, id, action).await?,
                };
                (acted, (*editor).clone())
            }
            Doing::Review(verdict) => {
                let (approver, id, verdict) = (session::approver().await?, id?, verdict?);
                if matches!(verdict, Verdict::Approve { .. }) {
                    check_sense(&approver, id, is_meant).await?;
                }
                let reviewed = engine::templates::review(&engine, &approver, id, &verdict).await?;
                (reviewed, (*approver).clone())
            }
        };
        let message = match (action.as_str(), template.state) {
            ("reject", _) => "template-rejected",
            ("approve", _) => "template-approved",
            ("resume", State::Live) => "template-resumed",
            (_, State::Draft | State::Live) => "template-published",
            (_, State::InReview) => "template-submitted",
            (_, State::Paused) => "template-paused",
            (_, State::Ended) => "template-ended",
        };
        let out = engine::templates::coupons::outstanding(&engine, &operator, &template).await?;
        Ok(done(()).saying(message).with("out", crate::ops::templates::out_in_words(&out)))
    };
    form("template", &page).keep("note", kept).answer(act).await
}

/// Refuses to publish for the first time what is over already, and to let shoppers have what can cost
/// without bounds, unless somebody ticked that this is meant.
#[cfg(feature = "ssr")]
async fn check_sense(
    by: &domain::actor::Operator,
    id: TemplateId,
    is_meant: bool,
) -> Result<(), AppError> {
    let engine = engine();
    let template = engine::templates::read(&engine, by, id).await?;
    let fields = template.draft().over(engine.now());
    if template.state == State::Draft && !fields.is_empty() {
        return Err(Refusal::Invalid { fields }.into());
    }
    if !is_meant && crate::ops::templates::asks_for_a_tick(&template) {
        return Err(Refusal::invalid("confirm", Problem::NeedsConfirmation).into());
    }
    Ok(())
}

/// Which of the two kinds of action was asked for.
#[cfg(feature = "ssr")]
enum Doing {
    Act(Action),
    Review(Result<Verdict, AppError>),
}

/// Saves a copy of a template as a draft, and goes on in its editor. `key` is the id that the form
/// carries: sent twice, it makes one copy.
#[server(endpoint = "templates/copy", prefix = "/api/fn")]
pub async fn copy_template(
    #[server(default)] key: String,
    #[server(default)] id: String,
) -> Result<TemplateId, AppError> {
    let page = page_of(&id);
    let copy = async {
        let (engine, editor) = (engine(), session::editor().await?);
        let key = key.parse().unwrap_or_else(|_| engine::templates::next_id(&engine));
        let id: TemplateId = id.parse().map_err(|_| AppError::NotFound)?;
        let original = engine::templates::read(&engine, &editor, id).await?;
        let name = copy_name(&original.draft().name);
        let copy = engine::templates::copy_as(&engine, &editor, key, id, name).await?.id;
        Ok(done(copy)
            .saying("template-copied")
            .then(format!("{}/edit", page_of(&copy.to_string()))))
    };
    form("template", &page).answer(copy).await
}

/// Pauses, resumes or ends every template that was ticked. Those to which that cannot be done, or which
/// have to be resumed by themselves, are told one by one; `to` is the list to go back to.
#[server(endpoint = "templates/act-many", prefix = "/api/fn")]
pub async fn act_on_templates(
    #[server(default)] ids: Vec<String>,
    #[server(default)] action: String,
    #[server(default)] to: String,
) -> Result<(), AppError> {
    let act = async {
        let (engine, editor) = (engine(), session::editor().await?);
        let (action, message) = match action.as_str() {
            "pause" => (Action::Pause, "list-paused"),
            "resume" => (Action::Publish, "list-resumed"),
            "end" => (Action::End, "list-ended"),
            _ => return Err(AppError::Unreadable),
        };
        let known = ids.iter().map(|id| id.parse().map_err(|_| AppError::NotFound));
        let ids = known.collect::<Result<Vec<TemplateId>, AppError>>()?;
        if ids.len() as u64 > engine::templates::PAGE {
            return Err(AppError::Unreadable);
        }
        let (mut meant, mut refused) = (ids.clone(), Vec::new());
        if action == Action::Publish {
            for template in engine::templates::read_each(&engine, &editor, &ids).await? {
                let Some(reason) = crate::ops::templates::not_resumed(&template) else { continue };
                let name = template.draft().name.clone();
                meant.retain(|id| *id != template.id);
                refused.push(NotDone { id: template.id.to_string(), name, reason });
            }
        }
        let answers = engine::templates::act_on_each(&engine, &editor, &meant, action).await;
        for (id, answer) in answers {
            if let Err(error) = answer {
                let known = engine::templates::read(&engine, &editor, id).await.ok();
                refused.push(NotDone::new(id, known.as_ref(), &error.into()));
            }
        }
        let message = if ids.is_empty() { "list-nothing-ticked" } else { message };
        let (n, told) = (ids.len() - refused.len(), serde_json::to_string(&refused));
        let done = done(()).saying(message).with("n", n.to_string());
        Ok(done.with(NOT_DONE, told.unwrap_or_default()).then(list_at(to)))
    };
    form("templates", "/ops/templates").answer(act).await
}

/// The emergency stop: pauses all that is live, and keeps why.
#[server(endpoint = "templates/stop", prefix = "/api/fn")]
pub async fn stop_templates(#[server(default)] reason: String) -> Result<(), AppError> {
    let stop = async {
        let (engine, editor) = (engine(), session::editor().await?);
        let (stopped, left) = engine::templates::stop(&engine, &editor, &reason).await?;
        let message = if left == 0 { "list-stopped" } else { "list-stopped-partly" };
        let done = done(()).saying(message).with("n", stopped.to_string());
        Ok(done.with("left", left.to_string()).then("/ops/templates?state=paused"))
    };
    form("templates", "/ops/templates/many?action=stop").keep("reason", &reason).answer(stop).await
}

/// The list somebody came from; nothing else is gone on to.
#[cfg(feature = "ssr")]
fn list_at(to: String) -> String {
    let is_list = to.strip_prefix("/ops/templates").is_some_and(|rest| rest.starts_with('?'));
    if is_list { to } else { "/ops/templates".to_owned() }
}

/// Under which the list finds what was not done.
#[cfg(feature = "ssr")]
const NOT_DONE: &str = "not_done";

/// A template to which something was to be done and could not be, and why.
#[cfg(feature = "ssr")]
#[derive(serde::Serialize, serde::Deserialize)]
pub struct NotDone {
    pub id: String,
    pub name: String,
    pub reason: String,
}

#[cfg(feature = "ssr")]
impl NotDone {
    fn new(
        id: TemplateId,
        template: Option<&engine::templates::Template>,
        error: &AppError,
    ) -> Self {
        let name = template.map_or_else(|| id.to_string(), |known| known.draft().name.clone());
        let reason = match (template, error) {
            (Some(template), AppError::Refused { refusal: Refusal::StateConflict { .. }, .. }) => {
                crate::ops::templates::not_live(template.state)
            }
            _ => crate::locale::error(error),
        };
        Self { id: id.to_string(), name, reason }
    }

    /// Those that the last form told of.
    pub fn told(flash: &crate::flash::Flash) -> Vec<Self> {
        let crate::flash::Outcome::Done { filled, .. } = &flash.outcome else { return Vec::new() };
        let told = filled.get(NOT_DONE).and_then(|told| serde_json::from_str(told).ok());
        told.unwrap_or_default()
    }
}

/// What a copy is called; a long name gives up its end.
#[cfg(feature = "ssr")]
fn copy_name(name: &str) -> String {
    let called = |name: String| crate::locale::t_with("copy-name", [("name", name.into())]);
    let added = called(String::new()).chars().count();
    let kept = (domain::template::NAME_MAX as usize).saturating_sub(added);
    called(name.chars().take(kept).collect())
}

#[cfg(feature = "ssr")]
fn page_of(id: &str) -> String {
    format!("/ops/templates/{}", escaped(id))
}

/// The form with everything typed into it, as one value: it holds lists.
#[cfg(feature = "ssr")]
fn kept(draft: &DraftForm, page: String) -> Form {
    form(DRAFT, &page).keep(DRAFT, serde_json::to_string(draft).unwrap_or_default())
}

#[cfg(feature = "ssr")]
fn read(draft: &DraftForm) -> Result<Draft, AppError> {
    let read = crate::ops::speech::in_shop_time(|conventions| draft.parse(conventions));
    read.map_err(|fields| beside_fields(draft, Refusal::Invalid { fields }.into()))
}

/// Reads an edit. What was meant once is not asked again while the benefit stays as it is.
#[cfg(feature = "ssr")]
async fn read_edit(
    draft: &DraftForm,
    editor: &domain::actor::Operator,
    id: TemplateId,
) -> Result<Draft, AppError> {
    let ticked = DraftForm { confirm: "on".to_owned(), ..draft.clone() };
    let Ok(new) = read(&ticked) else { return read(draft) };
    let old = engine::templates::read(&engine(), editor, id).await?;
    if old.draft().benefit == new.benefit { Ok(new) } else { read(draft) }
}

/// Refuses to plan by what is not there. What was saved once may have another name since.
#[cfg(feature = "ssr")]
async fn check_reference(
    by: &domain::actor::Operator,
    form: &DraftForm,
    new: &Draft,
    old: Option<&Draft>,
) -> Result<(), AppError> {
    let Some(reference) = &new.reference else { return Ok(()) };
    let is_old = old.is_some_and(|old| old.reference.as_ref() == Some(reference));
    if is_old || engine::forecast::is_known(&engine(), by, reference).await? {
        return Ok(());
    }
    Err(beside_fields(form, Refusal::invalid("reference", Problem::Unknown).into()))
}

/// Names what is wrong by the form's fields.
#[cfg(feature = "ssr")]
fn beside_fields(draft: &DraftForm, error: AppError) -> AppError {
    let AppError::Refused { refusal: Refusal::Invalid { fields }, coupon } = error else {
        return error;
    };
    let renamed = |FieldError { field, problem }| FieldError::new(draft.field_of(&field), problem);
    let fields = fields.into_iter().map(renamed).collect();
    AppError::Refused { refusal: Refusal::Invalid { fields }, coupon }
}
