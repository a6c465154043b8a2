//! Orders at awkward moments: at the same time, just after an end, in the middle of an edit.

use chrono::TimeDelta;
use domain::actor::{System, Till};
use domain::coupon::{Kind, State};
use domain::returns::Request;
use domain::stacking::Stacking;
use domain::template::Draft;
use domain::{Code, PaymentRef, RefundRef, Refusal};
use engine::redemption::{self, Answer, Outcome};
use engine::{sweeps, templates, wallet};
use sea_orm::ConnectionTrait;

use crate::cast::{
    ask, cart, claim, draft, editor, live, lock, redeem, refusal, shopper, state, yuan,
};
use crate::stores::{Store, on_both_stores};

on_both_stores![
    the_first_locks_of_one_order_at_once_are_one_lock,
    one_step_orders_paid_twice_at_once_are_paid_once,
    a_lapsed_lock_keeps_no_budget_from_its_own_shopper,
    a_lapsed_lock_keeps_no_budget_from_another_coupon_of_its_shopper,
    a_lapsed_lock_keeps_no_other_coupon_of_its_shopper,
    a_late_payment_finds_the_budget_its_own_lock_held,
    a_late_payment_whose_budget_is_gone_says_that_its_lock_lapsed,
    a_payment_after_a_release_takes_the_coupon_again,
    a_budget_set_while_orders_race_counts_them_all,
    a_coupon_revoked_while_locked_is_not_locked_again,
    a_coupon_revoked_while_locked_does_not_come_back_with_a_refund,
    a_held_coupon_stays_held_past_its_end,
    two_coupons_of_one_template_never_pass_its_budget_together,
    an_order_counts_its_turnover_once_for_a_template,
    late_payments_and_orders_race_without_a_fault,
];

async fn execute(store: &Store, sql: &str) {
    store.engine.migration_connection().execute_unprepared(sql).await.unwrap();
}

/// What ops will do one day: the coupon stays locked, and the ledger says that it was revoked.
async fn revoke_while_locked(store: &Store, code: Code) {
    let mark = format!("UPDATE coupons SET revoked_at = 1 WHERE code = '{}'", code.as_str());
    execute(store, &mark).await;
    let tell = format!(
        "INSERT INTO events (at, kind, template, revision, bucket, coupon, shopper, state)
        SELECT 1, 'revoked', template, revision, bucket, code, shopper, state
        FROM coupons WHERE code = '{}'",
        code.as_str()
    );
    execute(store, &tell).await;
}

fn stacked() -> Draft {
    Draft { per_shopper: 2, stacking: Stacking { group: None, exclusive: false }, ..draft() }
}

async fn the_first_locks_of_one_order_at_once_are_one_lock(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let coupon = claim(engine, &shopper("mei"), template.id).await.unwrap();
    let tries: Vec<_> = (0..12)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move {
                lock(&engine, &shopper("mei"), "order", &[coupon.code]).await.unwrap().id
            })
        })
        .collect();
    let mut ids = Vec::new();
    for tried in tries {
        ids.push(tried.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(store.number("SELECT COUNT(*) FROM events WHERE kind = 'locked'").await, 1);
}

async fn one_step_orders_paid_twice_at_once_are_paid_once(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    claim(engine, &shopper("mei"), template.id).await.unwrap();
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move {
                let ask = ask("order", cart(yuan(100)), None);
                let payment = PaymentRef::new("payment").unwrap();
                redemption::redeem_at_once(&engine, &shopper("mei"), &ask, &payment).await.unwrap()
            })
        })
        .collect();
    let mut made = 0;
    for tried in tries {
        let (paid, answer) = tried.await.unwrap();
        assert_eq!(paid.quote.discount(), yuan(20));
        made += usize::from(answer == Answer::Made);
    }
    assert_eq!(made, 1);
}

async fn a_lapsed_lock_keeps_no_budget_from_its_own_shopper(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { budget: Some(yuan(25)), ..draft() }).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    lock(engine, &mei, "one", &[coupon.code]).await.unwrap();
    // Nothing has swept when the same order, and then another one, comes again.
    engine.clock().advance(TimeDelta::minutes(31));
    lock(engine, &mei, "one", &[coupon.code]).await.unwrap();
    engine.clock().advance(TimeDelta::minutes(31));
    let (two, _) =
        redemption::lock(engine, &mei, &ask("two", cart(yuan(100)), None)).await.unwrap();
    assert_eq!(two.quote.discount(), yuan(20));
    assert_eq!(store.number("SELECT reserved FROM templates").await, 2_000);
}

async fn a_lapsed_lock_keeps_no_budget_from_another_coupon_of_its_shopper(store: Store) {
    let engine = &store.engine;
    let budget = Draft { budget: Some(yuan(25)), per_shopper: 2, ..draft() };
    let template = live(engine, budget).await;
    let mei = shopper("mei");
    let one = claim(engine, &mei, template.id).await.unwrap();
    let other = claim(engine, &mei, template.id).await.unwrap();
    lock(engine, &mei, "one", &[one.code]).await.unwrap();
    let told = lock(engine, &mei, "two", &[other.code]).await;
    assert!(matches!(told, Err(engine::Error::CouponRefused(refused))
        if refused.refusal == Refusal::BudgetExhausted));
    // Nothing has swept.
    engine.clock().advance(TimeDelta::minutes(31));
    let two = lock(engine, &mei, "two", &[other.code]).await.unwrap();
    assert_eq!(two.quote.discount(), yuan(20));
    assert_eq!(store.number("SELECT reserved FROM templates").await, 2_000);
    assert_eq!(store.number("SELECT COUNT(*) FROM locks WHERE state = 'lapsed'").await, 1);
}

async fn a_lapsed_lock_keeps_no_other_coupon_of_its_shopper(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { per_shopper: 2, ..draft() }).await;
    let mei = shopper("mei");
    let one = claim(engine, &mei, template.id).await.unwrap();
    let other = claim(engine, &mei, template.id).await.unwrap();
    lock(engine, &mei, "one", &[one.code]).await.unwrap();
    engine.clock().advance(TimeDelta::minutes(31));
    lock(engine, &mei, "two", &[other.code]).await.unwrap();
    assert_eq!(sweeps::lapse_due(engine, System, 10).await.unwrap(), 1);
    assert_eq!(state(engine, "mei", one.code).await, State::Available);
    assert_eq!(state(engine, "mei", other.code).await, State::Locked);
    lock(engine, &mei, "three", &[one.code]).await.unwrap();
}

async fn a_late_payment_finds_the_budget_its_own_lock_held(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { budget: Some(yuan(25)), ..draft() }).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let locked = lock(engine, &mei, "one", &[coupon.code]).await.unwrap();
    engine.clock().advance(TimeDelta::minutes(31));
    let (paid, _) = redeem(engine, &locked, "late").await.unwrap();
    assert_eq!((paid.outcome, paid.reason), (Outcome::Redeemed, None));
    assert_eq!(store.number("SELECT reserved FROM templates").await, 0);
    assert_eq!(store.number("SELECT spent FROM templates").await, 2_000);
}

async fn a_late_payment_whose_budget_is_gone_says_that_its_lock_lapsed(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { budget: Some(yuan(25)), ..draft() }).await;
    let (mei, bo) = (shopper("mei"), shopper("bo"));
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let others = claim(engine, &bo, template.id).await.unwrap();
    let late = lock(engine, &mei, "one", &[coupon.code]).await.unwrap();
    engine.clock().advance(TimeDelta::minutes(31));
    sweeps::lapse_due(engine, System, 10).await.unwrap();
    lock(engine, &bo, "two", &[others.code]).await.unwrap();
    let (paid, _) = redeem(engine, &late, "late").await.unwrap();
    assert_eq!(paid.outcome, Outcome::Exception);
    assert_eq!(paid.reason.as_deref(), Some("lock_lapsed"));
    assert_eq!(state(engine, "mei", coupon.code).await, State::Available);
    assert_eq!(store.number("SELECT COUNT(*) FROM exceptions").await, 1);
}

async fn a_payment_after_a_release_takes_the_coupon_again(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { budget: Some(yuan(20)), ..draft() }).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let locked = lock(engine, &mei, "one", &[coupon.code]).await.unwrap();
    redemption::release(engine, &Till::System(System), locked.id).await.unwrap();
    let (paid, _) = redeem(engine, &locked, "late").await.unwrap();
    assert_eq!(paid.outcome, Outcome::Redeemed);
    assert_eq!(state(engine, "mei", coupon.code).await, State::Redeemed);
}

async fn a_budget_set_while_orders_race_counts_them_all(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let template = live(engine, draft()).await;
    let mut shoppers = Vec::new();
    for i in 0..6 {
        let shopper = shopper(&format!("s{i}"));
        shoppers.push((claim(engine, &shopper, template.id).await.unwrap().code, shopper));
    }
    let orders: Vec<_> = shoppers
        .into_iter()
        .map(|(code, shopper)| {
            let engine = engine.clone();
            tokio::spawn(async move {
                for i in 0..25 {
                    let order = format!("{}-{i}", shopper.id);
                    let locked = lock(&engine, &shopper, &order, &[code]).await.unwrap();
                    if i % 2 == 0 {
                        let till = Till::System(System);
                        redemption::release(&engine, &till, locked.id).await.unwrap();
                    } else {
                        redeem(&engine, &locked, &order).await.unwrap();
                        let all = Request { lines: None };
                        let refund = RefundRef::new("refund").unwrap();
                        let till = Till::System(System);
                        redemption::give_back(&engine, &till, locked.id, &refund, &all)
                            .await
                            .unwrap();
                    }
                }
            })
        })
        .collect();
    for number in 1..=40 {
        let budget = (number % 2 == 1).then(|| yuan(10_000));
        let changed = Draft { budget, ..draft() };
        templates::edit(engine, &editor, template.id, number, &changed).await.unwrap();
    }
    for order in orders {
        order.await.unwrap();
    }
    let last = Draft { budget: Some(yuan(10_000)), ..draft() };
    let set = templates::edit(engine, &editor, template.id, 41, &last).await.unwrap();
    assert_eq!((set.reserved, set.spent), (yuan(0), yuan(0)));
}

async fn a_coupon_revoked_while_locked_is_not_locked_again(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    revoke_while_locked(&store, coupon.code).await;
    let again = refusal(lock(engine, &mei, "order", &[coupon.code]).await);
    assert_eq!(again, Refusal::Revoked);
    assert_eq!(state(engine, "mei", coupon.code).await, State::Locked);
    lock(engine, &mei, "order", &[]).await.unwrap();
    assert_eq!(state(engine, "mei", coupon.code).await, State::Revoked);
}

async fn a_coupon_revoked_while_locked_does_not_come_back_with_a_refund(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let locked = lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    revoke_while_locked(&store, coupon.code).await;
    let (paid, _) = redeem(engine, &locked, "payment").await.unwrap();
    assert_eq!(paid.outcome, Outcome::Redeemed);
    let refund = RefundRef::new("refund").unwrap();
    let all = Request { lines: None };
    let till = Till::System(System);
    let (back, _) = redemption::give_back(engine, &till, locked.id, &refund, &all).await.unwrap();
    assert!(back.coupons.is_empty());
    assert_eq!(state(engine, "mei", coupon.code).await, State::Revoked);
}

async fn a_held_coupon_stays_held_past_its_end(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let locked = lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    redemption::release(engine, &Till::System(System), locked.id).await.unwrap();
    // What risk will do one day.
    execute(&store, "UPDATE coupons SET state = 'held'").await;
    execute(
        &store,
        "INSERT INTO events (at, kind, template, revision, bucket, coupon, shopper, state)
        SELECT 1, 'held', template, revision, bucket, code, shopper, state FROM coupons",
    )
    .await;
    engine.clock().advance(TimeDelta::days(9));
    assert_eq!(sweeps::expire_due(engine, System, 10).await.unwrap(), 1, "it is looked at");
    assert_eq!(state(engine, "mei", coupon.code).await, State::Held);
    let (paid, _) = redeem(engine, &locked, "late").await.unwrap();
    assert_eq!(paid.outcome, Outcome::Exception, "a late payment does not undo what risk held");
}

async fn two_coupons_of_one_template_never_pass_its_budget_together(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { budget: Some(yuan(30)), ..stacked() }).await;
    let mei = shopper("mei");
    let first = claim(engine, &mei, template.id).await.unwrap();
    let second = claim(engine, &mei, template.id).await.unwrap();
    let quote = wallet::quote(engine, &mei, &cart(yuan(100)), None).await.unwrap();
    assert_eq!(quote.discount(), yuan(20), "what is quoted can be locked");
    assert_eq!(quote.refused[0].refusal, Refusal::BudgetExhausted);
    let both = refusal(lock(engine, &mei, "order", &[first.code, second.code]).await);
    assert_eq!(both, Refusal::BudgetExhausted);
    let best = ask("order", cart(yuan(100)), None);
    let (locked, _) = redemption::lock(engine, &mei, &best).await.unwrap();
    assert_eq!(locked.quote.discount(), yuan(20));
}

async fn an_order_counts_its_turnover_once_for_a_template(store: Store) {
    let engine = &store.engine;
    let template = live(engine, stacked()).await;
    let mei = shopper("mei");
    claim(engine, &mei, template.id).await.unwrap();
    claim(engine, &mei, template.id).await.unwrap();
    let best = ask("order", cart(yuan(100)), None);
    let (locked, _) = redemption::lock(engine, &mei, &best).await.unwrap();
    redeem(engine, &locked, "payment").await.unwrap();
    let refund = RefundRef::new("refund").unwrap();
    let all = Request { lines: None };
    let till = Till::System(System);
    redemption::give_back(engine, &till, locked.id, &refund, &all).await.unwrap();
    let told = async |kind: Kind, column: &str| {
        let sum = format!(
            "SELECT CAST(SUM({column}) AS BIGINT) FROM events WHERE kind = '{}'",
            kind.as_str()
        );
        store.number(&sum).await
    };
    assert_eq!(told(Kind::Redeemed, "turnover").await, 10_000);
    assert_eq!(told(Kind::Returned, "amount").await, 6_000);
    assert_eq!(told(Kind::Redeemed, "amount").await, 4_000);
}

async fn late_payments_and_orders_race_without_a_fault(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { budget: Some(yuan(10_000)), ..draft() }).await;
    let mut races = Vec::new();
    for i in 0..8 {
        let shopper = shopper(&format!("s{i}"));
        let coupon = claim(engine, &shopper, template.id).await.unwrap();
        let order = format!("late-{i}");
        let locked = lock(engine, &shopper, &order, &[coupon.code]).await.unwrap();
        redemption::release(engine, &Till::System(System), locked.id).await.unwrap();
        let late = engine.clone();
        races.push(tokio::spawn(async move {
            redeem(&late, &locked, "late").await.unwrap();
        }));
        let other = engine.clone();
        races.push(tokio::spawn(async move {
            match lock(&other, &shopper, &format!("other-{i}"), &[coupon.code]).await {
                Ok(_) => (),
                lost => assert_eq!(refusal(lost), Refusal::AlreadyRedeemed),
            }
        }));
    }
    for race in races {
        race.await.unwrap();
    }
}
