//! How the platform is: what is alarming, by which rules, what waits, and how this node answers.
//! Everybody in the console may look; editors change the rules.

pub mod answers;
pub mod history;
pub mod rules;

use domain::Time;
use domain::alert::{Rule, Unit};
use engine::alerts::{self, Alert, Claims, Queues};
use engine::webhooks::{self, Topic};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::coupons::page_of;
use super::templates::count;
use crate::context::{answered, engine};
use crate::failure::page;
use crate::flash::flash;
use crate::locale::{self, from_now, t, t_with};
use crate::session;
use crate::ui::{Card, Moment, Notice, OpsFrame, PageHead, Stat, Tone};

pub const PATH: &str = "/ops/health";

/// `/ops/health`
#[component]
pub fn HealthPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let place = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1u64).max(1);
    page(async move {
        let operator = session::operator().await?;
        let engine = engine();
        let firing = alerts::firing(&engine, &operator).await?;
        let standings = alerts::standings(&engine, &operator).await?;
        let claims = alerts::claims(&engine, &operator).await?;
        let queues = alerts::queues(&engine, &operator).await?;
        let history = alerts::history(&engine, &operator, place - 1).await?;
        let webhooks = webhooks::list(&engine, &operator).await?;
        let is_told =
            webhooks.iter().any(|it| it.off.is_none() && it.topics.contains(&Topic::ALARM));
        let rules = rules::part(&standings, is_told, &flash().await, operator.role.can_edit());
        Ok(view! {
            <OpsFrame title=t("health-title") here=PATH>
                <PageHead title=t("health-title") lead=t("health-lead") />
                <div class="grid grid-cols-1 gap-6">
                    <Firing alerts=firing />
                    <Claimed claims=claims />
                    <Waiting queues=queues here=engine.claims_waiting() now=engine.now() />
                    {rules}
                    {history::part(history, place)}
                    {answers::part(&answered())}
                </div>
            </OpsFrame>
        })
    })
}

/// What is alarming now, or that nothing is.
#[component]
pub fn Firing(alerts: Vec<Alert>) -> impl IntoView {
    if alerts.is_empty() {
        return view! { <Notice tone=Tone::Ok>{t("alerts-none")}</Notice> }.into_any();
    }
    let entry = |alert: &Alert| {
        view! {
            <li class="flex flex-wrap items-baseline justify-between gap-x-4 py-2">
                <span class="min-w-0 break-words">{what(alert)}</span>
                <span class="text-muted">
                    <Moment at=alert.fired_at relative=true />
                </span>
            </li>
        }
    };
    let entries = alerts.iter().map(entry).collect_view();
    view! {
        <Card id="alerts" title=t("alerts-firing")>
            <ul class="divide-y divide-line">{entries}</ul>
        </Card>
    }
    .into_any()
}

/// The rule, what it is about, and how much it came to.
fn what(alert: &Alert) -> impl IntoView + use<> {
    let link = |href: String, text: String| {
        view! {
            {t("colon")}
            <a class="text-accent underline underline-offset-4" href=href dir="auto">
                {text}
            </a>
        }
    };
    let template = alert.template.clone().map(|(id, name)| link(template_page(id), name));
    let coupon = alert.coupon.map(|code| link(page_of(code), locale::code(code)));
    let filled = [
        ("value", amount(alert.rule, alert.value).into()),
        ("threshold", amount(alert.rule, alert.threshold).into()),
    ];
    view! {
        <span class="font-medium">{rule_name(alert.rule)}</span>
        {template}
        {coupon}
        {t("separator")}
        <span class="tabular-nums">{t_with("alert-came-to", filled)}</span>
    }
}

fn template_page(id: domain::TemplateId) -> String {
    format!("/ops/templates/{id}")
}

/// What a rule is called.
pub(super) fn rule_name(rule: Rule) -> String {
    t(&format!("alert-rule-{}", rule.as_str().replace('_', "-")))
}

/// So much, in the rule's unit: `95%`, `20 times`, `60 seconds`.
fn amount(rule: Rule, value: u64) -> String {
    let key = match rule.unit() {
        Unit::Percent => "alert-percent",
        Unit::Times => "alert-times",
        Unit::Seconds => "alert-seconds",
    };
    t_with(key, [("n", value.into()), ("text", count(value).into())])
}

/// What came of claims within the last hour.
#[component]
fn Claimed(claims: Claims) -> impl IntoView {
    let Claims { claimed, refused, failed } = claims;
    let all = claimed + refused + failed;
    let well = match all {
        0 => "–".to_owned(),
        all => answers::part_of(all - failed, all),
    };
    let tiles = [
        ("claims-well", well),
        ("claims-claimed", count(claimed)),
        ("claims-refused", count(refused)),
        ("claims-failed", count(failed)),
    ];
    let tile = |(label, value): (&'static str, String)| {
        view! {
            <li>
                <Stat label=t(label) value=value />
            </li>
        }
    };
    view! {
        <section class="grid grid-cols-1 gap-4" aria-label=t("claims-title")>
            <h2 class="text-lg font-semibold">{t("claims-title")}</h2>
            <ul class="grid grid-cols-2 gap-4 sm:grid-cols-4">
                {tiles.into_iter().map(tile).collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn Waiting(queues: Queues, here: usize, now: Time) -> impl IntoView {
    let line = queues.line;
    let first = (line.waiting > 0).then(|| now - line.oldest).and_then(from_now);
    let first = first.map(|ago| t_with("queue-first", [("ago", ago.into())]));
    let failing = t_with("queue-failing", [("text", count(queues.failing_deliveries).into())]);
    let tiles = [
        ("queue-desk", here as u64, Some(t("queue-desk-note"))),
        ("queue-tickets", line.waiting, first),
        ("queue-deliveries", queues.deliveries, Some(failing)),
        ("queue-grants", queues.grants, None),
        ("queue-pools", queues.pools, None),
    ];
    let tile = |(label, n, note): (&'static str, u64, Option<String>)| {
        let stat = match note {
            Some(note) => view! { <Stat label=t(label) value=count(n) note=note /> }.into_any(),
            None => view! { <Stat label=t(label) value=count(n) /> }.into_any(),
        };
        view! { <li>{stat}</li> }
    };
    view! {
        <section class="grid grid-cols-1 gap-4" aria-label=t("queue-title")>
            <h2 class="text-lg font-semibold">{t("queue-title")}</h2>
            <ul class="grid grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-5">
                {tiles.into_iter().map(tile).collect_view()}
            </ul>
        </section>
    }
}
