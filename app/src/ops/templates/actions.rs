//! What can be done to a template now, and what each would do to coupons already out.

use domain::actor::Operator;
use domain::template::{Draft, State};
use engine::templates::coupons::Outstanding;
use engine::templates::{NOTE_MAX, Template};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::{asks_for_a_tick, claims_too_long, codes_in_words, count, out_in_words};
use crate::context::engine;
use crate::flash::Flash;
use crate::locale::{money, t, t_with, window};
use crate::ops::inputs;
use crate::ops::sentence::unbounded_key;
use crate::server_fns::templates::ActOnTemplate;
use crate::ui::field::INPUT;
use crate::ui::{Button, Card, Hidden, Look};

/// All that bears on what may be done.
pub(super) struct Case {
    pub template: Template,
    pub operator: Operator,
    /// The operator made the template, or wrote of it since it was last live.
    pub is_own: bool,
    /// Who may approve it.
    pub reviewers: Vec<String>,
    pub out: Outstanding,
    pub flash: Flash,
}

/// One action: the word that is sent, the key of its name, what it will do, and how it looks.
struct Choice {
    action: &'static str,
    name: &'static str,
    effect: String,
    look: Look,
}

pub(super) fn actions(case: &Case) -> impl IntoView + use<> {
    let choices = choices(case);
    let review = (case.template.state == State::InReview).then(|| review(case));
    let nothing = choices.is_empty().then(|| {
        let key = match case.template.state {
            State::Ended => "actions-ended",
            _ => "actions-none",
        };
        view! { <p class="py-3 text-muted">{t(key)}</p> }
    });
    let ended = (case.template.state == State::Ended)
        .then(|| view! { <p class="pb-3">{out_in_words(&case.out)}</p> });
    let choices = choices.into_iter().map(|choice| form(choice, case)).collect_view();
    view! {
        <Card title=t("actions-title")>
            <div class="divide-y divide-y-reverse divide-line">{review} {nothing} {ended} {choices}</div>
        </Card>
    }
}

/// Why it waits, and for whom.
fn review(case: &Case) -> impl IntoView + use<> {
    let (draft, limit) = (case.template.draft(), engine().settings().approval_above);
    let cost = draft.greatest_cost();
    // It may have been handed in under another limit.
    let limit = limit.filter(|limit| draft.needs_approval(Some(*limit)));
    let why = limit.map(|limit| match cost {
        Some(cost) => {
            let filled = [("cost", money(cost).into()), ("limit", money(limit).into())];
            t_with("review-why", filled)
        }
        None => t_with("review-why-unbounded", [("limit", money(limit).into())]),
    });
    let names = case.reviewers.join(&t("separator"));
    let who = match (case.is_own, case.operator.role.can_approve(), names.is_empty()) {
        (false, true, _) => t("review-you-may"),
        (_, _, true) => t("review-nobody"),
        (true, _, false) => t_with("review-own", [("names", names.into())]),
        (false, false, false) => t_with("review-role", [("names", names.into())]),
    };
    view! {
        <div class="space-y-1 pb-3">
            {why.map(|why| view! { <p>{why}</p> })}
            <p>{who}</p>
        </div>
    }
}

fn form(choice: Choice, case: &Case) -> impl IntoView + use<> {
    let Choice { action, name, effect, look } = choice;
    let note = (action == "reject").then(|| note(&case.flash));
    let is_asked = matches!(action, "publish" | "resume" | "approve");
    let tick = (is_asked && asks_for_a_tick(&case.template)).then(|| tick(case.template.draft()));
    let form = view! {
        <form method="post" action=ActOnTemplate::url() class="mt-2 space-y-2">
            <Hidden name="id" value=case.template.id.to_string() />
            <Hidden name="revision" value=case.template.revision.number.to_string() />
            {note}
            {tick}
            <Button look=look name="action" value=action>
                {t(name)}
            </Button>
        </form>
    };
    if action == "end" {
        // What cannot be undone takes two steps, also without JavaScript.
        return view! {
            <details class="py-3">
                <summary class="inline-flex min-h-11 items-center font-medium text-danger">
                    {t("action-end-ask")}
                </summary>
                <p>{effect}</p>
                {form}
            </details>
        }
        .into_any();
    }
    view! {
        <div class="py-3">
            <p>{effect}</p>
            {form}
        </div>
    }
    .into_any()
}

/// What can cost without bounds is not let out with one click.
fn tick(draft: &Draft) -> impl IntoView + use<> {
    view! {
        <p class="font-medium text-danger">{t(unbounded_key(draft))}</p>
        {inputs::tick(t("action-unbounded-tick"), true)}
    }
}

/// Why it is handed back, for its author to read.
fn note(flash: &Flash) -> impl IntoView + use<> {
    view! {
        <label class="block text-sm font-medium" for="note">
            {t("action-reject-note")}
        </label>
        <textarea
            id="note"
            name="note"
            rows="2"
            dir="auto"
            maxlength=NOTE_MAX.to_string()
            class=INPUT
            aria-describedby="note-hint"
        >
            {flash.value("note")}
        </textarea>
        <p id="note-hint" class="text-sm text-muted">
            {flash.problem("note").unwrap_or_else(|| t("action-reject-hint"))}
        </p>
    }
}

fn choices(case: &Case) -> Vec<Choice> {
    let Case { template, operator, is_own, out, .. } = case;
    if !operator.role.can_edit() {
        return Vec::new();
    }
    let draft = template.draft();
    let limit = engine().settings().approval_above;
    let choice = |action, name, effect: String, look| Choice { action, name, effect, look };
    let with_out = |effect: String, codes: &str| {
        let said = [Some(effect), Some(out_in_words(out)), codes_in_words(out, codes)];
        said.into_iter().flatten().collect::<Vec<_>>().join(&t("sentence-gap"))
    };
    let publish = |action, name, effect: &str| {
        let effect = t_with(effect, [("window", window(draft.claimable()).into())]);
        let effect = [Some(effect), claims_too_long(template)].into_iter().flatten();
        let effect = effect.collect::<Vec<_>>().join(&t("sentence-gap"));
        let (name, effect) = match limit.filter(|limit| draft.needs_approval(Some(*limit))) {
            Some(limit) => {
                ("action-submit", t_with("action-submit-effect", [("limit", money(limit).into())]))
            }
            None => (name, [effect, how_many(template)].join(&t("sentence-gap"))),
        };
        choice(action, name, effect, Look::Primary)
    };
    let end = || match template.state {
        // Nobody has seen it.
        State::Draft if template.issued == 0 => {
            choice("end", "action-end", t("action-end-draft-effect"), Look::Danger)
        }
        _ => {
            let effect = with_out(t("action-end-effect"), "out-codes-ended");
            choice("end", "action-end", effect, Look::Danger)
        }
    };
    match template.state {
        State::Draft => vec![publish("publish", "action-publish", "action-publish-effect"), end()],
        State::InReview => {
            let approve = || {
                let filled = [
                    ("number", template.revision.number.into()),
                    ("window", window(draft.claimable()).into()),
                ];
                let effect = t_with("action-approve-effect", filled);
                let effect = [effect, how_many(template)].join(&t("sentence-gap"));
                choice("approve", "action-approve", effect, Look::Primary)
            };
            let reject =
                || choice("reject", "action-reject", t("action-reject-effect"), Look::Secondary);
            let may_approve = operator.role.can_approve();
            let approve = (may_approve && !is_own).then(approve);
            approve.into_iter().chain(may_approve.then(reject)).chain([end()]).collect()
        }
        State::Live => {
            let pause = with_out(t("action-pause-effect"), "out-codes-paused");
            vec![choice("pause", "action-pause", pause, Look::Secondary), end()]
        }
        State::Paused => vec![publish("resume", "action-resume", "action-resume-effect"), end()],
        State::Ended => Vec::new(),
    }
}

/// How many more there may be.
fn how_many(template: &Template) -> String {
    match template.left() {
        Some(left) => t_with("action-left", [("n", left.into()), ("text", count(left).into())]),
        None => t("action-left-endless"),
    }
}
