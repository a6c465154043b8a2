//! Shapes in words: what a field holds, and within which bounds.

use leptos::prelude::*;
use serde_json::Value;

use super::{markdown::markdown, row, table, text};
use crate::{locale::t, ui::Card};

/// A shape that has a name.
pub(super) fn shape(name: &'static str, schema: &'static Value) -> AnyView {
    view! {
        <Card id=place(name)>
            <h3 class="text-lg font-semibold">{name}</h3>
            {markdown(text(&schema["description"]))}
            {inside(schema, t("docs-fields"))}
        </Card>
    }
    .into_any()
}

/// Its fields; of one of several kinds, the fields of each; else what it is.
fn inside(schema: &'static Value, caption: String) -> AnyView {
    if let Some(kinds) = variants(schema).filter(|kinds| kinds.len() > 1) {
        let kinds = kinds.into_iter().map(|kind| inside(kind, plain(&kind["description"])));
        return kinds.collect_view().into_any();
    }
    let Some(fields) = schema["properties"].as_object() else {
        return view! { <div>{type_of(schema)} " " {markdown(&bounds(schema))}</div> }.into_any();
    };
    let required: Vec<&Value> = schema["required"].as_array().into_iter().flatten().collect();
    let rows = fields.iter().map(|(name, field)| {
        let is_needed = required.iter().any(|required| *required == name);
        let needed = if is_needed { t("docs-required") } else { String::new() };
        let about = [text(&field["description"]), &bounds(field), &needed].join(" ");
        let name = view! { <code>{name.clone()}</code> }.into_any();
        row([name, type_of(field), markdown(&about)])
    });
    table(caption, &["docs-name", "docs-type", "docs-about"], rows.collect())
}

/// A description where there is no Markdown.
fn plain(description: &'static Value) -> String {
    text(description).replace('`', "")
}

/// What something is, with links to shapes.
pub(super) fn type_of(schema: &'static Value) -> AnyView {
    if let Some(name) = schema["$ref"].as_str() {
        return shape_link(name.rsplit('/').next().unwrap_or(name));
    }
    if let Some(kinds) = variants(schema) {
        let kinds = kinds.into_iter().enumerate();
        let kinds = kinds.map(|(i, kind)| view! { {(i > 0).then_some(" or ")} {type_of(kind)} });
        return kinds.collect_view().into_any();
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words.iter().map(Value::to_string).collect();
        return view! { <code>{words.join(" | ")}</code> }.into_any();
    }
    if schema["items"].is_object() {
        return view! { "list of " {type_of(&schema["items"])} }.into_any();
    }
    match (&schema["type"], text(&schema["format"])) {
        (Value::Array(kinds), _) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        (Value::String(_), "date-time") => "time".to_owned(),
        (Value::String(kind), _) => kind.clone(),
        _ => "anything".to_owned(),
    }
    .into_any()
}

fn variants(schema: &'static Value) -> Option<Vec<&'static Value>> {
    let kinds = ["oneOf", "anyOf", "allOf"].iter().find_map(|word| schema[*word].as_array());
    kinds.map(|kinds| kinds.iter().collect())
}

/// What is said before a bound, and after it.
const BOUNDS: [(&str, &str, &str); 9] = [
    ("minimum", "at least", ""),
    ("maximum", "at most", ""),
    ("minLength", "at least", " characters"),
    ("maxLength", "at most", " characters"),
    ("minItems", "at least", " entries"),
    ("maxItems", "at most", " entries"),
    ("pattern", "pattern", ""),
    ("default", "default", ""),
    ("examples", "such as", ""),
];

fn bounds(schema: &'static Value) -> String {
    let bounds = BOUNDS.iter().filter_map(|(word, before, after)| {
        let bound = schema.get(*word)?;
        let bound = bound.as_array().map_or(Some(bound), |examples| examples.first())?;
        Some(format!("{before} `{bound}`{after}"))
    });
    let bounds = bounds.collect::<Vec<_>>().join("; ");
    if bounds.is_empty() { bounds } else { format!("({bounds})") }
}

pub(super) fn shape_link(name: &str) -> AnyView {
    view! {
        <a class="text-accent underline" href=format!("#{}", place(name))>
            {name.to_owned()}
        </a>
    }
    .into_any()
}

fn place(name: &str) -> String {
    format!("shape-{name}")
}
