//! The ledger.

use chrono::{DateTime, Utc};
use domain::Problem as Wrong;
use domain::coupon::Kind;
use engine::events::{self, Cursor, Filter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::coupon::CouponState;
use super::{Amount, CouponCode, Reference};
use crate::problem::Problem;
use crate::speech::Speech;
use crate::v1::reading::Reader;

/// Which part of the ledger.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsAsk {
    /// The id of the last event that is known already.
    after: Option<String>,
    /// The `next_cursor` of the page before; another name for `after`.
    cursor: Option<String>,
    /// Only this kind: `claimed`, `granted`, `locked`, `released`, `lapsed`, `redeemed`, `returned`,
    /// `restored`, `expired`, `revoked`, `held` or `freed`.
    kind: Option<String>,
    template: Option<String>,
    shopper: Option<String>,
    /// 1 to 1000, 50 where it is not said.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
}

/// What an [`EventsAsk`] says.
pub(crate) struct EventsAsked {
    pub(crate) after: Option<Cursor>,
    pub(crate) filter: Filter,
    pub(crate) limit: u32,
}

impl EventsAsk {
    pub(crate) fn read(&self, mut reader: Reader) -> Result<EventsAsked, Problem> {
        let after = match (&self.after, &self.cursor) {
            (Some(_), Some(_)) => {
                reader.wrong("cursor", Wrong::NotTogether { other: "after".to_owned() });
                None
            }
            (Some(after), None) => reader.text("after", after),
            (None, cursor) => cursor.as_ref().and_then(|cursor| reader.text("cursor", cursor)),
        };
        let kind = reader.word("kind", self.kind.as_deref(), Kind::parse);
        let template = reader.word("template", self.template.as_deref(), |id| id.parse().ok());
        let shopper = self.shopper.as_ref().and_then(|shopper| reader.text("shopper", shopper));
        let limit = reader.limit(self.limit.as_deref());
        let filter = Filter { kinds: kind.into_iter().collect(), template, shopper };
        reader.done(Some(EventsAsked { after, filter, limit }))
    }
}

/// Something that happened to a coupon.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    /// What `after` takes; the same for good.
    id: String,
    at: DateTime<Utc>,
    /// What happened.
    kind: &'static str,
    template: String,
    revision: u32,
    coupon: CouponCode,
    shopper: Reference,
    /// Through which the coupon came.
    #[schema(required)]
    channel: Option<Reference>,
    #[schema(required)]
    order: Option<Reference>,
    /// What the coupon took off, or what a first refund of its order paid back.
    amount: Amount,
    /// The coupon's, after it.
    state: CouponState,
}

impl Event {
    pub(crate) fn of(event: &events::Event, speech: &Speech) -> Self {
        Self {
            id: event.id.to_string(),
            at: event.at,
            kind: event.kind.as_str(),
            template: event.template.to_string(),
            revision: event.revision,
            coupon: CouponCode(event.coupon.to_string()),
            shopper: Reference(event.shopper.to_string()),
            channel: event.channel.as_ref().map(|channel| Reference(channel.to_string())),
            order: event.order.as_ref().map(|order| Reference(order.to_string())),
            amount: Amount(speech.amount(event.amount)),
            state: event.state.into(),
        }
    }
}
