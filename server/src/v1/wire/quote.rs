//! What a cart comes to, and why.

use domain::cart::Cart as CheckedCart;
use domain::quote::{Applied as Takes, Quote as Reckoned, QuotedLine};
use domain::{Channel, Code, Money, ShopperId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::cart::{Cart, codes};
use super::{Amount, CouponCode, Reference};
use crate::problem::{self, Problem};
use crate::speech::Speech;
use crate::v1::reading::Reader;

/// A cart, and whose coupons to try on it.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct QuoteAsk {
    /// Nobody's coupons apply where no shopper is named.
    shopper: Option<Reference>,
    cart: Cart,
    /// These coupons and no others; without, the best choice from the wallet.
    coupons: Option<Vec<CouponCode>>,
    /// Where the shopper comes from, by any name. It changes nothing of the quote: coupons that are
    /// refused are counted for it, or without it for the channels that they came through.
    channel: Option<Reference>,
}

/// What a [`QuoteAsk`] says.
pub(crate) struct QuoteAsked {
    pub(crate) shopper: Option<ShopperId>,
    pub(crate) cart: CheckedCart,
    pub(crate) coupons: Option<Vec<Code>>,
    pub(crate) channel: Option<Channel>,
}

impl QuoteAsk {
    pub(crate) fn read(&self, mut reader: Reader) -> Result<QuoteAsked, Problem> {
        let shopper = self.shopper.as_ref().and_then(|id| reader.text("shopper", id));
        let cart = self.cart.read(&mut reader);
        let coupons = codes(&mut reader, self.coupons.as_ref());
        let channel = self.channel.as_ref().and_then(|name| reader.text("channel", name));
        reader.done(cart.map(|cart| QuoteAsked { shopper, cart, coupons, channel }))
    }
}

/// What a cart comes to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Quote {
    currency: &'static str,
    subtotal: Amount,
    discount: Amount,
    total: Amount,
    lines: Vec<Line>,
    /// In order of application.
    applied: Vec<Applied>,
    refused: Vec<Refused>,
    /// False where more than 3 coupons may go together and the search for the best ones stopped at
    /// its bound; else it is not said.
    #[serde(skip_serializing_if = "is_true")]
    #[schema(required = false)]
    exact: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_true(exact: &bool) -> bool {
    *exact
}

/// A line of the cart, and what all coupons together take off it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuotedLine)]
pub(crate) struct Line {
    id: Reference,
    gross: Amount,
    discount: Amount,
    net: Amount,
}

/// A coupon that applies.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Applied {
    coupon: CouponCode,
    template: String,
    discount: Amount,
    /// Its share of each line, where that is above zero.
    lines: Vec<Share>,
}

/// What a coupon takes off a line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Share {
    id: Reference,
    discount: Amount,
}

/// A coupon that does not apply, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Refused {
    coupon: CouponCode,
    code: &'static str,
    data: Value,
    message: String,
}

impl Quote {
    pub(crate) fn of(quote: &Reckoned, speech: &Speech) -> Self {
        let amount = |amount: Money| Amount(speech.amount(amount));
        let refused = |refused: &domain::quote::Refused| Refused {
            coupon: CouponCode(refused.code.to_string()),
            code: refused.refusal.code(),
            data: problem::data(&refused.refusal, speech),
            message: speech.refusal(&refused.refusal),
        };
        Self {
            currency: speech.currency().code(),
            subtotal: amount(quote.subtotal()),
            discount: amount(quote.discount()),
            total: amount(quote.total()),
            lines: quote.lines.iter().map(|line| Line::of(line, speech)).collect(),
            applied: applied(quote, speech),
            refused: quote.refused.iter().map(refused).collect(),
            exact: quote.is_exact,
        }
    }
}

impl Line {
    fn of(quoted: &QuotedLine, speech: &Speech) -> Self {
        let gross = quoted.line.gross();
        Self {
            id: Reference(quoted.line.id.to_string()),
            gross: Amount(speech.amount(gross)),
            discount: Amount(speech.amount(quoted.discount)),
            net: Amount(speech.amount(gross - quoted.discount)),
        }
    }
}

/// The coupons that apply, in order of application.
pub(crate) fn applied(quote: &Reckoned, speech: &Speech) -> Vec<Applied> {
    let share = |(quoted, share): (&QuotedLine, &Money)| Share {
        id: Reference(quoted.line.id.to_string()),
        discount: Amount(speech.amount(*share)),
    };
    let applied = |takes: &Takes| Applied {
        coupon: CouponCode(takes.code.to_string()),
        template: takes.template.to_string(),
        discount: Amount(speech.amount(takes.discount)),
        lines: quote
            .lines
            .iter()
            .zip(&takes.shares)
            .filter(|(_, share)| !share.is_zero())
            .map(share)
            .collect(),
    };
    quote.applied.iter().map(applied).collect()
}
