//! Long tables as CSV, a slice at a time, so that no answer is ever whole in memory.

mod figures;

use std::collections::HashMap;
use std::sync::Arc;

use app::ops::audit::{CSV, filters::Asked};
use app::{AppError, form::sign_in_page, page::within, session};
use axum::{
    BoxError, Router,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, get},
};
use chrono::SecondsFormat;
use domain::actor::{Designer, Reader};
use domain::{Code, GrantId, TemplateId};
use engine::{Engine, audit, grants, pools, templates};
use futures::{Stream, StreamExt, stream};

use crate::{speech::Speech, state::AppState};

/// How many lines are read at a time.
const SLICE: u32 = 2_000;

/// Whom a table is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// Their spreadsheets take UTF-8 for another encoding unless a mark says what it is.
    People,
    Programs,
}

type Lines = Vec<Vec<String>>;

/// Lines that were read, and where to go on.
type Slice<P> = engine::Result<(Lines, P)>;

/// Who got none of a grant, and why.
pub(crate) fn failures(
    engine: Engine,
    reader: impl Reader + 'static,
    id: GrantId,
    speech: Speech,
    whom: For,
) -> Response {
    let (reader, speech) = (Arc::new(reader), Arc::new(speech));
    let next = move |after: u64| {
        let (engine, reader, speech) = (engine.clone(), reader.clone(), speech.clone());
        async move {
            let found = grants::failures(&engine, &*reader, id, after, SLICE).await?;
            let last = found.last().map_or(after, |failure| failure.position);
            let line = |failure: grants::Failure| {
                let code = failure.refusal.code().to_owned();
                let reason = speech.failure(&failure.refusal);
                vec![failure.position.to_string(), failure.shopper, code, reason]
            };
            Ok::<_, engine::Error>((found.into_iter().map(line).collect(), last))
        }
    };
    let name = format!("grant-{id}-failures.csv");
    csv(&name, whom, &["position", "shopper", "code", "reason"], slices(0, next))
}

/// The pool codes of a template.
pub(crate) fn codes(
    engine: Engine,
    designer: impl Designer + 'static,
    template: TemplateId,
    whom: For,
) -> Response {
    let designer = Arc::new(designer);
    let next = move |after: Option<Code>| {
        let (engine, designer) = (engine.clone(), designer.clone());
        async move {
            let found = pools::codes(&engine, &*designer, template, after, SLICE).await?;
            let last = found.last().map(|found| found.code).or(after);
            let line = |found: pools::PoolCode| {
                let made_at = found.made_at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
                vec![found.code.to_string(), found.state, made_at]
            };
            Ok::<_, engine::Error>((found.into_iter().map(line).collect(), last))
        }
    };
    let name = format!("pool-{template}.csv");
    csv(&name, whom, &["code", "state", "made_at"], slices(None, next))
}

/// What was changed, the newest first.
pub(crate) fn changes(
    engine: Engine,
    reader: impl Reader + 'static,
    filter: audit::Filter,
    whom: For,
) -> Response {
    const HEAD: [&str; 9] =
        ["at", "actor", "name", "kind", "subject", "action", "old", "new", "address"];
    let (reader, first) = (Arc::new(reader), filter.before);
    let next = move |before: Option<audit::Place>| {
        let (engine, reader) = (engine.clone(), reader.clone());
        let filter = audit::Filter { before, ..filter.clone() };
        async move {
            let found = audit::read(&engine, &*reader, &filter, SLICE).await?;
            let last = found.last().map(|entry| entry.place).or(before);
            let people = found.iter().filter_map(|entry| entry.by.as_deref());
            let names = audit::names(&engine, &*reader, people).await?;
            let lines = found.into_iter().map(|entry| change_line(entry, &names)).collect();
            Ok::<_, engine::Error>((lines, last))
        }
    };
    csv("audit.csv", whom, &HEAD, slices(first, next))
}

fn change_line(entry: audit::Entry, names: &HashMap<String, String>) -> Vec<String> {
    let text = |value: serde_json::Value| match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    let name = entry.by.and_then(|by| names.get(&by).cloned()).unwrap_or_default();
    vec![
        entry.at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        entry.actor,
        name,
        entry.kind,
        entry.subject,
        entry.action,
        text(entry.old),
        text(entry.new),
        entry.address.unwrap_or_default(),
    ]
}

/// The answer that `lines` fill, slice by slice. What goes wrong on the way breaks it off, so that
/// nobody takes a part for the whole.
fn csv(
    name: &str,
    whom: For,
    head: &[&str],
    lines: impl Stream<Item = engine::Result<Lines>> + Send + 'static,
) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    // Names are of ours, and plain.
    let disposition = HeaderValue::try_from(disposition);
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    let mark = if whom == For::People { "\u{feff}" } else { "" };
    let head = format!("{mark}{}\n", head.join(","));
    let lines = lines.map(|lines| {
        let lines = lines.inspect_err(|error| {
            AppError::log(error);
        })?;
        Ok::<_, BoxError>(written(&lines)?)
    });
    let head = stream::once(async move { Ok(head.into_bytes()) });
    (headers, Body::from_stream(head.chain(lines))).into_response()
}

/// What `next` reads from a place on, to the end.
fn slices<P, F, Fut>(
    first: P,
    next: F,
) -> impl Stream<Item = engine::Result<Lines>> + Send + 'static
where
    P: Send + 'static,
    F: Fn(P) -> Fut + Send + 'static,
    Fut: Future<Output = Slice<P>> + Send + 'static,
{
    stream::try_unfold((Some(first), next), |(place, next)| async move {
        let Some(place) = place else { return Ok(None) };
        let (lines, place) = next(place).await?;
        let is_last = lines.len() < SLICE as usize;
        Ok(Some((lines, ((!is_last).then_some(place), next))))
    })
}

fn written(lines: &[Vec<String>]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.write_record(line.iter().map(|cell| harmless(cell)).collect::<Vec<_>>())?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// A cell that no spreadsheet takes for a formula. What is below zero is a number.
fn harmless(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula && !is_number(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// `-12` or `-12.30`.
fn is_number(cell: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    cell.strip_prefix('-').is_some_and(|rest| match rest.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part),
        None => digits(rest),
    })
}

/// The same for people in the console, who are known by their session.
pub(crate) fn routes() -> Router<AppState> {
    files().into_iter().fold(Router::new(), |router, (path, file)| router.route(path, file))
}

/// Each of them, and where it is.
pub(crate) fn files() -> Vec<(&'static str, MethodRouter<AppState>)> {
    let mut files = vec![
        (CSV, get(changes_page)),
        ("/ops/grants/{id}/failures.csv", get(failures_page)),
        ("/ops/templates/{id}/pool.csv", get(codes_page)),
    ];
    files.extend(figures::files());
    files
}

async fn failures_page(
    State(state): State<AppState>,
    Path(id): Path<String>,
    speech: Speech,
    request: Request,
) -> Response {
    let (engine, page) = (state.engine.clone(), request.uri().path().to_owned());
    answered(state, request, page, async move {
        let operator = session::operator().await?;
        let id = id.parse().map_err(|_| AppError::NotFound)?;
        let grant = grants::read(&engine, &operator, id).await?;
        Ok(failures(engine, operator, grant.id, speech, For::People))
    })
    .await
}

async fn codes_page(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let (engine, page) = (state.engine.clone(), request.uri().path().to_owned());
    answered(state, request, page, async move {
        let editor = session::editor().await?;
        let id = id.parse().map_err(|_| AppError::NotFound)?;
        let template = templates::read(&engine, &editor, id).await?;
        Ok(codes(engine, editor, template.id, For::People))
    })
    .await
}

async fn changes_page(
    State(state): State<AppState>,
    Query(query): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    let (engine, page) = (state.engine.clone(), request.uri().path().to_owned());
    answered(state, request, page, async move {
        let operator = session::operator().await?;
        let asked = Asked::read(|name| query.get(name).cloned());
        let filter = asked.filter(&engine, None);
        Ok(changes(engine, operator, filter, For::People))
    })
    .await
}

/// A file, or why there is none; `page` is where to come back to.
async fn answered(
    state: AppState,
    request: Request,
    page: String,
    file: impl Future<Output = Result<Response, AppError>>,
) -> Response {
    let found = within(request, move || state.provide(), file).await;
    found.unwrap_or_else(|error| refused(error, &page))
}

/// Whoever should sign in first is led there; another refusal becomes a page by itself.
pub(crate) fn refused(error: AppError, page: &str) -> Response {
    if error == AppError::SignIn {
        return Redirect::to(&sign_in_page(page)).into_response();
    }
    let mut response = error.status().into_response();
    response.extensions_mut().insert(error);
    response
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_formula_is_text_and_a_number_stays_one() {
        for number in ["12", "0.50", "-12", "-12.30"] {
            assert_eq!(harmless(number), number);
        }
        for formula in ["=1+1", "+86", "-1+1", "-", "-1.", "-.5", "-1.2.3", "-A1", "@x", "\tx"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
    }
}
