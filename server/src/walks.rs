//! The walks through the front door, by plain forms as a browser without JavaScript sends them, and
//! what happens to those who do not behave.

mod audit;
mod coupons;
mod day;
mod doors;
mod duplicates;
mod figures;
mod forecast;
mod grants;
mod health;
mod pages;
mod risk;
mod tables;
mod tickets;
mod webhooks;

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use domain::actor::System;
use domain::template::{State, Window};
use domain::{Money, TemplateId};
use engine::catalogue::{Product, put_products};
use engine::issuance::{self, Via};
use engine::templates::{self, Filter};
use engine::{accounts, demo, funnel, pools};
use leptos::server_fn::axum::server_fn_paths;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;

use crate::testing::{Caller, TestApp};

pub(crate) use tickets::queued;

const EDITOR: &str = "editor@quan.example";
const ADMIN: &str = "admin@quan.example";
const VIEWER: &str = "viewer@quan.example";
const RISK: &str = "risk@quan.example";
const SHOPPER: &str = "lin@quan.example";

/// 20 off when vegetables and fruit reach 100, as the editor's form sends it.
const DRAFT: &[(&str, &str)] = &[
    ("draft[name]", "蔬果满100减20"),
    ("draft[kind]", "amount_off"),
    ("draft[amount]", "20"),
    ("draft[min_spend]", "100"),
    ("draft[include][]", "vegetables"),
    ("draft[include][]", "fruit"),
    ("draft[stock]", "50"),
    ("draft[per_shopper]", "1"),
    ("draft[validity]", "days"),
    ("draft[days]", "7"),
    ("draft[scope_rule]", "eligible_lines"),
    ("draft[audience]", "everyone"),
    ("draft[visibility]", "listed"),
    ("draft[stacking]", "exclusive"),
    ("draft[part_return]", "keep"),
];

async fn the_only_template(app: &TestApp) -> templates::Template {
    let operator = accounts::operator_sign_in(&app.engine, VIEWER, demo::PASSWORD).await;
    let operator = operator.expect("the cast");
    let found = templates::list(&app.engine, &operator, &Filter::default()).await.expect("a list");
    assert_eq!(found.total, 1);
    found.templates.into_iter().next().expect("one")
}

async fn published(app: &TestApp) -> TemplateId {
    published_as(app, DRAFT).await
}

async fn published_as(app: &TestApp, draft: &[(&str, &str)]) -> TemplateId {
    let mut editor = app.operator(EDITOR).await;
    let saved = editor.send("templates/create", draft).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{saved:?}");
    let template = the_only_template(app).await;
    assert_eq!(template.state, State::Draft);
    let id = template.id.to_string();
    editor.send("templates/act", &[("id", &id), ("action", "publish")]).await;
    assert_eq!(the_only_template(app).await.state, State::Live);
    template.id
}

async fn fill(shopper: &mut Caller<'_>, basket: &[(&str, &str)]) {
    for (product, quantity) in basket {
        let fields = [("products[]", *product), ("quantities[]", *quantity)];
        let set = shopper.send("basket/set", &fields).await;
        assert_eq!(set.status, StatusCode::SEE_OTHER);
    }
}

/// The tags of a page's fields of one name.
fn fields<'a>(page: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let field = format!("name=\"{name}\"");
    page.split('<').filter(move |tag| tag.starts_with("input") && tag.contains(&field))
}

fn value(tag: &str) -> Option<&str> {
    tag.split("value=\"").nth(1)?.split('"').next()
}

/// The value of a hidden field on a page.
fn hidden(page: &str, name: &str) -> String {
    let found = fields(page, name).find_map(value);
    found.unwrap_or_else(|| panic!("no hidden {name} on the page")).to_owned()
}

/// What a page says, tag by tag.
fn texts(page: &str) -> Vec<&str> {
    let after = page.split('<').filter_map(|tag| Some(tag.split_once('>')?.1.trim()));
    after.filter(|text| !text.is_empty()).collect()
}

/// What the basket's form sends: the order, the coupons that are ticked, and 20 off.
fn check_out<'a>(basket: &'a str, order: &'a str) -> Vec<(&'a str, &'a str)> {
    let ticked = fields(basket, "coupons[]").filter(|tag| tag.contains("checked"));
    let coupons = ticked.filter_map(value).map(|code| ("coupons[]", code));
    [("order", order), ("discount", "2000")].into_iter().chain(coupons).collect()
}

#[tokio::test]
async fn a_coupon_is_made_claimed_used_and_counted() {
    let app = TestApp::open().await;
    let template = published(&app).await;
    let mut shopper = app.shopper(SHOPPER).await;
    shopper.get("/").await; // Answers the signing in, which is no view.
    let center = shopper.get("/").await;
    assert!(center.body.contains("蔬果满100减20"));
    let claim = [("template", template.to_string())];
    let claim: Vec<(&str, &str)> =
        claim.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for _ in 0..2 {
        let answer = shopper.send("issuance/claim", &claim).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert!(shopper.get(answer.location()).await.body.contains("蔬果满100减20"));
    }
    fill(&mut shopper, &[("vegetable-gift-box", "3")]).await;
    let short = shopper.get("/basket").await.body;
    assert!(short.contains("¥99.90") && short.contains("¥0.10"), "what is missing is told");
    fill(&mut shopper, &[("spring-onion", "1")]).await;
    let enough = shopper.get("/basket").await.body;
    assert!(enough.contains("¥80"), "exactly 100 is enough");
    let order = hidden(&enough, "order");
    let placed = shopper.send("redemption/check-out", &check_out(&enough, &order)).await;
    let page = placed.location().to_owned();
    assert_eq!(page, format!("/orders/{order}"));
    let payment = hidden(&shopper.get(&page).await.body, "payment");
    let pay = [("order", order.as_str()), ("payment", payment.as_str())];
    for _ in 0..2 {
        assert_eq!(shopper.send("redemption/pay", &pay).await.status, StatusCode::SEE_OTHER);
    }
    let operator = accounts::operator_sign_in(&app.engine, VIEWER, demo::PASSWORD).await;
    let operator = operator.expect("the cast");
    let part = funnel::Part::of(template, Window::default());
    let found = funnel::read_with_viewers(&app.engine, &operator, &part, None).await;
    let found = found.expect("a funnel");
    let stages = found.stages;
    assert_eq!(found.unique_viewers, Some(1));
    assert_eq!((stages.claim, stages.lock, stages.redeem, stages.returned), (1, 1, 1, 0));
    app.close().await;
}

#[tokio::test]
async fn a_link_opens_its_template_to_whoever_has_it() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    let mut draft: Vec<(&str, &str)> = DRAFT.to_vec();
    draft.retain(|(field, _)| *field != "draft[visibility]");
    draft.push(("draft[visibility]", "link"));
    editor.send("templates/create", &draft).await;
    let id = the_only_template(&app).await.id.to_string();
    editor.send("templates/act", &[("id", &id), ("action", "publish")]).await;
    let token = the_only_template(&app).await.link_token.expect("a link");
    let asked = app.nobody().get(&format!("/t/{token}")).await.body;
    assert!(asked.contains(&format!("href=\"/sign-in?to=/t/{token}\"")), "and back to it");
    let mut shopper = app.shopper(SHOPPER).await;
    assert!(!shopper.get("/").await.body.contains("蔬果满100减20"));
    assert_eq!(shopper.get("/t/0123").await.status, StatusCode::NOT_FOUND);
    let page = shopper.get(&format!("/t/{token}")).await.body;
    assert!(page.contains("蔬果满100减20"));
    shopper.send("issuance/claim", &[("template", &id)]).await;
    assert_eq!(the_only_template(&app).await.issued, 0, "not without the link");
    let link = hidden(&page, "link");
    shopper.send("issuance/claim", &[("template", &id), ("link", &link)]).await;
    assert_eq!(the_only_template(&app).await.issued, 1);
    app.close().await;
}

#[tokio::test]
async fn what_can_cost_without_bounds_is_not_published_by_one_click() {
    let app = TestApp::open().await;
    let id = publish(&app, "Endless", &[("draft[stock]", "")]).await;
    let mut editor = app.operator(EDITOR).await;
    editor.send("templates/act", &[("id", &id), ("action", "publish")]).await;
    let page = editor.get(&format!("/ops/templates/{id}")).await.body;
    assert!(page.contains("Nothing was done: nothing bounds what this can cost."));
    assert!(page.contains("name=\"confirm\""));
    assert_eq!(the_only_template(&app).await.state, State::Draft);
    let meant = [("id", id.as_str()), ("action", "publish"), ("confirm", "on")];
    editor.send("templates/act", &meant).await;
    assert_eq!(the_only_template(&app).await.state, State::Live);
    app.close().await;
    // Where a second person decides, that is who ticks.
    let approval_above = Some(Money::ZERO);
    let settings = engine::Settings { approval_above, ..engine::Settings::default() };
    let app = TestApp::cast_with(settings).await;
    let id = publish(&app, "Endless", &[("draft[stock]", "")]).await;
    assert_eq!(the_only_template(&app).await.state, State::InReview);
    let mut approver = app.operator("approver@quan.example").await;
    let approve = [("id", id.as_str()), ("action", "approve"), ("revision", "1")];
    approver.send("templates/act", &approve).await;
    assert_eq!(the_only_template(&app).await.state, State::InReview);
    let ticked: Vec<_> = approve.iter().copied().chain([("confirm", "on")]).collect();
    approver.send("templates/act", &ticked).await;
    assert_eq!(the_only_template(&app).await.state, State::Live);
    app.close().await;
}

#[tokio::test]
async fn more_than_half_is_ticked_once_and_again_when_it_changes() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    let with = |min_spend: &'static str, more: &[(&'static str, &'static str)]| {
        let others = DRAFT.iter().filter(|(field, _)| *field != "draft[min_spend]");
        let own = [("draft[min_spend]", min_spend)];
        others.copied().chain(own).chain(more.iter().copied()).collect::<Vec<_>>()
    };
    let asked = editor.send("templates/create", &with("39", &[])).await;
    assert!(asked.location().starts_with("/ops/templates/new"), "{asked:?}");
    editor.send("templates/create", &with("39", &[("draft[confirm]", "on")])).await;
    let id = the_only_template(&app).await.id.to_string();
    for (min_spend, revision, is_saved) in [("39", "1", true), ("30", "2", false)] {
        let draft = with(min_spend, &[]);
        let own = [("id", id.as_str()), ("revision", revision), ("draft[campaign]", "spring")];
        let form: Vec<(&str, &str)> = draft.into_iter().chain(own).collect();
        let sent = editor.send("templates/edit", &form).await;
        assert_eq!(!sent.location().contains("/edit"), is_saved, "{min_spend} {sent:?}");
    }
    app.close().await;
}

#[tokio::test]
async fn what_is_over_is_not_published_and_says_what_to_change() {
    let app = TestApp::open().await;
    let id = publish(&app, "Last year", &[("draft[claim_until]", "2020-01-01")]).await;
    assert_eq!(the_only_template(&app).await.state, State::Draft);
    let mut editor = app.operator(EDITOR).await;
    editor.send("templates/act", &[("id", &id), ("action", "publish")]).await;
    let page = editor.get(&format!("/ops/templates/{id}")).await.body;
    assert!(page.contains("Nothing was published: it is over before it begins."));
    assert!(page.contains(&format!("/ops/templates/{id}/edit#claim_until")), "{page}");
    editor.send("templates/act", &[("id", &id), ("action", "end")]).await;
    let page = editor.get(&format!("/ops/templates/{id}")).await.body;
    assert!(page.contains("no more: it has ended"));
    app.close().await;
}

#[tokio::test]
async fn what_was_edited_meanwhile_is_not_published_unread() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    editor.send("templates/create", DRAFT).await;
    let id = the_only_template(&app).await.id.to_string();
    let path = format!("/ops/templates/{id}");
    let read = hidden(&editor.get(&path).await.body, "revision");
    let mut edit: Vec<(&str, &str)> = DRAFT.to_vec();
    edit.retain(|(field, _)| *field != "draft[min_spend]");
    edit.extend([("draft[min_spend]", "120"), ("id", &id), ("revision", &read)]);
    let mut abo = app.operator("approver@quan.example").await;
    abo.send("templates/edit", &edit).await;
    let publish = [("id", id.as_str()), ("action", "publish"), ("revision", &read)];
    editor.send("templates/act", &publish).await;
    let page = editor.get(&path).await.body;
    assert!(page.contains("Nothing was done: somebody saved revision 2 meanwhile."), "{page}");
    assert_eq!(the_only_template(&app).await.state, State::Draft);
    let read = hidden(&page, "revision");
    let publish = [("id", id.as_str()), ("action", "publish"), ("revision", &read)];
    editor.send("templates/act", &publish).await;
    assert_eq!(the_only_template(&app).await.state, State::Live);
    app.close().await;
}

#[tokio::test]
async fn a_template_s_link_names_the_channel_it_is_for() {
    let app = TestApp::open().await;
    let channels = [("draft[visibility]", "link"), ("draft[channels]", "leaflet 10\napp")];
    let id = publish(&app, "Linked", &channels).await;
    let token = the_only_template(&app).await.link_token.expect("a link");
    let mut editor = app.operator(EDITOR).await;
    let page = editor.get(&format!("/ops/templates/{id}")).await.body;
    for channel in ["leaflet", "app"] {
        assert!(page.contains(&format!("/t/{token}?channel={channel}\"")), "{channel}");
    }
    assert!(!page.contains(&format!("/t/{token}\"")), "one without a channel leads nowhere");
    let mut shopper = app.shopper(SHOPPER).await;
    let page = shopper.get(&format!("/t/{token}?channel=leaflet")).await.body;
    shopper.send("issuance/claim", &[("template", &id), ("link", &hidden(&page, "link"))]).await;
    assert_eq!(the_only_template(&app).await.issued, 1);
    app.close().await;
}

#[tokio::test]
async fn offers_of_a_channel_are_announced_where_there_are_any() {
    let app = TestApp::open().await;
    publish(&app, "Of the poster", &[("draft[channels]", "poster")]).await;
    for (path, is_told) in [("/c/poster", true), ("/c/leaflet", false), ("/", false)] {
        let page = app.nobody().get(path).await.body;
        let told = page.contains("The offers for your link come first.");
        assert_eq!(told, is_told, "{path}: {page}");
    }
    app.close().await;
}

#[tokio::test]
async fn a_press_before_signing_in_survives_it() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let mut visitor = app.nobody();
    let sent = visitor.send("issuance/claim", &[("template", &template)]).await;
    assert_eq!(sent.location(), "/sign-in");
    let door = visitor.get(sent.location()).await.body;
    assert!(door.contains("Sign in to take “蔬果满100减20”"), "it says why");
    let other = visitor.get("/sign-up").await.body;
    assert!(other.contains("Create an account to take “蔬果满100减20”"));
    let wrong = [("login", SHOPPER), ("password", "wrong password")];
    visitor.send("accounts/sign-in", &wrong).await;
    let again = visitor.get("/sign-in").await.body;
    assert!(again.contains("is wrong.") && again.contains("Sign in to take “蔬果满100减20”"));
    visitor.send("accounts/sign-up", &[("login", "x"), ("password", "y")]).await;
    let again = visitor.get("/sign-up").await.body;
    assert!(again.contains("id=\"errors\"") && again.contains("to take “蔬果满100减20”"));
    let fields = [("login", SHOPPER), ("password", demo::PASSWORD)];
    visitor.send("accounts/sign-in", &fields).await;
    assert_eq!(the_only_template(&app).await.issued, 1);
    app.close().await;
}

#[tokio::test]
async fn a_wish_to_be_reminded_survives_signing_in() {
    let app = TestApp::open().await;
    let opens = (app.engine.now() + TimeDelta::days(2)).format("%Y-%m-%d").to_string();
    let template = publish(&app, "Later", &[("draft[claim_from]", &opens)]).await;
    let fields = [("login", SHOPPER), ("password", demo::PASSWORD)];
    for (press, is_kept) in [
        (&[("template", template.as_str())][..], true),
        (&[("template", template.as_str()), ("off", "true")][..], false),
    ] {
        let mut visitor = app.nobody();
        let sent = visitor.send("issuance/remind", press).await;
        assert_eq!(sent.location(), "/sign-in");
        let door = visitor.get(sent.location()).await.body;
        assert!(door.contains("Sign in first; then we go on"), "it says why");
        let signed_in = visitor.send("accounts/sign-in", &fields).await;
        assert_eq!(signed_in.location(), format!("/#coupon-{template}"));
        assert_eq!(visitor.get("/").await.body.contains("You will be reminded"), is_kept);
    }
    app.close().await;
}

/// Makes a template of this name live; `change` is laid over the usual draft.
async fn publish(app: &TestApp, name: &str, change: &[(&str, &str)]) -> String {
    let mut editor = app.operator(EDITOR).await;
    let is_changed = |field: &str| change.iter().any(|(changed, _)| *changed == field);
    let kept = DRAFT.iter().filter(|(field, _)| *field != "draft[name]" && !is_changed(field));
    let draft: Vec<(&str, &str)> =
        kept.copied().chain([("draft[name]", name)]).chain(change.iter().copied()).collect();
    let saved = editor.send("templates/create", &draft).await;
    let id = saved.location().trim_start_matches("/ops/templates/").to_owned();
    editor.send("templates/act", &[("id", &id), ("action", "publish")]).await;
    id
}

async fn views(app: &TestApp, template: &str) -> u64 {
    let operator = accounts::operator_sign_in(&app.engine, VIEWER, demo::PASSWORD).await;
    let operator = operator.expect("the cast");
    let template = template.parse().expect("an id");
    let found =
        funnel::read(&app.engine, &operator, &funnel::Part::of(template, Window::default()), None)
            .await;
    found.expect("a funnel").stages.view
}

#[tokio::test]
async fn all_that_is_open_is_claimed_at_one_press_with_an_answer_each() {
    let app = TestApp::open().await;
    let fine = publish(&app, "Fine", &[]).await;
    let gone = publish(&app, "Gone", &[("draft[stock]", "1")]).await;
    let mut shopper = app.shopper(SHOPPER).await;
    let page = shopper.get("/").await.body;
    let ids: Vec<String> =
        fields(&page, "templates[]").filter_map(value).map(str::to_owned).collect();
    assert_eq!(ids.len(), 2, "both are open");
    let mut other = app.shopper("mei@quan.example").await;
    other.send("issuance/claim", &[("template", &gone)]).await;
    let nobody = "00000000-0000-0000-0000-000000000000".to_owned();
    let asked = [&fine, &gone, &fine, &nobody].map(|id| ("templates[]", id.as_str()));
    let answer = shopper.send("issuance/claim-all", &asked).await;
    // To the top, where it is told how that went.
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"));
    let page = shopper.get("/").await.body;
    for told in ["Claimed: 1. Not claimed: 2", "Claimed. You can use it until", "All gone."] {
        assert!(page.contains(told), "{told}");
    }
    assert!(!shopper.get("/").await.body.contains("Not claimed"), "told once");
    assert_eq!(views(&app, &fine).await, 1, "a page that answers a form is no view");
    app.close().await;
}

#[tokio::test]
async fn a_press_for_all_is_for_those_of_which_one_holds_none() {
    let app = TestApp::open().await;
    let twice = [("draft[per_shopper]", "2")];
    let mut ids = Vec::new();
    for name in ["One", "Two", "Three"] {
        ids.push(publish(&app, name, &twice).await);
    }
    let mut shopper = app.shopper(SHOPPER).await;
    assert!(shopper.get("/").await.body.contains("Claim all 3"));
    shopper.send("issuance/claim", &[("template", &ids[0])]).await;
    let page = shopper.get("/").await.body;
    assert!(page.contains("Claim all 2") && page.contains("Take another"), "{page}");
    assert!(!fields(&page, "templates[]").any(|tag| value(tag) == Some(ids[0].as_str())));
    let rest = [("templates[]", ids[1].as_str()), ("templates[]", &ids[2])];
    // The answer may be lost: the same press again has the same ones.
    for _ in 0..2 {
        shopper.send("issuance/claim-all", &rest).await;
        let page = shopper.get("/").await.body;
        assert!(page.contains("Claimed: 2.") && !page.contains("id=\"claim-all\""), "{page}");
    }
    let wallet = shopper.get("/wallet").await.body;
    assert_eq!(wallet.matches("<article").count(), 3);
    app.close().await;
}

#[tokio::test]
async fn a_press_for_all_survives_signing_in() {
    let app = TestApp::open().await;
    let (one, two) = (publish(&app, "One", &[]).await, publish(&app, "Two", &[]).await);
    let mut visitor = app.nobody();
    let asked = [("templates[]", one.as_str()), ("templates[]", &two)];
    assert_eq!(visitor.send("issuance/claim-all", &asked).await.location(), "/sign-in");
    let fields = [("login", SHOPPER), ("password", demo::PASSWORD)];
    let signed_in = visitor.send("accounts/sign-in", &fields).await;
    let page = visitor.get(signed_in.location()).await.body;
    assert!(page.contains("Claimed: 2."), "{page}");
    let wallet = visitor.get("/wallet").await.body;
    assert_eq!(wallet.matches("<article").count(), 2);
    app.close().await;
}

#[tokio::test]
async fn a_program_is_told_how_the_card_stands_and_counts_no_view() {
    let app = TestApp::open().await;
    let one = publish(&app, "One", &[]).await;
    let several = publish(&app, "Several", &[("draft[per_shopper]", "3")]).await;
    let mut shopper = app.shopper(SHOPPER).await;
    let mut claim = async |fields: &[(&str, &str)]| {
        let answer = shopper.call("issuance/claim", fields).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        serde_json::from_str::<Value>(&answer.body).expect("JSON")
    };
    let has = |told: &Value, what: &str| told["ways"].as_str().expect("text").contains(what);
    let first = claim(&[("template", &one), ("had", "0")]).await;
    assert_eq!(first["said"][0], true);
    assert!(has(&first, "Use now") && !has(&first, "<form"), "{first}");
    assert!(has(&first, "/covers\""), "to the same page as in the wallet");
    let more = claim(&[("template", &one), ("had", "1")]).await;
    assert_eq!(more["said"][0], false);
    assert_eq!(more["said"][1], "You have already claimed this coupon.");
    // The answer to the first press was lost: the same press again has the same one.
    assert_eq!(claim(&[("template", &one), ("had", "0")]).await, first);
    for _ in 0..2 {
        let told = claim(&[("template", &several), ("had", "0")]).await;
        assert_eq!(told["said"][0], true);
        assert_eq!(hidden(told["ways"].as_str().expect("text"), "had"), "1");
    }
    let second = claim(&[("template", &several), ("had", "1")]).await;
    assert!(has(&second, "2 in your wallet") && has(&second, "Take another"), "{second}");
    let look = app.nobody().call("issuance/look", &[("template", &one)]).await;
    let look: Value = serde_json::from_str(&look.body).expect("JSON");
    assert!(has(&look, "<form") && has(&look, "Claim") && look["said"].is_null(), "{look}");
    assert_eq!(hidden(look["ways"].as_str().expect("text"), "had"), "0", "also of one each");
    assert_eq!(views(&app, &one).await, 0);
    app.close().await;
}

#[tokio::test]
async fn while_the_store_is_away_everybody_is_told_to_come_again() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let mut shopper = app.shopper(SHOPPER).await;
    app.lose_store().await;
    let fields = [("template", template.as_str())];
    let page = shopper.get("/").await;
    let sent = shopper.send("issuance/claim", &fields).await;
    let pressed = shopper.call("issuance/claim", &fields).await;
    for answer in [&page, &sent, &pressed] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
        assert_eq!(answer.headers["retry-after"], "2", "{answer:?}");
    }
    assert!(page.body.contains("Please try again in a few seconds."), "{page:?}");
    assert!(sent.body.contains("id=\"failure\"") && sent.location().is_empty(), "{sent:?}");
    assert_eq!(pressed.body, r#"{"kind":"unavailable"}"#);
}

#[tokio::test]
async fn the_part_of_the_center_that_is_looked_at_stands_in_the_address() {
    let app = TestApp::open().await;
    let greens = publish(&app, "Greens", &[("draft[include][]", "vegetables")]).await;
    let milk = publish(&app, "Milk", &[("draft[include][]", "dairy")]).await;
    let mut visitor = app.nobody();
    for (path, has_greens, has_milk) in [
        ("/", true, true),
        ("/?category=vegetables", true, false),
        ("/?search=MILK", false, true),
        ("/?category=vegetables&search=milk", false, false),
        ("/c/leaflet?category=dairy", false, true),
        ("/?category=nowhere", false, false),
        ("/?category=%00&page=x", true, true),
        ("/?page=99999999999999999999", true, true),
        ("/?page=3", true, true),
    ] {
        let page = visitor.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let shows = [&greens, &milk].map(|id| page.body.contains(&format!("id=\"coupon-{id}\"")));
        assert_eq!(shows, [has_greens, has_milk], "{path}");
    }
    assert_eq!(views(&app, &greens).await, 5, "only cards that were shown count");
    app.close().await;
}

#[tokio::test]
async fn a_refused_draft_comes_back_filled_in_with_what_is_wrong() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    for (amount, name) in [("1e3", "a"), ("-5", "b"), ("1.999", "c"), ("2O", "d"), ("", "e")] {
        let mut draft: Vec<(&str, &str)> = DRAFT.to_vec();
        draft.retain(|(field, _)| !matches!(*field, "draft[amount]" | "draft[name]"));
        draft.extend([("draft[amount]", amount), ("draft[name]", name)]);
        let refused = editor.send("templates/create", &draft).await;
        assert_eq!(refused.status, StatusCode::SEE_OTHER);
        let page = editor.get("/ops/templates/new").await.body;
        assert!(page.contains(&format!("value=\"{name}\"")), "what was typed is there");
        assert!(page.contains("aria-invalid=\"true\""), "the field says so: {amount}");
    }
    let digits = "9".repeat(200);
    let mut draft: Vec<(&str, &str)> = DRAFT.to_vec();
    draft.push(("draft[budget]", &digits));
    assert_eq!(
        editor.call("templates/create", &draft).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let operator = accounts::operator_sign_in(&app.engine, VIEWER, demo::PASSWORD).await;
    let operator = operator.expect("the cast");
    let found = templates::list(&app.engine, &operator, &Filter::default()).await.expect("a list");
    assert_eq!(found.total, 0, "nothing half-written");
    app.close().await;
}

#[tokio::test]
async fn a_form_sent_twice_makes_one_template() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    let key = hidden(&editor.get("/ops/templates/new").await.body, "key");
    let draft: Vec<(&str, &str)> = DRAFT.iter().copied().chain([("key", key.as_str())]).collect();
    let first = editor.send("templates/create", &draft).await.location().to_owned();
    assert_eq!(first, format!("/ops/templates/{key}"));
    assert_eq!(editor.send("templates/create", &draft).await.location(), first);
    the_only_template(&app).await;
    let mut other = draft.clone();
    other.push(("draft[budget]", "7"));
    let refused = editor.call("templates/create", &other).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let page = editor.get("/ops/templates/new").await.body;
    assert!(page.contains(&key), "the browser learns that it need not keep that form");
    assert_ne!(hidden(&page, "key"), key);
    app.close().await;
}

#[tokio::test]
async fn a_list_of_twenty_thousand_products_is_saved_counted_and_shown() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    let products: Vec<String> = (0..20_000).map(|n| format!("sku-{n:08}")).collect();
    let products = products.join("\r\n");
    let mut draft: Vec<(&str, &str)> = DRAFT.to_vec();
    draft.push(("draft[include_products]", &products));
    draft.push(("draft[exclude_products]", "cherry-gift-box"));
    let counted = editor.call("catalogue/coverage", &draft).await;
    assert_eq!(counted.status, StatusCode::OK);
    assert!(counted.body.contains("20,000"), "{}", counted.body);
    assert_eq!(editor.send("templates/create", &draft).await.status, StatusCode::SEE_OTHER);
    let template = the_only_template(&app).await;
    assert_eq!(template.draft().scope.include.products.len(), 20_000);
    let page = editor.get(&format!("/ops/templates/{}/edit", template.id)).await;
    assert!(page.body.contains("sku-00019999"));
    let page = editor.get(&format!("/ops/templates/{}", template.id)).await.body;
    assert!(page.contains("sku-00000009 and 19,990 more") && !page.contains("sku-00000010"));
    assert!(page.contains("Products excluded") && page.contains("Cherry gift box"));
    app.close().await;
}

#[tokio::test]
async fn what_the_editor_asks_is_answered_in_the_readers_words() {
    let app = TestApp::open().await;
    let template = published(&app).await;
    let mut editor = app.operator(EDITOR).await;
    let counted = editor.call("catalogue/coverage", DRAFT).await.body;
    assert!(counted.contains("of 121 products"), "{counted}");
    let found = editor.call("catalogue/search", &[("text", "spring onion")]).await.body;
    assert!(found.contains("\"spring-onion\""), "{found}");
    let met = editor.call("templates/conflicts", DRAFT).await.body;
    assert!(met.contains("Each of them stands alone") && met.contains(&template.to_string()));
    let own = template.to_string();
    let asked: Vec<(&str, &str)> = DRAFT.iter().copied().chain([("id", own.as_str())]).collect();
    let met = editor.call("templates/conflicts", &asked).await.body;
    assert!(!met.contains(&own), "a template does not meet itself: {met}");
    app.close().await;
}

#[tokio::test]
async fn what_somebody_else_saved_stands_beside_what_one_typed() {
    let app = TestApp::open().await;
    let id = published(&app).await.to_string();
    let (mut editor, mut admin) = (app.operator(EDITOR).await, app.operator(ADMIN).await);
    let with = |stock: &'static str, min_spend: &'static str| {
        let is_other = |field: &str| !matches!(field, "draft[stock]" | "draft[min_spend]");
        let others = DRAFT.iter().copied().filter(|(field, _)| is_other(field));
        let own = [("draft[stock]", stock), ("draft[min_spend]", min_spend)];
        let carried = [("id", id.as_str()), ("revision", "1")];
        others.chain(own).chain(carried).collect::<Vec<_>>()
    };
    admin.send("templates/edit", &with("60", "120")).await;
    let sent = editor.send("templates/edit", &with("70", "100")).await;
    let page = editor.get(sent.location()).await.body;
    let table = page.split("id=\"difference\"").nth(1).and_then(|rest| rest.split("</dl>").next());
    let table = table.expect("a list of differences");
    assert!(table.contains(">60<") && table.contains(">70<") && !table.contains("vegetables"));
    assert!(
        page.contains("Ada") && fields(&page, "draft[stock]").any(|tag| value(tag) == Some("70"))
    );
    let now = fields(&page, "draft[min_spend]").find_map(value);
    assert_eq!(now, Some("120.00"), "what was left alone is as the other saved it");
    assert!(!table.contains("Minimum spend"));
    assert_eq!(hidden(&page, "revision"), "2", "saving again goes on from what was seen");
    app.close().await;
}

/// What anybody may call. Everything else asks who is there first.
const OPEN: &[&str] = &[
    "accounts/sign-up",
    "accounts/sign-in",
    "accounts/sign-out",
    "accounts/operator-sign-in",
    "accounts/operator-sign-out",
    "preferences/language",
    "preferences/theme",
    // A basket belongs to a session, with or without a name.
    "basket/add",
    "basket/set",
    "basket/take",
    "basket/empty",
    "basket/choose",
    // What a card says is what its page says.
    "issuance/look",
];

/// What a shopper may call besides.
const SHOP: &[&str] = &[
    "accounts/sign-out-everywhere",
    "issuance/claim",
    "pools/enter",
    "issuance/claim-all",
    "issuance/remind",
    "wallet/remind",
    "redemption/check-out",
    "redemption/pay",
    "redemption/cancel",
    "redemption/give-back",
    "redemption/fail-payment",
    "redemption/again",
];

/// What takes an operator who may edit.
const CONSOLE: &[&str] = &[
    "alerts/set-rule",
    "templates/act-many",
    "templates/stop",
    "catalogue/coverage",
    "catalogue/import",
    "segments/change",
    "catalogue/search",
    "channels/name",
    "channels/spend",
    "channels/take-back",
    "grants/act",
    "grants/create",
    "grants/make-pool",
    "templates/act",
    "templates/conflicts",
    "templates/copy",
    "templates/create",
    "templates/edit",
];

/// What takes an operator, whatever their role.
const ANY_ROLE: &[&str] =
    &["accounts/operator-sign-out-everywhere", "grants/progress", "operators/change-password"];

/// What takes somebody who looks after single coupons: of the role risk, or an admin.
const GUARDIANS: &[&str] = &[
    "coupons/act",
    "coupons/release-lock",
    "coupons/replace",
    "exceptions/resolve",
    "risk/add-entry",
    "risk/judge-hit",
    "risk/remove-entry",
    "risk/set-rule",
];

/// What takes an admin.
const ADMINS: &[&str] = &[
    "partners/add-key",
    "partners/revoke-key",
    "operators/add",
    "operators/correct",
    "operators/set-role",
    "operators/set-password",
    "operators/switch",
    "operators/sign-out",
    "webhooks/add",
    "webhooks/change",
    "webhooks/delete",
    "webhooks/replay",
    "webhooks/rotate",
    "webhooks/switch",
    "webhooks/test",
];

#[tokio::test]
async fn every_server_function_asks_who_is_there() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let known: BTreeSet<&str> =
        [OPEN, SHOP, CONSOLE, ANY_ROLE, GUARDIANS, ADMINS].concat().into_iter().collect();
    let found: BTreeSet<String> = server_fn_paths()
        .filter(|(path, _)| !path.contains("/test/"))
        .filter_map(|(path, _)| path.strip_prefix("/api/fn/").map(str::to_owned))
        .collect();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, known, "a new server function needs a row here");
    let (mut nobody, mut shopper) = (app.nobody(), app.shopper(SHOPPER).await);
    let mut viewer = app.operator(VIEWER).await;
    let fields = [
        ("template", template.as_str()),
        ("id", &template),
        ("revision", "1"),
        ("action", "end"),
        ("order", "o"),
        ("payment", "p"),
        ("refund", "r"),
        ("draft[name]", "x"),
    ];
    for function in SHOP {
        assert_eq!(
            nobody.call(function, &fields).await.status,
            StatusCode::UNAUTHORIZED,
            "{function}"
        );
        assert_eq!(
            viewer.call(function, &fields).await.status,
            StatusCode::UNAUTHORIZED,
            "{function}"
        );
    }
    for function in [CONSOLE, ANY_ROLE, GUARDIANS, ADMINS].concat() {
        for caller in [&mut nobody, &mut shopper] {
            let answer = caller.call(function, &fields).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{function}");
        }
    }
    for (email, forbidden) in [
        (VIEWER, [CONSOLE, GUARDIANS, ADMINS].concat()),
        (RISK, [CONSOLE, ADMINS].concat()),
        (EDITOR, [GUARDIANS, ADMINS].concat()),
        ("approver@quan.example", [GUARDIANS, ADMINS].concat()),
    ] {
        let mut caller = app.operator(email).await;
        for function in forbidden {
            let answer = caller.call(function, &fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{function} by {email}");
        }
    }
    assert_eq!(the_only_template(&app).await.state, State::Live);
    // Whoever may is not sent away, whatever else is wrong with what they ask for.
    for (email, _, role) in demo::OPERATORS {
        let mut caller = app.operator(email).await;
        for (functions, may) in [
            (ANY_ROLE, true),
            (CONSOLE, role.can_edit()),
            (GUARDIANS, role.can_act_on_coupons()),
            (ADMINS, role.can_administer()),
        ] {
            for function in functions.iter().filter(|name| may && !name.ends_with("everywhere")) {
                let status = caller.call(function, &fields).await.status;
                let is_sent_away =
                    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
                assert!(!is_sent_away, "{function} by {email}: {status}");
            }
        }
    }
    app.close().await;
}

/// The id of the template whose page an answer leads to.
fn template_of(location: &str) -> String {
    location.split('/').nth(3).expect("a template's page").to_owned()
}

#[tokio::test]
async fn a_list_keeps_what_was_asked_in_its_address() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    assert!(editor.get("/ops/templates").await.body.contains("Make the first one"));
    let odd = "<b>Ünique</b> &lt; 🍉";
    for i in 0..51 {
        let mut draft: Vec<(&str, &str)> = DRAFT.to_vec();
        let name = format!("{odd} {i}");
        draft[0].1 = &name;
        draft.push(("draft[campaign]", "Spring & more"));
        editor.send("templates/create", &draft).await;
    }
    let page = editor.get("/ops/templates?search=%C3%BCNIQUE&state=draft&sort=-name").await.body;
    assert!(page.contains("&lt;b&gt;Ünique&lt;/b&gt; &amp;lt; 🍉 50"), "a name is text");
    assert!(!page.contains("<b>Ünique"));
    let next = "?search=%C3%BCNIQUE&amp;state=draft&amp;sort=-name&amp;page=2";
    assert!(page.contains(next), "the next page asks the same");
    assert!(page.contains("aria-sort=\"descending\""));
    assert!(page.contains("campaign=Spring%20%26%20more") || page.contains("Spring &amp; more"));
    let second = editor.get(&format!("/ops/templates{}", next.replace("&amp;", "&"))).await.body;
    assert!(second.contains("🍉 0<") && !second.contains("🍉 50<"));
    let none = editor.get("/ops/templates?search=nowhere").await.body;
    assert!(none.contains("Clear filters"));
    let odd = "/ops/templates?page=0&state=x&sort=--&search=%00&campaign=%27&kind=1&visibility=";
    assert_eq!(editor.get(odd).await.status, StatusCode::OK);
    app.close().await;
}

#[tokio::test]
async fn many_are_paused_at_once_and_each_that_was_not_says_why() {
    let app = TestApp::open().await;
    let live = published(&app).await.to_string();
    let mut editor = app.operator(EDITOR).await;
    let mut draft: Vec<(&str, &str)> = DRAFT.to_vec();
    draft[0].1 = "Unfinished";
    let written = template_of(editor.send("templates/create", &draft).await.location());
    let mut lin = app.shopper(SHOPPER).await;
    lin.send("issuance/claim", &[("template", &live)]).await;
    let list = editor.get("/ops/templates?sort=name&ticked=all").await.body;
    assert_eq!(fields(&list, "ids[]").filter(|tag| tag.contains("checked")).count(), 2);
    let asked = format!(
        "/ops/templates/many?action=pause&ids%5B%5D={live}&ids%5B%5D={written}&to=%2Fops%2Ftemplates%3Fsort%3Dname"
    );
    let ask = editor.get(&asked).await.body;
    let told = "and their grants wait. One coupon already claimed stays usable.";
    assert!(ask.contains(told), "before it is done, in one piece");
    assert!(ask.contains("Pause it") && ask.contains("Not affected") && ask.contains("Unfinished"));
    assert_eq!(hidden(&ask, "to"), "/ops/templates?sort=name");
    let nothing = format!("/ops/templates/many?action=resume&ids%5B%5D={live}");
    let nothing = editor.get(&nothing).await.body;
    assert!(nothing.contains("Back to the list") && !nothing.contains("Resume it"));
    let chinese = [("accept", "text/html"), ("accept-language", "zh-CN")];
    let ask = editor.request(Method::GET, &asked, &chinese, String::new()).await.body;
    assert!(ask.contains("它们的发放会等待。已领取"), "Chinese sentences have no gap between them");
    let act = |action: &'static str| {
        [
            ("ids[]", live.as_str()),
            ("ids[]", &written),
            ("action", action),
            ("to", "/ops/templates?sort=name"),
        ]
    };
    let sent = editor.send("templates/act-many", &act("pause")).await;
    assert_eq!(sent.location(), "/ops/templates?sort=name");
    let page = editor.get(sent.location()).await.body;
    assert!(page.contains("Paused: 1."), "what was done");
    assert!(page.contains("Its state: Draft."));
    let none = editor.send("templates/act-many", &[("action", "end")]).await;
    let page = editor.get(none.location()).await.body;
    let (before, _) = page.split_once("Nothing was selected").expect("it is told");
    let notice = before.rsplit("role=\"status\"").next();
    assert!(notice.is_some_and(|notice| notice.contains("bg-warn-soft")), "no success");
    for to in ["https://evil.test", "//evil.test", "/ops/operators", "/ops/templatesx"] {
        let fields = [("action", "pause"), ("ids[]", live.as_str()), ("to", to)];
        assert_eq!(editor.send("templates/act-many", &fields).await.location(), "/ops/templates");
    }
    let sent = editor.send("templates/act-many", &act("end")).await;
    assert!(editor.get(sent.location()).await.body.contains("Ended: 2."));
    let mut many = vec![("ids[]", live.as_str()); 51];
    many.push(("action", "pause"));
    let many = editor.call("templates/act-many", &many).await;
    assert_eq!(many.status, StatusCode::BAD_REQUEST, "more than a page holds");
    for odd in
        ["", "?action=x", "?action=pause", "?action=end&ids%5B%5D=x&ids%5B%5D=%00&to=//evil.test"]
    {
        let seen = editor.get(&format!("/ops/templates/many{odd}")).await;
        assert!(seen.status == StatusCode::OK || seen.status == StatusCode::NOT_FOUND, "{odd}");
        assert!(!seen.body.contains("evil.test"), "{odd}");
    }
    let viewer = app.operator(VIEWER).await.get(&asked).await;
    assert_eq!(viewer.status, StatusCode::FORBIDDEN);
    app.close().await;
}

#[tokio::test]
async fn an_emergency_stop_says_what_it_does_and_stops_what_is_live() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    assert!(!editor.get("/ops/templates").await.body.contains("action=stop"));
    for name in ["One", "Two"] {
        publish(&app, name, &[]).await;
    }
    assert!(editor.get("/ops/templates?search=nothing").await.body.contains("No template matches"));
    assert!(editor.get("/ops/templates").await.body.contains("action=stop"));
    let ask = editor.get("/ops/templates/many?action=stop").await.body;
    assert!(ask.contains("2 templates are live."));
    assert!(ask.contains("orders that hold one can still be paid"));
    let unsaid = editor.send("templates/stop", &[]).await;
    assert!(editor.get(unsaid.location()).await.body.contains("id=\"reason-problem\""));
    let sent = editor.send("templates/stop", &[("reason", "A leak")]).await;
    let page = editor.get(sent.location()).await.body;
    assert!(page.contains("Stopped. Paused: 2; nothing is live any more."), "{page}");
    assert!(editor.get("/ops/templates/many?action=stop").await.body.contains("nothing to stop"));
    let overview = editor.get("/ops").await.body;
    assert!(overview.contains("Nothing is live. 2 templates are paused."));
    let paused = templates::list(&app.engine, &System, &Filter::default()).await;
    let paused = paused.expect("a list").templates;
    let ids: Vec<String> = paused.iter().map(|template| template.id.to_string()).collect();
    let mut resume: Vec<(&str, &str)> = ids.iter().map(|id| ("ids[]", id.as_str())).collect();
    resume.push(("action", "resume"));
    let sent = editor.send("templates/act-many", &resume).await;
    assert!(editor.get(sent.location()).await.body.contains("Resumed: 2."));
    app.close().await;
}

#[tokio::test]
async fn a_copy_is_a_draft_and_its_editor_opens() {
    let app = TestApp::open().await;
    let live = published(&app).await.to_string();
    let mut editor = app.operator(EDITOR).await;
    let seen = editor.get(&format!("/ops/templates/{live}")).await.body;
    let key = hidden(&seen, "key");
    let form = [("key", key.as_str()), ("id", live.as_str())];
    let copied = editor.send("templates/copy", &form).await;
    assert_eq!(copied.location(), format!("/ops/templates/{key}/edit"));
    let sent_twice = editor.send("templates/copy", &form).await;
    assert_eq!(sent_twice.location(), copied.location());
    let list = editor.get("/ops/templates").await.body;
    let keys: BTreeSet<&str> = fields(&list, "key").filter_map(value).collect();
    assert_eq!(keys.len(), 2, "each row's copy has an id of its own");
    for id in [&key, &live] {
        assert!(list.contains(&format!("form=\"copy-{id}\"")), "its button sends it");
        assert!(list.contains(&format!("id=\"copy-{id}\"")), "{list}");
    }
    let page = editor.get(copied.location()).await.body;
    assert!(page.contains("value=\"Copy of 蔬果满100减20\""));
    assert!(page.contains("value=\"蔬果满100减20\""), "shoppers go on reading the title");
    let again = template_of(copied.location());
    let long = [("id", again.as_str()), ("revision", "1")];
    let mut longer: Vec<(&str, &str)> = DRAFT.to_vec();
    let name = "🍉".repeat(200);
    longer[0].1 = &name;
    longer.extend(long);
    assert_eq!(editor.call("templates/edit", &longer).await.status, StatusCode::OK);
    let copied = editor.call("templates/copy", &[("id", &again)]).await;
    assert_eq!(copied.status, StatusCode::OK, "a long name gives up its end: {copied:?}");
    app.close().await;
}

#[tokio::test]
async fn a_template_page_says_what_an_action_would_do_and_did() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let path = format!("/ops/templates/{template}");
    let mut lin = app.shopper(SHOPPER).await;
    lin.send("issuance/claim", &[("template", &template)]).await;
    let mut mei = app.shopper("mei@quan.example").await;
    mei.send("issuance/claim", &[("template", &template)]).await;
    fill(&mut mei, &[("vegetable-gift-box", "4")]).await;
    let basket = mei.get("/basket").await.body;
    let order = hidden(&basket, "order");
    mei.send("redemption/check-out", &check_out(&basket, &order)).await;
    let mut editor = app.operator(EDITOR).await;
    let page = editor.get(&path).await.body;
    assert!(page.contains("One coupon already claimed stays usable."));
    assert!(page.contains("One more is held by an order that can still be paid."));
    assert!(page.contains(&format!("In use by order {order}")), "what happened lately");
    assert!(page.contains("href=\"/ops/coupons/"), "and to which coupon");
    assert!(page.contains("https://shop.test/"), "links say where they lead");
    for _ in 0..2 {
        editor.send("templates/act", &[("id", &template), ("action", "pause")]).await;
        let page = editor.get(&path).await.body;
        assert!(page.contains("Nobody can claim it for now. One coupon already claimed"));
    }
    let page = editor.get(&path).await.body;
    assert!(page.contains("value=\"resume\""));
    editor.send("templates/act", &[("id", &template), ("action", "resume")]).await;
    let page = editor.get(&path).await.body;
    assert!(page.contains("Resumed.") && page.contains("Resumed by Edda"));
    editor.send("templates/act", &[("id", &template), ("action", "end")]).await;
    editor.get(&path).await;
    let mut late = app.operator("approver@quan.example").await;
    late.send("templates/act", &[("id", &template), ("action", "pause")]).await;
    let page = late.get(&path).await.body;
    assert!(page.contains("Nothing was done: Edda was faster. It is now: Ended."), "{page}");
    app.close().await;
}

#[tokio::test]
async fn revisions_say_what_changed() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let path = format!("/ops/templates/{template}");
    let mut editor = app.operator(EDITOR).await;
    for (revision, min_spend) in [("1", "120"), ("2", "150")] {
        let mut draft: Vec<(&str, &str)> = DRAFT.to_vec();
        draft.retain(|(field, value)| *field != "draft[min_spend]" && *value != "fruit");
        draft.extend([("draft[min_spend]", min_spend), ("id", &template), ("revision", revision)]);
        let saved = editor.call("templates/edit", &draft).await;
        assert_eq!(saved.status, StatusCode::OK, "{saved:?}");
    }
    let words = |page: &str| {
        let mut text = String::new();
        let mut is_text = true;
        for c in page.chars() {
            match c {
                '<' => is_text = false,
                '>' => is_text = true,
                c if is_text => text.push(c),
                _ => {}
            }
        }
        text
    };
    let page = words(&editor.get(&path).await.body);
    assert!(page.contains("Minimum spendremoved: ¥120→added: ¥150"), "{page}");
    let page = words(&editor.get(&format!("{path}?compare=1..3")).await.body);
    assert!(page.contains("Revision 1 → 3"));
    assert!(page.contains("Minimum spendremoved: ¥100→added: ¥150"));
    assert!(page.contains("− "), "a category less is covered");
    assert_eq!(editor.get(&format!("{path}?compare=1..99")).await.status, StatusCode::NOT_FOUND);
    for odd in ["?compare=x", "?compare=9..", "?from=1", "?before=-1", "?before=1"] {
        assert_eq!(editor.get(&format!("{path}{odd}")).await.status, StatusCode::OK, "{odd}");
    }
    app.close().await;
}

#[tokio::test]
async fn what_belongs_to_another_shopper_is_not_found() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let mut lin = app.shopper(SHOPPER).await;
    lin.send("issuance/claim", &[("template", &template)]).await;
    fill(&mut lin, &[("vegetable-gift-box", "4")]).await;
    let basket = lin.get("/basket").await.body;
    let order = hidden(&basket, "order");
    lin.send("redemption/check-out", &check_out(&basket, &order)).await;
    let mut mei = app.shopper("mei@quan.example").await;
    let page = mei.get(&format!("/orders/{order}")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    for function in [
        "redemption/pay",
        "redemption/fail-payment",
        "redemption/cancel",
        "redemption/again",
        "redemption/give-back",
    ] {
        let fields = [("order", order.as_str()), ("payment", "p"), ("refund", "r")];
        assert_eq!(mei.call(function, &fields).await.status, StatusCode::NOT_FOUND, "{function}");
    }
    assert!(lin.get(&format!("/orders/{order}")).await.body.contains("redemption/pay"));
    app.close().await;
}

#[tokio::test]
async fn a_wrong_quantity_comes_back_beside_its_own_line() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    fill(&mut lin, &[("vegetable-gift-box", "3"), ("spring-onion", "1")]).await;
    let wrong = [
        ("products[]", "vegetable-gift-box"),
        ("quantities[]", "4"),
        ("products[]", "spring-onion"),
        ("quantities[]", "２"),
    ];
    let sent = lin.send("basket/set", &wrong).await;
    assert!(sent.location().ends_with("#quantity-spring-onion"), "{}", sent.location());
    let page = lin.get("/basket").await.body;
    let field = |id: &str| {
        let id = format!("id=\"quantity-{id}\"");
        page.split('<').find(|tag| tag.contains(&id)).expect("a field").to_owned()
    };
    assert!(field("spring-onion").contains("value=\"２\""));
    assert!(field("spring-onion").contains("aria-invalid=\"true\""));
    assert!(!field("vegetable-gift-box").contains("aria-invalid=\"true\""));
    assert!(field("vegetable-gift-box").contains("value=\"4\""), "nothing that was typed is lost");
    app.close().await;
}

/// Goods that are bought and paid without a coupon; answers the order.
async fn paid(shopper: &mut Caller<'_>, goods: &[(&str, &str)]) -> String {
    fill(shopper, goods).await;
    let order = hidden(&shopper.get("/basket").await.body, "order");
    shopper.send("redemption/check-out", &[("order", &order), ("discount", "0")]).await;
    shopper.send("redemption/pay", &[("order", &order), ("payment", "p")]).await;
    order
}

#[tokio::test]
async fn more_than_was_bought_is_told_beside_its_line() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let order = paid(&mut lin, &[("vegetable-gift-box", "3")]).await;
    let page = format!("/orders/{order}");
    let refund = hidden(&lin.get(&page).await.body, "refund");
    let asked = [
        ("order", order.as_str()),
        ("refund", &refund),
        ("lines[0]", "vegetable-gift-box"),
        ("quantities[0]", "4"),
    ];
    let refused = lin.call("redemption/give-back", &asked).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let body: Value = serde_json::from_str(&refused.body).expect("JSON");
    assert_eq!(body["refusal"]["data"]["fields"][0]["field"], "vegetable-gift-box");
    app.close().await;
}

#[tokio::test]
async fn giving_nothing_back_is_told_on_top_and_at_every_line() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let order = paid(&mut lin, &[("vegetable-gift-box", "3"), ("spring-onion", "1")]).await;
    let page = format!("/orders/{order}");
    let refund = hidden(&lin.get(&page).await.body, "refund");
    let asked = [
        ("order", order.as_str()),
        ("refund", &refund),
        ("lines[0]", "vegetable-gift-box"),
        ("quantities[0]", "0"),
        ("lines[1]", "spring-onion"),
        ("quantities[1]", ""),
    ];
    lin.send("redemption/give-back", &asked).await;
    let told = lin.get(&page).await.body;
    assert!(told.contains("id=\"errors\"") && told.contains("href=\"#back-"), "{told}");
    assert_eq!(told.matches("aria-invalid=\"true\"").count(), 2);
    assert_eq!(told.matches("aria-describedby=\"back-lines-problem\"").count(), 2);
    assert!(told.contains("Set how many to return of at least one product."));
    assert!(!lin.get(&page).await.body.contains("aria-invalid=\"true\""), "told once");
    app.close().await;
}

#[tokio::test]
async fn a_guest_is_told_to_sign_in_and_comes_back_to_the_basket() {
    let app = TestApp::open().await;
    let mut guest = app.nobody();
    fill(&mut guest, &[("vegetable-gift-box", "2")]).await;
    let basket = guest.get("/basket").await.body;
    assert!(basket.contains("Sign in to order and to use your coupons."));
    assert_eq!(basket.matches("href=\"/sign-in?to=/basket\"").count(), 2, "on top and below");
    let door = guest.get("/sign-in?to=/basket").await.body;
    let to = hidden(&door, "to");
    let fields = [("login", SHOPPER), ("password", demo::PASSWORD), ("to", to.as_str())];
    let entered = guest.send("accounts/sign-in", &fields).await;
    assert_eq!(entered.location(), "/basket");
    assert!(guest.get("/basket").await.body.contains("¥66.60"), "with what was in it");
    app.close().await;
}

#[tokio::test]
async fn what_was_cancelled_is_not_paid_from_a_stale_tab() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    fill(&mut lin, &[("vegetable-gift-box", "1")]).await;
    let order = hidden(&lin.get("/basket").await.body, "order");
    lin.send("redemption/check-out", &[("order", &order), ("discount", "0")]).await;
    lin.send("redemption/cancel", &[("order", &order)]).await;
    let fields = [("order", order.as_str()), ("payment", "p")];
    assert_eq!(lin.call("redemption/pay", &fields).await.status, StatusCode::CONFLICT);
    app.close().await;
}

/// Vegetables for 133.20 and a coupon that takes 20 off, on the way to be paid; answers the order.
async fn ordered(app: &TestApp, shopper: &mut Caller<'_>) -> String {
    let template = published(app).await;
    ordered_with(shopper, template).await
}

async fn ordered_with(shopper: &mut Caller<'_>, template: TemplateId) -> String {
    shopper.send("issuance/claim", &[("template", &template.to_string())]).await;
    fill(shopper, &[("vegetable-gift-box", "4")]).await;
    let basket = shopper.get("/basket").await.body;
    let order = hidden(&basket, "order");
    shopper.send("redemption/check-out", &check_out(&basket, &order)).await;
    order
}

#[tokio::test]
async fn a_failed_payment_gives_the_coupon_and_the_basket_back() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let order = ordered(&app, &mut lin).await;
    let page = format!("/orders/{order}");
    assert!(lin.get("/basket").await.body.contains("The basket is empty"));
    let fields = [("order", order.as_str())];
    // Twice is once.
    for _ in 0..2 {
        lin.send("redemption/fail-payment", &fields).await;
    }
    let failed = lin.get(&page).await.body;
    assert!(failed.contains("The payment failed") && failed.contains("Your coupon is back"));
    let basket = lin.get("/basket").await.body;
    assert!(basket.contains("¥133.20") && basket.contains("¥113.20"), "goods and coupon are back");
    let late = [("order", order.as_str()), ("payment", "p")];
    assert_eq!(lin.call("redemption/pay", &late).await.status, StatusCode::CONFLICT);
    let anew = hidden(&basket, "order");
    let placed = lin.send("redemption/check-out", &check_out(&basket, &anew)).await;
    assert_eq!(placed.location(), format!("/orders/{anew}"));
    lin.send("redemption/cancel", &[("order", &anew)]).await;
    let cancelled = lin.get(&format!("/orders/{anew}")).await.body;
    assert!(cancelled.contains("nothing was charged. Your coupon is back"));
    app.close().await;
}

#[tokio::test]
async fn several_coupons_that_are_back_are_told_of_as_several() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    for name in ["One", "Two"] {
        let template = publish(&app, name, &[("draft[stacking]", "combines")]).await;
        lin.send("issuance/claim", &[("template", &template)]).await;
    }
    fill(&mut lin, &[("vegetable-gift-box", "4")]).await;
    for give_up in ["redemption/fail-payment", "redemption/cancel"] {
        let order = ordered_with_both(&mut lin).await;
        lin.send(give_up, &[("order", &order)]).await;
        let page = lin.get(&format!("/orders/{order}")).await.body;
        assert!(page.contains("nothing was charged. Your coupons are back"), "{give_up}: {page}");
    }
    let order = ordered_with_both(&mut lin).await;
    lin.send("redemption/pay", &[("order", &order), ("payment", "p")]).await;
    let all = [("order", order.as_str()), ("refund", "r"), ("all", "true")];
    lin.send("redemption/give-back", &all).await;
    let page = lin.get(&format!("/orders/{order}")).await.body;
    assert!(page.contains("2 coupons are back in your wallet."), "{page}");
    app.close().await;
}

/// Orders what is in the basket, with two coupons that take 20 off each.
async fn ordered_with_both(shopper: &mut Caller<'_>) -> String {
    let basket = shopper.get("/basket").await.body;
    let order = hidden(&basket, "order");
    let mut fields = check_out(&basket, &order);
    fields.retain(|(field, _)| *field != "discount");
    fields.push(("discount", "4000"));
    let placed = shopper.send("redemption/check-out", &fields).await;
    assert_eq!(placed.location(), format!("/orders/{order}"));
    order
}

#[tokio::test]
async fn pressing_order_and_give_back_twice_has_one_effect() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let order = ordered(&app, &mut lin).await;
    let again = [("order", order.as_str()), ("discount", "2000")];
    let again = lin.send("redemption/check-out", &again).await;
    assert_eq!(again.location(), format!("/orders/{order}"));
    lin.send("redemption/pay", &[("order", &order), ("payment", "p")]).await;
    let page = format!("/orders/{order}");
    let refund = hidden(&lin.get(&page).await.body, "refund");
    let part = [
        ("order", order.as_str()),
        ("refund", &refund),
        ("lines[0]", "vegetable-gift-box"),
        ("quantities[0]", "1"),
    ];
    for _ in 0..2 {
        let sent = lin.send("redemption/give-back", &part).await;
        assert_eq!(sent.location(), page, "where the form is empty again");
    }
    let given = lin.get(&page).await.body;
    assert!(given.contains("3 can be returned"), "one of four, once");
    let said = texts(&given);
    let piece = "Seasonal vegetable gift box 3 kg × 1";
    assert!(said.contains(&"1 returned") && said.contains(&piece), "what went back: {given}");
    assert!(given.contains("Partly refunded"));
    assert!(given.contains("¥28.30 paid back. Your coupon stays used"));
    assert!(said.contains(&"After your return, it still saves you ¥15."), "{given}");
    assert!(lin.get("/orders").await.body.contains("¥15 saved"));
    let rest = hidden(&given, "refund");
    let all = [("order", order.as_str()), ("refund", &rest), ("all", "true")];
    for _ in 0..2 {
        lin.send("redemption/give-back", &all).await;
    }
    let given = lin.get(&page).await.body;
    assert!(
        given.contains("Everything has been returned") && given.contains("Your coupon is back")
    );
    let orders = lin.get("/orders?page=99").await.body;
    assert!(orders.contains(&page) && orders.contains("¥113.20 paid back"), "the last page");
    let said = texts(&orders);
    assert!(said.contains(&"Seasonal vegetable gift box 3 kg") && said.contains(&"4 pieces"));
    assert!(given.contains("Refunded") && orders.contains("Refunded"));
    app.close().await;
}

/// A live template that takes back what the goods that are kept do not earn.
async fn clawing(app: &TestApp) -> TemplateId {
    let claws = |(field, value): &(&'static str, &'static str)| match *field {
        "draft[part_return]" => (*field, "claw_back"),
        _ => (*field, *value),
    };
    published_as(app, &DRAFT.iter().map(claws).collect::<Vec<_>>()).await
}

#[tokio::test]
async fn what_is_said_of_a_refund_in_chinese_has_no_gaps() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let order = ordered_with(&mut lin, clawing(&app).await).await;
    lin.send("redemption/pay", &[("order", &order), ("payment", "p")]).await;
    lin.send("preferences/language", &[("language", "zh")]).await;
    let part = [
        ("order", order.as_str()),
        ("refund", "r"),
        ("lines[0]", "vegetable-gift-box"),
        ("quantities[0]", "1"),
    ];
    lin.send("redemption/give-back", &part).await;
    let given = lin.get(&format!("/orders/{order}")).await.body;
    assert!(given.contains("扣回优惠。适用商品全部退回前"), "{given}");
    app.close().await;
}

#[tokio::test]
async fn a_part_return_that_pays_less_says_why_before_and_after() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let order = ordered_with(&mut lin, clawing(&app).await).await;
    assert!(lin.get("/orders").await.body.contains("¥20 off"), "nothing is saved until it is paid");
    lin.send("redemption/pay", &[("order", &order), ("payment", "p")]).await;
    let page = format!("/orders/{order}");
    let look = "lines%5B%5D=vegetable-gift-box&quantities%5B%5D=1";
    let ahead = lin.get(&format!("{page}?{look}")).await.body;
    assert!(ahead.contains("¥13.30 will be paid back"), "28.30 less what 99.90 no longer earn");
    let why = "¥15 less, because what you keep of the goods";
    assert!(ahead.contains(why) && ahead.contains("comes to less than ¥100."));
    let refund = hidden(&ahead, "refund");
    let part = [
        ("order", order.as_str()),
        ("refund", &refund),
        ("lines[0]", "vegetable-gift-box"),
        ("quantities[0]", "1"),
    ];
    lin.send("redemption/give-back", &part).await;
    let given = lin.get(&page).await.body;
    assert!(given.contains(&format!("¥13.30 paid back. {why}")));
    assert_eq!(given.matches(why).count(), 2, "in the message, and with the refund for good");
    assert!(given.contains("After your return, it saves you nothing any more."));
    app.close().await;
}

#[tokio::test]
async fn the_demos_payment_center_tells_of_each_payment_by_one_callback() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let order = ordered(&app, &mut lin).await;
    let pay = [("order", order.as_str()), ("payment", "p")];
    // With JavaScript and without.
    lin.send("redemption/pay", &pay).await;
    assert_eq!(lin.call("redemption/pay", &pay).await.status, StatusCode::OK);
    let all = [("order", order.as_str()), ("refund", "r"), ("all", "true")];
    lin.send("redemption/give-back", &all).await;
    assert_eq!(lin.call("redemption/give-back", &all).await.status, StatusCode::OK);
    let db = app.engine.migration_connection();
    let read = "SELECT kind FROM callbacks WHERE state = 'settled' ORDER BY kind";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), read)).await;
    let kinds = rows.expect("rows").into_iter().map(|row| row.try_get("", "kind").expect("a kind"));
    let kinds: Vec<String> = kinds.collect();
    assert_eq!(kinds, ["payment.succeeded", "refund.succeeded"]);
    app.close().await;
}

#[tokio::test]
async fn a_look_ahead_tells_what_a_refund_pays_and_changes_nothing() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let order = ordered(&app, &mut lin).await;
    lin.send("redemption/pay", &[("order", &order), ("payment", "p")]).await;
    let look = |quantity: &str, step: &str| {
        let line = "lines%5B%5D=vegetable-gift-box";
        format!("/orders/{order}?{line}&quantities%5B%5D={quantity}&step={step}")
    };
    let one = lin.get(&look("0", "%2Bvegetable-gift-box")).await.body;
    assert!(one.contains("¥28.30 will be paid back"), "33.30 less a quarter of 20");
    assert!(one.contains("stays used"));
    let four = lin.get(&look("4", "%2Bvegetable-gift-box")).await.body;
    assert!(four.contains("¥113.20 will be paid back"), "no more than was bought");
    for wrong in ["5", "x", "-1", "%00"] {
        let page = lin.get(&look(wrong, "")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("aria-invalid=\"true\""), "{wrong}");
    }
    let page = lin.get(&format!("/orders/{order}")).await.body;
    assert!(page.contains("4 can be returned"));
    app.close().await;
}

#[tokio::test]
async fn what_changed_since_the_shopper_looked_is_told_before_anything_is_ordered() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let template = published(&app).await.to_string();
    lin.send("issuance/claim", &[("template", &template)]).await;
    fill(&mut lin, &[("vegetable-gift-box", "4"), ("spring-onion", "1")]).await;
    let basket = lin.get("/basket").await.body;
    let order = hidden(&basket, "order");
    let total = hidden(&basket, "total");
    let mut fields = check_out(&basket, &order);
    fields.push(("total", &total));
    let price = async |product: &str, price: Option<i64>| {
        let catalogue = engine::catalogue::current(&app.engine).await.expect("a shelf");
        let known = catalogue.product(&product.parse().expect("an id")).expect("a product");
        let changed = Product { price: price.map(Money::minor), ..known.clone() };
        put_products(&app.engine, System, &[changed]).await.expect("written");
    };
    price("vegetable-gift-box", Some(4_000)).await;
    let refused = lin.send("redemption/check-out", &fields).await;
    assert!(refused.location().starts_with("/basket"));
    let told = lin.get("/basket").await.body;
    assert!(told.contains("¥140.10 is to pay now (¥113.30 before)"), "the discount is the same");
    assert!(told.contains("autofocus"), "heard as soon as the page is there");
    price("spring-onion", None).await;
    let refused = lin.send("redemption/check-out", &fields).await;
    assert!(refused.location().starts_with("/basket"));
    let told = lin.get("/basket").await.body;
    assert!(told.contains("No longer sold") && told.contains("Spring onion"));
    assert!(!lin.get("/basket").await.body.contains("No longer sold"), "told once");
    assert_eq!(lin.get(&format!("/orders/{order}")).await.status, StatusCode::NOT_FOUND);
    app.close().await;
}

#[tokio::test]
async fn the_nearest_covered_product_is_offered_first_and_closes_the_gap() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let template = published(&app).await.to_string();
    lin.send("issuance/claim", &[("template", &template)]).await;
    fill(&mut lin, &[("vegetable-gift-box", "1")]).await;
    let far = lin.get("/basket").await.body;
    assert!(far.contains("¥66.70 more to save ¥20") && !far.contains("Almost there"), "{far}");
    assert!(far.contains("See what it covers") && !far.contains("not fit this basket"), "{far}");
    fill(&mut lin, &[("vegetable-gift-box", "2")]).await;
    let basket = lin.get("/basket").await.body;
    assert!(basket.contains("Almost there"), "a third is missing");
    let mut offers = basket.split('<').filter(|tag| tag.contains("form=\"add-gap\""));
    assert!(offers.all(|tag| tag.contains("value=\"cherry-gift-box\"")), "one that is enough");
    fill(&mut lin, &[("vegetable-gift-box", "3")]).await;
    let basket = lin.get("/basket").await.body;
    let offered: Vec<&str> =
        basket.split('<').filter(|tag| tag.contains("form=\"add-gap\"")).collect();
    assert_eq!(offered.len(), 3);
    assert!(offered[0].contains("value=\"spring-onion\""), "¥0.10 for a gap of ¥0.10");
    let add = [("product", "spring-onion"), ("place", "coupons")];
    let added = lin.send("basket/add", &add).await;
    assert!(added.location().ends_with("#coupons"), "back at the same place");
    assert!(lin.get("/basket").await.body.contains("Best choice: you save ¥20."));
    let none = [("choice", "none")];
    lin.send("basket/choose", &none).await;
    assert!(lin.get("/basket").await.body.contains("You use no coupon."));
    lin.send("basket/choose", &[("choice", "best")]).await;
    assert!(lin.get("/basket").await.body.contains("Best choice: you save ¥20."));
    app.close().await;
}

#[tokio::test]
async fn what_would_cost_more_than_it_saves_is_not_called_nearly_earned() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let worth = published(&app).await.to_string();
    let less = [("draft[amount]", "10"), ("draft[min_spend]", "140")];
    let less = publish(&app, "Ten off", &less).await;
    for template in [&worth, &less] {
        lin.send("issuance/claim", &[("template", template)]).await;
    }
    fill(&mut lin, &[("vegetable-gift-box", "3")]).await;
    // Neither is earned yet, and each would save something.
    assert!(lin.get("/basket").await.body.matches("form=\"add-gap\"").count() > 3);
    fill(&mut lin, &[("vegetable-gift-box", "4")]).await;
    let basket = lin.get("/basket").await.body;
    assert!(basket.contains("Best choice: you save ¥20."));
    assert!(!basket.contains("form=\"add-gap\""), "¥10 for the loss of ¥20");
    assert!(basket.contains("it cannot be used together with 蔬果满100减20, which saves more"));
    app.close().await;
}

#[tokio::test]
async fn a_coupon_is_judged_by_what_is_chosen_and_by_nothing_else() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let twice = publish(&app, "Twenty off", &[("draft[per_shopper]", "2")]).await;
    let steps = [
        ("draft[kind]", "tiered"),
        ("draft[steps][0][min_spend]", "100"),
        ("draft[steps][0][amount]", "10"),
        ("draft[steps][1][min_spend]", "200"),
        ("draft[steps][1][amount]", "30"),
    ];
    let less = publish(&app, "In steps", &steps).await;
    for template in [&twice, &twice, &less] {
        lin.send("issuance/claim", &[("template", template)]).await;
    }
    fill(&mut lin, &[("vegetable-gift-box", "4")]).await;
    let best = lin.get("/basket").await.body;
    assert!(best.contains("An order takes one of these."), "{best}");
    assert!(best.contains("Cannot be used together with Twenty off."));
    assert!(texts(&best).contains(&"¥10"), "what it would take off alone");
    assert!(!best.contains("up to"), "and not what it might take off another basket");
    lin.send("basket/choose", &[("choice", "none")]).await;
    let none = lin.get("/basket").await.body;
    assert_eq!(none.matches("Saves ¥20 if you tick it").count(), 2, "{none}");
    assert_eq!(none.matches("Saves ¥10 if you tick it").count(), 1);
    assert!(!none.contains("together with") && !none.contains("An order takes one"));
    app.close().await;
}

#[tokio::test]
async fn what_was_typed_or_ticked_without_a_look_is_shown_before_it_is_ordered() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let (twenty, ten) = (
        publish(&app, "Twenty off", &[]).await,
        publish(&app, "Ten off", &[("draft[amount]", "10")]).await,
    );
    for template in [&twenty, &ten] {
        lin.send("issuance/claim", &[("template", template)]).await;
    }
    fill(&mut lin, &[("vegetable-gift-box", "4")]).await;
    let basket = lin.get("/basket").await.body;
    let (order, total) = (hidden(&basket, "order"), hidden(&basket, "total"));
    let in_form: Vec<_> = fields(&basket, "quantities[]").collect();
    assert!(in_form.iter().all(|tag| tag.contains("form=\"check-out\"")), "{in_form:?}");
    let mut asked = check_out(&basket, &order);
    asked.extend([("total", total.as_str()), ("products[]", "vegetable-gift-box")]);
    let typed: Vec<_> = asked.iter().copied().chain([("quantities[]", "5")]).collect();
    lin.send("redemption/check-out", &typed).await;
    let told = lin.get("/basket").await.body;
    assert!(told.contains("¥146.50 is to pay now (¥113.20 before)"), "{told}");
    // What nobody typed may have changed in another tab.
    let left = [("quantities[]", "4"), ("had[]", "4")];
    let left: Vec<_> = asked.iter().copied().chain(left).collect();
    lin.send("redemption/check-out", &left).await;
    assert!(lin.get("/basket").await.body.contains("¥146.50 is to pay now"));
    let wrong: Vec<_> = asked.iter().copied().chain([("quantities[]", "x")]).collect();
    let sent = lin.send("redemption/check-out", &wrong).await;
    assert!(sent.location().ends_with("#quantity-vegetable-gift-box"), "{}", sent.location());
    lin.get("/basket").await;

    let both = fields(&basket, "coupons[]").filter_map(value).map(|code| ("coupons[]", code));
    let both: Vec<_> =
        [("order", order.as_str()), ("discount", "2000")].into_iter().chain(both).collect();
    assert_eq!(both.len(), 4, "both can be ticked");
    let sent = lin.send("redemption/check-out", &both).await;
    assert_eq!(sent.location(), "/basket");
    let told = lin.get("/basket").await.body;
    assert!(told.contains("Nothing is ordered yet."), "{told}");
    assert!(told.contains("“Twenty off” is not used: it cannot be used together with Ten off."));
    assert_eq!(lin.get(&format!("/orders/{order}")).await.status, StatusCode::NOT_FOUND);
    app.close().await;
}

#[tokio::test]
async fn a_gift_for_the_first_order_is_of_no_use_after_it() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let gift = publish(&app, "Welcome gift", &[("draft[audience]", "new_shoppers")]).await;
    assert!(lin.get("/").await.body.contains("First order only"), "said before it is claimed");
    lin.send("issuance/claim", &[("template", &gift)]).await;
    let wallet = lin.get("/wallet").await.body;
    assert!(wallet.contains("Use now") && !wallet.contains("For a first order only"), "{wallet}");
    paid(&mut lin, &[("spring-onion", "1")]).await;
    for page in ["/wallet", "/"] {
        let page = lin.get(page).await.body;
        assert!(page.contains("For a first order only") && !page.contains("Use now"), "{page}");
        assert!(!page.contains("First order only"), "said once: {page}");
    }
    app.close().await;
}

#[tokio::test]
async fn pages_of_the_console_lead_to_its_door() {
    let app = TestApp::open().await;
    let (mut nobody, mut shopper) = (app.nobody(), app.shopper(SHOPPER).await);
    for path in [
        "/ops/templates",
        "/ops/templates/new",
        "/ops/templates/many",
        "/ops/forecast",
        "/ops/funnel",
        "/ops/channels",
        "/ops/health",
        "/ops/audit",
        "/ops/audit.csv",
        "/ops/segments",
        "/ops/catalogue",
    ] {
        for caller in [&mut nobody, &mut shopper] {
            let answer = caller.get(path).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
            assert_eq!(answer.location(), format!("/ops/sign-in?to={path}"));
        }
    }
    app.close().await;
}

#[tokio::test]
async fn wrong_passwords_are_told_alike_and_then_have_to_wait() {
    let app = TestApp::open().await;
    let mut nobody = app.nobody();
    let unknown = [("login", "nobody@quan.example"), ("password", "wrong password")];
    let wrong = [("login", SHOPPER), ("password", "wrong password")];
    let told = nobody.call("accounts/sign-in", &unknown).await;
    for _ in 0..5 {
        let answer = nobody.call("accounts/sign-in", &wrong).await;
        assert_eq!((answer.status, &answer.body), (told.status, &told.body));
    }
    let waits = nobody.call("accounts/sign-in", &wrong).await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
    let body: Value = serde_json::from_str(&waits.body).expect("JSON");
    assert_eq!(body["refusal"]["code"], "too_many_attempts");
    app.close().await;
}

#[tokio::test]
async fn signing_in_changes_the_session_and_signing_out_ends_it() {
    let app = TestApp::open().await;
    let mut shopper = app.shopper(SHOPPER).await;
    assert_eq!(shopper.get("/wallet").await.status, StatusCode::OK);
    let out = shopper.send("accounts/sign-out", &[]).await;
    assert!(shopper.get(out.location()).await.body.contains("You are signed out."));
    let answer = shopper.get("/wallet").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/sign-in?to=/wallet"));
    app.close().await;
}

#[tokio::test]
async fn no_browser_keeps_the_pages_of_somebody_who_is_there() {
    let app = TestApp::open().await;
    let kept = async |caller: &mut Caller<'_>, path: &str| {
        caller.get(path).await.headers["cache-control"].to_str().expect("text").to_owned()
    };
    let (mut shopper, mut editor) = (app.shopper(SHOPPER).await, app.operator(EDITOR).await);
    for path in ["/", "/wallet", "/basket", "/orders", "/account"] {
        assert_eq!(kept(&mut shopper, path).await, "no-store", "{path}");
    }
    for path in ["/ops", "/ops/templates", "/ops/templates/new"] {
        assert_eq!(kept(&mut editor, path).await, "no-store", "{path}");
    }
    let mut nobody = app.nobody();
    assert_eq!(kept(&mut nobody, "/sign-in").await, "private, no-cache");
    let wrong = [("login", SHOPPER), ("password", "wrong password")];
    nobody.send("accounts/sign-in", &wrong).await;
    assert_eq!(kept(&mut nobody, "/sign-in").await, "no-store", "it holds what was typed");
    app.close().await;
}

#[tokio::test]
async fn a_name_is_text_in_the_title_too() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    let mut draft: Vec<(&str, &str)> = DRAFT.to_vec();
    draft[0].1 = "</title><meta http-equiv=refresh>";
    let saved = editor.send("templates/create", &draft).await;
    for page in [saved.location().to_owned(), format!("{}/edit", saved.location())] {
        let page = editor.get(&page).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("&lt;/title>"), "the name is there");
        assert!(!page.body.contains("<meta http-equiv"), "{}", page.body);
    }
    app.close().await;
}

#[tokio::test]
async fn every_cookie_stays_out_of_scripts_and_foreign_hands() {
    let app = TestApp::open().await;
    let mut visitor = app.nobody();
    let fields = [("login", SHOPPER), ("password", demo::PASSWORD)];
    let answers = [
        visitor.get("/").await,
        visitor.send("preferences/language", &[("language", "en")]).await,
        visitor.send("preferences/theme", &[("theme", "dark")]).await,
        visitor.send("accounts/sign-in", &fields).await,
    ];
    for answer in &answers {
        let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
        assert!(!cookies.is_empty());
        for cookie in cookies {
            let cookie = cookie.to_str().expect("text");
            for attribute in ["; HttpOnly", "; SameSite=Lax", "; Secure"] {
                assert!(cookie.contains(attribute), "{cookie}");
            }
        }
    }
    app.close().await;
}

#[tokio::test]
async fn odd_input_gets_a_clear_refusal_and_never_a_fault() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let mut shopper = app.shopper(SHOPPER).await;
    for id in ["", "x", "00000000-0000-0000-0000-000000000000", "' OR 1=1 --", "\u{0}"] {
        let answer = shopper.call("issuance/claim", &[("template", id)]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id:?}");
    }
    for quantity in ["", "-1", "1.5", "１", "99999999999999999999", "10000"] {
        let fields = [("products[]", "spring-onion"), ("quantities[]", quantity)];
        let answer = shopper.call("basket/set", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{quantity:?}");
    }
    let long = "x".repeat(5_000);
    for (function, field) in [("redemption/pay", "order"), ("basket/add", "product")] {
        let answer = shopper.call(function, &[(field, &long)]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{function}");
    }
    for template in ["x", "蔬果", &long] {
        let answer = shopper.send("issuance/claim", &[("template", template)]).await;
        assert!(answer.location().len() < 100, "an address of ours");
    }
    let answer = shopper.send("basket/add", &[("product", &long)]).await;
    assert!(answer.location().len() < 100, "an address of ours");
    let answer = shopper.get(&format!("/orders/x?{long}")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    for id in ["", "x", "//evil.test"] {
        let mut editor = app.operator(EDITOR).await;
        for function in ["templates/edit", "templates/act", "templates/copy"] {
            let fields = [("id", id), ("revision", "1"), ("action", "end")];
            let answer = editor.call(function, &fields).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{function} {id:?}");
        }
    }
    let twice = [("template", template.as_str()), ("template", &template)];
    let answer = shopper.call("issuance/claim", &twice).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let headers = [("content-type", "application/json"), ("sec-fetch-site", "same-origin")];
    let body = format!("{{\"template\":\"{template}\"");
    let answer = shopper.request(Method::POST, "/api/fn/issuance/claim", &headers, body).await;
    assert!(answer.status.is_client_error(), "{answer:?}");
    for path in ["/orders/none", "/orders/%00", "/basket?category=nowhere", "/nowhere"] {
        let answer = shopper.get(path).await;
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.status);
    }
    let missing = shopper.get("/orders/none").await.body;
    assert!(missing.contains("id=\"failure\""), "what a form that answers in place tells");
    app.close().await;
}

#[tokio::test]
async fn a_pool_code_is_entered_as_it_is_read_and_leads_to_its_coupon() {
    let app = TestApp::open().await;
    let template = published(&app).await;
    let editor = accounts::operator_sign_in(&app.engine, EDITOR, demo::PASSWORD).await;
    let editor = editor.expect("the cast").editor().expect("an editor");
    let codes = pools::make(&app.engine, &editor, template, 2).await.expect("codes");
    let mut lin = app.shopper(SHOPPER).await;
    let unknown = "7777-7777-7777-7777";
    let sent = lin.send("pools/enter", &[("code", unknown)]).await;
    assert_eq!(sent.location(), "/wallet#pool-code");
    let page = lin.get("/wallet").await.body;
    let field = fields(&page, "code").next().expect("a field");
    assert_eq!(value(field), Some(unknown), "what was typed is still there");
    assert!(field.contains("aria-invalid=\"true\""));
    let typed = codes[0].grouped().to_lowercase().replace('-', " ");
    let entered = lin.send("pools/enter", &[("code", &typed)]).await;
    let coupon = entered.location().to_owned();
    assert!(coupon.starts_with("/wallet/") && !coupon.contains(codes[0].as_str()), "{coupon}");
    let again = lin.send("pools/enter", &[("code", &typed)]).await;
    assert_eq!(again.location(), coupon);
    let page = lin.get(&coupon).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("蔬果满100减20"));
    // To everybody else the code, the coupon and one that never was are the same.
    let mut mei = app.shopper("mei@quan.example").await;
    let told = mei.call("pools/enter", &[("code", unknown)]).await;
    let spent = mei.call("pools/enter", &[("code", &typed)]).await;
    assert_eq!((spent.status, &spent.body), (told.status, &told.body));
    let foreign = mei.get(&coupon).await;
    let unknown = mei.get("/wallet/7777777777777777").await;
    let covers = mei.get(&format!("{coupon}/covers")).await;
    for page in [&foreign, &unknown, &covers] {
        assert_eq!(page.status, StatusCode::NOT_FOUND);
    }
    let words = |page: &str| page.split("<main").nth(1).unwrap_or_default().to_owned();
    assert_eq!(words(&foreign.body), words(&unknown.body));
    app.close().await;
}

#[tokio::test]
async fn what_a_coupon_covers_is_put_into_the_basket_until_it_is_earned() {
    let app = TestApp::open().await;
    let template = published(&app).await.to_string();
    let mut lin = app.shopper(SHOPPER).await;
    lin.send("issuance/claim", &[("template", &template)]).await;
    let wallet = lin.get("/wallet").await.body;
    let link = wallet.split("href=\"").find(|rest| rest.contains("/covers\"")).expect("a way");
    let page = link.split('"').next().expect("a path").to_owned();
    let old = page.replace("/wallet/", "/wallet?coupon=").replace("/covers", "");
    assert_eq!(lin.get(&old).await.location(), page.replace("/covers", ""));
    let empty = lin.get(&page).await.body;
    assert!(empty.contains("¥100 more to save ¥20"));
    let soap = lin.get(&format!("{page}?search=soap")).await.body;
    assert!(soap.contains("Nothing on the shelf matches") && !soap.contains("product-dish-soap"));
    fill(&mut lin, &[("vegetable-gift-box", "3")]).await;
    assert!(lin.get(&page).await.body.contains("¥0.10 more to save ¥20"));
    fill(&mut lin, &[("spring-onion", "1")]).await;
    assert!(lin.get(&page).await.body.contains("¥20 off your basket"));
    let found = lin.get(&format!("{page}?search=onion&category=vegetables")).await.body;
    assert!(found.contains("product-spring-onion"));
    assert!(!found.contains("product-vegetable-gift-box"));
    app.close().await;
}

#[tokio::test]
async fn a_long_wallet_comes_in_pages() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    let mut draft: Vec<(&str, &str)> = DRAFT.to_vec();
    draft.retain(|(field, _)| *field != "draft[per_shopper]");
    draft.push(("draft[per_shopper]", "50"));
    editor.send("templates/create", &draft).await;
    let template = the_only_template(&app).await.id;
    editor.send("templates/act", &[("id", &template.to_string()), ("action", "publish")]).await;
    let mut lin = app.shopper(SHOPPER).await;
    let id = accounts::sign_in(&app.engine, SHOPPER, demo::PASSWORD).await.expect("the cast");
    for _ in 0..50 {
        issuance::claim(&app.engine, &id, template, Via::default()).await.expect("a coupon");
    }
    let tickets = |page: &str| page.matches("<article").count();
    assert_eq!(tickets(&lin.get("/wallet").await.body), 48);
    for last in ["/wallet?page=2", "/wallet?show=available&page=99"] {
        assert_eq!(tickets(&lin.get(last).await.body), 2, "{last}");
    }
    for other in ["in-use", "used", "over"] {
        assert_eq!(tickets(&lin.get(&format!("/wallet?show={other}")).await.body), 0, "{other}");
    }
    app.close().await;
}
