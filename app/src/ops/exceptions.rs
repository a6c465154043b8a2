//! What a person has to look at: what happened in a sentence, what to do about it, and how it was
//! settled.

use std::collections::HashMap;

use engine::exceptions::{self, Exception, PAGE, Resolution};
use engine::templates;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;

use super::coupons::{page_of, search_for};
use super::reason::Reason;
use super::shoppers::Shoppers;
use super::templates::count;
use crate::context::engine;
use crate::failure::page;
use crate::flash::{Flash, flash};
use crate::form::escaped;
use crate::locale::{self, money, t, t_with};
use crate::server_fns::exceptions::ResolveException;
use crate::session;
use crate::ui::{
    Button, Chip, Empty, Glyph, Hidden, Look, Moment, OpsFrame, PageHead, Pager, Said, Tone,
};

/// `/ops/exceptions`
#[component]
pub fn ExceptionsPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let place = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1u64).max(1);
    page(async move {
        let operator = session::operator().await?;
        let found = exceptions::list(&engine(), &operator, place - 1).await?;
        let by = found.exceptions.iter().filter_map(|one| one.resolved.as_ref()?.by.as_deref());
        let names = templates::names(&engine(), &operator, by).await?;
        let ids: Vec<_> = found.exceptions.iter().filter_map(Exception::shopper).collect();
        let shoppers = Shoppers::behind(&operator, ids.iter().collect()).await?;
        let flash = flash().await;
        let may_act = operator.role.can_act_on_coupons();
        let told = match flash.form.as_str() {
            "exceptions" => flash.clone(),
            _ => Flash::default(),
        };
        let lead = match found.open {
            0 => t("exceptions-none-open"),
            n => t_with("exceptions-open", [("n", n.into()), ("text", count(n).into())]),
        };
        let list = if found.total == 0 {
            view! {
                <Empty glyph=Glyph::Check title=t("exceptions-none-title") text=t("exceptions-none") />
            }
            .into_any()
        } else {
            let card = |one: Exception| card(one, &names, &shoppers, &flash, may_act);
            let cards = found.exceptions.into_iter().map(card).collect_view();
            view! { <ul class="grid gap-4">{cards}</ul> }.into_any()
        };
        Ok(view! {
            <OpsFrame title=t("exceptions-title") here="/ops/exceptions">
                <PageHead title=t("exceptions-title") lead=lead />
                <div class="grid gap-4">
                    <Said flash=told />
                    {list}
                    <Pager
                        page=place
                        pages=found.total.div_ceil(PAGE)
                        href=|to| format!("/ops/exceptions?page={to}")
                    />
                </div>
            </OpsFrame>
        })
    })
}

/// What happened, and what to do about it, in a sentence each.
fn told(one: &Exception) -> (String, String, String) {
    let order = one.order().map(|order| order.to_string()).unwrap_or_default();
    let discount = one.discount().map(money).unwrap_or_default();
    let (title, what, to_do) = match (one.kind.as_str(), one.text("cause")) {
        ("late_payment", Some("budget_exhausted")) => (
            "exception-late-payment",
            "exception-budget-exhausted",
            "exception-budget-exhausted-do",
        ),
        ("late_payment", _) => {
            ("exception-late-payment", "exception-coupon-gone", "exception-coupon-gone-do")
        }
        ("unknown_order", _) => (
            "exception-unknown-order",
            "exception-unknown-order-what",
            "exception-unknown-order-do",
        ),
        ("paid_twice", _) => {
            ("exception-paid-twice", "exception-paid-twice-what", "exception-paid-twice-do")
        }
        ("refund_without_payment", _) => {
            ("exception-refund-ahead", "exception-refund-ahead-what", "exception-refund-ahead-do")
        }
        ("refund_unmatched", _) => (
            "exception-refund-unmatched",
            "exception-refund-unmatched-what",
            "exception-refund-unmatched-do",
        ),
        ("refund_refused", _) => (
            "exception-refund-refused",
            "exception-refund-refused-what",
            "exception-refund-refused-do",
        ),
        ("unreadable_callback", _) => {
            ("exception-unreadable", "exception-unreadable-what", "exception-unreadable-do")
        }
        ("deliveries_given_up", _) => {
            ("exception-given-up", "exception-given-up-what", "exception-given-up-do")
        }
        ("books", _) => ("exception-books", "exception-books-what", "exception-books-do"),
        (kind, _) => {
            let kind = kind.replace('_', " ");
            let what = t_with("exception-other-what", [("kind", kind.clone().into())]);
            return (kind, what, t("exception-other-do"));
        }
    };
    let text = |name| one.text(name).unwrap_or_default().to_owned();
    let filled = [
        ("order", order.into()),
        ("discount", discount.into()),
        ("payment", text("payment").into()),
        ("paid_by", text("paid_by").into()),
        ("refund", text("refund").into()),
        ("message", text("message").into()),
        ("url", text("url").into()),
        ("n", one.data["n"].as_u64().unwrap_or_default().into()),
    ];
    (t(title), t_with(what, filled), t(to_do))
}

fn card(
    one: Exception,
    names: &HashMap<String, String>,
    shoppers: &Shoppers,
    flash: &Flash,
    may_act: bool,
) -> impl IntoView + use<> {
    let (title, what, to_do) = told(&one);
    let is_open = one.resolved.is_none();
    let chip = match is_open {
        true => view! { <Chip tone=Tone::Warn>{t("exception-is-open")}</Chip> },
        false => view! { <Chip>{t("exception-is-resolved")}</Chip> },
    };
    let to_do = is_open.then(|| view! { <p class="mt-1">{to_do}</p> });
    let settled = one.resolved.as_ref().map(|settled| settled_by(settled, names));
    let form = (is_open && may_act).then(|| form(&one, flash));
    view! {
        <li
            id=format!("exception-{}", one.id)
            class="rounded-xl border border-line bg-surface p-4 shadow-sm"
        >
            <div class="flex flex-wrap items-center gap-2">
                <h2 class="font-semibold">{title}</h2>
                {chip}
                <span class="text-muted">
                    <Moment at=one.at />
                </span>
            </div>
            <p class="mt-2 break-words">{what}</p>
            {to_do}
            {links(&one, shoppers)}
            {details(&one)}
            {settled}
            {form}
        </li>
    }
}

fn links(one: &Exception, shoppers: &Shoppers) -> impl IntoView + use<> {
    let link = |href: String, text: String| {
        view! {
            <a
                class="inline-flex min-h-11 items-center break-all text-accent underline underline-offset-4"
                href=href
                dir="auto"
            >
                {text}
            </a>
        }
    };
    let order = one.order().map(|order| {
        let text = t_with("ops-order", [("order", order.to_string().into())]);
        link(search_for(order.as_str()), text)
    });
    let coupons = one.coupons().into_iter().map(|code| link(page_of(code), locale::code(code)));
    let coupons = coupons.collect_view();
    let shopper = one.shopper().map(|shopper| {
        let text = t_with("exception-shopper", [("shopper", shopper.to_string().into())]);
        (link(search_for(shopper.as_str()), text), shoppers.beside(&shopper))
    });
    // A deleted endpoint has no page any more; its exception is settled.
    let webhook = one.text("webhook").filter(|_| one.resolved.is_none());
    let log = webhook.map(|id| {
        let href = format!("/ops/webhooks/{}?show=failed#log", escaped(id));
        link(href, t("exception-deliveries"))
    });
    view! { <p class="flex flex-wrap items-center gap-x-4">{order} {coupons} {shopper} {log}</p> }
}

/// All that was written down, for whoever knows what it means.
fn details(one: &Exception) -> impl IntoView + use<> {
    let entry = |(name, value): (&String, &serde_json::Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        view! {
            <div class="sm:flex sm:gap-4">
                <dt class="text-muted sm:w-32 sm:shrink-0">{name.clone()}</dt>
                <dd class="min-w-0 break-all">{value}</dd>
            </div>
        }
    };
    let entries = one.data.as_object().into_iter().flatten().map(entry).collect_view();
    view! {
        <details>
            <summary class="inline-flex min-h-11 items-center text-muted">
                {t("exception-details")}
            </summary>
            <dl class="space-y-1 pb-2 text-sm">{entries}</dl>
        </details>
    }
}

fn settled_by(settled: &Resolution, names: &HashMap<String, String>) -> impl IntoView + use<> {
    let by = settled.by.as_ref().and_then(|by| names.get(by).cloned());
    let by = by.unwrap_or_else(|| t("revision-nobody"));
    view! {
        <div class="mt-2 border-t border-line pt-3">
            <p>
                {t_with("exception-resolved-by", [("by", by.into())])} " "
                <span class="text-muted">
                    <Moment at=settled.at />
                </span>
            </p>
            {settled
                .note
                .clone()
                .map(|note| {
                    view! {
                        <p class="break-words whitespace-pre-line" dir="auto">
                            {note}
                        </p>
                    }
                })}
        </div>
    }
}

fn form(one: &Exception, flash: &Flash) -> impl IntoView + use<> {
    let id = one.id.to_string();
    let is_ours = flash.form == format!("exception-{id}");
    let sent = if is_ours { flash.clone() } else { Flash::default() };
    let is_open = sent.error().is_some();
    view! {
        <details open=is_open>
            <summary class="inline-flex min-h-11 items-center font-medium text-accent">
                {t("exception-resolve-ask")}
            </summary>
            <p>{t("exception-resolve-effect")}</p>
            <Said flash=sent.clone() />
            <form method="post" action=ResolveException::url() class="mt-2 grid gap-3">
                <Hidden name="id" value=id.clone() />
                <Reason
                    id=format!("note-{id}")
                    name="note"
                    label=t("exception-note")
                    value=sent.value("note")
                    problem=sent.problem("note")
                />
                <div>
                    <Button look=Look::Secondary>{t("exception-resolve")}</Button>
                </div>
            </form>
        </details>
    }
}
