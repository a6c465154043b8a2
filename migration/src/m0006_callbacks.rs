//! What the payment center tells is written down.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Callbacks;

impl MigrationName for Callbacks {
    fn name(&self) -> &str {
        "m0006_callbacks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Callbacks {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0006_callbacks.sql")).await
    }
}
