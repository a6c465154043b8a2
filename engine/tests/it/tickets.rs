//! Claims that wait in line: each has one ticket and one answer, whoever settles it and dies.

use std::collections::HashSet;

use chrono::TimeDelta;
use domain::actor::{Claiming, Shopper, System};
use domain::template::{Action, Draft, Lane, Visibility, Window};
use domain::{Refusal, TemplateId};
use engine::idempotency::{Answer, Once, Request};
use engine::issuance::tickets::{self, Line, Standing, Ticket};
use engine::issuance::{self, Taken, Via};
use engine::{Clock, Engine, Error, redemption, templates, wallet};
use sea_orm::ConnectionTrait;

use crate::cast::{ask, cart, draft, editor, live, partner, refusal, shopper, yuan};
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    a_claim_waits_and_becomes_a_coupon,
    whoever_presses_again_has_the_same_ticket,
    the_lane_of_a_template_decides,
    of_fifty_in_line_for_ten_the_first_ten_get_one,
    a_claim_is_judged_by_the_moment_it_was_accepted,
    a_worker_may_die_at_any_moment,
    two_workers_at_once_settle_each_once,
    whoever_comes_by_is_settled_ahead_of_the_others,
    an_answer_stays,
    one_that_cannot_be_settled_holds_up_nobody,
    what_nobody_may_know_of_leaves_no_ticket,
    the_same_request_is_answered_alike,
    a_ticket_is_its_shoppers_own,
    the_line_is_as_long_as_it_has_tickets_and_as_old_as_the_first,
    old_tickets_are_swept,
];

fn queued() -> Draft {
    Draft { lane: Lane::Queued, ..draft() }
}

async fn accept(engine: &Engine, name: &str, template: TemplateId) -> Ticket {
    let accepted = tickets::accept(engine, &shopper(name), template, Via::default()).await;
    accepted.unwrap()
}

async fn settle(engine: &Engine) -> usize {
    tickets::settle_due(engine, System, 500).await.unwrap()
}

async fn waiting(store: &Store) -> i64 {
    store.number("SELECT COUNT(*) FROM tickets WHERE state = 'waiting'").await
}

async fn coupons(store: &Store) -> i64 {
    store.number("SELECT COUNT(*) FROM coupons").await
}

async fn standing(engine: &Engine, ticket: &Ticket) -> Standing {
    let shopper = Shopper { id: ticket.shopper.clone() };
    tickets::own(engine, &shopper, ticket.id).await.unwrap().0.standing
}

async fn a_claim_waits_and_becomes_a_coupon(store: Store) {
    let engine = &store.engine;
    let template = live(engine, queued()).await;
    let ticket = accept(engine, "mei", template.id).await;
    assert_eq!((&ticket.standing, ticket.accepted_at), (&Standing::Waiting, noon()));
    assert_eq!((waiting(&store).await, coupons(&store).await), (1, 0));
    engine.clock().advance(TimeDelta::seconds(1));
    assert_eq!(settle(engine).await, 1);
    assert_eq!(settle(engine).await, 0);
    let (ticket, coupon) = tickets::own(engine, &shopper("mei"), ticket.id).await.unwrap();
    let coupon = coupon.unwrap();
    assert_eq!(ticket.standing, Standing::Settled(coupon.code));
    assert_eq!(coupon.claimed_at, noon());
    let held = wallet::wallet(engine, &shopper("mei")).await.unwrap();
    assert_eq!(held.iter().map(|held| held.code).collect::<Vec<_>>(), [coupon.code]);
}

async fn whoever_presses_again_has_the_same_ticket(store: Store) {
    let engine = &store.engine;
    let template = live(engine, queued()).await;
    let first = accept(engine, "mei", template.id).await;
    let presses: Vec<_> = (0..20)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move { accept(&engine, "mei", template.id).await })
        })
        .collect();
    for press in presses {
        assert_eq!(press.await.unwrap(), first);
    }
    assert_ne!(accept(engine, "bo", template.id).await.id, first.id);
    assert_eq!(settle(engine).await, 2);
    let again = accept(engine, "mei", template.id).await;
    assert_ne!(again.id, first.id);
    let Standing::Settled(code) = standing(engine, &first).await else { panic!("no coupon") };
    let told = Refusal::ClaimLimitReached { limit: 1, coupons: vec![code] };
    assert_eq!(standing(engine, &again).await, Standing::Refused(told));
}

async fn the_lane_of_a_template_decides(store: Store) {
    let engine = &store.engine;
    let (slow, fast) = (live(engine, queued()).await, live(engine, draft()).await);
    let mei = shopper("mei");
    let one = issuance::take(engine, &mei, slow.id, Via::default()).await.unwrap();
    assert!(matches!(one, Taken::Ticket(_)));
    let bo = shopper("bo");
    let both = issuance::take_each(engine, &bo, &[slow.id, fast.id], &Via::default()).await;
    let both: Vec<Taken> = both.into_iter().map(|(_, taken)| taken.unwrap()).collect();
    assert!(matches!(both[..], [Taken::Ticket(_), Taken::Coupon(_)]));
    templates::edit(engine, &editor(engine).await, slow.id, 1, &draft()).await.unwrap();
    let one = issuance::take(engine, &shopper("lin"), slow.id, Via::default()).await.unwrap();
    assert!(matches!(one, Taken::Coupon(_)));
    assert_eq!(settle(engine).await, 2, "those who waited before");
}

async fn of_fifty_in_line_for_ten_the_first_ten_get_one(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { stock: Some(10), ..queued() }).await;
    let mut line = Vec::new();
    for i in 0..50 {
        line.push(accept(engine, &format!("shopper-{i}"), template.id).await);
        engine.clock().advance(TimeDelta::milliseconds(1));
    }
    assert_eq!(settle(engine).await, 50);
    for (i, ticket) in line.iter().enumerate() {
        match standing(engine, ticket).await {
            Standing::Settled(_) => assert!(i < 10, "{i}"),
            told => assert_eq!((told, i >= 10), (Standing::Refused(Refusal::SoldOut), true)),
        }
    }
    assert_eq!(coupons(&store).await, 10);
    assert_eq!(store.number("SELECT issued FROM templates").await, 10);
}

async fn a_claim_is_judged_by_the_moment_it_was_accepted(store: Store) {
    let engine = &store.engine;
    let minute = TimeDelta::minutes(1);
    let window = Window { from: Some(noon()), until: Some(noon() + minute) };
    let template = live(engine, Draft { claim_window: window, ..queued() }).await;
    let in_time = accept(engine, "mei", template.id).await;
    engine.clock().set(noon() + minute);
    let late = accept(engine, "bo", template.id).await;
    engine.clock().set(noon() + minute * 2);
    assert_eq!(settle(engine).await, 2);
    assert!(matches!(standing(engine, &in_time).await, Standing::Settled(_)));
    assert_eq!(standing(engine, &late).await, Standing::Refused(Refusal::ClaimClosed));
}

async fn a_worker_may_die_at_any_moment(store: Store) {
    let engine = &store.engine;
    let template = live(engine, queued()).await;
    for i in 0..40 {
        accept(engine, &format!("shopper-{i}"), template.id).await;
    }
    for steps in 0..60 {
        let dying = engine.clone();
        let worker = tokio::spawn(async move { tickets::settle_due(&dying, System, 3).await });
        for _ in 0..steps * 4 {
            tokio::task::yield_now().await;
        }
        worker.abort();
        let _ = worker.await;
        let torn = "SELECT (SELECT COUNT(*) FROM tickets WHERE state = 'settled')
            - (SELECT COUNT(*) FROM coupons)";
        assert_eq!(store.number(torn).await, 0, "both or neither");
    }
    while waiting(&store).await > 0 {
        settle(engine).await;
    }
    assert_eq!(coupons(&store).await, 40);
    assert_eq!(store.number("SELECT COUNT(DISTINCT coupon) FROM tickets").await, 40);
}

async fn two_workers_at_once_settle_each_once(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { stock: Some(100), ..queued() }).await;
    let mut nodes = vec![engine.clone(), engine.clone()];
    // An SQLite file belongs to one process.
    if store.settings.database_url.starts_with("postgres") {
        let clock = Clock::still_at(noon());
        nodes.push(Engine::open_at(store.settings.clone(), clock).await.unwrap());
    }
    for i in 0..120 {
        accept(engine, &format!("shopper-{i}"), template.id).await;
    }
    let workers: Vec<_> = nodes
        .into_iter()
        .map(|node| {
            tokio::spawn(async move {
                let mut settled = 0;
                for _ in 0..40 {
                    settled += tickets::settle_due(&node, System, 7).await.unwrap();
                }
                settled
            })
        })
        .collect();
    let mut settled = 0;
    for worker in workers {
        settled += worker.await.unwrap();
    }
    while waiting(&store).await > 0 {
        settled += settle(engine).await;
    }
    assert_eq!((settled, coupons(&store).await), (120, 100));
}

async fn whoever_comes_by_is_settled_ahead_of_the_others(store: Store) {
    let engine = &store.engine;
    let template = live(engine, queued()).await;
    let names = ["a", "b", "c", "d", "e", "f"];
    for name in names {
        accept(engine, name, template.id).await;
    }
    assert_eq!(tickets::settle_of(engine, &[shopper("f").id]).await.unwrap(), 1);
    assert_eq!(tickets::settle_of(engine, &[shopper("f").id]).await.unwrap(), 0);
    let quote = wallet::quote(engine, &shopper("e"), &cart(yuan(100)), None).await.unwrap();
    assert_eq!(quote.discount(), yuan(20));
    let order = ask("o", cart(yuan(100)), None);
    let (lock, _) = redemption::lock(engine, &shopper("d"), &order).await.unwrap();
    assert_eq!(lock.quote.discount(), yuan(20));
    let reader = &partner::<domain::actor::Reading>();
    let listed = wallet::list(engine, reader, &shopper("c").id, None, None, 10).await.unwrap();
    assert_eq!(listed.coupons.len(), 1);
    let many = wallet::list_many(engine, reader, &[shopper("b").id], None).await.unwrap();
    assert_eq!(many[0].1.coupons.len(), 1);
    assert_eq!(waiting(&store).await, 1, "the first of all");
}

async fn an_answer_stays(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { stock: Some(1), ..queued() }).await;
    accept(engine, "mei", template.id).await;
    engine.clock().advance(TimeDelta::seconds(1));
    let second = accept(engine, "bo", template.id).await;
    assert_eq!(settle(engine).await, 2);
    let more = Draft { stock: Some(2), ..queued() };
    templates::edit(engine, &editor(engine).await, template.id, 1, &more).await.unwrap();
    assert_eq!(settle(engine).await, 0);
    assert_eq!(standing(engine, &second).await, Standing::Refused(Refusal::SoldOut));
    let again = accept(engine, "bo", template.id).await;
    assert!(matches!(standing(engine, &again).await, Standing::Settled(_)));
    templates::act(engine, &editor(engine).await, template.id, Action::Pause).await.unwrap();
    assert_eq!(standing(engine, &second).await, Standing::Refused(Refusal::SoldOut));
}

async fn one_that_cannot_be_settled_holds_up_nobody(store: Store) {
    let engine = &store.engine;
    let template = live(engine, queued()).await;
    for name in ["a", "b", "c"] {
        accept(engine, name, template.id).await;
    }
    let db = engine.migration_connection();
    let spoil = "UPDATE tickets SET channel = '' WHERE shopper = 'a'";
    db.execute_unprepared(spoil).await.unwrap();
    assert_eq!(settle(engine).await, 2);
    assert_eq!((waiting(&store).await, coupons(&store).await), (1, 2));
    let mend = "UPDATE tickets SET channel = NULL WHERE shopper = 'a'";
    db.execute_unprepared(mend).await.unwrap();
    assert_eq!(settle(engine).await, 0, "it is put off");
    engine.clock().advance(TimeDelta::minutes(1));
    assert_eq!(settle(engine).await, 1);
}

async fn what_nobody_may_know_of_leaves_no_ticket(store: Store) {
    let engine = &store.engine;
    let hidden = live(engine, Draft { visibility: Visibility::Granted, ..queued() }).await;
    let linked = live(engine, Draft { visibility: Visibility::Link, ..queued() }).await;
    let mei = shopper("mei");
    for id in [hidden.id, linked.id, TemplateId(uuid::Uuid::nil())] {
        let refused = tickets::accept(engine, &mei, id, Via::default()).await;
        assert_eq!(refusal(refused), Refusal::NotFound);
    }
    assert_eq!(store.number("SELECT COUNT(*) FROM tickets").await, 0);
    let via = Via { link: linked.link_token, ..Via::default() };
    let ticket = tickets::accept(engine, &mei, linked.id, via).await.unwrap();
    assert!(matches!(standing(engine, &ticket).await, Standing::Settled(_)));
    // What is no token of ours is not written down, whatever it is.
    let listed = live(engine, queued()).await;
    let via = Via { link: Some("\0".to_owned()), ..Via::default() };
    tickets::accept(engine, &mei, listed.id, via).await.unwrap();
    assert_eq!(store.number("SELECT COUNT(link) FROM tickets").await, 1);
}

/// A claim under a key, answered by the id of its ticket.
async fn under(engine: &Engine, key: &str, body: &str, template: TemplateId) -> String {
    let request = Request::new("key:till", key, "POST", "/claims", body.as_bytes());
    let say = |outcome: &engine::Result<Ticket>| Answer {
        status: 202,
        body: outcome.as_ref().map(|ticket| ticket.id.to_string()).unwrap_or_default(),
    };
    let (partner, once) = (partner::<Claiming>(), Once::new(request, say));
    let mei = shopper("mei").id;
    match tickets::accept_for(engine, &partner, mei, template, Via::default(), Some(once)).await {
        Ok(ticket) => ticket.id.to_string(),
        Err(Error::Answered(answer)) => format!("again {}", answer.body),
        Err(error) => error.to_string(),
    }
}

async fn the_same_request_is_answered_alike(store: Store) {
    let engine = &store.engine;
    let template = live(engine, queued()).await.id;
    let first = under(engine, "k", "{}", template).await;
    assert_eq!(under(engine, "k", "{}", template).await, format!("again {first}"));
    assert_eq!(under(engine, "k", "other", template).await, "the key of another request");
    assert_eq!(settle(engine).await, 1);
    assert_eq!(under(engine, "k", "{}", template).await, format!("again {first}"));
    // Those of one batch, too.
    let other = live(engine, queued()).await.id;
    let at_once: Vec<_> = (0..8)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move { under(&engine, "l", "{}", other).await })
        })
        .collect();
    let mut ids = HashSet::new();
    for answer in at_once {
        let answer = answer.await.unwrap();
        if answer != "refused: idempotency_conflict" {
            ids.insert(answer.trim_start_matches("again ").to_owned());
        }
    }
    assert_eq!(ids.len(), 1, "{ids:?}");
}

async fn a_ticket_is_its_shoppers_own(store: Store) {
    let engine = &store.engine;
    let template = live(engine, queued()).await;
    let ticket = accept(engine, "mei", template.id).await;
    let other = tickets::own(engine, &shopper("bo"), ticket.id).await;
    assert!(matches!(other, Err(Error::Missing)));
    assert_eq!(waiting(&store).await, 1, "it is none of theirs to settle");
    let (read, coupon) = tickets::read(engine, &partner::<Claiming>(), ticket.id).await.unwrap();
    assert_eq!(read.standing, Standing::Settled(coupon.unwrap().code));
}

async fn the_line_is_as_long_as_it_has_tickets_and_as_old_as_the_first(store: Store) {
    let engine = &store.engine;
    let nobody = Line { waiting: 0, oldest: TimeDelta::zero() };
    assert_eq!(tickets::line(engine).await.unwrap(), nobody);
    let template = live(engine, queued()).await;
    accept(engine, "mei", template.id).await;
    engine.clock().advance(TimeDelta::seconds(40));
    accept(engine, "bo", template.id).await;
    engine.clock().advance(TimeDelta::seconds(2));
    let two = Line { waiting: 2, oldest: TimeDelta::seconds(42) };
    assert_eq!(tickets::line(engine).await.unwrap(), two);
    tickets::settle_of(engine, &[shopper("mei").id]).await.unwrap();
    let one = Line { waiting: 1, oldest: TimeDelta::seconds(2) };
    assert_eq!(tickets::line(engine).await.unwrap(), one);
    settle(engine).await;
    assert_eq!(tickets::line(engine).await.unwrap(), nobody);
}

async fn old_tickets_are_swept(store: Store) {
    let engine = &store.engine;
    let template = live(engine, queued()).await;
    accept(engine, "mei", template.id).await;
    settle(engine).await;
    engine.clock().advance(TimeDelta::days(90));
    accept(engine, "bo", template.id).await;
    assert_eq!(tickets::sweep(engine, 10).await.unwrap(), 0);
    engine.clock().advance(TimeDelta::seconds(1));
    assert_eq!(tickets::sweep(engine, 10).await.unwrap(), 1);
    assert_eq!(waiting(&store).await, 1, "one without an answer stays");
}
