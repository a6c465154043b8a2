//! Which part of the coupon center is looked at: a category, and words that are searched for.

use std::collections::BTreeSet;

use domain::scope::Scope;
use domain::template::Draft;
use domain::{CategoryId, ProductId, TemplateId};

use crate::catalogue::Catalogue;

/// More words than these are not searched for.
const WORDS_MAX: usize = 8;
/// Of a long list of products as many are asked for their categories.
const PRODUCTS_READ: usize = 200;

/// What somebody looks at.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Cards that name something in it; `None` for all.
    pub category: Option<CategoryId>,
    /// Words that a card's title, campaign or scope must all have.
    pub search: String,
    /// From zero; past the last one it is the last.
    pub page: u64,
    /// Cards that answer a press on this page.
    pub told: BTreeSet<TemplateId>,
}

/// A part made ready to be compared with many drafts.
pub(super) struct Finding<'a> {
    category: Option<&'a CategoryId>,
    words: Vec<Word>,
}

/// A word, and what of the catalogue it may mean.
struct Word {
    text: String,
    categories: BTreeSet<CategoryId>,
    products: BTreeSet<ProductId>,
}

impl Part {
    pub(super) fn finding(&self, catalogue: &Catalogue) -> Finding<'_> {
        let search = self.search.to_lowercase();
        let words = search.split_whitespace().take(WORDS_MAX);
        Finding {
            category: self.category.as_ref(),
            words: words.map(|word| Word::read(word, catalogue)).collect(),
        }
    }
}

impl Word {
    /// A category means itself and those it lies under, a product also those it lies in: a coupon
    /// on vegetables is found by the cabbage it covers.
    fn read(text: &str, catalogue: &Catalogue) -> Self {
        let is_meant = |name: &str| name.to_lowercase().contains(text);
        let products = || catalogue.products.iter().filter(|product| is_meant(&product.name));
        let named = catalogue.categories.iter().filter(|category| is_meant(&category.name));
        let named = named.map(|category| &category.id);
        let holding = products().filter_map(|product| product.category.as_ref());
        let categories = named.chain(holding).flat_map(|id| catalogue.tree.lineage(id));
        Self {
            text: text.to_owned(),
            categories: categories.cloned().collect(),
            products: products().map(|product| product.id.clone()).collect(),
        }
    }

    fn is_in(&self, draft: &Draft) -> bool {
        let said = [Some(draft.title()), draft.campaign.as_deref()];
        let is_said = said.into_iter().flatten().any(|s| s.to_lowercase().contains(&self.text));
        let covered = &draft.scope.include;
        is_said
            || !covered.categories.is_disjoint(&self.categories)
            || !covered.products.is_disjoint(&self.products)
    }
}

impl Finding<'_> {
    /// Whether the draft has all the words.
    pub(super) fn is_said_in(&self, draft: &Draft) -> bool {
        self.words.iter().all(|word| word.is_in(draft))
    }

    /// Whether the draft names something in the category.
    pub(super) fn is_below(&self, draft: &Draft, catalogue: &Catalogue) -> bool {
        let Some(chosen) = self.category else { return true };
        named(&draft.scope, catalogue).any(|id| catalogue.tree.lineage(id).any(|id| id == chosen))
    }
}

/// The roots of what a scope names, each once.
pub(super) fn roots<'a>(scope: &'a Scope, catalogue: &'a Catalogue) -> BTreeSet<&'a CategoryId> {
    named(scope, catalogue).filter_map(|id| catalogue.tree.lineage(id).last()).collect()
}

/// The categories a scope includes, and those its products lie in.
fn named<'a>(
    scope: &'a Scope,
    catalogue: &'a Catalogue,
) -> impl Iterator<Item = &'a CategoryId> + 'a {
    let products = scope.include.products.iter().take(PRODUCTS_READ);
    let holding = products.filter_map(|product| catalogue.category_of(product));
    let included = scope.include.categories.iter().chain(holding);
    included.filter(|id| catalogue.tree.contains(id))
}
