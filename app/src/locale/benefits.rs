//! What a coupon is worth, in words: large on its card, its condition below, or as one sentence.

use std::fmt;

use domain::{Money, benefit::Benefit, money::BasisPoints};

use super::{language, money, t, t_with};
use crate::preferences::Language;

/// The largest thing on a card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// What stands before it in small: `up to`, or nothing.
    pub lead: String,
    /// `¥20`, `8` or `20%`.
    pub figure: String,
    /// What follows it in small: `折`, `off`, or nothing.
    pub unit: String,
}

impl fmt::Display for Worth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gap =
            |word: &str| if language() == Language::En && !word.is_empty() { " " } else { "" };
        let Self { lead, figure, unit } = self;
        write!(f, "{lead}{}{figure}{}{unit}", gap(lead), gap(unit))
    }
}

/// The value of a benefit. Of several steps the highest, which the condition then explains.
pub fn worth(benefit: &Benefit) -> Worth {
    let amount = |amount: Money| Worth { figure: money(amount), ..Worth::default() };
    match benefit {
        Benefit::AmountOff { amount: off, .. } | Benefit::Every { amount: off, .. } => amount(*off),
        Benefit::Tiered { steps } => Worth {
            lead: t("worth-up-to"),
            ..amount(steps.last().map(|step| step.amount).unwrap_or_default())
        },
        Benefit::PercentOff { basis_points, .. } => {
            let figure = match language() {
                Language::En => format!("{}%", hundredths(basis_points.0)),
                Language::Zh => zhe(*basis_points),
            };
            Worth { figure, unit: t("worth-percent-unit"), ..Worth::default() }
        }
    }
}

/// What it takes to get that: `from ¥100`, `满100可用`, or no minimum.
pub fn condition(benefit: &Benefit) -> String {
    conditions(benefit).join(&t("separator"))
}

/// The same, each part by itself.
pub fn conditions(benefit: &Benefit) -> Vec<String> {
    let from = |min: Option<Money>| match min {
        Some(min) if !min.is_zero() => t_with("condition-from", [("min", money(min).into())]),
        _ => t("condition-none"),
    };
    match benefit {
        Benefit::AmountOff { min_spend, .. } => vec![from(*min_spend)],
        Benefit::PercentOff { min_spend, max_discount, .. } => {
            let most =
                max_discount.map(|max| t_with("condition-most", [("max", money(max).into())]));
            [Some(from(*min_spend)), most].into_iter().flatten().collect()
        }
        Benefit::Tiered { steps } => {
            let step = |step: &domain::benefit::Step| {
                let filled =
                    [("amount", money(step.amount).into()), ("min", money(step.min_spend).into())];
                t_with("condition-step", filled)
            };
            steps.iter().map(step).collect()
        }
        Benefit::Every { per, max_times, .. } => {
            let every = t_with("condition-every", [("per", money(*per).into())]);
            let times = max_times.map(|times| t_with("condition-times", [("n", times.into())]));
            [Some(every), times].into_iter().flatten().collect()
        }
    }
}

/// Both in one sentence: `¥20 off vegetables and fruit (from ¥100)`.
pub fn sentence(benefit: &Benefit, scope: &str) -> String {
    let worth = worth(benefit).to_string();
    let worth = match benefit {
        Benefit::PercentOff { .. } => worth,
        _ => t_with("worth-amount", [("amount", worth.into())]),
    };
    let filled = [
        ("worth", worth.into()),
        ("scope", scope.to_owned().into()),
        ("condition", condition(benefit).into()),
    ];
    capital(&t_with("benefit-sentence", filled))
}

/// As a sentence begins.
fn capital(sentence: &str) -> String {
    let mut rest = sentence.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest).collect()
}

/// 15 % off is 八五折: what is left, in tenths.
fn zhe(off: BasisPoints) -> String {
    let left = BasisPoints::WHOLE.0.saturating_sub(off.0);
    trimmed(left, 1000)
}

fn hundredths(points: u32) -> String {
    trimmed(points, 100)
}

/// `value / unit` without empty decimals.
fn trimmed(value: u32, unit: u32) -> String {
    let places = unit.ilog10() as usize;
    let text = format!("{}.{:0places$}", value / unit, value % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_off_is_what_is_left_in_tenths() {
        for (off, zhe_shown, percent) in
            [(2000, "8", "20"), (1500, "8.5", "15"), (1250, "8.75", "12.5"), (10_000, "0", "100")]
        {
            assert_eq!(zhe(BasisPoints(off)), zhe_shown);
            assert_eq!(hundredths(off), percent);
        }
    }
}
