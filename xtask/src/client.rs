//! An order system that talks to `quan`, and a browser that looks at it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use domain::template::Lane;
use serde_json::{Value, json};
use ureq::{
    Agent, Body,
    http::{Response, header::SET_COOKIE},
};

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

    /// A browser at the same server, in which the shopper of this number has opened an account.
    pub(crate) fn browser(&self, number: u64) -> Result<Browser> {
        let login = format!("shopper-{number}@example.com");
        let form = [("login", login.as_str()), ("password", "long enough to be one")];
        self.signed_in("sign-up", form)
    }

    /// A browser at the same server, in which an operator is signed in.
    pub(crate) fn console(&self, email: &str, password: &str) -> Result<Browser> {
        self.signed_in("operator-sign-in", [("email", email), ("password", password)])
    }

    fn signed_in(&self, door: &str, form: [(&str, &str); 2]) -> Result<Browser> {
        let (agent, server) = (agent(), self.server.clone());
        let answer = agent.post(format!("{server}/api/fn/accounts/{door}")).send_form(form)?;
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let session = cookies
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .find(|cookie| cookie.starts_with("quan="))
            .map(str::to_owned);
        let (status, said) = read(answer)?;
        let session = session.with_context(|| format!("{door} answered {status}: {said}"))?;
        Ok(Browser { agent, server, session })
    }
}

/// One connection of somebody who is signed in.
pub(crate) struct Browser {
    agent: Agent,
    server: String,
    /// As a cookie.
    session: String,
}

/// A page as it came, perhaps compressed.
pub(crate) struct Page {
    pub(crate) first_byte: Duration,
    pub(crate) bytes: Vec<u8>,
}

impl Browser {
    /// `encodings` are those it reads.
    pub(crate) fn page(&self, path: &str, encodings: &str) -> Result<Page> {
        let asked = Instant::now();
        let call = self
            .agent
            .get(format!("{}{path}", self.server))
            .header("Accept", "text/html")
            .header("Accept-Encoding", encodings)
            .header("Cookie", &self.session);
        let mut answer = call.call()?;
        let first_byte = asked.elapsed();
        let bytes = answer.body_mut().read_to_vec()?;
        ensure!(answer.status() == 200, "{path} answered {}", answer.status());
        Ok(Page { first_byte, bytes })
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
