//! Who is in a segment. A file arrives as a field that holds its text.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    context::engine,
    form::{done, form, text_of},
    session,
};
#[cfg(feature = "ssr")]
use domain::Refusal;
#[cfg(feature = "ssr")]
use engine::segments::{self, Action, List};

/// Puts those in a table into a segment (`add`), or takes them out (`remove`): all of them or none. What
/// is wrong is told by line, as fields such as `12.shopper`.
#[server(endpoint = "segments/change", prefix = "/api/fn")]
pub async fn change_segment(
    #[server(default)] segment: String,
    #[server(default)] action: String,
    #[server(default)] file: String,
) -> Result<(), AppError> {
    let change = async {
        let editor = session::editor().await?;
        let action = Action::parse(&action).ok_or(AppError::Unreadable)?;
        let list = List::of_csv(text_of(&file)?).map_err(first_lines)?;
        let n = segments::change(&engine(), &editor, &segment, action, &list).await;
        let message = match action {
            Action::Add => "segment-added",
            Action::Remove => "segment-removed",
        };
        Ok(done(()).saying(message).with("n", n.map_err(first_lines)?.to_string()))
    };
    form("segment", "/ops/segments")
        .keep("segment", &segment)
        .keep("action", &action)
        .at("change")
        .answer(change)
        .await
}

/// No more lines than one answer tells.
#[cfg(feature = "ssr")]
fn first_lines(error: engine::Error) -> AppError {
    match error {
        engine::Error::Refused(Refusal::Invalid { mut fields }) => {
            fields.truncate(super::catalogue::TOLD_MAX);
            Refusal::Invalid { fields }.into()
        }
        error => error.into(),
    }
}
