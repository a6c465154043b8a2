//! From a stage to its coupons.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use domain::actor::Operator;
use domain::coupon::State;
use domain::funnel::{Basis, Stages};
use domain::{Channel, Code, Money, OrderRef, Problem, ShopperId, Time};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use uuid::Uuid;

use super::cutting::Cut;
use super::{Part, templates};
use crate::clock::time;
use crate::store::sql;
use crate::{Engine, Fault, Result};

/// A stage that coupons enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Received, grants among them.
    Claim,
    /// Reserved for an order.
    Lock,
    /// Used.
    Redeem,
    /// Of an order with a refund.
    Return,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Claim, Self::Lock, Self::Redeem, Self::Return];

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Lock => "lock",
            Self::Redeem => "redeem",
            Self::Return => "return",
        }
    }

    /// Reads [`Stage::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }

    /// How many coupons entered it.
    pub fn entered(self, stages: &Stages) -> u64 {
        match self {
            Self::Claim => stages.claim,
            Self::Lock => stages.lock,
            Self::Redeem => stages.redeem,
            Self::Return => stages.returned,
        }
    }

    fn kinds(self) -> &'static str {
        match self {
            Self::Claim => "'claimed', 'granted'",
            Self::Lock => "'locked'",
            Self::Redeem => "'redeemed'",
            Self::Return => "'returned'",
        }
    }
}

/// How many coupons a page holds.
pub const PAGE: u64 = 50;

/// Where a coupon stands in the list: by the moment it entered, and by the ledger within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    at: i64,
    n: i64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at, self.n)
    }
}

impl FromStr for Position {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let read = text
            .split_once('.')
            .and_then(|(at, n)| Some(Self { at: at.parse().ok()?, n: n.parse().ok()? }));
        read.ok_or(Problem::Unknown)
    }
}

/// One page of the coupons that entered a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The last to enter first; one that entered again is there again.
    pub coupons: Vec<Entered>,
    /// After what the next page begins; none where there are no more.
    pub next: Option<Position>,
}

/// A coupon that entered a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// When it did.
    pub at: Time,
    /// Which.
    pub code: Code,
    /// Whose.
    pub shopper: ShopperId,
    /// Through which channel it came.
    pub channel: Option<Channel>,
    /// For which order.
    pub order: Option<OrderRef>,
    /// What it took off, or a first refund paid back.
    pub amount: Money,
    /// Where it is stored to stand now.
    pub state: State,
}

/// The coupons that a funnel counts in a stage, those before a position. Of each template as many are
/// looked at as a page holds; over all templates this reads all there is of the period.
pub async fn list(
    engine: &Engine,
    _: &Operator,
    part: &Part,
    stage: Stage,
    before: Option<Position>,
) -> Result<Page> {
    let db = engine.snapshot().await?;
    let period = Cut::period(part, engine.settings().time_zone);
    let mut found = Vec::new();
    for key in templates(&db, part).await? {
        let template = (!key.is_of_all()).then_some(key.template);
        let (read, values) = asked(part, stage, template, before, period.clone());
        for row in db.query_all_raw(sql(&db, read, values)).await? {
            let position = Position { at: row.try_get("", "at")?, n: row.try_get("", "n")? };
            found.push((position, row));
        }
    }
    db.rollback().await?;
    found.sort_by_key(|(position, _)| Reverse(*position));
    let has_more = found.len() as u64 > PAGE;
    found.truncate(PAGE as usize);
    let next = found.last().map(|(position, _)| *position).filter(|_| has_more);
    let coupons = found.iter().map(|(_, row)| entered(row)).collect::<Result<Vec<_>>>()?;
    Ok(Page { coupons, next })
}

/// The question for one template's coupons, or for those of all.
fn asked(
    part: &Part,
    stage: Stage,
    template: Option<Uuid>,
    before: Option<Position>,
    period: [Value; 2],
) -> (String, Vec<Value>) {
    let mut values = period.to_vec();
    let mut narrower = String::new();
    let mut narrow = |condition: &str, value: Value| {
        values.push(value);
        narrower += &format!(" AND {condition} ${}", values.len());
    };
    if let Some(template) = template {
        narrow("events.template =", template.into());
    }
    if let Some(channel) = &part.channel {
        narrow("events.channel =", channel.as_str().into());
    }
    if let Some(revision) = part.revision() {
        narrow("events.revision =", revision.into());
    }
    if let Some(Position { at, n }) = before {
        narrow("events.at <=", at.into());
        narrow(&format!("(events.at < {at} OR events.n <"), n.into());
        narrower.push(')');
    }
    // Nothing happens to a coupon before it is claimed.
    let of_cohort = match part.basis {
        Basis::Event => "events.at < $2",
        Basis::Claim => {
            "EXISTS (SELECT 1 FROM coupons
                WHERE coupons.bucket = events.bucket AND coupons.code = events.coupon
                AND coupons.claimed_at >= $1 AND coupons.claimed_at < $2)"
        }
    };
    let read = format!(
        "SELECT told.*, (SELECT state FROM coupons
                WHERE coupons.bucket = told.bucket AND coupons.code = told.coupon) AS now
        FROM (SELECT events.* FROM events
            WHERE events.kind IN ({}) AND events.at >= $1 AND {of_cohort}{narrower}
            ORDER BY events.at DESC, events.n DESC LIMIT {}) AS told
        ORDER BY told.at DESC, told.n DESC",
        stage.kinds(),
        PAGE + 1,
    );
    (read, values)
}

fn entered(row: &QueryResult) -> Result<Entered> {
    let oddly = || Fault::new("an event reads oddly");
    let code: String = row.try_get("", "coupon")?;
    let state: String = row.try_get("", "now")?;
    let shopper: String = row.try_get("", "shopper")?;
    let channel: Option<String> = row.try_get("", "channel")?;
    let order: Option<String> = row.try_get("", "order_ref")?;
    Ok(Entered {
        at: time(row.try_get("", "at")?),
        code: Code::parse(&code).ok_or_else(oddly)?,
        shopper: ShopperId::new(shopper).map_err(|_| oddly())?,
        channel: channel.map(Channel::new).transpose().map_err(|_| oddly())?,
        order: order.map(OrderRef::new).transpose().map_err(|_| oddly())?,
        amount: Money::minor(row.try_get("", "amount")?),
        state: State::parse(&state).ok_or_else(oddly)?,
    })
}
