//! A row of `grants`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub template: Uuid,
    pub state: String,
    pub segment: Option<String>,
    pub actor: String,
    pub note: Option<String>,
    pub starts_itself: bool,
    pub checked: i64,
    pub listed: i64,
    pub walked_bucket: i64,
    pub walked_shopper: String,
    pub malformed: i64,
    pub duplicates: i64,
    pub recipients: i64,
    pub unknown: i64,
    pub blocked: i64,
    pub over_limit: i64,
    pub outside: i64,
    pub place: i64,
    pub given: i64,
    pub failed: i64,
    pub stopped_by: Option<String>,
    pub leased_until: Option<i64>,
    pub created_at: i64,
    pub ended_at: Option<i64>,
    pub cleared: bool,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
