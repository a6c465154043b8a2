//! The parts of the editor, in the order in which a coupon is thought up.

use engine::shoppers::Segments;
use leptos::prelude::*;

use super::control::{CONTROL, Sheet, section};
use crate::locale::{t, t_with};
use crate::ops::draft_form::{PercentAs, STEPS_MAX, StepRow};
use crate::ops::preview::ECHO_ID;
use crate::ui::field::Choices;

/// `past` are templates and campaigns to plan by: what is typed, and what it is called.
pub(super) fn naming(sheet: &Sheet, past: Vec<(String, String)>) -> impl IntoView + use<> {
    let form = &sheet.form;
    let option = |(value, name): (String, String)| view! { <option value=value>{name}</option> };
    let past = past.into_iter().map(option).collect_view();
    section(
        1,
        "editor-naming",
        view! {
                <div class="space-y-4">
                    <div class="grid gap-4 sm:grid-cols-2">
                        {sheet.line("name", &form.name, Some("draft-name-hint"))}
                        {sheet.line("title", &form.title, Some("draft-title-hint"))}
                    </div>
                    {sheet.line("campaign", &form.campaign, Some("draft-campaign-hint"))}
                    {sheet
                        .suggested(
                            "reference",
                            &form.reference,
                            Some(t("draft-reference-hint")),
                            "past",
                        )}
                    <datalist id="past">{past}</datalist>
                    {sheet
                        .choice(
                            "reference_by",
                            &form.reference_by,
                            &[
                                ("holiday", Some("draft-reference-by-holiday-hint")),
                                ("date", Some("draft-reference-by-date-hint")),
                            ],
                        )}
                    <div class="grid gap-4 sm:grid-cols-2">
                        {sheet.area("description", &form.description, None)}
                        {sheet.area("terms", &form.terms, None)}
                    </div>
                </div>
        },
    )
}

const PAIR: &str = class!("grid gap-4 sm:grid-cols-2");
/// A date and its time need more room than other fields.
const MOMENTS: &str = class!("grid gap-4 sm:grid-cols-2 lg:grid-cols-1 xl:grid-cols-2");

/// The fields of every kind are there; those of kinds not chosen are out of sight.
pub(super) fn benefit(sheet: &Sheet, echo: Option<String>) -> impl IntoView + use<> {
    let form = &sheet.form;
    let percent_hint = match form.percent_as {
        PercentAs::Off => "draft-percent-hint-off",
        PercentAs::Zhe => "draft-percent-hint-zhe",
    };
    section(
        2,
        "editor-benefit",
        view! {
                <div class="space-y-4">
                    {sheet
                        .choice(
                            "kind",
                            &form.kind,
                            &[
                                ("amount_off", Some("draft-kind-amount-off-hint")),
                                ("percent_off", Some("draft-kind-percent-off-hint")),
                                ("tiered", Some("draft-kind-tiered-hint")),
                                ("every", Some("draft-kind-every-hint")),
                            ],
                        )}
                    <div class="group-has-[#kind-percent-off:checked]:hidden group-has-[#kind-tiered:checked]:hidden group-has-[#kind-every:checked]:hidden">
                        <div class=PAIR>
                            {sheet.amount("amount", &form.amount, None)}
                            {sheet.amount("min_spend", &form.min_spend, Some("draft-min-spend-hint"))}
                        </div>
                    </div>
                    <div class="group-has-[#kind-amount-off:checked]:hidden group-has-[#kind-tiered:checked]:hidden group-has-[#kind-every:checked]:hidden">
                        <input type="hidden" name="draft[percent_as]" value=form.percent_as.as_str() />
                        <div class=PAIR>
                            <div>
                                {sheet.amount("percent", &form.percent, Some(percent_hint))}
                                <p id=ECHO_ID class="mt-1 font-medium tabular-nums">{echo}</p>
                            </div>
                            {sheet.amount("max_discount", &form.max_discount, Some("draft-max-discount-hint"))}
                            {sheet.amount("percent_min_spend", &form.percent_min_spend, Some("draft-min-spend-hint"))}
                        </div>
                    </div>
                    <div class="group-has-[#kind-amount-off:checked]:hidden group-has-[#kind-percent-off:checked]:hidden group-has-[#kind-every:checked]:hidden">
                        {steps(sheet)}
                    </div>
                    <div class="group-has-[#kind-amount-off:checked]:hidden group-has-[#kind-percent-off:checked]:hidden group-has-[#kind-tiered:checked]:hidden">
                        <div class=PAIR>
                            {sheet.amount("per", &form.per, None)}
                            {sheet.amount("every_amount", &form.every_amount, None)}
                            {sheet.count("max_times", &form.max_times, Some("draft-max-times-hint"))}
                        </div>
                    </div>
                </div>
        },
    )
}

/// All rows are there; those behind the first that is blank are out of sight (`next-row`).
fn steps(sheet: &Sheet) -> impl IntoView + use<> {
    let rows = &sheet.form.steps;
    let cell = |row: usize, part: &'static str, value: String| {
        let field = format!("steps-{row}-{part}");
        let problem = sheet.problems.contains_key(&field);
        let label = format!(
            "{} · {}",
            t_with("draft-step", [("n", (row + 1).into())]),
            t(if part == "amount" { "draft-step-amount" } else { "draft-step-min-spend" }),
        );
        view! {
            <td class="p-1 align-top">
                <input
                    id=field.clone()
                    name=format!("draft[steps][{row}][{part}]")
                    inputmode="decimal"
                    autocomplete="off"
                    placeholder=" "
                    value=value
                    class=CONTROL
                    aria-label=label
                    aria-invalid=problem.then_some("true")
                    aria-describedby=problem.then(|| format!("{field}-problem"))
                />
                {sheet.problem(&field)}
            </td>
        }
    };
    let row = |row: usize| {
        let StepRow { min_spend, amount } = rows.get(row).cloned().unwrap_or_default();
        view! {
            <tr class=if row < 2 { "" } else { "next-row" }>
                <th scope="row" class="w-8 p-1 text-left font-normal text-muted tabular-nums">
                    {row + 1}
                </th>
                {cell(row, "min_spend", min_spend)}
                {cell(row, "amount", amount)}
            </tr>
        }
    };
    view! {
        <table class="w-full">
            <caption class="text-left font-medium">{t("draft-steps")}</caption>
            <thead>
                <tr class="text-left text-muted">
                    <th scope="col">
                        <span class="sr-only">{t("draft-step-number")}</span>
                    </th>
                    <th scope="col" class="p-1 font-normal">
                        {t("draft-step-min-spend")}
                    </th>
                    <th scope="col" class="p-1 font-normal">
                        {t("draft-step-amount")}
                    </th>
                </tr>
            </thead>
            <tbody>{(0..STEPS_MAX).map(row).collect_view()}</tbody>
        </table>
        <p class="mt-1 text-muted">{t("draft-steps-hint")}</p>
    }
}

pub(super) fn times(sheet: &Sheet) -> impl IntoView + use<> {
    let form = &sheet.form;
    section(
        4,
        "editor-times",
        view! {
                <p class="text-muted">{t("editor-times-hint")}</p>
                <div class="mt-3 space-y-4">
                    <div class=MOMENTS>
                        {sheet.moment("claim_from", &form.claim_from, &form.claim_from_time, None)}
                        {sheet.moment("claim_until", &form.claim_until, &form.claim_until_time, None)}
                    </div>
                    {sheet
                        .choice(
                            "validity",
                            &form.validity,
                            &[
                                ("fixed", Some("draft-validity-fixed-hint")),
                                ("days", Some("draft-validity-days-hint")),
                            ],
                        )}
                    <div class="group-has-[#validity-days:checked]:hidden">
                        <div class=MOMENTS>
                            {sheet.moment("valid_from", &form.valid_from, &form.valid_from_time, None)}
                            {sheet.moment("valid_until", &form.valid_until, &form.valid_until_time, None)}
                        </div>
                    </div>
                    <div class="group-has-[#validity-fixed:checked]:hidden">
                        <div class=MOMENTS>
                            {sheet.count("days", &form.days, Some("draft-days-hint"))}
                            {sheet.moment("days_until", &form.days_until, &form.days_until_time, None)}
                        </div>
                    </div>
                </div>
        },
    )
}

pub(super) fn limits(sheet: &Sheet) -> impl IntoView + use<> {
    let form = &sheet.form;
    section(
        5,
        "editor-limits",
        view! {
                <div class=PAIR>
                    {sheet.count("stock", &form.stock, Some("draft-stock-hint"))}
                    {sheet.amount("budget", &form.budget, Some("draft-budget-hint"))}
                    {sheet.count("per_shopper", &form.per_shopper, None)}
                    {sheet.count("per_shopper_daily", &form.per_shopper_daily, Some("draft-per-shopper-daily-hint"))}
                </div>
                <div class="mt-4">
                    {sheet
                        .choice(
                            "lane",
                            &form.lane,
                            &[
                                ("instant", Some("draft-lane-instant-hint")),
                                ("queued", Some("draft-lane-queued-hint")),
                            ],
                        )}
                </div>
        },
    )
}

pub(super) fn people(sheet: &Sheet, known: Segments) -> impl IntoView + use<> {
    let form = &sheet.form;
    let Segments { names, is_whole } = known;
    let is_empty = is_whole && !form.segment.is_empty() && !names.contains(form.segment.trim());
    let empty = is_empty.then(|| t("draft-segment-empty"));
    section(
        6,
        "editor-people",
        view! {
                <div class="space-y-4">
                    {sheet
                        .choice(
                            "audience",
                            &form.audience,
                            &[
                                ("everyone", None),
                                ("new_shoppers", Some("draft-audience-new-shoppers-hint")),
                                ("segment", None),
                            ],
                        )}
                    <div class="group-has-[#audience-everyone:checked]:hidden group-has-[#audience-new-shoppers:checked]:hidden">
                        {sheet.suggested("segment", &form.segment, empty, "segments")}
                        <Choices id="segments" names=names.into_iter().collect() />
                    </div>
                    {sheet
                        .choice(
                            "visibility",
                            &form.visibility,
                            &[
                                ("listed", Some("draft-visibility-listed-hint")),
                                ("link", Some("draft-visibility-link-hint")),
                                ("granted", Some("draft-visibility-granted-hint")),
                            ],
                        )}
                    {sheet.area("channels", &form.channels, Some("draft-channels-hint"))}
                </div>
        },
    )
}

pub(super) fn together(sheet: &Sheet) -> impl IntoView + use<> {
    let form = &sheet.form;
    section(
        7,
        "editor-together",
        view! {
                <div class="space-y-4">
                    {sheet
                        .choice(
                            "stacking",
                            &form.stacking,
                            &[
                                ("exclusive", Some("draft-stacking-exclusive-hint")),
                                ("combines", Some("draft-stacking-combines-hint")),
                            ],
                        )}
                    {sheet.line("group", &form.group, Some("draft-group-hint"))}
                    <p>
                        <a class="inline-flex min-h-11 items-center text-accent underline" href="#conflicts">
                            {t("editor-conflicts-link")}
                        </a>
                    </p>
                </div>
        },
    )
}

pub(super) fn returns(sheet: &Sheet) -> impl IntoView + use<> {
    section(
        8,
        "editor-returns",
        view! {
                <div>
                    {sheet
                        .choice(
                            "part_return",
                            &sheet.form.part_return,
                            &[
                                ("keep", Some("draft-part-return-keep-hint")),
                                ("claw_back", Some("draft-part-return-claw-back-hint")),
                            ],
                        )}
                </div>
        },
    )
}
