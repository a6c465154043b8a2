//! The schema itself: how it comes about, and what it holds by itself.

use domain::actor::System;
use engine::{Clock, Engine, rollups, wallet};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::cast::shopper;
use crate::stores::{Store, noon, number, on_both_stores, settled};

on_both_stores![
    an_empty_store_may_be_migrated_by_many_at_once,
    migrating_twice_is_harmless,
    the_store_itself_holds_the_limits,
    a_filled_store_of_the_first_release_migrates,
];

async fn an_empty_store_may_be_migrated_by_many_at_once(store: Store) {
    let engine = Engine::open_at(store.bare().await, Clock::still_at(noon())).await.unwrap();
    let all = migration::pending(engine.migration_connection()).await.unwrap();
    assert!(!all.is_empty());
    let migrations: Vec<_> = (0..4)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move { migration::up(engine.migration_connection()).await })
        })
        .collect();
    for migration in migrations {
        migration.await.unwrap().unwrap();
    }
    assert!(migration::pending(engine.migration_connection()).await.unwrap().is_empty());
    engine.close().await.unwrap();
}

async fn migrating_twice_is_harmless(store: Store) {
    let db = store.engine.migration_connection();
    let steps = store.number("SELECT count(*) FROM seaql_migrations").await;
    migration::up(db).await.unwrap();
    assert_eq!(store.number("SELECT count(*) FROM seaql_migrations").await, steps);
}

const TEMPLATE: &str = "INSERT INTO templates
    (id, state, revision, author, name, visibility, lane, stock, issued, budget, reserved, spent,
     per_shopper, created_at, updated_at)
    VALUES ({uuid}, '{state}', 1, 'a', 'n', 'listed', 'instant', 10, {issued}, 100, {reserved},
     60, 1, 0, 0)";

async fn the_store_itself_holds_the_limits(store: Store) {
    let coupon = "INSERT INTO coupons
        (bucket, code, id, template, revision, shopper, seq, state, source, claimed_at, valid_from)
        VALUES (1, '{code}', {uuid}, {uuid}, 1, 'mei', 1, '{state}', 'claim', 0, 0)";
    let fill = |text: &str, words: &[(&str, &str)]| {
        words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
    };
    let sound = [("{state}", "live"), ("{issued}", "10"), ("{reserved}", "40")];
    let code = ("{code}", "0123456789ABCDEF");
    let cases = [
        (fill(TEMPLATE, &sound), None),
        (fill(TEMPLATE, &[("{issued}", "11"), sound[0], sound[2]]), Some("templates_stock")),
        (fill(TEMPLATE, &[("{reserved}", "41"), sound[0], sound[1]]), Some("templates_budget")),
        (fill(TEMPLATE, &[("{state}", "odd"), sound[1], sound[2]]), Some("templates_state")),
        (fill(coupon, &[code, ("{state}", "available")]), None),
        (fill(coupon, &[("{code}", "SHORT"), ("{state}", "available")]), Some("coupons_code")),
        (fill(coupon, &[code, ("{state}", "locked")]), Some("coupons_lock")),
    ];
    let db = store.engine.migration_connection();
    let uuid = match db.get_database_backend() {
        DbBackend::Postgres => "gen_random_uuid()",
        _ => "randomblob(16)",
    };
    for (statement, broken) in cases {
        let done = db.execute_unprepared(&statement.replace("{uuid}", uuid)).await;
        match (done, broken) {
            (Ok(_), None) => {}
            (Err(error), Some(constraint)) => {
                assert!(error.to_string().contains(constraint), "{error} for {statement}");
            }
            (done, broken) => panic!("{done:?} for {broken:?}: {statement}"),
        }
    }
    // Rows that no use case made are in no books.
    db.execute_unprepared("DELETE FROM coupons").await.unwrap();
    db.execute_unprepared("DELETE FROM templates").await.unwrap();
}

/// An order that was paid under the first schema, with a coupon that took 20 off, and refunded in part;
/// somebody had seen its template.
const PAID: &str = "
    INSERT INTO redemptions (bucket, id, order_ref, shopper, payment, outcome, redeemed_at,
        subtotal, discount, total) VALUES (7, {uuid}, 'o', 'mei', 'p', 'redeemed', {at},
        10000, 2000, 8000);
    INSERT INTO redemption_coupons (bucket, redemption, position, coupon_bucket, code, template,
        revision, discount, kept) SELECT 7, id, 0, 1, 'CODE', {uuid}, 1, 2000, 1500
        FROM redemptions;
    INSERT INTO returns (bucket, redemption, seq, refund, amount, requested, lines, coupons,
        created_at) SELECT 7, id, 1, 'r', 500, '{}', '[]', '[]', {at} FROM redemptions;
    INSERT INTO viewers (template, day, visitor, channel) SELECT template, 20000, 'v', ''
        FROM redemption_coupons;";

async fn a_filled_store_of_the_first_release_migrates(store: Store) {
    let engine = Engine::open_at(store.bare().await, Clock::still_at(noon())).await.unwrap();
    let db = engine.migration_connection();
    migration::up_to_step(db, 1).await.unwrap();
    assert!(!migration::pending(db).await.unwrap().is_empty());
    let uuid = match db.get_database_backend() {
        DbBackend::Postgres => "gen_random_uuid()",
        _ => "randomblob(16)",
    };
    let paid = PAID.replace("{uuid}", uuid);
    let paid = paid.replace("{at}", &noon().timestamp_micros().to_string());
    db.execute_unprepared(&paid).await.unwrap();
    migration::up(db).await.unwrap();
    assert!(migration::pending(db).await.unwrap().is_empty());
    let saved = wallet::saved_this_year(&engine, &shopper("mei")).await.unwrap();
    assert_eq!(saved, domain::Money::minor(1_500));
    let viewers = "SELECT COUNT(*) FROM viewers WHERE visitor = 'v'";
    assert_eq!(number(&engine, viewers).await, 2, "once more of all");
    settled(&engine).await;
    rollups::work(&engine, System).await.unwrap();
    let refunded = "SELECT refunded FROM rollups JOIN mixes ON mixes.mix = rollups.mix
        WHERE basis = 'event' AND step = 'day' AND revision = 0";
    assert_eq!(number(&engine, refunded).await, 500, "refunds of before are added up");
    engine.close().await.unwrap();
}
