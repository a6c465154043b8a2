//! `/ops/funnel`: any period, of whatever is asked, beside the period before.

use domain::Money;
use domain::funnel::{Funnel, Stages};
use engine::channels::{self, Named};
use engine::funnel::{self, Newcomers, PARTS_MAX, Stage};
use engine::orders;
use engine::templates::{self, Filter};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::asking::{Asking, PATH};
use super::coupons::{Coupons, Order};
use super::filters::Filters;
use super::refusals::Refusals;
use super::series::Series;
use super::{behind, change, chart, number, or_dash, percent, return_on_cost, stages, visitors};
use crate::context::engine;
use crate::failure::page;
use crate::locale::{day, money, t, t_with};
use crate::session;
use crate::ui::table::{Head, LEAD, NAME, NUMBER, Table};
use crate::ui::{Card, Glyph, Icon, LinkButton, Look, OpsFrame, PageHead, Stat};

#[component]
pub fn FunnelPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    page(async move {
        let operator = session::operator().await?;
        let engine = engine();
        let zone = engine.settings().time_zone;
        let asking = Asking::read(|name| query.get(name), zone.day(engine.now()));
        let part = asking.part(zone);
        let template = match asking.template {
            Some(id) => Some(templates::read(&engine, &operator, id).await?),
            None => None,
        };
        let found = funnel::read_with_viewers(&engine, &operator, &part, Some(asking.cut()));
        let found = found.await?;
        let earlier = asking.before();
        let part_before = earlier.part(zone);
        let before = funnel::read(&engine, &operator, &part_before, None).await?;
        let [first, last] = [earlier.first, earlier.last].map(|date| day(zone.start_of(date)));
        let earlier = t_with("funnel-earlier", [("first", first.into()), ("last", last.into())]);
        let refused = funnel::refusals(&engine, &operator, &part).await?;
        let newcomers = funnel::newcomers(&engine, &operator, &part).await?;
        let newest = templates::list(&engine, &operator, &Filter::default()).await?.templates;
        let campaigns = templates::campaigns(&engine, &operator).await?;
        let named: Vec<Named> = channels::list(&engine, &operator).await?;
        // Orders without a coupon are of no template, and of the moment they were paid alone.
        let is_whole = part.template.is_none() && part.campaign.is_none();
        let others = match is_whole {
            true => {
                let channel = part.channel.as_ref();
                let within = |period| orders::without_coupons(&engine, &operator, period, channel);
                let (n, now) = within(part.period).await?;
                let (_, then) = within(part_before.period).await?;
                let key = match channel {
                    Some(_) => "funnel-without-orders-of-channel",
                    None => "funnel-without-orders",
                };
                let note = t_with(key, [("n", n.into()), ("text", number(n).into())]);
                Some((note, [now, then]))
            }
            false => None,
        };
        let name = template.as_ref().map(|template| template.draft().name.clone());
        let title = match name {
            Some(name) => t_with("funnel-of", [("name", name.into())]),
            None => t("funnel-title"),
        };
        let coupons = match template.is_none() {
            true => {
                let order = Order::read(query.get("sort").as_deref());
                let key = move |funnel: &Funnel| order.key(funnel);
                let told = funnel::templates_by(&engine, &operator, &part, PARTS_MAX, key).await?;
                let ids: Vec<_> = told.parts.iter().map(|(id, _)| *id).collect();
                let templates = templates::read_each(&engine, &operator, &ids).await?;
                let asking = asking.clone();
                Some(view! { <Coupons told=told templates=templates asking=asking order=order /> })
            }
            false => None,
        };
        let csv = asking.write("/ops/funnel.csv");
        let buckets = found.buckets.clone();
        Ok(view! {
            <OpsFrame title=title.clone() here=PATH>
                <PageHead title=title lead=t("funnel-lead")>
                    <LinkButton look=Look::Secondary href=csv>
                        <Icon glyph=Glyph::Download />
                        {t("funnel-csv")}
                    </LinkButton>
                </PageHead>
                <div class="grid grid-cols-1 gap-4">
                    <Filters
                        asking=asking.clone()
                        template=template
                        newest=newest
                        campaigns=campaigns
                        named=named
                        today=zone.day(engine.now())
                    />
                    <Steps
                        funnel=found.clone()
                        before=before.clone()
                        earlier=earlier.clone()
                        asking=asking.clone()
                    />
                    <Amounts funnel=found before=before earlier=earlier others=others />
                    {coupons}
                    <Series buckets=buckets asking=asking />
                    <Won newcomers=newcomers />
                    <Refusals refused=refused />
                </div>
            </OpsFrame>
        })
    })
}

#[component]
fn Steps(funnel: Funnel, before: Funnel, earlier: String, asking: Asking) -> impl IntoView {
    let conversion = |funnel: &Funnel| funnel.rates().redeem_per_claim;
    let shown = or_dash(conversion(&funnel).map(percent));
    let of_before =
        conversion(&before).map(|rate| t_with("funnel-before", [("text", percent(rate).into())]));
    let note = of_before.unwrap_or_else(|| t("rate-redeem-per-claim"));
    let leads =
        [None, Some(Stage::Claim), Some(Stage::Lock), Some(Stage::Redeem), Some(Stage::Return)];
    let entered =
        |stages: Stages| [stages.view, stages.claim, stages.lock, stages.redeem, stages.returned];
    let row = |((stage, lead), then): ((super::Stage, Option<Stage>), u64)| {
        let href = lead.map(|lead| asking.write(&format!("{PATH}/{}", lead.as_str())));
        let coupons = href.map(|href| {
            let label = t_with("funnel-coupons-of", [("stage", t(stage.key).into())]);
            view! {
                <a class=LEAD href=href aria-label=label>
                    {t("funnel-coupons")}
                </a>
            }
        });
        view! {
            <tr>
                <th scope="row" class=NAME>
                    {t(stage.key)}
                </th>
                <td class=NUMBER>{number(stage.entered)}</td>
                <td class=NUMBER>{stage.rate.map(percent)}</td>
                <td class=NUMBER>{number(then)}</td>
                <td class=NUMBER>{or_dash(change(stage.entered as f64, then as f64))}</td>
                <td class=NUMBER>{coupons}</td>
            </tr>
        }
    };
    let rows =
        stages(&funnel).into_iter().zip(leads).zip(entered(before.stages)).map(row).collect_view();
    let is_empty = entered(funnel.stages).iter().all(|n| *n == 0);
    let heads = [
        Head::Text(t("funnel-stage")),
        Head::Number(t("funnel-number")),
        Head::Number(t("funnel-rate")),
        Head::Number(earlier),
        Head::Number(t("funnel-change")),
        Head::Unseen(t("funnel-coupons")),
    ];
    view! {
        <Card title=t("funnel-steps")>
            {behind(&funnel)}
            <div class="grid grid-cols-2 gap-2 xl:grid-cols-4">
                <Stat label=t("funnel-conversion") value=shown note=note />
                {visitors(&funnel)}
                <Stat label=t("funnel-granted") value=number(funnel.granted) />
            </div>
            {if is_empty {
                view! { <p class="mt-4 text-muted">{t("funnel-empty")}</p> }.into_any()
            } else {
                chart(&funnel).into_any()
            }}
            <div class="mt-4">
                <Table label=t("funnel-steps") heads=heads>
                    {rows}
                </Table>
            </div>
        </Card>
    }
}

/// What it all came to, and what of it is left.
#[component]
fn Amounts(
    funnel: Funnel,
    before: Funnel,
    earlier: String,
    /// How many orders without a coupon there were, and what they came to, now and before.
    others: Option<(String, [Money; 2])>,
) -> impl IntoView {
    let (now, then) = (funnel.amounts, before.amounts);
    let row = |(key, now, then): (&'static str, Money, Money)| {
        let units = |amount: Money| amount.units() as f64;
        view! {
            <tr>
                <th scope="row" class=NAME>
                    {t(key)}
                </th>
                <td class=NUMBER>{money(now)}</td>
                <td class=NUMBER>{money(then)}</td>
                <td class=NUMBER>{or_dash(change(units(now), units(then)))}</td>
            </tr>
        }
    };
    let of_others = others.as_ref().map(|(_, [now, then])| ("funnel-without", *now, *then));
    let rows = [
        ("funnel-turnover", now.turnover, then.turnover),
        ("funnel-discount", now.discount, then.discount),
        ("funnel-refunded", now.refunded, then.refunded),
        ("funnel-net", now.net(), then.net()),
    ];
    let rows = rows.into_iter().chain(of_others);
    let per_unit = or_dash(return_on_cost(&now).map(|n| format!("{n:.1}")));
    let others = others.map(|(note, [total, _])| {
        view! { <Stat label=t("funnel-without") value=money(total) note=note /> }
    });
    let heads = [
        Head::Text(t("funnel-amount")),
        Head::Number(t("funnel-number")),
        Head::Number(earlier),
        Head::Number(t("funnel-change")),
    ];
    view! {
        <Card title=t("funnel-amounts")>
            <div class="mb-4 grid grid-cols-2 gap-2 xl:grid-cols-4">
                <Stat label=t("funnel-net") value=money(now.net()) />
                <Stat
                    label=t("funnel-return")
                    value=per_unit
                    note=t("funnel-return-note")
                />
                {others}
            </div>
            <Table label=t("funnel-amounts") heads=heads>
                {rows.map(row).collect_view()}
            </Table>
        </Card>
    }
}

/// Shoppers won, and whether they came again.
#[component]
fn Won(newcomers: Newcomers) -> impl IntoView {
    let Newcomers { won, watched, .. } = newcomers;
    let gone = or_dash(newcomers.share_gone().map(percent));
    let watched =
        t_with("funnel-watched", [("n", watched.into()), ("text", number(watched).into())]);
    view! {
        <Card title=t("funnel-newcomers")>
            <div class="grid grid-cols-2 gap-2 xl:grid-cols-4">
                <Stat label=t("funnel-won") value=number(won) />
                <Stat label=t("funnel-gone") value=gone note=watched />
            </div>
        </Card>
    }
}
