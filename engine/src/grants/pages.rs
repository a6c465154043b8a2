//! Lists as they were uploaded: laid down under an id of their own, where nobody looks, given to their
//! grant with its row, and taken away page by page as they are checked.

use chrono::TimeDelta;
use domain::{GrantId, Time};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::list::List;
use crate::store::rows::{self, rows};
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Result};

/// How many pages are written in one transaction.
const TOGETHER: usize = 4;

/// After this long, pages whose grant never came are taken to be given up.
const GIVEN_UP: TimeDelta = TimeDelta::hours(1);

rows! {
    struct PageRow { page: i64, entries: String }
}

pub(super) async fn lay_down(engine: &Engine, upload: Uuid, list: &List) -> Result<()> {
    const ADD: &str = "INSERT INTO grant_pages (grant_id, page, entries, made_at)
        SELECT $2, page, entries, $3 FROM {rows}";
    let now = engine.now().timestamp_micros();
    let mut numbers = 1..;
    for together in list.pages.chunks(TOGETHER) {
        let row = |(entries, page): (&String, i64)| PageRow { page, entries: entries.clone() };
        let rows: Vec<PageRow> = together.iter().zip(&mut numbers).map(row).collect();
        let tx = engine.begin().await?;
        tx.execute_raw(rows::statement(&tx, ADD, &rows, [upload.into(), now.into()])?).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Gives what was laid down to its grant.
pub(super) async fn hand_over(tx: &Tx, upload: Uuid, id: GrantId) -> Result<()> {
    const HAND_OVER: &str = "UPDATE grant_pages SET grant_id = $2 WHERE grant_id = $1";
    tx.execute_raw(sql(tx, HAND_OVER, [upload.into(), id.0.into()])).await?;
    Ok(())
}

/// Removes what was laid down for a grant that is not to be.
pub(super) async fn discard(engine: &Engine, upload: Uuid) -> Result<()> {
    const DISCARD: &str = "DELETE FROM grant_pages WHERE grant_id = $1";
    engine.remove(DISCARD, [upload.into()]).await.map(drop)
}

/// The entries of a grant's next page, and its number.
pub(super) async fn next(tx: &Tx, id: GrantId) -> Result<Option<(i64, Vec<String>)>> {
    const NEXT: &str = "SELECT page, entries FROM grant_pages
        WHERE grant_id = $1 ORDER BY page LIMIT 1";
    let Some(row) = tx.query_one_raw(sql(tx, NEXT, [id.0.into()])).await? else { return Ok(None) };
    let entries: String = row.try_get("", "entries")?;
    Ok(Some((row.try_get("", "page")?, serde_json::from_str(&entries)?)))
}

/// Takes a page away that was checked.
pub(super) async fn remove(tx: &Tx, id: GrantId, page: i64) -> Result<()> {
    const REMOVE: &str = "DELETE FROM grant_pages WHERE grant_id = $1 AND page = $2";
    tx.execute_raw(sql(tx, REMOVE, [id.0.into(), page.into()])).await?;
    Ok(())
}

/// Removes pages that calls which broke off have left, at most `limit` of them; answers how many.
pub(super) async fn sweep(engine: &Engine, now: Time, limit: u32) -> Result<u64> {
    const SWEEP: &str = "DELETE FROM grant_pages WHERE (grant_id, page) IN
        (SELECT grant_id, page FROM grant_pages
        WHERE made_at < $1 AND NOT EXISTS (SELECT 1 FROM grants WHERE id = grant_id)
        ORDER BY made_at LIMIT $2)";
    let before = (now - GIVEN_UP).timestamp_micros();
    engine.remove(SWEEP, [before.into(), i64::from(limit).into()]).await
}
