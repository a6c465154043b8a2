//! Keeps in the browser what is typed and not yet saved, and offers it when one comes back.

use std::time::Duration;

use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{self, js_sys};
use serde::{Deserialize, Serialize};

use super::{FORM_ID, dom};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct KeptWords {
    /// With `{at}` for the time.
    pub offer: String,
    /// Said besides where another revision was saved since.
    pub stale: String,
    /// The shop's time zone, in which times are told.
    pub zone: String,
    pub restore: String,
    pub discard: String,
}

/// Fields of the form that are not typed.
const CARRIED: [&str; 3] = ["id", "key", "revision"];

const OFFER_ID: &str = "kept";

/// The first field, which has the focus once the offer that had it is gone.
const FIRST_ID: &str = "name";

/// How long nobody types before it is kept; as the page is left it is at once.
const PAUSE: Duration = Duration::from_millis(300);

/// What is kept: when it was typed, in milliseconds; the key of its form; and its fields.
#[derive(Clone, Debug, PartialEq)]
struct Kept {
    at: f64,
    key: String,
    fields: String,
}

impl Kept {
    /// As lines: an address-encoded form holds no line breaks.
    fn write(&self) -> String {
        format!("{}\n{}\n{}", self.at, self.key, self.fields)
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (at, key, fields) = (lines.next()?, lines.next()?, lines.next()?);
        Some(Self { at: at.parse().ok()?, key: key.to_owned(), fields: fields.to_owned() })
    }

    /// What is in the form now.
    fn now() -> Option<Self> {
        let fields = params()?;
        let key = fields.get("key").unwrap_or_default();
        Some(Self { at: js_sys::Date::now(), key, fields: text_of(&fields) })
    }

    fn params(&self) -> Option<web_sys::UrlSearchParams> {
        web_sys::UrlSearchParams::new_with_str(&self.fields).ok()
    }

    /// The fields that were typed, to be compared.
    fn typed(&self) -> Option<String> {
        let params = self.params()?;
        CARRIED.iter().for_each(|field| params.delete(field));
        Some(text_of(&params))
    }

    fn revision(&self) -> Option<String> {
        self.params()?.get("revision")
    }
}

fn text_of(params: &web_sys::UrlSearchParams) -> String {
    params.to_string().as_string().unwrap_or_default()
}

fn params() -> Option<web_sys::UrlSearchParams> {
    let data = web_sys::FormData::new_with_form(&dom::form(FORM_ID)?).ok()?;
    web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data).ok()
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// `place` names what is edited, and by whom; `saved` are the keys of forms saved lately;
/// `is_answer` says that what the form holds was sent and refused.
#[island]
pub fn KeptDraft(
    place: String,
    saved: Vec<String>,
    is_answer: bool,
    words: KeptWords,
) -> impl IntoView {
    let offered = RwSignal::new(None::<Kept>);
    let (place, words) = (StoredValue::new(place), StoredValue::new(words));
    let keep = move || {
        if let (Some(storage), Some(now)) = (storage(), Kept::now()) {
            let _ = storage.set_item(&place.get_value(), &now.write());
        }
    };
    let forget = move || {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(&place.get_value());
        }
    };
    Effect::new(move |_| {
        let found = storage().and_then(|storage| storage.get_item(&place.get_value()).ok()?);
        let found = found.as_deref().and_then(Kept::read);
        let is_saved = |kept: &Kept| saved.contains(&kept.key);
        let is_here = |kept: &Kept| kept.typed() == Kept::now().and_then(|now| now.typed());
        match found {
            _ if is_answer => keep(),
            Some(kept) if is_saved(&kept) => forget(),
            Some(kept) if !is_here(&kept) => {
                offered.set(Some(kept));
                // Coming back by the browser's own button leads to where one was, below the offer.
                request_animation_frame(|| {
                    if let Some(offer) = document().get_element_by_id(OFFER_ID) {
                        offer.scroll_into_view();
                    }
                });
            }
            _ => {}
        }
        let (typed, is_kept) = (StoredValue::new(0_u32), StoredValue::new(true));
        dom::on_input(FORM_ID, move |_| {
            typed.update_value(|typed| *typed += 1);
            is_kept.set_value(false);
            let mine = typed.get_value();
            let pause = move || {
                if typed.try_get_value() == Some(mine) {
                    keep();
                    is_kept.set_value(true);
                }
            };
            set_timeout(pause, PAUSE);
        });
        dom::on_leaving(move || {
            if !is_kept.get_value() {
                keep();
            }
        });
    });
    let restore = move |_| {
        if let Some(kept) = offered.get_untracked() {
            fill(&kept);
            // From here on it belongs to this form, however soon that is saved.
            keep();
            offered.set(None);
            dom::focus(FIRST_ID);
        }
    };
    let discard = move |_| {
        forget();
        offered.set(None);
        dom::focus(FIRST_ID);
    };
    let offer = move |kept: Kept| {
        let words = words.get_value();
        let carried = params().and_then(|params| params.get("revision"));
        let is_stale = kept.revision() != carried;
        view! {
            <div id=OFFER_ID role="status" class="scroll-mt-4 rounded-lg border border-accent bg-accent-soft px-4 py-3">
                <p class="font-medium">{words.offer.replace("{at}", &moment(kept.at, &words.zone))}</p>
                {is_stale.then_some(view! { <p class="mt-1">{words.stale}</p> })}
                <p class="mt-2 flex flex-wrap gap-2">
                    <button type="button" class=RESTORE on:click=restore>
                        {words.restore}
                    </button>
                    <button type="button" class=DISCARD on:click=discard>
                        {words.discard}
                    </button>
                </p>
            </div>
        }
    };
    view! { {move || offered.get().map(offer)} }
}

const RESTORE: &str = class!(
    "inline-flex min-h-11 items-center rounded-lg bg-accent px-4 font-medium text-on-accent"
);
const DISCARD: &str = class!(
    "inline-flex min-h-11 items-center rounded-lg border border-edge bg-surface px-4 font-medium hover:bg-sunken"
);

/// `12:31` as the shop's clocks show, with the day where it is another.
fn moment(at: f64, zone: &str) -> String {
    let zone = js_sys::JSON::parse(&format!("{{\"timeZone\":\"{zone}\"}}"));
    let zone = zone.unwrap_or(JsValue::UNDEFINED);
    // Swedes write `2026-11-27 12:31:00`.
    let shown = |date: js_sys::Date| String::from(date.to_locale_string("sv-SE", &zone));
    let (at, now) =
        (shown(js_sys::Date::new(&JsValue::from_f64(at))), shown(js_sys::Date::new_0()));
    let (day, time) = at.split_once(' ').unwrap_or((&at, ""));
    let time = time.get(..5).unwrap_or(time);
    if now.starts_with(day) { time.to_owned() } else { format!("{day} {time}") }
}

/// Types it all in again. The revision comes along: saving over another one is still noticed.
fn fill(kept: &Kept) {
    let (Some(form), Some(params)) = (dom::form(FORM_ID), kept.params()) else { return };
    for control in dom::all::<web_sys::Element>(&form, "input[name], textarea[name]") {
        if let Some(area) = control.dyn_ref::<web_sys::HtmlTextAreaElement>() {
            area.set_value(&params.get(&area.name()).unwrap_or_default());
        }
        let Some(input) = control.dyn_ref::<web_sys::HtmlInputElement>() else { continue };
        match input.type_().as_str() {
            "checkbox" | "radio" => {
                let value = JsValue::from_str(&input.value());
                input.set_checked(params.get_all(&input.name()).includes(&value, 0));
            }
            _ if input.name() == "key" => {}
            _ => input.set_value(&params.get(&input.name()).unwrap_or_default()),
        }
    }
    dom::say_typed(&form);
}
