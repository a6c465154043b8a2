//! Language and theme, kept in cookies of their own: they need no session.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    form::{done, form},
    preferences::{LANGUAGE_COOKIE, Language, THEME_COOKIE},
    session::set_cookie,
};

/// Chooses `en` or `zh`.
#[server(endpoint = "preferences/language", prefix = "/api/fn")]
pub async fn choose_language(#[server(default)] language: String) -> Result<(), AppError> {
    let choose = async {
        let language = Language::parse(&language).ok_or(AppError::Unreadable)?;
        set_cookie(&format!("{LANGUAGE_COOKIE}={}; Max-Age=31536000", language.tag()));
        Ok(done(()))
    };
    form("language", "/").answer(choose).await
}

/// Chooses `light` or `dark`; `system` gives the choice back to the browser.
#[server(endpoint = "preferences/theme", prefix = "/api/fn")]
pub async fn choose_theme(#[server(default)] theme: String) -> Result<(), AppError> {
    let choose = async {
        match theme.as_str() {
            "light" | "dark" => set_cookie(&format!("{THEME_COOKIE}={theme}; Max-Age=31536000")),
            "system" => set_cookie(&format!("{THEME_COOKIE}=; Max-Age=0")),
            _ => return Err(AppError::Unreadable),
        }
        Ok(done(()))
    };
    form("theme", "/").answer(choose).await
}
