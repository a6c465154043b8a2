//! The coupon center: what stands in it, in which order, and what is found.

use chrono::TimeDelta;
use domain::coupon;
use domain::template::{Audience, ChannelQuota, Draft, Visibility, Window};
use domain::{Channel, Refusal, TemplateId};
use engine::issuance::{self, Via};
use engine::offers::{self, Card, PAGE, Part, Section};
use engine::{Clock, Engine, Error};

use crate::cast::{claim, draft, live, lock, only, redeem, refusal, shelf, shopper};
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    the_center_shows_what_is_open_and_what_opens_soon,
    what_may_be_claimed_comes_before_what_is_held_and_what_opens,
    a_card_that_answers_a_press_stays_where_it_was,
    a_link_shows_its_template_first_and_nobody_elses,
    what_others_took_is_seen_within_a_second,
    the_center_knows_when_a_channel_has_given_all,
    a_shoppers_own_channel_comes_first,
    a_category_shows_what_names_something_in_it,
    a_search_finds_titles_campaigns_and_what_is_covered,
    the_center_is_paged_and_counts_over_all_pages,
    each_of_several_claims_has_its_own_answer,
    a_press_whose_answer_was_lost_is_found_again,
    what_is_kept_is_the_newest_that_is_not_used_up,
    a_used_coupon_speaks_only_where_no_other_does,
    a_shopper_is_reminded_until_they_have_it,
    what_cannot_be_seen_or_is_open_is_not_kept_in_mind,
    nobody_waits_for_a_first_order_they_had,
];

fn window(from: i32, until: i32) -> Window {
    let hour = TimeDelta::hours(1);
    Window { from: Some(noon() + hour * from), until: Some(noon() + hour * until) }
}

fn titled(title: &str) -> Draft {
    Draft { title: Some(title.to_owned()), ..draft() }
}

async fn found(engine: &Engine, part: Part) -> Vec<String> {
    let center = offers::center(engine, None, &Via::default(), &part).await.unwrap();
    center.cards.iter().map(|card| card.template.draft().title().to_owned()).collect()
}

async fn searched(engine: &Engine, search: &str) -> Vec<String> {
    found(engine, Part { search: search.to_owned(), ..Part::default() }).await
}

async fn cards(engine: &Engine, name: &str, via: &Via) -> Vec<Card> {
    offers::center(engine, Some(&shopper(name)), via, &Part::default()).await.unwrap().cards
}

fn ids(cards: &[Card]) -> Vec<TemplateId> {
    cards.iter().map(|card| card.template.id).collect()
}

async fn the_center_shows_what_is_open_and_what_opens_soon(store: Store) {
    let engine = &store.engine;
    let open = live(engine, draft()).await;
    let soon = live(engine, Draft { claim_window: window(1, 2), ..draft() }).await;
    live(engine, Draft { claim_window: window(-2, -1), ..draft() }).await;
    let mei = shopper("mei");
    claim(engine, &mei, open.id).await.unwrap();
    let cards = cards(engine, "mei", &Via::default()).await;
    let shown: Vec<_> = cards.iter().map(|card| (card.template.id, card.held.len())).collect();
    assert_eq!(shown, [(open.id, 1), (soon.id, 0)]);
    assert!(matches!(cards[0].claimable, Err(Refusal::ClaimLimitReached { .. })));
    assert!(matches!(cards[1].claimable, Err(Refusal::NotStarted { .. })));
    let visitor = offers::center(engine, None, &Via::default(), &Part::default()).await.unwrap();
    assert_eq!(visitor.cards[0].claimable, Ok(()));
}

async fn what_may_be_claimed_comes_before_what_is_held_and_what_opens(store: Store) {
    let engine = &store.engine;
    let gone = live(engine, Draft { stock: Some(1), ..draft() }).await;
    let later = live(engine, Draft { claim_window: window(3, 9), ..draft() }).await;
    let sooner = live(engine, Draft { claim_window: window(1, 9), ..draft() }).await;
    let held = live(engine, draft()).await;
    let endless = live(engine, draft()).await;
    let closing = live(engine, Draft { claim_window: window(-1, 9), ..draft() }).await;
    claim(engine, &shopper("bo"), gone.id).await.unwrap();
    claim(engine, &shopper("mei"), held.id).await.unwrap();
    let cards = cards(engine, "mei", &Via::default()).await;
    let order = [closing.id, endless.id, held.id, sooner.id, later.id, gone.id];
    assert_eq!(ids(&cards), order);
    let sections: Vec<_> = cards.iter().map(|card| card.section(noon())).collect();
    use Section::{Open, Over, Soon};
    assert_eq!(sections, [Open, Open, Open, Soon, Soon, Over]);
}

async fn a_card_that_answers_a_press_stays_where_it_was(store: Store) {
    let engine = &store.engine;
    let pressed = live(engine, Draft { claim_window: window(-1, 1), ..draft() }).await;
    let other = live(engine, draft()).await;
    let mei = shopper("mei");
    claim(engine, &mei, pressed.id).await.unwrap();
    let order = async |told: &[TemplateId]| {
        let part = Part { told: told.iter().copied().collect(), ..Part::default() };
        ids(&offers::center(engine, Some(&mei), &Via::default(), &part).await.unwrap().cards)
    };
    assert_eq!(order(&[pressed.id]).await, [pressed.id, other.id]);
    assert_eq!(order(&[]).await, [other.id, pressed.id]);
}

async fn a_link_shows_its_template_first_and_nobody_elses(store: Store) {
    let engine = &store.engine;
    let listed = live(engine, draft()).await;
    let linked = live(engine, Draft { visibility: Visibility::Link, ..draft() }).await;
    let shown = async |link: Option<String>| {
        let via = Via { link, ..Via::default() };
        let center = offers::center(engine, None, &via, &Part::default()).await.unwrap();
        (center.linked.map(|card| (card.template.id, card.claimable)), ids(&center.cards))
    };
    assert_eq!(shown(None).await, (None, vec![listed.id]));
    assert_eq!(shown(Some("0".repeat(32))).await, (None, vec![listed.id]));
    let found = shown(linked.link_token.clone()).await;
    assert_eq!(found, (Some((linked.id, Ok(()))), vec![listed.id]));
    let one = async |link: Option<String>| {
        let via = Via { link, ..Via::default() };
        offers::card(engine, None, linked.id, &via).await
    };
    assert!(one(linked.link_token.clone()).await.is_ok());
    assert!(matches!(one(None).await, Err(Error::Missing)));
}

async fn what_others_took_is_seen_within_a_second(store: Store) {
    let engine = &store.engine;
    let other =
        Engine::open_to_read(store.settings.clone(), Clock::still_at(noon())).await.unwrap();
    let template = live(engine, Draft { stock: Some(2), ..draft() }).await;
    let left =
        async |engine: &Engine| cards(engine, "lin", &Via::default()).await[0].template.left();
    assert_eq!((left(engine).await, left(&other).await), (Some(2), Some(2)));
    claim(engine, &shopper("mei"), template.id).await.unwrap();
    assert_eq!((left(engine).await, left(&other).await), (Some(1), Some(2)));
    other.clock().advance(TimeDelta::seconds(1));
    assert_eq!(left(&other).await, Some(1));
    other.close().await.unwrap();
}

async fn the_center_knows_when_a_channel_has_given_all(store: Store) {
    let engine = &store.engine;
    let app = Channel::new("app").unwrap();
    let channels = vec![ChannelQuota { name: app.clone(), quota: Some(1) }];
    let template = live(engine, Draft { channels, ..draft() }).await;
    let via = Via { channel: Some(app.clone()), ..Via::default() };
    issuance::claim(engine, &shopper("mei"), template.id, via.clone()).await.unwrap();
    let cards = cards(engine, "bo", &via).await;
    assert_eq!(cards[0].claimable, Err(Refusal::ChannelQuotaReached));
}

async fn a_shoppers_own_channel_comes_first(store: Store) {
    let engine = &store.engine;
    let app = Channel::new("app").unwrap();
    let channels = vec![ChannelQuota { name: app.clone(), quota: None }];
    let own = live(engine, Draft { channels, ..draft() }).await;
    let closing = live(engine, Draft { claim_window: window(-1, 1), ..draft() }).await;
    let via = Via { channel: Some(app), ..Via::default() };
    assert_eq!(ids(&cards(engine, "mei", &via).await), [own.id, closing.id]);
    assert_eq!(ids(&cards(engine, "mei", &Via::default()).await), [closing.id, own.id]);
}

async fn a_category_shows_what_names_something_in_it(store: Store) {
    let engine = &store.engine;
    shelf(engine).await;
    live(engine, Draft { scope: only(&["vegetables"]), ..titled("greens") }).await;
    live(engine, Draft { scope: only(&["household", "fruit"]), ..titled("both") }).await;
    live(engine, titled("everything")).await;
    let tab = async |id: &str| {
        let category = Some(id.parse().unwrap());
        let mut found = found(engine, Part { category, ..Part::default() }).await;
        found.sort();
        found
    };
    assert_eq!(tab("produce").await, ["both", "greens"]);
    assert_eq!(tab("household").await, ["both"]);
    assert_eq!(tab("vegetables").await, ["greens"]);
    assert_eq!(tab("nowhere").await, [""; 0]);
    let counted = async |category: Option<&str>, search: &str| {
        let category = category.map(|id| id.parse().unwrap());
        let part = Part { category, search: search.to_owned(), ..Part::default() };
        let center = offers::center(engine, None, &Via::default(), &part).await.unwrap();
        let tabs = center.categories.iter().map(|(id, n)| format!("{id} {n}"));
        (center.whole, tabs.collect::<Vec<_>>().join(", "))
    };
    assert_eq!(counted(None, "").await, (3, "produce 2, household 1".to_owned()));
    assert_eq!(counted(None, "greens").await, (1, "produce 1".to_owned()));
    let none = (1, "produce 1, household 0".to_owned());
    assert_eq!(counted(Some("household"), "greens").await, none);
}

async fn a_search_finds_titles_campaigns_and_what_is_covered(store: Store) {
    let engine = &store.engine;
    shelf(engine).await;
    let campaign = Some("秋冬 Autumn".to_owned());
    live(engine, Draft { campaign, ..titled("蔬果周 Greens week") }).await;
    live(engine, Draft { scope: only(&["produce"]), ..titled("<b>Harvest</b>") }).await;
    assert_eq!(searched(engine, "GREENS").await, ["蔬果周 Greens week"]);
    assert_eq!(searched(engine, " week 蔬果 ").await, ["蔬果周 Greens week"]);
    assert_eq!(searched(engine, "秋冬").await, ["蔬果周 Greens week"]);
    assert_eq!(searched(engine, "fruit").await, ["<b>Harvest</b>"], "produce covers fruit");
    assert_eq!(searched(engine, "greens harvest").await, [""; 0]);
    assert_eq!(searched(engine, "  ").await.len(), 2);
    assert_eq!(searched(engine, "%").await, [""; 0]);
}

async fn the_center_is_paged_and_counts_over_all_pages(store: Store) {
    let engine = &store.engine;
    for n in 0..=PAGE {
        live(engine, titled(&format!("number {n}"))).await;
    }
    let page = async |page: u64| {
        let part = Part { page, ..Part::default() };
        let center = offers::center(engine, None, &Via::default(), &part).await.unwrap();
        (center.page, center.cards.len(), center.total)
    };
    assert_eq!(page(0).await, (0, 48, 49));
    assert_eq!(page(1).await, (1, 1, 49));
    assert_eq!(page(u64::MAX).await, (1, 1, 49), "the last one");
    let last = format!("number {PAGE}");
    assert_eq!(searched(engine, &last).await, [last.as_str()], "over all pages");
}

async fn each_of_several_claims_has_its_own_answer(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let fine = live(engine, draft()).await;
    let gone = live(engine, Draft { stock: Some(1), ..draft() }).await;
    let taken = live(engine, draft()).await;
    claim(engine, &shopper("bo"), gone.id).await.unwrap();
    claim(engine, &mei, taken.id).await.unwrap();
    let asked = [gone.id, fine.id, taken.id, fine.id];
    let answers = issuance::take_each(engine, &mei, &asked, &Via::default()).await;
    let order: Vec<_> = answers.iter().map(|(template, _)| *template).collect();
    assert_eq!(order, asked);
    let answers = answers.into_iter().map(|(_, answer)| answer);
    let [gone, fine, taken, twice] = <[_; 4]>::try_from(answers.collect::<Vec<_>>()).unwrap();
    assert_eq!(refusal(gone), Refusal::SoldOut);
    assert!(fine.is_ok());
    assert!(matches!(refusal(taken), Refusal::ClaimLimitReached { .. }));
    assert!(matches!(refusal(twice), Refusal::ClaimLimitReached { .. }));
}

async fn a_press_whose_answer_was_lost_is_found_again(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let template = live(engine, Draft { per_shopper: 3, ..draft() }).await;
    let since = async |had| offers::taken_since(engine, &mei, template.id, had).await.unwrap();
    assert!(since(0).await.is_none());
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    assert_eq!(since(0).await.map(|coupon| coupon.code), Some(coupon.code));
    assert!(since(1).await.is_none());
}

async fn what_is_kept_is_the_newest_that_is_not_used_up(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let template = live(engine, Draft { per_shopper: 2, ..draft() }).await;
    let other = live(engine, draft()).await;
    claim(engine, &mei, other.id).await.unwrap();
    let kept = async || {
        let kept = offers::kept(engine, &mei, &[template.id]).await.unwrap();
        kept.into_iter().map(|(of, coupon)| (of, coupon.code)).collect::<Vec<_>>()
    };
    assert!(kept().await.is_empty());
    let first = claim(engine, &mei, template.id).await.unwrap();
    assert_eq!(kept().await, [(template.id, first.code)]);
    let order = lock(engine, &mei, "o-1", &[first.code]).await.unwrap();
    assert_eq!(kept().await, [(template.id, first.code)], "an order has it");
    redeem(engine, &order, "p-1").await.unwrap();
    assert!(kept().await.is_empty());
    let second = claim(engine, &mei, template.id).await.unwrap();
    assert_eq!(kept().await, [(template.id, second.code)]);
}

async fn a_used_coupon_speaks_only_where_no_other_does(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let template = live(engine, Draft { per_shopper: 2, ..draft() }).await;
    let used = claim(engine, &mei, template.id).await.unwrap();
    let order = lock(engine, &mei, "o-1", &[used.code]).await.unwrap();
    redeem(engine, &order, "p-1").await.unwrap();
    let best = async || {
        let cards = cards(engine, "mei", &Via::default()).await;
        let best = cards[0].best_held(noon()).map(|(_, state)| state);
        (best, cards[0].usable(noon()), cards[0].section(noon()))
    };
    assert_eq!(best().await, (Some(coupon::State::Redeemed), 0, Section::Open));
    claim(engine, &mei, template.id).await.unwrap();
    assert_eq!(best().await, (Some(coupon::State::Available), 1, Section::Open));
}

async fn a_shopper_is_reminded_until_they_have_it(store: Store) {
    let engine = &store.engine;
    let later = live(engine, Draft { claim_window: window(2, 9), ..draft() }).await;
    let sooner = live(engine, Draft { claim_window: window(1, 9), ..draft() }).await;
    let (mei, bo) = (shopper("mei"), shopper("bo"));
    for template in [later.id, sooner.id, sooner.id] {
        offers::remind(engine, &mei, template, &Via::default(), true).await.unwrap();
    }
    let reminders = async || offers::reminders(engine, &mei).await.unwrap();
    assert_eq!(ids(&reminders().await), [sooner.id, later.id]);
    assert!(offers::reminders(engine, &bo).await.unwrap().is_empty());
    assert!(cards(engine, "mei", &Via::default()).await.iter().all(|card| card.is_reminded));
    offers::remind(engine, &mei, later.id, &Via::default(), false).await.unwrap();
    engine.clock().set(noon() + TimeDelta::hours(1));
    let open = reminders().await;
    assert_eq!((ids(&open), &open[0].claimable), (vec![sooner.id], &Ok(())));
    claim(engine, &mei, sooner.id).await.unwrap();
    assert!(reminders().await.is_empty());
}

async fn what_cannot_be_seen_or_is_open_is_not_kept_in_mind(store: Store) {
    let engine = &store.engine;
    let open = live(engine, draft()).await;
    let secret = Draft { claim_window: window(1, 9), ..draft() };
    let linked = live(engine, Draft { visibility: Visibility::Link, ..secret }).await;
    let mei = shopper("mei");
    offers::remind(engine, &mei, open.id, &Via::default(), true).await.unwrap();
    let unseen = offers::remind(engine, &mei, linked.id, &Via::default(), true).await;
    assert!(matches!(unseen, Err(Error::Refused(Refusal::NotFound))));
    assert!(offers::reminders(engine, &mei).await.unwrap().is_empty());
    let via = Via { link: linked.link_token.clone(), ..Via::default() };
    offers::remind(engine, &mei, linked.id, &via, true).await.unwrap();
    assert_eq!(ids(&offers::reminders(engine, &mei).await.unwrap()), [linked.id]);
}

async fn nobody_waits_for_a_first_order_they_had(store: Store) {
    let engine = &store.engine;
    let (mei, bo) = (shopper("mei"), shopper("bo"));
    let gift = Draft { audience: Audience::NewShoppers, claim_window: window(1, 9), ..draft() };
    let gift = live(engine, gift).await.id;
    for shopper in [&mei, &bo] {
        offers::remind(engine, shopper, gift, &Via::default(), true).await.unwrap();
    }
    let paid = lock(engine, &mei, "paid", &[]).await.unwrap();
    redeem(engine, &paid, "p").await.unwrap();
    let card = cards(engine, "mei", &Via::default()).await.remove(0);
    assert_eq!(card.claimable, Err(Refusal::NewShoppersOnly));
    assert_eq!(card.section(engine.now()), Section::Over);
    assert!(offers::reminders(engine, &mei).await.unwrap().is_empty());
    assert_eq!(ids(&offers::reminders(engine, &bo).await.unwrap()), [gift]);
}
