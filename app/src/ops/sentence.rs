//! What a draft comes to, in words: the sentence a shopper reads, what it can cost at most, and
//! what a percentage means.

#[cfg(all(test, feature = "ssr"))]
mod tests;

use chrono::{Datelike, TimeDelta};
use domain::benefit::Benefit;
use domain::money::BasisPoints;
use domain::scope::{Scope, ScopeRule};
use domain::template::{Audience, Draft, Validity};
use domain::{CategoryId, Money, Time};

use super::draft_form::{Conventions, PercentAs, write_percent};
use super::phrases::Phrases;

/// The messages this needs.
#[cfg(feature = "ssr")]
pub const KEYS: &[&str] = &[
    "sentence-all-except",
    "sentence-amount",
    "sentence-amount-all",
    "sentence-amount-min",
    "sentence-amount-min-all",
    "sentence-and",
    "sentence-at-most",
    "sentence-days",
    "sentence-days-until",
    "sentence-each",
    "sentence-each-daily",
    "sentence-each-one",
    "sentence-every",
    "sentence-every-all",
    "sentence-every-once",
    "sentence-every-times",
    "sentence-except",
    "sentence-from",
    "sentence-join",
    "sentence-list",
    "sentence-list-more",
    "sentence-minute",
    "sentence-minute-year",
    "sentence-new-shoppers",
    "sentence-one-day",
    "sentence-percent",
    "sentence-percent-all",
    "sentence-percent-min",
    "sentence-percent-min-all",
    "sentence-percent-word",
    "sentence-product",
    "sentence-products",
    "sentence-segment",
    "sentence-step",
    "sentence-until",
    "sentence-whole-order",
    "cost-at-most",
    "cost-budget-first",
    "cost-budget-none",
    "cost-unbounded",
    "cost-unbounded-both",
    "cost-unbounded-discount",
    "echo",
];

/// The names that fit into a sentence before it says how many more there are.
const NAMES_MAX: usize = 4;

/// Where the words come from.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    pub phrases: &'a Phrases,
    pub conventions: Conventions<'a>,
    /// What a category is called.
    pub category: &'a dyn Fn(&CategoryId) -> String,
    /// The year that goes without saying.
    pub year: i32,
}

/// What it can cost at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    pub text: String,
    pub is_bounded: bool,
    /// Said where the budget ends before the stock does.
    pub note: Option<String>,
}

/// What would bound what nothing bounds: a stock does so only where each use has a bound.
pub fn unbounded_key(draft: &Draft) -> &'static str {
    match (draft.stock, draft.benefit.largest()) {
        (Some(_), _) => "cost-unbounded-discount",
        (None, Some(_)) => "cost-unbounded",
        (None, None) => "cost-unbounded-both",
    }
}

impl Words<'_> {
    /// `¥20 off when you spend ¥100 on vegetables and fruit, until 30 Nov, 23:59, one each`
    pub fn sentence(&self, draft: &Draft) -> String {
        let mut parts = vec![self.benefit(&draft.benefit, &draft.scope)];
        parts.extend(self.bound(&draft.benefit));
        parts.extend(self.exceptions(&draft.scope));
        parts.extend(self.validity(&draft.validity));
        parts.push(match draft.per_shopper {
            1 => self.phrases.get("sentence-each-one"),
            n => self.phrases.fill("sentence-each", &[("n", &n.to_string())]),
        });
        if let Some(daily) = draft.per_shopper_daily.filter(|daily| *daily < draft.per_shopper) {
            parts.push(self.phrases.fill("sentence-each-daily", &[("n", &daily.to_string())]));
        }
        match &draft.audience {
            Audience::Everyone => {}
            Audience::NewShoppers => parts.push(self.phrases.get("sentence-new-shoppers")),
            Audience::Segment(segment) => {
                parts.push(self.phrases.fill("sentence-segment", &[("segment", segment)]));
            }
        }
        parts.join(&self.phrases.get("sentence-join"))
    }

    /// Stock × largest discount or the budget; nothing bounds the rest.
    pub fn greatest_cost(&self, draft: &Draft) -> Cost {
        match draft.greatest_cost() {
            Some(cost) => Cost {
                text: self.phrases.fill("cost-at-most", &[("amount", &self.money(cost))]),
                is_bounded: true,
                note: self.budget_first(draft),
            },
            None => {
                let text = self.phrases.get(unbounded_key(draft));
                Cost { text, is_bounded: false, note: None }
            }
        }
    }

    /// What stock is left when the budget is spent can be claimed and not be used.
    fn budget_first(&self, draft: &Draft) -> Option<String> {
        let uses = draft.uses_in_budget()?;
        if uses == 0 {
            return Some(self.phrases.get("cost-budget-none"));
        }
        let filled = [("n", count(uses)), ("total", count(draft.stock?))];
        Some(self.fill("cost-budget-first", &filled))
    }

    /// `¥100 → pays ¥80 · 8折 · 20% off`, for a benefit that takes a share.
    pub fn echo(&self, draft: &Draft) -> Option<String> {
        let Benefit::PercentOff { basis_points, .. } = &draft.benefit else { return None };
        let hundred = self.conventions.currency.parse("100").ok()?;
        let pays = hundred - basis_points.of(hundred);
        let filled = [
            ("base", self.money(hundred)),
            ("pays", self.money(pays)),
            ("zhe", write_percent(*basis_points, PercentAs::Zhe)),
            ("off", write_percent(*basis_points, PercentAs::Off)),
        ];
        Some(self.fill("echo", &filled))
    }

    fn benefit(&self, benefit: &Benefit, scope: &Scope) -> String {
        let on = self.included(scope);
        let all = if on.is_none() { "-all" } else { "" };
        let on = on.unwrap_or_default();
        let amount = |key: &str, amount: Money, min: Money| {
            let filled = [
                ("amount", self.money(amount)),
                ("bare", self.bare(amount)),
                ("min", self.money(min)),
                ("bare_min", self.bare(min)),
                ("on", on.clone()),
            ];
            self.fill(key, &filled)
        };
        match benefit {
            Benefit::AmountOff { amount: off, min_spend } => match min_spend {
                Some(min) => amount(&format!("sentence-amount-min{all}"), *off, *min),
                None => amount(&format!("sentence-amount{all}"), *off, Money::ZERO),
            },
            Benefit::PercentOff { basis_points, min_spend, .. } => {
                let min = min_spend.unwrap_or_default();
                let filled = [
                    ("percent", self.percent(*basis_points)),
                    ("min", self.money(min)),
                    ("bare_min", self.bare(min)),
                    ("on", on.clone()),
                ];
                let with_min = if min.is_zero() { "" } else { "-min" };
                self.fill(&format!("sentence-percent{with_min}{all}"), &filled)
            }
            Benefit::Tiered { steps } => {
                let step = |(i, step): (usize, &domain::benefit::Step)| {
                    let first = format!("sentence-amount-min{all}");
                    let key = if i == 0 { first.as_str() } else { "sentence-step" };
                    amount(key, step.amount, step.min_spend)
                };
                let steps: Vec<String> = steps.iter().enumerate().map(step).collect();
                steps.join(&self.phrases.get("sentence-join"))
            }
            Benefit::Every { per, amount: off, .. } => {
                amount(&format!("sentence-every{all}"), *off, *per)
            }
        }
    }

    pub(super) fn bound(&self, benefit: &Benefit) -> Option<String> {
        match benefit {
            Benefit::PercentOff { max_discount: Some(max), .. } => {
                let filled = [("amount", self.money(*max)), ("bare", self.bare(*max))];
                Some(self.fill("sentence-at-most", &filled))
            }
            Benefit::Every { max_times: Some(1), .. } => {
                Some(self.phrases.get("sentence-every-once"))
            }
            Benefit::Every { max_times: Some(n), .. } => {
                Some(self.phrases.fill("sentence-every-times", &[("n", &n.to_string())]))
            }
            _ => None,
        }
    }

    /// `vegetables and fruit, except mushrooms`
    pub(super) fn covered(&self, scope: &Scope) -> String {
        let included = self.included(scope);
        let included = included.unwrap_or_else(|| self.phrases.get("scope-everything"));
        let except = self.names(&scope.exclude);
        let except = except.map(|names| self.phrases.fill("sentence-except", &[("names", &names)]));
        let parts: Vec<String> = std::iter::once(included).chain(except).collect();
        parts.join(&self.phrases.get("sentence-join"))
    }

    fn included(&self, scope: &Scope) -> Option<String> {
        self.names(&scope.include)
    }

    fn exceptions(&self, scope: &Scope) -> Vec<String> {
        let except = self.names(&scope.exclude).map(|names| {
            let key =
                if scope.include.is_empty() { "sentence-all-except" } else { "sentence-except" };
            self.phrases.fill(key, &[("names", &names)])
        });
        let whole =
            scope.rule == ScopeRule::WholeOrder && !(scope.include.is_empty() && except.is_none());
        let whole = whole.then(|| self.phrases.get("sentence-whole-order"));
        except.into_iter().chain(whole).collect()
    }

    /// `vegetables, fruit and 3 products`; none where nothing is named.
    fn names(&self, lists: &domain::scope::Lists) -> Option<String> {
        let mut names: Vec<String> = lists.categories.iter().map(self.category).collect();
        match lists.products.len() {
            0 => {}
            1 => names.push(self.phrases.get("sentence-product")),
            n => names.push(self.phrases.fill("sentence-products", &[("n", &n.to_string())])),
        }
        if names.len() > NAMES_MAX {
            let (shown, all) = (NAMES_MAX - 1, names.len());
            let filled = [
                ("names", names[..shown].join(&self.phrases.get("sentence-list"))),
                ("n", (all - shown).to_string()),
                ("total", all.to_string()),
            ];
            return Some(self.fill("sentence-list-more", &filled));
        }
        let last = names.pop()?;
        if names.is_empty() {
            return Some(last);
        }
        let before = names.join(&self.phrases.get("sentence-list"));
        Some([before, last].join(&self.phrases.get("sentence-and")))
    }

    pub(super) fn validity(&self, validity: &Validity) -> Vec<String> {
        let dated = |key: &str, at: Time| self.phrases.fill(key, &[("date", &self.minute(at))]);
        let until = |key: &str, until: Option<Time>| {
            until.map(|until| dated(key, until - TimeDelta::microseconds(1)))
        };
        match validity {
            Validity::Fixed(window) => {
                let from = window.from.map(|from| dated("sentence-from", from));
                from.into_iter().chain(until("sentence-until", window.until)).collect()
            }
            Validity::Days { days, until: end } => {
                let days = match days {
                    1 => self.phrases.get("sentence-one-day"),
                    n => self.phrases.fill("sentence-days", &[("n", &n.to_string())]),
                };
                std::iter::once(days).chain(until("sentence-days-until", *end)).collect()
            }
        }
    }

    fn minute(&self, at: Time) -> String {
        let local = (self.conventions.local)(at);
        let same_year = local.year() == self.year;
        let key = if same_year { "sentence-minute" } else { "sentence-minute-year" };
        local.format(&self.phrases.get(key)).to_string()
    }

    fn percent(&self, points: BasisPoints) -> String {
        let filled = [
            ("off", write_percent(points, PercentAs::Off)),
            ("zhe", write_percent(points, PercentAs::Zhe)),
        ];
        self.fill("sentence-percent-word", &filled)
    }

    fn money(&self, amount: Money) -> String {
        self.conventions.currency.show(amount)
    }

    /// Without the currency's sign, as in 满100减20.
    fn bare(&self, amount: Money) -> String {
        self.money(amount).replace(self.conventions.currency.sign(), "")
    }

    fn fill<const N: usize>(&self, key: &str, filled: &[(&str, String); N]) -> String {
        let filled = filled.each_ref().map(|(place, value)| (*place, value.as_str()));
        self.phrases.fill(key, &filled)
    }
}

/// Thousands apart: `12,000`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
