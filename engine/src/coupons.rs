//! Single coupons, as operators look after them: found, held, freed, revoked and replaced. Every
//! action takes a reason and is recorded with it.

mod acting;
mod finding;
mod holds;
mod replacing;

pub use acting::{act, release_lock};
pub use finding::{By, Deed, Found, One, PAGE, find, read};
pub use holds::{Hold, Holds, held};
pub use replacing::{replace, replacements_left};

pub use crate::wallet::{Coupon, Step};
