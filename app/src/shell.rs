//! The document around every page.

use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::{
    assets::{Assets, Bundle, href},
    preferences::Preferences,
    routes::App,
};

/// The two halves differ in accent and size of type, and in the islands they load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    Shop,
    Ops,
}

impl Area {
    pub(crate) fn of(path: &str) -> Self {
        let below = path.strip_prefix("/ops");
        if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            Self::Ops
        } else {
            Self::Shop
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Ops => "ops",
        }
    }

    fn bundle(self, assets: &Assets) -> &Bundle {
        match self {
            Self::Shop => &assets.shop,
            Self::Ops => &assets.console,
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_below_ops_are_the_console() {
        for (path, area) in [
            ("/", Area::Shop),
            ("/ops", Area::Ops),
            ("/ops/templates", Area::Ops),
            ("/opsy", Area::Shop),
        ] {
            assert_eq!(Area::of(path), area, "{path}");
        }
    }
}
