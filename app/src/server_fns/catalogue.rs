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
