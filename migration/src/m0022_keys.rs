//! What an order writes has only the indexes that something is read by.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Keys;

impl MigrationName for Keys {
    fn name(&self) -> &str {
        "m0022_keys"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Keys {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0022_keys.sql")).await
    }
}
