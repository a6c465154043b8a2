//! The host shop hands a shopper over: it vouches for them by a token that is good once.

use domain::actor::Shopper;
use domain::{Refusal, Time};
use sea_orm::ConnectionTrait;

use super::token::{self, Flaw, Token};
use crate::store::shoppers::bucket;
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Error, Result};

/// Signs in the shopper whom a token of the host shop names; one it has not named before is made
/// known. A token is good once and not for long. Whatever is wrong with it, it is refused
/// `not_found` and the log says why; where no secret is agreed upon, there is no such way in.
pub async fn hand_off(engine: &Engine, token: &str) -> Result<Shopper> {
    let secret = engine.settings().shop_secret.as_ref().ok_or(Error::Missing)?;
    let now = engine.now();
    let token = token::read(token, secret, now).map_err(refused)?;
    let tx = engine.begin().await?;
    if !is_first_use(&tx, &token).await? {
        return Err(refused(Flaw::Used));
    }
    make_known(&tx, &token, now).await?;
    tx.commit().await?;
    Ok(Shopper { id: token.shopper })
}

/// Removes used tokens that would be refused anyway, at most `limit` of them; answers how many. For
/// the worker.
pub async fn sweep_hand_offs(engine: &Engine, limit: u32) -> Result<u64> {
    const SWEEP: &str = "DELETE FROM hand_offs WHERE token IN
        (SELECT token FROM hand_offs WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
    let now = engine.now().timestamp_micros();
    let values = [now.into(), i64::from(limit).into()];
    engine.remove(SWEEP, values).await
}

fn refused(flaw: Flaw) -> Error {
    tracing::warn!(cause = %flaw, "a hand-off was refused");
    Refusal::NotFound.into()
}

/// Whoever comes second with the same token, at the same moment too, finds it used.
async fn is_first_use(tx: &Tx, token: &Token) -> Result<bool> {
    const USE: &str = "INSERT INTO hand_offs (token, expires_at) VALUES ($1, $2)
        ON CONFLICT (token) DO NOTHING";
    let values = [token.id.as_str().into(), (token.ends * 1_000_000).into()];
    Ok(tx.execute_raw(sql(tx, USE, values)).await?.rows_affected() == 1)
}

/// The name the host shop tells is kept; one that is unfit for us, or none, changes nothing.
async fn make_known(tx: &Tx, token: &Token, now: Time) -> Result<()> {
    const PUT: &str = "INSERT INTO shoppers (bucket, id, name, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (bucket, id) DO UPDATE SET name = COALESCE(excluded.name, shoppers.name)";
    let name = token.name.as_deref().and_then(|name| super::check_name(name).ok());
    let values = [
        bucket(&token.shopper).into(),
        token.shopper.as_str().into(),
        name.filter(|name| !name.is_empty()).into(),
        now.timestamp_micros().into(),
    ];
    tx.execute_raw(sql(tx, PUT, values)).await?;
    Ok(())
}
