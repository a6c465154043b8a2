//! Counts down to an opening by the server's clock: how far off it was came with the page, and what
//! has passed since is taken from the browser's steady clock, never from the time a phone shows.

use std::time::Duration;

use leptos::{
    prelude::*,
    wasm_bindgen::{JsCast, JsValue},
    web_sys::js_sys::{Array, Date, Function, Reflect},
};

const TICK: Duration = Duration::from_millis(500);
/// Nearer than this it is counted; until then a date says more.
const COUNTED: f64 = 24.0 * 3600.0 * 1000.0;
/// The steady clock may stand still while a machine sleeps. If it falls behind the other one by more
/// than this, the server is asked again; no more often than `ASKED_EVERY`.
const DRIFT: f64 = 3_000.0;
const ASKED_EVERY: f64 = 10_000.0;

/// Follows `opening`, in milliseconds from when it was told, and shows in `left` what is left of it,
/// once that is less than a day. Calls `reached` at its end, and `doubted` when the browser's clock
/// cannot be trusted any more.
pub(super) fn count_down(
    opening: Signal<Option<u64>>,
    left: RwSignal<Option<String>>,
    reached: impl Fn() + Copy + 'static,
    doubted: impl Fn() + Copy + 'static,
) {
    Effect::new(move |before: Option<Option<IntervalHandle>>| {
        let is_first = before.is_none();
        if let Some(handle) = before.flatten() {
            handle.clear();
        }
        left.set(None);
        let millis = opening.get()?;
        // What came with the page was true when the page did, not when this woke.
        let told_at = if is_first { page_came_at() } else { steady() };
        if is_first && is_from_history() {
            doubted();
        }
        let ends_at = told_at + millis as f64;
        let (offset, asked_at) = (Date::now() - steady(), StoredValue::new(f64::MIN));
        let tick = move || {
            let (now, left_over) = (steady(), ends_at - steady());
            if (Date::now() - now - offset).abs() > DRIFT
                && now - asked_at.get_value() > ASKED_EVERY
            {
                asked_at.set_value(now);
                doubted();
            }
            if left_over <= 0.0 {
                reached();
            } else if left_over < COUNTED {
                left.set(Some(written(left_over)));
            }
        };
        tick();
        set_interval_with_handle(tick, TICK).ok()
    });
}

/// `02:14:09`, a begun second counting whole.
fn written(millis: f64) -> String {
    let seconds = (millis / 1000.0).ceil() as u64;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Milliseconds since the browser asked for this page.
fn steady() -> f64 {
    let now = || {
        let clock = performance()?;
        let now: Function = field(&clock, "now")?.dyn_into().ok()?;
        now.call0(&clock).ok()?.as_f64()
    };
    now().unwrap_or_default()
}

/// When this page's answer came, by the same clock.
fn page_came_at() -> f64 {
    navigation().and_then(|entry| field(&entry, "responseStart")?.as_f64()).unwrap_or_default()
}

/// Whether the page may be an old one, taken from the browser's memory.
fn is_from_history() -> bool {
    let kind = navigation().and_then(|entry| field(&entry, "type")?.as_string());
    kind.as_deref() == Some("back_forward")
}

fn navigation() -> Option<JsValue> {
    let clock = performance()?;
    let entries: Function = field(&clock, "getEntriesByType")?.dyn_into().ok()?;
    let entries = entries.call1(&clock, &JsValue::from_str("navigation")).ok()?;
    Some(entries.dyn_into::<Array>().ok()?.get(0)).filter(JsValue::is_object)
}

fn performance() -> Option<JsValue> {
    field(&window(), "performance")
}

fn field(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &JsValue::from_str(name)).ok()
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn a_begun_second_counts_whole() {
        for (millis, expected) in [
            (1.0, "00:00:01"),
            (1_000.0, "00:00:01"),
            (59_001.0, "00:01:00"),
            (8_049_000.0, "02:14:09"),
            (86_399_999.0, "24:00:00"),
        ] {
            assert_eq!(written(millis), expected);
        }
    }
}
