//! What is designed, as it is told and as it comes: the same shape both ways, so that what was read
//! can be sent back.

mod benefit;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use domain::template as designed;
use domain::{Problem as Wrong, Time, scope, stacking};
use engine::templates;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use self::benefit::{Benefit, Kinds};
use super::{Amount, Moment, Reference, joined, words};
use crate::problem::Problem;
use crate::speech::Speech;
use crate::v1::reading::Reader;

words! {
    /// Whether it is in the coupon center, needs its link, or is only given.
    Visibility = designed::Visibility { Listed, Link, Granted }
    /// Whether a claim is settled at once or by a ticket.
    Lane = designed::Lane { Instant, Queued }
    /// What becomes of the discount when a part is returned.
    PartReturn = designed::PartReturn { Keep, ClawBack }
    /// What happens to lines that are not covered.
    Rule = scope::ScopeRule { EligibleLines, WholeOrder }
    /// Where a template stands.
    TemplateState = designed::State { Draft, InReview, Live, Paused, Ended }
}

/// What a template says. What is absent or null is as if it were not limited: once per shopper, for
/// everyone, listed, and standing alone.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = TemplateDraft)]
pub(crate) struct Draft {
    /// For those who work with it.
    #[schema(min_length = 1, max_length = 200, examples("20 off 100, autumn"))]
    name: String,
    /// What shoppers read; the name, where there is none.
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
    #[schema(max_length = 2000)]
    description: Option<String>,
    #[schema(max_length = 2000)]
    terms: Option<String>,
    #[schema(max_length = 64)]
    campaign: Option<String>,
    #[schema(value_type = Kinds)]
    benefit: Benefit,
    scope: Option<Scope>,
    /// When it can be claimed.
    claim_window: Option<Window>,
    validity: Option<Validity>,
    /// How many coupons there are in all; unlimited where null.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    stock: Option<u64>,
    #[schema(minimum = 1, maximum = 10_000, default = 1)]
    per_shopper: Option<u32>,
    #[schema(minimum = 1, maximum = 10_000)]
    per_shopper_daily: Option<u32>,
    /// What all its discounts may come to.
    budget: Option<Amount>,
    audience: Option<Audience>,
    visibility: Option<Visibility>,
    lane: Option<Lane>,
    stacking: Option<Stacking>,
    part_return: Option<PartReturn>,
    /// Where these are named, it can be claimed through them alone.
    #[schema(max_items = 100)]
    channels: Option<Vec<ChannelQuota>>,
    /// The revision that is edited; see [`Edit`].
    #[serde(skip_serializing)]
    #[schema(ignore)]
    revision: Option<u32>,
}

/// Include and exclude lists; exclude beats include, and an empty include list is everything.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = Scope)]
struct Scope {
    include: Option<Lists>,
    exclude: Option<Lists>,
    rule: Option<Rule>,
}

/// Categories, each with all below it, and products.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = ScopeLists)]
struct Lists {
    #[schema(max_items = 500)]
    categories: Option<Vec<Reference>>,
    #[schema(max_items = 20_000)]
    products: Option<Vec<Reference>>,
}

/// From this moment until just before that one; open where null.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
struct Window {
    from: Option<Moment>,
    until: Option<Moment>,
}

/// When a coupon can be used: `from` and `until`, or a number of `days` and perhaps a hard `until`.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
struct Validity {
    /// Not beside `days`.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Moment>,
    until: Option<Moment>,
    /// The day of the claim is day 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3650)]
    days: Option<u32>,
}

/// Who may claim and use it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Audience {
    Everyone,
    /// Without a paid order.
    NewShoppers,
    /// Members of it.
    Segment(Reference),
}

/// What goes together in one order.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
struct Stacking {
    /// At most one coupon of a group.
    group: Option<Reference>,
    /// Stands alone.
    #[schema(default = true)]
    exclusive: Option<bool>,
}

/// A channel, and how many coupons it may give.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct ChannelQuota {
    name: Reference,
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    quota: Option<u64>,
}

/// A template as it stands.
#[derive(Debug, Serialize)]
pub(crate) struct Template {
    #[serde(flatten)]
    draft: Draft,
    #[serde(flatten)]
    standing: Standing,
}

#[derive(Debug, Serialize, ToSchema)]
struct Standing {
    id: String,
    revision: u32,
    state: TemplateState,
    /// Coupons ever made of it.
    issued: u64,
    /// How many may still be made; null without a limit.
    #[schema(required)]
    left: Option<u64>,
    /// Held back for locks, of the budget.
    reserved: Amount,
    /// Used of the budget.
    spent: Amount,
    /// Where shoppers claim it, when the visibility is `link`.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

macro_rules! joined_schema {
    ($($name:ident as $outside:literal = $first:ty, $second:ty;)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                joined(<$first>::schema(), <$second>::schema())
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($outside)
            }

            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                <$first>::schemas(schemas);
                <$second>::schemas(schemas);
            }
        }
    )*};
}

joined_schema! {
    Template as "Template" = Draft, Standing;
    Edit as "TemplateEdit" = Draft, Edited;
}

/// Describes the body of an edit, which [`Draft::read_edit`] reads.
pub(crate) struct Edit;

#[derive(ToSchema)]
#[expect(dead_code, reason = "it is described here and read by `Draft`")]
struct Edited {
    /// The one that was read.
    #[schema(minimum = 1)]
    revision: u32,
}

impl Draft {
    /// What a new template is to say.
    pub(crate) fn read_new(&self, mut reader: Reader) -> Result<designed::Draft, Problem> {
        if self.revision.is_some() {
            reader.wrong("revision", Wrong::Unknown);
        }
        let read = self.read(&mut reader);
        reader.done(read)
    }

    /// What a template is to say instead of what its revision of this number says.
    pub(crate) fn read_edit(&self, mut reader: Reader) -> Result<(u32, designed::Draft), Problem> {
        if self.revision.is_none() {
            reader.wrong("revision", Wrong::Required);
        }
        let read = self.read(&mut reader);
        reader.done(self.revision.zip(read))
    }

    fn read(&self, reader: &mut Reader) -> Option<designed::Draft> {
        let benefit = self.benefit.read(reader);
        let scope = self.scope.as_ref().map(|scope| scope.read(reader)).unwrap_or_default();
        let claim_window = self.claim_window.as_ref();
        let claim_window = claim_window.map(|window| window.read("claim_window", reader));
        let validity = self.validity.as_ref().map(|validity| validity.read(reader));
        let budget = self.budget.as_ref().map(|budget| reader.amount("budget", budget));
        let channels = self.channels.iter().flatten().enumerate();
        let channels = channels.filter_map(|(i, channel)| channel.read(i, reader)).collect();
        let mut draft = designed::Draft::new(&self.name, benefit?);
        draft.title.clone_from(&self.title);
        draft.description.clone_from(&self.description);
        draft.terms.clone_from(&self.terms);
        draft.campaign.clone_from(&self.campaign);
        draft.scope = scope;
        draft.claim_window = claim_window.unwrap_or_default();
        draft.validity = validity.unwrap_or(draft.validity);
        draft.stock = self.stock;
        draft.per_shopper = self.per_shopper.unwrap_or(draft.per_shopper);
        draft.per_shopper_daily = self.per_shopper_daily;
        draft.budget = budget;
        draft.audience = self.audience.as_ref().map(Audience::read).unwrap_or_default();
        draft.visibility = self.visibility.map(Into::into).unwrap_or_default();
        draft.lane = self.lane.map(Into::into).unwrap_or_default();
        draft.stacking = self.stacking.as_ref().map(Stacking::read).unwrap_or_default();
        draft.part_return = self.part_return.map(Into::into).unwrap_or_default();
        draft.channels = channels;
        Some(draft)
    }

    pub(super) fn of(draft: &designed::Draft, speech: &Speech) -> Self {
        Self {
            name: draft.name.clone(),
            title: draft.title.clone(),
            description: draft.description.clone(),
            terms: draft.terms.clone(),
            campaign: draft.campaign.clone(),
            benefit: Benefit::of(&draft.benefit, speech),
            scope: Some(Scope::of(&draft.scope)),
            claim_window: Some(Window::of(draft.claim_window)),
            validity: Some(Validity::of(draft.validity)),
            stock: draft.stock,
            per_shopper: Some(draft.per_shopper),
            per_shopper_daily: draft.per_shopper_daily,
            budget: draft.budget.map(|budget| Amount(speech.amount(budget))),
            audience: Some(Audience::of(&draft.audience)),
            visibility: Some(draft.visibility.into()),
            lane: Some(draft.lane.into()),
            stacking: Some(Stacking::of(&draft.stacking)),
            part_return: Some(draft.part_return.into()),
            channels: Some(draft.channels.iter().map(ChannelQuota::of).collect()),
            revision: None,
        }
    }
}

impl Template {
    pub(crate) fn of(template: &templates::Template, speech: &Speech) -> Self {
        let draft = template.draft();
        let is_by_link = draft.visibility == designed::Visibility::Link;
        let token = template.link_token.as_ref().filter(|_| is_by_link);
        let standing = Standing {
            id: template.id.to_string(),
            revision: template.revision.number,
            state: template.state.into(),
            issued: template.issued,
            left: template.left(),
            reserved: Amount(speech.amount(template.reserved)),
            spent: Amount(speech.amount(template.spent)),
            link: token.map(|token| speech.address(&format!("/t/{token}"))),
        };
        Self { draft: Draft::of(draft, speech), standing }
    }
}

impl Scope {
    fn read(&self, reader: &mut Reader) -> scope::Scope {
        let mut lists = |at: &str, lists: &Option<Lists>| {
            lists.as_ref().map(|lists| lists.read(at, reader)).unwrap_or_default()
        };
        scope::Scope {
            include: lists("scope.include", &self.include),
            exclude: lists("scope.exclude", &self.exclude),
            rule: self.rule.map(Into::into).unwrap_or_default(),
        }
    }

    fn of(scope: &scope::Scope) -> Self {
        Self {
            include: Some(Lists::of(&scope.include)),
            exclude: Some(Lists::of(&scope.exclude)),
            rule: Some(scope.rule.into()),
        }
    }
}

impl Lists {
    fn read(&self, at: &str, reader: &mut Reader) -> scope::Lists {
        scope::Lists {
            categories: references(format!("{at}.categories"), &self.categories, reader),
            products: references(format!("{at}.products"), &self.products, reader),
        }
    }

    fn of(lists: &scope::Lists) -> Self {
        fn told(ids: &BTreeSet<impl ToString>) -> Option<Vec<Reference>> {
            Some(ids.iter().map(|id| Reference(id.to_string())).collect())
        }
        Self { categories: told(&lists.categories), products: told(&lists.products) }
    }
}

fn references<T: FromStr<Err = Wrong> + Ord>(
    at: impl Display,
    given: &Option<Vec<Reference>>,
    reader: &mut Reader,
) -> BTreeSet<T> {
    let given = given.iter().flatten().enumerate();
    given.filter_map(|(i, id)| reader.text(format!("{at}.{i}"), id)).collect()
}

impl Window {
    fn read(&self, at: &str, reader: &mut Reader) -> designed::Window {
        designed::Window {
            from: moment(format!("{at}.from"), &self.from, reader),
            until: moment(format!("{at}.until"), &self.until, reader),
        }
    }

    fn of(window: designed::Window) -> Self {
        Self { from: window.from.map(Moment::of), until: window.until.map(Moment::of) }
    }
}

fn moment(at: String, given: &Option<Moment>, reader: &mut Reader) -> Option<Time> {
    reader.time(at, given.as_ref()?)
}

impl Validity {
    fn read(&self, reader: &mut Reader) -> designed::Validity {
        let until = moment("validity.until".to_owned(), &self.until, reader);
        match self.days {
            Some(days) => {
                if self.from.is_some() {
                    reader.wrong("validity.from", Wrong::Unknown);
                }
                designed::Validity::Days { days, until }
            }
            None => {
                let from = moment("validity.from".to_owned(), &self.from, reader);
                designed::Validity::Fixed(designed::Window { from, until })
            }
        }
    }

    fn of(validity: designed::Validity) -> Self {
        match validity {
            designed::Validity::Fixed(window) => {
                let Window { from, until } = Window::of(window);
                Self { from, until, days: None }
            }
            designed::Validity::Days { days, until } => {
                Self { from: None, until: until.map(Moment::of), days: Some(days) }
            }
        }
    }
}

impl Audience {
    fn read(&self) -> designed::Audience {
        match self {
            Self::Everyone => designed::Audience::Everyone,
            Self::NewShoppers => designed::Audience::NewShoppers,
            Self::Segment(segment) => designed::Audience::Segment(segment.to_string()),
        }
    }

    fn of(audience: &designed::Audience) -> Self {
        match audience {
            designed::Audience::Everyone => Self::Everyone,
            designed::Audience::NewShoppers => Self::NewShoppers,
            designed::Audience::Segment(segment) => Self::Segment(Reference(segment.clone())),
        }
    }
}

impl Stacking {
    fn read(&self) -> stacking::Stacking {
        let exclusive = self.exclusive.unwrap_or(stacking::Stacking::default().exclusive);
        stacking::Stacking { group: self.group.as_ref().map(|group| group.to_string()), exclusive }
    }

    fn of(stacking: &stacking::Stacking) -> Self {
        Self { group: stacking.group.clone().map(Reference), exclusive: Some(stacking.exclusive) }
    }
}

impl ChannelQuota {
    fn read(&self, i: usize, reader: &mut Reader) -> Option<designed::ChannelQuota> {
        let name = reader.text(format!("channels.{i}.name"), &self.name)?;
        Some(designed::ChannelQuota { name, quota: self.quota })
    }

    fn of(channel: &designed::ChannelQuota) -> Self {
        Self { name: Reference(channel.name.to_string()), quota: channel.quota }
    }
}
