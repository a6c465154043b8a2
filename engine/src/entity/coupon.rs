//! A row of `coupons`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coupons")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub bucket: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    pub id: Uuid,
    pub template: Uuid,
    pub revision: i64,
    pub shopper: String,
    pub seq: i64,
    pub state: String,
    pub channel: Option<String>,
    pub source: String,
    pub claimed_at: i64,
    pub valid_from: i64,
    pub valid_until: Option<i64>,
    pub lock: Option<Uuid>,
    pub lock_order: Option<String>,
    pub locked_until: Option<i64>,
    pub revoked_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
