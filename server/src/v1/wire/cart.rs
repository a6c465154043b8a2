//! What is about to be bought.

use domain::cart::{Cart as Checked, Line as CheckedLine};
use domain::{Code, Problem as Wrong, Refusal};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Amount, CouponCode, Reference};
use crate::v1::reading::Reader;

/// 1 to 500 lines with unique ids, and 100,000 units at most.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Cart {
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<Line>,
}

/// The most units of all lines together: a redemption tells of each, and is kept to be told again.
const UNITS_MAX: u64 = 100_000;

/// A weighed item is one unit at its computed price.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Line {
    id: Reference,
    product: Reference,
    /// What the catalogue knows of the product, where it is not stated.
    category: Option<Reference>,
    /// After shelf promotions, before coupons.
    unit_price: Amount,
    #[schema(minimum = 1, maximum = 9999)]
    quantity: u32,
}

impl Cart {
    pub(crate) fn read(&self, reader: &mut Reader) -> Option<Checked> {
        let read = |(i, line): (usize, &Line)| line.read(&format!("cart.lines.{i}"), reader);
        let lines: Vec<Option<CheckedLine>> = self.lines.iter().enumerate().map(read).collect();
        let units: u64 = self.lines.iter().map(|line| u64::from(line.quantity)).sum();
        if units > UNITS_MAX {
            reader.wrong("cart.lines", Wrong::TooMany { max: UNITS_MAX });
            return None;
        }
        match Checked::new(lines.into_iter().collect::<Option<_>>()?) {
            Ok(cart) => Some(cart),
            Err(refusal) => {
                reader.refused(refusal);
                None
            }
        }
    }
}

impl Line {
    fn read(&self, at: &str, reader: &mut Reader) -> Option<CheckedLine> {
        let id = reader.text(format!("{at}.id"), &self.id);
        let product = reader.text(format!("{at}.product"), &self.product);
        let category = self.category.as_ref();
        let category = category.map(|given| reader.text(format!("{at}.category"), given));
        let unit_price = reader.amount(format!("{at}.unit_price"), &self.unit_price);
        Some(CheckedLine {
            id: id?,
            product: product?,
            category: match category {
                Some(category) => Some(category?),
                None => None,
            },
            unit_price,
            quantity: self.quantity,
        })
    }
}

/// The most coupons one call names.
const NAMED_MAX: usize = 200;

/// Reads the codes that a call names, if it names any.
pub(crate) fn codes(reader: &mut Reader, given: Option<&Vec<CouponCode>>) -> Option<Vec<Code>> {
    let given = given?;
    if given.len() > NAMED_MAX {
        reader.wrong("coupons", Wrong::TooMany { max: NAMED_MAX as u64 });
        return None;
    }
    let mut read = Vec::with_capacity(given.len());
    for (i, text) in given.iter().enumerate() {
        match Code::parse(text) {
            Some(code) => read.push(code),
            None => reader.wrong(format!("coupons.{i}"), Wrong::NotACode),
        }
    }
    Some(read)
}

impl Reader {
    /// Takes down what the rules find wrong with what was read.
    pub(crate) fn refused(&mut self, refusal: Refusal) {
        if let Refusal::Invalid { fields } = refusal {
            for error in fields {
                self.wrong(error.field, error.problem);
            }
        }
    }
}
