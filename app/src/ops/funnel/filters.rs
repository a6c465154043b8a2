//! What a funnel is asked: a plain form, whose answer is an address.

use chrono::NaiveDate;
use domain::Channel;
use domain::funnel::{Basis, Step};
use engine::channels::Named;
use engine::templates::Template;
use leptos::prelude::*;

use super::asking::{Asking, BY_HOUR_MAX, PATH};
use crate::locale::{t, t_with};
use crate::ops::inputs::choice;
use crate::ui::field::INPUT;
use crate::ui::{Button, Card, ChipLink, Field, LinkButton, Look};

#[component]
pub fn Filters(
    asking: Asking,
    template: Option<Template>,
    /// To choose from; others are reached by their own page, which leads here.
    newest: Vec<Template>,
    campaigns: Vec<String>,
    named: Vec<Named>,
    today: NaiveDate,
) -> impl IntoView {
    let one = |template: &Template| (template.id.to_string(), template.draft().name.clone());
    let chosen = asking.template.map(|id| id.to_string()).unwrap_or_default();
    let is_there = newest.iter().any(|known| Some(known.id) == asking.template);
    let asked = template.iter().filter(|_| !is_there);
    let templates = asked.chain(&newest).map(one);
    let none = (String::new(), t("funnel-all-templates"));
    let templates: Vec<_> = std::iter::once(none).chain(templates).collect();
    let of_template = template.as_ref().map(|template| of_template(&asking, template));
    let steps = [(Step::Day, "funnel-by-day"), (Step::Hour, "funnel-by-hour")];
    let steps = steps.map(|(step, key)| (step.as_str().to_owned(), t(key)));
    let bases = [(Basis::Event, "funnel-by-event"), (Basis::Claim, "funnel-by-claim")];
    let bases = bases.map(|(basis, key)| (basis.as_str().to_owned(), t(key)));
    let any = || (String::new(), t("list-any"));
    // What is asked for is there to be chosen even where nobody names it any more.
    let asked = asking.campaign.iter().filter(|asked| !campaigns.contains(asked));
    let campaigns = asked.chain(&campaigns).map(|name| (name.clone(), name.clone()));
    let campaigns: Vec<_> = std::iter::once(any()).chain(campaigns).collect();
    let channel = asking.channel.as_ref().map(Channel::as_str).unwrap_or_default().to_owned();
    let option = |named: Named| {
        view! { <option value=named.channel.to_string()>{named.name}</option> }
    };
    let hint = t_with("funnel-step-hint", [("n", BY_HOUR_MAX.into())]);
    view! {
        <Card>
            {of_template}
            {months(&asking, today)}
            <form method="get" action=PATH class="grid grid-cols-1 items-end gap-3 sm:grid-cols-2 lg:grid-cols-4">
                <Field
                    name="first"
                    label=t("funnel-first")
                    kind="date"
                    value=asking.first.to_string()
                    problem=None
                />
                <Field
                    name="last"
                    label=t("funnel-last")
                    kind="date"
                    value=asking.last.to_string()
                    problem=None
                />
                {choice(
                    "step".to_owned(),
                    "step",
                    t("funnel-step"),
                    steps.to_vec(),
                    asking.step.as_str(),
                )}
                {choice(
                    "basis".to_owned(),
                    "basis",
                    t("funnel-basis"),
                    bases.to_vec(),
                    asking.basis.as_str(),
                )}
                {choice(
                    "template".to_owned(),
                    "template",
                    t("funnel-template"),
                    templates,
                    &chosen,
                )}
                {choice(
                    "campaign".to_owned(),
                    "campaign",
                    t("list-campaign"),
                    campaigns,
                    asking.campaign.as_deref().unwrap_or_default(),
                )}
                <div class="min-w-0">
                    <label class="font-medium" for="channel">
                        {t("funnel-channel")}
                    </label>
                    <input
                        id="channel"
                        name="channel"
                        list="channels"
                        dir="auto"
                        autocomplete="off"
                        value=channel
                        class=INPUT
                    />
                    <datalist id="channels">{named.into_iter().map(option).collect_view()}</datalist>
                </div>
                <div class="flex flex-wrap gap-2">
                    <Button look=Look::Secondary>{t("list-find")}</Button>
                    <LinkButton look=Look::Plain href=PATH>
                        {t("list-clear")}
                    </LinkButton>
                </div>
            </form>
            <p class="mt-2 text-sm text-muted">{hint}</p>
        </Card>
    }
}

/// Whole months, which dates would have to be looked up for.
fn months(asking: &Asking, today: NaiveDate) -> impl IntoView + use<> {
    let chip = |key: &'static str, to: Asking| {
        let is_here = (to.first, to.last) == (asking.first, asking.last);
        view! {
            <ChipLink href=to.write(PATH) is_here=is_here>
                {t(key)}
            </ChipLink>
        }
    };
    let chips = [
        chip("funnel-this-month", asking.this_month(today)),
        chip("funnel-last-month", asking.last_month(today)),
    ];
    view! {
        <nav aria-label=t("funnel-period") class="mb-4 flex flex-wrap gap-2">
            {chips.collect_view()}
        </nav>
    }
}

/// The template that is told of, its revisions to choose from, and the way back to all.
fn of_template(asking: &Asking, template: &Template) -> impl IntoView + use<> {
    let id = template.id;
    let to = |revision: Option<u32>| Asking { revision, ..asking.clone() }.write(PATH);
    let all = Asking { template: None, revision: None, ..asking.clone() }.write(PATH);
    let current = template.revision.number;
    // The newest few: whoever wants an older one says so in the address.
    let numbers = (1..=current).rev().take(5);
    let chip = |revision: Option<u32>, text: String| {
        view! {
            <ChipLink href=to(revision) is_here=asking.revision == revision>
                {text}
            </ChipLink>
        }
    };
    let name = |number: u32| t_with("funnel-revision", [("n", number.into())]);
    let chips = numbers.map(|number| chip(Some(number), name(number))).collect_view();
    view! {
        <div class="mb-4 flex flex-wrap items-center gap-2">
            <LinkButton look=Look::Plain href=format!("/ops/templates/{id}")>
                {t("funnel-to-template")}
            </LinkButton>
            <LinkButton look=Look::Plain href=all>
                {t("funnel-all-templates")}
            </LinkButton>
            {chip(None, t("funnel-all-revisions"))}
            {chips}
        </div>
    }
}
