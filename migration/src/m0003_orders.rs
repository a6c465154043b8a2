//! Orders are found by their shopper.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Orders;

impl MigrationName for Orders {
    fn name(&self) -> &str {
        "m0003_orders"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Orders {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0003_orders.sql")).await
    }
}
