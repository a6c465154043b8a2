//! An order system that talks to `quan`.

use anyhow::{Context, Result, ensure};
use domain::template::Lane;
use serde_json::{Value, json};
use ureq::{Agent, Body, http::Response};

/// One connection to a server.
pub(crate) struct Client {
    agent: Agent,
    server: String,
    key: String,
}

impl Client {
    pub(crate) fn new(server: &str, key: &str) -> Self {
        Self { agent: agent(), server: server.to_owned(), key: format!("Bearer {key}") }
    }

    /// Another connection to the same server.
    pub(crate) fn another(&self) -> Self {
        Self { agent: agent(), server: self.server.clone(), key: self.key.clone() }
    }

    pub(crate) fn get(&self, path: &str) -> Result<(u16, String)> {
        read(self.agent.get(format!("{}{path}", self.server)).call()?)
    }

    /// Asks the API for something.
    pub(crate) fn fetch(&self, path: &str) -> Result<(u16, String)> {
        let call = self.agent.get(format!("{}/api/v1{path}", self.server));
        read(call.header("Authorization", &self.key).call()?)
    }

    pub(crate) fn post(&self, path: &str, key: &str, body: &str) -> Result<(u16, String)> {
        self.send("application/json", path, key, body)
    }

    /// Sends a table.
    pub(crate) fn upload(&self, path: &str, key: &str, csv: &str) -> Result<(u16, String)> {
        self.send("text/csv", path, key, csv)
    }

    fn send(&self, kind: &str, path: &str, key: &str, body: &str) -> Result<(u16, String)> {
        let call = self
            .agent
            .post(format!("{}/api/v1{path}", self.server))
            .header("Authorization", &self.key)
            .header("Idempotency-Key", key)
            .content_type(kind);
        read(call.send(body)?)
    }

    /// Makes a template of this name live, which takes off a little and fits every basket; answers its
    /// id.
    pub(crate) fn template(&self, name: &str, stock: u64, lane: Lane) -> Result<String> {
        let draft = json!({
            "name": name,
            "benefit": { "kind": "amount_off", "amount": "5" },
            "validity": { "days": 7 },
            "stock": stock,
            "lane": lane,
        });
        let (status, made) = self.post("/templates", name, &draft.to_string())?;
        ensure!(status == 201, "a template answered {status}: {made}");
        let id = text(&made, "id")?;
        let (status, answer) =
            self.post(&format!("/templates/{id}/publish"), &format!("publish {name}"), "{}")?;
        ensure!(status == 200, "publishing answered {status}: {answer}");
        Ok(id)
    }
}

/// What an answer says under a name.
pub(crate) fn text(answer: &str, name: &str) -> Result<String> {
    let read: Value = serde_json::from_str(answer).with_context(|| answer.to_owned())?;
    let text = read[name].as_str().with_context(|| format!("no {name} in {answer}"))?;
    Ok(text.to_owned())
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .max_idle_connections_per_host(1);
    config.build().new_agent()
}

fn read(mut response: Response<Body>) -> Result<(u16, String)> {
    Ok((response.status().as_u16(), response.body_mut().read_to_string()?))
}
