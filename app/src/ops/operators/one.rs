//! One operator: what is known of them, and what an admin, or they themselves, can do about it.

use domain::actor::Operator;
use engine::accounts::operators::{self, Colleague, OWN};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_params_map;

use super::{ActiveChip, LastSeen, Roles, fresh_password, role_may_key};
use crate::AppError;
use crate::context::engine;
use crate::failure::page;
use crate::flash::{Flash, flash_of};
use crate::locale::{self, t};
use crate::server_fns::accounts::OperatorSignOutEverywhere;
use crate::server_fns::operators::{
    ChangeOwnPassword, CorrectOperator, SetOperatorPassword, SetOperatorRole, SignOperatorOut,
    SwitchOperator,
};
use crate::session;
use crate::ui::{
    Button, Card, Field, Hidden, Look, Moment, Notice, OpsFrame, PageHead, Said, Tone,
};
use domain::Refusal;

/// `/ops/operators/{id}`: for an admin, and for the operator themselves.
#[component]
pub fn OperatorPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    page(async move {
        let operator = session::operator().await?;
        let id = id.parse().map_err(|_| AppError::NotFound)?;
        if id != operator.id && !operator.role.can_administer() {
            return Err(AppError::Forbidden);
        }
        let one = operators::read(&engine(), &operator, id).await?;
        let flash = flash_of("operator").await;
        let back = ("/ops/operators".to_owned(), t("operators-title"));
        Ok(view! {
            <OpsFrame title=one.name.clone() here="/ops/operators">
                <PageHead title=one.name.clone() back=back />
                <div class="space-y-4">
                    <Told flash=flash.clone() />
                    <div class="grid items-start gap-4 lg:grid-cols-3">
                        <div class="min-w-0 lg:col-start-3">
                            <Facts one=one.clone() />
                        </div>
                        <div class="min-w-0 lg:col-span-2 lg:col-start-1 lg:row-start-1">
                            <Actions one=one operator=operator flash=flash />
                        </div>
                    </div>
                </div>
            </OpsFrame>
        })
    })
}

/// How the last form went; that nobody demotes themselves is told in its own words.
#[component]
fn Told(flash: Flash) -> impl IntoView {
    let is_own = matches!(
        flash.error(),
        Some(AppError::Refused { refusal: Refusal::StateConflict { state }, .. }) if state == OWN
    );
    if is_own {
        view! { <Notice tone=Tone::Danger focus=true>{t("operator-own-refused")}</Notice> }
            .into_any()
    } else {
        view! { <Said flash=flash /> }.into_any()
    }
}

#[component]
fn Facts(one: Colleague) -> impl IntoView {
    let fact = |term: String, value: AnyView| {
        view! {
            <div class="sm:flex sm:gap-4 lg:block">
                <dt class="text-muted sm:w-32 sm:shrink-0">{term}</dt>
                <dd class="min-w-0">{value}</dd>
            </div>
        }
    };
    let role = view! {
        <span class="font-medium">{locale::role(one.role)}</span>
        <p class="text-muted">{t(role_may_key(one.role))}</p>
    };
    view! {
        <Card>
            <dl class="space-y-3">
                {fact(t("operator-email"), one.email.clone().into_any())}
                {fact(t("operator-role"), role.into_any())}
                {fact(
                    t("operator-state"),
                    view! { <ActiveChip is_active=one.is_active /> }.into_any(),
                )} {fact(t("operator-since"), view! { <Moment at=one.created_at /> }.into_any())}
                {fact(
                    t("operator-last-seen"),
                    view! { <LastSeen colleague=one.clone() /> }.into_any(),
                )}
            </dl>
        </Card>
    }
}

/// An admin acts on everybody; whoever is none changes their own password and signs themselves out. What ends or bars something
/// takes two steps, also without JavaScript.
#[component]
fn Actions(one: Colleague, operator: Operator, flash: Flash) -> impl IntoView {
    let is_own = one.id == operator.id;
    let may_administer = operator.role.can_administer();
    let id = one.id.to_string();
    let role = (may_administer && !is_own).then(|| set_role(&one, &flash));
    let own = (may_administer && is_own)
        .then(|| view! { <p class="py-3 text-muted">{t("operator-own")}</p> });
    let names = may_administer.then(|| correct(&one, &flash));
    let password = match is_own {
        true => Some(own_password(&flash).into_any()),
        false => may_administer.then(|| set_password(&id, &flash).into_any()),
    };
    let sign_out = sign_out(&id, is_own);
    let switch = (may_administer && !is_own).then(|| switch(&id, one.is_active));
    view! {
        <Card title=t("actions-title")>
            <div class="divide-y divide-y-reverse divide-line">
                {own} {role} {names} {password} {sign_out} {switch}
            </div>
        </Card>
    }
}

fn set_role(one: &Colleague, flash: &Flash) -> impl IntoView + use<> {
    view! {
        <form method="post" action=SetOperatorRole::url() class="grid gap-3 pb-4">
            <Hidden name="id" value=one.id.to_string() />
            <Roles chosen=one.role problem=flash.problem("role") />
            <div>
                <Button look=Look::Secondary>{t("operator-set-role")}</Button>
            </div>
        </form>
    }
}

fn correct(one: &Colleague, flash: &Flash) -> impl IntoView + use<> {
    let (name, email) = (flash.problem("name"), flash.problem("email"));
    let is_open = name.is_some() || email.is_some();
    view! {
        <details class="py-3" open=is_open>
            <summary class="inline-flex min-h-11 items-center font-medium text-accent">
                {t("operator-correct-ask")}
            </summary>
            <form
                method="post"
                action=CorrectOperator::url()
                class="mt-2 grid gap-3"
                autocomplete="off"
            >
                <Hidden name="id" value=one.id.to_string() />
                <Field
                    name="name"
                    label=t("operator-name")
                    value=flash.value_or("name", &one.name)
                    problem=name
                    autocomplete="off"
                    required=true
                />
                <Field
                    name="email"
                    label=t("operator-email")
                    kind="email"
                    value=flash.value_or("email", &one.email)
                    problem=email
                    autocomplete="off"
                    required=true
                />
                <div>
                    <Button look=Look::Secondary>{t("operator-correct")}</Button>
                </div>
            </form>
        </details>
    }
}

fn own_password(flash: &Flash) -> impl IntoView + use<> {
    let (current, password) = (flash.problem("current"), flash.problem("password"));
    let is_open = current.is_some() || password.is_some();
    let form = view! {
        <form method="post" action=ChangeOwnPassword::url() class="mt-2 grid gap-3">
            <Field
                name="current"
                label=t("operator-current-password")
                kind="password"
                problem=current
                autocomplete="current-password"
                required=true
            />
            <Field
                name="password"
                label=t("operator-new-password")
                kind="password"
                problem=password
                autocomplete="new-password"
                required=true
            />
            <div>
                <Button look=Look::Danger>{t("operator-set-password")}</Button>
            </div>
        </form>
    };
    let effect = "operator-own-password-effect";
    in_two_steps("operator-set-password-ask", effect, is_open, form.into_any())
}

fn set_password(id: &str, flash: &Flash) -> impl IntoView + use<> {
    let problem = flash.problem("password");
    let is_open = problem.is_some();
    let form = view! {
        <form
            method="post"
            action=SetOperatorPassword::url()
            class="mt-2 grid gap-3"
            autocomplete="off"
        >
            <Hidden name="id" value=id />
            <Field
                name="password"
                label=t("operator-password")
                hint=t("operator-password-hint")
                value=fresh_password()
                problem=problem
                autocomplete="off"
                required=true
            />
            <div>
                <Button look=Look::Secondary>{t("operator-set-password")}</Button>
            </div>
        </form>
    };
    let effect = "operator-password-effect";
    asked_first("operator-set-password-ask", effect, is_open, form.into_any())
}

fn sign_out(id: &str, is_own: bool) -> impl IntoView + use<> {
    let (action, effect) = if is_own {
        (OperatorSignOutEverywhere::url(), "operator-own-sign-out-effect")
    } else {
        (SignOperatorOut::url(), "operator-sign-out-effect")
    };
    let form = view! {
        <form method="post" action=action class="mt-2">
            {(!is_own).then(|| view! { <Hidden name="id" value=id /> })}
            <Button look=Look::Danger>{t("sign-out-everywhere")}</Button>
        </form>
    };
    in_two_steps("sign-out-everywhere-ask", effect, false, form.into_any())
}

fn switch(id: &str, is_active: bool) -> AnyView {
    let form = |look: Look, to: &'static str, key: &'static str| {
        view! {
            <form method="post" action=SwitchOperator::url() class="mt-2">
                <Hidden name="id" value=id />
                <Button look=look name="to" value=to>
                    {t(key)}
                </Button>
            </form>
        }
    };
    if is_active {
        let form = form(Look::Danger, "off", "operator-switch-off");
        let (ask, effect) = ("operator-switch-off-ask", "operator-switch-off-effect");
        return in_two_steps(ask, effect, false, form.into_any()).into_any();
    }
    view! {
        <div class="py-3">
            <p>{t("operator-switch-on-effect")}</p>
            {form(Look::Secondary, "on", "operator-switch-on")}
        </div>
    }
    .into_any()
}

/// What gives something up: it says what comes of it before it can be pressed, and stands apart.
pub(in crate::ops) fn in_two_steps(
    ask: &'static str,
    effect: &'static str,
    is_open: bool,
    form: AnyView,
) -> impl IntoView {
    said_before(ASK_DANGER, ask, effect, is_open, form)
}

/// What changes something, and says first what comes of it.
pub(in crate::ops) fn asked_first(
    ask: &'static str,
    effect: &'static str,
    is_open: bool,
    form: AnyView,
) -> impl IntoView {
    said_before(ASK, ask, effect, is_open, form)
}

const ASK: &str = class!("inline-flex min-h-11 items-center font-medium text-accent");
const ASK_DANGER: &str = class!("inline-flex min-h-11 items-center font-medium text-danger");

fn said_before(
    look: &'static str,
    ask: &'static str,
    effect: &'static str,
    is_open: bool,
    form: AnyView,
) -> impl IntoView {
    view! {
        <details class="py-3" open=is_open>
            <summary class=look>{t(ask)}</summary>
            <p>{t(effect)}</p>
            {form}
        </details>
    }
}
