use std::collections::BTreeSet;

use domain::benefit::Step;
use domain::scope::Lists;
use domain::template::Window;
use domain::{Currency, ProductId};
use leptos::prelude::{Owner, provide_context};

use super::*;
use crate::preferences::{Language, Preferences};

fn yuan(amount: i64) -> Money {
    Money::minor(amount * 100)
}

fn draft() -> Draft {
    let until = "2026-11-30T16:00:00Z".parse().ok();
    let benefit = Benefit::AmountOff { amount: yuan(20), min_spend: Some(yuan(100)) };
    Draft {
        scope: Scope { include: categories(&["vegetables", "fruit"]), ..Scope::default() },
        validity: Validity::Fixed(Window { from: None, until }),
        ..Draft::new("n", benefit)
    }
}

fn categories(ids: &[&str]) -> Lists {
    let categories = ids.iter().filter_map(|id| id.parse().ok()).collect();
    Lists { categories, products: BTreeSet::new() }
}

fn percent(points: u32) -> Benefit {
    Benefit::PercentOff { basis_points: BasisPoints(points), min_spend: None, max_discount: None }
}

fn spoken<T>(language: Language, say: impl FnOnce(&Words<'_>) -> T) -> T {
    Owner::new().with(|| {
        provide_context(Preferences { language, theme: None });
        let phrases = Phrases::of(KEYS.iter().copied());
        let zone = domain::calendar::Zone::SHANGHAI;
        let conventions = Conventions {
            currency: Currency::CNY,
            moment: &|local| zone.moment(local),
            local: &|time| zone.local(time),
        };
        let category = |id: &CategoryId| id.to_string();
        say(&Words { phrases: &phrases, conventions, category: &category, year: 2026 })
    })
}

#[track_caller]
fn check(change: impl Fn(&mut Draft), en: &str, zh: &str) {
    let mut draft = draft();
    change(&mut draft);
    assert_eq!(spoken(Language::En, |words| words.sentence(&draft)), en);
    assert_eq!(spoken(Language::Zh, |words| words.sentence(&draft)), zh);
}

#[test]
fn each_benefit_is_a_sentence_in_both_languages() {
    check(
        |_| {},
        "¥20 off when you spend ¥100 on fruit and vegetables, until 30 Nov, 23:59, one each",
        "fruit、vegetables满100减20，有效期至11月30日 23:59，每人限领 1 张",
    );
    check(
        |draft| {
            draft.benefit = Benefit::AmountOff { amount: yuan(5), min_spend: None };
            draft.scope = Scope::default();
            draft.validity = Validity::Days { days: 7, until: None };
            draft.per_shopper = 3;
            draft.per_shopper_daily = Some(1);
        },
        "¥5 off, for 7 days counting the day of the claim, 3 each, 1 a day",
        "全场立减5，领取当天起 7 天内有效，每人限领 3 张，每天 1 张",
    );
    check(
        |draft| {
            draft.benefit = Benefit::PercentOff {
                basis_points: BasisPoints(1_500),
                min_spend: Some(yuan(200)),
                max_discount: Some(Money::minor(5_050)),
            };
            draft.scope = Scope { exclude: categories(&["alcohol"]), ..Scope::default() };
            draft.audience = Audience::NewShoppers;
        },
        "15% off when you spend ¥200, ¥50.50 at most, on everything except alcohol, \
         until 30 Nov, 23:59, one each, for first orders only",
        "全场满200打8.5折，最高减50.50，alcohol除外，有效期至11月30日 23:59，每人限领 1 张，仅限首单",
    );
    check(
        |draft| {
            let step =
                |min_spend, amount| Step { min_spend: yuan(min_spend), amount: yuan(amount) };
            draft.benefit = Benefit::Tiered { steps: vec![step(100, 10), step(1_200, 30)] };
            draft.validity = Validity::Fixed(Window::default());
            draft.scope = Scope::default();
        },
        "¥10 off when you spend ¥100, ¥30 off from ¥1,200, one each",
        "全场满100减10，满1,200减30，每人限领 1 张",
    );
    check(
        |draft| {
            draft.benefit = Benefit::Every { per: yuan(100), amount: yuan(15), max_times: Some(3) };
            draft.validity = Validity::Days { days: 1, until: "2027-01-01T00:00:00Z".parse().ok() };
            draft.scope.rule = ScopeRule::WholeOrder;
        },
        "¥15 off for every ¥100 you spend on fruit and vegetables, up to 3 times, only if every item in \
         the order is covered, on the day of the claim only, 1 Jan 2027, 07:59 at the latest, one each",
        "fruit、vegetables每满100减15，最多减 3 次，订单商品须全部适用，仅限领取当天使用，\
         最迟至2027年1月1日 07:59，每人限领 1 张",
    );
}

#[test]
fn long_lists_say_how_many_more_there_are() {
    check(
        |draft| {
            draft.benefit = percent(2_000);
            draft.scope.include = categories(&["a", "b", "c", "d"]);
            let products = ["1", "2"].into_iter().filter_map(|id| ProductId::new(id).ok());
            draft.scope.include.products = products.collect();
            draft.validity = Validity::Fixed(Window::default());
        },
        "20% off a, b, c and 2 more, one each",
        "a、b、c等 5 项8折，每人限领 1 张",
    );
}

#[test]
fn what_it_can_cost_is_said_or_that_nothing_bounds_it() {
    let cost = |change: fn(&mut Draft)| {
        let mut draft = draft();
        change(&mut draft);
        let cost = spoken(Language::En, |words| words.greatest_cost(&draft));
        (cost.text, cost.is_bounded)
    };
    assert_eq!(cost(|draft| draft.stock = Some(1_000)), ("Costs ¥20,000 at most".into(), true));
    assert_eq!(
        cost(|_| {}),
        ("Nothing bounds what this can cost. Set a stock or a budget.".into(), false)
    );
    let (text, is_bounded) = cost(|draft| {
        draft.stock = Some(10);
        draft.benefit = percent(100);
    });
    assert!(!is_bounded);
    assert!(text.contains("the most it may take off"), "{text}");
    let (text, _) = cost(|draft| draft.benefit = percent(100));
    assert!(
        text.ends_with("Set a budget, or both a stock and the most it may take off."),
        "{text}"
    );
}

#[test]
fn a_budget_that_ends_before_the_stock_is_said() {
    let note = |language, budget| {
        let draft = Draft { stock: Some(5_000), budget: Some(yuan(budget)), ..draft() };
        spoken(language, |words| words.greatest_cost(&draft)).note
    };
    assert_eq!(
        note(Language::En, 30_000).as_deref(),
        Some("The budget is spent after about 1,500 of 5,000 uses, before the stock is gone.")
    );
    assert_eq!(
        note(Language::Zh, 30_000).as_deref(),
        Some("预算约够 1,500 次使用，少于库存 5,000 张，会先用完。")
    );
    assert_eq!(
        note(Language::En, 19).as_deref(),
        Some("The budget does not pay for one use at the greatest discount.")
    );
    assert_eq!(note(Language::En, 100_000), None);
}

#[test]
fn a_percentage_is_echoed_both_ways() {
    let mut draft = draft();
    assert_eq!(spoken(Language::En, |words| words.echo(&draft)), None);
    draft.benefit = percent(2_000);
    let echo = spoken(Language::Zh, |words| words.echo(&draft));
    assert_eq!(echo.as_deref(), Some("¥100 → 实付 ¥80 · 8折 · 20% off"));
}

#[test]
fn every_message_is_there() {
    for language in [Language::En, Language::Zh] {
        spoken(language, |words| {
            for key in KEYS {
                assert!(!words.phrases.get(key).contains("Unknown"), "{key}");
            }
        });
    }
}
