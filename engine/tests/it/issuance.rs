//! Claims: limits held under real races, and answers that tell enough.

use std::collections::HashSet;

use chrono::TimeDelta;
use domain::actor::Claiming;
use domain::coupon::Kind;
use domain::template::{Action, Audience, ChannelQuota, Validity, Visibility, Window};
use domain::{Channel, Code, Refusal, TemplateId};
use engine::funnel::{self, Part};
use engine::idempotency::{Answer, Once, Request};
use engine::issuance::{self, Via};
use engine::{Engine, Error, templates, wallet};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::cast::{claim, claim_of, draft, editor, live, partner, refusal, shopper};
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    a_shopper_claims_once_and_a_second_click_shows_the_coupon,
    the_last_coupon_goes_to_exactly_one_of_fifty_shoppers,
    one_shopper_clicking_twenty_times_at_once_gets_one,
    two_hundred_clients_claim_until_a_thousand_are_gone,
    what_nobody_may_know_of_is_not_found,
    claims_open_and_close_with_the_window,
    limits_per_day_end_at_local_midnight,
    the_shop_limits_a_shoppers_day_over_all_templates,
    a_channel_gives_no_more_than_its_quota,
    a_channel_named_later_counts_what_came_through_it_before,
    a_limit_moved_by_an_edit_counts_what_was_taken_before,
    a_link_opens_to_those_who_have_it,
    a_paused_template_gives_nothing_and_goes_on,
    what_cannot_be_claimed_now_is_refused_without_a_query,
    a_claim_that_was_granted_is_answered_alike_once_its_template_is_closed,
    a_batch_answers_each_claim_in_order_of_arrival,
    a_batch_tells_every_coupon_a_full_shopper_holds,
    what_is_wrong_with_one_claim_is_not_its_neighbours,
    a_coupon_says_when_it_is_valid,
    new_shoppers_are_those_who_never_paid,
];

async fn a_shopper_claims_once_and_a_second_click_shows_the_coupon(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let again = refusal(claim(engine, &mei, template.id).await);
    assert_eq!(again, Refusal::ClaimLimitReached { limit: 1, coupons: vec![coupon.code] });
    let held = wallet::wallet(engine, &mei).await.unwrap();
    assert_eq!(held.iter().map(|held| held.code).collect::<Vec<_>>(), [coupon.code]);
    let (_, life) = wallet::coupon(engine, &mei, coupon.code).await.unwrap();
    assert_eq!(life.iter().map(|step| step.kind).collect::<Vec<_>>(), [Kind::Claimed]);
    assert!(wallet::coupon(engine, &shopper("bo"), coupon.code).await.is_err(), "not Bo's to see");
}

/// Everybody claims at once; answers what each was told.
async fn race(
    engines: &[Engine],
    names: impl Iterator<Item = String>,
    template: TemplateId,
) -> Vec<engine::Result<wallet::Coupon>> {
    let claims: Vec<_> = names
        .enumerate()
        .map(|(i, name)| {
            let engine = engines[i % engines.len()].clone();
            tokio::spawn(async move { claim(&engine, &shopper(&name), template).await })
        })
        .collect();
    let mut answers = Vec::new();
    for claim in claims {
        answers.push(claim.await.unwrap());
    }
    answers
}

async fn the_last_coupon_goes_to_exactly_one_of_fifty_shoppers(store: Store) {
    let engine = &store.engine;
    let template = live(engine, domain::template::Draft { stock: Some(1), ..draft() }).await;
    let names = (0..50).map(|i| format!("shopper-{i}"));
    let answers = race(std::slice::from_ref(engine), names, template.id).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(lost.into_iter().all(|answer| refusal(answer) == Refusal::SoldOut));
    assert_eq!(store.number("SELECT issued FROM templates").await, 1);
    assert_eq!(store.number("SELECT COUNT(*) FROM coupons").await, 1);
    assert_eq!(store.number("SELECT COUNT(*) FROM events").await, 1);
}

async fn one_shopper_clicking_twenty_times_at_once_gets_one(store: Store) {
    let engine = &store.engine;
    let (alone, together) = (live(engine, draft()).await.id, live(engine, draft()).await.id);
    let nodes = store.nodes().await;
    for (nodes, template) in [(&nodes[..1], alone), (&nodes[..], together)] {
        let names = std::iter::repeat_n("mei".to_owned(), 20);
        let answers = race(nodes, names, template).await;
        let code = answers.iter().find_map(|answer| answer.as_ref().ok()).unwrap().code;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for answer in answers.into_iter().filter(Result::is_err) {
            let told = refusal(answer);
            assert_eq!(told, Refusal::ClaimLimitReached { limit: 1, coupons: vec![code] });
        }
    }
    assert_eq!(store.number("SELECT COUNT(*) FROM coupons").await, 2);
}

/// Claims again and again until it is refused; answers the coupons, and what it was told then.
async fn claim_on(engine: &Engine, name: &str, template: TemplateId) -> (Vec<Code>, Refusal) {
    let mut codes = Vec::new();
    loop {
        match claim(engine, &shopper(name), template).await {
            Ok(coupon) => codes.push(coupon.code),
            refused => return (codes, refusal(refused)),
        }
    }
}

async fn two_hundred_clients_claim_until_a_thousand_are_gone(store: Store) {
    let engine = &store.engine;
    let thousand = || domain::template::Draft { stock: Some(1_000), per_shopper: 10, ..draft() };
    let (alone, together) = (live(engine, thousand()).await.id, live(engine, thousand()).await.id);
    let nodes = store.nodes().await;
    for (nodes, template) in [(&nodes[..1], alone), (&nodes[..], together)] {
        let clients: Vec<_> = (0..200)
            .map(|i| {
                let engine = nodes[i % nodes.len()].clone();
                let name = format!("shopper-{i}");
                tokio::spawn(async move { claim_on(&engine, &name, template).await })
            })
            .collect();
        let mut codes = Vec::new();
        for client in clients {
            let (claimed, told) = client.await.unwrap();
            codes.extend(claimed);
            assert!(["sold_out", "claim_limit_reached"].contains(&told.code()), "{told:?}");
        }
        assert_eq!(codes.len(), 1_000);
        assert_eq!(codes.into_iter().collect::<HashSet<_>>().len(), 1_000, "none twice");
    }
    assert_eq!(store.number("SELECT COUNT(*) FROM coupons").await, 2_000);
    assert_eq!(store.number("SELECT COUNT(*) FROM templates WHERE issued = 1000").await, 2);
}

async fn what_nobody_may_know_of_is_not_found(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let draft_only = templates::create(engine, &editor(engine).await, &draft()).await.unwrap();
    let hidden = domain::template::Draft { visibility: Visibility::Granted, ..draft() };
    let hidden = live(engine, hidden).await;
    let unknown = TemplateId(uuid::Uuid::nil());
    for id in [draft_only.id, hidden.id, unknown] {
        assert_eq!(refusal(claim(engine, &mei, id).await), Refusal::NotFound);
    }
}

async fn claims_open_and_close_with_the_window(store: Store) {
    let engine = &store.engine;
    let hour = TimeDelta::hours(1);
    let window = Window { from: Some(noon() + hour), until: Some(noon() + hour * 2) };
    let template = live(engine, domain::template::Draft { claim_window: window, ..draft() }).await;
    let early = refusal(claim(engine, &shopper("a"), template.id).await);
    assert_eq!(early, Refusal::NotStarted { opens_at: noon() + hour });
    engine.clock().set(noon() + hour);
    claim(engine, &shopper("a"), template.id).await.unwrap();
    engine.clock().set(noon() + hour * 2);
    let late = refusal(claim(engine, &shopper("b"), template.id).await);
    assert_eq!(late, Refusal::ClaimClosed);
}

async fn limits_per_day_end_at_local_midnight(store: Store) {
    let engine = &store.engine;
    let daily = domain::template::Draft { per_shopper: 3, per_shopper_daily: Some(1), ..draft() };
    let template = live(engine, daily).await;
    let mei = shopper("mei");
    let midnight = noon() + TimeDelta::hours(12);
    claim(engine, &mei, template.id).await.unwrap();
    let told = refusal(claim(engine, &mei, template.id).await);
    assert_eq!(told, Refusal::DailyLimitReached { resets_at: midnight });
    engine.clock().set(midnight - TimeDelta::microseconds(1));
    assert!(claim(engine, &mei, template.id).await.is_err());
    engine.clock().set(midnight);
    claim(engine, &mei, template.id).await.unwrap();
}

async fn the_shop_limits_a_shoppers_day_over_all_templates(store: Store) {
    let engine = store.another(|settings| settings.shop_daily_limit = 2).await;
    let mei = shopper("mei");
    for wanted in [true, true, false] {
        let template = live(&engine, draft()).await;
        assert_eq!(claim(&engine, &mei, template.id).await.is_ok(), wanted);
    }
}

async fn a_channel_gives_no_more_than_its_quota(store: Store) {
    let engine = &store.engine;
    let app = Channel::new("app").unwrap();
    let channels = vec![ChannelQuota { name: app.clone(), quota: Some(2) }];
    let template = live(engine, domain::template::Draft { channels, ..draft() }).await;
    let through = |name: &'static str, channel: Option<Channel>| async move {
        let via = Via { channel, ..Via::default() };
        issuance::claim(engine, &shopper(name), template.id, via).await
    };
    through("a", Some(app.clone())).await.unwrap();
    through("b", Some(app.clone())).await.unwrap();
    let full = refusal(through("c", Some(app)).await);
    assert_eq!(full, Refusal::ChannelQuotaReached);
    assert_eq!(refusal(through("c", None).await), Refusal::ChannelMismatch);
}

async fn a_channel_named_later_counts_what_came_through_it_before(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let app = Channel::new("app").unwrap();
    let template = live(engine, draft()).await;
    let through = |name: &'static str| {
        let via = Via { channel: Some(app.clone()), ..Via::default() };
        async move { issuance::claim(engine, &shopper(name), template.id, via).await }
    };
    through("a").await.unwrap();
    through("b").await.unwrap();
    let named = |quota| {
        let channels = vec![ChannelQuota { name: app.clone(), quota: Some(quota) }];
        domain::template::Draft { channels, ..draft() }
    };
    let low = refusal(templates::edit(engine, &editor, template.id, 1, &named(1)).await);
    assert_eq!(low.code(), "invalid");
    templates::edit(engine, &editor, template.id, 1, &named(3)).await.unwrap();
    through("c").await.unwrap();
    assert_eq!(refusal(through("d").await), Refusal::ChannelQuotaReached);
    // While no channel is named nothing is counted; named again, it is counted anew.
    templates::edit(engine, &editor, template.id, 2, &draft()).await.unwrap();
    through("d").await.unwrap();
    templates::edit(engine, &editor, template.id, 3, &named(4)).await.unwrap();
    assert_eq!(refusal(through("e").await), Refusal::ChannelQuotaReached);
}

async fn a_limit_moved_by_an_edit_counts_what_was_taken_before(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let limit = |per_shopper| domain::template::Draft { per_shopper, ..draft() };
    claim(engine, &mei, template.id).await.unwrap();
    templates::edit(engine, &editor, template.id, 1, &limit(3)).await.unwrap();
    claim(engine, &mei, template.id).await.unwrap();
    templates::edit(engine, &editor, template.id, 2, &limit(1)).await.unwrap();
    match refusal(claim(engine, &mei, template.id).await) {
        Refusal::ClaimLimitReached { limit: 1, coupons } => assert_eq!(coupons.len(), 2),
        other => panic!("{other:?}"),
    }
}

async fn a_link_opens_to_those_who_have_it(store: Store) {
    let engine = &store.engine;
    let linked = domain::template::Draft { visibility: Visibility::Link, ..draft() };
    let template = live(engine, linked).await;
    let mei = shopper("mei");
    assert_eq!(refusal(claim(engine, &mei, template.id).await), Refusal::NotFound);
    let via = Via { link: template.link_token, ..Via::default() };
    issuance::claim(engine, &mei, template.id, via).await.unwrap();
}

async fn a_paused_template_gives_nothing_and_goes_on(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let editor = editor(engine).await;
    templates::act(engine, &editor, template.id, Action::Pause).await.unwrap();
    assert_eq!(refusal(claim(engine, &shopper("a"), template.id).await), Refusal::Paused);
    templates::act(engine, &editor, template.id, Action::Publish).await.unwrap();
    claim(engine, &shopper("a"), template.id).await.unwrap();
    templates::act(engine, &editor, template.id, Action::End).await.unwrap();
    assert_eq!(refusal(claim(engine, &shopper("b"), template.id).await), Refusal::ClaimClosed);
}

/// A partner claims for Mei under a key.
async fn under(engine: &Engine, key: &str, template: TemplateId) -> engine::Result<wallet::Coupon> {
    let request = Request::new("key:till", key, "POST", "/claims", b"{}");
    let say = |outcome: &engine::Result<wallet::Coupon>| Answer {
        status: if outcome.is_ok() { 201 } else { 422 },
        body: String::new(),
    };
    let (partner, once) = (partner::<Claiming>(), Once::new(request, say));
    let mei = shopper("mei").id;
    issuance::claim_for(engine, &partner, mei, template, Via::default(), Some(once)).await
}

async fn what_cannot_be_claimed_now_is_refused_without_a_query(store: Store) {
    let engine = &store.another(|_| ()).await;
    let editor = editor(engine).await;
    let opens_at = noon() + TimeDelta::hours(1);
    let of = async |claim_window, validity| {
        live(engine, domain::template::Draft { claim_window, validity, ..draft() }).await.id
    };
    let (ever, over) = (Window::default(), Window { from: None, until: Some(noon()) });
    let week = Validity::Days { days: 7, until: None };
    let upcoming = of(Window { from: Some(opens_at), until: None }, week).await;
    let closed = of(over, week).await;
    let useless = of(ever, Validity::Fixed(over)).await;
    let paused = of(ever, week).await;
    let ended = of(ever, week).await;
    let open = of(ever, week).await;
    templates::act(engine, &editor, paused, Action::Pause).await.unwrap();
    templates::act(engine, &editor, ended, Action::End).await.unwrap();
    // What this node has changed itself it knows at once.
    claim(engine, &shopper("mei"), open).await.unwrap();
    engine.clone().close().await.unwrap();
    for (id, told) in [
        (upcoming, Refusal::NotStarted { opens_at }),
        (closed, Refusal::ClaimClosed),
        (useless, Refusal::ClaimClosed),
        (paused, Refusal::Paused),
        (ended, Refusal::ClaimClosed),
    ] {
        assert_eq!(refusal(claim(engine, &shopper("bo"), id).await), told);
        let keyed = under(engine, "k", id).await;
        assert!(matches!(keyed, Err(Error::Fault(_))), "it may have been granted: {keyed:?}");
    }
    let unknown = TemplateId(uuid::Uuid::nil());
    assert_eq!(refusal(under(engine, "k", unknown).await), Refusal::NotFound);
}

async fn a_claim_that_was_granted_is_answered_alike_once_its_template_is_closed(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let template = live(engine, draft()).await.id;
    under(engine, "k", template).await.unwrap();
    for (action, told) in [(Action::Pause, Refusal::Paused), (Action::End, Refusal::ClaimClosed)] {
        templates::act(engine, &editor, template, action).await.unwrap();
        let again = under(engine, "k", template).await;
        assert!(matches!(again, Err(Error::Answered(Answer { status: 201, .. }))), "{again:?}");
        assert_eq!(refusal(under(engine, "l", template).await), told);
    }
    let part = Part::of(template, Window::default());
    let refused = funnel::refusals(engine, &editor, &part).await.unwrap();
    let mut counted: Vec<_> = refused.iter().map(|it| (it.code.as_str(), it.claims)).collect();
    counted.sort_unstable();
    assert_eq!(counted, [("claim_closed", 1), ("paused", 1)]);
}

async fn a_batch_answers_each_claim_in_order_of_arrival(store: Store) {
    let engine = &store.engine;
    let scarce = live(engine, domain::template::Draft { stock: Some(2), ..draft() }).await;
    let plenty = live(engine, draft()).await;
    let batch = [
        ("a", scarce.id),
        ("a", scarce.id),
        ("b", scarce.id),
        ("c", scarce.id),
        ("a", plenty.id),
        ("d", TemplateId(uuid::Uuid::nil())),
    ];
    let claims: Vec<_> = batch.iter().map(|(name, template)| claim_of(name, *template)).collect();
    let answers = issuance::settle(engine, &claims).await;
    let codes: Vec<&str> = answers
        .into_iter()
        .map(|answer| if answer.is_ok() { "made" } else { refusal(answer).code() })
        .collect();
    let told = ["made", "claim_limit_reached", "made", "sold_out", "made", "not_found"];
    assert_eq!(codes, told);
}

async fn a_batch_tells_every_coupon_a_full_shopper_holds(store: Store) {
    let engine = &store.engine;
    let two = domain::template::Draft { per_shopper: 2, ..draft() };
    let template = live(engine, two).await;
    let first = claim(engine, &shopper("mei"), template.id).await.unwrap();
    let again = claim_of("mei", template.id);
    let mut answers = issuance::settle(engine, &[again.clone(), again]).await;
    let told = refusal(answers.pop().unwrap());
    let second = answers.pop().unwrap().unwrap();
    let coupons = vec![second.code, first.code];
    assert_eq!(told, Refusal::ClaimLimitReached { limit: 2, coupons });
}

/// From now on no coupon can be written for `b`.
pub(crate) async fn spoil(engine: &Engine) {
    let db = engine.migration_connection();
    let spoil = match db.get_database_backend() {
        DbBackend::Postgres => "ALTER TABLE coupons ADD CONSTRAINT spoilt CHECK (shopper <> 'b')",
        _ => {
            "CREATE TRIGGER spoilt BEFORE INSERT ON coupons WHEN NEW.shopper = 'b'
            BEGIN SELECT RAISE(ABORT, 'spoilt'); END"
        }
    };
    db.execute_unprepared(spoil).await.unwrap();
}

async fn what_is_wrong_with_one_claim_is_not_its_neighbours(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    spoil(engine).await;
    let claims = ["a", "b", "c"].map(|name| claim_of(name, template.id));
    let answers = issuance::settle(engine, &claims).await;
    assert!(matches!(answers[..], [Ok(_), Err(Error::Fault(_)), Ok(_)]), "{answers:?}");
    assert_eq!(store.number("SELECT COUNT(*) FROM coupons").await, 2);
    assert_eq!(store.number("SELECT issued FROM templates").await, 2);
}

async fn a_coupon_says_when_it_is_valid(store: Store) {
    let engine = &store.engine;
    let week = Validity::Days { days: 7, until: None };
    let template = live(engine, domain::template::Draft { validity: week, ..draft() }).await;
    let coupon = claim(engine, &shopper("mei"), template.id).await.unwrap();
    assert_eq!(coupon.valid_from, noon());
    // Claimed on the 2nd: through the end of the 8th, in Shanghai.
    assert_eq!(coupon.valid_until, Some("2026-03-08T16:00:00Z".parse().unwrap()));
    let over = Validity::Fixed(Window { from: None, until: Some(noon()) });
    let template = live(engine, domain::template::Draft { validity: over, ..draft() }).await;
    assert_eq!(refusal(claim(engine, &shopper("mei"), template.id).await), Refusal::ClaimClosed);
}

async fn new_shoppers_are_those_who_never_paid(store: Store) {
    let engine = &store.engine;
    let welcome = domain::template::Draft { audience: Audience::NewShoppers, ..draft() };
    let template = live(engine, welcome).await;
    let mei = shopper("mei");
    let lock = crate::cast::lock(engine, &mei, "unpaid", &[]).await.unwrap();
    claim(engine, &mei, template.id).await.unwrap();
    crate::cast::redeem(engine, &lock, "p").await.unwrap();
    let other = domain::template::Draft { audience: Audience::NewShoppers, ..draft() };
    let other = live(engine, other).await;
    assert_eq!(refusal(claim(engine, &mei, other.id).await), Refusal::NewShoppersOnly);
}
