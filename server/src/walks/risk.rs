//! Risk: what stops a claim is named to operators, who keep its rules and lists; addresses and devices
//! are told apart by what cannot be made up.

use axum::http::{Method, StatusCode};
use domain::actor::KeyScope;
use domain::risk::Rule;
use serde_json::{Value, json};

use super::{ADMIN, EDITOR, RISK, SHOPPER, VIEWER, hidden, publish};
use crate::testing::{Answer, Caller, TestApp};

/// Sets a rule as its form does.
async fn set(risk: &mut Caller<'_>, rule: &str, limit: &str) {
    let fields = [("rule", rule), ("limit", limit), ("window_minutes", "60"), ("mode", "on")];
    let answer = risk.send("risk/set-rule", &fields).await;
    assert_eq!(answer.location(), format!("/ops/risk?show=rules#rule-{rule}"));
}

async fn deny(risk: &mut Caller<'_>, kind: &str, thing: &str) {
    let fields = [
        ("list", "deny"),
        ("kind", kind),
        ("thing", thing),
        ("reason", "<b>seen</b> before"),
        ("until", ""),
    ];
    let answer = risk.send("risk/add-entry", &fields).await;
    assert_eq!(answer.location(), "/ops/risk?show=lists", "{answer:?}");
    assert!(risk.get("/ops/risk?show=lists").await.body.contains("Added to the list."));
}

/// Whether a page tells of a decision by this rule.
fn names(page: &str, rule: &str) -> bool {
    page.contains(&format!(">{rule}</h2>"))
}

/// How many decisions a page tells of.
fn hits(page: &str) -> usize {
    page.matches("<li id=\"hit-").count()
}

#[tokio::test]
async fn the_risk_page_names_the_rule_behind_every_refused_claim() {
    let app = TestApp::open().await;
    let partner = app.partner(&KeyScope::ALL).await;
    let per_shopper = [("draft[per_shopper]", "50")];
    let one = publish(&app, "One", &per_shopper).await;
    let other = publish(&app, "Other", &per_shopper).await;
    let mut risk = app.operator(RISK).await;
    let claim = |shopper: &str, template: &str, device: &str, ip: &str| json!({ "shopper": shopper, "template": template, "device": device, "ip": ip });
    let code = |n: u32, device: &str, ip: &str| {
        let nobodys = domain::Code::new(domain::ids::Bucket::of("x"), n.into());
        json!({ "shopper": format!("g-{n}"), "pool_code": nobodys.to_string(),
            "device": device, "ip": ip })
    };
    let guess = |n: u32| {
        let id = uuid_of(n);
        json!({ "shopper": "walker", "template": id })
    };
    let mut refused = 0;
    for rule in Rule::ALL {
        let (asks, named) = match rule {
            Rule::ShopperTemplate => (
                [claim("a", &one, "d-1", "203.0.113.1"), claim("a", &one, "d-2", "203.0.113.2")],
                "One shopper, one template",
            ),
            Rule::Shopper => (
                [claim("b", &one, "d-3", "203.0.113.3"), claim("b", &other, "d-4", "203.0.113.4")],
                "One shopper, all templates",
            ),
            Rule::Device => (
                [claim("c", &one, "d-5", "203.0.113.5"), claim("d", &one, "d-5", "203.0.113.6")],
                "One device",
            ),
            Rule::Address => (
                [claim("e", &one, "d-7", "2001:db8::7"), claim("f", &one, "d-8", "2001:db8::8")],
                "One address",
            ),
            Rule::WrongByShopper => ([guess(1), guess(2)], "Guessing, one shopper"),
            Rule::WrongByDevice => (
                [code(1, "guesser", "192.0.2.1"), code(2, "guesser", "192.0.2.2")],
                "Guessing, one device",
            ),
            Rule::WrongByAddress => (
                [code(3, "g-3", "192.0.2.3"), code(4, "g-4", "192.0.2.3")],
                "Guessing, one address",
            ),
        };
        let rule = rule.as_str();
        set(&mut risk, rule, "1").await;
        let mut answers = Vec::new();
        for ask in &asks {
            answers.push(partner.post("/claims", ask).await);
        }
        let told = answers[1].json();
        assert_eq!((answers[1].status.as_u16(), &told["code"]), (429, &"too_many_attempts".into()));
        assert!(answers[1].headers.contains_key("retry-after"));
        refused += 1;
        let page = risk.get(&format!("/ops/risk?rule={rule}")).await.body;
        assert_eq!(hits(&page), 1, "{rule}");
        let shopper = asks[1]["shopper"].as_str().expect("a shopper");
        assert!(names(&page, named), "{rule}");
        for word in ["More than 1 ", "within one hour.", "Had to wait", shopper] {
            assert!(page.contains(word), "{rule}: {word}");
        }
        set(&mut risk, rule, "1000").await;
    }
    deny(&mut risk, "network", "198.51.100.7/24").await;
    partner.put("/shoppers/blocked", &json!({ "blocked": true })).await;
    for (ask, rule, named) in [
        (
            claim("h", &one, "d-9", "198.51.100.200"),
            "deny_list",
            "198.51.100.0/24 is on the deny list: &lt;b&gt;seen",
        ),
        (
            claim("blocked", &one, "d-10", "203.0.113.9"),
            "blocked",
            "The shop has blocked this shopper.",
        ),
    ] {
        let answer = partner.post("/claims", &ask).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["code"]),
            (403, &"risk_rejected".into())
        );
        refused += 1;
        let page = risk.get(&format!("/ops/risk?rule={rule}")).await.body;
        assert!(page.contains(named), "{rule}: {page}");
        assert_eq!(hits(&page), 1, "{rule}");
        let its_entry = "/ops/risk?show=lists&amp;about=198.51.100.0%2F24";
        assert_eq!(page.contains(&format!("href=\"{its_entry}\"")), rule == "deny_list", "{page}");
        let entries = risk.get(&its_entry.replace("&amp;", "&")).await.body;
        assert!(entries.contains("198.51.100.0/24") && entries.contains("Remove from the list"));
    }
    let all = risk.get("/ops/risk").await.body;
    assert_eq!(hits(&all), refused, "every refused claim, and nothing else");
    let chinese = [("accept", "text/html"), ("accept-language", "zh-CN")];
    let all = risk.request(Method::GET, "/ops/risk", &chinese, String::new()).await.body;
    assert!(all.contains("处置记录") && names(&all, "同一顾客、同一模板"), "{all}");
    app.close().await;
}

fn uuid_of(n: u32) -> String {
    domain::TemplateId(uuid::Uuid::from_u128(n.into())).to_string()
}

#[tokio::test]
async fn a_script_that_walks_template_ids_learns_nothing_and_is_locked_out() {
    let app = TestApp::open().await;
    let granted = publish(&app, "Hidden", &[("draft[visibility]", "granted")]).await;
    let listed = publish(&app, "Listed", &[]).await;
    let mut script = app.shopper(SHOPPER).await;
    let mut told = Vec::new();
    for n in 0..33u32 {
        let id = if n % 2 == 0 { granted.clone() } else { uuid_of(n) };
        let answer = script.call("issuance/claim", &[("template", &id)]).await;
        told.push((answer.status, answer.body));
    }
    for (steps, status, sentence) in [
        (0..10, StatusCode::NOT_FOUND, ""),
        (10..20, StatusCode::OK, "Too many attempts. Please try again in"),
        (
            20..30,
            StatusCode::OK,
            "Too many attempts came to nothing. Please come back later, or contact us.",
        ),
        (30..33, StatusCode::OK, "This cannot be done from your account."),
    ] {
        // What is hidden and what never was are told alike.
        let of_step = &told[steps];
        for (answered, body) in of_step {
            assert_eq!(*answered, status, "{body}");
            assert!(body.contains(sentence), "{body}");
            if !sentence.starts_with("Too many") {
                assert_eq!(*body, of_step[0].1);
            }
        }
    }
    let answer = script.call("issuance/claim", &[("template", &listed)]).await;
    assert!(answer.body.contains("This cannot be done from your account."), "{answer:?}");
    let mut mei = app.shopper("mei@quan.example").await;
    mei.call("issuance/claim", &[("template", &listed)]).await;
    assert!(mei.get("/wallet").await.body.contains("Listed"), "others are not held up");
    let page = app.operator(VIEWER).await.get("/ops/risk").await.body;
    assert!(names(&page, "Guessing, one shopper") && page.contains("Locked out"));
    app.close().await;
}

#[tokio::test]
async fn whoever_looks_for_templates_or_asks_to_be_reminded_of_them_is_locked_out_as_well() {
    let app = TestApp::open().await;
    let granted = publish(&app, "Hidden", &[("draft[visibility]", "granted")]).await;
    let listed = publish(&app, "Listed", &[]).await;
    for (email, function) in [(SHOPPER, "issuance/look"), ("mei@quan.example", "issuance/remind")] {
        let mut script = app.shopper(email).await;
        // What everybody may know of is looked at as often as one likes.
        for _ in 0..40 {
            let seen = script.call(function, &[("template", &listed)]).await;
            assert_eq!(seen.status, StatusCode::OK, "{function}: {seen:?}");
        }
        for n in 0..33u32 {
            let id = if n % 2 == 0 { granted.clone() } else { uuid_of(n) };
            let answer = script.call(function, &[("template", &id)]).await;
            let expected = match n {
                0..10 => StatusCode::NOT_FOUND,
                10..20 => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::CONFLICT,
            };
            assert_eq!(answer.status, expected, "{function}, {n}: {answer:?}");
        }
        let answer = script.call("issuance/claim", &[("template", &listed)]).await;
        assert!(answer.body.contains("This cannot be done from your account."), "{answer:?}");
    }
    app.close().await;
}

/// Claims as a browser does, with a header that anybody may send.
async fn claim_saying(shopper: &mut Caller<'_>, template: &str, forwarded: &str) -> Answer {
    let headers = [
        ("accept", "application/json"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
        ("x-forwarded-for", forwarded),
    ];
    let body = format!("template={template}");
    shopper.request(Method::POST, "/api/fn/issuance/claim", &headers, body).await
}

#[tokio::test]
async fn an_address_is_the_sockets_unless_a_proxy_of_ours_says_otherwise() {
    let app = TestApp::open().await;
    let template = publish(&app, "Twenty off", &[("draft[per_shopper]", "9")]).await;
    let mut risk = app.operator(RISK).await;
    deny(&mut risk, "network", "203.0.113.9").await;
    let rejected = |answer: &Answer| {
        let told: Value = serde_json::from_str(&answer.body).expect("JSON");
        told["said"][0] == false
    };
    for (peer, forwarded, is_denied) in [
        ("203.0.113.9", "", true),
        // Whoever is no proxy of ours may say what they like.
        ("203.0.113.9", "198.51.100.1", true),
        ("203.0.113.9", "10.0.0.1", true),
        ("198.51.100.1", "203.0.113.9", false),
        // A proxy of ours is believed for what it has added at the right.
        ("10.0.0.1", "203.0.113.9", true),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9", true),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.2", true),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", false),
        ("::ffff:10.0.0.1", "203.0.113.9", true),
    ] {
        let mut lin = app.shopper(SHOPPER).await.from(peer);
        let answer = claim_saying(&mut lin, &template, forwarded).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(rejected(&answer), is_denied, "{peer} {forwarded:?}: {answer:?}");
    }
    let page = risk.get("/ops/risk?about=203.0.113.9").await.body;
    assert_eq!(hits(&page), 7);
    app.close().await;
}

#[tokio::test]
async fn a_device_is_a_cookie_of_ours_that_outlives_the_session() {
    let app = TestApp::open().await;
    let template = publish(&app, "Twenty off", &[]).await;
    let mut risk = app.operator(RISK).await;
    set(&mut risk, "device", "1").await;
    let mut browser = app.shopper(SHOPPER).await;
    let claimed = browser.send("issuance/claim", &[("template", &template)]).await;
    let cookies = claimed.headers.get_all("set-cookie").iter();
    let cookies: Vec<&str> = cookies.map(|cookie| cookie.to_str().expect("text")).collect();
    let device = cookies.iter().find(|cookie| cookie.starts_with("device=")).expect("a device");
    assert!(device.contains("Max-Age=34560000") && device.contains("; HttpOnly"), "{device}");
    let mark = device.trim_start_matches("device=").split(';').next().expect("a mark");
    // Another shopper at the same browser.
    browser.send("accounts/sign-out", &[]).await;
    let fields = [("login", "mei@quan.example"), ("password", engine::demo::PASSWORD)];
    browser.send("accounts/sign-in", &fields).await;
    browser.send("issuance/claim", &[("template", &template)]).await;
    assert!(browser.get("/").await.body.contains("Too many attempts"));
    let page = risk.get(&format!("/ops/risk?about={mark}")).await.body;
    assert_eq!(hits(&page), 1);
    assert!(names(&page, "One device") && page.contains(&format!("Device {mark}")));
    browser.forget("device");
    browser.send("issuance/claim", &[("template", &template)]).await;
    assert!(browser.get("/wallet").await.body.contains("Twenty off"));
    app.close().await;
}

#[tokio::test]
async fn everybody_in_the_console_looks_and_risk_acts() {
    let app = TestApp::open().await;
    let template = publish(&app, "Twenty off", &[]).await;
    let mut risk = app.operator(RISK).await;
    deny(&mut risk, "network", "203.0.113.0/24").await;
    let mut lin = app.shopper(SHOPPER).await.from("203.0.113.9");
    lin.send("issuance/claim", &[("template", &template)]).await;
    let parts = ["/ops/risk", "/ops/risk?show=rules", "/ops/risk?show=lists"];
    for email in [VIEWER, EDITOR] {
        for path in parts {
            let seen = app.operator(email).await.get(path).await;
            assert_eq!(seen.status, StatusCode::OK, "{email} {path}");
            assert!(seen.body.contains("href=\"/ops/risk\"") && seen.body.contains("may look"));
            assert!(!seen.body.contains("/api/fn/risk/"), "{email} {path}");
            assert!(!seen.body.contains(SHOPPER), "{email} {path}");
        }
    }
    for path in parts {
        let seen = app.operator(ADMIN).await.get(path).await.body;
        assert!(seen.contains("/api/fn/risk/") && !seen.contains("may look"), "{path}");
        assert_eq!(app.nobody().get(path).await.status, StatusCode::SEE_OTHER);
    }
    // Every odd word of an address is passed over.
    for odd in [
        "?show=x",
        "?rule=x&decision=y&before=z",
        "?about=%00",
        "?show=lists&page=-1",
        "?show=lists&about=%00",
        "?show=held&page=9",
    ] {
        assert_eq!(risk.get(&format!("/ops/risk{odd}")).await.status, StatusCode::OK, "{odd}");
    }
    // A decision is judged, and the share of false positives told.
    let page = risk.get("/ops/risk").await.body;
    assert!(page.contains("None reviewed yet") && page.contains("/ops/coupons?search="));
    assert!(page.contains("Was that right?"), "what the two answers are to");
    assert!(page.contains(&format!("Lin · {SHOPPER}")));
    let hit = hidden(&page, "hit");
    let judged = risk.send("risk/judge-hit", &[("hit", &hit), ("verdict", "wrong")]).await;
    assert_eq!(judged.location(), format!("/ops/risk#hit-{hit}"));
    let page = risk.get("/ops/risk").await.body;
    for word in ["1 of 1 (100%)", "An ordinary shopper", "says Rika,", "Noted."] {
        assert!(page.contains(word), "{word}");
    }
    // An entry is found by an address that it holds.
    let found = async |risk: &mut Caller<'_>, about: &str| {
        let page = risk.get(&format!("/ops/risk?show=lists&about={about}")).await.body;
        assert!(page.contains(&format!("value=\"{about}\"")), "{about}");
        (page.contains(">203.0.113.0/24</h2>"), page.contains("Nothing on a list matches."))
    };
    assert_eq!(found(&mut risk, "203.0.113.77").await, (true, false));
    assert_eq!(found(&mut risk, "203.0.114.77").await, (false, true));
    // The entry goes, and with it the refusal.
    let entry = hidden(&risk.get("/ops/risk?show=lists").await.body, "id");
    risk.send("risk/remove-entry", &[("id", &entry)]).await;
    let page = risk.get("/ops/risk?show=lists").await.body;
    assert!(page.contains("Removed from the list.") && page.contains("Nobody is on a list."));
    lin.send("issuance/claim", &[("template", &template)]).await;
    assert!(lin.get("/wallet").await.body.contains("Twenty off"));
    for id in ["", "x", "00000000-0000-0000-0000-000000000000"] {
        let gone = risk.call("risk/remove-entry", &[("id", id)]).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{id:?}");
        let fields = [("hit", id), ("verdict", "right")];
        let gone = risk.call("risk/judge-hit", &fields).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{id:?}");
    }
    app.close().await;
}

#[tokio::test]
async fn a_form_of_risks_comes_back_filled_in() {
    let app = TestApp::open().await;
    let mut risk = app.operator(RISK).await;
    for (limit, window, told) in [
        ("x", "60", "Please write a whole number"),
        ("0", "60", "Please choose from 1 to 1,000,000"),
        ("5", "99999", "Please choose from 1 to 43,200"),
    ] {
        let fields =
            [("rule", "device"), ("limit", limit), ("window_minutes", window), ("mode", "shadow")];
        risk.send("risk/set-rule", &fields).await;
        let page = risk.get("/ops/risk?show=rules").await.body;
        assert!(page.contains(told), "{told}");
        assert!(page.contains(&format!("value=\"{limit}\"")), "{limit}");
    }
    for (kind, thing, reason, until, told) in [
        ("network", "10.0.0.0/33", "x", "", "Please send an IP address"),
        ("network", "0.0.0.0/0", "x", "", "Please tick that you mean it"),
        ("network", "::/0", "x", "", "Please tick that you mean it"),
        ("shopper", "nobody@quan.example", "x", "", "Nobody signs in with this"),
        ("shopper", " ", "x", "", "Please fill this in"),
        ("shopper", "mei", " ", "", "Please fill this in"),
        ("shopper", "mei", "x", "2001-01-01", "This ends before it begins"),
        ("shopper", "mei", "x", "soon", "Please write a date"),
    ] {
        let fields = [
            ("list", "allow"),
            ("kind", kind),
            ("thing", thing),
            ("reason", reason),
            ("until", until),
        ];
        risk.send("risk/add-entry", &fields).await;
        let page = risk.get("/ops/risk?show=lists").await.body;
        assert!(page.contains(told), "{told}");
        assert!(page.contains(&format!("value=\"{thing}\"")), "{thing}");
        assert!(page.contains("value=\"allow\" selected"), "{page}");
    }
    set(&mut risk, "device", "7,000").await;
    let page = risk.get("/ops/risk?show=rules").await.body;
    assert!(page.contains("Lets 7,000 through within one hour, and stops more."), "{page}");
    assert!(page.contains("Saved."));
    assert_eq!(page.matches("name=\"rule\"").count(), Rule::ALL.len());
    app.close().await;
}
