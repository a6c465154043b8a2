//! Paid orders that the host shop tells of: each counts once, whoever comes first.

use domain::actor::{Redeeming, Shopper};
use domain::template::{Audience, Draft};
use domain::{Channel, OrderRef, Refusal};
use engine::orders::{PaidOrder, tell_keyed};
use engine::redemption::Answer;
use engine::{Engine, Result};

use crate::cast::{ask, cart, claim, draft, live, lock, partner, redeem, refusal, shopper, yuan};
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    the_same_order_again_is_known_and_another_content_is_in_conflict,
    an_order_told_and_then_redeemed_counts_once,
    an_order_redeemed_and_then_told_counts_once,
    an_order_told_and_redeemed_at_the_same_moment_counts_once,
    who_paid_for_an_order_elsewhere_is_no_new_shopper,
    an_order_locked_for_one_shopper_is_not_anothers,
];

fn paid(order: &str, who: &Shopper) -> PaidOrder {
    PaidOrder {
        order: OrderRef::new(order).unwrap(),
        shopper: who.id.clone(),
        total: yuan(80),
        paid_at: noon(),
        channel: Some(Channel::new("app").unwrap()),
    }
}

async fn tell(engine: &Engine, paid: &PaidOrder) -> Result<Answer> {
    tell_keyed(engine, &partner::<Redeeming>(), paid, None).await.map(|(_, answer)| answer)
}

async fn paid_orders(store: &Store) -> i64 {
    store.number("SELECT CAST(SUM(paid_orders) AS BIGINT) FROM shoppers").await
}

async fn the_same_order_again_is_known_and_another_content_is_in_conflict(store: Store) {
    let engine = &store.engine;
    let first = paid("A-1", &shopper("mei"));
    assert_eq!(tell(engine, &first).await.unwrap(), Answer::Made);
    assert_eq!(tell(engine, &first).await.unwrap(), Answer::Known);
    let others = [
        PaidOrder { total: yuan(81), ..first.clone() },
        PaidOrder { shopper: shopper("bo").id, ..first.clone() },
        PaidOrder { channel: None, ..first.clone() },
        PaidOrder { paid_at: noon() + chrono::TimeDelta::microseconds(1), ..first.clone() },
    ];
    for other in others {
        let conflict = refusal(tell(engine, &other).await);
        assert_eq!(conflict, Refusal::StateConflict { state: "paid".into() });
    }
    assert_eq!(paid_orders(&store).await, 1);
}

async fn an_order_told_and_then_redeemed_counts_once(store: Store) {
    let (engine, mei) = (&store.engine, shopper("mei"));
    tell(engine, &paid("A-1", &mei)).await.unwrap();
    let locked = lock(engine, &mei, "A-1", &[]).await.unwrap();
    redeem(engine, &locked, "payment").await.unwrap();
    assert_eq!(paid_orders(&store).await, 1);
}

async fn an_order_redeemed_and_then_told_counts_once(store: Store) {
    let (engine, mei) = (&store.engine, shopper("mei"));
    let locked = lock(engine, &mei, "A-1", &[]).await.unwrap();
    redeem(engine, &locked, "payment").await.unwrap();
    assert_eq!(tell(engine, &paid("A-1", &mei)).await.unwrap(), Answer::Made);
    assert_eq!(tell(engine, &paid("A-1", &mei)).await.unwrap(), Answer::Known);
    assert_eq!(paid_orders(&store).await, 1);
    tell(engine, &paid("A-2", &mei)).await.unwrap();
    assert_eq!(paid_orders(&store).await, 2, "another order counts by itself");
}

async fn an_order_told_and_redeemed_at_the_same_moment_counts_once(store: Store) {
    let (engine, mei) = (&store.engine, shopper("mei"));
    let mut tasks = Vec::new();
    for i in 0..20 {
        let (engine, mei, order) = (engine.clone(), mei.clone(), format!("A-{i}"));
        let told = paid(&order, &mei);
        let telling = engine.clone();
        tasks.push(tokio::spawn(async move { assert!(tell(&telling, &told).await.is_ok()) }));
        tasks.push(tokio::spawn(async move {
            let ask = ask(&order, cart(yuan(80)), Some(&[]));
            let payment = domain::PaymentRef::new(order).unwrap();
            let redeemed = engine::redemption::redeem_at_once(&engine, &mei, &ask, &payment).await;
            redeemed.unwrap();
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(paid_orders(&store).await, 20);
}

async fn who_paid_for_an_order_elsewhere_is_no_new_shopper(store: Store) {
    let (engine, mei) = (&store.engine, shopper("mei"));
    let template = live(engine, Draft { audience: Audience::NewShoppers, ..draft() }).await;
    tell(engine, &paid("A-1", &mei)).await.unwrap();
    assert_eq!(refusal(claim(engine, &mei, template.id).await), Refusal::NewShoppersOnly);
    claim(engine, &shopper("bo"), template.id).await.unwrap();
}

async fn an_order_locked_for_one_shopper_is_not_anothers(store: Store) {
    let engine = &store.engine;
    lock(engine, &shopper("mei"), "A-1", &[]).await.unwrap();
    let conflict = refusal(tell(engine, &paid("A-1", &shopper("bo"))).await);
    assert_eq!(conflict, Refusal::StateConflict { state: "active".into() });
    assert_eq!(tell(engine, &paid("A-1", &shopper("mei"))).await.unwrap(), Answer::Made);
}
