//! Openings, and ends of coupons, that the shopper wanted to be told of.

use engine::{offers::Card, wallet::Coupon};
use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    form::escaped,
    locale::{last_minute, minute, name, t, t_with},
    server_fns::issuance::Remind,
    shop::center::address_of,
    ui::{Button, Hidden, Look},
};

pub(super) fn list(openings: &[Card], ends: &[Coupon]) -> Option<impl IntoView + use<>> {
    (openings.len() + ends.len() > 0).then(|| {
        let ends = ends.iter().map(end).collect_view();
        let openings = openings.iter().map(opening).collect_view();
        view! {
            <section
                class="mb-4 rounded-xl border border-line bg-surface p-4 shadow-sm"
                aria-labelledby="reminders"
            >
                <h2 id="reminders" class="font-semibold">
                    {t("reminders-title")}
                </h2>
                <ul class="mt-1 divide-y divide-line">{ends} {openings}</ul>
            </section>
        }
    })
}

fn end(coupon: &Coupon) -> impl IntoView + use<> {
    let title = name(coupon.revision.draft.title());
    let until = coupon.valid_until.map(last_minute).unwrap_or_default();
    let label = t_with("coupon-details-label", [("title", title.clone().into())]);
    let to_it = view! {
        <a
            class=Look::Secondary.class()
            href=format!("/wallet/{}", coupon.code)
            aria-label=label
        >
            {t("coupon-details")}
        </a>
    };
    line(title, t_with("reminders-ends", [("at", until.into())]), to_it)
}

fn opening(card: &Card) -> impl IntoView + use<> {
    let title = name(card.template.draft().title());
    let is_open = card.claimable.is_ok();
    let opens_at = card.template.draft().claim_window.from.filter(|_| !is_open);
    let when = match opens_at {
        Some(at) => t_with("card-opens", [("at", minute(at).into())]),
        None => t("reminders-open"),
    };
    let href = match &card.template.link_token {
        Some(token) => format!("/t/{}", escaped(token)),
        None => address_of(&card.template),
    };
    let to_it = if is_open {
        let label = t_with("card-claim-label", [("title", title.clone().into())]);
        view! {
            <a class=Look::Secondary.class() href=href aria-label=label>
                {t("card-claim")}
            </a>
        }
        .into_any()
    } else {
        no_longer(card).into_any()
    };
    line(title, when, to_it)
}

/// The way to be told of an opening no longer.
fn no_longer(card: &Card) -> impl IntoView + use<> {
    let title = name(card.template.draft().title());
    let label = t_with("card-remind-off-label", [("title", title.into())]);
    let link = card.template.link_token.clone();
    view! {
        <form method="post" action=Remind::url()>
            <Hidden name="template" value=card.template.id.to_string() />
            {link.map(|link| view! { <Hidden name="link" value=link /> })}
            <Hidden name="off" value="true" />
            <Button look=Look::Plain label=label>
                {t("card-remind-off")}
            </Button>
        </form>
    }
}

fn line(title: String, when: String, to_it: impl IntoView + 'static) -> impl IntoView {
    view! {
        <li class="flex flex-wrap items-center justify-between gap-2 py-2">
            <div class="min-w-0">
                <p class="font-medium break-words" dir="auto">
                    {title}
                </p>
                <p class="text-sm text-muted tabular-nums">{when}</p>
            </div>
            {to_it}
        </li>
    }
}
