//! Who is told what happens: an admin says so, everybody in the console may look.

use axum::http::StatusCode;
use chrono::TimeDelta;
use domain::actor::System;
use engine::{Settings, webhooks};
use tokio::net::TcpListener;

use super::{ADMIN, SHOPPER, VIEWER, fields, hidden, value};
use crate::testing::{Caller, TestApp};

const URL: &str = "https://1.1.1.1/coupons";

/// Adds an endpoint; answers its page and what that shows, once, of its secret.
async fn add(admin: &mut Caller<'_>) -> (String, String) {
    add_at(admin, URL).await
}

async fn add_at(admin: &mut Caller<'_>, url: &str) -> (String, String) {
    let form = [("url", url), ("description", "<b>Till</b>"), ("topics[]", "coupon.claimed")];
    let added = admin.send("webhooks/add", &form).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{added:?}");
    let page = added.location().to_owned();
    let body = admin.get(&page).await.body;
    let secret = body.split("whsec_").nth(1).and_then(|rest| rest.split('<').next());
    (page, format!("whsec_{}", secret.expect("a secret").trim()))
}

/// An address of this machine where nobody listens.
async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    format!("http://{}/", listener.local_addr().expect("an address"))
}

#[tokio::test]
async fn a_secret_is_shown_once_and_to_its_admin_alone() {
    let app = TestApp::open().await;
    let mut admin = app.operator(ADMIN).await;
    let (page, secret) = add(&mut admin).await;
    assert_eq!(secret.len(), "whsec_".len() + 44);
    let id = page.rsplit('/').next().expect("an id").to_owned();
    for caller in [&mut admin, &mut app.operator(VIEWER).await] {
        for path in [page.as_str(), "/ops/webhooks"] {
            let seen = caller.get(path).await;
            assert_eq!(seen.status, StatusCode::OK);
            assert!(seen.body.contains(URL) && seen.body.contains("&lt;b&gt;Till"));
            assert!(!seen.body.contains("whsec_"), "{path}");
        }
    }
    let rotated = admin.send("webhooks/rotate", &[("id", &id)]).await;
    let seen = admin.get(rotated.location()).await.body;
    assert!(seen.contains("whsec_") && !seen.contains(&secret));
    assert!(seen.contains("The former secret signs too until"));
    assert!(!admin.get(&page).await.body.contains("whsec_"));
    app.close().await;
}

#[tokio::test]
async fn everybody_in_the_console_looks_and_an_admin_acts() {
    let app = TestApp::open().await;
    let (page, _) = add(&mut app.operator(ADMIN).await).await;
    for path in ["/ops/webhooks", page.as_str()] {
        for mut caller in [app.nobody(), app.shopper(SHOPPER).await] {
            assert_eq!(caller.get(path).await.location(), format!("/ops/sign-in?to={path}"));
        }
        for email in [VIEWER, "editor@quan.example", "approver@quan.example"] {
            let seen = app.operator(email).await.get(path).await;
            assert_eq!(seen.status, StatusCode::OK, "{email}");
            assert!(!seen.body.contains("/api/fn/webhooks/"), "{path} {email}");
        }
        let seen = app.operator(ADMIN).await.get(path).await.body;
        assert!(seen.contains("/api/fn/webhooks/"), "{path}");
    }
    let mut admin = app.operator(ADMIN).await;
    for id in ["", "x", "00000000-0000-0000-0000-000000000000"] {
        for function in ["change", "switch", "rotate", "delete", "test"] {
            let said = [("url", URL), ("topics[]", "coupon.claimed")];
            let fields = [("id", id), ("to", "off"), said[0], said[1]];
            let answer = admin.call(&format!("webhooks/{function}"), &fields).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{function} {id:?}");
        }
        let answer = admin.call("webhooks/replay", &[("delivery", id)]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id:?}");
        let answer = admin.get(&format!("/ops/webhooks/{id}x")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id:?}");
    }
    app.close().await;
}

#[tokio::test]
async fn an_endpoint_s_address_and_topics_are_changed() {
    let app = TestApp::open().await;
    let mut admin = app.operator(ADMIN).await;
    let (page, _) = add(&mut admin).await;
    let id = page.rsplit('/').next().expect("an id").to_owned();
    let change = |url: &'static str| [("id", id.clone()), ("url", url.to_owned())];
    for (url, topic, told) in [
        ("http://example.com/", "template.ended", "It has to begin with https://"),
        ("https://1.0.0.1/new", "template.ended", "Saved. It holds from now on."),
    ] {
        let own = change(url);
        let form: Vec<(&str, &str)> =
            own.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let form = [form, vec![("topics[]", topic)]].concat();
        let back = admin.send("webhooks/change", &form).await;
        assert_eq!(back.location(), page);
        let seen = admin.get(&page).await.body;
        assert!(seen.contains(told) && seen.contains(&format!("value=\"{url}\"")), "{told}");
        assert!(
            fields(&seen, "topics[]")
                .any(|tag| { tag.contains("checked") && value(tag) == Some("template.ended") })
        );
    }
    assert!(!admin.get("/ops/webhooks").await.body.contains(URL));
    app.close().await;
}

#[tokio::test]
async fn an_endpoint_s_form_comes_back_filled_in() {
    let app = TestApp::open().await;
    let mut admin = app.operator(ADMIN).await;
    for (url, topic, told) in [
        ("example.com", "coupon.claimed", "Please write an address"),
        ("http://example.com/", "coupon.claimed", "It has to begin with https://"),
        ("https://127.0.0.1/", "coupon.claimed", "leads into a private network"),
        ("https://localhost/", "coupon.claimed", "leads into a private network"),
        (URL, "coupon.eaten", "This is not known"),
        (URL, "", "This is not known"),
    ] {
        let form = [("url", url), ("topics[]", "template.ended"), ("topics[]", topic)];
        let back = admin.send("webhooks/add", &form).await;
        assert_eq!(back.location(), "/ops/webhooks");
        let page = admin.get(back.location()).await.body;
        assert!(page.contains(told), "{told}");
        assert!(page.contains(&format!("value=\"{url}\"")), "{url}");
        let mut ticks = fields(&page, "topics[]").filter(|tag| tag.contains("checked"));
        assert!(ticks.any(|tag| value(tag) == Some("template.ended")));
    }
    let none = admin.call("webhooks/add", &[("url", URL)]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.close().await;
}

#[tokio::test]
async fn what_was_given_up_is_sent_again_from_the_log() {
    let app = TestApp::cast_with(Settings { private_webhooks: true, ..Settings::default() }).await;
    let mut admin = app.operator(ADMIN).await;
    let (page, _) = add_at(&mut admin, &nowhere().await).await;
    let id = page.rsplit('/').next().expect("an id").to_owned();
    admin.send("webhooks/test", &[("id", &id)]).await;
    let log = admin.get(&page).await.body;
    assert!(log.contains("Webhook test") && log.contains("Waiting"));
    assert_eq!(webhooks::deliver(&app.engine, System).await.expect("a turn"), 1);
    let failed = admin.get(&format!("{page}?show=failed")).await.body;
    assert!(failed.contains("tried once") && failed.contains("could not be reached"));
    let delivery = hidden(&failed, "delivery");
    let back = admin.send("webhooks/replay", &[("delivery", &delivery)]).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    let log = admin.get(&page).await.body;
    assert!(log.contains("On its way once more") && !log.contains("tried once"));

    admin.send("webhooks/switch", &[("id", &id), ("to", "off")]).await;
    assert!(admin.get(&page).await.body.contains("An administrator switched it off"));
    let refused = admin.call("webhooks/test", &[("id", &id)]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    admin.send("webhooks/test", &[("id", &id)]).await;
    assert!(admin.get(&page).await.body.contains("The endpoint is off"));
    admin.send("webhooks/switch", &[("id", &id), ("to", "on")]).await;
    let gone = admin.send("webhooks/delete", &[("id", &id)]).await;
    assert_eq!(gone.location(), "/ops/webhooks");
    let list = admin.get("/ops/webhooks").await.body;
    assert!(list.contains("Deleted.") && !list.contains(&id));
    assert_eq!(admin.get(&page).await.status, StatusCode::NOT_FOUND);
    app.close().await;
}

#[tokio::test]
async fn what_was_given_up_is_an_exception_that_leads_to_its_log() {
    let app = TestApp::cast_with(Settings { private_webhooks: true, ..Settings::default() }).await;
    let mut admin = app.operator(ADMIN).await;
    let url = nowhere().await;
    let (page, _) = add_at(&mut admin, &url).await;
    let id = page.rsplit('/').next().expect("an id").to_owned();
    admin.send("webhooks/test", &[("id", &id)]).await;
    for _ in 0..10 {
        webhooks::retry(&app.engine, System).await.expect("a turn");
        webhooks::deliver(&app.engine, System).await.expect("a turn");
        app.engine.clock().advance(TimeDelta::hours(27));
    }
    let mut admin = app.operator(ADMIN).await;
    let seen = admin.get("/ops/exceptions").await.body;
    assert!(seen.contains("Deliveries given up") && seen.contains(&url), "{seen}");
    let log = format!("{page}?show=failed#log");
    assert!(seen.contains(&format!("href=\"{log}\"")), "{seen}");
    admin.send("webhooks/switch", &[("id", &id), ("to", "on")]).await;
    let delivery = hidden(&admin.get(&format!("{page}?show=failed")).await.body, "delivery");
    admin.send("webhooks/replay", &[("delivery", &delivery)]).await;
    let seen = admin.get("/ops/exceptions").await.body;
    assert!(seen.contains("None is open.") && !seen.contains(&log), "{seen}");
    app.close().await;
}
