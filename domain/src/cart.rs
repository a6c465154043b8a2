//! What a shopper is about to pay for.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::category::Tree;
use crate::{CategoryId, FieldError, LineId, Money, Problem, ProductId, Refusal};

/// One line of a cart. `unit_price` is after shelf promotions, before coupons; a weighed item is
/// one unit at its computed price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Unique within the cart.
    pub id: LineId,
    /// What is bought.
    pub product: ProductId,
    /// Its category, as the cart states or else the catalogue knows it.
    pub category: Option<CategoryId>,
    /// Minor units for one.
    pub unit_price: Money,
    /// How many, 1 to 9999.
    pub quantity: u32,
}

impl Line {
    /// Unit price × quantity; [`Cart::new`] made sure that it fits.
    pub fn gross(&self) -> Money {
        self.unit_price.checked_mul(u64::from(self.quantity)).unwrap_or(Money::MAX)
    }
}

/// 1 to 500 lines with unique ids and a subtotal that fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cart {
    lines: Vec<Line>,
}

impl Cart {
    /// The most lines a cart may have.
    pub const MAX_LINES: usize = 500;
    /// The most units one line may have.
    pub const MAX_QUANTITY: u32 = 9_999;

    /// Checks the lines; refused as `invalid` with paths such as `cart.lines.2.quantity`.
    pub fn new(lines: Vec<Line>) -> Result<Self, Refusal> {
        let mut fields = Vec::new();
        let mut wrong = |field: String, problem| fields.push(FieldError::new(field, problem));
        if lines.is_empty() {
            wrong("cart.lines".into(), Problem::TooFew { min: 1 });
        }
        if lines.len() > Self::MAX_LINES {
            wrong("cart.lines".into(), Problem::TooMany { max: Self::MAX_LINES as u64 });
        }
        let mut ids = HashSet::new();
        for (i, line) in lines.iter().enumerate().take(Self::MAX_LINES) {
            if !ids.insert(&line.id) {
                wrong(format!("cart.lines.{i}.id"), Problem::Duplicate);
            }
            if line.quantity == 0 || line.quantity > Self::MAX_QUANTITY {
                let max = u64::from(Self::MAX_QUANTITY);
                wrong(format!("cart.lines.{i}.quantity"), Problem::OutOfRange { min: 1, max });
            }
            if line.unit_price < Money::ZERO || line.unit_price > Money::MAX {
                wrong(format!("cart.lines.{i}.unit_price"), Problem::TooLarge);
            }
        }
        let gross = |line: &Line| line.unit_price.checked_mul(u64::from(line.quantity));
        let subtotal =
            lines.iter().map(gross).try_fold(Money::ZERO, |sum, part| sum.checked_add(part?));
        if subtotal.is_none_or(|sum| sum > Money::MAX) {
            wrong("cart.lines".into(), Problem::TooLarge);
        }
        if fields.is_empty() { Ok(Self { lines }) } else { Err(Refusal::Invalid { fields }) }
    }

    /// In the order given.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The sum of all lines before coupons.
    pub fn subtotal(&self) -> Money {
        self.lines.iter().map(Line::gross).sum()
    }

    /// Fills in what the catalogue knows where a line states no category.
    pub fn categorised(mut self, of: impl Fn(&ProductId) -> Option<CategoryId>) -> Self {
        for line in self.lines.iter_mut().filter(|line| line.category.is_none()) {
            line.category = of(&line.product);
        }
        self
    }
}

/// A cart's lines with the categories above each, looked up once per quote.
pub(crate) struct Placed<'a> {
    pub(crate) line: &'a Line,
    pub(crate) lineage: Vec<&'a CategoryId>,
}

pub(crate) fn place<'a>(cart: &'a Cart, tree: &'a Tree) -> Vec<Placed<'a>> {
    let lineage = |line: &'a Line| {
        line.category.as_ref().map(|category| tree.lineage(category).collect()).unwrap_or_default()
    };
    cart.lines.iter().map(|line| Placed { line, lineage: lineage(line) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, unit_price: i64, quantity: u32) -> Line {
        Line {
            id: LineId::new(id).unwrap(),
            product: ProductId::new("p").unwrap(),
            category: None,
            unit_price: Money::minor(unit_price),
            quantity,
        }
    }

    fn fields(lines: Vec<Line>) -> Vec<String> {
        match Cart::new(lines) {
            Err(Refusal::Invalid { fields }) => fields.into_iter().map(|f| f.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_cart_has_lines_ids_and_a_sum_that_fits() {
        assert_eq!(Cart::new(vec![line("1", 100, 2)]).unwrap().subtotal(), Money::minor(200));
        assert_eq!(fields(vec![]), ["cart.lines"]);
        assert_eq!(
            fields(vec![line("1", 1, 1), line("1", 1, 0)]),
            ["cart.lines.1.id", "cart.lines.1.quantity"]
        );
        assert_eq!(fields(vec![line("1", 1, 10_000)]), ["cart.lines.0.quantity"]);
        assert_eq!(fields(vec![line("1", Money::MAX.units(), 9_999)]), ["cart.lines"]);
        assert_eq!(fields((0..501).map(|i| line(&i.to_string(), 1, 1)).collect()), ["cart.lines"]);
    }
}
