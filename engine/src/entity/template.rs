//! A row of `templates`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "templates")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub state: String,
    pub revision: i64,
    pub author: String,
    pub campaign: Option<String>,
    pub name: String,
    pub visibility: String,
    pub lane: String,
    pub stock: Option<i64>,
    pub issued: i64,
    pub budget: Option<i64>,
    pub reserved: i64,
    pub spent: i64,
    pub per_shopper: i64,
    pub per_shopper_daily: Option<i64>,
    pub claim_from: Option<i64>,
    pub claim_until: Option<i64>,
    pub link_token: Option<String>,
    pub was_listed: bool,
    pub created_at: i64,
    pub updated_at: i64,
    pub kind: String,
    pub search: String,
    pub last_live: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
