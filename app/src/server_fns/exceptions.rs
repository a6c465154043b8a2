//! How operators settle what had to be looked at.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    context::engine,
    form::{done, form},
    session,
};
#[cfg(feature = "ssr")]
use domain::ExceptionId;
#[cfg(feature = "ssr")]
use engine::exceptions;

/// Settles an exception, with a note of how.
#[server(endpoint = "exceptions/resolve", prefix = "/api/fn")]
pub async fn resolve_exception(
    #[server(default)] id: String,
    #[server(default)] note: String,
) -> Result<(), AppError> {
    let read: Result<ExceptionId, AppError> = id.parse().map_err(|_| AppError::NotFound);
    let name =
        read.as_ref().map_or_else(|_| "exceptions".to_owned(), |id| format!("exception-{id}"));
    let resolve = async {
        let guardian = session::guardian().await?;
        exceptions::resolve(&engine(), &guardian, read?, &note).await?;
        Ok(done(()).saying("exception-resolved").about("exceptions"))
    };
    form(name, "/ops/exceptions").keep("note", &note).answer(resolve).await
}
