//! What a shopper is about to buy, as their session keeps it.

use domain::{
    Code, LineId, OrderRef, ProductId, Refusal,
    cart::{Cart, Line},
};
use engine::catalogue::Catalogue;
use serde::{Deserialize, Serialize};

/// Products in the order in which they came, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Basket {
    pub lines: Vec<(ProductId, u32)>,
    /// The coupons chosen; none chosen means the best of them.
    pub coupons: Option<Vec<Code>>,
    /// What the order will be called, so that pressing twice makes one.
    pub order: Option<OrderRef>,
}

impl Basket {
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many pieces it holds.
    pub fn pieces(&self) -> u64 {
        self.lines.iter().map(|(_, quantity)| u64::from(*quantity)).sum()
    }

    pub fn quantity(&self, product: &ProductId) -> u32 {
        let line = self.lines.iter().find(|(known, _)| known == product);
        line.map_or(0, |(_, quantity)| *quantity)
    }

    /// Puts so many of a product in; none takes it out.
    pub fn put(&mut self, product: &ProductId, quantity: u32) {
        match self.lines.iter_mut().find(|(known, _)| known == product) {
            Some(line) => line.1 = quantity,
            None => self.lines.push((product.clone(), quantity)),
        }
        self.lines.retain(|(_, quantity)| *quantity > 0);
    }

    /// Takes out what is no longer sold, and says what that was.
    pub fn keep_sold(&mut self, catalogue: &Catalogue) -> Vec<ProductId> {
        let price = |product: &ProductId| catalogue.product(product).and_then(|known| known.price);
        let is_gone = |line: &mut (ProductId, u32)| price(&line.0).is_none();
        self.lines.extract_if(.., is_gone).map(|(product, _)| product).collect()
    }

    /// The cart at the catalogue's prices. What is no longer on the shelf is left out.
    pub fn cart(&self, catalogue: &Catalogue) -> Result<Cart, Refusal> {
        let line = |(product, quantity): &(ProductId, u32)| {
            let known = catalogue.product(product)?;
            Some(Line {
                id: LineId::new(product.as_str()).ok()?,
                product: product.clone(),
                category: known.category.clone(),
                unit_price: known.price?,
                quantity: *quantity,
            })
        };
        Cart::new(self.lines.iter().filter_map(line).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_has_one_line_and_none_of_it_no_line() {
        let leek = ProductId::new("leek").expect("an id");
        let mut basket = Basket::default();
        basket.put(&leek, 2);
        basket.put(&leek, 3);
        assert_eq!((basket.lines.len(), basket.quantity(&leek)), (1, 3));
        basket.put(&leek, 0);
        assert!(basket.is_empty());
    }
}
