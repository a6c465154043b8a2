//! Who never claims, and for whom the rules do not hold: with a reason, until when, and by whom.

use std::collections::HashMap;

use domain::actor::Operator;
use domain::risk::{Entry, List, Thing};
use domain::{ShopperId, Time};
use engine::risk::{self, ENTRIES_PAGE};
use engine::templates;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::params::ParamsMap;

use super::{PATH, about_field};
use crate::AppError;
use crate::context::engine;
use crate::flash::Flash;
use crate::form::escaped;
use crate::locale::{last_minute, t, t_with};
use crate::ops::inputs::choice;
use crate::ops::operators::one::in_two_steps;
use crate::ops::reason::Reason;
use crate::ops::shoppers::Shoppers;
use crate::server_fns::risk::{AddRiskEntry, RemoveRiskEntry};
use crate::ui::{
    Button, Card, Chip, Empty, Errors, Field, Glyph, Hidden, Look, Moment, Pager, Said, Tone,
};

pub(super) async fn part(
    operator: &Operator,
    query: &ParamsMap,
    flash: Flash,
    may_act: bool,
) -> Result<AnyView, AppError> {
    let place = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1u64).max(1);
    let about = query.get("about");
    let about = about.filter(|about| !about.trim().is_empty() && !about.contains('\0'));
    let engine = engine();
    let found = risk::entries(&engine, operator, about.as_deref(), place - 1).await?;
    let by = found.entries.iter().map(|entry| entry.by.as_str());
    let names = templates::names(&engine, operator, by).await?;
    let ids = found.entries.iter().filter_map(shopper).collect();
    let shoppers = Shoppers::behind(operator, ids).await?;
    let of = |form: &str| Some(flash.clone()).filter(|flash| flash.form == form);
    let (said, typed) = (of("risk-lists").unwrap_or_default(), of("risk-entry"));
    let now = engine.now();
    let list = if found.total == 0 {
        let key = if about.is_some() { "risk-lists-none-found" } else { "risk-lists-none" };
        view! { <Empty glyph=Glyph::People text=t(key) /> }.into_any()
    } else {
        let card = |entry: Entry| card(&entry, &names, &shoppers, now, may_act);
        let cards = found.entries.into_iter().map(card).collect_view();
        view! { <ul class="grid gap-4">{cards}</ul> }.into_any()
    };
    let search =
        (found.total > 0 || about.is_some()).then(|| narrowing(about.clone().unwrap_or_default()));
    let path = match &about {
        Some(about) => format!("/ops/risk?show=lists&about={}", escaped(about)),
        None => "/ops/risk?show=lists".to_owned(),
    };
    let add = may_act.then(|| view! { <Add flash=typed.unwrap_or_default() /> });
    Ok(view! {
        <p class="max-w-prose text-muted">{t("risk-lists-lead")}</p>
        <Said flash=said />
        {add}
        {search}
        {list}
        <Pager
            page=place
            pages=found.total.div_ceil(ENTRIES_PAGE)
            href=move |to| format!("{path}&page={to}")
        />
    }
    .into_any())
}

fn narrowing(about: String) -> impl IntoView {
    view! {
        <form method="get" action=PATH role="search" class="flex flex-wrap items-end gap-3">
            <Hidden name="show" value="lists" />
            {about_field(about)}
            <Button look=Look::Secondary>{t("list-find")}</Button>
        </form>
    }
}

#[component]
fn Add(flash: Flash) -> impl IntoView {
    let labels = vec![
        ("list", t("risk-list")),
        ("kind", t("risk-kind")),
        ("thing", t("risk-thing")),
        ("wide", t("risk-thing")),
        ("reason", t("risk-reason")),
        ("until", t("risk-until")),
        ("expires_at", t("risk-until")),
    ];
    let lists = List::ALL.map(|list| (list.as_str().to_owned(), t(list_key(list))));
    let kinds = Thing::KINDS.map(|kind| (kind.to_owned(), t(&format!("risk-kind-{kind}"))));
    let list = flash.value_or("list", List::Deny.as_str());
    let kind = flash.value_or("kind", Thing::KINDS[0]);
    let until_wrong = flash.problem("until").or_else(|| flash.problem("expires_at"));
    let wide = flash.problem("wide").map(wide);
    view! {
        <Card id="add" title=t("risk-entry-new")>
            <Errors flash=flash.clone() labels=labels />
            <form method="post" action=AddRiskEntry::url() class="grid max-w-xl gap-4">
                {choice("list".to_owned(), "list", t("risk-list"), lists.to_vec(), &list)}
                {choice("kind".to_owned(), "kind", t("risk-kind"), kinds.to_vec(), &kind)}
                <Field
                    name="thing"
                    label=t("risk-thing")
                    hint=t("risk-thing-hint")
                    value=flash.value_or("thing", "")
                    problem=flash.problem("thing")
                    autocomplete="off"
                    required=true
                />
                {wide}
                <Reason
                    id="reason"
                    name="reason"
                    label=t("risk-reason")
                    value=flash.value("reason")
                    problem=flash.problem("reason")
                />
                <Field
                    name="until"
                    label=t("risk-until")
                    hint=t("risk-until-hint")
                    kind="date"
                    value=flash.value_or("until", "")
                    problem=until_wrong
                    autocomplete="off"
                />
                <div>
                    <Button>{t("risk-entry-add")}</Button>
                </div>
            </form>
        </Card>
    }
}

/// The tick of a network that holds a large part of all addresses.
fn wide(problem: String) -> impl IntoView {
    view! {
        <div>
            <label class="flex min-h-11 items-start gap-2">
                <input
                    id="wide"
                    type="checkbox"
                    class="mt-1 accent-accent"
                    name="wide"
                    value="on"
                    aria-describedby="wide-problem"
                />
                <span>{t("risk-wide")}</span>
            </label>
            <p id="wide-problem" class="mt-1 text-sm text-danger">
                {problem}
            </p>
        </div>
    }
}

/// The shopper that stands on the list, if it is one.
fn shopper(entry: &Entry) -> Option<&ShopperId> {
    match &entry.thing {
        Thing::Shopper(id) => Some(id),
        Thing::Device(_) | Thing::Network(_) => None,
    }
}

fn list_key(list: List) -> &'static str {
    match list {
        List::Deny => "risk-list-deny",
        List::Allow => "risk-list-allow",
    }
}

fn card(
    entry: &Entry,
    names: &HashMap<String, String>,
    shoppers: &Shoppers,
    now: Time,
    may_act: bool,
) -> impl IntoView + use<> {
    let (list, tone) = match entry.list {
        List::Deny => (t(list_key(List::Deny)), Tone::Danger),
        List::Allow => (t(list_key(List::Allow)), Tone::Ok),
    };
    let until = match entry.expires_at {
        None => t("risk-until-removed"),
        Some(at) if at <= now => t_with("risk-expired", [("at", last_minute(at).into())]),
        Some(at) => t_with("risk-holds-until", [("at", last_minute(at).into())]),
    };
    let by = names.get(&entry.by).cloned().unwrap_or_else(|| t("revision-nobody"));
    let form = may_act.then(|| {
        let form = view! {
            <form method="post" action=RemoveRiskEntry::url() class="mt-2">
                <Hidden name="id" value=entry.id.to_string() />
                <Button
                    look=Look::Danger
                    label=t_with("risk-entry-remove-label", [("thing", entry.thing.text().into())])
                >
                    {t("risk-entry-remove")}
                </Button>
            </form>
        };
        in_two_steps("risk-entry-remove-ask", "risk-entry-remove-effect", false, form.into_any())
    });
    view! {
        <li class="rounded-xl border border-line bg-surface p-4 shadow-sm">
            <div class="flex flex-wrap items-center gap-2">
                <Chip tone=tone>{list}</Chip>
                <span class="text-muted">{t(&format!("risk-kind-{}", entry.thing.kind()))}</span>
                <h2 class="font-semibold break-all" dir="auto">
                    {entry.thing.text()}
                </h2>
                {shopper(entry).and_then(|id| shoppers.beside(id))}
            </div>
            <p class="mt-2 break-words whitespace-pre-line" dir="auto">
                {entry.reason.clone()}
            </p>
            <p class="mt-1 text-sm text-muted">
                {t_with("risk-added-by", [("by", by.into())])} " " <Moment at=entry.added_at />
                {t("separator")} {until}
            </p>
            {form}
        </li>
    }
}
