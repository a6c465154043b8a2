//! Everything a browser can ask for beyond pages, one file per concept with engine's names.

#[cfg(any(feature = "shop", feature = "console"))]
pub mod accounts;
#[cfg(feature = "shop")]
pub mod basket;
#[cfg(feature = "console")]
pub mod catalogue;
#[cfg(feature = "console")]
pub mod channels;
#[cfg(feature = "console")]
pub mod coupons;
#[cfg(feature = "console")]
pub mod exceptions;
#[cfg(feature = "console")]
pub mod grants;
#[cfg(feature = "shop")]
pub mod issuance;
#[cfg(feature = "console")]
pub mod operators;
#[cfg(feature = "console")]
pub mod partners;
#[cfg(feature = "shop")]
pub mod pools;
pub mod preferences;
#[cfg(feature = "shop")]
pub mod redemption;
#[cfg(feature = "console")]
pub mod risk;
#[cfg(feature = "console")]
pub mod templates;
#[cfg(feature = "console")]
pub mod webhooks;
