//! What a person has to look at.

use domain::Time;
use sea_orm::ConnectionTrait;
use serde_json::Value;
use uuid::Uuid;

use crate::Result;
use crate::store::{fresh_id, sql};
use crate::tx::Tx;

/// Puts something before ops; answers under which id.
pub(crate) async fn raise(
    tx: &Tx,
    kind: &str,
    subject: &str,
    data: &Value,
    now: Time,
) -> Result<Uuid> {
    const RAISE: &str =
        "INSERT INTO exceptions (id, at, kind, subject, data) VALUES ($1, $2, $3, $4, $5)";
    let id = fresh_id(now);
    let values = [
        id.into(),
        now.timestamp_micros().into(),
        kind.into(),
        subject.into(),
        data.to_string().into(),
    ];
    tx.execute_raw(sql(tx, RAISE, values)).await?;
    Ok(id)
}

/// Takes it away again: it has come right by itself. One that somebody resolved stays so.
pub(crate) async fn resolve(tx: &Tx, id: Uuid, now: Time) -> Result<()> {
    const RESOLVE: &str =
        "UPDATE exceptions SET resolved_at = $2 WHERE id = $1 AND resolved_at IS NULL";
    tx.execute_raw(sql(tx, RESOLVE, [id.into(), now.timestamp_micros().into()])).await?;
    Ok(())
}
