//! What each category of the tree comes to: its own mark, or the one it inherits.

use domain::CategoryId;
use domain::category::Tree;
use domain::scope::{Scope, Standing};
use leptos::web_sys;

use super::{FORM_ID, Shop, dom};
use crate::ops::phrases::Phrases;

/// Where the words come from.
pub struct Words<'a> {
    pub shop: &'a Shop,
    pub tree: &'a Tree,
    pub phrases: &'a Phrases,
}

/// What is said beside a category, and how it looks.
pub struct Mark {
    pub text: String,
    pub class: &'static str,
}

pub fn mark(category: &CategoryId, scope: &Scope, words: &Words<'_>) -> Mark {
    let Words { shop, tree, phrases } = words;
    let by = |key: &str, other: &CategoryId| phrases.fill(key, &[("name", &shop.category(other))]);
    match scope.standing(category, tree) {
        Standing::Everything => {
            Mark { text: phrases.get("scope-mark-everything"), class: INHERITED }
        }
        Standing::Included(own) if own == category => {
            Mark { text: phrases.get("scope-mark-included"), class: COVERED }
        }
        Standing::Included(other) => {
            Mark { text: by("scope-mark-included-by", other), class: COVERED_TOO }
        }
        Standing::Excluded(own) if own == category => {
            Mark { text: phrases.get("scope-mark-excluded"), class: OUT }
        }
        Standing::Excluded(other) => {
            Mark { text: by("scope-mark-excluded-by", other), class: OUT_TOO }
        }
        Standing::Elsewhere => Mark { text: phrases.get("scope-mark-elsewhere"), class: INHERITED },
    }
}

const COVERED: &str = class!("text-xs font-medium text-ok");
const COVERED_TOO: &str = class!("text-xs text-ok");
const OUT: &str = class!("text-xs font-medium text-danger");
const OUT_TOO: &str = class!("text-xs text-danger");
const INHERITED: &str = class!("text-xs text-muted");

/// Writes them into the tree, which the server has rendered.
pub(super) fn show(scope: &Scope, words: &Words<'_>) {
    let Some(form) = dom::form(FORM_ID) else { return };
    for place in dom::all::<web_sys::Element>(&form, "[data-mark]") {
        let category = place.get_attribute("data-mark").and_then(|id| CategoryId::new(id).ok());
        if let Some(category) = category {
            let Mark { text, class } = mark(&category, scope, words);
            place.set_text_content(Some(&text));
            place.set_class_name(class);
        }
    }
}
