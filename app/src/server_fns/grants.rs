//! Coupons given to many at once, and pools of codes. A file arrives as a field that holds its text.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    context::engine,
    form::{done, escaped, form, text_of},
    locale::t,
    ops::{draft_form::number_in, grants::list::progress_of},
    session,
};
#[cfg(feature = "ssr")]
use domain::{FieldError, GrantId, Problem, Refusal};
#[cfg(feature = "ssr")]
use engine::{
    grants::{Action, Ask, List, To},
    pools,
};

/// How far a grant is, in the reader's language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub percent: u64,
    /// `1,180 given, 20 not, 3,800 to go`
    pub said: String,
    /// Where it stands, to see when that changes.
    pub state: String,
}

/// Asks for a grant, which is checked first. Exactly one of the file, the lines and the segment says
/// to whom. `key` is the id that the form carries: sent twice, it makes one grant.
#[server(endpoint = "grants/create", prefix = "/api/fn")]
pub async fn create_grant(
    #[server(default)] key: String,
    #[server(default)] template: String,
    #[server(default)] file: String,
    #[server(default)] shoppers: String,
    #[server(default)] segment: String,
    #[server(default)] note: String,
) -> Result<(), AppError> {
    let create = async {
        let editor = session::editor().await?;
        let odd = match template.is_empty() {
            true => Problem::Required,
            false => Problem::Unknown,
        };
        let id = template.parse().map_err(|_| Refusal::invalid("template", odd))?;
        let to = read_to(&file, &shoppers, &segment)?;
        let ask = Ask { template: id, to, note: Some(note.clone()), starts_itself: false };
        let engine = engine();
        let key = key.parse().unwrap_or_else(|_| engine::grants::next_id(&engine));
        let grant = engine::grants::create_as(&engine, &editor, key, ask).await?;
        Ok(done(()).about("grant").then(page_of(&grant.id.to_string())))
    };
    // What is long is not kept in a session; the file is chosen again in any case.
    let short = shoppers.get(..KEPT_MAX).unwrap_or(&shoppers);
    form("grant-new", "/ops/grants")
        .keep("template", &template)
        .keep("shoppers", if short.len() == shoppers.len() { short } else { "" })
        .keep("segment", &segment)
        .keep("note", &note)
        .at("new")
        .answer(create)
        .await
}

/// Starts, pauses, resumes or cancels a grant.
#[server(endpoint = "grants/act", prefix = "/api/fn")]
pub async fn act_on_grant(
    #[server(default)] id: String,
    #[server(default)] action: String,
) -> Result<(), AppError> {
    let act = async {
        let editor = session::editor().await?;
        let action = Action::parse(&action).ok_or(AppError::Unreadable)?;
        engine::grants::act(&engine(), &editor, read_id(&id)?, action).await?;
        let told = match action {
            Action::Start => "grant-started",
            Action::Pause => "grant-paused",
            Action::Resume => "grant-resumed",
            Action::Cancel => "grant-cancelled",
        };
        Ok(done(()).saying(told))
    };
    form("grant", &page_of(&id)).answer(act).await
}

/// How far a grant is at this moment.
#[server(endpoint = "grants/progress", prefix = "/api/fn")]
pub async fn look_at_grant(#[server(default)] id: String) -> Result<Progress, AppError> {
    let look = async {
        let operator = session::operator().await?;
        let grant = engine::grants::read(&engine(), &operator, read_id(&id)?).await?;
        Ok(done(progress_of(&grant)))
    };
    form("grant", &page_of(&id)).answer(look).await
}

/// Makes pool codes of a template, in the background. `key` is the id that the form carries: sent twice,
/// it has them made once.
#[server(endpoint = "grants/make-pool", prefix = "/api/fn")]
pub async fn make_pool(
    #[server(default)] key: String,
    #[server(default)] template: String,
    #[server(default)] count: String,
) -> Result<(), AppError> {
    let make = async {
        let editor = session::editor().await?;
        let engine = engine();
        let key = key.parse().unwrap_or_else(|_| pools::next_id(&engine));
        let id = template.parse().map_err(|_| AppError::NotFound)?;
        let number = number_in(&count).parse();
        let number = number.map_err(|_| Refusal::invalid("count", Problem::NotANumber))?;
        pools::ask_as(&engine, &editor, key, id, number).await?;
        Ok(done(()).saying("codes-asked"))
    };
    form("pool", &format!("/ops/templates/{}", escaped(&template)))
        .keep("count", &count)
        .at("pool")
        .answer(make)
        .await
}

/// The most bytes of a pasted list that a form comes back with.
#[cfg(feature = "ssr")]
const KEPT_MAX: usize = 20_000;

#[cfg(feature = "ssr")]
fn read_to(file: &str, shoppers: &str, segment: &str) -> Result<To, AppError> {
    let given = [("file", file), ("shoppers", shoppers), ("segment", segment)];
    let given: Vec<_> = given.into_iter().filter(|(_, text)| !text.trim().is_empty()).collect();
    let to = match given.as_slice() {
        [] => return Err(Refusal::invalid("shoppers", Problem::Required).into()),
        [("segment", segment)] => return Ok(To::Segment(segment.trim().to_owned())),
        [("file", file)] => List::of_csv(text_of(file)?).map_err(|error| at_field("file", error)),
        [(_, lines)] => List::of_lines(lines).map_err(|error| at_field("shoppers", error)),
        [(first, _), .., (field, _)] => {
            let other = t(&format!("grant-{first}"));
            return Err(Refusal::invalid(*field, Problem::NotTogether { other }).into());
        }
    };
    to.map(To::List)
}

/// What is wrong with a list, beside the field it came in.
#[cfg(feature = "ssr")]
fn at_field(field: &str, error: engine::Error) -> AppError {
    match error {
        engine::Error::Refused(Refusal::Invalid { fields }) => {
            let here = |wrong: FieldError| FieldError::new(field, wrong.problem);
            Refusal::Invalid { fields: fields.into_iter().map(here).collect() }.into()
        }
        error => error.into(),
    }
}

#[cfg(feature = "ssr")]
fn read_id(id: &str) -> Result<GrantId, AppError> {
    id.parse().map_err(|_| AppError::NotFound)
}

#[cfg(feature = "ssr")]
fn page_of(id: &str) -> String {
    format!("/ops/grants/{}", escaped(id))
}
