//! `/api/docs`: how order systems talk to us, read from the OpenAPI document that the server
//! generates. What it says is English, as the interface is; what stands around it is not.

mod markdown;
mod schema;

use leptos::prelude::*;
use serde_json::Value;

use self::{
    markdown::{headings, markdown},
    schema::{shape, shape_link, type_of},
};
use crate::{
    locale::t,
    ui::{
        BareFrame, Card, PageHead,
        table::{CELL, Head, Table},
    },
};

/// What the page is made of.
#[derive(Clone, Copy, Debug)]
pub struct ApiDocument {
    /// OpenAPI 3.1.
    pub document: &'static Value,
    /// An integration from start to end, in Markdown.
    pub walk: &'static str,
}

#[component]
pub fn DocsPage() -> impl IntoView {
    let Some(ApiDocument { document, walk }) = use_context() else { return ().into_any() };
    let guide = text(&document["info"]["description"]);
    let shapes = document["components"]["schemas"].as_object().into_iter().flatten();
    let shapes = shapes.map(|(name, schema)| shape(name, schema)).collect_view();
    let tags: Vec<&'static str> =
        document["tags"].as_array().into_iter().flatten().map(tag).collect();
    let calls = tags.iter().map(|tag| calls(document, tag)).collect_view();
    view! {
        <BareFrame title=t("docs-title")>
            <PageHead title=t("docs-title") lead=t("docs-lead") />
            {contents(document, guide, &tags)}
            <div class="mt-6 space-y-8" lang="en">
                {markdown(guide)}
                <section id="walk">
                    <h2 class=TITLE>{t("docs-walk")}</h2>
                    {markdown(walk)}
                </section>
                {calls}
                <section id="shapes">
                    <h2 class=TITLE>{t("docs-shapes")}</h2>
                    <div class="space-y-4">{shapes}</div>
                </section>
            </div>
        </BareFrame>
    }
    .into_any()
}

const TITLE: &str = class!("mb-3 text-xl font-semibold");
const LINK: &str = class!("inline-flex min-h-11 items-center text-accent underline");
const LINKS: &str = class!("grid gap-x-6 md:grid-cols-2");

/// A link to each section, and to each call.
fn contents(document: &'static Value, guide: &str, tags: &[&'static str]) -> impl IntoView + use<> {
    let link = |(id, name): (String, String)| {
        view! {
            <li>
                <a class=LINK href=format!("#{id}")>
                    {name}
                </a>
            </li>
        }
    };
    let sections = headings(guide).into_iter().map(link).collect_view();
    let own = [("walk", t("docs-walk")), ("shapes", t("docs-shapes"))];
    let own = own.map(|(id, name)| link((id.to_owned(), name))).collect_view();
    let calls = tags.iter().flat_map(|tag| operations(document, tag));
    let calls =
        calls.map(|call| link((text(&call.operation["operationId"]).to_owned(), call.line())));
    let calls = calls.collect_view();
    view! {
        <nav aria-label=t("docs-contents")>
            <Card title=t("docs-contents")>
                <ul class=LINKS>{sections} {own}</ul>
                <div class="mt-2 border-t border-line pt-2">
                    <ul class=LINKS>{calls}</ul>
                </div>
            </Card>
        </nav>
    }
}

/// A call of the document.
struct Call {
    method: &'static str,
    path: &'static str,
    operation: &'static Value,
}

impl Call {
    /// `POST /api/v1/locks`
    fn line(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }
}

fn operations(document: &'static Value, tag: &'static str) -> impl Iterator<Item = Call> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| Call { method, path, operation })
    });
    operations.filter(move |call| call.operation["tags"][0] == tag)
}

fn calls(document: &'static Value, tag: &'static str) -> Option<AnyView> {
    let calls: Vec<AnyView> = operations(document, tag).map(one).collect();
    if calls.is_empty() {
        return None;
    }
    let mut name = tag.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let section = view! {
        <section>
            <h2 class=TITLE>{name}</h2>
            <div class="space-y-4">{calls}</div>
        </section>
    };
    Some(section.into_any())
}

fn one(call: Call) -> AnyView {
    let operation = call.operation;
    let id = text(&operation["operationId"]).to_owned();
    let description = text(&operation["description"]);
    let parameters = operation["parameters"].as_array().filter(|all| !all.is_empty());
    let parameters = parameters.map(|all| {
        let rows = all.iter().map(|parameter| {
            let needed =
                if parameter["required"] == true { t("docs-required") } else { String::new() };
            let place = text(&parameter["in"]).to_owned();
            let about = [text(&parameter["description"]), &needed].join(" ");
            let name = view! { <code>{text(&parameter["name"]).to_owned()}</code> }.into_any();
            let kind = type_of(&parameter["schema"]);
            row([name, place.into_any(), kind, markdown(&about)])
        });
        let heads = ["docs-name", "docs-place", "docs-type", "docs-about"];
        table(t("docs-parameters"), &heads, rows.collect())
    });
    let bodies = operation["requestBody"]["content"].as_object().map(|content| {
        let rows = content.iter().map(|(kind, body)| {
            let kind = view! { <code>{kind.clone()}</code> }.into_any();
            row([kind, type_of(&body["schema"])])
        });
        table(t("docs-body"), &["docs-content", "docs-type"], rows.collect())
    });
    let answers = operation["responses"].as_object().into_iter().flatten();
    let (done, not): (Vec<_>, Vec<_>) = answers.partition(|(status, _)| status.starts_with('2'));
    let not: Vec<&str> = not.into_iter().map(|(status, _)| status.as_str()).collect();
    let problems = view! {
        <a class="text-accent underline" href="#errors">
            {t("docs-errors")}
        </a>
    };
    let problems = row([not.join(" ").into_any(), problems.into_any(), shape_link("Problem")]);
    let answers = done.into_iter().map(|(status, answer)| {
        let kind = answer["content"].as_object().and_then(|content| content.values().next());
        let kind = kind.map(|body| type_of(&body["schema"]));
        let about = text(&answer["description"]);
        row([status.clone().into_any(), about.into_any(), kind.into_any()])
    });
    let answers = answers.chain([problems]);
    let heads = ["docs-status", "docs-about", "docs-type"];
    let answers = table(t("docs-answers"), &heads, answers.collect());
    view! {
        <Card id=id>
            <h3 class="text-lg font-semibold">{text(&operation["summary"]).to_owned()}</h3>
            <p class="my-2">
                <code class="break-all">{call.line()}</code>
            </p>
            {markdown(description)}
            {parameters}
            {bodies}
            {answers}
        </Card>
    }
    .into_any()
}

/// `heads` are the keys of its columns' names.
fn table(caption: String, heads: &[&str], rows: Vec<AnyView>) -> AnyView {
    let heads: Vec<Head> = heads.iter().map(|key| Head::Text(t(key))).collect();
    view! {
        <div class="mt-3">
            <Table label=caption heads=heads shows_label=true>
                {rows}
            </Table>
        </div>
    }
    .into_any()
}

fn row<const N: usize>(cells: [AnyView; N]) -> AnyView {
    let cells = cells.into_iter().map(|cell| view! { <td class=CELL>{cell}</td> });
    view! { <tr class="border-t border-line">{cells.collect_view()}</tr> }.into_any()
}

fn tag(tag: &'static Value) -> &'static str {
    text(&tag["name"])
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
