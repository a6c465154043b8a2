//! Orders on their way: locked, paid, refunded.

use chrono::{DateTime, TimeDelta, Utc};
use domain::ShopperId;
use engine::redemption::{self, Ask};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cart::{Cart, codes};
use super::quote::Quote;
use super::{Amount, CouponCode, Reference};
use crate::problem::Problem;
use crate::speech::Speech;
use crate::v1::reading::Reader;

/// What is to be reserved for an order.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct LockAsk {
    order: Reference,
    shopper: Reference,
    cart: Cart,
    /// These coupons, all or none; an empty list for none; without, the best choice.
    coupons: Option<Vec<CouponCode>>,
    #[schema(minimum = 1, maximum = 86400)]
    ttl_seconds: Option<u32>,
    /// What the shopper was shown; another discount is refused `amount_mismatch`.
    expected_discount: Option<Amount>,
}

impl LockAsk {
    pub(crate) fn read(&self, mut reader: Reader) -> Result<(ShopperId, Ask), Problem> {
        let order = reader.text("order", &self.order);
        let shopper = reader.text("shopper", &self.shopper);
        let cart = self.cart.read(&mut reader);
        let coupons = codes(&mut reader, self.coupons.as_ref());
        let shown = self.expected_discount.as_ref();
        let expected_discount = shown.map(|shown| reader.amount("expected_discount", shown));
        let length = self.ttl_seconds.map(|seconds| TimeDelta::seconds(seconds.into()));
        let ask = || {
            Some((shopper?, Ask { order: order?, cart: cart?, coupons, length, expected_discount }))
        };
        let read = ask();
        reader.done(read)
    }
}

/// Coupons reserved for an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Lock {
    id: String,
    order: Reference,
    shopper: Reference,
    /// `active`, `released`, `lapsed` or `redeemed`.
    state: &'static str,
    until: DateTime<Utc>,
    quote: Quote,
}

impl Lock {
    pub(crate) fn of(lock: &redemption::Lock, speech: &Speech) -> Self {
        Self {
            id: lock.id.to_string(),
            order: Reference(lock.order.to_string()),
            shopper: Reference(lock.shopper.to_string()),
            state: lock.state_at(speech.now()).as_str(),
            until: lock.until,
            quote: Quote::of(&lock.quote, speech),
        }
    }
}
