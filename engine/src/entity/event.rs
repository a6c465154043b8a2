//! A row of `events`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub n: i64,
    pub xid: i64,
    pub at: i64,
    pub kind: String,
    pub template: Uuid,
    pub revision: i64,
    pub bucket: i64,
    pub coupon: String,
    pub shopper: String,
    pub channel: Option<String>,
    pub order_ref: Option<String>,
    pub amount: i64,
    pub turnover: i64,
    pub state: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
