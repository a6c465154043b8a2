//! Orders without a coupon are found by when they were paid.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct PlainOrders;

impl MigrationName for PlainOrders {
    fn name(&self) -> &str {
        "m0024_plain_orders"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for PlainOrders {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0024_plain_orders.sql")).await
    }
}
