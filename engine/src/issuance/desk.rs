//! Claims at their desk.

use super::{Claim, settle};
use crate::desk::{Desk, Queuing};
use crate::wallet::Coupon;
use crate::{Engine, Error, Fault, Result};

impl Queuing for Claim {
    type Answer = Result<Coupon>;

    const ROOM: usize = 20_000;

    fn desk(engine: &Engine) -> &Desk<Self> {
        &engine.0.claims
    }

    async fn serve(engine: &Engine, batch: Vec<Self>) -> Vec<Result<Coupon>> {
        let error = match settle(engine, &batch).await {
            Ok(outcomes) => return outcomes,
            Err(error) => error,
        };
        let passing = matches!(&error, Error::Fault(fault) if fault.is_passing());
        tracing::error!(error = &error as &dyn std::error::Error, "claims not settled");
        let fault = |_| match passing {
            true => Err(Fault::passing("a batch of claims was not settled").into()),
            false => Err(Fault::new("a batch of claims was not settled").into()),
        };
        batch.iter().map(fault).collect()
    }
}
