//! What was given up is put before ops, once for each endpoint. It is settled where nothing of it is
//! left: all was sent once more or removed, or the endpoint is deleted.

use domain::{Time, WebhookId};
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::entity::webhook;
use crate::store::{exceptions, sql};
use crate::tx::Tx;
use crate::{Engine, Result};

/// What the exception is called; it is about its endpoint.
const KIND: &str = "deliveries_given_up";

/// Puts it before ops; one that is open says of when the last one is.
pub(super) async fn tell(tx: &Tx, webhook: &webhook::Model, now: Time) -> Result<()> {
    let id = WebhookId(webhook.id);
    if !is_any_left(tx, id).await? {
        return Ok(());
    }
    let data = json!({ "webhook": id, "url": webhook.url, "last": now });
    exceptions::raise_anew(tx, KIND, &id.to_string(), &data, now).await
}

/// Settles it, unless something that was given up is left.
pub(super) async fn settle_if_none_is_left(tx: &Tx, id: WebhookId, now: Time) -> Result<()> {
    if is_any_left(tx, id).await? { Ok(()) } else { settle(tx, id, now).await }
}

/// Settles it, whatever is left.
pub(super) async fn settle(tx: &Tx, id: WebhookId, now: Time) -> Result<()> {
    exceptions::resolve_open(tx, KIND, &id.to_string(), now).await
}

/// Settles what there is of all endpoints of which nothing is left.
pub(super) async fn settle_what_is_removed(engine: &Engine) -> Result<()> {
    const OPEN: &str = "SELECT subject FROM exceptions WHERE kind = $1 AND resolved_at IS NULL";
    let db = engine.reader();
    for row in db.query_all_raw(sql(db, OPEN, [KIND.into()])).await? {
        let subject: String = row.try_get("", "subject")?;
        let Ok(id) = subject.parse::<WebhookId>() else { continue };
        let tx = engine.begin().await?;
        settle_if_none_is_left(&tx, id, engine.now()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Whether anything is given up now. Whoever else gives up or sends again waits for our end, so that one
/// of two finds what the other has left.
async fn is_any_left(tx: &Tx, id: WebhookId) -> Result<bool> {
    const HOLD: &str = "UPDATE webhooks SET failing_since = failing_since WHERE id = $1";
    // As the index of what failed has it, too.
    const LEFT: &str = "SELECT 1 FROM deliveries
        WHERE webhook = $1 AND state <> 'delivered' AND state = 'dead' LIMIT 1";
    tx.execute_raw(sql(tx, HOLD, [id.0.into()])).await?;
    Ok(tx.query_one_raw(sql(tx, LEFT, [id.0.into()])).await?.is_some())
}
