//! Every sentence people read, in their language, and how amounts and times are written in it.

mod benefits;
mod figures;
mod names;
mod refusals;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use fluent_templates::{
    LanguageIdentifier, Loader, fluent_bundle::FluentValue, langid, static_loader,
};
use leptos::prelude::use_context;

use crate::preferences::{Language, Preferences};

pub use benefits::{Worth, condition, conditions, sentence, worth};
pub use figures::{code, day, from_now, last_minute, minute, money, price, window};
pub use names::{name, role};
pub use refusals::{error, failure, problem, problem_of, refusal};

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
    t_in(language(), key)
}

/// The message of a key in a language of choice, where no page is being answered.
pub fn t_in(language: Language, key: &str) -> String {
    CATALOGUES.lookup(identifier(language), key)
}

/// The same, with its placeholders filled: `t_with("pieces", [("n", 3.into())])`.
pub fn t_with<const N: usize>(
    key: &str,
    filled: [(&'static str, FluentValue<'static>); N],
) -> String {
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
    use std::fs;
    use std::path::Path;

    /// The keys of all messages of one language; each has one line that begins with it.
    fn keys(language: &str) -> BTreeSet<String> {
        let folder = format!("{}/locales/{language}", env!("CARGO_MANIFEST_DIR"));
        let mut keys = BTreeSet::new();
        for file in fs::read_dir(folder).expect("a folder per language") {
            let text = fs::read_to_string(file.expect("a file").path()).expect("text");
            for line in text.lines().filter(|line| line.starts_with(|c: char| c.is_alphabetic())) {
                let (key, _) = line.split_once(" =").expect("a message");
                assert!(keys.insert(key.to_owned()), "{key} appears twice in {language}");
            }
        }
        keys
    }

    /// The keys that the source names right where it looks them up.
    fn named(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                named(&path, found);
                continue;
            }
            let text: String =
                fs::read_to_string(&path).expect("text").split_whitespace().collect();
            for call in ["{t(\"", "=t(\"", ",t(\"", "(t(\"", "t_with(\"", ".saying(\""] {
                let calls = text.split(call).skip(1);
                let keys = calls.filter_map(|rest| rest.split_once('"')).map(|(key, _)| key);
                let is_key = |key: &&str| key.contains('-') && !key.contains(['{', '\\']);
                found.extend(keys.filter(is_key).map(str::to_owned));
            }
        }
    }

    #[test]
    fn both_languages_hold_the_same_messages() {
        let (en, zh) = (keys("en"), keys("zh-CN"));
        let apart: Vec<_> = en.symmetric_difference(&zh).collect();
        assert!(apart.is_empty(), "only in one language: {apart:#?}");
    }

    #[test]
    fn every_message_that_is_looked_up_is_there() {
        let mut found = BTreeSet::new();
        named(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        let missing: Vec<_> = found.difference(&keys("en")).cloned().collect();
        assert!(missing.is_empty(), "nobody wrote {missing:#?}");
        assert!(found.len() > 100);
    }
}
