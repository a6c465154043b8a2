//! What a list shows, as its address says it.

use domain::benefit::Kind;
use domain::template::{State, Visibility};
use engine::templates::{Claims, Filter, Sort};
use leptos_router::params::ParamsMap;

use crate::form::escaped;

pub const PATH: &str = "/ops/templates";

/// An address that says nothing we know shows everything.
pub fn read(query: &ParamsMap) -> Filter {
    // No store keeps a zero character, and one of them refuses to look for it.
    let word =
        |name: &str| query.get(name).filter(|word| !word.trim().is_empty() && !word.contains('\0'));
    let sort = word("sort").unwrap_or_default();
    let reversed = sort.strip_prefix('-');
    let page: u64 = word("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    Filter {
        search: word("search"),
        state: word("state").and_then(|word| State::parse(&word)),
        claims: word("claims").and_then(|word| Claims::parse(&word)),
        campaign: word("campaign"),
        visibility: word("visibility").and_then(|word| parse_visibility(&word)),
        kind: word("kind").and_then(|word| Kind::parse(&word)),
        sort: Sort::parse(reversed.unwrap_or(&sort)).unwrap_or_default(),
        reversed: reversed.is_some(),
        page: page.clamp(1, 1_000_000) - 1,
    }
}

/// The address of a list; what goes without saying is left out.
pub fn write(filter: &Filter) -> String {
    let mut parts = Vec::new();
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() {
            parts.push(format!("{name}={}", escaped(value)));
        }
    };
    add("search", filter.search.as_deref().unwrap_or_default());
    add("state", filter.state.map(State::as_str).unwrap_or_default());
    add("claims", filter.claims.map(Claims::as_str).unwrap_or_default());
    add("campaign", filter.campaign.as_deref().unwrap_or_default());
    add("visibility", filter.visibility.map(visibility).unwrap_or_default());
    add("kind", filter.kind.map(Kind::as_str).unwrap_or_default());
    if (filter.sort, filter.reversed) != (Sort::default(), false) {
        add("sort", &sort(filter.sort, filter.reversed));
    }
    if filter.page > 0 {
        add("page", &(filter.page + 1).to_string());
    }
    if parts.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", parts.join("&")) }
}

/// `name`, or `-name` for the other way round.
pub fn sort(sort: Sort, reversed: bool) -> String {
    format!("{}{}", if reversed { "-" } else { "" }, sort.as_str())
}

pub fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Listed => "listed",
        Visibility::Link => "link",
        Visibility::Granted => "granted",
    }
}

pub const VISIBILITIES: [Visibility; 3] =
    [Visibility::Listed, Visibility::Link, Visibility::Granted];

fn parse_visibility(word: &str) -> Option<Visibility> {
    VISIBILITIES.into_iter().find(|known| visibility(*known) == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let query = |address: &str| {
            let (_, query) = address.split_once('?').unwrap_or_default();
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.map(|(name, value)| (name.to_owned(), unescaped(value))).collect::<ParamsMap>()
        };
        let everything = Filter {
            search: Some("a&b 券".into()),
            state: Some(State::InReview),
            claims: Some(Claims::AllGone),
            campaign: Some("100% <b>".into()),
            visibility: Some(Visibility::Link),
            kind: Some(Kind::Every),
            sort: Sort::Gone,
            reversed: true,
            page: 6,
        };
        for filter in [everything, Filter::default(), Filter { page: 1, ..Filter::default() }] {
            assert_eq!(read(&query(&write(&filter))), filter);
        }
        assert_eq!(write(&Filter::default()), "/ops/templates");
    }

    #[test]
    fn odd_words_in_an_address_are_passed_over() {
        let odd =
            [("page", "0"), ("sort", "--name"), ("state", "x"), ("kind", ""), ("search", " ")];
        let odd = odd.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let filter = read(&odd.into_iter().collect::<ParamsMap>());
        assert_eq!(filter, Filter { reversed: true, ..Filter::default() });
    }

    fn unescaped(text: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            bytes.extend(before.bytes());
            bytes.push(u8::from_str_radix(&after[..2], 16).expect("two digits"));
            rest = &after[2..];
        }
        bytes.extend(rest.bytes());
        String::from_utf8(bytes).expect("text")
    }
}
