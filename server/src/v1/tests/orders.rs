//! From quote to refund.

use domain::actor::KeyScope;
use serde_json::{Value, json};

use super::{cart, problem};
use crate::testing::TestApp;

fn lock_of(order: &str) -> Value {
    json!({ "order": order, "shopper": "guest-1", "cart": cart("kale", "12.3", 2) })
}

#[tokio::test]
async fn a_cart_without_coupons_is_its_sum() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[KeyScope::Quote]).await;
    let quote = partner.post("/quotes", &json!({ "cart": cart("kale", "12.3", 2) })).await;
    assert_eq!(quote.status, 200);
    let told = json!({
        "currency": "CNY", "subtotal": "24.60", "discount": "0.00", "total": "24.60",
        "lines": [{ "id": "1", "gross": "24.60", "discount": "0.00", "net": "24.60" }],
        "applied": [], "refused": [],
    });
    assert_eq!(quote.json(), told);
    app.close().await;
}

#[tokio::test]
async fn an_order_locks_again_and_keeps_its_id() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[KeyScope::Redeem]).await;
    let first = partner.post("/locks", &lock_of("A-1")).await;
    assert_eq!(first.status, 201);
    let again = partner.post("/locks", &lock_of("A-1")).await;
    assert_eq!(again.status, 200);
    let id = first.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(again.json()["id"], id);
    let path = format!("/locks/{id}");
    assert_eq!(partner.get(&path).await.json()["state"], "active");
    for _ in 0..2 {
        assert_eq!(partner.delete(&path).await.status, 204);
    }
    assert_eq!(partner.get(&path).await.json()["state"], "released");
    assert_eq!(problem(&partner.get("/locks/nothing").await), (404, "not_found".into()));
    app.close().await;
}

#[tokio::test]
async fn the_same_request_under_the_same_key_is_one() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[KeyScope::Redeem]).await;
    let first = partner.post_under("k", "/locks", &lock_of("A-1")).await;
    let again = partner.post_under("k", "/locks", &lock_of("A-1")).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.body, again.body);
    assert!(!first.headers.contains_key("idempotent-replayed"));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let other = partner.post_under("k", "/locks", &lock_of("A-2")).await;
    assert_eq!(problem(&other), (422, "idempotency_mismatch".into()));
    let other_partner = app.partner(&[KeyScope::Redeem]).await;
    let theirs = other_partner.post_under("k", "/locks", &lock_of("A-3")).await;
    assert_eq!(theirs.status, 201, "a key reaches no further than its owner");
    // A refusal from inside is kept too.
    let taken = json!({ "order": "A-1", "shopper": "guest-2", "cart": cart("kale", "1", 1) });
    let refused = partner.post_under("r", "/locks", &taken).await;
    assert_eq!(problem(&refused), (409, "state_conflict".into()));
    let again = partner.post_under("r", "/locks", &taken).await;
    assert_eq!(again.body, refused.body);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let bare = [("content-type", "application/json")];
    let body = lock_of("A-4").to_string();
    let unnamed = partner.send(axum::http::Method::POST, "/locks", &bare, body).await;
    assert_eq!(problem(&unnamed), (400, "idempotency_key_required".into()));
    app.close().await;
}

#[tokio::test]
async fn what_could_never_be_told_in_full_is_refused() {
    let app = TestApp::open().await;
    let partner = app.partner(&[KeyScope::Quote, KeyScope::Redeem]).await;
    let line = |i: usize| json!({ "id": i.to_string(), "product": "p", "unit_price": "1", "quantity": 9_999 });
    let cart = |lines: usize| json!({ "lines": (0..lines).map(line).collect::<Vec<_>>() });
    let ask = |lines| json!({ "shopper": "guest-1", "cart": cart(lines), "coupons": [] });
    assert_eq!(partner.post("/quotes", &ask(10)).await.status, 200);
    let answer = partner.post("/quotes", &ask(11)).await;
    assert_eq!(problem(&answer), (422, "invalid".into()));
    assert_eq!(answer.json()["data"]["fields"][0]["field"], "cart.lines");
    let mut unknown = ask(1);
    for i in 0..1_500 {
        unknown[i.to_string()] = 1.into();
    }
    let answer = partner.post("/quotes", &unknown).await;
    assert_eq!(answer.json()["data"]["fields"].as_array().map(Vec::len), Some(1_000));
    let lines = vec![json!({ "id": "1", "quantity": 1 }); 501];
    let path = "/redemptions/00000000-0000-0000-0000-000000000000/returns";
    let answer = partner.post(path, &json!({ "refund": "r", "lines": lines })).await;
    assert_eq!(problem(&answer), (422, "invalid".into()));
    app.close().await;
}
