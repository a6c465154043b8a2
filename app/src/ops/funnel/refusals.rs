//! Why claims and quotes were refused.

use engine::funnel::Refused;
use leptos::prelude::*;

use super::number;
use crate::locale::t;
use crate::ui::Card;
use crate::ui::table::{CELL, Head, NUMBER, Table};

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
    let heads = [
        Head::Text(t("funnel-reason")),
        Head::Number(t("funnel-refused-claims")),
        Head::Number(t("funnel-refused-quotes")),
    ];
    view! {
        <Card title=t("funnel-refusals")>
            <p class="max-w-prose text-muted">{t("funnel-refusals-lead")}</p>
            <Table label=t("funnel-refusals") heads=heads>
                {refused.into_iter().map(row).collect_view()}
            </Table>
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
