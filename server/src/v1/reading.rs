//! JSON as it comes, and how what it says becomes the domain's types: every wrong field is told.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, Datelike};
use domain::calendar::YEARS;
use domain::{Currency, FieldError, Money, Problem as Wrong, Time};
use serde::de::DeserializeOwned;

use super::objects::Objects;
use crate::problem::{Problem, TOLD_MAX};

/// Reads JSON of one shape. Other JSON, or none, is `unreadable`; fields that the shape does not
/// have are `invalid`, all of them.
pub(crate) fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let bytes = &*whole_numbers(bytes);
    at_once(bytes).map_or_else(|| step_by_step(bytes), Ok)
}

/// What nothing is wrong with, which most is. Where we are in it is not written down on the way: that
/// would take as long as all the rest.
fn at_once<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let mut is_known = true;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_ignored::deserialize(Objects(&mut json), |_| is_known = false).ok()?;
    json.end().ok()?;
    is_known.then_some(value)
}

fn step_by_step<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut unknown = Vec::new();
    let mut track = serde_path_to_error::Track::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let note = |path: serde_ignored::Path<'_>| {
        if unknown.len() < TOLD_MAX {
            unknown.push(path.to_string());
        }
    };
    let read = serde_ignored::deserialize(Objects(tracked), note);
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
    YEARS.contains(&read.year()).then_some(read)
}

/// `7.0` is the whole number 7 in JSON Schema, and some write it so: what is behind the 7 is blanked.
fn whole_numbers(json: &[u8]) -> Cow<'_, [u8]> {
    let mut json = Cow::Borrowed(json);
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        at = match byte {
            b'"' => end_of_text(&json, at + 1),
            b'0'..=b'9' => {
                let is_in_number =
                    |byte: &&u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                let end = at + json[at..].iter().take_while(is_in_number).count();
                if let Some(point) = fraction_of_zeros(&json[at..end]) {
                    json.to_mut()[at + point..end].fill(b' ');
                }
                end
            }
            _ => at + 1,
        };
    }
    json
}

fn end_of_text(json: &[u8], mut at: usize) -> usize {
    while let Some(byte) = json.get(at) {
        at += match byte {
            b'"' => return at + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    at
}

/// Where the point is in a number such as `12.00`.
fn fraction_of_zeros(number: &[u8]) -> Option<usize> {
    let point = number.iter().position(|byte| !byte.is_ascii_digit())?;
    let is_zeros = number[point] == b'.'
        && number.len() > point + 1
        && number[point + 1..].iter().all(|byte| *byte == b'0');
    is_zeros.then_some(point)
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

    /// Takes down something wrong, as far as there is room: nobody reads more.
    pub(crate) fn wrong(&mut self, field: impl Display, wrong: Wrong) {
        if self.wrong.len() < TOLD_MAX {
            self.wrong.push(FieldError::new(field.to_string(), wrong));
        }
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

#[cfg(test)]
mod tests {
    use super::whole_numbers;

    fn check(json: &str, read: &str) {
        assert_eq!(whole_numbers(json.as_bytes()), read.as_bytes(), "{json}");
    }

    #[test]
    fn a_whole_number_may_be_written_with_zeros() {
        check(r#"{"a":7.0,"b":[-12.00]}"#, r#"{"a":7  ,"b":[-12   ]}"#);
        check("0.0", "0  ");
    }

    #[test]
    fn nothing_else_is_touched() {
        for json in [
            r#"{"1.0":"7.0 \" 8.0 \\"}"#,
            "[7.5, 7.05, 7.0e1, 7., .0, 1.0.0, 1e0, 7]",
            r#""7.0"#,
            r#""7.0\"#,
            "",
        ] {
            check(json, json);
        }
    }
}
