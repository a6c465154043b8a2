//! What is wrong with a field, judged anew while it is put right. The server has written it beside the
//! field; what a browser cannot judge stays until the field itself is changed.

use leptos::web_sys;

use super::reading::Wrong;
use super::{FORM_ID, dom};

/// `sent` is what a browser finds wrong with the form as it was sent, `now` with the form as it is.
pub(super) fn judge(sent: &[Wrong], now: &[Wrong]) {
    let Some(form) = dom::form(FORM_ID) else { return };
    for place in dom::all::<web_sys::Element>(&form, "[id$='-problem']") {
        let id = place.id();
        let Some(field) = id.strip_suffix("-problem") else { continue };
        // Of several the server shows the last.
        let wrong = now.iter().rfind(|wrong| wrong.field == field);
        let is_known = sent.iter().chain(wrong).any(|wrong| wrong.field == field);
        if is_known || dom::is_changed(field) {
            dom::set_text(&id, wrong.map_or("", |wrong| wrong.sentence.as_str()));
            dom::set_hidden(&id, wrong.is_none());
            dom::set_invalid(field, wrong.is_some());
        }
    }
}
