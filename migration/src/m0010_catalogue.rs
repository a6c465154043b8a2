//! A catalogue of a hundred thousand lines is switched on at once.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Catalogue;

impl MigrationName for Catalogue {
    fn name(&self) -> &str {
        "m0010_catalogue"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Catalogue {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0010_catalogue.sql")).await
    }
}
