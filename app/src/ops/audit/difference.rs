//! What was before and what is now, field by field; what is the same is left out.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde_json::Value;

use crate::locale::t;
use crate::ui::table::{CELL, Head, Table};

/// The most that one value shows; the table that is taken along has all of it.
const SHOWN: usize = 300;

/// A field, what it was and what it is.
#[derive(Debug, PartialEq, Eq)]
struct Field {
    name: String,
    old: Option<String>,
    new: Option<String>,
}

pub(super) fn table(old: &Value, new: &Value) -> Option<AnyView> {
    let fields = between(old, new);
    if fields.is_empty() {
        return None;
    }
    let row = |field: Field| {
        let cell = |text: Option<String>| {
            view! {
                <td class=CELL>
                    <span class="break-all" dir="auto">
                        {text.unwrap_or_else(|| "–".to_owned())}
                    </span>
                </td>
            }
        };
        view! {
            <tr class="text-sm">
                <th scope="row" class=CELL>
                    <span class="break-all">{field.name}</span>
                </th>
                {cell(field.old)}
                {cell(field.new)}
            </tr>
        }
    };
    let heads = ["audit-field", "audit-old", "audit-new"].map(|key| Head::Text(t(key)));
    let rows = fields.into_iter().map(row).collect_view();
    Some(
        view! {
            <details>
                <summary class="inline-flex min-h-11 items-center text-accent">
                    {t("audit-details")}
                </summary>
                <Table label=t("audit-details") heads=heads>
                    {rows}
                </Table>
            </details>
        }
        .into_any(),
    )
}

fn between(old: &Value, new: &Value) -> Vec<Field> {
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    flatten("", old, &mut before);
    flatten("", new, &mut after);
    let names: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    let mut fields: Vec<Field> = Vec::new();
    for name in names {
        let (old, new) = (before.remove(&name), after.remove(&name));
        if old != new {
            let name = if name.is_empty() { "state".to_owned() } else { name };
            fields.push(Field { name, old, new });
        }
    }
    fields.sort_by(|one, other| one.name.cmp(&other.name));
    fields
}

/// Every value by its path; nothing is none. A list stands as a whole.
fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&path, value, into);
            }
        }
        Value::String(text) => drop(into.insert(path.to_owned(), shortened(text))),
        other => drop(into.insert(path.to_owned(), shortened(&other.to_string()))),
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(old: Value, new: Value) -> Vec<(String, String, String)> {
        let text = |text: Option<String>| text.unwrap_or_default();
        let fields = between(&old, &new).into_iter();
        fields.map(|field| (field.name, text(field.old), text(field.new))).collect()
    }

    fn row(name: &str, old: &str, new: &str) -> (String, String, String) {
        (name.to_owned(), old.to_owned(), new.to_owned())
    }

    #[test]
    fn only_what_differs_is_told() {
        let old = json!({ "a": 1, "b": { "c": "x", "d": [1, 2] }, "gone": true });
        let new = json!({ "a": 1, "b": { "c": "y", "d": [1] }, "new": null });
        let expected = [row("b.c", "x", "y"), row("b.d", "[1,2]", "[1]"), row("gone", "true", "")];
        assert_eq!(told(old, new), expected);
        assert_eq!(told(json!("live"), json!("paused")), [row("state", "live", "paused")]);
        assert_eq!(told(Value::Null, json!({ "n": 5 })), [row("n", "", "5")]);
        assert!(told(Value::Null, Value::Null).is_empty());
    }

    #[test]
    fn what_is_long_is_cut_where_a_letter_ends() {
        let long = "券".repeat(SHOWN + 1);
        assert_eq!(shortened(&long).chars().count(), SHOWN + 1);
        assert_eq!(shortened("券"), "券");
    }
}
