//! What one form has to say to the next page: what was typed, and how it went. Read once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{FieldError, Refusal};
use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};

use crate::{AppError, locale, session};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The name of the form, which a page asks for.
    pub form: String,
    /// What was typed, by field.
    pub values: BTreeMap<String, String>,
    pub outcome: Outcome,
    /// How each of several things went that one press set off, by its place on the page: whether
    /// well, and the sentence.
    #[serde(default)]
    pub each: BTreeMap<String, (bool, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Nothing came of it yet.
    #[default]
    Fresh,
    /// It went well; a message says so, by its key and what fills it.
    Done {
        message: String,
        filled: BTreeMap<String, String>,
    },
    Failed(AppError),
}

/// The flash of the request being answered, once it was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlashCell(Arc<Mutex<Option<Flash>>>);

/// What the last form has to say, to every part of the page that asks. Nothing is a fresh one.
pub async fn flash() -> Flash {
    let cell = use_context::<FlashCell>().unwrap_or_default();
    let known = || cell.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(flash) = known().clone() {
        return flash;
    }
    let flash = session::take_flash().await.ok().flatten().unwrap_or_default();
    known().get_or_insert(flash).clone()
}

/// The same, if it is about the form of this name; a fresh one otherwise.
pub async fn flash_of(form: &str) -> Flash {
    Some(flash().await).filter(|flash| flash.form == form).unwrap_or_default()
}

impl Flash {
    /// What was typed into a field.
    pub fn value(&self, field: &str) -> Option<String> {
        self.values.get(field).cloned()
    }

    /// What there is to say at one place of the page.
    pub fn said_at(&self, place: &str) -> Option<(bool, String)> {
        match self.each.get(place) {
            Some(said) => Some(said.clone()),
            None if self.form == place => self.said(),
            None => None,
        }
    }

    /// What was typed, or what the field holds otherwise.
    pub fn value_or(&self, field: &str, otherwise: impl Into<String>) -> String {
        self.value(field).unwrap_or_else(|| otherwise.into())
    }

    /// What went wrong, if it did.
    pub fn error(&self) -> Option<&AppError> {
        match &self.outcome {
            Outcome::Failed(error) => Some(error),
            Outcome::Fresh | Outcome::Done { .. } => None,
        }
    }

    /// Nobody of that name, or another password: which of them is told to nobody.
    pub fn is_unknown(&self) -> bool {
        matches!(
            self.error(),
            Some(AppError::NotFound | AppError::Refused { refusal: Refusal::NotFound, .. })
        )
    }

    /// Everything wrong with single fields.
    pub fn fields(&self) -> &[FieldError] {
        match self.error() {
            Some(AppError::Refused { refusal: Refusal::Invalid { fields }, .. }) => fields,
            _ => &[],
        }
    }

    /// What is wrong with one field, as a sentence.
    pub fn problem(&self, field: &str) -> Option<String> {
        let found = self.fields().iter().find(|error| error.field == field);
        found.map(locale::problem_of)
    }

    /// What a page says about it: whether it went well, and the sentence.
    pub fn said(&self) -> Option<(bool, String)> {
        match &self.outcome {
            Outcome::Fresh => None,
            Outcome::Done { message, filled } => Some((true, locale::t_filled(message, filled))),
            Outcome::Failed(error) => Some((false, locale::error(error))),
        }
    }
}
