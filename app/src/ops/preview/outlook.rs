//! How much of the catalogue the draft covers and which live templates it meets: the server knows.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};

use super::{HEADING, PANEL};
use crate::ops::draft_form::DraftForm;
use crate::ops::phrases::Phrases;
use crate::server_fns::catalogue::{Coverage, count_covered};
use crate::server_fns::templates::{Kind, Neighbour, Neighbours, conflicts};

/// As of the form that was rendered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outlook {
    pub coverage: Coverage,
    pub neighbours: Neighbours,
}

/// How long nobody types before the server is asked.
const PAUSE: Duration = Duration::from_millis(400);

/// Those parts of a form that have a bearing on the answers.
fn bearing(form: &DraftForm) -> DraftForm {
    DraftForm {
        // What counts is where coupons apply, when, and beside which others.
        name: String::new(),
        title: String::new(),
        description: String::new(),
        terms: String::new(),
        campaign: String::new(),
        reference: String::new(),
        channels: String::new(),
        ..form.clone()
    }
}

#[component]
pub fn OutlookShown(
    outlook: Outlook,
    form: RwSignal<DraftForm>,
    template: String,
    phrases: StoredValue<Phrases>,
) -> impl IntoView {
    let shown = RwSignal::new(outlook);
    let is_offline = RwSignal::new(false);
    let template = StoredValue::new(template);
    let asked = StoredValue::new(0_u32);
    let ask = move |draft: DraftForm| {
        asked.update_value(|asked| *asked += 1);
        let mine = asked.get_value();
        set_timeout(
            move || {
                // Somebody went on typing: a later asking is on its way.
                if asked.try_get_value() != Some(mine) {
                    return;
                }
                spawn_local(async move {
                    let covered = count_covered(draft.clone()).await;
                    let met = conflicts(template.get_value(), draft).await;
                    if asked.try_get_value() != Some(mine) {
                        return;
                    }
                    is_offline.set(covered.is_err() || met.is_err());
                    if let (Ok(coverage), Ok(neighbours)) = (covered, met) {
                        shown.set(Outlook { coverage, neighbours });
                    }
                });
            },
            PAUSE,
        );
    };
    let bears = Memo::new(move |_| bearing(&form.read()));
    // What the page came with is answered already.
    Effect::watch(move || bears.get(), move |draft, _, _| ask(draft.clone()), false);
    let say = move |key: &'static str| phrases.with_value(|phrases| phrases.get(key));
    view! {
        <section class=PANEL aria-busy="false">
            <h2 class=HEADING>{say("preview-coverage")}</h2>
            <div id="coverage" role="status">
                {move || covered(shown.read().coverage.clone())}
            </div>
            <p role="alert" class="text-danger">
                {move || is_offline.get().then(|| say("preview-offline"))}
            </p>
        </section>
        <section class=PANEL>
            <h2 class=HEADING>{say("preview-conflicts")}</h2>
            <div id="conflicts" role="status">
                {move || met(shown.read().neighbours.clone())}
            </div>
        </section>
    }
}

fn covered(coverage: Coverage) -> impl IntoView {
    let Coverage { count, sample, unknown, is_nothing } = coverage;
    view! {
        <p class=if is_nothing { "font-medium text-danger" } else { "font-medium tabular-nums" }>{count}</p>
        <p class="mt-1 text-muted" dir="auto">
            {sample}
        </p>
        {unknown.map(|unknown| view! { <p class="mt-1 text-warn">{unknown}</p> })}
    }
}

fn met(neighbours: Neighbours) -> impl IntoView {
    let neighbour = |Neighbour { id, name, note }: Neighbour| {
        view! {
            <li>
                <a class="text-accent underline" href=format!("/ops/templates/{id}") target="_blank" rel="noopener" dir="auto">
                    {name}
                </a>
                <span class="block text-xs text-muted">{note}</span>
            </li>
        }
    };
    let kind = move |Kind { heading, named, more }: Kind| {
        view! {
            <p class="mt-2 font-medium">{heading}</p>
            <ul class="mt-1 space-y-1">{named.into_iter().map(neighbour).collect_view()}</ul>
            {more.map(|more| view! { <p class="mt-1 text-muted">{more}</p> })}
        }
    };
    view! {
        {neighbours.alone.map(|alone| view! { <p class="mt-1">{alone}</p> })}
        {neighbours.kinds.into_iter().map(kind).collect_view()}
    }
}
