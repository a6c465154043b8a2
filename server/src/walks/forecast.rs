//! Operators see what is to come of a template, and plan the next one by it.

use axum::http::StatusCode;
use chrono::TimeDelta;
use domain::ShopperId;
use domain::actor::Shopper;
use engine::issuance::{self, Via};

use super::{DRAFT, EDITOR, VIEWER, publish};
use crate::testing::TestApp;

#[tokio::test]
async fn a_template_says_what_is_to_come_once_there_is_enough_behind_it() {
    let app = TestApp::open().await;
    let id = publish(&app, "Twenty off", &[("draft[stock]", "60")]).await;
    let page = format!("/ops/templates/{id}");
    let early = app.operator(VIEWER).await.get(&page).await.body;
    assert!(early.contains("Nothing happened before today yet. A forecast takes 56 days;"));
    assert!(!early.contains("MASE"));
    for day in 0..57 {
        app.engine.clock().advance(TimeDelta::days(1));
        let shopper = Shopper { id: ShopperId::new(format!("s-{day}")).expect("an id") };
        let template = id.parse().expect("an id");
        let claimed = issuance::claim(&app.engine, &shopper, template, Via::default()).await;
        claimed.expect("a coupon");
    }
    app.engine.clock().advance(TimeDelta::days(1));
    let late = app.operator(VIEWER).await.get(&page).await.body;
    assert!(late.contains("Claims: 3, likely 3 to 3"), "one every day while there are any");
    assert!(late.contains("Stock: runs out around"));
    assert!(late.contains("7 days ahead each time: off by 0.0 a day. That is – times"));
    assert_eq!(late.matches("data-component=\"Readout").count(), 3, "each picture is read off");
    // Eight weeks that were, and four to come.
    assert!(late.contains("aria-valuemax=\"84\""));
    let days = late.split("id=\"forecast-days\"").nth(1).expect("the table beside them");
    let rows = days.split("</table>").next().unwrap_or_default().matches("<tr").count();
    assert_eq!(rows, 1 + 84, "a row of figures for each day, below the heads");
    let all = app.operator(VIEWER).await.get("/ops/forecast").await.body;
    assert!(all.contains("Twenty off") && all.contains("around "), "among those that run out");
    assert!(all.contains("Stock: 3 left"), "and what of it");
    app.close().await;
}

#[tokio::test]
async fn a_draft_that_names_last_time_shows_it() {
    let app = TestApp::open().await;
    let id = publish(&app, "Twenty off", &[("draft[campaign]", "Spring")]).await;
    for shopper in ["a", "b", "c"] {
        let shopper = Shopper { id: ShopperId::new(shopper).expect("an id") };
        let template = id.parse().expect("an id");
        let claimed = issuance::claim(&app.engine, &shopper, template, Via::default()).await;
        claimed.expect("a coupon");
    }
    let mut editor = app.operator(EDITOR).await;
    for (reference, said) in
        [("Spring", "a stock of 3. None was used"), (id.as_str(), "a stock of 3. None was used")]
    {
        let by = [("draft[reference]", reference), ("draft[reference_by]", "date")];
        let draft: Vec<(&str, &str)> = DRAFT.iter().copied().chain(by).collect();
        let saved = editor.send("templates/create", &draft).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER);
        let page = editor.get(&format!("{}/edit", saved.location())).await.body;
        assert!(page.contains(said), "{reference}: {said}");
        assert!(page.contains(&format!("value=\"{reference}\"")));
        assert!(page.contains("data-component=\"Readout"), "its picture is read off");
        let page = editor.get(saved.location()).await.body;
        assert!(page.contains("/edit#last-time"), "its page says what it is planned by");
    }
    // Of coupons that end before those days nothing can be claimed on them.
    let ended = [("draft[reference]", "Spring"), ("draft[reference_by]", "date")];
    let ended = ended.into_iter().chain([("draft[valid_until]", "2001-01-01")]);
    let fixed = DRAFT.iter().filter(|(name, _)| *name != "draft[validity]").copied();
    let ended = fixed.chain([("draft[validity]", "fixed")]).chain(ended);
    let saved = editor.send("templates/create", &ended.collect::<Vec<_>>()).await;
    let page = editor.get(&format!("{}/edit", saved.location())).await.body;
    assert!(page.contains("Nothing was claimed on the days this draft can be claimed on."));
    let unknown = DRAFT.iter().copied().chain([("draft[reference]", "Autumn")]);
    let refused = editor.send("templates/create", &unknown.collect::<Vec<_>>()).await;
    let page = editor.get(refused.location()).await.body;
    assert!(page.contains("id=\"reference-problem\""));
    assert!(page.contains("<option value=\"Spring\">"), "what is known is offered");
    let plain = editor.get("/ops/templates/new").await.body;
    assert!(!plain.contains("id=\"last-time\""));
    app.close().await;
}
