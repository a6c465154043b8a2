#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod dialect;
mod m0001_house;
mod m0002_hand_off;
mod m0003_orders;
mod m0004_templates;
mod m0005_partners;
mod m0006_callbacks;
mod m0007_orders;
mod m0008_webhooks;
mod m0009_replacements;
mod m0010_catalogue;
mod m0011_reminders;
mod m0012_ledger;
mod m0013_grants;
mod m0014_risk;
mod m0015_tickets;
mod m0016_reminding;
mod m0017_moves;
mod m0018_rollups;
mod m0020_alerts;
mod m0021_sums;
mod m0022_keys;
mod m0023_last_live;
mod m0024_plain_orders;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

/// Every step, in the order they were released. A released step is never edited.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_house::House),
            Box::new(m0002_hand_off::HandOff),
            Box::new(m0003_orders::Orders),
            Box::new(m0004_templates::Templates),
            Box::new(m0005_partners::Partners),
            Box::new(m0006_callbacks::Callbacks),
            Box::new(m0007_orders::OrdersTold),
            Box::new(m0008_webhooks::Webhooks),
            Box::new(m0009_replacements::Replacements),
            Box::new(m0010_catalogue::Catalogue),
            Box::new(m0011_reminders::Reminders),
            Box::new(m0012_ledger::Ledger),
            Box::new(m0013_grants::Grants),
            Box::new(m0014_risk::Risk),
            Box::new(m0015_tickets::Tickets),
            Box::new(m0016_reminding::Reminding),
            Box::new(m0017_moves::Moves),
            Box::new(m0018_rollups::Rollups),
            Box::new(m0020_alerts::Alerts),
            Box::new(m0021_sums::Sums),
            Box::new(m0022_keys::Keys),
            Box::new(m0023_last_live::LastLive),
            Box::new(m0024_plain_orders::PlainOrders),
        ]
    }
}

/// Names one advisory lock of PostgreSQL: "quan" in ASCII.
const MIGRATING: i64 = 0x7175_616e;

/// Brings the store to the newest schema; harmless when it is there already.
///
/// All pending steps run in one transaction, so a store is never left between two schemas. Several
/// nodes may start at once: one migrates, the others wait for it and find nothing to do.
pub async fn up(db: &DatabaseConnection) -> Result<(), DbErr> {
    run(db, None).await
}

/// Brings an empty store to the schema of an earlier release, after that many steps. For tests of
/// what the later ones do to a filled store.
pub async fn up_to_step(db: &DatabaseConnection, steps: u32) -> Result<(), DbErr> {
    run(db, Some(steps)).await
}

async fn run(db: &DatabaseConnection, steps: Option<u32>) -> Result<(), DbErr> {
    let tx = db
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        })
        .await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        // A schema change on a large store takes as long as it takes, and so does waiting for it.
        tx.execute_unprepared("SET LOCAL lock_timeout = 0").await?;
        tx.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATING})")).await?;
    }
    Migrator::up(&tx, steps).await?;
    tx.commit().await
}

/// The names of the steps this store still lacks; creates nothing, so a reader may ask.
pub async fn pending(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let steps = Migrator::get_pending_migrations_read_only(db).await?;
    Ok(steps.iter().map(|step| step.name().to_owned()).collect())
}
