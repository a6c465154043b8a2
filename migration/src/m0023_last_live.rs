//! A template knows what it said when it was live last.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct LastLive;

impl MigrationName for LastLive {
    fn name(&self) -> &str {
        "m0023_last_live"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for LastLive {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0023_last_live.sql")).await
    }
}
