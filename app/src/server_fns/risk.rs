//! What is said of risk: rules, lists, and whether a decision was right.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    context::engine,
    form::{done, form},
    ops::draft_form::number_in,
    session,
};
#[cfg(feature = "ssr")]
use domain::{
    EntryId, FieldError, HitId, Problem, Refusal,
    calendar::Side,
    risk::{Bound, List, Mode, Rule, Thing},
};
#[cfg(feature = "ssr")]
use engine::risk::{self, Newcomer, Verdict};

/// Changes a rule.
#[server(endpoint = "risk/set-rule", prefix = "/api/fn")]
pub async fn set_risk_rule(
    #[server(default)] rule: String,
    #[server(default)] limit: String,
    #[server(default)] window_minutes: String,
    #[server(default)] mode: String,
) -> Result<(), AppError> {
    let known = Rule::parse(&rule);
    let place = known.map_or("rules".to_owned(), |rule| format!("rule-{}", rule.as_str()));
    let kept = form(place.clone(), "/ops/risk?show=rules").at(place).keep("mode", &mode);
    let kept = kept.keep("limit", &limit).keep("window_minutes", &window_minutes);
    let set = async {
        let guardian = session::guardian().await?;
        let rule = known.ok_or(AppError::NotFound)?;
        let mode = Mode::parse(&mode).ok_or(AppError::Unreadable)?;
        let mut fields = Vec::new();
        let mut number = |field: &str, text: &str| {
            let read = number_in(text).parse::<u32>();
            read.map_err(|_| fields.push(FieldError::new(field, Problem::NotANumber))).ok()
        };
        let numbers = (number("limit", &limit), number("window_minutes", &window_minutes));
        let (Some(limit), Some(window_minutes)) = numbers else {
            return Err(Refusal::Invalid { fields }.into());
        };
        let bound = Bound { limit, window_minutes, mode };
        risk::set_rule(&engine(), &guardian, rule, bound).await?;
        Ok(done(()).saying("risk-rule-set"))
    };
    kept.answer(set).await
}

/// Puts something on a list, through the day `until` where it is given.
#[server(endpoint = "risk/add-entry", prefix = "/api/fn")]
pub async fn add_risk_entry(
    #[server(default)] list: String,
    #[server(default)] kind: String,
    #[server(default)] thing: String,
    #[server(default)] reason: String,
    #[server(default)] until: String,
    #[server(default)] wide: String,
) -> Result<(), AppError> {
    let kept = form("risk-entry", "/ops/risk?show=lists").keep("list", &list).keep("kind", &kind);
    let kept = kept.keep("thing", &thing).keep("reason", &reason).keep("until", &until);
    let add = async {
        let guardian = session::guardian().await?;
        let engine = engine();
        let invalid = |field: &str, problem| AppError::from(Refusal::invalid(field, problem));
        let list = List::parse(&list).ok_or_else(|| invalid("list", Problem::Unknown))?;
        let expires_at = match until.trim() {
            "" => None,
            day => {
                let read = engine.settings().time_zone.read(day, Side::Until);
                Some(read.map_err(|problem| invalid("until", problem))?)
            }
        };
        let read = Thing::parse(&kind, thing.trim());
        let is_wide = matches!(read, Ok(Thing::Network(network)) if network.is_wide());
        if is_wide && wide.is_empty() {
            return Err(invalid("wide", Problem::NeedsConfirmation));
        }
        let newcomer = Newcomer { list, kind: &kind, thing: &thing, reason: &reason, expires_at };
        risk::add_entry(&engine, &guardian, newcomer).await?;
        Ok(done(()).saying("risk-entry-added").about("risk-lists"))
    };
    kept.answer(add).await
}

/// Takes something off its list.
#[server(endpoint = "risk/remove-entry", prefix = "/api/fn")]
pub async fn remove_risk_entry(#[server(default)] id: String) -> Result<(), AppError> {
    let remove = async {
        let guardian = session::guardian().await?;
        let id: EntryId = id.parse().map_err(|_| AppError::NotFound)?;
        risk::remove_entry(&engine(), &guardian, id).await?;
        Ok(done(()).saying("risk-entry-removed"))
    };
    form("risk-lists", "/ops/risk?show=lists").answer(remove).await
}

/// Says whether a decision was right.
#[server(endpoint = "risk/judge-hit", prefix = "/api/fn")]
pub async fn judge_risk_hit(
    #[server(default)] hit: String,
    #[server(default)] verdict: String,
) -> Result<(), AppError> {
    let read: Result<HitId, AppError> = hit.parse().map_err(|_| AppError::NotFound);
    let place = read.as_ref().map_or("hits".to_owned(), |id| format!("hit-{id}"));
    let judge = async {
        let guardian = session::guardian().await?;
        let verdict = Verdict::parse(&verdict).ok_or(AppError::Unreadable);
        risk::judge(&engine(), &guardian, read?, verdict?).await?;
        Ok(done(()).saying("risk-hit-judged"))
    };
    form(place.clone(), "/ops/risk").at(place).answer(judge).await
}
