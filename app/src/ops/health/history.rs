//! What was alarming: when it fired, when it was well again, and how far it came.

use engine::alerts::{Alert, PAGE};
use leptos::prelude::*;

use super::{PATH, what};
use crate::locale::t;
use crate::ui::table::{CELL, Head, Table};
use crate::ui::{Card, Chip, LinkButton, Look, Moment, Size, Tone};

pub(super) fn part(alerts: Vec<Alert>, place: u64) -> AnyView {
    let link = |to: u64, key: &'static str| {
        view! {
            <LinkButton look=Look::Secondary size=Size::Small href=format!("{PATH}?page={to}#history")>
                {t(key)}
            </LinkButton>
        }
    };
    let newer = (place > 1).then(|| link(place - 1, "pager-previous"));
    let older = (alerts.len() as u64 == PAGE).then(|| link(place + 1, "pager-next"));
    let list = if alerts.is_empty() {
        view! { <p class="text-muted">{t("alerts-history-none")}</p> }.into_any()
    } else {
        let rows = alerts.iter().map(row).collect_view();
        let heads = ["alert-what", "alert-fired", "alert-ended"].map(|key| Head::Text(t(key)));
        view! {
            <Table label=t("alerts-history") heads=heads>
                {rows}
            </Table>
        }
        .into_any()
    };
    let has_more = newer.is_some() || older.is_some();
    let turns = has_more.then(|| {
        view! { <div class="mt-3 flex flex-wrap gap-2">{newer} {older}</div> }
    });
    view! {
        <Card id="history" title=t("alerts-history")>
            {list}
            {turns}
        </Card>
    }
    .into_any()
}

fn row(alert: &Alert) -> impl IntoView + use<> {
    let ended = match alert.ended_at {
        Some(at) => view! { <Moment at=at /> }.into_any(),
        None => view! { <Chip tone=Tone::Danger>{t("alert-still")}</Chip> }.into_any(),
    };
    view! {
        <tr>
            <td class=CELL>{what(alert)}</td>
            <td class=CELL>
                <Moment at=alert.fired_at />
            </td>
            <td class=CELL>{ended}</td>
        </tr>
    }
}
