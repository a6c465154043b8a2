//! Openings the shopper wanted to be told of.

use engine::offers::Card;
use leptos::prelude::*;

use crate::{
    form::escaped,
    locale::{minute, name, t, t_with},
    server_fns::issuance::place,
    ui::Look,
};

pub(super) fn list(cards: &[Card]) -> Option<impl IntoView + use<>> {
    (!cards.is_empty()).then(|| {
        view! {
            <section
                class="mb-4 rounded-xl border border-line bg-surface p-4 shadow-sm"
                aria-labelledby="reminders"
            >
                <h2 id="reminders" class="font-semibold">
                    {t("reminders-title")}
                </h2>
                <ul class="mt-1 divide-y divide-line">{cards.iter().map(line).collect_view()}</ul>
            </section>
        }
    })
}

fn line(card: &Card) -> impl IntoView + use<> {
    let title = name(card.template.draft().title());
    let is_open = card.claimable.is_ok();
    let opens_at = card.template.draft().claim_window.from.filter(|_| !is_open);
    let when = match opens_at {
        Some(at) => t_with("card-opens", [("at", minute(at).into())]),
        None => t("reminders-open"),
    };
    let href = match &card.template.link_token {
        Some(token) => format!("/t/{}", escaped(token)),
        None => format!("/#{}", place(card.template.id)),
    };
    let to_it = is_open.then(|| {
        let label = t_with("card-claim-label", [("title", title.clone().into())]);
        view! {
            <a class=Look::Secondary.class() href=href aria-label=label>
                {t("card-claim")}
            </a>
        }
    });
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
