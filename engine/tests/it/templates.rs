//! The life of a template, and its funnel.

use std::collections::{BTreeSet, HashSet};

use chrono::TimeDelta;
use domain::actor::{Role, System, Till, Visitor};
use domain::benefit::{Benefit, Kind};
use domain::stacking::{Clash, Stacking};
use domain::template::{Action, ChannelQuota, Draft, State, Validity, Visibility, Window};
use domain::{Channel, Money, Problem, Refusal, TemplateId, coupon};
use engine::issuance::{self, Via};
use engine::templates::{self, Claims, Filter, NAMED_MAX, Neighbours, Sort, Verdict, coupons};
use engine::{Engine, catalogue, counts, demo, funnel, partners, redemption};
use futures::FutureExt;
use sea_orm::{ConnectionTrait, DbBackend};

use crate::cast::{
    approver, ask, cart, claim, draft, editor, live, lock, only, operator, redeem, refusal, shelf,
    shopper, yuan,
};
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    a_draft_is_checked_before_anything_is_written,
    a_form_sent_twice_makes_one_template,
    a_draft_meets_the_live_templates_that_cover_the_same,
    an_edit_makes_a_revision_and_a_stale_one_is_refused,
    stock_is_never_lowered_below_what_is_issued,
    a_budget_set_later_counts_what_was_spent_before,
    an_edit_of_a_budgeted_template_counts_nothing_anew,
    a_channel_named_anew_counts_what_came_through_it_before,
    two_edits_at_once_make_one_revision,
    what_risks_much_is_approved_by_somebody_else,
    who_made_a_template_does_not_approve_it_after_somebody_elses_edit,
    who_wrote_since_it_was_live_does_not_approve_it_after_somebody_elses_edit,
    a_template_listed_by_an_edit_was_listed,
    an_edit_and_claims_through_a_channel_do_not_stand_in_each_others_way,
    a_list_is_searched_in_any_script,
    a_list_is_filtered_by_what_a_template_is,
    a_list_is_sorted_both_ways_and_nothing_to_compare_comes_last,
    two_thousand_are_walked_page_by_page_and_each_is_seen_once,
    many_are_paused_and_each_that_cannot_be_answers_for_itself,
    an_emergency_stop_pauses_all_that_is_live_and_leaves_what_is_claimed,
    an_emergency_stop_once_pressed_goes_on_to_its_end,
    publishing_what_was_paused_is_told_as_resuming_it,
    a_copy_is_a_draft_that_shoppers_read_alike,
    what_was_edited_meanwhile_is_neither_published_nor_approved_unread,
    what_is_out_of_a_template_is_told_by_the_clock,
    revisions_are_read_some_at_a_time_and_compared_in_pairs,
    templates_are_counted_by_where_they_stand,
    the_funnel_counts_each_stage_once,
    viewers_of_the_day_after_a_period_are_not_counted,
    the_demo_is_made_up_through_the_use_cases_and_balances,
    a_demo_mixes_with_nothing,
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

async fn a_form_sent_twice_makes_one_template(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let id = templates::next_id(engine);
    let sent: Vec<_> = (0..4)
        .map(|_| {
            let (engine, editor) = (engine.clone(), editor.clone());
            tokio::spawn(async move { templates::create_as(&engine, &editor, id, &draft()).await })
        })
        .collect();
    for sent in sent {
        assert_eq!(sent.await.unwrap().unwrap().id, id);
    }
    assert_eq!(store.number("SELECT COUNT(*) FROM templates").await, 1);
    assert_eq!(store.number("SELECT COUNT(*) FROM revisions").await, 1);
    let other = Draft { stock: Some(7), ..draft() };
    let refused = refusal(templates::create_as(engine, &editor, id, &other).await);
    assert_eq!(refused, Refusal::IdempotencyConflict);
}

async fn a_draft_meets_the_live_templates_that_cover_the_same(store: Store) {
    let engine = &store.engine;
    shelf(engine).await;
    let product = |id: &str, category: &str| catalogue::Product {
        id: id.parse().unwrap(),
        name: id.to_owned(),
        category: Some(category.parse().unwrap()),
        price: None,
    };
    let products = [product("kale", "vegetables"), product("soap", "household")];
    catalogue::put_products(engine, System, &products).await.unwrap();
    let combines =
        |group: Option<&str>| Stacking { exclusive: false, group: group.map(str::to_owned) };
    let named =
        |name: &str, scope, stacking| Draft { name: name.into(), scope, stacking, ..draft() };
    let over = Window { from: None, until: Some(noon() - TimeDelta::days(1)) };
    let spring = Window { from: Some(noon() + TimeDelta::days(90)), until: None };
    let all = only(&[]);
    live(engine, named("alone", only(&["produce"]), Stacking::default())).await;
    live(engine, named("grouped", only(&["vegetables"]), combines(Some("a")))).await;
    live(engine, named("combines", all.clone(), combines(None))).await;
    live(engine, named("elsewhere", only(&["household"]), Stacking::default())).await;
    let alone = |name: &str| named(name, only(&[]), Stacking::default());
    live(engine, Draft { claim_window: over, ..alone("over") }).await;
    live(engine, Draft { validity: Validity::Fixed(over), ..alone("expired") }).await;
    let visibility = Visibility::Granted;
    live(engine, Draft { claim_window: over, visibility, ..alone("granted") }).await;
    live(
        engine,
        Draft {
            claim_window: spring,
            validity: Validity::Fixed(spring),
            ..named("spring", all, Stacking::default())
        },
    )
    .await;
    let editor = editor(engine).await;
    let this_month =
        Validity::Fixed(Window { from: None, until: Some(noon() + TimeDelta::days(30)) });
    let mine =
        Draft { validity: this_month, ..named("mine", only(&["vegetables"]), combines(Some("a"))) };
    let mine_live = live(engine, mine.clone()).await;
    let asked = templates::conflicts(engine, &editor, &mine, Some(mine_live.id)).await.unwrap();
    let names = |kind: &templates::Kind| {
        let names = kind.named.iter().map(|template| template.draft().name.clone());
        (names.collect::<BTreeSet<_>>(), kind.total)
    };
    let expected = |names: &[&str]| (names.iter().map(|n| (*n).to_owned()).collect(), names.len());
    assert_eq!(names(&asked.clashing), expected(&["alone", "granted", "grouped"]));
    assert_eq!(names(&asked.combining), expected(&["combines"]));
    let why = |name: &str| {
        let found = asked.clashing.named.iter().find(|other| other.draft().name == name).unwrap();
        Neighbours::why(&mine, found).unwrap()
    };
    assert_eq!(why("alone"), Clash::OtherStandsAlone);
    assert_eq!(why("grouped"), Clash::SameGroup("a"));
    for n in 0..NAMED_MAX {
        live(engine, named(&format!("more {n}"), only(&["produce"]), Stacking::default())).await;
    }
    let asked = templates::conflicts(engine, &editor, &mine, Some(mine_live.id)).await.unwrap();
    assert_eq!((asked.clashing.named.len(), asked.clashing.total), (NAMED_MAX, NAMED_MAX + 3));
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
    let versions = templates::versions(engine, &editor, template.id, None).await.unwrap();
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

async fn an_edit_of_a_budgeted_template_counts_nothing_anew(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let budget = |budget| Draft { budget: Some(yuan(budget)), ..draft() };
    let template = live(engine, budget(100)).await;
    let coupon = claim(engine, &shopper("mei"), template.id).await.unwrap();
    lock(engine, &shopper("mei"), "order", &[coupon.code]).await.unwrap();
    // What is in the row is gone by, which adding up would put right.
    let db = engine.migration_connection();
    let more = |more| format!("UPDATE templates SET reserved = reserved + {more}");
    db.execute_unprepared(&more(1)).await.unwrap();
    let edited = templates::edit(engine, &editor, template.id, 1, &budget(90)).await.unwrap();
    assert_eq!(edited.reserved, yuan(20) + Money::minor(1));
    let low = refusal(templates::edit(engine, &editor, template.id, 2, &budget(20)).await);
    assert_eq!(low, Refusal::invalid("budget", Problem::BelowSpent { spent: edited.reserved }));
    db.execute_unprepared(&more(-1)).await.unwrap();
}

async fn a_channel_named_anew_counts_what_came_through_it_before(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let template = live(engine, draft()).await.id;
    let channel = |name: &str| Channel::new(name).unwrap();
    let through = async |name: &str, who: &str| {
        let via = Via { channel: Some(channel(name)), ..Via::default() };
        issuance::claim(engine, &shopper(who), template, via).await.unwrap();
    };
    let naming = |named: &[(&str, u64)]| {
        let quota =
            |(name, quota): &(&str, u64)| ChannelQuota { name: channel(name), quota: Some(*quota) };
        Draft { channels: named.iter().map(quota).collect(), ..draft() }
    };
    let edit = async |number, draft: &Draft| {
        templates::edit(engine, &editor, template, number, draft).await
    };
    let taken = async |name: &str| {
        let read = format!(
            "SELECT COUNT(*) * 100 + COALESCE(MAX(taken), 0) FROM channel_quotas
            WHERE channel = '{name}'"
        );
        store.number(&read).await
    };
    through("app", "s1").await;
    through("app", "s2").await;
    through("mini", "s3").await;
    let low = refusal(edit(1, &naming(&[("mini", 9), ("app", 1)])).await);
    assert_eq!(low, Refusal::invalid("channels.1.quota", Problem::BelowIssued { issued: 2 }));
    edit(1, &naming(&[("app", 9)])).await.unwrap();
    assert_eq!((taken("app").await, taken("mini").await), (102, 0));
    through("app", "s4").await;
    edit(2, &naming(&[("mini", 5), ("app", 5)])).await.unwrap();
    assert_eq!((taken("app").await, taken("mini").await), (103, 101));
    // Where no channel is named, all may be gone through, and none is counted.
    edit(3, &draft()).await.unwrap();
    assert_eq!((taken("app").await, taken("mini").await), (0, 0));
    through("mini", "s5").await;
    edit(4, &naming(&[("mini", 2)])).await.unwrap();
    assert_eq!(taken("mini").await, 102);
    let many: Vec<String> = (0..101).map(|i| format!("c{i}")).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), 1)).collect();
    let refused = refusal(edit(5, &naming(&many)).await);
    assert_eq!(refused, Refusal::invalid("channels", Problem::TooMany { max: 100 }));
    edit(5, &naming(&many[1..])).await.unwrap();
    assert_eq!(store.number("SELECT COUNT(*) FROM channel_quotas").await, 100);
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
    let own = refusal(templates::review(engine, &approver, made.id, &approve(1)).await);
    assert_eq!(own.code(), "state_conflict");
    let admin = operator(engine, Role::Admin).await.approver().unwrap();
    let live = templates::review(engine, &admin, made.id, &approve(1)).await.unwrap();
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
    let own = refusal(templates::review(engine, &approver, made.id, &approve(2)).await);
    assert_eq!(own.code(), "state_conflict");
}

async fn who_wrote_since_it_was_live_does_not_approve_it_after_somebody_elses_edit(store: Store) {
    let engine = &store.another(|settings| settings.approval_above = Some(yuan(1_000))).await;
    let (edda, abo) = (editor(engine).await, approver(engine).await);
    let abo_edits = (*abo).clone().editor().unwrap();
    let admin = operator(engine, Role::Admin).await.approver().unwrap();
    let stocked = |stock| Draft { stock: Some(stock), ..draft() };
    let id = templates::create(engine, &edda, &stocked(9)).await.unwrap().id;
    templates::act(engine, &edda, id, Action::Publish).await.unwrap();
    // What little is live by itself is everybody's.
    templates::edit(engine, &abo_edits, id, 1, &stocked(10)).await.unwrap();
    let handed_in = templates::edit(engine, &edda, id, 2, &stocked(60)).await.unwrap();
    assert_eq!((handed_in.state, handed_in.last_live), (State::InReview, Some(2)));
    templates::review(engine, &abo, id, &approve(3)).await.unwrap();
    templates::act(engine, &edda, id, Action::Pause).await.unwrap();
    templates::edit(engine, &abo_edits, id, 3, &stocked(70)).await.unwrap();
    templates::edit(engine, &edda, id, 4, &stocked(80)).await.unwrap();
    let handed_in = templates::act(engine, &edda, id, Action::Publish).await.unwrap();
    assert_eq!((handed_in.state, handed_in.last_live), (State::InReview, Some(3)));
    let authors = templates::authors(engine, &edda, &handed_in).await.unwrap();
    assert_eq!(templates::reviewers(engine, &edda, &authors).await.unwrap(), ["admin"]);
    let own = refusal(templates::review(engine, &abo, id, &approve(5)).await);
    assert_eq!(own, Refusal::StateConflict { state: "own_template".to_owned() });
    let live = templates::review(engine, &admin, id, &approve(5)).await.unwrap();
    assert_eq!((live.state, live.last_live), (State::Live, Some(5)));
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
                let via = Via { channel: Some(app), ..Via::default() };
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

fn approve(revision: u32) -> Verdict {
    Verdict::Approve { revision }
}

async fn found(store: &Store, filter: Filter) -> (u64, Vec<String>) {
    let operator = editor(&store.engine).await;
    let page = templates::list(&store.engine, &operator, &filter).await.unwrap();
    (page.total, page.templates.iter().map(|template| template.draft().name.clone()).collect())
}

async fn a_list_is_searched_in_any_script(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    for i in 0..60 {
        let campaign = (i % 2 == 0).then(|| "Spring 100%_".to_owned());
        let named = Draft { name: format!("券 No {i}"), campaign, ..draft() };
        templates::create(engine, &editor, &named).await.unwrap();
    }
    let other = Draft {
        name: "ÉTÉ Ощипка".into(),
        title: Some("<b>Sommer</b> 🍉".into()),
        visibility: Visibility::Link,
        ..draft()
    };
    let other = live(engine, other).await;
    let total = async |search: &str| {
        let filter = Filter { search: Some(search.to_owned()), ..Filter::default() };
        found(&store, filter).await.0
    };
    assert_eq!(total("").await, 61);
    assert_eq!(total("no 7").await, 1);
    assert_eq!(total("100%_").await, 30, "signs of patterns are letters here");
    assert_eq!(total("1000_").await, 0);
    for search in ["été", " ОЩИП ", "<B>sommer", "🍉"] {
        assert_eq!(total(search).await, 1, "{search}");
    }
    assert_eq!(total(&other.id.to_string()).await, 1);
    assert_eq!(total(&format!("https://shop.test/ops/templates/{}", other.id)).await, 1);
    assert_eq!(total(&format!("/t/{}", other.link_token.unwrap())).await, 1);
    templates::edit(engine, &editor, other.id, 1, &Draft { name: "Autumn".into(), ..draft() })
        .await
        .unwrap();
    assert_eq!((total("été").await, total("autumn").await), (0, 1), "an edit is found anew");
}

async fn a_list_is_filtered_by_what_a_template_is(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let hour = chrono::TimeDelta::hours(1);
    let window = |from: i32, until: i32| Window {
        from: Some(noon() + hour * from),
        until: Some(noon() + hour * until),
    };
    let named = |name: &str, change: fn(&mut Draft)| {
        let mut draft = Draft { name: name.into(), ..draft() };
        change(&mut draft);
        draft
    };
    live(engine, named("open", |draft| draft.campaign = Some("Spring".into()))).await;
    live(engine, Draft { claim_window: window(0, 1), ..named("opens this minute", |_| ()) }).await;
    live(engine, Draft { claim_window: window(1, 2), ..named("upcoming", |_| ()) }).await;
    live(engine, Draft { claim_window: window(-1, 0), ..named("closed", |_| ()) }).await;
    let gone = live(engine, named("gone", |draft| draft.stock = Some(1))).await;
    claim(engine, &shopper("mei"), gone.id).await.unwrap();
    let paused = Draft { claim_window: window(1, 2), ..named("paused", |_| ()) };
    let paused = live(engine, paused).await;
    templates::act(engine, &editor, paused.id, Action::Pause).await.unwrap();
    let written = named("written", |draft| {
        draft.visibility = Visibility::Granted;
        draft.campaign = Some("Autumn".into());
        draft.benefit = Benefit::Every { per: yuan(100), amount: yuan(5), max_times: None };
    });
    templates::create(engine, &editor, &written).await.unwrap();
    let check = async |filter: Filter, names: &[&str]| {
        let (total, mut found) = found(&store, filter.clone()).await;
        found.sort();
        assert_eq!(
            (total as usize, found),
            (names.len(), names.iter().map(|n| n.to_string()).collect()),
            "{filter:?}"
        );
    };
    let all = Filter::default;
    check(Filter { claims: Some(Claims::Open), ..all() }, &["open", "opens this minute"]).await;
    check(Filter { claims: Some(Claims::Upcoming), ..all() }, &["upcoming"]).await;
    check(Filter { claims: Some(Claims::Closed), ..all() }, &["closed"]).await;
    check(Filter { claims: Some(Claims::AllGone), ..all() }, &["gone"]).await;
    let paused = Filter { state: Some(State::Paused), ..all() };
    check(Filter { claims: Some(Claims::Upcoming), ..paused.clone() }, &["paused"]).await;
    check(Filter { claims: Some(Claims::Open), ..paused }, &[]).await;
    check(Filter { state: Some(State::Draft), ..all() }, &["written"]).await;
    check(Filter { visibility: Some(Visibility::Granted), ..all() }, &["written"]).await;
    check(Filter { kind: Some(Kind::Every), ..all() }, &["written"]).await;
    check(Filter { campaign: Some("Spring".into()), ..all() }, &["open"]).await;
    check(Filter { campaign: Some("spring".into()), ..all() }, &[]).await;
    assert_eq!(templates::campaigns(engine, &editor).await.unwrap(), ["Autumn", "Spring"]);
    let upcoming = Filter { claims: Some(Claims::Upcoming), state: Some(State::Live), ..all() };
    let page = templates::list(engine, &editor, &upcoming).await.unwrap();
    let by_state: Vec<u64> = page.by_state.iter().map(|(_, n)| *n).collect();
    assert_eq!(by_state, [1, 0, 5, 1, 0], "what each chip would lead to");
}

async fn a_list_is_sorted_both_ways_and_nothing_to_compare_comes_last(store: Store) {
    let engine = &store.engine;
    let budget = |name: &str, stock: Option<u64>, budget: Option<i64>| Draft {
        name: name.into(),
        stock,
        budget: budget.map(yuan),
        ..draft()
    };
    let second = chrono::TimeDelta::seconds(1);
    live(engine, budget("endless", None, None)).await;
    engine.clock().set(noon() + second);
    let half = live(engine, budget("Half", Some(2), Some(40))).await;
    engine.clock().set(noon() + second * 2);
    let most = live(engine, budget("most", Some(4), Some(200))).await;
    for name in ["a", "b", "c"] {
        let coupon = claim(engine, &shopper(name), most.id).await.unwrap();
        if name == "a" {
            crate::cast::lock(engine, &shopper("a"), "a", &[coupon.code]).await.unwrap();
        }
    }
    let coupon = claim(engine, &shopper("a"), half.id).await.unwrap();
    let lock = crate::cast::lock(engine, &shopper("a"), "b", &[coupon.code]).await.unwrap();
    redeem(engine, &lock, "p").await.unwrap();
    let check = async |sort, names: [&str; 3], reversed: [&str; 3]| {
        let sorted =
            async |reversed| found(&store, Filter { sort, reversed, ..Filter::default() }).await.1;
        assert_eq!(sorted(false).await, names, "{sort:?}");
        assert_eq!(sorted(true).await, reversed, "{sort:?} reversed");
    };
    check(Sort::Newest, ["most", "Half", "endless"], ["endless", "Half", "most"]).await;
    check(Sort::Name, ["endless", "Half", "most"], ["most", "Half", "endless"]).await;
    check(Sort::Issued, ["most", "Half", "endless"], ["endless", "Half", "most"]).await;
    check(Sort::Left, ["most", "Half", "endless"], ["most", "Half", "endless"]).await;
    check(Sort::Gone, ["most", "Half", "endless"], ["Half", "most", "endless"]).await;
    check(Sort::Budget, ["Half", "most", "endless"], ["most", "Half", "endless"]).await;
}

/// Rows as an import would write them: far more than a test could make one by one.
async fn make_many(store: &Store, n: u32) {
    let db = store.engine.migration_connection();
    let template = live(&store.engine, Draft { stock: Some(10), ..draft() }).await;
    let (numbers, id) = match db.get_database_backend() {
        DbBackend::Postgres => (format!("generate_series(1, {}) AS n", n - 1), "gen_random_uuid()"),
        _ => (
            format!(
                "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s LIMIT {})
                  SELECT n FROM s) AS numbers",
                n - 1
            ),
            "randomblob(16)",
        ),
    };
    // Many share each value, so that only the tie-breakers keep them apart.
    db.execute_unprepared(&format!(
        "INSERT INTO templates (id, state, revision, author, campaign, name, visibility, lane,
            stock, issued, budget, reserved, spent, per_shopper, claim_from, claim_until,
            was_listed, created_at, updated_at, kind, search)
         SELECT {id}, state, revision, author, 'Campaign', name, visibility, lane,
            CASE WHEN n % 3 = 0 THEN NULL ELSE 10 END, 0, NULL, 0, 0, per_shopper,
            CASE WHEN n % 4 = 0 THEN NULL ELSE n % 7 END, claim_until,
            was_listed, created_at + n % 5, updated_at, kind, search
         FROM templates, {numbers}"
    ))
    .await
    .unwrap();
    db.execute_unprepared(
        "INSERT INTO revisions (template, revision, draft, author, created_at)
         SELECT templates.id, revisions.revision, draft, revisions.author, revisions.created_at
         FROM revisions, templates
         WHERE templates.id NOT IN (SELECT template FROM revisions)",
    )
    .await
    .unwrap();
    assert_eq!(template.issued, 0);
}

async fn two_thousand_are_walked_page_by_page_and_each_is_seen_once(store: Store) {
    let engine = &store.engine;
    make_many(&store, 2_000).await;
    let operator = editor(engine).await;
    for sort in Sort::ALL {
        for reversed in [false, true] {
            let mut seen = std::collections::HashSet::new();
            for page in 0..40 {
                let filter = Filter { sort, reversed, page, ..Filter::default() };
                let page = templates::list(engine, &operator, &filter).await.unwrap();
                assert_eq!(page.total, 2_000);
                seen.extend(page.templates.iter().map(|template| template.id));
            }
            assert_eq!(seen.len(), 2_000, "{sort:?}, reversed: {reversed}");
        }
    }
    let beyond = Filter { page: 1_000, ..Filter::default() };
    let beyond = templates::list(engine, &operator, &beyond).await.unwrap();
    assert_eq!((beyond.page, beyond.templates.len()), (39, 50), "past the last is the last");
}

async fn many_are_paused_and_each_that_cannot_be_answers_for_itself(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let open = live(engine, draft()).await;
    let written = templates::create(engine, &editor, &draft()).await.unwrap();
    let nobody = domain::TemplateId(uuid::Uuid::nil());
    let ids = [written.id, nobody, open.id, open.id];
    let answers = templates::act_on_each(engine, &editor, &ids, Action::Pause).await;
    let answers: Vec<_> = answers.into_iter().map(|(id, answer)| (id, answer.is_ok())).collect();
    let expected = [(written.id, false), (nobody, false), (open.id, true), (open.id, true)];
    assert_eq!(answers, expected, "pausing twice is harmless");
    let told = refusal(claim(engine, &shopper("mei"), open.id).await);
    assert_eq!(told, Refusal::Paused);
    let named = [nobody, open.id, written.id];
    let read = templates::read_each(engine, &editor, &named).await.unwrap();
    let read: Vec<_> = read.into_iter().map(|template| template.id).collect();
    assert_eq!(read, [open.id, written.id]);
    let answers = templates::act_on_each(engine, &editor, &named, Action::End).await;
    assert_eq!(answers.iter().filter(|(_, answer)| answer.is_ok()).count(), 2);
}

async fn an_emergency_stop_pauses_all_that_is_live_and_leaves_what_is_claimed(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let (one, other) = (live(engine, draft()).await, live(engine, draft()).await);
    let ended = live(engine, draft()).await;
    templates::act(engine, &editor, ended.id, Action::End).await.unwrap();
    let (mei, lin) = (shopper("mei"), shopper("lin"));
    let coupon = claim(engine, &mei, one.id).await.unwrap();
    claim(engine, &lin, other.id).await.unwrap();
    let held = lock(engine, &mei, "o", &[coupon.code]).await.unwrap();
    let blank = refusal(templates::stop(engine, &editor, " ").await);
    assert_eq!(blank, Refusal::invalid("reason", Problem::Required));
    assert_eq!(templates::stop(engine, &editor, "Leak").await.unwrap(), (2, 0));
    assert_eq!(templates::stop(engine, &editor, "Leak").await.unwrap(), (0, 0));
    for id in [one.id, other.id] {
        let told = refusal(claim(engine, &shopper("bo"), id).await);
        assert_eq!(told, Refusal::Paused);
    }
    let stopped = templates::read_each(engine, &editor, &[one.id, other.id]).await.unwrap();
    let out = templates::coupons::outstanding_of_each(engine, &editor, &stopped).await.unwrap();
    assert_eq!((out.usable, out.locked, out.is_estimate), (1, 1, false));
    redeem(engine, &held, "p").await.unwrap();
}

async fn an_emergency_stop_once_pressed_goes_on_to_its_end(store: Store) {
    const LIVE: &str = "SELECT COUNT(*) FROM templates WHERE state = 'live'";
    const TOLD: &str = "SELECT COUNT(DISTINCT subject) FROM changes WHERE action = 'paused'
        AND old = '\"live\"' AND new LIKE '%\"emergency_stop\":true%' AND new LIKE '%\"Leak\"%'";
    let engine = &store.engine;
    let editor = editor(engine).await;
    make_many(&store, 1_200).await;
    let answer = templates::stop(engine, &editor, "Leak").now_or_never();
    assert!(answer.is_none(), "whoever pressed has gone away");
    while store.number(LIVE).await > 0 {}
    assert_eq!(store.number(TOLD).await, 1_200);
    assert_eq!(templates::stop(engine, &editor, "Leak").await.unwrap(), (0, 0));
}

async fn publishing_what_was_paused_is_told_as_resuming_it(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let id = live(engine, draft()).await.id;
    for (second, action, told) in [(1, Action::Pause, "paused"), (2, Action::Publish, "resumed")] {
        engine.clock().set(noon() + TimeDelta::seconds(second));
        templates::act(engine, &editor, id, action).await.unwrap();
        let last = templates::last_move(engine, &editor, id).await.unwrap().unwrap();
        assert_eq!(last.action, told);
    }
}

async fn a_copy_is_a_draft_that_shoppers_read_alike(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let original = live(engine, Draft { stock: Some(7), ..draft() }).await;
    let id = templates::next_id(engine);
    let send = |name: &str| templates::copy_as(engine, &editor, id, original.id, name.to_owned());
    let copy = send("Copy").await.unwrap();
    assert_eq!((copy.state, copy.issued, copy.revision.number), (State::Draft, 0, 1));
    let expected =
        Draft { name: "Copy".into(), title: Some("20 off".into()), stock: Some(7), ..draft() };
    assert_eq!(copy.draft(), &expected);
    templates::edit(engine, &editor, id, 1, &draft()).await.unwrap();
    assert_eq!(send("Copy").await.unwrap().id, id, "sent twice, it is one copy, edited or not");
    assert_eq!(refusal(send("Another").await), Refusal::IdempotencyConflict);
    assert_eq!(store.number("SELECT COUNT(*) FROM templates").await, 2);
}

async fn what_was_edited_meanwhile_is_neither_published_nor_approved_unread(store: Store) {
    let engine = &store.another(|settings| settings.approval_above = Some(yuan(1_000))).await;
    let (edda, abo) = (editor(engine).await, approver(engine).await);
    let dear = |stock| Draft { stock: Some(stock), ..draft() };
    let made = templates::create(engine, &edda, &dear(51)).await.unwrap();
    templates::edit(engine, &edda, made.id, 1, &dear(52)).await.unwrap();
    let stale = refusal(templates::publish(engine, &edda, made.id, 1).await);
    assert_eq!(stale, Refusal::StaleRevision { current: 2 });
    let handed_in = templates::publish(engine, &edda, made.id, 2).await.unwrap();
    assert_eq!(handed_in.state, State::InReview);
    let authors = templates::authors(engine, &edda, &handed_in).await.unwrap();
    assert_eq!(templates::reviewers(engine, &edda, &authors).await.unwrap(), ["approver"]);
    let both = HashSet::from([edda.id.to_string(), abo.id.to_string()]);
    assert!(templates::reviewers(engine, &edda, &both).await.unwrap().is_empty());
    templates::edit(engine, &edda, made.id, 2, &dear(9_000)).await.unwrap();
    let stale = refusal(templates::review(engine, &abo, made.id, &approve(2)).await);
    assert_eq!(stale, Refusal::StaleRevision { current: 3 });
    let long = Verdict::Reject { note: Some("x".repeat(501)) };
    assert_eq!(refusal(templates::review(engine, &abo, made.id, &long).await).code(), "invalid");
    engine.clock().set(noon() + chrono::TimeDelta::seconds(1));
    let back = Verdict::Reject { note: Some(" far too many \n".into()) };
    let back = templates::review(engine, &abo, made.id, &back).await.unwrap();
    assert_eq!(back.state, State::Draft);
    let last = templates::last_move(engine, &edda, made.id).await.unwrap().unwrap();
    assert_eq!((last.action.as_str(), last.by), ("rejected", Some(abo.id.to_string())));
    assert_eq!(last.note.as_deref(), Some("far too many"));
    let ids = [edda.id.to_string(), abo.id.to_string()];
    let names = templates::names(engine, &edda, ids.iter().map(String::as_str)).await.unwrap();
    assert_eq!((names[&ids[0]].as_str(), names[&ids[1]].as_str()), ("editor", "approver"));
}

async fn what_is_out_of_a_template_is_told_by_the_clock(store: Store) {
    let engine = &store.engine;
    let operator = editor(engine).await;
    let template = live(engine, Draft { stock: Some(9), ..draft() }).await;
    let mut codes = Vec::new();
    for name in ["a", "b", "c"] {
        codes.push(claim(engine, &shopper(name), template.id).await.unwrap().code);
    }
    let lock = crate::cast::lock(engine, &shopper("a"), "a", &codes[..1]).await.unwrap();
    redeem(engine, &lock, "p").await.unwrap();
    crate::cast::lock(engine, &shopper("b"), "b", &codes[1..2]).await.unwrap();
    let out = async || {
        let template = templates::read(engine, &operator, template.id).await.unwrap();
        let out = coupons::outstanding(engine, &operator, &template).await.unwrap();
        (out.usable, out.locked, out.is_estimate)
    };
    assert_eq!(out().await, (1, 1, false));
    engine.clock().set(noon() + chrono::TimeDelta::hours(1));
    assert_eq!(out().await, (2, 0, false), "a lock past its end is no lock");
    engine.clock().set(noon() + chrono::TimeDelta::days(8));
    assert_eq!(out().await, (0, 0, false), "what is expired is of no use");
    let happened = coupons::activity(engine, &operator, template.id).await.unwrap();
    let kinds: Vec<_> = happened.iter().map(|it| (it.coupon, it.step.kind)).collect();
    let (a, b, c) = (codes[0], codes[1], codes[2]);
    let expected = [
        (b, coupon::Kind::Locked),
        (a, coupon::Kind::Redeemed),
        (a, coupon::Kind::Locked),
        (c, coupon::Kind::Claimed),
        (b, coupon::Kind::Claimed),
        (a, coupon::Kind::Claimed),
    ];
    assert_eq!(kinds, expected);
    let order = happened[1].step.order.as_ref().map(ToString::to_string);
    assert_eq!((order.as_deref(), happened[1].step.amount), (Some("a"), yuan(20)));
    for name in 0..9 {
        let _ = claim(engine, &shopper(&format!("s{name}")), template.id).await;
    }
    let happened = coupons::activity(engine, &operator, template.id).await.unwrap();
    assert!(happened.len() <= 20);
}

async fn revisions_are_read_some_at_a_time_and_compared_in_pairs(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let made = templates::create(engine, &editor, &draft()).await.unwrap();
    for number in 1..=30 {
        let changed = Draft { name: format!("change {number}"), ..draft() };
        templates::edit(engine, &editor, made.id, number, &changed).await.unwrap();
    }
    let numbers = async |before| {
        let versions = templates::versions(engine, &editor, made.id, before).await.unwrap();
        versions.iter().map(|version| version.revision.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(None).await, (11..=31).rev().collect::<Vec<_>>());
    assert_eq!(numbers(Some(11)).await, (1..=10).rev().collect::<Vec<_>>());
    let (old, new) = templates::pair(engine, &editor, made.id, (3, 5)).await.unwrap();
    assert_eq!((old.draft.name.as_str(), new.draft.name.as_str()), ("change 2", "change 4"));
    let missing = templates::pair(engine, &editor, made.id, (3, 99)).await.unwrap_err();
    assert!(matches!(missing, engine::Error::Missing));
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
    let found = funnel_of(engine, template.id, Window::default()).await;
    let stages = found.stages;
    assert_eq!((stages.view, found.unique_viewers), (2, Some(1)));
    assert_eq!((stages.claim, stages.lock, stages.redeem, stages.returned), (1, 1, 1, 1));
    assert_eq!((found.amounts.turnover, found.amounts.discount), (yuan(120), yuan(20)));
    assert_eq!((found.amounts.refunded, found.amounts.net()), (yuan(100), Money::ZERO));
    let before = Window { from: None, until: Some(noon()) };
    let before = funnel_of(engine, template.id, before).await;
    assert_eq!(before.stages.claim, 0, "periods are half-open");
}

async fn funnel_of(
    engine: &Engine,
    template: TemplateId,
    period: Window,
) -> domain::funnel::Funnel {
    let part = funnel::Part::of(template, period);
    funnel::read_with_viewers(engine, &editor(engine).await, &part, None).await.unwrap()
}

async fn viewers_of_the_day_after_a_period_are_not_counted(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let midnight = noon() + chrono::TimeDelta::hours(12);
    counts::viewed(engine, &Visitor { mark: "mei".into() }, &[template.id], None);
    engine.clock().set(midnight);
    counts::viewed(engine, &Visitor { mark: "bo".into() }, &[template.id], None);
    let today = Window { from: None, until: Some(midnight) };
    let found = funnel_of(engine, template.id, today).await;
    assert_eq!((found.stages.view, found.unique_viewers), (1, Some(1)));
}

async fn the_demo_is_made_up_through_the_use_cases_and_balances(store: Store) {
    let engine = &store.engine;
    assert!(demo::seed(engine, System).await.unwrap());
    assert!(!demo::seed(engine, System).await.unwrap(), "seeding twice is harmless");
    demo::play_history(engine, noon(), |_| ()).await.unwrap();
    assert!(store.number("SELECT COUNT(*) FROM redemptions").await > 100);
    assert!(store.number("SELECT COUNT(*) FROM events WHERE kind = 'returned'").await > 0);
    assert_eq!(store.number("SELECT COUNT(*) FROM templates WHERE state = 'draft'").await, 1);
    let tickets = async |state: &str| {
        store.number(&format!("SELECT COUNT(*) FROM tickets WHERE state = '{state}'")).await
    };
    assert!(tickets("settled").await > 0, "one of its templates has a queue");
    assert_eq!(tickets("waiting").await, 0);
}

async fn a_demo_mixes_with_nothing(store: Store) {
    let engine = &store.engine;
    shelf(engine).await;
    let refused = demo::seed(engine, System).await.unwrap_err().to_string();
    assert!(refused.starts_with("the store holds data already"), "{refused}");
    let key = store.another(|_| ()).await;
    let scopes = [domain::actor::KeyScope::Read].into();
    partners::key_add(&key, System, "Till", &scopes).await.unwrap();
    demo::seed(&key, System).await.unwrap_err();
    key.close().await.unwrap();
}
