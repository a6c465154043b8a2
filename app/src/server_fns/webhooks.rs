//! Endpoints that are told what happens, and what they were told.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    context::engine,
    form::{done, escaped, form},
    session,
};
#[cfg(feature = "ssr")]
use domain::{DeliveryId, Problem, Refusal, WebhookId};
#[cfg(feature = "ssr")]
use engine::webhooks::{self, Newcomer, Topic};

/// Adds an endpoint; answers its secret, which is told once.
#[server(endpoint = "webhooks/add", prefix = "/api/fn")]
pub async fn add_webhook(
    #[server(default)] url: String,
    #[server(default)] description: String,
    #[server(default)] topics: Vec<String>,
) -> Result<String, AppError> {
    let kept = form("webhook-add", "/ops/webhooks").keep("topics", topics.join(" "));
    let kept = kept.keep("url", &url).keep("description", &description);
    let add = async {
        let admin = session::admin().await?;
        let read = |word: &String| Topic::parse(word).ok_or_else(unknown_topic);
        let topics = topics.iter().map(read).collect::<Result<_, _>>()?;
        let newcomer = Newcomer { url: &url, description: &description, topics: &topics };
        let (id, secret) = webhooks::add(&engine(), &admin, newcomer).await?;
        let told = done(secret.clone()).saying("webhook-added").with("secret", secret);
        Ok(told.about("webhook").then(page_of(&id.to_string())))
    };
    kept.answer(add).await
}

/// Changes where an endpoint is, what it is for and what it is told.
#[server(endpoint = "webhooks/change", prefix = "/api/fn")]
pub async fn change_webhook(
    #[server(default)] id: String,
    #[server(default)] url: String,
    #[server(default)] description: String,
    #[server(default)] topics: Vec<String>,
) -> Result<(), AppError> {
    let kept = form("webhook", &page_of(&id)).keep("topics", topics.join(" "));
    let kept = kept.keep("url", &url).keep("description", &description);
    let change = async {
        let (admin, id) = (session::admin().await?, read_id(&id)?);
        let read = |word: &String| Topic::parse(word).ok_or_else(unknown_topic);
        let topics = topics.iter().map(read).collect::<Result<_, _>>()?;
        let said = Newcomer { url: &url, description: &description, topics: &topics };
        webhooks::change(&engine(), &admin, id, said).await?;
        Ok(done(()).saying("webhook-changed"))
    };
    kept.answer(change).await
}

/// Tells an endpoint nothing more (`off`), or again (`on`).
#[server(endpoint = "webhooks/switch", prefix = "/api/fn")]
pub async fn switch_webhook(
    #[server(default)] id: String,
    #[server(default)] to: String,
) -> Result<(), AppError> {
    let switch = async {
        let admin = session::admin().await?;
        let (on, told) = match to.as_str() {
            "on" => (true, "webhook-switched-on"),
            "off" => (false, "webhook-switched-off"),
            _ => return Err(AppError::Unreadable),
        };
        webhooks::switch(&engine(), &admin, read_id(&id)?, on).await?;
        Ok(done(()).saying(told))
    };
    form("webhook", &page_of(&id)).answer(switch).await
}

/// Gives an endpoint another secret; answers it, which is told once.
#[server(endpoint = "webhooks/rotate", prefix = "/api/fn")]
pub async fn rotate_webhook(#[server(default)] id: String) -> Result<String, AppError> {
    let rotate = async {
        let admin = session::admin().await?;
        let secret = webhooks::rotate(&engine(), &admin, read_id(&id)?).await?;
        Ok(done(secret.clone()).saying("webhook-rotated").with("secret", secret))
    };
    form("webhook", &page_of(&id)).answer(rotate).await
}

/// Takes an endpoint off the list.
#[server(endpoint = "webhooks/delete", prefix = "/api/fn")]
pub async fn delete_webhook(#[server(default)] id: String) -> Result<(), AppError> {
    let delete = async {
        let admin = session::admin().await?;
        webhooks::delete(&engine(), &admin, read_id(&id)?).await?;
        Ok(done(()).saying("webhook-deleted").about("webhooks").then("/ops/webhooks"))
    };
    form("webhook", &page_of(&id)).answer(delete).await
}

/// Sends an endpoint an event that says nothing.
#[server(endpoint = "webhooks/test", prefix = "/api/fn")]
pub async fn test_webhook(#[server(default)] id: String) -> Result<(), AppError> {
    let test = async {
        let admin = session::admin().await?;
        webhooks::send_test(&engine(), &admin, read_id(&id)?).await?;
        Ok(done(()).saying("webhook-test-sent"))
    };
    form("webhook", &page_of(&id)).answer(test).await
}

/// Sends a delivery once more.
#[server(endpoint = "webhooks/replay", prefix = "/api/fn")]
pub async fn replay_delivery(#[server(default)] delivery: String) -> Result<(), AppError> {
    let replay = async {
        let admin = session::admin().await?;
        let id: DeliveryId = delivery.parse().map_err(|_| AppError::NotFound)?;
        webhooks::replay(&engine(), &admin, id).await?;
        Ok(done(()).saying("webhook-replayed"))
    };
    form("webhook", "/ops/webhooks").answer(replay).await
}

#[cfg(feature = "ssr")]
fn read_id(id: &str) -> Result<WebhookId, AppError> {
    id.parse().map_err(|_| AppError::NotFound)
}

#[cfg(feature = "ssr")]
fn unknown_topic() -> AppError {
    Refusal::invalid("topics", Problem::Unknown).into()
}

#[cfg(feature = "ssr")]
fn page_of(id: &str) -> String {
    format!("/ops/webhooks/{}", escaped(id))
}
