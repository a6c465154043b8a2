//! What ops is alarmed of, by rules that they edit: failing claims, refusals, coupons tried too often,
//! stock and budgets nearly gone, claims that wait, webhooks that do not get through.
//!
//! A row of `alerts` is both: where a thing stands, while it has not ended, and its history. What is
//! told of it, that it fired and that it ended, goes into the audit trail in the same transaction,
//! and from there to webhooks.

mod judging;
mod listing;
mod measuring;
mod pulses;
mod rules;

pub use judging::{judge, sweep};
pub use listing::{Alert, PAGE, firing, history};
pub use measuring::{Claims, Queues, Standing, claims, queues, standings};
pub use pulses::flush;
pub use rules::{rules, set_rule};

pub(crate) use pulses::{Pulse, Pulses, beat, tried};
