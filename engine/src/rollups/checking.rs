//! Whether the sums are what the records come to, as far as they are added up.

use domain::calendar::Zone;
use domain::funnel::Step;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, Value};
use uuid::Uuid;

use super::{HOUR, Place, begins};
use crate::Result;
use crate::events::Cursor;
use crate::store::rows::{self, rows};
use crate::store::sql;

/// What stands in a column, and in which kinds of events it is found.
const STAGES: [(&str, &str, &str); 6] = [
    ("claims", "'claimed', 'granted'", "1"),
    ("granted", "'granted'", "1"),
    ("locks", "'locked'", "1"),
    ("redeems", "'redeemed'", "1"),
    ("returned", "'returned'", "1"),
    ("discount", "'redeemed'", "told.amount"),
];

rows! {
    struct HourOf { hour: i64, day: i64 }
}

/// A sentence for each sum that differs; nothing before the first sums are ready.
pub(crate) async fn check(db: &DatabaseTransaction) -> Result<Vec<String>> {
    let all = Place::all(db).await?;
    let Some(place) = all.into_iter().find(|place| place.is_ready) else { return Ok(Vec::new()) };
    let (generation, zone) = (place.generation, place.zone()?);
    let [events, returns] = [place.events, place.returns].map(|place| within(db, place));
    let mut wrong = Vec::new();
    for (column, kinds, value) in STAGES {
        for (basis, at, what) in [
            ("event", "told.at", format!("sums of {column}")),
            (
                "claim",
                "COALESCE(coupons.claimed_at, told.at)",
                format!("sums of {column} by cohort"),
            ),
        ] {
            let found = stages(&events, kinds, value, at);
            wrong.extend(differing(db, &what, &sums(generation, basis, column, &found)).await?);
        }
    }
    for (what, query) in [
        (
            "sums of turnover",
            sums(generation, "event", "turnover", &orders(&events, "MAX(turnover)")),
        ),
        ("sums taken off", sums(generation, "event", "taken_off", &orders(&events, "SUM(amount)"))),
        ("sums of refunds", sums(generation, "event", "refunded", &refunded(&returns))),
        ("sums by event and by claim", by(generation, "basis", "claim")),
        ("sums by the hour and by the day", by(generation, "step", "day")),
        ("shoppers with a first order", newcomers(generation, &events)),
    ] {
        wrong.extend(differing(db, what, &query).await?);
    }
    let hours = hours(db, generation, zone).await?;
    // An hour within which a day begins is told whole: there only all of it can be compared.
    let is_whole = |of: &HourOf| begins(zone, Step::Day, of.hour + HOUR - 1) == of.day;
    if hours.iter().all(is_whole) {
        let query = by_day(generation);
        wrong.extend(day_by_day(db, &hours, "sums of a day and of its hours", &query).await?);
    }
    let query = daily(generation);
    wrong.extend(day_by_day(db, &hours, "counts by the hour and by the day", &query).await?);
    Ok(wrong)
}

/// The hours in which something happened, each with the local day it begins in.
async fn hours(db: &DatabaseTransaction, generation: i64, zone: Zone) -> Result<Vec<HourOf>> {
    let read = format!(
        "SELECT at AS hour FROM rollups WHERE generation = {generation} AND step = 'hour'
        UNION SELECT hour FROM counts"
    );
    let mut hours = Vec::new();
    for row in db.query_all_raw(sql(db, read, [])).await? {
        let hour = row.try_get("", "hour")?;
        hours.push(HourOf { hour, day: begins(zone, Step::Day, hour) });
    }
    Ok(hours)
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
fn sums(generation: i64, basis: &str, column: &str, found: &str) -> String {
    format!(
        "SELECT template, SUM(says) AS says, SUM(found) AS found FROM (
            SELECT mixes.template, mixes.revision, mixes.channel, rollups.at,
                rollups.{column} AS says, 0 AS found
            FROM rollups JOIN mixes ON mixes.mix = rollups.mix
            WHERE rollups.generation = {generation} AND rollups.basis = '{basis}'
                AND rollups.step = 'hour' AND rollups.{column} <> 0
            UNION ALL {found}
        ) AS compared GROUP BY template, revision, channel, at"
    )
}

/// By the hour in which `at` lies.
fn stages(within: &str, kinds: &str, value: &str, at: &str) -> String {
    let of = |template: &str, revision: &str| {
        format!(
            "SELECT {template}, {revision}, COALESCE(told.channel, ''), {at} / {HOUR} * {HOUR}, 0,
                {value}
            FROM (SELECT * FROM events WHERE kind IN ({kinds}) AND {within}) AS told
            LEFT JOIN coupons
                ON coupons.bucket = told.bucket AND coupons.code = told.coupon"
        )
    };
    format!("{} UNION ALL {}", of("told.template", "told.revision"), of("$1", "0"))
}

/// Of each order once for every member of its mix.
fn orders(within: &str, value: &str) -> String {
    let of = |template: &str, revision: &str| {
        format!(
            "SELECT used.template, used.revision, used.channel, used.at, 0, paid.value
            FROM (SELECT DISTINCT order_ref, {template} AS template, {revision} AS revision,
                    COALESCE(channel, '') AS channel, at / {HOUR} * {HOUR} AS at
                FROM events WHERE kind = 'redeemed') AS used
            JOIN (SELECT order_ref, {value} AS value FROM events
                WHERE kind = 'redeemed' AND order_ref IN
                    (SELECT order_ref FROM events WHERE kind = 'redeemed' AND {within})
                GROUP BY order_ref) AS paid
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
                + taken_off + turnover + refunded AS total
            FROM rollups WHERE generation = {generation}) AS sums
        GROUP BY mix, {others}"
    )
}

/// How many shoppers there are, and of how many the first order stands where their events begin.
fn newcomers(generation: i64, within: &str) -> String {
    format!(
        "SELECT $1 AS template, COUNT(*) AS says,
            COALESCE(SUM(CASE WHEN stands = happened THEN 1 ELSE 0 END), 0) AS found
        FROM (SELECT shopper, SUM(stands) AS stands, SUM(happened) AS happened FROM (
                SELECT shopper, at AS stands, 0 AS happened FROM newcomers
                    WHERE generation = {generation}
                UNION ALL SELECT shopper, 0, MIN(at) FROM events
                    WHERE kind = 'redeemed' AND order_ref IS NOT NULL AND {within}
                    GROUP BY shopper
            ) AS firsts GROUP BY shopper) AS shoppers"
    )
}

/// Every mix has as much on a day as within its hours.
fn by_day(generation: i64) -> String {
    const TOTAL: &str = "claims + granted + locks + redeems + returned + discount + taken_off + turnover + refunded";
    format!(
        "SELECT mix AS template, SUM(says) AS says, SUM(found) AS found FROM (
            SELECT mix, basis, at, {TOTAL} AS says, 0 AS found FROM rollups
                WHERE generation = {generation} AND step = 'day'
            UNION ALL SELECT mix, basis, rows.day, 0, {TOTAL} FROM rollups CROSS JOIN {{rows}}
                WHERE generation = {generation} AND step = 'hour' AND rollups.at = rows.hour
        ) AS compared GROUP BY mix, basis, at"
    )
}

/// `$2` is template zero.
fn daily(generation: i64) -> String {
    let of = |template: &str| {
        format!(
            "SELECT {template}, counts.kind, counts.channel, rows.day, 0, counts.n
            FROM counts CROSS JOIN {{rows}} WHERE counts.hour = rows.hour"
        )
    };
    format!(
        "SELECT template, SUM(says) AS says, SUM(found) AS found FROM (
            SELECT template, kind, channel, day, n AS says, 0 AS found FROM daily_counts
                WHERE generation = {generation}
            UNION ALL {} UNION ALL {}
        ) AS compared GROUP BY template, kind, channel, day",
        of("counts.template"),
        of("$2"),
    )
}

/// What differs, of which `query` says a subject and two numbers; `$1` is template zero.
async fn differing(db: &DatabaseTransaction, what: &str, query: &str) -> Result<Vec<String>> {
    // Not every question asks for it.
    let values: Vec<Value> = match query.contains("$1") {
        true => vec![Uuid::nil().into()],
        false => vec![],
    };
    tell(db, what, sql(db, compared(query), values)).await
}

/// The same where hours are told by their days.
async fn day_by_day(
    db: &DatabaseTransaction,
    hours: &[HourOf],
    what: &str,
    query: &str,
) -> Result<Vec<String>> {
    let values: Vec<Value> = match query.contains("$2") {
        true => vec![Uuid::nil().into()],
        false => vec![],
    };
    tell(db, what, rows::statement(db, &compared(query), hours, values)?).await
}

fn compared(query: &str) -> String {
    format!(
        "SELECT template, CAST(says AS BIGINT) AS says, CAST(found AS BIGINT) AS found
        FROM ({query}) AS balance WHERE says <> found LIMIT 20"
    )
}

async fn tell(db: &DatabaseTransaction, what: &str, ask: Statement) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for row in db.query_all_raw(ask).await? {
        let subject: Uuid = row.try_get("", "template")?;
        let (says, found): (i64, i64) = (row.try_get("", "says")?, row.try_get("", "found")?);
        wrong.push(format!("{what}: {subject} says {says}, found {found}"));
    }
    Ok(wrong)
}
