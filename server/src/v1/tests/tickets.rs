//! Claims in the queued lane: a ticket at first, its answer later.

use domain::actor::KeyScope;
use engine::issuance::tickets;
use serde_json::{Value, json};

use super::{cart, problem};
use crate::testing::{Partner, TestApp};

/// A live template whose claims wait in line.
async fn queued(partner: &Partner<'_>, stock: u32) -> String {
    let benefit = json!({ "kind": "amount_off", "amount": "5" });
    let draft = json!({ "name": "5 off", "benefit": benefit, "stock": stock, "lane": "queued" });
    let made = partner.post("/templates", &draft).await.json();
    let id = made["id"].as_str().expect("an id").to_owned();
    let live = partner.post(&format!("/templates/{id}/publish"), &json!({})).await;
    assert_eq!(live.json()["state"], "live");
    id
}

fn claim_of(template: &str, shopper: &str) -> Value {
    json!({ "shopper": shopper, "template": template, "channel": "mini" })
}

async fn settle(app: &TestApp) -> usize {
    let settled = tickets::settle_due(&app.engine, domain::actor::System, 500).await;
    settled.expect("settled")
}

#[tokio::test]
async fn a_queued_claim_is_a_ticket_that_becomes_a_coupon() {
    let app = TestApp::open().await;
    let partner = app.partner(&KeyScope::ALL).await;
    let template = queued(&partner, 10).await;
    let ask = claim_of(&template, "guest-1");
    let accepted = partner.post_under("k", "/claims", &ask).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let ticket = accepted.json()["ticket"].as_str().expect("a ticket").to_owned();
    assert_eq!(accepted.json(), json!({ "ticket": ticket, "state": "waiting" }));
    let again = partner.post_under("k", "/claims", &ask).await;
    assert_eq!((again.status.as_u16(), &again.body), (202, &accepted.body));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let pressed = partner.post("/claims", &ask).await;
    assert_eq!(pressed.json()["ticket"], ticket.as_str(), "it waits already");
    assert_eq!(settle(&app).await, 1);
    let settled = partner.get(&format!("/claims/{ticket}")).await.json();
    assert_eq!((&settled["ticket"], &settled["state"]), (&json!(ticket), &json!("settled")));
    let wallet = partner.get("/shoppers/guest-1/coupons").await.json();
    assert_eq!(settled["coupon"], wallet["items"][0]);
    assert_eq!(settled["coupon"]["channel"], "mini");
    assert_eq!(settled.get("refusal"), None);
    // The same request again is answered as it was.
    let again = partner.post_under("k", "/claims", &ask).await;
    assert_eq!(again.body, accepted.body);
    app.close().await;
}

#[tokio::test]
async fn asking_settles_and_a_refusal_is_the_answer() {
    let app = TestApp::open().await;
    let partner = app.partner(&KeyScope::ALL).await;
    let template = queued(&partner, 1).await;
    let mut tickets = Vec::new();
    for shopper in ["guest-1", "guest-2"] {
        let accepted = partner.post("/claims", &claim_of(&template, shopper)).await;
        tickets.push(accepted.json()["ticket"].as_str().expect("a ticket").to_owned());
    }
    // A quote of theirs lets a shopper go ahead.
    let ask = json!({ "shopper": "guest-2", "cart": cart("kale", "12", 1) });
    let quote = partner.post("/quotes", &ask).await.json();
    assert_eq!(quote["discount"], "5.00");
    let refused = partner.get(&format!("/claims/{}", tickets[0])).await;
    assert_eq!(refused.status, 200);
    let refused = refused.json();
    assert_eq!(refused["state"], "refused");
    assert_eq!(refused["refusal"]["code"], "sold_out");
    assert!(refused["refusal"]["message"].as_str().is_some_and(|message| !message.is_empty()));
    assert_eq!(refused.get("coupon"), None);
    let settled = partner.get(&format!("/claims/{}", tickets[1])).await.json();
    assert_eq!(settled["state"], "settled");
    assert_eq!(settle(&app).await, 0);
    for id in ["nothing", "0198aaaa-0000-7000-8000-000000000000"] {
        let unknown = partner.get(&format!("/claims/{id}")).await;
        assert_eq!(problem(&unknown), (404, "not_found".into()), "{id}");
    }
    app.close().await;
}
