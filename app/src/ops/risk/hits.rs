//! What was decided, newest first: why, of whom, what came of it, and whether that was right.

use std::collections::HashMap;

use domain::actor::Operator;
use domain::risk::{Decision, Rule, Step};
use engine::risk::{self, Filter, Hit, Verdict};
use engine::templates;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::params::ParamsMap;

use super::{PATH, about_field, rule_name, wrong_in_words};
use crate::AppError;
use crate::context::engine;
use crate::flash::Flash;
use crate::form::escaped;
use crate::locale::{self, t, t_with};
use crate::ops::coupons::{page_of, search_for};
use crate::ops::inputs::{choice, length};
use crate::ops::shoppers::Shoppers;
use crate::server_fns::risk::JudgeRiskHit;
use crate::ui::{
    Button, Chip, Empty, Glyph, Hidden, LinkButton, Look, Moment, Notice, Size, Stat, Tone,
};

pub(super) async fn part(
    operator: &Operator,
    query: &ParamsMap,
    flash: Flash,
    may_act: bool,
) -> Result<AnyView, AppError> {
    let filter = read(query);
    let engine = engine();
    let found = risk::hits(&engine, operator, &filter).await?;
    let accuracy = risk::accuracy(&engine, operator).await?;
    let by = found.hits.iter().filter_map(|hit| hit.verdict.as_ref().map(|(_, by, _)| by.as_str()));
    let names = templates::names(&engine, operator, by).await?;
    let ids = found.hits.iter().map(|hit| &hit.shopper).collect();
    let shoppers = Shoppers::behind(operator, ids).await?;
    let list = if found.hits.is_empty() {
        view! { <Empty glyph=Glyph::Check title=t("risk-hits-none-title") text=t("risk-hits-none") /> }
            .into_any()
    } else {
        let card = |hit: Hit| card(&hit, &names, &shoppers, &flash, may_act);
        let cards = found.hits.into_iter().map(card).collect_view();
        view! { <ol class="grid gap-4">{cards}</ol> }.into_any()
    };
    let turn = |href: String, key: &'static str| {
        view! {
            <LinkButton look=Look::Secondary size=Size::Small href=href>
                {t(key)}
            </LinkButton>
        }
    };
    let first = filter
        .before
        .is_some()
        .then(|| turn(write(&Filter { before: None, ..filter.clone() }), "risk-newest"));
    let older = found
        .next
        .map(|next| turn(write(&Filter { before: Some(next), ..filter.clone() }), "risk-older"));
    Ok(view! {
        <Stat
            label=t("risk-false-positives")
            value=wrong_in_words(accuracy.iter())
            note=t("risk-false-positives-hint")
        />
        {narrowing(&filter)}
        {list}
        <div class="flex flex-wrap gap-2">{first} {older}</div>
    }
    .into_any())
}

/// What the address asks for; odd words in it are passed over.
fn read(query: &ParamsMap) -> Filter {
    let word =
        |name: &str| query.get(name).filter(|word| !word.trim().is_empty() && !word.contains('\0'));
    Filter {
        decision: word("decision").filter(|word| Decision::WORDS.contains(&word.as_str())),
        rule: word("rule").filter(|word| words().any(|known| known == word)),
        about: word("about"),
        before: word("before").and_then(|id| id.parse().ok()),
    }
}

fn write(filter: &Filter) -> String {
    let before = filter.before.map(|id| id.to_string());
    let parts = [
        ("decision", filter.decision.as_ref()),
        ("rule", filter.rule.as_ref()),
        ("about", filter.about.as_ref()),
        ("before", before.as_ref()),
    ];
    let parts = parts.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let parts: Vec<String> =
        parts.map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    if parts.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", parts.join("&")) }
}

/// Everything that decides, by its word.
fn words() -> impl Iterator<Item = &'static str> {
    Rule::ALL.into_iter().map(Rule::as_str).chain(["deny_list", "blocked"])
}

fn narrowing(filter: &Filter) -> impl IntoView + use<> {
    let any = || (String::new(), t("list-any"));
    let decision = |word: &str| (word.to_owned(), t(&format!("risk-{word}")));
    let decisions = std::iter::once(any()).chain(Decision::WORDS.map(decision)).collect();
    let rule = |word: &'static str| (word.to_owned(), rule_name(word));
    let rules = std::iter::once(any()).chain(words().map(rule)).collect();
    let chosen = |chosen: &Option<String>| chosen.clone().unwrap_or_default();
    view! {
        <form method="get" action=PATH role="search" class="flex flex-wrap items-end gap-3">
            {about_field(chosen(&filter.about))}
            <div class="w-full sm:w-56">
                {choice(
                    "decision".to_owned(),
                    "decision",
                    t("risk-decision"),
                    decisions,
                    &chosen(&filter.decision),
                )}
            </div>
            <div class="w-full sm:w-56">
                {choice("rule".to_owned(), "rule", t("risk-rule"), rules, &chosen(&filter.rule))}
            </div>
            <Button look=Look::Secondary>{t("list-find")}</Button>
        </form>
    }
}

fn card(
    hit: &Hit,
    names: &HashMap<String, String>,
    shoppers: &Shoppers,
    flash: &Flash,
    may_act: bool,
) -> impl IntoView + use<> {
    let id = format!("hit-{}", hit.id);
    let (tone, what) = match (hit.decision.as_str(), hit.because.step()) {
        ("refused", Some(Step::LockOut)) => (Tone::Danger, t("risk-locked-out")),
        ("refused", Some(Step::Challenge)) => (Tone::Danger, t("risk-challenged")),
        ("refused", Some(Step::Delay)) => (Tone::Danger, t("risk-delayed")),
        ("refused", None) => (Tone::Danger, t("risk-refused")),
        ("shadow", _) => (Tone::Warn, t("risk-shadow")),
        _ => (Tone::Ok, t("risk-allowed")),
    };
    let said = (flash.form == id).then(|| flash.said()).flatten().map(|(is_well, sentence)| {
        let tone = if is_well { Tone::Ok } else { Tone::Danger };
        view! {
            <Notice tone=tone focus=true>
                {sentence}
            </Notice>
        }
    });
    view! {
        <li id=id class="rounded-xl border border-line bg-surface p-4 shadow-sm">
            <div class="flex flex-wrap items-center gap-2">
                <h2 class="font-semibold">{rule_name(&hit.rule)}</h2>
                <Chip tone=tone>{what}</Chip>
                <span class="text-muted">
                    <Moment at=hit.at />
                </span>
            </div>
            <p class="mt-2 break-words" dir="auto">
                {why(hit)}
            </p>
            {links(hit, shoppers)}
            {said}
            {verdict(hit, names)}
            {may_act.then(|| judging(hit))}
        </li>
    }
}

/// Why it was decided so, in a sentence with its numbers.
fn why(hit: &Hit) -> String {
    let because = &hit.because;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let entry = || {
        let kind = because.kind.as_deref().map(|kind| t(&format!("risk-kind-{kind}")));
        [
            ("kind", kind.unwrap_or_default().into()),
            ("thing", text(&because.thing).into()),
            ("reason", text(&because.reason).into()),
        ]
    };
    let sentence = match (Rule::parse(&hit.rule), because.limit, because.window_minutes) {
        (Some(rule), Some(limit), Some(window)) => {
            let key = format!("risk-why-{}", rule.as_str().replace('_', "-"));
            t_with(&key, [("limit", limit.into()), ("window", length(window).into())])
        }
        _ if hit.rule == "blocked" => t("risk-why-blocked"),
        _ => return t_with("risk-why-deny-list", entry()),
    };
    match hit.decision.as_str() {
        "shadow" => [sentence, t("risk-why-shadow")].join(&t("sentence-gap")),
        "allowed" => [sentence, t_with("risk-why-allowed", entry())].join(&t("sentence-gap")),
        _ => sentence,
    }
}

/// Whose it was, of what, from where, the coupon that came of it, and what stands on a list.
fn links(hit: &Hit, shoppers: &Shoppers) -> impl IntoView + use<> {
    let link = |href: String, text: String| {
        view! {
            <a
                class="inline-flex min-h-11 items-center break-all text-accent underline underline-offset-4"
                href=href
                dir="auto"
            >
                {text}
            </a>
        }
    };
    let shopper = hit.shopper.to_string();
    let name = t_with("exception-shopper", [("shopper", shopper.clone().into())]);
    let shopper = link(search_for(&shopper), name);
    let template = hit.template.map(|id| link(format!("/ops/templates/{id}"), t("risk-template")));
    let coupon = hit.coupon.map(|code| link(page_of(code), locale::code(code)));
    let from = |key: &'static str, value: Option<String>| {
        value.map(|value| {
            let href = write(&Filter { about: Some(value.clone()), ..Filter::default() });
            link(href, t_with(key, [("value", value.into())]))
        })
    };
    let device = from("risk-device", hit.device.as_ref().map(ToString::to_string));
    let address = from("risk-address", hit.address.map(|address| address.to_string()));
    let entry = hit.because.thing.as_deref().map(|thing| {
        link(format!("{PATH}?show=lists&about={}", escaped(thing)), t("risk-its-entry"))
    });
    view! {
        <p class="flex flex-wrap items-center gap-x-4">
            {shopper} {shoppers.beside(&hit.shopper)} {template} {coupon} {device} {address} {entry}
        </p>
    }
}

fn verdict(hit: &Hit, names: &HashMap<String, String>) -> Option<impl IntoView + use<>> {
    let (verdict, by, at) = hit.verdict.clone()?;
    let by = names.get(&by).cloned().unwrap_or_else(|| t("revision-nobody"));
    let (tone, key) = match verdict {
        Verdict::Right => (Tone::Ok, "risk-was-right"),
        Verdict::Wrong => (Tone::Warn, "risk-was-wrong"),
    };
    Some(view! {
        <p class="mt-2 flex flex-wrap items-center gap-2">
            <Chip tone=tone>{t(key)}</Chip>
            <span class="text-muted">
                {t_with("risk-judged-by", [("by", by.into())])} " " <Moment at=at />
            </span>
        </p>
    })
}

fn judging(hit: &Hit) -> impl IntoView + use<> {
    let press = |verdict: Verdict, key: &'static str, label: &'static str| {
        let rule = rule_name(&hit.rule);
        view! {
            <Button
                look=Look::Secondary
                size=Size::Small
                name="verdict"
                value=verdict.as_str()
                label=t_with(label, [("rule", rule.into())])
            >
                {t(key)}
            </Button>
        }
    };
    view! {
        <form method="post" action=JudgeRiskHit::url() class="mt-2 flex flex-wrap items-center gap-2">
            <span class="text-muted">{t("risk-judge-ask")}</span>
            <Hidden name="hit" value=hit.id.to_string() />
            {press(Verdict::Wrong, "risk-judge-wrong", "risk-judge-wrong-label")}
            {press(Verdict::Right, "risk-judge-right", "risk-judge-right-label")}
        </form>
    }
}
