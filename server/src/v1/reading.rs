//! JSON as it comes, and how what it says becomes the domain's types: every wrong field is told.

use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, Datelike};
use domain::{Currency, FieldError, Money, Problem as Wrong, Time};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// Reads JSON of one shape. Other JSON, or none, is `unreadable`; fields that the shape does not
/// have are `invalid`, all of them.
pub(crate) fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let mut unknown = Vec::new();
    let mut track = serde_path_to_error::Track::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let read = serde_ignored::deserialize(tracked, |path| unknown.push(path.to_string()));
    let read = read.and_then(|value: T| json.end().map(|()| value));
    let value = read.map_err(|error| Problem::Unreadable {
        path: track.path().to_string(),
        cause: error.to_string(),
    })?;
    if unknown.is_empty() {
        return Ok(value);
    }
    let field = |path: String| FieldError::new(path.replace("?.", ""), Wrong::Unknown);
    Err(unknown.into_iter().map(field).collect::<Vec<_>>().into())
}

/// To the microsecond, within the years that everything else keeps to.
fn moment(text: &str) -> Option<Time> {
    // In an address a plus that was not escaped arrives as a space.
    let plus = text.char_indices().nth_back(5).filter(|(_, sign)| *sign == ' ');
    let text = match plus {
        Some((at, _)) => format!("{}+{}", &text[..at], &text[at + 1..]),
        None => text.to_owned(),
    };
    let read = DateTime::parse_from_rfc3339(&text).ok()?.to_utc();
    let read = DateTime::from_timestamp_micros(read.timestamp_micros())?;
    (2000..=9998).contains(&read.year()).then_some(read)
}

/// Reads texts of a request, and takes down what is wrong with them.
pub(crate) struct Reader {
    currency: Currency,
    wrong: Vec<FieldError>,
}

impl Reader {
    pub(crate) fn new(currency: Currency) -> Self {
        Self { currency, wrong: Vec::new() }
    }

    /// An amount; nothing where it is wrong.
    pub(crate) fn amount(&mut self, field: impl Display, text: &str) -> Money {
        self.note(field, self.currency.parse(text)).unwrap_or_default()
    }

    /// A reference, or whatever else reads from text.
    pub(crate) fn text<T: FromStr<Err = Wrong>>(
        &mut self,
        field: impl Display,
        text: &str,
    ) -> Option<T> {
        self.note(field, text.parse())
    }

    /// One word of a few, where it is said.
    pub(crate) fn word<T>(
        &mut self,
        field: impl Display,
        text: Option<&str>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.note(field, parse(text?).ok_or(Wrong::Unknown))
    }

    /// A moment: RFC 3339, with its offset.
    pub(crate) fn time(&mut self, field: impl Display, text: &str) -> Option<Time> {
        self.note(field, moment(text).ok_or(Wrong::NotATime))
    }

    /// Takes down something wrong.
    pub(crate) fn wrong(&mut self, field: impl Display, wrong: Wrong) {
        self.wrong.push(FieldError::new(field.to_string(), wrong));
    }

    fn note<T>(&mut self, field: impl Display, read: Result<T, Wrong>) -> Option<T> {
        read.map_err(|wrong| self.wrong(field, wrong)).ok()
    }

    /// What was read, if nothing was wrong with it.
    pub(crate) fn done<T>(self, read: Option<T>) -> Result<T, Problem> {
        match read {
            Some(read) if self.wrong.is_empty() => Ok(read),
            _ => Err(self.wrong.into()),
        }
    }
}
