//! What the host shop says of its shoppers, and wallets as it lists them.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::actor::{Claiming, Managing, Reading};
use domain::coupon::State;
use domain::template::{Audience, Draft, Validity, Visibility};
use domain::{Code, Refusal, ShopperId, TemplateId};
use engine::issuance::Via;
use engine::shoppers::{self, Said};
use engine::{Engine, issuance, wallet};

use crate::cast::{claim, draft, live, lock, partner, redeem, refusal, shopper};
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    what_is_not_said_of_a_shopper_stays_as_it_is,
    what_is_said_of_shoppers_decides_what_they_may_have,
    who_bought_here_is_never_made_new_again,
    many_who_speak_of_one_shopper_at_once_lose_nothing,
    odd_names_and_segments_are_refused,
    a_wallet_is_told_in_pages_newest_first,
    many_wallets_are_told_in_the_order_asked,
    a_partner_vouches_for_a_link_and_not_for_what_is_granted,
    what_nobody_may_know_of_is_refused_without_a_query,
];

fn segments(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

async fn put(engine: &Engine, name: &str, said: &Said) -> shoppers::Profile {
    shoppers::put(engine, &partner::<Managing>(), &shopper(name).id, said).await.unwrap()
}

async fn what_is_not_said_of_a_shopper_stays_as_it_is(store: Store) {
    let engine = &store.engine;
    let all = Said {
        name: Some(" 小美 ".into()),
        segments: Some(segments(&["vip", "staff"])),
        paid_orders: Some(3),
        is_blocked: Some(true),
    };
    let first = put(engine, "mei", &all).await;
    assert_eq!((first.name.as_deref(), first.paid_orders), (Some("小美"), 3));
    assert_eq!(put(engine, "mei", &Said::default()).await, first);
    let known = shoppers::segments(engine, &partner::<Managing>()).await.unwrap();
    assert_eq!((known.names, known.is_whole), (segments(&["vip", "staff"]), true));
    let said = Said { segments: Some(segments(&["vip"])), ..Said::default() };
    let second = put(engine, "mei", &said).await;
    assert_eq!(second, shoppers::Profile { segments: segments(&["vip"]), ..first });
    let said = Said { name: Some(String::new()), is_blocked: Some(false), ..Said::default() };
    let third = put(engine, "mei", &said).await;
    assert_eq!((third.name, third.is_blocked, third.paid_orders), (None, false, 3));
    let changes = "SELECT COUNT(*) FROM changes WHERE subject_kind = 'shopper'";
    assert_eq!(store.number(changes).await, 3, "what changes nothing leaves no trace");
}

async fn what_is_said_of_shoppers_decides_what_they_may_have(store: Store) {
    let engine = &store.engine;
    let vip = Draft { audience: Audience::Segment("vip".into()), ..draft() };
    let (vip, new) =
        (live(engine, vip).await.id, Draft { audience: Audience::NewShoppers, ..draft() });
    let new = live(engine, new).await.id;
    let mei = shopper("mei");
    assert_eq!(refusal(claim(engine, &mei, vip).await), Refusal::NotInAudience);
    let said = Said { segments: Some(segments(&["vip"])), paid_orders: Some(1), ..Said::default() };
    put(engine, "mei", &said).await;
    claim(engine, &mei, vip).await.unwrap();
    assert_eq!(refusal(claim(engine, &mei, new).await), Refusal::NewShoppersOnly);
    put(engine, "bo", &Said { is_blocked: Some(true), ..Said::default() }).await;
    assert_eq!(refusal(claim(engine, &shopper("bo"), new).await), Refusal::RiskRejected);
}

async fn who_bought_here_is_never_made_new_again(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { audience: Audience::NewShoppers, ..draft() }).await;
    let mei = shopper("mei");
    let locked = lock(engine, &mei, "order", &[]).await.unwrap();
    redeem(engine, &locked, "payment").await.unwrap();
    let said = put(engine, "mei", &Said { paid_orders: Some(0), ..Said::default() }).await;
    assert_eq!(said.paid_orders, 1);
    assert_eq!(refusal(claim(engine, &mei, template.id).await), Refusal::NewShoppersOnly);
}

async fn many_who_speak_of_one_shopper_at_once_lose_nothing(store: Store) {
    let engine = &store.engine;
    let said = [
        Said { name: Some("小美".into()), ..Said::default() },
        Said { segments: Some(segments(&["vip"])), ..Said::default() },
        Said { paid_orders: Some(7), ..Said::default() },
        Said { is_blocked: Some(true), ..Said::default() },
    ];
    let speaking = said.map(|said| {
        let engine = engine.clone();
        tokio::spawn(async move { put(&engine, "mei", &said).await })
    });
    for one in speaking {
        one.await.unwrap();
    }
    let known = put(engine, "mei", &Said::default()).await;
    assert_eq!(known.name.as_deref(), Some("小美"));
    assert_eq!((known.segments, known.paid_orders), (segments(&["vip"]), 7));
    assert!(known.is_blocked);
}

async fn odd_names_and_segments_are_refused(store: Store) {
    let engine = &store.engine;
    let many: BTreeSet<String> = (0..101).map(|i| format!("segment-{i}")).collect();
    let long = "x".repeat(65);
    let odd = [
        Said { name: Some(long.clone()), ..Said::default() },
        Said { name: Some("a\nb".into()), ..Said::default() },
        Said { segments: Some(segments(&[""])), ..Said::default() },
        Said { segments: Some(segments(&[&long])), ..Said::default() },
        Said { segments: Some(many), ..Said::default() },
    ];
    for said in odd {
        let answer = shoppers::put(engine, &partner::<Managing>(), &shopper("mei").id, &said).await;
        assert_eq!(refusal(answer).code(), "invalid");
    }
    assert_eq!(store.number("SELECT COUNT(*) FROM shoppers").await, 0);
}

/// Coupons of templates of their own, each claimed a minute after the one before.
async fn filled(engine: &Engine, name: &str, count: i64) -> Vec<Code> {
    let mut codes = Vec::new();
    for minute in 0..count {
        engine.clock().set(noon() + TimeDelta::minutes(minute));
        let days = Validity::Days { days: 1, until: None };
        let template = live(engine, Draft { validity: days, ..draft() }).await;
        codes.push(claim(engine, &shopper(name), template.id).await.unwrap().code);
    }
    codes.reverse();
    codes
}

async fn a_wallet_is_told_in_pages_newest_first(store: Store) {
    let engine = &store.engine;
    let newest = filled(engine, "mei", 5).await;
    // Two of one moment follow each other by their codes.
    let template = live(engine, draft()).await;
    let twin = claim(engine, &shopper("mei"), template.id).await.unwrap().code;
    lock(engine, &shopper("mei"), "order", &[newest[1]]).await.unwrap();
    let mei = shopper("mei").id;
    let told = async |state: Option<State>, size: u32| {
        let (mut codes, mut after) = (Vec::new(), None);
        loop {
            let reader = partner::<Reading>();
            let page = wallet::list(engine, &reader, &mei, state, after, size).await.unwrap();
            assert!(page.coupons.len() <= size as usize);
            codes.extend(page.coupons.iter().map(|coupon| coupon.code));
            after = page.next;
            if after.is_none() {
                return codes;
            }
        }
    };
    let whole = told(None, 50).await;
    assert_eq!(whole.len(), 6);
    assert!(whole[..2].contains(&twin) && whole[..2].contains(&newest[0]));
    assert_eq!(whole[2..], newest[1..]);
    for size in [1, 2, 3, 6] {
        assert_eq!(told(None, size).await, whole, "pages of {size}");
    }
    assert_eq!(told(Some(State::Locked), 50).await, [newest[1]]);
    engine.clock().set(noon() + TimeDelta::hours(12));
    assert_eq!(told(Some(State::Available), 2).await, [twin], "the clock is counted in");
    assert_eq!(told(Some(State::Expired), 2).await.len(), 5);
}

async fn many_wallets_are_told_in_the_order_asked(store: Store) {
    let engine = &store.engine;
    let (mei, bo) = (filled(engine, "mei", 3).await, filled(engine, "bo", 1).await);
    let ids: Vec<ShopperId> = ["bo", "nobody", "mei", "bo"].map(|name| shopper(name).id).into();
    let reader = partner::<Reading>();
    let wallets = wallet::list_many(engine, &reader, &ids, None).await.unwrap();
    let told: Vec<(&str, Vec<Code>)> = wallets
        .iter()
        .map(|(id, page)| (id.as_str(), page.coupons.iter().map(|c| c.code).collect()))
        .collect();
    assert_eq!(told, [("bo", bo.clone()), ("nobody", vec![]), ("mei", mei), ("bo", bo)]);
    assert!(wallets.iter().all(|(_, page)| page.next.is_none()));
    let locked = wallet::list_many(engine, &reader, &ids, Some(State::Locked)).await.unwrap();
    assert!(locked.iter().all(|(_, page)| page.coupons.is_empty()));
}

async fn claim_for(engine: &Engine, name: &str, id: TemplateId) -> engine::Result<wallet::Coupon> {
    let (partner, shopper) = (partner::<Claiming>(), shopper(name).id);
    issuance::claim_for(engine, &partner, shopper, id, Via::default(), None).await
}

async fn a_partner_vouches_for_a_link_and_not_for_what_is_granted(store: Store) {
    let engine = &store.engine;
    let of = async |visibility| live(engine, Draft { visibility, ..draft() }).await.id;
    let (link, granted) = (of(Visibility::Link).await, of(Visibility::Granted).await);
    claim_for(engine, "mei", link).await.unwrap();
    assert_eq!(refusal(claim(engine, &shopper("bo"), link).await), Refusal::NotFound);
    assert_eq!(refusal(claim_for(engine, "mei", granted).await), Refusal::NotFound);
}

async fn what_nobody_may_know_of_is_refused_without_a_query(store: Store) {
    use domain::template::Action;
    use engine::templates;

    let engine = &store.another(|_| ()).await;
    let editor = crate::cast::editor(engine).await;
    let granted = live(engine, Draft { visibility: Visibility::Granted, ..draft() }).await.id;
    let link = live(engine, Draft { visibility: Visibility::Link, ..draft() }).await.id;
    let never_live = templates::create(engine, &editor, &draft()).await.unwrap().id;
    let ended = live(engine, Draft { visibility: Visibility::Link, ..draft() }).await.id;
    templates::act(engine, &editor, ended, Action::End).await.unwrap();
    let listed = live(engine, draft()).await.id;
    // What this node has changed itself it knows at once.
    claim(engine, &shopper("mei"), listed).await.unwrap();
    engine.clone().close().await.unwrap();
    let unknown = TemplateId(uuid::Uuid::nil());
    for id in [granted, link, never_live, ended, unknown] {
        assert_eq!(refusal(claim(engine, &shopper("bo"), id).await), Refusal::NotFound);
    }
    let fault = claim(engine, &shopper("bo"), listed).await.unwrap_err();
    assert!(matches!(fault, engine::Error::Fault(_)), "and what may be known needs the store");
}
