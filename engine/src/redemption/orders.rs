//! What a shopper has ordered, as a list.

use domain::actor::Shopper;
use domain::lock::LockState;
use domain::quote::Quote;
use domain::{Money, OrderRef, ProductId, Time};
use sea_orm::ConnectionTrait;

use crate::clock::time;
use crate::store::sql;
use crate::{Engine, Fault, Result};

/// How many orders a page holds.
pub const PAGE: u64 = 20;

/// One page of a shopper's orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orders {
    /// Newest first.
    pub orders: Vec<Placed>,
    /// How many there are in all.
    pub total: u64,
    /// Which page it is, from 0.
    pub page: u64,
}

/// An order as a list tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Which.
    pub order: OrderRef,
    /// Where it stands, the clock counted in.
    pub state: LockState,
    /// When it was first placed.
    pub at: Time,
    /// What it holds, in the order of its lines.
    pub goods: Vec<(ProductId, u32)>,
    /// The goods before coupons.
    pub subtotal: Money,
    /// What coupons take off.
    pub discount: Money,
    /// What was paid back.
    pub returned: Money,
    /// What of the discount is on goods that were paid and are kept.
    pub kept: Money,
}

impl Placed {
    /// What there is or was to pay.
    pub fn total(&self) -> Money {
        self.subtotal - self.discount
    }
}

/// A page of a shopper's orders, newest first; `page` counts from 0, and past the last one it is the
/// last.
pub async fn orders(engine: &Engine, shopper: &Shopper, page: u64) -> Result<Orders> {
    const COUNT: &str = "SELECT COUNT(*) AS n FROM locks WHERE shopper = $1";
    // Joined, PostgreSQL would go on to read everybody's payments where it planned on an empty table.
    const READ: &str = "SELECT order_ref, state, until, created_at, quote, subtotal, discount,
            COALESCE((SELECT returned FROM redemptions WHERE redemptions.bucket = locks.bucket
                AND redemptions.order_ref = locks.order_ref), 0) AS returned,
            COALESCE((SELECT CAST(SUM(kept) AS BIGINT) FROM redemption_coupons
                WHERE redemption_coupons.bucket = locks.bucket
                AND redemption_coupons.redemption = (SELECT redemptions.id FROM redemptions
                    WHERE redemptions.bucket = locks.bucket
                    AND redemptions.order_ref = locks.order_ref)), 0) AS kept
        FROM locks WHERE shopper = $1 ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3";
    let (db, now) = (engine.reader(), engine.now());
    let id = shopper.id.as_str();
    let counted = db.query_one_raw(sql(db, COUNT, [id.into()])).await?;
    let total: i64 = counted.map_or(Ok(0), |row| row.try_get("", "n"))?;
    let total = total.unsigned_abs();
    let page = page.min(total.saturating_sub(1) / PAGE);
    let values = [id.into(), (PAGE as i64).into(), ((page * PAGE) as i64).into()];
    let mut orders = Vec::new();
    for row in db.query_all_raw(sql(db, READ, values)).await? {
        let oddly = || Fault::new("a lock reads oddly");
        let (order, state): (String, String) =
            (row.try_get("", "order_ref")?, row.try_get("", "state")?);
        let state = LockState::parse(&state).ok_or_else(oddly)?;
        let quote: Quote = serde_json::from_str(&row.try_get::<String>("", "quote")?)?;
        let goods = quote.lines.into_iter().map(|it| (it.line.product, it.line.quantity));
        orders.push(Placed {
            order: OrderRef::new(order).map_err(|_| oddly())?,
            state: state.at(time(row.try_get("", "until")?), now),
            at: time(row.try_get("", "created_at")?),
            goods: goods.collect(),
            subtotal: Money::minor(row.try_get("", "subtotal")?),
            discount: Money::minor(row.try_get("", "discount")?),
            returned: Money::minor(row.try_get("", "returned")?),
            kept: Money::minor(row.try_get("", "kept")?),
        });
    }
    Ok(Orders { orders, total, page })
}
