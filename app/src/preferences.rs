//! Language and theme of the person asking: a cookie if they chose, else what their browser says.

use axum::http::{HeaderMap, header, request::Parts};
use leptos::prelude::use_context;

pub const LANGUAGE_COOKIE: &str = "language";
pub const THEME_COOKIE: &str = "theme";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    En,
    Zh,
}

impl Language {
    pub fn parse(tag: &str) -> Option<Self> {
        match tag.trim().split('-').next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Self::En),
            "zh" => Some(Self::Zh),
            _ => None,
        }
    }

    /// The value of `<html lang>`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    pub language: Language,
    /// `light` or `dark`; without one the system decides.
    pub theme: Option<&'static str>,
}

impl Preferences {
    /// Those of the request being answered.
    pub fn current() -> Self {
        use_context::<Parts>().map(|parts| Self::of(&parts.headers)).unwrap_or_default()
    }

    pub fn of(headers: &HeaderMap) -> Self {
        let language = cookie(headers, LANGUAGE_COOKIE)
            .and_then(Language::parse)
            .or_else(|| accepted(headers))
            .unwrap_or_default();
        let theme = match cookie(headers, THEME_COOKIE) {
            Some("light") => Some("light"),
            Some("dark") => Some("dark"),
            _ => None,
        };
        Self { language, theme }
    }
}

/// The value of one cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key.trim() == name).then_some(value.trim()))
}

/// The language we speak that `Accept-Language` weighs highest.
fn accepted(headers: &HeaderMap) -> Option<Language> {
    let asked = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best = None;
    for choice in asked.split(',') {
        let (tag, weight) = choice.split_once(";q=").unwrap_or((choice, "1"));
        let weight: f32 = weight.trim().parse().unwrap_or(0.0);
        if let Some(language) = Language::parse(tag)
            && weight > best.map_or(0.0, |(_, weight)| weight)
        {
            best = Some((language, weight));
        }
    }
    best.map(|(language, _)| language)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn check(accept: &'static str, cookies: &'static str, expected: Language) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accept));
        headers.insert(header::COOKIE, HeaderValue::from_static(cookies));
        assert_eq!(Preferences::of(&headers).language, expected, "{accept} with {cookies}");
    }

    #[test]
    fn the_cookie_wins_then_the_browsers_best_weight() {
        check("zh-CN,zh;q=0.9,en;q=0.8", "", Language::Zh);
        check("en-US,en;q=0.9,zh;q=0.8", "", Language::En);
        check("fr, zh;q=0.2, en;q=0.7", "", Language::En);
        check("zh", "a=b; language=en", Language::En);
        check("fr;q=x,*", "language=klingon", Language::En);
    }
}
