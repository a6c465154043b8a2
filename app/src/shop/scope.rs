//! What a coupon covers, in one line.

use domain::scope::{Lists, Scope, ScopeRule};
use engine::catalogue::Catalogue;

use crate::locale::{name, t, t_with};

/// More names than this are counted instead.
const NAMED: usize = 3;

/// `Vegetables, Fruit`, `everything, except drinks`
pub(super) fn scope_line(scope: &Scope, catalogue: &Catalogue) -> String {
    let included = names(&scope.include, catalogue).unwrap_or_else(|| t("scope-everything"));
    let covered = match names(&scope.exclude, catalogue) {
        Some(others) => {
            t_with("scope-except", [("scope", included.into()), ("others", others.into())])
        }
        None => included,
    };
    match scope.rule {
        ScopeRule::EligibleLines => covered,
        ScopeRule::WholeOrder => t_with("scope-whole-order", [("scope", covered.into())]),
    }
}

fn names(lists: &Lists, catalogue: &Catalogue) -> Option<String> {
    let category = |id| catalogue.category(id).map(|category| name(&category.name));
    let mut names: Vec<String> = lists.categories.iter().filter_map(category).collect();
    let products = lists.products.len();
    if (1..=NAMED).contains(&products) {
        let product = |id| catalogue.product(id).map(|product| name(&product.name));
        names.extend(lists.products.iter().filter_map(product));
    } else if products > NAMED {
        names.push(t_with("scope-products", [("n", products.into())]));
    }
    match names.as_slice() {
        [] => None,
        [first, .., _] if names.len() > NAMED => {
            let filled = [("first", first.clone().into()), ("n", (names.len() - 1).into())];
            Some(t_with("scope-more", filled))
        }
        names => Some(names.join(&t("scope-list"))),
    }
}
