//! Coupons given to many at once: each recipient once, whatever happens on the way.

use std::collections::HashSet;

use chrono::TimeDelta;
use domain::actor::{Granting, Managing, Reading, System, Tracking};
use domain::coupon::Kind;
use domain::risk;
use domain::template::{self, Audience, Draft, Visibility, Window};
use domain::{GrantId, Problem, Refusal, TemplateId};
use engine::grants::{self, Action, Ask, Grant, List, State, To};
use engine::shoppers::{self, Said};
use engine::{Engine, accounts, books, templates, wallet};

use crate::cast::{claim, draft, editor, live, partner, refusal, shopper};
use crate::risk::{found, put, said};
use crate::stores::{Store, noon, number, on_both_stores};

on_both_stores![
    a_list_is_checked_and_nothing_is_given_before_it_starts,
    whoever_is_denied_is_given_nothing_and_that_goes_on_record,
    an_operator_names_shoppers_by_what_they_sign_in_with,
    what_is_only_granted_is_given_after_its_window_and_told_as_granted,
    what_is_given_takes_no_room_in_the_shops_day,
    a_killed_job_gives_each_recipient_one,
    a_restart_goes_on_from_where_the_bar_stood,
    two_nodes_at_once_give_each_recipient_one,
    a_paused_grant_gives_nothing_and_goes_on,
    a_grant_paused_under_way_stops_between_two_chunks,
    a_cancelled_grant_gives_nothing_more,
    whoever_is_in_a_segment_gets_one,
    stock_that_runs_out_is_told_to_the_rest,
    grants_and_claims_that_race_never_pass_the_stock,
    a_paused_template_pauses_its_grants_and_an_ended_one_ends_them,
    who_got_one_meanwhile_is_told_so,
    only_what_is_live_is_given,
    a_form_sent_twice_asks_for_one_grant,
    what_a_grant_needed_is_removed_after_it,
];

/// Whose key opens `grant`; an editor in the console gives alike.
fn giver() -> Granting {
    partner()
}

fn reader() -> Tracking {
    partner()
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("shopper-{n}")).collect()
}

fn list(names: &[impl AsRef<str>]) -> To {
    To::List(List::of(names.iter().map(AsRef::as_ref)).unwrap())
}

async fn create(engine: &Engine, template: TemplateId, to: To) -> Grant {
    let ask = Ask { template, to, note: Some("an apology".to_owned()), starts_itself: false };
    grants::create(engine, &giver(), ask).await.unwrap()
}

async fn work(engine: &Engine) {
    while grants::work(engine, System).await.unwrap() > 0 {}
}

/// Works until a grant stands there: what a killed job held may be held for a moment longer.
async fn work_until(engine: &Engine, id: GrantId, state: State) -> Grant {
    loop {
        work(engine).await;
        let grant = read(engine, id).await;
        if grant.state == state {
            return grant;
        }
    }
}

async fn act(engine: &Engine, id: GrantId, action: Action) -> Grant {
    grants::act(engine, &giver(), id, action).await.unwrap()
}

async fn read(engine: &Engine, id: GrantId) -> Grant {
    grants::read(engine, &reader(), id).await.unwrap()
}

/// Checked and started.
async fn started(engine: &Engine, template: TemplateId, to: To) -> GrantId {
    let id = create(engine, template, to).await.id;
    work(engine).await;
    assert_eq!(read(engine, id).await.state, State::Ready);
    assert_eq!(act(engine, id, Action::Start).await.state, State::Running);
    id
}

/// Position, entry and code of each failure.
async fn failures(engine: &Engine, id: GrantId) -> Vec<(u64, String, &'static str)> {
    let found = grants::failures(engine, &reader(), id, 0, 10_000).await.unwrap();
    found.into_iter().map(|it| (it.position, it.shopper, it.refusal.code())).collect()
}

async fn say(engine: &Engine, name: &str, said: Said) {
    shoppers::put(engine, &partner::<Managing>(), &shopper(name).id, &said).await.unwrap();
}

async fn in_segment(engine: &Engine, name: &str, segment: &str) {
    let segments = Some([segment.to_owned()].into());
    say(engine, name, Said { segments, ..Said::default() }).await;
}

/// So many coupons were given, to as many shoppers.
async fn assert_given(engine: &Engine, n: i64) {
    let given = "FROM coupons WHERE source = 'grant'";
    assert_eq!(number(engine, &format!("SELECT COUNT(*) {given}")).await, n);
    assert_eq!(number(engine, &format!("SELECT COUNT(DISTINCT shopper) {given}")).await, n);
}

async fn a_list_is_checked_and_nothing_is_given_before_it_starts(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    claim(engine, &shopper("full"), template.id).await.unwrap();
    say(engine, "blocked", Said { is_blocked: Some(true), ..Said::default() }).await;
    in_segment(engine, "mei", "vip").await;
    let long = "x".repeat(65);
    let entries = ["mei", "bo", " bo ", "", &long, "blocked", "full", "mei", "a\u{0}b", "lin"];
    let id = create(engine, template.id, list(&entries)).await.id;
    assert_eq!(read(engine, id).await.state, State::Checking);
    work(engine).await;
    let checked = read(engine, id).await;
    assert_eq!(checked.state, State::Ready);
    assert_eq!((checked.listed, checked.checked), (10, 10));
    assert_eq!((checked.malformed, checked.duplicates, checked.recipients), (3, 2, 5));
    assert_eq!((checked.unknown, checked.blocked, checked.over_limit), (3, 1, 1));
    assert_eq!((checked.outside, checked.fit(), checked.given), (0, 3, 0));
    assert_given(engine, 0).await;
    act(engine, id, Action::Start).await;
    work(engine).await;
    let done = read(engine, id).await;
    assert_eq!((done.state, done.given, done.failed), (State::Done, 3, 2));
    assert_eq!((done.failures(), done.percent()), (7, 100));
    assert_given(engine, 3).await;
    let told = failures(engine, id).await;
    let told: Vec<_> = told.iter().map(|(at, entry, code)| (*at, entry.as_str(), *code)).collect();
    assert_eq!(
        told,
        [
            (3, "bo", "invalid"),
            (4, "", "invalid"),
            (5, long.as_str(), "invalid"),
            (6, "blocked", "risk_rejected"),
            (7, "full", "claim_limit_reached"),
            (8, "mei", "invalid"),
            (9, "a\u{fffd}b", "invalid"),
        ]
    );
}

async fn whoever_is_denied_is_given_nothing_and_that_goes_on_record(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    for name in ["blocked", "allowed"] {
        say(engine, name, Said { is_blocked: Some(true), ..Said::default() }).await;
    }
    put(engine, risk::List::Deny, "shopper", "denied", None).await;
    put(engine, risk::List::Allow, "shopper", "allowed", None).await;
    let id = create(engine, template.id, list(&["mei", "denied", "blocked", "allowed"])).await.id;
    work(engine).await;
    let checked = read(engine, id).await;
    assert_eq!((checked.blocked, checked.fit()), (2, 2));
    assert!(found(engine).await.is_empty(), "nothing is decided before it starts");
    act(engine, id, Action::Start).await;
    work(engine).await;
    let rejected = |position, name: &str| (position, name.to_owned(), "risk_rejected");
    assert_eq!(failures(engine, id).await, [rejected(2, "denied"), rejected(3, "blocked")]);
    assert_given(engine, 2).await;
    assert_eq!(found(engine).await, [said("blocked", "refused"), said("deny_list", "refused")]);
    assert_eq!(store.number("SELECT COUNT(*) FROM risk_counters").await, 0, "no rule counts it");
}

async fn an_operator_names_shoppers_by_what_they_sign_in_with(store: Store) {
    let engine = &store.engine;
    let mei = accounts::sign_up(engine, "mei@example.com", "correct horse", "Mei").await.unwrap();
    let bo = accounts::sign_up(engine, "138 0013 8000", "correct horse", "").await.unwrap();
    // A number that is somebody's id is that, whoever signs in with it.
    accounts::sign_up(engine, "13900139000", "correct horse", "").await.unwrap();
    in_segment(engine, "13900139000", "vip").await;
    let template = live(engine, draft()).await;
    let entries = [
        "Mei@Example.com",
        "ｍｅｉ＠example.com",
        "138-0013-8000",
        "13900139000",
        "nobody@example.com",
        "mei bo",
        "a,b",
        "<b>",
        "guest-1",
        bo.id.as_str(),
    ];
    let editor = editor(engine).await;
    let ask = Ask { template: template.id, to: list(&entries), note: None, starts_itself: false };
    let id = grants::create(engine, &editor, ask).await.unwrap().id;
    work(engine).await;
    let checked = read(engine, id).await;
    assert_eq!((checked.malformed, checked.duplicates, checked.recipients), (4, 2, 4));
    assert_eq!(checked.unknown, 1, "guest-1 may be a shopper of the host shop");
    let named = grants::recipients(engine, &reader(), id, 10).await.unwrap();
    let named: Vec<_> = named.iter().map(|(at, shopper)| (*at, shopper.as_str())).collect();
    let [first, third] = [mei.id.as_str(), bo.id.as_str()];
    assert_eq!(named, [(1, first), (3, third), (4, "13900139000"), (9, "guest-1")]);
    act(engine, id, Action::Start).await;
    work(engine).await;
    assert_eq!(wallet::wallet(engine, &mei).await.unwrap().len(), 1);
    let told: Vec<_> = failures(engine, id).await.into_iter().map(|(at, ..)| at).collect();
    assert_eq!(told, [2, 5, 6, 7, 8, 10]);
    // To an order system ids are opaque.
    let id = create(engine, template.id, list(&["mei@example.com"])).await.id;
    work(engine).await;
    let named = grants::recipients(engine, &reader(), id, 10).await.unwrap();
    assert_eq!(named[0].1, shopper("mei@example.com").id);
}

async fn what_is_only_granted_is_given_after_its_window_and_told_as_granted(store: Store) {
    let engine = &store.engine;
    let claim_window = Window { from: None, until: Some(noon() - TimeDelta::days(1)) };
    let hidden = Draft { visibility: Visibility::Granted, claim_window, ..draft() };
    let template = live(engine, hidden).await;
    let id = started(engine, template.id, list(&["mei"])).await;
    work(engine).await;
    assert_eq!(read(engine, id).await.given, 1);
    let held = wallet::wallet(engine, &shopper("mei")).await.unwrap();
    let (coupon, life) = wallet::coupon(engine, &shopper("mei"), held[0].code).await.unwrap();
    assert_eq!(coupon.channel, None);
    assert_eq!(life.iter().map(|step| step.kind).collect::<Vec<_>>(), [Kind::Granted]);
    let template = templates::read(engine, &partner::<Reading>(), template.id).await.unwrap();
    assert_eq!(template.issued, 1);
    engine::counts::flush(engine).await.unwrap();
    assert_eq!(store.number("SELECT COUNT(*) FROM counts").await, 0, "nobody was refused");
}

async fn what_is_given_takes_no_room_in_the_shops_day(store: Store) {
    let engine = store.another(|settings| settings.shop_daily_limit = 1).await;
    let first = live(&engine, draft()).await;
    claim(&engine, &shopper("mei"), first.id).await.unwrap();
    let second = live(&engine, draft()).await;
    let id = started(&engine, second.id, list(&["mei", "bo"])).await;
    work(&engine).await;
    assert_eq!(read(&engine, id).await.given, 2);
    // What was given has taken nothing of what may be claimed.
    claim(&engine, &shopper("bo"), first.id).await.unwrap();
    assert_eq!(books::check(&engine, System).await.unwrap(), Vec::<String>::new());
}

async fn a_killed_job_gives_each_recipient_one(store: Store) {
    const MANY: usize = 5_000;
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let id = create(engine, template.id, list(&names(MANY))).await.id;
    let nodes = store.nodes().await;
    // Killed while it checks, and again while it gives, after a chunk each.
    for (turn, node) in nodes.iter().enumerate() {
        let job = tokio::spawn({
            let node = node.clone();
            async move { grants::work(&node, System).await }
        });
        let has_begun = |grant: &Grant| if turn == 0 { grant.checked > 0 } else { grant.given > 0 };
        while !has_begun(&read(engine, id).await) {
            tokio::task::yield_now().await;
        }
        job.abort();
        let _ = job.await;
        // Others learn by the end of the lease.
        for node in &nodes {
            node.clock().set(engine.now().max(noon() + TimeDelta::minutes(turn as i64 + 1)));
        }
        if turn == 0 {
            let checked = work_until(engine, id, State::Ready).await;
            assert_eq!(checked.recipients, MANY as u64);
            act(engine, id, Action::Start).await;
        }
    }
    let done = work_until(&nodes[0], id, State::Done).await;
    assert_eq!((done.given, done.failed), (MANY as u64, 0));
    assert_given(engine, MANY as i64).await;
}

async fn a_restart_goes_on_from_where_the_bar_stood(store: Store) {
    const MANY: usize = 5_000;
    let engine = store.another(|_| {}).await;
    let template = live(&engine, draft()).await;
    let id = started(&engine, template.id, list(&names(MANY))).await;
    let job = tokio::spawn({
        let engine = engine.clone();
        async move { grants::work(&engine, System).await }
    });
    while read(&engine, id).await.given == 0 {
        tokio::task::yield_now().await;
    }
    let seen = read(&engine, id).await;
    job.abort();
    let _ = job.await;
    let settings = engine.settings().clone();
    engine.close().await.unwrap();
    // Who comes after learns by the end of the lease.
    let clock = engine::Clock::still_at(noon() + TimeDelta::minutes(1));
    let engine = Engine::open_at(settings, clock).await.unwrap();
    let found = read(&engine, id).await;
    // A chunk may have come through that nobody saw.
    assert!(found.given >= seen.given && found.percent() >= seen.percent(), "{found:?}");
    assert_eq!((found.recipients, found.failed), (MANY as u64, 0));
    assert_given(&engine, found.given as i64).await;
    let done = work_until(&engine, id, State::Done).await;
    assert_eq!((done.given, done.failed, done.percent()), (MANY as u64, 0, 100));
    assert_given(&engine, MANY as i64).await;
    assert_eq!(books::check(&engine, System).await.unwrap(), Vec::<String>::new());
    engine.close().await.unwrap();
}

async fn two_nodes_at_once_give_each_recipient_one(store: Store) {
    const MANY: usize = 3_000;
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let first = started(engine, template.id, list(&names(MANY))).await;
    let other = live(engine, draft()).await;
    let second = started(engine, other.id, list(&names(MANY))).await;
    let jobs = store.nodes().await.map(|node| {
        let id = [first, second];
        tokio::spawn(async move {
            loop {
                grants::work(&node, System).await.unwrap();
                let is_done = [read(&node, id[0]).await, read(&node, id[1]).await]
                    .iter()
                    .all(|grant| grant.state == State::Done);
                if is_done {
                    return;
                }
            }
        })
    });
    for job in jobs {
        job.await.unwrap();
    }
    for id in [first, second] {
        assert_eq!(read(engine, id).await.given, MANY as u64);
    }
    assert_eq!(store.number("SELECT COUNT(*) FROM coupons").await, 2 * MANY as i64);
    assert_eq!(store.number("SELECT COUNT(DISTINCT shopper) FROM coupons").await, MANY as i64);
}

async fn a_paused_grant_gives_nothing_and_goes_on(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let id = started(engine, template.id, list(&names(10))).await;
    act(engine, id, Action::Pause).await;
    work(engine).await;
    let paused = act(engine, id, Action::Pause).await;
    assert_eq!((paused.state, paused.given), (State::Paused, 0));
    act(engine, id, Action::Resume).await;
    work(engine).await;
    assert_eq!(read(engine, id).await.state, State::Done);
    assert_given(engine, 10).await;
    for action in [Action::Pause, Action::Cancel, Action::Start] {
        let late = refusal(grants::act(engine, &giver(), id, action).await);
        assert_eq!(late, Refusal::StateConflict { state: "done".to_owned() });
    }
}

async fn a_grant_paused_under_way_stops_between_two_chunks(store: Store) {
    const MANY: usize = 5_000;
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let id = started(engine, template.id, list(&names(MANY))).await;
    let job = tokio::spawn({
        let engine = engine.clone();
        async move { grants::work(&engine, System).await }
    });
    while read(engine, id).await.given == 0 {
        tokio::task::yield_now().await;
    }
    let paused = grants::act(engine, &giver(), id, Action::Pause).await;
    job.await.unwrap().unwrap();
    // It may have been over already.
    if paused.is_ok() {
        let given = read(engine, id).await.given;
        assert!((2_000..MANY as u64).contains(&given), "{given}");
        assert_given(engine, given as i64).await;
        act(engine, id, Action::Resume).await;
        work(engine).await;
    }
    assert_eq!(read(engine, id).await.given, MANY as u64);
    assert_given(engine, MANY as i64).await;
}

async fn a_cancelled_grant_gives_nothing_more(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let id = started(engine, template.id, list(&names(10))).await;
    let cancelled = act(engine, id, Action::Cancel).await;
    assert_eq!((cancelled.state, cancelled.ended_at), (State::Cancelled, Some(noon())));
    work(engine).await;
    assert_given(engine, 0).await;
    let resumed = grants::act(engine, &giver(), id, Action::Resume).await;
    assert_eq!(refusal(resumed), Refusal::StateConflict { state: "cancelled".to_owned() });
    // One that is not even checked ends too.
    let id = create(engine, template.id, list(&names(10))).await.id;
    act(engine, id, Action::Cancel).await;
    work(engine).await;
    assert_eq!(read(engine, id).await.checked, 0);
}

async fn whoever_is_in_a_segment_gets_one(store: Store) {
    let engine = &store.engine;
    for name in names(30) {
        let segment = if name.ends_with('0') { "vip" } else { "others" };
        in_segment(engine, &name, segment).await;
    }
    let template =
        live(engine, Draft { audience: Audience::Segment("vip".to_owned()), ..draft() }).await;
    let id = started(engine, template.id, To::Segment("vip".to_owned())).await;
    work(engine).await;
    let done = read(engine, id).await;
    assert_eq!((done.listed, done.recipients, done.given), (3, 3, 3));
    assert_eq!(done.unknown, 0);
    // The audience is judged, whoever is named.
    let id = started(engine, template.id, list(&["shopper-1", "shopper-10"])).await;
    assert_eq!(read(engine, id).await.outside, 1);
    work(engine).await;
    let told: Vec<_> = failures(engine, id).await.into_iter().map(|(_, _, code)| code).collect();
    assert_eq!(told, ["not_in_audience", "claim_limit_reached"]);
    let nobody = started(engine, template.id, To::Segment("nobody".to_owned())).await;
    work(engine).await;
    assert_eq!(read(engine, nobody).await.state, State::Done);
    let odd = Ask {
        template: template.id,
        to: To::Segment(String::new()),
        note: None,
        starts_itself: true,
    };
    let odd = refusal(grants::create(engine, &giver(), odd).await);
    assert_eq!(odd, Refusal::invalid("segment", Problem::Required));
}

async fn stock_that_runs_out_is_told_to_the_rest(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { stock: Some(3), ..draft() }).await;
    let id = started(engine, template.id, list(&names(5))).await;
    let begun = read(engine, id).await;
    assert_eq!((begun.fit(), begun.to_give()), (5, 5), "stock is nobody's fault");
    work(engine).await;
    let done = read(engine, id).await;
    assert_eq!((done.state, done.given, done.failed), (State::Done, 3, 2));
    assert_eq!(done.to_give(), 0, "whoever was told so waits for nothing");
    let told = failures(engine, id).await;
    let named = |n: u64| (n + 1, format!("shopper-{n}"), "sold_out");
    assert_eq!(told, [named(3), named(4)]);
}

async fn grants_and_claims_that_race_never_pass_the_stock(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { stock: Some(60), ..draft() }).await;
    let id = started(engine, template.id, list(&names(50))).await;
    let job = tokio::spawn({
        let engine = engine.clone();
        async move { work(&engine).await }
    });
    let claims: Vec<_> = (0..50)
        .map(|n| {
            let engine = engine.clone();
            tokio::spawn(async move {
                claim(&engine, &shopper(&format!("claimant-{n}")), template.id).await.is_ok()
            })
        })
        .collect();
    let mut claimed = 0;
    for claim in claims {
        claimed += u64::from(claim.await.unwrap());
    }
    job.await.unwrap();
    let done = read(engine, id).await;
    assert_eq!(done.state, State::Done);
    assert_eq!(done.given + claimed, 60);
    assert_eq!(store.number("SELECT issued FROM templates").await, 60);
}

async fn a_paused_template_pauses_its_grants_and_an_ended_one_ends_them(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let template = live(engine, draft()).await;
    let id = started(engine, template.id, list(&names(3))).await;
    templates::act(engine, &editor, template.id, template::Action::Pause).await.unwrap();
    work(engine).await;
    let paused = read(engine, id).await;
    assert_eq!((paused.state, paused.settled()), (State::Paused, 0));
    assert_eq!(paused.stopped_by.as_deref(), Some("paused"));
    let early = grants::act(engine, &giver(), id, Action::Resume).await;
    assert_eq!(refusal(early), Refusal::Paused);
    templates::act(engine, &editor, template.id, template::Action::Publish).await.unwrap();
    assert_eq!(act(engine, id, Action::Resume).await.stopped_by, None);
    templates::act(engine, &editor, template.id, template::Action::End).await.unwrap();
    work(engine).await;
    let ended = read(engine, id).await;
    assert_eq!((ended.state, ended.given), (State::Cancelled, 0));
    assert_eq!(ended.stopped_by.as_deref(), Some("claim_closed"));
}

async fn who_got_one_meanwhile_is_told_so(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let id = started(engine, template.id, list(&["mei", "bo"])).await;
    assert_eq!(read(engine, id).await.over_limit, 0);
    claim(engine, &shopper("mei"), template.id).await.unwrap();
    // An edit between check and start changes what is given.
    let editor = editor(engine).await;
    let edited = Draft { name: "edited".to_owned(), ..draft() };
    templates::edit(engine, &editor, template.id, 1, &edited).await.unwrap();
    work(engine).await;
    assert_eq!(failures(engine, id).await, [(1, "mei".to_owned(), "claim_limit_reached")]);
    let held = wallet::wallet(engine, &shopper("bo")).await.unwrap();
    assert_eq!(held[0].revision.number, 2);
}

async fn only_what_is_live_is_given(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let made = templates::create(engine, &editor, &draft()).await.unwrap();
    let ask = |template, note: &str| Ask {
        template,
        to: list(&["mei"]),
        note: Some(note.to_owned()),
        starts_itself: true,
    };
    let drafted = refusal(grants::create(engine, &giver(), ask(made.id, "")).await);
    assert_eq!(drafted, Refusal::StateConflict { state: "draft".to_owned() });
    let template = live(engine, draft()).await;
    let long = "x".repeat(501);
    let wordy = refusal(grants::create(engine, &giver(), ask(template.id, &long)).await);
    assert_eq!(wordy, Refusal::invalid("note", Problem::TooLong { max: 500 }));
    assert_eq!(
        store.number("SELECT COUNT(*) FROM grant_pages").await,
        0,
        "nothing is left of them"
    );
    // One that starts itself needs nobody to look; an editor gives as a partner does.
    let grant = grants::create(engine, &editor, ask(template.id, " ")).await.unwrap();
    work(engine).await;
    assert_eq!(read(engine, grant.id).await.state, State::Done);
    let (listed, total) = grants::list(engine, &reader(), Some(template.id), 0).await.unwrap();
    assert_eq!((listed.len(), total, &listed[0].id), (1, 1, &grant.id));
}

async fn a_form_sent_twice_asks_for_one_grant(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await.id;
    let (key, nodes) = (grants::next_id(engine), store.nodes().await);
    let send = |node: &Engine, to: To| {
        let (node, note) = (node.clone(), Some("an apology".to_owned()));
        let ask = Ask { template, to, note, starts_itself: true };
        tokio::spawn(async move { grants::create_as(&node, &giver(), key, ask).await })
    };
    let sent: Vec<_> =
        nodes.iter().cycle().take(8).map(|node| send(node, list(&["mei", "bo"]))).collect();
    let mut ids = HashSet::new();
    for answer in sent {
        ids.insert(answer.await.unwrap().unwrap().id);
    }
    assert_eq!(ids.len(), 1);
    work(engine).await;
    let again = send(engine, list(&["mei", "bo"])).await.unwrap().unwrap();
    assert!(ids.contains(&again.id));
    assert_eq!((again.state, again.listed, again.given), (State::Done, 2, 2));
    assert_eq!(store.number("SELECT COUNT(*) FROM grants").await, 1);
    // What was changed before it was sent again is another.
    let other = send(engine, list(&["mei", "lin"])).await.unwrap().unwrap();
    assert!(!ids.contains(&other.id));
    let segment = send(engine, To::Segment("vip".to_owned())).await.unwrap().unwrap();
    assert!(![again.id, other.id].contains(&segment.id));
    work_until(engine, other.id, State::Done).await;
    engine.clock().advance(TimeDelta::hours(2));
    while grants::sweep(engine, System, 100).await.unwrap() > 0 {}
    assert_eq!(store.number("SELECT COUNT(*) FROM grant_pages").await, 0);
}

async fn what_a_grant_needed_is_removed_after_it(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let done = started(engine, template.id, list(&names(250))).await;
    work(engine).await;
    let cancelled = create(engine, template.id, list(&names(10))).await.id;
    act(engine, cancelled, Action::Cancel).await;
    let waiting = started(engine, template.id, list(&names(5))).await;
    while grants::sweep(engine, System, 100).await.unwrap() > 0 {}
    let left = "SELECT COUNT(*) FROM grant_recipients";
    assert_eq!(store.number(left).await, 5);
    assert_eq!(store.number("SELECT COUNT(*) FROM grant_pages").await, 0);
    assert_eq!(read(engine, done).await.given, 250);
    assert_eq!(read(engine, waiting).await.recipients, 5);
}
