//! The life of a coupon so far, as its shopper would tell it.

use domain::coupon::Kind;
use engine::wallet::Step;
use leptos::prelude::*;

use crate::{
    form::escaped,
    locale::{money, t, t_with},
    ui::{Card, Moment},
};

/// What happened last stands first.
pub(super) fn timeline(steps: &[Step]) -> impl IntoView + use<> {
    let newest = steps.len().saturating_sub(1);
    let one = |(i, step): (usize, &Step)| happened(step, i == newest, i == 0);
    let steps: Vec<_> = steps.iter().enumerate().rev().map(one).collect();
    view! {
        <div class="print:hidden">
            <Card id="history" title=t("wallet-history")>
                <ol class="ml-2">{steps}</ol>
            </Card>
        </div>
    }
}

fn happened(step: &Step, is_newest: bool, is_first: bool) -> impl IntoView + use<> {
    let order = step.order.as_ref().map(|order| {
        let page = format!("/orders/{}", escaped(order.as_str()));
        view! {
            {t("separator")}
            <a class="underline underline-offset-4" href=page>
                {t_with("coupon-order", [("order", order.to_string().into())])}
            </a>
        }
    });
    let line = (!is_first).then(|| view! { <span class=LINE aria-hidden="true"></span> });
    view! {
        <li class="relative pb-4 pl-6 last:pb-0">
            {line}
            <span class=if is_newest { DOT_NEWEST } else { DOT } aria-hidden="true"></span>
            <p class="text-sm text-muted">
                <Moment at=step.at />
            </p>
            <p class="break-words">{told(step)} {order}</p>
        </li>
    }
}

/// From the dot of one step to that of the step before it, which is drawn over its end.
const LINE: &str = class!("absolute top-2 -bottom-2 -left-0.5 border-l-2 border-line");
const DOT: &str =
    class!("absolute top-1 -left-2 h-3.5 w-3.5 rounded-full border-2 border-edge bg-surface");
const DOT_NEWEST: &str =
    class!("absolute top-1 -left-2 h-3.5 w-3.5 rounded-full border-2 border-accent bg-accent");

fn told(step: &Step) -> String {
    let amount = || [("amount", money(step.amount).into())];
    match step.kind {
        Kind::Claimed => t("step-claimed"),
        Kind::Granted => t("step-granted"),
        Kind::Locked => t("step-locked"),
        Kind::Released => t("step-released"),
        Kind::Lapsed => t("step-lapsed"),
        Kind::Redeemed => t_with("step-redeemed", amount()),
        Kind::Returned => t_with("step-returned", amount()),
        Kind::Restored => t("step-restored"),
        Kind::Expired => t("step-expired"),
        Kind::Revoked => t("step-revoked"),
        Kind::Held => t("step-held"),
        Kind::Freed => t("step-freed"),
    }
}
