//! What the form says now.

use domain::template::Draft;
use domain::{CategoryId, FieldError, Problem};

use super::Shop;
use super::card::{Face, face};
use crate::ops::draft_form::{Conventions, DraftForm};
use crate::ops::phrases::Phrases;
use crate::ops::problems::{self, label_key};
use crate::ops::sentence::{Cost, Words};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) draft: Draft,
    /// None while the parts it is made of are unfinished.
    pub(super) said: Option<Said>,
    pub(super) problems: Vec<Wrong>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wrong {
    pub(super) field: String,
    pub(super) label: String,
    pub(super) sentence: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub(super) face: Face,
    pub(super) sentence: String,
    pub(super) cost: Cost,
    pub(super) echo: Option<String>,
    pub(super) is_generous: bool,
}

/// What the sentence speaks of: whether a name is given yet has no bearing on it.
const SPOKEN_OF: [&str; 8] = [
    "audience",
    "benefit",
    "budget",
    "per_shopper",
    "per_shopper_daily",
    "scope",
    "stock",
    "validity",
];

pub(super) fn read(form: &DraftForm, shop: &Shop, phrases: &Phrases) -> Reading {
    let conventions = Conventions::zoneless(shop.currency);
    let (draft, errors) = form.read(&conventions);
    let bears = |error: &FieldError| {
        SPOKEN_OF.iter().any(|root| error.field.split('.').next() == Some(*root))
    };
    let said = (!errors.iter().any(bears)).then(|| {
        let category = |id: &CategoryId| shop.category(id);
        let words = Words { phrases, conventions, category: &category, year: shop.year };
        Said {
            face: face(&draft, &words),
            sentence: words.sentence(&draft),
            cost: words.greatest_cost(&draft),
            echo: words.echo(&draft),
            is_generous: draft.is_generous(),
        }
    });
    // What is still blank is said when the form is sent, not while it is being filled in.
    let typed = |error: &&FieldError| {
        !matches!(
            error.problem,
            Problem::Required | Problem::TooFew { .. } | Problem::NeedsConfirmation
        )
    };
    let problem = |error: &FieldError| {
        let field = form.field_of(&error.field);
        let sentence = problems::in_words(phrases, shop.currency, form, &field, &error.problem);
        let label = phrases.get(&label_key(&field));
        Wrong { field, label, sentence }
    };
    Reading { draft, said, problems: errors.iter().filter(typed).map(problem).collect() }
}
