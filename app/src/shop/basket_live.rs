//! Coupons to tick and what the basket comes to with them. Awake, it asks anew at every tick; asleep,
//! the form around it sends what is ticked.

use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};
use serde::{Deserialize, Serialize};

use crate::server_fns::{
    basket::ChooseCoupons,
    wallet::{Choice, Totals, quote},
};

/// The few words it needs, in the reader's language.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Words {
    pub subtotal: String,
    pub discount: String,
    pub total: String,
    pub offline: String,
    /// Leads to the coupons that do not fit; empty when all do.
    pub others: String,
    pub best: String,
    pub chosen: String,
    pub choose_best: String,
}

/// `children` is the button that does the same without it.
#[island]
pub fn BasketLive(totals: Totals, words: Words, children: Children) -> impl IntoView {
    let now = RwSignal::new(totals.clone());
    let has_failed = RwSignal::new(false);
    let is_awake = RwSignal::new(false);
    Effect::new(move |_| is_awake.set(true));
    let tick = move |code: String, on: bool| {
        let ticked = now.with_untracked(|now| now.ticked(&code, on));
        spawn_local(async move {
            let quoted = quote(ticked).await;
            has_failed.set(quoted.is_err());
            // On failure what is shown still holds, and the tick is taken back.
            now.update(|now| *now = quoted.unwrap_or_else(|_| now.clone()));
        });
    };
    let (fitting, others): (Vec<Choice>, Vec<Choice>) =
        totals.choices.into_iter().partition(|choice| choice.could_apply || choice.is_near);
    let rows = move |choices: Vec<Choice>| {
        choices.into_iter().map(|choice| row(choice, now, tick)).collect_view()
    };
    let others = (!others.is_empty()).then(|| {
        view! {
            <details class="mt-3">
                <summary class="min-h-6 text-sm text-muted">{words.others}</summary>
                <ul class="mt-2 grid gap-2">{rows(others)}</ul>
            </details>
        }
    });
    let is_best = move || now.with(|now| now.is_best);
    view! {
        <p class="mb-3 text-sm text-muted">
            {move || if is_best() { words.best.clone() } else { words.chosen.clone() }}
        </p>
        <ul class="grid gap-2">{rows(fitting)}</ul>
        {others}
        <div class="mt-3 flex flex-wrap gap-2">
            <div class:hidden=is_awake>{children()}</div>
            <button
                type="submit"
                class="min-h-11 rounded-lg px-3 font-medium text-accent underline underline-offset-4"
                class:hidden=is_best
                name="best"
                value="true"
                formaction=ChooseCoupons::url()
            >
                {words.choose_best}
            </button>
        </div>
        <dl id="total" aria-live="polite" class="mt-4 grid gap-1 border-t border-line pt-3 tabular-nums">
            <div class="flex justify-between text-muted">
                <dt>{words.subtotal}</dt>
                <dd>{move || now.with(|now| now.subtotal.clone())}</dd>
            </div>
            <div class="flex justify-between text-accent">
                <dt>{words.discount}</dt>
                <dd>{move || now.with(|now| now.discount.clone())}</dd>
            </div>
            <div class="flex justify-between text-lg font-semibold">
                <dt>{words.total}</dt>
                <dd>{move || now.with(|now| now.total.clone())}</dd>
            </div>
        </dl>
        <p role="alert" class="text-sm text-danger">
            {move || has_failed.get().then(|| words.offline.clone())}
        </p>
        <input
            type="hidden"
            name="discount"
            value=move || now.with(|now| now.expected.to_string())
        />
    }
}

/// One coupon. Its place does not change while others are ticked.
fn row(
    choice: Choice,
    now: RwSignal<Totals>,
    tick: impl Fn(String, bool) + Copy + 'static,
) -> impl IntoView {
    let code = StoredValue::new(choice.code.clone());
    let find = move || now.with(|now| now.choice(&code.read_value()).cloned().unwrap_or_default());
    view! {
        <li>
            <label class="flex min-h-11 items-center gap-3 rounded-lg border border-line px-3 py-2">
                <input
                    type="checkbox"
                    name="coupons[]"
                    class="h-5 w-5 shrink-0 accent-current text-accent"
                    value=choice.code
                    checked=choice.is_applied
                    prop:checked=move || find().is_applied
                    disabled=move || !find().could_apply
                    on:change=move |event| tick(code.get_value(), event_target_checked(&event))
                />
                <span class="min-w-0 flex-1">
                    <span class="block font-medium">{choice.title}</span>
                    <span class="block text-sm text-muted">{move || find().note}</span>
                </span>
                <span class="font-semibold text-accent tabular-nums">{choice.worth}</span>
            </label>
        </li>
    }
}
