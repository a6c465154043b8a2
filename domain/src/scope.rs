//! Which lines a template covers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::cart::Placed;
use crate::category::Tree;
use crate::{CategoryId, LineId, ProductId, Refusal};

/// Categories (each with all below it) and products.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lists {
    /// Up to 500, all in the catalogue.
    pub categories: BTreeSet<CategoryId>,
    /// Up to 20,000; they need not be in the catalogue.
    pub products: BTreeSet<ProductId>,
}

impl Lists {
    /// Names nothing.
    pub fn is_empty(&self) -> bool {
        self.categories.is_empty() && self.products.is_empty()
    }

    fn names<'a>(
        &self,
        product: &ProductId,
        mut lineage: impl Iterator<Item = &'a CategoryId>,
    ) -> bool {
        self.products.contains(product)
            || lineage.any(|category| self.categories.contains(category))
    }
}

/// What happens to lines that are not covered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeRule {
    /// Only covered lines count and are discounted.
    #[default]
    EligibleLines,
    /// The order qualifies only if every line is covered.
    WholeOrder,
}

/// Include and exclude lists; exclude beats include, an empty include list is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// What is covered.
    pub include: Lists,
    /// What is not, whatever `include` says.
    pub exclude: Lists,
    /// What happens to the other lines.
    pub rule: ScopeRule,
}

/// How much a scope names: the narrower is applied first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Breadth {
    /// The include list holds products only.
    Products,
    /// It holds a category.
    Categories,
    /// It is empty.
    Everything,
}

impl Scope {
    /// How narrow the include list is.
    pub fn breadth(&self) -> Breadth {
        if self.include.is_empty() {
            Breadth::Everything
        } else if self.include.categories.is_empty() {
            Breadth::Products
        } else {
            Breadth::Categories
        }
    }

    /// Whether a product of this category would be covered if it were bought.
    pub fn covers_product(
        &self,
        product: &ProductId,
        category: Option<&CategoryId>,
        tree: &Tree,
    ) -> bool {
        self.covers(product, || category.into_iter().flat_map(|id| tree.lineage(id)))
    }

    fn covers<'a, L: Iterator<Item = &'a CategoryId>>(
        &self,
        product: &ProductId,
        lineage: impl Fn() -> L,
    ) -> bool {
        !self.exclude.names(product, lineage())
            && (self.include.is_empty() || self.include.names(product, lineage()))
    }

    fn covers_line(&self, placed: &Placed) -> bool {
        self.covers(&placed.line.product, || placed.lineage.iter().copied())
    }

    /// The positions of the covered lines, rising; never empty.
    pub(crate) fn covered(&self, lines: &[Placed]) -> Result<Vec<usize>, Refusal> {
        let (covered, outside): (Vec<_>, Vec<_>) =
            (0..lines.len()).partition(|&i| self.covers_line(&lines[i]));
        if self.rule == ScopeRule::WholeOrder && !outside.is_empty() {
            let lines: Vec<LineId> = outside.iter().map(|&i| lines[i].line.id.clone()).collect();
            return Err(Refusal::LineOutOfScope { lines });
        }
        if covered.is_empty() { Err(Refusal::NoCoveredLines) } else { Ok(covered) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::category::Category;

    #[test]
    fn a_product_is_covered_by_its_category_or_itself_unless_excluded() {
        let category = |id: &str, parent: Option<&str>| Category {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            parent: parent.map(|parent| parent.parse().unwrap()),
        };
        let tree = Tree::new(&[category("produce", None), category("leafy", Some("produce"))]);
        let tree = tree.unwrap();
        let lists = |categories: &[&str], products: &[&str]| Lists {
            categories: categories.iter().map(|id| id.parse().unwrap()).collect(),
            products: products.iter().map(|id| id.parse().unwrap()).collect(),
        };
        let scope = Scope {
            include: lists(&["produce"], &["soap"]),
            exclude: lists(&[], &["kale"]),
            ..Scope::default()
        };
        let covers = |product: &str, category: Option<&str>| {
            let category: Option<CategoryId> = category.map(|id| id.parse().unwrap());
            scope.covers_product(&product.parse().unwrap(), category.as_ref(), &tree)
        };
        assert!(covers("spinach", Some("leafy")), "by the category above its own");
        assert!(covers("soap", None), "by itself");
        assert!(!covers("kale", Some("leafy")), "excluded");
        assert!(!covers("towel", Some("household")) && !covers("towel", None));
        assert!(Scope::default().covers_product(&"towel".parse().unwrap(), None, &tree));
    }
}
