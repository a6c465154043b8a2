//! How much of the catalogue a draft covers, and products to name in it.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AppError, ops::draft_form::DraftForm};

/// What a draft covers, in the reader's language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// `Covers 42 of 121 products`
    pub count: String,
    /// `Cabbage, Leek, …`
    pub sample: String,
    /// How many of the products named are in no catalogue.
    pub unknown: Option<String>,
    pub is_nothing: bool,
}

/// A product to name in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub id: String,
    pub name: String,
    pub price: Option<String>,
}

/// Counts the products that a draft covers.
#[server(endpoint = "catalogue/coverage", prefix = "/api/fn")]
pub async fn count_covered(#[server(default)] draft: DraftForm) -> Result<Coverage, AppError> {
    use crate::{form, ops::outlook, session};
    let count = async {
        let editor = session::editor().await?;
        Ok(form::done(outlook::coverage(&editor, &draft).await?))
    };
    form::form("catalogue", "/ops/templates").answer(count).await
}

/// Finds products by their name or id.
#[server(endpoint = "catalogue/search", prefix = "/api/fn")]
pub async fn search(#[server(default)] text: String) -> Result<Vec<Found>, AppError> {
    use crate::{context::engine, form, locale, session};
    let search = async {
        let editor = session::editor().await?;
        let found = engine::catalogue::search(&engine(), &editor, &text).await?;
        let found = found.into_iter().map(|product| Found {
            id: product.id.to_string(),
            name: locale::name(&product.name),
            price: product.price.map(locale::money),
        });
        Ok(form::done(found.collect()))
    };
    form::form("catalogue", "/ops/templates").answer(search).await
}

/// Takes categories or products over from a table, all of them or none. What is wrong is told by line,
/// as fields such as `12.parent`.
#[server(endpoint = "catalogue/import", prefix = "/api/fn")]
pub async fn import_catalogue(
    #[server(default)] kind: String,
    #[server(default)] file: String,
) -> Result<(), AppError> {
    use crate::context::{engine, tables};
    use crate::{form, session};
    use engine::catalogue::{put_categories, put_products};
    let place = if kind == "products" { "products" } else { "categories" };
    let import = async {
        let editor = session::editor().await?;
        let (engine, file) = (engine(), form::text_of(&file)?);
        let (tables, currency) = (tables().ok_or(AppError::NotFound)?, engine.settings().currency);
        let put = match kind.as_str() {
            "categories" => {
                let told = (tables.categories)(file, currency).map_err(by_line)?;
                let put = put_categories(&engine, editor, &told.rows).await;
                put.map_err(|error| at_lines(error, &told.lines))?
            }
            "products" => {
                let told = (tables.products)(file, currency).map_err(by_line)?;
                let put = put_products(&engine, editor, &told.rows).await;
                put.map_err(|error| at_lines(error, &told.lines))?
            }
            _ => return Err(AppError::Unreadable),
        };
        Ok(form::done(()).saying("catalogue-imported").with("n", put.to_string()))
    };
    form::form(place, "/ops/catalogue").at(place).answer(import).await
}

/// What is wrong with lines, as fields.
#[cfg(feature = "ssr")]
fn by_line(lines: crate::context::WrongLines) -> AppError {
    use domain::{FieldError, Refusal};
    let field = |(line, wrong): (u64, FieldError)| {
        FieldError::new(format!("{line}.{}", wrong.field), wrong.problem)
    };
    let fields = lines.into_iter().take(TOLD_MAX).map(field).collect();
    Refusal::Invalid { fields }.into()
}

/// What the rules have against rows, by the lines these begin in.
#[cfg(feature = "ssr")]
fn at_lines(error: engine::Error, lines: &[u64]) -> AppError {
    let engine::Error::Refused(domain::Refusal::Invalid { fields }) = error else {
        return error.into();
    };
    let line = |wrong: domain::FieldError| {
        let (row, field) = wrong.field.split_once('.').unwrap_or((&wrong.field, ""));
        let line = row.parse::<usize>().ok().and_then(|row| lines.get(row)).copied();
        (line.unwrap_or_default(), domain::FieldError::new(field, wrong.problem))
    };
    let mut wrong: Vec<_> = fields.into_iter().map(line).collect();
    wrong.sort_by_key(|(line, _)| *line);
    by_line(wrong)
}

/// Wrong lines that one answer tells: a session keeps them until the next page.
#[cfg(feature = "ssr")]
pub const TOLD_MAX: usize = 100;
