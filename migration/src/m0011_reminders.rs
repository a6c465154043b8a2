//! Shoppers ask to be told of openings.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Reminders;

impl MigrationName for Reminders {
    fn name(&self) -> &str {
        "m0011_reminders"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Reminders {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0011_reminders.sql")).await
    }
}
