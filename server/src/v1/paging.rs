//! Lists in pages: `?limit=&cursor=` in, `{items, next_cursor}` out.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{FieldError, Problem as Wrong};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::reading::Reader;
use crate::{problem::Problem, state::AppState};

/// How many items a page has where nobody says.
const USUAL: u32 = 50;
/// The most items a page has.
const MOST: u32 = 1000;

/// What a call's address asks for behind the question mark, as text. What `T` does not have is
/// `invalid`, and so is what is said twice: a typing error must not change what is answered.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        let given = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let Query(given) = given.map_err(|error| unreadable(&error))?;
        let (mut params, mut wrong) = (Map::new(), Vec::new());
        for (name, value) in given {
            if params.insert(name.clone(), value.into()).is_some() {
                wrong.push(FieldError::new(name, Wrong::Duplicate));
            }
        }
        let unknown = |path: serde_ignored::Path<'_>| {
            wrong.push(FieldError::new(path.to_string(), Wrong::Unknown));
        };
        let read = serde_ignored::deserialize(Value::Object(params), unknown);
        let read = read.map_err(|error| unreadable(&error))?;
        if wrong.is_empty() { Ok(Self(read)) } else { Err(wrong.into()) }
    }
}

fn unreadable(error: &impl ToString) -> Problem {
    Problem::Unreadable { path: String::new(), cause: error.to_string() }
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageAsk {
    /// 1 to 1000, 50 where it is not said.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl PageAsk {
    /// Where the page before ended, and how many items this one is to have.
    pub(crate) fn read<P: DeserializeOwned>(
        &self,
        mut reader: Reader,
    ) -> Result<(Option<P>, u32), Problem> {
        let after = reader.cursor(self.cursor.as_deref());
        let limit = reader.limit(self.limit.as_deref());
        reader.done(Some((after, limit)))
    }
}

/// Part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T: ToSchema> {
    items: Vec<T>,
    /// What `cursor` takes to go on; null at the end.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl<T: ToSchema> Page<T> {
    pub(crate) fn new(items: Vec<T>, next: Option<&impl Serialize>) -> Self {
        Self { items, next_cursor: next.map(cursor) }
    }

    /// A page whose items are their own cursors.
    pub(crate) fn after(items: Vec<T>, next_cursor: Option<String>) -> Self {
        Self { items, next_cursor }
    }
}

/// A place in a list, as text that says nothing.
pub(crate) fn cursor(place: &impl Serialize) -> String {
    // Places hold numbers and text, which always write.
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

impl Reader {
    /// How many items a page is to have.
    pub(crate) fn limit(&mut self, given: Option<&str>) -> u32 {
        let Some(text) = given else { return USUAL };
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(limit) if is_plain && (1..=MOST).contains(&limit) => limit,
            _ => {
                self.wrong("limit", Wrong::OutOfRange { min: 1, max: MOST.into() });
                USUAL
            }
        }
    }

    /// The place that a cursor of ours names.
    pub(crate) fn cursor<P: DeserializeOwned>(&mut self, given: Option<&str>) -> Option<P> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(given?).ok();
        let place = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if place.is_none() {
            self.wrong("cursor", Wrong::Unknown);
        }
        place
    }
}
