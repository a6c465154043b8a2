//! Orders: locks, payments, refunds, and everything that comes late or twice.

use chrono::TimeDelta;
use domain::actor::{System, Till};
use domain::coupon::State;
use domain::lock::LockState;
use domain::returns::{Part, Request, RequestLine};
use domain::stacking::Stacking;
use domain::template::{Draft, PartReturn, Validity, Window};
use domain::{Code, RefundRef, Refusal};
use engine::redemption::{self, Answer, Ask, Lock, Outcome, Returned};
use engine::{Engine, sweeps, wallet};
use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};

use crate::cast::{
    ask, cart, claim, draft, lines, live, lock, only, redeem, refusal, shelf, shopper, state, yuan,
};
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    ten_cents_short_are_told_and_exactly_enough_is_accepted,
    a_lock_becomes_a_use_and_the_same_payment_is_one_payment,
    a_coupon_goes_to_exactly_one_of_twenty_orders,
    orders_at_once_are_each_answered_by_themselves,
    the_same_order_locking_again_replaces_its_lock,
    another_shoppers_coupon_and_order_are_refused,
    a_named_coupon_that_cannot_be_used_refuses_the_whole_lock,
    a_stale_discount_is_refused,
    a_released_coupon_is_free_again,
    a_lock_lapses_by_the_clock_and_is_swept,
    locks_lapse_many_at_a_time_but_those_that_somebody_is_at,
    a_late_payment_takes_its_coupon_again,
    a_late_payment_takes_an_expired_coupon_too,
    a_paid_order_whose_coupon_is_gone_is_an_exception_and_not_a_failure,
    a_budget_is_never_passed_by_orders_that_race,
    a_choice_goes_on_without_a_budget_that_others_have_used_up,
    a_budget_is_reserved_spent_and_returned,
    an_order_in_one_step_is_locked_and_redeemed,
    refunds_sum_to_what_was_paid_and_bring_the_coupon_back,
    a_coupon_returned_after_its_end_expires,
    what_kept_goods_no_longer_earn_is_clawed_back,
    more_than_was_bought_is_refused_and_nothing_is_written,
    one_redeemed_coupon_cannot_be_locked_again,
    simultaneous_payments_and_refunds_have_one_effect,
    of_two_payments_of_one_order_at_once_one_is_taken,
    coupons_expire_when_swept_and_once,
];

async fn give_back(
    engine: &Engine,
    lock: &Lock,
    refund: &str,
    lines: Option<&[(&str, u32)]>,
) -> engine::Result<(Returned, Answer)> {
    let line = |(id, quantity): &(&str, u32)| RequestLine {
        id: id.parse().unwrap(),
        part: Part::Quantity(*quantity),
    };
    let request = Request { lines: lines.map(|lines| lines.iter().map(line).collect()) };
    let refund = RefundRef::new(refund).unwrap();
    redemption::give_back(engine, &Till::System(System), lock.id, &refund, &request).await
}

async fn ten_cents_short_are_told_and_exactly_enough_is_accepted(store: Store) {
    let engine = &store.engine;
    shelf(engine).await;
    let produce = Draft { scope: only(&["vegetables", "fruit"]), ..draft() };
    let template = live(engine, produce).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let short = lines(&[
        ("gift-box", "vegetables", domain::Money::minor(3_330), 3),
        ("soap", "household", yuan(50), 1),
    ]);
    let quote = wallet::quote(engine, &mei, &short, None).await.unwrap();
    let (required, current) = (yuan(100), domain::Money::minor(9_990));
    let missing = domain::Money::minor(10);
    assert_eq!(quote.refused[0].refusal, Refusal::BelowThreshold { required, current, missing });
    let enough = lines(&[
        ("gift-box", "vegetables", domain::Money::minor(3_330), 3),
        ("onion", "vegetables", domain::Money::minor(10), 1),
    ]);
    let quote = wallet::quote(engine, &mei, &enough, None).await.unwrap();
    assert_eq!(quote.applied[0].code, coupon.code);
    assert_eq!(quote.total(), yuan(80));
}

async fn a_lock_becomes_a_use_and_the_same_payment_is_one_payment(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let ask = ask("order", cart(yuan(100)), None);
    let (locked, answer) = redemption::lock(engine, &mei, &ask).await.unwrap();
    assert_eq!((answer, locked.quote.total()), (Answer::Made, yuan(80)));
    assert_eq!(state(engine, "mei", coupon.code).await, State::Locked);
    let (paid, answer) = redeem(engine, &locked, "payment").await.unwrap();
    assert_eq!((answer, paid.outcome), (Answer::Made, Outcome::Redeemed));
    assert_eq!(state(engine, "mei", coupon.code).await, State::Redeemed);
    let (again, answer) = redeem(engine, &locked, "payment").await.unwrap();
    assert_eq!((again, answer), (paid, Answer::Known));
    let other = refusal(redeem(engine, &locked, "another").await);
    assert_eq!(other, Refusal::StateConflict { state: "redeemed".into() });
    let order = redemption::order(engine, &mei, &locked.order).await.unwrap();
    assert_eq!(order.lock.state, LockState::Redeemed);
    let relock = refusal(redemption::lock(engine, &mei, &ask).await);
    assert_eq!(relock, Refusal::StateConflict { state: "redeemed".into() });
}

async fn a_coupon_goes_to_exactly_one_of_twenty_orders(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let coupon = claim(engine, &shopper("mei"), template.id).await.unwrap();
    let orders: Vec<_> = (0..20)
        .map(|i| {
            let engine = engine.clone();
            tokio::spawn(async move {
                lock(&engine, &shopper("mei"), &format!("order-{i}"), &[coupon.code]).await
            })
        })
        .collect();
    let mut won = 0;
    for order in orders {
        match order.await.unwrap() {
            Ok(_) => won += 1,
            lost => assert!(matches!(refusal(lost), Refusal::LockedByOtherOrder { .. })),
        }
    }
    assert_eq!(won, 1);
}

/// Of every three one names its coupon, one leaves the choice and one is too small.
async fn orders_at_once_are_each_answered_by_themselves(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mut asking = Vec::new();
    for i in 0..15 {
        let coupon = claim(engine, &shopper(&format!("s{i}")), template.id).await.unwrap();
        let named = [coupon.code];
        let named = (i % 3 != 1).then_some(&named[..]);
        let spent = if i % 3 == 2 { yuan(99) } else { yuan(100) };
        asking.push(ask(&format!("order-{i}"), cart(spent), named));
    }
    let lock = |(i, ask): (usize, Ask)| {
        let engine = engine.clone();
        let shopper = shopper(&format!("s{i}"));
        tokio::spawn(async move { redemption::lock(&engine, &shopper, &ask).await })
    };
    let locking: Vec<_> = asking.into_iter().enumerate().map(lock).collect();
    let mut locks = Vec::new();
    for (i, locked) in locking.into_iter().enumerate() {
        match locked.await.unwrap() {
            Ok((lock, answer)) => {
                assert_eq!((answer, lock.order.as_str()), (Answer::Made, &*format!("order-{i}")));
                assert_eq!(
                    (lock.shopper.as_str(), lock.quote.total()),
                    (&*format!("s{i}"), yuan(80))
                );
                locks.push(lock);
            }
            small => {
                assert_eq!(i % 3, 2);
                let (required, current) = (yuan(100), yuan(99));
                let missing = yuan(1);
                assert_eq!(refusal(small), Refusal::BelowThreshold { required, current, missing });
            }
        }
    }
    assert_eq!(locks.len(), 10);
    let pay = |lock: &Lock| {
        let (engine, lock) = (engine.clone(), lock.clone());
        tokio::spawn(async move { redeem(&engine, &lock, "payment").await })
    };
    let paying: Vec<_> = locks.iter().chain(&locks).map(pay).collect();
    let mut made = 0;
    for (lock, paid) in locks.iter().cycle().zip(paying) {
        let (paid, answer) = paid.await.unwrap().unwrap();
        assert_eq!((&paid.order, paid.outcome), (&lock.order, Outcome::Redeemed));
        made += usize::from(answer == Answer::Made);
    }
    assert_eq!(made, 10);
}

async fn the_same_order_locking_again_replaces_its_lock(store: Store) {
    let engine = &store.engine;
    let stacked = || Draft {
        per_shopper: 2,
        stacking: Stacking { group: None, exclusive: false },
        ..draft()
    };
    let template = live(engine, stacked()).await;
    let mei = shopper("mei");
    let first = claim(engine, &mei, template.id).await.unwrap();
    let second = claim(engine, &mei, template.id).await.unwrap();
    let one = lock(engine, &mei, "order", &[first.code]).await.unwrap();
    let two = lock(engine, &mei, "order", &[first.code, second.code]).await.unwrap();
    assert_eq!(one.id, two.id);
    let three = lock(engine, &mei, "order", &[second.code]).await.unwrap();
    assert_eq!(three.id, one.id);
    assert_eq!(state(engine, "mei", first.code).await, State::Available);
    assert_eq!(state(engine, "mei", second.code).await, State::Locked);
    // Each coupon entered the stage once.
    assert_eq!(store.number("SELECT COUNT(*) FROM events WHERE kind = 'locked'").await, 2);
    assert_eq!(store.number("SELECT COUNT(*) FROM events WHERE kind = 'released'").await, 1);
    redemption::release(engine, &Till::System(System), one.id).await.unwrap();
    let four = lock(engine, &mei, "order", &[first.code]).await.unwrap();
    assert_eq!(four.id, one.id, "also after a release");
}

async fn another_shoppers_coupon_and_order_are_refused(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let coupon = claim(engine, &shopper("mei"), template.id).await.unwrap();
    let stolen = lock(engine, &shopper("bo"), "order", &[coupon.code]).await;
    assert_eq!(refusal(stolen), Refusal::NotOwner);
    let mine = lock(engine, &shopper("mei"), "order", &[coupon.code]).await.unwrap();
    let taken = lock(engine, &shopper("bo"), "order", &[]).await;
    assert_eq!(refusal(taken), Refusal::StateConflict { state: "active".into() });
    let bo = Till::Shopper(shopper("bo"));
    assert!(redemption::release(engine, &bo, mine.id).await.is_err());
    assert!(redemption::order(engine, &shopper("bo"), &mine.order).await.is_err());
}

async fn a_named_coupon_that_cannot_be_used_refuses_the_whole_lock(store: Store) {
    let engine = &store.engine;
    let stacking = Stacking { group: None, exclusive: false };
    let good = live(engine, Draft { stacking: stacking.clone(), ..draft() }).await;
    let dear = domain::benefit::Benefit::AmountOff { amount: yuan(9), min_spend: Some(yuan(900)) };
    let dear = live(engine, Draft { benefit: dear, stacking, ..draft() }).await;
    let mei = shopper("mei");
    let good = claim(engine, &mei, good.id).await.unwrap();
    let dear = claim(engine, &mei, dear.id).await.unwrap();
    match lock(engine, &mei, "order", &[good.code, dear.code]).await {
        Err(engine::Error::CouponRefused(refused)) => {
            assert_eq!((refused.code, refused.refusal.code()), (dear.code, "below_threshold"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(state(engine, "mei", good.code).await, State::Available);
    assert_eq!(store.number("SELECT COUNT(*) FROM locks").await, 0);
}

async fn a_stale_discount_is_refused(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    claim(engine, &shopper("mei"), template.id).await.unwrap();
    let stale = Ask { expected_discount: Some(yuan(30)), ..ask("order", cart(yuan(100)), None) };
    let told = refusal(redemption::lock(engine, &shopper("mei"), &stale).await);
    assert_eq!(told, Refusal::AmountMismatch { expected: yuan(20) });
}

async fn a_released_coupon_is_free_again(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let locked = lock(engine, &mei, "one", &[coupon.code]).await.unwrap();
    let till = Till::Shopper(mei.clone());
    redemption::release(engine, &till, locked.id).await.unwrap();
    redemption::release(engine, &till, locked.id).await.unwrap();
    lock(engine, &mei, "two", &[coupon.code]).await.unwrap();
}

async fn a_lock_lapses_by_the_clock_and_is_swept(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    lock(engine, &mei, "one", &[coupon.code]).await.unwrap();
    engine.clock().advance(TimeDelta::minutes(30));
    // Before any sweep the next order may have it.
    let two = lock(engine, &mei, "two", &[coupon.code]).await.unwrap();
    assert_eq!(store.number("SELECT COUNT(*) FROM events WHERE kind = 'lapsed'").await, 1);
    engine.clock().advance(TimeDelta::minutes(30));
    assert_eq!(sweeps::lapse_due(engine, System, 10).await.unwrap(), 1);
    assert_eq!(sweeps::lapse_due(engine, System, 10).await.unwrap(), 0);
    let swept = redemption::read_lock(engine, &Till::System(System), two.id).await.unwrap();
    assert_eq!(swept.state, LockState::Lapsed);
    assert_eq!(state(engine, "mei", coupon.code).await, State::Available);
}

async fn locks_lapse_many_at_a_time_but_those_that_somebody_is_at(store: Store) {
    let engine = &store.engine;
    let budget = Draft { budget: Some(yuan(900)), ..draft() };
    let template = live(engine, budget).await.id;
    let mut locks = Vec::new();
    for i in 0..7 {
        let shopper = shopper(&format!("s{i}"));
        let coupon = claim(engine, &shopper, template).await.unwrap();
        locks.push(lock(engine, &shopper, &format!("order-{i}"), &[coupon.code]).await.unwrap());
    }
    engine.clock().advance(TimeDelta::minutes(30));
    let active = async || {
        let active = store.number("SELECT COUNT(*) FROM locks WHERE state = 'active'").await;
        let locked = store.number("SELECT COUNT(*) FROM coupons WHERE state = 'locked'").await;
        assert_eq!(active, locked);
        assert_eq!(store.number("SELECT reserved FROM templates").await, 2_000 * active);
        active
    };
    assert_eq!(sweeps::lapse_due(engine, System, 3).await.unwrap(), 3);
    assert_eq!(active().await, 4);
    let db = engine.migration_connection();
    // SQLite has one writer: nobody can be at a lock while another sweeps.
    let is_shared = db.get_database_backend() == DbBackend::Postgres;
    let paying = db.begin().await.unwrap();
    if is_shared {
        let at = "SELECT id FROM locks WHERE order_ref = 'order-5' FOR UPDATE";
        paying.execute_unprepared(at).await.unwrap();
        assert_eq!(sweeps::lapse_due(engine, System, 10).await.unwrap(), 3);
        assert_eq!(active().await, 1);
    }
    paying.rollback().await.unwrap();
    let rest = if is_shared { 1 } else { 4 };
    assert_eq!(sweeps::lapse_due(engine, System, 10).await.unwrap(), rest);
    assert_eq!(active().await, 0);
    assert_eq!(sweeps::lapse_due(engine, System, 10).await.unwrap(), 0);
    assert_eq!(store.number("SELECT COUNT(*) FROM events WHERE kind = 'lapsed'").await, 7);
    let (paid, _) = redeem(engine, &locks[5], "late").await.unwrap();
    assert_eq!(paid.outcome, Outcome::Redeemed);
}

async fn a_late_payment_takes_its_coupon_again(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let locked = lock(engine, &mei, "one", &[coupon.code]).await.unwrap();
    engine.clock().advance(TimeDelta::minutes(31));
    let (paid, _) = redeem(engine, &locked, "late").await.unwrap();
    assert_eq!((paid.outcome, paid.reason), (Outcome::Redeemed, None));
    assert_eq!(state(engine, "mei", coupon.code).await, State::Redeemed);
}

async fn a_late_payment_takes_an_expired_coupon_too(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let locked = lock(engine, &mei, "one", &[coupon.code]).await.unwrap();
    engine.clock().advance(TimeDelta::days(9));
    sweeps::lapse_due(engine, System, 10).await.unwrap();
    assert_eq!(state(engine, "mei", coupon.code).await, State::Expired);
    let (paid, _) = redeem(engine, &locked, "late").await.unwrap();
    assert_eq!(paid.outcome, Outcome::Redeemed);
    assert_eq!(state(engine, "mei", coupon.code).await, State::Redeemed);
}

async fn a_paid_order_whose_coupon_is_gone_is_an_exception_and_not_a_failure(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let one = lock(engine, &mei, "one", &[coupon.code]).await.unwrap();
    engine.clock().advance(TimeDelta::minutes(31));
    let two = lock(engine, &mei, "two", &[coupon.code]).await.unwrap();
    let (late, _) = redeem(engine, &one, "late").await.unwrap();
    assert_eq!(late.outcome, Outcome::Exception);
    assert_eq!(late.reason.as_deref(), Some("lock_lapsed"));
    assert_eq!(store.number("SELECT COUNT(*) FROM exceptions").await, 1);
    let (paid, _) = redeem(engine, &two, "on time").await.unwrap();
    assert_eq!(paid.outcome, Outcome::Redeemed);
    // What was paid can be paid back; the coupon was never used for it.
    let (back, _) = give_back(engine, &one, "refund", None).await.unwrap();
    assert_eq!((back.amount, back.coupons), (yuan(80), vec![]));
}

/// Has twelve shoppers order at once, each with a coupon of 20 off, of which the budget bears five.
async fn race_for_a_budget(store: &Store, is_named: bool) -> Vec<(Code, engine::Result<Lock>)> {
    let engine = &store.engine;
    let template = live(engine, Draft { budget: Some(yuan(100)), ..draft() }).await;
    let mut orders = Vec::new();
    for i in 0..12 {
        let shopper = shopper(&format!("s{i}"));
        let coupon = claim(engine, &shopper, template.id).await.unwrap().code;
        let ask = ask(&format!("order-{i}"), cart(yuan(100)), is_named.then_some(&[coupon][..]));
        let engine = engine.clone();
        orders.push(tokio::spawn(async move {
            let locked = redemption::lock(&engine, &shopper, &ask).await;
            (coupon, locked.map(|(lock, _)| lock))
        }));
    }
    let mut locked = Vec::new();
    for order in orders {
        locked.push(order.await.unwrap());
    }
    assert_eq!(store.number("SELECT reserved FROM templates").await, 10_000);
    locked
}

async fn a_budget_is_never_passed_by_orders_that_race(store: Store) {
    let mut won = 0;
    for (coupon, locked) in race_for_a_budget(&store, true).await {
        match locked {
            Ok(_) => won += 1,
            Err(engine::Error::CouponRefused(lost)) => {
                assert_eq!((lost.code, lost.refusal), (coupon, Refusal::BudgetExhausted));
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(won, 5);
}

async fn a_choice_goes_on_without_a_budget_that_others_have_used_up(store: Store) {
    let locked = race_for_a_budget(&store, false).await;
    let discounts = locked.into_iter().map(|(_, locked)| locked.unwrap().quote.discount());
    let won = discounts.filter(|discount| *discount == yuan(20)).count();
    assert_eq!(won, 5);
}

async fn a_budget_is_reserved_spent_and_returned(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { budget: Some(yuan(25)), ..draft() }).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let two_units = lines(&[("kale", "vegetables", yuan(50), 2)]);
    let ask = ask("order", two_units, Some(&[coupon.code]));
    let (locked, _) = redemption::lock(engine, &mei, &ask).await.unwrap();
    redemption::lock(engine, &mei, &ask).await.expect("its own reservation is no obstacle");
    let numbers = async || {
        let reserved = store.number("SELECT reserved FROM templates").await;
        (reserved, store.number("SELECT spent FROM templates").await)
    };
    assert_eq!(numbers().await, (2_000, 0));
    redeem(engine, &locked, "payment").await.unwrap();
    assert_eq!(numbers().await, (0, 2_000));
    give_back(engine, &locked, "one", Some(&[("1", 1)])).await.unwrap();
    assert_eq!(numbers().await, (0, 1_000));
    give_back(engine, &locked, "two", None).await.unwrap();
    assert_eq!(numbers().await, (0, 0));
}

async fn an_order_in_one_step_is_locked_and_redeemed(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    claim(engine, &mei, template.id).await.unwrap();
    let ask = ask("order", cart(yuan(100)), None);
    let payment = domain::PaymentRef::new("payment").unwrap();
    let once = redemption::redeem_at_once(engine, &mei, &ask, &payment).await.unwrap();
    assert_eq!((once.1, once.0.quote.total()), (Answer::Made, yuan(80)));
    let twice = redemption::redeem_at_once(engine, &mei, &ask, &payment).await.unwrap();
    assert_eq!((twice.0, twice.1), (once.0, Answer::Known));
    assert_eq!(store.number("SELECT COUNT(*) FROM events").await, 3);
}

async fn refunds_sum_to_what_was_paid_and_bring_the_coupon_back(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let three = lines(&[("kale", "vegetables", domain::Money::minor(3_334), 3)]);
    let (locked, _) = redemption::lock(engine, &mei, &ask("o", three, None)).await.unwrap();
    redeem(engine, &locked, "payment").await.unwrap();
    let (one, _) = give_back(engine, &locked, "r1", Some(&[("1", 1)])).await.unwrap();
    assert!(one.coupons.is_empty());
    let (same, answer) = give_back(engine, &locked, "r1", Some(&[("1", 1)])).await.unwrap();
    assert_eq!((same, answer), (one.clone(), Answer::Known));
    let (rest, _) = give_back(engine, &locked, "r2", None).await.unwrap();
    assert_eq!(one.amount + rest.amount, locked.quote.total());
    assert_eq!(rest.coupons, [coupon.code]);
    assert_eq!(state(engine, "mei", coupon.code).await, State::Available);
    assert_eq!(store.number("SELECT COUNT(*) FROM events WHERE kind = 'returned'").await, 1);
    let nothing = refusal(give_back(engine, &locked, "r3", None).await);
    assert_eq!(nothing, Refusal::StateConflict { state: "returned".into() });
    lock(engine, &mei, "another", &[coupon.code]).await.unwrap();
}

async fn a_coupon_returned_after_its_end_expires(store: Store) {
    let engine = &store.engine;
    let today = Validity::Days { days: 1, until: None };
    let template = live(engine, Draft { validity: today, ..draft() }).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let locked = lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    redeem(engine, &locked, "payment").await.unwrap();
    engine.clock().advance(TimeDelta::days(2));
    let (back, _) = give_back(engine, &locked, "refund", None).await.unwrap();
    assert_eq!((back.amount, back.coupons), (yuan(80), vec![]));
    assert_eq!(state(engine, "mei", coupon.code).await, State::Expired);
}

async fn what_kept_goods_no_longer_earn_is_clawed_back(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { part_return: PartReturn::ClawBack, ..draft() }).await;
    let mei = shopper("mei");
    claim(engine, &mei, template.id).await.unwrap();
    let two = lines(&[("kale", "vegetables", yuan(50), 2)]);
    let (locked, _) = redemption::lock(engine, &mei, &ask("o", two, None)).await.unwrap();
    redeem(engine, &locked, "payment").await.unwrap();
    let (one, _) = give_back(engine, &locked, "r1", Some(&[("1", 1)])).await.unwrap();
    assert_eq!(one.amount, yuan(30), "40 less the 10 that the kept unit no longer earns");
    let (rest, _) = give_back(engine, &locked, "r2", None).await.unwrap();
    assert_eq!(rest.amount, yuan(50));
}

async fn more_than_was_bought_is_refused_and_nothing_is_written(store: Store) {
    let engine = &store.engine;
    let locked = lock(engine, &shopper("mei"), "order", &[]).await.unwrap();
    let early = refusal(give_back(engine, &locked, "r", None).await);
    assert_eq!(early, Refusal::StateConflict { state: "active".into() });
    redeem(engine, &locked, "payment").await.unwrap();
    let much = refusal(give_back(engine, &locked, "r", Some(&[("1", 2)])).await);
    assert_eq!(much.code(), "invalid");
    assert_eq!(store.number("SELECT COUNT(*) FROM returns").await, 0);
}

async fn one_redeemed_coupon_cannot_be_locked_again(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let locked = lock(engine, &mei, "one", &[coupon.code]).await.unwrap();
    redeem(engine, &locked, "payment").await.unwrap();
    assert_eq!(refusal(lock(engine, &mei, "two", &[coupon.code]).await), Refusal::AlreadyRedeemed);
}

async fn simultaneous_payments_and_refunds_have_one_effect(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { budget: Some(yuan(20)), ..draft() }).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let locked = lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    let payments: Vec<_> = (0..8)
        .map(|_| {
            let (engine, locked) = (engine.clone(), locked.clone());
            tokio::spawn(async move { redeem(&engine, &locked, "payment").await.unwrap().1 })
        })
        .collect();
    let mut made = 0;
    for payment in payments {
        made += usize::from(payment.await.unwrap() == Answer::Made);
    }
    assert_eq!(made, 1);
    let refunds: Vec<_> = (0..8)
        .map(|_| {
            let (engine, locked) = (engine.clone(), locked.clone());
            tokio::spawn(
                async move { give_back(&engine, &locked, "refund", None).await.unwrap().1 },
            )
        })
        .collect();
    let mut made = 0;
    for refund in refunds {
        made += usize::from(refund.await.unwrap() == Answer::Made);
    }
    assert_eq!(made, 1);
    assert_eq!(store.number("SELECT spent FROM templates").await, 0);
}

async fn of_two_payments_of_one_order_at_once_one_is_taken(store: Store) {
    let engine = &store.engine;
    let locked = lock(engine, &shopper("mei"), "order", &[]).await.unwrap();
    let payments: Vec<_> = ["one", "two"]
        .map(|payment| {
            let (engine, locked) = (engine.clone(), locked.clone());
            tokio::spawn(async move { redeem(&engine, &locked, payment).await })
        })
        .into_iter()
        .collect();
    let mut taken = 0;
    for payment in payments {
        match payment.await.unwrap() {
            Ok(_) => taken += 1,
            lost => {
                let state = "redeemed".into();
                assert_eq!(refusal(lost), Refusal::StateConflict { state });
            }
        }
    }
    assert_eq!(taken, 1);
}

async fn coupons_expire_when_swept_and_once(store: Store) {
    let engine = &store.engine;
    let until = noon() + TimeDelta::hours(1);
    let fixed = Validity::Fixed(Window { from: None, until: Some(until) });
    let template = live(engine, Draft { validity: fixed, ..draft() }).await;
    let coupon = claim(engine, &shopper("mei"), template.id).await.unwrap();
    assert_eq!(sweeps::expire_due(engine, System, 10).await.unwrap(), 0);
    engine.clock().set(until);
    assert_eq!(sweeps::expire_due(engine, System, 10).await.unwrap(), 1);
    assert_eq!(sweeps::expire_due(engine, System, 10).await.unwrap(), 0);
    let (coupon, life) = wallet::coupon(engine, &shopper("mei"), coupon.code).await.unwrap();
    assert_eq!((coupon.state, life.last().unwrap().at), (State::Expired, until));
}
