//! Who and what is in a store, the same in every run: shoppers with twenty coupons each, templates of
//! the mix that `domain`'s bench uses, products, carts. Everything follows from its number, so that
//! whoever drives knows what was loaded without asking.

use anyhow::Result;
use domain::{
    CategoryId, Code, Money, ShopperId,
    benefit::Benefit,
    money::BasisPoints,
    scope::{Lists, Scope},
    stacking::Stacking,
    template::{Draft, Validity},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// How many coupons a shopper holds, each of another template.
pub(crate) const WALLET: u64 = 20;
/// How many lines a quoted basket has.
pub(crate) const LINES: u64 = 30;
/// How many lines an order has.
pub(crate) const ORDER_LINES: u64 = 3;
pub(crate) const CATEGORIES: u64 = 20;
pub(crate) const PRODUCTS: u64 = 2_000;

/// How much of it there is.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) templates: u64,
    pub(crate) coupons: u64,
}

impl Size {
    pub(crate) fn shoppers(self) -> u64 {
        self.coupons / WALLET
    }

    /// The template of a shopper's coupon: no two of a wallet are of one.
    pub(crate) fn template_of(self, shopper: u64, place: u64) -> u64 {
        (shopper + place * (self.templates / WALLET)) % self.templates
    }
}

pub(crate) fn shopper(n: u64) -> Result<ShopperId> {
    Ok(ShopperId::new(format!("shopper-{n}"))?)
}

/// The code of a shopper's coupon. Multiplying by an odd number spreads codes without making two
/// alike.
pub(crate) fn code(shopper: &ShopperId, n: u64, place: u64) -> Code {
    let number = (n * WALLET + place).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Code::new(shopper.bucket(), u128::from(number))
}

/// Numbers that follow from a name.
struct Dice([u8; 32]);

impl Dice {
    fn of(name: &str, n: u64) -> Self {
        Self(Sha256::digest(format!("{name} {n}")).into())
    }

    fn roll(&self, which: usize, sides: u64) -> u64 {
        (u64::from(self.0[2 * which]) << 8 | u64::from(self.0[2 * which + 1])) % sides
    }
}

/// A template's id, as 32 hexadecimal digits.
pub(crate) fn template_id(n: u64) -> String {
    Dice::of("template id", n).0[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The days its coupons are good for.
pub(crate) fn days(template: u64) -> u32 {
    30 + (template % 60) as u32
}

fn category_of_template(n: u64) -> u64 {
    Dice::of("template", n).roll(0, CATEGORIES)
}

fn category(n: u64) -> Result<CategoryId> {
    Ok(CategoryId::new(category_name(n))?)
}

pub(crate) fn category_name(n: u64) -> String {
    format!("category-{n}")
}

/// Amounts and percentages, over one category or everything, some standing alone. None has a
/// threshold, so that whatever is ordered from its category earns something.
pub(crate) fn draft(n: u64) -> Result<Draft> {
    let dice = Dice::of("template", n);
    let benefit = match dice.roll(1, 2) {
        0 => Benefit::AmountOff {
            amount: Money::minor(200 + dice.roll(2, 2_000) as i64),
            min_spend: None,
        },
        _ => Benefit::PercentOff {
            basis_points: BasisPoints(500 + dice.roll(2, 2_000) as u32),
            min_spend: None,
            max_discount: None,
        },
    };
    let mut include = Lists::default();
    if dice.roll(3, 2) == 0 {
        include.categories.insert(category(category_of_template(n))?);
    }
    Ok(Draft {
        scope: Scope { include, ..Scope::default() },
        stacking: Stacking { group: None, exclusive: dice.roll(4, 10) == 0 },
        validity: Validity::Days { days: days(n), until: None },
        ..Draft::new(format!("Template {n}"), benefit)
    })
}

pub(crate) fn product_name(n: u64) -> String {
    format!("product-{n}")
}

/// In minor units.
pub(crate) fn price(product: u64) -> u64 {
    100 + Dice::of("price", product).roll(0, 5_000)
}

/// The basket of many lines that is quoted; there are as many of them as one likes.
pub(crate) fn basket(n: u64) -> Value {
    let first = Dice::of("basket", n).roll(0, PRODUCTS);
    cart((0..LINES).map(|line| (first + line * 7) % PRODUCTS))
}

/// What is ordered with a coupon of this template: its first line is of the template's category.
pub(crate) fn order_cart(template: u64) -> Value {
    let first = category_of_template(template);
    cart((0..ORDER_LINES).map(|line| first + line * (CATEGORIES + 1)))
}

fn cart(products: impl Iterator<Item = u64>) -> Value {
    let line = |(i, product): (usize, u64)| {
        let price = price(product);
        json!({
            "id": format!("{}", i + 1),
            "product": product_name(product),
            "unit_price": format!("{}.{:02}", price / 100, price % 100),
            "quantity": 1 + i % 3,
        })
    };
    json!({ "lines": products.enumerate().map(line).collect::<Vec<_>>() })
}
