//! What can be done with a card: the same on the page and after a press.

use domain::{Refusal, Time, coupon::State};
use engine::{issuance::tickets::Ticket, offers::Card, wallet::Coupon};
use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    form::escaped,
    locale::{self, minute, name, t, t_with},
    server_fns::issuance::{Claim, Remind},
    ui::{Button, Chip, Hidden, Look, Tone},
};

/// Who looks at a card, and when.
#[derive(Clone, Copy)]
pub struct Reader {
    pub is_signed_in: bool,
    /// A sentence beside it says already how a press went.
    pub is_told: bool,
    pub now: Time,
}

pub fn ways_on(card: &Card, reader: Reader) -> AnyView {
    let Reader { is_told, now, .. } = reader;
    let (best, usable) = (card.best_held(now), card.usable(now));
    let onward = best.and_then(|(coupon, state)| onward(card, coupon, state, now));
    let look = if onward.is_some() { Look::Secondary } else { Look::Primary };
    let claim = match (&card.claimable, best) {
        _ if card.waiting().is_some() => {
            card.waiting().map(|it| in_line(card, it, reader)).into_any()
        }
        (Ok(()), _) => claim(card, look, reader).into_any(),
        (Err(Refusal::NotStarted { opens_at }), _) => waiting(card, *opens_at, reader).into_any(),
        (Err(_), _) if is_told => ().into_any(),
        (Err(Refusal::ClaimLimitReached { .. }), Some((coupon, state))) => {
            why(not_usable(coupon, state, now)).into_any()
        }
        (Err(refusal), _) => why(Some(why_not(refusal))).into_any(),
    };
    let refused = card.refused().filter(|_| !is_told).map(|refusal| why(Some(why_not(refusal))));
    let held = (usable > 0).then(|| {
        view! { <Chip tone=Tone::Ok>{t_with("card-held", [("n", usable.into())])}</Chip> }
    });
    // The mark stands first, where the button was: a second tap meets nothing that leads away.
    view! { <div class="flex flex-wrap items-center gap-2">{held} {onward} {claim} {refused}</div> }
        .into_any()
}

/// The word across the corner of a card that can be neither had nor used.
pub(super) fn stamp(card: &Card, now: Time) -> Option<String> {
    match (&card.claimable, card.best_held(now)) {
        (Err(Refusal::ClaimLimitReached { .. }), Some((_, State::Redeemed))) => {
            Some(t("wallet-used"))
        }
        (Err(Refusal::ClaimLimitReached { .. }), Some((_, State::Expired))) => {
            Some(t("state-expired"))
        }
        (Err(Refusal::SoldOut | Refusal::ChannelQuotaReached), _) => Some(t("card-gone")),
        _ => None,
    }
}

fn title(card: &Card) -> String {
    name(card.template.draft().title())
}

/// Whoever has to sign in first goes there by the plain form, also where it would claim in place.
/// Whoever has one is told that they get a second.
fn claim(card: &Card, look: Look, reader: Reader) -> impl IntoView + use<> {
    let (key, label) = match card.is_held(reader.now) {
        true => ("card-another", "card-another-label"),
        false => ("card-claim", "card-claim-label"),
    };
    let link = card.template.link_token.clone().filter(|_| card.is_linked);
    let had = card.held.len().to_string();
    let label = t_with(label, [("title", title(card).into())]);
    view! {
        <form method="post" action=Claim::url() data-plain=(!reader.is_signed_in).then_some("")>
            <Hidden name="template" value=card.template.id.to_string() />
            {link.map(|link| view! { <Hidden name="link" value=link /> })}
            <Hidden name="had" value=had />
            <Button look=look label=label>
                {t(key)}
            </Button>
        </form>
    }
}

/// It waits in line. Awake, the card asks what has become of it; asleep, the link has the page drawn
/// anew, for an empty address is that of the page.
fn in_line(card: &Card, ticket: &Ticket, reader: Reader) -> impl IntoView + use<> {
    let label = t_with("card-look-again-label", [("title", title(card).into())]);
    let waits = (!reader.is_told).then(|| why(Some(t("claim-in-line"))));
    view! {
        <div data-ticket=ticket.id.to_string() class="flex flex-wrap items-center gap-2">
            {waits}
            <a class=Look::Secondary.class() href="" aria-label=label>
                {t("card-look-again")}
            </a>
        </div>
    }
}

/// It opens later: when, a timer that is empty until somebody counts, and the form for then. A timer
/// is read when one goes there, and does not call out every second.
fn waiting(card: &Card, opens_at: Time, reader: Reader) -> impl IntoView + use<> {
    let at = t_with("card-opens", [("at", minute(opens_at).into())]);
    let millis = (opens_at - reader.now).num_milliseconds().clamp(0, COUNTED_AT_MOST);
    view! {
        <div data-millis=millis.to_string()>
            <p
                role="timer"
                aria-live="off"
                data-words=t_with("card-opens-in", [("left", "{left}".into())])
                class="font-semibold text-accent tabular-nums"
            ></p>
            <p class="text-sm font-medium text-muted tabular-nums">{at}</p>
            {remind(card)}
        </div>
        <div hidden>{claim(card, Look::Primary, reader)}</div>
    }
}

/// Asks to be told of the opening, or no longer.
fn remind(card: &Card) -> impl IntoView + use<> {
    let link = card.template.link_token.clone().filter(|_| card.is_linked);
    let (key, label) = match card.is_reminded {
        true => ("card-remind-off", "card-remind-off-label"),
        false => ("card-remind", "card-remind-label"),
    };
    let label = t_with(label, [("title", title(card).into())]);
    let off = card.is_reminded.then(|| view! { <Hidden name="off" value="true" /> });
    let kept = card
        .is_reminded
        .then(|| view! { <p class="w-full text-sm text-ok">{t("card-reminded")}</p> });
    view! {
        <form
            method="post"
            action=Remind::url()
            data-plain=""
            class="mt-3 flex flex-wrap items-center gap-2"
        >
            <Hidden name="template" value=card.template.id.to_string() />
            {link.map(|link| view! { <Hidden name="link" value=link /> })}
            {off}
            {kept}
            <Button look=Look::Secondary label=label>
                {t(key)}
            </Button>
        </form>
    }
}

/// Nobody keeps a page open for longer.
const COUNTED_AT_MOST: i64 = 40 * 24 * 3600 * 1000;

fn why(text: Option<String>) -> impl IntoView {
    text.map(|text| view! { <p class="text-sm font-medium text-muted">{text}</p> })
}

/// Leads on with the one that is held.
fn onward(card: &Card, coupon: &Coupon, state: State, now: Time) -> Option<AnyView> {
    let is_for_use = coupon.valid_from <= now && !card.outside.contains(&coupon.code);
    let (href, key, label) = match (state, &coupon.lock) {
        (State::Available, _) if is_for_use => {
            (format!("/wallet/{}/covers", coupon.code), "card-use", "card-use-label")
        }
        (State::Locked, Some((_, order, _))) => {
            let href = format!("/orders/{}", escaped(order.as_str()));
            (href, "wallet-to-order", "card-to-order-label")
        }
        _ => return None,
    };
    let label = t_with(label, [("title", title(card).into())]);
    let link = view! {
        <a class=Look::Primary.class() href=href aria-label=label>
            {t(key)}
        </a>
    };
    Some(link.into_any())
}

/// Why nothing can be done with the one that is held.
fn not_usable(coupon: &Coupon, state: State, now: Time) -> Option<String> {
    match state {
        State::Available if coupon.valid_from > now => {
            Some(locale::refusal(&Refusal::NotValidYet { valid_from: coupon.valid_from }))
        }
        State::Available => None,
        State::Locked => Some(t("wallet-locked")),
        State::Held => Some(locale::refusal(&Refusal::Held)),
        State::Redeemed => Some(t("card-used")),
        State::Expired => coupon.valid_until.map(|at| locale::refusal(&Refusal::Expired { at })),
        State::Revoked => Some(locale::refusal(&Refusal::Revoked)),
    }
}

fn why_not(refusal: &Refusal) -> String {
    match refusal {
        Refusal::SoldOut => t("card-gone-why"),
        Refusal::ClaimClosed => t("card-closed"),
        refusal => locale::refusal(refusal),
    }
}
