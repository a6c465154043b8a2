//! What can be done with a card. Awake, it claims in place and counts down to an opening; asleep, it
//! is the plain form and says the time.

use leptos::{ev::SubmitEvent, html, prelude::*, server_fn::ServerFn, task::spawn_local};
use leptos::{wasm_bindgen::JsCast, web_sys::HtmlFormElement};
use serde::{Deserialize, Serialize};

use super::countdown::count_down;
use crate::AppError;
use crate::server_fns::issuance::{Claim, Opening, Standing, Way, claim, look};

/// The words it needs, in the reader's language.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Words {
    pub claim: String,
    pub claim_label: String,
    pub claiming: String,
    /// With `{left}` where the time goes.
    pub opens_in: String,
    pub offline: String,
    /// With `{reference}`.
    pub fault: String,
}

impl Words {
    fn failure(&self, error: &AppError) -> String {
        match error {
            AppError::Fault { reference } if !reference.is_empty() => {
                self.fault.replace("{reference}", reference)
            }
            // Whatever answered was not the shop.
            _ => self.offline.clone(),
        }
    }
}

/// A template's id, the token of the link that was followed to it, and how its card stands.
#[island]
pub fn ClaimLive(
    template: String,
    link: Option<String>,
    standing: Standing,
    words: Words,
) -> impl IntoView {
    let now = RwSignal::new(standing);
    let (is_busy, left) = (RwSignal::new(false), RwSignal::new(None));
    let asked = StoredValue::new((template.clone(), link.clone()));
    let words = StoredValue::new(words);
    let onward = NodeRef::<html::A>::new();

    let reached = move || now.update(|now| (now.opening, now.may_claim) = (None, true));
    let doubted = move || {
        let (template, link) = asked.get_value();
        spawn_local(async move {
            // What is shown still holds if nobody answers; it is asked again.
            if let Ok(standing) = look(template, link).await
                && !is_busy.get_untracked()
            {
                let said = now.with_untracked(|now| now.said.clone());
                now.set(Standing { said, ..standing });
            }
        });
    };
    let opening = Memo::new(move |_| now.with(|now| now.opening.clone()));
    let millis = Signal::derive(move || opening.with(|at| at.as_ref().map(|at| at.millis)));
    count_down(millis, left, reached, doubted);

    let press = move |event: SubmitEvent| {
        event.prevent_default();
        if is_busy.get_untracked() {
            return;
        }
        let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        let ((template, link), had) = (asked.get_value(), now.with_untracked(|now| now.had));
        is_busy.set(true);
        spawn_local(async move {
            match (claim(template, link, had).await, form) {
                // The plain form knows the way to the door and back.
                (Err(AppError::SignIn), Some(form)) => return drop(form.submit()),
                (Ok(standing), _) => {
                    now.set(standing);
                    // The button that had the focus may be gone.
                    request_animation_frame(move || {
                        let _ = onward.get_untracked().map(|link| link.focus());
                    });
                }
                (Err(error), _) => {
                    let sentence = words.with_value(|words| words.failure(&error));
                    now.update(|now| now.said = Some((false, sentence)));
                }
            }
            is_busy.set(false);
        });
    };

    let way = Memo::new(move |_| now.with(|now| now.way.clone()));
    let may_claim = Memo::new(move |_| now.with(|now| now.may_claim));
    let had = move || now.with(|now| now.had.map(|had| had.to_string()));
    let said = move || now.with(|now| now.said.clone());
    // What was just said says why as well.
    let why = move || now.with(|now| now.why.clone().filter(|_| now.said.is_none()));
    let form = move || {
        let (template, link) = asked.get_value();
        let text = move || {
            words.with_value(|words| {
                if is_busy.get() { &words.claiming } else { &words.claim }.clone()
            })
        };
        view! {
            <form method="post" action=Claim::url() on:submit=press>
                <input type="hidden" name="template" value=template />
                {link.map(|link| view! { <input type="hidden" name="link" value=link /> })}
                {had().map(|_| view! { <input type="hidden" name="had" value=had /> })}
                <button
                    type="submit"
                    class=move || if way.with(Option::is_some) { SECONDARY } else { PRIMARY }
                    aria-label=words.with_value(|words| words.claim_label.clone())
                    aria-disabled=move || is_busy.get().then_some("true")
                    aria-busy=move || is_busy.get().then_some("true")
                >
                    {text}
                </button>
            </form>
        }
    };
    view! {
        <div class="mt-auto flex flex-wrap items-center gap-2 pt-3">
            {move || way.get().map(|way| onward_link(way, onward))}
            {move || may_claim.get().then(|| untrack(form))}
            {move || opening.get().map(|opening| opens(opening, left, words))}
            {move || why().map(|why| view! { <p class="text-sm font-medium text-muted">{why}</p> })}
            {move || {
                now.with(|now| now.held.clone()).map(|held| view! { <span class=HELD>{held}</span> })
            }}
        </div>
        <div role="status">
            {move || {
                said()
                    .map(|(is_well, said)| {
                        view! { <p class=if is_well { WELL } else { NOT }>{said}</p> }
                    })
            }}
        </div>
    }
}

fn onward_link(way: Way, node: NodeRef<html::A>) -> impl IntoView {
    view! {
        <a node_ref=node class=PRIMARY href=way.href aria-label=way.label>
            {way.text}
        </a>
    }
}

/// A timer is read when one goes there, and does not call out every second.
fn opens(
    opening: Opening,
    left: RwSignal<Option<String>>,
    words: StoredValue<Words>,
) -> impl IntoView {
    let counted = move || {
        left.get().map(|left| {
            let text = words.with_value(|words| words.opens_in.replace("{left}", &left));
            view! {
                <p role="timer" aria-live="off" class="font-semibold text-accent tabular-nums">
                    {text}
                </p>
            }
        })
    };
    view! {
        {counted}
        <p class="text-sm font-medium text-muted tabular-nums">{opening.at}</p>
    }
}

const PRIMARY: &str = class!(
    "inline-flex min-h-11 items-center justify-center gap-2 rounded-lg bg-accent px-4 font-medium text-on-accent shadow-sm hover:opacity-90 aria-disabled:opacity-50"
);
const SECONDARY: &str = class!(
    "inline-flex min-h-11 items-center justify-center gap-2 rounded-lg border border-edge bg-surface px-4 font-medium hover:bg-sunken aria-disabled:opacity-50"
);
const HELD: &str = class!(
    "inline-flex items-center rounded-full bg-ok-soft px-2 py-1 text-xs font-medium whitespace-nowrap text-ok"
);
const WELL: &str = class!("mt-3 rounded-lg bg-ok-soft px-3 py-2 text-sm text-ok");
const NOT: &str = class!("mt-3 rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger");
