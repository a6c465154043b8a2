//! What every request may reach.

use std::sync::Arc;

use app::{
    assets::Assets,
    context::{self, IsDemo, IsTls, Measured, PaymentCenter},
};
use engine::Engine;
use leptos::prelude::provide_context;

use crate::{metrics, stand_in, v1};

#[derive(Clone, Debug)]
pub(crate) struct AppState {
    pub(crate) assets: Arc<Assets>,
    pub(crate) engine: Engine,
    pub(crate) is_demo: IsDemo,
    pub(crate) is_tls: IsTls,
}

impl AppState {
    /// Hands to pages and server functions what they ask for by context.
    pub(crate) fn provide(&self) {
        let center = self.is_demo.0.then_some(PaymentCenter(stand_in::tell));
        context::provide(&self.engine, center, self.is_demo, self.is_tls);
        provide_context(Measured(metrics::answered));
        provide_context(v1::tables());
        provide_context(v1::document());
    }
}
