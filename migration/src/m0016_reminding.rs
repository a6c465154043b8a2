//! Reminders are told to endpoints, and coupons have some too.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Reminding;

impl MigrationName for Reminding {
    fn name(&self) -> &str {
        "m0016_reminding"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Reminding {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0016_reminding.sql")).await
    }
}
