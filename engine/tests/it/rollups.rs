//! What was sent is what the funnel tells, to the unit: before it is added up, in between, after, and
//! after all of it is added up again.

use std::collections::HashMap;

use chrono::TimeDelta;
use domain::actor::{Editor, System, Till, Visitor};
use domain::funnel::{Amounts, Basis, Stages, Step};
use domain::returns::{self, Request, RequestLine};
use domain::stacking::Stacking;
use domain::template::{Draft, Validity, Window};
use domain::{Channel, Code, LineId, LockId, Money, RefundRef, TemplateId, Time};
use engine::funnel::{self, Part};
use engine::issuance::{self, Via};
use engine::redemption::{self, Answer};
use engine::{Engine, Error, books, counts, rollups, templates};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use sea_orm::{ConnectionTrait, Statement};

use crate::cast::{ask, claim, draft, editor, lines, live, redeem, shopper, yuan};
use crate::stores::{Store, noon, number, on_both_stores, settled};

on_both_stores![
    what_was_sent_is_what_the_funnel_tells,
    a_zone_may_begin_its_days_within_an_hour,
    many_jobs_at_once_add_everything_once,
    a_job_that_is_killed_adds_nothing_twice,
    while_all_is_added_up_anew_what_was_added_up_is_read,
    before_the_first_sums_are_ready_a_long_record_is_not_walked,
    nodes_of_two_zones_do_not_throw_each_others_sums_away,
    whoever_adds_is_left_alone_until_its_lease_ends,
    a_sum_that_was_changed_is_noticed,
];

/// A coupon as whoever claimed it remembers it.
#[derive(Debug, Clone)]
struct Taken {
    template: TemplateId,
    revision: u32,
    channel: Option<Channel>,
    at: Time,
}

#[derive(Debug)]
struct Order {
    lock: LockId,
    locked_at: Time,
    paid_at: Option<Time>,
    coupons: Vec<(Taken, Money)>,
    turnover: Money,
    refunds: Vec<(Time, Money)>,
}

/// Everything that was sent.
#[derive(Default)]
struct Sent {
    taken: HashMap<Code, Taken>,
    /// With the hour it is counted in.
    views: Vec<Taken>,
    orders: Vec<Order>,
    campaign: Vec<TemplateId>,
}

const CHANNELS: [Option<&str>; 3] = [None, Some("app"), Some("mini")];
const NAMES: [&str; 4] = ["mei", "bo", "lin", "an"];

impl Sent {
    /// Somebody does something, as chance has it, a while later.
    async fn step(&mut self, engine: &Engine, chance: &mut StdRng, templates: &[TemplateId]) {
        let later = TimeDelta::seconds(chance.random_range(0..12_000));
        let now = engine.now() + later + TimeDelta::microseconds(chance.random_range(0..1_000));
        engine.clock().set(now);
        let name = NAMES.choose(chance).unwrap();
        let template = *templates.choose(chance).unwrap();
        let channel = CHANNELS.choose(chance).unwrap();
        let channel = channel.map(|name| Channel::new(name).unwrap());
        match chance.random_range(0..100) {
            0..40 => self.claim(engine, name, template, channel).await,
            40..55 => self.view(engine, name, template, channel),
            55..85 => self.order(engine, name, chance.random_range(0..4) > 0).await,
            _ => self.refund(engine, chance).await,
        }
    }

    async fn claim(
        &mut self,
        engine: &Engine,
        name: &str,
        template: TemplateId,
        channel: Option<Channel>,
    ) {
        let via = Via { channel: channel.clone(), ..Via::default() };
        let coupon = issuance::claim(engine, &shopper(name), template, via).await.unwrap();
        let (revision, at) = (coupon.revision.number, engine.now());
        self.taken.insert(coupon.code, Taken { template, revision, channel, at });
    }

    fn view(
        &mut self,
        engine: &Engine,
        name: &str,
        template: TemplateId,
        channel: Option<Channel>,
    ) {
        let visitor = Visitor { mark: name.to_owned() };
        counts::viewed(engine, &visitor, &[template], channel.as_ref());
        let hour = TimeDelta::hours(1).num_microseconds().unwrap();
        let at = engine.now();
        let at = at - TimeDelta::microseconds(at.timestamp_micros() % hour);
        self.views.push(Taken { template, revision: 0, channel, at });
    }

    async fn order(&mut self, engine: &Engine, name: &str, is_paid: bool) {
        let order = format!("order-{}", self.orders.len());
        let cart = lines(&[("kale", "vegetables", yuan(100), 2), ("figs", "fruit", yuan(75), 1)]);
        let ask = ask(&order, cart, None);
        let (lock, _) = redemption::lock(engine, &shopper(name), &ask).await.unwrap();
        if is_paid {
            redeem(engine, &lock, &order).await.unwrap();
        }
        let coupon = |applied: &domain::quote::Applied| {
            (self.taken[&applied.code].clone(), applied.discount)
        };
        self.orders.push(Order {
            lock: lock.id,
            locked_at: engine.now(),
            paid_at: is_paid.then(|| engine.now()),
            coupons: lock.quote.applied.iter().map(coupon).collect(),
            turnover: lock.quote.subtotal(),
            refunds: Vec::new(),
        });
    }

    /// A unit of the first line, or all that is left.
    async fn refund(&mut self, engine: &Engine, chance: &mut StdRng) {
        let is_paid = |order: &&mut Order| order.paid_at.is_some();
        let mut paid: Vec<&mut Order> = self.orders.iter_mut().filter(is_paid).collect();
        if paid.is_empty() {
            return;
        }
        let at = chance.random_range(0..paid.len());
        let order = &mut paid[at];
        let unit = RequestLine { id: LineId::new("1").unwrap(), part: returns::Part::Quantity(1) };
        let lines = (chance.random_range(0..3) > 0).then(|| vec![unit]);
        let refund = RefundRef::new(format!("refund-{}", order.refunds.len())).unwrap();
        let (till, request) = (Till::System(System), Request { lines });
        match redemption::give_back(engine, &till, order.lock, &refund, &request).await {
            Ok((returned, Answer::Made)) => order.refunds.push((engine.now(), returned.amount)),
            // Nothing is left of it.
            Err(Error::Refused(_)) => {}
            odd => panic!("{odd:?}"),
        }
    }

    /// Some coupons were used together, and some orders came back in parts.
    fn is_unruly(&self) -> bool {
        let any = |what: fn(&Order) -> bool| self.orders.iter().any(what);
        any(|order| order.coupons.len() > 1) && any(|order| order.refunds.len() > 1)
    }

    /// What a funnel has to tell.
    fn told(&self, part: &Part) -> (Stages, Amounts) {
        let Window { from, until } = part.period;
        let within =
            |at: Time| from.is_none_or(|from| from <= at) && until.is_none_or(|until| at < until);
        let lies = |happened_at: Time, claimed_at: Time| match part.basis {
            Basis::Event => within(happened_at),
            Basis::Claim => within(claimed_at),
        };
        let is_of = |taken: &Taken| {
            part.template.is_none_or(|template| template == taken.template)
                && part.channel.as_ref().is_none_or(|it| Some(it) == taken.channel.as_ref())
                && part.revision.is_none_or(|revision| revision == taken.revision)
                && (part.campaign.is_none() || self.campaign.contains(&taken.template))
        };
        let (mut stages, mut amounts) = (Stages::default(), Amounts::default());
        let views = self.views.iter().filter(|view| is_of(view) && within(view.at));
        stages.view = views.count() as u64;
        let claims = self.taken.values().filter(|it| is_of(it) && within(it.at));
        stages.claim = claims.count() as u64;
        for order in &self.orders {
            for (taken, discount) in order.coupons.iter().filter(|(taken, _)| is_of(taken)) {
                let lies = |at: Time| lies(at, taken.at);
                stages.lock += u64::from(lies(order.locked_at));
                if order.paid_at.is_some_and(lies) {
                    stages.redeem += 1;
                    amounts.discount += *discount;
                }
                stages.returned +=
                    u64::from(order.refunds.first().is_some_and(|(at, _)| lies(*at)));
            }
            if !order.coupons.iter().any(|(taken, _)| is_of(taken)) {
                continue;
            }
            let Some(first) = order.coupons.iter().map(|(taken, _)| taken.at).min() else {
                continue;
            };
            if order.paid_at.is_some_and(|at| lies(at, first)) {
                amounts.turnover += order.turnover;
                amounts.taken_off += order.coupons.iter().map(|(_, off)| *off).sum::<Money>();
            }
            for (_, amount) in order.refunds.iter().filter(|(at, _)| lies(*at, first)) {
                amounts.refunded += *amount;
            }
        }
        (stages, amounts)
    }

    /// The funnel of every part tells just that, in one piece, by days and by hours.
    async fn compare(&self, engine: &Engine, editor: &Editor, parts: &[Part]) {
        let zone = engine.settings().time_zone;
        for part in parts {
            let told = self.told(part);
            // Cohorts are told in whole hours, which need not be those that days begin with.
            let steps = match part.basis {
                Basis::Event => vec![None, Some(Step::Day), Some(Step::Hour)],
                Basis::Claim => vec![None, Some(Step::Day)],
            };
            for step in steps {
                let found = funnel::read(engine, editor, part, step).await.unwrap();
                assert_eq!((found.stages, found.amounts), told, "{part:?} {step:?}");
                let (mut stages, mut amounts) = (Stages::default(), Amounts::default());
                for bucket in &found.buckets {
                    let end = match step {
                        Some(Step::Hour) => bucket.at + TimeDelta::hours(1),
                        _ => zone.next_midnight(bucket.at),
                    };
                    let from = part.period.from.map_or(bucket.at, |from| from.max(bucket.at));
                    let until = part.period.until.map_or(end, |until| until.min(end));
                    let period = Window { from: Some(from), until: Some(until) };
                    let of_bucket = self.told(&Part { period, ..part.clone() });
                    assert_eq!((bucket.stages, bucket.amounts), of_bucket, "{part:?} {bucket:?}");
                    stages += bucket.stages;
                    amounts += bucket.amounts;
                }
                assert!(step.is_none() || (stages, amounts) == told, "{part:?} {step:?}");
            }
        }
    }
}

/// Every way to ask: by template, revision, campaign and channel, over whole days and odd moments.
fn parts(engine: &Engine, a: TemplateId, b: TemplateId) -> Vec<Part> {
    let channel = |name: &str| Some(Channel::new(name).unwrap());
    let campaign = Some("spring".to_owned());
    let filters = [
        Part::default(),
        Part { template: Some(a), ..Part::default() },
        Part { template: Some(a), revision: Some(1), ..Part::default() },
        Part { template: Some(a), revision: Some(2), channel: channel("app"), ..Part::default() },
        Part { template: Some(b), channel: channel("app"), ..Part::default() },
        Part { channel: channel("mini"), ..Part::default() },
        Part { campaign: campaign.clone(), ..Part::default() },
        Part { campaign, channel: channel("mini"), ..Part::default() },
    ];
    let midnight = engine.settings().time_zone.next_midnight(noon());
    let day = |n: i64| midnight + TimeDelta::days(n);
    let odd = TimeDelta::minutes(77) + TimeDelta::microseconds(5);
    let window = |from, until| Window { from, until };
    let periods = [
        (Basis::Event, Window::default()),
        (Basis::Event, window(Some(day(1)), Some(day(3)))),
        (Basis::Event, window(Some(day(1) + odd), Some(day(3) + odd * 2))),
        (Basis::Event, window(Some(day(2) + odd), Some(day(2) + odd * 3))),
        (Basis::Event, window(None, Some(day(2) - odd))),
        (Basis::Claim, Window::default()),
        (Basis::Claim, window(Some(day(1)), Some(day(3)))),
    ];
    let of = |(basis, period): (Basis, Window)| {
        filters.clone().map(|part| Part { basis, period, ..part })
    };
    periods.into_iter().flat_map(of).collect()
}

/// Two that go together, and one that goes alone.
fn three_drafts() -> [Draft; 3] {
    let validity = Validity::Days { days: 60, until: None };
    let alone = Draft { per_shopper: 500, validity, ..draft() };
    let stacked = |group: &str| Draft {
        stacking: Stacking { group: Some(group.to_owned()), exclusive: false },
        campaign: Some("spring".to_owned()),
        ..alone.clone()
    };
    [stacked("a"), stacked("b"), alone.clone()]
}

/// A few days of an unruly shop, looked at in every way at every turn.
async fn play_and_compare(engine: &Engine, seed: u64) {
    let [a, b, c] = three_drafts();
    let edited = Draft { description: Some("Now with words".to_owned()), ..a.clone() };
    let (a, b, c) = (live(engine, a).await.id, live(engine, b).await.id, live(engine, c).await.id);
    let editor = editor(engine).await;
    let (parts, templates) = (parts(engine, a, b), [a, b, c]);
    let mut sent = Sent { campaign: vec![a, b], ..Sent::default() };
    let mut chance = StdRng::seed_from_u64(seed);
    for _ in 0..40 {
        sent.step(engine, &mut chance, &templates).await;
    }
    sent.compare(engine, &editor, &parts).await;
    rollups::work(engine, System).await.unwrap();
    templates::edit(engine, &editor, a, 1, &edited).await.unwrap();
    let mut steps = 0;
    while steps < 50 || !sent.is_unruly() {
        sent.step(engine, &mut chance, &templates).await;
        steps += 1;
    }
    sent.compare(engine, &editor, &parts).await;
    settled(engine).await;
    rollups::work(engine, System).await.unwrap();
    assert_eq!(left(engine).await, 0, "all is added up");
    sent.compare(engine, &editor, &parts).await;
    let before = sums(engine).await;
    rollups::rebuild(engine, System).await.unwrap();
    assert_eq!(sums(engine).await, before, "the same comes out");
    sent.compare(engine, &editor, &parts).await;
}

/// What is not added up.
async fn left(engine: &Engine) -> i64 {
    let beyond = |table: &str| {
        format!(
            "SELECT COUNT(*) FROM {table}, rollup_places
            WHERE {table}.xid > {table}_xid OR ({table}.xid = {table}_xid AND {table}.n > {table}_n)
                OR ({table}_xid < 0)"
        )
    };
    number(engine, &beyond("events")).await + number(engine, &beyond("returns")).await
}

/// Everything that is derived, a line each.
async fn sums(engine: &Engine) -> Vec<String> {
    let db = engine.migration_connection();
    let mut lines = Vec::new();
    for (read, texts, numbers) in [
        (
            "SELECT mix, basis, step, at, claims, granted, locks, redeems, returned, discount,
                turnover, refunded FROM rollups ORDER BY mix, basis, step, at",
            1..3,
            3..12,
        ),
        ("SELECT mix, channel, revision FROM mixes ORDER BY mix, template, 2, 3", 1..2, 2..3),
        ("SELECT mix, shopper, order_ref, at FROM newcomers ORDER BY shopper", 1..3, 3..4),
        (
            "SELECT template, kind, channel, day, n FROM daily_counts ORDER BY 1, 2, 3, 4",
            1..3,
            3..5,
        ),
    ] {
        let ask = Statement::from_string(db.get_database_backend(), read);
        for row in db.query_all_raw(ask).await.unwrap() {
            let id: uuid::Uuid = row.try_get_by(0).unwrap();
            let texts = texts.clone().map(|i: usize| row.try_get_by::<String, _>(i).unwrap());
            let numbers = numbers.clone().map(|i: usize| row.try_get_by::<i64, _>(i).unwrap());
            let (texts, numbers): (Vec<_>, Vec<_>) = (texts.collect(), numbers.collect());
            lines.push(format!("{id} {texts:?} {numbers:?}"));
        }
    }
    lines
}

async fn what_was_sent_is_what_the_funnel_tells(store: Store) {
    play_and_compare(&store.engine, 20_260_302).await;
}

async fn a_zone_may_begin_its_days_within_an_hour(store: Store) {
    let india = store.another(|settings| settings.time_zone = "Asia/Kolkata".parse().unwrap());
    let india = india.await;
    play_and_compare(&india, 7).await;
    assert_eq!(books::check(&india, System).await.unwrap(), Vec::<String>::new());
    india.close().await.unwrap();
}

/// Some coupons, and more events than are added up in one transaction.
async fn much(engine: &Engine) -> TemplateId {
    let template = live(engine, draft()).await.id;
    let mut codes = Vec::new();
    for name in NAMES {
        codes.push(claim(engine, &shopper(name), template).await.unwrap().code);
    }
    let text = format!(
        "WITH RECURSIVE steps (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM steps WHERE i < 3000)
        INSERT INTO events (at, kind, template, revision, bucket, coupon, shopper, state)
        SELECT at, CASE i % 2 WHEN 1 THEN 'held' ELSE 'freed' END, template, revision, bucket,
            coupon, shopper, CASE i % 2 WHEN 1 THEN 'held' ELSE 'available' END
        FROM steps, events WHERE coupon = '{}' AND kind = 'claimed' ORDER BY i",
        codes[0]
    );
    engine.migration_connection().execute_unprepared(&text).await.unwrap();
    claim(engine, &shopper("kim"), template).await.unwrap();
    settled(engine).await;
    template
}

async fn claims(engine: &Engine) -> i64 {
    let all = "SELECT CAST(COALESCE(SUM(claims), 0) AS BIGINT) FROM rollups
        JOIN mixes ON mixes.mix = rollups.mix WHERE basis = 'event' AND step = 'day' AND revision = 0";
    number(engine, all).await
}

async fn many_jobs_at_once_add_everything_once(store: Store) {
    let engine = &store.engine;
    much(engine).await;
    let jobs: Vec<_> = (0..6)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move { rollups::work(&engine, System).await })
        })
        .collect();
    for job in jobs {
        job.await.unwrap().unwrap();
    }
    engine.clock().set(noon() + TimeDelta::minutes(1));
    rollups::work(engine, System).await.unwrap();
    assert_eq!((claims(engine).await, left(engine).await), (5, 0));
}

async fn a_job_that_is_killed_adds_nothing_twice(store: Store) {
    let engine = &store.engine;
    let template = much(engine).await;
    let editor = editor(engine).await;
    let part = Part::of(template, Window::default());
    for i in 0..30 {
        let job = tokio::spawn({
            let engine = engine.clone();
            async move { rollups::work(&engine, System).await }
        });
        for _ in 0..i * 10 {
            tokio::task::yield_now().await;
        }
        job.abort();
        // It was killed, or it was done.
        let _ = job.await;
        let told = funnel::read(engine, &editor, &part, None).await.unwrap();
        assert_eq!(told.stages.claim, 5, "whatever is added up, all is told once");
        engine.clock().set(engine.now() + TimeDelta::minutes(1));
    }
    work_after_kills(engine).await;
    assert_eq!((claims(engine).await, left(engine).await), (5, 0));
}

/// What a killed job had sent off may still become durable: that is met as another node is, and left alone
/// until the next turn.
async fn work_after_kills(engine: &Engine) {
    for _ in 0..3 {
        rollups::work(engine, System).await.unwrap();
        engine.clock().advance(TimeDelta::minutes(1));
    }
}

async fn while_all_is_added_up_anew_what_was_added_up_is_read(store: Store) {
    let engine = &store.engine;
    let template = much(engine).await;
    let editor = editor(engine).await;
    rollups::work(engine, System).await.unwrap();
    for i in 0..10 {
        let job = tokio::spawn({
            let engine = engine.clone();
            async move { rollups::rebuild(&engine, System).await }
        });
        for _ in 0..i * 20 {
            tokio::task::yield_now().await;
        }
        job.abort();
        let _ = job.await;
        let part = Part::of(template, Window::default());
        let told = funnel::read(engine, &editor, &part, None).await.unwrap();
        assert_eq!((told.stages.claim, told.is_behind), (5, false));
        engine.clock().set(engine.now() + TimeDelta::minutes(1));
    }
    work_after_kills(engine).await;
    assert_eq!((claims(engine).await, left(engine).await), (5, 0));
    assert_eq!(number(engine, "SELECT COUNT(*) FROM rollup_places").await, 1);
}

async fn before_the_first_sums_are_ready_a_long_record_is_not_walked(store: Store) {
    const AGAIN: &str = "INSERT INTO events (at, kind, template, revision, bucket, coupon, shopper,
            state)
        SELECT at, kind, template, revision, bucket, coupon, shopper, state FROM events
        WHERE kind IN ('held', 'freed') ORDER BY xid, n";
    let engine = &store.engine;
    let part = Part::of(much(engine).await, Window::default());
    for _ in 0..2 {
        engine.migration_connection().execute_unprepared(AGAIN).await.unwrap();
    }
    let editor = editor(engine).await;
    let told = async || funnel::read(engine, &editor, &part, None).await.unwrap();
    let behind = told().await;
    assert_eq!((behind.stages.claim, behind.is_behind), (0, true));
    assert!(funnel::whole(behind).is_err());
    settled(engine).await;
    rollups::work(engine, System).await.unwrap();
    let whole = funnel::whole(told().await).unwrap();
    assert_eq!(whole.stages.claim, 5);
}

async fn nodes_of_two_zones_do_not_throw_each_others_sums_away(store: Store) {
    const MOVE: &str = "UPDATE rollup_places SET zone = 'Europe/London'";
    const MINE: &str = "SELECT COUNT(*) FROM rollup_places WHERE zone = 'Asia/Shanghai'";
    const OTHERS: &str = "SELECT COUNT(*) FROM rollup_places WHERE zone = 'Europe/London'";
    let engine = &store.engine;
    claim(engine, &shopper("mei"), live(engine, draft()).await.id).await.unwrap();
    settled(engine).await;
    rollups::work(engine, System).await.unwrap();
    engine.migration_connection().execute_unprepared(MOVE).await.unwrap();
    rollups::work(engine, System).await.unwrap();
    let places = async || (number(engine, MINE).await, number(engine, OTHERS).await);
    assert_eq!(places().await, (0, 1), "the others are there still");
    engine.clock().set(noon() + TimeDelta::minutes(2));
    rollups::work(engine, System).await.unwrap();
    assert_eq!(places().await, (1, 0), "they have gone");
    assert_eq!(claims(engine).await, 1);
}

async fn whoever_adds_is_left_alone_until_its_lease_ends(store: Store) {
    let engine = &store.engine;
    rollups::work(engine, System).await.unwrap();
    much(engine).await;
    let until = (noon() + TimeDelta::seconds(30)).timestamp_micros();
    let lease = format!("UPDATE rollup_places SET leased_until = {until}");
    engine.migration_connection().execute_unprepared(&lease).await.unwrap();
    rollups::work(engine, System).await.unwrap();
    assert_eq!(claims(engine).await, 0);
    engine.clock().set(noon() + TimeDelta::seconds(30));
    rollups::work(engine, System).await.unwrap();
    assert_eq!((claims(engine).await, left(engine).await), (5, 0));
    assert_eq!(store.number("SELECT leased_until FROM rollup_places").await, 0, "it lets go");
}

async fn a_sum_that_was_changed_is_noticed(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await.id;
    let visitor = Visitor { mark: "mei".to_owned() };
    counts::viewed(engine, &visitor, &[template], None);
    counts::flush(engine).await.unwrap();
    claim(engine, &shopper("mei"), template).await.unwrap();
    let cart = lines(&[("kale", "vegetables", yuan(100), 1)]);
    let (lock, _) =
        redemption::lock(engine, &shopper("mei"), &ask("order", cart, None)).await.unwrap();
    redeem(engine, &lock, "payment").await.unwrap();
    let (till, refund) = (Till::System(System), RefundRef::new("refund").unwrap());
    let all = Request { lines: None };
    redemption::give_back(engine, &till, lock.id, &refund, &all).await.unwrap();
    settled(engine).await;
    rollups::work(engine, System).await.unwrap();
    let wrong = [
        ("UPDATE rollups SET claims = claims + 1", "sums of claims"),
        ("UPDATE rollups SET locks = locks + 1", "sums of locks"),
        ("UPDATE rollups SET redeems = redeems + 1", "sums of redeems"),
        ("UPDATE rollups SET returned = returned + 1", "sums of returned"),
        ("UPDATE rollups SET discount = discount + 1", "sums of discount"),
        ("UPDATE rollups SET turnover = turnover + 1", "sums of turnover"),
        ("UPDATE rollups SET taken_off = taken_off + 1", "sums taken off"),
        ("UPDATE rollups SET refunded = refunded + 1", "sums of refunds"),
        ("DELETE FROM rollups WHERE step = 'day'", "sums by the hour and by the day"),
        ("DELETE FROM rollups WHERE basis = 'claim'", "sums by event and by claim"),
        ("DELETE FROM newcomers", "shoppers with a first order"),
        ("UPDATE newcomers SET shopper = 'bo'", "shoppers with a first order"),
        ("UPDATE newcomers SET at = at + 1", "shoppers with a first order"),
        ("UPDATE daily_counts SET n = n + 1", "counts by the hour and by the day"),
        ("UPDATE daily_counts SET day = day + 86400000000", "counts by the hour and by the day"),
        (
            "UPDATE rollups SET at = at + 86400000000 WHERE step = 'day'",
            "sums of a day and of its hours",
        ),
        (
            "UPDATE rollups SET at = at + 3600000000 WHERE basis = 'claim' AND step = 'hour'",
            "sums of claims by cohort",
        ),
    ];
    for (change, told) in wrong {
        engine.migration_connection().execute_unprepared(change).await.unwrap();
        let found = books::check(engine, System).await.unwrap();
        assert!(found.iter().any(|line| line.starts_with(told)), "{told}: {found:?}");
        // Whatever was changed, adding up again puts it right.
        rollups::rebuild(engine, System).await.unwrap();
        assert_eq!(books::check(engine, System).await.unwrap(), Vec::<String>::new());
    }
}
