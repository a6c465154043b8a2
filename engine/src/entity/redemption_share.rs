//! A row of `redemption_shares`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "redemption_shares")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub bucket: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub redemption: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_no: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    pub share: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
