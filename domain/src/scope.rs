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

    fn names(&self, product: &ProductId, lineage: &[&CategoryId]) -> bool {
        self.products.contains(product) || self.nearest(lineage).is_some()
    }

    /// The first of these categories that is named.
    fn nearest<'a>(&self, lineage: &[&'a CategoryId]) -> Option<&'a CategoryId> {
        lineage.iter().copied().find(|category| self.categories.contains(*category))
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

/// What the lists make of a category, and by which category's mark: its own, or one above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// Nothing is included anywhere, so everything is covered.
    Everything,
    /// Covered because of this one.
    Included(&'a CategoryId),
    /// Not covered because of this one.
    Excluded(&'a CategoryId),
    /// Not covered because only other things are included.
    Elsewhere,
}

/// What a scope covers of a catalogue, to be compared with many other scopes.
#[derive(Debug, Clone)]
pub struct Reach<'a> {
    scope: &'a Scope,
    covered: Vec<(&'a ProductId, Vec<&'a CategoryId>)>,
    /// One covered product of each category: all alike to a scope that names no products.
    of_each: Vec<usize>,
}

impl<'a> Reach<'a> {
    /// Of the products given, each with its category, and of those that the scope itself names.
    pub fn new(
        scope: &'a Scope,
        products: impl Iterator<Item = (&'a ProductId, Option<&'a CategoryId>)>,
        tree: &'a Tree,
    ) -> Self {
        let lineage = |category: Option<&'a CategoryId>| -> Vec<&'a CategoryId> {
            category.map(|category| tree.lineage(category).collect()).unwrap_or_default()
        };
        let mut unknown: BTreeSet<&ProductId> = scope.include.products.iter().collect();
        let mut covered: Vec<(&ProductId, Vec<&CategoryId>)> = Vec::new();
        for (product, category) in products {
            unknown.remove(product);
            let lineage = lineage(category);
            if scope.covers(product, &lineage) {
                covered.push((product, lineage));
            }
        }
        let unknown = unknown.into_iter().filter(|product| scope.covers(product, &[]));
        covered.extend(unknown.map(|product| (product, Vec::new())));
        let mut seen = BTreeSet::new();
        let of_each = (0..covered.len()).filter(|&i| seen.insert(covered[i].1.first())).collect();
        Self { scope, covered, of_each }
    }

    /// The covered products, in the order given.
    pub fn products(&self) -> impl ExactSizeIterator<Item = &'a ProductId> {
        self.covered.iter().map(|(product, _)| *product)
    }

    /// Whether some product is covered by both; two scopes that cover everything meet even where
    /// there are no products yet.
    pub fn meets(&self, other: &Scope) -> bool {
        let covers = |i: usize| other.covers(self.covered[i].0, &self.covered[i].1);
        if other.include.products.is_empty() && other.exclude.products.is_empty() {
            let everything = |scope: &Scope| scope.include.is_empty() && scope.exclude.is_empty();
            return (everything(self.scope) && everything(other))
                || self.of_each.iter().any(|&i| covers(i));
        }
        (0..self.covered.len()).any(covers)
    }
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

    /// Whether a product of this category is covered.
    pub fn covers_product(
        &self,
        product: &ProductId,
        category: Option<&CategoryId>,
        tree: &Tree,
    ) -> bool {
        let lineage: Vec<_> = category.into_iter().flat_map(|id| tree.lineage(id)).collect();
        self.covers(product, &lineage)
    }

    /// Whether a product is covered; `lineage` is its category and everything that lies above.
    pub fn covers(&self, product: &ProductId, lineage: &[&CategoryId]) -> bool {
        !self.exclude.names(product, lineage)
            && (self.include.is_empty() || self.include.names(product, lineage))
    }

    /// What the lists make of a category, products named one by one left aside.
    pub fn standing<'a>(&self, category: &'a CategoryId, tree: &'a Tree) -> Standing<'a> {
        let lineage: Vec<&CategoryId> = tree.lineage(category).collect();
        if let Some(by) = self.exclude.nearest(&lineage) {
            Standing::Excluded(by)
        } else if let Some(by) = self.include.nearest(&lineage) {
            Standing::Included(by)
        } else if self.include.is_empty() {
            Standing::Everything
        } else {
            Standing::Elsewhere
        }
    }

    /// The positions of the covered lines, rising; never empty.
    pub(crate) fn covered(&self, lines: &[Placed]) -> Result<Vec<usize>, Refusal> {
        let (covered, outside): (Vec<_>, Vec<_>) =
            (0..lines.len()).partition(|&i| self.covers(&lines[i].line.product, &lines[i].lineage));
        if self.rule == ScopeRule::WholeOrder && !outside.is_empty() {
            let lines: Vec<LineId> = outside.iter().map(|&i| lines[i].line.id.clone()).collect();
            return Err(Refusal::LineOutOfScope { lines });
        }
        if covered.is_empty() { Err(Refusal::NoCoveredLines) } else { Ok(covered) }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::category::Category;

    fn category(id: &str, parent: Option<&str>) -> Category {
        let id: CategoryId = id.parse().unwrap();
        Category { name: id.to_string(), id, parent: parent.map(|parent| parent.parse().unwrap()) }
    }

    fn tree() -> Tree {
        let (food, leafy) = (Some("food"), Some("vegetables"));
        Tree::new(&[
            category("food", None),
            category("vegetables", food),
            category("leafy", leafy),
            category("fruit", food),
            category("household", None),
        ])
        .unwrap()
    }

    /// `vegetables, #kale`: categories, and products behind a `#`.
    fn lists(text: &str) -> Lists {
        let words = text.split(", ").filter(|word| !word.is_empty());
        let (products, categories): (Vec<_>, Vec<_>) =
            words.partition(|word| word.starts_with('#'));
        Lists {
            categories: categories.iter().map(|id| id.parse().unwrap()).collect(),
            products: products.iter().map(|id| id[1..].parse().unwrap()).collect(),
        }
    }

    fn scope(include: &str, exclude: &str) -> Scope {
        Scope { include: lists(include), exclude: lists(exclude), ..Scope::default() }
    }

    #[rstest]
    #[case("", "", "leafy", "everything")]
    #[case("vegetables", "", "vegetables", "in by vegetables")]
    #[case("vegetables", "", "leafy", "in by vegetables")]
    #[case("food, vegetables", "", "leafy", "in by vegetables")]
    #[case("vegetables", "", "fruit", "elsewhere")]
    #[case("#kale", "", "leafy", "elsewhere")]
    #[case("leafy", "food", "leafy", "out by food")]
    #[case("", "leafy", "leafy", "out by leafy")]
    #[case("", "leafy", "vegetables", "everything")]
    #[case("food", "", "stranger", "elsewhere")]
    fn a_category_stands_as_the_nearest_mark_says(
        #[case] include: &str,
        #[case] exclude: &str,
        #[case] of: &str,
        #[case] expected: &str,
    ) {
        let (tree, of) = (tree(), of.parse().unwrap());
        let said = match scope(include, exclude).standing(&of, &tree) {
            Standing::Everything => "everything".to_owned(),
            Standing::Included(by) => format!("in by {by}"),
            Standing::Excluded(by) => format!("out by {by}"),
            Standing::Elsewhere => "elsewhere".to_owned(),
        };
        assert_eq!(said, expected);
    }

    /// Kale is leafy, apples are fruit, soap is for the household, and string lies nowhere.
    const SHELF: &[(&str, Option<&str>)] = &[
        ("kale", Some("leafy")),
        ("chard", Some("leafy")),
        ("apple", Some("fruit")),
        ("soap", Some("household")),
        ("string", None),
    ];

    fn with_reach<T>(scope: &Scope, shelf: &[(&str, Option<&str>)], ask: impl Fn(Reach) -> T) -> T {
        let tree = tree();
        let of = |(product, category): &(&str, Option<&str>)| {
            (product.parse().unwrap(), category.map(|category| category.parse().unwrap()))
        };
        let shelf: Vec<(ProductId, Option<CategoryId>)> = shelf.iter().map(of).collect();
        let shelf = shelf.iter().map(|(product, category)| (product, category.as_ref()));
        ask(Reach::new(scope, shelf, &tree))
    }

    #[rstest]
    #[case("", "", "kale, chard, apple, soap, string")]
    #[case("food", "", "kale, chard, apple")]
    #[case("food", "leafy", "apple")]
    #[case("food", "#kale", "chard, apple")]
    #[case("#soap, #unheard-of", "", "soap, unheard-of")]
    #[case("#soap", "household", "")]
    #[case("", "food, household", "string")]
    fn a_reach_is_what_a_scope_covers(
        #[case] include: &str,
        #[case] exclude: &str,
        #[case] expected: &str,
    ) {
        let covered = with_reach(&scope(include, exclude), SHELF, |reach| {
            reach.products().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        });
        assert_eq!(covered, expected);
    }

    #[rstest]
    #[case(("", ""), ("", ""), true)]
    #[case(("", ""), ("household", ""), true)]
    #[case(("vegetables", ""), ("food", ""), true)]
    #[case(("vegetables", ""), ("fruit", ""), false)]
    #[case(("vegetables", ""), ("food", "leafy"), false)]
    #[case(("vegetables", ""), ("", "#kale"), true)]
    #[case(("#kale", ""), ("", "#kale"), false)]
    #[case(("#kale", ""), ("leafy", ""), true)]
    #[case(("#kale", ""), ("#chard", ""), false)]
    #[case(("#unheard-of", ""), ("#unheard-of", ""), true)]
    #[case(("#unheard-of", ""), ("food", ""), false)]
    #[case(("", "food"), ("fruit", ""), false)]
    fn two_scopes_meet_where_a_product_is_covered_by_both(
        #[case] one: (&str, &str),
        #[case] other: (&str, &str),
        #[case] expected: bool,
    ) {
        let (one, other) = (scope(one.0, one.1), scope(other.0, other.1));
        assert_eq!(with_reach(&one, SHELF, |reach| reach.meets(&other)), expected);
        assert_eq!(with_reach(&other, SHELF, |reach| reach.meets(&one)), expected, "either way");
    }

    #[test]
    fn everything_meets_everything_even_on_an_empty_shelf() {
        let everything = Scope::default();
        assert!(with_reach(&everything, &[], |reach| reach.meets(&everything)));
        assert!(!with_reach(&everything, &[], |reach| reach.meets(&scope("fruit", ""))));
    }
}
