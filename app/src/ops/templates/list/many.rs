//! What is about to be done to many templates at once, before it is done: to which, to which not, and
//! what becomes of the coupons that are out.

use domain::TemplateId;
use domain::actor::Operator;
use domain::template::{Action, State};
use engine::templates::{self, PAGE, Template};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use super::address;
use crate::context::engine;
use crate::failure::page;
use crate::flash::{Flash, flash_of};
use crate::locale::{t, t_with};
use crate::ops::reason::Reason;
use crate::ops::templates::{StateChip, count, not_live, not_resumed, out_in_words};
use crate::server_fns::templates::{ActOnTemplates, StopTemplates};
use crate::ui::{Button, Card, Empty, Hidden, LinkButton, Look, OpsFrame, PageHead, Said};
use crate::{AppError, session};

pub const PATH: &str = "/ops/templates/many";

/// The emergency stop.
pub const STOP: &str = "/ops/templates/many?action=stop";

/// `/ops/templates/many?action=…&ids[]=…&ids[]=…`
#[component]
pub fn ManyTemplatesPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    page(async move {
        // Who may not act sees no press.
        let operator = session::editor().await?;
        let said = flash_of("templates").await;
        let (title, content) = match query.get("action").as_deref() {
            Some("pause") => ("many-pause", ticked(&operator, Action::Pause, &query).await?),
            Some("resume") => ("many-resume", ticked(&operator, Action::Publish, &query).await?),
            Some("end") => ("many-end", ticked(&operator, Action::End, &query).await?),
            Some("stop") => ("many-stop", stop(&operator, &said).await?),
            _ => return Err(AppError::NotFound),
        };
        let back = (list(&query), t("templates-title"));
        Ok(view! {
            <OpsFrame title=t(title) here=address::PATH>
                <PageHead title=t(title) back=back />
                <div class="grid gap-4">
                    <Said flash=said />
                    {content}
                </div>
            </OpsFrame>
        })
    })
}

/// The list that was come from.
fn list(query: &ParamsMap) -> String {
    let is_list = |to: &String| to.starts_with(address::PATH) && crate::form::is_own_page(to);
    query.get("to").filter(is_list).unwrap_or_else(|| address::PATH.to_owned())
}

async fn ticked(
    operator: &Operator,
    action: Action,
    query: &ParamsMap,
) -> Result<AnyView, AppError> {
    let ids = query.get_all("ids[]").unwrap_or_default();
    let ids: Vec<TemplateId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    if ids.len() as u64 > PAGE {
        return Err(AppError::Unreadable);
    }
    let (engine, back) = (engine(), list(query));
    let templates = templates::read_each(&engine, operator, &ids).await?;
    if templates.is_empty() {
        return Ok(view! {
            <Empty text=t("list-nothing-ticked")>
                <LinkButton href=back>{t("many-back")}</LinkButton>
            </Empty>
        }
        .into_any());
    }
    let is_meant = |template: &Template| why_not(action, template).is_none();
    let (meant, others): (Vec<Template>, Vec<Template>) = templates.into_iter().partition(is_meant);
    let out = templates::coupons::outstanding_of_each(&engine, operator, &meant).await?;
    let (effect, press, word, look) = match action {
        Action::End => ("many-end-effect", "many-end-press", "end", Look::Danger),
        Action::Publish => ("many-resume-effect", "many-resume-press", "resume", Look::Primary),
        _ => ("many-pause-effect", "many-pause-press", "pause", Look::Primary),
    };
    let n = meant.len() as u64;
    let press = t_with(press, [("n", n.into()), ("text", count(n).into())]);
    // All that was ticked is sent, so that it is told of each what came of it.
    let sent = meant.iter().chain(&others);
    let sent = sent.map(|template| view! { <Hidden name="ids[]" value=template.id.to_string() /> });
    let sent = sent.collect_view();
    // What is resumed changes nothing for coupons that are out.
    let out = (action != Action::Publish).then(|| out_in_words(&out));
    let effect: Vec<String> = [Some(t(effect)), out].into_iter().flatten().collect();
    let effect = effect.join(&t("sentence-gap"));
    let form = (n > 0).then(|| {
        view! {
            <Card>
                <p>{effect}</p>
                <form method="post" action=ActOnTemplates::url() class="mt-3 flex flex-wrap gap-2">
                    <Hidden name="action" value=word />
                    <Hidden name="to" value=back.clone() />
                    {sent}
                    <Button look=look>{press}</Button>
                    <LinkButton look=Look::Plain href=back>
                        {t("many-back")}
                    </LinkButton>
                </form>
            </Card>
        }
    });
    Ok(view! {
        {form}
        {named("many-meant", &meant, action)}
        {named("many-others", &others, action)}
    }
    .into_any())
}

/// Why it is not done to one of many. What is published here was paused.
fn why_not(action: Action, template: &Template) -> Option<String> {
    if action == Action::Publish {
        return not_resumed(template);
    }
    let after = template.state.after(action, false);
    let is_changed = after.is_ok_and(|after| after != template.state);
    (!is_changed).then(|| not_live(template.state))
}

/// Templates by their names and states, and why nothing is done to them where that is so.
fn named(title: &'static str, templates: &[Template], action: Action) -> Option<AnyView> {
    let entry = |template: &Template| {
        let why =
            why_not(action, template).map(|why| view! { <span class="text-muted">{why}</span> });
        view! {
            <li class="flex flex-wrap items-center gap-x-3 py-2">
                <a
                    class="inline-flex min-h-11 min-w-0 items-center break-words text-accent underline-offset-4 hover:underline"
                    href=format!("{}/{}", address::PATH, template.id)
                    dir="auto"
                >
                    {template.draft().name.clone()}
                </a>
                <StateChip state=template.state />
                {why}
            </li>
        }
    };
    let entries = templates.iter().map(entry).collect_view();
    (!templates.is_empty()).then(|| {
        view! {
            <Card title=t(title)>
                <ul class="divide-y divide-line">{entries}</ul>
            </Card>
        }
        .into_any()
    })
}

/// All that is live, whatever was looked for.
async fn stop(operator: &Operator, said: &Flash) -> Result<AnyView, AppError> {
    let counted = templates::count_by_state(&engine(), operator).await?;
    let live = counted.iter().find(|(state, _)| *state == State::Live).map_or(0, |(_, n)| *n);
    let told = t_with("many-stop-live", [("n", live.into()), ("text", count(live).into())]);
    let form = (live > 0).then(|| {
        view! {
            <p class="mt-2">{t("many-stop-effect")}</p>
            <form method="post" action=StopTemplates::url() class="mt-3 grid max-w-xl gap-4">
                <Reason
                    id="reason"
                    name="reason"
                    label=t("many-stop-reason")
                    value=said.value("reason")
                    problem=said.problem("reason")
                />
                <div class="flex flex-wrap gap-2">
                    <Button look=Look::Danger>{t("many-stop-press")}</Button>
                    <LinkButton look=Look::Plain href=address::PATH>
                        {t("many-back")}
                    </LinkButton>
                </div>
            </form>
        }
    });
    Ok(view! {
        <Card>
            <p class="font-medium">{told}</p>
            {form}
        </Card>
    }
    .into_any())
}
