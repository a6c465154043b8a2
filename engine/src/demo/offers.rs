//! The templates of the demo: one of each kind and state a newcomer may want to look at.

use chrono::TimeDelta;
use domain::benefit::{Benefit, Step};
use domain::money::BasisPoints;
use domain::scope::{Lists, Scope};
use domain::stacking::Stacking;
use domain::template::{Audience, Draft, Lane, PartReturn, Validity, Visibility, Window};
use domain::{CategoryId, Money, Time};

/// A template to be made on some day of the history.
pub(super) struct Planned {
    /// Days after the history begins.
    pub(super) on: i64,
    /// What becomes of it.
    pub(super) fate: Fate,
    pub(super) draft: Draft,
    /// How many of a hundred shoppers who see it take it.
    pub(super) appeal: u32,
    /// How many codes are made in advance, for leaflets.
    pub(super) pool: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Draft,
    Live,
    PausedAfter(i64),
    EndedAfter(i64),
}

fn yuan(amount: i64) -> Money {
    Money::minor(amount * 100)
}

fn off(amount: i64, min_spend: i64) -> Benefit {
    let min_spend = Some(yuan(min_spend)).filter(|min| !min.is_zero());
    Benefit::AmountOff { amount: yuan(amount), min_spend }
}

fn percent(points: u32, max: i64) -> Benefit {
    let max_discount = Some(yuan(max));
    Benefit::PercentOff { basis_points: BasisPoints(points), min_spend: None, max_discount }
}

/// A plain draft; the plan changes what matters.
fn draft(name: &str, description: &str, benefit: Benefit, categories: &[&str]) -> Draft {
    let categories = categories.iter().filter_map(|id| CategoryId::new(*id).ok()).collect();
    Draft {
        description: Some(description.to_owned()),
        scope: Scope { include: Lists { categories, ..Lists::default() }, ..Scope::default() },
        validity: Validity::Days { days: 14, until: None },
        stock: Some(2_000),
        ..Draft::new(name, benefit)
    }
}

fn live(on: i64, appeal: u32, draft: Draft) -> Planned {
    Planned { on, fate: Fate::Live, draft, appeal, pool: 0 }
}

/// The plan for a history that begins at `start` and leads up to `now`.
pub(super) fn plan(start: Time, now: Time) -> Vec<Planned> {
    let together = |group: &str| Stacking { group: Some(group.to_owned()), exclusive: false };
    let day = TimeDelta::days(1);
    vec![
        live(
            0,
            60,
            Draft {
                audience: Audience::NewShoppers,
                validity: Validity::Days { days: 7, until: None },
                ..draft(
                    "新人见面礼 Welcome gift",
                    "第一单就能用 For your first order",
                    off(10, 0),
                    &[],
                )
            },
        ),
        live(
            0,
            45,
            Draft {
                stacking: together("fresh"),
                per_shopper: 4,
                per_shopper_daily: Some(1),
                ..draft(
                    "蔬果周 Greens week",
                    "蔬菜水果都能用 On all vegetables and fruit",
                    off(8, 60),
                    &["vegetables", "fruit"],
                )
            },
        ),
        live(
            1,
            35,
            Draft {
                campaign: Some("秋冬 Autumn".to_owned()),
                stacking: together("dairy"),
                per_shopper: 3,
                ..draft(
                    "乳品八折 20% off dairy",
                    "早餐好搭档 For a better breakfast",
                    percent(2_000, 30),
                    &["dairy"],
                )
            },
        ),
        live(
            2,
            30,
            Draft {
                validity: Validity::Fixed(Window { from: None, until: Some(now + day * 20) }),
                per_shopper: 2,
                ..draft(
                    "阶梯满减 Spend more, save more",
                    "全场可用 On everything in the shop",
                    Benefit::Tiered {
                        steps: vec![
                            Step { min_spend: yuan(100), amount: yuan(10) },
                            Step { min_spend: yuan(200), amount: yuan(30) },
                        ],
                    },
                    &[],
                )
            },
        ),
        live(
            4,
            25,
            Draft {
                stacking: together("drinks"),
                per_shopper: 2,
                ..draft(
                    "饮料每满50减5 ¥5 off every ¥50 of drinks",
                    "冰箱常备 For a full fridge",
                    Benefit::Every { per: yuan(50), amount: yuan(5), max_times: Some(4) },
                    &["drinks"],
                )
            },
        ),
        live(
            6,
            30,
            Draft {
                stacking: together("grains"),
                ..draft(
                    "粮油满80减15 Grains and oil",
                    "囤货好时机 Time to stock up",
                    off(15, 80),
                    &["grains"],
                )
            },
        ),
        live(
            8,
            55,
            Draft {
                stock: Some(40),
                ..draft(
                    "海鲜九折 10% off seafood",
                    "限量40张 Only 40 of these",
                    percent(1_000, 50),
                    &["seafood"],
                )
            },
        ),
        live(
            12,
            30,
            Draft {
                budget: Some(yuan(1_500)),
                part_return: PartReturn::ClawBack,
                ..draft(
                    "肉禽满120减25 ¥25 off meat and poultry",
                    "退货后不足120元则扣回优惠 If you return some and keep under ¥120, the discount is taken back",
                    off(25, 120),
                    &["meat"],
                )
            },
        ),
        live(
            20,
            25,
            Draft {
                claim_window: Window {
                    from: Some(start + day * 31),
                    until: Some(start + day * 38),
                },
                validity: Validity::Days { days: 3, until: None },
                ..draft("水果日 Fruit day", "明天开抢 Opens tomorrow", off(15, 59), &["fruit"])
            },
        ),
        live(
            29,
            50,
            Draft {
                claim_window: Window { from: None, until: Some(start + day * 33) },
                validity: Validity::Days { days: 5, until: None },
                lane: Lane::Queued,
                ..draft(
                    "爆款抢券 Rush offer",
                    "抢的人多，排队领取 So many want it that claims wait in line",
                    off(30, 149),
                    &[],
                )
            },
        ),
        Planned {
            on: 5,
            fate: Fate::Live,
            appeal: 0,
            pool: 20,
            draft: Draft {
                visibility: Visibility::Granted,
                stacking: together("leaflet"),
                ..draft(
                    "传单专享满49减9 From the leaflet",
                    "凭传单上的兑换码领取 With a code from a leaflet",
                    off(9, 49),
                    &[],
                )
            },
        },
        Planned {
            on: 3,
            fate: Fate::EndedAfter(12),
            appeal: 40,
            pool: 0,
            draft: Draft {
                campaign: Some("双十一 11.11".to_owned()),
                validity: Validity::Days { days: 10, until: None },
                ..draft(
                    "日用满60减12 Household",
                    "双十一专享 For 11.11",
                    off(12, 60),
                    &["household"],
                )
            },
        },
        Planned {
            on: 9,
            fate: Fate::PausedAfter(10),
            appeal: 20,
            pool: 0,
            draft: draft(
                "啤酒第二件半价 Beer",
                "暂停中 Paused for now",
                percent(2_500, 20),
                &["alcohol"],
            ),
        },
        Planned {
            on: 28,
            fate: Fate::Draft,
            appeal: 0,
            pool: 0,
            draft: Draft {
                campaign: Some("年货 New Year".to_owned()),
                ..draft("年货节 New Year groceries", "还在起草 Still a draft", off(50, 399), &[])
            },
        },
    ]
}
