//! What ops designs: a draft with its bounds, and the life of a template.

use std::collections::BTreeSet;

use chrono::{Datelike, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::benefit::Benefit;
use crate::calendar::YEARS;
use crate::category::Tree;
use crate::ids::check_reference;
use crate::money::BasisPoints;
use crate::planning::{Named, Reference};
use crate::scope::{Lists, Scope};
use crate::stacking::Stacking;
use crate::{Channel, FieldError, Money, Problem, Refusal, TemplateId, Time};

/// Everything ops decides about a coupon. Immutable once it is a [`Revision`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Internal, 1 to 200 characters.
    pub name: String,
    /// What shoppers read; the name when absent.
    pub title: Option<String>,
    /// Up to 2,000 characters.
    pub description: Option<String>,
    /// The small print, up to 2,000 characters.
    pub terms: Option<String>,
    /// A label over several templates, up to 64 characters.
    pub campaign: Option<String>,
    /// The past template or campaign it is planned by; no business of shoppers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// What it is worth.
    pub benefit: Benefit,
    /// Which lines it covers.
    pub scope: Scope,
    /// When it may be claimed.
    pub claim_window: Window,
    /// When it may be used.
    pub validity: Validity,
    /// How many coupons there may ever be; `None` for no limit.
    pub stock: Option<u64>,
    /// How many one shopper may ever have.
    pub per_shopper: u32,
    /// How many one shopper may have per local day.
    pub per_shopper_daily: Option<u32>,
    /// How much it may cost in all.
    pub budget: Option<Money>,
    /// Who may have it.
    pub audience: Audience,
    /// Who may know of it.
    pub visibility: Visibility,
    /// How claims are settled.
    pub lane: Lane,
    /// What it goes together with.
    pub stacking: Stacking,
    /// What a part return does.
    pub part_return: PartReturn,
    /// The channels it may be claimed through; empty for any.
    pub channels: Vec<ChannelQuota>,
}

/// Half-open `[from, until)`; an absent side is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Window {
    /// First moment inside.
    pub from: Option<Time>,
    /// First moment after.
    pub until: Option<Time>,
}

/// When a coupon may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// The same for all: from a moment (the claim where absent) until another.
    Fixed(Window),
    /// A number of local days, the day of the claim being day 1, never past `until`.
    Days {
        /// At least 1.
        days: u32,
        /// The hard end.
        until: Option<Time>,
    },
}

impl Validity {
    /// The first moment at which no coupon can be used any more, whenever it is claimed.
    pub fn until(&self) -> Option<Time> {
        match self {
            Self::Fixed(Window { until, .. }) | Self::Days { until, .. } => *until,
        }
    }
}

/// Who may have it; judged at claim and again at quote and lock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Anyone.
    #[default]
    Everyone,
    /// Who never paid an order, ours or stated by the host shop.
    NewShoppers,
    /// Who is in a named segment.
    Segment(String),
}

/// Who may know of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody, in the coupon center.
    #[default]
    Listed,
    /// Who has the link.
    Link,
    /// Who is given one.
    Granted,
}

/// How claims are settled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// At once.
    #[default]
    Instant,
    /// Accepted durably, settled by a worker.
    Queued,
}

/// What a part return does to the discount on what is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartReturn {
    /// Kept goods keep their share.
    #[default]
    Keep,
    /// The refund is lowered by what the kept goods no longer earn.
    ClawBack,
}

/// A channel a template may be claimed through, and how many it may give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelQuota {
    /// The channel.
    pub name: Channel,
    /// At most this many; `None` for no limit of its own.
    pub quota: Option<u64>,
}

/// An immutable version of a template; a coupon is bound to the one it was issued under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Whose version.
    pub template: TemplateId,
    /// From 1.
    pub number: u32,
    /// What it says.
    pub draft: Draft,
}

/// The most a name or title may hold, in characters.
pub const NAME_MAX: u64 = 200;
/// The most a description or the small print may hold, in characters.
pub const TEXT_MAX: u64 = 2_000;
/// The most a campaign label may hold, in characters.
pub const CAMPAIGN_MAX: u64 = 64;
/// The most products one scope list may name.
pub const PRODUCTS_MAX: u64 = 20_000;
/// The most categories one scope list may name.
pub const CATEGORIES_MAX: u64 = 500;
/// The most channels a draft may name.
pub const CHANNELS_MAX: u64 = 100;
/// The most any count in a draft may be.
pub const COUNT_MAX: u64 = 1_000_000_000;

impl Draft {
    /// A draft in which everything that was not said is as the rules have it: one each, for
    /// everybody, on everything, without end, standing alone.
    pub fn new(name: impl Into<String>, benefit: Benefit) -> Self {
        Self {
            name: name.into(),
            title: None,
            description: None,
            terms: None,
            campaign: None,
            reference: None,
            benefit,
            scope: Scope::default(),
            claim_window: Window::default(),
            validity: Validity::Fixed(Window::default()),
            stock: None,
            per_shopper: 1,
            per_shopper_daily: None,
            budget: None,
            audience: Audience::default(),
            visibility: Visibility::default(),
            lane: Lane::default(),
            stacking: Stacking::default(),
            part_return: PartReturn::default(),
            channels: Vec::new(),
        }
    }

    /// What a shopper reads as its name.
    pub fn title(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.name)
    }

    /// Everything wrong with the draft, by path; empty when it may be published. The same check
    /// runs in the browser, there without a `tree` to look categories up in.
    pub fn check(&self, tree: Option<&Tree>) -> Vec<FieldError> {
        let mut check = Check::default();
        check.text("name", &self.name, 1, NAME_MAX);
        if let Some(title) = &self.title {
            check.text("title", title, 1, NAME_MAX);
        }
        check.optional_text("description", self.description.as_deref(), TEXT_MAX);
        check.optional_text("terms", self.terms.as_deref(), TEXT_MAX);
        check.optional_text("campaign", self.campaign.as_deref(), CAMPAIGN_MAX);
        if let Some(Reference { past: Named::Campaign(campaign), .. }) = &self.reference {
            check.text("reference", campaign, 1, CAMPAIGN_MAX);
        }
        check.benefit(&self.benefit);
        check.lists("scope.include", &self.scope.include, tree);
        check.lists("scope.exclude", &self.scope.exclude, tree);
        check.window("claim_window", self.claim_window);
        match self.validity {
            Validity::Fixed(window) => check.window("validity", window),
            Validity::Days { days, until } => {
                check.count("validity.days", u64::from(days), 1, 3_650);
                check.moment("validity.until".to_owned(), until);
            }
        }
        if let Some(stock) = self.stock {
            check.count("stock", stock, 1, COUNT_MAX);
        }
        check.count("per_shopper", u64::from(self.per_shopper), 1, 10_000);
        if let Some(daily) = self.per_shopper_daily {
            check.count("per_shopper_daily", u64::from(daily), 1, 10_000);
        }
        if let Some(budget) = self.budget {
            check.amount("budget", budget);
        }
        if let Audience::Segment(segment) = &self.audience {
            check.reference("audience.segment", segment);
        }
        if let Some(group) = &self.stacking.group {
            check.reference("stacking.group", group);
        }
        check.channels(&self.channels);
        check.errors
    }

    /// The most it can cost: stock × largest discount, or the budget where that is less. `None`
    /// where nothing bounds it.
    pub fn greatest_cost(&self) -> Option<Money> {
        let by_stock = match (self.stock, self.benefit.largest()) {
            (Some(stock), Some(largest)) => Some(largest.checked_mul(stock).unwrap_or(Money::MAX)),
            _ => None,
        };
        match (by_stock, self.budget) {
            (Some(by_stock), Some(budget)) => Some(by_stock.min(budget)),
            (by_stock, budget) => by_stock.or(budget),
        }
    }

    /// How many uses the budget pays for at the largest discount, where that is fewer than there is
    /// stock. `None` where the stock is gone first, or where one of the three is not bounded.
    pub fn uses_in_budget(&self) -> Option<u64> {
        let (stock, budget, largest) = (self.stock?, self.budget?, self.benefit.largest()?);
        let uses = budget.units().checked_div(largest.units())?.max(0).unsigned_abs();
        (uses < stock).then_some(uses)
    }

    /// When coupons of it may be used at all, counting generously: whoever claims last has longest.
    pub fn usable(&self) -> Window {
        let claims = self.claim_window;
        match self.validity {
            Validity::Fixed(window) => {
                Window { from: window.from.max(claims.from), until: window.until }
            }
            Validity::Days { days, until } => {
                let last = claims.until.map(|end| end + TimeDelta::days(i64::from(days)));
                let until = [last, until].into_iter().flatten().min();
                Window { from: claims.from, until }
            }
        }
    }

    /// When it can be claimed to any purpose: nothing is given out that could not be used.
    pub fn claimable(&self) -> Window {
        let ends = [self.claim_window.until, self.validity.until()];
        Window { from: self.claim_window.from, until: ends.into_iter().flatten().min() }
    }

    /// When it is claimed or given to any purpose: what is only granted is given whatever its claim
    /// window says.
    pub fn handed_out(&self) -> Window {
        match self.visibility {
            Visibility::Granted => Window { from: None, until: self.validity.until() },
            Visibility::Listed | Visibility::Link => self.claimable(),
        }
    }

    /// What of it is over, by path: who publishes it now means another year. What is only granted is
    /// given whatever its claim window says.
    pub fn over(&self, now: Time) -> Vec<FieldError> {
        let claims = self.claim_window.until.filter(|_| self.visibility != Visibility::Granted);
        [("claim_window.until", claims), ("validity.until", self.validity.until())]
            .into_iter()
            .filter(|(_, until)| until.is_some_and(|until| until <= now))
            .map(|(field, _)| FieldError::new(field, Problem::Past))
            .collect()
    }

    /// Whether somebody else has to approve it, money-at-risk being above `limit`.
    pub fn needs_approval(&self, limit: Option<Money>) -> bool {
        limit.is_some_and(|limit| self.greatest_cost().is_none_or(|cost| cost > limit))
    }

    /// More than half off, also by an amount of what has to be spent for it: right now and then, a
    /// slip of the finger more often. The editor asks for a tick.
    pub fn is_generous(&self) -> bool {
        let is_most = |amount: Money, of: Money| amount.checked_mul(2).is_none_or(|both| both > of);
        match &self.benefit {
            Benefit::PercentOff { basis_points, .. } => *basis_points > BasisPoints(5_000),
            Benefit::AmountOff { amount, min_spend } => {
                min_spend.is_some_and(|min| is_most(*amount, min))
            }
            Benefit::Tiered { steps } => {
                steps.iter().any(|step| is_most(step.amount, step.min_spend))
            }
            Benefit::Every { per, amount, .. } => is_most(*amount, *per),
        }
    }
}

/// Whether one sees anything of it: no space, no zero-width character.
fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Control characters, and those that turn the direction of whatever stands after them.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[derive(Default)]
struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    fn wrong(&mut self, field: impl Into<String>, problem: Problem) {
        self.errors.push(FieldError::new(field, problem));
    }

    fn text(&mut self, field: &str, text: &str, min: u64, max: u64) {
        let length = text.chars().count() as u64;
        if length < min || (min > 0 && !text.chars().any(is_visible)) {
            self.wrong(field, Problem::Required);
        } else if length > max {
            self.wrong(field, Problem::TooLong { max });
        } else if text.chars().any(|c| is_control(c) && !matches!(c, '\n' | '\r' | '\t')) {
            self.wrong(field, Problem::ControlCharacter);
        }
    }

    fn optional_text(&mut self, field: &str, text: Option<&str>, max: u64) {
        if let Some(text) = text {
            self.text(field, text, 0, max);
        }
    }

    fn reference(&mut self, field: &str, text: &str) {
        if let Err(problem) = check_reference(text) {
            self.wrong(field, problem);
        }
    }

    fn amount(&mut self, field: &str, amount: Money) {
        if amount <= Money::ZERO {
            self.wrong(field, Problem::NotAboveZero);
        } else if amount > Money::MAX {
            self.wrong(field, Problem::TooLarge);
        }
    }

    fn count(&mut self, field: &str, count: u64, min: u64, max: u64) {
        if count < min || count > max {
            self.wrong(field, Problem::OutOfRange { min, max });
        }
    }

    fn window(&mut self, field: &str, window: Window) {
        for (side, time) in [("from", window.from), ("until", window.until)] {
            self.moment(format!("{field}.{side}"), time);
        }
        if let (Some(from), Some(until)) = (window.from, window.until)
            && from >= until
        {
            self.wrong(format!("{field}.until"), Problem::EndsBeforeItBegins);
        }
    }

    /// Calendars and sums of days have to reach beyond it.
    fn moment(&mut self, field: String, time: Option<Time>) {
        if time.is_some_and(|time| !YEARS.contains(&time.year())) {
            self.wrong(field, Problem::NotATime);
        }
    }

    fn benefit(&mut self, benefit: &Benefit) {
        match benefit {
            Benefit::AmountOff { amount, min_spend } => {
                self.amount("benefit.amount", *amount);
                self.threshold(*min_spend);
            }
            Benefit::PercentOff { basis_points, min_spend, max_discount } => {
                self.count("benefit.basis_points", u64::from(basis_points.0), 1, 10_000);
                self.threshold(*min_spend);
                if let Some(max) = max_discount {
                    self.amount("benefit.max_discount", *max);
                }
            }
            Benefit::Tiered { steps } => {
                if steps.len() < 2 {
                    self.wrong("benefit.steps", Problem::TooFew { min: 2 });
                } else if steps.len() > 10 {
                    self.wrong("benefit.steps", Problem::TooMany { max: 10 });
                }
                for (i, step) in steps.iter().enumerate() {
                    self.amount(&format!("benefit.steps.{i}.min_spend"), step.min_spend);
                    self.amount(&format!("benefit.steps.{i}.amount"), step.amount);
                }
                for (i, pair) in steps.windows(2).enumerate() {
                    if pair[1].min_spend <= pair[0].min_spend {
                        self.wrong(
                            format!("benefit.steps.{}.min_spend", i + 1),
                            Problem::NotRising,
                        );
                    }
                    if pair[1].amount <= pair[0].amount {
                        self.wrong(format!("benefit.steps.{}.amount", i + 1), Problem::NotRising);
                    }
                }
            }
            Benefit::Every { per, amount, max_times } => {
                self.amount("benefit.per", *per);
                self.amount("benefit.amount", *amount);
                if let Some(times) = max_times {
                    self.count("benefit.max_times", u64::from(*times), 1, 10_000);
                }
            }
        }
    }

    /// Zero means no threshold; forms turn a blank into `None`.
    fn threshold(&mut self, min_spend: Option<Money>) {
        if min_spend.is_some_and(|min| min < Money::ZERO || min > Money::MAX) {
            self.wrong("benefit.min_spend", Problem::TooLarge);
        }
    }

    fn lists(&mut self, field: &str, lists: &Lists, tree: Option<&Tree>) {
        if lists.categories.len() as u64 > CATEGORIES_MAX {
            self.wrong(format!("{field}.categories"), Problem::TooMany { max: CATEGORIES_MAX });
        }
        if lists.products.len() as u64 > PRODUCTS_MAX {
            self.wrong(format!("{field}.products"), Problem::TooMany { max: PRODUCTS_MAX });
        }
        if let Some(tree) = tree
            && lists.categories.iter().any(|category| !tree.contains(category))
        {
            self.wrong(format!("{field}.categories"), Problem::Unknown);
        }
    }

    fn channels(&mut self, channels: &[ChannelQuota]) {
        if channels.len() as u64 > CHANNELS_MAX {
            self.wrong("channels", Problem::TooMany { max: CHANNELS_MAX });
            return;
        }
        let mut names = BTreeSet::new();
        for (i, channel) in channels.iter().enumerate() {
            if !names.insert(&channel.name) {
                self.wrong(format!("channels.{i}.name"), Problem::Duplicate);
            }
            if let Some(quota) = channel.quota {
                self.count(&format!("channels.{i}.quota"), quota, 1, COUNT_MAX);
            }
        }
    }
}

/// Where a template stands. Live is what ops switched on; open, upcoming and closed follow from
/// the clock: see [`Phase`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Being written.
    Draft,
    /// Waiting for somebody else's approval.
    InReview,
    /// Switched on.
    Live,
    /// Switched off for now; coupons already out stay good.
    Paused,
    /// Over; coupons already out stay good.
    Ended,
}

/// What ops can do to a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Switch it on (or on again), or hand it in for approval where that is needed.
    Publish,
    /// Switch on what somebody else handed in.
    Approve,
    /// Hand it back to its author.
    Reject,
    /// Switch it off for now.
    Pause,
    /// Switch it off for good.
    End,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Draft, Self::InReview, Self::Live, Self::Paused, Self::Ended];

    /// The word in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in_review",
            Self::Live => "live",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }

    /// Reads [`State::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// The state after `action`; `state_conflict` where it cannot be taken. Acting twice is
    /// harmless: what already holds stays.
    pub fn after(self, action: Action, needs_approval: bool) -> Result<Self, Refusal> {
        use State::*;
        match (self, action) {
            (Live, Action::Publish | Action::Approve) => Ok(Live),
            (Draft | Paused, Action::Publish) if needs_approval => Ok(InReview),
            (Draft | Paused, Action::Publish) => Ok(Live),
            (InReview, Action::Publish) => Ok(InReview),
            (InReview, Action::Approve) => Ok(Live),
            (InReview | Draft, Action::Reject) => Ok(Draft),
            (Live | Paused, Action::Pause) => Ok(Paused),
            (_, Action::End) => Ok(Ended),
            _ => Err(Refusal::StateConflict { state: self.as_str().to_owned() }),
        }
    }
}

/// Where a live template stands by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Its claim window lies ahead.
    Upcoming {
        /// When it begins.
        opens_at: Time,
    },
    /// May be claimed now.
    Open,
    /// Its claim window is over.
    Closed,
}

impl Window {
    /// Whether some moment lies in both.
    pub fn overlaps(self, other: Self) -> bool {
        let begins_before = |from: Option<Time>, until: Option<Time>| match (from, until) {
            (Some(from), Some(until)) => from < until,
            _ => true,
        };
        begins_before(self.from, other.until) && begins_before(other.from, self.until)
    }

    /// Where `now` lies.
    pub fn phase(self, now: Time) -> Phase {
        match (self.from, self.until) {
            (_, Some(until)) if until <= now => Phase::Closed,
            (Some(from), _) if now < from => Phase::Upcoming { opens_at: from },
            _ => Phase::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benefit::Step;
    use chrono::{TimeZone, Utc};
    use rstest::rstest;

    fn draft(benefit: Benefit) -> Draft {
        Draft::new("n", benefit)
    }

    fn yuan(amount: i64) -> Money {
        Money::minor(amount * 100)
    }

    fn off(amount: i64, min_spend: i64) -> Benefit {
        Benefit::AmountOff { amount: yuan(amount), min_spend: Some(yuan(min_spend)) }
    }

    fn channels(how_many: u32) -> Vec<ChannelQuota> {
        let name = |i: u32| Channel::new(format!("channel-{i}")).unwrap();
        (0..how_many).map(|i| ChannelQuota { name: name(i), quota: None }).collect()
    }

    fn wrong(draft: &Draft) -> Vec<(String, Problem)> {
        draft.check(Some(&Tree::default())).into_iter().map(|e| (e.field, e.problem)).collect()
    }

    #[test]
    fn a_plain_draft_is_fine() {
        assert_eq!(wrong(&draft(off(20, 100))), []);
        assert_eq!(wrong(&Draft { channels: channels(100), ..draft(off(20, 100)) }), []);
        assert_eq!(wrong(&draft(off(100, 20))), [], "an amount above its own threshold is allowed");
    }

    type Change = fn(&mut Draft);

    #[rstest]
    #[case::no_name(|d: &mut Draft| d.name = "  ".into(), "name", Problem::Required)]
    #[case::long_name(|d: &mut Draft| d.name = "名".repeat(201), "name", Problem::TooLong { max: 200 })]
    #[case::blank_title(|d: &mut Draft| d.title = Some(" ".into()), "title", Problem::Required)]
    #[case::invisible_name(|d: &mut Draft| d.name = "\u{200b}\u{200b}".into(), "name", Problem::Required)]
    #[case::turned_name(|d: &mut Draft| d.name = "a\u{202e}b".into(), "name", Problem::ControlCharacter)]
    #[case::nothing_off(|d: &mut Draft| d.benefit = off(0, 1), "benefit.amount", Problem::NotAboveZero)]
    #[case::no_copies(|d: &mut Draft| d.stock = Some(0), "stock", Problem::OutOfRange { min: 1, max: COUNT_MAX })]
    #[case::nobody(|d: &mut Draft| d.per_shopper = 0, "per_shopper", Problem::OutOfRange { min: 1, max: 10_000 })]
    #[case::before_all_years(|d: &mut Draft| d.claim_window.from = Some(Time::MIN_UTC), "claim_window.from", Problem::NotATime)]
    #[case::after_all_years(|d: &mut Draft| d.claim_window.until = Some(Time::MAX_UTC), "claim_window.until", Problem::NotATime)]
    #[case::usable_after_all_years(|d: &mut Draft| d.validity = Validity::Days { days: 1, until: Some(Time::MAX_UTC) }, "validity.until", Problem::NotATime)]
    #[case::no_days(|d: &mut Draft| d.validity = Validity::Days { days: 0, until: None }, "validity.days", Problem::OutOfRange { min: 1, max: 3_650 })]
    #[case::no_budget(|d: &mut Draft| d.budget = Some(Money::ZERO), "budget", Problem::NotAboveZero)]
    #[case::percent(|d: &mut Draft| d.benefit = Benefit::PercentOff { basis_points: BasisPoints(10_001), min_spend: None, max_discount: None }, "benefit.basis_points", Problem::OutOfRange { min: 1, max: 10_000 })]
    #[case::one_step(|d: &mut Draft| d.benefit = Benefit::Tiered { steps: vec![Step { min_spend: yuan(1), amount: yuan(1) }] }, "benefit.steps", Problem::TooFew { min: 2 })]
    #[case::flat_steps(|d: &mut Draft| d.benefit = Benefit::Tiered { steps: vec![Step { min_spend: yuan(2), amount: yuan(1) }, Step { min_spend: yuan(3), amount: yuan(1) }] }, "benefit.steps.1.amount", Problem::NotRising)]
    #[case::many_channels(|d: &mut Draft| d.channels = channels(101), "channels", Problem::TooMany { max: 100 })]
    #[case::same_channel(|d: &mut Draft| { d.channels = channels(2); d.channels[1].name = d.channels[0].name.clone(); }, "channels.1.name", Problem::Duplicate)]
    #[case::closed_channel(|d: &mut Draft| { d.channels = channels(100); d.channels[99].quota = Some(0); }, "channels.99.quota", Problem::OutOfRange { min: 1, max: COUNT_MAX })]
    #[case::unknown_category(|d: &mut Draft| { d.scope.include.categories.insert("x".parse().unwrap()); }, "scope.include.categories", Problem::Unknown)]
    #[case::backwards(|d: &mut Draft| d.claim_window = window(Some(2), Some(2)), "claim_window.until", Problem::EndsBeforeItBegins)]
    fn a_draft_outside_its_bounds_is_refused(
        #[case] change: Change,
        #[case] field: &str,
        #[case] problem: Problem,
    ) {
        let mut draft = draft(off(20, 100));
        change(&mut draft);
        assert_eq!(wrong(&draft), [(field.to_owned(), problem)]);
    }

    #[test]
    fn the_greatest_cost_is_stock_times_discount_within_the_budget() {
        let mut draft = draft(off(20, 100));
        assert_eq!(draft.greatest_cost(), None);
        draft.stock = Some(1_000);
        assert_eq!(draft.greatest_cost(), Some(yuan(20_000)));
        draft.budget = Some(yuan(5_000));
        assert_eq!(draft.greatest_cost(), Some(yuan(5_000)));
        assert!(draft.needs_approval(Some(yuan(4_999))));
        assert!(!draft.needs_approval(Some(yuan(5_000))));
        assert!(!draft.needs_approval(None));
    }

    #[test]
    fn a_budget_may_end_before_the_stock_does() {
        let uses = |stock, budget: Option<i64>, benefit| {
            let budget = budget.map(yuan);
            Draft { stock, budget, ..draft(benefit) }.uses_in_budget()
        };
        assert_eq!(uses(Some(1_000), Some(5_010), off(20, 100)), Some(250));
        assert_eq!(uses(Some(1_000), Some(19), off(20, 100)), Some(0));
        assert_eq!(uses(Some(1_000), Some(20_000), off(20, 100)), None, "both end together");
        assert_eq!(uses(None, Some(5_000), off(20, 100)), None);
        assert_eq!(uses(Some(1_000), None, off(20, 100)), None);
        let endless = Benefit::Every { per: yuan(100), amount: yuan(5), max_times: None };
        assert_eq!(uses(Some(1_000), Some(5), endless), None);
    }

    #[rstest]
    #[case(State::Draft, Action::Publish, false, Some(State::Live))]
    #[case(State::Draft, Action::Publish, true, Some(State::InReview))]
    #[case(State::InReview, Action::Publish, false, Some(State::InReview))]
    #[case(State::InReview, Action::Approve, true, Some(State::Live))]
    #[case(State::Paused, Action::Publish, false, Some(State::Live))]
    #[case(State::Live, Action::Pause, false, Some(State::Paused))]
    #[case(State::Live, Action::End, false, Some(State::Ended))]
    #[case(State::Ended, Action::Publish, false, None)]
    #[case(State::Draft, Action::Pause, false, None)]
    #[case(State::Draft, Action::Approve, false, None)]
    fn a_template_lives(
        #[case] state: State,
        #[case] action: Action,
        #[case] needs_approval: bool,
        #[case] after: Option<State>,
    ) {
        assert_eq!(state.after(action, needs_approval).ok(), after);
    }

    fn window(from: Option<i64>, until: Option<i64>) -> Window {
        let day = |day: i64| Utc.timestamp_opt((20_000 + day) * 86_400, 0).unwrap();
        Window { from: from.map(day), until: until.map(day) }
    }

    #[rstest]
    #[case((None, None), (Some(1), Some(2)), true)]
    #[case((Some(1), Some(3)), (Some(2), None), true)]
    #[case((Some(1), Some(2)), (Some(2), Some(3)), false)]
    #[case((None, Some(1)), (Some(5), None), false)]
    fn windows_overlap_where_they_share_a_moment(
        #[case] one: (Option<i64>, Option<i64>),
        #[case] other: (Option<i64>, Option<i64>),
        #[case] expected: bool,
    ) {
        let (one, other) = (window(one.0, one.1), window(other.0, other.1));
        assert_eq!((one.overlaps(other), other.overlaps(one)), (expected, expected));
    }

    #[test]
    fn coupons_may_be_used_as_long_as_the_last_claim_lasts() {
        let mut draft = draft(off(20, 100));
        assert_eq!(draft.usable(), window(None, None));
        draft.claim_window = window(Some(3), Some(5));
        draft.validity = Validity::Fixed(window(Some(1), Some(9)));
        assert_eq!(draft.usable(), window(Some(3), Some(9)));
        draft.validity = Validity::Days { days: 7, until: None };
        assert_eq!(draft.usable(), window(Some(3), Some(12)));
        draft.validity = Validity::Days { days: 7, until: window(None, Some(10)).until };
        assert_eq!(draft.usable(), window(Some(3), Some(10)));
    }

    #[test]
    fn what_is_over_is_told_and_ends_what_can_be_claimed() {
        let at = |second| Utc.timestamp_opt(second, 0).unwrap();
        let mut draft = draft(off(20, 100));
        assert_eq!((draft.over(at(100)), draft.claimable()), (vec![], Window::default()));
        draft.claim_window.until = Some(at(100));
        draft.validity = Validity::Days { days: 7, until: Some(at(90)) };
        assert_eq!(draft.over(at(89)), []);
        let claims = FieldError::new("claim_window.until", Problem::Past);
        let used = FieldError::new("validity.until", Problem::Past);
        assert_eq!(draft.over(at(90)), vec![used.clone()]);
        assert_eq!(draft.over(at(100)), [claims, used.clone()]);
        assert_eq!(draft.claimable(), Window { from: None, until: Some(at(90)) });
        assert_eq!(draft.handed_out(), draft.claimable());
        draft.visibility = Visibility::Granted;
        assert_eq!(draft.over(at(100)), [used]);
        draft.claim_window = window(Some(10), Some(20));
        assert_eq!(draft.handed_out(), Window { from: None, until: Some(at(90)) });
    }

    #[test]
    fn a_slip_of_the_finger_looks_generous() {
        assert!(draft(off(100, 100)).is_generous());
        assert!(draft(off(50, 60)).is_generous());
        assert!(draft(off(51, 100)).is_generous());
        assert!(!draft(off(50, 100)).is_generous());
        assert!(!draft(off(20, 100)).is_generous());
        let percent = |points| Benefit::PercentOff {
            basis_points: BasisPoints(points),
            min_spend: None,
            max_discount: None,
        };
        assert!(draft(percent(8_000)).is_generous());
        assert!(!draft(percent(5_000)).is_generous());
    }
}
