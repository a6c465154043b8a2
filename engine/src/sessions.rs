//! Browser sessions, under the hash of their id: who reads the store cannot sign in with it, and who
//! writes to it without the deployment's secret cannot make one.

use domain::actor::Shopper;
use domain::{OperatorId, ShopperId, Time};
use hmac::Mac;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};

use crate::clock::time;
use crate::entity::session;
use crate::tx::Tx;
use crate::{Engine, Result, signature};

/// What a session holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The front door's own JSON.
    pub data: String,
    /// The shopper it signs in, if any.
    pub shopper: Option<ShopperId>,
    /// The operator it signs in, if any: one browser may try both halves.
    pub operator: Option<OperatorId>,
    /// From when on it no longer exists.
    pub expires_at: Time,
}

/// Keeps a new session under the bytes of its id; `false` when the id is taken and another must be
/// drawn.
pub async fn create(engine: &Engine, id: &[u8], session: &Session) -> Result<bool> {
    let tx = engine.begin().await?;
    let created = session::Entity::insert(row(engine, id, session))
        .on_conflict(OnConflict::column(session::Column::IdHash).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    tx.commit().await?;
    Ok(created == 1)
}

/// Overwrites a session. One that was ended meanwhile stays ended: a request still under way must
/// not bring it back.
pub async fn save(engine: &Engine, id: &[u8], session: &Session) -> Result<()> {
    let tx = engine.begin().await?;
    session::Entity::update_many()
        .set(row(engine, id, session))
        .filter(session::Column::IdHash.eq(hash(engine, id)))
        .exec(&tx)
        .await?;
    tx.commit().await
}

/// The session of an id, unless it has expired.
pub async fn load(engine: &Engine, id: &[u8]) -> Result<Option<Session>> {
    let found = session::Entity::find_by_id(hash(engine, id))
        .filter(session::Column::ExpiresAt.gt(engine.now().timestamp_micros()))
        .one(engine.reader())
        .await?;
    Ok(found.map(|row| Session {
        data: row.data,
        shopper: row.shopper.and_then(|id| id.parse().ok()),
        operator: row.operator.map(OperatorId),
        expires_at: time(row.expires_at),
    }))
}

/// Ends one session.
pub async fn delete(engine: &Engine, id: &[u8]) -> Result<()> {
    let tx = engine.begin().await?;
    session::Entity::delete_by_id(hash(engine, id)).exec(&tx).await?;
    tx.commit().await
}

/// Ends every session that signs this shopper in, on every device; answers how many.
pub async fn end_all_of(engine: &Engine, shopper: &Shopper) -> Result<u64> {
    let tx = engine.begin().await?;
    let ended = session::Entity::delete_many()
        .filter(session::Column::Shopper.eq(shopper.id.as_str()))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(ended.rows_affected)
}

/// Ends every session that signs this operator in, together with what makes it necessary.
pub(crate) async fn end_all_of_operator(tx: &Tx, id: OperatorId) -> Result<()> {
    session::Entity::delete_many().filter(session::Column::Operator.eq(id.0)).exec(tx).await?;
    Ok(())
}

/// Removes expired sessions, at most `limit` of them; answers how many. For the worker.
pub async fn sweep(engine: &Engine, limit: u32) -> Result<u64> {
    const SWEEP: &str = "DELETE FROM sessions WHERE id_hash IN
        (SELECT id_hash FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
        AND expires_at <= $1";
    let now = engine.now().timestamp_micros();
    let values = [now.into(), i64::from(limit).into()];
    engine.remove(SWEEP, values).await
}

fn row(engine: &Engine, id: &[u8], session: &Session) -> session::ActiveModel {
    session::ActiveModel {
        id_hash: Set(hash(engine, id)),
        data: Set(session.data.clone()),
        shopper: Set(session.shopper.as_ref().map(ToString::to_string)),
        operator: Set(session.operator.map(|id| id.0)),
        expires_at: Set(session.expires_at.timestamp_micros()),
    }
}

fn hash(engine: &Engine, id: &[u8]) -> Vec<u8> {
    match &engine.settings().secret {
        Some(secret) => signature::mac(secret).chain_update(id).finalize().into_bytes().to_vec(),
        None => Sha256::digest(id).to_vec(),
    }
}
