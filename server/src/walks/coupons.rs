//! Operators look after single coupons, settle exceptions and keep the keys of order systems.

use axum::http::StatusCode;
use chrono::TimeDelta;
use domain::actor::{System, Till};
use domain::{Code, OrderRef, PaymentRef};
use engine::redemption::{self, Ask};
use engine::{Engine, books, partners, wallet};
use sea_orm::ConnectionTrait;

use super::{ADMIN, EDITOR, RISK, SHOPPER, VIEWER, hidden, publish, texts};
use crate::testing::{Caller, TestApp};
use engine::{accounts, demo};

/// A coupon that the shopper has just claimed, and its page in the console.
async fn claimed(app: &TestApp, shopper: &mut Caller<'_>, name: &str) -> (Code, String) {
    let template = publish(app, name, &[]).await;
    shopper.send("issuance/claim", &[("template", &template)]).await;
    let lin = accounts::sign_in(&app.engine, SHOPPER, demo::PASSWORD).await.expect("the cast");
    let held = wallet::wallet(&app.engine, &lin).await.expect("a wallet");
    let found = held.iter().find(|coupon| coupon.revision.draft.name == name);
    let code = found.expect("a coupon").code;
    (code, format!("/ops/coupons/{code}"))
}

async fn lock(engine: &Engine, order: &str, code: Code) -> redemption::Lock {
    let lin = accounts::sign_in(engine, SHOPPER, demo::PASSWORD).await.expect("the cast");
    let line = domain::cart::Line {
        id: "1".parse().expect("an id"),
        product: "kale".parse().expect("a product"),
        category: Some("vegetables".parse().expect("a category")),
        unit_price: domain::Money::minor(10_000),
        quantity: 1,
    };
    let ask = Ask {
        order: OrderRef::new(order).expect("a reference"),
        cart: domain::cart::Cart::new(vec![line]).expect("a cart"),
        coupons: Some(vec![code]),
        length: None,
        expected_discount: None,
    };
    redemption::lock(engine, &lin, &ask).await.expect("a lock").0
}

#[tokio::test]
async fn a_shopper_asks_to_be_told_before_a_coupon_ends() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let (code, _) = claimed(&app, &mut lin, "Twenty off").await;
    let (text, page) = (code.to_string(), format!("/wallet/{code}"));
    assert!(lin.get(&page).await.body.contains("Remind me before it ends"));
    lin.send("wallet/remind", &[("code", &text)]).await;
    let asked = lin.get(&page).await.body;
    assert!(asked.contains("Cancel reminder") && asked.contains("on the page “My coupons”"));
    assert!(asked.contains("You will be reminded") && hidden(&asked, "off") == "true");
    lin.send("wallet/remind", &[("code", &text), ("off", "true")]).await;
    assert!(!lin.get(&page).await.body.contains("You will be reminded"));
    lin.send("wallet/remind", &[("code", &text)]).await;
    assert!(!lin.get("/wallet").await.body.contains("Your reminders"));
    app.engine.clock().advance(TimeDelta::days(6));
    let mut lin = app.shopper(SHOPPER).await;
    let wallet = lin.get("/wallet").await.body;
    assert!(wallet.contains("Your reminders") && wallet.contains("Good until"));
    let late = lin.get(&page).await.body;
    assert!(!late.contains("Remind me before it ends") && !late.contains("You will be reminded"));
    let mut mei = app.shopper("mei@quan.example").await;
    let foreign = mei.call("wallet/remind", &[("code", &text)]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    app.close().await;
}

#[tokio::test]
async fn a_reminder_of_an_opening_leads_to_where_its_card_is_found() {
    let app = TestApp::open().await;
    let opens = (app.engine.now() + TimeDelta::days(2)).format("%Y-%m-%d").to_string();
    let template = publish(&app, "Ten & more", &[("draft[claim_from]", &opens)]).await;
    let mut lin = app.shopper(SHOPPER).await;
    lin.send("issuance/remind", &[("template", &template)]).await;
    app.engine.clock().advance(TimeDelta::days(2));
    let mut lin = app.shopper(SHOPPER).await;
    let wallet = lin.get("/wallet").await.body;
    let way = format!("/?search=Ten%20%26%20more#coupon-{template}");
    assert!(wallet.contains(&format!("href=\"{way}\"")), "{wallet}");
    app.close().await;
}

#[tokio::test]
async fn a_coupon_is_found_held_and_let_go() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let (code, page) = claimed(&app, &mut lin, "Twenty off").await;
    let mut risk = app.operator(RISK).await.from("203.0.113.7");
    let known = format!("Lin · {SHOPPER}");
    let typed = code.grouped().to_lowercase().replace('-', "%20");
    let found = risk.get(&format!("/ops/coupons?search={typed}")).await;
    assert_eq!((found.status, found.location()), (StatusCode::SEE_OTHER, page.as_str()));
    let listed = risk.get(&format!("/ops/coupons?search={SHOPPER}")).await.body;
    assert!(listed.contains(&code.grouped()) && listed.contains("One coupon of shopper"));
    assert!(listed.contains(&known) && risk.get(&page).await.body.contains(&known));
    let none = risk.get("/ops/coupons?search=nobody").await.body;
    assert!(none.contains("Nothing found"), "{none}");

    let text = code.to_string();
    let empty = [("code", text.as_str()), ("action", "hold"), ("reason", " ")];
    let refused = risk.send("coupons/act", &empty).await;
    assert_eq!(refused.location(), page);
    assert!(risk.get(&page).await.body.contains("id=\"reason-hold-problem\""));
    let hold = [("code", text.as_str()), ("action", "hold"), ("reason", "called <b>us</b>")];
    risk.send("coupons/act", &hold).await;
    let held = risk.get(&page).await.body;
    assert!(held.contains("It is on hold.") && held.contains("Held by Rika"));
    assert!(held.contains("called &lt;b&gt;us&lt;/b&gt;"), "a reason is text");
    assert!(held.contains("From 203.0.113.7"), "{held}");
    let wallet = lin.get(&format!("/wallet/{code}")).await.body;
    assert!(wallet.contains("Being checked"));
    let listed = risk.get("/ops/risk?show=held").await.body;
    let way_there = format!("href=\"{page}\"");
    for word in
        [way_there.as_str(), known.as_str(), "Twenty off", "Held by Rika", "called &lt;b&gt;us"]
    {
        assert!(listed.contains(word), "{word}: {listed}");
    }
    let seen = app.operator(VIEWER).await.get("/ops/risk?show=held").await.body;
    assert!(seen.contains(&way_there) && !seen.contains(SHOPPER));
    let free = [("code", text.as_str()), ("action", "free"), ("reason", "it is fine")];
    risk.send("coupons/act", &free).await;
    assert!(risk.get(&page).await.body.contains("It is let go."));
    let listed = risk.get("/ops/risk?show=held").await.body;
    assert!(listed.contains("No coupon is on hold.") && !listed.contains(&way_there));
    app.close().await;
}

#[tokio::test]
async fn a_revoked_coupon_is_replaced_once() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let (code, page) = claimed(&app, &mut lin, "Twenty off").await;
    let text = code.to_string();
    let mut risk = app.operator(RISK).await;
    let early = risk.send("coupons/replace", &[("code", &text), ("reason", "x")]).await;
    let told = risk.get(early.location()).await.body;
    assert!(told.contains("Nothing was done: the coupon is now Available."), "{told}");
    assert!(!told.contains("Give a replacement"));
    let revoke = [("code", text.as_str()), ("action", "revoke"), ("reason", "sold on")];
    risk.send("coupons/act", &revoke).await;
    let revoked = risk.get(&page).await.body;
    assert!(revoked.contains("It takes one of 49 left in stock.") && revoked.contains("20 more"));
    let replace = [("code", text.as_str()), ("reason", "by mistake")];
    for said in ["The replacement is in the shopper", "It was replaced before."] {
        risk.send("coupons/replace", &replace).await;
        assert!(risk.get(&page).await.body.contains(said), "{said}");
    }
    assert!(lin.get("/wallet").await.body.contains("Twenty off"));
    app.close().await;
}

#[tokio::test]
async fn a_stuck_lock_is_released_and_a_late_payment_is_settled() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let (code, page) = claimed(&app, &mut lin, "Twenty off").await;
    let stuck = lock(&app.engine, "A-1", code).await;
    let mut risk = app.operator(RISK).await;
    let locked = risk.get(&page).await.body;
    assert!(locked.contains("An order has it, so it cannot be held."), "{locked}");
    assert!(locked.contains("Order A-1 gives up its coupon"));
    let (text, id) = (code.to_string(), stuck.id.to_string());
    assert_eq!(hidden(&locked, "lock"), id);
    let release = [("code", text.as_str()), ("lock", &id), ("reason", "till crashed")];
    risk.send("coupons/release-lock", &release).await;
    assert!(risk.get(&page).await.body.contains("The order has given its coupons up."));

    lock(&app.engine, "A-2", code).await;
    let payment = PaymentRef::new("P-1").expect("a reference");
    let till = Till::System(System);
    redemption::redeem(&app.engine, &till, stuck.id, &payment).await.expect("paid");
    let overview = risk.get("/ops").await.body;
    assert!(texts(&overview).windows(2).any(|pair| pair == ["Exceptions", "1"]), "{overview}");
    let listed = risk.get("/ops/exceptions").await.body;
    assert!(listed.contains("Order A-1 was paid with ¥20 off"), "{listed}");
    assert!(listed.contains(&format!("/ops/coupons/{code}")));
    let exception = hidden(&listed, "id");
    let mut viewer = app.operator(VIEWER).await;
    assert!(!viewer.get("/ops/exceptions").await.body.contains("exceptions/resolve"));
    risk.send("exceptions/resolve", &[("id", &exception), ("note", "")]).await;
    let wrong = risk.get("/ops/exceptions").await.body;
    assert!(wrong.contains(&format!("id=\"note-{exception}-problem\"")));
    risk.send("exceptions/resolve", &[("id", &exception), ("note", "we bear it")]).await;
    let settled = risk.get("/ops/exceptions").await.body;
    assert!(settled.contains("Settled by Rika") && settled.contains("we bear it"));
    assert!(settled.contains("None is open."));
    app.close().await;
}

#[tokio::test]
async fn who_may_only_look_is_told_so_and_finds_no_button() {
    let app = TestApp::open().await;
    let mut lin = app.shopper(SHOPPER).await;
    let (code, page) = claimed(&app, &mut lin, "Twenty off").await;
    for email in [VIEWER, EDITOR] {
        let mut operator = app.operator(email).await;
        let seen = operator.get(&page).await;
        assert_eq!(seen.status, StatusCode::OK);
        assert!(seen.body.contains("Your role may look."), "{email}");
        assert!(!seen.body.contains("coupons/act"));
        assert!(!seen.body.contains(SHOPPER), "who stands behind an id is not theirs to know");
        assert!(!seen.body.contains("href=\"/ops/keys\""), "the way is for admins");
        assert_eq!(operator.get("/ops/keys").await.status, StatusCode::FORBIDDEN);
        assert_eq!(operator.get("/ops/exceptions").await.status, StatusCode::OK);
    }
    let mut admin = app.operator(ADMIN).await;
    assert!(admin.get(&page).await.body.contains("coupons/act"));
    for path in [page.as_str(), "/ops/coupons", "/ops/exceptions", "/ops/keys"] {
        let sent = app.nobody().get(path).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{path}");
        assert!(sent.location().starts_with("/ops/sign-in"));
    }
    let nobody = Code::new(code.bucket(), 1);
    for path in [format!("/ops/coupons/{nobody}"), "/ops/coupons/x".to_owned()] {
        assert_eq!(admin.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    app.close().await;
}

#[tokio::test]
async fn a_key_is_shown_once_and_revoked() {
    let app = TestApp::open().await;
    let mut admin = app.operator(ADMIN).await;
    let nothing = admin.send("partners/add-key", &[("name", "Till 1")]).await;
    assert_eq!(nothing.location(), "/ops/keys");
    let refused = admin.get("/ops/keys").await.body;
    assert!(refused.contains("id=\"scopes-problem\"") && refused.contains("value=\"Till 1\""));
    let fields = [("name", "Till 1"), ("scopes[]", "quote"), ("scopes[]", "redeem")];
    admin.send("partners/add-key", &fields).await;
    let shown = admin.get("/ops/keys").await.body;
    let key = shown.split("quan_").nth(1).expect("a key").split('<').next().expect("its end");
    let key = format!("quan_{key}");
    let partner = partners::by_key(&app.engine, &key).await.expect("keys").expect("a good one");
    assert_eq!((partner.name.as_str(), partner.scopes.len()), ("Till 1", 2));
    let again = admin.get("/ops/keys").await.body;
    assert!(again.contains("Till 1") && !again.contains("quan_"), "shown once");

    assert!(again.contains("every call of “Till 1” is refused"), "{again}");
    let id = hidden(&again, "id");
    admin.send("partners/revoke-key", &[("id", &id)]).await;
    assert!(admin.get("/ops/keys").await.body.contains("The key is revoked."));
    let trail = admin.get("/ops/audit?kind=key").await.body;
    assert!(trail.contains(">Till 1<") && !trail.contains(&id), "by its name: {trail}");
    assert!(partners::by_key(&app.engine, &key).await.expect("keys").is_none());
    app.close().await;
}

#[tokio::test]
async fn books_that_do_not_balance_are_told_with_what_to_do() {
    let app = TestApp::open().await;
    publish(&app, "Twenty off", &[]).await;
    let db = app.engine.migration_connection();
    books::watch(&app.engine, System).await.expect("a turn");
    db.execute_unprepared("UPDATE templates SET issued = issued + 1").await.expect("written");
    app.engine.clock().advance(TimeDelta::days(1));
    books::watch(&app.engine, System).await.expect("a turn");
    let page = app.operator(VIEWER).await.get("/ops/exceptions").await.body;
    assert!(page.contains("The books do not balance") && page.contains("quan doctor"));
    assert!(page.contains("Something that is counted in two places"), "{page}");
    assert!(page.contains("coupons issued: "), "the details say which");
    db.execute_unprepared("UPDATE templates SET issued = issued - 1").await.expect("written");
    app.close().await;
}
