//! How much is too much, as operators say.

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
    FieldError, Problem, Refusal,
    alert::{Bound, Rule},
};
#[cfg(feature = "ssr")]
use engine::alerts;

/// Changes a rule of alarm; `state` is `on` or `off`.
#[server(endpoint = "alerts/set-rule", prefix = "/api/fn")]
pub async fn set_alert_rule(
    #[server(default)] rule: String,
    #[server(default)] threshold: String,
    #[server(default)] window_minutes: String,
    #[server(default)] state: String,
) -> Result<(), AppError> {
    let known = Rule::parse(&rule);
    let place = known.map_or("alerts".to_owned(), |rule| format!("alert-{}", rule.as_str()));
    let kept = form(place.clone(), "/ops/health").at(place).keep("state", &state);
    let kept = kept.keep("threshold", &threshold).keep("window_minutes", &window_minutes);
    let set = async {
        let editor = session::editor().await?;
        let rule = known.ok_or(AppError::NotFound)?;
        let is_on = match state.as_str() {
            "on" => true,
            "off" => false,
            _ => return Err(AppError::Unreadable),
        };
        let mut fields = Vec::new();
        let mut number = |field: &str, text: &str| {
            let read = number_in(text).parse::<u32>();
            read.map_err(|_| fields.push(FieldError::new(field, Problem::NotANumber))).ok()
        };
        let numbers = (number("threshold", &threshold), number("window_minutes", &window_minutes));
        let (Some(threshold), Some(window_minutes)) = numbers else {
            return Err(Refusal::Invalid { fields }.into());
        };
        let bound = Bound { threshold, window_minutes, is_on };
        alerts::set_rule(&engine(), &editor, rule, bound).await?;
        Ok(done(()).saying("alert-rule-set"))
    };
    kept.answer(set).await
}
