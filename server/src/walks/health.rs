//! How the platform is: everybody in the console looks, editors say how much is too much.

use axum::http::StatusCode;
use chrono::TimeDelta;
use domain::actor::System;
use engine::alerts;
use sea_orm::ConnectionTrait;

use super::{EDITOR, RISK, SHOPPER, VIEWER, publish};
use crate::testing::TestApp;

const RULE: &[(&str, &str)] =
    &[("rule", "stock_low"), ("threshold", "４０"), ("window_minutes", "1"), ("state", "on")];

#[tokio::test]
async fn everybody_in_the_console_sees_how_it_is_and_editors_change_the_rules() {
    let app = TestApp::open().await;
    for mut caller in [app.nobody(), app.shopper(SHOPPER).await] {
        let led = caller.get("/ops/health").await;
        assert_eq!(led.location(), "/ops/sign-in?to=/ops/health");
    }
    for email in [VIEWER, RISK] {
        let seen = app.operator(email).await.get("/ops/health").await;
        assert_eq!(seen.status, StatusCode::OK);
        assert!(seen.body.contains("All is well") && seen.body.contains("Claims in line"));
        assert!(seen.body.contains("Claims within the last hour"));
        assert!(!seen.body.contains("/api/fn/alerts/"), "{email}");
    }
    let mut editor = app.operator(EDITOR).await;
    let set = editor.send("alerts/set-rule", RULE).await;
    assert_eq!(set.location(), "/ops/health#alert-stock_low");
    let page = editor.get("/ops/health").await.body;
    assert!(page.contains("The rule is changed") && page.contains("Fires when 40% or more"));
    let mut wrong = RULE.to_vec();
    wrong[1].1 = "101";
    wrong[2].1 = "soon";
    let back = editor.call("alerts/set-rule", &wrong).await;
    assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
    editor.send("alerts/set-rule", &wrong).await;
    let page = editor.get("/ops/health").await.body;
    assert!(page.contains("value=\"101\"") && page.contains("value=\"soon\""));
    for (field, word) in [(0, "nothing"), (3, "maybe")] {
        let mut odd = RULE.to_vec();
        odd[field].1 = word;
        let answer = editor.call("alerts/set-rule", &odd).await;
        assert!(answer.status.is_client_error(), "{word}");
    }
    app.close().await;
}

#[tokio::test]
async fn what_fires_is_shown_with_its_template_and_stays_in_the_history() {
    let app = TestApp::open().await;
    let template = publish(&app, "<i>Few</i>", &[("draft[stock]", "2")]).await;
    let mut editor = app.operator(EDITOR).await;
    editor.send("alerts/set-rule", RULE).await;
    let mut lin = app.shopper(SHOPPER).await;
    lin.send("issuance/claim", &[("template", &template)]).await;
    alerts::judge(&app.engine, System).await.expect("a turn");
    // As if it had been like that for long, and the turn were over.
    let db = app.engine.migration_connection();
    for past in ["UPDATE alerts SET since = 0", "UPDATE turns SET leased_until = 0"] {
        db.execute_unprepared(past).await.expect("written");
    }
    assert_eq!(alerts::judge(&app.engine, System).await.expect("a turn"), 1);
    let page = editor.get("/ops/health").await.body;
    assert!(page.contains("Alarming now") && page.contains("&lt;i&gt;Few&lt;/i&gt;"));
    assert!(!page.contains("<i>Few"), "a name is text");
    assert!(page.contains(&format!("href=\"/ops/templates/{template}\"")));
    assert!(page.contains("50%; 40% is too much"));
    app.shopper("mei@quan.example").await.send("issuance/claim", &[("template", &template)]).await;
    db.execute_unprepared("UPDATE turns SET leased_until = 0").await.expect("written");
    assert_eq!(alerts::judge(&app.engine, System).await.expect("a turn"), 0, "all is gone");
    app.engine.clock().advance(TimeDelta::seconds(2));
    let page = editor.get("/ops/health").await.body;
    assert!(page.contains("Too much") && page.contains("Now: 100%"), "its rule agrees");
    editor.send("templates/act", &[("id", &template), ("action", "end")]).await;
    db.execute_unprepared("UPDATE turns SET leased_until = 0").await.expect("written");
    assert_eq!(alerts::judge(&app.engine, System).await.expect("a turn"), 1);
    let page = editor.get("/ops/health?page=x").await.body;
    assert!(page.contains("All is well") && page.contains("100%; 40% is too much"));
    app.close().await;
}

#[tokio::test]
async fn the_overview_tells_how_today_goes_and_what_it_may_cost() {
    let app = TestApp::open().await;
    let empty = app.operator(VIEWER).await.get("/ops").await.body;
    assert!(!empty.contains("Today so far"), "there is nothing to tell yet");
    let template = publish(&app, "Greens", &[("draft[stock]", "1")]).await;
    let endless = publish(&app, "<b>Endless</b>", &[("draft[stock]", "")]).await;
    let meant = [("id", endless.as_str()), ("action", "publish"), ("confirm", "on")];
    app.operator(EDITOR).await.send("templates/act", &meant).await;
    let mut lin = app.shopper(SHOPPER).await;
    lin.send("issuance/claim", &[("template", &template)]).await;
    for period in ["", "?period=7", "?period=all", "?period=x"] {
        let seen = app.operator(VIEWER).await.get(&format!("/ops{period}")).await;
        assert_eq!(seen.status, StatusCode::OK);
        for told in [
            "Today so far",
            ": 0, yesterday 0 (±0%)",
            "One template without a running budget, live or not, can still cost",
            "Nothing bounds what one template can cost.",
            "One coupon expires if it is not used.",
            "Funnel",
        ] {
            assert!(seen.body.contains(told), "{told}");
        }
        assert!(!seen.body.contains("Alarming now"));
    }
    app.close().await;
}

#[tokio::test]
async fn how_requests_were_answered_is_told_by_route() {
    let app = TestApp::open().await;
    let mut viewer = app.operator(VIEWER).await;
    viewer.get("/ops/templates").await;
    for _ in 0..20 {
        viewer.get("/some/path/nobody/knows").await;
    }
    let page = viewer.get("/ops/health").await.body;
    assert!(page.contains("Answered well") && page.contains("</code>"));
    assert!(page.contains("Files and unknown addresses"), "no route is named to people");
    app.close().await;
}
