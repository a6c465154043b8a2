//! What is alarming: fired once, ended once, on record, whoever judges.

use chrono::TimeDelta;
use domain::actor::{Role, System};
use domain::alert::{Bound, Rule};
use domain::template::{Draft, Lane, Validity, Window};
use domain::{Problem, Refusal};
use engine::issuance::{Via, tickets};
use engine::{Engine, alerts, templates};
use sea_orm::ConnectionTrait;

use crate::cast::{claim, draft, editor, live, lock, operator, redeem, refusal, shopper, yuan};
use crate::stores::{Store, number, on_both_stores};

on_both_stores![
    an_alert_fires_once_it_lasted_and_ends_once_whoever_judges,
    what_wavers_is_told_once_however_many_are_worse,
    what_was_over_before_it_lasted_is_forgotten,
    claims_and_their_refusals_are_counted_by_the_minute,
    failures_and_spikes_are_told_at_once,
    a_coupon_that_is_tried_again_and_again_is_named,
    a_budget_that_is_nearly_gone_and_claims_that_wait_are_told,
    what_is_over_alarms_nobody_though_little_is_left_of_it,
    what_webhooks_were_not_told_is_counted,
    a_rule_that_is_changed_is_checked_and_written_down,
    what_is_long_over_is_swept_away,
];

async fn set(engine: &Engine, rule: Rule, threshold: u32, window_minutes: u32) {
    let bound = Bound { threshold, window_minutes, is_on: true };
    alerts::set_rule(engine, &editor(engine).await, rule, bound).await.unwrap();
}

/// Judges in the next turn; answers how much was told.
async fn judge(engine: &Engine) -> usize {
    engine.clock().advance(TimeDelta::seconds(10));
    alerts::flush(engine).await.unwrap();
    alerts::judge(engine, System).await.unwrap()
}

async fn firing(engine: &Engine) -> Vec<alerts::Alert> {
    alerts::firing(engine, &operator(engine, Role::Viewer).await).await.unwrap()
}

/// The most that a rule finds, and whether it says that something is alarming.
async fn standing(engine: &Engine, rule: Rule) -> (Option<u64>, bool) {
    let viewer = operator(engine, Role::Viewer).await;
    let standings = alerts::standings(engine, &viewer).await.unwrap();
    let standing = standings.iter().find(|standing| standing.rule == rule).unwrap();
    (standing.value, standing.is_alarming)
}

async fn fired(engine: &Engine) -> Vec<Rule> {
    firing(engine).await.into_iter().map(|alert| alert.rule).collect()
}

/// Puts down what was counted a while ago.
async fn pulses(engine: &Engine, kind: &str, minutes_ago: i64, n: i64) {
    let at = (engine.now() - TimeDelta::minutes(minutes_ago)).timestamp_micros();
    let insert = format!("INSERT INTO pulses VALUES ('{kind}', {at}, '', {n})");
    engine.migration_connection().execute_unprepared(&insert).await.unwrap();
}

async fn an_alert_fires_once_it_lasted_and_ends_once_whoever_judges(store: Store) {
    let engine = &store.engine;
    set(engine, Rule::StockLow, 50, 2).await;
    let template = live(engine, Draft { stock: Some(3), ..draft() }).await;
    for name in ["mei", "lin"] {
        claim(engine, &shopper(name), template.id).await.unwrap();
    }
    assert_eq!(judge(engine).await, 0);
    assert!(firing(engine).await.is_empty(), "not before it lasted");
    for _ in 0..3 {
        engine.clock().advance(TimeDelta::minutes(2));
        let nodes: Vec<_> = (0..4)
            .map(|_| {
                let engine = engine.clone();
                tokio::spawn(async move { alerts::judge(&engine, System).await.unwrap() })
            })
            .collect();
        for node in nodes {
            node.await.unwrap();
        }
    }
    let told = "SELECT count(*) FROM changes WHERE subject_kind = 'alert' AND action = 'fired'";
    assert_eq!(store.number(told).await, 1);
    let alert = firing(engine).await.remove(0);
    assert_eq!(alert.template.clone().unwrap(), (template.id, "20 off".to_owned()));
    assert_eq!((alert.rule, alert.threshold, alert.value), (Rule::StockLow, 50, 66));
    // What is all gone is not well again.
    claim(engine, &shopper("bo"), template.id).await.unwrap();
    assert_eq!(judge(engine).await, 0);
    assert_eq!(firing(engine).await[0].value, 100);
    assert_eq!(standing(engine, Rule::StockLow).await, (Some(100), true), "the rule agrees");
    let editor = editor(engine).await;
    let more = Draft { stock: Some(6), ..draft() };
    templates::edit(engine, &editor, template.id, 1, &more).await.unwrap();
    assert_eq!(judge(engine).await, 0, "half of it is gone");
    assert_eq!(standing(engine, Rule::StockLow).await, (Some(50), true));
    let more = Draft { stock: Some(7), ..draft() };
    templates::edit(engine, &editor, template.id, 2, &more).await.unwrap();
    assert_eq!(judge(engine).await, 1);
    assert_eq!(judge(engine).await, 0);
    assert!(firing(engine).await.is_empty());
    assert_eq!(standing(engine, Rule::StockLow).await, (Some(42), false));
    let viewer = operator(engine, Role::Viewer).await;
    let history = alerts::history(engine, &viewer, 0).await.unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].fired_at, alert.fired_at);
    assert!(history[0].ended_at.unwrap() > alert.fired_at);
    assert!(alerts::history(engine, &viewer, 1).await.unwrap().is_empty());
    let ended = "SELECT count(*) FROM changes WHERE subject_kind = 'alert' AND action = 'ended'";
    assert_eq!(store.number(ended).await, 1);
}

async fn what_wavers_is_told_once_however_many_are_worse(store: Store) {
    let engine = &store.engine;
    set(engine, Rule::CouponTried, 20, 60).await;
    let coupon = claim(engine, &shopper("mei"), live(engine, draft()).await.id).await.unwrap();
    let code = coupon.code.to_string();
    let tried = async |subject: &str, n: i64, minutes_ago: i64| {
        let at = (engine.now() - TimeDelta::minutes(minutes_ago)).timestamp_micros();
        let insert = format!("INSERT INTO pulses VALUES ('tried', {at}, '{subject}', {n})");
        engine.migration_connection().execute_unprepared(&insert).await.unwrap();
    };
    tried(&code, 2, 50).await;
    tried(&code, 18, 10).await;
    assert_eq!(judge(engine).await, 1);
    engine.clock().advance(TimeDelta::minutes(20));
    assert_eq!(judge(engine).await, 0, "18 are two less than too many");
    for n in 0..200 {
        tried(&format!("x-{n}"), 19, 1).await;
    }
    assert_eq!(judge(engine).await, 0, "it is looked at beside those that are worse");
    tried(&code, 2, 0).await;
    assert_eq!(judge(engine).await, 0, "it has never ended");
    engine.clock().advance(TimeDelta::minutes(40));
    assert_eq!(judge(engine).await, 1, "2 are well");
    assert!(firing(engine).await.is_empty());
}

async fn what_was_over_before_it_lasted_is_forgotten(store: Store) {
    let engine = &store.engine;
    set(engine, Rule::StockLow, 50, 5).await;
    let template = live(engine, Draft { stock: Some(2), ..draft() }).await;
    claim(engine, &shopper("mei"), template.id).await.unwrap();
    assert_eq!(judge(engine).await, 0);
    assert_eq!(store.number("SELECT count(*) FROM alerts").await, 1);
    claim(engine, &shopper("lin"), template.id).await.unwrap();
    assert_eq!(judge(engine).await, 0);
    assert_eq!(store.number("SELECT count(*) FROM alerts").await, 0);
}

async fn claims_and_their_refusals_are_counted_by_the_minute(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    claim(engine, &mei, template.id).await.unwrap();
    for _ in 0..2 {
        claim(engine, &mei, template.id).await.unwrap_err();
    }
    engine.clock().advance(TimeDelta::minutes(1));
    claim(engine, &mei, template.id).await.unwrap_err();
    for _ in 0..2 {
        alerts::flush(engine).await.unwrap();
    }
    let count = |what: &str| format!("SELECT CAST(SUM(n) AS BIGINT) FROM pulses WHERE {what}");
    assert_eq!(store.number(&count("kind = 'claimed'")).await, 1);
    assert_eq!(store.number(&count("kind = 'refused'")).await, 3);
    assert_eq!(store.number("SELECT count(*) FROM pulses").await, 3);
    let viewer = operator(engine, Role::Viewer).await;
    let claims = alerts::claims(engine, &viewer).await.unwrap();
    assert_eq!((claims.claimed, claims.refused, claims.failed), (1, 3, 0));
    engine.clock().advance(TimeDelta::hours(1));
    let claims = alerts::claims(engine, &viewer).await.unwrap();
    assert_eq!(claims, alerts::Claims::default());
}

async fn failures_and_spikes_are_told_at_once(store: Store) {
    let engine = &store.engine;
    pulses(engine, "refused", 20, 20).await;
    pulses(engine, "refused", 2, 59).await;
    assert_eq!(judge(engine).await, 0, "59 are not three times 20");
    pulses(engine, "refused", 1, 1).await;
    pulses(engine, "failed", 1, 10).await;
    assert_eq!(judge(engine).await, 2);
    let mut rules = fired(engine).await;
    rules.sort();
    assert_eq!(rules, [Rule::IssueFailures, Rule::RefusalSpike]);
    engine.clock().advance(TimeDelta::minutes(15));
    assert_eq!(judge(engine).await, 2);
    assert!(fired(engine).await.is_empty());
}

async fn a_coupon_that_is_tried_again_and_again_is_named(store: Store) {
    let engine = &store.engine;
    set(engine, Rule::CouponTried, 3, 60).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, live(engine, draft()).await.id).await.unwrap();
    for n in 0..2 {
        let tried = lock(engine, &shopper("lin"), &format!("o-{n}"), &[coupon.code]).await;
        tried.unwrap_err();
    }
    assert_eq!(judge(engine).await, 0);
    lock(engine, &shopper("bo"), "o-3", &[coupon.code]).await.unwrap_err();
    assert_eq!(judge(engine).await, 1);
    assert_eq!(firing(engine).await[0].coupon, Some(coupon.code));
    let named = format!("SELECT count(*) FROM changes WHERE new LIKE '%{}%'", coupon.code);
    assert_eq!(store.number(&named).await, 0, "codes stay out of the audit trail");
    // What goes well is no try.
    lock(engine, &mei, "o-4", &[coupon.code]).await.unwrap();
    assert_eq!(judge(engine).await, 0);
}

async fn a_budget_that_is_nearly_gone_and_claims_that_wait_are_told(store: Store) {
    let engine = &store.engine;
    set(engine, Rule::BudgetLow, 80, 1).await;
    set(engine, Rule::QueueLag, 30, 1).await;
    let mei = shopper("mei");
    let template = live(engine, Draft { budget: Some(yuan(25)), ..draft() }).await;
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    lock(engine, &mei, "o", &[coupon.code]).await.unwrap();
    let queued = live(engine, Draft { lane: Lane::Queued, ..draft() }).await;
    tickets::accept(engine, &shopper("lin"), queued.id, Via::default()).await.unwrap();
    engine.clock().advance(TimeDelta::seconds(40));
    assert_eq!(judge(engine).await, 0);
    engine.clock().advance(TimeDelta::minutes(1));
    assert_eq!(judge(engine).await, 2);
    let viewer = operator(engine, Role::Viewer).await;
    let queues = alerts::queues(engine, &viewer).await.unwrap();
    assert_eq!(queues.line, tickets::line(engine).await.unwrap());
    assert_eq!(queues.line.waiting, 1);
    let standings = alerts::standings(engine, &viewer).await.unwrap();
    let of = |rule| standings.iter().find(|standing| standing.rule == rule).unwrap().value;
    assert_eq!(of(Rule::BudgetLow), Some(80));
    assert!(of(Rule::QueueLag) >= Some(100));
    assert_eq!((of(Rule::IssueFailures), of(Rule::CouponTried)), (None, None));
    tickets::settle_due(engine, System, 10).await.unwrap();
    assert_eq!(judge(engine).await, 1);
    assert_eq!(fired(engine).await, [Rule::BudgetLow]);
}

async fn what_is_over_alarms_nobody_though_little_is_left_of_it(store: Store) {
    let (engine, mei) = (&store.engine, shopper("mei"));
    set(engine, Rule::StockLow, 50, 1).await;
    set(engine, Rule::BudgetLow, 50, 1).await;
    // Claims have no end of their own.
    let until = Some(engine.now() + TimeDelta::hours(1));
    let validity = Validity::Fixed(Window { from: None, until });
    let scarce = Draft { stock: Some(2), budget: Some(yuan(25)), validity, ..draft() };
    let coupon = claim(engine, &mei, live(engine, scarce).await.id).await.unwrap();
    let lock = lock(engine, &mei, "o", &[coupon.code]).await.unwrap();
    redeem(engine, &lock, "p").await.unwrap();
    assert_eq!(judge(engine).await, 0);
    engine.clock().advance(TimeDelta::minutes(1));
    assert_eq!(judge(engine).await, 2);
    engine.clock().advance(TimeDelta::hours(1));
    assert_eq!(judge(engine).await, 2, "both have ended");
    assert!(firing(engine).await.is_empty());
    for rule in [Rule::StockLow, Rule::BudgetLow] {
        assert_eq!(standing(engine, rule).await, (None, false), "{rule:?}");
    }
}

async fn what_webhooks_were_not_told_is_counted(store: Store) {
    let engine = &store.engine;
    set(engine, Rule::DeliveryFailures, 2, 60).await;
    let db = engine.migration_connection();
    let uuid = match db.get_database_backend() {
        sea_orm::DbBackend::Postgres => "gen_random_uuid()",
        _ => "randomblob(16)",
    };
    let now = engine.now().timestamp_micros();
    for (event, state, status) in
        [("a", "waiting", "500"), ("b", "waiting", "NULL"), ("c", "dead", "410")]
    {
        let ended = if state == "dead" { now.to_string() } else { "NULL".to_owned() };
        let insert = format!(
            "INSERT INTO deliveries (bucket, id, webhook, event, topic, body, state, attempts,
                due_at, tried_at, status, created_at, ended_at)
            VALUES (1, {uuid}, {uuid}, '{event}', 't', '{{}}', '{state}', 1,
                {now}, {now}, {status}, {now}, {ended})"
        );
        db.execute_unprepared(&insert).await.unwrap();
    }
    // The second is still under way.
    assert_eq!(judge(engine).await, 1);
    assert_eq!(firing(engine).await[0].value, 2);
    db.execute_unprepared("DELETE FROM deliveries").await.unwrap();
    assert_eq!(judge(engine).await, 1);
}

async fn a_rule_that_is_changed_is_checked_and_written_down(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let bound = Bound { threshold: 101, window_minutes: 0, is_on: true };
    let wrong = alerts::set_rule(engine, &editor, Rule::StockLow, bound).await;
    let Refusal::Invalid { fields } = refusal(wrong) else { panic!("not refused") };
    assert_eq!(fields[0].problem, Problem::OutOfRange { min: 1, max: 100 });
    assert_eq!(fields[1].field, "window_minutes");
    let bound = Bound { threshold: 70, window_minutes: 30, is_on: false };
    for _ in 0..2 {
        alerts::set_rule(engine, &editor, Rule::StockLow, bound).await.unwrap();
    }
    let rules = alerts::rules(engine, &editor).await.unwrap();
    assert_eq!(rules.get(Rule::StockLow), bound);
    let written = "SELECT count(*) FROM changes WHERE subject_kind = 'alert_rule'";
    assert_eq!(store.number(written).await, 1, "the same again changes nothing");
}

async fn what_is_long_over_is_swept_away(store: Store) {
    let engine = &store.engine;
    pulses(engine, "failed", 1, 30).await;
    assert_eq!(judge(engine).await, 1);
    engine.clock().advance(TimeDelta::hours(50));
    assert_eq!(judge(engine).await, 1);
    assert_eq!(alerts::sweep(engine, 10).await.unwrap(), 1);
    assert_eq!(number(engine, "SELECT count(*) FROM pulses").await, 0);
    assert_eq!(number(engine, "SELECT count(*) FROM alerts").await, 1);
    engine.clock().advance(TimeDelta::days(91));
    assert_eq!(alerts::sweep(engine, 10).await.unwrap(), 1);
    assert_eq!(number(engine, "SELECT count(*) FROM alerts").await, 0);
}
