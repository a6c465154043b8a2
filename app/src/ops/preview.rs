//! What a draft comes to while it is typed: its card, the sentence, its cost, what it covers and
//! meets, and a basket to try it on.

pub mod card;
pub(in crate::ops) mod dom;
pub mod filter;
mod judging;
pub mod kept;
pub mod marks;
pub mod outlook;
pub mod picker;
mod reading;
pub mod take_over;
pub mod trial;

use domain::category::{Category, Tree};
use domain::{CategoryId, Currency};
use leptos::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::draft_form::DraftForm;
use super::phrases::Phrases;
use super::sentence::Cost;
use card::Ticket;
pub use outlook::Outlook;
use outlook::OutlookShown;
use reading::{Reading, Said, Wrong, read};
use trial::Trial;

/// The id of the form that is listened to.
pub const FORM_ID: &str = "draft";

/// What stands outside the preview and follows it: beside the percentage, around the tick, and in
/// the bar with the button.
pub const ECHO_ID: &str = "percent-echo";
pub const CONFIRM_ID: &str = "confirm-box";
pub const SUMMARY_ID: &str = "summary-line";

/// The messages this needs, beside those of the sentence.
#[cfg(feature = "ssr")]
pub const KEYS: &[&str] = &[
    "preview-card",
    "preview-sentence",
    "preview-unfinished",
    "preview-unread",
    "preview-generous",
    "preview-problems",
    "preview-coverage",
    "preview-conflicts",
    "preview-offline",
    "preview-to-form",
    "card-claim",
    "card-covers",
    "card-percent",
    "condition-every",
    "condition-from",
    "condition-most",
    "condition-none",
    "condition-step",
    "scope-everything",
    "separator",
    "worth-percent-unit",
    "worth-up-to",
    "scope-mark-elsewhere",
    "scope-mark-everything",
    "scope-mark-excluded",
    "scope-mark-excluded-by",
    "scope-mark-included",
    "scope-mark-included-by",
    "trial-title",
    "trial-hint",
    "trial-category",
    "trial-price",
    "trial-quantity",
    "trial-add",
    "trial-remove",
    "trial-line",
    "trial-named",
    "trial-pays",
    "colon",
    "trial-covered",
    "trial-uncovered",
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

    pub fn tree(&self) -> Tree {
        Tree::new(&self.categories).unwrap_or_default()
    }
}

/// Renders on the server too: without JavaScript it shows what was sent last. `template` is the id
/// of the one that is edited.
#[island]
pub fn DraftPreview(
    form: DraftForm,
    shop: Shop,
    phrases: Phrases,
    outlook: Outlook,
    template: String,
) -> impl IntoView {
    let tree = StoredValue::new(shop.tree());
    let sent = StoredValue::new(read(&form, &shop, &phrases).problems);
    let (shop, phrases) = (StoredValue::new(shop), StoredValue::new(phrases));
    let form = RwSignal::new(form);
    let is_awake = RwSignal::new(false);
    Effect::new(move || {
        is_awake.set(true);
        dom::listen(FORM_ID, move |typed| form.set(typed));
    });
    let reading = Memo::new(move |before: Option<&Reading>| {
        let now =
            shop.with_value(|shop| phrases.with_value(|phrases| read(&form.read(), shop, phrases)));
        now.after(before)
    });
    Effect::new(move || {
        let reading = reading.read();
        shop.with_value(|shop| {
            let words =
                marks::Words { shop, tree: &tree.read_value(), phrases: &phrases.read_value() };
            marks::show(&reading.draft.scope, &words);
        });
        follow(&reading.said);
        sent.with_value(|sent| judging::judge(sent, &reading.problems));
    });
    let draft = Signal::derive(move || reading.read().draft.clone());
    let is_quotable = Signal::derive(move || reading.read().is_quotable);
    let say = move |key: &'static str| phrases.with_value(|phrases| phrases.get(key));
    view! {
        <div class="space-y-4">
            <section class=PANEL>
                <h2 class=HEADING>{say("preview-card")}</h2>
                <div class="mt-2">
                    {move || match reading.read().said.face.clone() {
                        Some(face) => view! { <Ticket face /> }.into_any(),
                        None => {
                            view! { <p class="text-muted">{say("preview-unfinished")}</p> }.into_any()
                        }
                    }}
                </div>
                <div class="mt-3" role="status">
                    {move || {
                        let said = reading.read().said.clone();
                        view! { <Comes said say /> }
                    }}
                </div>
                {move || {
                    let typed = |wrong: &&Wrong| !wrong.is_blank;
                    problems(reading.read().problems.iter().filter(typed).cloned().collect(), say)
                }}
            </section>
            <OutlookShown outlook form template phrases />
            // A basket that nobody quotes would only be in the way.
            <Show when=move || is_awake.get()>
                <Trial reading=draft is_quotable shop phrases />
            </Show>
            <a class="inline-flex min-h-11 items-center text-accent underline lg:hidden" href="#draft">
                {say("preview-to-form")}
            </a>
        </div>
    }
}

const PANEL: &str = class!("rounded-xl border border-line bg-surface p-4 shadow-sm");
const HEADING: &str = class!("text-sm font-medium text-muted");

/// Carries what is said to where else it stands.
fn follow(said: &Said) {
    dom::set_text(ECHO_ID, said.echo.as_deref().unwrap_or_default());
    dom::set_text(SUMMARY_ID, said.sentence.as_deref().unwrap_or_default());
    // What was sent and refused names it until it is sent again.
    let is_named = dom::is_there("#errors a[href='#confirm']");
    dom::set_hidden(CONFIRM_ID, !(said.is_generous || is_named || dom::is_ticked("confirm")));
}

#[component]
fn Comes(said: Said, say: impl Fn(&'static str) -> String + Copy + 'static) -> impl IntoView {
    let Said { face, sentence, cost, is_whole, echo, is_generous } = said;
    let is_partly_old = !is_whole && face.is_some();
    view! {
        {is_partly_old.then(|| view! { <p class="mb-3 text-warn">{say("preview-unread")}</p> })}
        {sentence
            .map(|sentence| {
                view! {
                    <h2 class=HEADING>{say("preview-sentence")}</h2>
                    <p class="text-base font-semibold" dir="auto">
                        {sentence}
                    </p>
                }
            })}
        {cost.map(costs)}
        {echo.map(|echo| view! { <p class="mt-1 tabular-nums text-muted">{echo}</p> })}
        {is_generous
            .then(|| {
                view! {
                    <p class="mt-3 rounded-lg bg-warn-soft px-3 py-2 text-warn">
                        <a class="underline" href="#confirm">
                            {say("preview-generous")}
                        </a>
                    </p>
                }
            })}
    }
}

fn costs(Cost { text, is_bounded, note }: Cost) -> impl IntoView {
    view! {
        <p class=if is_bounded { "mt-2 tabular-nums" } else { "mt-2 font-medium text-danger" }>{text}</p>
        {note.map(|note| view! { <p class="mt-1 text-warn">{note}</p> })}
    }
}

fn problems(
    problems: Vec<Wrong>,
    say: impl Fn(&'static str) -> String + Copy + 'static,
) -> Option<impl IntoView> {
    let problem = |Wrong { field, label, sentence, .. }: Wrong| {
        view! {
            <li>
                <a class="underline" href=format!("#{field}")>
                    {label}
                </a>
                {say("colon")}
                {sentence}
            </li>
        }
    };
    (!problems.is_empty()).then(|| {
        view! {
            <div class="mt-3 border-t border-line pt-3 text-danger">
                <p class="font-medium">{say("preview-problems")}</p>
                <ul class="mt-1 list-disc pl-5">{problems.into_iter().map(problem).collect_view()}</ul>
            </div>
        }
    })
}
