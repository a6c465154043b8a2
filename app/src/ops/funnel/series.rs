//! Step by step: claims and redemptions as lines, which are read off step by step, and everything as a
//! table.

use std::collections::BTreeMap;

use chrono::{DurationRound, TimeDelta};
use domain::Time;
use domain::calendar::Zone;
use domain::funnel::{Bucket, Step};
use leptos::prelude::*;

use super::asking::Asking;
use super::number;
use crate::context::engine;
use crate::locale::{day, minute, money, t, t_with};
use crate::ops::readout::Readout;
use crate::ui::table::{Head, NAME, NUMBER, Table};
use crate::ui::{Card, LINK};

/// The height of the picture, whose width is 100.
const HEIGHT: f64 = 40.0;

/// The id of what holds a row for each step.
const TABLE: &str = "series";

#[component]
pub fn Series(buckets: Vec<Bucket>, asking: Asking) -> impl IntoView {
    let step = asking.cut();
    let steps = steps(engine().settings().time_zone, &asking, buckets);
    let called = |at: Time| match step {
        Step::Hour => minute(at),
        Step::Day => day(at),
    };
    let title = match step {
        Step::Hour => t("funnel-by-hour"),
        Step::Day => t("funnel-by-day"),
    };
    let names: Vec<String> = steps.iter().map(|bucket| called(bucket.at)).collect();
    let rows = steps.iter().zip(&names).map(|(bucket, name)| row(bucket, name.clone()));
    let rows = rows.collect_view();
    let heads = [
        Head::Text(t("funnel-when")),
        Head::Number(t("stage-view")),
        Head::Number(t("stage-claim")),
        Head::Number(t("stage-lock")),
        Head::Number(t("stage-redeem")),
        Head::Number(t("stage-return")),
        Head::Number(t("funnel-turnover")),
        Head::Number(t("funnel-discount")),
        Head::Number(t("funnel-refunded")),
        Head::Number(t("funnel-net")),
    ];
    let (first, last) = (names.first().cloned(), names.last().cloned());
    let most = t_with("funnel-most", [("most", number(most(&steps)).into())]);
    let picture = picture(&steps, &names);
    view! {
        <Card title=title.clone()>
            <p class="text-sm text-muted tabular-nums">{most}</p>
            <Readout
                table=TABLE.to_owned()
                steps=steps.len()
                label=t("funnel-readout")
                hint=t("funnel-readout-hint")
            >
                {picture}
            </Readout>
            <p class="flex flex-wrap justify-between gap-x-3 text-sm text-muted tabular-nums">
                <span>{first}</span>
                <span>{last}</span>
            </p>
            <p class="mt-2 flex flex-wrap gap-4 text-sm">
                <span class="text-muted">"— " {t("stage-claim")}</span>
                <span class="text-accent">"— " {t("stage-redeem")}</span>
            </p>
            <details id=TABLE class="mt-2">
                <summary class=LINK>
                    {t("funnel-table")}
                </summary>
                <Table label=title heads=heads>
                    {rows}
                </Table>
            </details>
        </Card>
    }
}

/// Every step of the period, also where nothing happened.
fn steps(zone: Zone, asking: &Asking, buckets: Vec<Bucket>) -> Vec<Bucket> {
    let mut found: BTreeMap<Time, Bucket> =
        buckets.into_iter().map(|bucket| (bucket.at, bucket)).collect();
    let (mut at, end) =
        (zone.start_of(asking.first), zone.next_midnight(zone.start_of(asking.last)));
    // Hours are whole ones, which days of some zones do not begin with.
    if asking.cut() == Step::Hour {
        at = at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at);
    }
    let mut steps = Vec::new();
    while at < end {
        let empty = Bucket { at, stages: Default::default(), amounts: Default::default() };
        steps.push(found.remove(&at).unwrap_or(empty));
        at = match asking.cut() {
            Step::Hour => at + TimeDelta::hours(1),
            Step::Day => zone.next_midnight(at),
        };
    }
    steps
}

/// What the upper edge of the picture stands for; the lower one is zero.
fn most(steps: &[Bucket]) -> u64 {
    let most = steps.iter().map(|bucket| bucket.stages.claim.max(bucket.stages.redeem)).max();
    most.unwrap_or_default()
}

/// Lines over the whole width; a column of each step tells its numbers to whoever points at it where no
/// script runs.
fn picture(steps: &[Bucket], names: &[String]) -> impl IntoView + use<> {
    let most = most(steps).max(1);
    let width = 100.0 / steps.len().max(1) as f64;
    let line = |n: fn(&Bucket) -> u64| {
        let point = |(i, bucket): (usize, &Bucket)| {
            let (x, y) = (width * (i as f64 + 0.5), 1.0 - n(bucket) as f64 / most as f64);
            format!("{x:.2},{:.2}", 1.0 + y * (HEIGHT - 2.0))
        };
        steps.iter().enumerate().map(point).collect::<Vec<_>>().join(" ")
    };
    let column = |(i, bucket): (usize, &Bucket)| {
        let filled = [
            ("when", names[i].clone().into()),
            ("claims", number(bucket.stages.claim).into()),
            ("redeems", number(bucket.stages.redeem).into()),
        ];
        let said = t_with("funnel-point", filled);
        view! {
            <rect
                x=format!("{:.2}", width * i as f64)
                y="0"
                width=format!("{width:.2}")
                height=HEIGHT.to_string()
                fill="transparent"
            >
                <title>{said}</title>
            </rect>
        }
    };
    let claims = line(|bucket| bucket.stages.claim);
    let redeems = line(|bucket| bucket.stages.redeem);
    let columns = steps.iter().enumerate().map(column).collect_view();
    let label =
        t_with("funnel-picture", [("n", steps.len().into()), ("most", number(most).into())]);
    view! {
        <svg
            class="block h-40 w-full"
            viewBox=format!("0 0 100 {HEIGHT}")
            preserveAspectRatio="none"
            role="img"
            aria-label=label
        >
            <polyline
                class="text-muted"
                points=claims
                fill="none"
                stroke="currentColor"
                stroke-width="2"
                vector-effect="non-scaling-stroke"
            />
            <polyline
                class="text-accent"
                points=redeems
                fill="none"
                stroke="currentColor"
                stroke-width="2"
                vector-effect="non-scaling-stroke"
            />
            {columns}
        </svg>
    }
}

fn row(bucket: &Bucket, called: String) -> impl IntoView + use<> {
    let (stages, amounts) = (bucket.stages, bucket.amounts);
    let numbers = [stages.view, stages.claim, stages.lock, stages.redeem, stages.returned];
    let sums = [amounts.turnover, amounts.discount, amounts.refunded, amounts.net()];
    let cells = numbers.map(number).into_iter().chain(sums.map(money));
    let cell = |text: String| view! { <td class=NUMBER>{text}</td> };
    view! {
        <tr>
            <th scope="row" class=NAME>
                {called}
            </th>
            {cells.map(cell).collect_view()}
        </tr>
    }
}
