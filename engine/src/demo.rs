//! A named cast and a month or a year of made-up history, for a first look, development and tests
//! alike. All of it goes through the use cases, by a clock that is moved along.

mod catalogue;
#[cfg(any(test, feature = "test-clock"))]
pub mod crowd;
mod history;
mod offers;
pub mod year;

use domain::actor::{Role, Shopper, System};
use domain::{Code, Problem, ShopperId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{mark, operator, pool_code};
use crate::store::sql;
use crate::{Engine, Error, Fault, Result, accounts};

pub use history::play as play_history;

/// The password of everybody in the cast.
pub const PASSWORD: &str = "quan-demo-2026";

/// The operators: e-mail, name, role.
pub const OPERATORS: &[(&str, &str, Role)] = &[
    ("admin@quan.example", "Ada", Role::Admin),
    ("editor@quan.example", "Edda", Role::Editor),
    ("approver@quan.example", "Abo", Role::Approver),
    ("risk@quan.example", "Rika", Role::Risk),
    ("viewer@quan.example", "Vito", Role::Viewer),
];

/// The shoppers: e-mail, name.
pub const SHOPPERS: &[(&str, &str)] = &[
    ("lin@quan.example", "小林 Lin"),
    ("mei@quan.example", "阿梅 Mei"),
    ("bo@quan.example", "阿波 Bo"),
];

/// What a store says of itself when its history is made up.
const MARK: &str = "demo";

/// Whether the store's history is made up.
pub async fn is_made_up(engine: &Engine) -> Result<bool> {
    Ok(mark::Entity::find_by_id(MARK).one(engine.reader()).await?.is_some())
}

/// Puts the cast and the shelf into an empty store: operators, shoppers and the catalogue, without
/// any history. Answers false when they are there already; a store with real data is refused.
pub async fn seed(engine: &Engine, by: System) -> Result<bool> {
    if is_made_up(engine).await? {
        return Ok(false);
    }
    if holds_data(engine).await? {
        return Err(Fault::new("the store holds data already; a demo would mix with it").into());
    }
    catalogue::seed(engine, by).await?;
    for (email, name, role) in OPERATORS {
        accounts::operator_add(engine, by, email, name, *role, PASSWORD).await?;
    }
    for (email, name) in SHOPPERS {
        accounts::sign_up(engine, email, PASSWORD, name).await?;
    }
    let tx = engine.begin().await?;
    let mark = mark::ActiveModel { key: Set(MARK.into()), value: Set("made up".into()) };
    mark::Entity::insert(mark).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// Whether anybody has put something here: people, keys, goods, what is designed, or what came of it.
async fn holds_data(engine: &Engine) -> Result<bool> {
    const TABLES: &[&str] = &[
        "operators",
        "shoppers",
        "keys",
        "webhooks",
        "categories",
        "products",
        "catalogue_uploads",
        "templates",
        "coupons",
        "locks",
        "redemptions",
        "orders",
        "callbacks",
    ];
    let any =
        TABLES.iter().map(|table| format!("SELECT 1 FROM (SELECT 1 FROM {table} LIMIT 1) AS it"));
    let any = any.collect::<Vec<_>>().join(" UNION ALL ") + " LIMIT 1";
    let db = engine.reader();
    Ok(db.query_one_raw(sql(db, any, [])).await?.is_some())
}

/// A few pool codes of the demo that nobody has entered yet, for whoever tries it.
pub async fn pool_codes(engine: &Engine) -> Result<Vec<Code>> {
    let unclaimed = pool_code::Entity::find()
        .filter(pool_code::Column::State.eq("unclaimed"))
        .order_by_asc(pool_code::Column::Code)
        .limit(2);
    let found = unclaimed.all(engine.reader()).await?;
    Ok(found.iter().filter_map(|found| Code::parse(&found.code)).collect())
}

/// Empties a store whose history is made up, and puts the cast back as it was. Real data is
/// refused. For tests.
#[cfg(any(test, feature = "test-clock"))]
pub async fn reset(engine: &Engine, by: System) -> Result<()> {
    const TABLES: &[&str] = &[
        "attempts",
        "callbacks",
        "catalogue_lines",
        "catalogue_uploads",
        "changes",
        "channel_quotas",
        "counts",
        "daily_counts",
        "deliveries",
        "events",
        "exceptions",
        "expiry_reminders",
        "grant_failures",
        "grant_pages",
        "grant_recipients",
        "grants",
        "hand_offs",
        "idempotency",
        "keys",
        "lock_coupons",
        "locks",
        "marks",
        "mixes",
        "newcomers",
        "operators",
        "orders",
        "pool_codes",
        "pools",
        "products",
        "categories",
        "reminders",
        "replacements",
        "replacement_tallies",
        "redemption_shares",
        "redemption_lines",
        "redemption_coupons",
        "returns",
        "redemptions",
        "risk_counters",
        "risk_entries",
        "risk_hits",
        "risk_rules",
        "risk_stops",
        "rollup_places",
        "rollups",
        "sessions",
        "shopper_logins",
        "tallies",
        "tickets",
        "coupons",
        "shoppers",
        "revisions",
        "templates",
        "viewer_days",
        "viewers",
        "webhooks",
    ];
    if !is_made_up(engine).await? && holds_data(engine).await? {
        return Err(Fault::new("the store holds real data").into());
    }
    let tx = engine.begin().await?;
    tx.execute_raw(sql(&tx, "UPDATE categories SET parent = NULL", [])).await?;
    for table in TABLES {
        tx.execute_raw(sql(&tx, format!("DELETE FROM {table}"), [])).await?;
    }
    crate::store::cached::bump(&tx, crate::catalogue::SUBJECT).await?;
    crate::store::cached::bump(&tx, crate::partners::SUBJECT).await?;
    crate::store::cached::bump(&tx, crate::risk::SUBJECT).await?;
    crate::store::cached::bump(&tx, crate::risk::STOPS).await?;
    crate::templates::known::changed(&tx).await?;
    tx.commit().await?;
    engine.0.watch.distrust();
    engine.0.stops.distrust();
    engine.0.gathered.forget();
    engine.keys().distrust();
    engine.catalogue().distrust();
    engine.known().distrust();
    seed(engine, by).await?;
    Ok(())
}

/// A shopper of the cast, by e-mail.
async fn shopper_called(engine: &Engine, email: &str) -> Result<Shopper> {
    let login = crate::entity::shopper_login::Entity::find_by_id(email);
    let login = login.one(engine.reader()).await?.ok_or(Error::Missing)?;
    let id = ShopperId::new(login.shopper).map_err(|_| Fault::new("a shopper has an odd id"))?;
    Ok(Shopper { id })
}

/// An operator of the cast, by e-mail.
async fn operator_called(engine: &Engine, email: &str) -> Result<domain::actor::Operator> {
    let found = operator::Entity::find().filter(operator::Column::Email.eq(email));
    let found = found.one(engine.reader()).await?.ok_or(Error::Missing)?;
    accounts::operator(engine, domain::OperatorId(found.id)).await
}

fn oddly(_: Problem) -> Fault {
    Fault::new("a demo reference was refused")
}
