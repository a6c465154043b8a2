//! Templates designed by an order system.

use chrono::DateTime;
use domain::actor::{KeyScope, Role, System};
use domain::benefit::{Benefit, Step};
use domain::money::BasisPoints;
use domain::scope::{Lists, Scope, ScopeRule};
use domain::stacking::Stacking;
use domain::template::{
    Audience, ChannelQuota, Draft, PartReturn, State, Validity, Visibility, Window,
};
use domain::{Money, TemplateId};
use engine::templates::Verdict;
use engine::{accounts, templates};
use serde_json::{Value, json};

use super::problem;
use crate::testing::{Answer, TestApp};

fn off() -> Value {
    json!({ "name": "20 off", "benefit": { "kind": "amount_off", "amount": "20", "min_spend": "100" } })
}

/// The fields that an answer says are wrong.
fn wrong(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(problem(answer), (422, "invalid".into()), "{answer:?}");
    let told = answer.json()["data"]["fields"].as_array().expect("fields").clone();
    let text = |field: &Value, name: &str| field[name].as_str().expect("text").to_owned();
    told.iter().map(|field| (text(field, "field"), text(field, "problem"))).collect()
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn what_is_absent_is_as_the_rules_say() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[KeyScope::Manage]).await;
    let made = partner.post("/templates", &off()).await;
    assert_eq!(made.status, 201);
    let told = json!({
        "id": id(&made), "revision": 1, "state": "draft",
        "issued": 0, "left": null, "reserved": "0.00", "spent": "0.00",
        "name": "20 off", "title": null, "description": null, "terms": null, "campaign": null,
        "benefit": { "kind": "amount_off", "amount": "20.00", "min_spend": "100.00" },
        "scope": {
            "include": { "categories": [], "products": [] },
            "exclude": { "categories": [], "products": [] },
            "rule": "eligible_lines",
        },
        "claim_window": { "from": null, "until": null },
        "validity": { "until": null },
        "stock": null, "per_shopper": 1, "per_shopper_daily": null, "budget": null,
        "audience": "everyone", "visibility": "listed", "lane": "instant",
        "stacking": { "group": null, "exclusive": true },
        "part_return": "keep", "channels": [],
    });
    assert_eq!(made.json(), told);
    let path = format!("/templates/{}", id(&made));
    assert_eq!(partner.get(&path).await.json(), told);
    let reader = app.partner(&[KeyScope::Read]).await;
    assert_eq!(reader.get(&path).await.json(), told);
    let quoter = app.partner(&[KeyScope::Quote]).await;
    assert_eq!(problem(&quoter.get(&path).await), (403, "forbidden".into()));
    assert_eq!(problem(&reader.post("/templates", &off()).await), (403, "forbidden".into()));
    app.close().await;
}

#[tokio::test]
async fn a_lane_is_told_as_it_came() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[KeyScope::Manage]).await;
    let mut draft = off();
    draft["lane"] = "queued".into();
    let made = partner.post("/templates", &draft).await;
    assert_eq!((made.status.as_u16(), &made.json()["lane"]), (201, &json!("queued")));
    draft["lane"] = "slow".into();
    let answer = partner.post("/templates", &draft).await;
    assert_eq!(problem(&answer), (400, "unreadable".into()));
    app.close().await;
}

#[tokio::test]
async fn a_template_lives_and_its_link_opens_it() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[KeyScope::Manage]).await;
    let mut draft = off();
    draft["visibility"] = "link".into();
    let made = partner.post("/templates", &draft).await;
    let link = made.json()["link"].as_str().expect("a link").to_owned();
    let (host, token) = link.split_once("/t/").expect("a landing page");
    assert_eq!((host, token.len()), ("https://shop.test", 32));
    let path = format!("/templates/{}", id(&made));
    for (act, state) in
        [("publish", "live"), ("pause", "paused"), ("publish", "live"), ("end", "ended")]
    {
        let moved = partner.post(&format!("{path}/{act}"), &json!({})).await;
        assert_eq!((moved.status.as_u16(), &moved.json()["state"]), (200, &json!(state)));
    }
    let over = partner.post(&format!("{path}/publish"), &json!({})).await;
    assert_eq!(problem(&over), (409, "state_conflict".into()));
    // Without a body, and the same request again.
    let other = partner.post("/templates", &off()).await;
    let publish = format!("/templates/{}/publish", id(&other));
    let bare = [("idempotency-key", "bare")];
    let first = partner.send(axum::http::Method::POST, &publish, &bare, String::new()).await;
    let again = partner.send(axum::http::Method::POST, &publish, &bare, String::new()).await;
    assert_eq!((first.status, first.json()["state"].as_str()), (again.status, Some("live")));
    assert_eq!(first.body, again.body);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    for path in ["/templates/x/publish", "/templates/%FF/publish"] {
        assert_eq!(problem(&partner.post(path, &json!({})).await), (404, "not_found".into()));
    }
    app.close().await;
}

#[tokio::test]
async fn every_wrong_field_is_told_by_its_path() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[KeyScope::Manage]).await;
    let unlike = json!({
        "name": "x",
        "benefit": {
            "kind": "tiered", "amount": "1",
            "steps": [{ "min_spend": "1", "amount": "1" }, { "min_spend": "2", "amount": "2e1" }],
        },
        "budget": "1.234",
        "validity": { "days": 7, "from": "2026-01-01T00:00:00Z" },
        "audience": { "segment": "" },
        "scope": { "include": { "products": ["a", "b\u{0}"] } },
        "channels": [{ "name": "" }],
        "revision": 1,
    });
    let answer = partner.post("/templates", &unlike).await;
    let mut told = wrong(&answer);
    told.sort();
    let expected = [
        ("benefit.amount", "unknown"),
        ("benefit.steps.1.amount", "not_money"),
        ("budget", "more_decimals"),
        ("channels.0.name", "required"),
        ("revision", "unknown"),
        ("scope.include.products.1", "control_character"),
        ("validity.from", "unknown"),
    ];
    assert_eq!(told, expected.map(|(field, problem)| (field.to_owned(), problem.to_owned())));
    let read = |field: &str, value: Value| {
        let mut draft = off();
        draft[field] = value;
        draft
    };
    for (draft, field, problem) in [
        (read("benefit", json!({ "kind": "every", "per": "1" })), "benefit.amount", "required"),
        (read("benefit", json!({ "kind": "percent_off" })), "benefit.basis_points", "required"),
        (read("benefit", json!({ "kind": "tiered" })), "benefit.steps", "required"),
        (
            read("scope", json!({ "include": { "categories": ["?"] } })),
            "scope.include.categories",
            "unknown",
        ),
        (read("benifit", json!({})), "benifit", "unknown"),
        (read("audience", json!({ "segment": "" })), "audience.segment", "required"),
        (read("per_shopper", 0.into()), "per_shopper", "out_of_range"),
        (read("claim_window", json!({ "from": "tomorrow" })), "claim_window.from", "not_a_time"),
        (
            read("claim_window", json!({ "until": "+262142-12-31T23:59:59Z" })),
            "claim_window.until",
            "not_a_time",
        ),
        (
            read("validity", json!({ "days": 1, "until": "2026-1-1 0:0:0+0800" })),
            "validity.until",
            "not_a_time",
        ),
        (read("name", "".into()), "name", "required"),
    ] {
        let answer = partner.post("/templates", &draft).await;
        assert_eq!(wrong(&answer), [(field.to_owned(), problem.to_owned())], "{draft}");
    }
    for draft in [
        read("benefit", json!({ "kind": "some_off" })),
        read("visibility", "hidden".into()),
        read("stock", (-1).into()),
        read("stacking", json!([null, null])),
        read("scope", json!({ "include": [[], []] })),
        json!(["x"]),
    ] {
        let answer = partner.post("/templates", &draft).await;
        assert_eq!(problem(&answer), (400, "unreadable".into()), "{draft}");
    }
    app.close().await;
}

/// Drafts that between them say everything that can be said.
fn drafts() -> Vec<Draft> {
    let yuan = |amount: i64| Money::minor(amount * 100);
    let at =
        |second: i64| DateTime::from_timestamp_micros((second + 1_700_000_000) * 1_000_000 + 1);
    let step = |min: i64| Step { min_spend: yuan(min), amount: yuan(min / 10) };
    let benefits = [
        Benefit::AmountOff { amount: Money::minor(1), min_spend: None },
        Benefit::AmountOff { amount: yuan(20), min_spend: Some(yuan(100)) },
        Benefit::PercentOff { basis_points: BasisPoints(1), min_spend: None, max_discount: None },
        Benefit::PercentOff {
            basis_points: BasisPoints(10_000),
            min_spend: Some(yuan(1)),
            max_discount: Some(yuan(50)),
        },
        Benefit::Tiered { steps: vec![step(100), step(200), step(300)] },
        Benefit::Every { per: yuan(100), amount: yuan(15), max_times: None },
        Benefit::Every { per: yuan(100), amount: yuan(15), max_times: Some(3) },
    ];
    let window = |from, until| Window { from, until };
    let validities = [
        Validity::Fixed(Window::default()),
        Validity::Fixed(window(at(1), None)),
        Validity::Fixed(window(None, at(4_000_000_000))),
        Validity::Days { days: 7, until: None },
        Validity::Days { days: 1, until: at(4_000_000_000) },
    ];
    let audiences =
        [Audience::Everyone, Audience::NewShoppers, Audience::Segment("vip 优".to_owned())];
    let visibilities = [Visibility::Listed, Visibility::Link, Visibility::Granted];
    let mut drafts = Vec::new();
    for i in 0..benefits.len() * 3 {
        let full = i % 2 == 1;
        let text = |text: &str| full.then(|| text.to_owned());
        let products = ["b", "a", "优 惠"].iter().map(|id| id.parse().expect("an id")).collect();
        let lists = Lists { products, ..Lists::default() };
        drafts.push(Draft {
            title: text("Title"),
            description: text("Two\nlines"),
            terms: text(""),
            campaign: text("autumn"),
            scope: Scope {
                exclude: if full { lists } else { Lists::default() },
                rule: if full { ScopeRule::WholeOrder } else { ScopeRule::EligibleLines },
                ..Scope::default()
            },
            claim_window: window(at(5).filter(|_| full), at(4_000_000_000)),
            validity: validities[i % validities.len()],
            stock: full.then_some(1_000_000_000),
            per_shopper: if full { 10_000 } else { 1 },
            per_shopper_daily: full.then_some(2),
            budget: full.then_some(Money::minor(123_456_789_012)),
            audience: audiences[i % audiences.len()].clone(),
            visibility: visibilities[i % visibilities.len()],
            stacking: Stacking { group: text("meal"), exclusive: !full },
            part_return: if full { PartReturn::ClawBack } else { PartReturn::Keep },
            channels: (full.then_some(Some(7)).into_iter().chain([None]))
                .enumerate()
                .map(|(i, quota)| ChannelQuota {
                    name: format!("c{i}").parse().expect("a name"),
                    quota,
                })
                .collect(),
            ..Draft::new(format!("number {i}"), benefits[i % benefits.len()].clone())
        });
    }
    drafts
}

#[tokio::test]
async fn what_is_read_can_be_sent_back_and_changes_nothing() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[KeyScope::Manage]).await;
    let engine = &app.engine;
    accounts::operator_add(engine, System, "e@x.cn", "Edda", Role::Editor, "correct horse")
        .await
        .expect("an operator");
    let operator = accounts::operator_sign_in(engine, "e@x.cn", "correct horse").await;
    let editor = operator.expect("signed in").editor().expect("an editor");
    for draft in drafts() {
        let made = templates::create(engine, &editor, &draft).await.expect("a template");
        let path = format!("/templates/{}", made.id);
        let read = partner.get(&path).await.json();
        let mut sent = read.clone();
        let object = sent.as_object_mut().expect("an object");
        for own in ["id", "state", "issued", "left", "reserved", "spent", "link"] {
            object.remove(own);
        }
        let put = partner.put(&path, &sent).await;
        assert_eq!(put.status, 200, "{put:?}");
        assert_eq!(put.json(), read);
        let stored = templates::read(engine, &editor, made.id).await.expect("a template");
        assert_eq!((stored.revision.number, stored.draft()), (1, &draft));
        // The same draft makes the same template anew.
        sent.as_object_mut().expect("an object").remove("revision");
        let copy: TemplateId = id(&partner.post("/templates", &sent).await).parse().expect("an id");
        let copy = templates::read(engine, &editor, copy).await.expect("a template");
        assert_eq!(copy.draft(), &draft);
    }
    app.close().await;
}

#[tokio::test]
async fn an_edit_names_the_revision_it_read() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[KeyScope::Manage]).await;
    let made = partner.post("/templates", &off()).await;
    let path = format!("/templates/{}", id(&made));
    let mut edit = off();
    edit["name"] = "21 off".into();
    assert_eq!(wrong(&partner.put(&path, &edit).await), [("revision".into(), "required".into())]);
    edit["revision"] = 1.into();
    let edited = partner.put(&path, &edit).await;
    assert_eq!((edited.status.as_u16(), &edited.json()["revision"]), (200, &json!(2)));
    let stale = partner.put(&path, &edit).await;
    assert_eq!(problem(&stale), (409, "stale_revision".into()));
    assert_eq!(stale.json()["data"]["current"], 2);
    app.close().await;
}

#[tokio::test]
async fn a_list_comes_a_page_at_a_time() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[KeyScope::Manage]).await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(id(&partner.post("/templates", &off()).await));
    }
    made.sort_unstable();
    made.reverse();
    let (mut seen, mut path) = (Vec::new(), "/templates?limit=2".to_owned());
    loop {
        let page = partner.get(&path).await.json();
        let items = page["items"].as_array().expect("items");
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/templates?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, made);
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
    ] {
        let answer = partner.get(&format!("/templates?{query}")).await;
        assert_eq!(wrong(&answer)[0].0, field);
    }
    app.close().await;
}

#[tokio::test]
async fn a_second_person_approves_what_a_partner_made_and_sees_its_name() {
    let app = TestApp::reviewed().await;
    let partner = app.partner(&[KeyScope::Manage]).await;
    let made = partner.post("/templates", &off()).await;
    let handed_in = partner.post(&format!("/templates/{}/publish", id(&made)), &json!({})).await;
    assert_eq!(handed_in.json()["state"], "in_review");
    let engine = &app.engine;
    accounts::operator_add(engine, System, "a@x.cn", "Abo", Role::Approver, "correct horse")
        .await
        .expect("an operator");
    let operator = accounts::operator_sign_in(engine, "a@x.cn", "correct horse").await;
    let operator = operator.expect("signed in");
    let template: TemplateId = id(&made).parse().expect("an id");
    let stored = templates::read(engine, &operator, template).await.expect("a template");
    let last = templates::last_move(engine, &operator, template).await.expect("a move");
    let by = last.expect("handed in").by.expect("somebody");
    assert_eq!(by, stored.author);
    let names = templates::names(engine, &operator, [by.as_str()]).await.expect("names");
    assert_eq!(names[&by], "Till");
    let authors = templates::authors(engine, &operator, &stored).await.expect("authors");
    let reviewers = templates::reviewers(engine, &operator, &authors).await.expect("reviewers");
    assert_eq!(reviewers, ["Abo"]);
    let approver = operator.approver().expect("an approver");
    let verdict = Verdict::Approve { revision: 1 };
    let live = templates::review(engine, &approver, template, &verdict).await.expect("approved");
    assert_eq!(live.state, State::Live);
    app.close().await;
}
