//! A small grocery shop: eight departments, some 120 products.

use domain::actor::System;
use domain::category::Category;
use domain::{CategoryId, Currency, Problem, ProductId};

use crate::catalogue::{Product, put_categories, put_products};
use crate::{Engine, Error, Fault, Result};

const CATEGORIES: &str = include_str!("categories.csv");
const PRODUCTS: &str = include_str!("products.csv");

pub(super) async fn seed(engine: &Engine, by: System) -> Result<()> {
    let categories: Result<Vec<Category>, Problem> = rows(CATEGORIES).map(category).collect();
    put_categories(engine, by, &categories.map_err(oddly)?).await?;
    put_products(engine, by, &products(engine.settings().currency)?).await?;
    Ok(())
}

/// What lies on the shelf.
pub(super) fn products(currency: Currency) -> Result<Vec<Product>> {
    let products: Result<_, Problem> = rows(PRODUCTS).map(|row| product(row, currency)).collect();
    products.map_err(oddly)
}

fn oddly(problem: Problem) -> Error {
    Fault::because("the demo shelf reads oddly", problem).into()
}

/// The files are ours: no quotes, no commas within a field.
fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().skip(1).map(|line| line.split(',').collect())
}

fn category(row: Vec<&str>) -> Result<Category, Problem> {
    let [id, name, parent] = row[..] else { return Err(Problem::Required) };
    let parent = Some(parent).filter(|parent| !parent.is_empty());
    Ok(Category {
        id: CategoryId::new(id)?,
        name: name.to_owned(),
        parent: parent.map(CategoryId::new).transpose()?,
    })
}

fn product(row: Vec<&str>, currency: Currency) -> Result<Product, Problem> {
    let [id, name, category, price] = row[..] else { return Err(Problem::Required) };
    let price = match currency.decimals() {
        0 => price.split('.').next().unwrap_or(price),
        _ => price,
    };
    Ok(Product {
        id: ProductId::new(id)?,
        name: name.to_owned(),
        category: Some(CategoryId::new(category)?),
        price: Some(currency.parse(price)?),
    })
}
