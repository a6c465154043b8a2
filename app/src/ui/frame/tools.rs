//! Language and theme: forms that need no JavaScript and return to the page they stand on.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    locale::{language, t},
    preferences::{Language, Preferences},
    server_fns::preferences::{ChooseLanguage, ChooseTheme},
    ui::icon::{Glyph, Icon},
};

const TOOL: &str = class!(
    "inline-flex min-h-11 min-w-11 items-center justify-center gap-1 rounded-lg px-2 text-sm whitespace-nowrap text-muted transition-colors hover:bg-sunken hover:text-text"
);

/// Leads to the other language, in its own words.
#[component]
pub fn LanguageSwitch() -> impl IntoView {
    let (other, value, key) = match language() {
        Language::En => (Language::Zh, "zh", "language-zh"),
        Language::Zh => (Language::En, "en", "language-en"),
    };
    view! {
        <form method="post" action=ChooseLanguage::url()>
            <button
                type="submit"
                name="language"
                value=value
                lang=other.tag()
                title=t("language-switch")
                class=TOOL
            >
                <Icon glyph=Glyph::Tongue />
                {t(key)}
            </button>
        </form>
    }
}

/// A button that opens the three choices.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let chosen = use_context::<Preferences>().unwrap_or_default().theme.unwrap_or("system");
    let choices = [
        ("system", "theme-system", Glyph::Screen),
        ("light", "theme-light", Glyph::Sun),
        ("dark", "theme-dark", Glyph::Moon),
    ];
    let now = choices.iter().find(|(value, ..)| *value == chosen).map(|(.., glyph)| *glyph);
    let choice = |(value, key, glyph)| {
        let is_chosen = value == chosen;
        view! {
            <button
                type="submit"
                name="theme"
                value=value
                aria-pressed=is_chosen.to_string()
                class=if is_chosen { CHOICE_TAKEN } else { CHOICE }
            >
                <Icon glyph=glyph />
                <span class="flex-1 text-left">{t(key)}</span>
                {is_chosen.then(|| view! { <Icon glyph=Glyph::Check /> })}
            </button>
        }
    };
    view! {
        <button
            type="button"
            popovertarget="theme"
            class=TOOL
            aria-label=t("theme-switch")
            title=t("theme-switch")
        >
            <Icon glyph=now.unwrap_or(Glyph::Screen) />
        </button>
        <form id="theme" popover="auto" class="panel" method="post" action=ChooseTheme::url()>
            <fieldset class="grid gap-1">
                <legend class="px-2 pb-1 text-sm text-muted">{t("theme-switch")}</legend>
                {choices.map(choice).collect_view()}
            </fieldset>
        </form>
    }
}

const CHOICE: &str = class!(
    "flex min-h-11 w-full items-center gap-3 rounded-lg px-2 transition-colors hover:bg-sunken"
);
const CHOICE_TAKEN: &str = class!(
    "flex min-h-11 w-full items-center gap-3 rounded-lg bg-accent-soft px-2 font-medium text-accent"
);
