//! The rules: what each counts, how many pass, and whether it is heard.

use domain::risk::{Bound, Mode, Rule, Rules};
use engine::risk::Accuracy;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::{choice, length, rule_name, wrong_in_words};
use crate::flash::Flash;
use crate::locale::{t, t_with};
use crate::server_fns::risk::SetRiskRule;
use crate::ui::field::INPUT;
use crate::ui::{Button, Chip, Hidden, Look, Said, Tone};

pub(super) fn part(rules: &Rules, accuracy: &[Accuracy], flash: &Flash, may_act: bool) -> AnyView {
    let card = |rule: Rule| card(rule, rules.get(rule), accuracy, flash, may_act);
    let (claims, wrong) = (Rule::OF_CLAIMS.map(card), Rule::OF_WRONG.map(card));
    view! {
        <p class="max-w-prose text-muted">{t("risk-rules-lead")}</p>
        <section class="grid gap-4" aria-label=t("risk-rules-claims")>
            <h2 class="text-lg font-semibold">{t("risk-rules-claims")}</h2>
            <ul class="grid gap-4 lg:grid-cols-2">{claims.collect_view()}</ul>
        </section>
        <section class="grid gap-4" aria-label=t("risk-rules-wrong")>
            <h2 class="text-lg font-semibold">{t("risk-rules-wrong")}</h2>
            <p class="max-w-prose text-muted">{t("risk-rules-wrong-lead")}</p>
            <ul class="grid gap-4 lg:grid-cols-2">{wrong.collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn card(
    rule: Rule,
    bound: Bound,
    accuracy: &[Accuracy],
    flash: &Flash,
    may_act: bool,
) -> impl IntoView + use<> {
    let place = format!("rule-{}", rule.as_str());
    let sent = Some(flash.clone()).filter(|flash| flash.form == place).unwrap_or_default();
    let (tone, _) = mode_looks(bound.mode);
    let filled = [("limit", bound.limit.into()), ("window", length(bound.window_minutes).into())];
    let of_rule = accuracy.iter().filter(|one| one.rule == rule.as_str());
    let form = may_act.then(|| form(rule, bound, &sent));
    view! {
        <li id=place class="rounded-xl border border-line bg-surface p-4 shadow-sm">
            <div class="flex flex-wrap items-center gap-2">
                <h3 class="font-semibold">{rule_name(rule.as_str())}</h3>
                <Chip tone=tone>{t(mode_looks(bound.mode).1)}</Chip>
            </div>
            <p class="mt-2">{t_with("risk-rule-lets", filled)}</p>
            <p class="text-sm text-muted">
                {t("risk-false-positives")} {t("colon")} {wrong_in_words(of_rule)}
            </p>
            <Said flash=sent />
            {form}
        </li>
    }
}

fn mode_looks(mode: Mode) -> (Tone, &'static str) {
    match mode {
        Mode::Off => (Tone::Neutral, "risk-mode-off"),
        Mode::Shadow => (Tone::Warn, "risk-mode-shadow"),
        Mode::On => (Tone::Ok, "risk-mode-on"),
    }
}

fn form(rule: Rule, bound: Bound, sent: &Flash) -> impl IntoView + use<> {
    let word = rule.as_str();
    let modes = Mode::ALL.map(|mode| (mode.as_str().to_owned(), t(mode_looks(mode).1)));
    let mode = sent.value_or("mode", bound.mode.as_str());
    let limit = sent.value_or("limit", bound.limit.to_string());
    let window = sent.value_or("window_minutes", bound.window_minutes.to_string());
    let (limit_wrong, window_wrong) = (sent.problem("limit"), sent.problem("window_minutes"));
    let is_open = sent.error().is_some();
    view! {
        <details open=is_open>
            <summary class="inline-flex min-h-11 items-center font-medium text-accent">
                {t("risk-rule-change")} <span class="sr-only">" " {rule_name(word)}</span>
            </summary>
            <form method="post" action=SetRiskRule::url() class="mt-2 grid gap-3 sm:grid-cols-3">
                <Hidden name="rule" value=word />
                {number(format!("{word}-limit"), "limit", t("risk-limit"), limit, limit_wrong)}
                {number(
                    format!("{word}-window"),
                    "window_minutes",
                    t("risk-window"),
                    window,
                    window_wrong,
                )}
                {choice(format!("{word}-mode"), "mode", t("risk-mode"), modes.to_vec(), &mode)}
                <div class="sm:col-span-3">
                    <Button look=Look::Secondary>{t("risk-rule-save")}</Button>
                </div>
            </form>
        </details>
    }
}

fn number(
    id: String,
    name: &'static str,
    label: String,
    value: String,
    problem: Option<String>,
) -> impl IntoView + use<> {
    let problem_id = format!("{id}-problem");
    let described = problem.is_some().then(|| problem_id.clone());
    let is_wrong = problem.is_some().then_some("true");
    view! {
        <div class="min-w-0">
            <label class="font-medium" for=id.clone()>
                {label}
            </label>
            <input
                id=id
                name=name
                inputmode="numeric"
                autocomplete="off"
                required
                value=value
                class=INPUT
                aria-invalid=is_wrong
                aria-describedby=described
            />
            {problem
                .map(|problem| {
                    view! { <p id=problem_id class="mt-1 text-sm text-danger">{problem}</p> }
                })}
        </div>
    }
}
