//! The wallet: every coupon of a shopper, by what can be done with it.

use domain::{
    Code, Time,
    coupon::{Kind, State},
    stacking::by_expiry,
    template::Window,
};
use engine::{
    catalogue::{self, Catalogue},
    wallet::{self, Coupon, Step},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::ticket::{Face, Ticket};
use crate::{
    context::engine,
    failure,
    flash::flash,
    form::escaped,
    locale::{self, money, t, t_with},
    session,
    ui::{Chip, Empty, LinkButton, Look, Moment, Said, ShopFrame, Tone},
};

/// The life of one coupon, where it was asked for.
struct Opened {
    code: Code,
    steps: Vec<Step>,
}

/// `/wallet`; `?coupon=` opens the history of one.
#[component]
pub fn WalletPage() -> impl IntoView {
    let asked = use_query_map().with_untracked(|query| query.get("coupon"));
    failure::page(async move {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let coupons = wallet::wallet(&engine, &shopper).await?;
        let opened = match asked.and_then(|code| Code::parse(&code)) {
            Some(code) => {
                let (_, steps) = wallet::coupon(&engine, &shopper, code).await?;
                Some(Opened { code, steps })
            }
            None => None,
        };
        let (catalogue, flash) = (catalogue::current(&engine).await?, flash().await);
        let now = engine.now();
        let is_empty = coupons.is_empty();
        let groups = sorted(coupons, now).into_iter().map(|(key, coupons)| {
            let coupons =
                coupons.iter().map(|coupon| held(coupon, &catalogue, opened.as_ref(), now));
            group(key, coupons.collect())
        });
        let groups = (!is_empty).then(|| groups.collect_view());
        let empty = is_empty.then(|| {
            view! {
                <Empty text=t("wallet-empty")>
                    <LinkButton href="/">{t("wallet-to-center")}</LinkButton>
                </Empty>
            }
        });
        Ok(view! {
            <ShopFrame title=t("wallet-title") here="/wallet">
                <h1 class="mb-4 text-2xl font-semibold">{t("wallet-title")}</h1>
                <Said flash=flash />
                {empty}
                {groups}
            </ShopFrame>
        })
    })
}

/// Available ones with the soonest to expire first, then the others with the newest first.
fn sorted(coupons: Vec<Coupon>, now: Time) -> [(&'static str, Vec<Coupon>); 4] {
    let mut groups = [
        ("wallet-available", Vec::new()),
        ("wallet-locked", Vec::new()),
        ("wallet-used", Vec::new()),
        ("wallet-over", Vec::new()),
    ];
    for coupon in coupons {
        let at = match coupon.state_at(now) {
            State::Available | State::Held => 0,
            State::Locked => 1,
            State::Redeemed => 2,
            State::Expired | State::Revoked => 3,
        };
        groups[at].1.push(coupon);
    }
    groups[0].1.sort_by(|a, b| by_expiry(a.valid_until, b.valid_until));
    groups
}

fn group(key: &'static str, coupons: Vec<AnyView>) -> impl IntoView {
    let count = coupons.len();
    let none = coupons.is_empty().then(|| {
        view! { <p class="text-muted">{t("wallet-none-here")}</p> }
    });
    view! {
        <section class="mt-6" id=key>
            <h2 class="mb-3 flex items-center gap-2 text-lg font-semibold">
                {t(key)} <Chip>{count}</Chip>
            </h2>
            {none}
            <div class="grid gap-4">{coupons}</div>
        </section>
    }
}

fn held(coupon: &Coupon, catalogue: &Catalogue, opened: Option<&Opened>, now: Time) -> AnyView {
    let state = coupon.state_at(now);
    let window = Window { from: Some(coupon.valid_from), until: coupon.valid_until };
    let window = if coupon.valid_from <= now { Window { from: None, ..window } } else { window };
    let action = match (state, &coupon.lock) {
        (State::Available, _) if coupon.valid_from <= now => {
            Some(("/basket".to_owned(), "card-use", Look::Primary))
        }
        (State::Locked, Some((_, order, _))) => Some((
            format!("/orders/{}", escaped(order.as_str())),
            "wallet-to-order",
            Look::Secondary,
        )),
        _ => None,
    };
    let action = action.map(|(href, key, look)| {
        view! {
            <LinkButton href=href look=look>
                {t(key)}
            </LinkButton>
        }
    });
    let id = format!("coupon-{}", coupon.code);
    let history = match opened.filter(|opened| opened.code == coupon.code) {
        Some(opened) => history(&opened.steps).into_any(),
        None => {
            let href = format!("/wallet?coupon={}#{id}", coupon.code);
            view! {
                <LinkButton href=href look=Look::Plain>
                    {t("wallet-history")}
                </LinkButton>
            }
            .into_any()
        }
    };
    let is_over = matches!(state, State::Redeemed | State::Expired | State::Revoked);
    let code = locale::code(coupon.code);
    let chip = standing(state, coupon.valid_from > now).map(|(tone, word)| {
        view! { <Chip tone=tone>{t(word)}</Chip> }
    });
    view! {
        <Ticket face=Face::of(&coupon.revision.draft, catalogue) id=id faded=is_over>
            <p class="text-sm text-muted">
                {t_with("wallet-valid", [("window", locale::window(window).into())])}
            </p>
            <p class="mt-2 text-sm">
                <span class="text-muted">{t("wallet-code")} " "</span>
                <code class="select-all font-mono tabular-nums">{code}</code>
            </p>
            <div class="mt-3 flex flex-wrap items-center gap-2">
                {action} {chip} {history}
            </div>
        </Ticket>
    }
    .into_any()
}

/// What its place among the groups does not say.
fn standing(state: State, is_upcoming: bool) -> Option<(Tone, &'static str)> {
    Some(match state {
        State::Available if is_upcoming => (Tone::Neutral, "state-upcoming"),
        State::Available | State::Locked | State::Redeemed => return None,
        State::Expired => (Tone::Neutral, "state-expired"),
        State::Revoked => (Tone::Danger, "state-revoked"),
        State::Held => (Tone::Warn, "state-held"),
    })
}

fn history(steps: &[Step]) -> impl IntoView + use<> {
    let step = |step: &Step| {
        view! {
            <li>
                <span class="block text-muted">
                    <Moment at=step.at />
                </span>
                {told(step)}
            </li>
        }
    };
    view! {
        <details open class="w-full text-sm">
            <summary class="min-h-6 font-medium">{t("wallet-history")}</summary>
            <ol class="mt-2 grid gap-3 border-l-2 border-line pl-4">
                {steps.iter().map(step).collect_view()}
            </ol>
        </details>
    }
}

/// One step of a coupon's life, as its shopper would tell it.
fn told(step: &Step) -> String {
    let order = || {
        let order = step.order.as_ref().map(ToString::to_string).unwrap_or_default();
        ("order", order.into())
    };
    let amount = || ("amount", money(step.amount).into());
    match step.kind {
        Kind::Claimed => t("step-claimed"),
        Kind::Granted => t("step-granted"),
        Kind::Locked => t_with("step-locked", [order()]),
        Kind::Released => t_with("step-released", [order()]),
        Kind::Lapsed => t_with("step-lapsed", [order()]),
        Kind::Redeemed => t_with("step-redeemed", [order(), amount()]),
        Kind::Returned => t_with("step-returned", [order(), amount()]),
        Kind::Restored => t("step-restored"),
        Kind::Expired => t("step-expired"),
        Kind::Revoked => t("step-revoked"),
        Kind::Held => t("step-held"),
        Kind::Freed => t("step-freed"),
    }
}
