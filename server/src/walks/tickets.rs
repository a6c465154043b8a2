//! Claims that wait in line, as shoppers see them.

use axum::http::StatusCode;
use domain::actor::Editor;
use domain::benefit::Benefit;
use domain::template::{Action, Draft, Lane, State};
use domain::{Money, TemplateId};
use engine::{Settings, accounts, demo, templates};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;

use super::{DRAFT, EDITOR, SHOPPER, publish, the_only_template};
use crate::testing::TestApp;

async fn editor(app: &TestApp) -> Editor {
    let editor = accounts::operator_sign_in(&app.engine, EDITOR, demo::PASSWORD).await;
    editor.expect("the cast").editor().expect("an editor")
}

fn draft(stock: u64) -> Draft {
    let benefit = Benefit::AmountOff { amount: Money::minor(500), min_spend: None };
    Draft { lane: Lane::Queued, stock: Some(stock), ..Draft::new("5 off", benefit) }
}

/// A live template whose claims wait in line.
pub(crate) async fn queued(app: &TestApp, stock: u64) -> TemplateId {
    let editor = editor(app).await;
    let made = templates::create(&app.engine, &editor, &draft(stock)).await.expect("a template");
    let live = templates::act(&app.engine, &editor, made.id, Action::Publish).await;
    live.expect("a live template").id
}

async fn count(app: &TestApp, what: &str) -> i64 {
    let db = app.engine.migration_connection();
    let ask =
        Statement::from_string(db.get_database_backend(), format!("SELECT COUNT(*) FROM {what}"));
    let row = db.query_one_raw(ask).await.expect("an answer").expect("a row");
    row.try_get_by(0).expect("a number")
}

/// The ticket that what was drawn of a card waits for.
fn ticket_in(ways: &str) -> Option<&str> {
    ways.split("data-ticket=\"").nth(1)?.split('"').next()
}

#[tokio::test]
async fn whoever_reads_a_page_next_has_the_answer_on_it() {
    let app = TestApp::open().await;
    let template = queued(&app, 1).await.to_string();
    let fields = [("template", template.as_str())];
    let mut first = app.shopper(SHOPPER).await;
    let pressed = first.send("issuance/claim", &fields).await;
    assert_eq!(pressed.status, StatusCode::SEE_OTHER);
    let page = first.get(pressed.location().split('#').next().unwrap_or("/")).await.body;
    assert!(page.contains("Claimed."), "{page}");
    let mut second = app.shopper("bo@quan.example").await;
    second.send("issuance/claim", &fields).await;
    let page = second.get("/").await.body;
    assert!(page.contains("All gone") && ticket_in(&page).is_none(), "{page}");
    assert_eq!(count(&app, "tickets WHERE state = 'waiting'").await, 0);
    app.close().await;
}

#[tokio::test]
async fn a_press_in_place_waits_and_is_answered_in_place() {
    let app = TestApp::open().await;
    let template = queued(&app, 1).await.to_string();
    let mut tickets = Vec::new();
    let mut callers = [app.shopper(SHOPPER).await, app.shopper("bo@quan.example").await];
    for caller in &mut callers {
        let told = caller.call("issuance/claim", &[("template", &template)]).await.json();
        assert_eq!(told["said"][0], true);
        let ways = told["ways"].as_str().expect("ways");
        tickets.push(ticket_in(ways).expect("a ticket").to_owned());
    }
    assert_eq!(count(&app, "tickets WHERE state = 'waiting'").await, 2);
    // What waits is nobody else's to ask for.
    let stranger = [("template", template.as_str()), ("ticket", &tickets[0])];
    let told = callers[1].call("issuance/look", &stranger).await.json();
    assert_eq!(told["said"], Value::Null);
    for (caller, ticket) in callers.iter_mut().zip(&tickets) {
        let ask = [("template", template.as_str()), ("ticket", ticket)];
        let told = caller.call("issuance/look", &ask).await.json();
        let is_first = *ticket == tickets[0];
        assert_eq!(told["said"][0], is_first, "{told}");
        assert!(ticket_in(told["ways"].as_str().expect("ways")).is_none());
    }
    assert_eq!(count(&app, "coupons").await, 1);
    app.close().await;
}

#[tokio::test]
async fn opening_any_page_of_the_shop_is_the_fast_lane() {
    let app = TestApp::open().await;
    let template = queued(&app, 10).await.to_string();
    let mut shopper = app.shopper(SHOPPER).await;
    for path in ["/", "/wallet", "/basket", "/orders", "/account"] {
        shopper.call("issuance/claim", &[("template", &template)]).await;
        assert_eq!(count(&app, "tickets WHERE state = 'waiting'").await, 1, "{path}");
        assert_eq!(shopper.get(path).await.status, StatusCode::OK, "{path}");
        assert_eq!(count(&app, "tickets WHERE state = 'waiting'").await, 0, "{path}");
    }
    assert_eq!(count(&app, "tickets WHERE state = 'refused'").await, 4);
    app.close().await;
}

#[tokio::test]
async fn a_claim_that_still_waits_says_so_and_leads_to_its_answer() {
    let app = TestApp::open().await;
    let template = queued(&app, 10).await.to_string();
    let mut shopper = app.shopper(SHOPPER).await;
    shopper.call("issuance/claim", &[("template", &template)]).await;
    let db = app.engine.migration_connection();
    let spoil = "UPDATE tickets SET channel = ''";
    db.execute_unprepared(spoil).await.expect("spoilt");
    let page = shopper.get("/").await.body;
    assert!(ticket_in(&page).is_some() && page.contains("You are in line."), "{page}");
    assert!(page.contains("href=\"\"") && page.contains("Look again"));
    let mend = "UPDATE tickets SET channel = NULL, put_off_until = NULL";
    db.execute_unprepared(mend).await.expect("mended");
    let page = shopper.get("/").await.body;
    assert!(ticket_in(&page).is_none() && page.contains("In your wallet"), "{page}");
    app.close().await;
}

#[tokio::test]
async fn whoever_waits_in_line_guesses_nothing_while_the_template_is_looked_over() {
    let approval_above = Some(Money::minor(30_000));
    let app = TestApp::cast_with(Settings { approval_above, ..Settings::default() }).await;
    let template = queued(&app, 10).await;
    let id = template.to_string();
    let mut shopper = app.shopper(SHOPPER).await;
    let told = shopper.call("issuance/claim", &[("template", &id)]).await.json();
    let ticket = ticket_in(told["ways"].as_str().expect("ways")).expect("a ticket").to_owned();
    let db = app.engine.migration_connection();
    db.execute_unprepared("UPDATE tickets SET channel = ''").await.expect("spoilt");
    let edited = templates::edit(&app.engine, &editor(&app).await, template, 1, &draft(100)).await;
    assert_eq!(edited.expect("a revision").state, State::InReview);
    // The page asks every second.
    let look = [("template", id.as_str()), ("ticket", &ticket)];
    for n in 0..33 {
        let status = shopper.call("issuance/look", &look).await.status;
        assert_eq!(status, StatusCode::NOT_FOUND, "{n}");
    }
    // A ticket is for one template, and opens no other.
    let other = [("template", "00000000-0000-0000-0000-000000000000"), ("ticket", &ticket)];
    for n in 0..11 {
        let status = shopper.call("issuance/look", &other).await.status;
        assert_eq!(status == StatusCode::TOO_MANY_REQUESTS, n == 10, "{n}: {status}");
    }
    app.close().await;
}

#[tokio::test]
async fn a_press_for_all_tells_how_many_are_in_line() {
    let app = TestApp::open().await;
    let slow = queued(&app, 10).await.to_string();
    let fast = publish(&app, "Fast", &[]).await;
    let mut shopper = app.shopper(SHOPPER).await;
    shopper.call("issuance/claim", &[("template", &slow)]).await;
    let db = app.engine.migration_connection();
    db.execute_unprepared("UPDATE tickets SET channel = ''").await.expect("spoilt");
    let none = "00000000-0000-0000-0000-000000000000";
    for (beside, told) in [
        (fast.as_str(), "Claimed: 1. In line: 1;"),
        (none, "Claimed: 0. In line: 1. Not claimed: 1;"),
    ] {
        let both = [("templates[]", slow.as_str()), ("templates[]", beside)];
        shopper.send("issuance/claim-all", &both).await;
        let page = shopper.get("/").await.body;
        assert!(page.contains(told) && page.contains("You are in line."), "{page}");
    }
    let mend = "UPDATE tickets SET channel = NULL, put_off_until = NULL";
    db.execute_unprepared(mend).await.expect("mended");
    shopper.get("/").await;
    assert_eq!(count(&app, "coupons").await, 2);
    app.close().await;
}

#[tokio::test]
async fn an_editor_chooses_the_lane() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    let fields = [DRAFT, &[("draft[lane]", "queued")][..]].concat();
    let saved = editor.send("templates/create", &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{saved:?}");
    let template = the_only_template(&app).await;
    assert_eq!(template.draft().lane, Lane::Queued);
    let page = editor.get(&format!("/ops/templates/{}", template.id)).await.body;
    assert!(page.contains("How claims are answered") && page.contains("In turn"), "{page}");
    let form = editor.get(&format!("/ops/templates/{}/edit", template.id)).await.body;
    let queued = form.split('<').find(|tag| tag.contains("id=\"lane-queued\""));
    assert!(queued.is_some_and(|tag| tag.contains("checked")), "{queued:?}");
    app.close().await;
}
