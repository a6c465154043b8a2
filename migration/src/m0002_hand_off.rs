//! The doors: tokens of the host shop that were used, when operators signed in, and whose a session
//! is, of both halves.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct HandOff;

impl MigrationName for HandOff {
    fn name(&self) -> &str {
        "m0002_hand_off"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for HandOff {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0002_hand_off.sql")).await
    }
}
