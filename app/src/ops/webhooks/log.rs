//! What an endpoint was told, what it answered, and when it is told again.

use domain::{DeliveryId, WebhookId};
use engine::webhooks::{Delivery, Show, State};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::topic_name;
use crate::locale::{t, t_with};
use crate::server_fns::webhooks::ReplayDelivery;
use crate::ui::{Button, Card, Chip, ChipLink, Hidden, LinkButton, Look, Moment, Size, Tone};

#[component]
pub(super) fn Log(
    webhook: WebhookId,
    deliveries: Vec<Delivery>,
    show: Show,
    is_first: bool,
    next: Option<DeliveryId>,
    may_replay: bool,
) -> impl IntoView {
    let page = format!("/ops/webhooks/{webhook}");
    let (all, failed) = (page.clone(), format!("{page}?show=failed"));
    let entries = if deliveries.is_empty() {
        let key = match show {
            Show::All => "deliveries-none",
            Show::Failed => "deliveries-none-failed",
        };
        view! { <p class="text-muted">{t(key)}</p> }.into_any()
    } else {
        let entry = |delivery| entry(delivery, may_replay);
        view! { <ol class=ENTRIES>{deliveries.into_iter().map(entry).collect_view()}</ol> }
            .into_any()
    };
    let has_turns = !is_first || next.is_some();
    let start = (!is_first).then(|| {
        let href = if show == Show::Failed { failed.clone() } else { all.clone() };
        turn(href, "deliveries-newest")
    });
    let older = next.map(|next| {
        let narrowed = if show == Show::Failed { "show=failed&" } else { "" };
        turn(format!("{page}?{narrowed}before={next}"), "deliveries-older")
    });
    view! {
        <Card id="log" title=t("deliveries-title")>
            <div class="mb-3 flex flex-wrap gap-2">
                <ChipLink href=all is_here=show == Show::All>
                    {t("deliveries-all")}
                </ChipLink>
                <ChipLink href=failed is_here=show == Show::Failed>
                    {t("deliveries-failed")}
                </ChipLink>
            </div>
            {entries}
            {has_turns
                .then(|| view! { <div class="mt-4 flex flex-wrap gap-2">{start} {older}</div> })}
        </Card>
    }
}

const ENTRIES: &str = class!("divide-y divide-y-reverse divide-line");
const TEXT: &str =
    class!("mt-1 rounded-lg bg-sunken px-3 py-2 font-mono text-sm break-all whitespace-pre-wrap");

fn turn(href: String, key: &'static str) -> impl IntoView {
    view! {
        <LinkButton look=Look::Secondary size=Size::Small href=href>
            {t(key)}
        </LinkButton>
    }
}

fn entry(delivery: Delivery, may_replay: bool) -> impl IntoView {
    let name = topic_name(&delivery.topic);
    let (tone, key) = match (delivery.state, delivery.attempts) {
        (State::Delivered, _) => (Tone::Ok, "delivery-delivered"),
        (State::Dead, _) => (Tone::Danger, "delivery-dead"),
        (State::Waiting, 0) => (Tone::Neutral, "delivery-waiting"),
        (State::Waiting, _) => (Tone::Warn, "delivery-failed"),
    };
    let next = delivery.due_at.map(|at| {
        view! {
            <span>
                {t("delivery-next")} " " <Moment at=at relative=true />
            </span>
        }
    });
    let answer = delivery.answer.clone().map(|answer| {
        view! {
            <p class="mt-3 text-sm font-medium">{t("delivery-answer")}</p>
            <p class=TEXT dir="auto">
                {answer}
            </p>
        }
    });
    let replay = (may_replay && delivery.attempts > 0).then(|| {
        let label = t_with("delivery-replay-this", [("topic", name.clone().into())]);
        view! {
            <form method="post" action=ReplayDelivery::url()>
                <Hidden name="delivery" value=delivery.id.to_string() />
                <Button look=Look::Secondary size=Size::Small label=label>
                    {t("delivery-replay")}
                </Button>
            </form>
        }
    });
    view! {
        <li class="py-3">
            <div class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
                <p class="min-w-0">
                    <span class="font-medium">{name}</span>
                    " "
                    <Chip tone=tone>{t(key)}</Chip>
                </p>
                {replay}
            </div>
            <p class="mt-1 flex flex-wrap gap-x-4 text-sm text-muted tabular-nums">
                <Moment at=delivery.created_at relative=true />
                {outcome(&delivery)}
                {next}
            </p>
            <details>
                <summary class="inline-flex min-h-11 items-center text-sm text-accent">
                    {t("delivery-content")}
                </summary>
                <p class=TEXT dir="ltr">
                    {delivery.body.clone()}
                </p>
                {answer}
            </details>
        </li>
    }
}

/// How often it was tried, and what came of the last time.
fn outcome(delivery: &Delivery) -> Option<impl IntoView + use<>> {
    if delivery.attempts == 0 {
        return None;
    }
    let tries = t_with("delivery-tries", [("n", delivery.attempts.into())]);
    let problem = delivery.problem.as_deref().map(|problem| match problem {
        "timed_out" => t("delivery-timed-out"),
        "private_address" => t("delivery-private-address"),
        "unknown_host" => t("delivery-unknown-host"),
        _ => t("delivery-unreachable"),
    });
    let status = delivery
        .status
        .map(|status| t_with("delivery-status", [("status", status.to_string().into())]));
    Some(view! {
        <span>{tries}</span>
        <span>{problem.or(status)}</span>
    })
}
