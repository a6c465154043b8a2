//! How long ago something was, with the exact minute on hover.

use chrono::{SecondsFormat, TimeDelta};
use domain::Time;
use leptos::prelude::*;

use crate::context::engine;
use crate::locale::{self, t_with};

#[component]
pub(super) fn Ago(at: Time) -> impl IntoView {
    let exact = locale::minute(at);
    let said = ago(engine().now() - at);
    let text = said.map_or_else(|| exact.clone(), |(key, n)| t_with(key, [("n", n.into())]));
    view! {
        <time
            class="tabular-nums"
            datetime=at.to_rfc3339_opts(SecondsFormat::Secs, true)
            title=exact
        >
            {text}
        </time>
    }
}

/// The message and its number; none where the date says more.
fn ago(past: TimeDelta) -> Option<(&'static str, i64)> {
    match past.num_minutes() {
        ..1 => Some(("since-now", 0)),
        minutes @ 1..60 => Some(("since-minutes", minutes)),
        minutes @ 60..1_440 => Some(("since-hours", minutes / 60)),
        minutes @ 1_440..10_080 => Some(("since-days", minutes / 1_440)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_told_by_its_distance() {
        for (seconds, expected) in [
            (-5, Some(("since-now", 0))),
            (59, Some(("since-now", 0))),
            (60, Some(("since-minutes", 1))),
            (7_199, Some(("since-hours", 1))),
            (86_400, Some(("since-days", 1))),
            (7 * 86_400, None),
        ] {
            assert_eq!(ago(TimeDelta::seconds(seconds)), expected, "{seconds}");
        }
    }
}
