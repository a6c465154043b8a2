//! How far a grant is, kept up to date while it moves. Asleep it stands as it was when the page came.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};

use crate::server_fns::grants::{Progress, look_at_grant};

const LOOK: Duration = Duration::from_secs(2);

/// `label` names the bar. When the grant comes to stand elsewhere the page is asked for anew: what can
/// be done with it is another.
#[island]
pub fn GrantProgress(id: String, first: Progress, label: String, is_moving: bool) -> impl IntoView {
    let state = StoredValue::new(first.state.clone());
    let shown = RwSignal::new(first);
    let id = StoredValue::new(id);
    Effect::new(move |_| {
        if !is_moving {
            return;
        }
        let look = move || {
            spawn_local(async move {
                // What is shown still holds if nobody answers; it is asked again.
                let Ok(now) = look_at_grant(id.get_value()).await else { return };
                if now.state == state.get_value() {
                    shown.set(now);
                } else {
                    let _ = window().location().reload();
                }
            });
        };
        let _ =
            set_interval_with_handle(look, LOOK).map(|looking| on_cleanup(move || looking.clear()));
    });
    view! {
        <svg
            class="block h-3 w-full rounded-full"
            viewBox="0 0 100 4"
            preserveAspectRatio="none"
            role="progressbar"
            aria-label=label
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || shown.read().percent.to_string()
        >
            <rect class="fill-line" width="100" height="4" />
            <rect
                class="fill-accent"
                width=move || shown.read().percent.min(100).to_string()
                height="4"
            />
        </svg>
        <p class="mt-2 tabular-nums">{move || shown.read().said.clone()}</p>
    }
}
