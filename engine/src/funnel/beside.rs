//! The funnel of every channel beside that of all, by a few questions and as it was at one moment.

use std::collections::{BTreeMap, BTreeSet};

use domain::funnel::{Basis, Funnel, Step};
use sea_orm::{ConnectionTrait, DatabaseTransaction, TryGetable, Value};

use super::newcomers::{Newcomers, won};
use super::{Asking, Part, TemplateKey};
use crate::counts;
use crate::rollups::{Place, Sum};
use crate::store::rows;
use crate::{Engine, Result};

/// What came of channels, those of which something is known.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// Of all of them, and of what came through none.
    pub(crate) all: (Funnel, Newcomers),
    pub(crate) of: BTreeMap<String, (Funnel, Newcomers)>,
}

/// What came of each channel over whole local days, by when it happened; of one template or of all.
pub(crate) async fn by_channel(engine: &Engine, part: &Part) -> Result<Beside> {
    let part = &Part { channel: None, revision: None, basis: Basis::Event, ..part.clone() };
    counts::flush(engine).await?;
    let db = engine.snapshot().await?;
    let asking = Asking::new(engine, &db, part, None).await?;
    let (mut all, mut of) = (Sum::default(), BTreeMap::<String, Sum>::new());
    let is_whole = asking.beyond(|_, it| {
        all += it.sum;
        let members = it.mix.0.iter().filter(|member| asking.is_of_template(member));
        add_to_each(&mut of, members.map(|member| member.channel.clone()), it.sum);
    });
    let is_behind = !is_whole.await?;
    if let Some(place) = &asking.place {
        all += total(&db, &asking, place).await?;
        for (channel, sum) in sums(&db, &asking, place, "mixes.channel").await? {
            *of.entry(channel).or_default() += sum;
        }
    }
    for (channel, n) in views(&db, &asking).await? {
        all.stages.view += n;
        of.entry(channel).or_default().stages.view += n;
    }
    let everybody = won(engine, &db, part, false).await?.remove("").unwrap_or_default();
    let mut newcomers = won(engine, &db, part, true).await?;
    db.rollback().await?;
    let of = of.into_iter().map(|(channel, sum)| {
        let newcomers = newcomers.remove(&channel).unwrap_or_default();
        (channel, (funnel(sum, is_behind), newcomers))
    });
    Ok(Beside { of: of.collect(), all: (funnel(all, is_behind), everybody) })
}

/// In one piece, as it is told.
pub(super) fn funnel(sum: Sum, is_behind: bool) -> Funnel {
    let Sum { stages, granted, amounts } = sum;
    Funnel { stages, granted, amounts, is_behind, ..Funnel::default() }
}

/// Adds what a mix has done to each that its members name, once however often they do.
pub(super) fn add_to_each<K: Ord>(
    of: &mut BTreeMap<K, Sum>,
    named: impl Iterator<Item = K>,
    sum: Sum,
) {
    for key in named.collect::<BTreeSet<_>>() {
        *of.entry(key).or_default() += sum;
    }
}

/// A mix counts once, whatever members it has.
async fn total(db: &DatabaseTransaction, asking: &Asking<'_>, place: &Place) -> Result<Sum> {
    let sums: Vec<(String, Sum)> = sums(db, asking, place, "''").await?;
    Ok(sums.into_iter().map(|(_, sum)| sum).next().unwrap_or_default())
}

/// By what is known of a mix's members, as SQL: a mix counts once with each.
pub(super) async fn sums<T: TryGetable>(
    db: &DatabaseTransaction,
    asking: &Asking<'_>,
    place: &Place,
    by: &str,
) -> Result<Vec<(T, Sum)>> {
    let used = format!(
        "SELECT DISTINCT mixes.mix, {by} AS told FROM {{rows}}
        {{mixes: mixes.template = rows.template}}"
    );
    added_up(db, asking, place, &used, None).await
}

/// Sums over whole days by what `used` tells its mixes apart by, which it calls `told`; its own value
/// is `$6`.
pub(super) async fn added_up<T: TryGetable>(
    db: &DatabaseTransaction,
    asking: &Asking<'_>,
    place: &Place,
    used: &str,
    value: Option<Value>,
) -> Result<Vec<(T, Sum)>> {
    let read = format!(
        "SELECT used.told, CAST(SUM(claims) AS BIGINT) AS claims,
            CAST(SUM(granted) AS BIGINT) AS granted, CAST(SUM(locks) AS BIGINT) AS locks,
            CAST(SUM(redeems) AS BIGINT) AS redeems, CAST(SUM(returned) AS BIGINT) AS returned,
            CAST(SUM(discount) AS BIGINT) AS discount,
            CAST(SUM(taken_off) AS BIGINT) AS taken_off, CAST(SUM(turnover) AS BIGINT) AS turnover,
            CAST(SUM(refunded) AS BIGINT) AS refunded
        FROM ({used}) AS used
        {{rollups: rollups.mix = used.mix AND rollups.generation = {} AND rollups.basis = $2
            AND rollups.step = $3 AND rollups.at >= $4 AND rollups.at < $5}}
        GROUP BY used.told",
        place.generation,
    );
    let [from, until] = [asking.cut.days.start, asking.cut.days.end].map(Value::from);
    let [basis, step] = [asking.part.basis.as_str(), Step::Day.as_str()].map(Value::from);
    let values = [basis, step, from, until].into_iter().chain(value);
    let ask = rows::statement(db, &read, &asking.templates, values)?;
    let mut sums = Vec::new();
    for row in db.query_all_raw(ask).await? {
        sums.push((row.try_get("", "told")?, Sum::read(&row)?));
    }
    Ok(sums)
}

pub(super) async fn views(
    db: &DatabaseTransaction,
    asking: &Asking<'_>,
) -> Result<Vec<(String, u64)>> {
    let (table, at) = match &asking.place {
        Some(place) => {
            let of_days = format!(
                "{{daily_counts: daily_counts.template = rows.template
                    AND daily_counts.generation = {} AND kind = 'view' AND day >= $2 AND day < $3}}",
                place.generation
            );
            (of_days, "day")
        }
        None if asking.templates.iter().any(TemplateKey::is_of_all) => {
            ("JOIN counts ON TRUE".to_owned(), "hour")
        }
        None => ("JOIN counts ON counts.template = rows.template".to_owned(), "hour"),
    };
    let read = format!(
        "SELECT channel, CAST(SUM(n) AS BIGINT) AS n FROM {{rows}} {table}
        WHERE kind = 'view' AND {at} >= $2 AND {at} < $3 GROUP BY channel"
    );
    let days = [asking.cut.days.start, asking.cut.days.end].map(Value::from);
    let mut views = Vec::new();
    for row in db.query_all_raw(rows::statement(db, &read, &asking.templates, days)?).await? {
        let n: i64 = row.try_get("", "n")?;
        views.push((row.try_get("", "channel")?, n.unsigned_abs()));
    }
    Ok(views)
}
