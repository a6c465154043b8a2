//! What stands around the content of every page: the way round, and who is signed in.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;

use crate::{
    context::IsDemo,
    locale::{language, t},
    preferences::{Language, Preferences},
    server_fns::{
        accounts::{OperatorSignOut, SignOut},
        preferences::{ChooseLanguage, ChooseTheme},
    },
    session,
};

/// One entry of the navigation.
struct Way {
    href: &'static str,
    key: &'static str,
}

const SHOP: &[Way] = &[
    Way { href: "/", key: "nav-center" },
    Way { href: "/wallet", key: "nav-wallet" },
    Way { href: "/basket", key: "nav-basket" },
];

const OPS: &[Way] = &[
    Way { href: "/ops", key: "nav-overview" },
    Way { href: "/ops/templates", key: "nav-templates" },
];

/// A page of the shop. `here` is the entry of the navigation it belongs to, as its address.
#[component]
pub fn ShopFrame(
    #[prop(into)] title: String,
    #[prop(default = "")] here: &'static str,
    children: Children,
) -> impl IntoView {
    let who = Suspend::new(async {
        let shopper = session::maybe_shopper().await.ok().flatten();
        match shopper {
            Some(_) => view! {
                <form method="post" action=SignOut::url()>
                    <button type="submit" class=QUIET>{t("nav-sign-out")}</button>
                </form>
            }
            .into_any(),
            None => view! { <a class=QUIET href="/sign-in">{t("nav-sign-in")}</a> }.into_any(),
        }
    });
    view! { <Frame title=title home="/" ways=SHOP here=here width=NARROW who=who.into_any() children=children /> }
}

/// A page of the console.
#[component]
pub fn OpsFrame(
    #[prop(into)] title: String,
    #[prop(default = "")] here: &'static str,
    children: Children,
) -> impl IntoView {
    let who = Suspend::new(async {
        let operator = session::operator().await.ok()?;
        Some(view! {
            <span class="text-muted">{operator.name}</span>
            <form method="post" action=OperatorSignOut::url()>
                <button type="submit" class=QUIET>{t("nav-sign-out")}</button>
            </form>
        })
    });
    view! { <Frame title=title home="/ops" ways=OPS here=here width=WIDE who=who.into_any() children=children /> }
}

const NARROW: &str = class!("mx-auto w-full max-w-3xl px-4");
const WIDE: &str = class!("mx-auto w-full max-w-6xl px-4");
const QUIET: &str =
    class!("inline-flex min-h-11 items-center rounded-lg px-2 text-muted hover:text-text");
const WAY: &str = class!(
    "inline-flex min-h-11 items-center rounded-lg px-3 font-medium text-muted hover:text-text"
);
const WAY_HERE: &str = class!(
    "inline-flex min-h-11 items-center rounded-lg bg-accent-soft px-3 font-medium text-accent"
);

#[component]
fn Frame(
    title: String,
    home: &'static str,
    ways: &'static [Way],
    here: &'static str,
    width: &'static str,
    who: AnyView,
    children: Children,
) -> impl IntoView {
    let is_demo = use_context::<IsDemo>() == Some(IsDemo(true));
    let way = |way: &Way| {
        let is_here = way.href == here;
        view! {
            <li>
                <a
                    class=if is_here { WAY_HERE } else { WAY }
                    href=way.href
                    aria-current=is_here.then_some("page")
                >
                    {t(way.key)}
                </a>
            </li>
        }
    };
    // Leptos puts the text into the page as it is.
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    view! {
        <Title text=title />
        <a
            class="skip-link absolute left-4 top-2 z-10 rounded-lg bg-surface px-4 py-2 font-medium shadow-sm"
            href="#content"
        >
            {t("skip-to-content")}
        </a>
        <header class="border-b border-line bg-surface">
            <div class=[width, BAR].join(" ")>
                <a class="inline-flex min-h-11 items-center text-lg font-semibold text-accent" href=home>
                    {t("app-name")}
                </a>
                <nav aria-label=t("nav") class="order-last w-full sm:order-none sm:w-auto">
                    <ul class="flex flex-wrap gap-1">{ways.iter().map(way).collect_view()}</ul>
                </nav>
                <div class="ml-auto flex items-center gap-2">{who}</div>
            </div>
        </header>
        <main id="content" tabindex="-1" class=[width, MAIN].join(" ")>
            {children()}
        </main>
        <footer class=[width, FOOT].join(" ")>
            <LanguageSwitch />
            <ThemeSwitch />
            {is_demo.then(|| view! { <p class="text-muted">{t("demo-note")}</p> })}
        </footer>
    }
}

const BAR: &str = class!("flex flex-wrap items-center gap-x-4 py-1 sm:py-2");
const MAIN: &str = class!("py-6");
const FOOT: &str =
    class!("flex flex-wrap items-center gap-x-6 gap-y-2 border-t border-line py-6 text-sm");

#[component]
fn LanguageSwitch() -> impl IntoView {
    let chosen = language();
    let choices = [(Language::Zh, "zh", "language-zh"), (Language::En, "en", "language-en")];
    let choices = choices.map(|(language, value, key)| (value, t(key), language == chosen));
    view! {
        <form method="post" action=ChooseLanguage::url()>
            <Switch label=t("language-switch") name="language" choices=choices.to_vec() />
        </form>
    }
}

#[component]
fn ThemeSwitch() -> impl IntoView {
    let chosen = use_context::<Preferences>().unwrap_or_default().theme.unwrap_or("system");
    let choices = [("system", "theme-system"), ("light", "theme-light"), ("dark", "theme-dark")];
    let choices = choices.map(|(value, key)| (value, t(key), value == chosen));
    view! {
        <form method="post" action=ChooseTheme::url()>
            <Switch label=t("theme-switch") name="theme" choices=choices.to_vec() />
        </form>
    }
}

/// One button per choice; the one in force is pressed.
#[component]
fn Switch(
    label: String,
    name: &'static str,
    choices: Vec<(&'static str, String, bool)>,
) -> impl IntoView {
    let choice = |(value, text, is_chosen): (&'static str, String, bool)| {
        view! {
            <button
                type="submit"
                name=name
                value=value
                class=if is_chosen { WAY_HERE } else { QUIET }
                aria-pressed=is_chosen.to_string()
            >
                {text}
            </button>
        }
    };
    view! {
        <fieldset class="flex items-center gap-1">
            <legend class="sr-only">{label}</legend>
            {choices.into_iter().map(choice).collect_view()}
        </fieldset>
    }
}
