//! Coupons given to many at once, and pools of codes, as order systems ask for them.

use axum::http::Method;
use domain::TemplateId;
use domain::actor::{KeyScope, System};
use engine::{grants, pools};
use serde_json::{Value, json};

use super::problem;
use crate::testing::{Answer, Partner, TestApp};

async fn live(partner: &Partner<'_>, change: Value) -> TemplateId {
    let benefit = json!({ "kind": "amount_off", "amount": "5" });
    let mut draft = json!({ "name": "5 off", "benefit": benefit, "visibility": "granted" });
    for (name, value) in change.as_object().expect("an object") {
        draft[name] = value.clone();
    }
    let made = partner.post("/templates", &draft).await.json();
    let id = made["id"].as_str().expect("an id");
    let live = partner.post(&format!("/templates/{id}/publish"), &json!({})).await.json();
    assert_eq!(live["state"], "live");
    id.parse().expect("an id")
}

async fn work(app: &TestApp) {
    while grants::work(&app.engine, System).await.expect("a turn") > 0 {}
    while pools::work(&app.engine, System).await.expect("a turn") > 0 {}
}

async fn give_csv(partner: &Partner<'_>, key: &str, path: &str, csv: &str) -> Answer {
    let headers = [("content-type", "text/csv; charset=utf-8"), ("idempotency-key", key)];
    partner.send(Method::POST, path, &headers, csv.to_owned()).await
}

/// An answer without what differs from run to run.
fn steady(answer: &Answer) -> Value {
    let mut told = answer.json();
    for name in ["id", "template", "created_at"] {
        assert!(told[name].as_str().is_some_and(|text| !text.is_empty()), "{told}");
        told[name] = "…".into();
    }
    told
}

#[tokio::test]
async fn a_grant_is_accepted_checked_and_run() {
    let app = TestApp::open().await;
    let partner = app.partner(&KeyScope::ALL).await;
    let template = live(&partner, json!({ "stock": 2 })).await;
    let shoppers = json!(["mei", "bo", "mei", "", "lin", "=1+1"]);
    let ask = json!({ "template": template, "shoppers": shoppers, "note": "an apology" });
    let asked = partner.post_under("k", "/grants", &ask).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    let expected = json!({
        "id": "…",
        "template": "…",
        "state": "checking",
        "segment": null,
        "note": "an apology",
        "listed": 6,
        "checked": 0,
        "check": {
            "malformed": 0, "duplicates": 0, "unknown": 0,
            "blocked": 0, "over_limit": 0, "outside": 0,
        },
        "recipients": 0,
        "given": 0,
        "failed": 0,
        "failures": 0,
        "stopped_by": null,
        "created_at": "…",
        "ended_at": null,
    });
    assert_eq!(steady(&asked), expected);
    let again = partner.post_under("k", "/grants", &ask).await;
    assert_eq!((again.status, &again.body), (asked.status, &asked.body));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    work(&app).await;
    let path = format!("/grants/{}", asked.json()["id"].as_str().expect("an id"));
    let reader = app.partner(&[KeyScope::Read]).await;
    let mut done = steady(&reader.get(&path).await);
    assert!(done["ended_at"].is_string());
    done["ended_at"] = Value::Null;
    let mut after = expected;
    after["state"] = "done".into();
    (after["checked"], after["recipients"]) = (6.into(), 4.into());
    (after["check"]["malformed"], after["check"]["duplicates"]) = (1.into(), 1.into());
    after["check"]["unknown"] = 4.into();
    (after["given"], after["failed"], after["failures"]) = (2.into(), 2.into(), 4.into());
    assert_eq!(done, after);
    let failures = reader.get(&format!("{path}/failures.csv")).await;
    assert_eq!(failures.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(
        failures.body,
        "position,shopper,code,reason\n\
        3,mei,invalid,Is named further up already.\n\
        4,,invalid,Is not a shopper id.\n\
        5,lin,sold_out,Nothing was left.\n\
        6,'=1+1,sold_out,Nothing was left.\n"
    );
    let wallet = reader.get("/shoppers/mei/coupons").await.json();
    assert_eq!(wallet["items"][0]["state"], "available");
    let ledger = reader.get("/events?kind=granted").await.json();
    assert_eq!(ledger["items"].as_array().map(Vec::len), Some(2));
    let funnel = reader.get(&format!("/funnel?template={template}")).await.json();
    assert_eq!((&funnel["granted"], &funnel["stages"]["claim"]), (&json!(2), &json!(2)));
    app.close().await;
}

#[tokio::test]
async fn a_list_comes_as_csv_with_its_template_in_the_address() {
    let app = TestApp::open().await;
    let partner = app.partner(&KeyScope::ALL).await;
    let template = live(&partner, json!({})).await;
    let other = live(&partner, json!({})).await;
    let csv = "name,shopper\n\"Mei, the first\",mei\nBo,bo\n";
    let path = format!("/grants?template={template}&note=hello");
    let asked = give_csv(&partner, "k", &path, csv).await;
    assert_eq!((asked.status.as_u16(), &asked.json()["listed"]), (202, &json!(2)));
    assert_eq!(asked.json()["note"], "hello");
    // What is in the address is part of the request.
    let elsewhere = give_csv(&partner, "k", &format!("/grants?template={other}"), csv).await;
    assert_eq!(problem(&elsewhere), (422, "idempotency_mismatch".into()));
    work(&app).await;
    let path = format!("/grants/{}", asked.json()["id"].as_str().expect("an id"));
    assert_eq!(partner.get(&path).await.json()["given"], 2);
    let segment = json!({ "template": template, "segment": "vip" });
    let asked = partner.post("/grants", &segment).await;
    assert_eq!((asked.status.as_u16(), &asked.json()["segment"]), (202, &json!("vip")));
    app.close().await;
}

#[tokio::test]
async fn what_is_no_grant_is_refused_and_leaves_nothing() {
    let app = TestApp::open().await;
    let partner = app.partner(&KeyScope::ALL).await;
    let template = live(&partner, json!({})).await;
    let benefit = json!({ "kind": "amount_off", "amount": "5" });
    let drafted = json!({ "name": "5 off", "benefit": benefit });
    let drafted = partner.post("/templates", &drafted).await.json()["id"].clone();
    let nobody = "00000000-0000-0000-0000-000000000000";
    for (ask, told) in [
        (json!({ "template": template }), (422, "invalid")),
        (json!({ "template": template, "shoppers": [] }), (422, "invalid")),
        (json!({ "template": template, "shoppers": ["a"], "segment": "b" }), (422, "invalid")),
        (json!({ "template": template, "shoppers": ["a"], "x": 1 }), (422, "invalid")),
        (json!({ "template": template, "segment": "" }), (422, "invalid")),
        (json!({ "template": template, "shoppers": "a" }), (400, "unreadable")),
        (json!({ "shoppers": ["a"] }), (400, "unreadable")),
        (json!({ "template": nobody, "shoppers": ["a"] }), (404, "not_found")),
        (json!({ "template": "x", "shoppers": ["a"] }), (404, "not_found")),
        (json!({ "template": drafted, "shoppers": ["a"] }), (409, "state_conflict")),
    ] {
        let refused = partner.post("/grants", &ask).await;
        assert_eq!(problem(&refused), (told.0, told.1.to_owned()), "{ask}");
    }
    for (path, csv, told) in [
        ("/grants", "shopper\nmei\n", (422, "invalid")),
        ("/grants?tempalte=x", "shopper\nmei\n", (422, "invalid")),
        (&format!("/grants?template={template}"), "mei\nbo\n", (422, "invalid")),
        (&format!("/grants?template={template}"), "", (422, "invalid")),
    ] {
        let refused = give_csv(&partner, path, path, csv).await;
        assert_eq!(problem(&refused), (told.0, told.1.to_owned()), "{path} {csv}");
    }
    let headers = [("content-type", "text/plain"), ("idempotency-key", "k")];
    let refused = partner.send(Method::POST, "/grants", &headers, "mei".to_owned()).await;
    assert_eq!(problem(&refused), (415, "unsupported_media_type".into()));
    let headers = [("content-type", "application/json")];
    let refused = partner.send(Method::POST, "/grants", &headers, "{}".to_owned()).await;
    assert_eq!(problem(&refused), (400, "idempotency_key_required".into()));
    for path in ["/grants/x", &format!("/grants/{nobody}"), "/grants/x/failures.csv"] {
        assert_eq!(problem(&partner.get(path).await), (404, "not_found".into()), "{path}");
    }
    app.close().await;
}

#[tokio::test]
async fn a_pool_is_accepted_made_and_taken_away() {
    let app = TestApp::open().await;
    let keeper = app.partner(&[KeyScope::Manage]).await;
    let template = live(&keeper, json!({ "stock": 3_000 })).await;
    let path = format!("/templates/{template}/pool");
    let asked = keeper.post(&path, &json!({ "count": 2_500 })).await;
    assert_eq!(asked.status, 202);
    let expected = json!({
        "id": "…", "template": "…", "state": "making", "count": 2_500, "made": 0,
        "stopped_by": null, "created_at": "…", "ended_at": null,
    });
    assert_eq!(steady(&asked), expected);
    for (count, told) in [(json!(0), 422), (json!(1_000_001), 422), (json!("3"), 400)] {
        let refused = keeper.post(&path, &json!({ "count": count })).await;
        assert_eq!(problem(&refused).0, told, "{count}");
    }
    work(&app).await;
    let listed = keeper.get(&path).await.json();
    assert_eq!(
        (&listed["items"][0]["state"], &listed["items"][0]["made"]),
        (&json!("done"), &json!(2_500))
    );
    let codes = keeper.get(&format!("{path}.csv")).await;
    assert!(codes.headers["content-disposition"].to_str().expect("text").contains("pool-"));
    let lines: Vec<&str> = codes.body.lines().collect();
    assert_eq!((lines.len(), lines[0]), (2_501, "code,state,made_at"));
    let code = lines[1].split(',').next().expect("a code");
    let claimer = app.partner(&[KeyScope::Claim]).await;
    let claimed = claimer.post("/claims", &json!({ "shopper": "mei", "pool_code": code })).await;
    assert_eq!(claimed.status, 201, "{claimed:?}");
    let codes = keeper.get(&format!("{path}.csv")).await.body;
    assert!(codes.contains(&format!("{code},claimed,")));
    let many = keeper.post(&path, &json!({ "count": 501 })).await;
    assert_eq!(problem(&many), (422, "invalid".into()));
    assert_eq!(problem(&keeper.get("/templates/x/pool.csv").await), (404, "not_found".into()));
    app.close().await;
}
