//! The books find what does not balance: each way in which a store may be wrong is told.

use chrono::TimeDelta;
use domain::actor::{Role, System, Till};
use domain::returns::Request;
use domain::template::{ChannelQuota, Draft};
use domain::{Channel, RefundRef, TemplateId};
use engine::issuance::{self, Via};
use engine::{Engine, books, exceptions, redemption};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::cast::{claim, draft, live, lock, operator, redeem, shopper, yuan};
use crate::stores::{Store, on_both_stores};

on_both_stores![
    whatever_is_changed_behind_our_backs_is_noticed,
    what_belongs_to_nothing_is_noticed,
    what_is_named_twice_is_noticed,
    they_balance_while_everybody_is_at_work,
    every_night_what_does_not_balance_is_put_before_ops,
];

/// An order paid and refunded, another only paid, and one that waits.
async fn fill(store: &Store) -> TemplateId {
    let engine = &store.engine;
    let app = Channel::new("app").unwrap();
    let channels = vec![ChannelQuota { name: app.clone(), quota: Some(9) }];
    let budget = Draft { budget: Some(yuan(900)), per_shopper: 3, channels, ..draft() };
    let template = live(engine, budget).await.id;
    let mei = shopper("mei");
    for order in ["refunded", "paid", "waiting"] {
        let via = Via { channel: Some(app.clone()), ..Via::default() };
        let coupon = issuance::claim(engine, &mei, template, via).await.unwrap();
        let locked = lock(engine, &mei, order, &[coupon.code]).await.unwrap();
        if order == "waiting" {
            break;
        }
        redeem(engine, &locked, order).await.unwrap();
        if order == "refunded" {
            let (refund, all) = (RefundRef::new("refund").unwrap(), Request { lines: None });
            let till = Till::System(System);
            redemption::give_back(engine, &till, locked.id, &refund, &all).await.unwrap();
        }
    }
    template
}

async fn whatever_is_changed_behind_our_backs_is_noticed(store: Store) {
    fill(&store).await;
    let db = store.engine.migration_connection();
    assert!(books::check(&store.engine, System).await.unwrap().is_empty());
    let paid = "(SELECT id FROM redemptions WHERE order_ref = 'paid')";
    let refunded = "(SELECT id FROM redemptions WHERE order_ref = 'refunded')";
    let cases = [
        (
            "UPDATE templates SET issued = issued + 1".to_owned(),
            "UPDATE templates SET issued = issued - 1".to_owned(),
            "coupons issued",
        ),
        (
            "UPDATE templates SET spent = spent + 1".to_owned(),
            "UPDATE templates SET spent = spent - 1".to_owned(),
            "spent of a budget",
        ),
        (
            "UPDATE templates SET reserved = reserved + 1".to_owned(),
            "UPDATE templates SET reserved = reserved - 1".to_owned(),
            "reserved of a budget",
        ),
        (
            "UPDATE tallies SET taken = taken + 1 WHERE day = 0".to_owned(),
            "UPDATE tallies SET taken = taken - 1 WHERE day = 0".to_owned(),
            "coupons a shopper took",
        ),
        (
            "UPDATE tallies SET day = 1 WHERE day = 0".to_owned(),
            "UPDATE tallies SET day = 0 WHERE day = 1".to_owned(),
            "coupons without a tally",
        ),
        (
            "UPDATE tallies SET taken = taken + 1 WHERE day = 0".to_owned(),
            "UPDATE tallies SET taken = taken - 1 WHERE day = 0".to_owned(),
            "coupons a shopper took day by day",
        ),
        (
            "UPDATE tallies SET taken = taken + 1 WHERE day <> 0 AND template NOT IN
                (SELECT id FROM templates)"
                .to_owned(),
            "UPDATE tallies SET taken = taken - 1 WHERE day <> 0 AND template NOT IN
                (SELECT id FROM templates)"
                .to_owned(),
            "coupons a shopper took on a day",
        ),
        (
            "UPDATE channel_quotas SET taken = taken + 1".to_owned(),
            "UPDATE channel_quotas SET taken = taken - 1".to_owned(),
            "coupons through a channel",
        ),
        (
            "UPDATE locks SET discount = discount - 1 WHERE order_ref = 'paid'".to_owned(),
            "UPDATE locks SET discount = discount + 1 WHERE order_ref = 'paid'".to_owned(),
            "a lock's coupons and its discount",
        ),
        (
            "UPDATE locks SET shopper = 'bo' WHERE order_ref = 'waiting'".to_owned(),
            "UPDATE locks SET shopper = 'mei' WHERE order_ref = 'waiting'".to_owned(),
            "locked coupons without a lock",
        ),
        (
            "UPDATE coupons SET state = 'expired' WHERE state = 'redeemed'".to_owned(),
            "UPDATE coupons SET state = 'redeemed' WHERE state = 'expired'".to_owned(),
            "a coupon's history",
        ),
        (
            "UPDATE locks SET state = 'lapsed' WHERE order_ref = 'paid'".to_owned(),
            "UPDATE locks SET state = 'redeemed' WHERE order_ref = 'paid'".to_owned(),
            "paid locks and their redemptions",
        ),
        (
            format!("UPDATE redemption_shares SET share = share - 1 WHERE redemption = {paid}"),
            format!("UPDATE redemption_shares SET share = share + 1 WHERE redemption = {paid}"),
            "a line's shares and its discount",
        ),
        (
            "UPDATE events SET amount = amount + 1 WHERE kind = 'redeemed'".to_owned(),
            "UPDATE events SET amount = amount - 1 WHERE kind = 'redeemed'".to_owned(),
            "what was told of uses and what was split",
        ),
        (
            format!("UPDATE returns SET amount = amount - 1 WHERE redemption = {refunded}"),
            format!("UPDATE returns SET amount = amount + 1 WHERE redemption = {refunded}"),
            "refunds of an order",
        ),
        (
            "UPDATE redemptions SET returned = returned - 1 WHERE order_ref = 'refunded'"
                .to_owned(),
            "UPDATE redemptions SET returned = returned + 1 WHERE order_ref = 'refunded'"
                .to_owned(),
            "refunds of all of an order",
        ),
        (
            "UPDATE returns SET amount = amount + 1".to_owned(),
            "UPDATE returns SET amount = amount - 1".to_owned(),
            "a refund's lines",
        ),
    ];
    for (wrong, right, told) in cases {
        db.execute_unprepared(&wrong).await.unwrap();
        let found = books::check(&store.engine, System).await.unwrap();
        assert!(found.iter().any(|line| line.starts_with(told)), "{told}: {found:?}");
        db.execute_unprepared(&right).await.unwrap();
    }
}

async fn what_belongs_to_nothing_is_noticed(store: Store) {
    fill(&store).await;
    let db = store.engine.migration_connection();
    if db.get_database_backend() != DbBackend::Postgres {
        // SQLite refuses it.
        return;
    }
    const NOTHING: &str = "'00000000-0000-0000-0000-000000000000'";
    let paid = "(SELECT id FROM redemptions WHERE order_ref = 'paid')";
    let waiting = "(SELECT id FROM locks WHERE order_ref = 'waiting')";
    let cases = [
        ("redemption_lines", "redemption", paid, "lines of no redemption"),
        ("redemption_coupons", "redemption", paid, "coupons of no redemption"),
        ("lock_coupons", "lock", waiting, "coupons of no lock"),
        ("redemption_shares", "redemption", paid, "shares of no line"),
        ("redemption_shares", "redemption", paid, "shares of no coupon"),
    ];
    for (table, column, owner, told) in cases {
        let moved = |from: &str, to: &str| {
            format!("UPDATE {table} SET {column} = {to} WHERE {column} = {from}")
        };
        db.execute_unprepared(&moved(owner, NOTHING)).await.unwrap();
        let found = books::check(&store.engine, System).await.unwrap();
        assert!(found.iter().any(|line| line.starts_with(told)), "{told}: {found:?}");
        db.execute_unprepared(&moved(NOTHING, owner)).await.unwrap();
    }
}

async fn what_is_named_twice_is_noticed(store: Store) {
    fill(&store).await;
    let db = store.engine.migration_connection();
    if db.get_database_backend() != DbBackend::Postgres {
        // SQLite refuses it.
        return;
    }
    const LINE: &str = "line, product, category, unit_price, quantity, discount";
    const COUPON: &str = "coupon_bucket, code, template, revision, discount";
    let used = format!("{COUPON}, kept");
    let cases = [
        ("lock_coupons", "lock", "position", COUPON, "coupons a lock names twice"),
        ("redemption_lines", "redemption", "line_no", LINE, "lines a redemption has twice"),
        (
            "redemption_coupons",
            "redemption",
            "position",
            used.as_str(),
            "coupons a redemption has twice",
        ),
    ];
    for (table, owner, number, rest, told) in cases {
        let again = format!(
            "INSERT INTO {table} (bucket, {owner}, {number}, {rest})
             SELECT bucket, {owner}, {number} + 100, {rest} FROM {table}"
        );
        db.execute_unprepared(&again).await.unwrap();
        let found = books::check(&store.engine, System).await.unwrap();
        assert!(found.iter().any(|line| line.starts_with(told)), "{told}: {found:?}");
        let once = format!("DELETE FROM {table} WHERE {number} >= 100");
        db.execute_unprepared(&once).await.unwrap();
    }
}

/// One shopper's way, from the claim to the payment.
async fn shop(engine: &Engine, name: &str, template: TemplateId) {
    let shopper = shopper(name);
    let coupon = claim(engine, &shopper, template).await.unwrap();
    let locked = lock(engine, &shopper, name, &[coupon.code]).await.unwrap();
    redeem(engine, &locked, name).await.unwrap();
}

async fn they_balance_while_everybody_is_at_work(store: Store) {
    let engine = &store.engine;
    let budget = Draft { budget: Some(yuan(9_000)), ..draft() };
    let template = live(engine, budget).await.id;
    let shoppers: Vec<_> = (0..8)
        .map(|i| {
            let engine = engine.clone();
            tokio::spawn(async move {
                for order in 0..10 {
                    shop(&engine, &format!("s{i}-{order}"), template).await;
                }
            })
        })
        .collect();
    while shoppers.iter().any(|shopper| !shopper.is_finished()) {
        assert_eq!(books::check(engine, System).await.unwrap(), Vec::<String>::new());
    }
    for shopper in shoppers {
        shopper.await.unwrap();
    }
}

async fn every_night_what_does_not_balance_is_put_before_ops(store: Store) {
    fill(&store).await;
    let engine = &store.engine;
    let (viewer, db) = (operator(engine, Role::Viewer).await, engine.migration_connection());
    let watch = async || books::watch(engine, System).await.unwrap();
    let listed = async || exceptions::list(engine, &viewer, 0).await.unwrap();
    assert!(!watch().await, "its first night is to come");
    db.execute_unprepared("UPDATE templates SET issued = issued + 1").await.unwrap();
    for column in ["issued", "spent"] {
        engine.clock().advance(TimeDelta::days(1));
        let nodes: Vec<_> = (0..4)
            .map(|_| {
                let engine = engine.clone();
                tokio::spawn(async move { books::watch(&engine, System).await.unwrap() })
            })
            .collect();
        let mut looked = 0;
        for node in nodes {
            looked += usize::from(node.await.unwrap());
        }
        assert_eq!(looked, 1, "once a night");
        let listed = listed().await;
        assert_eq!((listed.total, listed.open), (1, 1));
        let one = &listed.exceptions[0];
        assert_eq!(one.kind, "books");
        let said = one.data["wrong"].as_array().unwrap();
        assert_eq!(one.data["n"], said.len());
        let is_spent = said.iter().any(|said| said.as_str().unwrap().starts_with("spent"));
        assert_eq!(is_spent, column == "spent", "as it is by now");
        db.execute_unprepared("UPDATE templates SET spent = spent + 1").await.unwrap();
    }
    db.execute_unprepared("UPDATE templates SET issued = issued - 1, spent = spent - 2")
        .await
        .unwrap();
    engine.clock().advance(TimeDelta::days(1));
    assert!(watch().await && !watch().await);
    let listed = listed().await;
    assert_eq!((listed.total, listed.open), (1, 0), "it has come right");
}
