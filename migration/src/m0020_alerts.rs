//! What ops is alarmed of, and what is counted by the minute for it; the audit trail is searched.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Alerts;

impl MigrationName for Alerts {
    fn name(&self) -> &str {
        "m0020_alerts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Alerts {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0020_alerts.sql")).await
    }
}
