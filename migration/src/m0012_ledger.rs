//! The ledger is walked by template and by shopper.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Ledger;

impl MigrationName for Ledger {
    fn name(&self) -> &str {
        "m0012_ledger"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Ledger {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0012_ledger.sql")).await
    }
}
