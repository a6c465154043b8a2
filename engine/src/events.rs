//! The ledger, read in an order that never changes. This is its one reader: the API, roll-ups and
//! webhooks all go by it.

use std::fmt;
use std::str::FromStr;

use domain::actor::Reader;
use domain::coupon::{Kind, State};
use domain::{Channel, Code, Money, OrderRef, Problem, ShopperId, TemplateId, Time};
use sea_orm::{DbBackend, EntityTrait, Value};

use crate::clock::time;
use crate::entity::event;
use crate::store::shoppers::bucket;
use crate::store::sql;
use crate::{Engine, Fault, Result};

/// The most events one call reads.
pub const MOST: u32 = 1000;

/// Where an event stands in the ledger: its id. The text is the same for good, and says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor {
    pub(crate) xid: i64,
    pub(crate) n: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}", self.xid, self.n)
    }
}

impl FromStr for Cursor {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let number = |digits: &str| i64::from_str_radix(digits, 16).ok();
        let (xid, n) = text.split_once('-').ok_or(Problem::Unknown)?;
        let read = number(xid).zip(number(n)).map(|(xid, n)| Self { xid, n });
        // One text per event: neither signs nor leading zeros.
        read.filter(|read| read.to_string() == text).ok_or(Problem::Unknown)
    }
}

/// Something that happened to a coupon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Which, and where it stands.
    pub id: Cursor,
    /// When it happened.
    pub at: Time,
    /// What.
    pub kind: Kind,
    /// Of which template.
    pub template: TemplateId,
    /// Under which revision the coupon was issued.
    pub revision: u32,
    /// To which coupon.
    pub coupon: Code,
    /// Whose.
    pub shopper: ShopperId,
    /// Through which channel the coupon came.
    pub channel: Option<Channel>,
    /// For which order.
    pub order: Option<OrderRef>,
    /// What the coupon took off, or a first refund paid back.
    pub amount: Money,
    /// Where the coupon stood after it.
    pub state: State,
}

/// Which events are wanted; an empty filter wants all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of these kinds; of any where there are none.
    pub kinds: Vec<Kind>,
    /// Of this template.
    pub template: Option<TemplateId>,
    /// Of this shopper.
    pub shopper: Option<ShopperId>,
}

/// The same as [`after`] for whoever may read.
pub async fn read(
    engine: &Engine,
    _: &impl Reader,
    cursor: Option<Cursor>,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Event>> {
    after(engine, cursor, filter, limit).await
}

/// The next events after `cursor`, or from the beginning, at most `limit` and [`MOST`] of them. Who
/// goes on after the last one of each answer misses none and sees none twice.
///
/// On PostgreSQL a row that commits late may have a smaller number than others that are there
/// already. The order is therefore that of transactions, and reading ends before the oldest one that
/// may still write: what is told can no longer be overtaken. On SQLite there is one writer.
pub async fn after(
    engine: &Engine,
    cursor: Option<Cursor>,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Event>> {
    let db = engine.reader();
    let Cursor { xid, n } = cursor.unwrap_or(Cursor { xid: -1, n: 0 });
    let mut values: Vec<Value> = vec![xid.into(), n.into(), i64::from(limit.min(MOST)).into()];
    let mut read = "SELECT * FROM events WHERE (xid, n) > ($1, $2)".to_owned();
    if db.get_database_backend() == DbBackend::Postgres {
        read += " AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint";
    }
    if !filter.kinds.is_empty() {
        let kinds: Vec<String> =
            filter.kinds.iter().map(|kind| format!("'{}'", kind.as_str())).collect();
        read += &format!(" AND kind IN ({})", kinds.join(", "));
    }
    let mut only = |column: &str, value: Value| {
        values.push(value);
        read += &format!(" AND {column} = ${}", values.len());
    };
    if let Some(template) = filter.template {
        only("template", template.0.into());
    }
    if let Some(shopper) = &filter.shopper {
        // A coupon is in its shopper's bucket, and so are its events.
        only("bucket", bucket(shopper).into());
        only("shopper", shopper.as_str().into());
    }
    read += " ORDER BY xid, n LIMIT $3";
    let models = event::Entity::find().from_raw_sql(sql(db, read, values)).all(db).await?;
    let fill = |model| fill(model).ok_or_else(|| Fault::new("an event reads oddly").into());
    models.into_iter().map(fill).collect()
}

fn fill(model: event::Model) -> Option<Event> {
    Some(Event {
        id: Cursor { xid: model.xid, n: model.n },
        at: time(model.at),
        kind: Kind::parse(&model.kind)?,
        template: TemplateId(model.template),
        revision: u32::try_from(model.revision).ok()?,
        coupon: Code::parse(&model.coupon)?,
        shopper: ShopperId::new(model.shopper).ok()?,
        channel: model.channel.map(Channel::new).transpose().ok()?,
        order: model.order_ref.map(OrderRef::new).transpose().ok()?,
        amount: Money::minor(model.amount),
        state: State::parse(&model.state)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_has_one_text() {
        for (xid, n) in [(0, 1), (731, 42), (i64::MAX, i64::MAX)] {
            let id = Cursor { xid, n };
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for text in ["", "-", "1", "+1-2", "01-2", "1-+2", "A-1", "1-2-3", "g-1", "-1-1"] {
            assert_eq!(text.parse::<Cursor>(), Err(Problem::Unknown), "{text}");
        }
    }
}
