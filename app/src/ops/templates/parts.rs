//! A template's funnel by channel and by revision, in short: each leads to the page that tells more.

use domain::Channel;
use domain::funnel::Funnel;
use engine::channels::Named;
use engine::funnel::{PARTS_MAX, Split};
use leptos::prelude::*;

use crate::locale::{money, t, t_with};
use crate::ops::funnel::asking::{Asking, PATH};
use crate::ops::funnel::{between, called, number, or_dash, percent};
use crate::ui::Card;
use crate::ui::table::{Head, Table, row};

/// Nothing where no channel and no second revision is told apart. `asking` is of the template and of
/// these days.
#[component]
pub(super) fn Parts(
    channels: Split<Option<Channel>>,
    revisions: Split<u32>,
    named: Vec<Named>,
    asking: Asking,
) -> impl IntoView {
    let has_channel = channels.parts.iter().any(|(channel, _)| channel.is_some());
    let by_channel = has_channel.then(|| {
        let rows = channels.parts.iter().map(|(channel, funnel)| match channel {
            Some(channel) => {
                let to = Asking { channel: Some(channel.clone()), ..asking.clone() };
                part(called(channel, &named), Some(to.write(PATH)), funnel)
            }
            // There is no funnel of what came through none.
            None => part(t("parts-no-channel"), None, funnel),
        });
        let rows = rows.collect_view().into_any();
        table("parts-by-channel", "funnel-channel", rows, channels.has_more)
    });
    let by_revision = (revisions.parts.len() > 1).then(|| {
        let rows = revisions.parts.iter().map(|(revision, funnel)| {
            let to = Asking { revision: Some(*revision), ..asking.clone() };
            let name = t_with("funnel-revision", [("n", (*revision).into())]);
            part(name, Some(to.write(PATH)), funnel)
        });
        let rows = rows.collect_view().into_any();
        table("parts-by-revision", "parts-revision", rows, revisions.has_more)
    });
    (by_channel.is_some() || by_revision.is_some()).then(|| {
        view! {
            <Card id="parts" title=t("parts-title")>
                <p class="mb-3 text-sm text-muted">{between(&asking)}</p>
                <div class="grid grid-cols-1 gap-4">{by_channel} {by_revision}</div>
            </Card>
        }
    })
}

fn table(title: &str, first: &str, rows: AnyView, has_more: bool) -> impl IntoView + use<> {
    let heads = [
        Head::Text(t(first)),
        Head::Number(t("stage-claim")),
        Head::Number(t("stage-redeem")),
        Head::Number(t("funnel-conversion")),
        Head::Number(t("funnel-discount")),
        Head::Number(t("funnel-net")),
    ];
    let more = has_more.then(|| t_with("parts-more", [("n", PARTS_MAX.into())]));
    view! {
        <div class="min-w-0">
            <Table label=t(title) heads=heads shows_label=true>
                {rows}
            </Table>
            {more.map(|more| view! { <p class="mt-2 text-sm text-muted">{more}</p> })}
        </div>
    }
}

fn part(name: String, href: Option<String>, funnel: &Funnel) -> impl IntoView + use<> {
    let (stages, amounts) = (funnel.stages, funnel.amounts);
    let cells = [
        number(stages.claim),
        number(stages.redeem),
        or_dash(funnel.rates().redeem_per_claim.map(percent)),
        money(amounts.discount),
        money(amounts.net()),
    ];
    row(name, href, cells)
}
