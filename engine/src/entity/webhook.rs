//! A row of `webhooks`.

use std::fmt;

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub url: String,
    pub description: String,
    pub topics: String,
    pub secret: Masked,
    pub old_secrets: Masked,
    pub off: Option<String>,
    pub failing_since: Option<i64>,
    pub events_xid: i64,
    pub events_n: i64,
    pub changes_xid: i64,
    pub changes_n: i64,
    pub created_by: String,
    pub created_at: i64,
    pub deleted_at: Option<i64>,
}

/// A text that does not show in logs.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct Masked(pub String);

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
