//! What every page and server function finds in its context.

use axum::http::request::Parts;
use engine::Engine;
use leptos::prelude::{provide_context, use_context};

use crate::{flash::FlashCell, preferences::Preferences};

/// Whether the store's history is made up; every page then says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsDemo(pub bool);

/// Whether browsers reach us by TLS: cookies are then for it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsTls(pub bool);

/// Called once for each request, before anything of it runs.
pub fn provide(engine: &Engine, is_demo: IsDemo, is_tls: IsTls) {
    provide_context(engine.clone());
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
