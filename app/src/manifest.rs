//! What a phone wants to know before it puts the shop on its home screen.

use serde_json::{Value, json};

use crate::{
    assets::{Assets, href},
    locale::t_in,
    preferences::Language,
    shell::LIGHT,
};

pub fn manifest(language: Language, assets: &Assets) -> Value {
    json!({
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "lang": language.tag(),
        "name": t_in(language, "center-title"),
        "short_name": t_in(language, "app-name"),
        "description": t_in(language, "app-description"),
        "display": "standalone",
        "background_color": LIGHT,
        "theme_color": LIGHT,
        "icons": [{ "src": href(&assets.icon), "sizes": "any", "type": "image/svg+xml" }],
    })
}
