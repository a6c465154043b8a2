//! Use cases on the real stores, each test on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod books;
mod callbacks;
mod cast;
mod catalogue;
mod channels;
mod coupons;
mod events;
mod exceptions;
mod funnel;
mod grants;
mod hand_off;
mod issuance;
mod migrating;
mod moments;
mod offers;
mod opening;
mod operators;
mod orders;
mod pools;
mod redemption;
mod risk;
mod rollups;
mod sessions;
mod shoppers;
mod stores;
mod templates;
mod tickets;
mod told;
mod wallet;
mod webhooks;
