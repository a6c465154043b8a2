//! Forms that answer in place: what they post goes out without leaving the page, and what the server
//! then shows takes the place of what was shown. Asleep, the same forms lead to the same page.
//!
//! A form or button marked `data-live` is sent so; `data-live="tick"` is the button that a change of
//! any field of its form presses, or of the fields beside it where both stand in `data-ticks`; one
//! marked `data-tick` is pressed so too, and leads to another page. Whatever the server rendered stays
//! the only truth: a press that did not arrive leaves the page as it was.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use leptos::{
    ev::SubmitEvent,
    prelude::*,
    task::spawn_local,
    wasm_bindgen::JsCast,
    web_sys::{
        DocumentFragment, Element, Event, FormData, Headers, HtmlButtonElement, HtmlElement,
        HtmlFormElement, HtmlTemplateElement, RequestInit, Response, UrlSearchParams,
    },
};

/// `parts` are the ids of what an answer renews, each of them always there and none within another.
/// An element marked `data-scroller` scrolls by itself where it has to.
#[island]
pub fn Live(parts: Vec<String>, offline: String, children: Children) -> impl IntoView {
    // Not a stored value: those of the server may be dropped on another thread than the one that
    // made them, and what comes from the browser must not be.
    let waiting = Rc::new(RefCell::new(VecDeque::<Press>::new()));
    let is_busy = StoredValue::new(false);
    let failed = RwSignal::new(None::<String>);
    let submit = move |event: SubmitEvent| {
        let Some(press) = Press::of(&event) else { return };
        event.prevent_default();
        waiting.borrow_mut().push_back(press);
        if is_busy.get_value() {
            return;
        }
        is_busy.set_value(true);
        mark_busy(&parts, true);
        let (parts, waiting, offline) = (parts.clone(), waiting.clone(), offline.clone());
        spawn_local(async move {
            // What was pressed meanwhile goes out too, and the last answer holds for all.
            let mut last = None;
            loop {
                let next = waiting.borrow_mut().pop_front();
                let Some(press) = next else { break };
                last = press.send().await;
                if !matches!(last, Some(Answer::Page(_))) {
                    press.take_back();
                    waiting.borrow_mut().clear();
                }
            }
            is_busy.set_value(false);
            // Before they are renewed: what changes while it is busy is not read out.
            mark_busy(&parts, false);
            failed.set(match last {
                Some(Answer::Page(page)) => {
                    renew(&parts, &page);
                    None
                }
                Some(Answer::Failure(why)) => Some(why),
                None => Some(offline),
            });
        });
    };
    view! {
        <div on:submit=submit on:change=tick>
            {children()}
            <p
                role="alert"
                class="above-bar fixed inset-x-4 z-20 mx-auto mb-4 max-w-md rounded-lg bg-danger-soft px-4 py-3 text-danger shadow-sm"
                class:hidden=move || failed.read().is_none()
            >
                {move || failed.get()}
            </p>
        </div>
    }
}

/// What comes of a press.
enum Answer {
    Page(String),
    /// Why there is none, as the server says it.
    Failure(String),
}

/// A form on its way, with what it says.
struct Press {
    form: HtmlFormElement,
    is_tick: bool,
    url: String,
    method: String,
    fields: UrlSearchParams,
}

impl Press {
    /// `None` where the form is to lead to another page.
    fn of(event: &SubmitEvent) -> Option<Self> {
        let form: HtmlFormElement = event.target()?.dyn_into().ok()?;
        let button = event.submitter().and_then(|it| it.dyn_into::<HtmlButtonElement>().ok());
        let live = button.as_ref().and_then(|button| button.get_attribute("data-live"));
        let live = live.or_else(|| form.get_attribute("data-live"))?;
        let said = FormData::new_with_form(&form).ok()?;
        let own = |name: &str| button.as_ref().and_then(|button| button.get_attribute(name));
        if let (Some(name), Some(value)) = (own("name"), own("value")) {
            said.append_with_str(&name, &value).ok()?;
        }
        Some(Self {
            is_tick: live == "tick",
            url: own("formaction").or_else(|| form.get_attribute("action"))?,
            method: own("formmethod").unwrap_or_else(|| form.method()),
            fields: UrlSearchParams::new_with_str_sequence_sequence(&said).ok()?,
            form,
        })
    }

    /// What the server answers, or `None` where nothing of it comes. A page that is elsewhere is gone
    /// to.
    async fn send(&self) -> Option<Answer> {
        let window = window();
        let headers = Headers::new().ok()?;
        headers.set("accept", "text/html").ok()?;
        let request = RequestInit::new();
        request.set_headers(&headers);
        let fields = self.fields.to_string();
        let url = if self.method.eq_ignore_ascii_case("get") {
            let (url, _) = self.url.split_once('#').unwrap_or((&self.url, ""));
            format!("{url}?{}", String::from(fields))
        } else {
            request.set_method("POST");
            request.set_body(&self.fields);
            self.url.clone()
        };
        let answer = window.fetch_with_str_and_init(&url, &request).await.ok()?;
        let answer: Response = answer.dyn_into().ok()?;
        if !answer.ok() {
            let page = answer.text().ok()?.await.ok()?.as_string()?;
            let why = parsed(&page)?.query_selector("#failure").ok()??.text_content()?;
            return Some(Answer::Failure(why));
        }
        let here = window.location();
        let own_path = format!("{}{}", here.origin().ok()?, here.pathname().ok()?);
        let path = answer.url();
        let path = path.split(['?', '#']).next()?;
        if path != own_path {
            // Signing in, mostly.
            here.assign(&answer.url()).ok()?;
        }
        answer.text().ok()?.await.ok()?.as_string().map(Answer::Page)
    }

    fn take_back(&self) {
        if self.is_tick {
            self.form.reset();
        }
    }
}

/// What a change presses: a button that is sent in place, or one that leads to another page.
const TICKED: &str = "[data-live=tick], [data-tick]";

/// A field that changed presses the button that is there for it: beside it, or in its form.
fn tick(event: Event) {
    let field = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    let around = field.and_then(|field| field.closest("[data-ticks], form").ok().flatten());
    let button = around.and_then(|it| it.query_selector(TICKED).ok().flatten());
    if let Some(button) = button.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        button.click();
    }
}

/// What is about to be renewed says so, and looks it (`style/theme.css`).
fn mark_busy(parts: &[String], is_busy: bool) {
    let document = document();
    let word = if is_busy { "true" } else { "false" };
    for part in parts.iter().filter_map(|part| document.get_element_by_id(part)) {
        let _ = part.set_attribute("aria-busy", word);
    }
}

/// Renews the parts from a page. What was pressed keeps the focus and its place on the screen, or
/// what it stood in does where it is gone.
fn renew(parts: &[String], page: &str) {
    let document = document();
    let around: Vec<(String, i32)> = named(document.active_element()).collect();
    let Some(page) = parsed(page) else { return };
    for part in parts {
        let fresh = page.query_selector(&format!("#{part}"));
        if let (Some(old), Ok(Some(fresh))) = (document.get_element_by_id(part), fresh) {
            old.set_inner_html(&fresh.inner_html());
        }
    }
    let still = |(id, before): (String, i32)| Some((document.get_element_by_id(&id)?, before));
    let Some((anchor, before)) = around.into_iter().find_map(still) else { return };
    let moved = top(&anchor) - before;
    let scroller = anchor.closest("[data-scroller]").ok().flatten();
    match scroller.filter(|it| it.scroll_height() > it.client_height()) {
        Some(scroller) => scroller.set_scroll_top(scroller.scroll_top() + moved),
        None => window().scroll_by_with_x_and_y(0.0, f64::from(moved)),
    }
    if let Some(anchor) = anchor.dyn_ref::<HtmlElement>() {
        // What cannot have it leaves it where it is.
        let _ = anchor.focus();
    }
}

/// What a page holds, without its being shown.
fn parsed(page: &str) -> Option<DocumentFragment> {
    let template = document().create_element("template").ok()?;
    template.set_inner_html(page);
    Some(template.dyn_into::<HtmlTemplateElement>().ok()?.content())
}

/// The ids of an element and of what it stands in, nearest first, each with its place.
fn named(element: Option<Element>) -> impl Iterator<Item = (String, i32)> {
    let up = std::iter::successors(element, |it| it.parent_element());
    up.filter(|it| !it.id().is_empty()).map(|it| (it.id(), top(&it)))
}

/// How far below the page's top an element stands.
fn top(element: &Element) -> i32 {
    let Some(element) = element.dyn_ref::<HtmlElement>() else { return 0 };
    element.offset_top() + element.offset_parent().map_or(0, |above| top(&above))
}
