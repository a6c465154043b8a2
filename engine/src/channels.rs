//! Where shoppers come from: the channels that somebody gave a name, what was spent on them, and what
//! came of each, side by side. Any other channel counts as well.

use std::collections::HashSet;

use chrono::NaiveDate;
use domain::actor::{Editor, Operator};
use domain::template::Window;
use domain::{Channel, CostId, FieldError, Money, Problem, Refusal, TemplateId, Time};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult};
use serde_json::json;
use uuid::Uuid;

use crate::accounts::check_name;
use crate::changes::{self, Change, REASON_MAX};
use crate::clock::time;
use crate::funnel::{self, Beside, Newcomers, Part};
use crate::store::{fresh_id, sql};
use crate::tx::Tx;
use crate::{Engine, Error, Fault, Result};

/// A channel with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// As links and coupons have it.
    pub channel: Channel,
    /// As colleagues call it.
    pub name: String,
}

/// Something that was spent, from one local day through another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// On which channel.
    pub channel: Channel,
    /// The first day it was spent for.
    pub first: NaiveDate,
    /// The last.
    pub last: NaiveDate,
    /// How much.
    pub amount: Money,
    /// On what; may be empty.
    pub note: String,
}

/// The same as somebody entered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Which.
    pub id: CostId,
    /// What it says.
    pub spent: Spent,
    /// Who entered it, as the audit trail names them.
    pub entered_by: String,
    /// When.
    pub entered_at: Time,
}

/// What came of a channel within some days.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Which; without, all of them together, or what came through none.
    pub channel: Option<Channel>,
    /// Whether it is what came through none.
    pub is_rest: bool,
    /// What it is called, if anything.
    pub name: Option<String>,
    /// From view to return.
    pub funnel: domain::funnel::Funnel,
    /// Shoppers it has won.
    pub newcomers: Newcomers,
    /// What was spent on it for these days; none where one template is asked for, and on no channel.
    pub spent: Option<Money>,
}

impl Standing {
    /// What a shopper won has cost, in what was spent and nothing else; none where nobody was won,
    /// nothing was entered, or that is not known.
    pub fn cost_per_newcomer(&self) -> Option<Money> {
        let won = i64::try_from(self.newcomers.won).ok().filter(|won| *won > 0)?;
        let spent = self.spent.filter(|spent| !spent.is_zero())?;
        Some(Money::minor((spent.units() + won / 2) / won))
    }

    /// What is left of turnover for each unit that discounts and the channel have cost; none where
    /// nothing was spent. No money: a float is fine here.
    pub fn return_on_cost(&self) -> Option<f64> {
        let cost = (self.funnel.amounts.discount + self.spent?).units();
        (cost > 0).then(|| self.funnel.amounts.net().units() as f64 / cost as f64)
    }
}

/// What came of channels, side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Standings {
    /// All together first, and last what came through none.
    pub each: Vec<Standing>,
    /// Whether there are other channels.
    pub has_more: bool,
}

/// The most channels that one is told side by side.
pub const CHANNELS_MAX: usize = 100;

/// The channels that have a name, by name.
pub async fn list(engine: &Engine, _: &Operator) -> Result<Vec<Named>> {
    const READ: &str = "SELECT channel, name FROM channels ORDER BY name, channel";
    let db = engine.reader();
    db.query_all_raw(sql(db, READ, [])).await?.iter().map(named).collect()
}

/// Gives a channel a name, or another. Refuses `invalid` with the field `name`.
pub async fn name(engine: &Engine, editor: &Editor, channel: &Channel, name: &str) -> Result<()> {
    const READ: &str = "SELECT channel, name FROM channels WHERE channel = $1";
    const PUT: &str = "INSERT INTO channels (channel, name, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (channel) DO UPDATE SET name = excluded.name";
    let name = &match check_name(name) {
        Ok(name) if name.is_empty() => Err(Refusal::invalid("name", Problem::Required)),
        checked => checked.map_err(|problem| Refusal::invalid("name", problem)),
    }?;
    let put = |tx: std::sync::Arc<Tx>| async move {
        let now = engine.now();
        let old = tx.query_one_raw(sql(&*tx, READ, [channel.as_str().into()])).await?;
        let old = old.as_ref().map(named).transpose()?.map(|old| old.name);
        if old.as_ref() == Some(name) {
            return Ok(Some(()));
        }
        let at = now.timestamp_micros();
        let values = [channel.as_str().into(), name.as_str().into(), at.into()];
        tx.execute_raw(sql(&*tx, PUT, values)).await?;
        let change = Change {
            actor: editor.actor(),
            subject_kind: "channel",
            subject: channel.to_string(),
            action: "named",
            old: old.map(|old| json!({ "name": old })),
            new: Some(json!({ "name": name })),
        };
        changes::record(&tx, change, now).await?;
        Ok(Some(()))
    };
    let put = engine.transact(None, put).await;
    engine.0.channels.distrust();
    put
}

/// Whether somebody has named a channel, here or by a template's quota; it may be a second ago.
pub async fn is_named(engine: &Engine, channel: &Channel) -> Result<bool> {
    let named = engine.0.channels.get(engine, async |db| read_named(db).await).await?;
    Ok(named.contains(channel.as_str()))
}

async fn read_named(db: &DatabaseConnection) -> Result<HashSet<String>> {
    const READ: &str = "SELECT channel FROM channels UNION SELECT channel FROM channel_quotas";
    let mut named = HashSet::new();
    for row in db.query_all_raw(sql(db, READ, [])).await? {
        named.insert(row.try_get("", "channel")?);
    }
    Ok(named)
}

/// Writes down what was spent on a channel that has a name. Refuses `invalid` with the fields
/// `amount`, `last` and `note`.
pub async fn spend(engine: &Engine, editor: &Editor, spent: &Spent) -> Result<CostId> {
    let id = next_cost_id(engine);
    spend_as(engine, editor, id, spent).await?;
    Ok(id)
}

/// An id for something that is about to be entered as spent.
pub fn next_cost_id(engine: &Engine) -> CostId {
    CostId(fresh_id(engine.now()))
}

/// The same under an id that was given out before, so that a form sent twice enters it once. Something
/// else under an id that is taken is refused `idempotency_conflict`.
pub async fn spend_as(engine: &Engine, editor: &Editor, id: CostId, spent: &Spent) -> Result<()> {
    const PUT: &str = "INSERT INTO channel_costs (id, channel, first_day, last_day, amount, note,
            entered_by, entered_at)
        SELECT $1, channel, $3, $4, $5, $6, $7, $8 FROM channels WHERE channel = $2
        ON CONFLICT (id) DO NOTHING";
    let note = check(spent)?;
    let now = engine.now();
    let tx = engine.begin().await?;
    let values = [
        id.0.into(),
        spent.channel.as_str().into(),
        day_number(spent.first).into(),
        day_number(spent.last).into(),
        spent.amount.units().into(),
        note.as_str().into(),
        editor.actor().name.into(),
        now.timestamp_micros().into(),
    ];
    if tx.execute_raw(sql(&tx, PUT, values)).await?.rows_affected() == 0 {
        let known = entered(&tx, id).await;
        tx.undo().await;
        let asked = Spent { note, ..spent.clone() };
        return match known? {
            Some(known) if known == asked => Ok(()),
            Some(_) => Err(Refusal::IdempotencyConflict.into()),
            None => Err(Error::Missing),
        };
    }
    let change = Change {
        actor: editor.actor(),
        subject_kind: "channel",
        subject: spent.channel.to_string(),
        action: "spent",
        new: Some(told(spent)),
        ..Change::default()
    };
    changes::record(&tx, change, now).await?;
    tx.commit().await
}

/// What stands under an id already.
async fn entered(tx: &Tx, id: CostId) -> Result<Option<Spent>> {
    const READ: &str =
        "SELECT id, channel, first_day, last_day, amount, note, entered_by, entered_at
        FROM channel_costs WHERE id = $1";
    let row = tx.query_one_raw(sql(tx, READ, [id.0.into()])).await?;
    row.map(|row| Ok(cost(&row)?.spent)).transpose()
}

/// Takes back what was entered by mistake; what is not there any more is taken back already.
pub async fn take_back(engine: &Engine, editor: &Editor, id: CostId) -> Result<()> {
    const REMOVE: &str = "DELETE FROM channel_costs WHERE id = $1
        RETURNING id, channel, first_day, last_day, amount, note, entered_by, entered_at";
    let now = engine.now();
    let tx = engine.begin().await?;
    let Some(row) = tx.query_one_raw(sql(&tx, REMOVE, [id.0.into()])).await? else {
        tx.undo().await;
        return Ok(());
    };
    let cost = cost(&row)?;
    let change = Change {
        actor: editor.actor(),
        subject_kind: "channel",
        subject: cost.spent.channel.to_string(),
        action: "spending_taken_back",
        old: Some(told(&cost.spent)),
        ..Change::default()
    };
    changes::record(&tx, change, now).await?;
    tx.commit().await
}

/// What was entered as spent on channels, for the latest days first, at most `limit`.
pub async fn costs(engine: &Engine, _: &Operator, limit: u32) -> Result<Vec<Cost>> {
    const READ: &str =
        "SELECT id, channel, first_day, last_day, amount, note, entered_by, entered_at
        FROM channel_costs ORDER BY last_day DESC, entered_at DESC, id DESC LIMIT $1";
    let db = engine.reader();
    let rows = db.query_all_raw(sql(db, READ, [i64::from(limit).into()])).await?;
    rows.iter().map(cost).collect()
}

/// All channels together, and then each that has a name or brought anybody, by name, at most so many,
/// and last what came through none: what came of them from one local day through another, of one
/// template or of all.
pub async fn standings(
    engine: &Engine,
    _: &Operator,
    (first, last): (NaiveDate, NaiveDate),
    template: Option<TemplateId>,
    most: usize,
) -> Result<Standings> {
    const READ: &str = "SELECT seen.channel, channels.name FROM (
            SELECT channel FROM channels UNION SELECT channel FROM mixes WHERE channel <> ''
        ) AS seen LEFT JOIN channels ON channels.channel = seen.channel
        ORDER BY channels.name IS NULL, channels.name, seen.channel";
    const SPENT: &str = "SELECT id, channel, first_day, last_day, amount, note, entered_by,
            entered_at
        FROM channel_costs WHERE first_day <= $2 AND last_day >= $1";
    let zone = engine.settings().time_zone;
    let until = last.succ_opt().map(|next| zone.start_of(next));
    let period = Window { from: Some(zone.start_of(first)), until };
    let db = engine.reader();
    let days = [day_number(first), day_number(last)];
    let costs = db.query_all_raw(sql(db, SPENT, days.map(Into::into))).await?;
    let costs = costs.iter().map(cost).collect::<Result<Vec<_>>>()?;
    let mut channels: Vec<(Option<Channel>, Option<String>)> = Vec::new();
    for row in db.query_all_raw(sql(db, READ, [])).await? {
        channels.push((Some(channel(&row)?), row.try_get("", "name")?));
    }
    let part = Part { template, period, ..Part::default() };
    let Beside { all, mut of } = funnel::by_channel(engine, &part).await?;
    let rest = of.remove("");
    // Channels that brought nothing but looks.
    let listed: HashSet<String> =
        channels.iter().flat_map(|(channel, _)| channel).map(ToString::to_string).collect();
    for seen in of.keys().filter(|seen| !listed.contains(*seen)) {
        channels.push((Some(kept(seen.clone())?), None));
    }
    let has_more = channels.len() > most;
    channels.truncate(most);
    let mut each = Vec::with_capacity(channels.len() + 2);
    for (channel, name) in std::iter::once((None, None)).chain(channels) {
        let spent = costs.iter().map(|cost| &cost.spent);
        let spent = spent.filter(|spent| channel.as_ref().is_none_or(|it| *it == spent.channel));
        let spent: Money = spent.map(|spent| spent.within(first, last)).sum();
        let (funnel, newcomers) = match &channel {
            None => all.clone(),
            Some(channel) => of.get(channel.as_str()).cloned().unwrap_or_default(),
        };
        // What was spent on a channel is for all there is, and not for one template alone.
        let spent = template.is_none().then_some(spent);
        each.push(Standing { channel, is_rest: false, name, funnel, newcomers, spent });
    }
    let rest = rest.map(|(funnel, newcomers)| Standing {
        channel: None,
        is_rest: true,
        name: None,
        funnel,
        newcomers,
        spent: None,
    });
    each.extend(rest);
    Ok(Standings { each, has_more })
}

impl Spent {
    /// What of it falls on some days, if every day had the same; rounded to a minor unit, half up.
    fn within(&self, first: NaiveDate, last: NaiveDate) -> Money {
        let days = |first: NaiveDate, last: NaiveDate| i128::from((last - first).num_days() + 1);
        let common = days(self.first.max(first), self.last.min(last)).max(0);
        let all = days(self.first, self.last).max(1);
        let share = (i128::from(self.amount.units()) * common * 2 + all) / (all * 2);
        Money::minor(i64::try_from(share).unwrap_or(self.amount.units()))
    }
}

fn check(spent: &Spent) -> Result<String, Refusal> {
    let note = spent.note.trim();
    let mut fields = Vec::new();
    if spent.amount <= Money::ZERO {
        fields.push(FieldError::new("amount", Problem::NotAboveZero));
    } else if spent.amount > Money::MAX {
        fields.push(FieldError::new("amount", Problem::TooLarge));
    }
    if spent.last < spent.first {
        fields.push(FieldError::new("last", Problem::EndsBeforeItBegins));
    }
    if note.chars().count() > REASON_MAX {
        fields.push(FieldError::new("note", Problem::TooLong { max: REASON_MAX as u64 }));
    } else if note.chars().any(char::is_control) {
        fields.push(FieldError::new("note", Problem::ControlCharacter));
    }
    if fields.is_empty() { Ok(note.to_owned()) } else { Err(Refusal::Invalid { fields }) }
}

fn told(spent: &Spent) -> serde_json::Value {
    json!({
        "first": spent.first,
        "last": spent.last,
        "amount": spent.amount,
        "note": spent.note.trim(),
    })
}

/// A day as the store has it.
fn day_number(day: NaiveDate) -> i64 {
    (day - NaiveDate::default()).num_days()
}

fn named(row: &QueryResult) -> Result<Named> {
    Ok(Named { channel: channel(row)?, name: row.try_get("", "name")? })
}

fn channel(row: &QueryResult) -> Result<Channel> {
    kept(row.try_get("", "channel")?)
}

/// As the store keeps it.
pub(crate) fn kept(channel: String) -> Result<Channel> {
    Channel::new(channel).map_err(|_| Fault::new("a channel reads oddly").into())
}

fn cost(row: &QueryResult) -> Result<Cost> {
    let id: Uuid = row.try_get("", "id")?;
    let day = |column: &str| -> Result<NaiveDate> {
        let days = chrono::TimeDelta::try_days(row.try_get("", column)?);
        let day = days.and_then(|days| NaiveDate::default().checked_add_signed(days));
        day.ok_or_else(|| Fault::new("a day reads oddly").into())
    };
    let spent = Spent {
        channel: channel(row)?,
        first: day("first_day")?,
        last: day("last_day")?,
        amount: Money::minor(row.try_get("", "amount")?),
        note: row.try_get("", "note")?,
    };
    let entered_by = row.try_get("", "entered_by")?;
    Ok(Cost { id: CostId(id), spent, entered_by, entered_at: time(row.try_get("", "entered_at")?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spent_falls_on_each_of_its_days_alike() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
        let spent = Spent {
            channel: Channel::new("app").unwrap(),
            first: day(1),
            last: day(3),
            amount: Money::minor(100),
            note: String::new(),
        };
        for ((first, last), share) in
            [((1, 3), 100), ((1, 1), 33), ((2, 3), 67), ((3, 9), 33), ((4, 9), 0), ((1, 9), 100)]
        {
            assert_eq!(spent.within(day(first), day(last)), Money::minor(share), "{first} {last}");
        }
    }
}
