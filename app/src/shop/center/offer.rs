//! One card of the center.

use domain::{
    Refusal,
    template::{Draft, Validity},
};
use engine::{
    catalogue::Catalogue,
    offers::{Card, Section},
};
use leptos::prelude::*;

use super::ways_on::{Reader, stamp, ways_on};
use crate::{
    flash::Flash,
    locale::{self, name, t, t_with},
    server_fns::issuance::place,
    shop::{
        claim_live::ClaimLive,
        terms::{is_for_a_first_order, terms},
        ticket::{Face, Ticket},
    },
    ui::{Bar, Chip, Tone},
};

pub(super) fn offer(card: &Card, catalogue: &Catalogue, flash: &Flash, reader: Reader) -> AnyView {
    let now = reader.now;
    let (draft, place) = (card.template.draft(), place(card.template.id));
    let said = flash.said_at(&place);
    let ways = ways_on(card, Reader { is_told: said.is_some(), ..reader });
    let section = card.section(now);
    let is_over = section == Section::Over;
    let link = card.template.link_token.clone().filter(|_| card.is_linked);
    let (stamp, is_linked) = (stamp(card, now), card.is_linked);
    let stock = (section == Section::Open).then(|| stock(card));
    let template = card.template.id.to_string();
    let (face, usable, more) = (Face::of(draft, catalogue), usable(draft), more(draft));
    // Who is past it reads so where the button would be.
    let is_refused = matches!(card.claimable, Err(Refusal::NewShoppersOnly));
    let first = (is_for_a_first_order(draft) && !is_refused).then(|| {
        view! {
            <p class="mt-1">
                <Chip tone=Tone::Accent>{t("card-first-order")}</Chip>
            </p>
        }
    });
    view! {
        <Ticket face=face id=place faded=is_over stamp=stamp marked=is_linked>
            <p class="mt-1 text-sm text-muted">{usable}</p>
            {first}
            {stock}
            {more}
            <ClaimLive
                template=template
                link=link
                claiming=t("card-claiming")
                offline=t("card-offline")
                unavailable=t("error-unavailable")
                fault=t_with("error-fault", [("reference", "{reference}".into())])
                said=said
            >
                {ways}
            </ClaimLive>
        </Ticket>
    }
    .into_any()
}

/// When a coupon of it may be used.
fn usable(draft: &Draft) -> String {
    match draft.validity {
        Validity::Fixed(window) => {
            t_with("card-use-window", [("window", locale::window(window).into())])
        }
        Validity::Days { days, .. } => t_with("card-use-days", [("days", days.into())]),
    }
}

fn stock(card: &Card) -> Option<impl IntoView + use<>> {
    let stock = card.template.draft().stock.filter(|stock| *stock > 0)?;
    let percent = card.template.issued.min(stock) * 100 / stock;
    Some(view! {
        <div class="mt-2 flex items-center gap-2 text-xs text-muted">
            <div class="min-w-8 flex-1">
                <Bar percent=percent />
            </div>
            <span class="whitespace-nowrap tabular-nums">
                {t_with("card-gone-share", [("percent", percent.into())])}
            </span>
        </div>
    })
}

/// What is too long for a ticket: a long name whole, what it is about, and the small print.
fn more(draft: &Draft) -> impl IntoView + use<> {
    let title = Some(name(draft.title())).filter(|title| title.chars().count() > LONG);
    let said = [title, draft.description.as_deref().map(name), draft.terms.as_deref().map(name)];
    let said = said.into_iter().flatten().chain(terms(draft));
    let paragraph = |text: String| {
        view! { <p class="mt-1 whitespace-pre-line" dir="auto">{text}</p> }
    };
    view! {
        <details class="mt-1 text-sm text-muted">
            <summary class="py-3 pointer-fine:py-1">{t("card-more")}</summary>
            {said.map(paragraph).collect_view()}
        </details>
    }
}

/// A name of more characters may not fit its three lines.
const LONG: usize = 40;
