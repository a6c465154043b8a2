//! From a draft to the text of its form.

use chrono::{NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use domain::benefit::Benefit;
use domain::calendar::Side;
use domain::money::BasisPoints;
use domain::scope::{Lists, ScopeRule};
use domain::template::{Audience, ChannelQuota, Draft, Lane, PartReturn, Validity, Visibility};
use domain::{Money, Time};

use super::reading::ZHE;
use super::{Conventions, DraftForm, PercentAs, StepRow};

impl DraftForm {
    /// What a new template begins with.
    pub fn blank(percent_as: PercentAs) -> Self {
        let word = str::to_owned;
        Self {
            reference_by: word("holiday"),
            kind: word("amount_off"),
            percent_as,
            scope_rule: word("eligible_lines"),
            validity: word("fixed"),
            per_shopper: word("1"),
            audience: word("everyone"),
            visibility: word("listed"),
            lane: word("instant"),
            stacking: word("exclusive"),
            part_return: word("keep"),
            ..Self::default()
        }
    }

    /// The draft as its form shows it.
    pub fn of(draft: &Draft, percent_as: PercentAs, conventions: &Conventions<'_>) -> Self {
        let percent_as = match draft.benefit {
            Benefit::PercentOff { basis_points, .. } if !ZHE.contains(&basis_points.0) => {
                PercentAs::Off
            }
            _ => percent_as,
        };
        let time = |at: Option<Time>, side| {
            at.map(|at| write_time((conventions.local)(at), side)).unwrap_or_default()
        };
        let mut form = Self {
            name: draft.name.clone(),
            title: draft.title.clone().unwrap_or_default(),
            description: draft.description.clone().unwrap_or_default(),
            terms: draft.terms.clone().unwrap_or_default(),
            campaign: draft.campaign.clone().unwrap_or_default(),
            reference: draft.reference.as_ref().map(|by| by.past.to_string()).unwrap_or_default(),
            stock: number(draft.stock),
            per_shopper: draft.per_shopper.to_string(),
            per_shopper_daily: number(draft.per_shopper_daily),
            budget: draft
                .budget
                .map(|budget| conventions.currency.format(budget))
                .unwrap_or_default(),
            group: draft.stacking.group.clone().unwrap_or_default(),
            channels: draft.channels.iter().map(write_channel).collect::<Vec<_>>().join("\n"),
            ..Self::blank(percent_as)
        };
        form.write_benefit(&draft.benefit, |amount| conventions.currency.format(amount));
        (form.include, form.include_products) = write_lists(&draft.scope.include);
        (form.exclude, form.exclude_products) = write_lists(&draft.scope.exclude);
        (form.claim_from, form.claim_from_time) = time(draft.claim_window.from, Side::From);
        (form.claim_until, form.claim_until_time) = time(draft.claim_window.until, Side::Until);
        match draft.validity {
            Validity::Fixed(window) => {
                (form.valid_from, form.valid_from_time) = time(window.from, Side::From);
                (form.valid_until, form.valid_until_time) = time(window.until, Side::Until);
            }
            Validity::Days { days, until } => {
                form.validity = "days".to_owned();
                form.days = days.to_string();
                (form.days_until, form.days_until_time) = time(until, Side::Until);
            }
        }
        form.write_choices(draft);
        form
    }

    fn write_choices(&mut self, draft: &Draft) {
        if let Some(reference) = &draft.reference {
            self.reference_by = reference.by.as_str().to_owned();
        }
        if draft.scope.rule == ScopeRule::WholeOrder {
            self.scope_rule = "whole_order".to_owned();
        }
        match &draft.audience {
            Audience::Everyone => {}
            Audience::NewShoppers => self.audience = "new_shoppers".to_owned(),
            Audience::Segment(segment) => {
                self.audience = "segment".to_owned();
                self.segment = segment.clone();
            }
        }
        match draft.visibility {
            Visibility::Listed => {}
            Visibility::Link => self.visibility = "link".to_owned(),
            Visibility::Granted => self.visibility = "granted".to_owned(),
        }
        if draft.lane == Lane::Queued {
            self.lane = "queued".to_owned();
        }
        if !draft.stacking.exclusive {
            self.stacking = "combines".to_owned();
        }
        if draft.part_return == PartReturn::ClawBack {
            self.part_return = "claw_back".to_owned();
        }
    }

    fn write_benefit(&mut self, benefit: &Benefit, money: impl Fn(Money) -> String) {
        let optional = |amount: Option<Money>| amount.map(&money).unwrap_or_default();
        match benefit {
            Benefit::AmountOff { amount, min_spend } => {
                self.amount = money(*amount);
                self.min_spend = optional(*min_spend);
            }
            Benefit::PercentOff { basis_points, min_spend, max_discount } => {
                self.kind = "percent_off".to_owned();
                self.percent = write_percent(*basis_points, self.percent_as);
                self.percent_min_spend = optional(*min_spend);
                self.max_discount = optional(*max_discount);
            }
            Benefit::Tiered { steps } => {
                self.kind = "tiered".to_owned();
                let row = |step: &domain::benefit::Step| StepRow {
                    min_spend: money(step.min_spend),
                    amount: money(step.amount),
                };
                self.steps = steps.iter().map(row).collect();
            }
            Benefit::Every { per, amount, max_times } => {
                self.kind = "every".to_owned();
                self.per = money(*per);
                self.every_amount = money(*amount);
                self.max_times = number(*max_times);
            }
        }
    }
}

/// A percentage as it is typed: 2000 is `20` off, or `8` (折).
pub fn write_percent(points: BasisPoints, written_as: PercentAs) -> String {
    let (value, decimals) = match written_as {
        PercentAs::Off => (points.0, 2),
        PercentAs::Zhe => (BasisPoints::WHOLE.0.saturating_sub(points.0), 3),
    };
    let unit = 10_u32.pow(decimals as u32);
    let text = format!("{}.{:0decimals$}", value / unit, value % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A date and a time of day; whole days need no time.
fn write_time(local: NaiveDateTime, side: Side) -> (String, String) {
    let date = |at: NaiveDateTime| at.date().format("%Y-%m-%d").to_string();
    if local.time() == NaiveTime::MIN {
        let named = match side {
            Side::From => local,
            Side::Until => local - TimeDelta::days(1),
        };
        return (date(named), String::new());
    }
    let format = if local.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    (date(local), local.format(format).to_string())
}

fn write_lists(lists: &Lists) -> (Vec<String>, String) {
    let products: Vec<&str> = lists.products.iter().map(domain::ProductId::as_str).collect();
    (lists.categories.iter().map(ToString::to_string).collect(), products.join("\n"))
}

/// The dash keeps a name that ends in a number from being read as one with a quota.
fn write_channel(channel: &ChannelQuota) -> String {
    let quota = channel.quota.map_or_else(|| "-".to_owned(), |quota| quota.to_string());
    format!("{} {quota}", channel.name)
}

fn number(count: Option<impl ToString>) -> String {
    count.map(|count| count.to_string()).unwrap_or_default()
}
