//! What the payment center tells.

use domain::{Currency, Problem as Wrong};
use engine::redemption::callbacks;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Reference;
use super::redemption::{ReturnLine, request};
use crate::problem::Problem;
use crate::v1::reading::Reader;

/// Something that has happened to a payment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Callback {
    r#type: Kind,
    /// When it happened. It may be told, as Standard Webhooks has it; what counts is the signature's.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    data: Told,
}

/// What has happened. A callback of another type is answered 200 and passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CallbackType)]
pub(crate) enum Kind {
    #[serde(rename = "payment.succeeded")]
    Paid,
    #[serde(rename = "payment.canceled")]
    Canceled,
    #[serde(rename = "refund.succeeded")]
    Refunded,
}

/// To which order, by which payment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = CallbackData)]
pub(crate) struct Told {
    order: Reference,
    payment: Reference,
    /// Which refund, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<Reference>,
    /// What was refunded; without them, everything that was left.
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<ReturnLine>>,
}

/// It was heard, and will not be lost.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Heard {}

impl Callback {
    pub(crate) fn of(callback: &callbacks::Callback, currency: Currency) -> Self {
        let kind = match &callback.told {
            callbacks::Told::Paid => Kind::Paid,
            callbacks::Told::Canceled => Kind::Canceled,
            callbacks::Told::Refunded { .. } => Kind::Refunded,
        };
        let mut data = Told {
            order: Reference(callback.order.to_string()),
            payment: Reference(callback.payment.to_string()),
            refund: None,
            lines: None,
        };
        if let callbacks::Told::Refunded { refund, request } = &callback.told {
            data.refund = Some(Reference(refund.to_string()));
            let line = |line| ReturnLine::of(line, |amount| currency.format(amount));
            data.lines = request.lines.as_ref().map(|lines| lines.iter().map(line).collect());
        }
        Self { r#type: kind, timestamp: None, data }
    }

    pub(crate) fn read(&self, mut reader: Reader) -> Result<callbacks::Callback, Problem> {
        let data = &self.data;
        let order = reader.text("data.order", &data.order);
        let payment = reader.text("data.payment", &data.payment);
        let told = match self.r#type {
            Kind::Paid => Some(callbacks::Told::Paid),
            Kind::Canceled => Some(callbacks::Told::Canceled),
            Kind::Refunded => {
                let request = request(&mut reader, "data.lines", data.lines.as_deref());
                if data.refund.is_none() {
                    reader.wrong("data.refund", Wrong::Required);
                }
                let refund = data.refund.as_ref().and_then(|it| reader.text("data.refund", it));
                refund.map(|refund| callbacks::Told::Refunded { refund, request })
            }
        };
        let read = || Some(callbacks::Callback { order: order?, payment: payment?, told: told? });
        let read = read();
        reader.done(read)
    }
}
