//! The box for pool codes.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    flash::Flash,
    locale::{self, t, t_with},
    server_fns::pools::EnterPoolCode,
    ui::{Button, Field, Look},
};

/// The name of the form, and its place on the page.
pub(super) const FORM: &str = "pool-code";

/// One field, folded up until it is wanted; what was typed and what is wrong with it come back into
/// it.
pub(super) fn form(flash: &Flash, is_open: bool) -> impl IntoView + use<> {
    let flash = Some(flash).filter(|flash| flash.form == FORM);
    let typed = flash.and_then(|flash| flash.value("code")).unwrap_or_default();
    let problem = flash.and_then(problem);
    let is_open = is_open || problem.is_some();
    view! {
        <details id=FORM class="my-4 rounded-xl border border-line bg-surface" open=is_open>
            <summary class="min-h-11 px-4 py-2 leading-7 font-medium">{t("pool-title")}</summary>
            <form
                method="post"
                action=EnterPoolCode::url()
                class="grid gap-3 px-4 pb-4 sm:grid-cols-[1fr_auto] sm:items-end"
            >
                <Field
                    name="code"
                    label=t("pool-code")
                    hint=t("pool-hint")
                    value=typed
                    problem=problem
                    autocomplete="off"
                />
                <Button look=Look::Secondary>{t("pool-press")}</Button>
            </form>
        </details>
    }
}

/// How many letters and digits a code has, as the field's hint says.
const LENGTH: usize = 16;

/// A wrong code, a spent one and somebody else's are told alike; one that is too short or too long to
/// be any is told by what was typed alone.
fn problem(flash: &Flash) -> Option<String> {
    if flash.is_unknown() {
        let typed = flash.value("code").unwrap_or_default();
        let length = typed.chars().filter(|c| c.is_alphanumeric()).count();
        return Some(match length {
            LENGTH => t("pool-unknown"),
            _ => t_with("pool-length", [("length", LENGTH.into()), ("n", length.into())]),
        });
    }
    flash.problem("code").or_else(|| flash.error().map(locale::error))
}
