//! What a past template or campaign saw, for whoever plans the next one.

use chrono::TimeDelta;
use domain::actor::Reader;
use domain::planning::{Days, LastTime, Named, Reference, lay};
use domain::template::Window;
use domain::{TemplateId, Time};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{days, without_gaps};
use crate::entity::template::{Column, Entity};
use crate::{Engine, Error, Result, templates};

/// The most templates of a campaign that are looked at, the newest ones.
const TEMPLATES_MAX: u64 = 50;

/// What a reference saw, laid over the days a draft may be claimed on (from today on, where it says no
/// day); `None` where nothing happened to it, or that is still being added up. A reference that is not there is missing.
pub async fn last_time(
    engine: &Engine,
    reader: &impl Reader,
    reference: &Reference,
    claim_window: Window,
) -> Result<Option<LastTime>> {
    let templates = match &reference.past {
        Named::Template(id) => vec![templates::read(engine, reader, *id).await?.id],
        Named::Campaign(campaign) => of_campaign(engine, campaign).await?,
    };
    let zone = engine.settings().time_zone;
    let past = days(engine, reader, &templates, Window::default()).await?.unwrap_or_default();
    let after = past.last().and_then(|day| day.day.succ_opt());
    let past = after.map(|after| without_gaps(past, after)).unwrap_or_default();
    // A window that ends at midnight ends with the day before.
    let last = |until: Time| zone.day(until - TimeDelta::microseconds(1));
    let draft = Days {
        first: zone.day(claim_window.from.unwrap_or_else(|| engine.now())),
        last: claim_window.until.map(last),
    };
    Ok(lay(&past, draft, reference.by))
}

async fn of_campaign(engine: &Engine, campaign: &str) -> Result<Vec<TemplateId>> {
    let found: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Campaign.eq(campaign))
        .order_by_desc(Column::Id)
        .limit(TEMPLATES_MAX)
        .into_tuple()
        .all(engine.reader())
        .await?;
    if found.is_empty() {
        return Err(Error::Missing);
    }
    Ok(found.into_iter().map(TemplateId).collect())
}
