//! All grants, newest first, and the form for another.

use std::collections::{BTreeSet, HashMap};

use domain::actor::Operator;
use domain::{FieldError, Problem, TemplateId, template};
use engine::grants::{self, Grant, SHOWN, State};
use engine::templates::{self, Template};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;

use crate::AppError;
use crate::context::engine;
use crate::failure::page;
use crate::flash::{Flash, flash_of};
use crate::locale::{self, t, t_with};
use crate::ops::templates::count;
use crate::server_fns::grants::{CreateGrant, Progress};
use crate::session;
use crate::ui::field::{Choices, FILE, INPUT};
use crate::ui::notice::Wrongs;
use crate::ui::{
    Bar, Button, Card, Chip, Empty, Field, Glyph, Hidden, Moment, OpsFrame, PageHead, Pager, Tone,
};

/// Templates to choose from; others are reached by their own page, which names them.
const CHOICES: u64 = 300;

/// `/ops/grants`
#[component]
pub fn GrantsPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let place = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1u64).max(1);
    let wished = query.get("template").and_then(|id| id.parse::<TemplateId>().ok());
    page(async move {
        let operator = session::operator().await?;
        let (found, total) = grants::list(&engine(), &operator, None, place - 1).await?;
        let by = found.iter().map(author);
        let names = templates::names(&engine(), &operator, by).await?;
        let form = match operator.role.can_edit() {
            true => Some(form(&operator, wished).await?),
            false => None,
        };
        let list = if total == 0 {
            view! { <Empty glyph=Glyph::People title=t("grants-none-title") text=t("grants-none") /> }
                .into_any()
        } else {
            let rows = found.iter().map(|grant| row(grant, &names)).collect_view();
            view! { <ul class="grid gap-3">{rows}</ul> }.into_any()
        };
        Ok(view! {
            <OpsFrame title=t("grants-title") here="/ops/grants">
                <PageHead title=t("grants-title") lead=t("grants-lead") />
                <div class="grid gap-4">
                    {form}
                    <section class="grid gap-3" aria-label=t("grants-list")>
                        {(total > 0)
                            .then(|| {
                                view! { <h2 class="text-lg font-semibold">{t("grants-list")}</h2> }
                            })} {list}
                    </section>
                    <Pager
                        page=place
                        pages=total.div_ceil(SHOWN)
                        href=|to| format!("/ops/grants?page={to}")
                    />
                </div>
            </OpsFrame>
        })
    })
}

/// Who asked for it, as names are looked up.
pub fn author(grant: &Grant) -> &str {
    grant.actor.strip_prefix("operator:").unwrap_or(&grant.actor)
}

pub(super) fn state_chip(state: State) -> impl IntoView {
    let (tone, key) = match state {
        State::Checking => (Tone::Accent, "grant-state-checking"),
        State::Ready => (Tone::Warn, "grant-state-ready"),
        State::Running => (Tone::Accent, "grant-state-running"),
        State::Paused => (Tone::Warn, "grant-state-paused"),
        State::Done => (Tone::Ok, "grant-state-done"),
        State::Cancelled => (Tone::Neutral, "grant-state-cancelled"),
    };
    view! { <Chip tone=tone>{t(key)}</Chip> }
}

/// How far a grant is, in a sentence.
pub fn progress_of(grant: &Grant) -> Progress {
    let text = |n: u64| count(n).into();
    let said = match (grant.state, &grant.segment) {
        (State::Checking, Some(_)) => t_with("grant-said-walking", [("found", text(grant.listed))]),
        (State::Checking, None) => {
            let filled = [("checked", text(grant.checked)), ("listed", text(grant.listed))];
            t_with("grant-said-checking", filled)
        }
        (State::Ready, _) => {
            let filled = [("n", grant.recipients.into()), ("text", text(grant.recipients))];
            t_with("grant-said-ready", filled)
        }
        _ => {
            let left = grant.recipients.saturating_sub(grant.settled());
            let filled = [
                ("given", text(grant.given)),
                ("failed", text(grant.failed)),
                ("left", text(left)),
            ];
            t_with("grant-said-running", filled)
        }
    };
    Progress { percent: grant.percent(), said, state: grant.state.as_str().to_owned() }
}

fn row(grant: &Grant, names: &HashMap<String, String>) -> impl IntoView + use<> {
    let by = names.get(author(grant)).cloned().unwrap_or_else(|| t("revision-nobody"));
    let Progress { percent, said, .. } = progress_of(grant);
    view! {
        <li class="rounded-xl border border-line bg-surface p-4 shadow-sm">
            <div class="mb-2 flex flex-wrap items-center gap-x-2">
                <a
                    class="inline-flex min-h-11 min-w-0 items-center font-semibold break-words text-accent underline underline-offset-4 pointer-fine:min-h-8"
                    href=format!("/ops/grants/{}", grant.id)
                    dir="auto"
                >
                    {grant.name.clone()}
                </a>
                {state_chip(grant.state)}
                <span class="text-muted">
                    {t_with("grant-by", [("by", by.into())])} {t("separator")}
                    <Moment at=grant.created_at relative=true />
                </span>
            </div>
            <Bar percent=percent />
            <p class="mt-1 text-sm text-muted tabular-nums">{said}</p>
        </li>
    }
}

/// What can be given: what is live, newest first, and what was wished for.
async fn choices(
    operator: &Operator,
    wished: Option<TemplateId>,
) -> Result<Vec<Template>, AppError> {
    let engine = engine();
    let mut found = templates::made_before(&engine, operator, None, CHOICES).await?;
    if let Some(wished) = wished.filter(|wished| found.iter().all(|one| one.id != *wished)) {
        match templates::read(&engine, operator, wished).await {
            Ok(template) => found.insert(0, template),
            Err(engine::Error::Missing) => {}
            Err(error) => return Err(error.into()),
        }
    }
    found.retain(|template| template.state == template::State::Live);
    Ok(found)
}

async fn form(operator: &Operator, wished: Option<TemplateId>) -> Result<AnyView, AppError> {
    let flash = flash_of("grant-new").await;
    let chosen = flash.value("template").and_then(|id| id.parse().ok()).or(wished);
    let choices = choices(operator, chosen).await?;
    let known = engine::shoppers::segments(&engine(), operator).await?;
    Ok(view! { <New choices=choices chosen=chosen segments=known.names flash=flash /> }.into_any())
}

#[component]
fn New(
    choices: Vec<Template>,
    chosen: Option<TemplateId>,
    segments: BTreeSet<String>,
    flash: Flash,
) -> impl IntoView {
    if choices.is_empty() {
        return view! {
            <Card id="new" title=t("grant-new")>
                <p class="text-muted">{t("grant-no-templates")}</p>
            </Card>
        }
        .into_any();
    }
    let entry = |wrong: &FieldError| {
        (wrong.field.clone(), t(&format!("grant-{}", wrong.field)), problem(wrong))
    };
    let wrongs = flash.error().cloned().map(|error| {
        let entries = flash.fields().iter().map(entry).collect();
        view! { <div class="mb-4"><Wrongs error=error entries=entries /></div> }
    });
    let option = |template: &Template| {
        let is_chosen = chosen == Some(template.id);
        view! {
            <option value=template.id.to_string() selected=is_chosen>
                {template.draft().name.clone()}
            </option>
        }
    };
    let options = choices.iter().map(option).collect_view();
    let key = grants::next_id(&engine()).to_string();
    view! {
        <Card id="new" title=t("grant-new")>
            {wrongs}
            <form
                method="post"
                action=CreateGrant::url()
                enctype="multipart/form-data"
                class="grid max-w-xl gap-4"
            >
                <Hidden name="key" value=key />
                <div>
                    <label class="font-medium" for="template">
                        {t("grant-template")}
                    </label>
                    <select id="template" name="template" class=INPUT required>
                        <option value="" selected=chosen.is_none()>
                            {t("grant-choose")}
                        </option>
                        {options}
                    </select>
                    <Wrong of="template" flash=flash.clone() />
                </div>
                <p class="text-muted">{t("grant-one-of")}</p>
                <div>
                    <label class="font-medium" for="file">
                        {t("grant-file")}
                    </label>
                    <p id="file-hint" class="text-sm text-muted">
                        {t("grant-file-hint")}
                    </p>
                    <input
                        id="file"
                        name="file"
                        type="file"
                        accept=".csv,text/csv"
                        class=FILE
                        aria-describedby="file-hint"
                    />
                    <Wrong of="file" flash=flash.clone() />
                </div>
                <div>
                    <label class="font-medium" for="shoppers">
                        {t("grant-shoppers")}
                    </label>
                    <p id="shoppers-hint" class="text-sm text-muted">
                        {t("grant-shoppers-hint")}
                    </p>
                    <textarea
                        id="shoppers"
                        name="shoppers"
                        rows="4"
                        dir="auto"
                        class=INPUT
                        aria-describedby="shoppers-hint"
                    >
                        {flash.value("shoppers")}
                    </textarea>
                    <Wrong of="shoppers" flash=flash.clone() />
                </div>
                <Field
                    name="segment"
                    label=t("grant-segment")
                    hint=t("grant-segment-hint")
                    value=flash.value_or("segment", "")
                    problem=flash.problem("segment")
                    autocomplete="off"
                    list="segments"
                />
                <Choices id="segments" names=segments.into_iter().collect() />
                <Field
                    name="note"
                    label=t("grant-note")
                    hint=t("grant-note-hint")
                    value=flash.value_or("note", "")
                    problem=flash.problem("note")
                    autocomplete="off"
                />
                <div>
                    <Button>{t("grant-check")}</Button>
                </div>
            </form>
        </Card>
    }
    .into_any()
}

/// What is wrong with a field, in the words of this form.
#[component]
fn Wrong(of: &'static str, flash: Flash) -> impl IntoView {
    flash.fields().iter().find(|wrong| wrong.field == of).map(|wrong| {
        view! {
            <p id=format!("{of}-problem") class="mt-1 text-sm text-danger">
                {problem(wrong)}
            </p>
        }
    })
}

fn problem(wrong: &FieldError) -> String {
    match (wrong.field.as_str(), &wrong.problem) {
        // The file is there, but not the column that says who.
        ("file", Problem::Required) => t("grant-file-column"),
        ("file", Problem::TooFew { .. }) => t("grant-file-empty"),
        _ => locale::problem_of(wrong),
    }
}
