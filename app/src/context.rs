//! What every page and server function finds in its context.

use std::net::IpAddr;
use std::pin::Pin;

use axum::http::request::Parts;
use domain::{Currency, FieldError, category::Category};
use engine::{Engine, catalogue::Product, redemption::callbacks::Callback};
use leptos::prelude::{provide_context, use_context, with_context};

use crate::{AppError, flash::FlashCell, preferences::Preferences};

/// Whether the store's history is made up; every page then says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsDemo(pub bool);

/// Whether browsers reach us by TLS: cookies are then for it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsTls(pub bool);

/// The address of whoever asks, as the server makes it out; a request that comes from nowhere, as in
/// a test, has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The demo shop's stand-in for a payment center. It is told what to do to a payment, and tells the
/// shop that it happened, as any center does: by a callback.
#[derive(Clone, Copy, Debug)]
pub struct PaymentCenter(pub fn(Engine, Callback) -> Heard);

/// Whether the shop has heard of it.
pub type Heard = Pin<Box<dyn Future<Output = Result<(), AppError>> + Send>>;

/// Stands for the route of requests that no route is for: files, and addresses that nobody knows.
pub const NO_ROUTE: &str = "none";

/// How requests to one route went at this node since it started; the times are in seconds, and none
/// where they are beyond what is told apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    pub route: String,
    pub requests: u64,
    /// Of them, those with a fault of ours.
    pub failed: u64,
    pub half_within: Option<f64>,
    /// 95 of 100.
    pub most_within: Option<f64>,
    /// 99 of 100.
    pub nearly_all_within: Option<f64>,
}

/// Asks this node how it answers.
#[derive(Clone, Copy, Debug)]
pub struct Measured(pub fn() -> Vec<Answered>);

/// Reads catalogues as CSV, as the integration API does: what is wrong is told alike.
#[derive(Clone, Copy, Debug)]
pub struct Tables {
    pub categories: Reads<Category>,
    pub products: Reads<Product>,
}

/// Reads a table, whole or not at all.
pub type Reads<T> = fn(&str, Currency) -> Result<Rows<T>, WrongLines>;

/// What a table says, and the line in which each of its rows begins.
#[derive(Clone, Debug)]
pub struct Rows<T> {
    pub rows: Vec<T>,
    pub lines: Vec<u64>,
}

/// What is wrong with a table, by line.
pub type WrongLines = Vec<(u64, FieldError)>;

/// Called once for each request, before anything of it runs.
pub fn provide(engine: &Engine, center: Option<PaymentCenter>, is_demo: IsDemo, is_tls: IsTls) {
    provide_context(engine.clone());
    provide_context(center);
    provide_context(is_demo);
    provide_context(is_tls);
    let preferences =
        use_context::<Parts>().map(|parts| Preferences::of(&parts.headers)).unwrap_or_default();
    provide_context(preferences);
    provide_context(FlashCell::default());
}

/// The store and the clock.
///
/// # Panics
/// Outside of a request.
#[expect(clippy::expect_used, reason = "every request has one")]
pub fn engine() -> Engine {
    use_context().expect("the engine is provided with every request")
}

/// How this node answers; nothing where nobody measures.
pub fn answered() -> Vec<Answered> {
    use_context::<Measured>().map(|Measured(ask)| ask()).unwrap_or_default()
}

/// Reads catalogues; only the server knows how.
pub fn tables() -> Option<Tables> {
    use_context()
}

/// The address of whoever asks.
pub fn client_address() -> Option<IpAddr> {
    let address = |parts: &Parts| parts.extensions.get::<ClientAddress>().copied();
    with_context(address).flatten().map(|ClientAddress(address)| address)
}

/// The stand-in for a payment center; only a demo has one, as it takes no money.
pub fn payment_center() -> Option<PaymentCenter> {
    use_context::<Option<PaymentCenter>>().flatten()
}
