//! All that is known of one coupon, and what can be done about it.

use std::collections::HashMap;

use domain::{Code, template::Window};
use engine::coupons::{self, Deed, One};
use engine::grants::Grant;
use engine::templates;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::actions::{Case, Said, actions};
use super::{LINK, StateChip, page_of, search_for};
use crate::AppError;
use crate::context::engine;
use crate::failure::page;
use crate::flash::flash;
use crate::form::escaped;
use crate::locale::{self, minute, name, t, t_with};
use crate::ops::grants::list::author;
use crate::ops::shoppers::Shoppers;
use crate::ops::templates::activity::happened;
use crate::session;
use crate::ui::{Card, Moment, OpsFrame, PageHead};

/// `/ops/coupons/{code}`
#[component]
pub fn OpsCouponPage() -> impl IntoView {
    let code = use_params_map().with_untracked(|params| params.get("code")).unwrap_or_default();
    page(async move {
        let operator = session::operator().await?;
        let code = Code::parse(&code).ok_or(AppError::NotFound)?;
        let one = coupons::read(&engine(), &operator, code).await?;
        let by = one.deeds.iter().filter_map(|deed| deed.by.as_deref());
        let by = by.chain(one.grants.iter().map(author));
        let names = templates::names(&engine(), &operator, by).await?;
        let shoppers = Shoppers::behind(&operator, vec![&one.coupon.shopper]).await?;
        let left = match operator.clone().guardian() {
            Some(guardian) => Some(coupons::replacements_left(&engine(), &guardian).await?),
            None => None,
        };
        let case = Case { one, left, flash: flash().await };
        let state = case.one.coupon.state_at(engine().now());
        let title = locale::code(code);
        Ok(view! {
            <OpsFrame title=title.clone() here="/ops/coupons">
                <PageHead title=title back=("/ops/coupons".to_owned(), t("ops-coupons-title"))>
                    <StateChip state=state />
                </PageHead>
                <div class="grid gap-4">
                    <Said flash=case.flash.clone() />
                    <div class="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
                        <div class="grid gap-4">
                            {facts(&case.one, &shoppers)} {life(&case.one)} {deeds(&case.one, &names)}
                        </div>
                        {actions(&case)}
                    </div>
                </div>
            </OpsFrame>
        })
    })
}

fn facts(one: &One, shoppers: &Shoppers) -> impl IntoView + use<> {
    let coupon = &one.coupon;
    let fact = |term: &'static str, value: AnyView| {
        view! {
            <div class="sm:flex sm:gap-4">
                <dt class="text-muted sm:w-32 sm:shrink-0">{t(term)}</dt>
                <dd class="min-w-0 break-words">{value}</dd>
            </div>
        }
    };
    let link = |href: String, text: String| {
        view! {
            <a class=LINK href=href dir="auto">
                {text}
            </a>
        }
    };
    let (number, current) = (coupon.revision.number, one.template.revision.number);
    let revision = match number == current {
        true => t_with("ops-coupon-revision", [("number", number.into())]),
        false => t_with(
            "ops-coupon-revision-old",
            [("number", number.into()), ("current", current.into())],
        ),
    };
    let template = view! {
        {link(format!("/ops/templates/{}", one.template.id), name(&coupon.revision.draft.name))}
        <span class="block text-muted">{revision}</span>
    };
    let shopper = coupon.shopper.to_string();
    let risk = format!("/ops/risk?about={}", escaped(&shopper));
    let shopper = view! {
        {link(search_for(&shopper), shopper)}
        <span class="block">{shoppers.beside(&coupon.shopper)}</span>
        <a class="text-sm text-accent underline underline-offset-4" href=risk>
            {t("ops-coupon-risk")}
        </a>
    };
    let window = Window { from: Some(coupon.valid_from), until: coupon.valid_until };
    let lock = one.lock.as_ref().filter(|lock| lock.until > engine().now()).map(|lock| {
        let order = lock.order.to_string();
        let until = t_with("ops-coupon-locked-until", [("until", minute(lock.until).into())]);
        let revoked = coupon.is_revoked.then(|| t("ops-coupon-revoked-after"));
        let value = view! {
            {link(search_for(&order), order)}
            <span class="block text-muted">{until} " " {revoked}</span>
        };
        fact("ops-coupon-locked-by", value.into_any())
    });
    let used = one.used_for.as_ref().map(|order| {
        let order = order.to_string();
        fact("ops-coupon-used-for", link(search_for(&order), order).into_any())
    });
    let other = |term: &'static str, code: Option<Code>| {
        code.map(|code| fact(term, link(page_of(code), locale::code(code)).into_any()))
    };
    let channel = coupon.channel.as_ref().map(ToString::to_string);
    let facts = [
        Some(fact("ops-coupon-template", template.into_any())),
        Some(fact("ops-coupon-shopper", shopper.into_any())),
        channel.map(|channel| fact("ops-coupon-channel", channel.into_any())),
        Some(fact("ops-coupon-got", view! { <Moment at=coupon.claimed_at /> }.into_any())),
        Some(fact("ops-coupon-valid", locale::window(window).into_any())),
        lock,
        used,
        other("ops-coupon-replaces", one.replaces),
        other("ops-coupon-replacement", one.replacement),
    ];
    let facts = facts.into_iter().flatten().collect_view();
    view! {
        <Card title=t("ops-coupon-facts")>
            <dl class="space-y-3">{facts}</dl>
        </Card>
    }
}

/// What happened last stands first.
fn life(one: &One) -> impl IntoView + use<> {
    let channel = one.coupon.channel.clone();
    let step = |step: &coupons::Step| {
        view! {
            <li class="py-2">
                <p class="break-words">{happened(step, channel.as_ref())}</p>
                <p class="text-sm text-muted">
                    <Moment at=step.at />
                </p>
            </li>
        }
    };
    let steps = one.steps.iter().rev().map(step).collect_view();
    view! {
        <Card id="history" title=t("ops-coupon-life")>
            <ol class=ENTRIES>{steps}</ol>
        </Card>
    }
}

const ENTRIES: &str = class!("divide-y divide-y-reverse divide-line");

fn deeds(one: &One, names: &HashMap<String, String>) -> Option<impl IntoView + use<>> {
    let deed = |deed: &Deed| {
        let by = deed.by.as_ref().and_then(|by| names.get(by).cloned());
        let by = by.unwrap_or_else(|| t("revision-nobody"));
        let said = match deed_key(&deed.action) {
            Some(key) => t_with(key, [("by", by.into())]),
            None => format!("{by}: {}", deed.action),
        };
        let from = deed.address.clone();
        let from = from.map(|address| t_with("deed-from", [("address", address.into())]));
        view! {
            <li class="py-2">
                <p class="break-words">{said}</p>
                {deed
                    .reason
                    .clone()
                    .map(|reason| {
                        view! {
                            <p class="break-words whitespace-pre-line" dir="auto">
                                {reason}
                            </p>
                        }
                    })}
                <p class="text-sm text-muted">
                    <Moment at=deed.at />
                    {from.map(|from| view! { <span class="block break-words">{from}</span> })}
                </p>
            </li>
        }
    };
    let given = |grant: &Grant| {
        let by = names.get(author(grant)).cloned().unwrap_or_else(|| t("revision-nobody"));
        let href = format!("/ops/grants/{}", grant.id);
        view! {
            <li class="py-2">
                <a class=LINK href=href>
                    {t_with("deed-given", [("by", by.into())])}
                </a>
                {grant
                    .note
                    .clone()
                    .map(|note| {
                        view! {
                            <p class="break-words whitespace-pre-line" dir="auto">
                                {note}
                            </p>
                        }
                    })}
                <p class="text-sm text-muted">
                    <Moment at=grant.created_at />
                </p>
            </li>
        }
        .into_any()
    };
    let deeds = one.deeds.iter().rev().map(|done| deed(done).into_any());
    let entries: Vec<_> = deeds.chain(one.grants.iter().rev().map(given)).collect();
    (!entries.is_empty()).then(|| {
        view! {
            <Card id="deeds" title=t("ops-coupon-deeds")>
                <ol class=ENTRIES>{entries}</ol>
            </Card>
        }
    })
}

fn deed_key(action: &str) -> Option<&'static str> {
    Some(match action {
        "held" => "deed-held",
        "freed" => "deed-freed",
        "revoked" => "deed-revoked",
        "released" => "deed-released",
        "replaced" => "deed-replaced",
        "granted" => "deed-granted",
        _ => return None,
    })
}
