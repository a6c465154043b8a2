//! What changed between two drafts, field by field and in words; what is the same is left out.

mod wording;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::{Datelike, TimeDelta};
use domain::benefit::Benefit;
use domain::money::BasisPoints;
use domain::planning::Alignment;
use domain::scope::{Lists, ScopeRule};
use domain::template::{
    Audience, ChannelQuota, Draft, Lane, PartReturn, Validity, Visibility, Window,
};
use domain::{Money, Time};

use super::draft_form::{PercentAs, write_percent};
use super::sentence::Words;
use crate::locale::{t, t_with};

pub use wording::{Mark, Piece};

/// A field that says something else now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What the field is called.
    pub field: String,
    pub what: What,
}

/// How a field changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// One value became another.
    Value { old: String, new: String },
    /// A list gained and lost.
    Members { added: Vec<String>, removed: Vec<String> },
    /// A text was rewritten.
    Text(Vec<Piece>),
}

/// What `new` says otherwise than `old`.
pub fn between(words: &Words<'_>, old: &Draft, new: &Draft) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut add = |key: &str, what: Option<What>| {
        changes.extend(what.map(|what| Change { field: t(key), what }));
    };
    let reader = Reader { words };
    for ((key, old), (_, new)) in reader.naming(old).into_iter().zip(reader.naming(new)) {
        add(key, value(old, new));
    }
    add("difference-description", text(&old.description, &new.description));
    add("difference-terms", text(&old.terms, &new.terms));
    for ((key, old), (_, new)) in reader.worth(old).into_iter().zip(reader.worth(new)) {
        add(key, value(old, new));
    }
    add("difference-include", reader.included(&old.scope.include, &new.scope.include));
    add("difference-exclude", reader.members(&old.scope.exclude, &new.scope.exclude));
    for ((key, old), (_, new)) in reader.terms(old).into_iter().zip(reader.terms(new)) {
        add(key, value(old, new));
    }
    let channels = |draft: &Draft| draft.channels.iter().map(channel).collect();
    add("difference-channels", gained_and_lost(channels(old), channels(new)));
    changes
}

/// A field's message and what it says; nothing is said as such.
type Value = (&'static str, Option<String>);

struct Reader<'a> {
    words: &'a Words<'a>,
}

impl Reader<'_> {
    fn naming(&self, draft: &Draft) -> [Value; 5] {
        let reference = draft.reference.as_ref();
        let by = reference.map(|reference| match reference.by {
            Alignment::Holiday => t("draft-reference-by-holiday"),
            Alignment::Date => t("draft-reference-by-date"),
        });
        [
            ("difference-name", Some(draft.name.clone())),
            ("difference-title", draft.title.clone()),
            ("difference-campaign", draft.campaign.clone()),
            ("difference-reference", reference.map(|reference| reference.past.to_string())),
            ("difference-reference-by", by),
        ]
    }

    /// Every number a benefit may have, whatever its kind, so that two kinds compare.
    fn worth(&self, draft: &Draft) -> [Value; 9] {
        let money = |amount: Money| Some(self.money(amount));
        let (mut amount, mut percent, mut min, mut max) = (None, None, None, None);
        let (mut steps, mut per, mut times) = (None, None, None);
        let kind = match &draft.benefit {
            Benefit::AmountOff { amount: off, min_spend } => {
                (amount, min) = (money(*off), min_spend.and_then(money));
                "list-kind-amount-off"
            }
            Benefit::PercentOff { basis_points, min_spend, max_discount } => {
                percent = Some(self.percent(*basis_points));
                (min, max) = (min_spend.and_then(money), max_discount.and_then(money));
                "list-kind-percent-off"
            }
            Benefit::Tiered { steps: all } => {
                let step = |step: &domain::benefit::Step| {
                    let filled = [
                        ("amount", self.money(step.amount).into()),
                        ("min", self.money(step.min_spend).into()),
                    ];
                    t_with("difference-step", filled)
                };
                steps = Some(all.iter().map(step).collect::<Vec<_>>().join(&t("separator")));
                "list-kind-tiered"
            }
            Benefit::Every { per: each, amount: off, max_times } => {
                (per, amount) = (money(*each), money(*off));
                times = max_times.map(|times| times.to_string());
                "list-kind-every"
            }
        };
        let rule = match draft.scope.rule {
            ScopeRule::EligibleLines => "difference-rule-eligible-lines",
            ScopeRule::WholeOrder => "difference-rule-whole-order",
        };
        [
            ("difference-kind", Some(t(kind))),
            ("difference-amount", amount),
            ("difference-percent", percent),
            ("difference-min-spend", min),
            ("difference-max-discount", max),
            ("difference-steps", steps),
            ("difference-per", per),
            ("difference-max-times", times),
            ("difference-rule", Some(t(rule))),
        ]
    }

    /// When, how many, for whom, and what beside it.
    fn terms(&self, draft: &Draft) -> [Value; 15] {
        let (validity, days, valid) = match draft.validity {
            Validity::Fixed(window) => ("difference-validity-fixed", None, window),
            Validity::Days { days, until } => {
                ("difference-validity-days", Some(days.to_string()), Window { from: None, until })
            }
        };
        let audience = match &draft.audience {
            Audience::Everyone => t("difference-audience-everyone"),
            Audience::NewShoppers => t("difference-audience-new"),
            Audience::Segment(segment) => {
                t_with("difference-audience-segment", [("segment", segment.clone().into())])
            }
        };
        let visibility = match draft.visibility {
            Visibility::Listed => "list-visibility-listed",
            Visibility::Link => "list-visibility-link",
            Visibility::Granted => "list-visibility-granted",
        };
        let lane = match draft.lane {
            Lane::Instant => "difference-lane-instant",
            Lane::Queued => "difference-lane-queued",
        };
        let stacking = match draft.stacking.exclusive {
            true => "difference-stacking-alone",
            false => "difference-stacking-combines",
        };
        let part_return = match draft.part_return {
            PartReturn::Keep => "difference-return-keep",
            PartReturn::ClawBack => "difference-return-claw-back",
        };
        let number = |n: u64| super::templates::count(n);
        [
            ("difference-claim-from", draft.claim_window.from.map(|from| self.minute(from))),
            ("difference-claim-until", draft.claim_window.until.map(|until| self.last(until))),
            ("difference-validity", Some(t(validity))),
            ("difference-days", days),
            ("difference-valid-from", valid.from.map(|from| self.minute(from))),
            ("difference-valid-until", valid.until.map(|until| self.last(until))),
            ("difference-stock", draft.stock.map(number)),
            ("difference-per-shopper", Some(number(draft.per_shopper.into()))),
            ("difference-per-day", draft.per_shopper_daily.map(|n| number(n.into()))),
            ("difference-budget", draft.budget.map(|budget| self.money(budget))),
            ("difference-audience", Some(audience)),
            ("difference-visibility", Some(t(visibility))),
            ("difference-lane", Some(t(lane))),
            ("difference-stacking", Some(self.together(t(stacking), &draft.stacking.group))),
            ("difference-return", Some(t(part_return))),
        ]
    }

    fn together(&self, alone: String, group: &Option<String>) -> String {
        let group = group.clone();
        let group = group.map(|group| t_with("difference-group", [("group", group.into())]));
        [Some(alone), group].into_iter().flatten().collect::<Vec<_>>().join(&t("separator"))
    }

    /// What is included; nothing named is everything.
    fn included(&self, old: &Lists, new: &Lists) -> Option<What> {
        if old.is_empty() == new.is_empty() {
            return self.members(old, new);
        }
        let all = |lists: &Lists| match lists.is_empty() {
            true => t("difference-everything"),
            false => shortened(self.names(lists).into_iter().collect()).join(&t("separator")),
        };
        Some(What::Value { old: all(old), new: all(new) })
    }

    fn members(&self, old: &Lists, new: &Lists) -> Option<What> {
        gained_and_lost(self.names(old), self.names(new))
    }

    fn names(&self, lists: &Lists) -> BTreeSet<String> {
        let categories = lists.categories.iter().map(self.words.category);
        categories.chain(lists.products.iter().map(ToString::to_string)).collect()
    }

    fn money(&self, amount: Money) -> String {
        self.words.conventions.currency.show(amount)
    }

    fn percent(&self, points: BasisPoints) -> String {
        let (off, zhe) =
            (write_percent(points, PercentAs::Off), write_percent(points, PercentAs::Zhe));
        t_with("difference-percent-off", [("off", off.into()), ("zhe", zhe.into())])
    }

    fn minute(&self, at: Time) -> String {
        let local = (self.words.conventions.local)(at);
        let is_this_year = local.year() == self.words.year;
        let key = if is_this_year { "sentence-minute" } else { "sentence-minute-year" };
        local.format(&t(key)).to_string()
    }

    /// The last minute before an exclusive end.
    fn last(&self, until: Time) -> String {
        self.minute(until - TimeDelta::microseconds(1))
    }
}

fn channel(channel: &ChannelQuota) -> String {
    match channel.quota {
        Some(quota) => {
            let quota = super::templates::count(quota);
            let name = channel.name.to_string();
            t_with("template-channel-quota", [("channel", name.into()), ("quota", quota.into())])
        }
        None => channel.name.to_string(),
    }
}

fn value(old: Option<String>, new: Option<String>) -> Option<What> {
    let said = |value: Option<String>| value.unwrap_or_else(|| t("difference-none"));
    (old != new).then(|| What::Value { old: said(old), new: said(new) })
}

fn text(old: &Option<String>, new: &Option<String>) -> Option<What> {
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    (old != new).then(|| What::Text(wording::compare(&said(old), &said(new))))
}

fn gained_and_lost(old: BTreeSet<String>, new: BTreeSet<String>) -> Option<What> {
    let beyond = |this: &BTreeSet<String>, that: &BTreeSet<String>| {
        shortened(this.difference(that).cloned().collect())
    };
    (old != new).then(|| What::Members { added: beyond(&new, &old), removed: beyond(&old, &new) })
}

/// Members that are named before it is said how many more there are.
const NAMED_MAX: usize = 8;

fn shortened(mut names: Vec<String>) -> Vec<String> {
    let more = names.len().saturating_sub(NAMED_MAX);
    if more > 1 {
        names.truncate(NAMED_MAX);
        names.push(t_with("difference-more", [("n", more.into())]));
    }
    names
}
