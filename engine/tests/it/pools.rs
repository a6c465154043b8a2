//! Codes made in advance, and who gets them.

use chrono::TimeDelta;
use domain::actor::{Managing, System};
use domain::template::{Action, Audience, Draft, Visibility, Window};
use domain::{Code, Problem, Refusal, ShopperId};
use engine::issuance::Via;
use engine::redemption::Answer;
use engine::wallet::{self, Coupon};
use engine::{Engine, pools, templates};
use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::cast::{claim, draft, editor, live, partner, refusal, shopper};
use crate::stores::{Store, noon, on_both_stores, waited_for};

on_both_stores![
    a_pool_takes_its_stock_when_it_is_made,
    claims_and_pools_that_race_never_pass_the_stock,
    codes_are_written_before_their_template_is_waited_for,
    a_code_is_claimed_by_exactly_one_of_twenty_shoppers,
    many_presses_of_one_shopper_are_one_claim,
    a_code_entered_again_is_the_coupon_it_became,
    a_code_opens_what_is_hidden_and_sold_out,
    a_refused_claim_leaves_the_code_for_later,
    wrong_spent_and_foreign_codes_are_one_answer_and_make_one_wait,
    a_template_that_is_not_on_makes_no_codes,
    many_codes_are_made_in_the_background_though_the_job_is_killed,
    a_form_sent_twice_has_its_codes_made_once,
    codes_stop_where_the_stock_ends,
];

async fn pool(engine: &Engine, draft: Draft, count: u32) -> (templates::Template, Vec<Code>) {
    let template = live(engine, draft).await;
    let codes = pools::make(engine, &editor(engine).await, template.id, count).await.unwrap();
    (template, codes)
}

async fn enter(engine: &Engine, name: &str, code: Code) -> engine::Result<(Coupon, Answer)> {
    pools::enter(engine, &shopper(name), code.as_str(), Via::default()).await
}

async fn a_pool_takes_its_stock_when_it_is_made(store: Store) {
    let engine = &store.engine;
    let (template, codes) = pool(engine, Draft { stock: Some(5), ..draft() }, 3).await;
    assert_eq!(codes.len(), 3);
    let editor = editor(engine).await;
    assert_eq!(templates::read(engine, &editor, template.id).await.unwrap().issued, 3);
    let many = refusal(pools::make(engine, &editor, template.id, 3).await);
    assert_eq!(many, Refusal::invalid("count", Problem::OutOfRange { min: 1, max: 2 }));
    for count in [0, pools::MOST + 1] {
        let odd = refusal(pools::make(engine, &editor, template.id, count).await);
        assert_eq!(odd.code(), "invalid");
    }
    pools::make(engine, &editor, template.id, 2).await.unwrap();
    let none = refusal(pools::make(engine, &editor, template.id, 1).await);
    assert_eq!(none, Refusal::SoldOut);
    assert_eq!(refusal(claim(engine, &shopper("a"), template.id).await), Refusal::SoldOut);
    enter(engine, "a", codes[0]).await.unwrap();
    let template = templates::read(engine, &editor, template.id).await.unwrap();
    let out = templates::coupons::outstanding(engine, &editor, &template).await.unwrap();
    assert_eq!((template.issued, out.usable, out.unclaimed.count), (5, 1, 4));
}

async fn claims_and_pools_that_race_never_pass_the_stock(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { stock: Some(20), ..draft() }).await;
    let editor = editor(engine).await;
    let making: Vec<_> = (0..10)
        .map(|_| {
            let (engine, editor) = (engine.clone(), editor.clone());
            tokio::spawn(async move { pools::make(&engine, &editor, template.id, 3).await.is_ok() })
        })
        .collect();
    let claiming: Vec<_> = (0..20)
        .map(|i| {
            let engine = engine.clone();
            tokio::spawn(async move {
                claim(&engine, &shopper(&format!("s-{i}")), template.id).await.is_ok()
            })
        })
        .collect();
    let (mut made, mut claimed) = (0, 0);
    for one in making {
        made += 3 * u64::from(one.await.unwrap());
    }
    for one in claiming {
        claimed += u64::from(one.await.unwrap());
    }
    let issued = templates::read(engine, &editor, template.id).await.unwrap().issued;
    assert_eq!(issued, made + claimed);
    assert!(issued > 17, "fewer than three were left for nobody: {issued}");
}

async fn codes_are_written_before_their_template_is_waited_for(store: Store) {
    // SQLite has one writer: there is one order anyway.
    if !store.settings.database_url.starts_with("postgres") {
        return;
    }
    let engine = &store.engine;
    let (template, editor) = (live(engine, draft()).await, editor(engine).await);
    let holder = engine.migration_connection().begin().await.unwrap();
    let hold = format!("SELECT 1 FROM templates WHERE id = '{}' FOR UPDATE", template.id);
    holder.execute_unprepared(&hold).await.unwrap();
    let making = {
        let engine = engine.clone();
        tokio::spawn(async move { pools::make(&engine, &editor, template.id, 3).await.unwrap() })
    };
    waited_for(engine, &holder).await;
    let written = "SELECT count(*) FROM pg_locks
        JOIN pg_class ON pg_class.oid = pg_locks.relation
        JOIN pg_database ON pg_database.oid = pg_locks.database AND datname = current_database()
        WHERE relname LIKE 'pool_codes%' AND mode = 'RowExclusiveLock'";
    assert!(store.number(written).await > 0);
    holder.rollback().await.unwrap();
    assert_eq!(making.await.unwrap().len(), 3);
}

async fn a_code_is_claimed_by_exactly_one_of_twenty_shoppers(store: Store) {
    let engine = &store.engine;
    let (_, codes) = pool(engine, draft(), 1).await;
    let code = codes[0];
    let entering: Vec<_> = (0..20)
        .map(|i| {
            let engine = engine.clone();
            tokio::spawn(async move { enter(&engine, &format!("s-{i}"), code).await })
        })
        .collect();
    let mut winners = 0;
    for one in entering {
        match one.await.unwrap() {
            Ok((coupon, answer)) => {
                assert_eq!(answer, Answer::Made);
                assert_ne!(coupon.code, code, "a coupon has a code of its own");
                winners += 1;
            }
            refused => assert_eq!(refusal(refused), Refusal::NotFound),
        }
    }
    assert_eq!(winners, 1);
}

async fn many_presses_of_one_shopper_are_one_claim(store: Store) {
    let engine = &store.engine;
    let (_, codes) = pool(engine, Draft { per_shopper: 5, ..draft() }, 1).await;
    let code = codes[0];
    let entering: Vec<_> = (0..8)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move { enter(&engine, "mei", code).await.unwrap() })
        })
        .collect();
    let mut made = 0;
    let mut coupons = Vec::new();
    for one in entering {
        let (coupon, answer) = one.await.unwrap();
        made += usize::from(answer == Answer::Made);
        coupons.push(coupon.code);
    }
    coupons.dedup();
    assert_eq!((made, coupons.len()), (1, 1));
}

async fn a_code_entered_again_is_the_coupon_it_became(store: Store) {
    let engine = &store.engine;
    let (_, codes) = pool(engine, draft(), 1).await;
    let (coupon, _) = enter(engine, "mei", codes[0]).await.unwrap();
    let typed = format!(" {} ", codes[0].grouped().to_lowercase());
    let (again, answer) =
        pools::enter(engine, &shopper("mei"), &typed, Via::default()).await.unwrap();
    assert_eq!((again.code, answer), (coupon.code, Answer::Known));
    // So does the coupon's own code, which is what its page shows.
    let (own, answer) = enter(engine, "mei", coupon.code).await.unwrap();
    assert_eq!((own.code, answer), (coupon.code, Answer::Known));
    let (_, steps) = wallet::coupon(engine, &shopper("mei"), coupon.code).await.unwrap();
    assert_eq!(steps.len(), 1);
}

async fn a_code_opens_what_is_hidden_and_sold_out(store: Store) {
    let engine = &store.engine;
    let hidden = Draft { visibility: Visibility::Granted, stock: Some(1), ..draft() };
    let (template, codes) = pool(engine, hidden, 1).await;
    assert_eq!(refusal(claim(engine, &shopper("mei"), template.id).await), Refusal::NotFound);
    enter(engine, "mei", codes[0]).await.unwrap();
}

async fn a_refused_claim_leaves_the_code_for_later(store: Store) {
    let engine = &store.engine;
    let later = noon() + TimeDelta::hours(1);
    let window = Window { from: Some(later), until: None };
    let early = Draft { claim_window: window, ..draft() };
    let (template, codes) = pool(engine, early, 2).await;
    for _ in 0..20 {
        // A code of one's own is known to be good: trying it early is no guessing.
        let early = refusal(enter(engine, "mei", codes[0]).await);
        assert_eq!(early, Refusal::NotStarted { opens_at: later });
    }
    engine.clock().set(later);
    let editor = editor(engine).await;
    templates::act(engine, &editor, template.id, Action::Pause).await.unwrap();
    assert_eq!(refusal(enter(engine, "mei", codes[0]).await), Refusal::Paused);
    templates::act(engine, &editor, template.id, Action::Publish).await.unwrap();
    let (coupon, _) = enter(engine, "mei", codes[0]).await.unwrap();
    match refusal(enter(engine, "mei", codes[1]).await) {
        Refusal::ClaimLimitReached { limit: 1, coupons } => assert_eq!(coupons, [coupon.code]),
        other => panic!("{other:?}"),
    }
    enter(engine, "bo", codes[1]).await.unwrap();
    let members = Draft { audience: Audience::Segment("members".to_owned()), ..draft() };
    let (_, codes) = pool(engine, members, 1).await;
    assert_eq!(refusal(enter(engine, "mei", codes[0]).await), Refusal::NotInAudience);
}

async fn wrong_spent_and_foreign_codes_are_one_answer_and_make_one_wait(store: Store) {
    let engine = &store.engine;
    let (template, codes) = pool(engine, draft(), 2).await;
    enter(engine, "mei", codes[0]).await.unwrap();
    let foreign = claim(engine, &shopper("lin"), template.id).await.unwrap();
    let unknown = Code::new(ShopperId::new("x").unwrap().bucket(), 7);
    let unreadable = pools::enter(engine, &shopper("bo"), "not a code", Via::default()).await;
    assert_eq!(refusal(unreadable), Refusal::NotFound);
    for code in [codes[0], foreign.code, unknown] {
        assert_eq!(refusal(enter(engine, "bo", code).await), Refusal::NotFound);
    }
    // What is good in between takes nothing back of what was wrong.
    enter(engine, "bo", codes[1]).await.unwrap();
    for _ in 0..7 {
        assert_eq!(refusal(enter(engine, "bo", unknown).await), Refusal::NotFound);
    }
    let waiting = Refusal::TooManyAttempts { retry_after: 15 * 60 };
    assert_eq!(refusal(enter(engine, "bo", unknown).await), waiting);
    assert_eq!(refusal(enter(engine, "bo", codes[1]).await), waiting, "a good one waits too");
    assert_eq!(refusal(enter(engine, "lin", unknown).await), Refusal::NotFound, "others do not");
    engine.clock().set(noon() + TimeDelta::minutes(15));
    assert_eq!(enter(engine, "bo", codes[1]).await.unwrap().1, Answer::Known);
}

async fn a_template_that_is_not_on_makes_no_codes(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let made = templates::create(engine, &editor, &draft()).await.unwrap();
    let drafted = refusal(pools::make(engine, &editor, made.id, 1).await);
    assert_eq!(drafted, Refusal::StateConflict { state: "draft".into() });
    let template = live(engine, draft()).await;
    templates::act(engine, &editor, template.id, Action::End).await.unwrap();
    let ended = refusal(pools::make(engine, &editor, template.id, 1).await);
    assert_eq!(ended, Refusal::StateConflict { state: "ended".into() });
}

async fn work(engine: &Engine) {
    while pools::work(engine, System).await.unwrap() > 0 {}
}

async fn many_codes_are_made_in_the_background_though_the_job_is_killed(store: Store) {
    const MANY: u32 = 5_000;
    let engine = &store.engine;
    let keeper: Managing = partner();
    let template = live(engine, draft()).await;
    pools::ask(engine, &keeper, template.id, MANY).await.unwrap();
    let made = async || pools::list(engine, &keeper, template.id).await.unwrap()[0].made;
    let job = tokio::spawn({
        let engine = engine.clone();
        async move { pools::work(&engine, System).await }
    });
    while made().await == 0 {
        tokio::task::yield_now().await;
    }
    job.abort();
    let _ = job.await;
    engine.clock().set(noon() + TimeDelta::minutes(1));
    // What the killed job held may be held for a moment longer.
    while made().await < u64::from(MANY) {
        work(engine).await;
    }
    let pool = pools::list(engine, &keeper, template.id).await.unwrap().remove(0);
    assert_eq!((pool.state, pool.made), (pools::State::Done, u64::from(MANY)));
    let (mut codes, mut after) = (Vec::new(), None);
    loop {
        let found = pools::codes(engine, &keeper, template.id, after, 2_000).await.unwrap();
        let Some(last) = found.last() else { break };
        after = Some(last.code);
        codes.extend(found.into_iter().map(|found| found.code));
    }
    assert!(codes.is_sorted_by(|a, b| a.as_str() < b.as_str()));
    assert_eq!(codes.len(), MANY as usize);
    enter(engine, "mei", codes[17]).await.unwrap();
    let read = templates::read(engine, &keeper, template.id).await.unwrap();
    assert_eq!(read.issued, u64::from(MANY));
}

async fn a_form_sent_twice_has_its_codes_made_once(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { stock: Some(12), ..draft() }).await.id;
    let key = pools::next_id(engine);
    let nodes = store.nodes().await;
    let send = |node: &Engine, count| {
        let node = node.clone();
        tokio::spawn(async move {
            pools::ask_as(&node, &partner::<Managing>(), key, template, count).await
        })
    };
    let sent: Vec<_> = nodes.iter().cycle().take(8).map(|node| send(node, 10)).collect();
    for answer in sent {
        assert_eq!(answer.await.unwrap().unwrap().id, key);
    }
    work(engine).await;
    let again = send(engine, 10).await.unwrap().unwrap();
    assert_eq!((again.state, again.made), (pools::State::Done, 10), "though no ten are left");
    assert_eq!(refusal(send(engine, 2).await.unwrap()), Refusal::IdempotencyConflict);
    assert_eq!(store.number("SELECT issued FROM templates").await, 10);
    let told = "SELECT COUNT(*) FROM changes WHERE action = 'pool_codes_made'";
    assert_eq!(store.number(told).await, 1);
}

async fn codes_stop_where_the_stock_ends(store: Store) {
    let engine = &store.engine;
    let keeper: Managing = partner();
    let template = live(engine, Draft { stock: Some(5), ..draft() }).await;
    let many = refusal(pools::ask(engine, &keeper, template.id, 6).await);
    assert_eq!(many, Refusal::invalid("count", Problem::OutOfRange { min: 1, max: 5 }));
    let odd = pools::ask(engine, &keeper, template.id, pools::MOST_IN_BACKGROUND + 1).await;
    assert_eq!(refusal(odd).code(), "invalid");
    pools::ask(engine, &keeper, template.id, 5).await.unwrap();
    claim(engine, &shopper("mei"), template.id).await.unwrap();
    claim(engine, &shopper("bo"), template.id).await.unwrap();
    work(engine).await;
    let pool = pools::list(engine, &keeper, template.id).await.unwrap().remove(0);
    assert_eq!((pool.state, pool.made, pool.wanted), (pools::State::Stopped, 3, 5));
    assert_eq!(pool.stopped_by.as_deref(), Some("sold_out"));
}
