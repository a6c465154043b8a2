//! The audit trail as it is read: by whom, of what, of which kind and when, page by page.

use chrono::TimeDelta;
use domain::actor::{KeyScope, Operator, Role};
use domain::template::{Action, Draft, Window};
use domain::{Problem, TemplateId};
use engine::audit::{self, Entry, Filter};
use engine::{Engine, coupons, partners, templates};
use serde_json::json;

use crate::cast::{admin, claim, draft, editor, guardian, live, operator, shopper, yuan};
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    what_was_changed_is_found_by_who_what_kind_and_when,
    a_long_trail_is_read_page_by_page_though_all_of_it_is_of_one_moment,
    what_keys_are_called_is_for_administrators,
    from_where_something_was_changed_is_told,
    an_edit_that_sends_what_is_live_into_review_says_so,
];

async fn read(engine: &Engine, filter: Filter) -> Vec<Entry> {
    let viewer = operator(engine, Role::Viewer).await;
    audit::read(engine, &viewer, &filter, 1_000).await.unwrap()
}

async fn actions(engine: &Engine, filter: Filter) -> Vec<String> {
    read(engine, filter).await.into_iter().map(|entry| entry.action).collect()
}

fn of(subject: impl Into<String>) -> Filter {
    Filter { subject: Some(subject.into()), ..Filter::default() }
}

fn by(who: &str) -> Filter {
    Filter { who: Some(who.to_owned()), kind: Some("template".to_owned()), ..Filter::default() }
}

async fn what_was_changed_is_found_by_who_what_kind_and_when(store: Store) {
    let engine = &store.engine;
    let greens = live(engine, Draft { name: "Wilde Möhren".to_owned(), ..draft() }).await;
    let other = live(engine, draft()).await;
    engine.clock().advance(TimeDelta::days(1));
    let editor = editor(engine).await;
    templates::act(engine, &editor, greens.id, Action::Pause).await.unwrap();
    let done = ["created", "paused", "published"];
    for search in [
        greens.id.to_string(),
        format!("https://x/ops/templates/{}", greens.id),
        "MÖHREN".to_owned(),
    ] {
        let mut found = actions(engine, of(search.as_str())).await;
        // What was done at one moment stands in any order.
        found.sort();
        assert_eq!(found, done, "{search}");
    }
    let entry = read(engine, of(greens.id.to_string())).await.remove(0);
    assert_eq!((entry.kind.as_str(), entry.by), ("template", Some(editor.id.to_string())));
    assert_eq!((entry.old, entry.new, entry.address), (json!("live"), json!("paused"), None));
    let (id, actor) = (editor.id.to_string(), editor.actor().name);
    for who in ["editor@example", "Editor", id.as_str(), actor.as_str()] {
        assert_eq!(read(engine, by(who)).await.len(), 5, "{who}");
    }
    for who in ["nobody", "system", "%", "_"] {
        assert!(read(engine, by(who)).await.is_empty(), "{who}");
    }
    let later = Window { from: Some(noon() + TimeDelta::hours(1)), until: None };
    let before = Window { from: None, until: later.from };
    let within = |period| Filter { period, ..of("20 off") };
    assert_eq!(read(engine, within(before)).await.len(), 2);
    assert!(read(engine, within(later)).await.is_empty());
    assert_eq!(
        actions(engine, Filter { period: later, ..of(greens.id.to_string()) }).await,
        ["paused"]
    );
    let guardian = guardian(engine).await;
    let coupon = claim(engine, &shopper("mei"), other.id).await.unwrap();
    coupons::act(engine, &guardian, coupon.code, domain::coupon::Action::Hold, "a look")
        .await
        .unwrap();
    assert_eq!(actions(engine, of(coupon.code.grouped())).await, ["held"]);
    let none = Filter { kind: Some("grant".to_owned()), ..Filter::default() };
    assert!(read(engine, none).await.is_empty());
}

async fn a_long_trail_is_read_page_by_page_though_all_of_it_is_of_one_moment(store: Store) {
    let engine = &store.engine;
    for n in 0..7 {
        let draft = Draft { name: format!("n {n}"), ..draft() };
        templates::create(engine, &editor(engine).await, &draft).await.unwrap();
    }
    let viewer = operator(engine, Role::Viewer).await;
    let mut filter = Filter { kind: Some("template".to_owned()), ..Filter::default() };
    let mut seen = std::collections::BTreeSet::<TemplateId>::new();
    for expected in [3, 3, 1, 0] {
        let page = audit::read(engine, &viewer, &filter, 3).await.unwrap();
        assert_eq!(page.len(), expected);
        seen.extend(page.iter().map(|entry| entry.subject.parse::<TemplateId>().unwrap()));
        filter.before = page.last().map(|last| last.place).or(filter.before);
    }
    assert_eq!(seen.len(), 7);
    assert_eq!("x".parse::<audit::Place>(), Err(Problem::Unknown));
}

async fn what_keys_are_called_is_for_administrators(store: Store) {
    let engine = &store.engine;
    let scopes = KeyScope::ALL.into_iter().collect();
    let (key, _) = partners::add(engine, &admin(engine).await, "Till", &scopes).await.unwrap();
    let id = format!("partner:{}", key.id);
    for (role, sees) in [(Role::Viewer, false), (Role::Approver, false), (Role::Admin, true)] {
        let reader = operator(engine, role).await;
        let filter = Filter { kind: Some("key".to_owned()), ..Filter::default() };
        let found = audit::read(engine, &reader, &filter, 9).await.unwrap();
        assert_eq!((found.len(), found[0].new.get("name").is_some()), (1, sees), "{role:?}");
        let names = audit::names(engine, &reader, [id.as_str()]).await.unwrap();
        assert_eq!(names.contains_key(&id), sees, "{role:?}");
    }
}

async fn from_where_something_was_changed_is_told(store: Store) {
    let engine = &store.engine;
    let editor = operator(engine, Role::Editor).await;
    let address = Some("::ffff:192.0.2.7".parse().unwrap());
    let there = Operator { address, ..editor.clone() }.editor().unwrap();
    let made = templates::create(engine, &there, &draft()).await.unwrap();
    engine.clock().advance(TimeDelta::seconds(1));
    let nowhere = editor.editor().unwrap();
    templates::act(engine, &nowhere, made.id, Action::Publish).await.unwrap();
    let from: Vec<_> = read(engine, of(made.id.to_string()))
        .await
        .into_iter()
        .map(|entry| entry.address)
        .collect();
    assert_eq!(from, [None, Some("192.0.2.7".to_owned())]);
}

async fn an_edit_that_sends_what_is_live_into_review_says_so(store: Store) {
    let engine = &store.another(|settings| settings.approval_above = Some(yuan(1_000))).await;
    let editor = editor(engine).await;
    let id = live(engine, Draft { stock: Some(9), ..draft() }).await.id;
    engine.clock().advance(TimeDelta::seconds(1));
    let dear = Draft { stock: Some(60), ..draft() };
    templates::edit(engine, &editor, id, 1, &dear).await.unwrap();
    let period = Window { from: Some(engine.now()), until: None };
    let found = read(engine, Filter { period, ..of(id.to_string()) }).await;
    let edited = found.iter().filter(|entry| entry.action == "edited");
    assert_eq!((found.len(), edited.count()), (2, 1));
    let moved = found.iter().find(|entry| entry.action == "submitted").unwrap();
    assert_eq!((&moved.old, &moved.new), (&json!("live"), &json!("in_review")));
    assert_eq!(moved.by, Some(editor.id.to_string()));
    let last = templates::last_move(engine, &editor, id).await.unwrap().unwrap();
    assert_eq!((last.action.as_str(), last.by), ("submitted", Some(editor.id.to_string())));
}
