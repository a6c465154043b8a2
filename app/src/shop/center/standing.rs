//! How a card stands for its reader, in words: the same on the page and after a press.

use domain::{Refusal, Time, coupon::State, template::Draft};
use engine::{offers::Card, wallet::Coupon};

use crate::{
    form::escaped,
    locale::{self, minute, name, t, t_with},
    server_fns::issuance::{Opening, Standing, Way},
    shop::scope::shelf_of,
};

pub fn standing(card: &Card, now: Time) -> Standing {
    let draft = card.template.draft();
    let best = card.best_held(now);
    let usable = card.usable(now);
    let opening = match &card.claimable {
        Err(Refusal::NotStarted { opens_at }) => Some(Opening {
            at: t_with("card-opens", [("at", minute(*opens_at).into())]),
            millis: u64::try_from((*opens_at - now).num_milliseconds()).unwrap_or(0),
        }),
        _ => None,
    };
    let why = match (&card.claimable, best) {
        (Ok(()) | Err(Refusal::NotStarted { .. }), _) => None,
        (Err(Refusal::ClaimLimitReached { .. }), Some((coupon, state))) => {
            not_usable(coupon, state, now)
        }
        (Err(refusal), _) => Some(why_not(refusal)),
    };
    Standing {
        may_claim: card.claimable.is_ok(),
        opening,
        had: (draft.per_shopper > 1).then_some(card.held.len() as u32),
        way: best.and_then(|(coupon, state)| onward(coupon, state, draft, now)),
        held: (usable > 0).then(|| t_with("card-held", [("n", usable.into())])),
        why,
        said: None,
    }
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

fn onward(coupon: &Coupon, state: State, draft: &Draft, now: Time) -> Option<Way> {
    let title = || [("title", name(draft.title()).into())];
    match (state, &coupon.lock) {
        (State::Available, _) if coupon.valid_from <= now => Some(Way {
            href: shelf_of(&coupon.revision.draft.scope),
            text: t("card-use"),
            label: t_with("card-use-label", title()),
        }),
        (State::Locked, Some((_, order, _))) => Some(Way {
            href: format!("/orders/{}", escaped(order.as_str())),
            text: t("wallet-to-order"),
            label: t_with("card-to-order-label", title()),
        }),
        _ => None,
    }
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
        Refusal::SoldOut => t("card-gone"),
        Refusal::ClaimClosed => t("card-closed"),
        refusal => locale::refusal(refusal),
    }
}
