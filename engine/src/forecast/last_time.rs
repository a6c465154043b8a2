//! What a past template or campaign saw, for whoever plans the next one.

use chrono::TimeDelta;
use domain::Time;
use domain::actor::Reader;
use domain::planning::{Days, LastTime, Named, Reference, lay};
use domain::template::Window;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{days, without_gaps};
use crate::entity::template::{Column, Entity};
use crate::funnel::Part;
use crate::{Engine, Error, Result, templates};

/// What a reference saw, laid over the days a draft may be claimed on (from today on, where it says no
/// day); `None` where nothing happened to it, or that is still being added up. A reference that is not there is missing.
pub async fn last_time(
    engine: &Engine,
    reader: &impl Reader,
    reference: &Reference,
    claimable: Window,
) -> Result<Option<LastTime>> {
    let part = match &reference.past {
        Named::Template(id) => {
            Part::of(templates::read(engine, reader, *id).await?.id, Window::default())
        }
        Named::Campaign(campaign) => of_campaign(engine, campaign).await?,
    };
    let zone = engine.settings().time_zone;
    let past = days(engine, reader, part).await?.unwrap_or_default();
    let after = past.last().and_then(|day| day.day.succ_opt());
    let past = after.map(|after| without_gaps(past, after)).unwrap_or_default();
    // A window that ends at midnight ends with the day before.
    let last = |until: Time| zone.day(until - TimeDelta::microseconds(1));
    let draft = Days {
        first: zone.day(claimable.from.unwrap_or_else(|| engine.now())),
        last: claimable.until.map(last),
    };
    Ok(lay(&past, draft, reference.by))
}

/// Whether there is what a reference names.
pub async fn is_known(
    engine: &Engine,
    reader: &impl Reader,
    reference: &Reference,
) -> Result<bool> {
    let found = match &reference.past {
        Named::Template(id) => templates::read(engine, reader, *id).await.map(drop),
        Named::Campaign(campaign) => of_campaign(engine, campaign).await.map(drop),
    };
    match found {
        Ok(()) => Ok(true),
        Err(Error::Missing) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn of_campaign(engine: &Engine, campaign: &str) -> Result<Part> {
    let any = Entity::find().filter(Column::Campaign.eq(campaign)).one(engine.reader()).await?;
    any.ok_or(Error::Missing)?;
    Ok(Part { campaign: Some(campaign.to_owned()), ..Part::default() })
}
