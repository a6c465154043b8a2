//! Templates: the list, one of them, and the editor.

pub mod actions;
pub mod activity;
pub mod detail;
pub mod editor;
pub mod forecast;
pub mod links;
pub mod list;
pub mod numbers;
pub mod parts;
pub mod pool;
pub mod revisions;

use domain::template::{Phase, State};
use engine::templates::Template;
use engine::templates::coupons::Outstanding;
use leptos::prelude::*;

use crate::context::engine;
use crate::locale::{last_minute, minute, money, t, t_with, window};
use crate::ui::{Chip, Tone};

pub(super) use crate::ops::sentence::count;

/// Where a template stands, by what ops did and by the clock.
#[component]
pub(super) fn StateChip(state: State) -> impl IntoView {
    let tone = match state {
        State::Draft => Tone::Neutral,
        State::InReview => Tone::Accent,
        State::Live => Tone::Ok,
        State::Paused => Tone::Warn,
        State::Ended => Tone::Neutral,
    };
    view! { <Chip tone=tone>{t(state_key(state))}</Chip> }
}

pub(super) fn state_key(state: State) -> &'static str {
    match state {
        State::Draft => "state-draft",
        State::InReview => "state-in-review",
        State::Live => "state-live",
        State::Paused => "state-paused",
        State::Ended => "state-ended",
    }
}

/// Whether the next step lets shoppers have what can cost without bounds: then one click is not enough.
/// Where it is handed in first, whoever approves it is asked.
pub fn asks_for_a_tick(template: &Template) -> bool {
    let draft = template.draft();
    let is_next = match template.state {
        State::Draft | State::Paused => !draft.needs_approval(engine().settings().approval_above),
        State::InReview => true,
        State::Live | State::Ended => false,
    };
    is_next && draft.greatest_cost().is_none()
}

/// When it can be claimed: not once it has ended, nor when its coupons could not be used any more.
fn claims(template: &Template) -> String {
    match template.state {
        State::Ended => t("claims-ended"),
        _ => window(template.draft().claimable()),
    }
}

/// Said where claims would go on after the last use.
fn claims_too_long(template: &Template) -> Option<String> {
    let draft = template.draft();
    let (claims, used) = (draft.claim_window.until?, draft.validity.until()?);
    (claims > used).then(|| t_with("claims-too-long", [("at", last_minute(used).into())]))
}

/// What the clock says of a live template, where that is not simply "open".
fn phase(template: &Template) -> Option<String> {
    if template.state != State::Live {
        return None;
    }
    match template.draft().claimable().phase(engine().now()) {
        Phase::Upcoming { opens_at } => {
            Some(t_with("phase-upcoming", [("at", minute(opens_at).into())]))
        }
        Phase::Open if template.left() == Some(0) => Some(t("phase-all-gone")),
        Phase::Open => None,
        Phase::Closed => Some(t("phase-closed")),
    }
}

/// Why a template can be neither paused nor, where it has, ended.
pub(crate) fn not_live(state: State) -> String {
    t_with("list-not-live", [("state", t(state_key(state)).into())])
}

/// Why a template is not resumed together with others: what somebody has to tick or to approve is
/// resumed by itself.
pub(crate) fn not_resumed(template: &Template) -> Option<String> {
    if template.state != State::Paused {
        return Some(t_with("list-not-paused", [("state", t(state_key(template.state)).into())]));
    }
    let limit = engine().settings().approval_above;
    if let Some(limit) = limit.filter(|limit| template.draft().needs_approval(Some(*limit))) {
        return Some(t_with("list-resume-approval", [("limit", money(limit).into())]));
    }
    asks_for_a_tick(template).then(|| t("list-resume-unbounded"))
}

/// How many codes were made and not entered, and what becomes of them, as `key` says; nothing where
/// there are none.
fn codes_in_words(out: &Outstanding, key: &str) -> Option<String> {
    let unclaimed = out.unclaimed;
    let text = match unclaimed.is_estimate {
        true => t_with("out-about", [("n", count(unclaimed.count).into())]),
        false => count(unclaimed.count),
    };
    let filled = [("n", unclaimed.count.into()), ("text", text.into())];
    (unclaimed.count > 0).then(|| t_with(key, filled))
}

/// How many coupons are out and what becomes of them: `1,204 coupons already claimed stay usable.`
pub(crate) fn out_in_words(out: &Outstanding) -> String {
    let usable = match out.is_estimate {
        true => t_with("out-about", [("n", count(out.usable).into())]),
        false => count(out.usable),
    };
    let usable = t_with("out-usable", [("n", out.usable.into()), ("text", usable.into())]);
    let locked = [("n", out.locked.into()), ("text", count(out.locked).into())];
    let locked = (out.locked > 0).then(|| t_with("out-locked", locked));
    [Some(usable), locked].into_iter().flatten().collect::<Vec<_>>().join(&t("sentence-gap"))
}
