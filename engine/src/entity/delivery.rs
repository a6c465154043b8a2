//! A row of `deliveries`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deliveries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub bucket: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub webhook: Uuid,
    pub event: String,
    pub topic: String,
    pub body: String,
    pub state: String,
    pub attempts: i64,
    pub due_at: i64,
    pub leased_until: Option<i64>,
    pub tried_at: Option<i64>,
    pub status: Option<i64>,
    pub problem: Option<String>,
    pub answer: Option<String>,
    pub created_at: i64,
    pub ended_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
