//! What a person has to look at.

use domain::Time;
use sea_orm::ConnectionTrait;
use serde_json::Value;
use sha2::{Digest, Sha256};
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
    let id = fresh_id(now);
    write(tx, id, kind, subject, data, now).await?;
    Ok(id)
}

/// The same for what may be told again and again: its subject names it, also once it is settled.
pub(crate) async fn raise_once(
    tx: &Tx,
    kind: &str,
    subject: &str,
    data: &Value,
    now: Time,
) -> Result<()> {
    let hash = Sha256::new().chain_update(kind).chain_update(":").chain_update(subject);
    let mut id = [0; 16];
    id.copy_from_slice(&<[u8; 32]>::from(hash.finalize())[..16]);
    write(tx, Uuid::from_bytes(id), kind, subject, data, now).await
}

/// Raises what has one place: where it is open already, that one says this instead.
pub(crate) async fn raise_anew(
    tx: &Tx,
    kind: &str,
    subject: &str,
    data: &Value,
    now: Time,
) -> Result<()> {
    const AGAIN: &str = "UPDATE exceptions SET data = $2 WHERE id = $1";
    match open(tx, kind, subject).await? {
        Some(id) => {
            tx.execute_raw(sql(tx, AGAIN, [id.into(), data.to_string().into()])).await?;
        }
        None => {
            raise(tx, kind, subject, data, now).await?;
        }
    }
    Ok(())
}

/// Takes away what is open in that place, if anything is.
pub(crate) async fn resolve_open(tx: &Tx, kind: &str, subject: &str, now: Time) -> Result<()> {
    match open(tx, kind, subject).await? {
        Some(id) => resolve(tx, id, now).await,
        None => Ok(()),
    }
}

async fn open(tx: &Tx, kind: &str, subject: &str) -> Result<Option<Uuid>> {
    const OPEN: &str = "SELECT id FROM exceptions
        WHERE kind = $1 AND subject = $2 AND resolved_at IS NULL";
    let row = tx.query_one_raw(sql(tx, OPEN, [kind.into(), subject.into()])).await?;
    Ok(row.map(|row| row.try_get("", "id")).transpose()?)
}

async fn write(
    tx: &Tx,
    id: Uuid,
    kind: &str,
    subject: &str,
    data: &Value,
    now: Time,
) -> Result<()> {
    const RAISE: &str = "INSERT INTO exceptions (id, at, kind, subject, data)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let values = [
        id.into(),
        now.timestamp_micros().into(),
        kind.into(),
        subject.into(),
        data.to_string().into(),
    ];
    tx.execute_raw(sql(tx, RAISE, values)).await?;
    Ok(())
}

/// Takes it away again: it has come right by itself. One that somebody resolved stays so.
pub(crate) async fn resolve(tx: &Tx, id: Uuid, now: Time) -> Result<()> {
    const RESOLVE: &str =
        "UPDATE exceptions SET resolved_at = $2 WHERE id = $1 AND resolved_at IS NULL";
    tx.execute_raw(sql(tx, RESOLVE, [id.into(), now.timestamp_micros().into()])).await?;
    Ok(())
}
