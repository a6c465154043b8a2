//! Shoppers for whom the host shop speaks: claims, wallets, and what is told of them.

use axum::http::Method;
use domain::TemplateId;
use domain::actor::KeyScope;
use domain::benefit::Benefit;
use domain::template::{Action, Audience, Draft, Visibility, Window};
use domain::{Code, Money};
use engine::funnel::{self, Part};
use engine::{accounts, demo, pools, templates};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use super::{cart, problem};
use crate::testing::{Partner, TestApp};

async fn editor(app: &TestApp) -> domain::actor::Editor {
    let email = demo::OPERATORS[1].0;
    let operator = accounts::operator_sign_in(&app.engine, email, demo::PASSWORD).await;
    operator.expect("an operator").editor().expect("an editor")
}

/// 5 off anything.
fn draft() -> Draft {
    Draft::new("5 off", Benefit::AmountOff { amount: Money::minor(500), min_spend: None })
}

async fn live(app: &TestApp, draft: Draft) -> TemplateId {
    let editor = editor(app).await;
    let made = templates::create(&app.engine, &editor, &draft).await.expect("a template");
    let live = templates::act(&app.engine, &editor, made.id, Action::Publish).await;
    live.expect("a live template").id
}

async fn pool(app: &TestApp, template: TemplateId) -> Code {
    let made = pools::make(&app.engine, &editor(app).await, template, 1).await;
    made.expect("codes")[0]
}

fn claim_of(template: TemplateId, shopper: &str) -> Value {
    json!({ "shopper": shopper, "template": template, "channel": "mini" })
}

async fn everything(app: &TestApp) -> Partner<'_> {
    app.partner(&KeyScope::ALL).await
}

#[tokio::test]
async fn a_claim_is_answered_with_the_coupon_and_the_same_key_with_the_same_bytes() {
    let app = TestApp::open().await;
    let partner = app.partner(&[KeyScope::Claim]).await;
    let template = live(&app, Draft { visibility: Visibility::Link, ..draft() }).await;
    let mut ask = claim_of(template, "guest-1");
    ask["device"] = "phone-7".into();
    ask["ip"] = "2001:db8::1".into();
    let claimed = partner.post_under("k", "/claims", &ask).await;
    assert_eq!(claimed.status, 201);
    let coupon = claimed.json();
    let keys: Vec<&String> = coupon.as_object().expect("an object").keys().collect();
    let shape = [
        "channel",
        "claimed_at",
        "code",
        "id",
        "revision",
        "shopper",
        "state",
        "template",
        "valid_from",
        "valid_until",
    ];
    assert_eq!(keys, shape);
    assert_eq!(coupon["state"], "available");
    assert_eq!((&coupon["shopper"], &coupon["channel"]), (&json!("guest-1"), &json!("mini")));
    assert_eq!(coupon["template"], template.to_string());
    assert_eq!(coupon["valid_until"], Value::Null);
    let again = partner.post_under("k", "/claims", &ask).await;
    assert_eq!(again.body, claimed.body);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let more = partner.post("/claims", &ask).await;
    assert_eq!(problem(&more), (409, "claim_limit_reached".into()));
    assert_eq!(more.json()["data"], json!({ "limit": 1, "coupons": [coupon["code"]] }));
    // Also once nobody may know of it any more.
    let ended = templates::act(&app.engine, &editor(&app).await, template, Action::End).await;
    ended.expect("an ended template");
    let again = partner.post_under("k", "/claims", &ask).await;
    assert_eq!(again.body, claimed.body);
    app.close().await;
}

#[tokio::test]
async fn what_a_partner_may_not_know_of_is_not_found() {
    let app = TestApp::open().await;
    let partner = app.partner(&[KeyScope::Claim]).await;
    let granted = live(&app, Draft { visibility: Visibility::Granted, ..draft() }).await;
    let made = templates::create(&app.engine, &editor(&app).await, &draft()).await;
    let unpublished = made.expect("a draft").id;
    let ids = [granted.to_string(), unpublished.to_string(), "nothing".into(), String::new()];
    let mut told = Vec::new();
    for id in ids {
        let ask = json!({ "shopper": "guest-1", "template": id });
        // What is repeated is no telltale either.
        for _ in 0..2 {
            let answer = partner.post_under(&format!("key-{id}"), "/claims", &ask).await;
            assert_eq!(problem(&answer), (404, "not_found".into()), "{id}");
            assert_eq!(answer.headers.get("idempotent-replayed"), None, "{id}");
            told.push(answer.body);
        }
    }
    told.dedup();
    assert_eq!(told.len(), 1, "in the same words");
    app.close().await;
}

#[tokio::test]
async fn a_pool_code_is_claimed_under_a_key_and_entered_again_it_is_the_same_coupon() {
    let app = TestApp::open().await;
    let partner = app.partner(&[KeyScope::Claim]).await;
    let template = live(&app, draft()).await;
    let code = pool(&app, template).await;
    let typed = code.grouped().to_lowercase();
    let ask = json!({ "shopper": "guest-1", "pool_code": typed });
    let first = partner.post_under("k", "/claims", &ask).await;
    assert_eq!(first.status, 201, "{first:?}");
    let again = partner.post_under("k", "/claims", &ask).await;
    assert_eq!(again.body, first.body);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let another = partner.post_under("l", "/claims", &ask).await;
    assert_eq!((another.status.as_u16(), &another.body), (201, &first.body));
    let again = partner.post_under("l", "/claims", &ask).await;
    assert_eq!(again.body, first.body);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let stranger = json!({ "shopper": "guest-2", "pool_code": typed });
    let refused = partner.post_under("m", "/claims", &stranger).await;
    assert_eq!(problem(&refused), (404, "not_found".into()));
    for _ in 0..20 {
        let again = partner.post_under("m", "/claims", &stranger).await;
        assert_eq!(again.body, refused.body, "a repetition is no further attempt");
    }
    app.close().await;
}

#[tokio::test]
async fn every_wrong_field_of_a_claim_is_told() {
    let app = TestApp::open().await;
    let partner = app.partner(&[KeyScope::Claim]).await;
    let wrong = json!({
        "shopper": "", "template": "a", "pool_code": "b", "device": "a\nb", "ip": "10.0.0.256",
        "channel": "x".repeat(65),
    });
    let answer = partner.post("/claims", &wrong).await;
    assert_eq!(problem(&answer), (422, "invalid".into()));
    let fields = answer.json()["data"]["fields"].clone();
    let fields = fields.as_array().expect("fields").iter();
    let named: Vec<&str> = fields.filter_map(|field| field["field"].as_str()).collect();
    assert_eq!(named, ["shopper", "channel", "device", "ip", "pool_code"]);
    let neither = partner.post("/claims", &json!({ "shopper": "guest-1" })).await;
    assert_eq!(problem(&neither), (422, "invalid".into()));
    assert_eq!(neither.json()["data"]["fields"][0]["field"], "template");
    app.close().await;
}

#[tokio::test]
async fn a_wallet_is_paged_and_cursors_that_are_not_ours_are_refused() {
    let app = TestApp::open().await;
    let partner = everything(&app).await;
    let mut codes = Vec::new();
    for _ in 0..3 {
        let claimed =
            partner.post("/claims", &claim_of(live(&app, draft()).await, "guest-1")).await;
        codes.insert(0, claimed.json()["code"].clone());
    }
    let whole = partner.get("/shoppers/guest-1/coupons").await.json();
    let told = |page: &Value| -> Vec<Value> {
        let items = page["items"].as_array().expect("items").iter();
        items.map(|coupon| coupon["code"].clone()).collect()
    };
    assert_eq!((told(&whole), &whole["next_cursor"]), (codes.clone(), &Value::Null));
    let first = partner.get("/shoppers/guest-1/coupons?limit=2").await.json();
    assert_eq!(told(&first), codes[..2]);
    let next = first["next_cursor"].as_str().expect("a cursor");
    let rest =
        partner.get(&format!("/shoppers/guest-1/coupons?limit=2&cursor={next}")).await.json();
    assert_eq!((told(&rest), &rest["next_cursor"]), (codes[2..].to_vec(), &Value::Null));

    let lock = json!({
        "order": "A-1", "shopper": "guest-1", "cart": cart("kale", "12", 1), "coupons": [codes[0]],
    });
    assert_eq!(partner.post("/locks", &lock).await.status, 201);
    let locked = partner.get("/shoppers/guest-1/coupons?state=locked").await.json();
    assert_eq!(told(&locked), codes[..1]);
    let nobody = partner.get("/shoppers/%E5%B0%8F%E6%9E%97%20x/coupons").await;
    assert_eq!(nobody.json(), json!({ "items": [], "next_cursor": null }));

    for odd in [
        "limit=0",
        "limit=1001",
        "limit=+5",
        "limit=",
        "limit=x",
        "cursor=x",
        "cursor=",
        "cursor=bnVsbA",
        "state=used",
        "staet=locked",
        "limit=1&limit=2",
    ] {
        let answer = partner.get(&format!("/shoppers/guest-1/coupons?{odd}")).await;
        assert_eq!(problem(&answer), (422, "invalid".into()), "{odd}");
    }
    app.close().await;
}

#[tokio::test]
async fn many_wallets_are_read_at_once() {
    let app = TestApp::open().await;
    let partner = everything(&app).await;
    let template = live(&app, draft()).await;
    partner.post("/claims", &claim_of(template, "guest-1")).await;
    let ask = json!({ "shoppers": ["guest-2", "guest-1"], "state": "available" });
    let body = ask.to_string();
    let json = [("content-type", "application/json")];
    let told = partner.send(Method::POST, "/wallets/query", &json, body).await;
    assert_eq!(told.status, 200, "it needs no key");
    let wallets = told.json()["wallets"].clone();
    assert_eq!(wallets[0], json!({ "shopper": "guest-2", "items": [], "next_cursor": null }));
    assert_eq!(wallets[1]["items"][0]["shopper"], "guest-1");
    let many: Vec<String> = (0..101).map(|i| format!("guest-{i}")).collect();
    for shoppers in [json!([]), json!(many), json!(["a\n"])] {
        let answer = partner.post("/wallets/query", &json!({ "shoppers": shoppers })).await;
        assert_eq!(problem(&answer), (422, "invalid".into()));
    }
    app.close().await;
}

#[tokio::test]
async fn what_is_said_of_a_shopper_is_merged_and_told() {
    let app = TestApp::open().await;
    let partner = everything(&app).await;
    let said = json!({ "name": "小林", "segments": ["vip"], "paid_orders": 2 });
    let first = partner.put("/shoppers/guest-1", &said).await;
    assert_eq!(first.status, 200);
    let told = json!({
        "id": "guest-1", "name": "小林", "segments": ["vip"], "paid_orders": 2, "blocked": false,
    });
    assert_eq!(first.json(), told);
    let second = partner.put("/shoppers/guest-1", &json!({ "blocked": true })).await.json();
    assert_eq!((&second["name"], &second["blocked"]), (&json!("小林"), &json!(true)));
    for odd in [json!({ "segments": [""] }), json!({ "name": "a\nb" }), json!({ "segment": [] })] {
        let answer = partner.put("/shoppers/guest-1", &odd).await;
        assert_eq!(problem(&answer), (422, "invalid".into()), "{odd}");
    }
    let negative = partner.put("/shoppers/guest-1", &json!({ "paid_orders": -1 })).await;
    assert_eq!(problem(&negative), (400, "unreadable".into()));
    let odd = partner.put("/shoppers/a%0Ab", &json!({})).await;
    assert_eq!(problem(&odd), (422, "invalid".into()));
    app.close().await;
}

#[tokio::test]
async fn a_paid_order_is_told_once_and_counts() {
    let app = TestApp::open().await;
    let partner = everything(&app).await;
    let ask = json!({
        "order": "A-1", "shopper": "guest-1", "total": "12.5",
        "paid_at": "2026-03-01T20:00:00.123456+08:00", "channel": "app",
    });
    let first = partner.post("/orders", &ask).await;
    assert_eq!(first.status, 201);
    let told = json!({
        "order": "A-1", "shopper": "guest-1", "total": "12.50",
        "paid_at": "2026-03-01T12:00:00.123456Z", "channel": "app",
    });
    assert_eq!(first.json(), told);
    let again = partner.post("/orders", &ask).await;
    assert_eq!((again.status.as_u16(), again.body), (200, first.body));
    let mut other = ask.clone();
    other["total"] = "12".into();
    assert_eq!(problem(&partner.post("/orders", &other).await), (409, "state_conflict".into()));
    let new = live(&app, Draft { audience: Audience::NewShoppers, ..draft() }).await;
    let refused = partner.post("/claims", &claim_of(new, "guest-1")).await;
    assert_eq!(problem(&refused), (422, "new_shoppers_only".into()));
    for time in ["", "yesterday", "2026-03-01", "2026-03-01T20:00:00", "9999-12-31T00:00:00Z"] {
        other["paid_at"] = time.into();
        assert_eq!(problem(&partner.post("/orders", &other).await), (422, "invalid".into()));
    }
    app.close().await;
}

#[tokio::test]
async fn views_claims_and_orders_come_out_as_a_funnel_and_a_ledger() {
    let app = TestApp::open().await;
    let partner = everything(&app).await;
    let template = live(&app, draft()).await;
    let view = json!({ "template": template, "visitor": "guest-1", "channel": "mini" });
    let json = [("content-type", "application/json")];
    for body in [view.clone(), json!([view, { "template": template }, { "template": "x" }])] {
        let answer = partner.send(Method::POST, "/views", &json, body.to_string()).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (202, ""));
    }
    let unknown = json!([view, { "template": template, "vistor": "x" }]);
    let answer = partner.post("/views", &unknown).await;
    assert_eq!(problem(&answer), (422, "invalid".into()));
    assert_eq!(answer.json()["data"]["fields"][0]["field"], "1.vistor");
    for odd in [json!([]), json!([{ "template": "x", "visitor": "" }]), json!(vec![view; 1001])] {
        assert_eq!(problem(&partner.post("/views", &odd).await), (422, "invalid".into()));
    }
    let claimed = partner.post("/claims", &claim_of(template, "guest-1")).await.json();
    let lock = json!({ "order": "A-1", "shopper": "guest-1", "cart": cart("kale", "12", 1) });
    assert_eq!(partner.post("/locks", &lock).await.status, 201);

    let funnel = partner.get(&format!("/funnel?template={template}&bucket=day")).await;
    assert_eq!(funnel.status, 200, "{funnel:?}");
    let funnel = funnel.json();
    let stages = json!({ "view": 3, "claim": 1, "lock": 1, "redeem": 0, "return": 0 });
    assert_eq!((&funnel["stages"], &funnel["unique_viewers"]), (&stages, &json!(1)));
    let none = json!({ "turnover": "0.00", "discount": "0.00", "refunded": "0.00", "net": "0.00" });
    assert_eq!((&funnel["amounts"], &funnel["granted"]), (&none, &json!(0)));
    assert_eq!(funnel["rates"]["lock_per_claim"], json!(1.0));
    assert_eq!(funnel["rates"]["return_per_redeem"], Value::Null);
    let days = funnel["buckets"].as_array().expect("buckets");
    let views: u64 = days.iter().filter_map(|day| day["stages"]["view"].as_u64()).sum();
    assert_eq!(views, 3);
    let through = partner.get("/funnel?channel=mini&from=2026-01-01T00:00:00+08:00").await.json();
    assert_eq!(through["stages"]["view"], 2);
    assert_eq!(through["buckets"], json!([]));
    for odd in ["from=x", "bucket=week", "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z"] {
        assert_eq!(problem(&partner.get(&format!("/funnel?{odd}")).await), (422, "invalid".into()));
    }
    for unknown in ["nothing", "00000000-0000-0000-0000-000000000000"] {
        let answer = partner.get(&format!("/funnel?template={unknown}")).await;
        assert_eq!(problem(&answer), (404, "not_found".into()));
    }

    let first = partner.get("/events?limit=1").await.json();
    let event = &first["items"][0];
    assert_eq!((&event["kind"], &event["coupon"]), (&json!("claimed"), &claimed["code"]));
    assert_eq!(first["next_cursor"], event["id"]);
    let after = event["id"].as_str().expect("an id");
    let rest = partner.get(&format!("/events?after={after}&shopper=guest-1")).await.json();
    let locked = &rest["items"][0];
    assert_eq!((&locked["kind"], &locked["order"]), (&json!("locked"), &json!("A-1")));
    assert_eq!((&locked["amount"], &locked["state"]), (&json!("5.00"), &json!("locked")));
    assert_eq!(rest["next_cursor"], Value::Null);
    let last = partner.get(&format!("/events?cursor={after}&limit=1")).await.json();
    assert_eq!(last["items"], rest["items"], "a cursor by the name that other lists give it");
    assert_eq!(last["next_cursor"], Value::Null, "a full page may be the last");
    let both = format!("after={after}&cursor={after}");
    for odd in ["after=x", "kind=used", "template=x", "limit=0", "cursor=x", &both] {
        assert_eq!(problem(&partner.get(&format!("/events?{odd}")).await), (422, "invalid".into()));
    }
    app.close().await;
}

#[tokio::test]
async fn what_a_quote_refuses_counts_for_the_channel_it_names() {
    let app = TestApp::open().await;
    let partner = everything(&app).await;
    let min_spend = Some(Money::minor(2_000));
    let benefit = Benefit::AmountOff { amount: Money::minor(500), min_spend };
    let template = live(&app, Draft::new("5 off 20", benefit)).await;
    partner.post("/claims", &claim_of(template, "guest-1")).await;
    let mut ask = json!({ "shopper": "guest-1", "cart": cart("kale", "12", 1), "channel": "app" });
    let quote = partner.post("/quotes", &ask).await.json();
    assert_eq!(quote["refused"][0]["code"], "below_threshold", "{quote}");
    let channel = Some("app".parse().expect("a channel"));
    let part = Part { channel, ..Part::of(template, Window::default()) };
    let told = funnel::refusals(&app.engine, &editor(&app).await, &part).await.expect("refusals");
    assert_eq!((told[0].code.as_str(), told[0].quotes), ("below_threshold", 1));
    ask["channel"] = "x".repeat(65).into();
    let refused = partner.post("/quotes", &ask).await;
    assert_eq!(problem(&refused), (422, "invalid".into()));
    assert_eq!(refused.json()["data"]["fields"][0]["field"], "channel");
    app.close().await;
}

#[tokio::test]
async fn each_call_needs_its_own_scope() {
    let app = TestApp::open().await;
    let calls = [
        (Method::POST, "/claims", KeyScope::Claim),
        (Method::POST, "/views", KeyScope::Claim),
        (Method::POST, "/orders", KeyScope::Redeem),
        (Method::POST, "/wallets/query", KeyScope::Read),
        (Method::GET, "/shoppers/guest-1/coupons", KeyScope::Read),
        (Method::GET, "/events", KeyScope::Read),
        (Method::GET, "/funnel", KeyScope::Read),
        (Method::PUT, "/shoppers/guest-1", KeyScope::Manage),
    ];
    for (method, path, scope) in calls {
        let others: Vec<KeyScope> =
            KeyScope::ALL.into_iter().filter(|other| *other != scope).collect();
        let others = app.partner(&others).await;
        let refused = others.send(method.clone(), path, &[], String::new()).await;
        assert_eq!(problem(&refused), (403, "forbidden".into()), "{method} {path}");
        assert_eq!(refused.json()["data"]["scope"], scope.as_str());
    }
    app.close().await;
}

#[tokio::test]
async fn a_change_says_from_where_an_order_system_made_it() {
    let app = TestApp::open().await;
    // The proxy is one of ours, and says whom it has heard.
    let partner = app.partner(&[KeyScope::Manage]).await.from("10.0.0.1");
    let headers = [("content-type", "application/json"), ("x-forwarded-for", "203.0.113.9")];
    let body = json!({ "name": "Mei" }).to_string();
    let put = partner.send(Method::PUT, "/shoppers/guest-1", &headers, body).await;
    assert_eq!(put.status, 200, "{put:?}");
    let db = app.engine.migration_connection();
    let from = "SELECT address FROM changes WHERE subject = 'guest-1'";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), from)).await;
    let row = row.expect("an answer").expect("a row");
    let address: Option<String> = row.try_get_by(0).expect("text");
    assert_eq!(address.as_deref(), Some("203.0.113.9"));
    app.close().await;
}
