//! What came of coupons and channels, as tables.

use std::collections::HashMap;
use std::sync::Arc;

use app::ops::channels::CSV as CHANNELS;
use app::ops::funnel::{asking::Asking, coupons, return_on_cost};
use app::session;
use axum::extract::{Query, Request, State};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use domain::TemplateId;
use domain::actor::Operator;
use domain::funnel::{Bucket, Funnel, Step};
use engine::{Engine, channels, funnel, templates};
use futures::stream;

use super::{For, SLICE, answered, csv, slices};
use crate::state::AppState;

pub(super) fn files() -> [(&'static str, MethodRouter<AppState>); 3] {
    [
        ("/ops/funnel.csv", get(funnel_page)),
        (coupons::CSV, get(coupons_page)),
        (CHANNELS, get(channels_page)),
    ]
}

type Words = Query<HashMap<String, String>>;

fn asked(engine: &Engine, words: &Words) -> Asking {
    let today = engine.settings().time_zone.day(engine.now());
    Asking::read(|name| words.get(name).cloned(), today)
}

async fn funnel_page(State(state): State<AppState>, words: Words, request: Request) -> Response {
    let (engine, page) = (state.engine.clone(), request.uri().to_string());
    answered(state, request, page, async move {
        let operator = session::operator().await?;
        let asking = asked(&engine, &words);
        if let Some(id) = asking.template {
            templates::read(&engine, &operator, id).await?;
        }
        Ok(steps(engine, operator, asking))
    })
    .await
}

/// A funnel, a line for each step in which something happened.
fn steps(engine: Engine, operator: Operator, asking: Asking) -> Response {
    const HEAD: [&str; 10] = [
        "at", "view", "claim", "lock", "redeem", "return", "turnover", "discount", "refunded",
        "net",
    ];
    let name = format!("funnel-{}-{}.csv", asking.first, asking.last);
    let lines = async move {
        let (step, part) = (asking.cut(), asking.part(engine.settings().time_zone));
        let found = funnel::read(&engine, &operator, &part, Some(step)).await?;
        let found = funnel::whole(found)?;
        Ok(found.buckets.iter().map(|bucket| line(&engine, step, bucket)).collect())
    };
    csv(&name, For::People, &HEAD, stream::once(lines))
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

async fn coupons_page(State(state): State<AppState>, words: Words, request: Request) -> Response {
    let (engine, page) = (state.engine.clone(), request.uri().to_string());
    answered(state, request, page, async move {
        let operator = session::operator().await?;
        let order = coupons::Order::read(words.get("sort").map(String::as_str));
        let asking = asked(&engine, &words);
        Ok(by_coupon(engine, operator, asking, order))
    })
    .await
}

/// A funnel template by template, a line for each with which something happened. All of them are as they
/// were at one moment; their names are read slice by slice.
fn by_coupon(
    engine: Engine,
    operator: Operator,
    asking: Asking,
    order: coupons::Order,
) -> Response {
    const HEAD: [&str; 10] = [
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
    let name = format!("coupons-{}-{}.csv", asking.first, asking.last);
    let operator = Arc::new(operator);
    let part = Arc::new(asking.part(engine.settings().time_zone));
    let next = move |rest: Option<Vec<(TemplateId, Funnel)>>| {
        let (engine, operator, part) = (engine.clone(), operator.clone(), part.clone());
        async move {
            let mut parts = match rest {
                Some(rest) => rest,
                None => {
                    let (all, key) = (usize::MAX, move |funnel: &Funnel| order.key(funnel));
                    let found = funnel::templates_by(&engine, &*operator, &part, all, key).await?;
                    found.whole()?.parts
                }
            };
            let rest = parts.split_off(parts.len().min(SLICE as usize));
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
            Ok((lines, Some(rest)))
        }
    };
    csv(&name, For::People, &HEAD, slices(None, next))
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

async fn channels_page(State(state): State<AppState>, words: Words, request: Request) -> Response {
    let (engine, page) = (state.engine.clone(), request.uri().to_string());
    answered(state, request, page, async move {
        let operator = session::operator().await?;
        let asking = asked(&engine, &words);
        Ok(by_channel(engine, operator, asking))
    })
    .await
}

/// What came of channels, a line for each; what came through none has neither channel nor name.
fn by_channel(engine: Engine, operator: Operator, asking: Asking) -> Response {
    const HEAD: [&str; 12] = [
        "channel",
        "name",
        "view",
        "claim",
        "redeem",
        "return",
        "turnover",
        "discount",
        "refunded",
        "net",
        "spent",
        "new_shoppers",
    ];
    let name = format!("channels-{}-{}.csv", asking.first, asking.last);
    let lines = async move {
        let days = (asking.first, asking.last);
        let (template, all) = (asking.template, usize::MAX);
        let found = channels::standings(&engine, &operator, days, template, all).await?;
        // The first line is of all together, which a sheet adds up by itself.
        let mut found = found.each.into_iter();
        if let Some(all) = found.next() {
            funnel::whole(all.funnel)?;
        }
        Ok(found.map(|standing| channel_line(&engine, &standing)).collect())
    };
    csv(&name, For::People, &HEAD, stream::once(lines))
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
        stages.returned.to_string(),
        sum(amounts.turnover),
        sum(amounts.discount),
        sum(amounts.refunded),
        sum(amounts.net()),
        standing.spent.map(sum).unwrap_or_default(),
        standing.newcomers.won.to_string(),
    ]
}
