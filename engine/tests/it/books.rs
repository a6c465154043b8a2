//! The books find what does not balance: each way in which a store may be wrong is told.

use domain::actor::{System, Till};
use domain::returns::Request;
use domain::{RefundRef, TemplateId};
use engine::{books, redemption};
use sea_orm::ConnectionTrait;

use crate::cast::{claim, draft, live, lock, redeem, shopper, yuan};
use crate::stores::{Store, on_both_stores};

on_both_stores![whatever_is_changed_behind_our_backs_is_noticed];

/// An order paid and refunded, another only paid, and one that waits.
async fn fill(store: &Store) -> TemplateId {
    let engine = &store.engine;
    let budget = domain::template::Draft { budget: Some(yuan(900)), per_shopper: 3, ..draft() };
    let template = live(engine, budget).await.id;
    let mei = shopper("mei");
    for order in ["refunded", "paid", "waiting"] {
        let coupon = claim(engine, &mei, template).await.unwrap();
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
    ];
    for (wrong, right, told) in cases {
        db.execute_unprepared(&wrong).await.unwrap();
        let found = books::check(&store.engine, System).await.unwrap();
        assert!(found.iter().any(|line| line.starts_with(told)), "{told}: {found:?}");
        db.execute_unprepared(&right).await.unwrap();
    }
}
