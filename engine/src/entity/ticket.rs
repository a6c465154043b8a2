//! A row of `tickets`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tickets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub bucket: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub shopper: String,
    pub template: Uuid,
    pub channel: Option<String>,
    pub link: Option<String>,
    pub device: Option<String>,
    pub address: Option<String>,
    pub vouched: bool,
    pub accepted_at: i64,
    pub state: String,
    pub put_off_until: Option<i64>,
    pub coupon: Option<String>,
    pub refusal: Option<String>,
    pub settled_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
