//! Reads what was counted over a period: whole days where there are any, and hours for the rest.

use std::ops::Range;

use sea_orm::{ConnectionTrait, Value};

use crate::Result;
use crate::funnel::TemplateKey;
use crate::store::rows;

/// Which counts are wanted.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// Of these templates; template zero alone stands for all.
    pub(crate) templates: &'a [TemplateKey],
    /// Through this channel.
    pub(crate) channel: Option<&'a str>,
    /// Of which kinds: SQL about `kind`.
    pub(crate) kinds: &'static str,
    /// Local days of the shop, from midnight to midnight, in this generation of sums.
    pub(crate) days: Range<i64>,
    pub(crate) generation: i64,
    /// What else of the period is wanted; an hour lies where it begins.
    pub(crate) hours: &'a [Range<i64>],
}

/// How often something was counted within an hour or a day, by the moment that begins.
#[derive(Debug)]
pub(crate) struct Count {
    pub(crate) at: i64,
    pub(crate) kind: String,
    pub(crate) n: u64,
}

pub(crate) async fn read(db: &impl ConnectionTrait, asked: &Asked<'_>) -> Result<Vec<Count>> {
    const OF_TEMPLATES: &str = "{counts: counts.template = rows.template
        AND (counts.template, counts.hour) >= (rows.template, $2)
        AND counts.hour >= $2 AND counts.hour < $3}";
    let is_of_all = asked.templates.iter().any(TemplateKey::is_of_all);
    let looked_up = if is_of_all { "JOIN counts ON TRUE" } else { OF_TEMPLATES };
    let days = format!(
        "SELECT day AS at, kind, CAST(SUM(n) AS BIGINT) AS n
        FROM {{rows}} {{daily_counts: daily_counts.template = rows.template
            AND daily_counts.generation = {} AND {} AND day >= $2 AND day < $3}}
        WHERE TRUE{} GROUP BY day, kind",
        asked.generation,
        asked.kinds,
        asked.of_channel(),
    );
    let hours = format!(
        "SELECT hour AS at, kind, CAST(SUM(n) AS BIGINT) AS n FROM {{rows}} {looked_up}
        WHERE {} AND hour >= $2 AND hour < $3{} GROUP BY hour, kind",
        asked.kinds,
        asked.of_channel(),
    );
    let mut ranges = vec![(&days, &asked.days)];
    ranges.extend(asked.hours.iter().map(|range| (&hours, range)));
    ranges.retain(|(_, range)| !range.is_empty());
    let mut counts = Vec::new();
    for (text, range) in ranges {
        let ask = rows::statement(db, text, asked.templates, asked.values(range))?;
        for row in db.query_all_raw(ask).await? {
            let n: i64 = row.try_get("", "n")?;
            let (at, kind) = (row.try_get("", "at")?, row.try_get("", "kind")?);
            counts.push(Count { at, kind, n: n.unsigned_abs() });
        }
    }
    Ok(counts)
}

impl Asked<'_> {
    fn of_channel(&self) -> &'static str {
        if self.channel.is_some() { " AND channel = $4" } else { "" }
    }

    fn values(&self, range: &Range<i64>) -> Vec<Value> {
        let sides = [range.start, range.end].map(Value::from);
        sides.into_iter().chain(self.channel.map(Value::from)).collect()
    }
}
