//! Who works in the console, and as what. Everybody there may look; an admin may say.

pub mod newcomer;
pub mod one;

use domain::actor::Role;
use engine::accounts::operators::{self, Colleague};
use leptos::prelude::*;

use crate::context::engine;
use crate::failure::page;
use crate::flash::flash_of;
use crate::locale::{self, t, t_with};
use crate::session;
use crate::ui::{Card, Chip, LinkButton, Moment, OpsFrame, Said, Tone};

/// `/ops/operators`
#[component]
pub fn OperatorsPage() -> impl IntoView {
    page(async {
        let operator = session::operator().await?;
        let all = operators::list(&engine(), &operator).await?;
        let flash = flash_of("operator").await;
        let may_administer = operator.role.can_administer();
        let total = all.len();
        let row = |one: Colleague| {
            let is_own = one.id == operator.id;
            row(&one, is_own, may_administer || is_own)
        };
        let rows = all.into_iter().map(row).collect_view();
        Ok(view! {
            <OpsFrame title=t("operators-title") here="/ops/operators">
                <div class="flex flex-wrap items-center justify-between gap-3">
                    <h1 class="text-2xl font-semibold">{t("operators-title")}</h1>
                    {may_administer
                        .then(|| {
                            view! { <LinkButton href="/ops/operators/new">{t("operators-new")}</LinkButton> }
                        })}
                </div>
                <div class="mt-4 space-y-4">
                    <Said flash=flash />
                    <Rows rows=rows.into_any() />
                    <p class="text-muted tabular-nums">
                        {t_with("operators-total", [("n", total.into())])}
                    </p>
                    <Card title=t("roles-title")>
                        <dl class="grid gap-3">{Role::ALL.map(explained).collect_view()}</dl>
                    </Card>
                </div>
            </OpsFrame>
        })
    })
}

/// What a role may do.
pub(super) fn role_may_key(role: Role) -> &'static str {
    match role {
        Role::Viewer => "role-viewer-may",
        Role::Editor => "role-editor-may",
        Role::Approver => "role-approver-may",
        Role::Risk => "role-risk-may",
        Role::Admin => "role-admin-may",
    }
}

fn explained(role: Role) -> impl IntoView {
    view! {
        <div class="sm:flex sm:gap-4">
            <dt class="font-medium sm:w-32 sm:shrink-0">{locale::role(role)}</dt>
            <dd class="text-muted">{t(role_may_key(role))}</dd>
        </div>
    }
}

/// The choice of a role, with what each may do.
#[component]
fn Roles(chosen: Role, problem: Option<String>) -> impl IntoView {
    let choice = |role: Role| {
        view! {
            <label class="flex min-h-11 items-start gap-3 py-2">
                <input
                    type="radio"
                    name="role"
                    value=role.as_str()
                    class="mt-1 h-4 w-4 shrink-0 accent-current text-accent"
                    checked=role == chosen
                />
                <span class="min-w-0">
                    <span class="font-medium">{locale::role(role)}</span>
                    <span class="block text-muted">{t(role_may_key(role))}</span>
                </span>
            </label>
        }
    };
    let is_wrong = problem.is_some();
    view! {
        <fieldset id="role" aria-describedby=is_wrong.then_some("role-problem")>
            <legend class="font-medium">{t("operator-role")}</legend>
            {Role::ALL.map(choice).collect_view()}
            {problem
                .map(|problem| {
                    view! { <p id="role-problem" class="mt-1 text-sm text-danger">{problem}</p> }
                })}
        </fieldset>
    }
}

#[component]
fn ActiveChip(is_active: bool) -> impl IntoView {
    if is_active {
        view! { <Chip tone=Tone::Ok>{t("operator-active")}</Chip> }
    } else {
        view! { <Chip>{t("operator-inactive")}</Chip> }
    }
}

/// When they last signed in, if they ever did.
#[component]
fn LastSeen(colleague: Colleague) -> impl IntoView {
    match colleague.signed_in_at {
        Some(at) => view! { <Moment at=at /> }.into_any(),
        None => view! { <span class="text-muted">{t("operator-never")}</span> }.into_any(),
    }
}

/// A first password nobody thought of: sixteen of thirty-two symbols in groups of four.
fn fresh_password() -> String {
    const SYMBOLS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let random = rand::random::<u128>();
    let symbol = |i: usize| char::from(SYMBOLS[(random >> (5 * i) & 31) as usize]);
    let group = |group: usize| (group * 4..group * 4 + 4).map(symbol).collect::<String>();
    (0..4).map(group).collect::<Vec<_>>().join("-")
}

const HEAD: &str = class!("px-4 py-2 text-left font-medium");
const HEAD_WIDE: &str = class!("hidden px-4 py-2 text-left font-medium md:table-cell");
const CELL: &str = class!("px-4 py-3 align-top");
const CELL_WIDE: &str = class!("hidden px-4 py-3 align-top md:table-cell");

#[component]
fn Rows(rows: AnyView) -> impl IntoView {
    view! {
        <div class="overflow-hidden rounded-xl border border-line bg-surface shadow-sm">
            <table class="w-full table-fixed">
                <caption class="sr-only">{t("operators-title")}</caption>
                <thead class="border-b border-line text-muted">
                    <tr>
                        <th scope="col" class=HEAD>
                            {t("operator-who")}
                        </th>
                        <th scope="col" class="w-32 px-4 py-2 text-left font-medium">
                            {t("operator-role")}
                        </th>
                        <th scope="col" class=HEAD_WIDE>
                            {t("operator-since")}
                        </th>
                        <th scope="col" class=HEAD_WIDE>
                            {t("operator-last-seen")}
                        </th>
                    </tr>
                </thead>
                <tbody class="divide-y divide-y-reverse divide-line">{rows}</tbody>
            </table>
        </div>
    }
}

fn row(one: &Colleague, is_own: bool, has_page: bool) -> impl IntoView + use<> {
    let name = if has_page {
        view! {
            <a
                class="-my-1 inline-block max-w-full py-1 font-medium text-accent underline-offset-4 hover:underline"
                href=format!("/ops/operators/{}", one.id)
                dir="auto"
            >
                {one.name.clone()}
            </a>
        }
        .into_any()
    } else {
        view! { <span class="-my-1 inline-block max-w-full py-1 font-medium" dir="auto">{one.name.clone()}</span> }.into_any()
    };
    let own = is_own.then(|| view! { <span class="ml-2 text-muted">{t("operator-you")}</span> });
    let is_active = one.is_active;
    view! {
        <tr class="hover:bg-sunken">
            <td class=CELL>
                {name} {own} <p class="break-words text-muted">{one.email.clone()}</p>
                {(!is_active)
                    .then(|| {
                        view! {
                            <p class="mt-1">
                                <ActiveChip is_active=is_active />
                            </p>
                        }
                    })}
            </td>
            <td class=[CELL, "whitespace-nowrap"].join(" ")>{locale::role(one.role)}</td>
            <td class=CELL_WIDE>
                <Moment at=one.created_at />
            </td>
            <td class=CELL_WIDE>
                <LastSeen colleague=one.clone() />
            </td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_password_is_long_readable_and_another_each_time() {
        let (one, other) = (fresh_password(), fresh_password());
        assert_eq!(one.len(), 19);
        assert!(one.split('-').all(|group| group.len() == 4), "{one}");
        assert_ne!(one, other);
    }
}
