//! What somebody else has saved while one typed: who, when, and where the two differ.

use domain::OperatorId;
use domain::actor::Operator;
use engine::templates::Template;
use leptos::prelude::*;
use serde_json::Value;

use crate::AppError;
use crate::context::engine;
use crate::locale::{minute, t, t_with};
use crate::ops::draft_form::DraftForm;
use crate::ops::problems::label_key;
use crate::ops::speech::{Speech, in_shop_time};

/// Fields that say nothing by themselves.
const UNTOLD: [&str; 2] = ["confirm", "percent_as"];

/// Fields that hold a word of the form's own.
const CHOICES: [&str; 7] =
    ["audience", "kind", "part_return", "scope_rule", "stacking", "validity", "visibility"];

pub(super) async fn difference(
    operator: &Operator,
    template: &Template,
    typed: &DraftForm,
    speech: &Speech,
) -> Result<AnyView, AppError> {
    let said = who_and_when(operator, template).await?;
    let theirs = speech.form(template.draft());
    // What reads alike is written alike before the two are compared.
    let own = in_shop_time(|conventions| typed.parse(conventions));
    let own = own.map_or_else(|_| typed.clone(), |draft| speech.form(&draft));
    let rows = rows(&theirs, &own, speech);
    let row = |(label, theirs, own): (String, String, String)| {
        view! {
            <tr class="border-t border-line align-top">
                <th scope="row" class="py-1 pr-3 text-left font-normal text-muted">
                    {label}
                </th>
                <td class="py-1 pr-3 break-words whitespace-pre-line" dir="auto">
                    {theirs}
                </td>
                <td class="py-1 break-words whitespace-pre-line" dir="auto">
                    {own}
                </td>
            </tr>
        }
    };
    let table = (!rows.is_empty()).then(|| {
        view! {
            <table class="mt-2 w-full table-fixed text-text" id="difference">
                <thead>
                    <tr>
                        <th scope="col" class="text-left font-normal text-muted">
                            {t("stale-field")}
                        </th>
                        <th scope="col" class="text-left font-medium">
                            {t("stale-theirs")}
                        </th>
                        <th scope="col" class="text-left font-medium">
                            {t("stale-yours")}
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        }
    });
    Ok(view! {
        <p class="mt-1">{said}</p>
        <p class="mt-1">
            {t("editor-stale")} " "
            <a
                class="underline"
                href=format!("/ops/templates/{}", template.id)
                target="_blank"
                rel="noopener"
            >
                {t("editor-stale-look")}
            </a>
        </p>
        {table}
    }
    .into_any())
}

async fn who_and_when(operator: &Operator, template: &Template) -> Result<String, AppError> {
    let engine = engine();
    let versions = engine::templates::versions(&engine, operator, template.id).await?;
    let Some(newest) = versions.into_iter().next() else { return Ok(String::new()) };
    let author = match newest.author.parse().map(OperatorId) {
        Ok(id) => engine::accounts::operator(&engine, id).await.ok(),
        Err(_) => None,
    };
    let who = author.map_or_else(|| t("stale-somebody"), |author| author.name);
    Ok(t_with("stale-who", [("who", who.into()), ("at", minute(newest.at).into())]))
}

/// Label, theirs, own, of each field in which the two differ.
fn rows(theirs: &DraftForm, own: &DraftForm, speech: &Speech) -> Vec<(String, String, String)> {
    let fields = |form: &DraftForm| serde_json::to_value(form).unwrap_or_default();
    let (theirs, own) = (fields(theirs), fields(own));
    let Some(names) = theirs.as_object() else { return Vec::new() };
    let differs = |name: &&String| !UNTOLD.contains(&name.as_str()) && theirs[*name] != own[*name];
    let row = |name: &String| {
        let said = |form: &Value| value(name, &form[name], speech);
        (label(name), said(&theirs), said(&own))
    };
    names.keys().filter(differs).map(row).collect()
}

fn label(field: &str) -> String {
    match field.strip_suffix("_time") {
        Some(date) => format!("{} · {}", t(&label_key(date)), t("draft-time")),
        None => t(&label_key(field)),
    }
}

fn value(field: &str, value: &Value, speech: &Speech) -> String {
    let said = match value {
        Value::String(word) if CHOICES.contains(&field) => {
            t(&format!("{}-{}", label_key(field), word.replace('_', "-")))
        }
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            items.iter().map(|item| entry(item, speech)).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    };
    if said.is_empty() { "–".to_owned() } else { said }
}

/// A category by its name, a step as its two amounts.
fn entry(item: &Value, speech: &Speech) -> String {
    match item {
        Value::String(id) => {
            id.parse().map_or_else(|_| id.clone(), |category| speech.shop.category(&category))
        }
        step => {
            let part = |part: &str| step[part].as_str().unwrap_or_default().to_owned();
            format!("{} → {}", part("min_spend"), part("amount"))
        }
    }
}
