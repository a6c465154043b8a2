//! What the payment center tells, and what others pretend to be told by it.

use axum::http::Method;
use domain::actor::{KeyScope, System};
use engine::exceptions;
use engine::redemption::callbacks::{Envelope, sign};
use serde_json::{Value, json};

use super::{cart, problem};
use crate::testing::{Answer, TestApp};

const DOOR: &str = "/api/v1/callbacks/payments";
const JSON: &str = "application/json";

async fn send(app: &TestApp, envelope: &Envelope, kind: &str, body: &str) -> Answer {
    let headers = [
        ("content-type", kind),
        ("webhook-id", envelope.id.as_str()),
        ("webhook-timestamp", &envelope.timestamp),
        ("webhook-signature", &envelope.signature),
    ];
    app.nobody().request(Method::POST, DOOR, &headers, body.to_owned()).await
}

/// As the center sends it.
async fn tell(app: &TestApp, callback: &Value) -> Answer {
    let body = callback.to_string();
    send(app, &sign(&app.engine, body.as_bytes()), JSON, &body).await
}

fn about(kind: &str, order: &str) -> Value {
    json!({ "type": kind, "data": { "order": order, "payment": "p" } })
}

async fn lock(app: &TestApp, order: &str) -> String {
    let ask = json!({ "order": order, "shopper": "guest", "cart": cart("kale", "10", 2) });
    let lock = app.partner(&[KeyScope::Redeem]).await.post("/locks", &ask).await.json();
    lock["id"].as_str().expect("an id").to_owned()
}

async fn state(app: &TestApp, lock: &str) -> Value {
    let reader = app.partner(&[KeyScope::Read]).await;
    reader.get(&format!("/locks/{lock}")).await.json()["state"].clone()
}

#[tokio::test]
async fn what_is_not_signed_rightly_is_not_heard() {
    let app = TestApp::empty().await;
    let id = lock(&app, "o").await;
    let body = about("payment.succeeded", "o").to_string();
    let foreign = Envelope {
        id: "msg".to_owned(),
        timestamp: app.engine.now().timestamp().to_string(),
        signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned(),
    };
    let refused = send(&app, &foreign, JSON, &body).await;
    assert_eq!(problem(&refused), (401, "unauthorized".into()), "no secret is agreed upon");
    assert!(refused.headers.contains_key("www-authenticate"));
    let right = sign(&app.engine, body.as_bytes());
    let bare = [("content-type", JSON)];
    let unsigned = app.nobody().request(Method::POST, DOOR, &bare, body.clone()).await;
    assert_eq!(problem(&unsigned), (401, "unauthorized".into()));
    let with = |change: &dyn Fn(&mut Envelope)| {
        let mut envelope = right.clone();
        change(&mut envelope);
        envelope
    };
    let old = (app.engine.now().timestamp() - 301).to_string();
    for wrong in [
        foreign,
        with(&|it| it.id.push('x')),
        with(&|it| it.timestamp.clone_from(&old)),
        with(&|it| it.signature = it.signature.replace("v1,", "v2,")),
        with(&|it| it.signature.clear()),
    ] {
        let refused = send(&app, &wrong, JSON, &body).await;
        assert_eq!(problem(&refused), (401, "unauthorized".into()), "{wrong:?}");
    }
    let other = about("payment.succeeded", "other").to_string();
    assert_eq!(problem(&send(&app, &right, JSON, &other).await).0, 401);
    assert_eq!(state(&app, &id).await, "active");
    // Of several signatures one is enough.
    let several = with(&|it| it.signature = format!("v1,AAAA {}", it.signature));
    assert_eq!(send(&app, &several, JSON, &body).await.status, 200);
    assert_eq!(state(&app, &id).await, "redeemed");
    app.close().await;
}

#[tokio::test]
async fn the_center_pays_refunds_and_cancels_in_any_order() {
    let app = TestApp::empty().await;
    let id = lock(&app, "o").await;
    let mut refund = about("refund.succeeded", "o");
    refund["data"]["refund"] = json!("r");
    refund["data"]["lines"] = json!([{ "id": "1", "quantity": 1 }]);
    refund["timestamp"] = json!("2026-03-02T04:00:00Z");
    for callback in [&refund, &about("payment.succeeded", "o"), &refund] {
        let heard = tell(&app, callback).await;
        assert_eq!((heard.status.as_u16(), heard.json()), (200, json!({})));
    }
    let till = app.partner(&[KeyScope::Redeem]).await;
    let paid = till.post(&format!("/locks/{id}/redemption"), &json!({ "payment": "p" })).await;
    assert_eq!(paid.status, 200, "the till is answered what the center told");
    assert_eq!(paid.json()["returns"], json!([{ "refund": "r", "amount": "10.00" }]));
    let id = lock(&app, "o2").await;
    assert_eq!(tell(&app, &about("payment.canceled", "o2")).await.status, 200);
    assert_eq!(state(&app, &id).await, "released");
    assert_eq!(tell(&app, &about("payment.succeeded", "nobody's")).await.status, 200);
    app.close().await;
}

#[tokio::test]
async fn what_is_signed_must_still_make_sense() {
    let app = TestApp::empty().await;
    let refund = about("refund.succeeded", "o");
    let told = tell(&app, &refund).await;
    assert_eq!(problem(&told), (422, "invalid".into()));
    assert_eq!(told.json()["data"]["fields"][0]["field"], "data.refund");
    // A misspelt `lines` would give everything back.
    let mut misspelt = refund.clone();
    misspelt["data"]["refund"] = json!("r");
    misspelt["data"]["line"] = json!([{ "id": "1", "quantity": 1 }]);
    let told = tell(&app, &misspelt).await;
    assert_eq!(problem(&told), (422, "invalid".into()));
    assert_eq!(told.json()["data"]["fields"][0]["field"], "data.line");
    for unreadable in [json!([]), json!({ "type": 1 }), json!({ "type": "payment.succeeded" })] {
        assert_eq!(problem(&tell(&app, &unreadable).await), (400, "unreadable".into()));
    }
    let twice = r#"{"type":"payment.succeeded","type":"payout.paid","data":{}}"#;
    let told = send(&app, &sign(&app.engine, twice.as_bytes()), JSON, twice).await;
    assert_eq!(problem(&told), (400, "unreadable".into()));
    let body = about("payment.succeeded", "o").to_string();
    let plain = send(&app, &sign(&app.engine, body.as_bytes()), "text/plain", &body).await;
    assert_eq!(problem(&plain), (415, "unsupported_media_type".into()));
    // Of what we do not know the center need not be told.
    let unknown = json!({ "type": "payout.paid", "data": { "anything": [1] } });
    assert_eq!(tell(&app, &unknown).await.status, 200);
    app.close().await;
}

#[tokio::test]
async fn what_is_signed_and_does_not_read_is_put_before_ops_once() {
    let app = TestApp::empty().await;
    let mut other = about("payment.succeeded", "o");
    other["data"]["amount"] = json!("12.30");
    let body = other.to_string();
    let envelope = sign(&app.engine, body.as_bytes());
    for _ in 0..2 {
        let told = send(&app, &envelope, JSON, &body).await;
        assert_eq!(problem(&told), (422, "invalid".into()));
    }
    let listed = exceptions::list(&app.engine, &System, 0).await.expect("a list");
    assert_eq!((listed.open, listed.total), (1, 1));
    let one = &listed.exceptions[0];
    assert_eq!((one.kind.as_str(), one.text("why")), ("unreadable_callback", Some("invalid")));
    assert_eq!((one.text("message"), one.text("body")), (Some(&*envelope.id), Some(&*body)));
    // What nobody has signed is nobody's business.
    let forged = Envelope { id: "msg_forged".to_owned(), ..envelope };
    assert_eq!(problem(&send(&app, &forged, JSON, &body).await).0, 401);
    // Nor is a type that we pass over.
    assert_eq!(tell(&app, &about("payout.paid", "o")).await.status, 200);
    assert_eq!(exceptions::count_open(&app.engine, &System).await.expect("a count"), 1);
    app.close().await;
}
