//! What a shopper holds, by what can be done with it.

use std::collections::HashMap;

use chrono::TimeDelta;
use domain::actor::{System, Till};
use domain::coupon::Kind;
use domain::returns::{Part, Request, RequestLine};
use domain::template::{Draft, Validity, Window};
use domain::{Code, Money, RefundRef, Refusal};
use engine::wallet::{self, Coupon, Group};
use engine::{Engine, redemption};
use sea_orm::ConnectionTrait;

use crate::cast::{ask, cart, claim, draft, lines, live, lock, redeem, shopper, yuan};
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    a_wallet_is_counted_and_paged_as_the_clock_says,
    every_coupon_is_in_the_group_of_its_state_at_any_moment,
    a_used_coupon_tells_its_order,
    what_was_saved_counts_what_is_kept_in_this_local_year,
    an_empty_wallet_counts_nothing,
    a_choice_is_made_of_what_can_be_used_and_speaks_of_what_another_order_has,
    each_coupon_is_judged_beside_those_chosen_and_no_other,
];

/// Claims a coupon of a template of its own, which ends when told.
async fn ending(engine: &Engine, name: &str, until: Option<TimeDelta>) -> Coupon {
    let window = Window { from: None, until: until.map(|after| noon() + after) };
    let template = live(engine, Draft { validity: Validity::Fixed(window), ..draft() }).await;
    claim(engine, &shopper(name), template.id).await.unwrap()
}

async fn codes(engine: &Engine, name: &str, group: Group) -> Vec<Code> {
    let page = wallet::page(engine, &shopper(name), group, 0).await.unwrap();
    page.iter().map(|coupon| coupon.code).collect()
}

async fn a_wallet_is_counted_and_paged_as_the_clock_says(store: Store) {
    let engine = &store.engine;
    let (hour, mei) = (TimeDelta::hours(1), shopper("mei"));
    let forever = ending(engine, "mei", None).await.code;
    let tomorrow = ending(engine, "mei", Some(hour * 13)).await.code;
    let midnight = ending(engine, "mei", Some(hour * 12)).await.code;
    let soon = ending(engine, "mei", Some(hour)).await.code;
    let locked = ending(engine, "mei", Some(hour * 2)).await.code;
    let used = ending(engine, "mei", None).await.code;
    ending(engine, "lin", Some(hour)).await;
    lock(engine, &mei, "waits", &[locked]).await.unwrap();
    let paid = lock(engine, &mei, "paid", &[used]).await.unwrap();
    redeem(engine, &paid, "p").await.unwrap();
    let counts = wallet::counts(engine, &mei).await.unwrap();
    assert_eq!(Group::ALL.map(|group| counts.of(group)), [4, 1, 1, 0]);
    assert_eq!(counts.expiring_today, 2, "a midnight ends the day before it");
    let available = codes(engine, "mei", Group::Available).await;
    assert_eq!(available, [soon, midnight, tomorrow, forever]);
    assert_eq!(codes(engine, "mei", Group::InUse).await, [locked]);
    assert_eq!(codes(engine, "mei", Group::Used).await, [used]);
    assert!(wallet::page(engine, &mei, Group::Available, 1).await.unwrap().is_empty());
    // The lock lapses and a coupon expires, before any job has written so.
    engine.clock().set(noon() + hour);
    let counts = wallet::counts(engine, &mei).await.unwrap();
    assert_eq!(Group::ALL.map(|group| counts.of(group)), [4, 0, 1, 1]);
    assert_eq!(codes(engine, "mei", Group::Over).await, [soon]);
}

async fn every_coupon_is_in_the_group_of_its_state_at_any_moment(store: Store) {
    let engine = &store.engine;
    let (minute, mei) = (TimeDelta::minutes(1), shopper("mei"));
    for (i, until) in [Some(10), Some(30), Some(50), None].into_iter().enumerate() {
        let until = until.map(|minutes| minute * minutes);
        ending(engine, "mei", until).await;
        let locked = ending(engine, "mei", until).await.code;
        lock(engine, &mei, &format!("locked-{i}"), &[locked]).await.unwrap();
        let revoked = ending(engine, "mei", until).await.code;
        lock(engine, &mei, &format!("revoked-{i}"), &[revoked]).await.unwrap();
        // Nobody revokes or holds yet: what the store may come to hold is put there.
        for change in [
            format!("SET revoked_at = 1 WHERE code = '{revoked}'"),
            format!(
                "SET state = 'held' WHERE code = '{}'",
                ending(engine, "mei", until).await.code
            ),
            format!(
                "SET state = 'revoked' WHERE code = '{}'",
                ending(engine, "mei", until).await.code
            ),
        ] {
            let db = engine.migration_connection();
            db.execute_unprepared(&format!("UPDATE coupons {change}")).await.unwrap();
        }
    }
    for minutes in [0, 9, 10, 29, 30, 31, 50, 51, 1_000] {
        engine.clock().set(noon() + minute * minutes);
        let mut expected: HashMap<Group, Vec<Code>> = HashMap::new();
        for coupon in wallet::wallet(engine, &mei).await.unwrap() {
            let group = Group::of(coupon.state_at(engine.now()));
            expected.entry(group).or_default().push(coupon.code);
        }
        let counts = wallet::counts(engine, &mei).await.unwrap();
        for group in Group::ALL {
            let mut found = codes(engine, "mei", group).await;
            let mut expected = expected.remove(&group).unwrap_or_default();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{group:?} after {minutes} minutes");
            assert_eq!(counts.of(group), found.len() as u64);
        }
    }
    // The books know no event for what was put there by hand.
    let put = "UPDATE coupons SET revoked_at = NULL,
        state = CASE WHEN state IN ('held', 'revoked') THEN 'available' ELSE state END";
    engine.migration_connection().execute_unprepared(put).await.unwrap();
}

async fn a_used_coupon_tells_its_order(store: Store) {
    let engine = &store.engine;
    let (unused, used) = (ending(engine, "mei", None).await, ending(engine, "mei", None).await);
    let paid = lock(engine, &shopper("mei"), "o-1", &[used.code]).await.unwrap();
    redeem(engine, &paid, "p").await.unwrap();
    let uses = wallet::uses(engine, &[unused, used.clone()]).await.unwrap();
    let step = &uses[&used.code];
    assert_eq!(uses.len(), 1);
    assert_eq!((step.kind, step.at, step.amount), (Kind::Redeemed, noon(), yuan(20)));
    assert_eq!(step.order.as_ref().unwrap().as_str(), "o-1");
    assert!(wallet::uses(engine, &[]).await.unwrap().is_empty());
}

async fn what_was_saved_counts_what_is_kept_in_this_local_year(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let saved = async || wallet::saved_this_year(engine, &mei).await.unwrap();
    assert_eq!(saved().await, Money::ZERO);
    let new_year = "2026-12-31T16:00:00Z".parse().unwrap();
    engine.clock().set(new_year - TimeDelta::microseconds(1));
    let coupon = ending(engine, "mei", None).await;
    let four = lines(&[("kale", "vegetables", yuan(50), 4)]);
    let ask = ask("o-1", four, Some(&[coupon.code]));
    let (locked, _) = redemption::lock(engine, &mei, &ask).await.unwrap();
    assert_eq!(saved().await, Money::ZERO, "an order is not paid before it is");
    redeem(engine, &locked, "p-1").await.unwrap();
    assert_eq!(saved().await, yuan(20));
    let line = RequestLine { id: "1".parse().unwrap(), part: Part::Quantity(1) };
    let request = Request { lines: Some(vec![line]) };
    let (till, refund) = (Till::System(System), RefundRef::new("r").unwrap());
    redemption::give_back(engine, &till, locked.id, &refund, &request).await.unwrap();
    assert_eq!(saved().await, yuan(15), "a quarter went back, and its part of the discount");
    let uses = wallet::uses(engine, std::slice::from_ref(&coupon)).await.unwrap();
    assert_eq!(uses[&coupon.code].amount, yuan(15), "the coupon says the same");
    let theirs = wallet::saved_this_year(engine, &shopper("lin")).await.unwrap();
    assert_eq!(theirs, Money::ZERO);
    engine.clock().set(new_year);
    assert_eq!(saved().await, Money::ZERO, "a new year begins at the shop's midnight");
    let coupon = ending(engine, "mei", None).await;
    let locked = lock(engine, &mei, "o-2", &[coupon.code]).await.unwrap();
    redeem(engine, &locked, "p-2").await.unwrap();
    assert_eq!(saved().await, yuan(20));
}

async fn an_empty_wallet_counts_nothing(store: Store) {
    let counts = wallet::counts(&store.engine, &shopper("mei")).await.unwrap();
    assert_eq!((counts.total(), counts.expiring_today), (0, 0));
}

async fn a_choice_is_made_of_what_can_be_used_and_speaks_of_what_another_order_has(store: Store) {
    let engine = &store.engine;
    let (hour, mei) = (TimeDelta::hours(1), shopper("mei"));
    let over = ending(engine, "mei", Some(hour)).await.code;
    let used = ending(engine, "mei", None).await.code;
    let paid = lock(engine, &mei, "paid", &[used]).await.unwrap();
    redeem(engine, &paid, "p").await.unwrap();
    let lapsed = ending(engine, "mei", Some(hour * 3)).await.code;
    lock(engine, &mei, "lapsed", &[lapsed]).await.unwrap();
    engine.clock().set(noon() + hour);
    let locked = ending(engine, "mei", None).await.code;
    lock(engine, &mei, "waits", &[locked]).await.unwrap();
    let free = ending(engine, "mei", None).await.code;
    let quote = wallet::quote(engine, &mei, &cart(yuan(100)), None).await.unwrap();
    let codes: Vec<Code> = quote.applied.iter().map(|applied| applied.code).collect();
    assert_eq!(codes, [lapsed], "what ends sooner, though no job has freed it yet");
    let mut refused: Vec<_> =
        quote.refused.iter().map(|refused| (refused.code, refused.refusal.code())).collect();
    let mut told = [(locked, "locked_by_other_order"), (free, "not_combinable")];
    refused.sort_unstable();
    told.sort_unstable();
    assert_eq!(refused, told, "neither {over}, which is over, nor what is used up");
}

async fn each_coupon_is_judged_beside_those_chosen_and_no_other(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let one = ending(engine, "mei", None).await.code;
    let two = ending(engine, "mei", None).await.code;
    let foreign = ending(engine, "lin", None).await.code;
    let cart = cart(yuan(100));
    let alone = wallet::beside(engine, &mei, &cart, &[], &[one, two, foreign]).await.unwrap();
    assert_eq!((&alone[&one], &alone[&two]), (&Ok(yuan(20)), &Ok(yuan(20))));
    assert_eq!(alone[&foreign], Err(Refusal::NotOwner));
    let beside = wallet::beside(engine, &mei, &cart, &[one], &[two]).await.unwrap();
    assert_eq!(beside[&two], Err(Refusal::NotCombinable { with: vec![one] }));
}
