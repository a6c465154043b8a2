//! The document around every page.

use leptos::{attr::custom::custom_attribute, prelude::*};
use leptos_meta::MetaTags;

use crate::{
    area::Area,
    assets::{Assets, href},
    failure::{Failure, GuardPage},
    locale::t,
    preferences::Preferences,
    routes::App,
};

/// What browsers paint around a page: the palette's `surface`, on which the header stands.
pub(crate) const LIGHT: &str = "#ffffff";
const DARK: &str = "#1d1c1a";

/// With a `failure` the page tells of that, whatever its address.
pub(crate) fn shell(
    area: Area,
    assets: &Assets,
    failure: Option<Failure>,
) -> impl IntoView + use<> {
    // Only what islands hold travels to the browser; pages keep their data on the server.
    if let Some(context) = Owner::current_shared_context() {
        context.set_is_hydrating(false);
    }
    let preferences = Preferences::current();
    let (about, said) = match area {
        Area::Shop => ("description", t("app-description")),
        Area::Ops => ("robots", "noindex".to_owned()),
    };
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
                <meta name="color-scheme" content=preferences.theme.unwrap_or("light dark") />
                {theme_colours(preferences.theme)}
                <meta name=about content=said />
                <link rel="stylesheet" href=href(&assets.css) />
                <link rel="icon" type="image/svg+xml" href=href(&assets.icon) />
                <link rel="manifest" href="/manifest.webmanifest" />
                <MetaTags />
            </head>
            <body>
                {match failure {
                    Some(failure) => view! { <GuardPage failure=failure /> }.into_any(),
                    None => view! { <App /> }.into_any(),
                }}
            </body>
        </html>
    }
}

fn theme_colours(theme: Option<&'static str>) -> impl IntoView {
    let colours = match theme {
        Some("light") => vec![(None, LIGHT)],
        Some(_) => vec![(None, DARK)],
        None => vec![
            (Some("(prefers-color-scheme: light)"), LIGHT),
            (Some("(prefers-color-scheme: dark)"), DARK),
        ],
    };
    let colours = colours.into_iter().map(|(media, colour)| {
        let media = custom_attribute("media", media);
        view! { <meta name="theme-color" {..media} content=colour /> }
    });
    colours.collect_view()
}

/// The tag that wakes the islands of a page. The module starts itself and fetches its wasm
/// (`frontend/wake.js`), so a browser without JavaScript downloads neither. Leptos' own tag writes
/// the nonce into `crossorigin` and needs a script within the page.
pub(crate) fn wake_tags(area: Area, assets: &Assets, nonce: &str) -> String {
    let js = href(&area.bundle(assets).js);
    format!("<script type=\"module\" src=\"{js}\" nonce=\"{nonce}\"></script>")
}
