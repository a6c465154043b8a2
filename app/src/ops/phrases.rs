//! Messages that both the server and an island fill in: an island gets its own along as props, with
//! the placeholders still in them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Messages by key; `{name}` marks what is filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phrases(BTreeMap<String, String>);

/// Everything that a message here may leave open.
#[cfg(feature = "ssr")]
const PLACES: &[&str] = &[
    "amount", "at", "bare", "bare_min", "base", "current", "date", "decimals", "from", "issued",
    "max", "min", "missing", "n", "name", "names", "off", "on", "pays", "per", "percent",
    "required", "scope", "segment", "spent", "total", "zhe",
];

impl Phrases {
    /// The messages of these keys in the language of the request.
    #[cfg(feature = "ssr")]
    pub fn of<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let places =
            PLACES.iter().map(|place| ((*place).to_owned(), format!("{{{place}}}"))).collect();
        let phrase = |key: &str| (key.to_owned(), crate::locale::t_filled(key, &places));
        Self(keys.into_iter().map(phrase).collect())
    }

    /// The message of a key.
    pub fn get(&self, key: &str) -> String {
        self.0.get(key).cloned().unwrap_or_else(|| key.to_owned())
    }

    /// The same, with its placeholders filled.
    pub fn fill(&self, key: &str, filled: &[(&str, &str)]) -> String {
        let mut text = String::new();
        let phrase = self.get(key);
        let mut rest = phrase.as_str();
        // One pass: what is filled in may hold braces itself.
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let Some((name, behind)) = after.split_once('}') else { break };
            match filled.iter().find(|(place, _)| *place == name) {
                Some((_, value)) => text.push_str(value),
                None => text.push_str(name),
            }
            rest = behind;
        }
        text.push_str(rest);
        text
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Phrases {
    fn from(phrases: [(&str, &str); N]) -> Self {
        let own = |(key, phrase): (&str, &str)| (key.to_owned(), phrase.to_owned());
        Self(phrases.into_iter().map(own).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        let phrases = Phrases::from([("k", "{a} and {b}.")]);
        assert_eq!(phrases.fill("k", &[("a", "{b}"), ("b", "2")]), "{b} and 2.");
        assert_eq!(phrases.fill("k", &[]), "a and b.");
        assert_eq!(phrases.fill("unknown", &[]), "unknown");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn every_message_an_island_takes_along_is_written() {
        use crate::ops::{preview, problems, sentence};
        let keys = [sentence::KEYS, preview::KEYS, problems::KEYS, problems::LABELS].concat();
        let phrases = leptos::prelude::Owner::new().with(|| Phrases::of(keys.iter().copied()));
        for key in keys {
            let said = phrases.get(key);
            assert!(!said.contains("Unknown localization"), "{key}: {said}");
        }
    }
}
