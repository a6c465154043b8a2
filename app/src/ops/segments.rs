//! Segments: who is in them, told by a list; and what was told lately.

use std::collections::HashMap;

use engine::audit::{self, Entry};
use engine::{segments, templates};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;

use super::inputs::{choice, file, tick, wrong_lines};
use super::templates::count;
use crate::context::engine;
use crate::failure::page;
use crate::flash::{Flash, flash};
use crate::form::escaped;
use crate::locale::{t, t_with};
use crate::server_fns::segments::ChangeSegment;
use crate::session;
use crate::ui::field::INPUT;
use crate::ui::table::{CELL, Head, NAME, NUMBER, Table};
use crate::ui::{
    Button, Card, Field, Hidden, Look, Moment, Notice, OpsFrame, PageHead, Said, Tone,
};

const PATH: &str = "/ops/segments";

/// Lists that are remembered here; the audit trail has all of them.
const LATELY: u32 = 50;

/// `/ops/segments?segment=…`
#[component]
pub fn SegmentsPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let asked = query.get("segment").map(|segment| segment.trim().to_owned());
    let asked = asked.filter(|segment| !segment.is_empty() && !segment.contains('\0'));
    page(async move {
        let operator = session::operator().await?;
        let filter = audit::Filter { kind: Some("segment".to_owned()), ..Default::default() };
        let lately = audit::read(&engine(), &operator, &filter, LATELY).await?;
        let people = lately.iter().filter_map(|entry| entry.by.as_deref());
        let names = templates::names(&engine(), &operator, people).await?;
        let counted = match &asked {
            Some(segment) => Some(segments::count(&engine(), &operator, segment).await?),
            None => None,
        };
        let flash = flash().await;
        let change = operator.role.can_edit().then(|| change(&flash));
        let lately = told(&lately, &names);
        Ok(view! {
            <OpsFrame title=t("segments-title") here=PATH>
                <PageHead title=t("segments-title") lead=t("segments-lead") />
                <div class="grid grid-cols-1 gap-4">
                    {change} {members(asked.unwrap_or_default(), counted)} {lately}
                </div>
            </OpsFrame>
        })
    })
}

fn change(flash: &Flash) -> AnyView {
    let sent = Some(flash.clone()).filter(|flash| flash.form == "segment").unwrap_or_default();
    let actions = [("add", "segment-add"), ("remove", "segment-remove")];
    let actions = actions.map(|(action, key)| (action.to_owned(), t(key)));
    let action = sent.value_or("action", "add");
    let wrong = wrong_lines(&sent);
    let unseen = unseen(&sent);
    let kept = sent.value_or("list", "");
    let is_kept = !kept.is_empty();
    // What is wrong by line is told once.
    let is_told = wrong.is_some() || unseen.is_some();
    let said = (!is_told).then(|| view! { <Said flash=sent.clone() /> });
    view! {
        <Card id="change" title=t("segment-change")>
            {said}
            {wrong}
            <form
                method="post"
                action=ChangeSegment::url()
                enctype="multipart/form-data"
                class="mt-3 grid max-w-xl gap-4"
            >
                <Field
                    name="segment"
                    label=t("segment-name")
                    value=sent.value_or("segment", "")
                    problem=sent.problem("segment")
                    autocomplete="off"
                    required=true
                />
                {choice(
                    "action".to_owned(),
                    "action",
                    t("segment-action"),
                    actions.to_vec(),
                    &action,
                )}
                {is_kept.then(|| view! { <Hidden name="list" value=kept /> })}
                {file("file", t("segment-file"), t("segment-file-hint"), !is_kept)}
                {unseen}
                <div>
                    <Button>{t("segment-save")}</Button>
                </div>
            </form>
        </Card>
    }
    .into_any()
}

/// Those in the list whom nobody here has heard of, and a tick that they are meant: the host shop may
/// know them.
fn unseen(sent: &Flash) -> Option<AnyView> {
    sent.problem("confirm")?;
    let told = sent.value_or("strangers", "");
    let ids: Vec<String> = told.lines().map(str::to_owned).collect();
    let n: u64 = sent.value("strangers_count")?.parse().ok()?;
    let filled = [("n", n.into()), ("text", count(n).into())];
    let more = (n > ids.len() as u64).then(|| {
        view! { <p class="mt-2">{t_with("upload-more", [("n", (ids.len() as u64).into())])}</p> }
    });
    let again = sent.value_or("list", "").is_empty();
    let again = again.then(|| view! { <p class="mt-2">{t("segment-file-again")}</p> });
    let entry = |id: String| {
        view! {
            <li class="break-all" dir="auto">
                {id}
            </li>
        }
    };
    let entries = ids.into_iter().map(entry).collect_view();
    Some(
        view! {
            <Notice tone=Tone::Warn focus=true>
                <p class="font-medium">{t_with("segment-strangers", filled)}</p>
                <ul class="mt-2 list-disc pl-5">{entries}</ul>
                {more}
                {again}
                <div class="mt-2">{tick(t("segment-strangers-tick"), false)}</div>
            </Notice>
        }
        .into_any(),
    )
}

/// How many are in a segment, for whoever asks.
fn members(asked: String, counted: Option<u64>) -> impl IntoView {
    let said = counted.map(|n| {
        let filled =
            [("n", n.into()), ("text", count(n).into()), ("segment", asked.clone().into())];
        let said = t_with("segment-members", filled);
        view! {
            <p class="mt-3" role="status" dir="auto">
                {said}
            </p>
        }
    });
    view! {
        <Card title=t("segment-count")>
            <form method="get" action=PATH role="search" class="flex flex-wrap items-end gap-3">
                <div class="min-w-48 flex-1">
                    <label class="font-medium" for="asked">
                        {t("segment-name")}
                    </label>
                    <input
                        id="asked"
                        name="segment"
                        type="search"
                        dir="auto"
                        value=asked
                        class=INPUT
                    />
                </div>
                <Button look=Look::Secondary>{t("segment-ask")}</Button>
            </form>
            {said}
        </Card>
    }
}

fn told(lately: &[Entry], names: &HashMap<String, String>) -> impl IntoView + use<> {
    if lately.is_empty() {
        return view! {
            <Card title=t("segment-lately")>
                <p class="text-muted">{t("segment-lately-none")}</p>
            </Card>
        }
        .into_any();
    }
    let row = |entry: &Entry| {
        let who = entry.by.as_ref().and_then(|by| names.get(by)).cloned();
        let shoppers = entry.new["shoppers"].as_u64().unwrap_or_default();
        let done = t(if entry.action == "removed" { "segment-out" } else { "segment-in" });
        view! {
            <tr>
                <th scope="row" class=CELL>
                    <a
                        class="inline-block min-w-28 break-all text-accent underline underline-offset-4"
                        dir="auto"
                        href=format!("{PATH}?segment={}", escaped(&entry.subject))
                    >
                        {entry.subject.clone()}
                    </a>
                </th>
                <td class=NAME>{done}</td>
                <td class=NUMBER>{count(shoppers)}</td>
                <td class=CELL>{who}</td>
                <td class=CELL>
                    <Moment at=entry.at />
                </td>
            </tr>
        }
    };
    let heads = [
        Head::Text(t("segment-name")),
        Head::Text(t("segment-action")),
        Head::Number(t("segment-shoppers")),
        Head::Text(t("segment-who")),
        Head::Text(t("segment-when")),
    ];
    let rows = lately.iter().map(row).collect_view();
    view! {
        <Card title=t("segment-lately")>
            <Table label=t("segment-lately") heads=heads>
                {rows}
            </Table>
        </Card>
    }
    .into_any()
}
