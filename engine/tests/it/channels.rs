//! Channels: their names, what was spent on them, and what came of each.

use chrono::{Days, NaiveDate, TimeDelta};
use domain::actor::{Redeeming, System, Visitor};
use domain::stacking::Stacking;
use domain::template::{Draft, Window};
use domain::{Channel, Money, OrderRef, Refusal};
use engine::channels::{self, CHANNELS_MAX, Spent, Standing};
use engine::funnel::{self, Part};
use engine::issuance::{self, Via};
use engine::orders::{self, PaidOrder};
use engine::redemption::{self, Outcome};
use engine::{Engine, Error, counts, rollups};

use crate::cast::{
    ask, cart, claim, draft, editor, live, lock, partner, redeem, refusal, shopper, yuan,
};
use crate::stores::{Store, noon, on_both_stores, settled};

on_both_stores![
    a_channel_is_named_and_named_again,
    what_was_spent_is_written_down_and_taken_back,
    channels_stand_side_by_side,
    what_is_not_told_side_by_side_is_said_to_be_there,
    whoever_was_won_was_won_by_somebody_though_orders_are_told_late,
    each_channel_stands_there_as_its_own_funnel_has_it,
    who_bought_before_was_not_won,
    every_order_that_was_paid_without_a_coupon_counts_once,
];

fn channel(name: &str) -> Channel {
    Channel::new(name).unwrap()
}

fn today(engine: &Engine) -> NaiveDate {
    engine.settings().time_zone.day(engine.now())
}

async fn a_channel_is_named_and_named_again(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    for (id, name) in [("app", "The app"), ("mini", " Mini "), ("app", "App"), ("app", "App")] {
        channels::name(engine, &editor, &channel(id), name).await.unwrap();
    }
    let named = channels::list(engine, &editor).await.unwrap();
    let named: Vec<_> = named.iter().map(|it| (it.channel.as_str(), it.name.as_str())).collect();
    assert_eq!(named, [("app", "App"), ("mini", "Mini")]);
    let changes = "SELECT COUNT(*) FROM changes WHERE subject_kind = 'channel'";
    assert_eq!(store.number(changes).await, 3, "the same name again is no change");
    for odd in [" ".to_owned(), "a\u{7}".to_owned(), "a".repeat(1_000)] {
        let refused = refusal(channels::name(engine, &editor, &channel("app"), &odd).await);
        assert!(matches!(refused, Refusal::Invalid { fields } if fields[0].field == "name"));
    }
}

fn spent(engine: &Engine, on: &str, days: u64, amount: Money) -> Spent {
    let first = today(engine);
    let last = first + Days::new(days - 1);
    Spent { channel: channel(on), first, last, amount, note: "Posters".to_owned() }
}

async fn what_was_spent_is_written_down_and_taken_back(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let poster = spent(engine, "poster", 10, yuan(100));
    let unknown = channels::spend(engine, &editor, &poster).await;
    assert!(matches!(unknown, Err(Error::Missing)), "it has no name");
    channels::name(engine, &editor, &channel("poster"), "Posters").await.unwrap();
    let id = channels::next_cost_id(engine);
    let typed = Spent { note: " Posters ".to_owned(), ..poster.clone() };
    for sent in [&poster, &typed] {
        channels::spend_as(engine, &editor, id, sent).await.unwrap();
    }
    let known = channels::costs(engine, &editor, 9).await.unwrap();
    assert_eq!((known.len(), known[0].id, &known[0].spent), (1, id, &poster), "entered once");
    let entered = "SELECT COUNT(*) FROM changes WHERE action = 'spent'";
    assert_eq!(store.number(entered).await, 1);
    let other = Spent { amount: yuan(1), ..poster.clone() };
    let refused = refusal(channels::spend_as(engine, &editor, id, &other).await);
    assert_eq!(refused, Refusal::IdempotencyConflict);
    let backwards = Spent { last: poster.first - Days::new(1), ..poster.clone() };
    let nothing = Spent { amount: Money::ZERO, ..poster.clone() };
    for (odd, field) in [(backwards, "last"), (nothing, "amount")] {
        let refused = refusal(channels::spend(engine, &editor, &odd).await);
        assert!(matches!(refused, Refusal::Invalid { fields } if fields[0].field == field));
    }
    for press in ["the first", "the second"] {
        channels::take_back(engine, &editor, id).await.expect(press);
    }
    assert_eq!(channels::costs(engine, &editor, 9).await.unwrap(), []);
    let taken_back = "SELECT COUNT(*) FROM changes WHERE action = 'spending_taken_back'";
    assert_eq!(store.number(taken_back).await, 1);
}

/// Somebody comes by a channel, claims, and pays an order with it.
async fn buy(engine: &Engine, name: &str, order: &str, via: Option<&str>, draft: Draft) {
    let template = live(engine, draft).await.id;
    let via = Via { channel: via.map(channel), ..Via::default() };
    issuance::claim(engine, &shopper(name), template, via).await.unwrap();
    let ask = ask(order, cart(yuan(100)), None);
    let (lock, _) = redemption::lock(engine, &shopper(name), &ask).await.unwrap();
    redeem(engine, &lock, order).await.unwrap();
}

async fn add_up(engine: &Engine) {
    settled(engine).await;
    rollups::work(engine, System).await.unwrap();
}

/// What has come of channels since a day.
async fn stand(engine: &Engine, first: NaiveDate) -> Vec<Standing> {
    let editor = editor(engine).await;
    let days = (first, today(engine));
    channels::standings(engine, &editor, days, None, CHANNELS_MAX).await.unwrap().each
}

async fn channels_stand_side_by_side(store: Store) {
    let engine = &store.engine;
    let (editor, first) = (editor(engine).await, today(engine));
    channels::name(engine, &editor, &channel("mini"), "Mini").await.unwrap();
    channels::spend(engine, &editor, &spent(engine, "mini", 2, yuan(100))).await.unwrap();
    buy(engine, "mei", "one", Some("mini"), draft()).await;
    buy(engine, "bo", "two", Some("mini"), draft()).await;
    buy(engine, "lin", "three", Some("app"), draft()).await;
    buy(engine, "an", "four", None, draft()).await;
    buy(engine, "mei", "five", Some("app"), draft()).await;
    add_up(engine).await;
    let told = stand(engine, first).await;
    let lines: Vec<_> = told
        .iter()
        .map(|it| {
            let channel = it.channel.as_ref().map(Channel::as_str);
            (channel, it.funnel.stages.redeem, it.newcomers.won, it.newcomers.watched, it.spent)
        })
        .collect();
    // Of two days one is over.
    let expected = [
        (None, 5, 4, 0, Some(yuan(50))),
        (Some("mini"), 2, 2, 0, Some(yuan(50))),
        (Some("app"), 2, 1, 0, Some(Money::ZERO)),
        (None, 1, 1, 0, None),
    ];
    assert_eq!(lines, expected);
    assert!(told[3].is_rest && !told[0].is_rest, "the rows come to the whole");
    assert_eq!(told[1].name.as_deref(), Some("Mini"));
    assert_eq!(told[1].cost_per_newcomer(), Some(yuan(25)));
    assert_eq!(told[2].cost_per_newcomer(), None, "nothing was entered");
    let visitor = Visitor { mark: "mei".to_owned() };
    let seen = live(engine, draft()).await.id;
    counts::viewed(engine, &visitor, &[seen], Some(&channel("poster")));
    let told = stand(engine, first).await;
    let poster = told.iter().find(|it| it.channel == Some(channel("poster")));
    assert_eq!(poster.map(|it| it.funnel.stages.view), Some(1), "looks alone count as well");
    // 160 is left of two orders for 40 taken off and 50 spent.
    assert_eq!(told[1].return_on_cost(), Some(160.0 / 90.0));
}

async fn what_is_not_told_side_by_side_is_said_to_be_there(store: Store) {
    let engine = &store.engine;
    let (editor, days) = (editor(engine).await, (today(engine), today(engine)));
    channels::name(engine, &editor, &channel("mini"), "Mini").await.unwrap();
    let seen = live(engine, draft()).await.id;
    for via in [Some("app"), Some("wechat"), None] {
        let visitor = Visitor { mark: "mei".to_owned() };
        counts::viewed(engine, &visitor, &[seen], via.map(channel).as_ref());
    }
    for (most, expected) in [(2, vec!["mini", "app"]), (3, vec!["mini", "app", "wechat"])] {
        let told = channels::standings(engine, &editor, days, None, most).await.unwrap();
        let each = told.each.iter().filter_map(|it| it.channel.as_ref());
        assert_eq!(each.map(Channel::as_str).collect::<Vec<_>>(), expected);
        assert_eq!(told.has_more, most < 3, "there are three");
        assert!(told.each.last().is_some_and(|it| it.is_rest), "what came through none as well");
    }
}

async fn each_channel_stands_there_as_its_own_funnel_has_it(store: Store) {
    let engine = &store.engine;
    let (editor, first) = (editor(engine).await, today(engine));
    let stacking = Stacking { group: None, exclusive: false };
    let template = live(engine, Draft { stacking, per_shopper: 5, ..draft() }).await.id;
    // One order with coupons of two channels, of one template.
    for via in ["app", "mini", "mini"] {
        let visitor = Visitor { mark: "mei".to_owned() };
        counts::viewed(engine, &visitor, &[template], Some(&channel(via)));
        let via = Via { channel: Some(channel(via)), ..Via::default() };
        issuance::claim(engine, &shopper("mei"), template, via).await.unwrap();
    }
    let ask = ask("order", cart(yuan(300)), None);
    let (lock, _) = redemption::lock(engine, &shopper("mei"), &ask).await.unwrap();
    redeem(engine, &lock, "payment").await.unwrap();
    buy(engine, "bo", "other", Some("app"), draft()).await;
    let days = (first, today(engine));
    for turn in ["before it is added up", "after"] {
        for template in [None, Some(template)] {
            let told = channels::standings(engine, &editor, days, template, CHANNELS_MAX).await;
            for standing in told.unwrap().each {
                let period = Window { from: Some(noon() - TimeDelta::hours(12)), until: None };
                let channel = standing.channel.clone();
                let part = Part { template, channel, period, ..Part::default() };
                let alone = funnel::read(engine, &editor, &part, None).await.unwrap();
                assert_eq!(standing.funnel, alone, "{turn} {part:?}");
                let newcomers = funnel::newcomers(engine, &editor, &part).await.unwrap();
                assert_eq!(standing.newcomers, newcomers, "{turn} {part:?}");
                assert_eq!(standing.spent.is_some(), template.is_none(), "it is for all there is");
            }
        }
        add_up(engine).await;
    }
}

async fn whoever_was_won_was_won_by_somebody_though_orders_are_told_late(store: Store) {
    let engine = &store.engine;
    let first = today(engine);
    let at = |minutes| noon() + TimeDelta::minutes(minutes);
    // Of each, the second in the ledger was the first in time; lin's are added up one by one.
    for (name, minutes, order) in [("mei", 30, "a"), ("mei", 10, "b"), ("lin", 40, "c")] {
        engine.clock().set(at(minutes));
        buy(engine, name, order, Some("app"), draft()).await;
    }
    add_up(engine).await;
    engine.clock().set(at(20));
    buy(engine, "lin", "d", Some("mini"), draft()).await;
    engine.clock().set(at(60));
    add_up(engine).await;
    let told = stand(engine, first).await;
    let won: Vec<_> = told.iter().map(|it| (it.channel.clone(), it.newcomers.won)).collect();
    assert_eq!(won, [(None, 2), (Some(channel("app")), 1), (Some(channel("mini")), 1)]);
}

/// The host shop tells of an order of 10 that was paid so many hours after noon.
async fn tell(engine: &Engine, name: &str, order: &str, hours: i64, via: Option<&str>) {
    let paid = PaidOrder {
        order: OrderRef::new(order).unwrap(),
        shopper: shopper(name).id,
        total: yuan(10),
        paid_at: noon() + TimeDelta::hours(hours),
        channel: via.map(channel),
    };
    orders::tell_keyed(engine, &partner::<Redeeming>(), &paid, None).await.unwrap();
}

async fn who_bought_before_was_not_won(store: Store) {
    let engine = &store.engine;
    let first = today(engine);
    let tell = async |name: &str, order: &str, hours| tell(engine, name, order, hours, None).await;
    tell("bo", "before", -1).await;
    tell("mei", "one", -1).await;
    for (name, order) in [("mei", "one"), ("bo", "two"), ("lin", "three"), ("an", "four")] {
        buy(engine, name, order, Some("app"), draft()).await;
    }
    add_up(engine).await;
    let all = domain::template::Window::default();
    let others = orders::without_coupons(engine, &editor(engine).await, all, None).await.unwrap();
    assert_eq!(others, (1, yuan(10)), "the other one was paid with a coupon too");
    let won = async || stand(engine, first).await[0].newcomers;
    assert_eq!((won().await.won, won().await.watched), (3, 0), "an order told of is the same one");
    assert_eq!(won().await.share_gone(), None);
    tell("mei", "later", 24 * 30).await;
    tell("lin", "too late", 24 * 30 + 1).await;
    engine.clock().set(noon() + TimeDelta::days(40));
    let told = won().await;
    assert_eq!((told.won, told.watched, told.gone), (3, 3, 2));
    let template = live(engine, draft()).await.id;
    claim(engine, &shopper("an"), template).await.unwrap();
    assert_eq!(won().await, told, "a claim is no order");
}

async fn every_order_that_was_paid_without_a_coupon_counts_once(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await.id;
    let coupon = claim(engine, &shopper("bo"), template).await.unwrap();
    let late = lock(engine, &shopper("bo"), "late", &[coupon.code]).await.unwrap();
    engine.clock().advance(TimeDelta::hours(1));
    // Another order has the coupon when this one is paid.
    let other = lock(engine, &shopper("bo"), "other", &[coupon.code]).await.unwrap();
    for (lock, outcome) in [(&late, Outcome::Exception), (&other, Outcome::Redeemed)] {
        let (paid, _) = redeem(engine, lock, lock.order.as_str()).await.unwrap();
        assert_eq!(paid.outcome, outcome);
    }
    for order in ["here", "both"] {
        let plain = lock(engine, &shopper("mei"), order, &[]).await.unwrap();
        redeem(engine, &plain, order).await.unwrap();
    }
    tell(engine, "mei", "both", 1, Some("app")).await;
    tell(engine, "lin", "there", 1, None).await;
    let editor = editor(engine).await;
    let told = async |period, channel: Option<&Channel>| {
        orders::without_coupons(engine, &editor, period, channel).await.unwrap()
    };
    let all = Window::default();
    assert_eq!(told(all, None).await, (4, yuan(80 + 100 + 10 + 10)));
    assert_eq!(told(all, Some(&channel("app"))).await, (1, yuan(10)));
    let before = Window { until: Some(engine.now()), ..all };
    assert_eq!(told(before, None).await, (0, Money::ZERO));
}
