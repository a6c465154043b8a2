//! The ledger is walked by template and by shopper. A channel's quota has a row as long as it is
//! named.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Uuid;
use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;

use crate::dialect;

pub(crate) struct Ledger;

impl MigrationName for Ledger {
    fn name(&self) -> &str {
        "m0012_ledger"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Ledger {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0012_ledger.sql")).await?;
        drop_unnamed(manager.get_connection()).await
    }
}

/// Removes rows of channels that current revisions no longer name: nothing was counted in them.
async fn drop_unnamed(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    const READ: &str = "SELECT channel_quotas.template, channel_quotas.channel, revisions.draft
        FROM channel_quotas
        JOIN templates ON templates.id = channel_quotas.template
        JOIN revisions ON revisions.template = templates.id
            AND revisions.revision = templates.revision";
    const DROP: &str = "DELETE FROM channel_quotas WHERE template = $1 AND channel = $2";
    let store = db.get_database_backend();
    for row in db.query_all_raw(Statement::from_string(store, READ)).await? {
        let template: Uuid = row.try_get("", "template")?;
        let channel: String = row.try_get("", "channel")?;
        let draft: String = row.try_get("", "draft")?;
        let draft: Value = serde_json::from_str(&draft).map_err(|error| {
            DbErr::Migration(format!("the draft of {template} is unreadable: {error}"))
        })?;
        let named = draft["channels"].as_array().map(Vec::as_slice).unwrap_or_default();
        if named.iter().all(|named| named["name"] != channel.as_str()) {
            let values = [template.into(), channel.into()];
            db.execute_raw(Statement::from_sql_and_values(store, DROP, values)).await?;
        }
    }
    Ok(())
}
