//! From view to return: the stages as bars that narrow with the rates between them, and the same as
//! a table. [`FunnelCard`] is the short one of a template's page; [`page`] tells of any period.

pub mod asking;
pub mod by_template;
pub mod coupons;
pub mod filters;
pub mod page;
pub mod refusals;
pub mod series;
pub mod stage;

use chrono::{Days, NaiveDate};
use domain::Channel;
use domain::funnel::{Amounts, Funnel, Rates};
use domain::template::Window;
use engine::Engine;
use engine::channels::Named;
use engine::counts::VIEWERS_KEPT;
use engine::templates::Template;
use leptos::prelude::*;

use asking::Asking;

use crate::locale::{money, t, t_with};
use crate::ops::templates::forecast::date;
use crate::ui::table::{Head, NAME, NUMBER, Table};
use crate::ui::{Card, ChipLink, LINK, Notice, Stat, Tone};

/// How far back a funnel looks, in whole local days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Period {
    Week,
    #[default]
    Month,
    All,
}

impl Period {
    const ALL: [Self; 3] = [Self::Week, Self::Month, Self::All];

    pub fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|period| period.as_str() == word).unwrap_or_default()
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Week => "7",
            Self::Month => "30",
            Self::All => "all",
        }
    }

    /// Today is its last day.
    pub fn window(self, engine: &Engine) -> Window {
        let zone = engine.settings().time_zone;
        let from = self.first(zone.day(engine.now())).map(|first| zone.start_of(first));
        Window { from, until: None }
    }

    /// The same days of a template or of the shop, as the whole page is asked for them.
    pub fn asking(self, engine: &Engine, template: Option<&Template>) -> Asking {
        let zone = engine.settings().time_zone;
        let today = zone.day(engine.now());
        let begun = template.map(|template| zone.day(template.created_at));
        let first = self.first(today).or(begun).unwrap_or_else(|| asking::earliest(today));
        Asking::of(template.map(|template| template.id), first, today)
    }

    fn first(self, today: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Week => Some(today - Days::new(6)),
            Self::Month => Some(today - Days::new(29)),
            Self::All => None,
        }
    }
}

/// A stage: its name, how many entered it, and which part of the one before that is.
struct Stage {
    key: &'static str,
    entered: u64,
    rate: Option<f64>,
    rate_key: &'static str,
}

fn stages(funnel: &Funnel) -> [Stage; 5] {
    let of = funnel.stages;
    let Rates { claim_per_view, lock_per_claim, redeem_per_lock, return_per_redeem, .. } =
        funnel.rates();
    let stage = |key, entered, rate, rate_key| Stage { key, entered, rate, rate_key };
    [
        stage("stage-view", of.view, None, ""),
        stage("stage-claim", of.claim, claim_per_view, "rate-claim-per-view"),
        stage("stage-lock", of.lock, lock_per_claim, "rate-lock-per-claim"),
        stage("stage-redeem", of.redeem, redeem_per_lock, "rate-redeem-per-lock"),
        stage("stage-return", of.returned, return_per_redeem, "rate-return-per-redeem"),
    ]
}

/// `page` is where the links to other periods lead, `whole` the page that tells more.
#[component]
pub fn FunnelCard(funnel: Funnel, period: Period, page: String, whole: String) -> impl IntoView {
    let link = move |choice: Period| {
        view! {
            <ChipLink
                href=format!("{page}?period={}#funnel", choice.as_str())
                is_here=choice == period
            >
                {t(match choice {
                    Period::Week => "period-week",
                    Period::Month => "period-month",
                    Period::All => "period-all",
                })}
            </ChipLink>
        }
    };
    let is_empty = stages(&funnel).iter().all(|stage| stage.entered == 0);
    let links = Period::ALL.map(link).collect_view();
    view! {
        <Card id="funnel">
            <div class="flex flex-wrap items-center justify-between gap-2">
                <h2 class="text-lg font-semibold">{t("funnel-title")}</h2>
                <nav aria-label=t("funnel-period") class="flex flex-wrap gap-2">
                    {links}
                </nav>
            </div>
            {behind(&funnel)}
            {if is_empty {
                view! { <p class="mt-2 text-muted">{t("funnel-empty")}</p> }.into_any()
            } else {
                view! {
                    {figures(&funnel)}
                    {chart(&funnel)}
                    <details class="mt-4">
                        <summary class=LINK>
                            {t("funnel-table")}
                        </summary>
                        {table(&funnel)}
                    </details>
                }
                    .into_any()
            }}
            <a class=LINK href=whole>
                {t("funnel-more")}
            </a>
        </Card>
    }
}

/// What comes of it all: the headline, and the money.
fn figures(funnel: &Funnel) -> impl IntoView + use<> {
    let Amounts { turnover, discount, .. } = funnel.amounts;
    let conversion = or_dash(funnel.rates().redeem_per_claim.map(percent));
    view! {
        <div class="mt-4 grid grid-cols-2 gap-2 xl:grid-cols-4">
            <Stat label=t("funnel-conversion") value=conversion note=t("rate-redeem-per-claim") />
            {visitors(funnel)}
            <Stat label=t("funnel-turnover") value=money(turnover) />
            <Stat label=t("funnel-discount") value=money(discount) />
        </div>
    }
}

/// Says where something is missing.
pub(super) fn behind(funnel: &Funnel) -> Option<AnyView> {
    behind_notice(funnel.is_behind)
}

fn behind_notice(is_behind: bool) -> Option<AnyView> {
    is_behind.then(|| view! { <Notice tone=Tone::Warn>{t("funnel-behind")}</Notice> }.into_any())
}

/// How many different visitors came, and where some of them may be counted again.
fn visitors(funnel: &Funnel) -> AnyView {
    let (label, value) = (t("funnel-viewers"), viewers(funnel));
    if !funnel.viewers_repeat {
        return view! { <Stat label=label value=value /> }.into_any();
    }
    let note = t_with("funnel-viewers-repeat", [("days", VIEWERS_KEPT.into())]);
    view! { <Stat label=label value=value note=note /> }.into_any()
}

/// How many came, where that was asked.
fn viewers(funnel: &Funnel) -> String {
    or_dash(funnel.unique_viewers.map(number))
}

/// One bar a stage, and under its name which part of the stage before it is; the table says the same.
fn chart(funnel: &Funnel) -> impl IntoView + use<> {
    let stages = stages(funnel);
    let widest = stages.iter().map(|stage| stage.entered).max().unwrap_or_default().max(1);
    let bar = |stage: &Stage| {
        let width = format!("{:.2}", stage.entered as f64 * 100.0 / widest as f64);
        let rate = stage.rate.map(|rate| t_with(stage.rate_key, [("rate", percent(rate).into())]));
        view! {
            <li>
                <div class="mb-1 flex items-baseline justify-between gap-4">
                    <span>
                        <span class="font-medium">{t(stage.key)}</span>
                        <span class="ml-2 text-sm text-muted">{rate}</span>
                    </span>
                    <span class="font-semibold tabular-nums">{number(stage.entered)}</span>
                </div>
                <svg
                    class="block h-6 w-full overflow-hidden rounded-sm"
                    viewBox="0 0 100 24"
                    preserveAspectRatio="none"
                    aria-hidden="true"
                >
                    <rect class="fill-sunken" width="100" height="24" />
                    <rect class="fill-accent" width=width height="24" />
                </svg>
            </li>
        }
    };
    view! {
        <ol class="mt-4 grid gap-3">{stages.iter().map(bar).collect_view()}</ol>
        <p class="mt-2 max-w-prose text-sm text-muted">{t("funnel-stages-hint")}</p>
    }
}

fn table(funnel: &Funnel) -> impl IntoView + use<> {
    let row = |stage: &Stage| {
        view! {
            <tr>
                <th scope="row" class=NAME>
                    {t(stage.key)}
                </th>
                <td class=NUMBER>{number(stage.entered)}</td>
                <td class=NUMBER>{stage.rate.map(percent)}</td>
            </tr>
        }
    };
    let Amounts { turnover, discount, refunded, .. } = funnel.amounts;
    let more = [
        ("funnel-viewers", viewers(funnel)),
        ("funnel-granted", number(funnel.granted)),
        ("funnel-turnover", money(turnover)),
        ("funnel-discount", money(discount)),
        ("funnel-refunded", money(refunded)),
        ("funnel-net", money(funnel.amounts.net())),
    ];
    let more = more.map(|(key, value)| {
        view! {
            <tr>
                <th scope="row" class=NAME>
                    {t(key)}
                </th>
                <td class=NUMBER>{value}</td>
                <td></td>
            </tr>
        }
    });
    let heads = [
        Head::Text(t("funnel-stage")),
        Head::Number(t("funnel-number")),
        Head::Number(t("funnel-rate")),
    ];
    let stages = stages(funnel).iter().map(row).collect_view();
    view! {
        <Table label=t("funnel-title") heads=heads>
            {stages}
            {more.collect_view()}
        </Table>
    }
}

pub(super) fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

/// Net turnover for each unit that the coupons took off.
pub fn return_on_cost(amounts: &Amounts) -> Option<f64> {
    let cost = amounts.discount.units();
    (cost > 0).then(|| amounts.net().units() as f64 / cost as f64)
}

pub(super) fn percent(rate: f64) -> String {
    format!("{:.1}%", rate * 100.0)
}

/// By how much of it something has changed; nothing where there was nothing.
fn change(now: f64, before: f64) -> Option<String> {
    let percent = |of: f64| format!("{of:+.1}%").replace('-', "−");
    (before != 0.0).then(|| percent((now - before) * 100.0 / before.abs()))
}

/// The days that are asked about: `30 Oct to 28 Nov`.
pub(super) fn between(asking: &Asking) -> String {
    let period = [("first", date(asking.first).into()), ("last", date(asking.last).into())];
    t_with("funnel-between", period)
}

/// As colleagues call a channel, or as links have it where it has no name.
pub(super) fn called(channel: &Channel, named: &[Named]) -> String {
    let known = named.iter().find(|named| named.channel == *channel);
    known.map_or_else(|| channel.to_string(), |named| named.name.clone())
}

pub(super) fn number(n: u64) -> String {
    super::templates::count(n)
}
