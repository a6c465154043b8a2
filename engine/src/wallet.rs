//! What a shopper holds, and what it is worth on a cart.

mod listing;
mod reminders;

use domain::actor::Shopper;
use domain::cart::Cart;
use domain::claim::Facts;
use domain::coupon::{Kind, State};
use domain::quote::{Asking, Held, Quote, best, named};
use domain::{Channel, Code, Money, OrderRef, Refusal, TemplateId, Time};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use std::collections::HashMap;
use std::slice;
use std::sync::Arc;

use crate::catalogue::{self, Catalogue};
use crate::clock::time;
use crate::issuance::tickets::catch_up;
use crate::store::coupons::{
    CodeKey, coupons_by_code, coupons_of, read_coupons, usable_coupons_of,
};
use crate::store::rows::{self, rows};
use crate::store::shoppers::{facts_of, visitor};
use crate::store::sql;
use crate::store::templates::load_templates;
use crate::templates::known::{self, KnownTemplates};
use crate::{Engine, Error, Fault, Result};

pub use crate::store::coupons::Coupon;
pub use listing::{EACH, Page, Place, list, list_many};
pub(crate) use reminders::{due as due_reminders, told as reminders_told};
pub use reminders::{is_reminded, remind, reminder_at, reminders, sweep_reminders};

/// One step in a coupon's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happened.
    pub kind: Kind,
    /// When.
    pub at: Time,
    /// For which order.
    pub order: Option<OrderRef>,
    /// What it took off, or what came back.
    pub amount: Money,
}

/// What a quote needs of what this node holds. Whoever writes has it before the transaction: within
/// one, looking at a version would want a second connection, and all may be taken by those who do.
#[derive(Clone)]
pub(crate) struct Memory {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) templates: Arc<KnownTemplates>,
}

/// Who asks for a quote, as the store knows them at this moment.
pub(crate) struct Asker<'a> {
    pub(crate) facts: Facts,
    pub(crate) memory: &'a Memory,
    pub(crate) order: Option<&'a OrderRef>,
    pub(crate) now: Time,
}

impl Memory {
    pub(crate) async fn current(engine: &Engine) -> Result<Self> {
        Ok(Self {
            catalogue: catalogue::current(engine).await?,
            templates: known::current(engine).await?,
        })
    }
}

/// Who a shopper is to the audiences of their coupons.
pub async fn facts(engine: &Engine, shopper: &Shopper) -> Result<Facts> {
    facts_of(engine.reader(), &shopper.id).await
}

/// All coupons of a shopper, newest first.
pub async fn wallet(engine: &Engine, shopper: &Shopper) -> Result<Vec<Coupon>> {
    coupons_of(engine, engine.reader(), &shopper.id).await
}

/// Where a wallet shows a coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// May be used, now or later; or is being checked.
    Available,
    /// An order has it.
    InUse,
    /// An order was paid with it.
    Used,
    /// Its time is over, or ops took it back.
    Over,
}

impl Group {
    /// All of them, as they are shown.
    pub const ALL: [Self; 4] = [Self::Available, Self::InUse, Self::Used, Self::Over];

    /// The group of coupons in this state, the clock counted in.
    pub fn of(state: State) -> Self {
        match state {
            State::Available | State::Held => Self::Available,
            State::Locked => Self::InUse,
            State::Redeemed => Self::Used,
            State::Expired | State::Revoked => Self::Over,
        }
    }

    /// How a page of it is sorted: what ends soonest first, or what happened last.
    fn order(self) -> &'static str {
        match self {
            Self::Available => "valid_until IS NULL, valid_until, claimed_at DESC, code",
            Self::InUse => "locked_until, code",
            Self::Used | Self::Over => {
                "(SELECT MAX(n) FROM events WHERE events.bucket = held.bucket
                    AND events.coupon = held.code) DESC, code"
            }
        }
    }
}

/// How many coupons a shopper has of each group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    counts: [u64; Group::ALL.len()],
    /// Of the available ones, those that end before the next local midnight.
    pub expiring_today: u64,
}

impl Counts {
    /// How many of a group.
    pub fn of(&self, group: Group) -> u64 {
        self.counts[group as usize]
    }

    /// How many in all.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// Coupons on one page of a wallet.
pub const PAGE: u64 = 48;

/// [`Coupon::state_at`] `$3` in the store's words, so that a wallet is counted and paged there.
const STATE_AT: &str = "CASE
    WHEN state = 'locked' AND locked_until > $3 THEN 'locked'
    WHEN state = 'locked' AND revoked_at IS NOT NULL THEN 'revoked'
    WHEN state IN ('locked', 'available') AND valid_until <= $3 THEN 'expired'
    WHEN state = 'locked' THEN 'available'
    ELSE state END AS state_at";

/// How many coupons a shopper has, by what can be done with them.
pub async fn counts(engine: &Engine, shopper: &Shopper) -> Result<Counts> {
    let count = format!(
        "SELECT state_at, COUNT(*) AS n,
            SUM(CASE WHEN state_at = 'available' AND valid_until <= $4 THEN 1 ELSE 0 END) AS today
        FROM (SELECT valid_until, {STATE_AT} FROM coupons WHERE bucket = $1 AND shopper = $2)
            AS held
        GROUP BY state_at"
    );
    let (db, now) = (engine.reader(), engine.now());
    let midnight = engine.settings().time_zone.next_midnight(now).timestamp_micros();
    let [home, id, now] = keys(shopper, now);
    let mut counts = Counts::default();
    for row in db.query_all_raw(sql(db, count, [home, id, now, midnight.into()])).await? {
        let state = State::parse(&row.try_get::<String>("", "state_at")?);
        let state = state.ok_or_else(|| Fault::new("a coupon is in no known state"))?;
        let (n, today): (i64, i64) = (row.try_get("", "n")?, row.try_get("", "today")?);
        counts.counts[Group::of(state) as usize] += n.unsigned_abs();
        counts.expiring_today += today.unsigned_abs();
    }
    Ok(counts)
}

/// One page of a group, counted from 0: available ones as they expire, those in use as their
/// orders have to be paid, the others with what happened last first.
pub async fn page(
    engine: &Engine,
    shopper: &Shopper,
    group: Group,
    page: u64,
) -> Result<Vec<Coupon>> {
    let states = State::ALL.into_iter().filter(|state| Group::of(*state) == group);
    let states: Vec<String> = states.map(|state| format!("'{}'", state.as_str())).collect();
    let read = format!(
        "SELECT * FROM (SELECT coupons.*, {STATE_AT} FROM coupons
            WHERE bucket = $1 AND shopper = $2) AS held
        WHERE state_at IN ({}) ORDER BY {} LIMIT $4 OFFSET $5",
        states.join(", "),
        group.order(),
    );
    let db = engine.reader();
    let [home, id, now] = keys(shopper, engine.now());
    let offset = i64::try_from(page.saturating_mul(PAGE)).unwrap_or(i64::MAX);
    let values = [home, id, now, (PAGE as i64).into(), offset.into()];
    read_coupons(engine, db, sql(db, read, values)).await
}

fn keys(shopper: &Shopper, now: Time) -> [Value; 3] {
    let home = i64::from(shopper.id.bucket().number());
    [home.into(), shopper.id.as_str().into(), now.timestamp_micros().into()]
}

rows! {
    /// Where what an order keeps of a coupon is: by the order, and the coupon.
    struct UseKey { bucket: i64, order_ref: String, code: String }
}

/// The last use of each of these coupons that was ever used, with what it took off goods that were
/// still kept by then, as [`saved_this_year`] counts it.
pub async fn uses(engine: &Engine, coupons: &[Coupon]) -> Result<HashMap<Code, Step>> {
    if coupons.is_empty() {
        return Ok(HashMap::new());
    }
    const READ: &str = "SELECT events.coupon, kind, at, order_ref, amount FROM {rows}
        {events: events.bucket = rows.bucket AND events.coupon = rows.code}
        WHERE kind = 'redeemed' ORDER BY n";
    let db = engine.reader();
    let keys: Vec<CodeKey> = coupons.iter().map(|coupon| coupon.code.into()).collect();
    let mut uses = HashMap::new();
    for row in db.query_all_raw(rows::statement(db, READ, &keys, [])?).await? {
        if let Some(code) = Code::parse(&row.try_get::<String>("", "coupon")?) {
            uses.insert(code, step(&row)?);
        }
    }
    keep(db, &mut uses).await?;
    Ok(uses)
}

/// Makes the amount of each use what is kept of it.
async fn keep(db: &impl ConnectionTrait, uses: &mut HashMap<Code, Step>) -> Result<()> {
    const KEPT: &str = "SELECT redemption_coupons.code, redemption_coupons.kept FROM {rows}
        {redemptions: redemptions.bucket = rows.bucket
            AND redemptions.order_ref = rows.order_ref}
        {redemption_coupons: redemption_coupons.bucket = redemptions.bucket
            AND redemption_coupons.redemption = redemptions.id
            AND redemption_coupons.code = rows.code}";
    let key = |(code, used): (&Code, &Step)| {
        let order = used.order.as_ref()?;
        Some(UseKey {
            bucket: i64::from(order.bucket().number()),
            order_ref: order.to_string(),
            code: code.to_string(),
        })
    };
    let keys: Vec<UseKey> = uses.iter().filter_map(key).collect();
    if keys.is_empty() {
        return Ok(());
    }
    for row in db.query_all_raw(rows::statement(db, KEPT, &keys, [])?).await? {
        let code = Code::parse(&row.try_get::<String>("", "code")?);
        if let Some(used) = code.and_then(|code| uses.get_mut(&code)) {
            used.amount = Money::minor(row.try_get("", "kept")?);
        }
    }
    Ok(())
}

/// What a shopper's coupons took off goods that they paid for in this year of the shop's
/// calendar, and still keep.
pub async fn saved_this_year(engine: &Engine, shopper: &Shopper) -> Result<Money> {
    // Joined, PostgreSQL would go on to read everybody's where it planned on an empty table.
    const SUM: &str = "SELECT CAST(COALESCE(SUM((SELECT SUM(kept) FROM redemption_coupons
            WHERE redemption_coupons.bucket = redemptions.bucket
                AND redemption_coupons.redemption = redemptions.id)), 0) AS BIGINT)
        FROM redemptions WHERE shopper = $1 AND redeemed_at >= $2 AND redeemed_at < $3";
    let (from, until) = engine.settings().time_zone.year(engine.now());
    let values = [
        shopper.id.as_str().into(),
        from.timestamp_micros().into(),
        until.timestamp_micros().into(),
    ];
    let db = engine.reader();
    let row = db.query_one_raw(sql(db, SUM, values)).await?;
    Ok(Money::minor(row.map(|row| row.try_get_by(0)).transpose()?.unwrap_or(0)))
}

/// One coupon of a shopper and its life so far; somebody else's is missing.
pub async fn coupon(engine: &Engine, shopper: &Shopper, code: Code) -> Result<(Coupon, Vec<Step>)> {
    let mut found = coupons_by_code(engine, engine.reader(), &[code]).await?;
    let own = found.pop().filter(|coupon| coupon.shopper == shopper.id);
    let coupon = own.ok_or(Error::Missing)?;
    let timeline = timeline(engine.reader(), code).await?;
    Ok((coupon, timeline))
}

/// The life of a coupon so far, in order.
pub(crate) async fn timeline(db: &impl ConnectionTrait, code: Code) -> Result<Vec<Step>> {
    const READ: &str = "SELECT kind, at, order_ref, amount FROM events
        WHERE bucket = $1 AND coupon = $2 ORDER BY n";
    let values = [i64::from(code.bucket().number()).into(), code.as_str().into()];
    db.query_all_raw(sql(db, READ, values)).await?.iter().map(step).collect()
}

fn step(row: &QueryResult) -> Result<Step> {
    let kind: String = row.try_get("", "kind")?;
    let order: Option<String> = row.try_get("", "order_ref")?;
    Ok(Step {
        kind: Kind::parse(&kind).ok_or_else(|| Fault::new("an event of no known kind"))?,
        at: time(row.try_get("", "at")?),
        order: order.and_then(|order| OrderRef::new(order).ok()),
        amount: Money::minor(row.try_get("", "amount")?),
    })
}

/// What a cart comes to with the coupons named, or with the best choice from the wallet.
pub async fn quote(
    engine: &Engine,
    shopper: &Shopper,
    cart: &Cart,
    coupons: Option<&[Code]>,
) -> Result<Quote> {
    quote_through(engine, shopper, cart, coupons, None).await
}

/// [`quote`], whose refusals count for the channel the shopper comes through, where that is told.
async fn quote_through(
    engine: &Engine,
    shopper: &Shopper,
    cart: &Cart,
    coupons: Option<&[Code]>,
    channel: Option<&Channel>,
) -> Result<Quote> {
    catch_up(engine, slice::from_ref(&shopper.id)).await;
    let memory = Memory::current(engine).await?;
    let asker = Asker {
        facts: facts_of(engine.reader(), &shopper.id).await?,
        memory: &memory,
        order: None,
        now: engine.now(),
    };
    let (quote, found) =
        quote_in(engine, engine.reader(), &asker, cart, coupons, &HashMap::new()).await?;
    crate::counts::quoted(engine, channel, &found, &quote);
    Ok(quote)
}

/// How each of the `others` would stand beside the coupons `chosen`, one at a time: what it would
/// take off, or why it would not.
pub async fn beside(
    engine: &Engine,
    shopper: &Shopper,
    cart: &Cart,
    chosen: &[Code],
    others: &[Code],
) -> Result<HashMap<Code, std::result::Result<Money, Refusal>>> {
    let (db, memory) = (engine.reader(), Memory::current(engine).await?);
    let asker = Asker {
        facts: facts_of(db, &shopper.id).await?,
        memory: &memory,
        order: None,
        now: engine.now(),
    };
    let found = coupons_by_code(engine, db, &[chosen, others].concat()).await?;
    let left = budgets_left(engine, db, &found, &memory.templates).await?;
    let mut standing = HashMap::new();
    for other in others {
        let named = [chosen, slice::from_ref(other)].concat();
        let held = found.iter().filter(|coupon| named.contains(&coupon.code));
        let quote = decide(engine, &asker, cart, Some(&named), held, &left)?;
        let applied = quote.applied.iter().find(|applied| applied.code == *other);
        let saving = applied.map_or(Money::ZERO, |applied| applied.discount);
        let refused = quote.refused.into_iter().find(|refused| refused.code == *other);
        standing.insert(*other, refused.map_or(Ok(saving), |refused| Err(refused.refusal)));
    }
    Ok(standing)
}

/// [`quote`] for whoever is at the till: with nobody named, coupons are tried as whoever holds the
/// first of them would, and without coupons it is the bare sum.
pub async fn quote_at_till(
    engine: &Engine,
    shopper: Option<&Shopper>,
    cart: &Cart,
    coupons: Option<&[Code]>,
    channel: Option<&Channel>,
) -> Result<Quote> {
    if let Some(shopper) = shopper {
        return quote_through(engine, shopper, cart, coupons, channel).await;
    }
    let named = coupons.unwrap_or_default();
    let found = coupons_by_code(engine, engine.reader(), named).await?;
    let holder = found.into_iter().next().map(|coupon| coupon.shopper);
    let id = holder.or_else(|| visitor().map(|facts| facts.id));
    let id = id.ok_or_else(|| Fault::new("a visitor has no name"))?;
    quote_through(engine, &Shopper { id }, cart, Some(named), channel).await
}

/// Quotes within whatever `db` sees, and answers the coupons it looked at too; `own` is what the
/// order's present lock holds of budgets.
pub(crate) async fn quote_in(
    engine: &Engine,
    db: &impl ConnectionTrait,
    asker: &Asker<'_>,
    cart: &Cart,
    coupons: Option<&[Code]>,
    own: &HashMap<TemplateId, Money>,
) -> Result<(Quote, Vec<Coupon>)> {
    let found = match coupons {
        Some(codes) => coupons_by_code(engine, db, codes).await?,
        None => usable_coupons_of(engine, db, &[&asker.facts.id], asker.now).await?,
    };
    let mut left = budgets_left(engine, db, &found, &asker.memory.templates).await?;
    for (template, own) in own {
        left.entry(*template).and_modify(|left| *left += *own);
    }
    Ok((decide(engine, asker, cart, coupons, &found, &left)?, found))
}

/// What a cart comes to with the coupons named, or with the best choice among those found.
pub(crate) fn decide<'a>(
    engine: &Engine,
    asker: &Asker<'_>,
    cart: &Cart,
    coupons: Option<&[Code]>,
    found: impl IntoIterator<Item = &'a Coupon>,
    budgets_left: &HashMap<TemplateId, Money>,
) -> Result<Quote> {
    let left = |coupon: &Coupon| budgets_left.get(&coupon.revision.template).copied();
    let wallet: Vec<Held> = found.into_iter().map(|coupon| coupon.held(left(coupon))).collect();
    let catalogue = &asker.memory.catalogue;
    let cart = &cart.clone().categorised(|product| catalogue.category_of(product).cloned());
    let asking = Asking {
        shopper: &asker.facts,
        order: asker.order,
        now: asker.now,
        tree: &catalogue.tree,
        max_coupons: usize::from(engine.settings().max_coupons_per_order),
    };
    let Some(codes) = coupons else {
        return Ok(best(cart, &wallet, &asking));
    };
    let find = |code: &Code| (*code, wallet.iter().find(|held| held.code == *code));
    let codes: Vec<(Code, Option<&Held>)> = codes.iter().map(find).collect();
    Ok(named(cart, &codes, &asking)?)
}

/// What is left of budgets, read where there may be one. That this node has not heard of a new one
/// matters at the till alone, which asks the store.
pub(crate) async fn budgets_left(
    engine: &Engine,
    db: &impl ConnectionTrait,
    coupons: &[Coupon],
    known: &KnownTemplates,
) -> Result<HashMap<TemplateId, Money>> {
    let template = |coupon: &Coupon| coupon.revision.template;
    let may_have = |id: &TemplateId| known.get(*id).is_none_or(|template| template.has_budget);
    let budgeted = coupons.iter().map(template).filter(may_have);
    let templates = load_templates(engine, db, budgeted, false).await?;
    Ok(templates.into_iter().filter_map(|(id, it)| Some((id, it.budget_left()?))).collect())
}
