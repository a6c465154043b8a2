//! A row of `lock_coupons`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lock_coupons")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub bucket: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub lock: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    pub coupon_bucket: i64,
    pub code: String,
    pub template: Uuid,
    pub revision: i64,
    pub discount: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
