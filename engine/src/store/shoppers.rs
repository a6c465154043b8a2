//! Reads what bears on shoppers' rights.

use std::collections::{BTreeSet, HashMap};

use domain::claim::Facts;
use domain::{OrderRef, ShopperId, Time};
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::entity::shopper;
use crate::store::rows::{self, rows};
use crate::tx::Tx;
use crate::{Fault, Result};

rows! {
    /// Where the row of a shopper is.
    struct ShopperKey { bucket: i64, shopper: String }
    struct PaidOrder { bucket: i64, shopper: String, place: i64, order_ref: String }
}

impl From<&ShopperId> for ShopperKey {
    fn from(id: &ShopperId) -> Self {
        Self { bucket: bucket(id), shopper: id.to_string() }
    }
}

/// The facts of each shopper asked for. One the store does not know is new and in no segment: a
/// host shop need not introduce its shoppers first.
pub(crate) async fn facts(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = ShopperId>,
) -> Result<HashMap<ShopperId, Facts>> {
    let mut facts: HashMap<ShopperId, Facts> =
        ids.into_iter().map(|id| (id.clone(), stranger(id))).collect();
    let keys: Vec<ShopperKey> = facts.keys().map(ShopperKey::from).collect();
    const READ: &str = "SELECT shoppers.* FROM {rows}
        {shoppers: shoppers.bucket = rows.bucket AND shoppers.id = rows.shopper}";
    let read = rows::statement(db, READ, &keys, [])?;
    for model in shopper::Entity::find().from_raw_sql(read).all(db).await? {
        let known = fill(model)?;
        facts.insert(known.id.clone(), known);
    }
    Ok(facts)
}

/// The facts of one shopper.
pub(crate) async fn facts_of(db: &impl ConnectionTrait, id: &ShopperId) -> Result<Facts> {
    let found = shopper::Entity::find_by_id((bucket(id), id.to_string())).one(db).await?;
    found.map_or_else(|| Ok(stranger(id.clone())), fill)
}

fn fill(model: shopper::Model) -> Result<Facts> {
    Ok(Facts {
        id: ShopperId::new(model.id).map_err(|_| Fault::new("a shopper has an odd id"))?,
        segments: serde_json::from_str(&model.segments)?,
        is_new: model.paid_orders == 0 && model.stated_orders == 0,
        is_blocked: model.blocked,
    })
}

/// Where a paid order was written down.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Record {
    /// It was redeemed here.
    Redemption,
    /// The host shop told of it.
    Told,
}

/// Counts paid orders, one of each shopper, who is no new one any more. The same order may come
/// twice, redeemed here and told by the host shop, and counts once: whoever calls this has written its
/// own record, takes the shopper's row by counting, and only then looks for the other record. Of two
/// at once the second gets the row when the first is done, and finds what it wrote.
pub(crate) async fn count_orders<'a>(
    tx: &Tx,
    orders: impl IntoIterator<Item = (&'a ShopperId, &'a OrderRef)>,
    own: Record,
    now: Time,
) -> Result<()> {
    const COUNT: &str = "INSERT INTO shoppers (bucket, id, paid_orders, created_at)
        SELECT bucket, shopper, 1, $2 FROM {rows} WHERE TRUE
        ON CONFLICT (bucket, id) DO UPDATE SET paid_orders = shoppers.paid_orders + 1";
    let row = |(shopper, order): (&ShopperId, &OrderRef)| PaidOrder {
        bucket: bucket(shopper),
        shopper: shopper.to_string(),
        place: i64::from(order.bucket().number()),
        order_ref: order.to_string(),
    };
    let mut orders: Vec<PaidOrder> = orders.into_iter().map(row).collect();
    // All take shoppers' rows in one order, or two would wait for each other.
    orders.sort_by(|a, b| (a.bucket, &a.shopper).cmp(&(b.bucket, &b.shopper)));
    let values = [now.timestamp_micros().into()];
    tx.execute_raw(rows::statement(tx, COUNT, &orders, values)?).await?;
    let other = match own {
        Record::Redemption => "orders",
        Record::Told => "redemptions",
    };
    // Asked whether there is one, PostgreSQL would look through the shopper's orders; counted, it is looked
    // up by the order.
    let uncount = format!(
        "UPDATE shoppers SET paid_orders = paid_orders - 1 FROM {{rows}}
        WHERE {{shoppers by bucket, id = shopper}}
        AND (SELECT COUNT(*) FROM {other} WHERE {{{other} by bucket = place, order_ref}}
            AND {other}.shopper || '' = rows.shopper) > 0"
    );
    tx.execute_raw(rows::statement(tx, &uncount, &orders, [])?).await?;
    Ok(())
}

/// What is held of somebody who did not sign in.
pub(crate) fn visitor() -> Option<Facts> {
    ShopperId::new("visitor").ok().map(stranger)
}

fn stranger(id: ShopperId) -> Facts {
    Facts { id, segments: BTreeSet::new(), is_new: true, is_blocked: false }
}

/// The bucket of a shopper as the store binds it.
pub(crate) fn bucket(id: &ShopperId) -> i64 {
    i64::from(id.bucket().number())
}
