//! What `quan help` says of the environment: every name we read, what it is for and its default.

use std::fmt::Write as _;

use crate::config::{Config, NAMES};

/// What each name decides, in a line.
const SENTENCES: &[(&str, &str)] = &[
    ("DATABASE_URL", "the store: an SQLite file, or postgres://… for production"),
    ("LEPTOS_SITE_ADDR", "where to listen"),
    (
        "REDIS_URL",
        "Redis beside the store, redis://host:6379/0: it makes quicker, nothing needs it",
    ),
    ("QUAN_APPROVAL_ABOVE", "money-at-risk above which a second person approves a template"),
    ("QUAN_CURRENCY", "the one currency (ISO 4217)"),
    ("QUAN_DAILY_CLAIMS", "claims per shopper and local day over all templates"),
    ("QUAN_LOCK_MINUTES", "how long an unpaid order keeps its coupons, 1 to 1440"),
    ("QUAN_LOG_JSON", "true: the log is one JSON object a line"),
    ("QUAN_MAX_COUPONS", "coupons per order, 1 to 8"),
    ("QUAN_PAYMENT_SECRET", "what the payment center signs its callbacks with, whsec_<base64>"),
    ("QUAN_REPLACEMENTS_DAILY", "coupons an operator may replace on a local day"),
    (
        "QUAN_SECRET",
        "what sessions are kept under; made beside an SQLite store, required for PostgreSQL",
    ),
    ("QUAN_SHOP_SECRET", "what the host shop signs shoppers in with, at least 32 bytes"),
    ("QUAN_SITE", "the built assets"),
    ("QUAN_TIME_ZONE", "where the shop's days begin and end (IANA)"),
    ("QUAN_TLS", "true: browsers come by TLS, and cookies say Secure"),
    (
        "QUAN_TRUSTED_PROXIES",
        "networks of the proxies before us, a comma between: what they say of addresses holds",
    ),
    ("QUAN_WEBHOOKS_PRIVATE", "true: webhooks may reach private networks, by plain http too"),
];

/// The names of the environment, a line each.
pub(crate) fn environment() -> String {
    let defaults = serde_json::to_value(Config::default()).unwrap_or_default();
    let widest = NAMES.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::from("Environment:\n");
    for (name, field) in NAMES {
        let sentence = SENTENCES.iter().find(|(known, _)| known == name);
        let sentence = sentence.map_or("", |(_, sentence)| sentence);
        let default = match &defaults[field] {
            serde_json::Value::String(text) if text.is_empty() => "none".to_owned(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let _ = writeln!(text, "  {name:widest$}  {sentence} [default: {default}]");
    }
    text.push_str("\nAn unknown name that begins with QUAN_ is refused.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_environment_has_a_sentence_and_a_default() {
        for (name, _) in NAMES {
            assert!(SENTENCES.iter().any(|(known, _)| known == name), "{name} has no sentence");
        }
        let text = environment();
        assert!(text.contains("QUAN_MAX_COUPONS"), "{text}");
        assert!(text.contains("coupons per order, 1 to 8 [default: 3]"), "{text}");
        assert!(text.contains("[default: 127.0.0.1:3000]") && !text.contains("null"), "{text}");
    }
}
