//! The page around the islands: the form that is typed into, and what follows it outside of them.

use leptos::form::FromFormData;
use leptos::wasm_bindgen::JsCast;
use leptos::{ev, prelude::*, web_sys};
use serde::Deserialize;

use crate::ops::draft_form::DraftForm;

/// The draft within the whole form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    draft: DraftForm,
}

pub(super) fn form(id: &str) -> Option<web_sys::HtmlFormElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Tells what is in the form, now (browsers may have restored what was typed before) and whenever
/// something is typed into it.
pub(super) fn listen(id: &'static str, tell: impl Fn(DraftForm) + 'static) {
    tell_of(id, &tell);
    on_input(id, move |target| {
        settle_marks(&target);
        tell_of(id, &tell);
    });
}

fn tell_of(id: &str, tell: &impl Fn(DraftForm)) {
    let data = form(id).and_then(|form| web_sys::FormData::new_with_form(&form).ok());
    if let Some(sent) = data.and_then(|data| Sent::from_form_data(&data).ok()) {
        tell(sent.draft);
    }
}

/// Calls back with the control whenever something is typed into the form, until the owner is gone.
pub(super) fn on_input(id: &'static str, call: impl Fn(web_sys::Element) + 'static) {
    let listener = window_event_listener(ev::input, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let within = |target: &web_sys::Element| {
            target.closest(&format!("#{id}")).is_ok_and(|form| form.is_some())
        };
        if let Some(target) = target.filter(within) {
            call(target);
        }
    });
    on_cleanup(move || listener.remove());
}

/// Calls back as the page is left, until the owner is gone.
pub(super) fn on_leaving(call: impl Fn() + 'static) {
    let listener = window_event_listener(ev::pagehide, move |_| call());
    on_cleanup(move || listener.remove());
}

/// Of the two marks of a category the one just set takes the other away.
fn settle_marks(target: &web_sys::Element) {
    let Some(set) = target.dyn_ref::<web_sys::HtmlInputElement>().filter(|input| input.checked())
    else {
        return;
    };
    let Ok(Some(marks)) = set.closest("[data-marks]") else { return };
    for other in all::<web_sys::HtmlInputElement>(&marks, "input") {
        if !other.is_same_node(Some(set)) {
            other.set_checked(false);
        }
    }
}

/// Everything below a node that the selector finds.
pub(in crate::ops) fn all<T: JsCast>(below: &web_sys::Element, selector: &str) -> Vec<T> {
    let Ok(found) = below.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|i| found.item(i)?.dyn_into().ok()).collect()
}

pub(super) fn set_text(id: &str, text: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.set_text_content(Some(text));
    }
}

pub(super) fn set_hidden(id: &str, is_hidden: bool) {
    if let Some(element) = document().get_element_by_id(id) {
        let _ = element.toggle_attribute_with_force("hidden", is_hidden);
    }
}

/// Says whether a control is wrong, where it was called wrong before.
pub(super) fn set_invalid(id: &str, is_wrong: bool) {
    let control = document().get_element_by_id(id);
    if let Some(control) = control.filter(|control| control.has_attribute("aria-invalid")) {
        let _ = control.set_attribute("aria-invalid", if is_wrong { "true" } else { "false" });
    }
}

/// Whether a field holds something else than it did when the page came.
pub(super) fn is_changed(id: &str) -> bool {
    let Some(field) = document().get_element_by_id(id) else { return false };
    let within = all::<web_sys::Element>(&field, "input, textarea");
    within.iter().chain([&field]).any(differs)
}

fn differs(control: &web_sys::Element) -> bool {
    if let Some(area) = control.dyn_ref::<web_sys::HtmlTextAreaElement>() {
        return area.default_value().is_ok_and(|sent| area.value() != sent);
    }
    let Some(input) = control.dyn_ref::<web_sys::HtmlInputElement>() else { return false };
    input.value() != input.default_value() || input.checked() != input.default_checked()
}

pub(super) fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

pub(super) fn is_there(selector: &str) -> bool {
    document().query_selector(selector).is_ok_and(|found| found.is_some())
}

pub(super) fn is_ticked(id: &str) -> bool {
    let input = document().get_element_by_id(id);
    input
        .and_then(|input| input.dyn_into::<web_sys::HtmlInputElement>().ok())
        .is_some_and(|input| input.checked())
}

/// Says that something was typed, for what a script has changed.
pub(super) fn say_typed(target: &web_sys::EventTarget) {
    let event = web_sys::EventInit::new();
    event.set_bubbles(true);
    if let Ok(event) = web_sys::Event::new_with_event_init_dict("input", &event) {
        let _ = target.dispatch_event(&event);
    }
}
