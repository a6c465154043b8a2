//! `/ops/channels`: what came of each channel, side by side; the links that lead through it; what was
//! spent on it. Everybody in the console may look, an editor may name and enter.

use chrono::NaiveDate;
use engine::channels::{self, CHANNELS_MAX, Cost, Named, Standing, Standings};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;

use super::funnel::asking::{self, Asking};
use super::funnel::{self, behind, number, or_dash, percent};
use super::templates::forecast::date;
use super::templates::links::{self, Way, absolute};
use crate::context::engine;
use crate::failure::page;
use crate::flash::{Flash, flash};
use crate::form::escaped;
use crate::locale::{money, t, t_with};
use crate::server_fns::channels::{NameChannel, SpendOnChannel, TakeBackCost};
use crate::session;
use crate::ui::field::INPUT;
use crate::ui::table::{CALLED, Head, NUMBER, Table, called};
use crate::ui::{
    Button, Card, Empty, Errors, Field, Glyph, Hidden, Icon, LinkButton, Look, OpsFrame, PageHead,
    Said, Size,
};

const PATH: &str = "/ops/channels";

/// Where they are as a file.
pub const CSV: &str = "/ops/channels.csv";

/// How many of the costs are shown.
const COSTS: u32 = 50;

#[component]
pub fn ChannelsPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    page(async move {
        let operator = session::operator().await?;
        let engine = engine();
        let today = engine.settings().time_zone.day(engine.now());
        let asking = Asking::read(|name| query.get(name), today);
        let days = (asking.first, asking.last);
        let template = asking.template;
        let standings =
            channels::standings(&engine, &operator, days, template, CHANNELS_MAX).await?;
        let named = channels::list(&engine, &operator).await?;
        let costs = channels::costs(&engine, &operator, COSTS).await?;
        let told = flash().await;
        let of = |form: &str| Some(told.clone()).filter(|told| told.form == form);
        let of_name = of("channel-name").unwrap_or_default();
        let of_spend = of("channel-spend").unwrap_or_default();
        let said = of("channels").unwrap_or_default();
        let may_edit = operator.role.can_edit();
        let csv = asking.write(CSV);
        let forms = may_edit.then(|| {
            view! {
                <div class="grid grid-cols-1 items-start gap-4 lg:grid-cols-2">
                    <NameForm flash=of_name />
                    <SpendForm flash=of_spend named=named.clone() today=today />
                </div>
            }
        });
        Ok(view! {
            <OpsFrame title=t("channels-title") here=PATH>
                <PageHead title=t("channels-title") lead=t("channels-lead")>
                    <LinkButton look=Look::Secondary href=csv>
                        <Icon glyph=Glyph::Download />
                        {t("funnel-csv")}
                    </LinkButton>
                </PageHead>
                <div class="grid grid-cols-1 gap-4">
                    <Said flash=said />
                    <Days asking=asking.clone() />
                    {standings.each.first().and_then(|all| behind(&all.funnel))}
                    <SideBySide standings=standings asking=asking />
                    <Links named=named.clone() />
                    {forms}
                    <Costs costs=costs named=named may_edit=may_edit />
                </div>
            </OpsFrame>
        })
    })
}

/// Which days are told of.
#[component]
fn Days(asking: Asking) -> impl IntoView {
    view! {
        <form method="get" action=PATH class="flex flex-wrap items-end gap-3">
            {asking
                .template
                .map(|id| view! { <Hidden name="template" value=id.to_string() /> })}
            <div class="w-full sm:w-56">
                <Field
                    name="first"
                    label=t("funnel-first")
                    kind="date"
                    value=asking.first.to_string()
                    problem=None
                />
            </div>
            <div class="w-full sm:w-56">
                <Field
                    name="last"
                    label=t("funnel-last")
                    kind="date"
                    value=asking.last.to_string()
                    problem=None
                />
            </div>
            <Button look=Look::Secondary>{t("list-find")}</Button>
        </form>
    }
}

#[component]
fn SideBySide(standings: Standings, asking: Asking) -> impl IntoView {
    let heads = [
        Head::Text(t("funnel-channel")),
        Head::Number(t("stage-view")),
        Head::Number(t("stage-claim")),
        Head::Number(t("stage-redeem")),
        Head::Number(t("funnel-conversion")),
        Head::Number(t("stage-return")),
        Head::Number(t("funnel-turnover")),
        Head::Number(t("funnel-refunded")),
        Head::Number(t("funnel-net")),
        Head::Number(t("channel-spent")),
        Head::Number(t("funnel-won")),
        Head::Number(t("channel-per-newcomer")),
        Head::Number(t("funnel-gone")),
        Head::Number(t("funnel-return")),
    ];
    let rows = standings.each.iter().map(|standing| row(standing, &asking)).collect_view();
    let more = standings.has_more.then(|| t_with("channels-more", [("n", CHANNELS_MAX.into())]));
    view! {
        <Card title=t("channels-side-by-side")>
            <Table label=t("channels-side-by-side") heads=heads>
                {rows}
            </Table>
            {more.map(|more| view! { <p class="mt-2 text-sm text-muted">{more}</p> })}
            <p class="mt-2 max-w-prose text-sm text-muted">{t("channels-note")}</p>
        </Card>
    }
}

fn row(standing: &Standing, asking: &Asking) -> impl IntoView + use<> {
    let (stages, amounts) = (standing.funnel.stages, standing.funnel.amounts);
    let of_channel = Asking { channel: standing.channel.clone(), ..asking.clone() };
    let id = standing.channel.as_ref().map(ToString::to_string);
    let without = if standing.is_rest { "parts-no-channel" } else { "channels-all" };
    let name = standing.name.clone().or(id.clone()).unwrap_or_else(|| t(without));
    let id = id.filter(|id| *id != name);
    // There is no funnel of what came through none.
    let href = (!standing.is_rest).then(|| of_channel.write(asking::PATH));
    let cells = [
        number(stages.view),
        number(stages.claim),
        number(stages.redeem),
        or_dash(standing.funnel.rates().redeem_per_claim.map(percent)),
        number(stages.returned),
        money(amounts.turnover),
        money(amounts.refunded),
        money(amounts.net()),
        or_dash(standing.spent.filter(|spent| !spent.is_zero()).map(money)),
        number(standing.newcomers.won),
        or_dash(standing.cost_per_newcomer().map(money)),
        or_dash(standing.newcomers.share_gone().map(percent)),
        or_dash(standing.return_on_cost().map(|n| format!("{n:.1}"))),
    ];
    let cells = cells.map(|text| view! { <td class=NUMBER>{text}</td> });
    view! {
        <tr>
            <th scope="row" class=CALLED>
                {called(name, href)}
                {id
                    .map(|id| {
                        view! {
                            <span class="block text-sm text-muted" dir="auto">
                                {id}
                            </span>
                        }
                    })}
            </th>
            {cells.collect_view()}
        </tr>
    }
}

/// The links that lead through channels, each with its QR code.
#[component]
fn Links(named: Vec<Named>) -> impl IntoView {
    if named.is_empty() {
        return view! { <Empty glyph=Glyph::Link text=t("channels-none") /> }.into_any();
    }
    let way = |Named { channel, name }: Named| {
        let address = absolute(&format!("/c/{}", escaped(channel.as_str())));
        Way { name, address }
    };
    let ways = named.into_iter().map(way).collect();
    view! { <Card title=t("channels-links")>{links::list(ways)}</Card> }.into_any()
}

/// How the form went, on top of it: that is where the page opens again.
fn went(flash: &Flash, labels: Vec<(&'static str, String)>) -> Option<impl IntoView + use<>> {
    flash.said()?;
    let went = match flash.error() {
        Some(_) => view! { <Errors flash=flash.clone() labels=labels /> }.into_any(),
        None => view! { <Said flash=flash.clone() /> }.into_any(),
    };
    Some(view! { <div class="mb-4">{went}</div> })
}

#[component]
fn NameForm(flash: Flash) -> impl IntoView {
    let labels = vec![("channel", t("channel-id")), ("name", t("channel-name"))];
    view! {
        <Card id="name-channel" title=t("channel-new")>
            {went(&flash, labels)}
            <form method="post" action=NameChannel::url() class="grid grid-cols-1 gap-4">
                <Field
                    name="channel"
                    label=t("channel-id")
                    hint=t("channel-id-hint")
                    value=flash.value_or("channel", "")
                    problem=flash.problem("channel")
                    autocomplete="off"
                    required=true
                />
                <Field
                    name="name"
                    label=t("channel-name")
                    value=flash.value_or("name", "")
                    problem=flash.problem("name")
                    autocomplete="off"
                    required=true
                />
                <div>
                    <Button>{t("channel-press")}</Button>
                </div>
            </form>
        </Card>
    }
}

#[component]
fn SpendForm(flash: Flash, named: Vec<Named>, today: NaiveDate) -> impl IntoView {
    let labels = vec![
        ("spent_on", t("funnel-channel")),
        ("first_day", t("funnel-first")),
        ("last_day", t("funnel-last")),
        ("amount", t("funnel-amount")),
        ("note", t("channel-note")),
    ];
    let chosen = flash.value_or("spent_on", "");
    let key = channels::next_cost_id(&engine()).to_string();
    let option = |Named { channel, name }: Named| {
        let is_chosen = channel.as_str() == chosen;
        view! {
            <option value=channel.to_string() selected=is_chosen>
                {name}
            </option>
        }
    };
    let options = named.into_iter().map(option).collect_view();
    let today = today.to_string();
    view! {
        <Card id="spend" title=t("channel-spend")>
            {went(&flash, labels)}
            <form method="post" action=SpendOnChannel::url() class="grid grid-cols-1 gap-4">
                <Hidden name="key" value=key />
                <div class="min-w-0">
                    <label class="font-medium" for="spent_on">
                        {t("funnel-channel")}
                    </label>
                    <select id="spent_on" name="spent_on" class=INPUT>
                        {options}
                    </select>
                </div>
                <Field
                    name="first_day"
                    label=t("funnel-first")
                    kind="date"
                    value=flash.value_or("first_day", today.clone())
                    problem=flash.problem("first_day")
                    required=true
                />
                <Field
                    name="last_day"
                    label=t("funnel-last")
                    kind="date"
                    value=flash.value_or("last_day", today)
                    problem=flash.problem("last_day")
                    required=true
                />
                <Field
                    name="amount"
                    label=t("funnel-amount")
                    inputmode="decimal"
                    value=flash.value_or("amount", "")
                    problem=flash.problem("amount")
                    autocomplete="off"
                    required=true
                />
                <Field
                    name="note"
                    label=t("channel-note")
                    value=flash.value_or("note", "")
                    problem=flash.problem("note")
                    autocomplete="off"
                />
                <div>
                    <Button>{t("channel-spend-press")}</Button>
                </div>
            </form>
        </Card>
    }
}

/// What was entered, for the latest days first.
#[component]
fn Costs(costs: Vec<Cost>, named: Vec<Named>, may_edit: bool) -> impl IntoView {
    if costs.is_empty() {
        return ().into_any();
    }
    let row = move |Cost { id, spent, .. }: Cost| {
        let take_back = may_edit.then(|| {
            let filled = [("amount", money(spent.amount).into())];
            view! {
                <form method="post" action=TakeBackCost::url() class="whitespace-nowrap">
                    <Hidden name="cost" value=id.to_string() />
                    <Button
                        look=Look::Secondary
                        size=Size::Small
                        label=t_with("channel-take-back-label", filled)
                    >
                        {t("channel-take-back")}
                    </Button>
                </form>
            }
        });
        let name = funnel::called(&spent.channel, &named);
        let days = [("first", date(spent.first).into()), ("last", date(spent.last).into())];
        view! {
            <tr>
                <th scope="row" class=CALLED>
                    <span dir="auto">{name}</span>
                    <span class="block text-sm text-muted">{t_with("funnel-between", days)}</span>
                    <span class="block text-sm text-muted" dir="auto">
                        {spent.note}
                    </span>
                </th>
                <td class=NUMBER>{money(spent.amount)}</td>
                <td class=NUMBER>{take_back}</td>
            </tr>
        }
    };
    let heads = [
        Head::Text(t("funnel-channel")),
        Head::Number(t("funnel-amount")),
        Head::Unseen(t("channel-take-back")),
    ];
    view! {
        <Card title=t("channel-costs")>
            <Table label=t("channel-costs") heads=heads>
                {costs.into_iter().map(row).collect_view()}
            </Table>
        </Card>
    }
    .into_any()
}
