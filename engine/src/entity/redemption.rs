//! A row of `redemptions`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "redemptions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub bucket: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub lock: Option<Uuid>,
    pub order_ref: String,
    pub shopper: String,
    pub payment: String,
    pub outcome: String,
    pub reason: Option<String>,
    pub redeemed_at: i64,
    pub channel: Option<String>,
    pub subtotal: i64,
    pub discount: i64,
    pub total: i64,
    pub returned: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
