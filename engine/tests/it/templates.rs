//! The life of a template, and its funnel.

use domain::actor::{Role, System, Till, Visitor};
use domain::benefit::Benefit;
use domain::template::{Action, ChannelQuota, Draft, State, Visibility, Window};
use domain::{Channel, Money, Refusal};
use engine::issuance::{self, Via};
use engine::templates::{self, Filter};
use engine::{counts, demo, funnel, redemption};

use crate::cast::{
    approver, ask, cart, claim, draft, editor, live, only, operator, redeem, refusal, shelf,
    shopper, yuan,
};
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    a_draft_is_checked_before_anything_is_written,
    an_edit_makes_a_revision_and_a_stale_one_is_refused,
    stock_is_never_lowered_below_what_is_issued,
    a_budget_set_later_counts_what_was_spent_before,
    two_edits_at_once_make_one_revision,
    what_risks_much_is_approved_by_somebody_else,
    who_made_a_template_does_not_approve_it_after_somebody_elses_edit,
    a_template_listed_by_an_edit_was_listed,
    an_edit_and_claims_through_a_channel_do_not_stand_in_each_others_way,
    a_list_is_searched_filtered_and_paged,
    templates_are_counted_by_where_they_stand,
    the_funnel_counts_each_stage_once,
    viewers_of_the_day_after_a_period_are_not_counted,
    the_demo_is_made_up_through_the_use_cases_and_balances,
];

async fn a_draft_is_checked_before_anything_is_written(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let wrong = Draft { name: " ".into(), scope: only(&["nowhere"]), ..draft() };
    match refusal(templates::create(engine, &editor, &wrong).await) {
        Refusal::Invalid { fields } => {
            let fields: Vec<_> = fields.iter().map(|field| field.field.as_str()).collect();
            assert_eq!(fields, ["name", "scope.include.categories"]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(store.number("SELECT COUNT(*) FROM templates").await, 0);
    shelf(engine).await;
    let fine = Draft { scope: only(&["vegetables"]), ..draft() };
    let made = templates::create(engine, &editor, &fine).await.unwrap();
    assert_eq!((made.state, made.draft()), (State::Draft, &fine));
}

async fn an_edit_makes_a_revision_and_a_stale_one_is_refused(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let template = live(engine, draft()).await;
    let mei = claim(engine, &shopper("mei"), template.id).await.unwrap();
    let dearer = Draft {
        benefit: Benefit::AmountOff { amount: yuan(30), min_spend: Some(yuan(100)) },
        ..draft()
    };
    let edited = templates::edit(engine, &editor, template.id, 1, &dearer).await.unwrap();
    assert_eq!((edited.revision.number, edited.state), (2, State::Live));
    let stale = refusal(templates::edit(engine, &editor, template.id, 1, &draft()).await);
    assert_eq!(stale, Refusal::StaleRevision { current: 2 });
    let bo = claim(engine, &shopper("bo"), template.id).await.unwrap();
    assert_eq!((mei.revision.number, bo.revision.number), (1, 2));
    let quote = |name: &'static str| async move {
        engine::wallet::quote(engine, &shopper(name), &cart(yuan(100)), None).await.unwrap()
    };
    assert_eq!(quote("mei").await.discount(), yuan(20), "a coupon keeps its revision");
    assert_eq!(quote("bo").await.discount(), yuan(30));
    let versions = templates::versions(engine, &editor, template.id).await.unwrap();
    assert_eq!(versions.iter().map(|v| v.revision.number).collect::<Vec<_>>(), [2, 1]);
}

async fn stock_is_never_lowered_below_what_is_issued(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let template = live(engine, Draft { stock: Some(5), ..draft() }).await;
    for name in ["a", "b", "c"] {
        claim(engine, &shopper(name), template.id).await.unwrap();
    }
    let less = Draft { stock: Some(2), ..draft() };
    assert_eq!(
        refusal(templates::edit(engine, &editor, template.id, 1, &less).await).code(),
        "invalid"
    );
    let exact = Draft { stock: Some(3), ..draft() };
    templates::edit(engine, &editor, template.id, 1, &exact).await.unwrap();
    assert_eq!(refusal(claim(engine, &shopper("d"), template.id).await), Refusal::SoldOut);
    let more = Draft { stock: Some(4), ..draft() };
    templates::edit(engine, &editor, template.id, 2, &more).await.unwrap();
    claim(engine, &shopper("d"), template.id).await.unwrap();
}

async fn a_budget_set_later_counts_what_was_spent_before(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let template = live(engine, draft()).await;
    for (name, paid) in [("a", true), ("b", false)] {
        let coupon = claim(engine, &shopper(name), template.id).await.unwrap();
        let lock = crate::cast::lock(engine, &shopper(name), name, &[coupon.code]).await.unwrap();
        if paid {
            redeem(engine, &lock, name).await.unwrap();
        }
    }
    let budget = |budget| Draft { budget: Some(yuan(budget)), ..draft() };
    let low = refusal(templates::edit(engine, &editor, template.id, 1, &budget(39)).await);
    assert_eq!(low.code(), "invalid");
    let set = templates::edit(engine, &editor, template.id, 1, &budget(40)).await.unwrap();
    assert_eq!((set.reserved, set.spent), (yuan(20), yuan(20)));
}

async fn two_edits_at_once_make_one_revision(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let template = live(engine, draft()).await;
    let edits: Vec<_> = (0..6)
        .map(|i| {
            let (engine, editor) = (engine.clone(), editor.clone());
            tokio::spawn(async move {
                let changed = Draft { name: format!("change {i}"), ..draft() };
                templates::edit(&engine, &editor, template.id, 1, &changed).await
            })
        })
        .collect();
    let mut made = 0;
    for edit in edits {
        match edit.await.unwrap() {
            Ok(_) => made += 1,
            late => assert_eq!(refusal(late), Refusal::StaleRevision { current: 2 }),
        }
    }
    assert_eq!(made, 1);
}

async fn what_risks_much_is_approved_by_somebody_else(store: Store) {
    let engine = &store.another(|settings| settings.approval_above = Some(yuan(1_000))).await;
    let approver = approver(engine).await;
    let author = (*approver).clone().editor().unwrap();
    let dear = Draft { stock: Some(51), ..draft() };
    let made = templates::create(engine, &author, &dear).await.unwrap();
    let handed_in = templates::act(engine, &author, made.id, Action::Publish).await.unwrap();
    assert_eq!(handed_in.state, State::InReview);
    let own = refusal(templates::review(engine, &approver, made.id, true).await);
    assert_eq!(own.code(), "state_conflict");
    let admin = operator(engine, Role::Admin).await.approver().unwrap();
    let live = templates::review(engine, &admin, made.id, true).await.unwrap();
    assert_eq!(live.state, State::Live);
    let cheap = Draft { stock: Some(50), ..draft() };
    let made = templates::create(engine, &author, &cheap).await.unwrap();
    let live = templates::act(engine, &author, made.id, Action::Publish).await.unwrap();
    assert_eq!(live.state, State::Live);
}

async fn who_made_a_template_does_not_approve_it_after_somebody_elses_edit(store: Store) {
    let engine = &store.another(|settings| settings.approval_above = Some(yuan(1_000))).await;
    let approver = approver(engine).await;
    let author = (*approver).clone().editor().unwrap();
    let dear = Draft { stock: Some(51), ..draft() };
    let made = templates::create(engine, &author, &dear).await.unwrap();
    let dearer = Draft { stock: Some(52), ..draft() };
    let edda = editor(engine).await;
    templates::edit(engine, &edda, made.id, 1, &dearer).await.unwrap();
    templates::act(engine, &edda, made.id, Action::Publish).await.unwrap();
    let own = refusal(templates::review(engine, &approver, made.id, true).await);
    assert_eq!(own.code(), "state_conflict");
}

async fn a_template_listed_by_an_edit_was_listed(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let linked = Draft { visibility: Visibility::Link, ..draft() };
    let template = live(engine, linked).await;
    templates::edit(engine, &editor, template.id, 1, &draft()).await.unwrap();
    templates::act(engine, &editor, template.id, Action::End).await.unwrap();
    let told = refusal(claim(engine, &shopper("mei"), template.id).await);
    assert_eq!(told, Refusal::ClaimClosed, "everybody saw it in the coupon center");
}

async fn an_edit_and_claims_through_a_channel_do_not_stand_in_each_others_way(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let app = Channel::new("app").unwrap();
    let channels = |quota| vec![ChannelQuota { name: app.clone(), quota: Some(quota) }];
    let template = live(engine, Draft { channels: channels(1_000), ..draft() }).await;
    let claims: Vec<_> = (0..60)
        .map(|i| {
            let (engine, app) = (engine.clone(), app.clone());
            tokio::spawn(async move {
                let via = Via { channel: Some(app), link: None };
                let shopper = shopper(&format!("s{i}"));
                issuance::claim(&engine, &shopper, template.id, via).await.unwrap();
            })
        })
        .collect();
    for number in 1..=20 {
        let changed = Draft { channels: channels(1_000 + u64::from(number)), ..draft() };
        templates::edit(engine, &editor, template.id, number, &changed).await.unwrap();
    }
    for claim in claims {
        claim.await.unwrap();
    }
    assert_eq!(store.number("SELECT taken FROM channel_quotas").await, 60);
}

async fn a_list_is_searched_filtered_and_paged(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    for i in 0..60 {
        let campaign = (i % 2 == 0).then(|| "Spring 100%_".to_owned());
        let named = Draft { name: format!("券 No {i}"), campaign, ..draft() };
        templates::create(engine, &editor, &named).await.unwrap();
    }
    let find = |search: &str, state: Option<State>, page| {
        let filter = Filter { search: Some(search.to_owned()), state, page };
        let editor = editor.clone();
        async move {
            let found = templates::list(engine, &editor, &filter).await.unwrap();
            (found.total, found.templates.len())
        }
    };
    assert_eq!(find("", None, 0).await, (60, 50));
    assert_eq!(find("", None, 1).await, (60, 10));
    assert_eq!(find("no 7", None, 0).await, (1, 1));
    assert_eq!(find("100%_", None, 0).await, (30, 30), "signs of patterns are letters here");
    assert_eq!(find("1000_", None, 0).await, (0, 0));
    assert_eq!(find("", Some(State::Live), 0).await, (0, 0));
}

async fn templates_are_counted_by_where_they_stand(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    live(engine, draft()).await;
    for _ in 0..2 {
        templates::create(engine, &editor, &draft()).await.unwrap();
    }
    let counted = templates::count_by_state(engine, &editor).await.unwrap();
    assert_eq!(counted.iter().map(|(state, _)| *state).collect::<Vec<_>>(), State::ALL);
    let counted: Vec<_> = counted.into_iter().filter(|(_, n)| *n > 0).collect();
    assert_eq!(counted, [(State::Draft, 2), (State::Live, 1)]);
}

async fn the_funnel_counts_each_stage_once(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let template = live(engine, draft()).await;
    let visitor = Visitor { mark: "mei".into() };
    counts::viewed(engine, &visitor, &[template.id], None);
    counts::viewed(engine, &visitor, &[template.id], None);
    let mei = shopper("mei");
    claim(engine, &mei, template.id).await.unwrap();
    let (lock, _) = redemption::lock(engine, &mei, &ask("o", cart(yuan(120)), None)).await.unwrap();
    redeem(engine, &lock, "p").await.unwrap();
    let refund = domain::RefundRef::new("r").unwrap();
    let all = domain::returns::Request { lines: None };
    let till = Till::System(System);
    redemption::give_back(engine, &till, lock.id, &refund, &all).await.unwrap();
    let found = funnel::read(engine, &editor, template.id, Window::default()).await.unwrap();
    let stages = found.stages;
    assert_eq!((stages.view, found.unique_viewers), (2, 1));
    assert_eq!((stages.claim, stages.lock, stages.redeem, stages.returned), (1, 1, 1, 1));
    assert_eq!((found.amounts.turnover, found.amounts.discount), (yuan(120), yuan(20)));
    assert_eq!((found.amounts.refunded, found.amounts.net()), (yuan(100), Money::ZERO));
    let before = Window { from: None, until: Some(noon()) };
    let before = funnel::read(engine, &editor, template.id, before).await.unwrap();
    assert_eq!(before.stages.claim, 0, "periods are half-open");
}

async fn viewers_of_the_day_after_a_period_are_not_counted(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let template = live(engine, draft()).await;
    let midnight = noon() + chrono::TimeDelta::hours(12);
    counts::viewed(engine, &Visitor { mark: "mei".into() }, &[template.id], None);
    engine.clock().set(midnight);
    counts::viewed(engine, &Visitor { mark: "bo".into() }, &[template.id], None);
    let today = Window { from: None, until: Some(midnight) };
    let found = funnel::read(engine, &editor, template.id, today).await.unwrap();
    assert_eq!((found.stages.view, found.unique_viewers), (1, 1));
}

async fn the_demo_is_made_up_through_the_use_cases_and_balances(store: Store) {
    let engine = &store.engine;
    assert!(demo::seed(engine, System).await.unwrap());
    assert!(!demo::seed(engine, System).await.unwrap(), "seeding twice is harmless");
    demo::play_history(engine, noon(), |_| ()).await.unwrap();
    assert!(store.number("SELECT COUNT(*) FROM redemptions").await > 100);
    assert!(store.number("SELECT COUNT(*) FROM events WHERE kind = 'returned'").await > 0);
    assert_eq!(store.number("SELECT COUNT(*) FROM templates WHERE state = 'draft'").await, 1);
}
