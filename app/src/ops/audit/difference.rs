//! What was before and what is now, field by field; what is the same is left out.

use std::collections::{BTreeMap, HashMap};

use domain::alert::Rule;
use domain::benefit::Step;
use domain::money::BasisPoints;
use domain::template::State;
use domain::{Money, Time};
use engine::audit::Entry;
use leptos::prelude::*;
use serde_json::Value;

use crate::locale::{last_minute, minute, money, t, t_with};
use crate::ops::draft_form::{PercentAs, write_percent};
use crate::ops::health::rule_name;
use crate::ops::templates::state_key;
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

pub(super) fn table(entry: &Entry, names: &HashMap<String, String>) -> Option<AnyView> {
    let fields = between(&entry.old, &entry.new);
    if fields.is_empty() {
        return None;
    }
    let row = |field: Field| {
        let Field { name, old, new } = field;
        let cell = |text: Option<String>| {
            let text = text.map(|text| shortened(&in_words(entry, names, &name, text)));
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
                    <span class="break-all">{label(entry, &name)}</span>
                </th>
                {cell(old)}
                {cell(new)}
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

/// What a field is called, where the console has a word for it.
fn label(entry: &Entry, name: &str) -> String {
    let is_alarm = matches!(entry.kind.as_str(), "alert" | "alert_rule");
    let key = match name {
        "state" => "templates-state",
        "note" | "reason" => "reason",
        "emergency_stop" => "many-stop",
        "shoppers" => "segment-shoppers",
        "benefit.amount" => "difference-amount",
        "benefit.basis_points" => "difference-percent",
        "benefit.min_spend" => "difference-min-spend",
        "benefit.max_discount" => "difference-max-discount",
        "benefit.steps" => "difference-steps",
        "benefit.per" => "difference-per",
        "benefit.max_times" => "difference-max-times",
        "claim_window.from" => "difference-claim-from",
        "claim_window.until" => "difference-claim-until",
        "validity.days.days" => "difference-days",
        "validity.fixed.from" => "difference-valid-from",
        "validity.fixed.until" | "validity.days.until" => "difference-valid-until",
        "amount" => "funnel-amount",
        "first" => "funnel-first",
        "last" => "funnel-last",
        "name" => "difference-name",
        "title" => "difference-title",
        "campaign" => "difference-campaign",
        "description" => "difference-description",
        "terms" => "difference-terms",
        "stock" => "difference-stock",
        "budget" => "difference-budget",
        "per_shopper" => "difference-per-shopper",
        "per_shopper_daily" => "difference-per-day",
        "channels" => "difference-channels",
        "rule" if is_alarm => "audit-kind-alert-rule",
        "subject" if is_alarm => "audit-about",
        "threshold" if is_alarm => "audit-threshold",
        "value" if is_alarm => "audit-value",
        "window_minutes" if is_alarm => "alert-window",
        "on" if is_alarm => "alert-on",
        _ => return name.to_owned(),
    };
    t(key)
}

/// What a field holds, likewise.
fn in_words(entry: &Entry, names: &HashMap<String, String>, field: &str, text: String) -> String {
    let known = match (entry.kind.as_str(), field) {
        ("template", "state") => State::parse(&text).map(|state| t(state_key(state))),
        ("template", "emergency_stop") | ("alert_rule", "on") => {
            Some(t(if text == "true" { "audit-yes" } else { "audit-no" }))
        }
        ("alert", "rule") => Rule::parse(&text).map(rule_name),
        ("alert", "subject") => names.get(&text).cloned(),
        ("template", field) => of_template(field, &text),
        ("channel", "amount") => amount(&text),
        _ => None,
    };
    known.unwrap_or(text)
}

/// Amounts, percentages and moments of a draft, as people read them.
fn of_template(field: &str, text: &str) -> Option<String> {
    let moment = || text.parse::<Time>().ok();
    match field {
        "budget"
        | "benefit.amount"
        | "benefit.min_spend"
        | "benefit.max_discount"
        | "benefit.per" => amount(text),
        "benefit.basis_points" => text.parse().ok().map(BasisPoints).map(percent),
        "benefit.steps" => {
            let all: Vec<Step> = serde_json::from_str(text).ok()?;
            Some(all.iter().map(step).collect::<Vec<_>>().join(&t("separator")))
        }
        "claim_window.from" | "validity.fixed.from" => moment().map(minute),
        "claim_window.until" | "validity.fixed.until" | "validity.days.until" => {
            moment().map(last_minute)
        }
        _ => None,
    }
}

/// In minor units, as it is kept.
fn amount(text: &str) -> Option<String> {
    text.parse().ok().map(Money::minor).map(money)
}

fn percent(points: BasisPoints) -> String {
    let (off, zhe) = (write_percent(points, PercentAs::Off), write_percent(points, PercentAs::Zhe));
    t_with("difference-percent-off", [("off", off.into()), ("zhe", zhe.into())])
}

fn step(step: &Step) -> String {
    let filled = [("amount", money(step.amount).into()), ("min", money(step.min_spend).into())];
    t_with("difference-step", filled)
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
            fields.push(Field { name, old, new });
        }
    }
    fields.sort_by(|one, other| one.name.cmp(&other.name));
    fields
}

/// Every value by its path; nothing is none. A list stands as a whole, and what has no path is a state.
fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    let named = || if path.is_empty() { "state".to_owned() } else { path.to_owned() };
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&path, value, into);
            }
        }
        Value::String(text) => drop(into.insert(named(), text.clone())),
        other => drop(into.insert(named(), other.to_string())),
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
        let long = |end: &str| json!({ "terms": "a".repeat(SHOWN) + end });
        assert_eq!(told(long("b"), long("c")).len(), 1, "also where it is too long to be shown");
    }

    #[test]
    fn what_is_long_is_cut_where_a_letter_ends() {
        let long = "券".repeat(SHOWN + 1);
        assert_eq!(shortened(&long).chars().count(), SHOWN + 1);
        assert_eq!(shortened("券"), "券");
    }
}
