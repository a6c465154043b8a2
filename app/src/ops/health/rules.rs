//! The rules of alarm: what each looks at, how much is too much, and what it finds now.

use domain::alert::{Bound, Rule, Unit};
use engine::alerts::Standing;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::{amount, rule_name};
use crate::flash::Flash;
use crate::locale::{t, t_with};
use crate::ops::inputs::{choice, length, number};
use crate::server_fns::alerts::SetAlertRule;
use crate::ui::{Button, Chip, Hidden, Look, Notice, Said, Tone};

/// `is_told`: whether any webhook is told of alarms.
pub(super) fn part(
    standings: &[Standing],
    is_told: bool,
    flash: &Flash,
    may_edit: bool,
) -> AnyView {
    let cards = standings.iter().map(|standing| card(standing, flash, may_edit)).collect_view();
    let untold = (!is_told).then(|| {
        view! {
            <Notice tone=Tone::Warn>
                {t("alert-untold")} " "
                <a class="underline underline-offset-4" href="/ops/webhooks">
                    {t("webhooks-title")}
                </a>
            </Notice>
        }
    });
    view! {
        <section class="grid grid-cols-1 gap-4" aria-label=t("alert-rules")>
            <h2 class="text-lg font-semibold">{t("alert-rules")}</h2>
            <p class="max-w-prose text-muted">{t("alert-rules-lead")}</p>
            {untold}
            <ul class="grid grid-cols-1 items-start gap-4 lg:grid-cols-2">{cards}</ul>
        </section>
    }
    .into_any()
}

fn card(standing: &Standing, flash: &Flash, may_edit: bool) -> impl IntoView + use<> {
    let Standing { rule, bound, value, is_alarming } = *standing;
    let place = format!("alert-{}", rule.as_str());
    let sent = Some(flash.clone()).filter(|flash| flash.form == place).unwrap_or_default();
    let (tone, state) = match (bound.is_on, is_alarming) {
        (false, _) => (Tone::Neutral, "alert-off"),
        (true, true) => (Tone::Danger, "alert-passed"),
        (true, false) => (Tone::Ok, "alert-well"),
    };
    let sentence = format!("alert-says-{}", rule.as_str().replace('_', "-"));
    let filled = [
        ("threshold", amount(rule, bound.threshold.into()).into()),
        ("window", length(bound.window_minutes).into()),
    ];
    let now = match value {
        Some(value) => t_with("alert-now", [("value", amount(rule, value).into())]),
        None => t("alert-now-nothing"),
    };
    let form = may_edit.then(|| form(rule, bound, &sent));
    view! {
        <li id=place class="rounded-xl border border-line bg-surface p-4 shadow-sm">
            <div class="flex flex-wrap items-center gap-2">
                <h3 class="font-semibold">{rule_name(rule)}</h3>
                <Chip tone=tone>{t(state)}</Chip>
            </div>
            <p class="mt-2">{t_with(&sentence, filled)}</p>
            <p class="text-sm text-muted tabular-nums">{now}</p>
            <Said flash=sent />
            {form}
        </li>
    }
}

fn form(rule: Rule, bound: Bound, sent: &Flash) -> impl IntoView + use<> {
    let word = rule.as_str();
    let states = [("on", "alert-on"), ("off", "alert-off")];
    let states = states.map(|(state, key)| (state.to_owned(), t(key)));
    let state = sent.value_or("state", if bound.is_on { "on" } else { "off" });
    let threshold = sent.value_or("threshold", bound.threshold.to_string());
    let window = sent.value_or("window_minutes", bound.window_minutes.to_string());
    let (threshold_wrong, window_wrong) =
        (sent.problem("threshold"), sent.problem("window_minutes"));
    let threshold_label = t(match rule.unit() {
        Unit::Percent => "alert-threshold-percent",
        Unit::Times => "alert-threshold-times",
        Unit::Seconds => "alert-threshold-seconds",
    });
    let window_label = t(if rule.lasts() { "alert-lasts" } else { "alert-window" });
    let is_open = sent.error().is_some();
    view! {
        <details open=is_open>
            <summary class="inline-flex min-h-11 items-center font-medium text-accent">
                {t("alert-change")} <span class="sr-only">" " {rule_name(rule)}</span>
            </summary>
            <form method="post" action=SetAlertRule::url() class="mt-2 grid gap-3 sm:grid-cols-3">
                <Hidden name="rule" value=word />
                {number(
                    format!("{word}-threshold"),
                    "threshold",
                    threshold_label,
                    threshold,
                    threshold_wrong,
                )}
                {number(
                    format!("{word}-window"),
                    "window_minutes",
                    window_label,
                    window,
                    window_wrong,
                )}
                {choice(format!("{word}-state"), "state", t("alert-state"), states.to_vec(), &state)}
                <div class="sm:col-span-3">
                    <Button look=Look::Secondary>{t("alert-save")}</Button>
                </div>
            </form>
        </details>
    }
}
