//! The category tree: a category covers itself and everything below it.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::{CategoryId, FieldError, Problem};

/// One category of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its id, as the host shop calls it.
    pub id: CategoryId,
    /// As shown to people.
    pub name: String,
    /// What it lies under; none for a root.
    pub parent: Option<CategoryId>,
}

/// All categories, each knowing its parent. A category the tree does not know stands alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    parents: HashMap<CategoryId, Option<CategoryId>>,
}

impl Tree {
    /// Builds the tree. Every parent must be among the categories, no id may appear twice, and no
    /// category may lie under itself; fields are `<index>.id` and `<index>.parent`.
    pub fn new(categories: &[Category]) -> Result<Self, Vec<FieldError>> {
        let mut parents = HashMap::with_capacity(categories.len());
        let mut errors = Vec::new();
        for (i, category) in categories.iter().enumerate() {
            if parents.insert(category.id.clone(), category.parent.clone()).is_some() {
                errors.push(FieldError::new(format!("{i}.id"), Problem::Duplicate));
            }
        }
        let tree = Self { parents };
        let rooted = tree.rooted();
        for (i, category) in categories.iter().enumerate() {
            let Some(parent) = &category.parent else { continue };
            let problem = if !tree.parents.contains_key(parent) {
                Problem::Unknown
            } else if !rooted.contains(&category.id) {
                Problem::Circle
            } else {
                continue;
            };
            errors.push(FieldError::new(format!("{i}.parent"), problem));
        }
        if errors.is_empty() { Ok(tree) } else { Err(errors) }
    }

    /// The categories whose way up ends: at a root, or at a parent nobody knows. Each is walked
    /// once, so that a long chain costs no more than a flat list.
    fn rooted(&self) -> HashSet<&CategoryId> {
        let mut rooted = HashSet::with_capacity(self.parents.len());
        let mut circling = HashSet::new();
        for start in self.parents.keys() {
            let mut path = HashSet::new();
            let mut at = Some(start);
            while let Some(id) = at {
                if rooted.contains(id) {
                    at = None;
                } else if circling.contains(id) || !path.insert(id) {
                    break; // A circle: nothing on this path has an end.
                } else {
                    at = self.parents.get(id).and_then(Option::as_ref);
                }
            }
            if at.is_none() { rooted.extend(path) } else { circling.extend(path) }
        }
        rooted
    }

    /// Whether the tree knows this category.
    pub fn contains(&self, category: &CategoryId) -> bool {
        self.parents.contains_key(category)
    }

    /// The category and everything it lies under, nearest first.
    pub fn lineage<'a>(
        &'a self,
        category: &'a CategoryId,
    ) -> impl Iterator<Item = &'a CategoryId> + 'a {
        let up = |id: &&'a CategoryId| self.parents.get(*id).and_then(Option::as_ref);
        // The bound ends the walk on a circle, which `new` is still looking for.
        std::iter::successors(Some(category), up).take(self.parents.len() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(id: &str, parent: Option<&str>) -> Category {
        let id = CategoryId::new(id).unwrap();
        let parent = parent.map(|parent| CategoryId::new(parent).unwrap());
        Category { name: id.to_string(), id, parent }
    }

    #[test]
    fn a_lineage_runs_from_leaf_to_root() {
        let tree = Tree::new(&[
            category("leafy", Some("vegetables")),
            category("vegetables", Some("food")),
            category("food", None),
        ])
        .unwrap();
        let leafy = CategoryId::new("leafy").unwrap();
        let names: Vec<_> = tree.lineage(&leafy).map(CategoryId::as_str).collect();
        assert_eq!(names, ["leafy", "vegetables", "food"]);
        let stranger = CategoryId::new("stranger").unwrap();
        assert_eq!(tree.lineage(&stranger).count(), 1);
    }

    #[test]
    fn circles_strangers_and_doubles_are_refused() {
        let errors = Tree::new(&[
            category("a", Some("b")),
            category("b", Some("a")),
            category("c", Some("nowhere")),
            category("c", None),
        ])
        .unwrap_err();
        let found: Vec<_> = errors.iter().map(|e| (e.field.as_str(), &e.problem)).collect();
        assert_eq!(
            found,
            [
                ("3.id", &Problem::Duplicate),
                ("0.parent", &Problem::Circle),
                ("1.parent", &Problem::Circle),
                ("2.parent", &Problem::Unknown),
            ]
        );
    }
}
