//! The category tree and the products, as the host shop tells them; read from memory.

mod uploads;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::actor::{Keeper, Reader};
use domain::category::{Category, Tree};
use domain::scope::{Reach, Scope};
use domain::{CategoryId, FieldError, Money, Problem, ProductId, Refusal};
use sea_orm::DatabaseConnection;

use self::uploads::{Kind, Line, Upload};
use crate::changes::{self, Change};
use crate::store::cached::{bump, version};
use crate::{Engine, Error, Fault, Result};

pub use self::uploads::{fold, sweep};

/// The longest name of a category or product, in characters.
const NAME_MAX: usize = 200;

/// What is kept in memory, and under which name its version is counted.
pub(crate) const SUBJECT: &str = "catalogue";

/// A product of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its id, as the host shop calls it.
    pub id: ProductId,
    /// As shown to people.
    pub name: String,
    /// Where it lies in the tree.
    pub category: Option<CategoryId>,
    /// Its price on the shelf.
    pub price: Option<Money>,
}

/// The whole catalogue as of one moment.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// Which category lies under which.
    pub tree: Tree,
    /// Every category, by id.
    pub categories: Vec<Category>,
    /// Every product, by id.
    pub products: Vec<Product>,
}

impl Catalogue {
    /// The product of this id.
    pub fn product(&self, id: &ProductId) -> Option<&Product> {
        let found = self.products.binary_search_by(|product| product.id.cmp(id));
        found.ok().map(|i| &self.products[i])
    }

    /// The category the catalogue knows of a product.
    pub fn category_of(&self, product: &ProductId) -> Option<&CategoryId> {
        self.product(product)?.category.as_ref()
    }

    /// How many products lie in each category and below it.
    pub fn products_in(&self) -> HashMap<CategoryId, usize> {
        let mut counts = HashMap::with_capacity(self.categories.len());
        for category in self.products.iter().filter_map(|product| product.category.as_ref()) {
            for above in self.tree.lineage(category) {
                *counts.entry(above.clone()).or_default() += 1;
            }
        }
        counts
    }

    /// What a scope covers of it.
    pub fn reach<'a>(&'a self, scope: &'a Scope) -> Reach<'a> {
        let products = self.products.iter();
        let products = products.map(|product| (&product.id, product.category.as_ref()));
        Reach::new(scope, products, &self.tree)
    }

    /// The category of this id.
    pub fn category(&self, id: &CategoryId) -> Option<&Category> {
        let found = self.categories.binary_search_by(|category| category.id.cmp(id));
        found.ok().map(|i| &self.categories[i])
    }
}

/// The catalogue, at most a second old.
pub async fn current(engine: &Engine) -> Result<Arc<Catalogue>> {
    engine.catalogue().get(engine, load).await
}

/// How much of the catalogue a scope covers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Products of the catalogue that are covered.
    pub covered: usize,
    /// Products of the catalogue.
    pub total: usize,
    /// Some of those covered, from all over them.
    pub sample: Vec<Product>,
    /// Products that the scope names and the catalogue does not know.
    pub unknown: usize,
}

/// How many covered products are named as a sample.
const SAMPLE: usize = 5;

/// The most products one search finds.
pub const FOUND_MAX: usize = 20;

/// How much of the catalogue a scope covers, by the same rule that quotes a cart.
pub async fn coverage(engine: &Engine, _: &impl Reader, scope: &Scope) -> Result<Coverage> {
    let catalogue = current(engine).await?;
    let reach = catalogue.reach(scope);
    let covered: Vec<&Product> =
        reach.products().filter_map(|product| catalogue.product(product)).collect();
    let shown = covered.len().min(SAMPLE);
    let sample = (0..shown).map(|i| covered[i * covered.len() / shown].clone()).collect();
    let named = scope.include.products.union(&scope.exclude.products);
    let unknown = named.filter(|product| catalogue.product(product).is_none()).count();
    Ok(Coverage { covered: covered.len(), total: catalogue.products.len(), sample, unknown })
}

/// Products whose name or id holds this, whatever the case; those that begin with it come first.
pub async fn search(engine: &Engine, _: &impl Reader, text: &str) -> Result<Vec<Product>> {
    let catalogue = current(engine).await?;
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let place = |product: &&Product| {
        let (id, name) = (product.id.as_str().to_lowercase(), product.name.to_lowercase());
        let is_front = id.starts_with(&text) || name.split(' ').any(|word| word.starts_with(&text));
        (id.contains(&text) || name.contains(&text)).then_some(!is_front)
    };
    let mut found: Vec<(bool, &Product)> =
        catalogue.products.iter().filter_map(|product| Some((place(&product)?, product))).collect();
    found.sort_by_key(|(is_behind, _)| *is_behind);
    Ok(found.into_iter().take(FOUND_MAX).map(|(_, product)| product.clone()).collect())
}

/// Adds or overwrites categories, all of them or none; a parent may come later in the same call.
/// Refuses `invalid` with fields such as `3.parent`, counted from zero. Answers how many.
pub async fn put_categories(engine: &Engine, by: impl Keeper, given: &[Category]) -> Result<usize> {
    let check = |known: &[Category]| check_categories(given, known);
    put(engine, &by, Kind::Categories, check, || parents_first(given)).await
}

/// Adds or overwrites products, all of them or none; categories must be known. Refuses as
/// [`put_categories`] does.
pub async fn put_products(engine: &Engine, by: impl Keeper, given: &[Product]) -> Result<usize> {
    let check = |known: &[Category]| check_products(given, known);
    let lines = || given.iter().map(Line::from).collect();
    put(engine, &by, Kind::Products, check, lines).await
}

/// Checks and lays down outside the switch, so that neither holds up the writer; where the
/// catalogue changed meanwhile, it is checked again.
async fn put(
    engine: &Engine,
    by: &impl Keeper,
    kind: Kind,
    check: impl Fn(&[Category]) -> Result<()> + Send,
    lines: impl FnOnce() -> Vec<Line> + Send,
) -> Result<usize> {
    let mut seen = version(engine.reader(), SUBJECT).await?;
    check(&load_categories(engine.reader()).await?)?;
    let lines = lines();
    let upload = uploads::lay_down(engine, kind, &lines).await?;
    while !switch(engine, by, &upload, seen, lines.len()).await? {
        seen = version(engine.reader(), SUBJECT).await?;
        if let Err(refused) = check(&load_categories(engine.reader()).await?) {
            uploads::discard(engine, &upload).await?;
            return Err(refused);
        }
    }
    if let Err(error) = fold(engine).await {
        // It is told already; the sweep moves what is left.
        tracing::warn!(error = &error as &dyn std::error::Error, "a catalogue is not folded yet");
    }
    Ok(lines.len())
}

/// Switches on what was checked against version `seen`; `false` when the catalogue changed since.
/// Every node then reads it anew.
async fn switch(
    engine: &Engine,
    by: &impl Keeper,
    upload: &Upload,
    seen: i64,
    rows: usize,
) -> Result<bool> {
    let tx = engine.begin().await?;
    let number = bump(&tx, SUBJECT).await?;
    if number != seen + 1 {
        return Ok(false);
    }
    uploads::switch_on(&tx, upload, number).await?;
    let change = Change {
        actor: by.actor(),
        subject_kind: SUBJECT,
        subject: upload.kind.as_str().to_owned(),
        action: "put",
        new: Some(serde_json::json!({ "rows": rows })),
        ..Change::default()
    };
    changes::record(&tx, change, engine.now()).await?;
    tx.commit().await?;
    engine.catalogue().distrust();
    Ok(true)
}

/// The lines of categories in an order in which none comes before its parent.
fn parents_first(given: &[Category]) -> Vec<Line> {
    let told: HashSet<&CategoryId> = given.iter().map(|category| &category.id).collect();
    let mut below: HashMap<&CategoryId, Vec<&Category>> = HashMap::new();
    let mut lines = Vec::with_capacity(given.len());
    let mut next = Vec::new();
    for category in given {
        match category.parent.as_ref().filter(|parent| told.contains(parent)) {
            Some(parent) => below.entry(parent).or_default().push(category),
            None => next.push(category),
        }
    }
    while let Some(category) = next.pop() {
        lines.push(Line::from(category));
        next.extend(below.remove(&category.id).unwrap_or_default());
    }
    lines
}

/// Checks the tree as it would be. Categories of the call come first, so their places are their
/// lines.
fn check_categories(given: &[Category], known: &[Category]) -> Result<()> {
    let mut fields = Vec::new();
    for (i, category) in given.iter().enumerate() {
        check_name(&mut fields, i, &category.name);
    }
    let told: HashSet<&CategoryId> = given.iter().map(|category| &category.id).collect();
    let kept = known.iter().filter(|known| !told.contains(&known.id)).cloned();
    let tree: Vec<Category> = given.iter().cloned().chain(kept).collect();
    if let Err(errors) = Tree::new(&tree) {
        fields.extend(errors.into_iter().filter(|error| line_of(error) < given.len()));
    }
    refuse(fields)
}

fn check_products(given: &[Product], categories: &[Category]) -> Result<()> {
    let known: HashSet<&CategoryId> = categories.iter().map(|category| &category.id).collect();
    let mut told = HashSet::new();
    let mut fields = Vec::new();
    for (i, product) in given.iter().enumerate() {
        check_name(&mut fields, i, &product.name);
        if !told.insert(&product.id) {
            fields.push(FieldError::new(format!("{i}.id"), Problem::Duplicate));
        }
        if product.category.as_ref().is_some_and(|category| !known.contains(category)) {
            fields.push(FieldError::new(format!("{i}.category"), Problem::Unknown));
        }
        if product.price.is_some_and(|price| price < Money::ZERO || price > Money::MAX) {
            fields.push(FieldError::new(format!("{i}.price"), Problem::NotMoney));
        }
    }
    refuse(fields)
}

impl From<&Category> for Line {
    fn from(category: &Category) -> Self {
        Self {
            id: category.id.to_string(),
            name: category.name.trim().to_owned(),
            category: category.parent.as_ref().map(CategoryId::to_string),
            price: None,
        }
    }
}

impl From<&Product> for Line {
    fn from(product: &Product) -> Self {
        Self {
            id: product.id.to_string(),
            name: product.name.trim().to_owned(),
            category: product.category.as_ref().map(CategoryId::to_string),
            price: product.price.map(Money::units),
        }
    }
}

async fn load(db: &DatabaseConnection) -> Result<Catalogue> {
    let categories = load_categories(db).await?;
    let tree =
        Tree::new(&categories).map_err(|_| Fault::new("the stored categories are no tree"))?;
    let lines = uploads::read(db, Kind::Products).await?;
    let products = lines.into_iter().map(read_product).collect::<Result<_>>()?;
    Ok(Catalogue { tree, categories, products })
}

async fn load_categories(db: &DatabaseConnection) -> Result<Vec<Category>> {
    let lines = uploads::read(db, Kind::Categories).await?;
    lines.into_iter().map(read_category).collect()
}

fn read_category(line: Line) -> Result<Category> {
    Ok(Category {
        id: CategoryId::new(line.id).map_err(unreadable)?,
        name: line.name,
        parent: line.category.map(CategoryId::new).transpose().map_err(unreadable)?,
    })
}

fn read_product(line: Line) -> Result<Product> {
    Ok(Product {
        id: ProductId::new(line.id).map_err(unreadable)?,
        name: line.name,
        category: line.category.map(CategoryId::new).transpose().map_err(unreadable)?,
        price: line.price.map(Money::minor),
    })
}

fn unreadable(problem: Problem) -> Error {
    Fault::because("a stored reference does not read", problem).into()
}

fn check_name(fields: &mut Vec<FieldError>, line: usize, name: &str) {
    let name = name.trim();
    let problem = if name.is_empty() {
        Problem::Required
    } else if name.chars().count() > NAME_MAX {
        Problem::TooLong { max: NAME_MAX as u64 }
    } else if name.chars().any(char::is_control) {
        Problem::ControlCharacter
    } else {
        return;
    };
    fields.push(FieldError::new(format!("{line}.name"), problem));
}

fn line_of(error: &FieldError) -> usize {
    let line = error.field.split('.').next().and_then(|line| line.parse().ok());
    line.unwrap_or(usize::MAX)
}

fn refuse(fields: Vec<FieldError>) -> Result<()> {
    if fields.is_empty() { Ok(()) } else { Err(Refusal::Invalid { fields }.into()) }
}
