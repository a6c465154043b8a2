//! What can be done with a card, alive: it claims in place, waits for the answer where that takes its
//! turn, and counts down to an opening. All that it shows the server has drawn (`center/ways_on.rs`), at
//! first and after each press, so that little of it has to travel to a phone; asleep, it is the plain
//! form and says the time.

use std::time::Duration;

use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use leptos::{
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement, HtmlFormElement, HtmlInputElement},
};

use super::countdown::count_down;
use crate::AppError;
use crate::server_fns::issuance::{Told, claim, look};

/// `unavailable` is the sentence for what passes, `fault` that for one of ours, with a place for its
/// `{reference}`. `said` is how the last press went: whether well, and the sentence. `children` are the
/// ways on.
#[island]
pub fn ClaimLive(
    template: String,
    link: Option<String>,
    claiming: String,
    offline: String,
    unavailable: String,
    fault: String,
    said: Option<(bool, String)>,
    children: Children,
) -> impl IntoView {
    let (zone, said, is_busy) =
        (NodeRef::<html::Div>::new(), RwSignal::new(said), StoredValue::new(false));
    let asked = StoredValue::new((template, link));
    let claiming = StoredValue::new(claiming);
    let words = StoredValue::new(Words { offline, unavailable, fault });

    let doubted = move || {
        let (template, link) = asked.get_value();
        spawn_local(async move {
            // What is shown still holds if nobody answers; it is asked again.
            if let Ok(told) = look(template, link, None).await
                && !is_busy.get_value()
            {
                redraw(zone, &told);
            }
        });
    };
    count_down(zone, doubted);

    let asked_for = move |ticket: String| {
        let (template, link) = asked.get_value();
        spawn_local(async move {
            // If nobody answers, the next time somebody may; if it still waits, what is shown holds.
            let Ok(told) = look(template, link, Some(ticket)).await else { return };
            if is_busy.get_value() || told.ways.contains(WAITING) {
                return;
            }
            let had_focus = zone.get_untracked().is_some_and(|it| find(&it, ":focus").is_some());
            redraw(zone, &told);
            if had_focus {
                focus_first(zone);
            }
            said.set(told.said);
        });
    };
    Effect::new(move || wait_in_line(zone, asked_for));

    let press = move |event: SubmitEvent| {
        let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        let Some(form) = form.filter(|form| !form.has_attribute("data-plain")) else { return };
        event.prevent_default();
        if is_busy.get_value() {
            return;
        }
        let button = Button::press(&form, claiming.get_value());
        let ((template, link), had) = (asked.get_value(), had(&form));
        is_busy.set_value(true);
        spawn_local(async move {
            match claim(template, link, had).await {
                Ok(told) => {
                    redraw(zone, &told);
                    focus_first(zone);
                    if matches!(told.said, Some((true, _))) {
                        asked.with_value(|(template, _)| one_fewer(template));
                    }
                    said.set(told.said);
                    wait_in_line(zone, asked_for);
                }
                Err(error) => {
                    let why = words.with_value(|words| words.why(&error));
                    // Signed out meanwhile, mostly: the plain form knows the way to the door and back,
                    // and tells why where nothing is to be had.
                    let Some(why) = why else {
                        let _ = form.submit();
                        return;
                    };
                    button.release();
                    said.set(Some((false, why)));
                }
            }
            is_busy.set_value(false);
        });
    };
    let look = move || match said.read().as_ref() {
        None => "",
        Some((true, _)) => "mt-3 rounded-lg bg-ok-soft px-3 py-2 text-sm text-ok",
        Some((false, _)) => "mt-3 rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger",
    };
    view! {
        // Above the ways on, it takes the place of the button: what appears there is no link that a
        // second tap could follow, and it stands clear of the bar below.
        <p role="status" class=look>
            {move || said.read().as_ref().map(|(_, said)| said.clone())}
        </p>
        <div class="pt-3" node_ref=zone on:submit=press>
            {children()}
        </div>
    }
}

/// The sentences for a press that failed.
struct Words {
    offline: String,
    unavailable: String,
    fault: String,
}

impl Words {
    /// Why a press failed that may be pressed again.
    fn why(&self, error: &AppError) -> Option<String> {
        match error {
            AppError::Unavailable => Some(self.unavailable.clone()),
            AppError::Fault { reference } if !reference.is_empty() => {
                Some(self.fault.replace("{reference}", reference))
            }
            // What came without a reference broke off on its way, or is no answer of ours.
            AppError::Offline | AppError::Fault { .. } => Some(self.offline.clone()),
            _ => None,
        }
    }
}

/// While its claim waits in line, asks every so often what has become of it.
fn wait_in_line(zone: NodeRef<html::Div>, ask: impl Fn(String) + Copy + 'static) {
    let ticket = move || find(&*zone.get_untracked()?, "[data-ticket]")?.get_attribute(WAITING);
    if ticket().is_none() {
        return;
    }
    let turn = move || {
        if let Some(ticket) = ticket() {
            ask(ticket);
            wait_in_line(zone, ask);
        }
    };
    set_timeout(turn, LOOK);
}

/// What marks a claim that waits: its ticket.
const WAITING: &str = "data-ticket";

/// How often it is asked for.
const LOOK: Duration = Duration::from_secs(1);

fn redraw(zone: NodeRef<html::Div>, told: &Told) {
    if let Some(zone) = zone.get_untracked() {
        zone.set_inner_html(&told.ways);
    }
}

/// The button that claims all the others claims this one no more.
fn one_fewer(template: &str) {
    let Some(all) = document().get_element_by_id("claim-all") else { return };
    if let Some(field) = find(&all, &format!("[value='{template}']")) {
        field.remove();
    }
    let left = all.query_selector_all("[name='templates[]']").map_or(0, |fields| fields.length());
    match (find(&all, "button"), all.get_attribute("data-words")) {
        (Some(button), Some(words)) if left > 1 => {
            button.set_text_content(Some(&words.replace("{n}", &left.to_string())));
        }
        _ => all.remove(),
    }
}

/// The button that had the focus is gone; what took its place has it now.
fn focus_first(zone: NodeRef<html::Div>) {
    let first = zone.get_untracked().and_then(|zone| find(&zone, "a, button"));
    if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
        let _ = first.focus();
    }
}

/// How many of them the reader knows to have.
fn had(form: &Element) -> Option<u32> {
    find(form, "[name=had]")?.dyn_into::<HtmlInputElement>().ok()?.value().parse().ok()
}

pub(super) fn find(within: &Element, what: &str) -> Option<Element> {
    within.query_selector(what).ok().flatten()
}

/// The button of a form while that is under way. It keeps the focus, so it is only called disabled.
struct Button {
    element: Option<Element>,
    words: Option<String>,
}

impl Button {
    fn press(form: &Element, words: String) -> Self {
        let element = find(form, "button");
        let before = element.as_ref().and_then(|button| button.text_content());
        if let Some(button) = &element {
            let _ = button.set_attribute("aria-disabled", "true");
            button.set_text_content(Some(&words));
        }
        Self { element, words: before }
    }

    fn release(self) {
        if let Some(button) = self.element {
            let _ = button.remove_attribute("aria-disabled");
            button.set_text_content(self.words.as_deref());
        }
    }
}
