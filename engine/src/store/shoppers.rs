//! Reads what bears on shoppers' rights.

use std::collections::{BTreeSet, HashMap};

use domain::ShopperId;
use domain::claim::Facts;
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::entity::shopper;
use crate::store::rows::{self, rows};
use crate::{Fault, Result};

rows! {
    struct ShopperKey { bucket: i64, shopper: String }
}

/// The facts of each shopper asked for. One the store does not know is new and in no segment: a
/// host shop need not introduce its shoppers first.
pub(crate) async fn facts(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = ShopperId>,
) -> Result<HashMap<ShopperId, Facts>> {
    let mut facts: HashMap<ShopperId, Facts> =
        ids.into_iter().map(|id| (id.clone(), stranger(id))).collect();
    let key = |id: &ShopperId| ShopperKey { bucket: bucket(id), shopper: id.to_string() };
    let keys: Vec<ShopperKey> = facts.keys().map(key).collect();
    const READ: &str = "SELECT shoppers.* FROM {rows}
        JOIN shoppers ON shoppers.bucket = rows.bucket AND shoppers.id = rows.shopper";
    let read = rows::statement(db, READ, &keys, [])?;
    for model in shopper::Entity::find().from_raw_sql(read).all(db).await? {
        let id = ShopperId::new(model.id).map_err(|_| Fault::new("a shopper has an odd id"))?;
        if let Some(facts) = facts.get_mut(&id) {
            facts.segments = serde_json::from_str(&model.segments)?;
            facts.is_new = model.paid_orders == 0;
            facts.is_blocked = model.blocked;
        }
    }
    Ok(facts)
}

/// The facts of one shopper.
pub(crate) async fn facts_of(db: &impl ConnectionTrait, id: &ShopperId) -> Result<Facts> {
    let mut facts = facts(db, [id.clone()]).await?;
    Ok(facts.remove(id).unwrap_or_else(|| stranger(id.clone())))
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
