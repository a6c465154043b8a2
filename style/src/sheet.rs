//! Puts the sheet together: reset, tokens, `theme.css`, then one rule per class used.

use std::collections::{BTreeMap, BTreeSet};

use encre_css::{Config, Preflight, utils::check_selectors};

use crate::{
    Complaint,
    palette::{ACCENTS, COLOURS, custom_properties},
    scan::Word,
};

const THEME: &str = include_str!("../theme.css");

const SANS: &str = "system-ui, -apple-system, \"Segoe UI\", Roboto, \"Helvetica Neue\", Arial, \
    \"PingFang SC\", \"Hiragino Sans GB\", \"Microsoft YaHei\", \"Noto Sans CJK SC\", \
    \"Noto Sans SC\", sans-serif, \"Apple Color Emoji\", \"Segoe UI Emoji\", \"Noto Color Emoji\"";

/// Names that carry no rule of their own but steer `group-hover:` and `peer-checked:`.
const MARKERS: &[&str] = &["group", "peer"];

/// States that `aria-…:` speaks of beside those encre-css knows.
const ARIA_STATES: &[(&str, &str)] =
    &[("current", "current=\"page\""), ("invalid", "invalid=\"true\"")];

/// Every word that is neither a Tailwind class nor one of `theme.css`.
pub(crate) fn unknown(words: &[Word]) -> Vec<Complaint> {
    let ours = own_classes(THEME);
    let unique: BTreeSet<&str> = words.iter().map(|word| word.class.as_str()).collect();
    // One call for all: each call builds the whole plugin tree anew.
    let mut joined = String::new();
    let mut starts = BTreeMap::new();
    for class in unique {
        let marker = class.split('/').next().unwrap_or(class);
        if !ours.contains(class) && !MARKERS.contains(&marker) {
            starts.insert(joined.len(), class);
            joined.push_str(class);
            joined.push(' ');
        }
    }
    let bad: BTreeSet<&str> = check_selectors(&joined, &config())
        .iter()
        .filter_map(|error| starts.range(..=error.span.start).next_back())
        .map(|(_, class)| *class)
        .collect();
    words
        .iter()
        .filter(|word| bad.contains(word.class.as_str()))
        .map(|word| {
            let reason = format!("nobody knows the class `{}`", word.class);
            Complaint::new(&word.file, word.line, reason)
        })
        .collect()
}

pub(crate) fn stylesheet(words: &[Word]) -> String {
    let mut config = config();
    let reset = encre_css::generate([], &config);
    config.preflight = Preflight::new_custom(format!("{reset}\n{}\n{THEME}", custom_properties()));
    let classes: BTreeSet<&str> = words.iter().map(|word| word.class.as_str()).collect();
    squeeze(&encre_css::generate(classes, &config))
}

fn config() -> Config {
    let mut config = Config::default();
    config.preflight = Preflight::new_full().font_family_sans(SANS);
    for name in COLOURS.iter().map(|colour| &colour.name).chain(ACCENTS) {
        config.theme.colors.add(*name, format!("var(--color-{name})"));
    }
    for (state, value) in ARIA_STATES {
        config.theme.aria.add(*state, *value);
    }
    config
}

/// The classes a sheet defines.
fn own_classes(css: &str) -> BTreeSet<&str> {
    let selectors = css.split('}').filter_map(|rule| rule.rsplit_once('{').map(|(head, _)| head));
    selectors
        .flat_map(|selector| selector.split('.').skip(1))
        .filter_map(|rest| {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
                .unwrap_or(rest.len());
            rest[..end].starts_with(|c: char| c.is_ascii_alphabetic()).then_some(&rest[..end])
        })
        .collect()
}

/// Drops comments, indents and empty lines; compression does the rest.
fn squeeze(css: &str) -> String {
    let mut squeezed = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, comment)) = rest.split_once("/*") {
        squeezed.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    squeezed.push_str(rest);
    squeezed.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn words(classes: &str) -> Vec<Word> {
        crate::scan::words(Path::new("page.rs"), &format!("\nclass!(\"{classes}\")")).expect("Rust")
    }

    #[test]
    fn an_unknown_class_is_reported_with_file_and_line() {
        let complaints = unknown(&words("flex text-mutted hover:bg-surface group peer/item"));
        let complaints: Vec<_> = complaints.iter().map(ToString::to_string).collect();
        assert_eq!(complaints, ["page.rs:2: nobody knows the class `text-mutted`"]);
    }

    #[test]
    fn a_class_of_the_theme_is_known() {
        assert_eq!(own_classes(".a1 .b-2:hover > p { width: .5rem } @media x { .c { } }").len(), 3);
    }

    #[test]
    fn states_of_fields_and_links_are_known() {
        let css = stylesheet(&words("aria-invalid:border-danger aria-current:font-semibold"));
        assert!(css.contains("[aria-invalid=\"true\"] {\nborder-color: var(--color-danger);"));
        assert!(css.contains("[aria-current=\"page\"] {"));
    }

    #[test]
    fn tokens_become_rules_for_both_themes() {
        let css = stylesheet(&words("bg-surface md:text-accent border-line/50"));
        for expected in [
            "background-color: var(--color-surface);",
            "@media (width >= 48rem)",
            "color: var(--color-accent);",
            "color-mix(in oklab, var(--color-line) 50%, transparent)",
            ":root[data-theme=\"dark\"]",
            "@media screen and (prefers-color-scheme: dark)",
            "@media print",
            "PingFang SC",
        ] {
            assert!(css.contains(expected), "{expected} is missing");
        }
        assert!(!css.contains("/*"));
    }
}
