//! What an operator sees first.

use chrono::{Days, TimeDelta};
use domain::actor::{Role, Visitor};
use domain::benefit::Benefit;
use domain::template::{Action, Draft, Validity, Window};
use domain::{Money, TemplateId, Time};
use engine::overview::Supply;
use engine::{Engine, counts, overview, templates};

use crate::cast::{claim, draft, editor, live, lock, operator, redeem, shopper, yuan};
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    today_is_compared_with_as_many_whole_hours_of_other_days,
    what_changes_within_a_week_is_named_soonest_first,
    what_live_templates_may_cost_is_added_up,
    what_is_over_costs_nothing_and_what_is_closed_no_more_than_is_out,
    what_is_paused_or_ended_costs_what_is_out_until_that_is_over,
    a_budget_that_is_nearly_gone_runs_out_like_stock,
];

/// Somebody sees a template, and claims it.
async fn claim_at(engine: &Engine, at: Time, name: &str, template: TemplateId) {
    engine.clock().set(at);
    counts::viewed(engine, &Visitor { mark: name.to_owned() }, &[template], None);
    claim(engine, &shopper(name), template).await.unwrap();
}

async fn today_is_compared_with_as_many_whole_hours_of_other_days(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await.id;
    let (before, after) = (noon() - TimeDelta::hours(1), noon() + TimeDelta::hours(1));
    let (week, minutes) = (noon() + Days::new(7), TimeDelta::minutes(5));
    let yesterday = week - Days::new(1);
    // Yesterday's claims of the evening are not yesterday's by this time, and of the hour that has
    // begun only today tells.
    for (at, name) in [
        (before, "a"),
        (after, "b"),
        (yesterday - TimeDelta::hours(2), "c"),
        (yesterday - TimeDelta::hours(1), "d"),
        (yesterday + minutes, "e"),
        (yesterday + TimeDelta::hours(2), "f"),
        (week - TimeDelta::hours(3), "g"),
        (week + minutes, "h"),
    ] {
        claim_at(engine, at, name, template).await;
    }
    engine.clock().set(week + minutes * 2);
    let viewer = operator(engine, Role::Viewer).await;
    let compared = overview::compared(engine, &viewer).await.unwrap();
    assert_eq!(compared.until, week);
    let days = [&compared.today, &compared.so_far, &compared.yesterday, &compared.last_week];
    assert_eq!(days.map(|funnel| funnel.stages.claim), [2, 1, 2, 1]);
    assert_eq!(days.map(|funnel| funnel.stages.view), [2, 1, 2, 1]);
}

async fn what_changes_within_a_week_is_named_soonest_first(store: Store) {
    let engine = &store.engine;
    let day = |days: i64| Some(noon() + TimeDelta::days(days));
    let windowed = |name: &str, from, until| Draft {
        name: name.to_owned(),
        claim_window: Window { from, until },
        ..draft()
    };
    for (name, from, until) in [
        ("opens later", day(6), None),
        ("opens soon", day(1), None),
        ("opens far off", day(8), None),
        ("ends later", None, day(7)),
        ("ends soon", day(-1), day(2)),
        ("goes on", None, day(30)),
    ] {
        live(engine, windowed(name, from, until)).await;
    }
    let usable_until = |name: &str, until| Draft {
        name: name.to_owned(),
        validity: Validity::Fixed(Window { from: None, until }),
        ..draft()
    };
    live(engine, usable_until("ends with its coupons", day(3))).await;
    let stocked = |name: &str, stock| Draft {
        name: name.to_owned(),
        stock: Some(stock),
        validity: Validity::Days { days: 3, until: None },
        ..draft()
    };
    for (name, stock) in [("three left of four", 4), ("one left of four", 4), ("all gone", 3)] {
        let template = live(engine, stocked(name, stock)).await.id;
        let claims = if name.starts_with("three") { 1 } else { 3 };
        for n in 0..claims {
            claim(engine, &shopper(&format!("s-{n}")), template).await.unwrap();
        }
    }
    let until = Some(noon() + TimeDelta::seconds(1));
    let over = Draft { stock: Some(4), ..usable_until("three of four gone and over", until) };
    let over = live(engine, over).await.id;
    for n in 0..3 {
        claim(engine, &shopper(&format!("s-{n}")), over).await.unwrap();
    }
    let viewer = operator(engine, Role::Viewer).await;
    engine.clock().advance(TimeDelta::seconds(2));
    let soon = overview::soon(engine, &viewer).await.unwrap();
    let names = |templates: &[engine::templates::Template]| {
        templates.iter().map(|template| template.draft().name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&soon.opening), ["opens soon", "opens later"]);
    assert_eq!(names(&soon.closing), ["ends soon", "ends with its coupons", "ends later"]);
    let scarce: Vec<_> = soon.running_out.iter().map(|(it, _)| it.draft().name.as_str()).collect();
    assert_eq!(scarce, ["one left of four"]);
    assert_eq!(soon.expiring, 7);
}

async fn what_live_templates_may_cost_is_added_up(store: Store) {
    let engine = &store.engine;
    let budget = live(engine, Draft { budget: Some(yuan(100)), ..draft() }).await.id;
    live(engine, Draft { budget: Some(yuan(50)), stock: Some(2), ..draft() }).await;
    live(engine, Draft { stock: Some(10), ..draft() }).await;
    live(engine, draft()).await;
    let (mei, lin) = (shopper("mei"), shopper("lin"));
    for (who, order) in [(&mei, "a"), (&lin, "b")] {
        let coupon = claim(engine, who, budget).await.unwrap();
        let lock = lock(engine, who, order, &[coupon.code]).await.unwrap();
        if order == "a" {
            redeem(engine, &lock, "p").await.unwrap();
        }
    }
    let risk = overview::at_risk(engine, &operator(engine, Role::Viewer).await).await.unwrap();
    assert_eq!((risk.budgeted, risk.budget), (2, yuan(150)));
    assert_eq!((risk.reserved, risk.spent), (yuan(20), yuan(20)));
    assert_eq!((risk.stocked, risk.at_most, risk.unbounded), (1, yuan(200), 1));
}

async fn what_is_over_costs_nothing_and_what_is_closed_no_more_than_is_out(store: Store) {
    let engine = &store.engine;
    let until = Some(engine.now() + TimeDelta::days(1));
    let claim_window = Window { from: None, until };
    let validity = Validity::Days { days: 3, until: None };
    let brief = live(engine, Draft { claim_window, validity, ..draft() }).await.id;
    live(engine, Draft { claim_window, validity, stock: Some(10), ..draft() }).await;
    claim(engine, &shopper("mei"), brief).await.unwrap();
    let viewer = operator(engine, Role::Viewer).await;
    let told = async || {
        let risk = overview::at_risk(engine, &viewer).await.unwrap();
        (risk.stocked, risk.at_most, risk.unbounded)
    };
    assert_eq!(told().await, (1, yuan(200), 1));
    engine.clock().advance(TimeDelta::days(2));
    assert_eq!(told().await, (1, yuan(20), 0), "one coupon is out");
    engine.clock().advance(TimeDelta::days(3));
    assert_eq!(told().await, (0, yuan(0), 0));
}

async fn what_is_paused_or_ended_costs_what_is_out_until_that_is_over(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    for (budget, claims, action) in [
        (None, 1, Action::Pause),
        (None, 2, Action::End),
        (Some(yuan(30)), 2, Action::End),
        (None, 0, Action::End),
    ] {
        let id = live(engine, Draft { budget, ..draft() }).await.id;
        for n in 0..claims {
            claim(engine, &shopper(&format!("s-{n}")), id).await.unwrap();
        }
        templates::act(engine, &editor, id, action).await.unwrap();
    }
    let told = async || {
        let risk = overview::at_risk(engine, &editor).await.unwrap();
        (risk.budgeted, risk.stocked, risk.at_most, risk.unbounded)
    };
    assert_eq!(told().await, (0, 3, yuan(20 + 40 + 30), 0));
    engine.clock().advance(TimeDelta::days(7));
    assert_eq!(told().await, (0, 0, yuan(0), 0));
}

async fn a_budget_that_is_nearly_gone_runs_out_like_stock(store: Store) {
    let (engine, mei) = (&store.engine, shopper("mei"));
    let named = |name: &str, budget, stock| Draft {
        name: name.to_owned(),
        budget: Some(yuan(budget)),
        stock,
        ..draft()
    };
    for (name, budget, stock) in [
        ("a third left", 30, None),
        ("a fifth left", 25, Some(4)),
        ("all gone", 20, None),
        ("half left", 40, None),
    ] {
        let template = live(engine, named(name, budget, stock)).await.id;
        let coupon = claim(engine, &mei, template).await.unwrap();
        lock(engine, &mei, &format!("order-{budget}"), &[coupon.code]).await.unwrap();
    }
    // A hundredth of it is no whole cent.
    let benefit = Benefit::AmountOff { amount: Money::minor(21), min_spend: None };
    let budget = Some(Money::minor(28));
    let exact = Draft { benefit, budget, ..named("a quarter left", 28, None) };
    let coupon = claim(engine, &mei, live(engine, exact).await.id).await.unwrap();
    lock(engine, &mei, "order-of-cents", &[coupon.code]).await.unwrap();
    let viewer = operator(engine, Role::Viewer).await;
    let soon = overview::soon(engine, &viewer).await.unwrap();
    let told = |(template, supply): &(templates::Template, Supply)| {
        (template.draft().name.clone(), *supply, template.budget_left())
    };
    let told: Vec<_> = soon.running_out.iter().map(told).collect();
    let left = |name: &str, left| (name.to_owned(), Supply::Budget, Some(left));
    let expected = [left("a fifth left", yuan(5)), left("a quarter left", Money::minor(7))];
    assert_eq!(told, expected);
}
