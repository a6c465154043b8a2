//! The document says what is there, and is itself as OpenAPI wants it.

use std::collections::BTreeSet;

use domain::{Currency, Money};
use serde_json::Value;

use crate::testing::TestApp;
use crate::v1::document;

/// Every value below one, with the value itself.
fn all<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    found.push(value);
    match value {
        Value::Object(object) => object.values().for_each(|value| all(value, found)),
        Value::Array(array) => array.iter().for_each(|value| all(value, found)),
        _ => {}
    }
}

/// Method and path of each operation, and the operation.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("methods").iter();
        methods.map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    operations.collect()
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document().document;
    let mut values = Vec::new();
    all(document, &mut values);
    let references: Vec<&str> = values.iter().filter_map(|value| value["$ref"].as_str()).collect();
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("within the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn no_shape_asks_for_two_things_at_once() {
    let mut values = Vec::new();
    all(document().document, &mut values);
    // A sentence beside a shape that was written out came to "this, and an object".
    assert!(values.iter().all(|value| value.get("allOf").is_none()));
    let pages = &document().document["components"]["schemas"]["Page_Event"];
    assert_eq!(pages["properties"]["items"]["items"]["$ref"], "#/components/schemas/Event");
}

#[test]
fn every_operation_is_whole() {
    let document = document().document;
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(document) {
        assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{name}");
        assert!(!operation["description"].as_str().unwrap_or_default().is_empty(), "{name}");
        let id = operation["operationId"].as_str().expect("an id");
        assert!(ids.insert(id), "{name}: {id} is taken");
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
        for (status, response) in responses {
            let description = response["description"].as_str().unwrap_or_default();
            assert!(!description.is_empty(), "{name} {status}");
        }
        assert!(operation.get("requestBody").is_none_or(Value::is_object), "{name}");
        for status in ["400", "401", "404", "422", "429", "500", "503"] {
            let schema = &responses[status]["content"]["application/problem+json"]["schema"];
            assert_eq!(schema["$ref"], "#/components/schemas/Problem", "{name} {status}");
        }
        let parameters = operation["parameters"].as_array();
        let named = |place: &str| -> BTreeSet<&str> {
            let here = parameters.into_iter().flatten().filter(|one| one["in"] == place);
            here.filter_map(|one| one["name"].as_str()).collect()
        };
        let inside = name.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        assert_eq!(named("path"), inside.collect(), "{name}");
        let does_something = name.starts_with("post ") && !name.ends_with("/quotes");
        let is_once = named("header").contains("Idempotency-Key");
        let is_free = ["/views", "/query", "/payments"].iter().any(|end| name.ends_with(end));
        assert_eq!(is_once, does_something && !is_free, "{name}");
    }
    assert!(ids.len() >= 11);
}

#[test]
fn requests_take_no_other_fields() {
    let document = document().document;
    let shapes = &document["components"]["schemas"];
    for shape in ["QuoteAsk", "Cart", "Line", "TemplateDraft", "TemplateEdit", "Window"] {
        assert_eq!(shapes[shape]["additionalProperties"], false, "{shape}");
    }
    for shape in ["Quote", "Lock", "Template", "Problem"] {
        assert!(shapes[shape]["properties"].is_object(), "{shape}");
        assert!(shapes[shape].get("additionalProperties").is_none(), "{shape}");
    }
    let required = |path: &str| &document["paths"][path]["post"]["requestBody"]["required"];
    assert_eq!(required("/api/v1/templates/{id}/publish"), false);
    assert_eq!(required("/api/v1/templates"), true);
}

/// How many digits a pattern takes before the point, and how many behind it.
fn digits(pattern: &str) -> (usize, usize) {
    let rest = pattern.trim_start_matches("^-?").trim_start_matches('^');
    let rest = rest.strip_prefix("(0|[1-9][0-9]{0,").and_then(|it| it.strip_suffix("})?$"));
    let (after_first, decimals) =
        rest.and_then(|it| it.split_once("})(\\.[0-9]{1,")).expect("a pattern of amounts");
    (after_first.parse::<usize>().expect("digits") + 1, decimals.parse().expect("decimals"))
}

#[test]
fn the_largest_amount_of_any_currency_is_as_the_document_has_amounts() {
    let shapes = &document().document["components"]["schemas"];
    let length = shapes["Amount"]["maxLength"].as_u64().expect("a length");
    let net = &shapes["Amounts"]["properties"]["net"];
    for pattern in [&shapes["Amount"]["pattern"], &net["pattern"]] {
        let (whole, decimals) = digits(pattern.as_str().expect("a pattern"));
        for code in ["JPY", "CNY", "KWD"] {
            let currency: Currency = code.parse().expect("a currency");
            // One that may be sent, and the largest sum that there can be of them.
            for largest in [Money::MAX, Money::minor(i64::MAX)] {
                let text = currency.format(largest);
                let (before, behind) = text.split_once('.').unwrap_or((&text, ""));
                assert!(before.len() <= whole && behind.len() <= decimals, "{text}");
                assert!(text.len() as u64 <= length, "{text}");
            }
            assert_eq!(currency.parse(&currency.format(Money::MAX)), Ok(Money::MAX));
        }
    }
}

#[tokio::test]
async fn the_document_can_be_read_as_a_page() {
    let app = TestApp::empty().await;
    let mut nobody = app.nobody();
    let served = nobody.get("/api/openapi.json").await;
    assert_eq!(&served.json(), document().document);
    let page = nobody.get("/api/docs").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("<script") && !page.body.contains("style="));
    for (name, operation) in operations(document().document) {
        let id = operation["operationId"].as_str().expect("an id");
        assert!(page.body.contains(&format!("id=\"{id}\"")), "{name}");
    }
    // Every link within the page leads to a place that is there, once.
    let links = page.body.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
    for place in links.collect::<BTreeSet<_>>() {
        assert_eq!(page.body.matches(&format!("id=\"{place}\"")).count(), 1, "{place}");
    }
    assert_eq!(page.body.matches("<h1").count(), 1);
    let problem = nobody.get("/problems/not_found").await;
    assert_eq!(problem.location(), "/api/docs#errors");
    assert!(page.body.contains("id=\"errors\""));
    app.close().await;
}
