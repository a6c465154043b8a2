//! A moment, as people read it and as machines do.

use chrono::SecondsFormat;
use domain::Time;
use leptos::prelude::*;

use crate::locale;

#[component]
pub fn Moment(at: Time) -> impl IntoView {
    let exact = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    view! {
        <time class="tabular-nums" datetime=exact>
            {locale::minute(at)}
        </time>
    }
}
