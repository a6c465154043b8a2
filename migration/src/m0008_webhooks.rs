//! Endpoints that are told what happens, and what they were told.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Webhooks;

impl MigrationName for Webhooks {
    fn name(&self) -> &str {
        "m0008_webhooks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Webhooks {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0008_webhooks.sql")).await
    }
}
