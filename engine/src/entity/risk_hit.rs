//! A row of `risk_hits`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "risk_hits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub bucket: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: i64,
    pub shopper: String,
    pub template: Option<Uuid>,
    pub device: Option<String>,
    pub address: Option<String>,
    pub rule: String,
    pub decision: String,
    pub refusal: Option<String>,
    pub why: String,
    pub coupon: Option<String>,
    pub verdict: Option<String>,
    pub judged_by: Option<String>,
    pub judged_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
