//! Coupons given to many at once, and pools of codes made in the background.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Grants;

impl MigrationName for Grants {
    fn name(&self) -> &str {
        "m0013_grants"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Grants {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0013_grants.sql")).await
    }
}
