//! Channels: what they are called, and what was spent on them.

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
    Channel, CostId, FieldError, Problem, Refusal,
    calendar::{Side, read},
};
#[cfg(feature = "ssr")]
use engine::channels::{self, Spent};

/// Gives a channel a name.
#[server(endpoint = "channels/name", prefix = "/api/fn")]
pub async fn name_channel(
    #[server(default)] channel: String,
    #[server(default)] name: String,
) -> Result<(), AppError> {
    let kept = form("channel-name", PAGE).at("name-channel");
    let kept = kept.keep("channel", &channel).keep("name", &name);
    let work = async {
        let editor = session::editor().await?;
        let channel = Channel::new(channel.trim());
        let channel = channel.map_err(|problem| Refusal::invalid("channel", problem))?;
        channels::name(&engine(), &editor, &channel, &name).await?;
        Ok(done(()).saying("channel-named").with("channel", channel.to_string()))
    };
    kept.answer(work).await
}

/// Writes down what was spent on a channel, from one day through another. `key` is the id that its form
/// carries: sent twice, the form enters it once.
#[server(endpoint = "channels/spend", prefix = "/api/fn")]
pub async fn spend_on_channel(
    #[server(default)] key: String,
    #[server(default)] spent_on: String,
    #[server(default)] first_day: String,
    #[server(default)] last_day: String,
    #[server(default)] amount: String,
    #[server(default)] note: String,
) -> Result<(), AppError> {
    let kept = form("channel-spend", PAGE).at("spend").keep("spent_on", &spent_on);
    let kept = kept.keep("first_day", &first_day).keep("last_day", &last_day);
    let kept = kept.keep("amount", &amount).keep("note", &note);
    let work = async {
        let editor = session::editor().await?;
        let mut fields = Vec::new();
        let mut wrong =
            |field: &str, problem: Problem| fields.push(FieldError::new(field, problem));
        let channel = Channel::new(spent_on.trim()).map_err(|problem| wrong("spent_on", problem));
        let first = read(&first_day, Side::From).map_err(|problem| wrong("first_day", problem));
        let last = read(&last_day, Side::From).map_err(|problem| wrong("last_day", problem));
        let money = engine().settings().currency.parse(&number_in(&amount));
        let money = money.map_err(|problem| wrong("amount", problem));
        let (Ok(channel), Ok(first), Ok(last), Ok(amount)) = (channel, first, last, money) else {
            return Err(Refusal::Invalid { fields }.into());
        };
        let (first, last) = (first.date(), last.date());
        let spent = Spent { channel, first, last, amount, note: note.clone() };
        let engine = engine();
        let id = key.parse().unwrap_or_else(|_| channels::next_cost_id(&engine));
        channels::spend_as(&engine, &editor, id, &spent).await.map_err(as_typed)?;
        Ok(done(()).saying("channel-entered"))
    };
    kept.answer(work).await
}

/// Takes back what was entered by mistake.
#[server(endpoint = "channels/take-back", prefix = "/api/fn")]
pub async fn take_back_cost(#[server(default)] cost: String) -> Result<(), AppError> {
    let work = async {
        let editor = session::editor().await?;
        let id: CostId = cost.parse().map_err(|_| AppError::NotFound)?;
        channels::take_back(&engine(), &editor, id).await?;
        Ok(done(()).saying("channel-taken-back"))
    };
    form("channels", PAGE).answer(work).await
}

#[cfg(feature = "ssr")]
const PAGE: &str = "/ops/channels";

/// The last day is called otherwise in the form.
#[cfg(feature = "ssr")]
fn as_typed(error: engine::Error) -> engine::Error {
    match error {
        engine::Error::Refused(Refusal::Invalid { mut fields }) => {
            for wrong in fields.iter_mut().filter(|wrong| wrong.field == "last") {
                wrong.field = "last_day".to_owned();
            }
            Refusal::Invalid { fields }.into()
        }
        other => other,
    }
}
