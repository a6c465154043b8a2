//! Operators read what came of coupons and of channels, by the page and as a file.

use axum::http::StatusCode;
use chrono::TimeDelta;
use domain::actor::{KeyScope, Visitor};
use domain::template::Draft;
use domain::{Channel, TemplateId};
use engine::channels::CHANNELS_MAX;
use engine::funnel::{self, Part};
use engine::issuance::{self, Via};
use engine::{accounts, counts, demo, templates};
use serde_json::json;

use super::{EDITOR, SHOPPER, VIEWER, hidden, publish, texts};
use crate::testing::TestApp;

#[tokio::test]
async fn what_was_clicked_is_on_the_page_and_in_the_file() {
    let app = TestApp::open().await;
    let template = publish(&app, "Twenty off", &[]).await;
    let mut lin = app.shopper(SHOPPER).await;
    lin.get("/").await; // Answers the signing in, which is no view.
    lin.get("/").await;
    for _ in 0..2 {
        lin.send("issuance/claim", &[("template", &template)]).await;
    }
    let mut viewer = app.operator(VIEWER).await;
    let of_template = format!("?template={template}");
    let file = viewer.get(&format!("/ops/funnel.csv{of_template}")).await;
    assert_eq!(file.status, StatusCode::OK);
    let lines: Vec<&str> = file.body.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "at,view,claim,lock,redeem,return,turnover,discount,refunded,net");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[1].ends_with(",1,1,0,0,0,0.00,0.00,0.00,0.00"), "{lines:?}");

    let page = viewer.get(&format!("/ops/funnel{of_template}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Funnel of Twenty off"), "it says of what");
    assert!(page.body.contains("Had as many as one may have"), "the second press was refused");
    assert!(page.body.contains("/ops/funnel/claim?first="), "a stage leads to its coupons");
    assert!(page.body.contains("data-component=\"Readout"), "the picture is read off once awake");
    assert!(page.body.contains("aria-valuemax=\"30\""), "day by day");
    let series = page.body.split("id=\"series\"").nth(1).expect("the table beside it");
    let rows = series.split("</table>").next().unwrap_or_default().matches("<tr").count();
    assert_eq!(rows, 1 + 30, "a row of figures for each day, below the heads");
    let claimed = viewer.get(&format!("/ops/funnel/claim{of_template}")).await.body;
    assert!(claimed.contains("href=\"/ops/coupons/") && claimed.contains("Available"));
    assert!(!texts(&claimed).contains(&"Order"), "a claim has none, and no empty column for it");
    let used = viewer.get(&format!("/ops/funnel/redeem{of_template}")).await.body;
    assert!(used.contains("No coupon entered this step"));
    for page in [format!("/ops/templates/{template}"), "/ops".to_owned()] {
        let seen = viewer.get(&format!("{page}?period=7")).await.body;
        let whole = links(&seen).into_iter().find(|href| href.starts_with("/ops/funnel?first="));
        let whole = whole.expect("a way to all of its funnel");
        let is_of_template = whole.ends_with(&format!("&template={template}"));
        assert_eq!(is_of_template, page != "/ops", "{whole}");
        let whole = viewer.get(&whole).await.body;
        assert!(whole.contains("aria-valuemax=\"7\""), "of the same days");
    }
    let all = viewer.get("/ops?period=all").await.body;
    let all = links(&all).into_iter().find(|href| href.starts_with("/ops/funnel?first="));
    let all = viewer.get(&all.expect("a way to all of them")).await;
    assert_eq!(all.status, StatusCode::OK);
    let all = viewer.get("/ops/funnel?sort=net").await.body;
    let coupons = all.split("id=\"coupons\"").nth(1).expect("coupon by coupon");
    assert!(coupons.contains("Twenty off") && coupons.contains("sort=-net#coupons"));
    let file = viewer.get("/ops/funnel/coupons.csv?sort=net").await.body;
    let line = file.lines().nth(1).expect("a line");
    let told = ",Twenty off,1,0,0.0000,0.00,0.00,0.00,0.00,";
    assert_eq!(line, format!("{template}{told}"));
    for asked in ["&basis=claim", "&step=hour", "&channel=app", "&revision=1", "&campaign=none"] {
        let page = viewer.get(&format!("/ops/funnel{of_template}{asked}")).await;
        assert_eq!(page.status, StatusCode::OK, "{asked}");
    }
    app.close().await;
}

#[tokio::test]
async fn orders_without_a_coupon_stand_beside_those_of_the_period_before() {
    let app = TestApp::open().await;
    let shop = app.partner(&[KeyScope::Redeem]).await;
    for (order, total, days) in [("now", "30", 0), ("before", "20", 40), ("long ago", "5", 70)] {
        let paid_at = (app.engine.now() - TimeDelta::days(days)).to_rfc3339();
        let told = json!({ "order": order, "shopper": "mei", "total": total, "paid_at": paid_at });
        assert_eq!(shop.post("/orders", &told).await.status, StatusCode::CREATED);
    }
    let mut viewer = app.operator(VIEWER).await;
    let page = viewer.get("/ops/funnel").await.body;
    let row = ["Orders without a coupon", "¥30", "¥20", "+50.0%"];
    assert!(texts(&page).windows(4).any(|cells| cells == row), "{page}");
    let template = publish(&app, "Twenty off", &[]).await;
    let page = viewer.get(&format!("/ops/funnel?template={template}")).await.body;
    assert!(!page.contains("Orders without a coupon"), "they are of no template");
    app.close().await;
}

#[tokio::test]
async fn of_visitors_long_ago_it_is_said_that_they_count_day_by_day() {
    const SAID: &str = "Of days more than 92 days ago";
    let app = TestApp::open().await;
    let template = publish(&app, "Twenty off", &[]).await;
    let mut lin = app.shopper(SHOPPER).await;
    for _ in 0..2 {
        lin.get("/").await;
    }
    let page = |period: &str| format!("/ops/templates/{template}?period={period}");
    let early = app.operator(VIEWER).await.get(&page("all")).await.body;
    assert!(early.contains("Different visitors") && !early.contains(SAID));
    app.engine.clock().advance(TimeDelta::days(93));
    counts::sweep(&app.engine, 100).await.expect("swept");
    let mut viewer = app.operator(VIEWER).await;
    assert!(viewer.get(&page("all")).await.body.contains(SAID));
    assert!(!viewer.get(&page("7")).await.body.contains(SAID));
    app.close().await;
}

#[tokio::test]
async fn a_channels_stage_leads_by_way_of_its_templates_to_coupons() {
    let app = TestApp::open().await;
    let template = publish(&app, "Twenty off", &[("draft[per_shopper]", "5")]).await;
    publish(&app, "Not claimed", &[]).await;
    let id: TemplateId = template.parse().expect("an id");
    let lin = accounts::sign_in(&app.engine, SHOPPER, demo::PASSWORD).await.expect("the cast");
    for channel in ["mini", "mini", "app"] {
        let channel = Some(Channel::new(channel).expect("a channel"));
        let via = Via { channel, ..Via::default() };
        issuance::claim(&app.engine, &lin, id, via).await.expect("a coupon");
    }
    let mut viewer = app.operator(VIEWER).await;
    let funnel = viewer.get("/ops/funnel?channel=mini").await.body;
    let lead = links(&funnel).into_iter().find(|href| href.starts_with("/ops/funnel/claim?"));
    let lead = lead.expect("a way to the stage");
    let stage = viewer.get(&lead).await.body;
    assert!(stage.contains("choose one to see those that came through mini"), "{stage}");
    let named = [("channel", "mini"), ("name", "Mini program")];
    app.operator(EDITOR).await.send("channels/name", &named).await;
    let stage = viewer.get(&lead).await.body;
    assert!(stage.contains("choose one to see those that came through Mini program"), "{stage}");
    assert!(stage.contains("Twenty off") && !stage.contains("Not claimed"));
    let said = texts(&stage);
    let at = said.iter().position(|text| *text == "Twenty off").expect("a row");
    assert_eq!(said[at + 1..at + 6], ["2", "0", "0", "0", "¥0"], "as the funnel has it");
    let lead = links(&stage).into_iter().find(|href| href.contains(&template));
    let coupons = viewer.get(&lead.expect("a way to its coupons")).await.body;
    let listed = links(&coupons).into_iter().filter(|href| href.starts_with("/ops/coupons/"));
    assert_eq!(listed.count(), 2, "those of the channel alone");
    let used = viewer.get("/ops/funnel/redeem?channel=mini").await.body;
    assert!(used.contains("No coupon entered this step"));
    app.close().await;
}

#[tokio::test]
async fn of_a_channel_it_is_said_which_orders_without_a_coupon_are_known() {
    let app = TestApp::open().await;
    let mut viewer = app.operator(VIEWER).await;
    let all = viewer.get("/ops/funnel").await.body;
    assert!(all.contains("0 orders that were paid here or that we were told of"), "{all}");
    let through = viewer.get("/ops/funnel?channel=app").await.body;
    assert!(through.contains("0 orders that we were told came through it;"), "{through}");
    assert!(!through.contains("orders that were paid here"));
    app.close().await;
}

#[tokio::test]
async fn a_stage_of_all_templates_leads_by_way_of_each_to_coupons() {
    let app = TestApp::open().await;
    let template = publish(&app, "Twenty off", &[]).await;
    let mut lin = app.shopper(SHOPPER).await;
    lin.send("issuance/claim", &[("template", &template)]).await;
    let mut viewer = app.operator(VIEWER).await;
    let funnel = viewer.get("/ops/funnel").await.body;
    let lead = links(&funnel).into_iter().find(|href| href.starts_with("/ops/funnel/claim?"));
    let stage = viewer.get(&lead.expect("a way to what was claimed")).await.body;
    let said = texts(&stage);
    let at = said.iter().position(|text| *text == "Twenty off").expect("a row");
    assert_eq!(said[at + 1..at + 6], ["1", "0", "0", "0", "¥0"], "as the funnel has it");
    let lead = links(&stage).into_iter().find(|href| href.contains(&template));
    let coupons = viewer.get(&lead.expect("a way to its coupons")).await.body;
    assert!(links(&coupons).iter().any(|href| href.starts_with("/ops/coupons/")));
    app.close().await;
}

#[tokio::test]
async fn a_templates_page_has_its_funnel_by_channel_and_revision() {
    let app = TestApp::open().await;
    let template = publish(&app, "Twenty off", &[("draft[per_shopper]", "5")]).await;
    let page = format!("/ops/templates/{template}");
    let id: TemplateId = template.parse().expect("an id");
    let lin = accounts::sign_in(&app.engine, SHOPPER, demo::PASSWORD).await.expect("the cast");
    let claim = async |channel: Option<&str>| {
        let channel = channel.map(|name| Channel::new(name).expect("a channel"));
        let via = Via { channel, ..Via::default() };
        issuance::claim(&app.engine, &lin, id, via).await.expect("a coupon");
    };
    let mut editor = app.operator(EDITOR).await;
    claim(None).await;
    let plain = editor.get(&page).await.body;
    assert!(!plain.contains("id=\"parts\""), "there is nothing to tell apart");
    let operator = accounts::operator_sign_in(&app.engine, EDITOR, demo::PASSWORD).await;
    let operator = operator.expect("the cast").editor().expect("an editor");
    let found = templates::read(&app.engine, &operator, id).await.expect("a template");
    let changed = Draft { per_shopper: 6, ..found.draft().clone() };
    templates::edit(&app.engine, &operator, id, 1, &changed).await.expect("an edit");
    for channel in ["mini", "mini", "app"] {
        claim(Some(channel)).await;
    }
    editor.send("channels/name", &[("channel", "mini"), ("name", "Mini program")]).await;
    let told = editor.get(&page).await.body;
    let told = told.split("id=\"parts\"").nth(1).expect("its parts");
    let said = texts(told);
    for (name, claims) in [
        ("Mini program", "2"),
        ("app", "1"),
        ("No channel", "1"),
        ("Revision 2", "3"),
        ("Revision 1", "1"),
    ] {
        let at = said.iter().position(|text| *text == name).expect(name);
        assert_eq!(said[at + 1..at + 6], [claims, "0", "0.0%", "¥0", "¥0"], "{name}");
    }
    for narrower in ["channel=mini", "revision=2"] {
        let lead = links(told).into_iter().find(|href| href.ends_with(narrower));
        let lead = lead.expect("a way to what is told of it");
        assert!(lead.starts_with("/ops/funnel?first=") && lead.contains(&template), "{lead}");
        let funnel = editor.get(&lead).await.body;
        let claims = if narrower == "channel=mini" { "2" } else { "3" };
        assert!(texts(&funnel).windows(2).any(|pair| pair == ["Claims", claims]), "{narrower}");
    }
    app.close().await;
}

/// Where a page's links lead.
fn links(page: &str) -> Vec<String> {
    let hrefs = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    hrefs.map(|href| href.replace("&amp;", "&")).collect()
}

#[tokio::test]
async fn odd_questions_about_figures_are_answered_and_never_a_fault() {
    let app = TestApp::open().await;
    let mut viewer = app.operator(VIEWER).await;
    for odd in ["", "?first=x&last=9999-99-99", "?first=2026-02-01&last=2001-01-01", "?step=year"] {
        let files = ["/ops/funnel.csv", "/ops/funnel/coupons.csv", "/ops/channels.csv"];
        for path in files.into_iter().chain(["/ops/funnel", "/ops/channels"]) {
            assert_eq!(viewer.get(&format!("{path}{odd}")).await.status, StatusCode::OK, "{odd}");
        }
    }
    let unknown = "?template=00000000-0000-0000-0000-000000000000";
    let paths = [
        format!("/ops/funnel{unknown}"),
        format!("/ops/funnel.csv{unknown}"),
        format!("/ops/funnel/claim{unknown}"),
        "/ops/funnel/nowhere".to_owned(),
    ];
    for path in paths {
        assert_eq!(viewer.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let (mut nobody, mut lin) = (app.nobody(), app.shopper(SHOPPER).await);
    for path in
        ["/ops/funnel.csv", "/ops/funnel/coupons.csv", "/ops/channels.csv", "/ops/funnel/claim"]
    {
        for caller in [&mut nobody, &mut lin] {
            let sent = caller.get(path).await;
            assert_eq!(sent.location(), format!("/ops/sign-in?to={path}"));
        }
    }
    app.close().await;
}

#[tokio::test]
async fn a_channel_is_named_and_what_it_costs_entered_and_taken_back() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    let nameless = editor.send("channels/name", &[("channel", "poster"), ("name", " ")]).await;
    assert_eq!(nameless.location(), "/ops/channels#name-channel");
    let page = editor.get("/ops/channels").await.body;
    assert!(page.contains("value=\"poster\""), "what was typed is still there");
    editor.send("channels/name", &[("channel", "poster"), ("name", "Posters")]).await;
    let page = editor.get("/ops/channels").await.body;
    let form = page.split("id=\"name-channel\"").nth(1).expect("a form");
    assert!(form.contains("The channel poster has its name."), "where the page opens again");
    assert!(page.contains("https://shop.test/c/poster") && page.contains("QR code: Posters"));

    let today = app.engine.settings().time_zone.day(app.engine.now()).to_string();
    let key = hidden(&page, "key");
    let spend = |amount: &'static str| {
        [
            ("key", key.clone()),
            ("spent_on", "poster".to_owned()),
            ("first_day", today.clone()),
            ("last_day", today.clone()),
            ("amount", amount.to_owned()),
            ("note", "Printing".to_owned()),
        ]
    };
    let entered = ("1,120.50", "It is entered.");
    // The second press enters nothing.
    for (amount, said) in [("x", "aria-invalid=\"true\""), entered, entered] {
        let fields = spend(amount);
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        editor.send("channels/spend", &fields).await;
        assert!(editor.get("/ops/channels").await.body.contains(said), "{amount}");
    }
    let mut viewer = app.operator(VIEWER).await;
    let file = viewer.get("/ops/channels.csv").await.body;
    let told = "poster,Posters,0,0,0,0,0.00,0.00,0.00,0.00,1120.50,0";
    assert_eq!(file.lines().nth(1), Some(told));
    let seen = viewer.get("/ops/channels").await.body;
    assert!(seen.contains("¥1,120.50") && seen.contains("Printing"));
    let costs = seen.rsplit("What was spent").next().map(texts).unwrap_or_default();
    assert!(costs.contains(&"Posters"), "by its name: {costs:?}");
    assert!(!seen.contains("<form method=\"post\" action=\"/api/fn/channels"), "only to be seen");
    let cost = hidden(&editor.get("/ops/channels").await.body, "cost");
    editor.send("channels/take-back", &[("cost", &cost)]).await;
    let page = editor.get("/ops/channels").await.body;
    assert!(page.contains("It is taken back.") && !page.contains("Printing"));
    app.close().await;
}

#[tokio::test]
async fn more_channels_than_are_shown_are_in_the_file() {
    let app = TestApp::open().await;
    let template = publish(&app, "Twenty off", &[]).await;
    let template: TemplateId = template.parse().expect("an id");
    let visitor = Visitor { mark: "lin".to_owned() };
    for n in 0..=CHANNELS_MAX {
        let channel = Channel::new(format!("way-{n:03}")).expect("a channel");
        counts::viewed(&app.engine, &visitor, &[template], Some(&channel));
    }
    let mut viewer = app.operator(VIEWER).await;
    let page = viewer.get("/ops/channels").await.body;
    assert!(page.contains("The first 100 channels by name are shown"));
    assert!(page.contains("way-099") && !page.contains("way-100"));
    let file = viewer.get("/ops/channels.csv").await.body;
    assert!(file.lines().any(|line| line.starts_with("way-100,,1,0,0,0,")), "{file}");
    app.close().await;
}

#[tokio::test]
async fn whoever_makes_links_up_is_counted_without_their_channel() {
    let app = TestApp::open().await;
    publish(&app, "Twenty off", &[]).await;
    let mut editor = app.operator(EDITOR).await;
    editor.send("channels/name", &[("channel", "poster"), ("name", "Posters")]).await;
    for channel in ["poster", "made-up"] {
        app.nobody().get(&format!("/c/{channel}")).await;
    }
    let mut lin = app.shopper(SHOPPER).await;
    lin.get("/").await; // Answers the signing in, which is no view.
    lin.get("/c/made-up").await;
    let viewer = accounts::operator_sign_in(&app.engine, VIEWER, demo::PASSWORD).await;
    let viewer = viewer.expect("the cast");
    for (channel, views) in [(None, 3), (Some("poster"), 1), (Some("made-up"), 1)] {
        let channel = channel.map(|name| Channel::new(name).expect("a channel"));
        let part = Part { channel, ..Part::default() };
        let told = funnel::read(&app.engine, &viewer, &part, None).await.expect("a funnel");
        assert_eq!(told.stages.view, views, "{part:?}");
    }
    app.close().await;
}
