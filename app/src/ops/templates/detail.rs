//! One template: what shoppers read, its numbers, what can be done, its funnel and its history.

use std::collections::{BTreeSet, HashMap};

use domain::actor::Operator;
use domain::planning::Named;
use domain::template::{Draft, Lane, State, Validity, Visibility};
use domain::{FieldError, Problem, ProductId, Refusal, TemplateId};
use engine::catalogue::Catalogue;
use engine::templates::{self, Move, Template, coupons};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::actions::{Case, actions};
use super::activity::Activity;
use super::forecast::ForecastCard;
use super::links::Links;
use super::numbers::Numbers;
use super::parts::Parts;
use super::pool::Codes;
use super::revisions::{Compared, Revisions, asked};
use super::{StateChip, claims, count, phase, state_key};
use crate::context::engine;
use crate::failure::page;
use crate::flash::{Flash, flash};
use crate::form::escaped;
use crate::locale::{self, condition, money, t, t_with, worth};
use crate::ops::funnel::{FunnelCard, Period, asking};
use crate::ops::outlook::listed;
use crate::ops::preview::card::size;
use crate::ops::speech::Speech;
use crate::server_fns::templates::CopyTemplate;
use crate::ui::{
    Back, Button, Card, Hidden, LinkButton, Look, Moment, Notice, OpsFrame, Said, Tone,
};
use crate::{AppError, session};

/// Of the products that a template names, as many stand on its page.
const PRODUCTS: usize = 10;

#[component]
pub fn TemplatePage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let query = use_query_map().get_untracked();
    page(async move {
        let operator = session::operator().await?;
        let id: TemplateId = id.parse().map_err(|_| AppError::NotFound)?;
        let engine = engine();
        let word = |name: &str| query.get(name);
        let period = Period::parse(&word("period").unwrap_or_default());
        let compare = word("compare");
        let compared = asked(compare.as_deref(), word("from").as_deref(), word("to").as_deref());
        let before = word("before").and_then(|before| before.parse().ok());

        let template = templates::read(&engine, &operator, id).await?;
        let versions = templates::versions(&engine, &operator, id, before).await?;
        let authors = templates::authors(&engine, &operator, &template).await?;
        let last = templates::last_move(&engine, &operator, id).await?;
        let out = coupons::outstanding(&engine, &operator, &template).await?;
        let happenings = coupons::activity(&engine, &operator, id).await?;
        let pools = engine::pools::list(&engine, &operator, id).await?;
        let reviewers = templates::reviewers(&engine, &operator, &authors).await?;
        let window = period.window(&engine);
        let part = engine::funnel::Part::of(id, window);
        let funnel = engine::funnel::read_with_viewers(&engine, &operator, &part, None).await?;
        let parts = engine::funnel::by_channel_and_revision(&engine, &operator, id, window);
        let (channels, revisions) = parts.await?;
        let named = engine::channels::list(&engine, &operator).await?;
        let asking = period.asking(&engine, Some(&template));
        let whole = asking.write(asking::PATH);
        let forecast = engine::forecast::of(&engine, &operator, id).await?;
        let pair = match compared {
            Some(pair) => Some(templates::pair(&engine, &operator, id, pair).await?),
            None => None,
        };
        let people = versions.iter().map(|version| version.author.as_str());
        let people = people.chain([template.author.as_str()]);
        let people = people.chain(last.as_ref().and_then(|last| last.by.as_deref()));
        let names = templates::names(&engine, &operator, people).await?;

        let flash = flash().await;
        let address = format!("/ops/templates/{id}");
        let is_own = authors.contains(&operator.id.to_string());
        let last = last.map(|last| {
            let by = last.by.as_ref().and_then(|by| names.get(by).cloned());
            (last, by)
        });
        let speech = Speech::current().await?;
        let difference = pair.map(|(old, new)| {
            let changes = speech.difference(&old.draft, &new.draft);
            let pair = (old.number, new.number);
            view! { <Compared pair=pair changes=changes page=address.clone() /> }
        });
        let head = head(&template, &operator, &names, last.as_ref());
        let planned = match &template.draft().reference {
            Some(reference) => Some(planned(&operator, &template, &reference.past).await?),
            None => None,
        };
        let catalogue = engine::catalogue::current(&engine).await?;
        let offer = offer(&template, &speech, &catalogue, planned);
        let current = template.revision.number;
        // What the form of the codes has to say stands beside it.
        let (of_pool, flash) = match flash.form == "pool" {
            true => (flash, Flash::default()),
            false => (Flash::default(), flash),
        };
        let may_edit = operator.role.can_edit();
        let said = said(&flash, &template, last.as_ref());
        let rejected = rejected(&template, last.as_ref());
        let name = template.draft().name.clone();
        let case = Case { template: template.clone(), operator, is_own, reviewers, out, flash };
        let actions = actions(&case);
        Ok(view! {
            <OpsFrame title=name here="/ops/templates">
                {head}
                <div class="mt-4 space-y-4">
                    {said}
                    {rejected}
                    <div class="grid items-start gap-4 lg:grid-cols-3">
                        <div class="min-w-0 space-y-4 lg:col-span-2">{difference} {offer}</div>
                        <div class="min-w-0 space-y-4 lg:col-start-3 lg:row-span-2">
                            {actions}
                            <Numbers template=template.clone() out=out />
                            <Activity happenings=happenings />
                        </div>
                        <div class="min-w-0 space-y-4 lg:col-span-2">
                            <Links template=template.clone() />
                            <Codes
                                template=template
                                pools=pools
                                may_edit=may_edit
                                flash=of_pool
                            />
                            <FunnelCard
                                funnel=funnel
                                period=period
                                page=address.clone()
                                whole=whole
                            />
                            <Parts
                                channels=channels
                                revisions=revisions
                                named=named
                                asking=asking
                            />
                            {forecast.map(|forecast| view! { <ForecastCard forecast=forecast /> })}
                            <Revisions
                                versions=versions
                                names=names
                                speech=speech
                                page=address
                                current=current
                                compared=compared
                            />
                        </div>
                    </div>
                </div>
            </OpsFrame>
        })
    })
}

/// Its name, where it stands and since when, who made it, and the ways on.
fn head(
    template: &Template,
    operator: &Operator,
    names: &HashMap<String, String>,
    last: Option<&(Move, Option<String>)>,
) -> impl IntoView + use<> {
    let id = template.id.to_string();
    let draft = template.draft();
    let may_edit = operator.role.can_edit();
    let edit = (may_edit && template.state != State::Ended).then(|| {
        view! {
            <LinkButton look=Look::Secondary href=format!("/ops/templates/{id}/edit")>
                {t("template-edit")}
            </LinkButton>
        }
    });
    let copy = may_edit.then(|| {
        let key = templates::next_id(&engine()).to_string();
        view! {
            <form method="post" action=CopyTemplate::url()>
                <Hidden name="key" value=key />
                <Hidden name="id" value=id.clone() />
                <Button look=Look::Secondary>{t("template-copy")}</Button>
            </form>
        }
    });
    let grant = (may_edit && template.state == State::Live).then(|| {
        view! {
            <LinkButton look=Look::Secondary href=format!("/ops/grants?template={id}#new")>
                {t("template-grant")}
            </LinkButton>
        }
    });
    let maker = names.get(&template.author).cloned();
    let moved = last.and_then(|(last, by)| {
        let key = match last.action.as_str() {
            "published" => "moved-published",
            "resumed" => "moved-resumed",
            "approved" => "moved-approved",
            "submitted" => "moved-submitted",
            "rejected" => "moved-rejected",
            "paused" => "moved-paused",
            "ended" => "moved-ended",
            _ => return None,
        };
        let by = by.clone().unwrap_or_else(|| t("revision-nobody"));
        let said = t_with(key, [("by", by.into())]);
        Some(view! {
            <span>{said} " " <Moment at=last.at relative=true /></span>
        })
    });
    view! {
        <Back href="/ops/templates" name=t("templates-title") />
        <div class="flex flex-wrap items-start justify-between gap-3">
            <div class="max-w-full min-w-0">
                <h1 class="text-2xl font-semibold break-words" dir="auto">
                    {draft.name.clone()}
                </h1>
                <p class="mt-1 flex flex-wrap items-center gap-2 text-muted">
                    <StateChip state=template.state />
                    {phase(template)}
                    {draft
                        .campaign
                        .clone()
                        .map(|campaign| {
                            view! {
                                <span class="max-w-full break-words" dir="auto">
                                    {campaign}
                                </span>
                            }
                        })}
                </p>
                <p class="mt-1 flex flex-wrap gap-x-4 text-sm text-muted">
                    {moved}
                    <span>
                        {t_with(
                            "template-made",
                            [("by", maker.unwrap_or_else(|| t("revision-nobody")).into())],
                        )} " " <Moment at=template.created_at relative=true />
                    </span>
                </p>
            </div>
            <div class="flex flex-wrap gap-2">{grant} {edit} {copy}</div>
        </div>
    }
}

/// How the last form went. What was refused because somebody else was faster says where the template
/// stands now and who brought it there.
fn said(
    flash: &Flash,
    template: &Template,
    last: Option<&(Move, Option<String>)>,
) -> impl IntoView + use<> {
    let refusal = match flash.error() {
        Some(AppError::Refused { refusal, .. }) => refusal,
        _ => return view! { <Said flash=flash.clone() /> }.into_any(),
    };
    let sentence = match refusal {
        Refusal::StateConflict { state } if state == "own_template" => t("acted-own"),
        Refusal::StateConflict { .. } => {
            let by = last.and_then(|(_, by)| by.clone()).unwrap_or_else(|| t("revision-nobody"));
            let filled = [("state", t(state_key(template.state)).into()), ("by", by.into())];
            t_with("acted-too-late", filled)
        }
        Refusal::StaleRevision { current } => {
            t_with("acted-stale", [("current", (*current).into())])
        }
        Refusal::Invalid { fields } if fields.iter().any(|wrong| wrong.field == "confirm") => {
            t("acted-unconfirmed")
        }
        Refusal::Invalid { fields }
            if fields.iter().any(|wrong| wrong.problem == Problem::Past) =>
        {
            return over(template, fields).into_any();
        }
        _ => return view! { <Said flash=flash.clone() /> }.into_any(),
    };
    view! { <Notice tone=Tone::Danger focus=true>{sentence}</Notice> }.into_any()
}

/// What is over already, each with the way to put it right.
fn over(template: &Template, fields: &[FieldError]) -> impl IntoView + use<> {
    let is_by_days = matches!(template.draft().validity, Validity::Days { .. });
    let row = |wrong: &FieldError| {
        let (field, label) = match wrong.field.as_str() {
            "claim_window.until" => ("claim_until", "draft-claim-until"),
            _ if is_by_days => ("days_until", "draft-days-until"),
            _ => ("valid_until", "draft-valid-until"),
        };
        let href = format!("/ops/templates/{}/edit#{field}", template.id);
        view! {
            <li>
                <a class="underline" href=href>
                    {t(label)}
                </a>
                {t("colon")}
                {locale::problem(&wrong.problem)}
            </li>
        }
    };
    let rows = fields.iter().map(row).collect_view();
    view! {
        <Notice tone=Tone::Danger focus=true>
            <p class="font-medium">{t("acted-over")}</p>
            <ul class="mt-2 list-disc pl-5">{rows}</ul>
        </Notice>
    }
}

/// A draft that was handed back says why.
fn rejected(
    template: &Template,
    last: Option<&(Move, Option<String>)>,
) -> Option<impl IntoView + use<>> {
    let (last, by) = last?;
    let note = last.note.clone()?;
    let is_so = template.state == State::Draft && last.action == "rejected";
    let by = by.clone().unwrap_or_else(|| t("revision-nobody"));
    is_so.then(|| {
        view! {
            <Notice tone=Tone::Warn>
                <p class="font-medium">{t_with("rejected-by", [("by", by.into())])}</p>
                <p class="break-words whitespace-pre-line" dir="auto">
                    {note}
                </p>
            </Notice>
        }
    })
}

/// What it is planned by, and the ways there and to what that saw.
async fn planned(
    operator: &Operator,
    template: &Template,
    past: &Named,
) -> Result<AnyView, AppError> {
    let (name, href) = match past {
        Named::Campaign(name) => {
            (name.clone(), format!("/ops/templates?campaign={}", escaped(name)))
        }
        Named::Template(id) => {
            let name = match templates::read(&engine(), operator, *id).await {
                Ok(known) => known.draft().name.clone(),
                Err(engine::Error::Missing) => id.to_string(),
                Err(error) => return Err(error.into()),
            };
            (name, format!("/ops/templates/{id}"))
        }
    };
    let may_edit = operator.role.can_edit() && template.state != State::Ended;
    let seen = may_edit.then(|| {
        let href = format!("/ops/templates/{}/edit#last-time", template.id);
        view! {
            <a class="block text-sm text-accent underline underline-offset-4" href=href>
                {t("last-time-look")}
            </a>
        }
    });
    Ok(view! {
        <a class="text-accent underline underline-offset-4" href=href dir="auto">
            {name}
        </a>
        {seen}
    }
    .into_any())
}

/// What shoppers read, and the terms it stands on.
fn offer(
    template: &Template,
    speech: &Speech,
    catalogue: &Catalogue,
    planned: Option<AnyView>,
) -> impl IntoView + use<> {
    let draft = template.draft();
    let cost = speech.greatest_cost(draft);
    let paragraph = |text: &Option<String>| {
        text.clone().map(|text| {
            view! {
                <p class="mt-2 break-words whitespace-pre-line text-muted" dir="auto">
                    {text}
                </p>
            }
        })
    };
    let channels: Vec<String> = draft
        .channels
        .iter()
        .map(|channel| match channel.quota {
            Some(quota) => t_with(
                "template-channel-quota",
                [("channel", channel.name.to_string().into()), ("quota", count(quota).into())],
            ),
            None => channel.name.to_string(),
        })
        .collect();
    let visibility = match draft.visibility {
        Visibility::Listed => "list-visibility-listed",
        Visibility::Link => "list-visibility-link",
        Visibility::Granted => "list-visibility-granted",
    };
    let fact = |name: &str, value: String| {
        view! {
            <div class="min-w-0">
                <dt class="text-muted">{t(name)}</dt>
                <dd class="break-words">{value}</dd>
            </div>
        }
    };
    let products = |name: &str, products: &BTreeSet<ProductId>| {
        (!products.is_empty()).then(|| fact(name, called(products, catalogue)))
    };
    let body = view! {
        {face(draft)}
        <p class="mt-3 text-lg font-semibold break-words">{speech.sentence(draft)}</p>
        {speech.echo(draft).map(|echo| view! { <p class="mt-1 text-muted tabular-nums">{echo}</p> })}
        {paragraph(&draft.description)}
        {paragraph(&draft.terms)}
        <dl class="mt-4 grid gap-3 border-t border-line pt-4 sm:grid-cols-2">
            {fact("template-claim-window", claims(template))}
            {fact("list-visibility", t(visibility))}
            {products("draft-include-products", &draft.scope.include.products)}
            {products("draft-exclude-products", &draft.scope.exclude.products)}
            {(draft.lane == Lane::Queued).then(|| fact("draft-lane", t("draft-lane-queued")))}
            <div class="min-w-0">
                <dt class="text-muted">{t("template-cost")}</dt>
                <dd class=if cost.is_bounded { "tabular-nums" } else { "font-medium text-danger" }>
                    {draft.greatest_cost().map_or(cost.text, money)}
                    {cost.note.map(|note| view! { <span class="block text-sm text-warn">{note}</span> })}
                </dd>
            </div>
            {(!channels.is_empty()).then(|| fact("difference-channels", channels.join(&t("separator"))))}
            {planned
                .map(|planned| {
                    view! {
                        <div class="min-w-0">
                            <dt class="text-muted">{t("difference-reference")}</dt>
                            <dd class="break-words">{planned}</dd>
                        </div>
                    }
                })}
        </dl>
    };
    view! { <Card title=t("template-read")>{body}</Card> }
}

/// Products by the names they have in the catalogue, or else by their ids.
fn called(products: &BTreeSet<ProductId>, catalogue: &Catalogue) -> String {
    let name = |id: &ProductId| match catalogue.product(id) {
        Some(product) => locale::name(&product.name),
        None => id.to_string(),
    };
    listed(products.iter().take(PRODUCTS).map(name).collect(), products.len())
}

/// The coupon as it lies in a wallet: its worth, its condition, its name.
fn face(draft: &Draft) -> impl IntoView + use<> {
    let worth = worth(&draft.benefit);
    let size = size(&worth.figure, &worth.unit);
    view! {
        <div class="flex overflow-hidden rounded-xl border border-line">
            <div class="flex w-32 shrink-0 flex-col items-center justify-center border-r-2 border-dashed border-line bg-accent-soft px-2 py-4 text-center text-accent">
                <p class="text-xs">{worth.lead}</p>
                <p class=size>
                    {worth.figure} " " <span class="text-sm font-medium">{worth.unit}</span>
                </p>
            </div>
            <div class="min-w-0 flex-1 p-4">
                <p class="font-semibold break-words" dir="auto">
                    {draft.title().to_owned()}
                </p>
                <p class="mt-1 text-sm text-muted">{condition(&draft.benefit)}</p>
            </div>
        </div>
    }
}
