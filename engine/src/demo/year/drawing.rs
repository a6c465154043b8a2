//! What happens in the year, drawn up without a store.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use chrono::{Datelike, Days, Months, NaiveDate};
use domain::calendar::Zone;
use domain::{Channel, Money};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::offers::{Left, Offer, offers};
use crate::catalogue::Product;
use crate::channels::Spent;

/// How long a year is.
pub const DAYS: usize = 365;

/// When people come, and how much of a hundred at each hour.
const HOURS: [(u32, u32); 12] = [
    (7, 4),
    (8, 6),
    (9, 7),
    (10, 9),
    (12, 11),
    (14, 7),
    (16, 7),
    (18, 11),
    (19, 12),
    (20, 13),
    (21, 9),
    (22, 4),
];

/// How much more than on a plain day, from Monday.
const WEEK: [f64; 7] = [0.85, 0.8, 0.85, 0.9, 1.15, 1.45, 1.3];

/// Where people come from, and what they are worth.
struct Source {
    name: Option<&'static str>,
    /// As colleagues call it.
    called: &'static str,
    /// What is spent on it in a day.
    costs: i64,
    /// How much of a hundred claims.
    brings: u32,
    /// How much more of them is used than of all.
    uses: f64,
    /// How much more they buy than they must.
    buys: f64,
    /// Which part of their orders comes back.
    returns: f64,
}

const SOURCES: [Source; 6] = [
    Source {
        name: Some("app"),
        called: "应用 Our app",
        costs: 4_100,
        brings: 38,
        uses: 1.15,
        buys: 1.1,
        returns: 0.04,
    },
    Source {
        name: Some("wechat"),
        called: "微信 WeChat",
        costs: 11_700,
        brings: 26,
        uses: 0.95,
        buys: 1.0,
        returns: 0.06,
    },
    Source {
        name: Some("video"),
        called: "短视频 Short video",
        costs: 17_900,
        brings: 14,
        uses: 0.4,
        buys: 0.5,
        returns: 0.16,
    },
    Source {
        name: Some("mail"),
        called: "邮件 Newsletter",
        costs: 1_000,
        brings: 9,
        uses: 1.3,
        buys: 1.5,
        returns: 0.03,
    },
    Source {
        name: Some("poster"),
        called: "海报 Posters",
        costs: 3_100,
        brings: 5,
        uses: 0.7,
        buys: 0.8,
        returns: 0.05,
    },
    Source { name: None, called: "", costs: 0, brings: 8, uses: 1.0, buys: 1.0, returns: 0.05 },
];

/// Visits without a claim on a plain day.
const VISITS: f64 = 70.0;
/// Orders without a coupon on a plain day.
const PURCHASES: f64 = 6.0;
/// Who looks on without claiming.
const VISITORS: u32 = 4_000;
/// Who bought here before the year began.
const REGULARS: u32 = 450;

/// A year as it was drawn up.
#[derive(Debug, Clone)]
pub struct Year {
    pub(super) first: NaiveDate,
    pub(super) shelf: Vec<Product>,
    /// Its templates, in the order in which they are published.
    pub offers: Vec<Offer>,
    pub(super) coupons: Vec<Coupon>,
    pub(super) purchases: Vec<Purchase>,
    /// What happens, by day of the year and hour.
    pub(super) slots: BTreeMap<(usize, u32), Slot>,
}

/// What happens within an hour: offers, coupons and purchases by their numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Slot {
    pub(super) published: Vec<usize>,
    /// What channels cost from here on, with their names.
    pub(super) spending: Vec<(&'static str, Spent)>,
    pub(super) visits: Vec<Visit>,
    pub(super) claims: Vec<usize>,
    pub(super) orders: Vec<usize>,
    pub(super) returns: Vec<usize>,
    pub(super) purchases: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    pub(super) visitor: u32,
    pub(super) channel: usize,
}

/// A claim, and what becomes of it.
#[derive(Debug, Clone)]
pub(super) struct Coupon {
    pub(super) offer: usize,
    pub(super) shopper: u32,
    pub(super) channel: usize,
    day: usize,
    /// Nothing was left.
    is_late: bool,
    pub(super) order: Option<Order>,
}

#[derive(Debug, Clone)]
pub(super) struct Order {
    day: usize,
    pub(super) product: usize,
    pub(super) quantity: u32,
    pub(super) is_paid: bool,
    discount: Money,
}

/// What somebody buys without a coupon.
#[derive(Debug, Clone)]
pub(super) struct Purchase {
    pub(super) shopper: u32,
    pub(super) channel: usize,
    pub(super) total: Money,
}

/// What one day of a template comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Coupons claimed.
    pub claims: u64,
    /// Coupons used.
    pub uses: u64,
    /// What they took off.
    pub cost: Money,
}

impl Year {
    /// A day of the year, from 0.
    pub fn date(&self, day: usize) -> NaiveDate {
        self.first + Days::new(day as u64)
    }

    /// What each day of an offer comes to, from the day it is published to the end of the year.
    pub fn series(&self, offer: usize) -> Vec<Drawn> {
        let last = self.slots.last_key_value().map_or(0, |((day, _), _)| *day);
        let mut days = vec![Drawn::default(); last + 1];
        for coupon in self.coupons.iter().filter(|coupon| coupon.offer == offer && !coupon.is_late)
        {
            days[coupon.day].claims += 1;
            if let Some(order) = coupon.order.as_ref().filter(|order| order.is_paid) {
                days[order.day].uses += 1;
                days[order.day].cost += order.discount;
            }
        }
        days.split_off(self.offers[offer].from)
    }

    pub(super) fn channel(&self, channel: usize) -> Option<&'static str> {
        SOURCES[channel].name
    }
}

/// Draws up a year of so many days from `first` on.
pub(super) fn draw(shelf: &[Product], zone: Zone, first: NaiveDate, days: usize) -> Year {
    let year = Year {
        first,
        shelf: shelf.to_vec(),
        offers: offers(zone, first, days),
        coupons: Vec::new(),
        purchases: Vec::new(),
        slots: BTreeMap::new(),
    };
    let mut drawing = Drawing {
        given: vec![0; year.offers.len()],
        year,
        days,
        chance: StdRng::seed_from_u64(20_260_618),
        buying: StdRng::seed_from_u64(20_261_111),
        people: REGULARS,
        regulars: (0..REGULARS).collect(),
        joining: BTreeMap::new(),
    };
    for day in 0..days {
        drawing.day(day);
    }
    drawing.leave_little();
    drawing.year
}

struct Drawing {
    year: Year,
    days: usize,
    chance: StdRng,
    /// The chance of purchases: whatever they are, coupons stay as they are.
    buying: StdRng,
    /// Coupons given so far, by offer.
    given: Vec<u64>,
    /// How many people there ever were.
    people: u32,
    /// Who may take what is not for newcomers.
    regulars: Vec<u32>,
    /// Who becomes one of them, by day: a welcome is for a first order.
    joining: BTreeMap<usize, Vec<u32>>,
}

impl Drawing {
    fn day(&mut self, day: usize) {
        let date = self.year.date(day);
        let all = self.year.offers.iter().enumerate();
        let published = all.filter(|(_, offer)| offer.from == day).map(|(number, _)| number);
        let published: Vec<usize> = published.collect();
        self.slot(day, HOURS[0].0).published = published;
        if day == 0 || date.day() == 1 {
            let last = self.year.date(self.days - 1);
            self.slot(day, HOURS[0].0).spending = spending(date, last);
        }
        self.regulars.extend(self.joining.remove(&day).unwrap_or_default());
        let plain = plain(day, date);
        for _ in 0..self.poisson(VISITS * plain) {
            let visit = Visit {
                visitor: self.chance.random_range(0..VISITORS),
                channel: source(&mut self.chance),
            };
            let hour = hour(&mut self.chance);
            self.slot(day, hour).visits.push(visit);
        }
        for number in 0..self.year.offers.len() {
            let wanted = self.year.offers[number].wanted_on(day, date);
            let claims = self.poisson(wanted * plain);
            let mut hours: Vec<u32> = (0..claims).map(|_| hour(&mut self.chance)).collect();
            // Whoever comes first gets what is left.
            hours.sort_unstable();
            for hour in hours {
                self.claim(number, day, hour);
            }
        }
        for _ in 0..(PURCHASES * plain) as usize {
            self.buy(day);
        }
    }

    /// Somebody who is known buys without a coupon: newcomers come for their welcome.
    fn buy(&mut self, day: usize) {
        let Some(shopper) = self.regulars.choose(&mut self.buying).copied() else { return };
        let hour = hour(&mut self.buying);
        let channel = source(&mut self.buying);
        let total = Money::minor(self.buying.random_range(2_500..16_000));
        let number = self.year.purchases.len();
        self.slot(day, hour).purchases.push(number);
        self.year.purchases.push(Purchase { shopper, channel, total });
    }

    fn claim(&mut self, number: usize, day: usize, hour: u32) {
        let offer = &self.year.offers[number];
        let (is_welcome, stock) = (offer.is_welcome, offer.draft.stock);
        let is_late = stock.is_some_and(|stock| self.given[number] >= stock);
        let channel = source(&mut self.chance);
        let shopper = match is_welcome {
            true => {
                self.people += 1;
                self.people
            }
            false => self.regulars.choose(&mut self.chance).copied().unwrap_or_default(),
        };
        let coupon = self.year.coupons.len();
        let mut order = None;
        if !is_late {
            self.given[number] += 1;
            order = self.order(number, channel, coupon, (day, hour));
        }
        if is_welcome {
            let joins = order.as_ref().map_or(day, |order: &Order| order.day) + 1;
            self.joining.entry(joins).or_default().push(shopper);
        }
        self.slot(day, hour).claims.push(coupon);
        let coupon = Coupon { offer: number, shopper, channel, day, is_late, order };
        self.year.coupons.push(coupon);
    }

    /// What a coupon is used for, if it is.
    fn order(
        &mut self,
        number: usize,
        channel: usize,
        coupon: usize,
        claimed: (usize, u32),
    ) -> Option<Order> {
        let source = &SOURCES[channel];
        let part = (self.year.offers[number].used * source.uses).min(0.95);
        // What is wanted is wanted soon, mostly.
        let later = match self.chance.random_range(0..100) {
            0..35 => 0,
            35..60 => self.chance.random_range(1..=2),
            _ => self.chance.random_range(3..=8),
        };
        let hour = hour(&mut self.chance);
        let (is_used, is_paid) = (self.chance.random_bool(part), self.chance.random_bool(0.93));
        let is_returned = self.chance.random_bool(source.returns);
        let more = self.chance.random_range(0.0..1.3) * source.buys;
        let wish: usize = self.chance.random_range(0..1_000);
        let after = self.chance.random_range(1..=4);
        let (day, hour) = (claimed.0 + later, if later == 0 { hour.max(claimed.1) } else { hour });
        if !is_used || day >= self.days {
            return None;
        }
        let offer = &self.year.offers[number];
        let name = offer.buys[wish % offer.buys.len()];
        let product = self.year.shelf.iter().position(|product| product.id.as_str() == name)?;
        let price = self.year.shelf[product].price?;
        let least = offer.draft.benefit.threshold().max(Money::minor(3_000)).units() as f64;
        let quantity = (least * (1.0 + more) / price.units().max(1) as f64).ceil() as u32;
        let gross = price.checked_mul(u64::from(quantity))?;
        let discount = offer.draft.benefit.discount(gross, gross);
        self.slot(day, hour).orders.push(coupon);
        if is_paid && is_returned && day + after < self.days {
            self.slot(day + after, hour).returns.push(coupon);
        }
        Some(Order { day, product, quantity, is_paid, discount })
    }

    /// What is always there goes on for some two weeks more; then its stock or budget is gone.
    fn leave_little(&mut self) {
        const MORE: usize = 15;
        for number in 0..self.year.offers.len() {
            let series = self.year.series(number);
            let of_late = |n: usize| &series[series.len().saturating_sub(n)..];
            let claims = |days: &[Drawn]| days.iter().map(|day| day.claims).sum::<u64>();
            let cost = |days: &[Drawn]| days.iter().map(|day| day.cost).sum::<Money>();
            let Offer { draft, left, .. } = &mut self.year.offers[number];
            match left {
                Left::Plenty => {}
                Left::Stock => draft.stock = Some((claims(&series) + claims(of_late(MORE))).max(1)),
                Left::Budget => {
                    let budget = cost(&series) + cost(of_late(MORE));
                    draft.budget = Some(budget.max(Money::minor(10_000)));
                }
            }
        }
    }

    fn slot(&mut self, day: usize, hour: u32) -> &mut Slot {
        self.year.slots.entry((day, hour)).or_default()
    }

    /// How many come where so many are to be expected: Knuth's way (The Art of Computer Programming 2,
    /// 3.4.1), good up to some hundreds.
    fn poisson(&mut self, expected: f64) -> u32 {
        let (least, mut product, mut n) = ((-expected).exp(), 1.0, 0);
        loop {
            product *= self.chance.random_range(0.0..1.0_f64);
            if product <= least {
                return n;
            }
            n += 1;
        }
    }
}

fn hour(chance: &mut StdRng) -> u32 {
    HOURS[one_of(chance, &HOURS.map(|(_, part)| part))].0
}

fn source(chance: &mut StdRng) -> usize {
    one_of(chance, &SOURCES.map(|source| source.brings))
}

/// The number of one of some parts, the larger ones more often.
fn one_of(chance: &mut StdRng, parts: &[u32]) -> usize {
    let mut dice = chance.random_range(0..parts.iter().sum::<u32>());
    let falls = |part: &u32| {
        let is_here = dice < *part;
        dice = dice.saturating_sub(*part);
        is_here
    };
    parts.iter().position(falls).unwrap_or_default()
}

/// What is spent on channels from a day to the end of its month, or of the year that ends on `last`.
fn spending(first: NaiveDate, last: NaiveDate) -> Vec<(&'static str, Spent)> {
    let next = first.with_day(1).map(|day| day + Months::new(1));
    let last = next.map_or(last, |next| last.min(next - Days::new(1)));
    let days = (last - first).num_days() + 1;
    let of = |source: &Source| {
        let channel = Channel::new(source.name?).ok()?;
        let amount = Money::minor(source.costs * days);
        let note = "编造的一年 From a made-up year".to_owned();
        Some((source.called, Spent { channel, first, last, amount, note }))
    };
    SOURCES.iter().filter_map(of).collect()
}

/// How much more than on a plain day: weekdays, the time of the year, and a shop that grows.
fn plain(day: usize, date: NaiveDate) -> f64 {
    let weekday = WEEK[date.weekday().num_days_from_monday() as usize];
    let season = 1.0 + 0.12 * (TAU * f64::from(date.ordinal()) / 365.0).cos();
    let growth = 1.0 + 0.4 * day as f64 / DAYS as f64;
    weekday * season * growth
}
