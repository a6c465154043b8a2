//! The only contract with the outside: every shape a call takes or answers. Amounts are decimal
//! strings, times RFC 3339, ids opaque. What is taken reads itself into the domain's types; what is
//! answered is made of them.

pub(crate) mod callback;
pub(crate) mod cart;
pub(crate) mod catalogue;
pub(crate) mod coupon;
pub(crate) mod event;
pub(crate) mod funnel;
pub(crate) mod grant;
pub(crate) mod order;
pub(crate) mod quote;
pub(crate) mod redemption;
pub(crate) mod shopper;
pub(crate) mod template;
pub(crate) mod told;

use std::borrow::Cow;

use chrono::SecondsFormat;
use domain::Time;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! text {
    ($($(#[doc = $doc:literal])* $name:ident: $pattern:expr, $max:expr, $example:expr;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) String);

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some($pattern));
                let text = text.description(Some(concat!($($doc),*).trim()));
                text.min_length(Some(1)).max_length(Some($max)).examples([$example]).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }

        impl std::ops::Deref for $name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }
    )*};
}

text! {
    /// An amount in the deployment's currency; one that is sent has at most 10^15 minor units.
    Amount: r"^(0|[1-9][0-9]{0,18})(\.[0-9]{1,3})?$", 20, "12.30";
    /// What others call a thing: 1 to 64 characters, none of them a control character.
    Reference: r"^[^\x00-\x1f\x7f-\x9f]{1,64}$", 64, "A-1001";
    /// A coupon's code; read in any case, with spaces and dashes or without.
    CouponCode: r"^[0-9A-Za-z -]{16,32}$", 32, "0GZZ2ZJ1ZV2RT6Q8";
}

/// A moment as it comes: RFC 3339, with an offset.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Moment(String);

impl Moment {
    /// A moment as all answers write it.
    pub(crate) fn of(at: Time) -> Self {
        Self(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

impl ToSchema for Moment {}

impl std::ops::Deref for Moment {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

/// Declares words that stand for the domain's.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $of:path { $($word:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[derive(utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name {
            $($word,)*
        }

        impl From<$of> for $name {
            fn from(word: $of) -> Self {
                use $of as Of;
                match word {
                    $(Of::$word => Self::$word,)*
                }
            }
        }

        impl From<$name> for $of {
            fn from(word: $name) -> Self {
                use $of as Of;
                match word {
                    $($name::$word => Of::$word,)*
                }
            }
        }
    )*};
}
pub(crate) use words;

/// The schema of an object that has the fields of two.
pub(crate) fn joined(first: RefOr<Schema>, second: RefOr<Schema>) -> RefOr<Schema> {
    match (first, second) {
        (RefOr::T(Schema::Object(mut first)), RefOr::T(Schema::Object(second))) => {
            first.properties.extend(second.properties);
            first.required.extend(second.required);
            first.description = None;
            RefOr::T(Schema::Object(first))
        }
        (first, _) => first,
    }
}

/// Nothing, or an empty object.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Nothing {}
