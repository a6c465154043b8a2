//! Orders that are paid, and what of them goes back.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use domain::quote::QuotedLine;
use domain::returns::{Part, Request, RequestLine, ReturnedLine as Back};
use domain::{Money, PaymentRef, Problem as Wrong, RefundRef, ShopperId};
use engine::redemption::{self, Ask, Outcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cart::{Cart, codes};
use super::quote::{Applied, applied};
use super::{Amount, CouponCode, Reference};
use crate::problem::Problem;
use crate::speech::Speech;
use crate::v1::reading::Reader;

/// That an order is paid.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Payment {
    payment: Reference,
}

impl Payment {
    pub(crate) fn read(&self, mut reader: Reader) -> Result<PaymentRef, Problem> {
        let payment = reader.text("payment", &self.payment);
        reader.done(payment)
    }
}

/// An order that is paid as it is placed.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PaidOrder {
    order: Reference,
    shopper: Reference,
    cart: Cart,
    /// These coupons, all or none; an empty list for none; without, the best choice.
    coupons: Option<Vec<CouponCode>>,
    payment: Reference,
}

impl PaidOrder {
    pub(crate) fn read(&self, mut reader: Reader) -> Result<(ShopperId, Ask, PaymentRef), Problem> {
        let order = reader.text("order", &self.order);
        let shopper = reader.text("shopper", &self.shopper);
        let cart = self.cart.read(&mut reader);
        let coupons = codes(&mut reader, self.coupons.as_ref());
        let payment = reader.text("payment", &self.payment);
        let asked = || {
            let (length, expected_discount) = (None, None);
            let ask = Ask { order: order?, cart: cart?, coupons, length, expected_discount };
            Some((shopper?, ask, payment?))
        };
        let asked = asked();
        reader.done(asked)
    }
}

/// A paid order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Redemption {
    id: String,
    order: Reference,
    shopper: Reference,
    payment: Reference,
    /// `redeemed`: the coupons are used. `exception`: the order stays paid at its price, its
    /// coupons were gone, and the coupon shop's people have a look.
    outcome: &'static str,
    /// Of an exception: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    redeemed_at: DateTime<Utc>,
    subtotal: Amount,
    discount: Amount,
    total: Amount,
    lines: Vec<PaidLine>,
    /// In order of application.
    applied: Vec<Applied>,
    /// In the order in which they came.
    returns: Vec<Refund>,
}

/// A line as it was paid.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaidLine {
    id: Reference,
    quantity: u32,
    gross: Amount,
    discount: Amount,
    net: Amount,
    /// Units that are back.
    returned: u32,
    /// The discount of each unit as it was paid, in the order in which units go back.
    units: Vec<Amount>,
}

/// A refund of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Refund {
    refund: Reference,
    amount: Amount,
}

impl Redemption {
    pub(crate) fn of(paid: &redemption::Redemption, speech: &Speech) -> Self {
        let amount = |amount: Money| Amount(speech.amount(amount));
        let line = |quoted: &QuotedLine| {
            let gross = quoted.line.gross();
            let back = paid.returns.iter().flat_map(|returned| &returned.lines);
            let back = back.filter(|back| back.id == quoted.line.id).map(|back| back.quantity);
            PaidLine {
                id: Reference(quoted.line.id.to_string()),
                quantity: quoted.line.quantity,
                gross: amount(gross),
                discount: amount(quoted.discount),
                net: amount(gross - quoted.discount),
                returned: back.sum(),
                units: quoted.unit_discounts().map(amount).collect(),
            }
        };
        let refund = |returned: &redemption::Returned| Refund {
            refund: Reference(returned.refund.to_string()),
            amount: amount(returned.amount),
        };
        Self {
            id: paid.id.to_string(),
            order: Reference(paid.order.to_string()),
            shopper: Reference(paid.shopper.to_string()),
            payment: Reference(paid.payment.to_string()),
            outcome: match paid.outcome {
                Outcome::Redeemed => "redeemed",
                Outcome::Exception => "exception",
            },
            reason: paid.reason.clone(),
            redeemed_at: paid.redeemed_at,
            subtotal: amount(paid.quote.subtotal()),
            discount: amount(paid.quote.discount()),
            total: amount(paid.quote.total()),
            lines: paid.quote.lines.iter().map(line).collect(),
            applied: applied(&paid.quote, speech),
            returns: paid.returns.iter().map(refund).collect(),
        }
    }
}

/// As many lines as an order has.
const LINES_MAX: usize = 500;

/// What goes back.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ReturnAsk {
    refund: Reference,
    /// Without them, everything that is left.
    #[schema(min_items = 1, max_items = 500)]
    lines: Option<Vec<ReturnLine>>,
}

impl ReturnAsk {
    pub(crate) fn read(&self, mut reader: Reader) -> Result<(RefundRef, Request), Problem> {
        let refund = reader.text("refund", &self.refund);
        if self.lines.as_ref().is_some_and(|lines| lines.len() > LINES_MAX) {
            reader.wrong("lines", Wrong::TooMany { max: LINES_MAX as u64 });
            return reader.done(None);
        }
        let request = request(&mut reader, "lines", self.lines.as_deref());
        reader.done(refund.map(|refund| (refund, request)))
    }
}

/// A line that goes back: so many units, earliest first, or, of a line of one unit, so much of its
/// price. One of the two.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReturnLine {
    id: Reference,
    #[schema(minimum = 1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<u32>,
    /// What is given back of the price before coupons: a short weight, a price correction.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
}

impl ReturnLine {
    pub(crate) fn of(line: &RequestLine, amount: impl Fn(Money) -> String) -> Self {
        let id = Reference(line.id.to_string());
        match line.part {
            Part::Quantity(units) => Self { id, quantity: Some(units), amount: None },
            Part::Amount(gross) => Self { id, quantity: None, amount: Some(Amount(amount(gross))) },
        }
    }

    fn read(&self, at: impl Display, reader: &mut Reader) -> Option<RequestLine> {
        let id = reader.text(format!("{at}.id"), &self.id);
        let part = match (self.quantity, &self.amount) {
            (Some(units), None) => Part::Quantity(units),
            (None, Some(gross)) => Part::Amount(reader.amount(format!("{at}.amount"), gross)),
            (None, None) => {
                reader.wrong(format!("{at}.quantity"), Wrong::Required);
                return None;
            }
            (Some(_), Some(_)) => {
                reader.wrong(format!("{at}.amount"), Wrong::Duplicate);
                return None;
            }
        };
        Some(RequestLine { id: id?, part })
    }
}

/// Reads what goes back; `field` is where its lines stand.
pub(crate) fn request(reader: &mut Reader, field: &str, lines: Option<&[ReturnLine]>) -> Request {
    let mut read = |(i, line): (usize, &ReturnLine)| line.read(format!("{field}.{i}"), reader);
    let lines = lines.map(|lines| lines.iter().enumerate().filter_map(&mut read).collect());
    Request { lines }
}

/// What a refund pays.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Returned {
    refund: Reference,
    /// The lines sum to it.
    amount: Amount,
    lines: Vec<ReturnedLine>,
    /// Those that may be used again.
    coupons_returned: Vec<CouponCode>,
}

/// What a refund pays for one line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReturnedLine {
    id: Reference,
    /// Units that are back with it; 0 while a part of a single unit is kept.
    quantity: u32,
    amount: Amount,
}

impl Returned {
    pub(crate) fn of(returned: &redemption::Returned, speech: &Speech) -> Self {
        let line = |back: &Back| ReturnedLine {
            id: Reference(back.id.to_string()),
            quantity: back.quantity,
            amount: Amount(speech.amount(back.amount)),
        };
        let code = |code: &domain::Code| CouponCode(code.to_string());
        Self {
            refund: Reference(returned.refund.to_string()),
            amount: Amount(speech.amount(returned.amount)),
            lines: returned.lines.iter().map(line).collect(),
            coupons_returned: returned.coupons.iter().map(code).collect(),
        }
    }
}
