//! What host shops tell of: orders that were paid, cards that were shown.

use std::fmt;
use std::marker::PhantomData;

use domain::{Channel, Problem as Wrong};
use engine::{counts, orders};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{Amount, Moment, Reference};
use crate::problem::Problem;
use crate::speech::Speech;
use crate::v1::reading::Reader;

/// An order that was paid, with or without a coupon.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrderSaid {
    order: Reference,
    shopper: Reference,
    /// What was paid for it.
    total: Amount,
    paid_at: Moment,
    channel: Option<Reference>,
}

impl OrderSaid {
    pub(crate) fn read(&self, mut reader: Reader) -> Result<orders::PaidOrder, Problem> {
        let order = reader.text("order", &self.order);
        let shopper = reader.text("shopper", &self.shopper);
        let total = reader.amount("total", &self.total);
        let paid_at = reader.time("paid_at", &self.paid_at);
        let channel = self.channel.as_ref().and_then(|channel| reader.text("channel", channel));
        let paid = || {
            let (order, shopper, paid_at) = (order?, shopper?, paid_at?);
            Some(orders::PaidOrder { order, shopper, total, paid_at, channel })
        };
        let read = paid();
        reader.done(read)
    }

    pub(crate) fn of(paid: &orders::PaidOrder, speech: &Speech) -> Self {
        Self {
            order: Reference(paid.order.to_string()),
            shopper: Reference(paid.shopper.to_string()),
            total: Amount(speech.amount(paid.total)),
            paid_at: Moment::of(paid.paid_at),
            channel: paid.channel.as_ref().map(|channel| Reference(channel.to_string())),
        }
    }
}

/// A card that was shown outside our pages.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct View {
    template: String,
    channel: Option<Reference>,
    /// What tells the viewer from others; the shopper's id where they are known.
    visitor: Option<Reference>,
}

/// One view, or up to 1,000 of them.
#[derive(Debug)]
pub(crate) struct Views(Vec<View>);

/// One view, or up to 1,000 of them.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes `Views`")]
pub(crate) enum ViewsSaid {
    One(View),
    Many(Vec<View>),
}

/// The most views one call tells of.
const VIEWS_MAX: usize = 1000;

impl Views {
    pub(crate) fn read(&self, mut reader: Reader) -> Result<Vec<counts::View>, Problem> {
        match self.0.len() {
            0 => reader.wrong("", Wrong::TooFew { min: 1 }),
            n if n > VIEWS_MAX => reader.wrong("", Wrong::TooMany { max: VIEWS_MAX as u64 }),
            _ => {}
        }
        let read = self.0.iter().enumerate().filter_map(|(i, view)| view.read(i, &mut reader));
        let views = read.collect();
        reader.done(Some(views))
    }
}

impl View {
    /// Nothing for what is wrong, and for a template with an id that none of ours has.
    fn read(&self, i: usize, reader: &mut Reader) -> Option<counts::View> {
        let channel = self.channel.as_ref();
        let channel: Option<Channel> =
            channel.and_then(|channel| reader.text(format!("{i}.channel"), channel));
        if let Some(Err(wrong)) = self.visitor.as_deref().map(domain::ids::check_reference) {
            reader.wrong(format!("{i}.visitor"), wrong);
        }
        let visitor = self.visitor.as_ref().map(|visitor| visitor.0.clone());
        Some(counts::View { template: self.template.parse().ok()?, channel, visitor })
    }
}

/// By what comes first, so that what is wrong inside is told with its place.
impl<'de> Deserialize<'de> for Views {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or a list of them")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
                Ok(vec![T::deserialize(MapAccessDeserializer::new(map))?])
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Vec<T>, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq))
            }
        }

        deserializer.deserialize_any(Either(PhantomData)).map(Self)
    }
}
