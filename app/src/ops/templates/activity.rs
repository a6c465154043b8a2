//! What happened to a template's coupons lately, in plain words.

use domain::Channel;
use domain::coupon::Kind;
use engine::templates::coupons::Happening;
use engine::wallet::Step;
use leptos::prelude::*;

use crate::locale::{self, money, t, t_with};
use crate::ops::coupons::page_of;
use crate::ui::{Card, Moment};

/// Happenings shown at once; the others are one press away.
const SHOWN_MAX: usize = 6;

#[component]
pub(super) fn Activity(mut happenings: Vec<Happening>) -> impl IntoView {
    if happenings.is_empty() {
        return view! {
            <Card title=t("activity-title")>
                <p class="text-muted">{t("activity-none")}</p>
            </Card>
        }
        .into_any();
    }
    let happening = |happening: Happening| {
        view! {
            <li class="py-2">
                <p class="break-words">{happened(&happening.step, happening.channel.as_ref())}</p>
                <p class="flex flex-wrap justify-between gap-x-3 text-sm text-muted">
                    <a
                        class="inline-flex min-h-6 items-center text-accent tabular-nums underline underline-offset-4"
                        href=page_of(happening.coupon)
                    >
                        {locale::code(happening.coupon)}
                    </a>
                    <Moment at=happening.step.at relative=true />
                </p>
            </li>
        }
    };
    let rest = happenings.split_off(happenings.len().min(SHOWN_MAX));
    let more = (!rest.is_empty()).then(|| {
        view! {
            <details>
                <summary class="inline-flex min-h-11 items-center text-accent">
                    {t_with("activity-more", [("n", rest.len().into())])}
                </summary>
                <ol class=ENTRIES>{rest.into_iter().map(happening).collect_view()}</ol>
            </details>
        }
    });
    view! {
        <Card title=t("activity-title")>
            <ol class=ENTRIES>{happenings.into_iter().map(happening).collect_view()}</ol>
            {more}
        </Card>
    }
    .into_any()
}

const ENTRIES: &str = class!("divide-y divide-y-reverse divide-line");

/// What happened to a coupon; `channel` is the one it was claimed by way of.
pub(in crate::ops) fn happened(step: &Step, channel: Option<&Channel>) -> String {
    let order = step.order.as_ref().map(ToString::to_string).unwrap_or_default();
    let of_order = |key: &str| t_with(key, [("order", order.clone().into())]);
    let with_amount = |key: &str| {
        t_with(key, [("order", order.clone().into()), ("amount", money(step.amount).into())])
    };
    match step.kind {
        Kind::Claimed => match channel {
            Some(channel) => {
                t_with("happened-claimed-via", [("channel", channel.to_string().into())])
            }
            None => t("happened-claimed"),
        },
        Kind::Granted => t("happened-granted"),
        Kind::Locked => of_order("happened-locked"),
        Kind::Released => of_order("happened-released"),
        Kind::Lapsed => of_order("happened-lapsed"),
        Kind::Redeemed => with_amount("happened-redeemed"),
        Kind::Returned => with_amount("happened-returned"),
        Kind::Restored => of_order("happened-restored"),
        Kind::Expired => t("happened-expired"),
        Kind::Revoked => t("happened-revoked"),
        Kind::Held => t("happened-held"),
        Kind::Freed => t("happened-freed"),
    }
}
