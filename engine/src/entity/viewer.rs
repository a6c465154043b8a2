//! A row of `viewers`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "viewers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub template: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub visitor: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
