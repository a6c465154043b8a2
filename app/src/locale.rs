//! Every sentence people read, in their language, and how amounts and times are written in it.

mod benefits;
mod figures;
mod refusals;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use fluent_templates::{LanguageIdentifier, Loader, fluent_bundle::FluentValue, langid, static_loader};
use leptos::prelude::use_context;

use crate::preferences::{Language, Preferences};

pub use benefits::{Worth, condition, sentence, worth};
pub use figures::{code, day, last_minute, minute, money, window};
pub use refusals::{error, problem, refusal};

static_loader! {
    static CATALOGUES = {
        locales: "./locales",
        fallback_language: "en",
        // Marks around what is filled in would end up in copied codes and amounts.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static EN: LanguageIdentifier = langid!("en");
static ZH: LanguageIdentifier = langid!("zh-CN");

/// The language of the request being answered.
pub fn language() -> Language {
    use_context::<Preferences>().unwrap_or_default().language
}

/// The message of a key.
pub fn t(key: &str) -> String {
    CATALOGUES.lookup(identifier(language()), key)
}

/// The same, with its placeholders filled: `t_with("pieces", [("n", 3.into())])`.
pub fn t_with<const N: usize>(key: &str, filled: [(&'static str, FluentValue<'static>); N]) -> String {
    let filled = filled.into_iter().map(|(name, value)| (Cow::Borrowed(name), value));
    look_up(key, &filled.collect())
}

/// The same with texts that a session kept.
pub fn t_filled(key: &str, filled: &BTreeMap<String, String>) -> String {
    let own = |(name, value): (&String, &String)| {
        (Cow::Owned(name.clone()), FluentValue::from(value.clone()))
    };
    look_up(key, &filled.iter().map(own).collect())
}

fn look_up(key: &str, filled: &HashMap<Cow<'static, str>, FluentValue<'static>>) -> String {
    CATALOGUES.lookup_with_args(identifier(language()), key, filled)
}

fn identifier(language: Language) -> &'static LanguageIdentifier {
    match language {
        Language::En => &EN,
        Language::Zh => &ZH,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// Each message with the placeholders it names, of all files of one language.
    fn messages(language: &str) -> BTreeSet<(String, BTreeSet<String>)> {
        let folder = format!("{}/locales/{language}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(folder).expect("a folder per language");
        let texts = files.map(|file| std::fs::read_to_string(file.expect("a file").path()));
        let mut found: Vec<(String, BTreeSet<String>)> = Vec::new();
        for text in texts {
            for line in text.expect("text").lines() {
                let is_indented = line.starts_with([' ', '\t', '}']);
                let key = line.split_once('=').filter(|_| !is_indented && !line.starts_with('#'));
                if let Some((key, _)) = key {
                    found.push((key.trim().to_owned(), BTreeSet::new()));
                }
                let names = line.split('$').skip(1).map(|rest| {
                    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
                });
                if let Some((_, placeholders)) = found.last_mut() {
                    placeholders.extend(names);
                }
            }
        }
        let count = found.len();
        let found: BTreeSet<_> = found.into_iter().collect();
        assert_eq!(found.len(), count, "a key appears twice in {language}");
        found
    }

    #[test]
    fn both_languages_hold_the_same_messages_with_the_same_placeholders() {
        let (en, zh) = (messages("en"), messages("zh-CN"));
        let apart: Vec<_> = en.symmetric_difference(&zh).collect();
        assert!(apart.is_empty(), "only in one language: {apart:#?}");
        assert!(en.len() > 100);
    }
}
