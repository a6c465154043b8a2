//! Which lines a template covers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::cart::Placed;
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

    fn names(&self, placed: &Placed) -> bool {
        self.products.contains(&placed.line.product)
            || placed.lineage.iter().any(|category| self.categories.contains(*category))
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

    fn covers(&self, placed: &Placed) -> bool {
        !self.exclude.names(placed) && (self.include.is_empty() || self.include.names(placed))
    }

    /// The positions of the covered lines, rising; never empty.
    pub(crate) fn covered(&self, lines: &[Placed]) -> Result<Vec<usize>, Refusal> {
        let (covered, outside): (Vec<_>, Vec<_>) =
            (0..lines.len()).partition(|&i| self.covers(&lines[i]));
        if self.rule == ScopeRule::WholeOrder && !outside.is_empty() {
            let lines: Vec<LineId> = outside.iter().map(|&i| lines[i].line.id.clone()).collect();
            return Err(Refusal::LineOutOfScope { lines });
        }
        if covered.is_empty() { Err(Refusal::NoCoveredLines) } else { Ok(covered) }
    }
}
