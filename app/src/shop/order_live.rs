//! How long an order may still be paid, counting down.

use std::time::Duration;

use leptos::{
    prelude::*,
    web_sys::{Event, js_sys::Date},
};

/// `seconds` are left when the page is rendered. When none are, `children` take its place. Asleep,
/// the words beside it name the time.
#[island]
pub fn TimeLeft(seconds: u32, label: String, children: Children) -> impl IntoView {
    let left = RwSignal::new(seconds);
    let is_awake = RwSignal::new(false);
    Effect::new(move |_| {
        is_awake.set(true);
        let (start, start_by_date) = (monotonic(), Date::now());
        let tick = move || {
            // The steady clock may stand still while a machine sleeps: the one that went further holds.
            // If that is one that somebody set, the page that is asked for then knows better.
            let passed = (monotonic() - start).max(Date::now() - start_by_date) / 1000.0;
            left.set(seconds.saturating_sub(passed as u32));
        };
        let _ = set_interval_with_handle(tick, Duration::from_millis(500))
            .map(|ticking| on_cleanup(move || ticking.clear()));
    });
    let is_over = Memo::new(move |_| is_awake.get() && left.get() == 0);
    view! {
        <p
            class="flex items-baseline gap-2"
            class:hidden=move || !is_awake.get() || is_over.get()
        >
            <span class="text-muted">{label}</span>
            <span role="timer" class="text-2xl font-semibold tabular-nums">
                {move || written(left.get())}
            </span>
        </p>
        <div role="alert" class:hidden=move || !is_over.get()>
            {children()}
        </div>
    }
}

/// `29:41`, or `1:29:41` from an hour on.
fn written(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// Milliseconds by a clock that nobody can set: the one that stamps events.
fn monotonic() -> f64 {
    Event::new("tick").map_or(0.0, |event| event.time_stamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_written_as_on_a_stopwatch() {
        for (seconds, expected) in
            [(0, "0:00"), (9, "0:09"), (1781, "29:41"), (3600, "1:00:00"), (86_399, "23:59:59")]
        {
            assert_eq!(written(seconds), expected);
        }
    }
}
