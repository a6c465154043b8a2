//! Counts down to an opening by the server's clock: how far off it was came with the page, and what
//! has passed since is taken from the browser's steady clock, never from the time a phone shows.

use std::time::Duration;

use leptos::{
    html,
    prelude::*,
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{
        Element,
        js_sys::{Array, Date, Function, Reflect},
    },
};

use super::claim_live::find;

const TICK: Duration = Duration::from_millis(500);
/// Nearer than this it is counted; until then a date says more.
const COUNTED: f64 = 24.0 * 3600.0 * 1000.0;
/// The steady clock may stand still while a machine sleeps. If it falls behind the other one by more
/// than this, the server is asked again; no more often than `ASKED_EVERY`.
const DRIFT: f64 = 3_000.0;
const ASKED_EVERY: f64 = 10_000.0;

/// Keeps what stands in `zone` up to date: an element with `data-millis`, how far off its opening was
/// when it was drawn, has a timer in it and beside it what is there once it has opened. Calls
/// `doubted` when the browser's clock cannot be trusted, so that somebody draws it anew.
pub(super) fn count_down(zone: NodeRef<html::Div>, doubted: impl Fn() + Copy + 'static) {
    Effect::new(move || {
        let waiting = move || find(&*zone.get_untracked()?, "[data-millis]");
        let Some(first) = waiting() else { return };
        if is_from_history() {
            doubted();
        }
        // What came with the page was true when the page did, not when this woke.
        let drawn = StoredValue::new_local((first.clone(), page_came_at()));
        let (offset, asked_at) = (StoredValue::new(Date::now() - steady()), StoredValue::new(0.0));
        let tick = move || {
            let (Some(waiting), now) = (waiting(), steady()) else { return };
            if drawn.with_value(|(element, _)| *element != waiting) {
                drawn.set_value((waiting.clone(), now));
                offset.set_value(Date::now() - now);
            }
            let has_drifted = (Date::now() - now - offset.get_value()).abs() > DRIFT;
            if has_drifted && now - asked_at.get_value() > ASKED_EVERY {
                asked_at.set_value(now);
                doubted();
            }
            let millis = waiting.get_attribute("data-millis").and_then(|n| n.parse::<u32>().ok());
            let drawn_at = drawn.with_value(|(_, at)| *at);
            if let Some(millis) = millis {
                show(&waiting, drawn_at + f64::from(millis) - now);
            }
        };
        tick();
        let _ = set_interval_with_handle(tick, TICK);
    });
}

/// What is left, or that it has opened: the server still judges who presses.
fn show(waiting: &Element, left: f64) {
    if left > 0.0 {
        if let Some(timer) = find(waiting, "[role=timer]").filter(|_| left < COUNTED) {
            let words = timer.get_attribute("data-words").unwrap_or_default();
            timer.set_text_content(Some(&words.replace("{left}", &written(left))));
        }
    } else {
        let _ = waiting.remove_attribute("data-millis");
        let _ = waiting.set_attribute("hidden", "");
        if let Some(open) = waiting.next_element_sibling() {
            let _ = open.remove_attribute("hidden");
        }
    }
}

/// `02:14:09`, a begun second counting whole.
fn written(millis: f64) -> String {
    let seconds = (millis / 1000.0).ceil() as u32;
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
