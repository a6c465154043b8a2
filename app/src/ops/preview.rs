//! What a draft comes to while it is typed: the sentence, its cost, and a basket to try it on.

pub mod trial;

use domain::category::{Category, Tree};
use domain::template::Draft;
use domain::{CategoryId, Currency, FieldError, Problem};
use leptos::form::FromFormData;
use leptos::{ev, prelude::*, wasm_bindgen::JsCast, web_sys};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::draft_form::{Conventions, DraftForm};
use super::phrases::Phrases;
use super::problems::{self, label_key};
use super::sentence::{Cost, Words};
use trial::Trial;

/// The id of the form that is listened to.
pub const FORM_ID: &str = "draft";

/// The messages this needs, beside those of the sentence.
#[cfg(feature = "ssr")]
pub const KEYS: &[&str] = &[
    "preview-sentence",
    "preview-unfinished",
    "preview-cost",
    "preview-percent",
    "preview-generous",
    "preview-problems",
    "trial-title",
    "trial-hint",
    "trial-category",
    "trial-price",
    "trial-quantity",
    "trial-none",
    "trial-subtotal",
    "trial-discount",
    "trial-total",
    "trial-unread",
    "trial-below",
    "trial-not-covered",
    "trial-outside",
    "trial-nothing-off",
];

/// What the shop is like: all that a browser is told of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shop {
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    pub categories: Vec<Category>,
    pub year: i32,
}

/// By its code: the derived way only reads what lives forever.
fn currency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
    Currency::try_from(String::deserialize(deserializer)?).map_err(D::Error::custom)
}

impl Shop {
    /// What a category is called; its id where nobody knows it.
    pub fn category(&self, id: &CategoryId) -> String {
        let known = self.categories.iter().find(|category| category.id == *id);
        known.map_or_else(|| id.to_string(), |category| category.name.clone())
    }

    fn tree(&self) -> Tree {
        Tree::new(&self.categories).unwrap_or_default()
    }
}

/// What the form says now.
#[derive(Clone, Debug, PartialEq)]
struct Reading {
    draft: Draft,
    /// None while the parts it is made of are unfinished.
    said: Option<Said>,
    problems: Vec<Wrong>,
}

#[derive(Clone, Debug, PartialEq)]
struct Wrong {
    field: String,
    label: String,
    sentence: String,
}

#[derive(Clone, Debug, PartialEq)]
struct Said {
    sentence: String,
    cost: Cost,
    echo: Option<String>,
    is_generous: bool,
}

fn read(form: &DraftForm, shop: &Shop, phrases: &Phrases) -> Reading {
    let conventions = Conventions::zoneless(shop.currency);
    let (draft, errors) = form.read(&conventions);
    // Whether a name is given yet has no bearing on the sentence.
    const SPOKEN_OF: [&str; 8] = [
        "audience",
        "benefit",
        "budget",
        "per_shopper",
        "per_shopper_daily",
        "scope",
        "stock",
        "validity",
    ];
    let bears = |error: &FieldError| {
        SPOKEN_OF.iter().any(|root| error.field.split('.').next() == Some(*root))
    };
    let said = (!errors.iter().any(bears)).then(|| {
        let category = |id: &CategoryId| shop.category(id);
        let words = Words { phrases, conventions, category: &category, year: shop.year };
        Said {
            sentence: words.sentence(&draft),
            cost: words.greatest_cost(&draft),
            echo: words.echo(&draft),
            is_generous: draft.is_generous(),
        }
    });
    // What is still blank is said when the form is sent, not while it is being filled in.
    let typed = |error: &&FieldError| {
        !matches!(
            error.problem,
            Problem::Required | Problem::TooFew { .. } | Problem::NeedsConfirmation
        )
    };
    let problem = |error: &FieldError| {
        let field = form.field_of(&error.field);
        let sentence = problems::in_words(phrases, shop.currency, form, &field, &error.problem);
        let label = phrases.get(&label_key(&field));
        Wrong { field, label, sentence }
    };
    Reading { draft, said, problems: errors.iter().filter(typed).map(problem).collect() }
}

/// Renders on the server too: without JavaScript it shows what was sent last.
#[island]
pub fn DraftPreview(form: DraftForm, shop: Shop, phrases: Phrases) -> impl IntoView {
    let form = RwSignal::new(form);
    let (shop, phrases) = (StoredValue::new(shop), StoredValue::new(phrases));
    let is_awake = RwSignal::new(false);
    Effect::new(move || {
        is_awake.set(true);
        // Browsers may have restored what was typed before.
        if let Some(typed) = typed_in(&document().get_element_by_id(FORM_ID)) {
            form.set(typed);
        }
        let listener = window_event_listener(ev::input, move |event| {
            let target =
                event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let within =
                target.and_then(|target| target.closest(&format!("#{FORM_ID}")).ok().flatten());
            if let Some(typed) = typed_in(&within) {
                form.set(typed);
            }
        });
        on_cleanup(move || listener.remove());
    });
    let reading = Memo::new(move |_| {
        shop.with_value(|shop| phrases.with_value(|phrases| read(&form.read(), shop, phrases)))
    });
    let draft = Signal::derive(move || reading.read().draft.clone());
    let is_whole = Signal::derive(move || reading.read().said.is_some());
    let say = move |key: &'static str| phrases.with_value(|phrases| phrases.get(key));
    view! {
        <div class="space-y-4">
            <section class="rounded-xl border border-line bg-surface p-4 shadow-sm">
                <h2 class="text-sm font-medium text-muted">{say("preview-sentence")}</h2>
                <div class="mt-1" role="status">
                    {move || match reading.read().said.clone() {
                        Some(said) => view! { <Comes said=said say=say /> }.into_any(),
                        None => view! { <p class="text-muted">{say("preview-unfinished")}</p> }.into_any(),
                    }}
                </div>
                {move || {
                    let problems = reading.read().problems.clone();
                    (!problems.is_empty())
                        .then(|| {
                            view! {
                                <div class="mt-3 border-t border-line pt-3 text-danger">
                                    <p class="font-medium">{say("preview-problems")}</p>
                                    <ul class="mt-1 list-disc pl-5">
                                        {problems
                                            .into_iter()
                                            .map(|Wrong { field, label, sentence }| {
                                                view! {
                                                    <li>
                                                        <a class="underline" href=format!("#{field}")>
                                                            {label}
                                                        </a>
                                                        ": "
                                                        {sentence}
                                                    </li>
                                                }
                                            })
                                            .collect_view()}
                                    </ul>
                                </div>
                            }
                        })
                }}
            </section>
            // A basket that nobody quotes would only be in the way.
            <Show when=move || is_awake.get()>
                <Trial reading=draft is_whole shop phrases />
            </Show>
        </div>
    }
}

#[component]
fn Comes(said: Said, say: impl Fn(&'static str) -> String + Copy + 'static) -> impl IntoView {
    let Said { sentence, cost, echo, is_generous } = said;
    view! {
        <p class="text-lg font-semibold">{sentence}</p>
        <p class=move || if cost.is_bounded { "mt-3 tabular-nums" } else { "mt-3 font-medium text-danger" }>
            {cost.text}
        </p>
        {echo.map(|echo| view! { <p class="mt-1 tabular-nums text-muted">{echo}</p> })}
        {is_generous
            .then(|| {
                view! {
                    <p class="mt-3 rounded-lg bg-warn-soft px-3 py-2 text-warn">{say("preview-generous")}</p>
                }
            })}
    }
}

/// The draft within the whole form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    draft: DraftForm,
}

fn typed_in(element: &Option<web_sys::Element>) -> Option<DraftForm> {
    let form = element.as_ref()?.dyn_ref::<web_sys::HtmlFormElement>()?;
    let data = web_sys::FormData::new_with_form(form).ok()?;
    Sent::from_form_data(&data).ok().map(|sent| sent.draft)
}
