//! The first schema: everything the main walk needs.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct House;

impl MigrationName for House {
    fn name(&self) -> &str {
        "m0001_house"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for House {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0001_house.sql")).await
    }
}
