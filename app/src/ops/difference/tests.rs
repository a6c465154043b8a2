use domain::benefit::Step;
use domain::scope::Scope;
use domain::stacking::Stacking;
use domain::{CategoryId, Channel, Currency, ProductId};
use leptos::prelude::{Owner, provide_context};

use super::*;
use crate::ops::draft_form::Conventions;
use crate::ops::phrases::Phrases;
use crate::preferences::{Language, Preferences};

fn yuan(amount: i64) -> Money {
    Money::minor(amount * 100)
}

fn draft() -> Draft {
    Draft::new("n", Benefit::AmountOff { amount: yuan(20), min_spend: Some(yuan(100)) })
}

fn lists(categories: &[&str], products: usize) -> Lists {
    let products = (0..products).filter_map(|n| ProductId::new(format!("p{n}")).ok());
    Lists {
        categories: categories.iter().filter_map(|id| id.parse().ok()).collect(),
        products: products.collect(),
    }
}

fn at(text: &str) -> Option<Time> {
    text.parse().ok()
}

/// The changes a line each: `Minimum spend: ¥100 → ¥120`.
fn told(language: Language, old: &Draft, new: &Draft) -> Vec<String> {
    Owner::new().with(|| {
        provide_context(Preferences { language, theme: None });
        let zone = domain::calendar::Zone::SHANGHAI;
        let conventions = Conventions {
            currency: Currency::CNY,
            moment: &|local| zone.moment(local),
            local: &|time| zone.local(time),
        };
        let phrases = Phrases::default();
        let category = |id: &CategoryId| id.to_string();
        let words = Words { phrases: &phrases, conventions, category: &category, year: 2026 };
        between(&words, old, new).into_iter().map(line).collect()
    })
}

fn line(Change { field, what }: Change) -> String {
    let what = match what {
        What::Value { old, new } => format!("{old} → {new}"),
        What::Members { added, removed } => {
            let added = added.into_iter().map(|name| format!("+ {name}"));
            let removed = removed.into_iter().map(|name| format!("− {name}"));
            added.chain(removed).collect::<Vec<_>>().join(", ")
        }
        What::Text(pieces) => {
            let piece = |Piece { mark, text }: Piece| match mark {
                Mark::Kept => text,
                Mark::Removed => format!("[-{text}-]"),
                Mark::Added => format!("[+{text}+]"),
            };
            pieces.into_iter().map(piece).collect()
        }
    };
    format!("{field}: {what}")
}

#[track_caller]
fn check(before: impl Fn(&mut Draft), after: impl Fn(&mut Draft), en: &[&str], zh: &[&str]) {
    let (mut old, mut new) = (draft(), draft());
    before(&mut old);
    after(&mut new);
    assert_eq!(told(Language::En, &old, &new), en);
    assert_eq!(told(Language::Zh, &old, &new), zh);
    assert!(told(Language::En, &new, &new).is_empty(), "the same is left out");
}

#[test]
fn numbers_and_names_are_told_old_and_new() {
    check(
        |_| {},
        |draft| {
            draft.benefit = Benefit::AmountOff { amount: yuan(20), min_spend: Some(yuan(120)) };
            draft.stock = Some(1_800);
        },
        &["Minimum spend: ¥100 → ¥120", "Stock: none → 1,800"],
        &["门槛: ¥100 → ¥120", "库存: 无 → 1,800"],
    );
    check(
        |draft| draft.title = Some("<b>Old</b>".into()),
        |draft| {
            draft.name = "عرض 🍉".into();
            draft.campaign = Some("Spring".into());
            draft.per_shopper = 3;
            draft.per_shopper_daily = Some(1);
            draft.budget = Some(yuan(5_000));
        },
        &[
            "Name: n → عرض 🍉",
            "Title: <b>Old</b> → none",
            "Campaign: none → Spring",
            "Per shopper: 1 → 3",
            "Per shopper and day: none → 1",
            "Budget: none → ¥5,000",
        ],
        &[
            "名称: n → عرض 🍉",
            "标题: <b>Old</b> → 无",
            "活动: 无 → Spring",
            "每人限领: 1 → 3",
            "每人每天限领: 无 → 1",
            "预算: 无 → ¥5,000",
        ],
    );
}

#[test]
fn another_kind_of_benefit_is_told_number_by_number() {
    let step = |min_spend, amount| Step { min_spend: yuan(min_spend), amount: yuan(amount) };
    check(
        |_| {},
        |draft| {
            draft.benefit = Benefit::PercentOff {
                basis_points: BasisPoints(1_500),
                min_spend: Some(yuan(100)),
                max_discount: Some(yuan(50)),
            }
        },
        &[
            "Kind: Amount off → Percentage off",
            "Takes off: ¥20 → none",
            "Percentage: none → 15% off",
            "Takes off at most: none → ¥50",
        ],
        &["类型: 满减 → 折扣", "减: ¥20 → 无", "折扣: 无 → 8.5折", "最高减: 无 → ¥50"],
    );
    check(
        |draft| draft.benefit = Benefit::Tiered { steps: vec![step(100, 10), step(200, 30)] },
        |draft| draft.benefit = Benefit::Tiered { steps: vec![step(100, 10), step(300, 40)] },
        &["Steps: ¥10 from ¥100 · ¥30 from ¥200 → ¥10 from ¥100 · ¥40 from ¥300"],
        &["阶梯: 满 ¥100 减 ¥10 · 满 ¥200 减 ¥30 → 满 ¥100 减 ¥10 · 满 ¥300 减 ¥40"],
    );
    check(
        |draft| draft.benefit = Benefit::Every { per: yuan(100), amount: yuan(5), max_times: None },
        |draft| {
            draft.benefit = Benefit::Every { per: yuan(80), amount: yuan(5), max_times: Some(3) }
        },
        &["For every: ¥100 → ¥80", "At most so many times: none → 3"],
        &["每满: ¥100 → ¥80", "最多次数: 无 → 3"],
    );
}

#[test]
fn lists_are_told_by_what_they_gain_and_lose() {
    check(
        |draft| draft.scope.include = lists(&["dairy", "eggs"], 0),
        |draft| {
            draft.scope = Scope {
                include: lists(&["eggs", "fruit"], 0),
                exclude: lists(&["alcohol"], 0),
                rule: ScopeRule::WholeOrder,
            };
            let name = Channel::new("wechat").expect("a channel");
            draft.channels = vec![ChannelQuota { name, quota: Some(1_500) }];
        },
        &[
            "Other items in the order: do not matter → rule it out",
            "Covers: + fruit, − dairy",
            "Leaves out: + alcohol",
            "Channels: + wechat (up to 1,500)",
        ],
        &[
            "订单中的其他商品: 不影响 → 不能有",
            "适用范围: + fruit, − dairy",
            "排除: + alcohol",
            "渠道: + wechat（最多 1,500）",
        ],
    );
    check(
        |_| {},
        |draft| draft.scope.include = lists(&[], 20_000),
        &[
            "Covers: everything → p0 · p1 · p10 · p100 · p1000 · p10000 · p10001 · p10002 · 19992 more",
        ],
        &[
            "适用范围: 全场 → p0 · p1 · p10 · p100 · p1000 · p10000 · p10001 · p10002 · 另外 19992 项",
        ],
    );
}

#[test]
fn times_are_told_as_people_mean_them() {
    check(
        |_| {},
        |draft| {
            draft.claim_window = Window { from: at("2026-11-30T16:00:00Z"), until: None };
            draft.validity =
                Validity::Fixed(Window { from: None, until: at("2027-01-31T16:00:00Z") });
        },
        &["Claims open: none → 1 Dec, 00:00", "Usable until: none → 31 Jan 2027, 23:59"],
        &["领取开始: 无 → 12月1日 00:00", "使用截止: 无 → 2027年1月31日 23:59"],
    );
    check(
        |_| {},
        |draft| draft.validity = Validity::Days { days: 7, until: None },
        &["Can be used: between fixed dates → for some days after the claim", "Days: none → 7"],
        &["使用时间: 固定日期 → 领取后若干天", "天数: 无 → 7"],
    );
}

#[test]
fn who_and_what_beside_it_are_told() {
    check(
        |_| {},
        |draft| {
            draft.audience = Audience::Segment("vip".into());
            draft.visibility = Visibility::Link;
            draft.stacking = Stacking { exclusive: false, group: Some("g".into()) };
            draft.part_return = PartReturn::ClawBack;
        },
        &[
            "Who may have it: everyone → segment vip",
            "Where it is found: Coupon center → By its link",
            "With other coupons: stands alone → combines · group g",
            "When part is returned: the discount is kept → what is no longer earned is taken back",
        ],
        &[
            "人群: 所有人 → 人群“vip”",
            "展示位置: 领券中心 → 专属链接",
            "与其他优惠券: 不可叠加 → 可叠加 · 互斥组 g",
            "部分退货时: 保留优惠 → 扣回不再满足的优惠",
        ],
    );
}

#[test]
fn long_texts_are_told_word_by_word() {
    check(
        |draft| draft.terms = Some("Not on eggs. Once a day.".into()),
        |draft| {
            draft.terms = Some("Not on milk. Once a day.".into());
            draft.description = Some("New".into());
        },
        &["Description: [+New+]", "Small print: Not on [-eggs-][+milk+]. Once a day."],
        &["说明: [+New+]", "使用规则: Not on [-eggs-][+milk+]. Once a day."],
    );
}
