//! Appends to the ledger of what happened to coupons.

use domain::coupon::{Kind, State};
use domain::{Money, OrderRef, Time};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::Result;
use crate::store::coupons::Coupon;
use crate::store::rows::{self, rows};
use crate::tx::Tx;

rows! {
    /// One entry of the ledger, to be written.
    struct NewEvent {
        at: i64,
        kind: &'static str,
        template: Uuid,
        revision: i64,
        bucket: i64,
        coupon: String,
        shopper: String,
        channel: Option<String>,
        order_ref: Option<String>,
        amount: i64,
        turnover: i64,
        state: &'static str,
    }
}

impl NewEvent {
    /// What happened to `coupon`, which is in `state` now.
    pub(crate) fn new(kind: Kind, coupon: &Coupon, state: State, now: Time) -> Self {
        Self {
            at: now.timestamp_micros(),
            kind: kind.as_str(),
            template: coupon.revision.template.0,
            revision: i64::from(coupon.revision.number),
            bucket: i64::from(coupon.code.bucket().number()),
            coupon: coupon.code.to_string(),
            shopper: coupon.shopper.to_string(),
            channel: coupon.channel.as_ref().map(ToString::to_string),
            order_ref: None,
            amount: 0,
            turnover: 0,
            state: state.as_str(),
        }
    }

    /// The same, for an order.
    pub(crate) fn of(self, order: &OrderRef, amount: Money) -> Self {
        Self { order_ref: Some(order.to_string()), amount: amount.units(), ..self }
    }

    /// The same, with what the order came to before coupons.
    pub(crate) fn with_turnover(self, turnover: Money) -> Self {
        Self { turnover: turnover.units(), ..self }
    }
}

/// Appends events in the order given.
pub(crate) async fn append(tx: &Tx, events: &[NewEvent]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    const APPEND: &str =
        "INSERT INTO events (at, kind, template, revision, bucket, coupon, shopper,
            channel, order_ref, amount, turnover, state)
        SELECT at, kind, template, revision, bucket, coupon, shopper,
            channel, order_ref, amount, turnover, state FROM {rows}";
    tx.execute_raw(rows::statement(tx, APPEND, events, [])?).await?;
    Ok(())
}
