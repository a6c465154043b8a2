//! Coupons on hold, those held last first: whose, why and by whom. Their own pages let them go.

use std::collections::HashMap;

use domain::actor::Operator;
use engine::coupons::{self, Hold, PAGE};
use engine::templates;
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use crate::AppError;
use crate::context::engine;
use crate::locale::{self, name, t, t_with};
use crate::ops::coupons::{page_of, search_for};
use crate::ops::shoppers::Shoppers;
use crate::ui::{Empty, Glyph, LINK, Moment, Pager};

pub(super) async fn part(operator: &Operator, query: &ParamsMap) -> Result<AnyView, AppError> {
    let asked = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1u64).max(1);
    let engine = engine();
    let found = coupons::held(&engine, operator, asked - 1).await?;
    let by = found.holds.iter().filter_map(|hold| hold.deed.by.as_deref());
    let names = templates::names(&engine, operator, by).await?;
    let ids = found.holds.iter().map(|hold| &hold.coupon.shopper).collect();
    let shoppers = Shoppers::behind(operator, ids).await?;
    let list = if found.total == 0 {
        view! { <Empty glyph=Glyph::Check text=t("risk-held-none") /> }.into_any()
    } else {
        let card = |hold: Hold| card(&hold, &names, &shoppers);
        let cards = found.holds.into_iter().map(card).collect_view();
        view! { <ol class="grid gap-4">{cards}</ol> }.into_any()
    };
    Ok(view! {
        <p class="max-w-prose text-muted">{t("risk-held-lead")}</p>
        {list}
        <Pager
            page=found.page + 1
            pages=found.total.div_ceil(PAGE)
            href=|to| format!("/ops/risk?show=held&page={to}")
        />
    }
    .into_any())
}

fn card(
    hold: &Hold,
    names: &HashMap<String, String>,
    shoppers: &Shoppers,
) -> impl IntoView + use<> {
    let Hold { coupon, deed } = hold;
    let by = deed.by.as_ref().and_then(|by| names.get(by).cloned());
    let by = by.unwrap_or_else(|| t("revision-nobody"));
    let shopper = coupon.shopper.to_string();
    let href = search_for(&shopper);
    view! {
        <li class="rounded-xl border border-line bg-surface p-4 shadow-sm">
            <div class="flex flex-wrap items-center gap-x-4">
                <h2 class="font-semibold tabular-nums">
                    <a class=LINK href=page_of(coupon.code)>
                        {locale::code(coupon.code)}
                    </a>
                </h2>
                <span class="break-words text-muted" dir="auto">
                    {name(coupon.revision.draft.title())}
                </span>
            </div>
            <p class="mt-2 break-words whitespace-pre-line" dir="auto">
                {deed.reason.clone()}
            </p>
            <p class="flex flex-wrap items-center gap-x-4">
                <a class=LINK href=href dir="auto">
                    {t_with("exception-shopper", [("shopper", shopper.into())])}
                </a>
                {shoppers.beside(&coupon.shopper)}
            </p>
            <p class="mt-1 text-sm text-muted">
                {t_with("deed-held", [("by", by.into())])} {t("separator")} <Moment at=deed.at />
            </p>
        </li>
    }
}
