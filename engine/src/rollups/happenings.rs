//! What counts, read out of the ledger and the refunds.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::ops::AddAssign;

use domain::Money;
use domain::coupon::Kind;
use domain::funnel::{Amounts, Stages};
use domain::ids::Bucket;
use sea_orm::{ConnectionTrait, QueryResult, Statement, TryGetable};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::events::Cursor;
use crate::rollups::SLICE;
use crate::store::rows::{self, Row, rows};
use crate::{Fault, Result};

/// What is added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) stages: Stages,
    pub(crate) granted: u64,
    pub(crate) amounts: Amounts,
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.stages += other.stages;
        self.granted += other.granted;
        self.amounts += other.amounts;
    }
}

impl Sum {
    /// Of a row of `rollups`, or of several together.
    pub(crate) fn read(row: &QueryResult) -> Result<Self> {
        let n = |column: &str| row.try_get("", column).map(i64::unsigned_abs);
        let money = |column: &str| row.try_get("", column).map(Money::minor);
        Ok(Self {
            stages: Stages {
                view: 0,
                claim: n("claims")?,
                lock: n("locks")?,
                redeem: n("redeems")?,
                returned: n("returned")?,
            },
            granted: n("granted")?,
            amounts: Amounts {
                turnover: money("turnover")?,
                discount: money("discount")?,
                taken_off: money("taken_off")?,
                refunded: money("refunded")?,
            },
        })
    }
}

/// What tells the coupons apart that something counts with; no channel is empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Member {
    pub(crate) template: Uuid,
    pub(crate) revision: i64,
    pub(crate) channel: String,
}

/// All that something counts with: an order with coupons of several templates counts with each of
/// them, and once with all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mix(pub(crate) BTreeSet<Member>);

impl Mix {
    fn of(member: Member) -> Self {
        Self([member].into())
    }

    /// The same in the funnel of all templates, where only channels are told apart.
    pub(crate) fn of_all(&self) -> Self {
        let of_all = |member: &Member| Member {
            template: Uuid::nil(),
            revision: 0,
            channel: member.channel.clone(),
        };
        Self(self.0.iter().map(of_all).collect())
    }

    /// Made of what is in it, so that the same mix has the same id whenever it is met.
    pub(crate) fn id(&self) -> Uuid {
        let mut hash = Sha256::new();
        for Member { template, revision, channel } in &self.0 {
            hash.update(template.as_bytes());
            hash.update(revision.to_be_bytes());
            hash.update((channel.len() as u64).to_be_bytes());
            hash.update(channel.as_bytes());
        }
        let mut id = [0; 16];
        id.copy_from_slice(&hash.finalize()[..16]);
        Uuid::from_bytes(id)
    }
}

/// Something that counts: a coupon that entered a stage, what an order came to, or a refund.
#[derive(Debug, Clone)]
pub(crate) struct Happening {
    pub(crate) mix: Mix,
    /// When it happened.
    pub(crate) at: i64,
    /// When its coupon was claimed; of an order's, the one that was claimed first.
    pub(crate) claimed_at: i64,
    pub(crate) sum: Sum,
    /// Of what an order came to.
    pub(crate) order: Option<OrderOf>,
}

/// Which order, and whose.
#[derive(Debug, Clone)]
pub(crate) struct OrderOf {
    pub(crate) order_ref: String,
    pub(crate) shopper: String,
}

/// Some of a record.
#[derive(Debug)]
pub(crate) struct Stretch {
    pub(crate) happenings: Vec<Happening>,
    /// How many entries were read, those included that do not count.
    pub(crate) read: usize,
    /// The last of them.
    pub(crate) last: Option<Entry>,
}

/// An entry of a record, by its place and its time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) place: Cursor,
    pub(crate) at: i64,
}

/// Asks for the next entries of a record of which `which` holds, in its order.
pub(crate) fn slice_of(record: &str, which: &str) -> String {
    format!("SELECT * FROM {record} WHERE {which} ORDER BY xid, n LIMIT {SLICE}")
}

/// What counts of the events that are asked for. What an order came to counts at the first of its
/// coupons that `is_looked_at`: the events of all of those have to be asked for.
pub(crate) async fn of_events(
    db: &impl ConnectionTrait,
    ask: Statement,
    is_looked_at: impl Fn(&Member) -> bool,
) -> Result<Stretch> {
    let told = db.query_all_raw(ask).await?.iter().map(Told::read).collect::<Result<Vec<_>>>()?;
    let redeemed = told.iter().filter(|told| told.kind == Kind::Redeemed);
    let orders: BTreeSet<&str> = redeemed.filter_map(|told| told.order_ref.as_deref()).collect();
    let orders: Vec<OrderKey> = orders.into_iter().map(OrderKey::of).collect();
    let paid = paid(db, &orders, "order_ref", "order_ref").await?;
    let claimed_at = claimed_at(db, &told).await?;
    let mut happenings = Vec::new();
    for told in &told {
        let claimed_at = claimed_at.get(&told.coupon).copied().unwrap_or(told.entry.at);
        happenings.extend(told.stage(claimed_at));
        if told.kind == Kind::Redeemed {
            happenings.extend(told.order(claimed_at, &paid, &is_looked_at));
        }
    }
    Ok(Stretch { happenings, read: told.len(), last: told.last().map(|told| told.entry) })
}

/// What counts of the refunds that are asked for: those of orders that were paid with coupons.
pub(crate) async fn of_returns(db: &impl ConnectionTrait, ask: Statement) -> Result<Stretch> {
    let mut refunds = Vec::new();
    for row in db.query_all_raw(ask).await? {
        let entry = Entry { place: Cursor::read(&row)?, at: row.try_get("", "created_at")? };
        let key = RedemptionKey {
            bucket: row.try_get("", "bucket")?,
            redemption: row.try_get("", "redemption")?,
        };
        let amount: i64 = row.try_get("", "amount")?;
        refunds.push((entry, key, Money::minor(amount)));
    }
    // One that is refunded twice is looked up once.
    let keys: BTreeMap<Uuid, RedemptionKey> =
        refunds.iter().map(|(_, key, _)| (key.redemption, key.clone())).collect();
    let keys: Vec<RedemptionKey> = keys.into_values().collect();
    let paid: HashMap<Uuid, Paid> = paid(db, &keys, "redemption", "id").await?;
    let happening = |(entry, key, refunded): &(Entry, RedemptionKey, Money)| {
        let paid = paid.get(&key.redemption)?;
        let amounts = Amounts { refunded: *refunded, ..Amounts::default() };
        Some(Happening {
            mix: paid.mix(),
            at: entry.at,
            claimed_at: paid.claimed_at(entry.at),
            sum: Sum { amounts, ..Sum::default() },
            order: None,
        })
    };
    let happenings = refunds.iter().filter_map(happening).collect();
    let last = refunds.last().map(|(entry, ..)| *entry);
    Ok(Stretch { happenings, read: refunds.len(), last })
}

/// An event as it is told.
struct Told {
    entry: Entry,
    kind: Kind,
    member: Member,
    bucket: i64,
    coupon: String,
    shopper: String,
    order_ref: Option<String>,
    amount: Money,
    turnover: Money,
}

impl Told {
    fn read(row: &QueryResult) -> Result<Self> {
        let kind: String = row.try_get("", "kind")?;
        let channel: Option<String> = row.try_get("", "channel")?;
        Ok(Self {
            entry: Entry { place: Cursor::read(row)?, at: row.try_get("", "at")? },
            kind: Kind::parse(&kind).ok_or_else(|| Fault::new("an event of no known kind"))?,
            member: Member {
                template: row.try_get("", "template")?,
                revision: row.try_get("", "revision")?,
                channel: channel.unwrap_or_default(),
            },
            bucket: row.try_get("", "bucket")?,
            coupon: row.try_get("", "coupon")?,
            shopper: row.try_get("", "shopper")?,
            order_ref: row.try_get("", "order_ref")?,
            amount: Money::minor(row.try_get("", "amount")?),
            turnover: Money::minor(row.try_get("", "turnover")?),
        })
    }

    /// A stage counts coupons entering it: a one-step redeem counts lock and redeem, and a return
    /// counts a coupon at its first refund.
    fn stage(&self, claimed_at: i64) -> Option<Happening> {
        let mut sum = Sum::default();
        match self.kind {
            Kind::Claimed => sum.stages.claim = 1,
            Kind::Granted => (sum.stages.claim, sum.granted) = (1, 1),
            Kind::Locked => sum.stages.lock = 1,
            Kind::Redeemed => {
                sum.stages.redeem = 1;
                sum.amounts.discount = self.amount;
            }
            Kind::Returned => sum.stages.returned = 1,
            _ => return None,
        }
        let mix = Mix::of(self.member.clone());
        Some(Happening { mix, at: self.entry.at, claimed_at, sum, order: None })
    }

    /// What its order came to, at the first of its coupons.
    fn order(
        &self,
        claimed_at: i64,
        paid: &HashMap<String, Paid>,
        is_looked_at: impl Fn(&Member) -> bool,
    ) -> Option<Happening> {
        let order_ref = self.order_ref.as_ref()?;
        let (mix, claimed_at, taken_off) = match paid.get(order_ref) {
            Some(paid) if !paid.begins_with(&self.coupon, &is_looked_at) => return None,
            Some(paid) => (paid.mix(), paid.claimed_at(claimed_at), paid.taken_off()),
            // An order that only the ledger knows has no other coupon.
            None => (Mix::of(self.member.clone()), claimed_at, self.amount),
        };
        let amounts = Amounts { turnover: self.turnover, taken_off, ..Amounts::default() };
        let order = OrderOf { order_ref: order_ref.clone(), shopper: self.shopper.clone() };
        let sum = Sum { amounts, ..Sum::default() };
        Some(Happening { mix, at: self.entry.at, claimed_at, sum, order: Some(order) })
    }
}

/// The coupons that an order was paid with, in order of application.
#[derive(Default)]
struct Paid(Vec<Used>);

struct Used {
    code: String,
    member: Member,
    claimed_at: Option<i64>,
    discount: Money,
}

impl Paid {
    fn mix(&self) -> Mix {
        Mix(self.0.iter().map(|used| used.member.clone()).collect())
    }

    fn claimed_at(&self, otherwise: i64) -> i64 {
        self.0.iter().filter_map(|used| used.claimed_at).min().unwrap_or(otherwise)
    }

    fn taken_off(&self) -> Money {
        self.0.iter().map(|used| used.discount).sum()
    }

    /// Whether this is the first of those coupons that somebody looks at.
    fn begins_with(&self, code: &str, is_looked_at: impl Fn(&Member) -> bool) -> bool {
        let first = self.0.iter().find(|used| is_looked_at(&used.member));
        first.is_some_and(|first| first.code == code)
    }
}

rows! {
    struct OrderKey { bucket: i64, order_ref: String }
    struct RedemptionKey { bucket: i64, redemption: Uuid }
    struct CouponKey { bucket: i64, code: String }
}

impl OrderKey {
    fn of(order_ref: &str) -> Self {
        let bucket = i64::from(Bucket::of(order_ref).number());
        Self { bucket, order_ref: order_ref.to_owned() }
    }
}

/// What is known of orders that were redeemed: those whose column `column` is what `key` says.
async fn paid<K: Row, T: TryGetable + Eq + Hash>(
    db: &impl ConnectionTrait,
    keys: &[K],
    key: &str,
    column: &str,
) -> Result<HashMap<T, Paid>> {
    const OF_COUPON: &str = "coupons.bucket = redemption_coupons.coupon_bucket
        AND coupons.code = redemption_coupons.code";
    let read = format!(
        "SELECT rows.{key} AS key, redemption_coupons.code, redemption_coupons.template,
            redemption_coupons.revision, redemption_coupons.discount,
            (SELECT coupons.channel FROM coupons WHERE {OF_COUPON}) AS channel,
            (SELECT coupons.claimed_at FROM coupons WHERE {OF_COUPON}) AS claimed_at
        FROM {{rows}}
        {{redemptions: redemptions.bucket = rows.bucket
            AND redemptions.{column} = rows.{key} AND redemptions.outcome = 'redeemed'}}
        {{redemption_coupons: redemption_coupons.bucket = redemptions.bucket
            AND redemption_coupons.redemption = redemptions.id}}
        ORDER BY rows.{key}, redemption_coupons.position"
    );
    let mut paid: HashMap<T, Paid> = HashMap::new();
    if keys.is_empty() {
        return Ok(paid);
    }
    for row in db.query_all_raw(rows::statement(db, &read, keys, [])?).await? {
        let channel: Option<String> = row.try_get("", "channel")?;
        let used = Used {
            code: row.try_get("", "code")?,
            member: Member {
                template: row.try_get("", "template")?,
                revision: row.try_get("", "revision")?,
                channel: channel.unwrap_or_default(),
            },
            claimed_at: row.try_get("", "claimed_at")?,
            discount: Money::minor(row.try_get("", "discount")?),
        };
        paid.entry(row.try_get("", "key")?).or_default().0.push(used);
    }
    Ok(paid)
}

/// When the coupons of events were claimed.
async fn claimed_at(db: &impl ConnectionTrait, told: &[Told]) -> Result<HashMap<String, i64>> {
    const READ: &str = "SELECT rows.code, coupons.claimed_at FROM {rows}
        {coupons: coupons.bucket = rows.bucket AND coupons.code = rows.code}";
    let keys: BTreeSet<(i64, &str)> =
        told.iter().map(|told| (told.bucket, told.coupon.as_str())).collect();
    let key = |(bucket, code): (i64, &str)| CouponKey { bucket, code: code.to_owned() };
    let keys: Vec<CouponKey> = keys.into_iter().map(key).collect();
    let mut claimed_at = HashMap::new();
    if keys.is_empty() {
        return Ok(claimed_at);
    }
    for row in db.query_all_raw(rows::statement(db, READ, &keys, [])?).await? {
        let at: i64 = row.try_get("", "claimed_at")?;
        claimed_at.insert(row.try_get("", "code")?, at);
    }
    Ok(claimed_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(template: u128, channel: &str) -> Member {
        Member { template: Uuid::from_u128(template), revision: 1, channel: channel.to_owned() }
    }

    #[test]
    fn a_mix_is_known_by_what_is_in_it() {
        let (a, b) = (member(1, "app"), member(2, ""));
        let both = Mix([a.clone(), b.clone()].into());
        assert_eq!(both.id(), Mix([b.clone(), a.clone()].into()).id());
        let others = [Mix::of(a.clone()), Mix::of(b), Mix::of(member(1, "ap")), both.of_all()];
        for (i, other) in others.iter().enumerate() {
            assert_ne!(other.id(), both.id());
            assert!(others[..i].iter().all(|before| before.id() != other.id()));
        }
        let same = Mix([a.clone(), member(3, "app")].into());
        assert_eq!(same.of_all(), Mix::of(a).of_all(), "channels are told apart, and once each");
    }
}
