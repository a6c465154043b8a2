//! What a shopper reads about orders: the list, the coupons beside one, and a refund foreseen.

use chrono::TimeDelta;
use domain::actor::{System, Till};
use domain::coupon::State;
use domain::lock::LockState;
use domain::returns::{Part, Request, RequestLine};
use domain::template::{Draft, PartReturn, Validity};
use domain::{Money, OrderRef, RefundRef};
use engine::redemption::{self, Foreseen, Placed};
use engine::{Engine, Error};

use crate::cast::{ask, claim, draft, lines, live, lock, redeem, shopper, yuan};
use crate::stores::{Store, on_both_stores};

on_both_stores![
    orders_are_listed_newest_first_a_page_at_a_time,
    an_order_brings_its_coupons_and_no_others,
    a_refund_is_foreseen_as_it_then_happens,
    a_coupon_past_its_end_is_foreseen_to_expire,
];

async fn listed(engine: &Engine, name: &str, page: u64) -> (Vec<Placed>, u64) {
    let found = redemption::orders(engine, &shopper(name), page).await.unwrap();
    (found.orders, found.total)
}

async fn orders_are_listed_newest_first_a_page_at_a_time(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let first = lock(engine, &mei, "first", &[coupon.code]).await.unwrap();
    lock(engine, &shopper("bo"), "another's", &[]).await.unwrap();
    redeem(engine, &first, "payment").await.unwrap();
    let refund = RefundRef::new("refund").unwrap();
    let everything = Request { lines: None };
    let till = Till::System(System);
    redemption::give_back(engine, &till, first.id, &refund, &everything).await.unwrap();
    engine.clock().advance(TimeDelta::minutes(1));
    lock(engine, &mei, "second", &[]).await.unwrap();
    let states = |orders: &[Placed]| -> Vec<(String, LockState)> {
        orders.iter().map(|placed| (placed.order.to_string(), placed.state)).collect()
    };
    let (orders, total) = listed(engine, "mei", 0).await;
    let expected = [("second".into(), LockState::Active), ("first".into(), LockState::Redeemed)];
    assert_eq!((states(&orders), total), (expected.to_vec(), 2));
    assert_eq!((orders[1].total(), orders[1].discount), (yuan(80), yuan(20)));
    assert_eq!((orders[0].returned, orders[1].returned), (Money::ZERO, yuan(80)));
    assert_eq!((orders[0].kept, orders[1].kept), (Money::ZERO, Money::ZERO), "all went back");
    engine.clock().advance(TimeDelta::hours(1));
    let (orders, _) = listed(engine, "mei", 0).await;
    assert_eq!(orders[0].state, LockState::Lapsed, "by the clock, swept or not");
    for i in 0..redemption::PAGE {
        engine.clock().advance(TimeDelta::seconds(1));
        lock(engine, &mei, &format!("more-{i}"), &[]).await.unwrap();
    }
    let (page, total) = listed(engine, "mei", 0).await;
    assert_eq!((page.len() as u64, total), (redemption::PAGE, redemption::PAGE + 2));
    let (page, _) = listed(engine, "mei", 1).await;
    assert_eq!(states(&page)[1].0, "first");
    assert_eq!(listed(engine, "mei", u64::MAX).await.0, page, "past the last one it is the last");
    assert_eq!(listed(engine, "nobody", 0).await, (vec![], 0));
}

async fn an_order_brings_its_coupons_and_no_others(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { per_shopper: 2, ..draft() }).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    claim(engine, &mei, template.id).await.unwrap();
    let locked = lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    let standing = async || {
        let order = redemption::order(engine, &mei, &locked.order).await.unwrap();
        let of = |coupon: &engine::wallet::Coupon| (coupon.code, coupon.state_at(engine.now()));
        order.coupons.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(standing().await, [(coupon.code, State::Locked)]);
    redemption::release(engine, &Till::Shopper(mei.clone()), locked.id).await.unwrap();
    assert_eq!(standing().await, [(coupon.code, State::Available)]);
    let another = redemption::order(engine, &shopper("bo"), &locked.order).await;
    assert!(matches!(another, Err(Error::Missing)));
}

async fn foreseen(
    engine: &Engine,
    order: &OrderRef,
    lines: Option<&[(&str, u32)]>,
) -> engine::Result<Option<Foreseen>> {
    let order = redemption::order(engine, &shopper("mei"), order).await?;
    redemption::foresee(engine, &order, &request(lines)).await
}

fn request(lines: Option<&[(&str, u32)]>) -> Request {
    let line = |(id, quantity): &(&str, u32)| RequestLine {
        id: id.parse().unwrap(),
        part: Part::Quantity(*quantity),
    };
    Request { lines: lines.map(|lines| lines.iter().map(line).collect()) }
}

async fn a_refund_is_foreseen_as_it_then_happens(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { part_return: PartReturn::ClawBack, ..draft() }).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let three = lines(&[("kale", "vegetables", Money::minor(3_334), 3)]);
    let (locked, _) = redemption::lock(engine, &mei, &ask("o", three, None)).await.unwrap();
    assert_eq!(foreseen(engine, &locked.order, None).await.unwrap(), None, "not paid yet");
    redeem(engine, &locked, "payment").await.unwrap();
    let too_many = foreseen(engine, &locked.order, Some(&[("1", 4)])).await;
    assert!(matches!(too_many, Err(Error::Refused(_))));
    let one: &[(&str, u32)] = &[("1", 1)];
    // The two that are kept no longer reach the threshold.
    let unearned = Money::minor(1_333);
    let steps =
        [(Some(one), vec![], unearned), (None, vec![(coupon.code, State::Available)], Money::ZERO)];
    assert_eq!(listed(engine, "mei", 0).await.0[0].kept, yuan(20));
    for (i, (lines, coupons, clawed)) in steps.into_iter().enumerate() {
        let told = foreseen(engine, &locked.order, lines).await.unwrap().expect("something left");
        assert_eq!((told.coupons, told.clawed), (coupons, vec![clawed]));
        let refund = RefundRef::new(format!("refund-{i}")).unwrap();
        let till = Till::Shopper(mei.clone());
        let asked = request(lines);
        let done = redemption::give_back(engine, &till, locked.id, &refund, &asked).await.unwrap();
        assert_eq!(told.amount, done.0.amount);
        assert_eq!(listed(engine, "mei", 0).await.0[0].kept, Money::ZERO);
    }
    let order = redemption::order(engine, &mei, &locked.order).await.unwrap();
    assert!(!order.uses(&order.coupons[0]));
    let told = redemption::discounts(engine, order.redemption.as_ref().unwrap()).await.unwrap();
    assert_eq!(told.clawed, [[unearned], [Money::ZERO]]);
    assert_eq!(told.kept, [Money::ZERO]);
    assert_eq!(foreseen(engine, &locked.order, None).await.unwrap(), None, "nothing left");
}

async fn a_coupon_past_its_end_is_foreseen_to_expire(store: Store) {
    let engine = &store.engine;
    let today = Validity::Days { days: 1, until: None };
    let template = live(engine, Draft { validity: today, ..draft() }).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let locked = lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    redeem(engine, &locked, "payment").await.unwrap();
    engine.clock().advance(TimeDelta::days(2));
    let told = foreseen(engine, &locked.order, None).await.unwrap().expect("something left");
    assert_eq!((told.amount, told.coupons), (yuan(80), vec![(coupon.code, State::Expired)]));
}
