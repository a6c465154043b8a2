//! Coupons given to many at once: what was given so far, and a form that asks for more.

pub mod progress;

#[cfg(feature = "ssr")]
pub mod list;
#[cfg(feature = "ssr")]
pub mod one;
