//! The shop: what a shopper sees. Pages render on the server; islands are in the shop's bundle.

#[cfg(feature = "ssr")]
pub mod account;
#[cfg(feature = "ssr")]
pub mod basket;
#[cfg(feature = "ssr")]
pub mod center;
pub mod claim_live;
mod countdown;
pub mod coupon_live;
#[cfg(feature = "ssr")]
pub mod covers;
#[cfg(feature = "ssr")]
pub(crate) mod giving_back;
#[cfg(feature = "ssr")]
pub mod hand_off;
pub mod live;
#[cfg(feature = "ssr")]
pub mod order;
pub mod order_live;
#[cfg(feature = "ssr")]
pub mod orders;
#[cfg(feature = "ssr")]
pub mod reckoning;
#[cfg(feature = "ssr")]
mod scope;
#[cfg(feature = "ssr")]
mod shelf;
#[cfg(feature = "ssr")]
pub mod sign_in;
#[cfg(feature = "ssr")]
pub mod stepper;
#[cfg(feature = "ssr")]
mod terms;
#[cfg(feature = "ssr")]
pub mod ticket;
#[cfg(feature = "ssr")]
pub mod wallet;
