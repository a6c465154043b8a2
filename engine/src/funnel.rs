//! From view to return: what became of coupons, read from what is added up ([`crate::rollups`]) and
//! from what the records have beyond it, all of it as it was at one moment.
//!
//! Money is told of whole orders. An order paid with coupons of several templates counts in each
//! one's funnel with all that it came to, and so does each of its refunds; in the funnel of all
//! templates it counts once. What a coupon took off is its own alone.

mod beside;
mod cutting;
mod listing;
mod newcomers;
mod split;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::TimeDelta;
use domain::actor::Reader;
use domain::calendar::Zone;
use domain::funnel::{Basis, Bucket, Funnel, Step};
use domain::template::Window;
use domain::{Channel, Problem, Refusal, TemplateId, Time};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use uuid::Uuid;

use crate::clock::time;
use crate::counts::{self, Asked};
use crate::events::{self, Cursor};
use crate::rollups::{
    Happening, Member, Mix, Place, SLICE, Sum, begins, of_events, of_returns, slice_of,
};
use crate::store::rows::{self, rows};
use crate::store::sql;
use crate::{Engine, Fault, Result};

use cutting::Cut;

pub(crate) use beside::{Beside, by_channel};
pub use listing::{Entered, PAGE, Page, Position, Stage, list};
pub use newcomers::{AGAIN_WITHIN, Newcomers, newcomers};
pub use split::{PARTS_MAX, Split, by_channel_and_revision, by_template, templates_by};

/// Which part of all that happened a funnel tells of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Of this template; of all without.
    pub template: Option<TemplateId>,
    /// Of coupons issued under this revision of the template. Views are of none.
    pub revision: Option<u32>,
    /// Of the templates that are of this campaign now.
    pub campaign: Option<String>,
    /// Of coupons and views that came through this channel.
    pub channel: Option<Channel>,
    /// Which moment has to lie in the period. By claim, a period is widened to whole local days, or to
    /// whole hours where those are asked for.
    pub basis: Basis,
    /// Half-open; an open side is all there is.
    pub period: Window,
}

impl Part {
    /// One template over a period.
    pub fn of(template: TemplateId, period: Window) -> Self {
        Self { template: Some(template), period, ..Self::default() }
    }

    /// Only a template has revisions.
    fn revision(&self) -> Option<i64> {
        self.revision.filter(|_| self.template.is_some()).map(i64::from)
    }
}

/// The most of a record that is read where it is not added up, in slices.
const SLICES_MAX: usize = 10;

/// The most steps one answer is cut up into.
pub const BUCKETS_MAX: usize = 10_000;

/// The funnel of a part, cut up where steps are asked for. Refuses `invalid` with the field `bucket`
/// where that makes more than [`BUCKETS_MAX`].
pub async fn read(
    engine: &Engine,
    _: &impl Reader,
    part: &Part,
    step: Option<Step>,
) -> Result<Funnel> {
    tell(engine, part, step, false).await
}

/// The same, and how many different visitors saw something, which no sum tells: each of them is looked
/// at. Of days that are [`counts::VIEWERS_KEPT`] back, whoever came on several counts on each.
pub async fn read_with_viewers(
    engine: &Engine,
    _: &impl Reader,
    part: &Part,
    step: Option<Step>,
) -> Result<Funnel> {
    tell(engine, part, step, true).await
}

async fn tell(
    engine: &Engine,
    part: &Part,
    step: Option<Step>,
    with_viewers: bool,
) -> Result<Funnel> {
    counts::flush(engine).await?;
    let db = engine.snapshot().await?;
    let asking = Asking::new(engine, &db, part, step).await?;
    let mut slots = Slots { zone: asking.zone, step, sums: BTreeMap::new() };
    let is_behind = !asking.beyond(|at, it| slots.add(at, it.sum)).await?;
    if is_behind && asking.place.is_none() {
        // Before the first sums are ready there is nothing that means anything.
        db.rollback().await?;
        return Ok(Funnel { is_behind, ..Funnel::default() });
    }
    asking.views(&mut slots).await?;
    asking.sums(&mut slots).await?;
    asking.moments(&mut slots).await?;
    let viewers = match with_viewers {
        true => Some(asking.viewers().await?),
        false => None,
    };
    db.rollback().await?;
    let mut funnel = Funnel {
        unique_viewers: viewers.map(|[different, of_days]| different + of_days),
        viewers_repeat: viewers.is_some_and(|[_, of_days]| of_days > 0),
        is_behind,
        ..Funnel::default()
    };
    for sum in slots.sums.values() {
        funnel.stages += sum.stages;
        funnel.granted += sum.granted;
        funnel.amounts += sum.amounts;
    }
    if step.is_some() {
        funnel.buckets = slots.into_buckets()?;
    }
    Ok(funnel)
}

/// All of it: a fault that passes while something is missing.
pub fn whole(funnel: Funnel) -> Result<Funnel> {
    caught_up(funnel.is_behind)?;
    Ok(funnel)
}

fn caught_up(is_behind: bool) -> Result<()> {
    if is_behind {
        return Err(Fault::passing("what has happened is still being added up").into());
    }
    Ok(())
}

/// Why claims and quotes were refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The code of the refusal.
    pub code: String,
    /// How many claims.
    pub claims: u64,
    /// How many coupons in quotes, which may ask again and again.
    pub quotes: u64,
}

/// The refusals of a part, the most frequent first. They are of no revision, and lie in the hour they
/// happened in.
pub async fn refusals(engine: &Engine, _: &impl Reader, part: &Part) -> Result<Vec<Refused>> {
    counts::flush(engine).await?;
    let part = Part { basis: Basis::Event, ..part.clone() };
    let db = engine.snapshot().await?;
    let asking = Asking::new(engine, &db, &part, None).await?;
    let counted = asking.counts("kind <> 'view'").await?;
    db.rollback().await?;
    let mut refused: BTreeMap<String, Refused> = BTreeMap::new();
    for count in counted {
        let of_quote = count.kind.strip_prefix("quote.");
        let code = of_quote.unwrap_or(&count.kind).to_owned();
        let none = Refused { code: code.clone(), claims: 0, quotes: 0 };
        let sum = refused.entry(code).or_insert(none);
        let n = if of_quote.is_some() { &mut sum.quotes } else { &mut sum.claims };
        *n += count.n;
    }
    let mut refused: Vec<Refused> = refused.into_values().collect();
    refused.sort_by_key(|refused| std::cmp::Reverse((refused.claims, refused.quotes)));
    Ok(refused)
}

/// Sums by the beginning of the step they lie in; in one piece all of time is one step.
struct Slots {
    zone: Zone,
    step: Option<Step>,
    sums: BTreeMap<i64, Sum>,
}

impl Slots {
    fn add(&mut self, at: i64, sum: Sum) {
        let begins = self.step.map_or(0, |step| begins(self.zone, step, at));
        *self.sums.entry(begins).or_default() += sum;
    }

    fn into_buckets(self) -> Result<Vec<Bucket>> {
        if self.sums.len() > BUCKETS_MAX {
            let problem = Problem::TooMany { max: BUCKETS_MAX as u64 };
            return Err(Refusal::invalid("bucket", problem).into());
        }
        let bucket = |(at, sum): (i64, Sum)| Bucket {
            at: time(at),
            stages: sum.stages,
            amounts: sum.amounts,
        };
        Ok(self.sums.into_iter().map(bucket).collect())
    }
}

rows! {
    struct TemplateKey { template: Uuid }
}

impl TemplateKey {
    /// Template zero stands for all.
    pub(crate) fn is_of_all(&self) -> bool {
        self.template.is_nil()
    }
}

/// One funnel's questions to the store, as it is at one moment.
struct Asking<'a> {
    db: &'a DatabaseTransaction,
    part: &'a Part,
    zone: Zone,
    cut: Cut,
    /// How far sums reach; nowhere before the first are ready.
    place: Option<Place>,
    templates: Vec<TemplateKey>,
}

impl<'a> Asking<'a> {
    async fn new(
        engine: &Engine,
        db: &'a DatabaseTransaction,
        part: &'a Part,
        step: Option<Step>,
    ) -> Result<Self> {
        let zone = engine.settings().time_zone;
        let place = Place::serving(db, zone).await?;
        let templates = templates(db, part).await?;
        Ok(Self { db, part, zone, cut: Cut::of(part, step, zone), place, templates })
    }

    /// What is added up.
    async fn sums(&self, slots: &mut Slots) -> Result<()> {
        let Some(Place { generation, .. }) = self.place else { return Ok(()) };
        let (mut values, mut of_mix): (Vec<Value>, String) = Default::default();
        if let Some(channel) = self.channel() {
            values.push(channel.into());
            of_mix += &format!(" AND mixes.channel = ${}", values.len() + 5);
        }
        if let Some(revision) = self.part.revision() {
            values.push(revision.into());
            of_mix += &format!(" AND mixes.revision = ${}", values.len() + 5);
        }
        let read = format!(
            "SELECT at, CAST(SUM(claims) AS BIGINT) AS claims,
                CAST(SUM(granted) AS BIGINT) AS granted, CAST(SUM(locks) AS BIGINT) AS locks,
                CAST(SUM(redeems) AS BIGINT) AS redeems,
                CAST(SUM(returned) AS BIGINT) AS returned,
                CAST(SUM(discount) AS BIGINT) AS discount,
                CAST(SUM(taken_off) AS BIGINT) AS taken_off,
                CAST(SUM(turnover) AS BIGINT) AS turnover,
                CAST(SUM(refunded) AS BIGINT) AS refunded
            FROM (SELECT DISTINCT mixes.mix FROM {{rows}}
                {{mixes: mixes.template = rows.template}} WHERE TRUE{of_mix}) AS used
            {{rollups: rollups.mix = used.mix AND rollups.generation = {generation}
                AND rollups.basis = $2 AND rollups.step = $3
                AND rollups.at >= $4 AND rollups.at < $5}}
            GROUP BY at"
        );
        let mut ranges = vec![(Step::Day, &self.cut.days)];
        ranges.extend(self.cut.hours.iter().map(|hours| (Step::Hour, hours)));
        ranges.retain(|(_, range)| !range.is_empty());
        for (step, range) in ranges {
            let [basis, step] = [self.part.basis.as_str(), step.as_str()].map(Value::from);
            let [from, until] = [range.start, range.end].map(Value::from);
            let values = [basis, step, from, until].into_iter().chain(values.iter().cloned());
            let ask = rows::statement(self.db, &read, &self.templates, values)?;
            for row in self.db.query_all_raw(ask).await? {
                slots.add(row.try_get("", "at")?, Sum::read(&row)?);
            }
        }
        Ok(())
    }

    /// What the records have that is not added up yet, also where something may still come in before
    /// it: it is of this moment alone. False: that is more than one can wait for.
    async fn beyond(&self, mut add: impl FnMut(i64, &Happening)) -> Result<bool> {
        let mut slices = 0;
        let (db, past) = (self.db, events::past(self.db));
        let place = self.place.as_ref();
        let mut at = place.map_or(Cursor::START, |place| place.events);
        let ask = slice_of("events", past);
        loop {
            let told = of_events(db, sql(db, ask.as_str(), at.values()), |_| true).await?;
            self.each_summed(&told.happenings, &mut add);
            slices += 1;
            match told.last {
                Some(last) if told.read == SLICE => at = last.place,
                _ => break,
            }
            if slices == SLICES_MAX {
                return Ok(false);
            }
        }
        let mut at = place.map_or(Cursor::START, |place| place.returns);
        let ask = slice_of("returns", past);
        loop {
            let told = of_returns(db, sql(db, ask.as_str(), at.values())).await?;
            self.each_summed(&told.happenings, &mut add);
            slices += 1;
            match told.last {
                Some(last) if told.read == SLICE => at = last.place,
                _ => return Ok(true),
            }
            if slices >= SLICES_MAX {
                return Ok(false);
            }
        }
    }

    /// What will be in the sums that are asked for, each with the moment it counts at.
    fn each_summed(&self, happenings: &[Happening], add: &mut impl FnMut(i64, &Happening)) {
        for happening in happenings {
            let at = match self.part.basis {
                Basis::Event => happening.at,
                Basis::Claim => happening.claimed_at,
            };
            if self.cut.is_summed(at) && self.covers(&happening.mix) {
                add(at, happening);
            }
        }
    }

    /// The ends of a period that are no whole hours, from the records themselves.
    async fn moments(&self, slots: &mut Slots) -> Result<()> {
        if self.cut.moments.is_empty() {
            return Ok(());
        }
        let templates = match self.is_of_all() {
            true => all_templates(self.db).await?,
            false => self.templates.clone(),
        };
        for range in &self.cut.moments {
            self.events_within(range, &templates, slots).await?;
            self.returns_within(range, slots).await?;
        }
        Ok(())
    }

    async fn events_within(
        &self,
        range: &Range<i64>,
        templates: &[TemplateKey],
        slots: &mut Slots,
    ) -> Result<()> {
        // By the moment: in the ledger's own order PostgreSQL would read all there is of a template.
        let read = format!(
            "SELECT events.* FROM {{rows}} {{events: events.template = rows.template
                AND (events.template, events.at) >= (rows.template, $2)
                AND events.at >= $2 AND events.at < $3}}
            WHERE at > $2 OR n > $4 ORDER BY at, n LIMIT {SLICE}"
        );
        let (mut from, mut n) = (range.start, i64::MIN);
        loop {
            let values = [from.into(), range.end.into(), n.into()];
            let ask = rows::statement(self.db, &read, templates, values)?;
            let is_looked_at = |member: &Member| self.is_of_template(member);
            let told = of_events(self.db, ask, is_looked_at).await?;
            self.add(slots, &told.happenings);
            match told.last {
                Some(last) if told.read == SLICE => (from, n) = (last.at, last.place.n),
                _ => return Ok(()),
            }
        }
    }

    async fn returns_within(&self, range: &Range<i64>, slots: &mut Slots) -> Result<()> {
        const READ: &str = "SELECT * FROM returns WHERE created_at >= $1 AND created_at < $2";
        let values = [range.start.into(), range.end.into()];
        let told = of_returns(self.db, sql(self.db, READ, values)).await?;
        self.add(slots, &told.happenings);
        Ok(())
    }

    /// Adds what is asked for of what happened within the period.
    fn add(&self, slots: &mut Slots, happenings: &[Happening]) {
        for happening in happenings.iter().filter(|it| self.covers(&it.mix)) {
            slots.add(happening.at, happening.sum);
        }
    }

    async fn views(&self, slots: &mut Slots) -> Result<()> {
        if self.part.revision().is_some() {
            return Ok(());
        }
        for count in self.counts("kind = 'view'").await? {
            let mut sum = Sum::default();
            sum.stages.view = count.n;
            slots.add(count.at, sum);
        }
        Ok(())
    }

    async fn counts(&self, kinds: &'static str) -> Result<Vec<counts::Count>> {
        let days = self.cut.days.clone();
        let mut hours = self.cut.rest.clone();
        let generation = self.place.as_ref().map(|place| place.generation);
        if generation.is_none() {
            hours.push(days.clone());
        }
        let asked = Asked {
            templates: &self.templates,
            channel: self.channel(),
            kinds,
            days: if generation.is_some() { days } else { 0..0 },
            generation: generation.unwrap_or_default(),
            hours: &hours,
        };
        counts::read(self.db, &asked).await
    }

    /// How many different visitors there were, and how many on each of the days of which it is not kept
    /// any more who came.
    async fn viewers(&self) -> Result<[u64; 2]> {
        let mut counted = [0, 0];
        if self.part.revision().is_some() {
            return Ok(counted);
        }
        let (zone, period) = (self.zone, self.part.period);
        let first = period.from.map_or(i64::MIN, |from| zone.day_number(from));
        // A period that ends at midnight ends with the day before.
        let last_moment = |until: Time| until - TimeDelta::microseconds(1);
        let last = period.until.map_or(i64::MAX, |until| zone.day_number(last_moment(until)));
        let of_channel = if self.part.channel.is_some() { " AND channel = $4" } else { "" };
        let asked = [
            ("COUNT(DISTINCT visitor)", "viewers"),
            ("CAST(COALESCE(SUM(n), 0) AS BIGINT)", "viewer_days"),
        ];
        for (counted, (number, table)) in counted.iter_mut().zip(asked) {
            let read = format!(
                "SELECT {number} AS n FROM {{rows}} {{{table}: {table}.template = rows.template
                    AND ({table}.template, {table}.day) >= (rows.template, $2)
                    AND {table}.day >= $2 AND {table}.day <= $3}} WHERE TRUE{of_channel}"
            );
            let sides = [first, last].map(Value::from);
            let values = sides.into_iter().chain(self.channel().map(Value::from));
            let ask = rows::statement(self.db, &read, &self.templates, values)?;
            let row = self.db.query_one_raw(ask).await?;
            let n: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
            *counted = n.unsigned_abs();
        }
        Ok(counted)
    }

    fn channel(&self) -> Option<&str> {
        self.part.channel.as_ref().map(Channel::as_str)
    }

    fn is_of_all(&self) -> bool {
        self.templates.iter().any(TemplateKey::is_of_all)
    }

    fn is_of_template(&self, member: &Member) -> bool {
        self.is_of_all() || self.templates.iter().any(|key| key.template == member.template)
    }

    fn covers(&self, mix: &Mix) -> bool {
        mix.0.iter().any(|member| {
            self.is_of_template(member)
                && self.channel().is_none_or(|channel| member.channel == channel)
                && self.part.revision().is_none_or(|revision| member.revision == revision)
        })
    }
}

/// The templates a part is of; zero alone where it is of all.
async fn templates(db: &DatabaseTransaction, part: &Part) -> Result<Vec<TemplateKey>> {
    const OF_CAMPAIGN: &str = "SELECT id FROM templates WHERE campaign = $1";
    let one = part.template.map(|template| TemplateKey { template: template.0 });
    let Some(campaign) = &part.campaign else {
        return Ok(vec![one.unwrap_or(TemplateKey { template: Uuid::nil() })]);
    };
    let mut of_campaign = BTreeSet::new();
    for row in db.query_all_raw(sql(db, OF_CAMPAIGN, [campaign.as_str().into()])).await? {
        of_campaign.insert(row.try_get::<Uuid>("", "id")?);
    }
    if let Some(one) = one {
        return Ok([one].into_iter().filter(|key| of_campaign.contains(&key.template)).collect());
    }
    Ok(of_campaign.into_iter().map(|template| TemplateKey { template }).collect())
}

async fn all_templates(db: &DatabaseTransaction) -> Result<Vec<TemplateKey>> {
    let rows = db.query_all_raw(sql(db, "SELECT id FROM templates", [])).await?;
    rows.iter().map(|row| Ok(TemplateKey { template: row.try_get("", "id")? })).collect()
}
