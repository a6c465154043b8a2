//! The form that adds an operator.

use domain::actor::Role;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::{Roles, fresh_password};
use crate::failure::page;
use crate::flash::flash_of;
use crate::locale::t;
use crate::server_fns::operators::AddOperator;
use crate::session;
use crate::ui::{Button, Card, Errors, Field, LinkButton, Look, OpsFrame, PageHead};

/// `/ops/operators/new`
#[component]
pub fn NewOperatorPage() -> impl IntoView {
    page(async {
        session::admin().await?;
        let flash = flash_of("operator-add").await;
        let labels = vec![
            ("name", t("operator-name")),
            ("email", t("operator-email")),
            ("role", t("operator-role")),
            ("password", t("operator-password")),
        ];
        let back = ("/ops/operators".to_owned(), t("operators-title"));
        let role = flash.value("role").and_then(|word| Role::parse(&word)).unwrap_or(Role::Viewer);
        Ok(view! {
            <OpsFrame title=t("operators-new") here="/ops/operators">
                <PageHead title=t("operators-new") back=back />
                <div class="grid max-w-xl gap-4">
                    <Errors flash=flash.clone() labels=labels />
                    <Card>
                        <form
                            method="post"
                            action=AddOperator::url()
                            class="grid gap-4"
                            autocomplete="off"
                        >
                            <Field
                                name="name"
                                label=t("operator-name")
                                value=flash.value_or("name", "")
                                problem=flash.problem("name")
                                autocomplete="off"
                                required=true
                            />
                            <Field
                                name="email"
                                label=t("operator-email")
                                kind="email"
                                value=flash.value_or("email", "")
                                problem=flash.problem("email")
                                autocomplete="off"
                                required=true
                            />
                            <Roles chosen=role problem=flash.problem("role") />
                            <Field
                                name="password"
                                label=t("operator-password")
                                hint=t("operator-password-hint")
                                value=fresh_password()
                                problem=flash.problem("password")
                                autocomplete="off"
                                required=true
                            />
                            <div class="flex flex-wrap gap-2">
                                <Button>{t("operator-add")}</Button>
                                <LinkButton look=Look::Plain href="/ops/operators">
                                    {t("operator-cancel")}
                                </LinkButton>
                            </div>
                        </form>
                    </Card>
                </div>
            </OpsFrame>
        })
    })
}
