//! What every request may reach.

use std::sync::Arc;

use app::{assets::Assets, context};
use engine::Engine;

#[derive(Clone, Debug)]
pub(crate) struct AppState {
    pub(crate) assets: Arc<Assets>,
    pub(crate) engine: Engine,
}

impl AppState {
    /// Hands to pages and server functions what they ask for by context.
    pub(crate) fn provide(&self) {
        context::provide(&self.engine);
    }
}
