//! Claims at their desk.

use super::{Claim, settle};
use crate::desk::{Desk, Queuing, all_failed};
use crate::wallet::Coupon;
use crate::{Engine, Result};

impl Queuing for Claim {
    type Answer = Result<Coupon>;

    const ROOM: usize = 20_000;

    fn desk(engine: &Engine) -> &Desk<Self> {
        &engine.0.claims
    }

    async fn serve(engine: &Engine, batch: Vec<Self>) -> Vec<Result<Coupon>> {
        settle(engine, &batch).await.unwrap_or_else(|error| all_failed(&error, batch.len()))
    }
}
