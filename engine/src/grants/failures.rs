//! Who got none, and why.

use domain::actor::Reader;
use domain::ids::Bucket;
use domain::{GrantId, Refusal};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::store::rows::{self, rows};
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Result};

/// An entry or a recipient who got none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Where it stands in the list, from 1.
    pub position: u64,
    /// The entry as it was given.
    pub shopper: String,
    /// Why. An entry that is no reference, or stood further up already, is `invalid` with the field
    /// `shopper`.
    pub refusal: Refusal,
}

/// The failures of a grant after a position, in the order of the list, at most `limit`.
pub async fn failures(
    engine: &Engine,
    _: &impl Reader,
    id: GrantId,
    after: u64,
    limit: u32,
) -> Result<Vec<Failure>> {
    const READ: &str = "SELECT position, shopper, refusal FROM grant_failures
        WHERE grant_id = $1 AND position > $2 ORDER BY position LIMIT $3";
    let db = engine.reader();
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let values = [id.0.into(), after.into(), i64::from(limit).into()];
    let rows = db.query_all_raw(sql(db, READ, values)).await?;
    let failure = |row: &sea_orm::QueryResult| {
        let position: i64 = row.try_get("", "position")?;
        let refusal: String = row.try_get("", "refusal")?;
        Ok(Failure {
            position: position.unsigned_abs(),
            shopper: row.try_get("", "shopper")?,
            refusal: serde_json::from_str(&refusal)?,
        })
    };
    rows.iter().map(failure).collect()
}

rows! {
    struct FailureRow { bucket: i64, grant_id: Uuid, position: i64, shopper: String, refusal: String }
}

/// Writes down who gets none.
pub(super) async fn write(tx: &Tx, id: GrantId, failures: &[Failure]) -> Result<()> {
    const WRITE: &str = "INSERT INTO grant_failures (bucket, grant_id, position, shopper, refusal)
        SELECT bucket, grant_id, position, shopper, refusal FROM {rows}";
    if failures.is_empty() {
        return Ok(());
    }
    let row = |failure: &Failure| {
        Ok(FailureRow {
            bucket: i64::from(Bucket::of(&failure.shopper).number()),
            grant_id: id.0,
            position: i64::try_from(failure.position).unwrap_or(i64::MAX),
            shopper: failure.shopper.clone(),
            refusal: serde_json::to_string(&failure.refusal)?,
        })
    };
    let rows: Vec<FailureRow> = failures.iter().map(row).collect::<Result<_>>()?;
    tx.execute_raw(rows::statement(tx, WRITE, &rows, [])?).await?;
    Ok(())
}
