//! Names that a shop gives in both languages at once, and those of roles.

use domain::actor::Role;

use super::{language, t};
use crate::preferences::Language;

/// What the reader calls it: of `白菜 Cabbage 1 kg` the half in their language, with the measure. A
/// name in one language stays as it is.
pub fn name(both: &str) -> String {
    half(language(), both)
}

/// What an operator may do, in a word.
pub fn role(role: Role) -> String {
    t(match role {
        Role::Viewer => "role-viewer",
        Role::Editor => "role-editor",
        Role::Approver => "role-approver",
        Role::Risk => "role-risk",
        Role::Admin => "role-admin",
    })
}

fn half(language: Language, both: &str) -> String {
    let parts =
        both.split_once(' ').filter(|(zh, en)| has_han(zh) && !en.is_empty() && !has_han(en));
    match (language, parts) {
        (Language::Zh, Some((zh, en))) => format!("{zh}{}", measure(en)),
        (Language::En, Some((_, en))) => en.to_owned(),
        (_, None) => both.to_owned(),
    }
}

/// ` 1 kg` at the end of a name: it is the same in both languages.
fn measure(name: &str) -> &str {
    let unit =
        ["g", "kg", "ml", "L"].iter().find_map(|unit| name.strip_suffix(unit)?.strip_suffix(' '));
    let start = unit.and_then(|rest| rest.rfind(' ').filter(|at| is_number(&rest[at + 1..])));
    start.map_or("", |start| &name[start..])
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

fn has_han(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_both_languages_is_read_in_ones_own() {
        for (both, en, zh) in [
            ("蔬菜 Vegetables", "Vegetables", "蔬菜"),
            ("肉禽 Meat and poultry", "Meat and poultry", "肉禽"),
            ("白菜 Cabbage 1.5 kg", "Cabbage 1.5 kg", "白菜 1.5 kg"),
            ("八折 20% off dairy", "20% off dairy", "八折"),
            ("Fruit", "Fruit", "Fruit"),
            ("Fresh fruit", "Fresh fruit", "Fresh fruit"),
            ("水果", "水果", "水果"),
            ("水果 蔬菜", "水果 蔬菜", "水果 蔬菜"),
            ("", "", ""),
        ] {
            let halves = (half(Language::En, both), half(Language::Zh, both));
            assert_eq!(halves, (en.to_owned(), zh.to_owned()));
        }
    }
}
