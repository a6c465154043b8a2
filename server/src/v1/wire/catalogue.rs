//! What the host shop sells.

use domain::category::Category as Placed;
use engine::catalogue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Amount, Reference};
use crate::v1::reading::Reader;
use crate::v1::table::Row;

/// A category; without a parent it is a root.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Category {
    id: Reference,
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// May come later in the same call.
    parent: Option<Reference>,
}

/// A product, and where it lies.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Product {
    id: Reference,
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    category: Option<Reference>,
    price: Option<Amount>,
}

/// How many rows were put.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rows {
    pub(crate) rows: u64,
}

impl Row for Category {
    const COLUMNS: &'static [&'static str] = &["id", "name", "parent"];
    type Read = Placed;

    fn read(self, row: usize, reader: &mut Reader) -> Option<Placed> {
        let id = reader.text(format!("{row}.id"), &self.id);
        let parent = self.parent.map(|parent| reader.text(format!("{row}.parent"), &parent));
        let parent = parent.map_or(Some(None), |read| read.map(Some));
        Some(Placed { id: id?, name: self.name, parent: parent? })
    }
}

impl Row for Product {
    const COLUMNS: &'static [&'static str] = &["id", "name", "category", "price"];
    type Read = catalogue::Product;

    fn read(self, row: usize, reader: &mut Reader) -> Option<catalogue::Product> {
        let id = reader.text(format!("{row}.id"), &self.id);
        let given = self.category;
        let category = given.map(|given| reader.text(format!("{row}.category"), &given));
        let category = category.map_or(Some(None), |read| read.map(Some));
        let price = self.price.map(|price| reader.amount(format!("{row}.price"), &price));
        Some(catalogue::Product { id: id?, name: self.name, category: category?, price })
    }
}
