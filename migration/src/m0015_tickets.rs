//! Claims that wait in line.

use sea_orm_migration::prelude::*;

use crate::dialect;

pub(crate) struct Tickets;

impl MigrationName for Tickets {
    fn name(&self) -> &str {
        "m0015_tickets"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Tickets {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0015_tickets.sql")).await
    }
}
