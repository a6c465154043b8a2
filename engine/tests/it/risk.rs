//! Rules, lists and steps against guessing: who is stopped, who is not, and that all of it is on
//! record.

use chrono::TimeDelta;
use domain::actor::{Role, System};
use domain::risk::{Bound, List, Mode, Rule};
use domain::template::{Draft, Visibility, Window};
use domain::{Code, Problem, Refusal, ShopperId, TemplateId, Time};
use engine::idempotency::{Answer, Once, Request};
use engine::issuance::{self, Claim, Taken, Via};
use engine::risk::{self, Filter, Hit, Newcomer, Verdict};
use engine::shoppers::{self, Said};
use engine::wallet::Coupon;
use engine::{Clock, Engine, Error, Settings, accounts, books, pools};
use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::cast::{claim_of, draft, editor, guardian, live, operator, partner, refusal, shopper};
use crate::stores::{Store, noon, on_both_stores, waited_for};

on_both_stores![
    every_rule_counts_what_it_is_about,
    whoever_waits_as_told_is_let_in,
    a_rule_in_shadow_refuses_nobody_and_goes_on_record,
    a_rule_that_is_off_counts_nothing,
    a_claim_ahead_of_its_opening_counts_nothing,
    of_many_at_once_as_many_pass_as_the_rule_lets,
    a_batch_takes_one_connection,
    the_same_request_twice_in_a_batch_counts_once,
    a_denied_thing_claims_nothing_until_it_expires,
    whoever_is_allowed_passes_every_rule,
    a_shopper_whom_the_host_shop_blocked_is_on_record,
    a_blocked_shopper_gets_nothing_of_what_opens_at_this_moment,
    walking_template_ids_learns_nothing_and_is_locked_out,
    walking_ids_all_at_once_is_no_way_around,
    guesses_at_a_rule_in_shadow_are_gathered_and_told_once_a_minute,
    guesses_of_many_by_one_device_are_told_once_a_minute,
    guesses_are_written_though_whoever_asked_went_away,
    guessing_codes_leads_to_a_delay_a_challenge_and_a_lock_out,
    guesses_of_many_shoppers_count_by_device_and_address,
    many_guesses_at_once_are_no_way_around,
    another_node_knows_who_is_locked_out,
    what_is_changed_is_checked_and_written_down,
    a_shopper_is_denied_by_what_they_sign_in_with,
    entries_are_found_by_whom_they_are_about,
    a_decision_is_judged_and_the_false_positives_are_told,
    hits_are_found_by_whom_they_met_and_told_in_pages,
    what_is_over_is_swept_away,
];

pub(crate) fn from(device: &str, address: &str) -> Via {
    let (device, address) = (device.parse().unwrap(), address.parse().unwrap());
    Via { device: Some(device), address: Some(address), ..Via::default() }
}

pub(crate) async fn claim(
    engine: &Engine,
    name: &str,
    template: TemplateId,
    via: Via,
) -> engine::Result<Coupon> {
    issuance::claim(engine, &shopper(name), template, via).await
}

/// A template of which everybody may have many.
pub(crate) async fn many(engine: &Engine) -> TemplateId {
    live(engine, Draft { per_shopper: 50, ..draft() }).await.id
}

pub(crate) async fn set(engine: &Engine, rule: Rule, limit: u32, window_minutes: u32, mode: Mode) {
    let bound = Bound { limit, window_minutes, mode };
    risk::set_rule(engine, &guardian(engine).await, rule, bound).await.unwrap();
}

pub(crate) async fn put(
    engine: &Engine,
    list: List,
    kind: &str,
    thing: &str,
    expires_at: Option<Time>,
) {
    let newcomer = Newcomer { list, kind, thing, reason: "seen before", expires_at };
    risk::add_entry(engine, &guardian(engine).await, newcomer).await.unwrap();
}

/// What was decided, sorted: by what, and what.
pub(crate) async fn found(engine: &Engine) -> Vec<(String, String)> {
    let all = hits(engine, Filter::default()).await;
    let mut all: Vec<_> = all.into_iter().map(|hit| (hit.rule, hit.decision)).collect();
    all.sort();
    all
}

async fn hits(engine: &Engine, filter: Filter) -> Vec<Hit> {
    let viewer = operator(engine, Role::Viewer).await;
    risk::hits(engine, &viewer, &filter).await.unwrap().hits
}

pub(crate) fn said(rule: &str, decision: &str) -> (String, String) {
    (rule.to_owned(), decision.to_owned())
}

/// Who claims what, by which device and from where.
type Try = (&'static str, TemplateId, &'static str, &'static str);

async fn every_rule_counts_what_it_is_about(store: Store) {
    let engine = &store.engine;
    let (one, other) = (many(engine).await, many(engine).await);
    let on = |rule| async move { set(engine, rule, 2, 60, Mode::On).await };
    // Two pass, the third is one too many, and who differs in what is counted passes.
    let rounds: [(Rule, [Try; 4]); 4] = [
        (
            Rule::ShopperTemplate,
            [
                ("mei", one, "a", "203.0.113.1"),
                ("mei", one, "b", "203.0.113.2"),
                ("mei", one, "c", "203.0.113.3"),
                ("mei", other, "d", "203.0.113.4"),
            ],
        ),
        (
            Rule::Shopper,
            [
                ("bo", one, "e", "203.0.113.5"),
                ("bo", other, "f", "203.0.113.6"),
                ("bo", one, "g", "203.0.113.7"),
                ("lin", one, "h", "203.0.113.8"),
            ],
        ),
        (
            Rule::Device,
            [
                ("d-1", one, "tablet", "203.0.113.9"),
                ("d-2", other, "tablet", "203.0.113.10"),
                ("d-3", one, "tablet", "203.0.113.11"),
                ("d-4", one, "phone", "203.0.113.12"),
            ],
        ),
        (
            Rule::Address,
            [
                ("a-1", one, "p", "2001:db8:1:2::1"),
                ("a-2", other, "q", "2001:db8:1:2::2"),
                ("a-3", one, "r", "2001:db8:1:2:ffff::"),
                ("a-4", one, "s", "2001:db8:1:3::1"),
            ],
        ),
    ];
    for (rule, claims) in rounds {
        on(rule).await;
        for (i, (name, template, device, address)) in claims.into_iter().enumerate() {
            let answer = claim(engine, name, template, from(device, address)).await;
            assert_eq!(answer.is_ok(), i != 2, "{rule:?} {i}");
            if i == 2 {
                let waiting = Refusal::TooManyAttempts { retry_after: 60 * 60 };
                assert_eq!(refusal(answer), waiting);
            }
        }
        let of_rule = Filter { rule: Some(rule.as_str().to_owned()), ..Filter::default() };
        let hit = hits(engine, of_rule).await.remove(0);
        assert_eq!((hit.rule.as_str(), hit.decision.as_str()), (rule.as_str(), "refused"));
        assert_eq!(hit.shopper.as_str(), claims[2].0);
        assert_eq!(hit.template, Some(claims[2].1));
        assert_eq!(hit.device.unwrap().as_str(), claims[2].2);
        assert_eq!(hit.address.unwrap(), claims[2].3.parse::<std::net::IpAddr>().unwrap());
        assert_eq!(hit.refusal.as_deref(), Some("too_many_attempts"));
        assert_eq!((hit.because.limit, hit.because.window_minutes), (Some(2), Some(60)));
        assert_eq!(hit.coupon, None);
        set(engine, rule, 1_000, 60, Mode::On).await;
    }
}

async fn whoever_waits_as_told_is_let_in(store: Store) {
    let engine = &store.engine;
    let template = many(engine).await;
    set(engine, Rule::Shopper, 2, 60, Mode::On).await;
    let claim = async |minute: i64| {
        engine.clock().set(noon() + TimeDelta::minutes(minute));
        claim(engine, "mei", template, Via::default()).await
    };
    claim(0).await.unwrap();
    claim(30).await.unwrap();
    let told = refusal(claim(40).await);
    assert_eq!(told, Refusal::TooManyAttempts { retry_after: 20 * 60 });
    // Whoever presses on while they wait does not wait any longer.
    for _ in 0..5 {
        assert_eq!(refusal(claim(59).await), Refusal::TooManyAttempts { retry_after: 60 });
    }
    claim(60).await.unwrap();
    assert_eq!(refusal(claim(61).await), Refusal::TooManyAttempts { retry_after: 29 * 60 });
    claim(90).await.unwrap();
}

async fn a_rule_in_shadow_refuses_nobody_and_goes_on_record(store: Store) {
    let engine = &store.engine;
    let template = many(engine).await;
    set(engine, Rule::Device, 1, 60, Mode::Shadow).await;
    claim(engine, "mei", template, from("tablet", "203.0.113.1")).await.unwrap();
    assert_eq!(found(engine).await, []);
    let made = claim(engine, "bo", template, from("tablet", "203.0.113.1")).await.unwrap();
    assert_eq!(found(engine).await, [said("device", "shadow")]);
    let hit = hits(engine, Filter::default()).await.remove(0);
    assert_eq!((hit.coupon, hit.refusal), (Some(made.code), None), "what came of it is told");
    let db = engine.migration_connection();
    for (coupon, wrong) in [("0", 1), (made.code.as_str(), 0)] {
        let update = format!("UPDATE risk_hits SET coupon = '{coupon}'");
        db.execute_unprepared(&update).await.unwrap();
        let found = books::check(engine, System).await.unwrap();
        assert_eq!(found.len(), wrong, "{found:?}");
    }
}

async fn a_rule_that_is_off_counts_nothing(store: Store) {
    let engine = &store.engine;
    let template = many(engine).await;
    set(engine, Rule::Device, 1, 60, Mode::Off).await;
    for name in ["mei", "bo", "lin"] {
        claim(engine, name, template, from("tablet", "203.0.113.1")).await.unwrap();
    }
    let counted = "SELECT count(*) FROM risk_counters WHERE key LIKE 'device:%'";
    assert_eq!(store.number(counted).await, 0);
    assert_eq!(found(engine).await, []);
}

async fn a_claim_ahead_of_its_opening_counts_nothing(store: Store) {
    let engine = &store.engine;
    let opening = noon() + TimeDelta::minutes(10);
    let window = Window { from: Some(opening), until: None };
    let template = live(engine, Draft { claim_window: window, ..draft() }).await.id;
    set(engine, Rule::ShopperTemplate, 1, 60, Mode::On).await;
    for _ in 0..5 {
        let early = refusal(claim(engine, "mei", template, Via::default()).await);
        assert_eq!(early, Refusal::NotStarted { opens_at: opening });
    }
    engine.clock().set(opening);
    claim(engine, "mei", template, Via::default()).await.unwrap();
}

async fn of_many_at_once_as_many_pass_as_the_rule_lets(store: Store) {
    let engine = &store.engine;
    let template = many(engine).await;
    set(engine, Rule::Device, 10, 60, Mode::On).await;
    let nodes = store.nodes().await;
    let claims: Vec<_> = (0..40)
        .map(|i| {
            let engine = nodes[i % nodes.len()].clone();
            tokio::spawn(async move {
                claim(&engine, &format!("s-{i}"), template, from("tablet", "203.0.113.1")).await
            })
        })
        .collect();
    let mut passed = 0;
    for one in claims {
        match one.await.unwrap() {
            Ok(_) => passed += 1,
            refused => assert_eq!(refusal(refused).code(), "too_many_attempts"),
        }
    }
    assert_eq!(passed, 10);
    assert_eq!(store.number("SELECT count(*) FROM risk_hits").await, 30);
    assert_eq!(store.number("SELECT count(*) FROM coupons").await, 10);
}

async fn a_batch_takes_one_connection(store: Store) {
    // SQLite reads beside its writer.
    if !store.settings.database_url.starts_with("postgres") {
        return;
    }
    let template = many(&store.engine).await;
    let settings = Settings { postgres_connections: 1, ..store.settings.clone() };
    let narrow = Engine::open_at(settings, Clock::still_at(noon())).await.unwrap();
    claim(&narrow, "mei", template, Via::default()).await.unwrap();
    narrow.close().await.unwrap();
}

/// A claim of Mei's under a key; it is answered by nothing but its status.
fn keyed(template: TemplateId, key: &str) -> Claim {
    let request = Request::new("shopper:mei", key, "POST", "/claims", b"{}");
    let say = |outcome: &engine::Result<Coupon>| {
        let status = match outcome {
            Ok(_) => 201,
            Err(Error::Refused(Refusal::TooManyAttempts { .. })) => 429,
            Err(_) => 409,
        };
        Answer { status, body: String::new() }
    };
    Claim { once: Some(Once::new(request, say)), ..claim_of("mei", template) }
}

async fn the_same_request_twice_in_a_batch_counts_once(store: Store) {
    let engine = &store.engine;
    let template = many(engine).await;
    set(engine, Rule::Shopper, 2, 60, Mode::On).await;
    let settle = async |keys: [&str; 2]| {
        let claims = keys.map(|key| keyed(template, key));
        let answers = issuance::settle(engine, &claims).await;
        <[engine::Result<Coupon>; 2]>::try_from(answers).unwrap()
    };
    let [first, again] = settle(["a", "a"]).await;
    first.unwrap();
    assert!(matches!(again, Err(Error::Answered(Answer { status: 201, .. }))), "{again:?}");
    let [second, third] = settle(["b", "c"]).await;
    second.unwrap();
    assert_eq!(refusal(third).code(), "too_many_attempts");
    // That answer is not kept: whoever asked twice for it comes again.
    let [first, again] = settle(["d", "d"]).await;
    assert_eq!(refusal(first).code(), "too_many_attempts");
    assert_eq!(refusal(again), Refusal::IdempotencyConflict);
    assert_eq!(found(engine).await.len(), 2);
}

async fn a_denied_thing_claims_nothing_until_it_expires(store: Store) {
    let engine = &store.engine;
    let template = many(engine).await;
    let ends = noon() + TimeDelta::hours(1);
    put(engine, List::Deny, "shopper", "mei", Some(ends)).await;
    put(engine, List::Deny, "device", "emulator", Some(ends)).await;
    put(engine, List::Deny, "network", "203.0.113.9/24", Some(ends)).await;
    let rejected = [
        ("mei", from("phone", "198.51.100.1")),
        ("bo", from("emulator", "198.51.100.1")),
        ("bo", from("phone", "203.0.113.77")),
    ];
    for (name, via) in &rejected {
        let told = refusal(claim(engine, name, template, via.clone()).await);
        assert_eq!(told, Refusal::RiskRejected);
        let code = enter(engine, name, nobodys(7), via.clone()).await;
        assert_eq!(refusal(code), Refusal::RiskRejected, "nor by a code");
    }
    claim(engine, "bo", template, from("phone", "203.0.114.1")).await.unwrap();
    let all = hits(engine, Filter::default()).await;
    assert_eq!(all.len(), 6);
    assert!(all.iter().all(|hit| hit.rule == "deny_list" && hit.decision == "refused"));
    let things: Vec<_> = all.iter().filter_map(|hit| hit.because.thing.as_deref()).collect();
    assert!(things.contains(&"mei") && things.contains(&"203.0.113.0/24"), "{things:?}");
    assert!(all.iter().all(|hit| hit.because.reason.as_deref() == Some("seen before")));
    engine.clock().set(ends);
    for (name, via) in rejected {
        claim(engine, name, template, via).await.unwrap();
    }
    // What has expired makes room.
    put(engine, List::Allow, "shopper", "mei", None).await;
}

async fn whoever_is_allowed_passes_every_rule(store: Store) {
    let engine = &store.engine;
    let template = many(engine).await;
    set(engine, Rule::Address, 1, 60, Mode::On).await;
    put(engine, List::Deny, "network", "203.0.113.0/24", None).await;
    put(engine, List::Allow, "network", "203.0.113.8/29", None).await;
    for name in ["mei", "bo"] {
        claim(engine, name, template, from("phone", "203.0.113.9")).await.unwrap();
    }
    assert_eq!(found(engine).await, [said("address", "allowed")]);
    for _ in 0..50 {
        let via = from("phone", "203.0.113.9");
        let wrong = enter(engine, "mei", nobodys(7), via).await;
        assert_eq!(refusal(wrong), Refusal::NotFound);
    }
    let told = refusal(claim(engine, "lin", template, from("phone", "203.0.113.1")).await);
    assert_eq!(told, Refusal::RiskRejected, "the wider network is denied all the same");
    let viewer = operator(engine, Role::Viewer).await;
    let all = risk::entries(engine, &viewer, None, 0).await.unwrap();
    let allowed = all.entries.iter().find(|entry| entry.list == List::Allow).unwrap();
    risk::remove_entry(engine, &guardian(engine).await, allowed.id).await.unwrap();
    let told = refusal(claim(engine, "mei", template, from("phone", "203.0.113.9")).await);
    assert_eq!(told, Refusal::RiskRejected);
}

async fn a_shopper_whom_the_host_shop_blocked_is_on_record(store: Store) {
    let engine = &store.engine;
    let template = many(engine).await;
    let said_blocked = Said { is_blocked: Some(true), ..Said::default() };
    let keeper = partner::<domain::actor::Managing>();
    shoppers::put(engine, &keeper, &shopper("mei").id, &said_blocked).await.unwrap();
    let told = refusal(claim(engine, "mei", template, Via::default()).await);
    assert_eq!(told, Refusal::RiskRejected);
    assert_eq!(found(engine).await, [said("blocked", "refused")]);
    put(engine, List::Allow, "shopper", "mei", None).await;
    claim(engine, "mei", template, Via::default()).await.unwrap();
}

async fn a_blocked_shopper_gets_nothing_of_what_opens_at_this_moment(store: Store) {
    // SQLite has one writer: nothing opens while a batch is settled.
    if !store.settings.database_url.starts_with("postgres") {
        return;
    }
    let engine = &store.engine;
    let (opening, closing) = (many(engine).await, many(engine).await);
    let said_blocked = Said { is_blocked: Some(true), ..Said::default() };
    let keeper = partner::<domain::actor::Managing>();
    shoppers::put(engine, &keeper, &shopper("mei").id, &said_blocked).await.unwrap();
    let db = engine.migration_connection();
    let set = |id: TemplateId, state: &str| {
        format!("UPDATE templates SET state = '{state}' WHERE id = '{id}'")
    };
    db.execute_unprepared(&set(opening, "paused")).await.unwrap();
    let (opens, closes) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    opens.execute_unprepared(&set(opening, "live")).await.unwrap();
    closes.execute_unprepared(&set(closing, "paused")).await.unwrap();
    let claims = [claim_of("mei", opening), claim_of("bo", closing)];
    let settling = {
        let engine = engine.clone();
        tokio::spawn(async move { issuance::settle(&engine, &claims).await })
    };
    // The first try comes too late for one template, the second sees the other one open.
    waited_for(engine, &closes).await;
    closes.commit().await.unwrap();
    waited_for(engine, &opens).await;
    opens.commit().await.unwrap();
    let told: Vec<_> = settling.await.unwrap().into_iter().map(refusal).collect();
    assert_eq!(told, [Refusal::RiskRejected, Refusal::Paused]);
    assert_eq!(found(engine).await, [said("blocked", "refused")]);
}

async fn walking_template_ids_learns_nothing_and_is_locked_out(store: Store) {
    let engine = &store.engine;
    let listed = many(engine).await;
    let hidden = live(engine, Draft { visibility: Visibility::Granted, ..draft() }).await.id;
    let mut told = Vec::new();
    for i in 0..33u128 {
        // Every third one is there, and not to be known of.
        let id = if i % 3 == 0 { hidden } else { TemplateId(uuid::Uuid::from_u128(i)) };
        told.push(refusal(claim(engine, "mei", id, Via::default()).await));
    }
    let waiting = Refusal::TooManyAttempts { retry_after: 15 * 60 };
    assert!(told[..10].iter().all(|told| *told == Refusal::NotFound), "{told:?}");
    assert!(told[10..20].iter().all(|told| *told == waiting), "{told:?}");
    assert!(told[20..30].iter().all(|told| *told == Refusal::ChallengeRequired), "{told:?}");
    assert!(told[30..].iter().all(|told| *told == Refusal::RiskRejected), "{told:?}");
    // Locked out of everything, and nobody else is.
    let told = refusal(claim(engine, "mei", listed, Via::default()).await);
    assert_eq!(told, Refusal::RiskRejected);
    claim(engine, "bo", listed, Via::default()).await.unwrap();
    let found = found(engine).await;
    assert_eq!(found.len(), 24);
    assert!(found.iter().all(|one| *one == said("wrong_by_shopper", "refused")), "{found:?}");
    engine.clock().set(noon() + TimeDelta::minutes(15));
    claim(engine, "mei", listed, Via::default()).await.unwrap();
    let told = refusal(claim(engine, "mei", hidden, Via::default()).await);
    assert_eq!(told, Refusal::NotFound);
}

async fn walking_ids_all_at_once_is_no_way_around(store: Store) {
    let engine = &store.engine;
    let ids: Vec<_> = (0..50u128).map(|i| TemplateId(uuid::Uuid::from_u128(i))).collect();
    let answers = issuance::take_each(engine, &shopper("mei"), &ids, &Via::default()).await;
    let unknown =
        |answer: &engine::Result<Taken>| matches!(answer, Err(Error::Refused(Refusal::NotFound)));
    assert_eq!(answers.iter().filter(|(_, answer)| unknown(answer)).count(), 10);
    let (_, last) = answers.into_iter().last().unwrap();
    assert_eq!(refusal(last), Refusal::RiskRejected);
}

async fn guesses_at_a_rule_in_shadow_are_gathered_and_told_once_a_minute(store: Store) {
    let engine = &store.engine;
    set(engine, Rule::WrongByShopper, 10, 15, Mode::Shadow).await;
    let nothing = TemplateId(uuid::Uuid::nil());
    let guess = async || {
        let told = refusal(claim(engine, "mei", nothing, Via::default()).await);
        assert_eq!(told, Refusal::NotFound);
    };
    for _ in 0..11 {
        guess().await;
    }
    assert_eq!(
        store.number("SELECT count(*) FROM risk_counters").await,
        0,
        "nothing is written yet"
    );
    for _ in 0..30 {
        guess().await;
        risk::flush(engine).await.unwrap();
    }
    let steps = async || {
        let found = hits(engine, Filter::default()).await;
        assert!(found.iter().all(|hit| hit.rule == "wrong_by_shopper" && hit.decision == "shadow"));
        let mut steps: Vec<_> = found.into_iter().filter_map(|hit| hit.because.step).collect();
        steps.sort();
        steps
    };
    assert_eq!(steps().await, ["challenge", "delay", "lock_out"]);
    let code = enter(engine, "mei", nobodys(7), Via::default()).await;
    assert_eq!(refusal(code), Refusal::NotFound);
    assert_eq!(steps().await.len(), 3, "a wrong code is a guess like the others");
    engine.clock().advance(TimeDelta::minutes(1));
    guess().await;
    assert_eq!(steps().await, ["challenge", "delay", "lock_out", "lock_out"]);
}

async fn guesses_of_many_by_one_device_are_told_once_a_minute(store: Store) {
    let engine = &store.engine;
    set(engine, Rule::WrongByDevice, 10, 15, Mode::Shadow).await;
    let nothing = TemplateId(uuid::Uuid::nil());
    for i in 0..15 {
        let via = from("tablet", "203.0.113.1");
        claim(engine, &format!("shopper-{i}"), nothing, via).await.unwrap_err();
        risk::flush(engine).await.unwrap();
    }
    assert_eq!(found(engine).await, [said("wrong_by_device", "shadow")]);
    let hit = hits(engine, Filter::default()).await.remove(0);
    let guardian = guardian(engine).await;
    risk::judge(engine, &guardian, hit.id, Verdict::Right).await.unwrap();
}

async fn guesses_are_written_though_whoever_asked_went_away(store: Store) {
    let engine = &store.engine;
    let nothing = TemplateId(uuid::Uuid::nil());
    assert_eq!(refusal(claim(engine, "mei", nothing, Via::default()).await), Refusal::NotFound);
    // It is begun, and dropped.
    tokio::select! {
        biased;
        flushed = risk::flush(engine) => flushed.unwrap(),
        () = std::future::ready(()) => {}
    }
    let written = async { while store.number("SELECT count(*) FROM risk_counters").await == 0 {} };
    tokio::time::timeout(std::time::Duration::from_secs(30), written).await.unwrap();
}

/// A code that is one, and that nobody has.
fn nobodys(n: u128) -> Code {
    Code::new(ShopperId::new("x").unwrap().bucket(), n)
}

async fn enter(engine: &Engine, name: &str, code: Code, via: Via) -> engine::Result<Coupon> {
    let entered = pools::enter(engine, &shopper(name), code.as_str(), via).await;
    entered.map(|(coupon, _)| coupon)
}

async fn guessing_codes_leads_to_a_delay_a_challenge_and_a_lock_out(store: Store) {
    let engine = &store.engine;
    let template = many(engine).await;
    let codes = pools::make(engine, &editor(engine).await, template, 1).await.unwrap();
    let mut told = Vec::new();
    for n in 0..33 {
        told.push(refusal(enter(engine, "mei", nobodys(n), Via::default()).await).code());
    }
    assert!(told[..10].iter().all(|code| *code == "not_found"), "{told:?}");
    assert!(told[10..20].iter().all(|code| *code == "too_many_attempts"), "{told:?}");
    assert!(told[20..30].iter().all(|code| *code == "challenge_required"), "{told:?}");
    assert!(told[30..].iter().all(|code| *code == "risk_rejected"), "{told:?}");
    let good = refusal(enter(engine, "mei", codes[0], Via::default()).await);
    assert_eq!(good, Refusal::RiskRejected, "nobody is told that this one would have been good");
    let listed = refusal(claim(engine, "mei", template, Via::default()).await);
    assert_eq!(listed, Refusal::RiskRejected);
    let steps: Vec<_> = (hits(engine, Filter::default()).await.into_iter())
        .filter_map(|hit| hit.because.step)
        .collect();
    assert_eq!(steps.len(), 25);
    for (step, n) in [("delay", 10), ("challenge", 10), ("lock_out", 5)] {
        assert_eq!(steps.iter().filter(|one| *one == step).count(), n, "{step}");
    }
    engine.clock().set(noon() + TimeDelta::minutes(15));
    enter(engine, "mei", codes[0], Via::default()).await.unwrap();
}

async fn guesses_of_many_shoppers_count_by_device_and_address(store: Store) {
    let engine = &store.engine;
    set(engine, Rule::WrongByDevice, 3, 15, Mode::On).await;
    set(engine, Rule::WrongByAddress, 5, 15, Mode::On).await;
    let guess = async |n: u128, device: &str, address: &str| {
        let name = format!("s-{n}");
        refusal(enter(engine, &name, nobodys(n), from(device, address)).await).code()
    };
    for n in 0..3 {
        assert_eq!(guess(n, "tablet", "203.0.113.1").await, "not_found");
    }
    assert_eq!(guess(3, "tablet", "203.0.113.1").await, "too_many_attempts");
    // Another device, and the address has one left.
    assert_eq!(guess(4, "phone", "203.0.113.1").await, "not_found");
    assert_eq!(guess(5, "watch", "203.0.113.1").await, "too_many_attempts");
    assert_eq!(guess(6, "watch", "203.0.113.2").await, "not_found");
    let found = found(engine).await;
    assert_eq!(found, [said("wrong_by_address", "refused"), said("wrong_by_device", "refused")]);
}

async fn many_guesses_at_once_are_no_way_around(store: Store) {
    let engine = &store.engine;
    let guesses: Vec<_> = (0..30)
        .map(|n| {
            let engine = engine.clone();
            tokio::spawn(async move { enter(&engine, "mei", nobodys(n), Via::default()).await })
        })
        .collect();
    let mut looked_at = 0;
    for guess in guesses {
        match refusal(guess.await.unwrap()) {
            Refusal::NotFound => looked_at += 1,
            other => assert!(["too_many_attempts", "challenge_required"].contains(&other.code())),
        }
    }
    assert_eq!(looked_at, 10);
}

async fn another_node_knows_who_is_locked_out(store: Store) {
    if !store.settings.database_url.starts_with("postgres") {
        return;
    }
    let engine = &store.engine;
    let other = Engine::open_at(store.settings.clone(), Clock::still_at(noon())).await.unwrap();
    let template = many(engine).await;
    claim(&other, "bo", template, Via::default()).await.unwrap();
    for n in 0..31 {
        enter(engine, "mei", nobodys(n), Via::default()).await.unwrap_err();
    }
    other.clock().advance(TimeDelta::seconds(1));
    let told = refusal(claim(&other, "mei", template, Via::default()).await);
    assert_eq!(told, Refusal::RiskRejected);
    let told = refusal(enter(&other, "mei", nobodys(1), Via::default()).await);
    assert_eq!(told, Refusal::RiskRejected);
    risk::flush(&other).await.unwrap();
    other.close().await.unwrap();
}

async fn what_is_changed_is_checked_and_written_down(store: Store) {
    let engine = &store.engine;
    let guardian = guardian(engine).await;
    let bound = Bound { limit: 0, window_minutes: 0, mode: Mode::On };
    let odd = refusal(risk::set_rule(engine, &guardian, Rule::Device, bound).await);
    let Refusal::Invalid { fields } = odd else { panic!("{odd:?}") };
    assert_eq!(fields.len(), 2);
    // What stays as it is changes nothing.
    let rules = risk::rules(engine, &*guardian).await.unwrap();
    for rule in Rule::ALL {
        risk::set_rule(engine, &guardian, rule, rules.get(rule)).await.unwrap();
    }
    let changed = "SELECT count(*) FROM changes WHERE subject_kind LIKE 'risk_%'";
    assert_eq!(store.number(changed).await, 0);
    set(engine, Rule::Device, 7, 90, Mode::Shadow).await;
    let bound = Bound { limit: 7, window_minutes: 90, mode: Mode::Shadow };
    assert_eq!(risk::rules(engine, &*guardian).await.unwrap().get(Rule::Device), bound);
    assert_eq!(store.number(changed).await, 1);

    let add = async |kind, thing, reason, expires_at| {
        let newcomer = Newcomer { list: List::Deny, kind, thing, reason, expires_at };
        risk::add_entry(engine, &guardian, newcomer).await
    };
    for (kind, thing, reason, expires_at, field, problem) in [
        ("phone", "x", "y", None, "kind", Problem::Unknown),
        ("shopper", " ", "y", None, "thing", Problem::Required),
        ("shopper", "nobody@example.com", "y", None, "thing", Problem::Unknown),
        ("network", "10.0.0.0/33", "y", None, "thing", Problem::NotAnAddress),
        ("device", "x", " ", None, "reason", Problem::Required),
        ("device", "x", "y", Some(noon()), "expires_at", Problem::EndsBeforeItBegins),
    ] {
        let told = refusal(add(kind, thing, reason, expires_at).await);
        assert_eq!(told, Refusal::invalid(field, problem));
    }
    let id = add("network", " 10.1.2.3/8 ", "a farm", None).await.unwrap();
    let twice = refusal(add("network", "10.0.0.0/8", "again", None).await);
    assert_eq!(twice, Refusal::invalid("thing", Problem::Taken));
    risk::remove_entry(engine, &guardian, id).await.unwrap();
    assert!(matches!(risk::remove_entry(engine, &guardian, id).await, Err(Error::Missing)));
    assert_eq!(store.number(changed).await, 3);
}

async fn a_shopper_is_denied_by_what_they_sign_in_with(store: Store) {
    let engine = &store.engine;
    let mei = accounts::sign_up(engine, "mei@example.com", "correct horse", "").await.unwrap();
    put(engine, List::Deny, "shopper", "Mei@Example.com", None).await;
    let template = many(engine).await;
    let told = issuance::claim(engine, &mei, template, Via::default()).await;
    assert_eq!(refusal(told), Refusal::RiskRejected);
}

async fn entries_are_found_by_whom_they_are_about(store: Store) {
    let engine = &store.engine;
    let mei = accounts::sign_up(engine, "mei@example.com", "correct horse", "").await.unwrap();
    for (kind, thing) in [
        ("shopper", mei.id.as_str()),
        ("shopper", "bo"),
        ("device", "emulator"),
        ("network", "203.0.113.0/24"),
        ("network", "203.0.113.9"),
        ("network", "2001:db8::/32"),
    ] {
        put(engine, List::Deny, kind, thing, None).await;
    }
    let viewer = operator(engine, Role::Viewer).await;
    for (about, expected) in [
        ("Mei@Example.com", vec![mei.id.as_str()]),
        (" bo ", vec!["bo"]),
        ("emulator", vec!["emulator"]),
        ("203.0.113.9", vec!["203.0.113.0/24", "203.0.113.9"]),
        ("203.0.113.8", vec!["203.0.113.0/24"]),
        ("203.0.113.77/24", vec!["203.0.113.0/24"]),
        ("2001:DB8::1", vec!["2001:db8::/32"]),
        ("nobody", vec![]),
    ] {
        let found = risk::entries(engine, &viewer, Some(about), 0).await.unwrap();
        let mut things: Vec<_> = found.entries.iter().map(|entry| entry.thing.text()).collect();
        things.sort();
        assert_eq!(found.total, expected.len() as u64, "{about}");
        assert_eq!(things, expected, "{about}");
    }
    assert_eq!(risk::entries(engine, &viewer, None, 0).await.unwrap().total, 6);
}

async fn a_decision_is_judged_and_the_false_positives_are_told(store: Store) {
    let engine = &store.engine;
    let guardian = guardian(engine).await;
    put(engine, List::Deny, "shopper", "mei", None).await;
    let template = many(engine).await;
    for _ in 0..3 {
        claim(engine, "mei", template, Via::default()).await.unwrap_err();
    }
    assert_eq!(risk::accuracy(engine, &*guardian).await.unwrap(), []);
    let all = hits(engine, Filter::default()).await;
    for (hit, verdict) in all.iter().zip([Verdict::Wrong, Verdict::Right]) {
        // Twice is once.
        for _ in 0..2 {
            risk::judge(engine, &guardian, hit.id, verdict).await.unwrap();
        }
    }
    let told = risk::accuracy(engine, &*guardian).await.unwrap().remove(0);
    assert_eq!((told.rule.as_str(), told.judged, told.wrong), ("deny_list", 2, 1));
    risk::judge(engine, &guardian, all[0].id, Verdict::Right).await.unwrap();
    let told = risk::accuracy(engine, &*guardian).await.unwrap().remove(0);
    assert_eq!((told.judged, told.wrong), (2, 0));
    let (verdict, by, at) = hits(engine, Filter::default()).await[0].verdict.clone().unwrap();
    assert_eq!((verdict, by, at), (Verdict::Right, guardian.id.to_string(), noon()));
    let judged = "SELECT count(*) FROM changes WHERE subject_kind = 'risk_hit'";
    assert_eq!(store.number(judged).await, 3);
    let nothing = domain::HitId(uuid::Uuid::nil());
    let none = risk::judge(engine, &guardian, nothing, Verdict::Right).await;
    assert!(matches!(none, Err(Error::Missing)));
}

async fn hits_are_found_by_whom_they_met_and_told_in_pages(store: Store) {
    let engine = &store.engine;
    let template = many(engine).await;
    put(engine, List::Deny, "device", "emulator", None).await;
    for i in 0..60i64 {
        engine.clock().set(noon() + TimeDelta::seconds(i));
        let address = format!("203.0.113.{i}");
        let denied = claim(engine, &format!("s-{i}"), template, from("emulator", &address)).await;
        denied.unwrap_err();
    }
    let viewer = operator(engine, Role::Viewer).await;
    let first = risk::hits(engine, &viewer, &Filter::default()).await.unwrap();
    assert_eq!((first.hits.len() as u64, first.hits[0].shopper.as_str()), (risk::PAGE, "s-59"));
    let next = Filter { before: first.next, ..Filter::default() };
    let next = risk::hits(engine, &viewer, &next).await.unwrap();
    assert_eq!((next.hits.len(), next.next), (10, None));
    assert_eq!(next.hits[9].shopper.as_str(), "s-0");
    for (about, n) in [("s-7", 1), ("203.0.113.8", 1), ("emulator", 50), ("nobody", 0)] {
        let filter = Filter { about: Some(about.to_owned()), ..Filter::default() };
        assert_eq!(hits(engine, filter).await.len(), n, "{about}");
    }
    let refused = |decision: &str, rule: &str| Filter {
        decision: Some(decision.to_owned()),
        rule: Some(rule.to_owned()),
        ..Filter::default()
    };
    assert_eq!(hits(engine, refused("refused", "deny_list")).await.len(), 50);
    assert_eq!(hits(engine, refused("shadow", "deny_list")).await.len(), 0);
    assert_eq!(hits(engine, refused("refused", "device")).await.len(), 0);
}

async fn what_is_over_is_swept_away(store: Store) {
    let engine = &store.engine;
    let template = many(engine).await;
    put(engine, List::Deny, "device", "emulator", Some(noon() + TimeDelta::hours(1))).await;
    put(engine, List::Deny, "device", "farm", None).await;
    claim(engine, "bo", template, from("emulator", "203.0.113.1")).await.unwrap_err();
    for n in 0..31 {
        enter(engine, "mei", nobodys(n), Via::default()).await.unwrap_err();
    }
    let left = async |table: &str| store.number(&format!("SELECT count(*) FROM {table}")).await;
    risk::flush(engine).await.unwrap();
    risk::sweep(engine, 500).await.unwrap();
    assert_eq!((left("risk_stops").await, left("risk_entries").await), (1, 2));
    assert!(left("risk_counters").await > 0 && left("risk_hits").await > 0);
    engine.clock().set(noon() + TimeDelta::days(2));
    risk::sweep(engine, 500).await.unwrap();
    assert_eq!((left("risk_stops").await, left("risk_counters").await), (0, 0));
    assert!(left("risk_hits").await > 0);
    engine.clock().set(noon() + TimeDelta::days(91));
    assert_eq!(risk::sweep(engine, 5).await.unwrap(), 5, "in slices");
    while risk::sweep(engine, 5).await.unwrap() > 0 {}
    assert_eq!((left("risk_hits").await, left("risk_entries").await), (0, 1));
}
