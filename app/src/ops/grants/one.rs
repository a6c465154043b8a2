//! One grant: what was found in its list, how far it is, what can be done, and who got none.

use domain::{GrantId, ShopperId};
use engine::grants::{self, Action, Failure, Grant, State};
use engine::templates::{self, Template};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_params_map;

use super::list::{author, progress_of, state_chip};
use super::progress::GrantProgress;
use crate::AppError;
use crate::context::engine;
use crate::failure::page;
use crate::flash::flash_of;
use crate::locale::{self, t, t_with};
use crate::ops::operators::one::in_two_steps;
use crate::ops::shoppers::Shoppers;
use crate::ops::templates::count;
use crate::server_fns::grants::ActOnGrant;
use crate::session;
use crate::ui::table::{CELL, Head, PLACE, Table};
use crate::ui::{
    Button, Card, Hidden, LinkButton, Look, Moment, Notice, OpsFrame, PageHead, Said, Tone,
};

/// Failures shown on the page; the file has them all. As many recipients are shown.
const SHOWN: u32 = 20;

/// `/ops/grants/{id}`
#[component]
pub fn GrantPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    page(async move {
        let operator = session::operator().await?;
        let id: GrantId = id.parse().map_err(|_| AppError::NotFound)?;
        let engine = engine();
        let grant = grants::read(&engine, &operator, id).await?;
        let template = templates::read(&engine, &operator, grant.template).await?;
        let failures = grants::failures(&engine, &operator, id, 0, SHOWN).await?;
        let recipients = grants::recipients(&engine, &operator, id, SHOWN as usize).await?;
        let ids = recipients.iter().map(|(_, shopper)| shopper).collect();
        let shoppers = Shoppers::behind(&operator, ids).await?;
        let names = templates::names(&engine, &operator, [author(&grant)]).await?;
        let by = names.get(author(&grant)).cloned().unwrap_or_else(|| t("revision-nobody"));
        let flash = flash_of("grant").await;
        let may_edit = operator.role.can_edit() && !grant.state.is_over();
        let actions = may_edit.then(|| view! { <Actions grant=grant.clone() /> });
        let title = t_with("grant-title", [("name", grant.name.clone().into())]);
        let back = ("/ops/grants".to_owned(), t("grants-title"));
        Ok(view! {
            <OpsFrame title=title.clone() here="/ops/grants">
                <PageHead title=title back=back />
                <p class="mb-4 flex flex-wrap items-center gap-2 text-muted">
                    {state_chip(grant.state)}
                    <span>
                        {t_with("grant-by", [("by", by.into())])} {t("separator")}
                        <Moment at=grant.created_at />
                    </span>
                </p>
                <div class="space-y-4">
                    <Said flash=flash />
                    {stopped(&grant)}
                    <div class="grid items-start gap-4 lg:grid-cols-3">
                        <div class="min-w-0 space-y-4 lg:col-span-2">
                            {progress(&grant)} {found(&grant, &template)}
                            {failed(&grant, failures)} {named(&grant, &recipients, &shoppers)}
                        </div>
                        <div class="min-w-0 space-y-4">{actions} {facts(&grant)}</div>
                    </div>
                </div>
            </OpsFrame>
        })
    })
}

/// Why it stopped by itself, or need not start.
fn stopped(grant: &Grant) -> Option<impl IntoView + use<>> {
    let key = match grant.stopped_by.as_deref() {
        Some("paused") => "grant-stopped-paused",
        Some("not_found") => "grant-stopped-review",
        Some(_) => "grant-stopped-closed",
        None if grant.state != State::Ready || grant.fit() > 0 => return None,
        None if grant.segment.is_some() && grant.recipients == 0 => "grant-segment-empty",
        None => "grant-nobody",
    };
    Some(view! { <Notice tone=Tone::Warn>{t(key)}</Notice> })
}

fn progress(grant: &Grant) -> impl IntoView + use<> {
    let (id, is_moving) = (grant.id.to_string(), grant.state.is_moving());
    let first = progress_of(grant);
    let again = is_moving.then(|| {
        view! {
            <div class="mt-2">
                <LinkButton look=Look::Plain href=format!("/ops/grants/{}", grant.id)>
                    {t("grant-look-again")}
                </LinkButton>
            </div>
        }
    });
    view! {
        <Card title=t("grant-progress")>
            <GrantProgress
                id=id
                first=first
                label=t("grant-progress")
                is_moving=is_moving
            />
            {again}
        </Card>
    }
}

fn number(key: &'static str, n: u64) -> impl IntoView {
    view! {
        <div class="flex items-baseline justify-between gap-4">
            <dt class="min-w-0">{t(key)}</dt>
            <dd class="font-semibold tabular-nums">{count(n)}</dd>
        </div>
    }
}

/// What the check says, before anything is given.
fn found(grant: &Grant, template: &Template) -> impl IntoView + use<> {
    let foreseen = |key: &'static str, n: u64| (n > 0).then(|| number(key, n));
    let (grant, left) = (grant.clone(), template.left().unwrap_or(u64::MAX));
    let to_give = grant.to_give();
    let is_short = !grant.state.is_over() && to_give > left;
    let short = is_short.then(|| {
        let short = count(to_give - left);
        let filled = [("n", left.into()), ("left", count(left).into()), ("short", short.into())];
        view! {
            <div class="mt-3">
                <Notice tone=Tone::Warn>{t_with("grant-short", filled)}</Notice>
            </div>
        }
    });
    let hint = (!grant.state.is_over()).then(|| {
        view! { <p class="mt-3 text-sm text-muted">{t("grant-found-hint")}</p> }
    });
    let is_asked = grant.state == State::Ready && grant.unknown > 0;
    let strangers = is_asked.then(|| {
        let filled = [("n", grant.unknown.into()), ("text", count(grant.unknown).into())];
        view! {
            <div class="mt-3">
                <Notice tone=Tone::Warn>{t_with("grant-strangers", filled)}</Notice>
            </div>
        }
    });
    view! {
        <Card title=t("grant-found")>
            <dl class="space-y-2">
                {number("grant-listed", grant.listed)}
                {foreseen("grant-malformed", grant.malformed)}
                {foreseen("grant-duplicates", grant.duplicates)}
                {number("grant-recipients", grant.recipients)}
            </dl>
            <dl class="mt-3 space-y-2 border-t border-line pt-3">
                {foreseen("grant-unknown", grant.unknown)}
                {foreseen("grant-blocked", grant.blocked)}
                {foreseen("grant-over-limit", grant.over_limit)}
                {foreseen("grant-outside", grant.outside)} {number("grant-fit", grant.fit())}
            </dl>
            {short}
            {strangers}
            {hint}
        </Card>
    }
}

/// Who got none, and why.
fn failed(grant: &Grant, failures: Vec<Failure>) -> Option<impl IntoView + use<>> {
    if failures.is_empty() {
        return None;
    }
    let total = grant.failures();
    let more = (total > failures.len() as u64).then(|| {
        let filled = [("shown", failures.len().into()), ("n", count(total).into())];
        view! { <p class="mt-2 text-sm text-muted">{t_with("grant-failures-more", filled)}</p> }
    });
    let row = |failure: Failure| {
        view! {
            <tr class="border-t border-line">
                <td class=PLACE>{count(failure.position)}</td>
                <td class=CELL>
                    <span class="break-all" dir="auto">
                        {failure.shopper}
                    </span>
                </td>
                <td class=CELL>{locale::failure(&failure.refusal)}</td>
            </tr>
        }
    };
    let rows = failures.into_iter().map(row).collect_view();
    let heads = [
        Head::Number(t("grant-position")),
        Head::Text(t("grant-shopper")),
        Head::Text(t("grant-reason")),
    ];
    let href = format!("/ops/grants/{}/failures.csv", grant.id);
    Some(view! {
        <Card title=t("grant-failures")>
            <Table label=t("grant-failures") heads=heads>
                {rows}
            </Table>
            {more}
            <div class="mt-3">
                <LinkButton look=Look::Secondary href=href>
                    {t("grant-failures-download")}
                </LinkButton>
            </div>
        </Card>
    })
}

/// Whom the entries mean: one may have been named by what they sign in with.
fn named(
    grant: &Grant,
    recipients: &[(u64, ShopperId)],
    shoppers: &Shoppers,
) -> Option<impl IntoView + use<>> {
    if recipients.is_empty() {
        return None;
    }
    let more = (grant.recipients > recipients.len() as u64).then(|| {
        let filled = [("shown", recipients.len().into()), ("n", count(grant.recipients).into())];
        view! { <p class="mt-2 text-sm text-muted">{t_with("grant-named-more", filled)}</p> }
    });
    let row = |(position, shopper): &(u64, ShopperId)| {
        view! {
            <tr>
                <td class=PLACE>{count(*position)}</td>
                <td class=CELL>
                    <span class="break-all" dir="auto">
                        {shopper.to_string()}
                    </span>
                    " "
                    {shoppers.beside(shopper)}
                </td>
            </tr>
        }
    };
    let rows = recipients.iter().map(row).collect_view();
    let heads = [Head::Number(t("grant-position")), Head::Text(t("grant-shopper"))];
    Some(view! {
        <Card title=t("grant-named")>
            <Table label=t("grant-named") heads=heads>
                {rows}
            </Table>
            {more}
        </Card>
    })
}

#[component]
fn Actions(grant: Grant) -> impl IntoView {
    let id = grant.id.to_string();
    let form = |action: Action, look: Look, key: &'static str| {
        view! {
            <form method="post" action=ActOnGrant::url() class="mt-2">
                <Hidden name="id" value=id.clone() />
                <Button look=look name="action" value=action.as_str()>
                    {t(key)}
                </Button>
            </form>
        }
    };
    let step = |effect: String, action, look, key| {
        view! {
            <div class="py-3">
                <p>{effect}</p>
                {form(action, look, key)}
            </div>
        }
    };
    let next = match grant.state {
        State::Ready if grant.fit() == 0 => None,
        State::Ready => {
            let n = grant.fit();
            let filled = [("n", n.into()), ("text", count(n).into())];
            let effect = t_with("grant-start-effect", filled);
            Some(step(effect, Action::Start, Look::Primary, "grant-start"))
        }
        State::Running => {
            let effect = t("grant-pause-effect");
            Some(step(effect, Action::Pause, Look::Secondary, "grant-pause"))
        }
        State::Paused => {
            let effect = t("grant-resume-effect");
            Some(step(effect, Action::Resume, Look::Primary, "grant-resume"))
        }
        State::Checking | State::Done | State::Cancelled => None,
    };
    let cancel = form(Action::Cancel, Look::Danger, "grant-cancel").into_any();
    view! {
        <Card title=t("actions-title")>
            <div class="divide-y divide-y-reverse divide-line">
                {next} {in_two_steps("grant-cancel-ask", "grant-cancel-effect", false, cancel)}
            </div>
        </Card>
    }
}

fn facts(grant: &Grant) -> impl IntoView + use<> {
    let fact = |term: &'static str, value: AnyView| {
        view! {
            <div>
                <dt class="text-sm text-muted">{t(term)}</dt>
                <dd class="min-w-0 break-words">{value}</dd>
            </div>
        }
    };
    let template = view! {
        <a
            class="inline-flex min-h-11 items-center text-accent underline underline-offset-4 pointer-fine:min-h-6"
            href=format!("/ops/templates/{}", grant.template)
            dir="auto"
        >
            {grant.name.clone()}
        </a>
    };
    let to = match grant.segment.clone() {
        Some(segment) => t_with("grant-to-segment", [("segment", segment.into())]),
        None => t("grant-to-list"),
    };
    let note = grant.note.clone().map(|note| {
        let note = view! {
            <span class="whitespace-pre-line" dir="auto">
                {note}
            </span>
        };
        fact("grant-note", note.into_any())
    });
    let ended = grant.ended_at.map(|at| fact("grant-ended", view! { <Moment at=at /> }.into_any()));
    view! {
        <Card>
            <dl class="space-y-3">
                {fact("grant-template", template.into_any())} {fact("grant-to", to.into_any())}
                {note} {ended}
            </dl>
        </Card>
    }
}
