//! How requests went at this node: what failed, and how long it took.

use leptos::prelude::*;

use crate::context::{Answered, NO_ROUTE};
use crate::locale::{t, t_with};
use crate::ops::templates::count;
use crate::ui::table::{CALLED, Head, NUMBER, Table};
use crate::ui::{Card, Stat};

pub(super) fn part(routes: &[Answered]) -> AnyView {
    if routes.is_empty() {
        return view! {
            <Card title=t("answers-title")>
                <p class="text-muted">{t("answers-none")}</p>
            </Card>
        }
        .into_any();
    }
    let (requests, failed) = routes.iter().fold((0, 0), |(requests, failed), route| {
        (requests + route.requests, failed + route.failed)
    });
    let heads = [
        Head::Text(t("answers-route")),
        Head::Number(t("answers-requests")),
        Head::Number(t("answers-well")),
        Head::Number(t("answers-half")),
        Head::Number(t("answers-most")),
        Head::Number(t("answers-nearly-all")),
    ];
    let rows = routes.iter().map(row).collect_view();
    view! {
        <Card id="answers" title=t("answers-title")>
            <p class="max-w-prose text-muted">{t("answers-lead")}</p>
            <div class="my-3 grid grid-cols-2 gap-4">
                <Stat label=t("answers-well") value=part_of(requests - failed, requests) />
                <Stat label=t("answers-failed") value=count(failed) />
            </div>
            <Table label=t("answers-title") heads=heads>
                {rows}
            </Table>
        </Card>
    }
    .into_any()
}

fn row(route: &Answered) -> impl IntoView + use<> {
    let Answered { requests, failed, half_within, most_within, nearly_all_within, .. } = route;
    let numbers = [
        count(*requests),
        part_of(requests - failed, *requests),
        within(*half_within),
        within(*most_within),
        within(*nearly_all_within),
    ];
    view! {
        <tr>
            <th scope="row" class=CALLED>
                {called(&route.route)}
            </th>
            {numbers.map(cell).collect_view()}
        </tr>
    }
}

/// What no route is for goes by a word.
fn called(route: &str) -> AnyView {
    match route {
        NO_ROUTE => t("answers-no-route").into_any(),
        route => view! { <code class="text-sm break-all">{route.to_owned()}</code> }.into_any(),
    }
}

/// A time is not torn from its unit.
fn cell(text: String) -> impl IntoView {
    view! {
        <td class=NUMBER>
            <span class="whitespace-nowrap">{text}</span>
        </td>
    }
}

/// `99.98%`, never rounded up to a hundred.
pub(super) fn part_of(part: u64, whole: u64) -> String {
    let hundredths = u128::from(part) * 10_000 / u128::from(whole.max(1));
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    let text = if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:02}") };
    t_with("answers-percent", [("text", text.into())])
}

/// `2.5 ms`; what took longer than anything that is told apart says so.
fn within(seconds: Option<f64>) -> String {
    match seconds {
        Some(seconds) if seconds < 1.0 => {
            let text = format!("{:.1}", seconds * 1_000.0);
            let text = text.trim_end_matches(".0").to_owned();
            t_with("answers-milliseconds", [("text", text.into())])
        }
        Some(seconds) => t_with("answers-seconds", [("text", seconds.to_string().into())]),
        None => t("answers-longer"),
    }
}
