//! The audit trail: who did what to what, from what to what, and from where. Everybody in the console
//! may look; what is found can be taken along as a table.

pub mod difference;
pub mod filters;

use std::collections::HashMap;

use domain::alert::Rule;
use engine::audit::{self, Entry};
use engine::templates;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::health::rule_name;
use crate::context::engine;
use crate::failure::page;
use crate::locale::{t, t_with};
use crate::session;
use crate::ui::{Chip, Empty, Glyph, Icon, LinkButton, Look, Moment, OpsFrame, PageHead, Size};

pub const PATH: &str = "/ops/audit";

/// The same as a table.
pub const CSV: &str = "/ops/audit.csv";

/// Changes on one page.
const PAGE: u32 = 50;

/// `/ops/audit?who=…&subject=…&kind=…&from=…&until=…&before=…`
#[component]
pub fn AuditPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    page(async move {
        let operator = session::operator().await?;
        let engine = engine();
        let word = |name: &str| query.get(name);
        let asked = filters::Asked::read(word);
        let filter = asked.filter(&engine, word("before"));
        let mut found = audit::read(&engine, &operator, &filter, PAGE + 1).await?;
        let has_more = found.len() > PAGE as usize;
        found.truncate(PAGE as usize);
        let people = found.iter().filter_map(|entry| entry.by.as_deref());
        let subjects = found.iter().map(|entry| entry.subject.as_str());
        let mut names = audit::names(&engine, &operator, people.chain(subjects)).await?;
        let ids: Vec<_> = found.iter().filter_map(template_of).collect();
        for template in templates::read_each(&engine, &operator, &ids).await? {
            names.insert(template.id.to_string(), template.draft().name.clone());
        }
        let first = filter.before.map(|_| turn(asked.address(PATH), "audit-newest"));
        let older = found
            .last()
            .filter(|_| has_more)
            .map(|last| turn(asked.with(PATH, "before", &last.place.to_string()), "audit-older"));
        let list = if found.is_empty() {
            view! { <Empty glyph=Glyph::Search text=t("audit-none") /> }.into_any()
        } else {
            let entries = found.iter().map(|entry| one(entry, &names)).collect_view();
            view! { <ol class="grid grid-cols-1 gap-3">{entries}</ol> }.into_any()
        };
        let csv = asked.address(CSV);
        Ok(view! {
            <OpsFrame title=t("audit-title") here=PATH>
                <PageHead title=t("audit-title") lead=t("audit-lead")>
                    <LinkButton look=Look::Secondary href=csv>
                        <Icon glyph=Glyph::Download />
                        {t("funnel-csv")}
                    </LinkButton>
                </PageHead>
                <div class="grid grid-cols-1 gap-4">
                    {asked.form()}
                    {list}
                    <div class="flex flex-wrap gap-2">{first} {older}</div>
                </div>
            </OpsFrame>
        })
    })
}

fn turn(href: String, key: &'static str) -> impl IntoView {
    view! {
        <LinkButton look=Look::Secondary size=Size::Small href=href>
            {t(key)}
        </LinkButton>
    }
}

/// The template that a change is about, or that an alarm is.
fn template_of(entry: &Entry) -> Option<domain::TemplateId> {
    match entry.kind.as_str() {
        "template" => entry.subject.parse().ok(),
        "alert" => entry.new["subject"].as_str()?.parse().ok(),
        _ => None,
    }
}

/// What an alarm or its rule is called, and what it is about where that has a name.
fn alarm(entry: &Entry, names: &HashMap<String, String>) -> Option<String> {
    let word = match entry.kind.as_str() {
        "alert" => entry.new["rule"].as_str()?,
        "alert_rule" => entry.subject.as_str(),
        _ => return None,
    };
    let rule = rule_name(Rule::parse(word)?);
    let about = entry.new["subject"].as_str().and_then(|subject| names.get(subject));
    Some(match about {
        Some(name) => [rule, name.clone()].join(&t("colon")),
        None => rule,
    })
}

fn one(entry: &Entry, names: &HashMap<String, String>) -> impl IntoView + use<> {
    let who = entry.by.as_ref().and_then(|by| names.get(by)).cloned();
    let who = who.unwrap_or_else(|| match entry.actor.as_str() {
        "system" => t("audit-system"),
        actor => actor.to_owned(),
    });
    let is_stop = entry.new["emergency_stop"] == true;
    let did = if is_stop { t("audit-did-stopped") } else { action_name(&entry.action) };
    let from = entry.address.clone();
    let from = from.map(|address| t_with("deed-from", [("address", address.into())]));
    view! {
        <li class="rounded-xl border border-line bg-surface p-4 shadow-sm">
            <div class="flex flex-wrap items-baseline gap-x-3 gap-y-1">
                <span class="font-medium" dir="auto">
                    {who}
                </span>
                <Chip>{did}</Chip>
                <span class="text-muted">{kind_name(&entry.kind)}</span>
                {subject(entry, names)}
            </div>
            <p class="mt-1 flex flex-wrap gap-x-3 text-sm text-muted">
                <Moment at=entry.at />
                {from.map(|from| view! { <span>{from}</span> })}
            </p>
            {difference::table(entry, names)}
        </li>
    }
}

/// What a change itself calls what it is about.
fn own_name(entry: &Entry) -> Option<String> {
    let field = match entry.kind.as_str() {
        "key" => "name",
        "risk_entry" => "thing",
        _ => return None,
    };
    let name = [&entry.new, &entry.old].into_iter().find_map(|told| told[field].as_str())?;
    Some(name.to_owned())
}

/// What it is about, by its name where it has one, and the way to its page.
fn subject(entry: &Entry, names: &HashMap<String, String>) -> AnyView {
    if let Some(text) = alarm(entry, names) {
        let href = format!("{}#history", super::health::PATH);
        return view! {
            <a class="min-w-0 text-accent underline underline-offset-4" href=href dir="auto">
                {text}
            </a>
        }
        .into_any();
    }
    let text = names.get(&entry.subject).cloned().or_else(|| own_name(entry));
    let text = text.unwrap_or_else(|| entry.subject.clone());
    let folder = match entry.kind.as_str() {
        "template" => "templates",
        "grant" => "grants",
        "operator" => "operators",
        "webhook" => "webhooks",
        _ => {
            return view! {
                <span class="min-w-0 break-all" dir="auto">
                    {text}
                </span>
            }
            .into_any();
        }
    };
    let href = format!("/ops/{folder}/{}", crate::form::escaped(&entry.subject));
    view! {
        <a
            class="min-w-0 break-all text-accent underline underline-offset-4"
            href=href
            dir="auto"
        >
            {text}
        </a>
    }
    .into_any()
}

/// What a kind of thing is called; one that nobody knows any more stands for itself.
fn kind_name(word: &str) -> String {
    let is_known = audit::KINDS.contains(&word);
    if is_known { t(&format!("audit-kind-{}", word.replace('_', "-"))) } else { plain(word) }
}

/// What was done, likewise.
fn action_name(word: &str) -> String {
    let is_known = ACTIONS.contains(&word);
    if is_known { t(&format!("audit-did-{}", word.replace('_', "-"))) } else { plain(word) }
}

fn plain(word: &str) -> String {
    word.replace('_', " ")
}

/// The words for what was done.
const ACTIONS: [&str; 38] = [
    "added",
    "approved",
    "cancelled",
    "changed",
    "created",
    "deleted",
    "edited",
    "ended",
    "fired",
    "freed",
    "held",
    "judged",
    "named",
    "password_set",
    "paused",
    "pool_codes_made",
    "published",
    "put",
    "rejected",
    "released",
    "removed",
    "replaced",
    "granted",
    "replayed",
    "resolved",
    "resumed",
    "revoked",
    "role_changed",
    "secret_rotated",
    "signed_out",
    "spent",
    "spending_taken_back",
    "started",
    "submitted",
    "switched_off",
    "switched_on",
    "tested",
    "done",
];

#[cfg(test)]
mod tests {
    use leptos::prelude::{Owner, provide_context};

    use super::*;
    use crate::preferences::{Language, Preferences};

    #[test]
    fn everything_that_is_known_has_a_name_in_both_languages() {
        for language in [Language::En, Language::Zh] {
            Owner::new().with(|| {
                provide_context(Preferences { language, theme: None });
                let kinds = audit::KINDS.map(kind_name);
                let actions = ACTIONS.map(action_name);
                for name in kinds.iter().chain(&actions) {
                    assert!(!name.contains("audit-"), "{name}");
                }
            });
        }
    }
}
