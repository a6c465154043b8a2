//! The box for pool codes.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    flash::Flash,
    locale::{self, t},
    server_fns::pools::EnterPoolCode,
    ui::{Button, Card, Field, Look},
};

/// The name of the form, and its place on the page.
pub(super) const FORM: &str = "pool-code";

/// One field; what was typed and what is wrong with it come back into it.
pub(super) fn form(flash: &Flash) -> impl IntoView + use<> {
    let flash = Some(flash).filter(|flash| flash.form == FORM);
    let typed = flash.and_then(|flash| flash.value("code")).unwrap_or_default();
    let problem = flash.and_then(problem);
    // Told by a live region too: the field is below what one reads first.
    let told = problem.clone().map(|problem| {
        view! {
            <p role="alert" class="sr-only">
                {problem}
            </p>
        }
    });
    view! {
        <div class="mt-8 print:hidden">
            <Card id=FORM title=t("pool-title")>
                {told}
                <form method="post" action=EnterPoolCode::url() class="grid gap-3">
                    <Field
                        name="code"
                        label=t("pool-code")
                        hint=t("pool-hint")
                        value=typed
                        problem=problem
                        autocomplete="off"
                    />
                    <div>
                        <Button look=Look::Secondary>{t("pool-press")}</Button>
                    </div>
                </form>
            </Card>
        </div>
    }
}

/// A wrong code, a spent one and somebody else's are told alike.
fn problem(flash: &Flash) -> Option<String> {
    if flash.is_unknown() {
        return Some(t("pool-unknown"));
    }
    flash.problem("code").or_else(|| flash.error().map(locale::error))
}
