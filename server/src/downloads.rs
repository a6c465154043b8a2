//! Long tables as CSV, a slice at a time, so that no answer is ever whole in memory.

use std::collections::HashMap;
use std::sync::Arc;

use app::ops::{
    audit::{CSV, filters::Asked},
    channels::CSV as CHANNELS,
    funnel::{asking::Asking, coupons, return_on_cost},
};
use app::{AppError, form::sign_in_page, page::within, session};
use axum::{
    BoxError, Router,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use chrono::SecondsFormat;
use domain::actor::{Designer, Operator, Reader};
use domain::funnel::{Bucket, Funnel, Step};
use domain::{Code, GrantId, TemplateId};
use engine::{Engine, audit, channels, funnel, grants, pools, templates};
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

/// Lines that were read, and where to go on.
type Slice<P> = engine::Result<(Vec<Vec<String>>, P)>;

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
    csv(&name, whom, &["position", "shopper", "code", "reason"], 0, next)
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
    csv(&format!("pool-{template}.csv"), whom, &["code", "state", "made_at"], None, next)
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
    csv("audit.csv", whom, &HEAD, first, next)
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

/// The answer that `next` fills, slice by slice. What goes wrong on the way breaks it off, so that
/// nobody takes a part for the whole.
fn csv<P, F, Fut>(name: &str, whom: For, head: &[&str], first: P, next: F) -> Response
where
    P: Send + 'static,
    F: Fn(P) -> Fut + Send + 'static,
    Fut: Future<Output = Slice<P>> + Send + 'static,
{
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
    (headers, Body::from_stream(slices(head, first, next))).into_response()
}

fn slices<P, F, Fut>(
    head: String,
    first: P,
    next: F,
) -> impl Stream<Item = Result<Vec<u8>, BoxError>> + Send + 'static
where
    P: Send + 'static,
    F: Fn(P) -> Fut + Send + 'static,
    Fut: Future<Output = Slice<P>> + Send + 'static,
{
    let rest = stream::try_unfold((Some(first), next), |(place, next)| async move {
        let Some(place) = place else { return Ok(None) };
        let (lines, place) = next(place).await.inspect_err(|error| {
            AppError::log(error);
        })?;
        let is_last = lines.len() < SLICE as usize;
        Ok::<_, BoxError>(Some((written(&lines)?, ((!is_last).then_some(place), next))))
    });
    stream::once(async move { Ok(head.into_bytes()) }).chain(rest)
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
    Router::new()
        .route(CSV, get(changes_page))
        .route("/ops/grants/{id}/failures.csv", get(failures_page))
        .route("/ops/templates/{id}/pool.csv", get(codes_page))
        .route("/ops/funnel.csv", get(funnel_page))
        .route(coupons::CSV, get(coupons_page))
        .route(CHANNELS, get(channels_page))
}

async fn failures_page(
    State(state): State<AppState>,
    Path(id): Path<String>,
    speech: Speech,
    request: Request,
) -> Response {
    let (engine, page) = (state.engine.clone(), request.uri().path().to_owned());
    let found = within(request, move || state.provide(), async move {
        let operator = session::operator().await?;
        let id = id.parse().map_err(|_| AppError::NotFound)?;
        let grant = grants::read(&engine, &operator, id).await?;
        Ok::<_, AppError>(failures(engine, operator, grant.id, speech, For::People))
    });
    found.await.unwrap_or_else(|error| refused(error, &page))
}

async fn codes_page(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let (engine, page) = (state.engine.clone(), request.uri().path().to_owned());
    let found = within(request, move || state.provide(), async move {
        let editor = session::editor().await?;
        let id = id.parse().map_err(|_| AppError::NotFound)?;
        let template = templates::read(&engine, &editor, id).await?;
        Ok::<_, AppError>(codes(engine, editor, template.id, For::People))
    });
    found.await.unwrap_or_else(|error| refused(error, &page))
}

async fn changes_page(
    State(state): State<AppState>,
    Query(query): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    let (engine, page) = (state.engine.clone(), request.uri().path().to_owned());
    let found = within(request, move || state.provide(), async move {
        let operator = session::operator().await?;
        let asked = Asked::read(|name| query.get(name).cloned());
        let filter = asked.filter(&engine, None);
        Ok::<_, AppError>(changes(engine, operator, filter, For::People))
    });
    found.await.unwrap_or_else(|error| refused(error, &page))
}

async fn funnel_page(
    State(state): State<AppState>,
    Query(words): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    let (engine, page) = (state.engine.clone(), request.uri().to_string());
    let found = within(request, move || state.provide(), async move {
        let operator = session::operator().await?;
        let today = engine.settings().time_zone.day(engine.now());
        let asking = Asking::read(|name| words.get(name).cloned(), today);
        if let Some(id) = asking.template {
            templates::read(&engine, &operator, id).await?;
        }
        Ok::<_, AppError>(steps(engine, operator, asking))
    });
    found.await.unwrap_or_else(|error| refused(error, &page))
}

/// A funnel, a line for each step in which something happened.
fn steps(engine: Engine, operator: Operator, asking: Asking) -> Response {
    let name = format!("funnel-{}-{}.csv", asking.first, asking.last);
    let (operator, zone) = (Arc::new(operator), engine.settings().time_zone);
    let step = asking.cut();
    let part = Arc::new(asking.part(zone));
    let next = move |told: usize| {
        let (engine, operator, part) = (engine.clone(), operator.clone(), part.clone());
        async move {
            let found = funnel::read(&engine, &*operator, &part, Some(step)).await?;
            let found = funnel::whole(found)?;
            let line = |bucket: &Bucket| line(&engine, step, bucket);
            let lines = found.buckets.iter().skip(told).take(SLICE as usize).map(line).collect();
            Ok::<_, engine::Error>((lines, told + SLICE as usize))
        }
    };
    let head = [
        "at", "view", "claim", "lock", "redeem", "return", "turnover", "discount", "refunded",
        "net",
    ];
    csv(&name, For::People, &head, 0, next)
}

fn line(engine: &Engine, step: Step, Bucket { at, stages, amounts }: &Bucket) -> Vec<String> {
    let settings = engine.settings();
    let format = if step == Step::Day { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" };
    let at = settings.time_zone.local(*at).format(format).to_string();
    let numbers = [stages.view, stages.claim, stages.lock, stages.redeem, stages.returned];
    let sums = [amounts.turnover, amounts.discount, amounts.refunded, amounts.net()];
    let sums = sums.map(|sum| settings.currency.format(sum));
    std::iter::once(at).chain(numbers.map(|n| n.to_string())).chain(sums).collect()
}

async fn coupons_page(
    State(state): State<AppState>,
    Query(words): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    let (engine, page) = (state.engine.clone(), request.uri().to_string());
    let found = within(request, move || state.provide(), async move {
        let operator = session::operator().await?;
        let today = engine.settings().time_zone.day(engine.now());
        let asking = Asking::read(|name| words.get(name).cloned(), today);
        let order = coupons::Order::read(words.get("sort").map(String::as_str));
        Ok::<_, AppError>(by_coupon(engine, operator, asking, order))
    });
    found.await.unwrap_or_else(|error| refused(error, &page))
}

/// A funnel template by template, a line for each with which something happened.
fn by_coupon(
    engine: Engine,
    operator: Operator,
    asking: Asking,
    order: coupons::Order,
) -> Response {
    let name = format!("coupons-{}-{}.csv", asking.first, asking.last);
    let operator = Arc::new(operator);
    let part = Arc::new(asking.part(engine.settings().time_zone));
    let next = move |told: usize| {
        let (engine, operator, part) = (engine.clone(), operator.clone(), part.clone());
        async move {
            let key = move |funnel: &Funnel| order.key(funnel);
            let all = usize::MAX;
            let found = funnel::templates_by(&engine, &*operator, &part, all, key).await?;
            if found.is_behind {
                // Breaks it off: a part is not the whole.
                funnel::whole(Funnel { is_behind: true, ..Funnel::default() })?;
            }
            let parts: Vec<_> = found.parts.into_iter().skip(told).take(SLICE as usize).collect();
            let ids: Vec<_> = parts.iter().map(|(id, _)| *id).collect();
            let named = templates::read_each(&engine, &*operator, &ids).await?;
            let mut names: HashMap<_, _> = named
                .into_iter()
                .map(|template| (template.id, template.draft().name.clone()))
                .collect();
            let line = |(id, funnel): &(TemplateId, Funnel)| {
                coupon_line(&engine, *id, names.remove(id).unwrap_or_default(), funnel)
            };
            let lines = parts.iter().map(line).collect();
            Ok::<_, engine::Error>((lines, told + SLICE as usize))
        }
    };
    let head = [
        "template",
        "name",
        "claim",
        "redeem",
        "conversion",
        "turnover",
        "discount",
        "refunded",
        "net",
        "return_on_cost",
    ];
    csv(&name, For::People, &head, 0, next)
}

fn coupon_line(engine: &Engine, id: TemplateId, name: String, funnel: &Funnel) -> Vec<String> {
    let Funnel { stages, amounts, .. } = funnel;
    let rate = |rate: Option<f64>| rate.map(|rate| format!("{rate:.4}")).unwrap_or_default();
    let sum = |sum| engine.settings().currency.format(sum);
    vec![
        id.to_string(),
        name,
        stages.claim.to_string(),
        stages.redeem.to_string(),
        rate(funnel.rates().redeem_per_claim),
        sum(amounts.turnover),
        sum(amounts.discount),
        sum(amounts.refunded),
        sum(amounts.net()),
        rate(return_on_cost(amounts)),
    ]
}

async fn channels_page(
    State(state): State<AppState>,
    Query(words): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    let (engine, page) = (state.engine.clone(), request.uri().to_string());
    let found = within(request, move || state.provide(), async move {
        let operator = session::operator().await?;
        let today = engine.settings().time_zone.day(engine.now());
        let asking = Asking::read(|name| words.get(name).cloned(), today);
        Ok::<_, AppError>(by_channel(engine, operator, asking))
    });
    found.await.unwrap_or_else(|error| refused(error, &page))
}

/// What came of channels, a line for each; what came through none has neither channel nor name.
fn by_channel(engine: Engine, operator: Operator, asking: Asking) -> Response {
    let name = format!("channels-{}-{}.csv", asking.first, asking.last);
    let (operator, days) = (Arc::new(operator), (asking.first, asking.last));
    let template = asking.template;
    let next = move |told: usize| {
        let (engine, operator) = (engine.clone(), operator.clone());
        async move {
            let found = channels::standings(&engine, &operator, days, template).await?;
            // The first line is of all together, which a sheet adds up by itself.
            let mut found = found.into_iter();
            if let Some(all) = found.next() {
                funnel::whole(all.funnel)?;
            }
            let line = |standing: channels::Standing| channel_line(&engine, &standing);
            let lines = found.skip(told).take(SLICE as usize).map(line).collect();
            Ok::<_, engine::Error>((lines, told + SLICE as usize))
        }
    };
    let head = [
        "channel",
        "name",
        "view",
        "claim",
        "redeem",
        "turnover",
        "discount",
        "refunded",
        "net",
        "spent",
        "new_shoppers",
    ];
    csv(&name, For::People, &head, 0, next)
}

fn channel_line(engine: &Engine, standing: &channels::Standing) -> Vec<String> {
    let Funnel { stages, amounts, .. } = &standing.funnel;
    let sum = |sum| engine.settings().currency.format(sum);
    vec![
        standing.channel.as_ref().map(ToString::to_string).unwrap_or_default(),
        standing.name.clone().unwrap_or_default(),
        stages.view.to_string(),
        stages.claim.to_string(),
        stages.redeem.to_string(),
        sum(amounts.turnover),
        sum(amounts.discount),
        sum(amounts.refunded),
        sum(amounts.net()),
        standing.spent.map(sum).unwrap_or_default(),
        standing.newcomers.won.to_string(),
    ]
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
