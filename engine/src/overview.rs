//! What an operator wants to know first: how today goes, what changes soon, and what it may cost. The
//! live templates are in memory; of the others those are read that gave coupons, and the rest is added
//! up.

use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::{Days, TimeDelta};
use domain::actor::Reader;
use domain::funnel::Funnel;
use domain::template::{Phase, State, Validity, Window};
use domain::{Money, TemplateId, Time};
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::entity::template;
use crate::funnel::{self, Part};
use crate::store::sql;
use crate::store::templates::with_revisions;
use crate::templates::{Template, known};
use crate::{Engine, Fault, Result};

/// Today so far, beside other days. They are compared up to the last whole hour: beyond it sums tell
/// nothing, and views are of their hour alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Since midnight in the shop's zone.
    pub today: Funnel,
    /// Up to when days are compared.
    pub until: Time,
    /// Today up to then.
    pub so_far: Funnel,
    /// The day before, up to that time of day.
    pub yesterday: Funnel,
    /// The same day of last week, up to that time of day.
    pub last_week: Funnel,
}

/// What changes by itself within a week; of each the [`NAMED`] that come first.
#[derive(Debug, Clone)]
pub struct Soon {
    /// Live templates whose claims open, soonest first.
    pub opening: Vec<Template>,
    /// Open templates whose claims end, soonest first.
    pub closing: Vec<Template>,
    /// Live templates of which little is left to claim or to pay with, least first.
    pub running_out: Vec<(Template, Supply)>,
    /// Coupons that end unused if nobody uses them; up to [`EXPIRING_MAX`] are counted.
    pub expiring: u64,
}

/// Of what there is little left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Supply {
    /// Its coupons.
    Stock,
    /// Its money.
    Budget,
}

/// What there is may cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AtRisk {
    /// Live and paused templates with a budget.
    pub budgeted: u64,
    /// All their budgets.
    pub budget: Money,
    /// Of those, held back for orders in flight.
    pub reserved: Money,
    /// Of those, used.
    pub spent: Money,
    /// Others that can still cost something, and not without bounds: those without a budget, and those
    /// that are neither live nor paused while their coupons may still be used.
    pub stocked: u64,
    /// The most that those can still cost, as if every coupon that is out were yet to be used.
    pub at_most: Money,
    /// Templates that nothing bounds.
    pub unbounded: u64,
}

/// Templates that are named of each kind.
pub const NAMED: usize = 5;

/// Coupons that are counted at most.
pub const EXPIRING_MAX: u64 = 10_000;

/// How far one looks ahead.
const AHEAD: TimeDelta = TimeDelta::days(7);

/// Of a hundred so much is gone before what is left is called little.
const GONE: u128 = 75;

/// Today so far, against yesterday and last week.
pub async fn compared(engine: &Engine, reader: &impl Reader) -> Result<Compared> {
    let (zone, now) = (engine.settings().time_zone, engine.now());
    let today = zone.day(now);
    let begins = |days| zone.start_of(today - Days::new(days));
    let hours = TimeDelta::hours((now - begins(0)).num_hours());
    let whole = |days| Window { from: Some(begins(days)), until: Some(begins(days) + hours) };
    Ok(Compared {
        today: of(engine, reader, Window { from: Some(begins(0)), until: None }).await?,
        until: begins(0) + hours,
        so_far: of(engine, reader, whole(0)).await?,
        yesterday: of(engine, reader, whole(1)).await?,
        last_week: of(engine, reader, whole(7)).await?,
    })
}

async fn of(engine: &Engine, reader: &impl Reader, period: Window) -> Result<Funnel> {
    funnel::read(engine, reader, &Part { period, ..Part::default() }, None).await
}

/// What changes by itself within a week.
pub async fn soon(engine: &Engine, _: &impl Reader) -> Result<Soon> {
    let now = engine.now();
    let mut live = known::live(engine, |_| true).await?;
    let mut committed = nearly_committed(engine).await?;
    for template in &mut live {
        (template.reserved, template.spent) = committed.remove(&template.id).unwrap_or_default();
    }
    let is_soon = |at: Option<Time>| at.filter(|at| now < *at && *at <= now + AHEAD);
    let is_open = |template: &&Template| template.draft().claimable().phase(now) == Phase::Open;
    let open: Vec<&Template> = live.iter().filter(is_open).collect();
    let all: Vec<&Template> = live.iter().collect();
    Ok(Soon {
        opening: first(&all, |template| is_soon(template.draft().claim_window.from)),
        closing: first(&open, |template| is_soon(template.draft().claimable().until)),
        running_out: running_out(&all, now),
        expiring: expiring(engine, now).await?,
    })
}

/// Those that have a rank, the lowest first.
fn first<R: Ord>(templates: &[&Template], rank: impl Fn(&Template) -> Option<R>) -> Vec<Template> {
    let ranked = templates.iter().filter_map(|template| Some((rank(template)?, *template)));
    let mut ranked: Vec<(R, &Template)> = ranked.collect();
    ranked.sort_by(|(a, one), (b, other)| a.cmp(b).then(one.id.cmp(&other.id)));
    ranked.into_iter().take(NAMED).map(|(_, template)| template.clone()).collect()
}

fn running_out(live: &[&Template], now: Time) -> Vec<(Template, Supply)> {
    let named = first(live, |template| scarcest(template, now).map(Reverse));
    let with_supply = |template: Template| {
        let (_, supply) = scarcest(&template, now)?;
        Some((template, supply))
    };
    named.into_iter().filter_map(with_supply).collect()
}

/// What is nearly gone of a live template, and how much of a hundred that is: its stock while one may
/// claim, or its budget while one may pay with its coupons.
fn scarcest(template: &Template, now: Time) -> Option<(u128, Supply)> {
    let draft = template.draft();
    let is_open = draft.claimable().phase(now) == Phase::Open;
    let stock = draft.stock.filter(|_| is_open);
    let stock = stock.and_then(|stock| nearly_gone(template.issued, stock));
    let is_over = draft.usable().phase(now) == Phase::Closed;
    let units = |amount: Money| amount.units().unsigned_abs();
    let gone = units(template.reserved + template.spent);
    let budget = draft.budget.filter(|_| !is_over);
    let budget = budget.and_then(|budget| nearly_gone(gone, units(budget)));
    let stock = stock.map(|gone| (gone, Supply::Stock));
    stock.max(budget.map(|gone| (gone, Supply::Budget)))
}

/// How much of a hundred is gone, where something is left and that is little.
fn nearly_gone(part: u64, whole: u64) -> Option<u128> {
    let gone = u128::from(part) * 100 / u128::from(whole.max(1));
    (part < whole && gone >= GONE).then_some(gone)
}

/// What is reserved and spent of live templates whose budgets are nearly gone.
async fn nearly_committed(engine: &Engine) -> Result<HashMap<TemplateId, (Money, Money)>> {
    let read = format!(
        "SELECT id, reserved, spent FROM templates WHERE state = 'live'
            AND reserved + spent < budget AND (reserved + spent) * 100 >= budget * {GONE}"
    );
    let db = engine.reader();
    let mut committed = HashMap::new();
    for row in db.query_all_raw(sql(db, read, [])).await? {
        let (reserved, spent) = (row.try_get("", "reserved")?, row.try_get("", "spent")?);
        let id = TemplateId(row.try_get("", "id")?);
        committed.insert(id, (Money::minor(reserved), Money::minor(spent)));
    }
    Ok(committed)
}

async fn expiring(engine: &Engine, now: Time) -> Result<u64> {
    const COUNT: &str = "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM coupons
        WHERE state = 'available' AND NOT is_over
            AND valid_until > $1 AND valid_until <= $2 LIMIT $3) AS ending";
    let db = engine.reader();
    let most = i64::try_from(EXPIRING_MAX).unwrap_or(i64::MAX);
    let (from, until) = (now.timestamp_micros(), (now + AHEAD).timestamp_micros());
    let row = db.query_one_raw(sql(db, COUNT, [from.into(), until.into(), most.into()])).await?;
    let n: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(n.unsigned_abs())
}

/// What templates may still cost, and what of the budgets of those that are live or paused is gone.
pub async fn at_risk(engine: &Engine, _: &impl Reader) -> Result<AtRisk> {
    const SUM: &str = "SELECT COUNT(*) AS n, CAST(COALESCE(SUM(budget), 0) AS BIGINT) AS budget,
            CAST(COALESCE(SUM(reserved), 0) AS BIGINT) AS reserved,
            CAST(COALESCE(SUM(spent), 0) AS BIGINT) AS spent
        FROM templates WHERE state IN ('live', 'paused') AND budget IS NOT NULL";
    let db = engine.reader();
    let row = db.query_one_raw(sql(db, SUM, [])).await?;
    let row = row.ok_or_else(|| Fault::new("a sum without a row"))?;
    let sum = |name: &str| row.try_get("", name).map(Money::minor);
    let mut risk = AtRisk {
        budgeted: row.try_get::<i64>("", "n")?.unsigned_abs(),
        budget: sum("budget")?,
        reserved: sum("reserved")?,
        spent: sum("spent")?,
        ..AtRisk::default()
    };
    let now = engine.now();
    let mut others = known::live(engine, |template| template.draft().budget.is_none()).await?;
    others.extend(given(engine).await?);
    for template in others {
        match still_at_most(&template, now) {
            Some(Money::ZERO) => {}
            Some(cost) => {
                risk.stocked += 1;
                risk.at_most += cost;
            }
            None => risk.unbounded += 1,
        }
    }
    Ok(risk)
}

/// Templates that are not live and gave coupons, without those whose budgets are added up.
async fn given(engine: &Engine) -> Result<Vec<Template>> {
    const READ: &str = "SELECT * FROM templates
        WHERE state IN ('draft', 'in_review', 'paused', 'ended') AND issued > 0
            AND (state <> 'paused' OR budget IS NULL)";
    let db = engine.reader();
    let models = template::Entity::find().from_raw_sql(sql(db, READ, [])).all(db).await?;
    with_revisions(engine, db, models).await
}

/// The most a template can still cost: its stock at its largest discount while one may claim, then what
/// is out, within what is left of its budget; nothing once that cannot be used any more. `None` where
/// nothing bounds it.
fn still_at_most(template: &Template, now: Time) -> Option<Money> {
    let draft = template.draft();
    let is_over = draft.handed_out().phase(now) == Phase::Closed;
    let is_closed = is_over || template.state != State::Live;
    if is_closed && last_use(template).is_some_and(|until| until <= now) {
        return Some(Money::ZERO);
    }
    let coupons = if is_closed { template.issued } else { draft.stock? };
    if coupons == 0 {
        return Some(Money::ZERO);
    }
    let largest = draft.benefit.largest();
    let all = largest.map(|largest| largest.checked_mul(coupons).unwrap_or(Money::MAX));
    [all, template.budget_left()].into_iter().flatten().min()
}

/// Until when its coupons may be used. Of what is not live nobody has claimed since it last changed.
fn last_use(template: &Template) -> Option<Time> {
    let draft = template.draft();
    let given = match draft.validity {
        Validity::Days { days, .. } if template.state != State::Live => {
            Some(template.updated_at + TimeDelta::days(i64::from(days)))
        }
        _ => None,
    };
    [draft.usable().until, given].into_iter().flatten().min()
}
