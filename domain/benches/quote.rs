//! How long a best choice takes: `cargo bench -p domain`. Prints figures; nothing is asserted.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use domain::benefit::Benefit;
use domain::cart::{Cart, Line};
use domain::category::{Category, Tree};
use domain::claim::Facts;
use domain::coupon::{Coupon, State};
use domain::money::BasisPoints;
use domain::quote::{Asking, Held, best};
use domain::scope::{Lists, Scope};
use domain::stacking::Stacking;
use domain::template::{Draft, Revision};
use domain::{CategoryId, Code, Money, ShopperId, TemplateId, Time};

/// A small generator of our own keeps every run the same (an LCG with Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[derive(Clone, Copy)]
enum Mix {
    /// Amounts and percentages over single categories and over everything, some exclusive.
    Usual,
    /// All the same size over different categories: every set is as good as any other.
    Even,
    /// Percentages over everything: each lowers what the others give.
    Overlapping,
}

fn category(i: u64) -> CategoryId {
    CategoryId::new(format!("c{i}")).expect("short")
}

fn cart(lines: u64, dice: &mut Dice) -> Cart {
    let line = |i: u64| Line {
        id: format!("l{i}").parse().expect("short"),
        product: format!("p{i}").parse().expect("short"),
        category: Some(category(i % 20)),
        unit_price: Money::minor(100 + dice.roll(5_000) as i64),
        quantity: 1 + dice.roll(3) as u32,
    };
    Cart::new((0..lines).map(line).collect()).expect("a cart")
}

fn held(i: u64, mix: Mix, owner: &ShopperId, dice: &mut Dice) -> Held {
    let amount =
        |amount: u64| Benefit::AmountOff { amount: Money::minor(amount as i64), min_spend: None };
    let percent = |points: u64| Benefit::PercentOff {
        basis_points: BasisPoints(points as u32),
        min_spend: None,
        max_discount: None,
    };
    let (benefit, everything) = match mix {
        Mix::Usual if dice.roll(2) == 0 => (amount(200 + dice.roll(2_000)), dice.roll(2) == 0),
        Mix::Usual => (percent(500 + dice.roll(2_000)), dice.roll(2) == 0),
        Mix::Even => (amount(100), false),
        Mix::Overlapping => (percent(500 + dice.roll(2_000)), true),
    };
    let categories = (!everything).then(|| category(i % 20)).into_iter().collect();
    let exclusive = matches!(mix, Mix::Usual) && dice.roll(10) == 0;
    let draft = Draft {
        scope: Scope { include: Lists { categories, ..Lists::default() }, ..Scope::default() },
        stacking: Stacking { group: None, exclusive },
        ..Draft::new("bench", benefit)
    };
    let days = chrono::TimeDelta::days(1 + dice.roll(30) as i64);
    Held {
        code: Code::new(owner.bucket(), u128::from(dice.roll(u64::MAX)) << 32 | u128::from(i)),
        owner: owner.clone(),
        revision: Arc::new(Revision { template: TemplateId(uuid::Uuid::nil()), number: 1, draft }),
        coupon: Coupon {
            state: State::Available,
            lock: None,
            is_revoked: false,
            valid_from: Time::UNIX_EPOCH,
            valid_until: Some(Time::UNIX_EPOCH + days),
        },
        budget_left: None,
    }
}

fn measure(label: &str, coupons: u64, lines: u64, mix: Mix) {
    let categories: Vec<Category> =
        (0..20).map(|i| Category { id: category(i), name: String::new(), parent: None }).collect();
    let tree = Tree::new(&categories).expect("a tree");
    let id = ShopperId::new("s").expect("short");
    let shopper =
        Facts { id: id.clone(), segments: Default::default(), is_new: true, is_blocked: false };
    let asking = Asking {
        shopper: &shopper,
        order: None,
        now: Time::UNIX_EPOCH,
        tree: &tree,
        max_coupons: 3,
    };
    let mut dice = Dice(20_261_122);
    let cart = cart(lines, &mut dice);
    let wallet: Vec<Held> = (0..coupons).map(|i| held(i, mix, &id, &mut dice)).collect();
    let mut times: Vec<f64> = (0..101)
        .map(|_| {
            let begun = Instant::now();
            black_box(best(black_box(&cart), black_box(&wallet), &asking));
            begun.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{label:<28} {coupons:>4} x {lines:<4} median {:>9.1} µs   worst {:>9.1} µs",
        times[50], times[100]
    );
}

fn main() {
    for (coupons, lines) in [(20, 30), (200, 200)] {
        measure("usual mix", coupons, lines, Mix::Usual);
        measure("even", coupons, lines, Mix::Even);
        measure("overlapping percentages", coupons, lines, Mix::Overlapping);
    }
}
