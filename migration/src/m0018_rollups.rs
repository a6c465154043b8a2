//! What happened, added up by the hour and by the day. Channels have names, and what was spent on them.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Rollups;

impl MigrationName for Rollups {
    fn name(&self) -> &str {
        "m0018_rollups"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Rollups {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0018_rollups.sql")).await
    }
}
