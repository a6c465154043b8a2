//! The templates of the year: some that are always there, and one for each holiday.

use chrono::{Datelike, Days, NaiveDate};
use domain::Money;
use domain::benefit::Benefit;
use domain::calendar::Zone;
use domain::holiday::Holiday;
use domain::money::BasisPoints;
use domain::scope::{Lists, Scope};
use domain::template::{Audience, Draft, Validity, Window};

/// A template of the year, and what people make of it.
#[derive(Debug, Clone)]
pub struct Offer {
    /// What it says.
    pub draft: Draft,
    /// The day of the year it is published on.
    pub from: usize,
    /// The day of the year it can be claimed on for the first time.
    pub opens: usize,
    /// The first day on which it cannot be claimed any more, if there is one within the year.
    pub until: Option<usize>,
    /// How many want it on a plain day of the year's first week.
    pub(super) wanted: f64,
    /// Which part of what was claimed is taken to an order.
    pub(super) used: f64,
    /// What it is used for, by product.
    pub(super) buys: &'static [&'static str],
    /// Only who never bought takes it.
    pub(super) is_welcome: bool,
    /// What is left over when the year ends, in days as the last ones were.
    pub(super) left: Left,
}

/// What runs out soon after the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing does, or it did already.
    Plenty,
    /// The stock.
    Stock,
    /// The budget.
    Budget,
}

impl Offer {
    /// Whether its card is shown on a day.
    pub fn shows(&self, day: usize) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    /// How many want it on a day that is plain but for its holidays.
    pub(super) fn wanted_on(&self, day: usize, date: NaiveDate) -> f64 {
        match self.until {
            _ if day < self.opens || !self.shows(day) => 0.0,
            None => self.wanted * lift(date),
            // What is for a holiday is wanted most on its first day and the day itself.
            Some(until) if day == self.opens || day + AFTER == until => 1.8 * self.wanted,
            Some(_) => self.wanted,
        }
    }
}

const GREENS: &[&str] = &["tomatoes", "broccoli", "iron-yam", "vegetable-gift-box"];
const FRUIT: &[&str] = &["strawberries", "shine-muscat", "navel-oranges", "mangoes"];
const DAIRY: &[&str] = &["fresh-milk", "cheese-slices", "free-range-eggs"];
const ANYTHING: &[&str] = &[
    "wuchang-rice",
    "beef-steak",
    "laundry-liquid",
    "salmon-fillet",
    "facial-tissue",
    "pork-ribs",
    "olive-oil",
];

fn yuan(amount: i64) -> Money {
    Money::minor(amount * 100)
}

fn off(amount: i64, min_spend: i64) -> Benefit {
    Benefit::AmountOff { amount: yuan(amount), min_spend: Some(yuan(min_spend)) }
}

/// Says in its name that it is made up.
fn draft(name: &str, benefit: Benefit, categories: &[&str]) -> Draft {
    let categories = categories.iter().filter_map(|id| id.parse().ok()).collect();
    Draft {
        description: Some("编造的一年 From a made-up year".to_owned()),
        scope: Scope { include: Lists { categories, ..Lists::default() }, ..Scope::default() },
        validity: Validity::Days { days: 14, until: None },
        per_shopper: 200,
        ..Draft::new(format!("{name} · 演示 demo"), benefit)
    }
}

fn always(
    from: usize,
    wanted: f64,
    used: f64,
    buys: &'static [&'static str],
    draft: Draft,
) -> Offer {
    let (is_welcome, left) = (false, Left::Plenty);
    Offer { draft, from, opens: from, until: None, wanted, used, buys, is_welcome, left }
}

/// All of them, in the order in which they are published, for a year of so many days.
pub(super) fn offers(zone: Zone, first: NaiveDate, days: usize) -> Vec<Offer> {
    let welcome = Draft {
        audience: Audience::NewShoppers,
        per_shopper: 1,
        ..draft("新人见面礼 Welcome", off(10, 39), &[])
    };
    let percent = Benefit::PercentOff {
        basis_points: BasisPoints(1_000),
        min_spend: None,
        max_discount: Some(yuan(20)),
    };
    let greens = draft("天天鲜蔬 Greens every day", off(6, 49), &["vegetables"]);
    let basket = draft("满120减15 ¥15 off ¥120", off(15, 120), &[]);
    let dairy = draft("乳品九折 10% off dairy", percent, &["dairy"]);
    let fruit = draft("尝鲜水果 New in fruit", off(8, 59), &["fruit"]);
    let mut offers = vec![
        Offer { is_welcome: true, ..always(0, 5.0, 0.62, ANYTHING, welcome) },
        Offer { left: Left::Stock, ..always(0, 16.0, 0.58, GREENS, greens) },
        Offer { left: Left::Budget, ..always(0, 11.0, 0.5, ANYTHING, basket) },
        always(days / 3, 7.0, 0.45, DAIRY, dairy),
        // Younger than a forecast takes.
        always(days.saturating_sub(25), 6.0, 0.4, FRUIT, fruit),
    ];
    let last = first + Days::new(days as u64);
    let years = [first, last].map(|day| day.year());
    for year in years[0]..=years[1] {
        offers.extend(
            Holiday::ALL.into_iter().filter_map(|holiday| about(zone, first, days, holiday, year)),
        );
    }
    offers.sort_by_key(|offer| offer.from);
    offers
}

/// How long before its holiday a template can be claimed, and how long after.
const BEFORE: i64 = 6;
const AFTER: usize = 3;

/// The template of a holiday, where the year has all of it.
fn about(zone: Zone, first: NaiveDate, days: usize, holiday: Holiday, year: i32) -> Option<Offer> {
    let day = (holiday.day(year)? - first).num_days();
    let from = usize::try_from(day - BEFORE - 2).ok()?;
    let (opens, until) = (from + 2, usize::try_from(day).ok()? + AFTER);
    if until >= days {
        return None;
    }
    let (name, benefit, wanted) = match holiday {
        Holiday::NewYear => ("元旦 New Year", off(10, 99), 14.0),
        Holiday::SpringFestival => ("年货节 Spring Festival", off(30, 199), 38.0),
        Holiday::LabourDay => ("五一 Labour Day", off(12, 99), 16.0),
        Holiday::DragonBoat => ("端午 Dragon Boat", off(10, 88), 14.0),
        Holiday::JuneSale => ("618 June sale", off(25, 159), 42.0),
        Holiday::MidAutumn => ("中秋 Mid-Autumn", off(15, 99), 22.0),
        Holiday::NationalDay => ("国庆 National Day", off(20, 139), 24.0),
        Holiday::SinglesDay => ("双十一 Singles' Day", off(35, 199), 60.0),
        Holiday::DoubleTwelve => ("双十二 Double Twelve", off(20, 139), 30.0),
    };
    let at = |day: usize| Some(zone.start_of(first + Days::new(day as u64)));
    let mut draft = Draft {
        campaign: Some(format!("{name} {year}")),
        claim_window: Window { from: at(opens), until: at(until) },
        validity: Validity::Days { days: 10, until: None },
        ..draft(name, benefit, &[])
    };
    // Of the two largest there is less than people want.
    if matches!(holiday, Holiday::JuneSale | Holiday::SinglesDay) {
        draft.stock = Some(wanted as u64 * 9);
    }
    let offer = always(from, wanted, 0.6, ANYTHING, draft);
    Some(Offer { opens, until: Some(until), ..offer })
}

/// How much more is wanted of what is always there, around holidays.
fn lift(date: NaiveDate) -> f64 {
    use Holiday::*;
    // From so many days before through so many after, so much more.
    let spells = [
        (NewYear, 1, 1, 1.25),
        (SpringFestival, 9, -1, 1.6),
        (SpringFestival, 0, 5, 0.6),
        (LabourDay, 1, 3, 1.25),
        (DragonBoat, 2, 0, 1.25),
        (JuneSale, 2, 1, 1.5),
        (MidAutumn, 3, 0, 1.35),
        (NationalDay, 0, 6, 1.3),
        (SinglesDay, 1, 1, 1.9),
        (DoubleTwelve, 0, 1, 1.45),
    ];
    let holds = |(holiday, before, after, _): &(Holiday, i64, i64, f64)| {
        let day = holiday.day(date.year());
        let past = day.map(|day| (date - day).num_days());
        past.is_some_and(|past| (-before..=*after).contains(&past))
    };
    spells.iter().filter(|&spell| holds(spell)).map(|(.., lift)| lift).product()
}
