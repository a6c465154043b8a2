//! Templates are found by their title and in any script's small letters, and by what they give.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Uuid;
use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;

use crate::dialect;

pub(crate) struct Templates;

impl MigrationName for Templates {
    fn name(&self) -> &str {
        "m0004_templates"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Templates {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, include_str!("m0004_templates.sql")).await?;
        fill(manager.get_connection()).await
    }
}

/// Reads what the new columns repeat out of the current revisions.
async fn fill(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    const READ: &str = "SELECT templates.id, revisions.draft FROM templates JOIN revisions
        ON revisions.template = templates.id AND revisions.revision = templates.revision";
    const WRITE: &str = "UPDATE templates SET kind = $2, search = $3 WHERE id = $1";
    let store = db.get_database_backend();
    for row in db.query_all_raw(Statement::from_string(store, READ)).await? {
        let id: Uuid = row.try_get("", "id")?;
        let draft: String = row.try_get("", "draft")?;
        let draft: Value = serde_json::from_str(&draft).map_err(|error| {
            DbErr::Migration(format!("the draft of {id} is unreadable: {error}"))
        })?;
        let kind = draft["benefit"]["kind"].as_str().unwrap_or_default();
        let text = |field: &str| draft[field].as_str().unwrap_or_default();
        let search = [text("name"), text("title"), text("campaign")].join("\n").to_lowercase();
        let values = [id.into(), kind.into(), search.into()];
        db.execute_raw(Statement::from_sql_and_values(store, WRITE, values)).await?;
    }
    Ok(())
}
