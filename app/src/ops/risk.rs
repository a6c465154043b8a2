//! Risk: what was decided and why, by which rules, who stands on which list, and which coupons are on
//! hold. Everybody in the console may look; risk and admins act.

pub mod held;
pub mod hits;
pub mod lists;
pub mod rules;

use domain::actor::Operator;
use domain::risk::Rule;
use engine::risk::{self, Accuracy};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use crate::AppError;
use crate::context::engine;
use crate::failure::page;
use crate::flash::flash;
use crate::locale::{t, t_with};
use crate::session;
use crate::ui::field::INPUT;
use crate::ui::{ChipLink, OpsFrame, PageHead};

const PATH: &str = "/ops/risk";

/// Which part of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    Hits,
    Rules,
    Lists,
    Held,
}

/// `/ops/risk?show=…`
#[component]
pub fn RiskPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    page(async move {
        let operator = session::operator().await?;
        let show = match query.get("show").as_deref() {
            Some("rules") => Show::Rules,
            Some("lists") => Show::Lists,
            Some("held") => Show::Held,
            _ => Show::Hits,
        };
        let part = part(&operator, show, &query).await?;
        let way = move |to: Show, href: &'static str, key: &'static str| {
            view! {
                <li>
                    <ChipLink href=href is_here=to == show>
                        {t(key)}
                    </ChipLink>
                </li>
            }
        };
        Ok(view! {
            <OpsFrame title=t("risk-title") here=PATH>
                <PageHead title=t("risk-title") lead=t("risk-lead") />
                <div class="grid gap-4">
                    <nav aria-label=t("risk-parts")>
                        <ul class="flex flex-wrap gap-2">
                            {way(Show::Hits, PATH, "risk-hits")}
                            {way(Show::Rules, "/ops/risk?show=rules", "risk-rules")}
                            {way(Show::Lists, "/ops/risk?show=lists", "risk-lists")}
                            {way(Show::Held, "/ops/risk?show=held", "risk-held")}
                        </ul>
                    </nav>
                    {part}
                </div>
            </OpsFrame>
        })
    })
}

async fn part(operator: &Operator, show: Show, query: &ParamsMap) -> Result<AnyView, AppError> {
    let (engine, flash) = (engine(), flash().await);
    let may_act = operator.role.can_act_on_coupons();
    let read_only = (!may_act).then(|| view! { <p class="text-muted">{t("risk-read-only")}</p> });
    let part = match show {
        Show::Hits => hits::part(operator, query, flash, may_act).await?,
        Show::Rules => {
            let rules = risk::rules(&engine, operator).await?;
            let accuracy = risk::accuracy(&engine, operator).await?;
            rules::part(&rules, &accuracy, &flash, may_act)
        }
        Show::Lists => lists::part(operator, query, flash, may_act).await?,
        Show::Held => held::part(operator, query).await?,
    };
    Ok(view! {
        {read_only}
        {part}
    }
    .into_any())
}

/// Whom to look for.
fn about_field(value: String) -> impl IntoView {
    view! {
        <div class="min-w-48 flex-1">
            <label class="font-medium" for="about">
                {t("risk-about")}
            </label>
            <input
                id="about"
                name="about"
                type="search"
                dir="auto"
                value=value
                class=INPUT
            />
        </div>
    }
}

/// What a rule, or a list, is called.
fn rule_name(word: &str) -> String {
    let is_known = Rule::parse(word).is_some() || matches!(word, "deny_list" | "blocked");
    if is_known { t(&format!("risk-by-{}", word.replace('_', "-"))) } else { word.to_owned() }
}

/// How many of those that were judged met an ordinary shopper: `2 of 10 (20%)`.
fn wrong_in_words<'a>(all: impl Iterator<Item = &'a Accuracy>) -> String {
    let (wrong, judged) =
        all.fold((0, 0), |(wrong, judged), one| (wrong + one.wrong, judged + one.judged));
    if judged == 0 {
        return t("risk-none-judged");
    }
    let percent = (wrong * 100 + judged / 2) / judged;
    let filled = [("wrong", wrong.into()), ("judged", judged.into()), ("percent", percent.into())];
    t_with("risk-wrong-of", filled)
}
