//! Order systems are known by their keys.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Partners;

impl MigrationName for Partners {
    fn name(&self) -> &str {
        "m0005_partners"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Partners {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0005_partners.sql")).await
    }
}
