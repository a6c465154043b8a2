//! The ledger, read in an order that never changes. This is its one reader: the API, roll-ups and
//! webhooks all go by it.

use std::fmt;
use std::str::FromStr;

use domain::actor::Reader;
use domain::coupon::{Kind, State};
use domain::{Channel, Code, Money, OrderRef, Problem, ShopperId, TemplateId, Time};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, QueryResult, Value};

use crate::clock::time;
use crate::entity::event;
use crate::store::shoppers::bucket;
use crate::store::sql;
use crate::{Engine, Fault, Result};

/// The most events one call reads.
pub const MOST: u32 = 1000;

/// The most places of the ledger one call looks at for events that no index finds, such as those of
/// a rare kind.
const LOOKED_AT: u32 = 10_000;

/// Where an event stands in the ledger: its id. The text is the same for good, and says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor {
    pub(crate) xid: i64,
    pub(crate) n: i64,
}

impl Cursor {
    /// Before all there is.
    pub(crate) const START: Self = Self { xid: -1, n: 0 };

    pub(crate) fn read(row: &QueryResult) -> Result<Self> {
        Ok(Self { xid: row.try_get("", "xid")?, n: row.try_get("", "n")? })
    }

    /// As [`behind`] and [`past`] compare with it.
    pub(crate) fn values(self) -> [Value; 2] {
        [self.xid.into(), self.n.into()]
    }
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

/// Some of the ledger, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What was asked for.
    pub events: Vec<Event>,
    /// After what to go on; there may be one where nothing was found yet. `None` where the ledger
    /// ends for now.
    pub next: Option<Cursor>,
}

/// What a filter asks for after `cursor`, or from the beginning, at most `limit` and [`MOST`]
/// events. Who goes on after `next` of each answer misses none and sees none twice. A call ends
/// early rather than look at more than ten thousand places for what is seldom there.
pub async fn read(
    engine: &Engine,
    _: &impl Reader,
    cursor: Option<Cursor>,
    filter: &Filter,
    limit: u32,
) -> Result<Part> {
    let limit = limit.clamp(1, MOST);
    let walk = Walk::new(engine, cursor, filter);
    // Found first: whatever is appended meanwhile lies behind it.
    let end = if walk.wanted.is_empty() { None } else { walk.place(LOOKED_AT).await? };
    let mut events = walk.events(end, limit + 1).await?;
    let is_full = events.len() > limit as usize;
    events.truncate(limit as usize);
    let next = if is_full { events.last().map(|last| last.id) } else { end };
    Ok(Part { events, next })
}

/// The next events after `cursor`, or from the beginning, at most `limit` and [`MOST`] of them. Who
/// goes on after the last one of each answer misses none and sees none twice.
///
/// On PostgreSQL a row that commits late may have a smaller number than others that are there
/// already. The order is therefore that of transactions, and reading ends before the oldest one that
/// may still write: what is told can no longer be overtaken. On SQLite there is one writer.
pub async fn after(engine: &Engine, cursor: Option<Cursor>, limit: u32) -> Result<Vec<Event>> {
    Walk::new(engine, cursor, &Filter::default()).events(None, limit.min(MOST)).await
}

/// What lies behind the place `($1, $2)` of a record in the order of `(xid, n)`, as far as nothing can
/// come in before it any more.
pub(crate) fn behind(db: &impl ConnectionTrait) -> String {
    format!("{} AND {}", past(db), settled(db))
}

/// What lies behind the place `($1, $2)`, also where something may still come in before it: for who
/// looks at one moment and does not go on from what is found.
pub(crate) fn past(db: &impl ConnectionTrait) -> &'static str {
    match db.get_database_backend() {
        DbBackend::Postgres => "(xid, n) > ($1, $2)",
        // There `xid` is always zero; of a pair whose second half is the row's own number, SQLite
        // would look up the first alone, and walk from the beginning each time.
        _ => "xid = MAX($1, 0) AND n > $2",
    }
}

/// What nothing can come in before any more.
pub(crate) fn settled(db: &impl ConnectionTrait) -> &'static str {
    match db.get_database_backend() {
        DbBackend::Postgres => "xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
        // One writer: what is there was committed in its order.
        _ => "TRUE",
    }
}

/// A way through the ledger in its order, from one place to the next.
struct Walk<'a> {
    db: &'a DatabaseConnection,
    /// Which places it passes: an index leads from each to the next.
    passes: String,
    /// What is looked for at each of them; empty where all are wanted.
    wanted: String,
    /// What both are asked with, and how many of them the former takes.
    values: Vec<Value>,
    of_passes: usize,
}

impl<'a> Walk<'a> {
    fn new(engine: &'a Engine, cursor: Option<Cursor>, filter: &Filter) -> Self {
        let db = engine.reader();
        let Cursor { xid, n } = cursor.unwrap_or(Cursor::START);
        let mut values: Vec<Value> = vec![xid.into(), n.into()];
        let mut next = |value: Value| {
            values.push(value);
            values.len()
        };
        let (mut passes, mut wanted) = (behind(db), String::new());
        let mut of_wanted = 0;
        match (&filter.shopper, filter.template) {
            (None, None) => {}
            (None, Some(template)) => {
                passes += &format!(" AND template = ${}", next(template.0.into()));
            }
            (Some(shopper), template) => {
                // A coupon is in its shopper's bucket, and so are its events.
                let (home, id) = (next(bucket(shopper).into()), next(shopper.as_str().into()));
                passes += &format!(" AND bucket = ${home} AND shopper = ${id}");
                if let Some(template) = template {
                    // A shopper passes fewer places than a template, whose index is kept out of it.
                    wanted += &format!(" AND (template = ${}) IS TRUE", next(template.0.into()));
                    of_wanted = 1;
                }
            }
        }
        if !filter.kinds.is_empty() {
            let kinds = filter.kinds.iter().map(|kind| format!("'{}'", kind.as_str()));
            wanted += &format!(" AND kind IN ({})", kinds.collect::<Vec<_>>().join(", "));
        }
        Self { db, passes, wanted, of_passes: values.len() - of_wanted, values }
    }

    /// The place it comes to with the nth step, unless it ends before.
    async fn place(&self, nth: u32) -> Result<Option<Cursor>> {
        let Self { db, passes, values, of_passes, .. } = self;
        let values = values[..*of_passes].to_vec();
        let before = nth.saturating_sub(1);
        let read = format!(
            "SELECT xid, n FROM events WHERE {passes} ORDER BY xid, n LIMIT 1 OFFSET {before}"
        );
        let found = db.query_one_raw(sql(*db, read, values)).await?;
        found.as_ref().map(Cursor::read).transpose()
    }

    /// What is wanted of the places up to `end`.
    async fn events(&self, end: Option<Cursor>, limit: u32) -> Result<Vec<Event>> {
        let Self { db, passes, wanted, values, .. } = self;
        let mut values = values.clone();
        let mut read = format!("SELECT * FROM events WHERE {passes}{wanted}");
        if let Some(Cursor { xid, n }) = end {
            let at = values.len();
            values.extend([xid.into(), n.into()]);
            let (xid, n) = (at + 1, at + 2);
            read += &match db.get_database_backend() {
                DbBackend::Postgres => format!(" AND (xid, n) <= (${xid}, ${n})"),
                _ => format!(" AND xid <= ${xid} AND n <= ${n}"),
            };
        }
        read += &format!(" ORDER BY xid, n LIMIT {limit}");
        let models = event::Entity::find().from_raw_sql(sql(*db, read, values)).all(*db).await?;
        let fill = |model| fill(model).ok_or_else(|| Fault::new("an event reads oddly").into());
        models.into_iter().map(fill).collect()
    }
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
