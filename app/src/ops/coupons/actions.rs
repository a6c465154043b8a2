//! What can be done to a coupon now. Each says what it will do before it is done, takes a reason, and
//! what cannot be undone takes two steps, also without JavaScript.

use domain::coupon::{State, is_used_and_returned};
use domain::{Refusal, Time, template};
use engine::coupons::One;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::state_key;
use crate::AppError;
use crate::context::engine;
use crate::flash::{Flash, Outcome};
use crate::locale::{minute, t, t_with};
use crate::ops::reason::Reason;
use crate::ops::templates::{self, count};
use crate::server_fns::coupons::{ActOnCoupon, ReleaseLock, ReplaceCoupon};
use crate::ui::{Button, Card, Hidden, Look, Notice, Tone};

/// All that bears on what may be done.
pub(super) struct Case {
    pub one: One,
    /// How many replacements the operator may still make today; none who may not act at all.
    pub left: Option<u32>,
    pub flash: Flash,
}

/// One thing that can be done: the word that is sent, the key of its name, what it will do.
struct Choice {
    action: &'static str,
    name: &'static str,
    effect: String,
    /// Nobody can undo it.
    is_final: bool,
}

/// How the last form went, in an operator's words.
#[component]
pub(super) fn Said(flash: Flash) -> impl IntoView {
    let is_ours = flash.form == "coupon" || flash.form.starts_with("coupon-");
    let said = flash.said().filter(|_| is_ours);
    said.map(|(is_well, sentence)| {
        let tone = if is_well { Tone::Ok } else { Tone::Danger };
        let sentence = refused(&flash).unwrap_or(sentence);
        view! {
            <Notice tone=tone focus=true>
                {sentence}
            </Notice>
        }
    })
}

/// Why it was refused, where the words for shoppers would not do.
fn refused(flash: &Flash) -> Option<String> {
    let Outcome::Failed(AppError::Refused { refusal, .. }) = &flash.outcome else { return None };
    Some(match refusal {
        Refusal::StateConflict { state } => match State::parse(state) {
            Some(state) => t_with("ops-coupon-conflict", [("state", t(state_key(state)).into())]),
            None => match template::State::ALL.into_iter().find(|s| s.as_str() == state) {
                Some(state) => {
                    let state = t(templates::state_key(state));
                    t_with("ops-coupon-template-conflict", [("state", state.into())])
                }
                None => return None,
            },
        },
        Refusal::DailyLimitReached { resets_at } => {
            t_with("ops-coupon-daily", [("at", minute(*resets_at).into())])
        }
        Refusal::SoldOut => t("ops-coupon-no-stock"),
        Refusal::ClaimClosed => t("ops-coupon-too-late"),
        _ => return None,
    })
}

pub(super) fn actions(case: &Case) -> impl IntoView + use<> {
    let now = engine().now();
    let body = if case.left.is_none() {
        view! { <p class="text-muted">{t("ops-coupon-only-risk")}</p> }.into_any()
    } else {
        let remarks = remarks(case, now).into_iter().map(|remark| view! { <p>{remark}</p> });
        let remarks = remarks.collect_view();
        let forms = choices(case, now).into_iter().map(|choice| form(choice, case)).collect_view();
        view! {
            <div class="space-y-2">{remarks}</div>
            <div class="divide-y divide-y-reverse divide-line">{forms}</div>
        }
        .into_any()
    };
    view! { <Card title=t("actions-title")>{body}</Card> }
}

/// What is so and cannot be changed here.
fn remarks(case: &Case, now: Time) -> Vec<String> {
    let (coupon, template) = (&case.one.coupon, &case.one.template);
    let state = coupon.state_at(now);
    let mut remarks = Vec::new();
    match state {
        // Nobody is to have two of them.
        State::Available => remarks.push(t("ops-coupon-remark-available")),
        State::Locked if coupon.is_revoked => remarks.push(t("ops-coupon-remark-revoked-locked")),
        State::Locked => remarks.push(t("ops-coupon-remark-locked")),
        State::Redeemed if !is_lost(case, now) => remarks.push(t("ops-coupon-remark-redeemed")),
        _ => {}
    }
    if is_lost(case, now) && case.one.replacement.is_some() {
        remarks.push(t("ops-coupon-remark-replaced"));
    } else if is_lost(case, now) {
        if !gives(template.state) {
            let state = t(templates::state_key(template.state));
            remarks.push(t_with("ops-coupon-template-conflict", [("state", state.into())]));
        } else if template.left() == Some(0) {
            remarks.push(t("ops-coupon-no-stock"));
        } else if case.left == Some(0) {
            let at = engine().settings().time_zone.next_midnight(now);
            remarks.push(t_with("ops-coupon-daily", [("at", minute(at).into())]));
        }
    }
    remarks
}

/// Another may be given in its place.
fn is_lost(case: &Case, now: Time) -> bool {
    match case.one.coupon.state_at(now) {
        State::Expired | State::Revoked => true,
        State::Redeemed => is_used_and_returned(case.one.steps.iter().map(|step| step.kind)),
        _ => false,
    }
}

fn gives(state: template::State) -> bool {
    matches!(state, template::State::Live | template::State::Paused)
}

fn choices(case: &Case, now: Time) -> Vec<Choice> {
    let coupon = &case.one.coupon;
    let hold = || choice("hold", "ops-coupon-hold", t("ops-coupon-hold-effect"), false);
    let revoke = |effect: String| choice("revoke", "ops-coupon-revoke", effect, true);
    match coupon.state_at(now) {
        State::Available => vec![hold(), revoke(t("ops-coupon-revoke-effect"))],
        State::Held => {
            let effect = match coupon.standing().is_over(now) {
                true => "ops-coupon-free-over-effect",
                false => "ops-coupon-free-effect",
            };
            let free = choice("free", "ops-coupon-free", t(effect), false);
            vec![free, revoke(t("ops-coupon-revoke-effect"))]
        }
        State::Locked => locked(case, revoke),
        State::Redeemed | State::Expired | State::Revoked => replacing(case, now),
    }
}

fn choice(action: &'static str, name: &'static str, effect: String, is_final: bool) -> Choice {
    Choice { action, name, effect, is_final }
}

/// What becomes of a coupon that an order has, and of the order.
fn locked(case: &Case, revoke: impl Fn(String) -> Choice) -> Vec<Choice> {
    let Some(lock) = &case.one.lock else { return Vec::new() };
    let order = lock.order.to_string();
    let until = minute(lock.until);
    let filled = || [("order", order.clone().into()), ("until", until.clone().into())];
    let revoking = (!case.one.coupon.is_revoked)
        .then(|| revoke(t_with("ops-coupon-revoke-locked-effect", filled())));
    let n = lock.quote.applied.len();
    let effect = t_with(
        "ops-coupon-release-effect",
        [("order", order.clone().into()), ("until", until.clone().into()), ("n", n.into())],
    );
    let release = choice("release", "ops-coupon-release", effect, true);
    revoking.into_iter().chain([release]).collect()
}

fn replacing(case: &Case, now: Time) -> Vec<Choice> {
    let template = &case.one.template;
    let has_stock = template.left() != Some(0);
    let may = is_lost(case, now) && case.one.replacement.is_none() && gives(template.state);
    let left = case.left.unwrap_or(0);
    if !may || !has_stock || left == 0 {
        return Vec::new();
    }
    let revision = template.revision.number.into();
    let effect = t_with("ops-coupon-replace-effect", [("revision", revision)]);
    let stock = template.left().map(|left| {
        t_with("ops-coupon-replace-stock", [("n", left.into()), ("text", count(left).into())])
    });
    let left = t_with("ops-coupon-replace-left", [("n", left.into())]);
    let effect: Vec<String> = [Some(effect), stock, Some(left)].into_iter().flatten().collect();
    let effect = effect.join(&t("sentence-gap"));
    vec![choice("replace", "ops-coupon-replace", effect, false)]
}

fn form(choice: Choice, case: &Case) -> impl IntoView + use<> {
    let Choice { action, name, effect, is_final } = choice;
    let name_of_form = format!("coupon-{action}");
    let sent = if case.flash.form == name_of_form { case.flash.clone() } else { Flash::default() };
    let is_open = sent.error().is_some();
    let address = match action {
        "release" => ReleaseLock::url(),
        "replace" => ReplaceCoupon::url(),
        _ => ActOnCoupon::url(),
    };
    let lock = case.one.lock.as_ref().filter(|_| action == "release");
    let lock = lock.map(|lock| view! { <Hidden name="lock" value=lock.id.to_string() /> });
    let acts = !matches!(action, "release" | "replace");
    let look = if is_final { Look::Danger } else { Look::Secondary };
    let form = view! {
        <p>{effect}</p>
        <form method="post" action=address class="mt-2 grid gap-3">
            <Hidden name="code" value=case.one.coupon.code.to_string() />
            {lock}
            {acts.then(|| view! { <Hidden name="action" value=action /> })}
            <Reason
                id=format!("reason-{action}")
                name="reason"
                label=t("reason")
                value=sent.value("reason")
                problem=sent.problem("reason")
            />
            <div>
                <Button look=look>{t(name)}</Button>
            </div>
        </form>
    };
    let summary = if is_final { SUMMARY_FINAL } else { SUMMARY };
    view! {
        <details class="py-3" open=is_open>
            <summary class=summary>{t(name)} "…"</summary>
            {form}
        </details>
    }
}

const SUMMARY: &str = class!("inline-flex min-h-11 items-center font-medium text-accent");
const SUMMARY_FINAL: &str = class!("inline-flex min-h-11 items-center font-medium text-danger");
