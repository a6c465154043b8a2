//! What the host shop sells, as it tells us.

use axum::{Json, extract::State};
use domain::actor::Managing;
use engine::catalogue;

use super::{
    Problems,
    call::By,
    table::Table,
    wire::catalogue::{Category, Product, Rows},
};
use crate::{problem::Problem, state::AppState};

/// Put categories
///
/// Adds or overwrites up to 100,000, all of them or none; parents may come later in the same call.
/// As a list in JSON or as CSV with the headers `id`, `name`, `parent`. What is wrong is told by line
/// as `data.lines`, at most 1,000 of them: in CSV the header is line 1, in JSON the first is. Needs
/// the scope `manage`.
#[utoipa::path(put, path = "/catalogue/categories", tag = "catalogue",
    request_body(content((Vec<Category> = "application/json"), (String = "text/csv"))),
    responses((status = 200, body = Rows), Problems))]
pub(crate) async fn put_categories(
    State(state): State<AppState>,
    By(partner): By<Managing>,
    table: Table<Category>,
) -> Result<Json<Rows>, Problem> {
    let put = catalogue::put_categories(&state.engine, partner, &table.rows).await;
    put.map(told).map_err(|error| table.tell(error))
}

/// Put products
///
/// Adds or overwrites up to 100,000, all of them or none; their categories must be known. As a list
/// in JSON or as CSV with the headers `id`, `name`, `category`, `price`. What is wrong is told as for
/// categories. Needs the scope `manage`.
#[utoipa::path(put, path = "/catalogue/products", tag = "catalogue",
    request_body(content((Vec<Product> = "application/json"), (String = "text/csv"))),
    responses((status = 200, body = Rows), Problems))]
pub(crate) async fn put_products(
    State(state): State<AppState>,
    By(partner): By<Managing>,
    table: Table<Product>,
) -> Result<Json<Rows>, Problem> {
    let put = catalogue::put_products(&state.engine, partner, &table.rows).await;
    put.map(told).map_err(|error| table.tell(error))
}

fn told(rows: usize) -> Json<Rows> {
    Json(Rows { rows: rows as u64 })
}
