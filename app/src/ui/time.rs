//! A moment, as people read it and as machines do.

use chrono::SecondsFormat;
use domain::Time;
use leptos::prelude::*;

use crate::locale;

/// `relative` says how far from now it is where that is near; the exact one is then its title.
#[component]
pub fn Moment(at: Time, #[prop(optional)] relative: bool) -> impl IntoView {
    let machine = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let exact = locale::minute(at);
    let near = relative.then(|| locale::from_now(at)).flatten();
    let title = near.is_some().then(|| exact.clone());
    view! {
        <time class="whitespace-nowrap tabular-nums" datetime=machine title=title>
            {near.unwrap_or(exact)}
        </time>
    }
}
