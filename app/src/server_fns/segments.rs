//! Who is in a segment. A file arrives as a field that holds its text.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    context::engine,
    form::{done, form, text_of},
    ops::sentence::count,
    session,
};
#[cfg(feature = "ssr")]
use domain::{Problem, Refusal};
#[cfg(feature = "ssr")]
use engine::segments::{self, Action, List};

/// Puts those in a table into a segment (`add`), or takes them out (`remove`): all of them or none. What
/// is wrong is told by line, as fields such as `12.shopper`. Whom nobody here has heard of is put in once
/// `confirm` says that this is meant; `list` is the table as the form came back with it.
#[server(endpoint = "segments/change", prefix = "/api/fn")]
pub async fn change_segment(
    #[server(default)] segment: String,
    #[server(default)] action: String,
    #[server(default)] file: String,
    #[server(default)] list: String,
    #[server(default)] confirm: String,
) -> Result<(), AppError> {
    let table = if file.is_empty() { list } else { file };
    let mut strangers = Vec::new();
    let change = async {
        let (engine, editor) = (engine(), session::editor().await?);
        let action = Action::parse(&action).ok_or(AppError::Unreadable)?;
        let list = List::of_csv(text_of(&table)?).map_err(first_lines)?;
        let list = list.meant(&engine, &editor).await.map_err(first_lines)?;
        if action == Action::Add && confirm.is_empty() {
            strangers = list.strangers(&engine, &editor).await?;
            if !strangers.is_empty() {
                return Err(Refusal::invalid("confirm", Problem::NeedsConfirmation).into());
            }
        }
        let n = segments::change(&engine, &editor, &segment, action, &list).await;
        let n = n.map_err(first_lines)?;
        let total = segments::count(&engine, &editor, &segment).await?;
        let message = match action {
            Action::Add => "segment-added",
            Action::Remove => "segment-removed",
        };
        let done = done(()).saying(message).with("n", count(n as u64));
        Ok(done.with("total", count(total)).with("segment", segment.trim()))
    };
    let outcome: Result<_, AppError> = change.await;
    let told = strangers.iter().take(super::catalogue::TOLD_MAX).map(ToString::to_string);
    let told = told.collect::<Vec<_>>().join("\n");
    // What is long is not kept in a session; the file is chosen again then.
    let is_kept = !strangers.is_empty() && table.len() <= KEPT_MAX;
    form("segment", "/ops/segments")
        .keep("segment", &segment)
        .keep("action", &action)
        .keep("list", if is_kept { table.as_str() } else { "" })
        .keep("strangers", told)
        .keep("strangers_count", strangers.len().to_string())
        .at("change")
        .answer(async { outcome })
        .await
}

/// The most bytes of a table that a form comes back with.
#[cfg(feature = "ssr")]
const KEPT_MAX: usize = 20_000;

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
