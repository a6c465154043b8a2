//! What the trail is asked, in its address: by whom, of what, of which kind, and when.

use domain::calendar::Side;
use domain::template::Window;
use engine::Engine;
use engine::audit::{Filter, KINDS};
use leptos::prelude::*;

use super::{PATH, kind_name};
use crate::form::escaped;
use crate::locale::t;
use crate::ops::inputs::choice;
use crate::ui::field::INPUT;
use crate::ui::{Button, LinkButton, Look};

/// What an address asks, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    who: String,
    subject: String,
    kind: String,
    from: String,
    until: String,
}

impl Asked {
    /// Reads the parts of an address; no store keeps a zero character, and one of them refuses to
    /// look for it.
    pub fn read(word: impl Fn(&str) -> Option<String>) -> Self {
        let word = |name: &str| {
            word(name).map(|word| word.trim().to_owned()).filter(|word| !word.contains('\0'))
        };
        let [who, subject, kind, from, until] =
            ["who", "subject", "kind", "from", "until"].map(|name| word(name).unwrap_or_default());
        Self { who, subject, kind, from, until }
    }

    /// The changes it asks for; a date that is none is passed over.
    pub fn filter(&self, engine: &Engine, before: Option<String>) -> Filter {
        let zone = engine.settings().time_zone;
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Filter {
            who: some(&self.who),
            subject: some(&self.subject),
            kind: some(&self.kind),
            period: Window {
                from: zone.read(&self.from, Side::From).ok(),
                until: zone.read(&self.until, Side::Until).ok(),
            },
            before: before.and_then(|before| before.parse().ok()),
        }
    }

    /// The same at an address.
    pub fn address(&self, path: &str) -> String {
        let parts = self.parts().join("&");
        if parts.is_empty() { path.to_owned() } else { format!("{path}?{parts}") }
    }

    /// The same with one more part.
    pub fn with(&self, path: &str, name: &str, value: &str) -> String {
        let mut parts = self.parts();
        parts.push(format!("{name}={}", escaped(value)));
        format!("{path}?{}", parts.join("&"))
    }

    fn parts(&self) -> Vec<String> {
        let Self { who, subject, kind, from, until } = self;
        let parts =
            [("who", who), ("subject", subject), ("kind", kind), ("from", from), ("until", until)];
        let parts = parts.into_iter().filter(|(_, value)| !value.is_empty());
        parts.map(|(name, value)| format!("{name}={}", escaped(value))).collect()
    }

    /// The form that asks.
    pub(super) fn form(&self) -> AnyView {
        let kinds = KINDS.map(|kind| (kind.to_owned(), kind_name(kind)));
        let kinds = [(String::new(), t("list-any"))].into_iter().chain(kinds).collect();
        let clear = (*self != Self::default()).then(|| {
            view! {
                <LinkButton look=Look::Plain href=PATH>
                    {t("list-clear")}
                </LinkButton>
            }
        });
        view! {
            <form
                method="get"
                action=PATH
                role="search"
                class="grid grid-cols-1 items-end gap-3 sm:grid-cols-2 lg:grid-cols-3"
            >
                {input("who", "search", "audit-who", &self.who)}
                {input("subject", "search", "audit-subject", &self.subject)}
                {choice("kind".to_owned(), "kind", t("audit-kind"), kinds, &self.kind)}
                {input("from", "date", "funnel-first", &self.from)}
                {input("until", "date", "funnel-last", &self.until)}
                <div class="flex flex-wrap gap-2">
                    <Button look=Look::Secondary>{t("list-find")}</Button>
                    {clear}
                </div>
            </form>
        }
        .into_any()
    }
}

fn input(
    name: &'static str,
    kind: &'static str,
    label: &'static str,
    value: &str,
) -> impl IntoView + use<> {
    view! {
        <div class="min-w-0">
            <label class="font-medium" for=name>
                {t(label)}
            </label>
            <input
                id=name
                name=name
                type=kind
                dir="auto"
                value=value.to_owned()
                autocomplete="off"
                class=INPUT
            />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_what_was_asked() {
        let asked = Asked::read(|name| match name {
            "who" => Some(" Edda & co ".to_owned()),
            "subject" => Some("a\0b".to_owned()),
            "until" => Some("2026-03-02".to_owned()),
            _ => None,
        });
        assert_eq!(asked.address("/x"), "/x?who=Edda%20%26%20co&until=2026-03-02");
        assert_eq!(
            asked.with("/x", "before", "1.2"),
            "/x?who=Edda%20%26%20co&until=2026-03-02&before=1.2"
        );
        assert_eq!(Asked::default().address("/x"), "/x");
    }
}
