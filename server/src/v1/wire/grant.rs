//! Coupons given to many at once, and pools of codes.

use domain::{Problem as Wrong, TemplateId};
use engine::grants::{self, Ask, List, To};
use engine::pools;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Moment, Reference, words};
use crate::problem::Problem;
use crate::v1::reading::Reader;

/// What is given to whom: either to those in a list or to those in a segment.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct GrantAsk {
    /// One that is live, however it is found; also one that is only granted.
    template: String,
    /// 1 to 1,000,000 of them. What is no reference of a shopper is a failure of its own, and so is
    /// whoever is named again.
    #[schema(min_items = 1, max_items = 1000000)]
    shoppers: Option<Vec<String>>,
    /// Whoever is in it when it is checked.
    segment: Option<Reference>,
    /// Why, for whoever reads it later.
    #[schema(max_length = 500)]
    note: Option<String>,
}

/// What a list as CSV says beside itself.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAsk {
    /// The template, where the body is CSV.
    template: Option<String>,
    /// Why, likewise.
    note: Option<String>,
}

impl GrantAsk {
    pub(crate) fn read(self, mut reader: Reader) -> Result<Ask, Problem> {
        match (&self.shoppers, &self.segment) {
            (None, None) => reader.wrong("shoppers", Wrong::Required),
            (Some(_), Some(_)) => {
                reader.wrong("segment", Wrong::NotTogether { other: "shoppers".to_owned() });
            }
            _ => {}
        }
        reader.done(Some(()))?;
        let to = match (self.shoppers, self.segment) {
            (Some(shoppers), _) => To::List(List::of(shoppers.iter().map(String::as_str))?),
            (None, segment) => To::Segment(segment.map(|segment| segment.0).unwrap_or_default()),
        };
        Ok(Ask { template: template(&self.template)?, to, note: self.note, starts_itself: true })
    }
}

impl ListAsk {
    pub(crate) fn read(self, csv: &str, mut reader: Reader) -> Result<Ask, Problem> {
        if self.template.is_none() {
            reader.wrong("template", Wrong::Required);
        }
        let id = reader.done(self.template)?;
        let to = To::List(List::of_csv(csv)?);
        Ok(Ask { template: template(&id)?, to, note: self.note, starts_itself: true })
    }
}

/// An id that is none of ours is an unknown one.
fn template(id: &str) -> Result<TemplateId, Problem> {
    id.parse().map_err(|_| Problem::NotFound)
}

words! {
    /// Where a grant stands. It is checked, then run; a person may pause it in the console, and so
    /// does a template that is paused.
    GrantState = grants::State { Checking, Ready, Running, Paused, Done, Cancelled }
}

words! {
    /// Where the making of a pool stands; `stopped`: there are fewer codes than were asked for.
    PoolState = pools::State { Making, Done, Stopped }
}

/// A grant and how far it is: entries are checked and become recipients, recipients are settled.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Grant {
    id: String,
    template: String,
    state: GrantState,
    #[schema(required)]
    segment: Option<Reference>,
    #[schema(required)]
    note: Option<String>,
    /// Entries of the list; of a segment, the members found so far.
    listed: u64,
    /// Entries that were looked at.
    checked: u64,
    check: Check,
    /// Shoppers who are to get one, each once.
    recipients: u64,
    /// Recipients who got their coupon.
    given: u64,
    /// Recipients who got none.
    failed: u64,
    /// Lines of `failures.csv`: malformed, named again, and failed.
    failures: u64,
    /// Why it stopped by itself, as a code that is said of the template.
    #[schema(required)]
    stopped_by: Option<String>,
    created_at: Moment,
    #[schema(required)]
    ended_at: Option<Moment>,
}

/// What was found in the list before anything was given.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Check {
    /// Entries that are no reference.
    malformed: u64,
    /// Entries that were named further up already.
    duplicates: u64,
    /// Recipients nobody told us of. They get theirs all the same.
    unknown: u64,
    /// Recipients who were blocked,
    blocked: u64,
    /// had as many as they may have,
    over_limit: u64,
    /// or were outside the audience. All are judged anew when it is their turn.
    outside: u64,
}

impl Grant {
    pub(crate) fn of(grant: &grants::Grant) -> Self {
        Self {
            id: grant.id.to_string(),
            template: grant.template.to_string(),
            state: grant.state.into(),
            segment: grant.segment.clone().map(Reference),
            note: grant.note.clone(),
            listed: grant.listed,
            checked: grant.checked,
            check: Check {
                malformed: grant.malformed,
                duplicates: grant.duplicates,
                unknown: grant.unknown,
                blocked: grant.blocked,
                over_limit: grant.over_limit,
                outside: grant.outside,
            },
            recipients: grant.recipients,
            given: grant.given,
            failed: grant.failed,
            failures: grant.failures(),
            stopped_by: grant.stopped_by.clone(),
            created_at: Moment::of(grant.created_at),
            ended_at: grant.ended_at.map(Moment::of),
        }
    }
}

/// How many codes are to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PoolAsk {
    #[schema(minimum = 1, maximum = 1000000)]
    pub(crate) count: u32,
}

/// Codes that are or were made, and how far that is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pool {
    id: String,
    template: String,
    state: PoolState,
    /// How many were asked for.
    count: u64,
    /// How many there are by now; they took as much of the stock.
    made: u64,
    /// Why there are fewer than were asked for: `sold_out`, or `state_conflict` where the template
    /// ended meanwhile.
    #[schema(required)]
    stopped_by: Option<String>,
    created_at: Moment,
    #[schema(required)]
    ended_at: Option<Moment>,
}

impl Pool {
    pub(crate) fn of(pool: &pools::Pool) -> Self {
        Self {
            id: pool.id.to_string(),
            template: pool.template.to_string(),
            state: pool.state.into(),
            count: pool.wanted,
            made: pool.made,
            stopped_by: pool.stopped_by.clone(),
            created_at: Moment::of(pool.created_at),
            ended_at: pool.ended_at.map(Moment::of),
        }
    }
}
