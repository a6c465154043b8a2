//! Sentences for whoever calls without a page: in their language, outside of any page's context.

use std::sync::{Arc, OnceLock};

use app::{
    locale,
    preferences::{Language, Preferences},
};
use axum::http::{HeaderMap, header};
use domain::{Currency, Money, Problem, Refusal, Time};
use leptos::prelude::{Owner, provide_context};

use crate::state::AppState;

/// What a caller is told, and in which language.
#[derive(Clone)]
pub(crate) struct Speech {
    state: AppState,
    language: Language,
    /// The name by which the shop was reached.
    host: Option<String>,
    /// Where its sentences are said, once there is one: a quote says many.
    context: Arc<OnceLock<Owner>>,
}

impl Speech {
    pub(crate) fn of(state: &AppState, headers: &HeaderMap) -> Self {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        Self {
            state: state.clone(),
            language: Preferences::of(headers).language,
            host: host.map(str::to_owned),
            context: Arc::default(),
        }
    }

    pub(crate) fn currency(&self) -> Currency {
        self.state.engine.settings().currency
    }

    pub(crate) fn now(&self) -> Time {
        self.state.engine.now()
    }

    /// An amount as it stands in answers: `12.30`.
    pub(crate) fn amount(&self, amount: Money) -> String {
        self.currency().format(amount)
    }

    /// A path of the shop as an address.
    pub(crate) fn address(&self, path: &str) -> String {
        let scheme = if self.state.is_tls.0 { "https" } else { "http" };
        match &self.host {
            Some(host) => format!("{scheme}://{host}{path}"),
            None => path.to_owned(),
        }
    }

    pub(crate) fn refusal(&self, refusal: &Refusal) -> String {
        self.say(|| locale::refusal(refusal))
    }

    /// Why somebody in a list got nothing, told to whoever gave.
    pub(crate) fn failure(&self, refusal: &Refusal) -> String {
        self.say(|| locale::failure(refusal))
    }

    pub(crate) fn problem(&self, problem: &Problem) -> String {
        self.say(|| locale::problem(problem))
    }

    /// The message of a key.
    pub(crate) fn message(&self, key: &str) -> String {
        locale::t_in(self.language, key)
    }

    /// Messages are looked up in a context, as on a page.
    fn say(&self, sentence: impl FnOnce() -> String) -> String {
        let context = self.context.get_or_init(|| {
            let owner = Owner::new();
            owner.with(|| {
                self.state.provide();
                provide_context(Preferences { language: self.language, ..Preferences::default() });
            });
            owner
        });
        context.with(sentence)
    }
}
