//! What operators do to templates. A refused draft comes back by the names of its form's fields.

use domain::TemplateId;
use leptos::prelude::*;

use crate::{AppError, ops::draft_form::DraftForm};
#[cfg(feature = "ssr")]
use crate::{
    context::engine,
    form::{Form, done, escaped, form},
    session,
};
#[cfg(feature = "ssr")]
use domain::{
    FieldError, Refusal,
    template::{Action, Draft, State},
};

/// The name under which an editor finds what was typed.
#[cfg(feature = "ssr")]
pub const DRAFT: &str = "draft";

/// Saves a new template as a draft.
#[server(endpoint = "templates/create", prefix = "/api/fn")]
pub async fn create_template(#[server(default)] draft: DraftForm) -> Result<TemplateId, AppError> {
    let create = async {
        let editor = session::editor().await?;
        let created = engine::templates::create(&engine(), &editor, &read(&draft)?).await;
        let id = created.map_err(|error| beside_fields(&draft, error.into()))?.id;
        Ok(done(id).saying("template-created").then(page_of(&id.to_string())))
    };
    kept(&draft, "/ops/templates/new".to_owned()).answer(create).await
}

/// Saves a template as a new revision; `revision` is the one the operator saw.
#[server(endpoint = "templates/edit", prefix = "/api/fn")]
pub async fn edit_template(
    #[server(default)] id: String,
    #[server(default)] revision: String,
    #[server(default)] draft: DraftForm,
) -> Result<(), AppError> {
    let page = page_of(&id);
    let edit = async {
        let editor = session::editor().await?;
        let id: TemplateId = id.parse().map_err(|_| AppError::NotFound)?;
        let revision = revision.parse().map_err(|_| AppError::Unreadable)?;
        let edited =
            engine::templates::edit(&engine(), &editor, id, revision, &read(&draft)?).await;
        let edited = edited.map_err(|error| beside_fields(&draft, error.into()))?;
        let message = match edited.state {
            State::InReview => "template-saved-in-review",
            _ => "template-saved",
        };
        Ok(done(()).saying(message).then(page_of(&id.to_string())))
    };
    kept(&draft, format!("{page}/edit")).keep("revision", &revision).answer(edit).await
}

/// Publishes, pauses, ends, approves or rejects a template.
#[server(endpoint = "templates/act", prefix = "/api/fn")]
pub async fn act_on_template(
    #[server(default)] id: String,
    #[server(default)] action: String,
) -> Result<(), AppError> {
    let page = page_of(&id);
    let act = async {
        let id = id.parse().map_err(|_| AppError::NotFound);
        let (action, approves) = match action.as_str() {
            "publish" => (Action::Publish, false),
            "pause" => (Action::Pause, false),
            "end" => (Action::End, false),
            "approve" => (Action::Approve, true),
            "reject" => (Action::Reject, true),
            _ => return Err(AppError::Unreadable),
        };
        let engine = engine();
        let template = if approves {
            let approver = session::approver().await?;
            engine::templates::review(&engine, &approver, id?, action == Action::Approve).await?
        } else {
            engine::templates::act(&engine, &session::editor().await?, id?, action).await?
        };
        let message = match (action, template.state) {
            (Action::Reject, _) => "template-rejected",
            (_, State::Draft | State::Live) => "template-published",
            (_, State::InReview) => "template-submitted",
            (_, State::Paused) => "template-paused",
            (_, State::Ended) => "template-ended",
        };
        Ok(done(()).saying(message))
    };
    form("template", &page).answer(act).await
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
    let settings = engine().settings().clone();
    let zone = settings.time_zone;
    let (moment, local) = (move |at| zone.moment(at), move |at| zone.local(at));
    let conventions = crate::ops::draft_form::Conventions {
        currency: settings.currency,
        moment: &moment,
        local: &local,
    };
    let read = draft.parse(&conventions);
    read.map_err(|fields| beside_fields(draft, Refusal::Invalid { fields }.into()))
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
