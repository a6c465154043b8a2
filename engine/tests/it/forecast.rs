//! What is to come of a template, what last time saw, and the made-up year both can be looked at by.

use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use domain::actor::{System, Visitor};
use domain::calendar::Zone;
use domain::forecast::{AHEAD, Expected, LastWeek, Model, NEEDED, Outlook, RunsOut, WEEK, of};
use domain::funnel::Step;
use domain::planning::{Alignment, Named, Reference};
use domain::template::{Action, Draft, Validity, Visibility, Window};
use domain::{Money, TemplateId};
use engine::channels::{self, CHANNELS_MAX};
use engine::demo::{self, year};
use engine::forecast::{self, Forecast, Smoothed, last_time};
use engine::funnel::{self, Part};
use engine::{Engine, Error, Settings, counts, orders, rollups, templates};
use sea_orm::ConnectionTrait;

use crate::cast::{ask, cart, claim, draft, editor, live, redeem, shopper, yuan};
use crate::stores::{Store, noon, on_both_stores, settled};

on_both_stores![
    a_template_is_forecast_by_its_own_days_and_its_stock_runs_out_on_one_of_them,
    on_too_little_history_no_number_is_told,
    no_more_is_claimed_than_there_is,
    nothing_is_claimed_or_used_after_coupons_end,
    what_cannot_be_claimed_has_no_forecast,
    what_is_only_granted_is_forecast_whatever_its_claim_window_says,
    last_time_is_a_template_or_a_campaign,
    the_year_is_lived_through_as_it_was_drawn_up,
];

/// Claims of every day before today: two, and four on Saturdays and Sundays.
async fn days_of_claims(engine: &Engine, template: TemplateId, days: i64) {
    let zone = engine.settings().time_zone;
    for day in (1..=days).rev() {
        engine.clock().set(noon() - TimeDelta::days(day));
        let weekday = zone.day(engine.now()).weekday().number_from_monday();
        for n in 0..if weekday >= 6 { 4 } else { 2 } {
            let shopper = shopper(&format!("shopper-{day}-{n}"));
            claim(engine, &shopper, template).await.unwrap();
        }
    }
    engine.clock().set(noon());
}

/// A draft that is published long before today.
async fn long_live(engine: &Engine, draft: Draft) -> TemplateId {
    engine.clock().set(noon() - TimeDelta::days(100));
    live(engine, draft).await.id
}

async fn of_template(engine: &Engine, template: TemplateId) -> Option<Forecast> {
    forecast::of(engine, &editor(engine).await, template).await.unwrap()
}

async fn a_template_is_forecast_by_its_own_days_and_its_stock_runs_out_on_one_of_them(
    store: Store,
) {
    let engine = &store.engine;
    // Eight weeks of 18 claims; then 25 are left, of which one goes today.
    let stock = Some(8 * 18 + 25);
    let template = long_live(engine, Draft { stock, budget: Some(yuan(20)), ..draft() }).await;
    days_of_claims(engine, template, 56).await;
    let coupon = claim(engine, &shopper("mei"), template).await.unwrap();
    let ask = ask("order", cart(yuan(100)), Some(&[coupon.code]));
    let (lock, _) = engine::redemption::lock(engine, &shopper("mei"), &ask).await.unwrap();
    redeem(engine, &lock, "order").await.unwrap();

    let told = of_template(engine, template).await.unwrap();
    assert_eq!(told.today, Zone::SHANGHAI.day(noon()));
    assert_eq!(told.past.len(), 56, "today is not over");
    assert_eq!(told.past.iter().map(|day| day.claims).sum::<u64>(), 8 * 18);
    let ahead = told.claims.ahead().unwrap();
    assert_eq!(ahead.days.len(), AHEAD);
    // Today is a Monday: five days of two, two of four.
    let week: Vec<f64> = ahead.days.iter().take(WEEK).map(|day| day.mid.round()).collect();
    assert_eq!(week, [2.0, 2.0, 2.0, 2.0, 2.0, 4.0, 4.0]);
    // 18 by Sunday, 20, 22 and 24 by Wednesday, and the last one on Thursday.
    let Some(RunsOut::On { likely: Some(likely), .. }) = told.stock else {
        panic!("{:?}", told.stock)
    };
    assert!((9..=11).contains(&likely), "{likely}");
    assert_eq!(told.budget, Some(RunsOut::Gone));
    live(engine, Draft { stock: None, budget: None, ..draft() }).await;
    let (watched, has_more) = forecast::watched(engine, &editor(engine).await).await.unwrap();
    assert!(!has_more);
    let watched: Vec<_> = watched.iter().map(|(it, forecast)| (it.id, forecast.stock)).collect();
    assert_eq!(watched, [(template, told.stock)]);
    // What nobody used so far is forecast as that.
    assert_eq!(told.uses.ahead().unwrap().days[0].high, 0.0);
}

async fn on_too_little_history_no_number_is_told(store: Store) {
    let engine = &store.engine;
    let template = long_live(engine, Draft { stock: Some(1_000), ..draft() }).await;
    // Days on which it was only looked at say nothing.
    counts::viewed(engine, &Visitor { mark: "mei".to_owned() }, &[template], None);
    days_of_claims(engine, template, 20).await;
    let told = of_template(engine, template).await.unwrap();
    assert_eq!(told.claims, Outlook::TooLittle { days: 20, needed: NEEDED });
    assert_eq!((told.stock, told.budget), (None, None));
    let fresh = live(engine, draft()).await.id;
    let told = of_template(engine, fresh).await.unwrap();
    assert_eq!(told.claims, Outlook::TooLittle { days: 0, needed: NEEDED });
}

async fn no_more_is_claimed_than_there_is(store: Store) {
    let engine = &store.engine;
    let template = long_live(engine, Draft { stock: Some(8 * 18 + 25), ..draft() }).await;
    days_of_claims(engine, template, 56).await;
    let told = of_template(engine, template).await.unwrap();
    let claims = told.claims.ahead().unwrap();
    let all: f64 = claims.days.iter().map(|day| day.mid).sum();
    assert!((all - 25.0).abs() < 0.1, "{all} of 25");
    assert!(claims.days.iter().all(|day| day.low <= day.mid && day.mid <= day.high));
}

async fn nothing_is_claimed_or_used_after_coupons_end(store: Store) {
    let engine = &store.engine;
    let validity = Validity::Fixed(Window { from: None, until: Some(noon() + TimeDelta::days(3)) });
    let stock = Some(8 * 18 + 25);
    let template = long_live(engine, Draft { stock, validity, ..draft() }).await;
    days_of_claims(engine, template, 56).await;
    let db = engine.migration_connection();
    settled(engine).await;
    rollups::work(engine, System).await.unwrap();
    // As if each had been used on the day of its claim.
    db.execute_unprepared("UPDATE rollups SET redeems = claims").await.unwrap();
    let told = of_template(engine, template).await.unwrap();
    for outlook in [&told.claims, &told.uses] {
        let days = &outlook.ahead().unwrap().days;
        assert!(days[3].mid > 1.0, "{days:?}");
        assert!(days[4..].iter().all(|day| *day == Expected::default()), "{days:?}");
    }
    assert_eq!(told.stock, Some(RunsOut::NotYet), "what is left nobody can use");
    let editor = editor(engine).await;
    assert_eq!(forecast::watched(engine, &editor).await.unwrap().0.len(), 1);
    engine.clock().advance(TimeDelta::days(4));
    assert_eq!(of_template(engine, template).await, None, "its claims are over");
    assert!(forecast::watched(engine, &editor).await.unwrap().0.is_empty());
    db.execute_unprepared("UPDATE rollups SET redeems = 0").await.unwrap();
}

async fn what_cannot_be_claimed_has_no_forecast(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let made = templates::create(engine, &editor, &draft()).await.unwrap().id;
    assert_eq!(of_template(engine, made).await, None);
    templates::act(engine, &editor, made, Action::Publish).await.unwrap();
    assert!(of_template(engine, made).await.is_some());
    templates::act(engine, &editor, made, Action::End).await.unwrap();
    assert_eq!(of_template(engine, made).await, None);
    let claim_window = Window { from: None, until: Some(noon() - TimeDelta::days(1)) };
    let closed = long_live(engine, Draft { claim_window, ..draft() }).await;
    engine.clock().set(noon());
    assert_eq!(of_template(engine, closed).await, None);
}

async fn what_is_only_granted_is_forecast_whatever_its_claim_window_says(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let stock = Some(8 * 18 + 25);
    let template = long_live(engine, Draft { stock, ..draft() }).await;
    days_of_claims(engine, template, 56).await;
    let told = of_template(engine, template).await.unwrap();
    let claim_window = Window { from: None, until: Some(noon() - TimeDelta::days(1)) };
    for (revision, visibility, expected) in
        [(1, Visibility::Listed, None), (2, Visibility::Granted, Some(told))]
    {
        let edited = Draft { stock, claim_window, visibility, ..draft() };
        templates::edit(engine, &editor, template, revision, &edited).await.unwrap();
        assert_eq!(of_template(engine, template).await, expected);
        let (watched, _) = forecast::watched(engine, &editor).await.unwrap();
        assert_eq!(watched.len(), usize::from(expected.is_some()));
    }
}

async fn last_time_is_a_template_or_a_campaign(store: Store) {
    let engine = &store.engine;
    let editor = editor(engine).await;
    let spring = || Draft { campaign: Some("Spring".to_owned()), ..draft() };
    let first = long_live(engine, spring()).await;
    let second = live(engine, spring()).await.id;
    days_of_claims(engine, first, 3).await;
    days_of_claims(engine, second, 1).await;

    // Noon is the second of March; the three days before it are laid over those of the next year.
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let at = |text: &str| Some(Zone::SHANGHAI.start_of(day(text)));
    let window = Window { from: at("2027-02-28"), until: at("2027-03-02") };
    let of = async |past: Named| {
        let reference = Reference { past, by: Alignment::Date };
        last_time(engine, &editor, &reference, window).await
    };
    let alone = of(Named::Template(first)).await.unwrap().unwrap();
    let claims: Vec<u64> = alone.days.iter().map(|day| day.past.claims).collect();
    assert_eq!(claims, [2, 4, 4], "a Friday, a Saturday and a Sunday");
    assert_eq!(alone.days[0].on, day("2027-02-27"));
    assert_eq!((alone.stock, alone.budget), (Some(8), None), "the Friday is before the window");
    let campaign = of(Named::Campaign("Spring".to_owned())).await.unwrap().unwrap();
    assert_eq!(campaign.stock, Some(12));
    let unknown = of(Named::Campaign("Autumn".to_owned())).await;
    assert!(matches!(unknown, Err(Error::Missing)));
    let untouched = live(engine, draft()).await.id;
    assert_eq!(of(Named::Template(untouched)).await.unwrap(), None);
}

async fn the_year_is_lived_through_as_it_was_drawn_up(store: Store) {
    let engine = &store.engine;
    demo::seed(engine, System).await.unwrap();
    let zone = engine.settings().time_zone;
    let drawn = year::draw(engine.settings(), zone.day(noon()), 8).unwrap();
    let mut days = 0;
    let made = year::play(engine, &drawn, noon(), |day| days = day).await.unwrap();
    assert_eq!((days, made.len()), (8, drawn.offers.len()));
    let editor = editor(engine).await;
    for (number, (template, offer)) in made.into_iter().zip(&drawn.offers).enumerate() {
        let part = Part::of(template, Window::default());
        let funnel = funnel::read(engine, &editor, &part, Some(Step::Day)).await.unwrap();
        let name = &offer.draft.name;
        assert!(name.ends_with("演示 demo"), "{name}");
        for (i, day) in drawn.series(number).into_iter().enumerate() {
            let at = zone.start_of(drawn.date(offer.from + i));
            let found = funnel.buckets.iter().find(|bucket| bucket.at == at);
            let (stages, amounts) =
                found.map(|bucket| (bucket.stages, bucket.amounts)).unwrap_or_default();
            assert_eq!((stages.claim, stages.redeem), (day.claims, day.uses), "{name}, day {i}");
            assert_eq!(amounts.discount, day.cost, "{name}, day {i}");
        }
        assert!(funnel.stages.claim > 0 && funnel.stages.view > funnel.stages.claim, "{name}");
    }
    settled(engine).await;
    rollups::work(engine, System).await.unwrap();
    let days = (drawn.date(0), drawn.date(7));
    let told = channels::standings(engine, &editor, days, None, CHANNELS_MAX).await.unwrap();
    assert_eq!(told.each[0].spent, Some(yuan(8 * 378)), "as much on every day");
    assert!(told.each[0].cost_per_newcomer().is_some());
    assert!(told.each.iter().all(|it| it.spent.is_none_or(|spent| spent > Money::ZERO)));
    let others = orders::without_coupons(engine, &editor, Window::default(), None).await.unwrap();
    assert!(others.0 > 8 && others.1 > Money::ZERO, "{others:?}");
    for kind in ["lapsed", "returned"] {
        let happened = format!("SELECT COUNT(*) FROM events WHERE kind = '{kind}'");
        assert!(store.number(&happened).await > 0, "{kind}");
    }
}

/// How far off a line is in the mean, as a part of what the last week again was off by before.
fn scaled(days: &[Expected], came: &[f64], past: &[f64]) -> f64 {
    let mean = |off: Vec<f64>| off.iter().sum::<f64>() / off.len() as f64;
    let off = days.iter().zip(came).map(|(day, came)| (day.mid - came).abs()).collect();
    let before = past.iter().skip(WEEK).zip(past).map(|(day, before)| (day - before).abs());
    mean(off) / mean(before.collect())
}

#[test]
fn on_the_made_up_year_the_forecast_beats_the_last_week_again() {
    let today: NaiveDate = "2026-09-01".parse().unwrap();
    let drawn = year::draw(&Settings::default(), today, year::DAYS).unwrap();
    println!("| series | chosen | smoothed | last week again |\n|---|---:|---:|---:|");
    let mut all = Vec::new();
    for (number, offer) in drawn.offers.iter().enumerate() {
        let series = drawn.series(number);
        // Those that are always there, and long enough to forecast four weeks and see what came.
        if offer.until.is_some() || series.len() < NEEDED + AHEAD {
            continue;
        }
        let column =
            |number: fn(&year::Drawn) -> f64| series.iter().map(number).collect::<Vec<_>>();
        let columns = [
            ("claims", column(|day| day.claims as f64)),
            ("uses", column(|day| day.uses as f64)),
            ("cost", column(|day| day.cost.units() as f64)),
        ];
        for (what, days) in columns {
            let mut off = Vec::new();
            for start in (NEEDED..=days.len() - AHEAD).step_by(AHEAD) {
                let (past, came) = (&days[..start], &days[start..start + AHEAD]);
                let outlook = of(past, &[&Smoothed]);
                let chosen = &outlook.ahead().unwrap().days;
                let smoothed = Smoothed.ahead(past, AHEAD).unwrap();
                let again = LastWeek.ahead(past, AHEAD).unwrap();
                off.push([chosen, &smoothed, &again].map(|line| scaled(line, came, past)));
            }
            let [chosen, smoothed, again] = means(&off);
            println!("| {}, {what} | {chosen:.3} | {smoothed:.3} | {again:.3} |", offer.draft.name);
            all.extend(off);
        }
    }
    let [chosen, smoothed, again] = means(&all);
    println!("| all {} forecasts | {chosen:.3} | {smoothed:.3} | {again:.3} |", all.len());
    assert!(all.len() > 90, "{}", all.len());
    assert!(chosen < 0.95 * again, "{chosen} is not clearly better than {again}");
}

fn means(rows: &[[f64; 3]]) -> [f64; 3] {
    [0, 1, 2].map(|column| rows.iter().map(|row| row[column]).sum::<f64>() / rows.len() as f64)
}

#[test]
fn the_same_year_is_drawn_twice_and_what_is_left_of_it_is_little() {
    let today: NaiveDate = "2026-09-01".parse().unwrap();
    let draw = || year::draw(&Settings::default(), today, year::DAYS).unwrap();
    let (first, second) = (draw(), draw());
    assert_eq!(first.date(0), today - Days::new(365));
    for (number, offer) in first.offers.iter().enumerate() {
        let series = first.series(number);
        assert_eq!(series, second.series(number));
        let claims: u64 = series.iter().map(|day| day.claims).sum();
        let uses: u64 = series.iter().map(|day| day.uses).sum();
        let cost: Money = series.iter().map(|day| day.cost).sum();
        assert!(claims > 0 && uses > 0 && uses < claims, "{}", offer.draft.name);
        assert!(offer.draft.stock.is_none_or(|stock| claims <= stock), "{}", offer.draft.name);
        assert!(offer.draft.budget.is_none_or(|budget| cost < budget), "{}", offer.draft.name);
    }
    let sold_out = |offer: &&year::Offer| offer.until.is_some() && offer.draft.stock.is_some();
    assert_eq!(first.offers.iter().filter(sold_out).count(), 2);
    assert_eq!(first.offers.iter().filter(|offer| offer.until.is_some()).count(), 9);
}
