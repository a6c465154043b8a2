//! What takes long over a year is kept added up as well.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Sums;

impl MigrationName for Sums {
    fn name(&self) -> &str {
        "m0021_sums"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sums {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0021_sums.sql")).await
    }
}
