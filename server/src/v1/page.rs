//! Lists come a page at a time: `?limit=&cursor=` → `{items, next_cursor}`.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use domain::{Problem as Wrong, Refusal};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::{problem::Problem, state::AppState};

const USUAL: u32 = 50;
const MOST: u32 = 1_000;

/// Which page of a list is asked for, as it is described; [`Page`] reads it.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it is described here and read by `Page`")]
pub(crate) struct PageAsk {
    /// How many items at most.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which page of a list is asked for.
pub(crate) struct Page {
    limit: u32,
    cursor: Option<String>,
}

impl FromRequestParts<AppState> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        let Query(mut pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|error| Problem::unreadable("", error.body_text()))?;
        let mut given = |name: &str| {
            let at = pairs.iter().position(|(key, _)| key == name);
            at.map(|at| pairs.swap_remove(at).1)
        };
        let limit = match given("limit") {
            Some(text) => limit(&text).map_err(|wrong| Refusal::invalid("limit", wrong))?,
            None => USUAL,
        };
        Ok(Self { limit, cursor: given("cursor") })
    }
}

fn limit(text: &str) -> Result<u32, Wrong> {
    let limit: u64 = text.parse().map_err(|_| Wrong::NotANumber)?;
    let range = Wrong::OutOfRange { min: 1, max: MOST.into() };
    u32::try_from(limit).ok().filter(|limit| (1..=MOST).contains(limit)).ok_or(range)
}

impl Page {
    /// Where the page before ended.
    pub(crate) fn after<T: FromStr>(&self) -> Result<Option<T>, Problem> {
        let read = |text: &String| {
            text.parse().map_err(|_| Refusal::invalid("cursor", Wrong::Unknown).into())
        };
        self.cursor.as_ref().map(read).transpose()
    }

    /// How many to look for: one more than is shown says whether there is a next page.
    pub(crate) fn reach(&self) -> u64 {
        u64::from(self.limit) + 1
    }

    /// The page of what was found within [`Page::reach`].
    pub(crate) fn of<F, T>(
        &self,
        mut found: Vec<F>,
        cursor: impl Fn(&F) -> String,
        say: impl FnMut(F) -> T,
    ) -> Paged<T> {
        let limit = self.limit as usize;
        let has_more = found.len() > limit;
        found.truncate(limit);
        let next_cursor = found.last().filter(|_| has_more).map(cursor);
        Paged { items: found.into_iter().map(say).collect(), next_cursor }
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Paged<T> {
    items: Vec<T>,
    /// Asks for the next page; null at the end.
    #[schema(required)]
    next_cursor: Option<String>,
}
