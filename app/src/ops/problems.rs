//! What is wrong with a field of the editor, in words that fit the field.

use domain::{Currency, Problem};

use super::draft_form::{DraftForm, PercentAs, named_again};
use super::phrases::Phrases;
use super::sentence::count;

/// The messages this needs.
#[cfg(feature = "ssr")]
pub const KEYS: &[&str] = &[
    "draft-percent-problem-off",
    "draft-percent-problem-zhe",
    "problem-below-issued",
    "problem-below-spent",
    "problem-control-character",
    "problem-duplicate",
    "problem-duplicate-line",
    "problem-ends-before-it-begins",
    "problem-more-decimals",
    "problem-needs-confirmation",
    "problem-not-a-number",
    "problem-not-a-time",
    "problem-not-above-zero",
    "problem-not-money",
    "problem-not-rising",
    "problem-out-of-range",
    "problem-required",
    "problem-too-few",
    "problem-too-large",
    "problem-too-long",
    "problem-too-many",
    "problem-unknown",
];

/// What the fields of the editor are called.
#[cfg(feature = "ssr")]
pub const LABELS: &[&str] = &[
    "draft-amount",
    "draft-budget",
    "draft-campaign",
    "draft-channels",
    "draft-claim-from",
    "draft-claim-until",
    "draft-days",
    "draft-days-until",
    "draft-description",
    "draft-every-amount",
    "draft-exclude",
    "draft-exclude-products",
    "draft-group",
    "draft-include",
    "draft-include-products",
    "draft-max-discount",
    "draft-max-times",
    "draft-min-spend",
    "draft-name",
    "draft-per",
    "draft-per-shopper",
    "draft-per-shopper-daily",
    "draft-percent",
    "draft-percent-min-spend",
    "draft-reference",
    "draft-segment",
    "draft-steps",
    "draft-stock",
    "draft-terms",
    "draft-title",
    "draft-valid-from",
    "draft-valid-until",
];

/// The fields in the order in which the editor has them.
const ORDER: [&str; 40] = [
    "name",
    "title",
    "campaign",
    "description",
    "terms",
    "kind",
    "amount",
    "min_spend",
    "percent",
    "max_discount",
    "percent_min_spend",
    "steps",
    "per",
    "every_amount",
    "max_times",
    "include",
    "exclude",
    "include_products",
    "exclude_products",
    "scope_rule",
    "claim_from",
    "claim_until",
    "validity",
    "valid_from",
    "valid_until",
    "days",
    "days_until",
    "stock",
    "budget",
    "per_shopper",
    "per_shopper_daily",
    "lane",
    "audience",
    "segment",
    "visibility",
    "channels",
    "stacking",
    "group",
    "part_return",
    "confirm",
];

/// Where a field stands in the editor: what is wrong is told in that order.
pub fn place(field: &str) -> usize {
    let field = field.split('-').next().unwrap_or(field);
    ORDER.iter().position(|known| *known == field).unwrap_or(ORDER.len())
}

/// Whether a field of the editor has to be filled in, where it is asked for at all.
#[cfg(feature = "ssr")]
pub fn is_required(field: &str) -> bool {
    ["name", "amount", "percent", "per", "every_amount", "days", "per_shopper", "segment"]
        .contains(&field)
}

/// The message that names a field: `draft-per-shopper`.
pub fn label_key(field: &str) -> String {
    let field = if field.starts_with("steps-") { "steps" } else { field };
    format!("draft-{}", field.replace('_', "-"))
}

/// The sentence for a problem with a field of this form.
pub fn in_words(
    phrases: &Phrases,
    currency: Currency,
    form: &DraftForm,
    field: &str,
    problem: &Problem,
) -> String {
    // Basis points mean nothing to whoever typed a percentage.
    if field == "percent" && *problem != Problem::Required {
        return phrases.get(match form.percent_as {
            PercentAs::Off => "draft-percent-problem-off",
            PercentAs::Zhe => "draft-percent-problem-zhe",
        });
    }
    let (key, filled): (&str, Vec<(&str, String)>) = match problem {
        Problem::Required => ("problem-required", vec![]),
        Problem::TooLong { max } => ("problem-too-long", vec![("max", max.to_string())]),
        Problem::TooMany { max } => ("problem-too-many", vec![("max", count(*max))]),
        Problem::TooFew { min } => ("problem-too-few", vec![("min", min.to_string())]),
        Problem::ControlCharacter => ("problem-control-character", vec![]),
        Problem::NotMoney => ("problem-not-money", vec![]),
        Problem::MoreDecimals { decimals } => {
            ("problem-more-decimals", vec![("decimals", decimals.to_string())])
        }
        Problem::TooLarge => ("problem-too-large", vec![]),
        Problem::NotANumber => ("problem-not-a-number", vec![]),
        Problem::OutOfRange { min, max } => {
            ("problem-out-of-range", vec![("min", count(*min)), ("max", count(*max))])
        }
        Problem::NotAboveZero => ("problem-not-above-zero", vec![]),
        Problem::NotRising => ("problem-not-rising", vec![]),
        Problem::EndsBeforeItBegins => ("problem-ends-before-it-begins", vec![]),
        Problem::NotATime => ("problem-not-a-time", vec![]),
        Problem::Duplicate if field == "channels" => match named_again(&form.channels) {
            Some((line, name)) => {
                ("problem-duplicate-line", vec![("n", line.to_string()), ("name", name)])
            }
            None => ("problem-duplicate", vec![]),
        },
        Problem::Duplicate => ("problem-duplicate", vec![]),
        Problem::BelowIssued { issued } => {
            ("problem-below-issued", vec![("issued", count(*issued))])
        }
        Problem::BelowSpent { spent } => {
            ("problem-below-spent", vec![("spent", currency.show(*spent))])
        }
        Problem::NeedsConfirmation => ("problem-needs-confirmation", vec![]),
        _ => ("problem-unknown", vec![]),
    };
    let filled: Vec<(&str, &str)> =
        filled.iter().map(|(place, value)| (*place, value.as_str())).collect();
    phrases.fill(key, &filled)
}
