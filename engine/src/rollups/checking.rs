//! Whether the sums are what the records come to, as far as they are added up.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Value};
use uuid::Uuid;

use super::{HOUR, Place};
use crate::Result;
use crate::events::Cursor;
use crate::store::sql;

/// What stands in a column, and in which kinds of events it is found.
const STAGES: [(&str, &str, &str); 6] = [
    ("claims", "'claimed', 'granted'", "1"),
    ("granted", "'granted'", "1"),
    ("locks", "'locked'", "1"),
    ("redeems", "'redeemed'", "1"),
    ("returned", "'returned'", "1"),
    ("discount", "'redeemed'", "amount"),
];

/// A sentence for each sum that differs; nothing before the first sums are ready.
pub(crate) async fn check(db: &DatabaseTransaction) -> Result<Vec<String>> {
    let all = Place::all(db).await?;
    let Some(place) = all.into_iter().find(|place| place.is_ready) else { return Ok(Vec::new()) };
    let generation = place.generation;
    let mut wrong = Vec::new();
    for (column, kinds, value) in STAGES {
        let found = stages(&within(db, place.events), kinds, value);
        wrong.extend(
            differing(db, &format!("sums of {column}"), &sums(generation, column, &found)).await?,
        );
    }
    let found = turnover(&within(db, place.events));
    wrong.extend(differing(db, "sums of turnover", &sums(generation, "turnover", &found)).await?);
    let found = refunded(&within(db, place.returns));
    wrong.extend(differing(db, "sums of refunds", &sums(generation, "refunded", &found)).await?);
    wrong.extend(
        differing(db, "sums by the hour and by the day", &by(generation, "step", "day")).await?,
    );
    wrong.extend(
        differing(db, "sums by event and by claim", &by(generation, "basis", "claim")).await?,
    );
    let found = newcomers(generation, &within(db, place.events));
    wrong.extend(differing(db, "shoppers with a first order", &found).await?);
    wrong.extend(differing(db, "counts by the hour and by the day", &daily(generation)).await?);
    Ok(wrong)
}

/// What of a record is added up.
fn within(db: &DatabaseTransaction, Cursor { xid, n }: Cursor) -> String {
    match db.get_database_backend() {
        DbBackend::Postgres => format!("(xid, n) <= ({xid}, {n})"),
        _ => format!("n <= {n}"),
    }
}

/// The sums of one column by mixes' members and hours, beside what is found, which has the same
/// columns. `$1` is template zero.
fn sums(generation: i64, column: &str, found: &str) -> String {
    format!(
        "SELECT template, SUM(says) AS says, SUM(found) AS found FROM (
            SELECT mixes.template, mixes.revision, mixes.channel, rollups.at,
                rollups.{column} AS says, 0 AS found
            FROM rollups JOIN mixes ON mixes.mix = rollups.mix
            WHERE rollups.generation = {generation} AND rollups.basis = 'event'
                AND rollups.step = 'hour' AND rollups.{column} <> 0
            UNION ALL {found}
        ) AS compared GROUP BY template, revision, channel, at"
    )
}

fn stages(within: &str, kinds: &str, value: &str) -> String {
    let of = |template: &str, revision: &str| {
        format!(
            "SELECT {template}, {revision}, COALESCE(channel, ''), at / {HOUR} * {HOUR}, 0, {value}
            FROM events WHERE kind IN ({kinds}) AND {within}"
        )
    };
    format!("{} UNION ALL {}", of("template", "revision"), of("$1", "0"))
}

/// Of each order once for every member of its mix.
fn turnover(within: &str) -> String {
    let of = |template: &str, revision: &str| {
        format!(
            "SELECT used.template, used.revision, used.channel, used.at, 0, paid.turnover
            FROM (SELECT DISTINCT order_ref, {template} AS template, {revision} AS revision,
                    COALESCE(channel, '') AS channel, at / {HOUR} * {HOUR} AS at
                FROM events WHERE kind = 'redeemed') AS used
            JOIN (SELECT order_ref, MAX(turnover) AS turnover FROM events
                WHERE kind = 'redeemed' AND {within} GROUP BY order_ref) AS paid
                ON paid.order_ref = used.order_ref"
        )
    };
    format!("{} UNION ALL {}", of("template", "revision"), of("$1", "0"))
}

fn refunded(within: &str) -> String {
    let of = |template: &str, revision: &str| {
        format!(
            "SELECT template, revision, channel, at, 0, amount
            FROM (SELECT DISTINCT told.n, {template} AS template, {revision} AS revision,
                    COALESCE(coupons.channel, '') AS channel, told.at, told.amount
                FROM (SELECT n, bucket, redemption, amount, created_at / {HOUR} * {HOUR} AS at
                    FROM returns WHERE {within}) AS told
                JOIN redemptions ON redemptions.bucket = told.bucket
                    AND redemptions.id = told.redemption AND redemptions.outcome = 'redeemed'
                JOIN redemption_coupons AS used
                    ON used.bucket = redemptions.bucket AND used.redemption = redemptions.id
                LEFT JOIN coupons
                    ON coupons.bucket = used.coupon_bucket AND coupons.code = used.code
            ) AS refunds"
        )
    };
    format!("{} UNION ALL {}", of("used.template", "used.revision"), of("$1", "0"))
}

/// Every mix has as much in one way of adding up as in the other.
fn by(generation: i64, way: &str, one: &str) -> String {
    let others = if way == "step" { "basis" } else { "step" };
    format!(
        "SELECT mix AS template, SUM(CASE {way} WHEN '{one}' THEN total ELSE 0 END) AS says,
            SUM(CASE {way} WHEN '{one}' THEN 0 ELSE total END) AS found
        FROM (SELECT mix, {way}, {others}, claims + granted + locks + redeems + returned + discount
                + turnover + refunded AS total
            FROM rollups WHERE generation = {generation}) AS sums
        GROUP BY mix, {others}"
    )
}

fn newcomers(generation: i64, within: &str) -> String {
    format!(
        "SELECT $1 AS template, (SELECT COUNT(*) FROM newcomers
                WHERE generation = {generation}) AS says,
            (SELECT COUNT(DISTINCT shopper) FROM events
                WHERE kind = 'redeemed' AND order_ref IS NOT NULL AND {within}) AS found"
    )
}

fn daily(generation: i64) -> String {
    format!(
        "SELECT template, SUM(says) AS says, SUM(found) AS found FROM (
            SELECT template, kind, channel, n AS says, 0 AS found FROM daily_counts
                WHERE generation = {generation}
            UNION ALL SELECT template, kind, channel, 0, n FROM counts
            UNION ALL SELECT $1, kind, channel, 0, n FROM counts
        ) AS compared GROUP BY template, kind, channel"
    )
}

async fn differing(db: &DatabaseTransaction, what: &str, query: &str) -> Result<Vec<String>> {
    let differing = format!(
        "SELECT template, CAST(says AS BIGINT) AS says, CAST(found AS BIGINT) AS found
        FROM ({query}) AS balance WHERE says <> found LIMIT 20"
    );
    // Not every question asks for it.
    let values: Vec<Value> = match query.contains("$1") {
        true => vec![Uuid::nil().into()],
        false => vec![],
    };
    let mut wrong = Vec::new();
    for row in db.query_all_raw(sql(db, differing, values)).await? {
        let subject: Uuid = row.try_get("", "template")?;
        let (says, found): (i64, i64) = (row.try_get("", "says")?, row.try_get("", "found")?);
        wrong.push(format!("{what}: {subject} says {says}, found {found}"));
    }
    Ok(wrong)
}
