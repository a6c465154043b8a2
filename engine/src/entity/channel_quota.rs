//! A row of `channel_quotas`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "channel_quotas")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub template: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel: String,
    pub quota: Option<i64>,
    pub taken: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
