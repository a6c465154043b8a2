//! The doors: signing in and being led on, the host shop's hand-off, and who works in the console.

use std::collections::HashMap;
use std::process::Command;

use app::context::IsDemo;
use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use domain::actor::{Role, System};
use engine::accounts::operators;
use engine::{Secret, accounts, demo};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{EDITOR, SHOPPER, VIEWER, hidden, published};
use crate::security::SESSION_COOKIE;
use crate::testing::{Caller, TestApp};

const ADMIN: &str = "admin@quan.example";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

async fn with_host_shop() -> TestApp {
    TestApp::cast_in(IsDemo(true), Secret::new(SECRET)).await
}

/// A token as the host shop signs it, good unless `changes` spoil it.
fn token(app: &TestApp, header: Value, changes: Value, secret: &str) -> String {
    let now = app.engine.now().timestamp();
    let mut claims =
        json!({"aud": "quan", "sub": "s-1", "jti": "t-1", "iat": now, "exp": now + 60});
    for (name, value) in changes.as_object().expect("claims") {
        claims[name] = value.clone();
    }
    let signed = [header, claims].map(|part| BASE64.encode(part.to_string())).join(".");
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    let signature = mac.chain_update(&signed).finalize().into_bytes();
    format!("{signed}.{}", BASE64.encode(signature))
}

fn good(app: &TestApp, changes: Value) -> String {
    token(app, json!({"alg": "HS256"}), changes, SECRET)
}

fn hand_off(token: &str, to: &str) -> String {
    format!("/sign-in/hand-off?token={token}&to={to}")
}

async fn id_of(app: &TestApp, email: &str) -> String {
    let operator = accounts::operator_sign_in(&app.engine, VIEWER, demo::PASSWORD).await;
    let all = operators::list(&app.engine, &operator.expect("the cast")).await.expect("a list");
    let ids: HashMap<_, _> = all.into_iter().map(|one| (one.email, one.id)).collect();
    ids[email].to_string()
}

async fn is_signed_in(operator: &mut Caller<'_>) -> bool {
    operator.get("/ops/templates").await.status == StatusCode::OK
}

#[tokio::test]
async fn a_door_leads_on_to_pages_behind_it_and_nowhere_else() {
    let app = TestApp::open().await;
    for (to, next) in [
        ("/wallet", "/wallet"),
        ("/basket?category=fruit&search=a%20b", "/basket?category=fruit&search=a%20b"),
        ("", "/"),
        ("/ops/templates", "/"),
        ("//evil.test", "/"),
        ("/\t/evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("javascript:alert(1)", "/"),
    ] {
        let mut visitor = app.nobody();
        let fields = [("login", SHOPPER), ("password", demo::PASSWORD), ("to", to)];
        assert_eq!(visitor.send("accounts/sign-in", &fields).await.location(), next, "{to:?}");
    }
    let mut visitor = app.nobody();
    let fields = [("email", VIEWER), ("password", demo::PASSWORD), ("to", "/wallet")];
    assert_eq!(visitor.send("accounts/operator-sign-in", &fields).await.location(), "/ops");
    app.close().await;
}

#[tokio::test]
async fn the_page_to_go_on_with_travels_by_the_address_and_opens_no_session() {
    let app = TestApp::open().await;
    let mut visitor = app.nobody();
    let sent = visitor.get("/orders/o-1?x=a%20b").await;
    assert!(sent.headers.get("set-cookie").is_none(), "nobody gets a session for looking");
    let door = visitor.get(sent.location()).await.body;
    assert_eq!(hidden(&door, "to"), "/orders/o-1?x=a%20b");
    // A wrong password loses neither the login nor the way.
    let to = hidden(&door, "to");
    let wrong = [("login", SHOPPER), ("password", "wrong password"), ("to", &to)];
    let back = visitor.send("accounts/sign-in", &wrong).await;
    assert_eq!(back.location(), sent.location());
    let door = visitor.get(back.location()).await.body;
    assert!(door.contains(SHOPPER) && !door.contains("wrong password"));
    assert_eq!(hidden(&door, "to"), to);
    // The door beside it knows the way too.
    assert!(door.contains("/sign-up?to=/orders/o-1%3Fx%3Da%2520b"));
    // A foreign page is none to go on with.
    for to in ["//evil.test", "%2F%09%2Fevil.test", "/ops", "https://evil.test"] {
        let door = visitor.get(&format!("/sign-in?to={to}")).await.body;
        assert!(!door.contains("name=\"to\""), "{to}");
    }
    app.close().await;
}

#[tokio::test]
async fn whoever_is_signed_in_is_led_on() {
    let app = TestApp::open().await;
    let mut shopper = app.shopper(SHOPPER).await;
    for door in ["/sign-in", "/sign-up"] {
        assert_eq!(shopper.get(door).await.location(), "/");
        assert_eq!(shopper.get(&format!("{door}?to=/wallet")).await.location(), "/wallet");
        assert_eq!(shopper.get(&format!("{door}?to=//evil.test")).await.location(), "/");
    }
    let mut viewer = app.operator(VIEWER).await;
    assert_eq!(viewer.get("/ops/sign-in").await.location(), "/ops");
    let page = viewer.get("/ops/sign-in?to=/ops/operators").await;
    assert_eq!(page.location(), "/ops/operators");
    assert_eq!(viewer.get("/sign-in").await.status, StatusCode::OK, "the other half's door");
    app.close().await;
}

/// Somebody who worked in the console until their session was over.
async fn worked(app: &TestApp) -> Caller<'_> {
    let mut editor = app.operator(EDITOR).await;
    editor.forget(SESSION_COOKIE);
    editor
}

#[tokio::test]
async fn what_was_typed_in_the_console_survives_signing_in() {
    let app = TestApp::open().await;
    let editor_at = "/ops/templates/new";
    let typed = |page: &str| page.contains("value=\"蔬果满100减20\"");
    let fields = |to| [("email", EDITOR), ("password", demo::PASSWORD), ("to", to)];
    let mut editor = worked(&app).await;
    let sent = editor.send("templates/create", super::DRAFT).await;
    assert_eq!(sent.location(), "/ops/sign-in?to=/ops/templates/new");
    let wrong = [("email", EDITOR), ("password", "wrong password"), ("to", editor_at)];
    let back = editor.send("accounts/operator-sign-in", &wrong).await;
    let door = editor.get(back.location()).await.body;
    assert!(door.contains("is wrong.") && door.contains("what you have typed is kept"));
    let signed_in = editor.send("accounts/operator-sign-in", &fields(editor_at)).await;
    assert_eq!(signed_in.location(), editor_at);
    let page = editor.get(editor_at).await.body;
    assert!(typed(&page) && page.contains("nothing has happened yet"), "{page}");
    assert!(!typed(&editor.get(editor_at).await.body), "it is given back once");
    // A page that it does not stand on knows nothing of it, nor is it kept for later.
    let mut editor = worked(&app).await;
    editor.send("templates/create", super::DRAFT).await;
    assert!(!editor.get("/ops/sign-in").await.body.contains("what you have typed is kept"));
    editor.send("accounts/operator-sign-in", &fields("/ops/templates")).await;
    assert!(!typed(&editor.get(editor_at).await.body));
    app.close().await;
}

#[tokio::test]
async fn what_was_typed_in_the_console_is_kept_for_whoever_typed_it_alone() {
    let app = TestApp::open().await;
    let editor_at = "/ops/templates/new";
    let mut editor = worked(&app).await;
    editor.send("templates/create", super::DRAFT).await;
    // Somebody else sits down.
    let fields = [("email", ADMIN), ("password", demo::PASSWORD), ("to", editor_at)];
    let signed_in = editor.send("accounts/operator-sign-in", &fields).await;
    assert_eq!(signed_in.location(), editor_at);
    assert!(!editor.get(editor_at).await.body.contains("value=\"蔬果满100减20\""));
    // A stranger may not fill the store, and nobody with much at once.
    let long = "x".repeat(16 * 1024);
    for (mut sender, name) in [(app.nobody(), "x"), (worked(&app).await, long.as_str())] {
        let sent = sender.send("templates/create", &[("draft[name]", name)]).await;
        let door = sender.get(sent.location()).await.body;
        assert!(!door.contains("what you have typed is kept"));
    }
    app.close().await;
}

#[tokio::test]
async fn what_is_not_to_be_known_is_not_named_at_the_door() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    let mut draft: Vec<(&str, &str)> = super::DRAFT.to_vec();
    draft[0].1 = "Secret plan";
    let saved = editor.send("templates/create", &draft).await;
    let id = saved.location().rsplit('/').next().expect("an id").to_owned();
    let mut visitor = app.nobody();
    let sent = visitor.send("issuance/claim", &[("template", &id)]).await;
    let door = visitor.get(sent.location()).await.body;
    assert!(!door.contains("Secret plan"));
    assert!(door.contains("Sign in first"));
    app.close().await;
}

#[tokio::test]
async fn only_a_demo_offers_its_cast() {
    let demo = TestApp::open().await;
    let real = TestApp::cast_in(IsDemo(false), None).await;
    for (app, is_demo) in [(&demo, true), (&real, false)] {
        for door in ["/sign-in", "/ops/sign-in", "/sign-up"] {
            let page = app.nobody().get(door).await.body;
            let offers = is_demo && door != "/sign-up";
            assert_eq!(page.contains(demo::PASSWORD), offers, "{door}");
            assert_eq!(page.contains("@quan.example"), offers, "{door}");
        }
    }
    let page = demo.nobody().get("/ops/sign-in").await.body;
    for (email, _, _) in demo::OPERATORS {
        assert!(page.contains(&format!("value=\"{email}\"")), "{email}");
    }
    demo.close().await;
    real.close().await;
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session() {
    let app = TestApp::open().await;
    let (mut here, mut there) = (app.shopper(SHOPPER).await, app.shopper(SHOPPER).await);
    // One browser may hold both halves.
    let fields = [("email", VIEWER), ("password", demo::PASSWORD)];
    there.send("accounts/operator-sign-in", &fields).await;
    let mut mei = app.shopper("mei@quan.example").await;
    assert!(here.get("/account").await.body.contains(SHOPPER));
    let out = here.send("accounts/sign-out-everywhere", &[]).await;
    assert_eq!(out.location(), "/sign-in");
    assert!(here.get("/sign-in").await.body.contains("Signed out on every device"));
    for caller in [&mut here, &mut there] {
        assert_eq!(caller.get("/wallet").await.location(), "/sign-in?to=/wallet");
    }
    assert_eq!(mei.get("/wallet").await.status, StatusCode::OK);

    let (mut here, mut there) = (app.operator(VIEWER).await, app.operator(VIEWER).await);
    here.send("accounts/operator-sign-out-everywhere", &[]).await;
    assert!(!is_signed_in(&mut here).await && !is_signed_in(&mut there).await);
    app.close().await;
}

#[tokio::test]
async fn the_host_shop_hands_a_shopper_over() {
    let app = with_host_shop().await;
    let template = published(&app).await.to_string();
    let mut shopper = app.nobody();
    shopper.send("issuance/claim", &[("template", &template)]).await;
    let before = shopper.session().map(str::to_owned);
    let address = hand_off(&good(&app, json!({"name": "<b>Lin</b>"})), "/wallet");
    shopper.request(Method::HEAD, &address, &[], String::new()).await;
    let handed = shopper.get(&address).await;
    assert_eq!(handed.status, StatusCode::SEE_OTHER);
    assert_eq!(handed.location(), format!("/wallet#coupon-{template}"), "and the press goes on");
    assert_ne!(shopper.session(), before.as_deref(), "the session has another id");
    assert!(shopper.get("/wallet").await.body.contains("蔬果满100减20"));

    let mut mei = app.shopper("mei@quan.example").await;
    super::fill(&mut mei, &[("spring-onion", "1")]).await;
    let address = hand_off(&good(&app, json!({"jti": "t-2"})), "/");
    let handed = mei.get(&address).await;
    assert_eq!(handed.location(), "/");
    let page = mei.get("/").await.body;
    assert!(page.contains("You are signed in as &lt;b&gt;Lin&lt;/b&gt;"), "it says who");
    assert!(!mei.get("/basket").await.body.contains("id=\"quantity-spring-onion\""));
    app.close().await;
}

#[tokio::test]
async fn a_link_that_is_no_longer_good_says_so_in_the_same_words() {
    let app = with_host_shop().await;
    let now = app.engine.now().timestamp();
    let used = good(&app, json!({"jti": "used"}));
    assert_eq!(app.nobody().get(&hand_off(&used, "/")).await.status, StatusCode::SEE_OTHER);
    let unsigned = token(&app, json!({"alg": "none"}), json!({}), SECRET);
    let (stripped, _) = unsigned.rsplit_once('.').expect("a signature");
    let other_key = "another key of thirty-two bytes!";
    let mut told = None;
    for (what, token) in [
        ("used", used),
        ("expired", good(&app, json!({"exp": now - 1}))),
        ("far ahead", good(&app, json!({"exp": now + 3600}))),
        ("for another", good(&app, json!({"aud": "other"}))),
        ("of another key", token(&app, json!({"alg": "HS256"}), json!({}), other_key)),
        ("alg none", unsigned.clone()),
        ("unsigned", format!("{stripped}.")),
        ("no shopper", good(&app, json!({"sub": ""}))),
        ("none", String::new()),
        ("odd", "%00.%ff.x".to_owned()),
    ] {
        let mut visitor = app.nobody();
        let refused = visitor.get(&hand_off(&token, "/wallet")).await;
        assert_eq!(refused.status, StatusCode::GONE, "{what}");
        let text = refused.body.split("<main").nth(1).expect("a page").to_owned();
        assert!(text.contains("This link is no longer good"), "{what}");
        assert!(text.contains("/sign-in?to=/wallet"), "the ordinary way in");
        assert_eq!(*told.get_or_insert(text.clone()), text, "{what}");
        assert_eq!(visitor.get("/wallet").await.status, StatusCode::SEE_OTHER, "{what}");
    }
    app.close().await;
}

#[tokio::test]
async fn a_hand_off_leads_to_our_own_pages_alone() {
    let app = with_host_shop().await;
    for (n, to) in ["//evil.test", "https://evil.test", "/%09/evil.test", "/%5Cevil.test", "/ops"]
        .into_iter()
        .enumerate()
    {
        let token = good(&app, json!({"jti": format!("t-{n}")}));
        assert_eq!(app.nobody().get(&hand_off(&token, to)).await.location(), "/", "{to}");
    }
    app.close().await;
}

#[tokio::test]
async fn without_a_secret_nobody_is_handed_over() {
    let app = TestApp::open().await;
    let page = app.nobody().get(&hand_off(&good(&app, json!({})), "/")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    app.close().await;
}

/// The lines in the README with which a host shop would begin.
#[tokio::test]
async fn the_readme_shows_how_to_hand_a_shopper_over() {
    let readme = include_str!("../../README.md");
    let script = readme.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next());
    let output = Command::new("sh")
        .args(["-euc", script.expect("an example")])
        .env("QUAN_SHOP_SECRET", SECRET)
        .output()
        .expect("a shell");
    let printed = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (_, path) = printed.trim().split_once("coupons.example").expect("an address");
    let app = with_host_shop().await;
    assert_eq!(app.nobody().get(path).await.location(), "/wallet");
    app.close().await;
}

#[tokio::test]
async fn an_admin_adds_an_operator_who_signs_in_until_switched_off() {
    let app = TestApp::open().await;
    let mut admin = app.operator(ADMIN).await;
    let form = admin.get("/ops/operators/new").await.body;
    let password = hidden(&form, "password");
    let fields = [
        ("name", "<i>Vera</i> \u{202e}x"),
        ("email", "vera@quan.example"),
        ("role", "viewer"),
        ("password", &password),
    ];
    let added = admin.send("operators/add", &fields).await;
    assert_eq!(added.location(), "/ops/operators");
    let list = admin.get("/ops/operators").await.body;
    assert!(list.contains("&lt;i&gt;Vera&lt;/i&gt;") && !list.contains("<i>Vera"));
    assert!(!list.contains(&password));

    let mut vera = app.nobody();
    let fields = [("email", "vera@quan.example"), ("password", &password)];
    vera.send("accounts/operator-sign-in", &fields).await;
    assert!(is_signed_in(&mut vera).await);
    let id = id_of(&app, "vera@quan.example").await;
    admin.send("operators/set-role", &[("id", &id), ("role", "editor")]).await;
    assert_eq!(vera.get("/ops/templates/new").await.status, StatusCode::OK, "at once");
    let off = admin.send("operators/switch", &[("id", &id), ("to", "off")]).await;
    assert_eq!(off.location(), format!("/ops/operators/{id}"));
    assert!(admin.get(off.location()).await.body.contains("Switched off"));
    assert!(!is_signed_in(&mut vera).await, "at once");
    let again = vera.call("accounts/operator-sign-in", &fields).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    admin.send("operators/switch", &[("id", &id), ("to", "on")]).await;
    vera.send("accounts/operator-sign-in", &fields).await;
    assert!(is_signed_in(&mut vera).await);
    let new = [("id", id.as_str()), ("password", "battery staple")];
    admin.send("operators/set-password", &new).await;
    assert!(!is_signed_in(&mut vera).await, "at once");
    app.close().await;
}

#[tokio::test]
async fn an_operator_changes_their_own_password_from_their_account() {
    let app = TestApp::open().await;
    let id = id_of(&app, VIEWER).await;
    let mut vito = app.operator(VIEWER).await;
    let account = format!("/ops/operators/{id}");
    assert!(vito.get("/ops/templates").await.body.contains(&format!("href=\"{account}\"")));
    assert!(vito.get(&account).await.body.contains("operators/change-password"));
    let guess = [("current", "a guess of mine"), ("password", "battery staple")];
    let back = vito.send("operators/change-password", &guess).await;
    assert_eq!(back.location(), account);
    let page = vito.get(&account).await.body;
    assert!(page.contains("This is not your password.") && !page.contains("battery staple"));
    let right = [("current", demo::PASSWORD), ("password", "battery staple")];
    let out = vito.send("operators/change-password", &right).await;
    assert_eq!(out.location(), "/ops/sign-in");
    assert!(vito.get("/ops/sign-in").await.body.contains("Your password is set."));
    let fields = [("email", VIEWER), ("password", "battery staple")];
    vito.send("accounts/operator-sign-in", &fields).await;
    assert!(is_signed_in(&mut vito).await);
    // An admin corrects a name.
    let mut admin = app.operator(ADMIN).await;
    let taken = [("id", id.as_str()), ("name", "Vito"), ("email", ADMIN)];
    admin.send("operators/correct", &taken).await;
    assert!(admin.get(&account).await.body.contains("This is taken"));
    let right = [("id", id.as_str()), ("name", "Vita"), ("email", VIEWER)];
    admin.send("operators/correct", &right).await;
    assert!(admin.get(&account).await.body.contains("Vita"));
    app.close().await;
}

#[tokio::test]
async fn a_newcomer_s_form_comes_back_filled_in() {
    let app = TestApp::open().await;
    let mut admin = app.operator(ADMIN).await;
    let long = "名".repeat(200);
    for (name, email, role, password, told) in [
        (long.as_str(), "x@quan.example", "editor", "long enough", "64 characters at most"),
        ("X", "no address", "editor", "long enough", "Please write an e-mail"),
        ("X", VIEWER, "editor", "long enough", "This is taken"),
        ("X", "x@quan.example", "queen", "long enough", "This is not known"),
        ("X", "x@quan.example", "editor", "short", "8 characters at least"),
    ] {
        let fields = [("name", name), ("email", email), ("role", role), ("password", password)];
        let back = admin.send("operators/add", &fields).await;
        assert_eq!(back.location(), "/ops/operators/new");
        let page = admin.get(back.location()).await.body;
        assert!(page.contains(told), "{told}");
        assert!(page.contains(&format!("value=\"{name}\"")) && page.contains(email));
        assert!(!page.contains(password), "a password is never kept");
    }
    app.close().await;
}

#[tokio::test]
async fn operators_see_each_other_and_an_admin_acts() {
    let app = TestApp::open().await;
    for n in 0..60 {
        let email = format!("crew-{n}@quan.example");
        let role = Role::ALL[n % Role::ALL.len()];
        accounts::operator_add(&app.engine, System, &email, "Crew", role, "correct horse")
            .await
            .expect("an operator");
    }
    let (admin, viewer) = (id_of(&app, ADMIN).await, id_of(&app, VIEWER).await);
    let mut caller = app.operator(VIEWER).await;
    let list = caller.get("/ops/operators").await.body;
    assert!(list.contains("65 operators") && list.contains("crew-59@quan.example"));
    assert!(!list.contains("/ops/operators/new") && !list.contains(&admin));
    assert_eq!(caller.get("/ops/operators/new").await.status, StatusCode::FORBIDDEN);
    let page = caller.get(&format!("/ops/operators/{admin}")).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let own = caller.get(&format!("/ops/operators/{viewer}")).await.body;
    assert!(own.contains("operator-sign-out-everywhere") && !own.contains("set-role"));

    let mut caller = app.operator(ADMIN).await;
    let page = caller.get(&format!("/ops/operators/{viewer}")).await.body;
    assert!(page.contains("set-role") && page.contains("operators/switch"));
    let own = caller.get(&format!("/ops/operators/{admin}")).await.body;
    assert!(!own.contains("set-role") && !own.contains("operators/switch"));
    for (function, field) in [("operators/set-role", "role"), ("operators/switch", "to")] {
        let value = if field == "role" { "viewer" } else { "off" };
        let fields = [("id", admin.as_str()), (field, value)];
        assert_eq!(caller.call(function, &fields).await.status, StatusCode::CONFLICT);
        let back = caller.send(function, &fields).await;
        let told = caller.get(back.location()).await.body;
        assert!(told.contains("Ask another admin"), "{function}");
        assert!(told.contains("autofocus"), "{function}: heard as soon as the page is there");
    }
    for id in ["", "x", "00000000-0000-0000-0000-000000000000"] {
        let answer = caller.call("operators/switch", &[("id", id), ("to", "off")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id:?}");
        let page = caller.get(&format!("/ops/operators/{id}x")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{id:?}");
    }
    app.close().await;
}
