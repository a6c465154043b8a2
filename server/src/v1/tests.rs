//! What order systems see, through the front door.

mod access;
mod callbacks;
mod catalogue;
mod document;
mod grants;
mod orders;
mod redemptions;
mod risk;
mod shoppers;
mod templates;
mod tickets;
mod walk;

use axum::http::Method;
use domain::actor::KeyScope;
use serde_json::{Value, json};

use crate::testing::{Answer, TestApp};

/// A cart of one line: product, unit price, quantity.
fn cart(product: &str, unit_price: &str, quantity: u32) -> Value {
    json!({ "lines": [
        { "id": "1", "product": product, "unit_price": unit_price, "quantity": quantity },
    ] })
}

/// Status and code of a problem.
fn problem(answer: &Answer) -> (u16, String) {
    let kind = answer.headers["content-type"].to_str().expect("text");
    assert_eq!(kind, "application/problem+json", "{answer:?}");
    let told = answer.json();
    let code = told["code"].as_str().expect("a code").to_owned();
    assert_eq!(told["type"], format!("/problems/{code}"));
    assert_eq!(told["status"], answer.status.as_u16());
    assert!(told["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    (answer.status.as_u16(), code)
}

#[tokio::test]
async fn a_call_needs_a_key_that_opens_it() {
    let app = TestApp::empty().await;
    let ask = json!({ "cart": cart("kale", "12", 1) }).to_string();
    for key in ["", "Bearer", "Bearer quan_wrong", "Basic YTpi"] {
        let headers = [("authorization", key), ("content-type", "application/json")];
        let path = "/api/v1/quotes";
        let refused = app.nobody().request(Method::POST, path, &headers, ask.clone()).await;
        assert_eq!(problem(&refused), (401, "unauthorized".into()));
        assert_eq!(refused.headers["www-authenticate"], "Bearer");
    }
    let reader = app.partner(&[KeyScope::Read]).await;
    let refused = reader.post("/quotes", &json!({ "cart": cart("kale", "12", 1) })).await;
    assert_eq!(problem(&refused), (403, "forbidden".into()));
    assert_eq!(refused.json()["data"]["scope"], "quote");
    app.close().await;
}

#[tokio::test]
async fn what_is_no_call_is_answered_as_a_problem_too() {
    let app = TestApp::empty().await;
    let partner = app.partner(&KeyScope::ALL).await;
    let unknown = partner.get("/nothing").await;
    assert_eq!(problem(&unknown), (404, "not_found".into()));
    let method = partner.get("/quotes").await;
    assert_eq!(problem(&method), (405, "method_not_allowed".into()));
    assert_eq!(method.headers["allow"], "POST");
    let json = [("content-type", "application/json")];
    for body in ["", "{", "[]", "nul", "{\"cart\":NaN}", "{\"cart\":1e400}"] {
        let answer = partner.send(Method::POST, "/quotes", &json, body.to_owned()).await;
        assert_eq!(problem(&answer), (400, "unreadable".into()), "{body}");
    }
    let text = [("content-type", "text/plain")];
    let answer = partner.send(Method::POST, "/quotes", &text, "{}".to_owned()).await;
    assert_eq!(problem(&answer), (415, "unsupported_media_type".into()));
    let long = format!("{{\"x\":\"{}\"}}", "x".repeat(super::call::USUAL));
    let answer = partner.send(Method::POST, "/quotes", &json, long).await;
    assert_eq!(problem(&answer), (413, "too_large".into()));
    let deep = "[".repeat(1_000);
    let answer = partner.send(Method::POST, "/quotes", &json, deep).await;
    assert_eq!(problem(&answer), (400, "unreadable".into()));
    app.close().await;
}

#[tokio::test]
async fn what_is_said_twice_is_unreadable() {
    let app = TestApp::empty().await;
    let partner = app.partner(&KeyScope::ALL).await;
    let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
    for (method, path, body) in [
        (Method::POST, "/quotes", r#"{"cart":{"lines":[]},"cart":{"lines":[]}}"#),
        (Method::POST, "/quotes", r#"{"cart":{"lines":[{"id":"1","id":"2"}]}}"#),
        (Method::POST, "/claims", r#"{"shopper":"mei","shopper":"bo","pool_code":"x"}"#),
        (Method::POST, "/claims", r#"{"shopper":"mei","sh\u006fpper":"bo","pool_code":"x"}"#),
        (Method::POST, "/templates", r#"{"name":"a","benefit":{"kind":"every","kind":"tiered"}}"#),
        (Method::POST, "/views", r#"[{"template":"a"},{"template":"a","template":"b"}]"#),
        (Method::POST, "/grants", r#"{"template":"a","shoppers":[],"shoppers":["mei"]}"#),
        (Method::PUT, "/shoppers/mei", r#"{"blocked":true,"blocked":false}"#),
        (Method::PUT, "/catalogue/products", r#"[{"id":"a","name":"A","name":"B"}]"#),
    ] {
        let answer = partner.send(method, path, &headers, body).await;
        assert_eq!(problem(&answer), (400, "unreadable".into()), "{path} {body}");
    }
    app.close().await;
}

#[tokio::test]
async fn what_is_no_text_is_unreadable() {
    let app = TestApp::empty().await;
    let partner = app.partner(&KeyScope::ALL).await;
    let utf_16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (json, csv) = ("application/json", "text/csv");
    for (method, path, kind, body) in [
        (Method::POST, "/claims", json, b"{\"shopper\":\"\xff\"}".to_vec()),
        (Method::POST, "/claims", json, b"{\"\xc3\x28\":\"mei\"}".to_vec()),
        (Method::POST, "/claims", json, b"{\"shopper\":\"\\ud800\"}".to_vec()),
        (Method::POST, "/quotes", json, utf_16),
        (Method::PUT, "/catalogue/products", json, b"[{\"id\":\"\xe5\x88\"}]".to_vec()),
        (Method::PUT, "/catalogue/products", csv, b"id,name\na,\xff\n".to_vec()),
        (Method::POST, "/grants?template=a", csv, b"shopper\n\xff\n".to_vec()),
    ] {
        let headers = [("content-type", kind), ("idempotency-key", "k")];
        let answer = partner.send(method, path, &headers, body.clone()).await;
        assert_eq!(problem(&answer), (400, "unreadable".into()), "{path} {body:?}");
    }
    app.close().await;
}

#[tokio::test]
async fn every_field_that_is_wrong_is_told() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[KeyScope::Quote]).await;
    let unknown = json!({
        "cart": { "lines": [{ "id": "1", "product": "p", "unit_price": "1", "quantity": 1, "x": 1 }] },
        "shoper": "mei",
    });
    let answer = partner.post("/quotes", &unknown).await;
    assert_eq!(problem(&answer), (422, "invalid".into()));
    let fields = answer.json()["data"]["fields"].clone();
    let named: Vec<&str> =
        fields.as_array().expect("fields").iter().filter_map(|f| f["field"].as_str()).collect();
    assert_eq!(named, ["cart.lines.0.x", "shoper"]);
    for amount in ["", ".5", "5.", "012", "1e3", "-1", "+1", "1.234", "١"] {
        let answer = partner.post("/quotes", &json!({ "cart": cart("p", amount, 1) })).await;
        assert_eq!(problem(&answer), (422, "invalid".into()), "{amount}");
        assert_eq!(answer.json()["data"]["fields"][0]["field"], "cart.lines.0.unit_price");
    }
    let number = json!({ "cart": { "lines": [
        { "id": "1", "product": "p", "unit_price": 12, "quantity": 1 },
    ] } });
    let answer = partner.post("/quotes", &number).await;
    assert_eq!(problem(&answer), (400, "unreadable".into()));
    assert_eq!(answer.json()["data"]["path"], "cart.lines[0].unit_price");
    let answer = partner.post("/quotes", &json!({ "cart": cart("p", "12", 10_000) })).await;
    assert_eq!(problem(&answer), (422, "invalid".into()));
    app.close().await;
}
