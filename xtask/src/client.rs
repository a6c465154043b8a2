//! An order system that talks to `quan`.

use anyhow::Result;
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

    pub(crate) fn post(&self, path: &str, key: &str, body: &str) -> Result<(u16, String)> {
        let call = self
            .agent
            .post(format!("{}/api/v1{path}", self.server))
            .header("Authorization", &self.key)
            .header("Idempotency-Key", key)
            .content_type("application/json");
        read(call.send(body)?)
    }
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
