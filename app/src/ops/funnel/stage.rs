//! `/ops/funnel/{stage}`: the coupons that entered a stage, the last one first; of all templates, those
//! they are of, as all coupons there are would be too many to go through.

use engine::channels::{self, Named};
use engine::funnel::{self, Entered, Page, Position, Stage};
use engine::templates;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::asking::{Asking, PATH};
use super::by_template::ByTemplate;
use super::{between, called, or_dash};
use crate::context::engine;
use crate::failure::page;
use crate::locale::{money, t};
use crate::ops::coupons::{link, search_for, state_key};
use crate::ui::table::{CELL, CELL_WIDE, Head, NAME, NUMBER, Table};
use crate::ui::{Card, Empty, Glyph, LinkButton, Look, Moment, OpsFrame, PageHead, Size};
use crate::{AppError, session};

#[component]
pub fn StagePage() -> impl IntoView {
    let stage = use_params_map().get_untracked().get("stage").unwrap_or_default();
    let query = use_query_map().get_untracked();
    page(async move {
        let operator = session::operator().await?;
        let stage = Stage::parse(&stage).ok_or(AppError::NotFound)?;
        let engine = engine();
        let zone = engine.settings().time_zone;
        let asking = Asking::read(|name| query.get(name), zone.day(engine.now()));
        if let Some(id) = asking.template {
            templates::read(&engine, &operator, id).await?;
        }
        let before: Option<Position> = query.get("before").and_then(|before| before.parse().ok());
        let name = t(match stage {
            Stage::Claim => "stage-claim",
            Stage::Lock => "stage-lock",
            Stage::Redeem => "stage-redeem",
            Stage::Return => "stage-return",
        });
        let lead = between(&asking);
        let named = channels::list(&engine, &operator).await?;
        let list = if asking.is_narrow() {
            let part = asking.part(zone);
            let found = funnel::list(&engine, &operator, &part, stage, before).await?;
            let address = asking.write(&format!("{PATH}/{}", stage.as_str()));
            coupons(found, &named, name.clone(), stage, &address, before.is_some())
        } else {
            let told = funnel::by_template(&engine, &operator, &asking.part(zone), stage).await?;
            let ids: Vec<_> = told.parts.iter().map(|(id, _)| *id).collect();
            let templates = templates::read_each(&engine, &operator, &ids).await?;
            let channel = asking.channel.as_ref().map(|channel| called(channel, &named));
            let (asking, name) = (asking.clone(), name.clone());
            view! { <ByTemplate told templates asking channel stage name /> }.into_any()
        };
        let back = (asking.write(PATH), t("funnel-title"));
        Ok(view! {
            <OpsFrame title=name.clone() here=PATH>
                <PageHead title=name lead=lead back=back />
                <div class="grid grid-cols-1 gap-4">{list}</div>
            </OpsFrame>
        })
    })
}

/// One page of them, and the ways to the newest and to older ones.
fn coupons(
    found: Page,
    named: &[Named],
    name: String,
    stage: Stage,
    address: &str,
    is_later: bool,
) -> AnyView {
    let turn = |to: String, key: &'static str| {
        view! {
            <LinkButton look=Look::Secondary size=Size::Small href=to>
                {t(key)}
            </LinkButton>
        }
    };
    let first = is_later.then(|| turn(address.to_owned(), "audit-newest"));
    let next = found.next.map(|next| turn(format!("{address}&before={next}"), "audit-older"));
    let list = if found.coupons.is_empty() {
        view! { <Empty glyph=Glyph::Search text=t("funnel-no-coupons") /> }.into_any()
    } else {
        let has_orders = stage != Stage::Claim;
        let rows = found.coupons.into_iter().map(|entered| row(entered, named, has_orders));
        let rows = rows.collect_view().into_any();
        view! { <List name=name rows=rows has_orders=has_orders /> }.into_any()
    };
    view! {
        {list}
        <div class="flex flex-wrap items-center gap-2">{first} {next}</div>
    }
    .into_any()
}

/// On a phone what a coupon's own page says as well is left out.
#[component]
fn List(name: String, rows: AnyView, has_orders: bool) -> impl IntoView {
    let of_order = [Head::Wide(t("funnel-order")), Head::Number(t("funnel-amount"))];
    let mut heads = vec![
        Head::Text(t("funnel-coupon")),
        Head::Wide(t("funnel-shopper")),
        Head::Wide(t("funnel-channel")),
    ];
    heads.extend(of_order.into_iter().filter(|_| has_orders));
    heads.push(Head::Text(t("funnel-now")));
    view! {
        <Card>
            <Table label=name heads=heads>
                {rows}
            </Table>
        </Card>
    }
}

fn row(entered: Entered, named: &[Named], has_orders: bool) -> impl IntoView + use<> {
    let Entered { at, code, shopper, channel, order, amount, state } = entered;
    let shopper = shopper.to_string();
    let amount = (!amount.is_zero()).then(|| money(amount));
    let of_order = has_orders.then(|| {
        view! {
            <td class=CELL_WIDE>{or_dash(order.map(|order| order.to_string()))}</td>
            <td class=NUMBER>{or_dash(amount)}</td>
        }
    });
    view! {
        <tr>
            <th scope="row" class=NAME>
                {link(code)}
                <span class="block text-muted">
                    <Moment at=at />
                </span>
            </th>
            <td class=CELL_WIDE>
                <a class=LINK href=search_for(&shopper) dir="auto">
                    {shopper.clone()}
                </a>
            </td>
            <td class=CELL_WIDE>{or_dash(channel.map(|channel| called(&channel, named)))}</td>
            {of_order}
            <td class=CELL>{t(state_key(state))}</td>
        </tr>
    }
}

const LINK: &str = class!("break-all text-accent underline underline-offset-4");
