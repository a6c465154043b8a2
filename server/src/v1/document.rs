//! What is generated from calls and shapes, made into the whole document: what every call has alike
//! is said once here.

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

/// What one has to know before the first call.
const GUIDE: &str = include_str!("guide.md");

/// In which order calls are read; others come after these.
const TAGS: [&str; 8] =
    ["quotes", "orders", "shoppers", "grants", "templates", "catalogue", "numbers", "callbacks"];

pub(super) fn whole(generated: &OpenApi) -> Value {
    let mut document = serde_json::to_value(generated).unwrap_or_default();
    document["info"]["description"] = GUIDE.into();
    document["servers"] = json!([{ "url": "/" }]);
    let mut tags: Vec<String> = TAGS.map(str::to_owned).into();
    let mut asked = Vec::new();
    for operation in operations(&mut document) {
        let tag = operation["tags"][0].as_str().unwrap_or_default().to_owned();
        if !tags.contains(&tag) {
            tags.push(tag);
        }
        name(operation);
        tell_success(operation);
        tell_headers(operation);
        if let Some(body) = operation.get_mut("requestBody") {
            close(body, &mut asked);
        }
    }
    document["tags"] = tags.into_iter().map(|tag| json!({ "name": tag })).collect();
    close_shapes(&mut document, asked);
    loosen_bodies(&mut document);
    refer_from_pages(&mut document);
    document
}

/// Every operation of every path.
fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    let operations = paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    operations.filter(|operation| operation.get("responses").is_some())
}

/// `Read a lock` → `read_lock`: names of functions are not unique, and mean little outside.
fn name(operation: &mut Value) {
    let summary = operation["summary"].as_str().unwrap_or_default().to_lowercase();
    let is_word = |word: &&str| !["a", "an", "the", "of", "for"].contains(word);
    let words = summary.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).filter(is_word).collect();
    operation["operationId"] = words.join("_").into();
}

/// What went well needs a word too.
fn tell_success(operation: &mut Value) {
    let responses = operation["responses"].as_object_mut().into_iter().flatten();
    for (status, response) in responses {
        let meaning = match status.as_str() {
            "201" => "Made",
            "202" => "Accepted; it is not done yet",
            _ => "Done",
        };
        if response["description"].as_str().is_none_or(str::is_empty) {
            response["description"] = meaning.into();
        }
    }
}

/// What is said beside the body.
fn tell_headers(operation: &mut Value) {
    let parameters = operation["parameters"].as_array();
    let is_once = parameters
        .is_some_and(|all| all.iter().any(|parameter| parameter["name"] == "Idempotency-Key"));
    let responses = operation["responses"].as_object_mut().into_iter().flatten();
    for (status, response) in responses {
        let header = match status.as_str() {
            "401" => ("WWW-Authenticate", "How to say who asks", json!({ "type": "string" })),
            "429" | "503" => {
                let seconds = json!({ "type": "integer", "minimum": 1 });
                ("Retry-After", "After how many seconds to ask again", seconds)
            }
            _ if is_once && !status.starts_with('5') => {
                let yes = json!({ "type": "string", "enum": ["true"] });
                ("Idempotent-Replayed", "It was answered before, and this is that answer", yes)
            }
            _ => continue,
        };
        let (name, description, schema) = header;
        response["headers"][name] = json!({ "description": description, "schema": schema });
    }
}

/// Shapes of requests have no other fields than theirs; takes down to which others they refer.
fn close(schema: &mut Value, refers_to: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(shape)) = object.get("$ref") {
                refers_to.push(shape.trim_start_matches(SHAPES).to_owned());
            }
            if object.get("properties").is_some_and(Value::is_object) {
                object.insert("additionalProperties".to_owned(), false.into());
            }
            object.values_mut().for_each(|value| close(value, refers_to));
        }
        Value::Array(all) => all.iter_mut().for_each(|value| close(value, refers_to)),
        _ => {}
    }
}

const SHAPES: &str = "#/components/schemas/";

fn close_shapes(document: &mut Value, mut asked: Vec<String>) {
    let Some(shapes) = document["components"]["schemas"].as_object_mut() else { return };
    let mut closed = std::collections::BTreeSet::new();
    while let Some(shape) = asked.pop() {
        if let Some(schema) = shapes.get_mut(&shape)
            && closed.insert(shape)
        {
            close(schema, &mut asked);
        }
    }
}

/// A page refers to the shape it is a list of; as generated, it repeats it.
fn refer_from_pages(document: &mut Value) {
    let Some(shapes) = document["components"]["schemas"].as_object_mut() else { return };
    let pages: Vec<String> = shapes.keys().filter(|name| name.starts_with(PAGE)).cloned().collect();
    for page in pages {
        let of = page.trim_start_matches(PAGE).to_owned();
        if shapes.contains_key(&of) {
            shapes[&page]["properties"]["items"]["items"] =
                json!({ "$ref": format!("{SHAPES}{of}") });
        }
    }
}

/// How the name of a page of something begins.
const PAGE: &str = "Page_";

/// No body is as good as an empty object, where that is enough.
fn loosen_bodies(document: &mut Value) {
    let shapes = document["components"]["schemas"].clone();
    for operation in operations(document) {
        let Some(shape) = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            .as_str()
            .map(|shape| shape.trim_start_matches(SHAPES))
        else {
            continue;
        };
        if shapes[shape].get("required").is_none() && shapes[shape]["type"] == "object" {
            operation["requestBody"]["required"] = false.into();
        }
    }
}
