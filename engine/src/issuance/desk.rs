//! Claims at their desk.

use super::{Claim, settle, settle_together};
use crate::desk::{Desk, Queuing, Settling};
use crate::wallet::Coupon;
use crate::{Engine, Result, risk};

impl Queuing for Claim {
    type Answer = Result<Coupon>;

    const ROOM: usize = 20_000;

    fn desk(engine: &Engine) -> &Desk<Self> {
        &engine.0.claims
    }

    async fn serve(engine: &Engine, batch: Vec<Self>) -> Vec<Result<Coupon>> {
        settle(engine, &batch).await
    }
}

impl Settling for Claim {
    type Made = Coupon;
    type Charged = risk::Charged;

    async fn settle(
        engine: &Engine,
        batch: &[Self],
        charged: &risk::Charged,
    ) -> Result<Vec<Result<Coupon>>> {
        settle_together(engine, batch, charged).await
    }
}
