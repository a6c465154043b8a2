//! Why claims and quotes were refused.

use engine::funnel::Refused;
use leptos::prelude::*;

use super::number;
use crate::locale::t;
use crate::ui::Card;
use crate::ui::table::{AROUND, CELL, HEAD, HEAD_NUMBER, NUMBER, TABLE};

#[component]
pub fn Refusals(refused: Vec<Refused>) -> impl IntoView {
    if refused.is_empty() {
        return view! {
            <Card title=t("funnel-refusals")>
                <p class="text-muted">{t("funnel-refusals-none")}</p>
            </Card>
        }
        .into_any();
    }
    let row = |Refused { code, claims, quotes }: Refused| {
        view! {
            <tr>
                <th scope="row" class=CELL>
                    {reason(&code)}
                    <span class="block text-sm text-muted">{code.clone()}</span>
                </th>
                <td class=NUMBER>{number(claims)}</td>
                <td class=NUMBER>{number(quotes)}</td>
            </tr>
        }
    };
    view! {
        <Card title=t("funnel-refusals")>
            <p class="max-w-prose text-muted">{t("funnel-refusals-lead")}</p>
            <div class=AROUND tabindex="0" role="group" aria-label=t("funnel-refusals")>
                <table class=TABLE>
                    <caption class="sr-only">{t("funnel-refusals")}</caption>
                    <thead>
                        <tr>
                            <th scope="col" class=HEAD>
                                {t("funnel-reason")}
                            </th>
                            <th scope="col" class=HEAD_NUMBER>
                                {t("funnel-refused-claims")}
                            </th>
                            <th scope="col" class=HEAD_NUMBER>
                                {t("funnel-refused-quotes")}
                            </th>
                        </tr>
                    </thead>
                    <tbody class="divide-y divide-line">
                        {refused.into_iter().map(row).collect_view()}
                    </tbody>
                </table>
            </div>
        </Card>
    }
    .into_any()
}

/// The refusals that have a name here, by their codes.
const NAMED: [&str; 28] = [
    "not_started",
    "claim_closed",
    "paused",
    "sold_out",
    "claim_limit_reached",
    "daily_limit_reached",
    "too_many_attempts",
    "risk_rejected",
    "challenge_required",
    "new_shoppers_only",
    "not_in_audience",
    "channel_mismatch",
    "channel_quota_reached",
    "budget_exhausted",
    "not_valid_yet",
    "expired",
    "revoked",
    "held",
    "not_owner",
    "already_redeemed",
    "locked_by_other_order",
    "lock_lapsed",
    "below_threshold",
    "no_covered_lines",
    "line_out_of_scope",
    "no_value",
    "not_combinable",
    "amount_mismatch",
];

/// A refusal in a word or two; one without a name stands for itself.
fn reason(code: &str) -> String {
    if !NAMED.contains(&code) {
        return code.to_owned();
    }
    t(&format!("reason-{}", code.replace('_', "-")))
}

#[cfg(test)]
mod tests {
    use leptos::prelude::{Owner, provide_context};

    use super::*;
    use crate::preferences::{Language, Preferences};

    #[test]
    fn every_reason_has_a_name_in_both_languages() {
        for language in [Language::En, Language::Zh] {
            Owner::new().with(|| {
                provide_context(Preferences { language, theme: None });
                for code in NAMED {
                    assert!(!reason(code).contains("reason-"), "{code}");
                }
            });
        }
    }
}
