//! The audit trail: everybody in the console looks, and takes it along as a table.

use axum::http::StatusCode;
use domain::benefit::{Benefit, Step};
use domain::calendar::Side;
use domain::template::{Draft, Window};
use domain::{Money, TemplateId};
use engine::{Settings, accounts, demo, templates};
use sea_orm::ConnectionTrait;

use super::{EDITOR, SHOPPER, VIEWER, publish, texts};
use crate::testing::TestApp;

const APPROVER: &str = "approver@quan.example";

#[tokio::test]
async fn who_did_what_from_where_is_told_and_found() {
    let app = TestApp::open().await;
    let template = publish(&app, "<b>Greens</b>", &[]).await;
    let mut editor = app.operator(EDITOR).await.from("192.0.2.9");
    editor.send("templates/act", &[("id", &template), ("action", "pause")]).await;
    for mut caller in [app.nobody(), app.shopper(SHOPPER).await] {
        for path in ["/ops/audit", "/ops/audit.csv"] {
            let led = caller.get(path).await;
            assert_eq!(led.location(), format!("/ops/sign-in?to={path}"));
        }
    }
    let mut viewer = app.operator(VIEWER).await;
    let page = viewer.get(&format!("/ops/audit?subject={template}")).await.body;
    assert!(page.contains("Edda") && page.contains("192.0.2.9"), "{page}");
    assert!(page.contains("&lt;b&gt;Greens&lt;/b&gt;") && !page.contains("<b>Greens"));
    assert!(
        page.contains(">paused<") && page.contains(">published<") && page.contains(">created<")
    );
    assert!(page.contains(&format!("href=\"/ops/audit.csv?subject={template}\"")));
    for (query, is_found) in [
        ("who=edda", true),
        ("who=editor%40quan", true),
        ("who=nobody", false),
        ("kind=template", true),
        ("kind=grant", false),
        ("subject=greens", true),
        ("from=2020-01-01", true),
        ("from=2999-01-01", false),
        ("until=2020-01-01", false),
        ("until=x&from=%00&before=x&who=&kind=", true),
        ("subject=%27%25&who=%00", false),
    ] {
        let seen = viewer.get(&format!("/ops/audit?{query}")).await;
        assert_eq!(seen.status, StatusCode::OK, "{query}");
        let found = seen.body.contains(&format!("/ops/templates/{template}"));
        assert_eq!(found, is_found, "{query}");
    }
    app.close().await;
}

#[tokio::test]
async fn amounts_and_moments_are_told_as_people_read_them() {
    let app = TestApp::open().await;
    let template = publish(&app, "Greens", &[]).await;
    let id: TemplateId = template.parse().expect("an id");
    let operator = accounts::operator_sign_in(&app.engine, EDITOR, demo::PASSWORD).await;
    let operator = operator.expect("the cast").editor().expect("an editor");
    let found = templates::read(&app.engine, &operator, id).await.expect("a template");
    let step = |min_spend, amount| Step {
        min_spend: Money::minor(min_spend),
        amount: Money::minor(amount),
    };
    let zone = app.engine.settings().time_zone;
    let until = zone.read("2030-11-30", Side::Until).ok();
    let changed = Draft {
        budget: Some(Money::minor(50_000)),
        benefit: Benefit::Tiered { steps: vec![step(10_000, 1_000), step(20_000, 3_050)] },
        claim_window: Window { from: None, until },
        ..found.draft().clone()
    };
    templates::edit(&app.engine, &operator, id, 1, &changed).await.expect("an edit");
    let mut editor = app.operator(EDITOR).await;
    editor.send("channels/name", &[("channel", "poster"), ("name", "Posters")]).await;
    let day = zone.day(app.engine.now()).to_string();
    let spend: [(&str, &str); 4] =
        [("spent_on", "poster"), ("first_day", &day), ("last_day", &day), ("amount", "120.50")];
    editor.send("channels/spend", &spend).await;
    let trail = editor.get("/ops/audit").await.body;
    let said = texts(&trail);
    for row in [
        ["Budget", "–", "¥500"],
        ["Steps", "–", "¥10 from ¥100 · ¥30.50 from ¥200"],
        ["Minimum spend", "¥100", "–"],
        ["Takes off", "–", "¥20"],
        ["Claims close", "–", "30\u{a0}Nov\u{a0}2030,\u{a0}23:59"],
        ["Amount", "–", "¥120.50"],
    ] {
        assert!(said.windows(3).any(|cells| cells == row), "{row:?} in {said:?}");
    }
    app.close().await;
}

#[tokio::test]
async fn a_second_person_approves_pauses_stops_and_reads_in_the_trail_what_happened() {
    let settings = Settings { approval_above: Some(Money::ZERO), ..Settings::default() };
    let app = TestApp::cast_with(settings).await;
    let (one, other) = (publish(&app, "One", &[]).await, publish(&app, "Other", &[]).await);
    let mut second = app.operator(APPROVER).await.from("192.0.2.5");
    for id in [&one, &other] {
        let approve = [("id", id.as_str()), ("action", "approve"), ("revision", "1")];
        second.send("templates/act", &approve).await;
    }
    let form = second.get(&format!("/ops/templates/{one}/edit")).await.body;
    assert!(form.contains("nobody can claim it from then on until somebody else approves it"));
    let ask = second.get(&format!("/ops/templates/many?action=pause&ids%5B%5D={one}")).await.body;
    assert!(ask.contains("No coupon is out that could still be used."));
    let pause = [("ids[]", one.as_str()), ("action", "pause")];
    second.send("templates/act-many", &pause).await;
    let stopped = second.send("templates/stop", &[("reason", "A leak")]).await;
    assert!(second.get(stopped.location()).await.body.contains("Paused: 1; nothing is live"));
    second.send("templates/act", &[("id", &one), ("action", "end")]).await;
    let trail = second.get("/ops/audit?who=approver%40quan&kind=template").await.body;
    let deeds: Vec<Vec<&str>> = trail.split("<li class=\"rounded-xl").skip(1).map(texts).collect();
    // The last one first.
    let told = [
        ("ended", "One", ["Paused", "Ended"]),
        ("paused by the emergency stop", "Other", ["Live", "Paused"]),
        ("paused", "One", ["Live", "Paused"]),
        ("approved", "Other", ["In review", "Live"]),
        ("approved", "One", ["In review", "Live"]),
    ];
    assert_eq!(deeds.len(), told.len(), "{deeds:?}");
    for (deed, (did, name, states)) in deeds.iter().zip(told) {
        for word in ["Abo", did, name, "From 192.0.2.5"] {
            assert!(deed.contains(&word), "{word} in {deed:?}");
        }
        assert!(deed.windows(2).any(|pair| pair == states), "{states:?} in {deed:?}");
    }
    let why = ["Reason", "–", "A leak"];
    assert!(deeds[1].windows(3).any(|row| row == why), "{deeds:?}");
    let editors = second.get(&format!("/ops/audit?who=edda&subject={one}")).await.body;
    assert!(editors.contains(">handed in</span>") && !editors.contains("192.0.2.5"));
    app.close().await;
}

#[tokio::test]
async fn the_trail_is_taken_along_whole_and_no_cell_is_a_formula() {
    let app = TestApp::open().await;
    let template = publish(&app, "Greens", &[]).await;
    let mut editor = app.operator(APPROVER).await.from("192.0.2.9");
    for action in ["pause", "resume", "end"] {
        editor.send("templates/act", &[("id", &template), ("action", action)]).await;
    }
    let db = app.engine.migration_connection();
    db.execute_unprepared(
        "UPDATE changes SET new = '\"=HYPERLINK(1)\"', actor = '+cmd' WHERE action = 'ended'",
    )
    .await
    .expect("written");
    let path = format!("/ops/audit.csv?subject={template}");
    let table = editor.get(&path).await;
    assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<&str> = table.body.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "at,actor,name,kind,subject,action,old,new,address");
    assert_eq!(lines.len(), 6);
    assert!(lines[1].contains(",'+cmd,,template,") && lines[1].contains(",'=HYPERLINK(1),"));
    assert!(lines[2].contains(",published,paused,live,192.0.2.9"), "{}", lines[2]);
    app.close().await;
}
