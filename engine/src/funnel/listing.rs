//! From a stage to its coupons.

use domain::actor::Operator;
use domain::coupon::State;
use domain::funnel::Basis;
use domain::{Channel, Code, Money, OrderRef, ShopperId, Time};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::cutting::Cut;
use super::{Part, all_templates, templates};
use crate::clock::time;
use crate::store::rows;
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

/// One page of the coupons that entered a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The last to enter first; one that entered again is there again.
    pub coupons: Vec<Entered>,
    /// Whether there are more behind them.
    pub has_more: bool,
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

/// The coupons that a funnel counts in a stage; `page` counts from 0. Over all templates this reads
/// all there is of the period.
pub async fn list(
    engine: &Engine,
    _: &Operator,
    part: &Part,
    stage: Stage,
    page: u64,
) -> Result<Page> {
    let db = engine.snapshot().await?;
    let mut keys = templates(&db, part).await?;
    if keys.iter().any(super::TemplateKey::is_of_all) {
        keys = all_templates(&db).await?;
    }
    let mut values: Vec<Value> = Cut::period(part, engine.settings().time_zone).into();
    let mut narrower = String::new();
    let of_part = [
        ("channel", part.channel.as_ref().map(|channel| Value::from(channel.as_str()))),
        ("revision", part.revision().map(Value::from)),
    ];
    for (column, value) in of_part {
        if let Some(value) = value {
            values.push(value);
            narrower += &format!(" AND events.{column} = ${}", values.len() + 1);
        }
    }
    // Nothing happens to a coupon before it is claimed.
    let of_cohort = match part.basis {
        Basis::Event => "events.at < $3",
        Basis::Claim => {
            "EXISTS (SELECT 1 FROM coupons
                WHERE coupons.bucket = events.bucket AND coupons.code = events.coupon
                AND coupons.claimed_at >= $2 AND coupons.claimed_at < $3)"
        }
    };
    let offset = page.saturating_mul(PAGE).min(i64::MAX as u64);
    let read = format!(
        "SELECT told.*, (SELECT state FROM coupons
                WHERE coupons.bucket = told.bucket AND coupons.code = told.coupon) AS now
        FROM (SELECT events.* FROM {{rows}} JOIN events ON events.template = rows.template
            WHERE events.kind IN ({}) AND events.at >= $2 AND {of_cohort}{narrower}
            ORDER BY events.at DESC, events.n DESC LIMIT {} OFFSET {offset}) AS told
        ORDER BY told.at DESC, told.n DESC",
        stage.kinds(),
        PAGE + 1,
    );
    let found = db.query_all_raw(rows::statement(&db, &read, &keys, values)?).await?;
    db.rollback().await?;
    let has_more = found.len() as u64 > PAGE;
    let coupons = found.iter().take(PAGE as usize).map(entered).collect::<Result<Vec<_>>>()?;
    Ok(Page { coupons, has_more })
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
