//! An order moves its coupons without writing their indexes anew.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Moves;

impl MigrationName for Moves {
    fn name(&self) -> &str {
        "m0017_moves"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Moves {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0017_moves.sql")).await
    }
}
