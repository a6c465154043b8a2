//! Coupons given to many at once, from the console, by forms as a browser without JavaScript sends
//! them.

use axum::http::{Method, StatusCode};
use domain::actor::System;
use engine::{grants, pools};

use super::{EDITOR, RISK, SHOPPER, VIEWER, hidden, published, texts};
use crate::testing::{Answer, Caller, TestApp};

async fn work(app: &TestApp) {
    while grants::work(&app.engine, System).await.expect("a turn") > 0 {}
    while pools::work(&app.engine, System).await.expect("a turn") > 0 {}
}

/// Sends the form for a grant as a browser does, with a file.
async fn give(caller: &mut Caller<'_>, fields: &[(&str, &str)], file: &str) -> Answer {
    let mut body = String::new();
    for (name, value) in fields {
        body.push_str("--x\r\nContent-Disposition: form-data; ");
        body.push_str(&format!("name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    body.push_str(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"list.csv\"\r\n",
    );
    body.push_str(&format!("Content-Type: text/csv\r\n\r\n{file}\r\n--x--\r\n"));
    let headers = [
        ("accept", "text/html"),
        ("content-type", "multipart/form-data; boundary=x"),
        ("sec-fetch-site", "same-origin"),
    ];
    caller.request(Method::POST, "/api/fn/grants/create", &headers, body).await
}

#[tokio::test]
async fn a_list_is_uploaded_checked_given_and_its_failures_taken_away() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let mut editor = app.operator(EDITOR).await;
    let page = editor.get(&format!("/ops/templates/{template}")).await.body;
    assert!(page.contains(&format!("href=\"/ops/grants?template={template}#new\"")));
    let page = editor.get(&format!("/ops/grants?template={template}")).await.body;
    assert!(page.contains(&format!("<option value=\"{template}\" selected")));
    let mut csv = "shopper,name\n".to_owned();
    for n in 0..55 {
        csv.push_str(&format!("guest-{n},名字 & co\n"));
    }
    csv.push_str("guest-0,twice\n");
    let (key, note) = (hidden(&page, "key"), ("note", "an apology"));
    let fields = [("key", key.as_str()), ("template", &template), ("shoppers", ""), note];
    let sent = give(&mut editor, &fields, &csv).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{sent:?}");
    let sent_twice = give(&mut editor, &fields, &csv).await;
    assert_eq!(sent_twice.location(), sent.location(), "it is one grant");
    let grant = sent.location().to_owned();
    let id = grant.rsplit('/').next().expect("an id").to_owned();
    let page = editor.get(&grant).await.body;
    assert!(page.contains("0 of 56 entries checked") && page.contains("an apology"));
    work(&app).await;
    let page = editor.get(&grant).await.body;
    assert!(page.contains("55 shoppers are in it; nothing was given yet"), "{:?}", texts(&page));
    assert!(page.contains("The stock is enough for 50: the last 5 will be told"));
    let started = editor.send("grants/act", &[("id", &id), ("action", "start")]).await;
    assert_eq!(started.location(), grant);
    work(&app).await;
    let page = editor.get(&grant).await.body;
    assert!(page.contains("50 given, 5 not given, 0 to go"), "{:?}", texts(&page));
    assert!(page.contains("Nothing was left.") && page.contains("Is named further up already."));
    let progress = editor.call("grants/progress", &[("id", &id)]).await.json();
    assert_eq!((&progress["percent"], &progress["state"]), (&100.into(), &"done".into()));
    let file = editor.get(&format!("{grant}/failures.csv")).await;
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    assert!(file.body.starts_with("\u{feff}position,shopper,code,reason\n51,guest-50,sold_out,"));
    assert_eq!(file.body.lines().count(), 7);
    let list = editor.get("/ops/grants").await.body;
    assert!(list.contains(&grant) && list.contains("50 given, 5 not given"));
    app.close().await;
}

#[tokio::test]
async fn a_shopper_is_named_by_their_e_mail_and_nobody_by_a_wrong_one() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let mut editor = app.operator(EDITOR).await;
    let lines = format!("{SHOPPER}\r\nno.body@quan.example\r\n");
    let note = ("note", "a lost delivery");
    let fields = [("template", template.as_str()), ("shoppers", lines.as_str()), note];
    let grant = give(&mut editor, &fields, "").await.location().to_owned();
    let id = grant.rsplit('/').next().expect("an id").to_owned();
    work(&app).await;
    let page = editor.get(&grant).await.body;
    assert!(
        page.contains("Is not a shopper id, and nobody signs in with it."),
        "{:?}",
        texts(&page)
    );
    let hint = "Everybody is judged once more";
    assert!(page.contains(hint));
    assert!(!page.contains("Lin ·"), "an editor does not know who is behind an id");
    assert!(app.operator(RISK).await.get(&grant).await.body.contains(&format!("Lin · {SHOPPER}")));
    editor.send("grants/act", &[("id", &id), ("action", "start")]).await;
    work(&app).await;
    let page = editor.get(&grant).await.body;
    assert!(page.contains("1 given, 0 not given") && !page.contains(hint), "nobody is to come");
    let wallet = app.shopper(SHOPPER).await.get("/wallet").await.body;
    assert!(wallet.contains("蔬果满100减20"));
    let found = editor.get(&format!("/ops/coupons?search={SHOPPER}")).await.body;
    let coupon = found.split("href=\"/ops/coupons/").nth(1).and_then(|rest| rest.split('"').next());
    let page = format!("/ops/coupons/{}", coupon.expect("a coupon"));
    let seen = editor.get(&page).await.body;
    assert!(seen.contains("Given to many by Edda") && seen.contains("a lost delivery"), "{seen}");
    assert!(seen.contains(&grant));
    let fields = [("template", template.as_str()), ("shoppers", "guest-77")];
    let grant = give(&mut editor, &fields, "").await.location().to_owned();
    work(&app).await;
    assert!(editor.get(&grant).await.body.contains("One id was never seen here."));
    app.close().await;
}

#[tokio::test]
async fn a_grant_is_paused_resumed_and_cancelled() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let mut editor = app.operator(EDITOR).await;
    let fields = [("template", template.as_str()), ("shoppers", "mei\r\nbo\r\n")];
    let grant = give(&mut editor, &fields, "").await.location().to_owned();
    let id = grant.rsplit('/').next().expect("an id").to_owned();
    work(&app).await;
    for (action, told) in [
        ("start", "Started."),
        ("pause", "Paused."),
        ("resume", "It goes on."),
        ("pause", "Paused."),
        ("cancel", "Cancelled."),
    ] {
        editor.send("grants/act", &[("id", &id), ("action", action)]).await;
        assert!(editor.get(&grant).await.body.contains(told), "{action}");
    }
    let late = editor.call("grants/act", &[("id", &id), ("action", "resume")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let page = editor.get(&grant).await.body;
    assert!(!page.contains("/api/fn/grants/act"), "nothing more can be done");
    for id in ["", "x", "00000000-0000-0000-0000-000000000000"] {
        let odd = editor.call("grants/act", &[("id", id), ("action", "start")]).await;
        assert_eq!(odd.status, StatusCode::NOT_FOUND, "{id:?}");
        for path in [format!("/ops/grants/{id}x"), format!("/ops/grants/{id}x/failures.csv")] {
            assert_eq!(editor.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    app.close().await;
}

#[tokio::test]
async fn nothing_is_chosen_beforehand_and_nobody_is_given_nothing() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let partner = app.partner(&domain::actor::KeyScope::ALL).await;
    partner.put("/shoppers/guest-1", &serde_json::json!({ "segments": ["vip"] })).await;
    let mut editor = app.operator(EDITOR).await;
    let page = editor.get("/ops/grants").await.body;
    assert!(page.contains("<option value=\"\" selected"), "{page}");
    assert!(page.contains("<option value=\"vip\""), "a known segment is offered");
    give(&mut editor, &[("template", ""), ("shoppers", "mei")], "").await;
    assert!(editor.get("/ops/grants").await.body.contains("Please fill this in."));
    for (segment, may_start) in [("vip", true), ("vpi", false)] {
        let fields = [("template", template.as_str()), ("segment", segment)];
        let grant = give(&mut editor, &fields, "").await.location().to_owned();
        work(&app).await;
        let page = editor.get(&grant).await.body;
        assert_eq!(page.contains("Start giving"), may_start, "{segment}");
        assert_eq!(page.contains("Nobody is in this segment yet."), !may_start, "{segment}");
    }
    app.close().await;
}

#[tokio::test]
async fn a_grant_s_form_comes_back_filled_in() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let mut editor = app.operator(EDITOR).await;
    for (lines, segment, file, told) in [
        ("", "", "", "Please fill this in."),
        ("", "", "name\nmei\n", "This file has no column called “shopper”."),
        ("", "", "shopper\n", "Nobody is in this file."),
        ("", "", "PK\u{3}\u{4}\u{0}\u{fffd}", "This is no CSV file in UTF-8."),
        ("mei", "vip", "", "This does not go together with Shoppers."),
        ("mei", "", "shopper\nbo\n", "This does not go together with CSV file."),
    ] {
        let fields = [
            ("template", template.as_str()),
            ("shoppers", lines),
            ("segment", segment),
            ("note", "because"),
        ];
        let back = give(&mut editor, &fields, file).await;
        assert_eq!(back.location(), "/ops/grants#new");
        let page = editor.get("/ops/grants").await.body;
        assert!(page.contains(told), "{told} {:?}", texts(&page));
        assert!(page.contains("value=\"because\""));
    }
    let headers = [("content-type", "multipart/form-data"), ("sec-fetch-site", "same-origin")];
    let path = "/api/fn/grants/create";
    let odd = editor.request(Method::POST, path, &headers, "x".to_owned()).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    app.close().await;
}

#[tokio::test]
async fn everybody_in_the_console_looks_at_grants_and_an_editor_gives() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let mut editor = app.operator(EDITOR).await;
    let fields = [("template", template.as_str()), ("segment", "vip")];
    let grant = give(&mut editor, &fields, "").await.location().to_owned();
    let file = format!("{grant}/failures.csv");
    let codes = format!("/ops/templates/{template}/pool.csv");
    for path in ["/ops/grants", grant.as_str(), &file, &codes] {
        for mut caller in [app.nobody(), app.shopper(SHOPPER).await] {
            assert_eq!(caller.get(path).await.location(), format!("/ops/sign-in?to={path}"));
        }
    }
    let mut viewer = app.operator(VIEWER).await;
    for path in ["/ops/grants", grant.as_str()] {
        let seen = viewer.get(path).await;
        assert_eq!(seen.status, StatusCode::OK);
        assert!(!seen.body.contains("/api/fn/grants/"), "{path}");
    }
    assert_eq!(viewer.get(&file).await.status, StatusCode::OK);
    let closed = viewer.get(&codes).await;
    assert_eq!(closed.status, StatusCode::FORBIDDEN);
    assert!(closed.body.contains("<h1"), "a page says so");
    app.close().await;
}

#[tokio::test]
async fn codes_are_made_from_a_template_s_page_and_taken_away() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let mut editor = app.operator(EDITOR).await;
    let page = format!("/ops/templates/{template}");
    for (count, told) in [("many", "whole number"), ("51", "Please choose from 1 to 50.")] {
        let form = [("template", template.as_str()), ("count", count)];
        let back = editor.send("grants/make-pool", &form).await;
        assert_eq!(back.location(), format!("{page}#pool"));
        let seen = editor.get(&page).await.body;
        assert!(seen.contains(told), "{told} {:?}", texts(&seen));
        assert!(seen.contains(&format!("value=\"{count}\"")));
    }
    let key_of = |page: &str| hidden(page.split("grants/make-pool").nth(1).expect("a form"), "key");
    let key = key_of(&editor.get(&page).await.body);
    let form = [("key", key.as_str()), ("template", template.as_str()), ("count", "20")];
    for _ in 0..2 {
        let sent = editor.send("grants/make-pool", &form).await;
        assert_eq!(sent.location(), format!("{page}#pool"));
    }
    let seen = editor.get(&page).await.body;
    assert_eq!(seen.matches("0 of 20 made so far").count(), 1, "sent twice, it is one pool");
    assert_ne!(key_of(&seen), key);
    work(&app).await;
    let seen = editor.get(&page).await.body;
    for told in [
        "20 made",
        "20 of them are codes that nobody has entered yet.",
        "20 codes that nobody has entered yet are refused until then.",
        "20 codes that nobody has entered yet will never be good again.",
    ] {
        assert!(seen.contains(told), "{told} {:?}", texts(&seen));
    }
    let codes = editor.get(&format!("{page}/pool.csv")).await;
    assert_eq!(codes.body.lines().count(), 21);
    assert!(!app.operator(VIEWER).await.get(&page).await.body.contains("pool.csv"));
    app.close().await;
}
