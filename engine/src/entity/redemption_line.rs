//! A row of `redemption_lines`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "redemption_lines")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub bucket: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub redemption: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_no: i64,
    pub line: String,
    pub product: String,
    pub category: Option<String>,
    pub unit_price: i64,
    pub quantity: i64,
    pub discount: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
