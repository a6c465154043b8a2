//! How the store is reached and spoken to: connections, statements both stores read, bulk rows.

pub(crate) mod cached;
mod connect;
pub(crate) mod coupons;
pub(crate) mod events;
pub(crate) mod exceptions;
pub(crate) mod leases;
pub(crate) mod pool_codes;
pub(crate) mod rows;
pub(crate) mod shoppers;
mod sql;
pub(crate) mod templates;

pub(crate) use connect::{Connections, connect};
pub(crate) use sql::{fresh_id, fresh_id_in, minute_id_in, sql};
