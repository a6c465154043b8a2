//! From view to return: the stages as bars that narrow, the rates between them, and the same as a
//! table.

use chrono::Days;
use domain::funnel::{Amounts, Funnel, Rates};
use domain::template::Window;
use engine::Engine;
use leptos::prelude::*;

use crate::locale::{money, t, t_with};
use crate::ui::Card;

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
        let days = match self {
            Self::Week => 7,
            Self::Month => 30,
            Self::All => return Window::default(),
        };
        let first = zone.day(engine.now()) - Days::new(days - 1);
        Window { from: Some(zone.start_of(first)), until: None }
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

/// `page` is where the links to other periods lead.
#[component]
pub fn FunnelCard(funnel: Funnel, period: Period, page: String) -> impl IntoView {
    let link = move |choice: Period| {
        let is_here = choice == period;
        view! {
            <a
                class=if is_here { HERE } else { ELSEWHERE }
                aria-current=is_here.then_some("true")
                href=format!("{page}?period={}#funnel", choice.as_str())
            >
                {t(match choice {
                    Period::Week => "period-week",
                    Period::Month => "period-month",
                    Period::All => "period-all",
                })}
            </a>
        }
    };
    let is_empty = stages(&funnel).iter().all(|stage| stage.entered == 0);
    let links = Period::ALL.map(link).collect_view();
    let headline = funnel.rates().redeem_per_claim.map(|rate| {
        view! {
            <p class="mt-2">
                <span class="text-2xl font-semibold tabular-nums">{percent(rate)}</span>
                <span class="ml-2 text-muted">{t("rate-redeem-per-claim")}</span>
            </p>
        }
    });
    view! {
        <Card id="funnel">
            <div class="flex flex-wrap items-center justify-between gap-2">
                <h2 class="text-lg font-semibold">{t("funnel-title")}</h2>
                <nav aria-label=t("funnel-period") class="flex gap-1">
                    {links}
                </nav>
            </div>
            {if is_empty {
                view! { <p class="mt-2 text-muted">{t("funnel-empty")}</p> }.into_any()
            } else {
                view! {
                    {headline}
                    <div class="mt-3 grid gap-6 md:grid-cols-2">
                        {chart(&funnel)}
                        {table(&funnel)}
                    </div>
                }
                    .into_any()
            }}
        </Card>
    }
}

const HERE: &str = class!(
    "inline-flex min-h-11 items-center rounded-lg bg-accent-soft px-3 font-medium text-accent"
);
const ELSEWHERE: &str = class!(
    "inline-flex min-h-11 items-center rounded-lg px-3 text-muted hover:bg-sunken hover:text-text"
);

/// One bar a stage; the table says the same.
fn chart(funnel: &Funnel) -> impl IntoView + use<> {
    let stages = stages(funnel);
    let widest = stages.iter().map(|stage| stage.entered).max().unwrap_or_default().max(1);
    let bar = |stage: &Stage| {
        let width = format!("{:.2}", stage.entered as f64 * 100.0 / widest as f64);
        view! {
            <div>
                <div class="flex justify-between">
                    <span>{t(stage.key)}</span>
                    <span class="font-medium tabular-nums">{number(stage.entered)}</span>
                </div>
                <svg class="block h-7 w-full" viewBox="0 0 100 28" preserveAspectRatio="none">
                    <rect class="fill-sunken" width="100" height="28" />
                    <rect class="fill-accent" width=width height="28" />
                </svg>
            </div>
        }
    };
    view! {
        <div class="space-y-1" aria-hidden="true">
            {stages.iter().map(bar).collect_view()}
        </div>
    }
}

const NAME: &str = class!("py-1 pr-2 text-left font-normal");
const NUMBER: &str = class!("py-1 text-right tabular-nums");

fn table(funnel: &Funnel) -> impl IntoView + use<> {
    let row = |stage: &Stage| {
        let rate = stage.rate.map(|rate| t_with(stage.rate_key, [("rate", percent(rate).into())]));
        view! {
            <tr>
                <th scope="row" class=NAME>
                    {t(stage.key)}
                    {rate.map(|rate| view! { <span class="block text-sm text-muted">{rate}</span> })}
                </th>
                <td class=NUMBER>{number(stage.entered)}</td>
            </tr>
        }
    };
    let Amounts { turnover, discount, refunded } = funnel.amounts;
    let more = [
        ("funnel-viewers", number(funnel.unique_viewers)),
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
            </tr>
        }
    });
    view! {
        <table class="w-full">
            <caption class="sr-only">{t("funnel-title")}</caption>
            <tbody class="divide-y divide-y-reverse divide-line">
                {stages(funnel).iter().map(row).collect_view()} {more.collect_view()}
            </tbody>
        </table>
    }
}

fn percent(rate: f64) -> String {
    format!("{:.1}%", rate * 100.0)
}

fn number(n: u64) -> String {
    super::templates::count(n)
}
