//! What the payment center tells: twice, too early, too late, of orders nobody knows.

use chrono::TimeDelta;
use domain::actor::{Shopper, System};
use domain::coupon::State;
use domain::lock::LockState;
use domain::returns::{Part, Request, RequestLine};
use domain::template::{Draft, PartReturn};
use domain::{Money, OrderRef, PaymentRef, RefundRef};
use engine::redemption::callbacks::{self, Callback, Told};
use engine::redemption::{self, Lock, Order, Outcome};
use engine::{Engine, Secret, sweeps};
use sea_orm::{ConnectionTrait, Statement};

use crate::cast::{ask, claim, draft, lines, live, lock, redeem, shopper, state, yuan};
use crate::stores::{Store, on_both_stores};

on_both_stores![
    a_payment_redeems_its_order_once,
    refunds_ahead_of_their_payment_wait_for_it,
    refunds_wait_for_a_payment_at_the_till_too,
    a_refund_long_ahead_of_its_payment_is_put_before_ops_and_taken_away_again,
    a_cancelled_payment_gives_the_coupon_back_and_a_payment_after_it_is_late,
    a_cancellation_told_again_leaves_what_was_locked_since,
    whatever_the_order_of_arrival_the_end_is_the_same,
    what_is_told_of_an_unknown_order_waits_for_it,
    a_payment_told_again_finds_the_order_that_came_too_late_for_it,
    a_cancellation_of_an_unknown_order_releases_nothing_later,
    a_second_payment_is_put_before_ops_until_it_went_back,
    a_refund_that_the_rules_cannot_follow_is_put_before_ops_once,
    everything_told_by_many_at_once_has_one_effect,
    a_callback_is_taken_from_the_center_alone,
];

fn paid(order: &str, payment: &str) -> Callback {
    about(order, payment, Told::Paid)
}

fn canceled(order: &str, payment: &str) -> Callback {
    about(order, payment, Told::Canceled)
}

/// So many units of the one line; without a number, all that is left.
fn refunded(order: &str, payment: &str, refund: &str, units: Option<u32>) -> Callback {
    let line = |units| RequestLine { id: "1".parse().unwrap(), part: Part::Quantity(units) };
    let request = Request { lines: units.map(|units| vec![line(units)]) };
    let refund = RefundRef::new(refund).unwrap();
    about(order, payment, Told::Refunded { refund, request })
}

fn about(order: &str, payment: &str, told: Told) -> Callback {
    let (order, payment) = (OrderRef::new(order).unwrap(), PaymentRef::new(payment).unwrap());
    Callback { order, payment, told }
}

/// Has the center tell it.
async fn tell(engine: &Engine, callback: &Callback) {
    let body = b"{}";
    let center = callbacks::verify(engine, &callbacks::sign(engine, body), body).unwrap();
    callbacks::receive(engine, &center, callback).await.unwrap();
}

/// Three units of 33.34 with a coupon that takes 20 off.
async fn placed(engine: &Engine, shopper: &Shopper, order: &str) -> Lock {
    let three = lines(&[("kale", "vegetables", Money::minor(3_334), 3)]);
    let (lock, _) = redemption::lock(engine, shopper, &ask(order, three, None)).await.unwrap();
    assert_eq!(lock.quote.discount(), yuan(20));
    lock
}

async fn read(engine: &Engine, lock: &Lock) -> Order {
    redemption::order(engine, &shopper(lock.shopper.as_str()), &lock.order).await.unwrap()
}

/// The kinds of what is before ops.
async fn before_ops(store: &Store) -> Vec<String> {
    let db = store.engine.migration_connection();
    let read = "SELECT kind FROM exceptions WHERE resolved_at IS NULL ORDER BY id";
    let read = Statement::from_string(db.get_database_backend(), read);
    let rows = db.query_all_raw(read).await.unwrap();
    rows.iter().map(|row| row.try_get("", "kind").unwrap()).collect()
}

async fn a_payment_redeems_its_order_once(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let lock = placed(engine, &mei, "o").await;
    for _ in 0..3 {
        tell(engine, &paid("o", "p")).await;
    }
    let redemption = read(engine, &lock).await.redemption.unwrap();
    assert_eq!((redemption.outcome, redemption.payment.as_str()), (Outcome::Redeemed, "p"));
    assert_eq!(state(engine, "mei", coupon.code).await, State::Redeemed);
    // The till learns of the same payment, and of refunds the same way.
    let (same, answer) = redeem(engine, &lock, "p").await.unwrap();
    assert_eq!((same, answer), (redemption, redemption::Answer::Known));
    for _ in 0..2 {
        tell(engine, &refunded("o", "p", "r", None)).await;
    }
    let returns = read(engine, &lock).await.redemption.unwrap().returns;
    assert_eq!(returns.len(), 1);
    assert_eq!((returns[0].amount, &returns[0].coupons), (lock.quote.total(), &vec![coupon.code]));
    assert_eq!(before_ops(&store).await, Vec::<String>::new());
}

async fn refunds_ahead_of_their_payment_wait_for_it(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    claim(engine, &mei, template.id).await.unwrap();
    let lock = placed(engine, &mei, "o").await;
    tell(engine, &refunded("o", "p", "r1", Some(1))).await;
    tell(engine, &refunded("o", "p", "r2", Some(1))).await;
    assert_eq!(read(engine, &lock).await.lock.state, LockState::Active);
    assert_eq!(before_ops(&store).await, Vec::<String>::new(), "it is usual");
    tell(engine, &paid("o", "p")).await;
    let redemption = read(engine, &lock).await.redemption.unwrap();
    let refunds: Vec<&str> = redemption.returns.iter().map(|back| back.refund.as_str()).collect();
    assert_eq!(refunds, ["r1", "r2"]);
    assert_eq!(redemption.returned(), Money::minor(2 * (3_334 - 667)));
}

async fn refunds_wait_for_a_payment_at_the_till_too(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let lock = placed(engine, &mei, "o").await;
    tell(engine, &refunded("o", "p", "r", None)).await;
    let (redemption, _) = redeem(engine, &lock, "p").await.unwrap();
    assert_eq!(redemption.returned(), lock.quote.total());
    assert_eq!(state(engine, "mei", coupon.code).await, State::Available);
}

async fn a_refund_long_ahead_of_its_payment_is_put_before_ops_and_taken_away_again(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    claim(engine, &mei, template.id).await.unwrap();
    let lock = placed(engine, &mei, "o").await;
    tell(engine, &refunded("o", "p", "r", None)).await;
    engine.clock().advance(TimeDelta::minutes(59));
    sweeps::settle_due(engine, System, 10).await.unwrap();
    assert_eq!(before_ops(&store).await, Vec::<String>::new());
    engine.clock().advance(TimeDelta::minutes(1));
    for _ in 0..2 {
        assert_eq!(sweeps::settle_due(engine, System, 10).await.unwrap(), 0);
        assert_eq!(before_ops(&store).await, ["refund_without_payment"]);
    }
    tell(engine, &paid("o", "p")).await;
    assert_eq!(read(engine, &lock).await.redemption.unwrap().returned(), lock.quote.total());
    assert_eq!(before_ops(&store).await, Vec::<String>::new());
}

async fn a_cancelled_payment_gives_the_coupon_back_and_a_payment_after_it_is_late(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let lock = placed(engine, &mei, "o").await;
    tell(engine, &canceled("o", "p1")).await;
    assert_eq!(read(engine, &lock).await.lock.state, LockState::Released);
    assert_eq!(state(engine, "mei", coupon.code).await, State::Available);
    tell(engine, &paid("o", "p2")).await;
    assert_eq!(read(engine, &lock).await.redemption.unwrap().outcome, Outcome::Redeemed);
    assert_eq!(state(engine, "mei", coupon.code).await, State::Redeemed);
    // And one whose coupon went elsewhere meanwhile stays paid.
    let second = live(engine, draft()).await;
    let bo = shopper("bo");
    let coupon = claim(engine, &bo, second.id).await.unwrap();
    let lock = placed(engine, &bo, "o2").await;
    tell(engine, &canceled("o2", "p1")).await;
    crate::cast::lock(engine, &bo, "o3", &[coupon.code]).await.unwrap();
    tell(engine, &paid("o2", "p2")).await;
    assert_eq!(read(engine, &lock).await.redemption.unwrap().outcome, Outcome::Exception);
    assert_eq!(before_ops(&store).await, ["late_payment"]);
}

async fn a_cancellation_told_again_leaves_what_was_locked_since(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    claim(engine, &mei, template.id).await.unwrap();
    placed(engine, &mei, "o").await;
    tell(engine, &canceled("o", "p1")).await;
    let lock = placed(engine, &mei, "o").await;
    tell(engine, &canceled("o", "p1")).await;
    assert_eq!(read(engine, &lock).await.lock.state, LockState::Active);
    tell(engine, &canceled("o", "p2")).await;
    assert_eq!(read(engine, &lock).await.lock.state, LockState::Released);
    // What is paid stays paid.
    tell(engine, &paid("o", "p3")).await;
    tell(engine, &canceled("o", "p4")).await;
    assert_eq!(read(engine, &lock).await.lock.state, LockState::Redeemed);
}

/// All orders of `items`.
fn permutations(items: &[Callback]) -> Vec<Vec<Callback>> {
    if items.len() < 2 {
        return vec![items.to_vec()];
    }
    let mut all = Vec::new();
    for at in 0..items.len() {
        let mut rest = items.to_vec();
        let first = rest.remove(at);
        for mut others in permutations(&rest) {
            others.insert(0, first.clone());
            all.push(others);
        }
    }
    all
}

async fn whatever_the_order_of_arrival_the_end_is_the_same(store: Store) {
    let engine = &store.engine;
    let claw_back = Draft { part_return: PartReturn::ClawBack, ..draft() };
    let template = live(engine, claw_back).await;
    let told = [
        canceled("o", "p0"),
        paid("o", "p"),
        refunded("o", "p", "r1", Some(1)),
        refunded("o", "p", "r2", Some(2)),
    ];
    for (i, told) in permutations(&told).into_iter().enumerate() {
        let shopper = shopper(&format!("shopper-{i}"));
        let coupon = claim(engine, &shopper, template.id).await.unwrap();
        let lock = placed(engine, &shopper, &format!("order-{i}")).await;
        for callback in &told {
            tell(engine, &Callback { order: lock.order.clone(), ..callback.clone() }).await;
        }
        let redemption = read(engine, &lock).await.redemption.unwrap();
        assert_eq!(redemption.outcome, Outcome::Redeemed, "{told:?}");
        assert_eq!(redemption.returned(), lock.quote.total(), "{told:?}");
        assert_eq!(state(engine, shopper.id.as_str(), coupon.code).await, State::Available);
    }
    assert_eq!(before_ops(&store).await, Vec::<String>::new());
}

async fn what_is_told_of_an_unknown_order_waits_for_it(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    claim(engine, &mei, template.id).await.unwrap();
    for _ in 0..2 {
        tell(engine, &refunded("o", "p", "r", Some(1))).await;
        tell(engine, &paid("o", "p")).await;
    }
    assert_eq!(before_ops(&store).await, ["unknown_order", "unknown_order"], "once for each");
    assert_eq!(sweeps::settle_due(engine, System, 10).await.unwrap(), 0);
    let lock = placed(engine, &mei, "o").await;
    assert_eq!(sweeps::settle_due(engine, System, 10).await.unwrap(), 2);
    assert_eq!(sweeps::settle_due(engine, System, 10).await.unwrap(), 0);
    let redemption = read(engine, &lock).await.redemption.unwrap();
    assert_eq!((redemption.payment.as_str(), redemption.returns.len()), ("p", 1));
    assert_eq!(before_ops(&store).await, Vec::<String>::new());
}

async fn a_payment_told_again_finds_the_order_that_came_too_late_for_it(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    tell(engine, &paid("o", "p")).await;
    engine.clock().advance(TimeDelta::days(2));
    claim(engine, &mei, template.id).await.unwrap();
    let lock = placed(engine, &mei, "o").await;
    assert_eq!(sweeps::settle_due(engine, System, 10).await.unwrap(), 0, "nobody looks any more");
    tell(engine, &paid("o", "p")).await;
    assert_eq!(read(engine, &lock).await.redemption.unwrap().payment.as_str(), "p");
    assert_eq!(before_ops(&store).await, Vec::<String>::new());
}

async fn a_cancellation_of_an_unknown_order_releases_nothing_later(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    claim(engine, &mei, template.id).await.unwrap();
    tell(engine, &canceled("o", "p")).await;
    assert_eq!(before_ops(&store).await, ["unknown_order"]);
    let lock = placed(engine, &mei, "o").await;
    sweeps::settle_due(engine, System, 10).await.unwrap();
    tell(engine, &canceled("o", "p")).await;
    assert_eq!(read(engine, &lock).await.lock.state, LockState::Active);
}

async fn a_second_payment_is_put_before_ops_until_it_went_back(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    for (order, second) in [
        ("o1", [paid("o1", "p2"), refunded("o1", "p2", "r", None)]),
        ("o2", [refunded("o2", "p2", "r", None), paid("o2", "p2")]),
    ] {
        let lock = lock(engine, &mei, order, &[]).await.unwrap();
        tell(engine, &paid(order, "p1")).await;
        tell(engine, &second[0]).await;
        let kind = before_ops(&store).await;
        assert_eq!(kind, [if order == "o1" { "paid_twice" } else { "refund_unmatched" }]);
        tell(engine, &second[1]).await;
        assert_eq!(before_ops(&store).await, Vec::<String>::new());
        let redemption = read(engine, &lock).await.redemption.unwrap();
        assert_eq!((redemption.payment.as_str(), redemption.returns.len()), ("p1", 0));
    }
}

async fn a_refund_that_the_rules_cannot_follow_is_put_before_ops_once(store: Store) {
    let engine = &store.engine;
    let lock = lock(engine, &shopper("mei"), "o", &[]).await.unwrap();
    tell(engine, &paid("o", "p")).await;
    for _ in 0..2 {
        tell(engine, &refunded("o", "p", "r1", Some(9))).await;
    }
    assert_eq!(before_ops(&store).await, ["refund_refused"]);
    // It stands in nobody's way.
    tell(engine, &refunded("o", "p", "r2", None)).await;
    assert_eq!(read(engine, &lock).await.redemption.unwrap().returned(), yuan(100));
    tell(engine, &refunded("o", "p", "r3", None)).await;
    assert_eq!(before_ops(&store).await, ["refund_refused", "refund_refused"]);
}

async fn everything_told_by_many_at_once_has_one_effect(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { budget: Some(yuan(60)), ..draft() }).await;
    let mut locks = Vec::new();
    let mut telling = Vec::new();
    for order in ["o1", "o2", "o3"] {
        let shopper = shopper(order);
        claim(engine, &shopper, template.id).await.unwrap();
        locks.push(placed(engine, &shopper, order).await);
        let told = [
            refunded(order, "p", "r1", Some(1)),
            paid(order, "p"),
            refunded(order, "p", "r2", Some(2)),
            paid(order, "p"),
            refunded(order, "p", "r1", Some(1)),
        ];
        for callback in told {
            let engine = engine.clone();
            telling.push(tokio::spawn(async move { tell(&engine, &callback).await }));
        }
        // The till hears of it at the same moment.
        let (engine, lock) = (engine.clone(), locks.last().unwrap().clone());
        telling.push(tokio::spawn(async move {
            redeem(&engine, &lock, "p").await.unwrap();
        }));
    }
    for telling in telling {
        telling.await.unwrap();
    }
    for lock in &locks {
        let redemption = read(engine, lock).await.redemption.unwrap();
        assert_eq!((redemption.returned(), redemption.returns.len()), (lock.quote.total(), 2));
    }
    assert_eq!(store.number("SELECT COUNT(*) FROM redemptions").await, 3);
    assert_eq!(store.number("SELECT COUNT(*) FROM callbacks WHERE state <> 'settled'").await, 0);
    assert_eq!(store.number("SELECT spent + reserved FROM templates").await, 0);
    assert_eq!(before_ops(&store).await, Vec::<String>::new());
}

async fn a_callback_is_taken_from_the_center_alone(store: Store) {
    let body = br#"{"type": "payment.succeeded"}"#;
    let secret = Secret::of_webhooks("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let agreed = store.another(|settings| settings.payment_secret = Some(secret)).await;
    let envelope = callbacks::sign(&agreed, body);
    assert!(callbacks::verify(&agreed, &envelope, body).is_some());
    assert!(callbacks::verify(&agreed, &envelope, b"{}").is_none());
    // Where nothing is agreed upon nobody is listened to but our own stand-in.
    assert!(callbacks::verify(&store.engine, &envelope, body).is_none());
    let own = callbacks::sign(&store.engine, body);
    assert!(callbacks::verify(&store.engine, &own, body).is_some());
    assert!(callbacks::verify(&agreed, &own, body).is_none());
    agreed.close().await.unwrap();
}
