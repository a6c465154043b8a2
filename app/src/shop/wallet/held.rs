//! One coupon as its shopper holds it: how it stands, and what can be done with it.

use domain::{Refusal, Time, claim::Facts, coupon::State, template::Window};
use engine::{
    catalogue::Catalogue,
    wallet::{Coupon, Step},
};
use leptos::prelude::*;

use crate::{
    copy::{CopyCode, CopyWords},
    form::escaped,
    locale::{self, money, name, t, t_with},
    shop::ticket::{Face, Ticket},
    ui::{Chip, Look, Moment, Tone},
};

/// In the list: the ticket, its code, and the way to its own page.
pub(super) fn held(
    coupon: &Coupon,
    last_use: Option<&Step>,
    catalogue: &Catalogue,
    facts: &Facts,
    now: Time,
) -> AnyView {
    let title = name(coupon.revision.draft.title());
    let details = t_with("coupon-details-label", [("title", title.into())]);
    let page = format!("/wallet/{}", coupon.code);
    let (face, id) = (Face::of(&coupon.revision.draft, catalogue), place(coupon));
    let standing = standing(coupon, last_use, facts, now);
    let about = (validity(coupon, now), standing, code(coupon, now, SMALL));
    let action = action(coupon, facts, now);
    view! {
        <Ticket face=face id=id faded=is_over(coupon, now)>
            {about}
            <div class="mt-3 flex flex-wrap items-center gap-x-4">
                {action}
                <a class=ONWARD href=page aria-label=details>
                    {t("coupon-details")}
                </a>
            </div>
        </Ticket>
    }
    .into_any()
}

/// Hardly more than a word, and no wider, so that it stands below a button as text does.
const ONWARD: &str = class!(
    "inline-flex min-h-11 items-center font-medium text-accent underline underline-offset-4 print:hidden"
);

/// The id of a coupon's ticket on any page.
pub(super) fn place(coupon: &Coupon) -> String {
    format!("coupon-{}", coupon.code)
}

pub(super) fn is_over(coupon: &Coupon, now: Time) -> bool {
    matches!(coupon.state_at(now), State::Redeemed | State::Expired | State::Revoked)
}

/// Until when it is good, as long as that matters.
pub(super) fn validity(coupon: &Coupon, now: Time) -> impl IntoView + use<> {
    let from = Some(coupon.valid_from).filter(|from| *from > now);
    let window = locale::window(Window { from, until: coupon.valid_until });
    (!is_over(coupon, now)).then(|| {
        view! { <p class="text-sm text-muted">{t_with("wallet-valid", [("window", window.into())])}</p> }
    })
}

/// What keeps it from being used, or how it was; nothing where it is ready.
pub(super) fn standing(
    coupon: &Coupon,
    last_use: Option<&Step>,
    facts: &Facts,
    now: Time,
) -> Option<impl IntoView + use<>> {
    let state = coupon.state_at(now);
    let (mark, reason) = match (state, &coupon.lock) {
        (State::Redeemed, _) => (stamp(), used(last_use?).into_any()),
        (State::Locked, Some((_, order, until))) => {
            let filled =
                [("order", order.to_string().into()), ("until", locale::minute(*until).into())];
            (chip(Tone::Warn, "wallet-locked"), t_with("coupon-in-use", filled).into_any())
        }
        _ => {
            let refusal = usable(coupon, facts, now).err()?;
            (chip_of(state, &refusal), locale::refusal(&refusal).into_any())
        }
    };
    Some(view! {
        <div class="mt-2 flex flex-wrap items-center gap-2 text-sm">
            {mark} <p class="min-w-0">{reason}</p>
        </div>
    })
}

/// Whether it could be used now: what bars it may be the coupon, or who holds it.
fn usable(coupon: &Coupon, facts: &Facts, now: Time) -> Result<(), Refusal> {
    coupon.standing().usable(None, now)?;
    coupon.revision.draft.audience.admits(facts)
}

fn chip_of(state: State, refusal: &Refusal) -> AnyView {
    match state {
        _ if matches!(refusal, Refusal::NewShoppersOnly | Refusal::NotInAudience) => {
            chip(Tone::Neutral, "state-outside")
        }
        State::Expired => chip(Tone::Neutral, "state-expired"),
        State::Revoked => chip(Tone::Danger, "state-revoked"),
        State::Held => chip(Tone::Warn, "state-held"),
        // What is available and still refused is too early.
        State::Available | State::Locked | State::Redeemed => chip(Tone::Neutral, "state-upcoming"),
    }
}

fn chip(tone: Tone, word: &'static str) -> AnyView {
    view! { <Chip tone=tone>{t(word)}</Chip> }.into_any()
}

fn stamp() -> AnyView {
    view! {
        <span class="stamp inline-block rounded-lg border-2 border-danger px-2 py-1 text-sm font-semibold tracking-wide text-danger uppercase">
            {t("wallet-used")}
        </span>
    }
    .into_any()
}

/// When, for which order, and what it saved.
fn used(step: &Step) -> impl IntoView + use<> {
    let order = step.order.as_ref().map(ToString::to_string).unwrap_or_default();
    let page = format!("/orders/{}", escaped(&order));
    let saved = t_with("coupon-saved", [("amount", money(step.amount).into())]);
    view! {
        <Moment at=step.at />
        {t("separator")}
        <a class="underline underline-offset-4" href=page>
            {t_with("coupon-order", [("order", order.into())])}
        </a>
        {t("separator")}
        {saved}
    }
}

/// A code beside others, and one that is the matter of its page.
const SMALL: &str = class!("select-all font-mono text-sm whitespace-nowrap tabular-nums");
pub(super) const LARGE: &str = class!(
    "select-all font-mono text-base font-semibold whitespace-nowrap tabular-nums sm:text-xl"
);

/// The code in groups of four, to be copied; one that is over is of no use to anybody.
pub(super) fn code(
    coupon: &Coupon,
    now: Time,
    class: &'static str,
) -> Option<impl IntoView + use<>> {
    let (text, id) = (locale::code(coupon.code), format!("code-{}", coupon.code));
    let words = CopyWords {
        copy: t("coupon-copy"),
        label: t_with("coupon-copy-label", [("code", text.clone().into())]),
        copied: t("coupon-copied"),
        selected: t("coupon-selected"),
    };
    (!is_over(coupon, now)).then(|| {
        view! {
            <p class="mt-1 flex flex-wrap items-center gap-x-2">
                <span class="sr-only">{t("wallet-code")}</span>
                <code id=id.clone() class=class>
                    {text.clone()}
                </code>
                <CopyCode code=text of=id words=words />
            </p>
        }
    })
}

/// The one thing to do with it now.
pub(super) fn action(coupon: &Coupon, facts: &Facts, now: Time) -> Option<impl IntoView + use<>> {
    let title = || ("title", name(coupon.revision.draft.title()).into());
    let (href, label, text, look) = match (coupon.state_at(now), &coupon.lock) {
        (State::Available, _) if usable(coupon, facts, now).is_ok() => (
            format!("/wallet/{}/covers", coupon.code),
            t_with("card-use-label", [title()]),
            t("card-use"),
            Look::Primary,
        ),
        (State::Locked, Some((_, order, _))) => (
            format!("/orders/{}", escaped(order.as_str())),
            t_with("coupon-to-order-label", [title()]),
            t("wallet-to-order"),
            Look::Secondary,
        ),
        _ => return None,
    };
    Some(view! {
        <a class=look.class() href=href aria-label=label>
            {text}
        </a>
    })
}
