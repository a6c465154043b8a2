//! The coupon center: what can be claimed, now or soon.

mod offer;
mod ways;
pub mod ways_on;

use std::collections::BTreeSet;

use domain::{CategoryId, Channel, TemplateId};
use engine::{
    catalogue::{self, Catalogue},
    channels, counts,
    issuance::Via,
    offers::{self, Card, Center, PAGE, Part, Section},
    templates::Template,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::{
    hooks::{use_params_map, use_query_map},
    params::ParamsMap,
};

use self::ways_on::Reader;
use crate::{
    AppError,
    context::engine,
    failure,
    flash::{Flash, flash},
    form::{escaped, is_answer},
    locale::{t, t_with},
    server_fns::issuance::{ALL_AT_MOST, ClaimAll, place, placed},
    session,
    ui::{Button, Empty, Hidden, LinkButton, Look, Notice, Pager, Said, ShopFrame},
};

/// A longer search is cut: it would only lengthen addresses.
const SEARCH_MAX: usize = 100;

/// `/`; `/c/{channel}` for those who come by a channel's link, `/t/{token}` by a template's, which may
/// name a channel in its query. Which part is looked at stands there too.
#[component]
pub fn CenterPage() -> impl IntoView {
    let (arriving, link) =
        use_params_map().with_untracked(|params| (params.get("channel"), params.get("token")));
    let query = use_query_map().get_untracked();
    let arriving = arriving.or_else(|| link.as_ref().and_then(|_| query.get("channel")));
    let part = part(&query);
    failure::page(async move {
        let (engine, flash) = (engine(), flash().await);
        if let Some(channel) = &arriving {
            let channel = Channel::new(channel.clone()).map_err(|_| AppError::NotFound)?;
            session::arrive(&channel).await?;
        }
        let (shopper, channel) = (session::maybe_shopper().await?, session::channel().await?);
        let via = Via { channel, link, ..Via::default() };
        let part = Part { told: told(&flash), ..part };
        let center = offers::center(&engine, shopper.as_ref(), &via, &part).await?;
        if via.link.is_some() && center.linked.is_none() {
            return Err(AppError::NotFound);
        }
        if !is_answer() {
            let shown: Vec<_> = shown(&center).map(|card| card.template.id).collect();
            // Whoever walks through made-up links would fill the table.
            let is_made_up = match (&shopper, &via.channel) {
                (None, Some(channel)) => !channels::is_named(&engine, channel).await?,
                _ => false,
            };
            let channel = via.channel.as_ref().filter(|_| !is_made_up);
            counts::viewed(&engine, &session::visitor().await?, &shown, channel);
        }
        let reader = Reader { is_signed_in: shopper.is_some(), is_told: false, now: engine.now() };
        let here = Here { via, part, is_arriving: arriving.is_some(), flash, reader };
        let catalogue = catalogue::current(&engine).await?;
        Ok(content(&center, &here, &catalogue))
    })
}

/// Who looks at what, and when.
struct Here {
    via: Via,
    part: Part,
    /// They came by their channel's link just now.
    is_arriving: bool,
    flash: Flash,
    reader: Reader,
}

impl Here {
    /// The address of the whole center for those who came this way.
    fn base(&self) -> String {
        match (&self.via.link, &self.via.channel) {
            (Some(link), _) => format!("/t/{}", escaped(link)),
            (None, Some(channel)) if self.is_arriving => {
                format!("/c/{}", escaped(channel.as_str()))
            }
            _ => "/".to_owned(),
        }
    }

    /// Where a card stands on this page: one that answers a press stays with those it was with.
    fn section(&self, card: &Card) -> Section {
        let is_told = self.part.told.contains(&card.template.id);
        if is_told { Section::Open } else { card.section(self.reader.now) }
    }
}

fn content(center: &Center, here: &Here, catalogue: &Catalogue) -> impl IntoView + use<> {
    let (base, part) = (here.base(), here.part.clone());
    let offer = |card: &Card| offer::offer(card, catalogue, &here.flash, here.reader);
    let is_at_a_card = shown(center).any(|card| place(card.template.id) == here.flash.form);
    let said = (!is_at_a_card).then(|| here.flash.clone());
    let is_told = here.is_arriving && has_own(center);
    let banner = is_told.then(|| view! { <Notice>{t("center-channel")}</Notice> });
    let linked = center.linked.iter().map(offer).collect();
    let linked = section("center-linked", linked);
    let sections: Vec<_> = [
        (Section::Open, "center-open"),
        (Section::Soon, "center-soon"),
        (Section::Over, "center-over"),
    ]
    .into_iter()
    .map(|(place, key)| {
        let is_here = |card: &&Card| here.section(card) == place;
        section(key, center.cards.iter().filter(is_here).map(offer).collect())
    })
    .collect();
    let (search, tabs) = (ways::search(&base, &part), ways::tabs(&base, &part, center, catalogue));
    let (all, nothing) = (claim_all(center, here), nothing(center, &base, &part));
    let (page, pages) = (center.page + 1, center.total.div_ceil(PAGE));
    view! {
        <ShopFrame title=t("center-title") here="/" wide=true>
            <h1 class="text-2xl font-semibold">{t("center-title")}</h1>
            <p class="mt-1 mb-4 text-muted">{t("center-lead")}</p>
            <div class="grid gap-3">{banner} {said.map(|flash| view! { <Said flash=flash /> })}</div>
            {linked}
            {search}
            {tabs}
            {all}
            {nothing}
            {sections}
            <Pager page=page pages=pages href=move |page| ways::address(&base, &part, page) />
        </ShopFrame>
    }
}

/// Where the card of a listed template is found, however many others there are: by its title.
pub(super) fn address_of(template: &Template) -> String {
    let search = template.draft().title().chars().take(SEARCH_MAX).collect();
    let part = Part { search, ..Part::default() };
    format!("{}#{}", ways::address("/", &part, 1), place(template.id))
}

/// Whether those who came by a link find something that is for them before the rest.
fn has_own(center: &Center) -> bool {
    let is_own = |card: &Card| card.is_of_channel && card.claimable.is_ok();
    center.linked.is_some() || center.cards.iter().any(is_own)
}

/// Every card on the page.
fn shown(center: &Center) -> impl Iterator<Item = &Card> {
    center.linked.iter().chain(&center.cards)
}

fn part(query: &ParamsMap) -> Part {
    let search = query.get("search").unwrap_or_default();
    let page = query.get("page").and_then(|page| page.parse::<u64>().ok()).unwrap_or(1);
    Part {
        category: query.get("category").and_then(|id| CategoryId::new(id).ok()),
        search: search.trim().chars().take(SEARCH_MAX).collect(),
        page: page.clamp(1, 1_000_000) - 1,
        told: BTreeSet::new(),
    }
}

/// The templates whose cards answer the last press.
fn told(flash: &Flash) -> BTreeSet<TemplateId> {
    let places = flash.each.keys().chain([&flash.form]);
    places.filter_map(|place| placed(place)).collect()
}

fn section(key: &'static str, cards: Vec<AnyView>) -> Option<impl IntoView> {
    (!cards.is_empty()).then(|| {
        view! {
            <section class="mt-6" id=key>
                <h2 class="mb-3 text-lg font-semibold">{t(key)}</h2>
                <div class="tickets">{cards}</div>
            </section>
        }
    })
}

/// One press for all on this page that can be claimed and of which the shopper holds none, where there
/// are several. A claim in place counts it down (`claim_live.rs`).
fn claim_all(center: &Center, here: &Here) -> Option<impl IntoView + use<>> {
    let via = &here.via;
    let is_open = |card: &&Card| {
        let is_new = !card.is_held(here.reader.now);
        is_new && card.claimable.is_ok() && card.waiting().is_none()
    };
    let open = shown(center).filter(is_open).take(ALL_AT_MOST);
    let open: Vec<String> = open.map(|card| card.template.id.to_string()).collect();
    let text = t_with("claim-all", [("n", open.len().into())]);
    let link = via.link.clone().map(|link| view! { <Hidden name="link" value=link /> });
    (open.len() > 1).then(|| {
        let fields = open.into_iter().map(|id| view! { <Hidden name="templates[]" value=id /> });
        view! {
            <form
                id="claim-all"
                method="post"
                action=ClaimAll::url()
                class="mt-4"
                data-words=t_with("claim-all", [("n", "{n}".into())])
            >
                {fields.collect_view()} {link} <Button look=Look::Secondary>{text}</Button>
            </form>
        }
    })
}

/// What to do where there is no card.
fn nothing(center: &Center, base: &str, part: &Part) -> Option<impl IntoView + use<>> {
    if !center.cards.is_empty() {
        return None;
    }
    let is_part = part.category.is_some() || !part.search.is_empty();
    let is_whole = !is_part && center.linked.is_some();
    let base = base.to_owned();
    let empty = match is_part {
        true => view! {
            <Empty text=t("center-no-match")>
                <LinkButton href=base look=Look::Secondary>
                    {t("center-show-all")}
                </LinkButton>
            </Empty>
        }
        .into_any(),
        false => view! { <Empty text=t("center-empty") /> }.into_any(),
    };
    (!is_whole).then(|| view! { <div class="mt-6">{empty}</div> })
}
