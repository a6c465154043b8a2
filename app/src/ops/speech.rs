//! Words for the request being answered: the catalogue's names, the shop's zone, the reader's
//! language.

use chrono::Datelike;
use domain::CategoryId;
use domain::category::Category;
use domain::template::Draft;

use super::difference::{self, Change};
use super::draft_form::{Conventions, DraftForm, PercentAs};
use super::phrases::Phrases;
use super::preview::{self, Shop};
use super::problems;
use super::sentence::{self, Cost, Words};
use crate::{AppError, context::engine, locale, preferences::Language};

/// What pages of the console speak with.
pub struct Speech {
    pub phrases: Phrases,
    pub shop: Shop,
}

impl Speech {
    pub async fn current() -> Result<Self, AppError> {
        let engine = engine();
        let catalogue = engine::catalogue::current(&engine).await?;
        let keys = sentence::KEYS
            .iter()
            .chain(preview::KEYS)
            .chain(problems::KEYS)
            .chain(problems::LABELS);
        Ok(Self {
            phrases: Phrases::of(keys.copied()),
            shop: Shop {
                currency: engine.settings().currency,
                categories: in_tree_order(&catalogue.categories),
                year: engine.settings().time_zone.local(engine.now()).year(),
            },
        })
    }

    pub fn sentence(&self, draft: &Draft) -> String {
        self.speak(|words| words.sentence(draft))
    }

    pub fn greatest_cost(&self, draft: &Draft) -> Cost {
        self.speak(|words| words.greatest_cost(draft))
    }

    pub fn echo(&self, draft: &Draft) -> Option<String> {
        self.speak(|words| words.echo(draft))
    }

    /// What the newer of two drafts says otherwise.
    pub fn difference(&self, old: &Draft, new: &Draft) -> Vec<Change> {
        self.speak(|words| difference::between(words, old, new))
    }

    /// The draft as its form shows it to this reader.
    pub fn form(&self, draft: &Draft) -> DraftForm {
        self.speak(|words| DraftForm::of(draft, percent_as(), &words.conventions))
    }

    fn speak<T>(&self, say: impl FnOnce(&Words<'_>) -> T) -> T {
        let category = |id: &CategoryId| self.shop.category(id);
        in_shop_time(|conventions| {
            say(&Words {
                phrases: &self.phrases,
                conventions: *conventions,
                category: &category,
                year: self.shop.year,
            })
        })
    }
}

/// How the shop writes money and moments, in its own zone.
pub fn in_shop_time<T>(with: impl FnOnce(&Conventions<'_>) -> T) -> T {
    let settings = engine().settings().clone();
    let zone = settings.time_zone;
    let (moment, local) = (move |at| zone.moment(at), move |at| zone.local(at));
    with(&Conventions { currency: settings.currency, moment: &moment, local: &local })
}

/// How this reader writes a percentage.
pub fn percent_as() -> PercentAs {
    match locale::language() {
        Language::En => PercentAs::Off,
        Language::Zh => PercentAs::Zhe,
    }
}

/// Each category right behind what it lies under, called as the reader calls it.
fn in_tree_order(categories: &[Category]) -> Vec<Category> {
    fn add(under: Option<&CategoryId>, all: &[Category], ordered: &mut Vec<Category>) {
        for category in all.iter().filter(|category| category.parent.as_ref() == under) {
            let name = locale::name(&category.name);
            ordered.push(Category { name, ..category.clone() });
            add(Some(&category.id), all, ordered);
        }
    }
    let mut ordered = Vec::with_capacity(categories.len());
    add(None, categories, &mut ordered);
    ordered
}
