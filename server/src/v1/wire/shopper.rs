//! What a host shop says of its shoppers.

use engine::shoppers::{Profile, Said};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Reference;

/// What is said of a shopper; what is not, or is null, stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ShopperSaid {
    /// Up to 64 characters; blank for no name.
    #[schema(max_length = 64)]
    name: Option<String>,
    /// The segments they are in: these and no others.
    #[schema(max_items = 100)]
    segments: Option<Vec<Reference>>,
    /// Orders ever paid for at the host shop. Who has any is no new shopper.
    #[schema(maximum = 1000000)]
    paid_orders: Option<u32>,
    /// May not claim.
    blocked: Option<bool>,
}

impl From<ShopperSaid> for Said {
    fn from(said: ShopperSaid) -> Self {
        let segments = said.segments;
        Self {
            name: said.name,
            segments: segments.map(|all| all.into_iter().map(|segment| segment.0).collect()),
            paid_orders: said.paid_orders,
            is_blocked: said.blocked,
        }
    }
}

/// A shopper as they are known here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Shopper {
    id: Reference,
    #[schema(required)]
    name: Option<String>,
    segments: Vec<Reference>,
    /// What the host shop states or what is counted here, whichever is more.
    paid_orders: u64,
    blocked: bool,
}

impl Shopper {
    pub(crate) fn of(profile: Profile) -> Self {
        Self {
            id: Reference(profile.id.to_string()),
            name: profile.name,
            segments: profile.segments.into_iter().map(Reference).collect(),
            paid_orders: profile.paid_orders,
            blocked: profile.is_blocked,
        }
    }
}
