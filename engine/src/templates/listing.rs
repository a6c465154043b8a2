//! Templates as the console lists them: searched, filtered, sorted, a page at a time.

use domain::actor::Reader;
use domain::benefit::Kind;
use domain::template::{Draft, State, Visibility};
use domain::{TemplateId, Time};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, NullOrdering, Order};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::word;
use crate::entity::template::{Column, Entity};
use crate::store::templates::{Template, load_templates, with_revisions};
use crate::{Engine, Result};

/// Which templates a list shows, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In the name, the title or the campaign, whatever the case; or a template's id or link.
    pub search: Option<String>,
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those whose claims stand so; live ones alone, unless `state` says otherwise.
    pub claims: Option<Claims>,
    /// Only those of this campaign.
    pub campaign: Option<String>,
    /// Only those found so.
    pub visibility: Option<Visibility>,
    /// Only those that give this.
    pub kind: Option<Kind>,
    /// What comes first.
    pub sort: Sort,
    /// The other way round than one looks for first.
    pub reversed: bool,
    /// The page, from 0; past the last one it is the last.
    pub page: u64,
}

/// How claims of a template stand by the clock and the stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claims {
    /// One may claim now.
    Open,
    /// The window opens later.
    Upcoming,
    /// The window is over.
    Closed,
    /// The window is open, and nothing is left.
    AllGone,
}

impl Claims {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Upcoming, Self::AllGone, Self::Closed];

    /// The word in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Upcoming => "upcoming",
            Self::Closed => "closed",
            Self::AllGone => "all_gone",
        }
    }

    /// Reads [`Claims::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|claims| claims.as_str() == word)
    }

    fn condition(self, now: Time) -> Condition {
        let now = now.timestamp_micros();
        let has_opened = Column::ClaimFrom.is_null().or(Column::ClaimFrom.lte(now));
        let is_over = Column::ClaimUntil.lte(now);
        let is_not_over = Column::ClaimUntil.is_null().or(Column::ClaimUntil.gt(now));
        let is_gone = Expr::col(Column::Issued).gte(Expr::col(Column::Stock));
        let is_left = Column::Stock.is_null().or(is_gone.clone().not());
        match self {
            Self::Open => Condition::all().add(has_opened).add(is_not_over).add(is_left),
            Self::Upcoming => Condition::all().add(Column::ClaimFrom.gt(now)),
            Self::Closed => Condition::all().add(is_over),
            Self::AllGone => Condition::all().add(has_opened).add(is_not_over).add(is_gone),
        }
    }
}

/// What a list is sorted by. Where there is nothing to compare (no stock, no end) a template comes
/// last either way; what is equal comes newest first, so that no page shows one twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// When it was made, newest first.
    #[default]
    Newest,
    /// By name, in small letters.
    Name,
    /// When claims open, soonest first.
    Opens,
    /// When claims end, soonest first.
    Ends,
    /// How many were issued, most first.
    Issued,
    /// How many are left, fewest first.
    Left,
    /// Which share of the stock is gone, most first.
    Gone,
    /// Which share of the budget is reserved or spent, most first.
    Budget,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Newest,
        Self::Name,
        Self::Opens,
        Self::Ends,
        Self::Issued,
        Self::Left,
        Self::Gone,
        Self::Budget,
    ];

    /// The word in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Name => "name",
            Self::Opens => "opens",
            Self::Ends => "ends",
            Self::Issued => "issued",
            Self::Left => "left",
            Self::Gone => "gone",
            Self::Budget => "budget",
        }
    }

    /// Reads [`Sort::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == word)
    }

    /// Whether small comes before large, unless it is reversed.
    pub fn is_rising(self) -> bool {
        matches!(self, Self::Name | Self::Opens | Self::Ends | Self::Left)
    }

    fn expression(self) -> Expr {
        const GONE: &str = "CAST(issued AS DOUBLE PRECISION) / stock";
        const BUDGET: &str = "CAST(reserved + spent AS DOUBLE PRECISION) / budget";
        match self {
            Self::Newest => Expr::col(Column::CreatedAt),
            Self::Name => Expr::col(Column::Search),
            Self::Opens => Expr::col(Column::ClaimFrom),
            Self::Ends => Expr::col(Column::ClaimUntil),
            Self::Issued => Expr::col(Column::Issued),
            Self::Left => Expr::cust("stock - issued"),
            Self::Gone => Expr::cust(GONE),
            Self::Budget => Expr::cust(BUDGET),
        }
    }
}

/// Templates on one page of a list.
pub const PAGE: u64 = 50;

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// In the order asked for.
    pub templates: Vec<Template>,
    /// How many there are on all pages.
    pub total: u64,
    /// Which page it is, from 0.
    pub page: u64,
    /// How many there would be of each state, all else but `claims` being as asked.
    pub by_state: Vec<(State, u64)>,
}

/// A page of templates.
pub async fn list(engine: &Engine, _: &impl Reader, filter: &Filter) -> Result<Page> {
    let db = engine.reader();
    let common = Entity::find().filter(common(filter));
    let find = common.clone().filter(standing(filter, engine.now()));
    let total = find.clone().count(db).await?;
    let page = Ord::min(filter.page, total.saturating_sub(1) / PAGE);
    let models = sorted(find, filter).offset(page * PAGE).limit(PAGE).all(db).await?;
    let templates = with_revisions(engine, db, models).await?;
    let counts: Vec<(String, i64)> = common
        .select_only()
        .column(Column::State)
        .column_as(Column::Id.count(), "n")
        .group_by(Column::State)
        .into_tuple()
        .all(db)
        .await?;
    let of = |state: State| {
        let counted = counts.iter().find(|(word, _)| word == state.as_str());
        (state, counted.map_or(0, |(_, n)| n.unsigned_abs()))
    };
    Ok(Page { templates, total, page, by_state: State::ALL.map(of).to_vec() })
}

/// The templates made before one, newest first, at most `limit`; of all, where none is named.
pub async fn made_before(
    engine: &Engine,
    _: &impl Reader,
    before: Option<TemplateId>,
    limit: u64,
) -> Result<Vec<Template>> {
    // Ids are made in the order of time.
    let models = Entity::find()
        .filter(Condition::all().add_option(before.map(|TemplateId(id)| Column::Id.lt(id))))
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(engine.reader())
        .await?;
    with_revisions(engine, engine.reader(), models).await
}

/// Those of the templates that are there, in the order asked.
pub async fn read_each(
    engine: &Engine,
    _: &impl Reader,
    ids: &[TemplateId],
) -> Result<Vec<Template>> {
    let mut found = load_templates(engine, engine.reader(), ids.iter().copied(), false).await?;
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// The templates that a search finds, the newest first, at most `limit`.
pub(crate) async fn found_by(engine: &Engine, search: &str, limit: u64) -> Result<Vec<TemplateId>> {
    let found: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(named(search))
        .order_by_desc(Column::CreatedAt)
        .limit(limit)
        .into_tuple()
        .all(engine.reader())
        .await?;
    Ok(found.into_iter().map(TemplateId).collect())
}

/// What is live, at most `limit`, the newest first.
pub(super) async fn live_ids(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<TemplateId>> {
    let found: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::State.eq(State::Live.as_str()))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().map(TemplateId).collect())
}

pub(super) async fn count_live(engine: &Engine) -> Result<u64> {
    let live = Entity::find().filter(Column::State.eq(State::Live.as_str()));
    Ok(live.count(engine.reader()).await?)
}

/// Campaigns to choose from; more than these nobody reads through.
const CAMPAIGNS_MAX: u64 = 500;

/// The campaigns that templates name, in order.
pub async fn campaigns(engine: &Engine, _: &impl Reader) -> Result<Vec<String>> {
    let found: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Campaign)
        .distinct()
        .filter(Column::Campaign.is_not_null())
        .order_by_asc(Column::Campaign)
        .limit(CAMPAIGNS_MAX)
        .into_tuple()
        .all(engine.reader())
        .await?;
    Ok(found)
}

/// What a template is found by: `lower()` of either store folds ASCII alone.
pub(super) fn findable(draft: &Draft) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [draft.name.clone(), text(&draft.title), text(&draft.campaign)].join("\n").to_lowercase()
}

/// All that is asked but where a template stands.
fn common(filter: &Filter) -> Condition {
    let search = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
    let visibility = filter.visibility.map(|visibility| Column::Visibility.eq(word(&visibility)));
    Condition::all()
        .add_option(search.map(named))
        .add_option(filter.campaign.as_ref().map(|campaign| Column::Campaign.eq(campaign)))
        .add_option(visibility)
        .add_option(filter.kind.map(|kind| Column::Kind.eq(kind.as_str())))
}

fn standing(filter: &Filter, now: Time) -> Condition {
    let state = filter.state.or(filter.claims.map(|_| State::Live));
    Condition::all()
        .add_option(state.map(|state| Column::State.eq(state.as_str())))
        .add_option(filter.claims.map(|claims| claims.condition(now)))
}

fn named(search: &str) -> Condition {
    let pattern = LikeExpr::new(format!("%{}%", like(&search.to_lowercase()))).escape('\\');
    let text = Condition::any().add(Expr::col((Entity, Column::Search)).like(pattern));
    // An id, or the token of a link; either may come as the whole address that ends in it.
    let last = search.rsplit('/').next().unwrap_or(search);
    match Uuid::try_parse(last) {
        Ok(id) => text.add(Column::Id.eq(id)).add(Column::LinkToken.eq(last.to_lowercase())),
        Err(_) => text,
    }
}

fn sorted(find: Select<Entity>, filter: &Filter) -> Select<Entity> {
    let is_rising = filter.sort.is_rising() != filter.reversed;
    let order = if is_rising { Order::Asc } else { Order::Desc };
    let find = match filter.sort {
        // Always there: without a word about nulls the index serves both ways.
        Sort::Newest | Sort::Name | Sort::Issued => {
            find.order_by(filter.sort.expression(), order.clone())
        }
        sort => find.order_by_with_nulls(sort.expression(), order.clone(), NullOrdering::Last),
    };
    let newest = if filter.sort == Sort::Newest { order } else { Order::Desc };
    find.order_by(Column::CreatedAt, newest.clone()).order_by(Column::Id, newest)
}

/// Keeps what people type from being read as a pattern.
fn like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
