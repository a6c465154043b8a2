//! The coupon center: what can be claimed, now or soon.

use domain::{
    Channel, Refusal, Time,
    coupon::State,
    template::{Draft, Validity},
};
use engine::{
    catalogue::{self, Catalogue},
    counts,
    issuance::Via,
    offers::{self, Card as Offered},
    wallet,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::ticket::{Face, Ticket};
use crate::{
    AppError,
    context::engine,
    failure,
    flash::{Flash, flash},
    form::is_answer,
    locale::{self, name, t, t_with},
    server_fns::issuance::{Claim, place},
    session,
    ui::{Bar, Button, Chip, Empty, Hidden, Look, Said, ShopFrame, Tone},
};

/// `/`; `/c/{channel}` for those who come by a channel's link, `/t/{token}` by a template's.
#[component]
pub fn CenterPage() -> impl IntoView {
    let (arriving, link) =
        use_params_map().with_untracked(|params| (params.get("channel"), params.get("token")));
    failure::page(async move {
        let engine = engine();
        if let Some(channel) = arriving {
            session::arrive(&Channel::new(channel).map_err(|_| AppError::NotFound)?).await?;
        }
        let (shopper, channel) = (session::maybe_shopper().await?, session::channel().await?);
        let via = Via { channel, link };
        let cards = offers::center(&engine, shopper.as_ref(), &via).await?;
        if via.link.is_some() && !cards.iter().any(|card| card.is_linked) {
            return Err(AppError::NotFound);
        }
        if !is_answer() {
            let shown: Vec<_> = cards.iter().map(|card| card.template.id).collect();
            counts::viewed(&engine, &session::visitor().await?, &shown, via.channel.as_ref());
        }
        let (catalogue, flash) = (catalogue::current(&engine).await?, flash().await);
        let is_at_a_card = cards.iter().any(|card| place(card.template.id) == flash.form);
        let said = (!is_at_a_card).then(|| flash.clone());
        let empty = cards.is_empty().then(|| view! { <Empty text=t("center-empty") /> });
        let now = engine.now();
        let cards = cards.into_iter().map(|offered| offer(&offered, &catalogue, &flash, now));
        let cards = cards.collect_view();
        Ok(view! {
            <ShopFrame title=t("center-title") here="/">
                <h1 class="text-2xl font-semibold">{t("center-title")}</h1>
                <p class="mt-1 mb-4 text-muted">{t("center-lead")}</p>
                {said.map(|flash| view! { <Said flash=flash /> })}
                <h2 class="sr-only">{t("center-list")}</h2>
                <div class="mt-4 grid gap-4">{empty} {cards}</div>
            </ShopFrame>
        })
    })
}

fn offer(offered: &Offered, catalogue: &Catalogue, flash: &Flash, now: Time) -> AnyView {
    let place = place(offered.template.id);
    let draft = offered.template.draft();
    let flash = Some(flash.clone()).filter(|flash| flash.form == place);
    let is_usable = |coupon: &&wallet::Coupon| coupon.state_at(now) == State::Available;
    let held = offered.held.iter().filter(is_usable).count();
    let held = (held > 0).then(|| {
        view! { <Chip tone=Tone::Ok>{t_with("card-held", [("n", held.into())])}</Chip> }
    });
    let terms = draft.terms.clone().map(|terms| {
        view! {
            <details class="mt-2 text-sm text-muted">
                <summary class="min-h-6">{t("card-terms")}</summary>
                <p class="mt-1 whitespace-pre-line">{terms}</p>
            </details>
        }
    });
    let (usable, stock) = (usable(draft), stock(offered));
    let actions =
        actions(offered, flash.as_ref().is_some_and(|flash| flash.error().is_some()), now);
    view! {
        <Ticket face=Face::of(draft, catalogue) id=place>
            <p class="text-sm text-muted">{usable}</p>
            {stock}
            {terms}
            <div class="mt-3 flex flex-wrap items-center gap-2">{actions} {held}</div>
            {flash
                .map(|flash| {
                    view! {
                        <div class="mt-3">
                            <Said flash=flash />
                        </div>
                    }
                })}
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

fn stock(offered: &Offered) -> Option<impl IntoView + use<>> {
    let stock = offered.template.draft().stock.filter(|stock| *stock > 0)?;
    let percent = offered.template.issued.min(stock) * 100 / stock;
    Some(view! {
        <div class="mt-2 flex items-center gap-2 text-xs text-muted">
            <Bar percent=percent />
            <span class="whitespace-nowrap tabular-nums">
                {t_with("card-gone-share", [("percent", percent.into())])}
            </span>
        </div>
    })
}

/// What may be done with it: claim, use, or why neither, unless the card says so already.
fn actions(offered: &Offered, is_told: bool, now: Time) -> AnyView {
    let title = name(offered.template.draft().title());
    let is_usable = offered.held.iter().any(|coupon| coupon.state_at(now) == State::Available);
    let usable = is_usable.then(|| {
        let label = t_with("card-use-label", [("title", title.clone().into())]);
        view! {
            <a class=Look::Primary.class() href="/basket" aria-label=label>
                {t("card-use")}
            </a>
        }
    });
    let link = offered.template.link_token.clone().filter(|_| offered.is_linked);
    let claim = match &offered.claimable {
        Ok(()) => {
            let look = if is_usable { Look::Secondary } else { Look::Primary };
            let label = t_with("card-claim-label", [("title", title.into())]);
            view! {
                <form method="post" action=Claim::url()>
                    <Hidden name="template" value=offered.template.id.to_string() />
                    {link.map(|link| view! { <Hidden name="link" value=link /> })}
                    <Button look=look label=label>
                        {t("card-claim")}
                    </Button>
                </form>
            }
            .into_any()
        }
        Err(_) if is_told => ().into_any(),
        Err(Refusal::ClaimLimitReached { .. }) if is_usable => ().into_any(),
        Err(refusal) => {
            let text = match refusal {
                Refusal::NotStarted { opens_at } => {
                    t_with("card-opens", [("at", locale::minute(*opens_at).into())])
                }
                Refusal::SoldOut => t("card-gone"),
                Refusal::ClaimClosed => t("card-closed"),
                refusal => locale::refusal(refusal),
            };
            view! { <p class="text-sm font-medium text-muted">{text}</p> }.into_any()
        }
    };
    view! { {usable} {claim} }.into_any()
}
