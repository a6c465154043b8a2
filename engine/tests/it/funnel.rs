//! The funnel cut up by template, channel and time.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::actor::{Claiming, System, Till};
use domain::funnel::{Basis, Funnel, Step};
use domain::returns::{self, Request, RequestLine};
use domain::stacking::Stacking;
use domain::template::{Draft, Window};
use domain::{Channel, LineId, Money, RefundRef, TemplateId, Time};
use engine::counts::{self, View};
use engine::funnel::{self, Part, Refused, Stage};
use engine::issuance::{self, Via};
use engine::redemption::{self, Lock};
use engine::{Engine, Result, rollups, templates, wallet};

use crate::cast::{ask, draft, editor, lines, live, partner, redeem, shopper, yuan};
use crate::stores::{Store, noon, on_both_stores, settled};

on_both_stores![
    every_refund_counts_and_each_once,
    an_order_with_coupons_of_two_templates_counts_once_in_the_funnel_of_all,
    a_channel_has_a_funnel_of_its_own,
    days_are_the_shops_and_steps_add_up_to_the_whole,
    views_told_by_a_partner_count_where_there_is_a_template,
    views_that_find_no_room_are_taken_in_when_the_others_are_written,
    whoever_came_long_ago_is_removed_and_counted_by_the_day,
    a_stage_leads_to_its_coupons,
    a_channels_stage_is_told_template_by_template_as_their_own_funnels_have_it,
    a_template_in_parts_stands_as_the_funnel_of_each_part_has_it,
    a_long_list_is_leafed_through_and_each_coupon_is_there_once,
    refusals_are_told_by_reason,
    what_a_quote_refuses_counts_for_the_channel_it_names,
];

async fn read(engine: &Engine, part: &Part, step: Option<Step>) -> Result<Funnel> {
    funnel::read_with_viewers(engine, &editor(engine).await, part, step).await
}

async fn whole(engine: &Engine, template: Option<TemplateId>) -> Funnel {
    read(engine, &Part { template, ..Part::default() }, None).await.unwrap()
}

/// 20 off from 100, beside others of another group.
fn stacked(group: &str) -> Draft {
    let stacking = Stacking { group: Some(group.to_owned()), exclusive: false };
    Draft { stacking, per_shopper: 5, ..draft() }
}

fn through(channel: &str) -> Via {
    Via { channel: Some(Channel::new(channel).unwrap()), ..Via::default() }
}

async fn give_back(engine: &Engine, lock: &Lock, refund: &str, line: Option<&str>) {
    let one = |line: &str| RequestLine {
        id: LineId::new(line).unwrap(),
        part: returns::Part::Quantity(1),
    };
    let request = Request { lines: line.map(|line| vec![one(line)]) };
    let (till, refund) = (Till::System(System), RefundRef::new(refund).unwrap());
    redemption::give_back(engine, &till, lock.id, &refund, &request).await.unwrap();
}

/// Mei's order of three units at 100, paid with the best of her coupons.
async fn paid(engine: &Engine, order: &str) -> Lock {
    let cart = lines(&[("kale", "vegetables", yuan(100), 2), ("figs", "fruit", yuan(100), 1)]);
    let ask = ask(order, cart, None);
    let (lock, _) = redemption::lock(engine, &shopper("mei"), &ask).await.unwrap();
    redeem(engine, &lock, order).await.unwrap();
    lock
}

async fn every_refund_counts_and_each_once(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await.id;
    issuance::claim(engine, &shopper("mei"), template, Via::default()).await.unwrap();
    let lock = paid(engine, "order").await;
    give_back(engine, &lock, "first", Some("2")).await;
    let first = whole(engine, Some(template)).await;
    give_back(engine, &lock, "second", None).await;
    let found = whole(engine, Some(template)).await;
    assert_eq!(found.stages.returned, 1, "a coupon counts once");
    assert!(first.amounts.refunded > Money::ZERO);
    assert_eq!(found.amounts.refunded, yuan(280));
    assert_eq!(found.amounts.net(), Money::ZERO);
}

async fn an_order_with_coupons_of_two_templates_counts_once_in_the_funnel_of_all(store: Store) {
    let engine = &store.engine;
    let a = live(engine, stacked("a")).await.id;
    let b = live(engine, stacked("b")).await.id;
    for template in [a, b] {
        issuance::claim(engine, &shopper("mei"), template, Via::default()).await.unwrap();
    }
    let lock = paid(engine, "order").await;
    assert_eq!(lock.quote.applied.len(), 2);
    give_back(engine, &lock, "refund", None).await;
    for template in [a, b] {
        let amounts = whole(engine, Some(template)).await.amounts;
        assert_eq!((amounts.turnover, amounts.discount), (yuan(300), yuan(20)));
        assert_eq!(amounts.refunded, yuan(260));
        assert_eq!(amounts.net(), Money::ZERO, "the other coupon took off as well");
    }
    let all = whole(engine, None).await;
    assert_eq!((all.stages.claim, all.stages.redeem, all.stages.returned), (2, 2, 2));
    assert_eq!((all.amounts.turnover, all.amounts.discount), (yuan(300), yuan(40)));
    assert_eq!((all.amounts.refunded, all.amounts.net()), (yuan(260), Money::ZERO));
}

async fn a_channel_has_a_funnel_of_its_own(store: Store) {
    let engine = &store.engine;
    let same = Draft { stacking: Stacking { group: None, exclusive: false }, ..stacked("a") };
    let template = live(engine, same).await.id;
    for channel in ["app", "mini", "mini"] {
        issuance::claim(engine, &shopper("mei"), template, through(channel)).await.unwrap();
        let channel = Channel::new(channel).unwrap();
        let visitor = domain::actor::Visitor { mark: "mei".to_owned() };
        counts::viewed(engine, &visitor, &[template], Some(&channel));
    }
    let lock = paid(engine, "order").await;
    assert_eq!(lock.quote.applied.len(), 3);
    give_back(engine, &lock, "refund", None).await;
    let of = async |channel: &str| {
        let channel = Some(Channel::new(channel).unwrap());
        read(engine, &Part { channel, ..Part::default() }, None).await.unwrap()
    };
    for (channel, coupons) in [("app", 1), ("mini", 2), ("shop", 0)] {
        let Funnel { stages, amounts, unique_viewers, .. } = of(channel).await;
        let seen = (stages.view, stages.claim, stages.lock, stages.redeem, stages.returned);
        assert_eq!(seen, (coupons, coupons, coupons, coupons, coupons), "{channel}");
        assert_eq!(unique_viewers, Some(coupons.min(1)));
        let orders = if coupons > 0 { 1 } else { 0 };
        assert_eq!(amounts.discount, yuan(20 * coupons as i64));
        assert_eq!(amounts.turnover, yuan(300 * orders), "an order counts whole and once");
        assert_eq!(amounts.refunded, yuan(240 * orders));
    }
}

async fn days_are_the_shops_and_steps_add_up_to_the_whole(store: Store) {
    let engine = &store.engine;
    let template = live(engine, stacked("a")).await.id;
    let claim_at = async |at: Time, name: &str| {
        engine.clock().set(at);
        counts::viewed(engine, &domain::actor::Visitor { mark: name.into() }, &[template], None);
        issuance::claim(engine, &shopper(name), template, Via::default()).await.unwrap();
    };
    let midnight = noon() + TimeDelta::hours(12);
    claim_at(noon() + TimeDelta::minutes(10), "a").await;
    claim_at(noon() + TimeDelta::minutes(50), "b").await;
    claim_at(midnight - TimeDelta::microseconds(1), "c").await;
    claim_at(midnight, "mei").await;
    engine.clock().set(midnight + TimeDelta::hours(2));
    paid(engine, "order").await;
    let part = Part::of(template, Window::default());
    let steps = async |step| {
        let funnel = read(engine, &part, Some(step)).await.unwrap();
        let claims: u64 = funnel.buckets.iter().map(|bucket| bucket.stages.claim).sum();
        let views: u64 = funnel.buckets.iter().map(|bucket| bucket.stages.view).sum();
        let turnover: Money = funnel.buckets.iter().map(|bucket| bucket.amounts.turnover).sum();
        assert_eq!((claims, views), (funnel.stages.claim, funnel.stages.view));
        assert_eq!(turnover, funnel.amounts.turnover);
        let told = funnel.buckets.iter().map(|bucket| (bucket.at, bucket.stages.claim));
        told.collect::<Vec<_>>()
    };
    let day = TimeDelta::days(1);
    assert_eq!(steps(Step::Day).await, [(midnight - day, 3), (midnight, 1)]);
    let hour = TimeDelta::hours(1);
    let hours = [(noon(), 2), (midnight - hour, 1), (midnight, 1), (midnight + hour * 2, 0)];
    assert_eq!(steps(Step::Hour).await, hours);
    let today = Part::of(template, Window { from: Some(midnight), until: None });
    let today = read(engine, &today, Some(Step::Day)).await.unwrap();
    assert_eq!((today.stages.claim, today.buckets.len()), (1, 1));
    assert_eq!(read(engine, &part, None).await.unwrap().buckets, []);
}

async fn views_told_by_a_partner_count_where_there_is_a_template(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await.id;
    let view = |template: TemplateId, visitor: Option<&str>| View {
        template,
        channel: None,
        visitor: visitor.map(str::to_owned),
    };
    let unknown = TemplateId(uuid::Uuid::nil());
    let views = [
        view(template, Some("a")),
        view(template, Some("a")),
        view(template, Some("b")),
        view(template, None),
        view(unknown, Some("a")),
    ];
    counts::tell(engine, &partner::<Claiming>(), &views).await.unwrap();
    let found = whole(engine, Some(template)).await;
    assert_eq!((found.stages.view, found.unique_viewers), (4, Some(2)));
    assert_eq!(store.number("SELECT COUNT(*) FROM counts").await, 1);
    assert_eq!(store.number("SELECT COUNT(*) FROM viewers").await, 4, "and once more of all");
}

async fn views_that_find_no_room_are_taken_in_when_the_others_are_written(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await.id;
    for (shop, visitors) in [("a", 49_990), ("b", 20)] {
        let view = |n| View { template, channel: None, visitor: Some(format!("{shop}-{n}")) };
        let views: Vec<View> = (0..visitors).map(view).collect();
        counts::tell(engine, &partner::<Claiming>(), &views).await.unwrap();
    }
    let found = whole(engine, Some(template)).await;
    assert_eq!((found.stages.view, found.unique_viewers), (50_010, Some(50_010)));
    assert_eq!(engine.counts_dropped(), 0);
}

async fn whoever_came_long_ago_is_removed_and_counted_by_the_day(store: Store) {
    let engine = &store.engine;
    let (one, other) = (live(engine, draft()).await.id, live(engine, draft()).await.id);
    let see = async |days: i64, visitor: &str, templates: &[TemplateId], channel: &str| {
        engine.clock().set(noon() + TimeDelta::days(days));
        let visitor = domain::actor::Visitor { mark: visitor.to_owned() };
        let channel = Channel::new(channel).unwrap();
        counts::viewed(engine, &visitor, templates, Some(&channel));
    };
    see(0, "a", &[one, other], "app").await;
    see(0, "b", &[one], "mini").await;
    see(1, "a", &[one], "app").await;
    see(1, "c", &[other], "app").await;
    let told = async || {
        let of = |template, channel: Option<&str>| Part {
            template,
            channel: channel.map(|channel| Channel::new(channel).unwrap()),
            ..Part::default()
        };
        let mut told = Vec::new();
        for part in [of(None, None), of(Some(one), None), of(None, Some("app"))] {
            let found = read(engine, &part, None).await.unwrap();
            told.push((found.unique_viewers.unwrap(), found.viewers_repeat));
        }
        told
    };
    assert_eq!(told().await, [(3, false), (2, false), (2, false)]);
    engine.clock().set(noon() + TimeDelta::days(92));
    assert_eq!(counts::sweep(engine, 100).await.unwrap(), 0, "they are not that old");
    engine.clock().set(noon() + TimeDelta::days(93));
    assert_eq!(counts::sweep(engine, 3).await.unwrap(), 3);
    assert_eq!(counts::sweep(engine, 100).await.unwrap(), 2);
    assert_eq!(store.number("SELECT COUNT(*) FROM viewers WHERE visitor = 'b'").await, 0);
    let twice = [(4, true), (3, true), (3, true)];
    assert_eq!(told().await, twice, "who came on both days counts on each");
}

async fn a_stage_leads_to_its_coupons(store: Store) {
    let engine = &store.engine;
    let template = live(engine, stacked("a")).await.id;
    let editor = editor(engine).await;
    let midnight = noon() + TimeDelta::hours(12);
    let mut codes = Vec::new();
    for (name, channel) in [("mei", "app"), ("bo", "mini"), ("lin", "app")] {
        let via = through(channel);
        let coupon = issuance::claim(engine, &shopper(name), template, via).await.unwrap();
        codes.push(coupon.code);
        engine.clock().advance(TimeDelta::hours(1));
    }
    engine.clock().set(midnight + TimeDelta::hours(1));
    paid(engine, "order").await;
    let list = async |part: &Part, stage: Stage| {
        let page = funnel::list(engine, &editor, part, stage, None).await.unwrap();
        assert_eq!(page.next, None);
        page.coupons
    };
    let part = Part::of(template, Window::default());
    let claimed = list(&part, Stage::Claim).await;
    let claimed: Vec<_> = claimed.iter().map(|it| it.code).collect();
    assert_eq!(claimed, [codes[2], codes[1], codes[0]], "the last one first");
    let of_app = Part { channel: Some(Channel::new("app").unwrap()), ..part.clone() };
    assert_eq!(list(&of_app, Stage::Claim).await.len(), 2);
    assert_eq!(list(&Part::default(), Stage::Lock).await.len(), 1);
    let used = list(&part, Stage::Redeem).await;
    assert_eq!((used.len(), used[0].code, used[0].amount), (1, codes[0], yuan(20)));
    assert_eq!(used[0].order.as_ref().map(|order| order.as_str()), Some("order"));
    // Claimed today, used tomorrow.
    let today = Window { from: None, until: Some(midnight) };
    let by_event = Part::of(template, today);
    let by_claim = Part { basis: Basis::Claim, ..by_event.clone() };
    assert_eq!(list(&by_event, Stage::Redeem).await.len(), 0);
    assert_eq!(list(&by_claim, Stage::Redeem).await.len(), 1);
    for part in [by_event, by_claim] {
        let redeemed = read(engine, &part, None).await.unwrap().stages.redeem;
        assert_eq!(list(&part, Stage::Redeem).await.len() as u64, redeemed, "as many as are told");
    }
}

async fn a_channels_stage_is_told_template_by_template_as_their_own_funnels_have_it(store: Store) {
    let engine = &store.engine;
    let spring = Draft { campaign: Some("spring".to_owned()), ..stacked("a") };
    let (one, other) = (live(engine, spring).await.id, live(engine, stacked("b")).await.id);
    let elsewhere = live(engine, stacked("c")).await.id;
    for (name, template, channel) in [
        ("mei", one, "app"),
        ("mei", other, "app"),
        ("bo", other, "app"),
        ("lin", one, "mini"),
        ("lin", elsewhere, "mini"),
    ] {
        issuance::claim(engine, &shopper(name), template, through(channel)).await.unwrap();
    }
    let lock = paid(engine, "order").await;
    assert_eq!(lock.quote.applied.len(), 2, "of both templates");
    give_back(engine, &lock, "refund", None).await;
    let channel = Some(Channel::new("app").unwrap());
    let editor = editor(engine).await;
    for turn in ["before it is added up", "after"] {
        for basis in Basis::ALL {
            let part = Part { channel: channel.clone(), basis, ..Part::default() };
            for (stage, expected) in [
                (Stage::Claim, vec![(other, 2), (one, 1)]),
                (Stage::Lock, vec![(one, 1), (other, 1)]),
                (Stage::Redeem, vec![(one, 1), (other, 1)]),
                (Stage::Return, vec![(one, 1), (other, 1)]),
            ] {
                let told = funnel::by_template(engine, &editor, &part, stage).await.unwrap();
                assert!(!told.has_more && !told.is_behind);
                for (template, alone) in &told.parts {
                    let part = Part { template: Some(*template), ..part.clone() };
                    let own = funnel::read(engine, &editor, &part, None).await.unwrap();
                    assert_eq!(*alone, own, "{turn} {part:?}");
                }
                let mut entered: Vec<_> = told
                    .parts
                    .iter()
                    .map(|(id, alone)| (*id, stage.entered(&alone.stages)))
                    .collect();
                // Where they are as large, ids of one moment have no order to go by.
                entered.sort_by_key(|(id, n)| (std::cmp::Reverse(*n), *id != one));
                assert_eq!(entered, expected, "{turn} {stage:?}");
            }
        }
        let spring = Part {
            campaign: Some("spring".to_owned()),
            channel: channel.clone(),
            ..Part::default()
        };
        let told = funnel::by_template(engine, &editor, &spring, Stage::Claim).await.unwrap();
        let told: Vec<_> = told.parts.iter().map(|(id, _)| *id).collect();
        assert_eq!(told, [one], "{turn}");
        let whole = Part::default();
        let by_claims = |funnel: &Funnel| funnel.stages.claim;
        let told = funnel::templates_by(engine, &editor, &whole, 2, by_claims).await.unwrap();
        assert!(told.has_more && !told.is_behind, "{turn}");
        assert_eq!(told.parts[0].0, elsewhere, "{turn}");
        let claims: Vec<_> = told.parts.iter().map(|(_, alone)| alone.stages.claim).collect();
        assert_eq!(claims, [1, 2], "{turn}: the fewest first");
        settled(engine).await;
        rollups::work(engine, System).await.unwrap();
    }
}

async fn a_template_in_parts_stands_as_the_funnel_of_each_part_has_it(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let same = Draft { stacking: Stacking { group: None, exclusive: false }, ..stacked("a") };
    let template = live(engine, same.clone()).await.id;
    let claim = async |name: &str, channel: &str| {
        let via = if channel.is_empty() { Via::default() } else { through(channel) };
        issuance::claim(engine, &shopper(name), template, via).await.unwrap();
    };
    claim("mei", "app").await;
    let renamed = Draft { name: "Another name".to_owned(), ..same };
    templates::edit(engine, &editor, template, 1, &renamed).await.unwrap();
    claim("mei", "mini").await;
    claim("mei", "mini").await;
    claim("bo", "").await;
    let visitor = domain::actor::Visitor { mark: "mei".to_owned() };
    counts::viewed(engine, &visitor, &[template], Some(&Channel::new("app").unwrap()));
    // One order with coupons of two channels and of two revisions.
    let lock = paid(engine, "order").await;
    assert_eq!(lock.quote.applied.len(), 3);
    give_back(engine, &lock, "refund", Some("2")).await;
    let midnight = noon() - TimeDelta::hours(12);
    for turn in ["before it is added up", "after"] {
        for period in [Window::default(), Window { from: Some(midnight), until: None }] {
            let told = funnel::by_channel_and_revision(engine, &editor, template, period).await;
            let (channels, revisions) = told.unwrap();
            let named = |channel: &Option<Channel>| channel.as_ref().map(ToString::to_string);
            let claims: Vec<_> =
                channels.parts.iter().map(|(it, told)| (named(it), told.stages.claim)).collect();
            let [app, mini] = ["app", "mini"].map(|name| Some(name.to_owned()));
            assert_eq!(claims, [(mini, 2), (None, 1), (app, 1)], "{turn}");
            for (channel, told) in channels.parts.iter().filter(|(channel, _)| channel.is_some()) {
                let channel = channel.clone();
                let part = Part { channel, ..Part::of(template, period) };
                let own = funnel::read(engine, &editor, &part, None).await.unwrap();
                assert_eq!(*told, own, "{turn} {part:?}");
            }
            let numbers: Vec<_> = revisions.parts.iter().map(|(it, _)| *it).collect();
            assert_eq!(numbers, [2, 1], "{turn}");
            for (revision, told) in &revisions.parts {
                let part = Part { revision: Some(*revision), ..Part::of(template, period) };
                let own = funnel::read(engine, &editor, &part, None).await.unwrap();
                assert_eq!(*told, own, "{turn} {part:?}");
            }
        }
        settled(engine).await;
        rollups::work(engine, System).await.unwrap();
    }
    let tomorrow = Window { from: Some(midnight + TimeDelta::days(1)), until: None };
    let told = funnel::by_channel_and_revision(engine, &editor, template, tomorrow).await.unwrap();
    assert!(told.0.parts.is_empty() && told.1.parts.is_empty());
}

async fn a_long_list_is_leafed_through_and_each_coupon_is_there_once(store: Store) {
    let engine = &store.engine;
    let of = |group: &str| Draft { campaign: Some("spring".to_owned()), ..stacked(group) };
    let (one, other) = (live(engine, of("a")).await.id, live(engine, of("b")).await.id);
    let editor = editor(engine).await;
    let mut codes = BTreeSet::new();
    for n in 0..60 {
        // Some at one moment.
        engine.clock().advance(TimeDelta::seconds(n % 3));
        let name = format!("s-{n}");
        for template in [one, other] {
            let claimed = issuance::claim(engine, &shopper(&name), template, Via::default()).await;
            codes.insert(claimed.unwrap().code.to_string());
        }
    }
    let part = Part { campaign: Some("spring".to_owned()), ..Part::default() };
    let (mut seen, mut before, mut last) = (BTreeSet::new(), None, None);
    for expected in [50, 50, 20] {
        let page = funnel::list(engine, &editor, &part, Stage::Claim, before).await.unwrap();
        assert_eq!(page.coupons.len(), expected);
        for coupon in page.coupons {
            assert!(last.is_none_or(|last| coupon.at <= last), "the last one first");
            last = Some(coupon.at);
            assert!(seen.insert(coupon.code.to_string()));
        }
        before = page.next.map(|next| next.to_string().parse().unwrap());
    }
    assert_eq!((seen, before), (codes, None));
}

async fn refusals_are_told_by_reason(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await.id;
    let other = live(engine, draft()).await.id;
    let mei = shopper("mei");
    for template in [template, template, template, other] {
        // One each.
        let _ = issuance::claim(engine, &mei, template, through("app")).await;
    }
    let small = lines(&[("kale", "vegetables", yuan(10), 1)]);
    wallet::quote(engine, &mei, &small, None).await.unwrap();
    let editor = editor(engine).await;
    let told = async |part: Part| funnel::refusals(engine, &editor, &part).await.unwrap();
    let refused = |code: &str, claims, quotes| Refused { code: code.to_owned(), claims, quotes };
    let of_template = [refused("claim_limit_reached", 2, 0), refused("below_threshold", 0, 1)];
    let of_all = [refused("claim_limit_reached", 2, 0), refused("below_threshold", 0, 2)];
    let elsewhere = Part { channel: Some(Channel::new("mini").unwrap()), ..Part::default() };
    for _ in 0..2 {
        assert_eq!(told(Part::of(template, Window::default())).await, of_template);
        assert_eq!(told(Part::default()).await, of_all);
        assert_eq!(told(elsewhere.clone()).await, []);
        let later = Window { from: Some(noon() + TimeDelta::hours(12)), until: None };
        assert_eq!(told(Part::of(template, later)).await, []);
        // The same once days are added up.
        rollups::work(engine, System).await.unwrap();
    }
}

async fn what_a_quote_refuses_counts_for_the_channel_it_names(store: Store) {
    let engine = &store.engine;
    let (template, mei) = (live(engine, draft()).await.id, shopper("mei"));
    issuance::claim(engine, &mei, template, through("app")).await.unwrap();
    let small = lines(&[("kale", "vegetables", yuan(10), 1)]);
    let mini = Channel::new("mini").unwrap();
    for named in [Some(&mini), None, Some(&mini)] {
        wallet::quote_at_till(engine, Some(&mei), &small, None, named).await.unwrap();
    }
    let editor = editor(engine).await;
    for (channel, quotes) in [("mini", 2), ("app", 1)] {
        let channel = Some(Channel::new(channel).unwrap());
        let part = Part { channel, ..Part::of(template, Window::default()) };
        let told = funnel::refusals(engine, &editor, &part).await.unwrap();
        let code = "below_threshold".to_owned();
        assert_eq!(told, [Refused { code, claims: 0, quotes }]);
    }
}
