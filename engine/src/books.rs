//! Whether the books balance: what is counted in one place is what is found in the other. Reads
//! only, and all of it as it was at one moment, so that it may run beside those who write; `quan
//! doctor` prints what it finds, a job puts it before ops, and every test that writes ends with it.

mod watching;

use std::collections::HashMap;

use domain::actor::System;
use domain::coupon::{Kind, State, fold};
use domain::returns::ReturnedLine;
use domain::{Code, Money};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use uuid::Uuid;

use crate::store::sql;
use crate::{Engine, Result, rollups};

pub use watching::watch;

/// What is compared, and the query that finds what differs: a subject and two numbers.
const BALANCES: &[(&str, &str)] = &[
    (
        "coupons issued",
        "SELECT CAST(templates.id AS TEXT) AS subject, templates.issued AS says,
            (SELECT COUNT(*) FROM coupons WHERE template = templates.id AND source <> 'pool')
            + (SELECT COUNT(*) FROM pool_codes WHERE template = templates.id) AS found
        FROM templates",
    ),
    // The bucket of the coupon is its shopper's, which a pool code does not know: by template and
    // code it is found.
    (
        "pool codes claimed",
        "SELECT CAST(pool_codes.template AS TEXT) AS subject, COUNT(*) AS says,
            COUNT(coupons.code) AS found
        FROM pool_codes LEFT JOIN coupons
            ON coupons.shopper = pool_codes.shopper AND coupons.code = pool_codes.coupon
            AND coupons.template = pool_codes.template AND coupons.source = 'pool'
        WHERE pool_codes.state = 'claimed' GROUP BY pool_codes.template",
    ),
    (
        "coupons of pool codes",
        "SELECT CAST(templates.id AS TEXT) AS subject,
            (SELECT COUNT(*) FROM coupons
                WHERE template = templates.id AND source = 'pool') AS says,
            (SELECT COUNT(DISTINCT coupon) FROM pool_codes
                WHERE template = templates.id AND state = 'claimed') AS found
        FROM templates",
    ),
    (
        "reserved of a budget",
        "SELECT CAST(templates.id AS TEXT) AS subject, templates.reserved AS says,
            COALESCE(held.discount, 0) AS found
        FROM templates LEFT JOIN (SELECT template, SUM(lock_coupons.discount) AS discount
                FROM locks JOIN lock_coupons
                ON lock_coupons.bucket = locks.bucket AND lock_coupons.lock = locks.id
                WHERE locks.state = 'active' GROUP BY template) AS held
            ON held.template = templates.id
        WHERE budget IS NOT NULL",
    ),
    (
        "spent of a budget",
        "SELECT CAST(templates.id AS TEXT) AS subject, templates.spent AS says,
            (SELECT CAST(COALESCE(SUM(kept), 0) AS BIGINT) FROM redemption_coupons
                WHERE template = templates.id) AS found
        FROM templates WHERE budget IS NOT NULL",
    ),
    (
        "coupons a shopper took",
        "SELECT tallies.shopper AS subject, tallies.taken AS says,
            (SELECT COUNT(*) FROM coupons WHERE coupons.bucket = tallies.bucket
                AND coupons.shopper = tallies.shopper
                AND coupons.template = tallies.template) AS found
        FROM tallies WHERE day = 0",
    ),
    (
        "coupons without a tally",
        "SELECT held.shopper AS subject, held.n AS says, COALESCE(tallies.taken, 0) AS found
        FROM (SELECT bucket, shopper, template, COUNT(*) AS n FROM coupons
                GROUP BY bucket, shopper, template) AS held
            LEFT JOIN tallies ON tallies.bucket = held.bucket AND tallies.shopper = held.shopper
                AND tallies.template = held.template AND tallies.day = 0",
    ),
    // Of which local day they are is not asked again: a deployment may have moved to another zone.
    (
        "coupons a shopper took day by day",
        "SELECT shopper AS subject, SUM(CASE day WHEN 0 THEN taken ELSE 0 END) AS says,
            SUM(CASE day WHEN 0 THEN 0 ELSE taken END) AS found
        FROM tallies WHERE template IN (SELECT id FROM templates)
        GROUP BY bucket, shopper, template",
    ),
    (
        "coupons a shopper took on a day",
        "SELECT shopper AS subject, SUM(of_shop) AS says, SUM(of_templates) AS found FROM (
            SELECT tallies.bucket, tallies.shopper, tallies.day,
                CASE WHEN templates.id IS NULL THEN taken ELSE 0 END AS of_shop,
                CASE WHEN templates.id IS NULL THEN 0 ELSE taken END AS of_templates
            FROM tallies LEFT JOIN templates ON templates.id = tallies.template
            WHERE tallies.day <> 0
        ) AS taken GROUP BY bucket, shopper, day HAVING SUM(of_shop) > SUM(of_templates)",
    ),
    // What is given does not count against the shop's limit, whatever the day it was given on.
    (
        "coupons a shopper took or was given",
        "SELECT shopper AS subject, SUM(of_shop) AS says, SUM(of_templates) AS found FROM (
            SELECT tallies.bucket, tallies.shopper,
                CASE WHEN templates.id IS NULL THEN taken ELSE 0 END AS of_shop,
                CASE WHEN templates.id IS NULL THEN 0 ELSE taken END AS of_templates
            FROM tallies LEFT JOIN templates ON templates.id = tallies.template
            WHERE tallies.day <> 0
            UNION ALL
            SELECT bucket, shopper, 1, 0 FROM coupons WHERE source = 'grant'
        ) AS taken GROUP BY bucket, shopper",
    ),
    (
        "coupons through a channel",
        "SELECT channel_quotas.channel AS subject, channel_quotas.taken AS says,
            COALESCE(counted.n, 0) AS found
        FROM channel_quotas LEFT JOIN (SELECT template, channel, COUNT(*) AS n FROM coupons
                WHERE channel IS NOT NULL AND template IN (SELECT template FROM channel_quotas)
                GROUP BY template, channel) AS counted
            ON counted.template = channel_quotas.template
            AND counted.channel = channel_quotas.channel",
    ),
    (
        "coupons given in the place of others",
        "SELECT CAST(replacements.operator AS TEXT) AS subject, COUNT(*) AS says,
            COUNT(coupons.code) AS found
        FROM replacements LEFT JOIN coupons ON coupons.bucket = replacements.bucket
            AND coupons.code = replacements.coupon AND coupons.source = 'grant'
        GROUP BY replacements.operator",
    ),
    (
        "coupons given",
        "SELECT CAST(templates.id AS TEXT) AS subject,
            (SELECT COUNT(*) FROM coupons
                WHERE template = templates.id AND source = 'grant') AS says,
            (SELECT CAST(COALESCE(SUM(given), 0) AS BIGINT) FROM grants
                WHERE template = templates.id)
            + (SELECT COUNT(*) FROM replacements JOIN coupons
                ON coupons.bucket = replacements.bucket AND coupons.code = replacements.coupon
                WHERE coupons.template = templates.id) AS found
        FROM templates",
    ),
    // Recipients of a grant that has ended are removed in time.
    (
        "recipients of a grant",
        "SELECT CAST(grants.id AS TEXT) AS subject, grants.recipients AS says,
            (SELECT COUNT(*) FROM grant_recipients WHERE grant_id = grants.id) AS found
        FROM grants WHERE ended_at IS NULL",
    ),
    (
        "recipients that a grant has settled",
        "SELECT CAST(grants.id AS TEXT) AS subject, grants.given + grants.failed AS says,
            CASE WHEN ended_at IS NOT NULL THEN grants.recipients ELSE
                (SELECT COUNT(*) FROM grant_recipients
                    WHERE grant_id = grants.id AND position <= grants.place) END AS found
        FROM grants WHERE state <> 'cancelled'",
    ),
    (
        "failures of a grant",
        "SELECT CAST(grants.id AS TEXT) AS subject,
            grants.malformed + grants.duplicates + grants.failed AS says,
            (SELECT COUNT(*) FROM grant_failures WHERE grant_id = grants.id) AS found
        FROM grants",
    ),
    (
        "codes made in the background",
        "SELECT CAST(template AS TEXT) AS subject, made AS says,
            CASE WHEN codes < made THEN codes ELSE made END AS found
        FROM (SELECT template, SUM(made) AS made,
                (SELECT COUNT(*) FROM pool_codes WHERE pool_codes.template = pools.template) AS codes
            FROM pools GROUP BY template) AS making",
    ),
    (
        "replacements of an operator on a day",
        "SELECT CAST(replacement_tallies.operator AS TEXT) AS subject,
            replacement_tallies.made AS says, COALESCE(made.n, 0) AS found
        FROM replacement_tallies
            LEFT JOIN (SELECT operator, day, COUNT(*) AS n FROM replacements GROUP BY operator, day)
                AS made
            ON made.operator = replacement_tallies.operator AND made.day = replacement_tallies.day",
    ),
    (
        "coupons of a lock",
        "SELECT locks.order_ref AS subject,
            (SELECT COUNT(*) FROM lock_coupons
                WHERE lock_coupons.bucket = locks.bucket AND lock_coupons.lock = locks.id) AS says,
            (SELECT COUNT(*) FROM lock_coupons JOIN coupons
                ON coupons.bucket = lock_coupons.coupon_bucket AND coupons.code = lock_coupons.code
                WHERE lock_coupons.bucket = locks.bucket AND lock_coupons.lock = locks.id
                AND coupons.state = 'locked' AND coupons.lock = locks.id) AS found
        FROM locks WHERE state = 'active'",
    ),
    (
        "a lock's coupons and its discount",
        "SELECT locks.order_ref AS subject, locks.discount AS says,
            (SELECT CAST(COALESCE(SUM(discount), 0) AS BIGINT) FROM lock_coupons
                WHERE lock_coupons.bucket = locks.bucket AND lock_coupons.lock = locks.id) AS found
        FROM locks",
    ),
    // The bucket of the lock is its order's, which a coupon does not know: by shopper it is found.
    (
        "locked coupons without a lock",
        "SELECT coupons.lock_order AS subject, COUNT(*) AS says, COUNT(locks.id) AS found
        FROM coupons LEFT JOIN locks
            ON locks.shopper = coupons.shopper AND locks.id = coupons.lock
            AND locks.order_ref = coupons.lock_order AND locks.state = 'active'
        WHERE coupons.state = 'locked' GROUP BY coupons.lock_order",
    ),
    (
        "a redemption's lines and its subtotal",
        "SELECT redemptions.order_ref AS subject, redemptions.subtotal AS says,
            (SELECT CAST(SUM(unit_price * quantity) AS BIGINT) FROM redemption_lines
                WHERE bucket = redemptions.bucket AND redemption = redemptions.id) AS found
        FROM redemptions",
    ),
    (
        "a redemption's lines and its discount",
        "SELECT redemptions.order_ref AS subject, redemptions.discount AS says,
            (SELECT CAST(SUM(discount) AS BIGINT) FROM redemption_lines
                WHERE bucket = redemptions.bucket AND redemption = redemptions.id) AS found
        FROM redemptions",
    ),
    (
        "a redemption's coupons and its discount",
        "SELECT redemptions.order_ref AS subject, redemptions.discount AS says,
            (SELECT CAST(COALESCE(SUM(discount), 0) AS BIGINT) FROM redemption_coupons
                WHERE bucket = redemptions.bucket AND redemption = redemptions.id) AS found
        FROM redemptions",
    ),
    (
        "a line's shares and its discount",
        "SELECT redemption_lines.line AS subject, redemption_lines.discount AS says,
            (SELECT CAST(COALESCE(SUM(share), 0) AS BIGINT) FROM redemption_shares
                WHERE redemption_shares.bucket = redemption_lines.bucket
                AND redemption_shares.redemption = redemption_lines.redemption
                AND redemption_shares.line_no = redemption_lines.line_no) AS found
        FROM redemption_lines",
    ),
    (
        "a coupon's shares and its discount",
        "SELECT redemption_coupons.code AS subject, redemption_coupons.discount AS says,
            (SELECT CAST(SUM(share) AS BIGINT) FROM redemption_shares
                WHERE redemption_shares.bucket = redemption_coupons.bucket
                AND redemption_shares.redemption = redemption_coupons.redemption
                AND redemption_shares.position = redemption_coupons.position) AS found
        FROM redemption_coupons",
    ),
    // Of these PostgreSQL holds no keys: whoever writes an order writes all of it at once.
    (
        "lines of no redemption",
        "SELECT MIN(CASE WHEN redemptions.id IS NULL
                THEN redemption_lines.line END) AS subject,
            COUNT(*) AS says, COUNT(redemptions.id) AS found
        FROM redemption_lines LEFT JOIN redemptions
            ON redemptions.bucket = redemption_lines.bucket
            AND redemptions.id = redemption_lines.redemption",
    ),
    (
        "coupons of no redemption",
        "SELECT MIN(CASE WHEN redemptions.id IS NULL
                THEN redemption_coupons.code END) AS subject,
            COUNT(*) AS says, COUNT(redemptions.id) AS found
        FROM redemption_coupons LEFT JOIN redemptions
            ON redemptions.bucket = redemption_coupons.bucket
            AND redemptions.id = redemption_coupons.redemption",
    ),
    (
        "shares of no line",
        "SELECT MIN(CASE WHEN redemption_lines.line IS NULL
                THEN CAST(redemption_shares.redemption AS TEXT) END) AS subject,
            COUNT(*) AS says, COUNT(redemption_lines.line) AS found
        FROM redemption_shares LEFT JOIN redemption_lines
            ON redemption_lines.bucket = redemption_shares.bucket
            AND redemption_lines.redemption = redemption_shares.redemption
            AND redemption_lines.line_no = redemption_shares.line_no",
    ),
    (
        "shares of no coupon",
        "SELECT MIN(CASE WHEN redemption_coupons.code IS NULL
                THEN CAST(redemption_shares.redemption AS TEXT) END) AS subject,
            COUNT(*) AS says, COUNT(redemption_coupons.code) AS found
        FROM redemption_shares LEFT JOIN redemption_coupons
            ON redemption_coupons.bucket = redemption_shares.bucket
            AND redemption_coupons.redemption = redemption_shares.redemption
            AND redemption_coupons.position = redemption_shares.position",
    ),
    (
        "coupons of no lock",
        "SELECT MIN(CASE WHEN locks.id IS NULL
                THEN lock_coupons.code END) AS subject,
            COUNT(*) AS says, COUNT(locks.id) AS found
        FROM lock_coupons LEFT JOIN locks
            ON locks.bucket = lock_coupons.bucket
            AND locks.id = lock_coupons.lock",
    ),
    // Nor a key of these: what an order names it names once.
    (
        "coupons a lock names twice",
        "SELECT MIN(code) AS subject, COUNT(*) AS says, COUNT(DISTINCT code) AS found
        FROM lock_coupons GROUP BY bucket, lock",
    ),
    (
        "lines a redemption has twice",
        "SELECT MIN(line) AS subject, COUNT(*) AS says, COUNT(DISTINCT line) AS found
        FROM redemption_lines GROUP BY bucket, redemption",
    ),
    (
        "coupons a redemption has twice",
        "SELECT MIN(code) AS subject, COUNT(*) AS says, COUNT(DISTINCT code) AS found
        FROM redemption_coupons GROUP BY bucket, redemption",
    ),
    (
        "paid locks and their redemptions",
        "SELECT locks.order_ref AS subject, CASE locks.state WHEN 'redeemed' THEN 1 ELSE 0 END
                AS says,
            (SELECT COUNT(*) FROM redemptions WHERE redemptions.bucket = locks.bucket
                AND redemptions.order_ref = locks.order_ref AND redemptions.lock = locks.id) AS found
        FROM locks",
    ),
    (
        "what was told of uses and what was split",
        "SELECT CAST(templates.id AS TEXT) AS subject,
            (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM events
                WHERE template = templates.id AND kind = 'redeemed') AS says,
            (SELECT CAST(COALESCE(SUM(redemption_coupons.discount), 0) AS BIGINT)
                FROM redemption_coupons JOIN redemptions
                ON redemptions.bucket = redemption_coupons.bucket
                AND redemptions.id = redemption_coupons.redemption
                WHERE redemption_coupons.template = templates.id
                AND redemptions.outcome = 'redeemed') AS found
        FROM templates",
    ),
    (
        "coupons told of and coupons issued",
        "SELECT CAST(templates.id AS TEXT) AS subject,
            (SELECT COUNT(*) FROM events
                WHERE template = templates.id AND kind IN ('claimed', 'granted')) AS says,
            (SELECT COUNT(*) FROM coupons WHERE template = templates.id) AS found
        FROM templates",
    ),
    (
        "paid orders of a shopper",
        "SELECT shoppers.id AS subject, shoppers.paid_orders AS says,
            (SELECT COUNT(*) FROM redemptions WHERE redemptions.shopper = shoppers.id)
            + (SELECT COUNT(*) FROM orders WHERE orders.shopper = shoppers.id
                AND NOT EXISTS (SELECT 1 FROM redemptions
                    WHERE redemptions.bucket = orders.bucket
                    AND redemptions.order_ref = orders.order_ref
                    AND redemptions.shopper = orders.shopper)) AS found
        FROM shoppers",
    ),
    (
        "coupons that came of what risk let pass",
        "SELECT risk_hits.shopper AS subject, COUNT(*) AS says, COUNT(coupons.code) AS found
        FROM risk_hits LEFT JOIN coupons ON coupons.bucket = risk_hits.bucket
            AND coupons.code = risk_hits.coupon AND coupons.shopper = risk_hits.shopper
        WHERE risk_hits.coupon IS NOT NULL GROUP BY risk_hits.shopper",
    ),
    (
        "coupons that tickets became",
        "SELECT tickets.shopper AS subject, COUNT(*) AS says, COUNT(coupons.code) AS found
        FROM tickets LEFT JOIN coupons ON coupons.bucket = tickets.bucket
            AND coupons.code = tickets.coupon AND coupons.shopper = tickets.shopper
            AND coupons.template = tickets.template AND coupons.source = 'claim'
        WHERE tickets.state = 'settled' GROUP BY tickets.shopper",
    ),
    (
        "refunds of an order",
        "SELECT redemptions.order_ref AS subject, redemptions.returned AS says,
            (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM returns
                WHERE bucket = redemptions.bucket AND redemption = redemptions.id) AS found
        FROM redemptions",
    ),
    (
        "refunds the payment center told of",
        "SELECT callbacks.order_ref AS subject, COUNT(*) AS says, COUNT(returns.refund) AS found
        FROM callbacks
        JOIN redemptions ON redemptions.bucket = callbacks.bucket
            AND redemptions.order_ref = callbacks.order_ref
            AND redemptions.payment = callbacks.payment
        LEFT JOIN returns ON returns.bucket = redemptions.bucket
            AND returns.redemption = redemptions.id AND returns.refund = callbacks.reference
        WHERE callbacks.kind = 'refund.succeeded' AND callbacks.state = 'settled'
        GROUP BY callbacks.order_ref",
    ),
];

const AT_LENGTH: &str = "SET LOCAL enable_nestloop = off; SET LOCAL enable_seqscan = on;
    SET LOCAL statement_timeout = 0";

/// Everything that does not balance, one sentence each; empty when all is well.
pub async fn check(engine: &Engine, _: System) -> Result<Vec<String>> {
    let snapshot = engine.snapshot().await?;
    if snapshot.get_database_backend() == DbBackend::Postgres {
        // It knows nothing yet of tables that were filled a moment ago, and would take them for so small
        // that it compares each row of one with each of the other. All of it is read, for as long as that
        // takes.
        snapshot.execute_unprepared(AT_LENGTH).await?;
    }
    let mut wrong = balance(&snapshot).await?;
    wrong.extend(rollups::check(&snapshot).await?);
    for first in (0..1024).step_by(RANGE) {
        wrong.extend(check_histories(&snapshot, first as i64).await?);
        wrong.extend(check_returns(&snapshot, first as i64).await?);
    }
    snapshot.rollback().await?;
    Ok(wrong)
}

async fn balance(db: &DatabaseTransaction) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (what, query) in BALANCES {
        let differing = format!(
            "SELECT subject, CAST(says AS BIGINT) AS says, CAST(found AS BIGINT) AS found
            FROM ({query}) AS balance WHERE says <> found LIMIT 20"
        );
        for row in db.query_all_raw(sql(db, differing, [])).await? {
            let subject: Option<String> = row.try_get("", "subject").ok();
            let (says, found): (i64, i64) = (row.try_get("", "says")?, row.try_get("", "found")?);
            let subject = subject.unwrap_or_default();
            wrong.push(format!("{what}: {subject} says {says}, found {found}"));
        }
    }
    Ok(wrong)
}

/// How many buckets of coupons are held in memory at a time.
const RANGE: usize = 64;

/// A refund pays what its lines sum to, and what was refunded of an order of which everything came back is
/// what was paid.
async fn check_returns(db: &DatabaseTransaction, first: i64) -> Result<Vec<String>> {
    const PAID: &str = "SELECT order_ref, id, total, returned,
            (SELECT CAST(SUM(quantity) AS BIGINT) FROM redemption_lines
                WHERE bucket = redemptions.bucket AND redemption = redemptions.id) AS units
        FROM redemptions WHERE bucket >= $1 AND bucket < $2
            AND EXISTS (SELECT 1 FROM returns
                WHERE bucket = redemptions.bucket AND redemption = redemptions.id)";
    const RETURNS: &str = "SELECT redemption, refund, amount, lines FROM returns
        WHERE bucket >= $1 AND bucket < $2";
    let range = [first.into(), (first + RANGE as i64).into()];
    let mut units_back: HashMap<Uuid, i64> = HashMap::new();
    let mut wrong = Vec::new();
    for row in db.query_all_raw(sql(db, RETURNS, range.clone())).await? {
        let lines: String = row.try_get("", "lines")?;
        let lines: Vec<ReturnedLine> = serde_json::from_str(&lines)?;
        let units: i64 = lines.iter().map(|line| i64::from(line.quantity)).sum();
        *units_back.entry(row.try_get("", "redemption")?).or_default() += units;
        let found = lines.iter().map(|line| line.amount).sum::<Money>().units();
        let amount: i64 = row.try_get("", "amount")?;
        if found != amount {
            let refund: String = row.try_get("", "refund")?;
            wrong.push(format!("a refund's lines: {refund} says {amount}, found {found}"));
        }
    }
    for row in db.query_all_raw(sql(db, PAID, range)).await? {
        let (id, units): (Uuid, i64) = (row.try_get("", "id")?, row.try_get("", "units")?);
        let (total, returned): (i64, i64) =
            (row.try_get("", "total")?, row.try_get("", "returned")?);
        let back = units_back.get(&id).copied().unwrap_or(0);
        if back > units || (back == units && returned != total) {
            let order: String = row.try_get("", "order_ref")?;
            wrong.push(format!(
                "refunds of all of an order: {order} paid {total}, {returned} came back for \
                 {back} of {units} units"
            ));
        }
    }
    Ok(wrong)
}

/// Every coupon's state is the fold of its events.
async fn check_histories(db: &DatabaseTransaction, first: i64) -> Result<Vec<String>> {
    const COUPONS: &str = "SELECT code, state FROM coupons WHERE bucket >= $1 AND bucket < $2";
    const EVENTS: &str = "SELECT coupon, kind FROM events
        WHERE bucket >= $1 AND bucket < $2 ORDER BY n";
    let range = [first.into(), (first + RANGE as i64).into()];
    let mut histories: HashMap<String, Vec<Kind>> = HashMap::new();
    for row in db.query_all_raw(sql(db, EVENTS, range.clone())).await? {
        let kind: String = row.try_get("", "kind")?;
        if let Some(kind) = Kind::parse(&kind) {
            histories.entry(row.try_get("", "coupon")?).or_default().push(kind);
        }
    }
    let mut wrong = Vec::new();
    for row in db.query_all_raw(sql(db, COUPONS, range)).await? {
        let (code, state): (String, String) = (row.try_get("", "code")?, row.try_get("", "state")?);
        let history = histories.remove(&code).unwrap_or_default();
        let told = fold(history.iter().copied());
        if told.map(State::as_str) != Some(&state) {
            let code = Code::parse(&code);
            wrong.push(format!("a coupon's history: {code:?} is {state}, but {history:?}"));
        }
    }
    wrong.extend(histories.keys().map(|_| "events of a coupon that is not there".to_owned()));
    Ok(wrong)
}
