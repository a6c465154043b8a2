//! What a coupon asks for and keeps to, besides its worth: a sentence each.

use domain::{
    scope::ScopeRule,
    template::{Audience, Draft},
};

use super::reckoning::part_return;
use crate::locale::t;

pub(super) fn terms(draft: &Draft) -> Vec<String> {
    let first = is_for_a_first_order(draft).then(|| t("refusal-new-shoppers-only"));
    let is_whole = draft.scope.rule == ScopeRule::WholeOrder;
    let whole = is_whole.then(|| t("coupon-whole-order"));
    let together = if draft.stacking.exclusive { "coupon-alone" } else { "coupon-together" };
    [first, whole, Some(t(together)), Some(part_return(draft))].into_iter().flatten().collect()
}

pub(super) fn is_for_a_first_order(draft: &Draft) -> bool {
    matches!(draft.audience, Audience::NewShoppers)
}
