//! The document around every page.

use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::{
    area::Area,
    assets::{Assets, href},
    preferences::Preferences,
    routes::App,
};

pub(crate) fn shell(area: Area, assets: &Assets) -> impl IntoView + use<> {
    // Only what islands hold travels to the browser; pages keep their data on the server.
    if let Some(context) = Owner::current_shared_context() {
        context.set_is_hydrating(false);
    }
    let preferences = Preferences::current();
    view! {
        <!DOCTYPE html>
        <html
            lang=preferences.language.tag()
            data-theme=preferences.theme
            data-area=area.name()
        >
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, viewport-fit=cover"
                />
                <link rel="stylesheet" href=href(&assets.css) />
                <link rel="icon" type="image/svg+xml" href=href(&assets.icon) />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The tag that wakes the islands of a page. The module starts itself and fetches its wasm
/// (`frontend/wake.js`), so a browser without JavaScript downloads neither. Leptos' own tag writes
/// the nonce into `crossorigin` and needs a script within the page.
pub(crate) fn wake_tags(area: Area, assets: &Assets, nonce: &str) -> String {
    let js = href(&area.bundle(assets).js);
    format!("<script type=\"module\" src=\"{js}\" nonce=\"{nonce}\"></script>")
}
