//! Orders that are paid and refunded, with coupons.

use chrono::TimeDelta;
use domain::ShopperId;
use domain::actor::{KeyScope, Shopper};
use domain::benefit::Benefit;
use domain::money::BasisPoints;
use domain::template::{Action, Draft, PartReturn, Validity};
use domain::{Code, Money};
use engine::issuance::{self, Via};
use engine::{accounts, demo, templates};
use serde_json::{Value, json};

use super::{cart, problem};
use crate::testing::{Answer, Partner, TestApp};

/// 20 off from 100.
fn twenty_off() -> Draft {
    let benefit =
        Benefit::AmountOff { amount: Money::minor(2_000), min_spend: Some(Money::minor(10_000)) };
    Draft { validity: Validity::Days { days: 7, until: None }, ..Draft::new("20 off", benefit) }
}

/// A coupon of a live template in Mei's wallet.
async fn claimed(app: &TestApp, draft: Draft) -> Code {
    let editor = "editor@quan.example";
    let editor = accounts::operator_sign_in(&app.engine, editor, demo::PASSWORD).await;
    let editor = editor.expect("the cast").editor().expect("an editor");
    let made = templates::create(&app.engine, &editor, &draft).await.expect("a draft");
    templates::act(&app.engine, &editor, made.id, Action::Publish).await.expect("live");
    let mei = Shopper { id: ShopperId::new("mei").expect("a name") };
    let coupon = issuance::claim(&app.engine, &mei, made.id, Via::default()).await;
    coupon.expect("a coupon").code
}

async fn locked(till: &Partner<'_>, order: &str, cart: Value) -> String {
    let ask = json!({ "order": order, "shopper": "mei", "cart": cart });
    let lock = till.post("/locks", &ask).await;
    assert_eq!(lock.status, 201, "{lock:?}");
    lock.json()["id"].as_str().expect("an id").to_owned()
}

/// Locks and pays; answers the redemption.
async fn paid(till: &Partner<'_>, order: &str, cart: Value) -> Value {
    let lock = locked(till, order, cart).await;
    let paid = pay(till, &lock, &format!("pay-{order}")).await;
    assert_eq!(paid.status, 201, "{paid:?}");
    paid.json()
}

async fn pay(till: &Partner<'_>, lock: &str, payment: &str) -> Answer {
    till.post(&format!("/locks/{lock}/redemption"), &json!({ "payment": payment })).await
}

async fn give_back(till: &Partner<'_>, paid: &Value, refund: &str, lines: Value) -> Answer {
    let id = paid["id"].as_str().expect("an id");
    let mut ask = json!({ "refund": refund });
    if !lines.is_null() {
        ask["lines"] = lines;
    }
    till.post(&format!("/redemptions/{id}/returns"), &ask).await
}

#[tokio::test]
async fn an_order_is_paid_once_and_read_by_whoever_follows_orders() {
    let app = TestApp::open().await;
    let coupon = claimed(&app, twenty_off()).await.to_string();
    let till = app.partner(&[KeyScope::Redeem]).await;
    let lock = locked(&till, "A-1", cart("kale", "33.34", 3)).await;
    let first = pay(&till, &lock, "p-1").await;
    assert_eq!(first.status, 201);
    let mut told = first.json();
    let id = told["id"].as_str().expect("an id").to_owned();
    assert!(told["redeemed_at"].is_string() && told["applied"][0]["template"].is_string());
    let paid = json!({
        "id": id, "order": "A-1", "shopper": "mei", "payment": "p-1", "outcome": "redeemed",
        "redeemed_at": told["redeemed_at"].take(),
        "subtotal": "100.02", "discount": "20.00", "total": "80.02",
        "lines": [{
            "id": "1", "quantity": 3, "gross": "100.02", "discount": "20.00", "net": "80.02",
            "returned": 0, "units": ["6.67", "6.67", "6.66"],
        }],
        "applied": [{
            "coupon": coupon, "template": told["applied"][0]["template"].take(),
            "discount": "20.00", "lines": [{ "id": "1", "discount": "20.00" }],
        }],
        "returns": [],
    });
    assert_eq!(first.json(), paid);
    let again = pay(&till, &lock, "p-1").await;
    assert_eq!((again.status.as_u16(), again.json()), (200, paid.clone()));
    assert_eq!(problem(&pay(&till, &lock, "p-2").await), (409, "state_conflict".into()));
    let reader = app.partner(&[KeyScope::Read]).await;
    for partner in [&till, &reader] {
        assert_eq!(partner.get(&format!("/redemptions/{id}")).await.json(), paid);
        let lock = partner.get(&format!("/locks/{lock}")).await.json();
        assert_eq!(lock["state"], "redeemed");
    }
    let other = app.partner(&[KeyScope::Quote, KeyScope::Manage]).await;
    for path in [format!("/redemptions/{id}"), format!("/locks/{lock}")] {
        assert_eq!(problem(&other.get(&path).await), (403, "forbidden".into()));
    }
    for unknown in ["/redemptions/nothing", &format!("/redemptions/{lock}")] {
        assert_eq!(problem(&reader.get(unknown).await), (404, "not_found".into()));
    }
    assert_eq!(problem(&pay(&till, &id, "p").await), (404, "not_found".into()));
    app.close().await;
}

#[tokio::test]
async fn refunds_sum_to_what_was_paid_and_the_coupon_comes_back_with_the_last() {
    let app = TestApp::open().await;
    let coupon = claimed(&app, twenty_off()).await.to_string();
    let till = app.partner(&[KeyScope::Redeem]).await;
    let paid = paid(&till, "A-1", cart("kale", "33.34", 3)).await;
    let one = json!([{ "id": "1", "quantity": 1 }]);
    for (refund, amount) in [("r-1", "26.67"), ("r-2", "26.67")] {
        let back = give_back(&till, &paid, refund, one.clone()).await;
        assert_eq!(back.status, 201);
        let told = json!({
            "refund": refund, "amount": amount,
            "lines": [{ "id": "1", "quantity": 1, "amount": amount }], "coupons_returned": [],
        });
        assert_eq!(back.json(), told);
        let again = give_back(&till, &paid, refund, one.clone()).await;
        assert_eq!((again.status.as_u16(), again.json()), (200, told));
    }
    let two = json!([{ "id": "1", "quantity": 2 }]);
    let much = give_back(&till, &paid, "r-3", two).await;
    assert_eq!(problem(&much), (422, "invalid".into()));
    assert_eq!(much.json()["data"]["fields"][0]["field"], "lines.0.quantity");
    let rest = give_back(&till, &paid, "r-3", Value::Null).await.json();
    assert_eq!((&rest["amount"], &rest["coupons_returned"]), (&json!("26.68"), &json!([coupon])));
    let nothing = give_back(&till, &paid, "r-4", Value::Null).await;
    assert_eq!(problem(&nothing), (409, "state_conflict".into()));
    let id = paid["id"].as_str().expect("an id");
    let read = till.get(&format!("/redemptions/{id}")).await.json();
    assert_eq!(read["lines"][0]["returned"], 3);
    let returns = json!([
        { "refund": "r-1", "amount": "26.67" },
        { "refund": "r-2", "amount": "26.67" },
        { "refund": "r-3", "amount": "26.68" },
    ]);
    assert_eq!(read["returns"], returns);
    // The coupon serves another order.
    let again = locked(&till, "A-2", cart("kale", "100", 1)).await;
    let lock = till.get(&format!("/locks/{again}")).await.json();
    assert_eq!(lock["quote"]["applied"][0]["coupon"], coupon);
    app.close().await;
}

#[tokio::test]
async fn what_kept_goods_no_longer_earn_is_taken_off_the_refund() {
    let app = TestApp::open().await;
    claimed(&app, Draft { part_return: PartReturn::ClawBack, ..twenty_off() }).await;
    let till = app.partner(&[KeyScope::Redeem]).await;
    let paid = paid(&till, "A-1", cart("kale", "50", 2)).await;
    let one = give_back(&till, &paid, "r-1", json!([{ "id": "1", "quantity": 1 }])).await;
    assert_eq!(one.json()["amount"], "30.00", "40 less the 10 that the kept unit no longer earns");
    let rest = give_back(&till, &paid, "r-2", Value::Null).await;
    assert_eq!(rest.json()["amount"], "50.00");
    app.close().await;
}

#[tokio::test]
async fn a_weighed_item_goes_back_by_amount() {
    let app = TestApp::open().await;
    let benefit = Benefit::PercentOff {
        basis_points: BasisPoints(1_000),
        min_spend: None,
        max_discount: None,
    };
    let coupon = claimed(&app, Draft { benefit, ..twenty_off() }).await.to_string();
    let till = app.partner(&[KeyScope::Redeem]).await;
    let paid = paid(&till, "A-1", cart("salmon", "49.99", 1)).await;
    assert_eq!(paid["lines"][0]["units"], json!(["5.00"]));
    let by = async |refund: &str, line: Value| give_back(&till, &paid, refund, json!([line])).await;
    let short = by("r-1", json!({ "id": "1", "amount": "10" })).await;
    // 10 of 49.99 is a fifth and a little of the 5.00: 1.0002, floored.
    let told = json!({
        "refund": "r-1", "amount": "9.00",
        "lines": [{ "id": "1", "quantity": 0, "amount": "9.00" }], "coupons_returned": [],
    });
    assert_eq!((short.status.as_u16(), short.json()), (201, told));
    for (line, field) in [
        (json!({ "id": "1" }), "lines.0.quantity"),
        (json!({ "id": "1", "quantity": 1, "amount": "1" }), "lines.0.amount"),
        (json!({ "id": "1", "amount": "40" }), "lines.0.amount"),
        (json!({ "id": "1", "amount": "0" }), "lines.0.amount"),
        (json!({ "id": "1", "amount": "1.001" }), "lines.0.amount"),
        (json!({ "id": "2", "quantity": 1 }), "lines.0.id"),
    ] {
        let wrong = by("r-2", line).await;
        assert_eq!(problem(&wrong), (422, "invalid".into()));
        assert_eq!(wrong.json()["data"]["fields"][0]["field"], field);
    }
    let number = by("r-2", json!({ "id": "1", "amount": 1 })).await;
    assert_eq!(problem(&number), (400, "unreadable".into()));
    assert_eq!(problem(&give_back(&till, &paid, "r-2", json!([])).await), (422, "invalid".into()));
    let rest = give_back(&till, &paid, "r-2", Value::Null).await.json();
    assert_eq!((&rest["amount"], &rest["coupons_returned"]), (&json!("35.99"), &json!([coupon])));
    app.close().await;
}

#[tokio::test]
async fn a_payment_too_late_for_its_coupon_is_an_exception_and_no_failure() {
    let app = TestApp::open().await;
    let coupon = claimed(&app, twenty_off()).await;
    let till = app.partner(&[KeyScope::Redeem]).await;
    let first = locked(&till, "A-1", cart("kale", "100", 1)).await;
    app.engine.clock().advance(TimeDelta::minutes(31));
    let second = locked(&till, "A-2", cart("kale", "100", 1)).await;
    let late = pay(&till, &first, "p-1").await;
    assert_eq!(late.status, 201);
    let told = late.json();
    assert_eq!(told["outcome"], "exception");
    assert_eq!((&told["reason"], &told["total"]), (&json!("lock_lapsed"), &json!("80.00")));
    let in_time = pay(&till, &second, "p-2").await.json();
    assert_eq!(in_time["outcome"], "redeemed");
    assert_eq!(in_time["applied"][0]["coupon"], coupon.to_string());
    app.close().await;
}

#[tokio::test]
async fn an_order_in_one_step_is_paid_once_also_when_asked_twice_at_once() {
    let app = TestApp::open().await;
    claimed(&app, twenty_off()).await;
    let till = app.partner(&[KeyScope::Redeem]).await;
    let order = |order: &str, payment: &str| {
        let cart = cart("kale", "100", 1);
        json!({ "order": order, "shopper": "mei", "cart": cart, "payment": payment })
    };
    let ask = order("A-1", "p-1");
    let (one, two) = tokio::join!(till.post("/redemptions", &ask), till.post("/redemptions", &ask));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!((statuses, one.json()), ([200, 201], two.json()));
    assert_eq!(one.json()["total"], "80.00");
    let ask = order("A-2", "p-2");
    let (one, two) = tokio::join!(
        till.post_under("k", "/redemptions", &ask),
        till.post_under("k", "/redemptions", &ask),
    );
    assert_eq!((one.status.as_u16(), one.body), (201, two.body));
    let other = till.post("/redemptions", &order("A-1", "p-3")).await;
    assert_eq!(problem(&other), (409, "state_conflict".into()));
    let mut named = order("A-3", "p-4");
    named["coupons"] = json!(["0GZZ2ZJ1ZV2RT6Q8"]);
    let refused = till.post("/redemptions", &named).await;
    assert_eq!(refused.status, 422, "a code that is none: {refused:?}");
    app.close().await;
}
