//! How risk is answered to order systems, who tell of their shoppers' devices and addresses.

use domain::actor::KeyScope;
use domain::risk::{Bound, List, Mode, Rule};
use domain::template::{Action, Draft, Visibility};
use domain::{Code, Money, TemplateId, benefit::Benefit, ids::Bucket};
use engine::risk::{self, Newcomer};
use engine::{accounts, demo, templates};
use serde_json::{Value, json};

use super::problem;
use crate::testing::{Answer, Partner, TestApp};

async fn live(app: &TestApp, visibility: Visibility) -> TemplateId {
    let operator = accounts::operator_sign_in(&app.engine, "editor@quan.example", demo::PASSWORD);
    let editor = operator.await.expect("the cast").editor().expect("an editor");
    let benefit = Benefit::AmountOff { amount: Money::minor(500), min_spend: None };
    let draft = Draft { visibility, per_shopper: 9, ..Draft::new("5 off", benefit) };
    let made = templates::create(&app.engine, &editor, &draft).await.expect("a template");
    let live = templates::act(&app.engine, &editor, made.id, Action::Publish).await;
    live.expect("a live template").id
}

async fn guardian(app: &TestApp) -> domain::actor::Guardian {
    let operator = accounts::operator_sign_in(&app.engine, "risk@quan.example", demo::PASSWORD);
    operator.await.expect("the cast").guardian().expect("a guardian")
}

/// Thirty-three asks in a row: what each was answered, and that the answers of a step are the same.
async fn walk(partner: &Partner<'_>, ask: impl Fn(u32) -> Value) {
    let mut answers: Vec<Answer> = Vec::new();
    for n in 0..33 {
        answers.push(partner.post("/claims", &ask(n)).await);
    }
    for (steps, status, code) in [
        (0..10, 404, "not_found"),
        (10..20, 429, "too_many_attempts"),
        (20..30, 403, "challenge_required"),
        (30..33, 403, "risk_rejected"),
    ] {
        let of_step = &answers[steps];
        for answer in of_step {
            assert_eq!(problem(answer), (status, code.to_owned()));
            assert_eq!(answer.headers.contains_key("retry-after"), status == 429);
            if status != 429 {
                assert_eq!(answer.body, of_step[0].body);
            }
        }
    }
}

#[tokio::test]
async fn walking_ids_and_codes_is_answered_alike_and_locked_out() {
    let app = TestApp::open().await;
    let partner = app.partner(&[KeyScope::Claim]).await;
    let (hidden, listed) =
        (live(&app, Visibility::Granted).await, live(&app, Visibility::Listed).await);
    walk(&partner, |n| {
        let id = if n % 2 == 0 { hidden } else { TemplateId(uuid::Uuid::from_u128(n.into())) };
        json!({ "shopper": "walker", "template": id })
    })
    .await;
    walk(&partner, |n| {
        let code = Code::new(Bucket::of("x"), n.into());
        json!({ "shopper": "guesser", "pool_code": code.to_string() })
    })
    .await;
    for shopper in ["walker", "guesser"] {
        let ask = json!({ "shopper": shopper, "template": listed });
        let answer = partner.post("/claims", &ask).await;
        assert_eq!(problem(&answer), (403, "risk_rejected".into()), "{shopper}");
    }
    let ask = json!({ "shopper": "another", "template": listed });
    assert_eq!(partner.post("/claims", &ask).await.status, 201);
    app.close().await;
}

#[tokio::test]
async fn a_repeated_request_is_not_counted_and_a_refused_one_is_tried_again() {
    let app = TestApp::open().await;
    let partner = app.partner(&[KeyScope::Claim]).await;
    let template = live(&app, Visibility::Listed).await;
    let guardian = guardian(&app).await;
    let bound = Bound { limit: 2, window_minutes: 60, mode: Mode::On };
    risk::set_rule(&app.engine, &guardian, Rule::Device, bound).await.expect("a rule");
    let ask = |shopper: &str| json!({ "shopper": shopper, "template": template, "device": "pad" });
    for _ in 0..5 {
        assert_eq!(partner.post_under("k", "/claims", &ask("mei")).await.status, 201);
    }
    assert_eq!(partner.post_under("l", "/claims", &ask("bo")).await.status, 201);
    let refused = partner.post_under("m", "/claims", &ask("lin")).await;
    assert_eq!(problem(&refused), (429, "too_many_attempts".into()));
    assert_eq!(partner.post_under("k", "/claims", &ask("mei")).await.status, 201);
    let thing = Newcomer {
        list: List::Allow,
        kind: "device",
        thing: "pad",
        reason: "a till",
        expires_at: None,
    };
    risk::add_entry(&app.engine, &guardian, thing).await.expect("an entry");
    // What says to come again is not kept under its key.
    let again = partner.post_under("m", "/claims", &ask("lin")).await;
    assert_eq!(again.status, 201, "{again:?}");
    app.close().await;
}

#[tokio::test]
async fn a_device_and_an_address_are_read_and_checked() {
    let app = TestApp::open().await;
    let partner = app.partner(&[KeyScope::Claim]).await;
    let template = live(&app, Visibility::Listed).await;
    for (field, value) in [
        ("ip", "203.0.113"),
        ("ip", "203.0.113.0/24"),
        ("ip", ""),
        ("device", ""),
        ("device", "a\nb"),
    ] {
        let mut ask = json!({ "shopper": "mei", "template": template });
        ask[field] = value.into();
        let answer = partner.post("/claims", &ask).await;
        assert_eq!(problem(&answer), (422, "invalid".into()), "{field} {value:?}");
        assert_eq!(answer.json()["data"]["fields"][0]["field"], field);
    }
    let denied = Newcomer {
        list: List::Deny,
        kind: "network",
        thing: "203.0.113.0/24",
        reason: "a farm",
        expires_at: None,
    };
    risk::add_entry(&app.engine, &guardian(&app).await, denied).await.expect("an entry");
    for (ip, status) in [("203.0.113.7", 403), ("::ffff:203.0.113.7", 403), ("203.0.114.7", 201)] {
        let ask = json!({ "shopper": "mei", "template": template, "ip": ip });
        let answer = partner.post("/claims", &ask).await;
        assert_eq!(answer.status.as_u16(), status, "{ip}: {answer:?}");
    }
    app.close().await;
}
