//! Paid orders are told of, and counted once.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct OrdersTold;

impl MigrationName for OrdersTold {
    fn name(&self) -> &str {
        "m0007_orders"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for OrdersTold {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0007_orders.sql")).await
    }
}
