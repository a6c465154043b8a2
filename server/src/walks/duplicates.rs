//! The same write sent many times at once: one effect and one answer, whichever call it is.

use std::collections::BTreeSet;

use axum::http::Method;
use domain::actor::KeyScope;
use engine::redemption::callbacks::sign;
use engine::{accounts, demo, pools};
use futures::future::join_all;
use serde_json::{Value, json};

use super::EDITOR;
use crate::stores::{Store, on_both_stores};
use crate::testing::{Answer, Partner, TestApp};
use crate::v1::document;

on_both_stores![a_write_that_comes_many_times_at_once_has_one_effect_and_one_answer];

/// What stores nothing, and views, each of which is one more.
const FREE: [&str; 3] = ["post /quotes", "post /wallets/query", "post /views"];

/// A write that makes one more of something.
struct Write {
    /// As the document names it.
    call: &'static str,
    again: Again,
    path: String,
    body: String,
    signed: Vec<(&'static str, String)>,
    /// Where there is one more.
    adds_to: &'static str,
}

/// How the same request again is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    /// As it was, by its key.
    ByKey,
    /// As it was, by itself.
    ByItself,
    /// It is of a revision that is over.
    Stale,
}

impl Write {
    fn new(call: &'static str, id: &str, body: &Value, adds_to: &'static str) -> Self {
        let (method, path) = call.split_once(' ').expect("a method and a path");
        let again = if method == "post" { Again::ByKey } else { Again::ByItself };
        let (path, body) = (path.replace("{id}", id), body.to_string());
        Self { call, again, path, body, signed: Vec::new(), adds_to }
    }

    async fn send(&self, shop: &Partner<'_>, key: &str) -> Answer {
        let method = self.call.split(' ').next().unwrap_or_default().to_uppercase();
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut headers = vec![("content-type", "application/json"), ("idempotency-key", key)];
        headers.extend(self.signed.iter().map(|(name, value)| (*name, value.as_str())));
        shop.send(method, &self.path, &headers, self.body.clone()).await
    }

    async fn count(&self, store: &Store) -> i64 {
        store.number(&format!("SELECT COUNT(*) FROM {}", self.adds_to)).await
    }

    async fn check(&self, store: &Store, shop: &Partner<'_>, key: &str) {
        let (call, before) = (self.call, self.count(store).await);
        let answers = join_all((0..8).map(|_| self.send(shop, key))).await;
        let is_done = |answer: &Answer| answer.status.is_success();
        let (done, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(is_done);
        let first = done.first().unwrap_or_else(|| panic!("{call}: {others:?}"));
        for answer in &done {
            assert_eq!((answer.status, &answer.body), (first.status, &first.body), "{call}");
        }
        for answer in &others {
            let code = answer.json()["code"].clone();
            assert_eq!((answer.status.as_u16(), code), (409, json!(self.refusal())), "{call}");
        }
        if self.again != Again::Stale {
            let again = self.send(shop, key).await;
            assert_eq!((again.status, &again.body), (first.status, &first.body), "{call}");
            let is_replayed = again.headers.contains_key("idempotent-replayed");
            assert_eq!(is_replayed, self.again == Again::ByKey, "{call}");
        }
        if self.again == Again::ByKey {
            self.check_another(shop, key).await;
        }
        assert_eq!(self.count(store).await, before + 1, "{call}: {}", self.adds_to);
    }

    /// Another request has another body, to the byte.
    async fn check_another(&self, shop: &Partner<'_>, key: &str) {
        let (path, body, signed) = (self.path.clone(), format!("{} ", self.body), Vec::new());
        let other = Self { path, body, signed, ..*self }.send(shop, key).await;
        let code = other.json()["code"].clone();
        let told = (other.status.as_u16(), code);
        assert_eq!(told, (422, json!("idempotency_mismatch")), "{}", self.call);
    }

    /// The code of what may be told of a request beside that which is done.
    fn refusal(&self) -> &'static str {
        match self.again {
            Again::ByKey => "idempotency_conflict",
            Again::ByItself => "none",
            Again::Stale => "stale_revision",
        }
    }
}

/// The writes that the document tells of, and those of them that bear a key.
fn described() -> (BTreeSet<String>, BTreeSet<String>) {
    let paths = document().document["paths"].as_object().expect("paths");
    let (mut writes, mut keyed) = (BTreeSet::new(), BTreeSet::new());
    for (path, calls) in paths {
        for (method, call) in calls.as_object().expect("methods") {
            let name = format!("{method} {}", path.trim_start_matches("/api/v1"));
            if method == "get" || FREE.contains(&name.as_str()) {
                continue;
            }
            let mut parameters = call["parameters"].as_array().into_iter().flatten();
            if parameters.any(|one| one["name"] == "Idempotency-Key") {
                keyed.insert(name.clone());
            }
            writes.insert(name);
        }
    }
    (writes, keyed)
}

/// 5 off, of which a shopper may have many.
fn draft() -> Value {
    let benefit = json!({ "kind": "amount_off", "amount": "5" });
    json!({ "name": "5 off", "benefit": benefit, "stock": 50, "per_shopper": 50 })
}

fn order(order: &str) -> Value {
    let line = json!({ "id": "1", "product": "kale", "unit_price": "12", "quantity": 2 });
    json!({ "order": order, "shopper": "guest", "cart": { "lines": [line] } })
}

fn paid(order_ref: &str) -> Value {
    let mut paid = order(order_ref);
    paid["payment"] = json!("p");
    paid
}

/// The id of what a call makes.
async fn made(shop: &Partner<'_>, path: &str, body: &Value) -> String {
    let made = shop.post(path, body).await;
    assert!(made.status.is_success(), "{made:?}");
    made.json()["id"].as_str().expect("an id").to_owned()
}

async fn live(shop: &Partner<'_>, draft: &Value) -> String {
    let id = made(shop, "/templates", draft).await;
    made(shop, &format!("/templates/{id}/publish"), &json!({})).await
}

async fn pool_code(app: &TestApp, template: &str) -> String {
    let editor = accounts::operator_sign_in(&app.engine, EDITOR, demo::PASSWORD).await;
    let editor = editor.expect("the cast").editor().expect("an editor");
    let template = template.parse().expect("an id");
    let codes = pools::make(&app.engine, &editor, template, 1).await.expect("codes");
    codes[0].to_string()
}

/// A payment as the center tells it, in one message.
fn callback(app: &TestApp, order: &str) -> Write {
    let told = json!({ "type": "payment.succeeded", "data": { "order": order, "payment": "p" } });
    let write = Write::new("post /callbacks/payments", "", &told, "redemptions");
    let envelope = sign(&app.engine, write.body.as_bytes());
    let signed = vec![
        ("webhook-id", envelope.id),
        ("webhook-timestamp", envelope.timestamp),
        ("webhook-signature", envelope.signature),
    ];
    Write { again: Again::ByItself, signed, ..write }
}

async fn of_coupons(app: &TestApp, shop: &Partner<'_>) -> Vec<Write> {
    let mut queued = draft();
    queued["lane"] = json!("queued");
    let (open, queued) = (live(shop, &draft()).await, live(shop, &queued).await);
    let code = pool_code(app, &open).await;
    let claim = |body: Value, adds_to| Write::new("post /claims", "", &body, adds_to);
    let (given, pool) = (json!({ "template": open, "shoppers": ["dan"] }), json!({ "count": 2 }));
    vec![
        claim(json!({ "shopper": "ann", "template": open }), "coupons"),
        claim(json!({ "shopper": "ben", "pool_code": code }), "coupons"),
        claim(json!({ "shopper": "cid", "template": queued }), "tickets"),
        Write::new("post /grants", "", &given, "grants"),
        Write::new("post /templates/{id}/pool", &open, &pool, "pools"),
    ]
}

async fn of_orders(app: &TestApp, shop: &Partner<'_>) -> Vec<Write> {
    let unpaid = made(shop, "/locks", &order("unpaid")).await;
    let waiting = made(shop, "/locks", &order("waiting")).await;
    let redeemed = made(shop, "/redemptions", &paid("redeemed")).await;
    made(shop, "/locks", &order("told")).await;
    let elsewhere = json!({
        "order": "elsewhere", "shopper": "guest", "total": "12", "paid_at": "2026-03-02T04:00:00Z",
    });
    let one = json!({ "refund": "r", "lines": [{ "id": "1", "quantity": 1 }] });
    let payment = json!({ "payment": "p" });
    vec![
        Write::new("post /locks", "", &order("new"), "locks"),
        Write::new("delete /locks/{id}", &unpaid, &json!({}), "locks WHERE state = 'released'"),
        Write::new("post /locks/{id}/redemption", &waiting, &payment, "redemptions"),
        Write::new("post /redemptions", "", &paid("at once"), "redemptions"),
        Write::new("post /redemptions/{id}/returns", &redeemed, &one, "returns"),
        Write::new("post /orders", "", &elsewhere, "orders"),
        callback(app, "told"),
    ]
}

async fn of_the_shop(shop: &Partner<'_>) -> Vec<Write> {
    let written = made(shop, "/templates", &draft()).await;
    let (pausing, ending) = (live(shop, &draft()).await, live(shop, &draft()).await);
    let mut edit = draft();
    (edit["revision"], edit["name"]) = (json!(1), json!("Five off"));
    let edit = Write::new("put /templates/{id}", &written, &edit, "revisions");
    let act = |call, id: &str, adds_to| Write::new(call, id, &json!({}), adds_to);
    let category = json!([{ "id": "fishing", "name": "Fishing" }]);
    let product = json!([{ "id": "fishing-rod", "name": "Fishing rod" }]);
    vec![
        Write::new("post /templates", "", &draft(), "templates"),
        Write { again: Again::Stale, ..edit },
        act("post /templates/{id}/publish", &written, "changes WHERE action = 'published'"),
        act("post /templates/{id}/pause", &pausing, "changes WHERE action = 'paused'"),
        act("post /templates/{id}/end", &ending, "changes WHERE action = 'ended'"),
        Write::new("put /shoppers/{id}", "eve", &json!({ "name": "Eve" }), "shoppers"),
        Write::new("put /catalogue/categories", "", &category, "categories"),
        Write::new("put /catalogue/products", "", &product, "products"),
    ]
}

async fn a_write_that_comes_many_times_at_once_has_one_effect_and_one_answer(store: Store) {
    let app = TestApp::over(&store.engine).await;
    let shop = app.partner(&KeyScope::ALL).await;
    let mut writes = of_coupons(&app, &shop).await;
    writes.extend(of_orders(&app, &shop).await);
    writes.extend(of_the_shop(&shop).await);
    let names = |some: &dyn Fn(&Write) -> bool| -> BTreeSet<String> {
        writes.iter().filter(|write| some(write)).map(|write| write.call.to_owned()).collect()
    };
    let known = (names(&|_| true), names(&|write| write.again == Again::ByKey));
    assert_eq!(described(), known, "a new write needs a row here");
    for (n, write) in writes.iter().enumerate() {
        write.check(&store, &shop, &format!("write {n}")).await;
    }
}
