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
    /// Nothing that a quote goes by stands in for what does not read.
    pub(super) is_quotable: bool,
    pub(super) said: Said,
    pub(super) problems: Vec<Wrong>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wrong {
    pub(super) field: String,
    pub(super) label: String,
    pub(super) sentence: String,
    /// Still blank: said once the form was sent, not while it is being filled in.
    pub(super) is_blank: bool,
}

/// What a draft comes to. A part that does not read now stays as it last was, and is none as long as
/// it never was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub(super) face: Option<Face>,
    pub(super) sentence: Option<String>,
    pub(super) cost: Option<Cost>,
    /// All three read now.
    pub(super) is_whole: bool,
    pub(super) echo: Option<String>,
    /// It asks for the tick, or would if that were not set.
    pub(super) is_generous: bool,
}

/// What each part is made of: whether a name is given yet has no bearing on any.
const FACE: &[&str] = &["benefit", "scope", "validity"];
const SENTENCE: &[&str] =
    &["audience", "benefit", "per_shopper", "per_shopper_daily", "scope", "validity"];
const COST: &[&str] = &["benefit", "budget", "stock"];
const QUOTE: &[&str] = &["benefit", "budget", "scope"];
const BENEFIT: &[&str] = &["benefit"];

pub(super) fn read(form: &DraftForm, shop: &Shop, phrases: &Phrases) -> Reading {
    let conventions = Conventions::zoneless(shop.currency);
    let (draft, errors) = form.read(&conventions);
    let reads = |parts: &[&str]| {
        let bears = |error: &FieldError| {
            parts.iter().any(|part| error.field.split('.').next() == Some(*part))
        };
        !errors.iter().any(bears)
    };
    // Once sent it asks for the tick as soon as its numbers can be read, whatever else is wrong.
    let asks = errors.iter().any(|error| error.problem == Problem::NeedsConfirmation);
    let category = |id: &CategoryId| shop.category(id);
    let words = Words { phrases, conventions, category: &category, year: shop.year };
    let said = Said {
        face: reads(FACE).then(|| face(&draft, &words)),
        sentence: reads(SENTENCE).then(|| words.sentence(&draft)),
        cost: reads(COST).then(|| words.greatest_cost(&draft)),
        is_whole: reads(FACE) && reads(SENTENCE) && reads(COST),
        echo: reads(BENEFIT).then(|| words.echo(&draft)).flatten(),
        is_generous: asks || (reads(BENEFIT) && draft.is_generous()),
    };
    let problem = |error: &FieldError| {
        let field = form.field_of(&error.field);
        let sentence = problems::in_words(phrases, shop.currency, form, &field, &error.problem);
        let label = phrases.get(&label_key(&field));
        let is_blank = matches!(
            error.problem,
            Problem::Required | Problem::TooFew { .. } | Problem::NeedsConfirmation
        );
        Wrong { field, label, sentence, is_blank }
    };
    let mut problems: Vec<Wrong> = errors.iter().map(problem).collect();
    problems.sort_by_key(|wrong| problems::place(&wrong.field));
    Reading { is_quotable: reads(QUOTE), draft, said, problems }
}

impl Reading {
    /// The same where the parts that do not read are as they were before.
    pub(super) fn after(mut self, before: Option<&Self>) -> Self {
        if let Some(before) = before {
            let Said { face, sentence, cost, .. } = before.said.clone();
            self.said.face = self.said.face.or(face);
            self.said.sentence = self.said.sentence.or(sentence);
            self.said.cost = self.said.cost.or(cost);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use domain::Currency;

    use super::*;
    use crate::ops::draft_form::PercentAs;

    fn reading(change: impl FnOnce(&mut DraftForm)) -> Reading {
        let mut form = DraftForm {
            amount: "20".to_owned(),
            min_spend: "100".to_owned(),
            stock: "50".to_owned(),
            ..DraftForm::blank(PercentAs::Off)
        };
        change(&mut form);
        let shop = Shop { currency: Currency::CNY, categories: Vec::new(), year: 2026 };
        read(&form, &shop, &Phrases::default())
    }

    #[test]
    fn what_does_not_read_stays_as_it_last_was() {
        let before = reading(|_| {});
        assert!(before.said.is_whole && before.is_quotable, "a name has no bearing on it");
        let after = reading(|form| form.stock = "many".to_owned()).after(Some(&before));
        assert!(!after.said.is_whole);
        assert!(after.is_quotable, "a basket is quoted whatever the stock");
        assert_eq!(after.said.cost, before.said.cost);
        let after = reading(|form| form.amount = "a lot".to_owned()).after(Some(&before));
        assert_eq!(
            (&after.said.face, &after.said.sentence),
            (&before.said.face, &before.said.sentence)
        );
        assert!(!after.is_quotable);
    }

    #[test]
    fn the_tick_is_asked_for_whatever_else_is_wrong() {
        let generous = |stock: &str, confirm: &str| {
            reading(|form| {
                form.min_spend = "20".to_owned();
                form.stock = stock.to_owned();
                form.confirm = confirm.to_owned();
            })
        };
        for (stock, confirm) in [("50", ""), ("many", ""), ("many", "on")] {
            assert!(generous(stock, confirm).said.is_generous, "{stock} {confirm}");
        }
        assert!(!reading(|form| form.stock = "many".to_owned()).said.is_generous);
    }

    #[test]
    fn what_reads_is_said_beside_what_does_not() {
        let first = reading(|form| form.stock = "many".to_owned()).after(None);
        assert!(first.said.face.is_some() && first.said.sentence.is_some());
        assert_eq!(first.said.cost, None);
        let first = reading(|form| form.amount = String::new());
        assert_eq!(first.said.face, None, "there is nothing to show yet");
    }
}
