//! Support gives a coupon in the place of one that was lost.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Replacements;

impl MigrationName for Replacements {
    fn name(&self) -> &str {
        "m0009_replacements"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Replacements {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0009_replacements.sql")).await
    }
}
