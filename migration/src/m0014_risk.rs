//! What risk keeps: rules, lists, counts, stops, and what was decided.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Risk;

impl MigrationName for Risk {
    fn name(&self) -> &str {
        "m0014_risk"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Risk {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0014_risk.sql")).await
    }
}
