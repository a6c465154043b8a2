//! What a coupon covers, of what is on the shelf, and how far the basket is from earning it.

use domain::{
    CategoryId, Code, Money, Refusal,
    actor::Shopper,
    benefit::Benefit,
    scope::{Scope, ScopeRule},
    template::Draft,
};
use engine::{
    Engine,
    catalogue::{self, Catalogue, Product},
    wallet,
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    live::Live,
    scope::scope_line,
    shelf::{GRID, Part, piece, presses},
    wallet::coupon::WAY_BACK,
};
use crate::{
    AppError,
    basket::Basket,
    context::engine,
    failure,
    flash::flash,
    locale::{self, money, name, t, t_with},
    session,
    ui::{Bar, Empty, Glyph, LinkButton, Look, Pager, Said, ShopFrame, field::INPUT},
};

/// Products on one page.
const PAGE: usize = 24;
/// What a press renews; the search is left as it was typed.
const PARTS: [&str; 4] = ["said", "gap", "goods", "ways"];

/// `/wallet/{code}/covers`
#[component]
pub fn CoversPage() -> impl IntoView {
    let asked = use_params_map().with_untracked(|params| params.get("code"));
    let part = use_query_map().with_untracked(Part::read);
    failure::page(async move {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let code = asked.and_then(|code| Code::parse(&code)).ok_or(AppError::NotFound)?;
        let (coupon, _) = wallet::coupon(&engine, &shopper, code).await?;
        let (catalogue, flash) = (catalogue::current(&engine).await?, flash().await);
        let basket = session::basket().await?;
        let draft = &coupon.revision.draft;
        let standing = standing(&engine, &shopper, code, draft, &basket, &catalogue).await?;
        let title = t_with("covers-title", [("title", name(draft.title()).into())]);
        let scope = t_with("card-covers", [("scope", scope_line(&draft.scope, &catalogue).into())]);
        let whole_order = (draft.scope.rule == ScopeRule::WholeOrder).then(|| {
            view! { <p class="mt-1 text-muted">{t("coupon-whole-order")}</p> }
        });
        let progress = progress(&standing, &draft.benefit);
        let products = products(code, &draft.scope, &catalogue, &basket, &part);
        let parts = PARTS.map(str::to_owned).to_vec();
        Ok(view! {
            <ShopFrame title=title.clone() here="/wallet">
                <a class=WAY_BACK href=format!("/wallet/{code}")>
                    {t("covers-back")}
                </a>
                <h1 dir="auto" class="text-2xl font-semibold break-words">
                    {title}
                </h1>
                <p class="mt-1 text-muted">{scope}</p>
                {whole_order}
                <Live parts=parts offline=t("error-offline")>
                    <div id="said" aria-live="polite">
                        <Said flash=flash />
                    </div>
                    {progress}
                    {products}
                </Live>
            </ShopFrame>
        })
    })
}

/// How the basket stands with this coupon alone.
enum Standing {
    Saves(Money),
    /// So much more of what it covers would earn it.
    Short {
        required: Money,
        current: Money,
    },
    /// Nothing it covers is in yet, and anything would do.
    Nothing,
    Refused(Refusal),
}

async fn standing(
    engine: &Engine,
    shopper: &Shopper,
    code: Code,
    draft: &Draft,
    basket: &Basket,
    catalogue: &Catalogue,
) -> Result<Standing, AppError> {
    let empty = match draft.benefit.threshold() {
        Money::ZERO => Standing::Nothing,
        required => Standing::Short { required, current: Money::ZERO },
    };
    let mut basket = basket.clone();
    basket.keep_sold(catalogue);
    if basket.is_empty() {
        return Ok(empty);
    }
    let cart = basket.cart(catalogue)?;
    let quote = wallet::quote(engine, shopper, &cart, Some(&[code])).await?;
    let refused = quote.refused.into_iter().next().map(|refused| refused.refusal);
    Ok(match refused {
        None => Standing::Saves(quote.applied.iter().map(|applied| applied.discount).sum()),
        Some(Refusal::NoCoveredLines) => empty,
        Some(Refusal::BelowThreshold { required, current, .. }) => {
            Standing::Short { required, current }
        }
        Some(refusal) => Standing::Refused(refusal),
    })
}

/// Stays in sight while one looks through the products.
fn progress(standing: &Standing, benefit: &Benefit) -> impl IntoView + use<> {
    let (told, bar) = match standing {
        Standing::Saves(amount) => {
            (t_with("covers-saves", [("amount", money(*amount).into())]), Some(100))
        }
        Standing::Short { required, current } => {
            let saving = benefit.discount(*required, *required);
            let missing = *required - *current;
            let filled = [("missing", money(missing).into()), ("saving", money(saving).into())];
            (t_with("covers-short", filled), Some(percent(*current, *required)))
        }
        Standing::Nothing => (t("covers-nothing-yet"), None),
        Standing::Refused(refusal) => (locale::refusal(refusal), None),
    };
    let is_earned = matches!(standing, Standing::Saves(_));
    let look = if is_earned { Look::Primary } else { Look::Secondary };
    view! {
        <div
            id="gap"
            aria-live="polite"
            class="sticky top-2 z-10 my-4 flex flex-wrap items-center gap-3 rounded-xl border border-line bg-surface p-3 shadow-sm"
        >
            <div class="min-w-40 flex-1">
                <p class="mb-1 font-medium tabular-nums">{told}</p>
                {bar.map(|percent| view! { <Bar percent=percent /> })}
            </div>
            <LinkButton href="/basket" look=look>
                {t("coupon-to-basket")}
            </LinkButton>
        </div>
    }
}

fn percent(of: Money, whole: Money) -> u64 {
    let hundredfold = of.units().unsigned_abs().saturating_mul(100);
    hundredfold.checked_div(whole.units().unsigned_abs()).unwrap_or(0)
}

/// Those on the shelf that it covers, a page of them.
fn products(
    code: Code,
    scope: &Scope,
    catalogue: &Catalogue,
    basket: &Basket,
    part: &Part,
) -> AnyView {
    let covered: Vec<&Product> =
        catalogue.products.iter().filter(|product| is_covered(product, scope, catalogue)).collect();
    if covered.is_empty() {
        return view! { <Empty text=t("covers-not-on-the-shelf") glyph=Glyph::Basket /> }
            .into_any();
    }
    let found: Vec<&Product> =
        covered.iter().copied().filter(|product| part.holds(product, catalogue)).collect();
    let pages = found.len().div_ceil(PAGE).max(1);
    let page = part.page.min(pages);
    let shown: Vec<AnyView> = found
        .iter()
        .skip((page - 1) * PAGE)
        .take(PAGE)
        .map(|product| piece(product, basket))
        .collect();
    let empty = found.is_empty().then(|| {
        view! {
            <Empty text=t("shelf-empty") glyph=Glyph::Basket>
                <LinkButton href=format!("/wallet/{code}/covers") look=Look::Secondary>
                    {t("shelf-clear")}
                </LinkButton>
            </Empty>
        }
    });
    let count = t_with("covers-count", [("n", found.len().into())]);
    let part_shown = part.clone();
    let href = move |page| format!("/wallet/{code}/covers{}", part_shown.query(page as usize));
    view! {
        {filter(code, &covered, catalogue, part)}
        <p class="mt-3 text-sm text-muted tabular-nums">{count}</p>
        {empty}
        {presses()}
        <ul id="goods" class=GRID>
            {shown}
        </ul>
        <Pager page=page as u64 pages=pages as u64 href=href />
    }
    .into_any()
}

fn is_covered(product: &Product, scope: &Scope, catalogue: &Catalogue) -> bool {
    product.price.is_some()
        && scope.covers_product(&product.id, product.category.as_ref(), &catalogue.tree)
}

/// A search and the categories that hold anything covered, as the tree lists them.
fn filter(
    code: Code,
    covered: &[&Product],
    catalogue: &Catalogue,
    part: &Part,
) -> impl IntoView + use<> {
    let category = |(id, depth): (&CategoryId, usize)| {
        let called = catalogue.category(id).map(|category| name(&category.name));
        let text = format!("{}{}", "\u{2003}".repeat(depth), called.unwrap_or_default());
        let is_chosen = part.category.as_ref() == Some(id);
        view! {
            <option value=id.to_string() selected=is_chosen>
                {text}
            </option>
        }
    };
    let categories: Vec<_> = categories_of(covered, catalogue).into_iter().map(category).collect();
    view! {
        <form
            method="get"
            action=format!("/wallet/{code}/covers")
            role="search"
            class="grid grid-cols-[1fr_auto] items-end gap-2 sm:grid-cols-[1fr_1fr_auto]"
        >
            <label class="col-span-2 sm:col-span-1">
                <span class="text-sm text-muted">{t("covers-category")}</span>
                <select name="category" class=INPUT>
                    <option value="">{t("covers-all")}</option>
                    {categories}
                </select>
            </label>
            // Of its own: leaving it half typed presses nothing.
            <label data-ticks="">
                <span class="text-sm text-muted">{t("shelf-search")}</span>
                <input type="search" name="search" class=INPUT value=part.search.clone() />
            </label>
            <button type="submit" class=Look::Secondary.class() data-tick="">
                {t("covers-show")}
            </button>
        </form>
    }
}

/// The categories above these products, each below its parent, with how deep it lies.
fn categories_of<'a>(
    products: &[&'a Product],
    catalogue: &'a Catalogue,
) -> Vec<(&'a CategoryId, usize)> {
    let path = |id: &'a CategoryId| {
        let mut path: Vec<&CategoryId> = catalogue.tree.lineage(id).collect();
        path.reverse();
        path
    };
    let lineages = products
        .iter()
        .filter_map(|product| product.category.as_ref())
        .flat_map(|own| catalogue.tree.lineage(own));
    let mut paths: Vec<Vec<&CategoryId>> =
        lineages.filter(|id| catalogue.category(id).is_some()).map(path).collect();
    paths.sort_unstable();
    paths.dedup();
    let last = |path: Vec<&'a CategoryId>| Some((*path.last()?, path.len() - 1));
    paths.into_iter().filter_map(last).collect()
}
