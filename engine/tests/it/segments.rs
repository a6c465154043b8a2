//! Who is in a segment, told as a list.

use std::collections::BTreeSet;

use domain::actor::Managing;
use domain::template::{Audience, Draft};
use domain::{Problem, Refusal, ShopperId};
use engine::segments::{self, Action, List};
use engine::shoppers::{self, Said};
use engine::{Engine, Result, accounts};
use futures::FutureExt;
use sea_orm::ConnectionTrait;

use crate::cast::{claim, draft, editor, live, operator, partner, refusal, shopper};
use crate::stores::{Store, on_both_stores};

on_both_stores![
    those_in_a_list_are_in_the_segment_until_they_are_taken_out,
    a_long_list_sent_twice_puts_everybody_in_once,
    a_list_is_gone_through_though_nobody_waits_and_the_trail_says_how_far,
    whoever_is_in_too_many_keeps_the_whole_list_out,
    a_list_may_name_shoppers_by_what_they_sign_in_with,
];

async fn change(engine: &Engine, segment: &str, action: Action, text: &str) -> Result<usize> {
    let list = List::of_csv(text)?;
    segments::change(engine, &editor(engine).await, segment, action, &list).await
}

async fn count(engine: &Engine, segment: &str) -> u64 {
    let viewer = operator(engine, domain::actor::Role::Viewer).await;
    segments::count(engine, &viewer, segment).await.unwrap()
}

async fn those_in_a_list_are_in_the_segment_until_they_are_taken_out(store: Store) {
    let engine = &store.engine;
    let audience = Audience::Segment("VIP \"1\" 100%".to_owned());
    let template = live(engine, Draft { audience, ..draft() }).await.id;
    let told = refusal(claim(engine, &shopper("mei"), template).await);
    assert_eq!(told, Refusal::NotInAudience);
    let put = change(engine, " VIP \"1\" 100% ", Action::Add, "shopper\nmei\nbo\n").await;
    assert_eq!(put.unwrap(), 2);
    claim(engine, &shopper("mei"), template).await.unwrap();
    assert_eq!(count(engine, "VIP \"1\" 100%").await, 2);
    for other in ["1", "vip \"1\" 100%", "VIP", "VIP \"1\" 1000", "%"] {
        assert_eq!(count(engine, other).await, 0, "{other}");
    }
    change(engine, "VIP \"1\" 100%", Action::Remove, "shopper\nbo\nnobody\n").await.unwrap();
    assert_eq!(count(engine, "VIP \"1\" 100%").await, 1);
    let told = refusal(claim(engine, &shopper("bo"), template).await);
    assert_eq!(told, Refusal::NotInAudience);
    assert_eq!(store.number("SELECT count(*) FROM shoppers WHERE id = 'nobody'").await, 0);
    let written = "SELECT count(*) FROM changes WHERE subject_kind = 'segment'";
    assert_eq!(store.number(written).await, 2);
    let blank = change(engine, " ", Action::Add, "shopper\nmei\n").await;
    assert_eq!(refusal(blank), Refusal::invalid("segment", Problem::Required));
}

async fn a_long_list_sent_twice_puts_everybody_in_once(store: Store) {
    let engine = &store.engine;
    let lines: String = (0..2_500).map(|n| format!("s-{n}\n")).collect();
    let text = format!("shopper\n{lines}");
    for segment in ["a", "b", "a"] {
        assert_eq!(change(engine, segment, Action::Add, &text).await.unwrap(), 2_500);
    }
    assert_eq!((count(engine, "a").await, count(engine, "b").await), (2_500, 2_500));
    let odd = r#"SELECT count(*) FROM shoppers WHERE segments <> '["a","b"]'"#;
    assert_eq!(store.number(odd).await, 0);
}

async fn a_list_is_gone_through_though_nobody_waits_and_the_trail_says_how_far(store: Store) {
    const TOLD: &str = "SELECT COUNT(*) FROM changes WHERE subject_kind = 'segment'";
    const LAST: &str = "UPDATE shoppers SET segments = '{new}' WHERE (bucket, id) IN
        (SELECT bucket, id FROM shoppers ORDER BY bucket DESC, id DESC LIMIT 1)";
    let engine = &store.engine;
    let lines: String = (0..2_500).map(|n| format!("s-{n}\n")).collect();
    let list = List::of_csv(&format!("shopper\n{lines}")).unwrap();
    let editor = editor(engine).await;
    let asked = segments::change(engine, &editor, "a", Action::Remove, &list).now_or_never();
    assert!(asked.is_none(), "whoever asked has gone away");
    while store.number(TOLD).await == 0 {}
    segments::change(engine, &editor, "a", Action::Add, &list).await.unwrap();
    let db = engine.migration_connection();
    db.execute_unprepared(&LAST.replace("{new}", "no list")).await.unwrap();
    segments::change(engine, &editor, "a", Action::Remove, &list).await.unwrap_err();
    let far = r#"SELECT COUNT(*) FROM changes WHERE action = 'removed'
        AND new LIKE '%"shoppers":2000%' AND new LIKE '%"of":2500%'"#;
    assert_eq!(store.number(far).await, 1);
    db.execute_unprepared(&LAST.replace("{new}", r#"["a"]"#)).await.unwrap();
    assert_eq!(count(engine, "a").await, 500);
}

async fn whoever_is_in_too_many_keeps_the_whole_list_out(store: Store) {
    let engine = &store.engine;
    let full: BTreeSet<String> = (0..100).map(|n| format!("n{n}")).collect();
    let said = Said { segments: Some(full), ..Said::default() };
    let managing = partner::<Managing>();
    let busy = ShopperId::new("busy").unwrap();
    shoppers::put(engine, &managing, &busy, &said).await.unwrap();
    let text = "shopper\nmei\nbusy\n";
    let Refusal::Invalid { fields } = refusal(change(engine, "more", Action::Add, text).await)
    else {
        panic!("not refused");
    };
    assert_eq!(fields.len(), 1);
    assert_eq!(fields[0].field, "3.shopper");
    assert_eq!(count(engine, "more").await, 0, "nobody is in");
    assert_eq!(change(engine, "n7", Action::Add, text).await.unwrap(), 2);
}

async fn a_list_may_name_shoppers_by_what_they_sign_in_with(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    accounts::sign_up(engine, "mei@example.com", "a long password", "").await.unwrap();
    let meant = async |text: &str| List::of_csv(text).unwrap().meant(engine, &editor).await;
    let list = meant("shopper\nMei@example.com\nhost-7\n").await.unwrap();
    let stranger = ShopperId::new("host-7").unwrap();
    assert_eq!(list.strangers(engine, &editor).await.unwrap(), [stranger]);
    assert_eq!(segments::change(engine, &editor, "a", Action::Add, &list).await.unwrap(), 2);
    assert!(list.strangers(engine, &editor).await.unwrap().is_empty());
    let odd = "shopper\nnobody@example.com\nbad id!\nmei@example.com\nMEI@example.com\n";
    let Refusal::Invalid { fields } = refusal(meant(odd).await) else { panic!("not refused") };
    let fields: Vec<_> = fields.into_iter().map(|wrong| (wrong.field, wrong.problem)).collect();
    let expected = [
        ("2.shopper".to_owned(), Problem::Unknown),
        ("3.shopper".to_owned(), Problem::Unknown),
        ("5.shopper".to_owned(), Problem::Duplicate),
    ];
    assert_eq!(fields, expected);
}
