//! What can be done to a template now, and what each would do to coupons already out.

use domain::actor::Operator;
use domain::template::State;
use engine::templates::Template;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::count;
use crate::context::engine;
use crate::locale::{money, t, t_with, window};
use crate::server_fns::templates::ActOnTemplate;
use crate::ui::{Button, Card, Hidden, Look};

/// One action: the word that is sent, the key of its name, what it will do, and how it looks.
struct Choice {
    action: &'static str,
    name: &'static str,
    effect: String,
    look: Look,
}

#[component]
pub fn Actions(
    template: Template,
    operator: Operator,
    /// The operator wrote what is to be approved.
    is_own: bool,
) -> impl IntoView {
    let choices = choices(&template, &operator, is_own);
    let waits = template.state == State::InReview && (is_own || !operator.role.can_approve());
    let waits = waits.then(|| view! { <p class="py-3 text-muted">{t("actions-waits")}</p> });
    if choices.is_empty() {
        let key = if template.state == State::Ended { "actions-ended" } else { "actions-none" };
        return view! {
            <Card title=t("actions-title")>
                <p class="text-muted">{t(key)}</p>
            </Card>
        }
        .into_any();
    }
    let id = template.id.to_string();
    let choice = move |choice: Choice| {
        let Choice { action, name, effect, look } = choice;
        let form = view! {
            <form method="post" action=ActOnTemplate::url() class="mt-2">
                <Hidden name="id" value=id.clone() />
                <Button look=look name="action" value=action>
                    {t(name)}
                </Button>
            </form>
        };
        if action == "end" {
            // What cannot be undone takes two steps, also without JavaScript.
            return view! {
                <details class="py-3">
                    <summary class="min-h-11 py-2 font-medium text-danger">{t("action-end-ask")}</summary>
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
    };
    let choices = choices.into_iter().map(choice).collect_view();
    view! {
        <Card title=t("actions-title")>
            <div class="divide-y divide-y-reverse divide-line">{waits} {choices}</div>
        </Card>
    }
    .into_any()
}

fn choices(template: &Template, operator: &Operator, is_own: bool) -> Vec<Choice> {
    if !operator.role.can_edit() {
        return Vec::new();
    }
    let draft = template.draft();
    let limit = engine().settings().approval_above;
    let publish = |name, effect: &str| {
        let when = ("window", window(draft.claim_window).into());
        let (name, effect) = match limit.filter(|limit| draft.needs_approval(Some(*limit))) {
            Some(limit) => {
                ("action-submit", t_with("action-submit-effect", [("limit", money(limit).into())]))
            }
            None => (name, t_with(effect, [when])),
        };
        Choice { action: "publish", name, effect, look: Look::Primary }
    };
    let choice = |action, name, effect: String, look| Choice { action, name, effect, look };
    let pause = || choice("pause", "action-pause", t("action-pause-effect"), Look::Secondary);
    let end = || {
        let issued = [("issued", count(template.issued).into())];
        choice("end", "action-end", t_with("action-end-effect", issued), Look::Danger)
    };
    match template.state {
        State::Draft => vec![publish("action-publish", "action-publish-effect"), end()],
        State::InReview => {
            let approve =
                || choice("approve", "action-approve", t("action-approve-effect"), Look::Primary);
            let reject =
                || choice("reject", "action-reject", t("action-reject-effect"), Look::Secondary);
            let may_approve = operator.role.can_approve();
            let approve = (may_approve && !is_own).then(approve);
            approve.into_iter().chain(may_approve.then(reject)).chain([end()]).collect()
        }
        State::Live => vec![pause(), end()],
        State::Paused => vec![publish("action-resume", "action-resume-effect"), end()],
        State::Ended => Vec::new(),
    }
}
