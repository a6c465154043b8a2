//! What people see: pages rendered on the server, islands woken in the browser, and the server
//! functions both call.
// A page's view is one deeply nested type.
#![recursion_limit = "512"]

#[macro_use]
mod class;

pub mod error;
pub mod server_fns;

#[cfg(feature = "ssr")]
mod area;
#[cfg(feature = "ssr")]
pub mod assets;
#[cfg(feature = "ssr")]
pub mod basket;
#[cfg(feature = "ssr")]
pub mod context;
#[cfg(any(feature = "shop", feature = "console"))]
pub mod copy;
#[cfg(feature = "ssr")]
pub mod docs;
#[cfg(feature = "ssr")]
pub mod doors;
#[cfg(feature = "ssr")]
pub mod failure;
#[cfg(feature = "ssr")]
pub mod flash;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod locale;
#[cfg(feature = "ssr")]
pub mod manifest;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(any(feature = "shop", feature = "console"))]
pub mod password;
#[cfg(feature = "ssr")]
pub mod preferences;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod session;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
pub mod ui;

#[cfg(feature = "console")]
pub mod ops;
#[cfg(feature = "shop")]
pub mod shop;

pub use error::AppError;
