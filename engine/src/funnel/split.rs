//! A funnel in parts, each with the numbers its own funnel has, by a few questions and as it was at one
//! moment.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use domain::actor::Reader;
use domain::funnel::Funnel;
use domain::template::Window;
use domain::{Channel, TemplateId};
use sea_orm::{DatabaseTransaction, Value};
use uuid::Uuid;

use super::beside::{add_to_each, added_up, funnel, sums, views};
use super::{Asking, Part, Stage, caught_up};
use crate::rollups::{Place, Sum};
use crate::{Engine, Fault, Result, channels, counts};

/// The most parts that one is told in.
pub const PARTS_MAX: usize = 100;

/// The first parts of a funnel, in the order asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split<T> {
    /// At most [`PARTS_MAX`] unless more are asked for. An order counts whole with each it has a coupon of.
    pub parts: Vec<(T, Funnel)>,
    /// Whether there are others.
    pub has_more: bool,
    /// Whether something is missing: what has happened is still being added up.
    pub is_behind: bool,
}

impl<T> Split<T> {
    /// Those that come first by a key.
    fn of<K: Ord>(
        sums: impl IntoIterator<Item = (T, Sum)>,
        is_behind: bool,
        key: impl Fn(&(T, Funnel)) -> K,
    ) -> Self {
        let told = sums.into_iter().map(|(part, sum)| (part, funnel(sum, is_behind)));
        let parts = told.collect();
        Self { parts, has_more: false, is_behind }.first(PARTS_MAX, key)
    }

    fn first<K: Ord>(mut self, most: usize, key: impl Fn(&(T, Funnel)) -> K) -> Self {
        self.parts.sort_by_key(key);
        self.has_more = self.parts.len() > most;
        self.parts.truncate(most);
        self
    }

    /// All of it: a fault that passes while something is missing.
    pub fn whole(self) -> Result<Self> {
        caught_up(self.is_behind)?;
        Ok(self)
    }
}

/// One template's funnel over whole local days: by channel, those with the most claims first, what came
/// through none among them; and by revision, the newest first. Views are of no revision.
pub async fn by_channel_and_revision(
    engine: &Engine,
    _: &impl Reader,
    template: TemplateId,
    period: Window,
) -> Result<(Split<Option<Channel>>, Split<u32>)> {
    let part = Part::of(template, period);
    counts::flush(engine).await?;
    let db = engine.snapshot().await?;
    let asking = Asking::new(engine, &db, &part, None).await?;
    let (mut channels, mut revisions) =
        (BTreeMap::<String, Sum>::new(), BTreeMap::<i64, Sum>::new());
    let is_whole = asking.beyond(|_, it| {
        let members = it.mix.0.iter().filter(|member| asking.is_of_template(member));
        let named = members.clone().map(|member| member.channel.clone());
        add_to_each(&mut channels, named, it.sum);
        add_to_each(&mut revisions, members.map(|member| member.revision), it.sum);
    });
    let is_behind = !is_whole.await?;
    if let Some(place) = &asking.place {
        for (channel, sum) in sums(&db, &asking, place, "mixes.channel").await? {
            *channels.entry(channel).or_default() += sum;
        }
        for (revision, sum) in sums(&db, &asking, place, "mixes.revision").await? {
            *revisions.entry(revision).or_default() += sum;
        }
    }
    for (channel, n) in views(&db, &asking).await? {
        channels.entry(channel).or_default().stages.view += n;
    }
    db.rollback().await?;
    let channel = |(name, sum): (String, Sum)| -> Result<(Option<Channel>, Sum)> {
        let name = Some(name).filter(|name| !name.is_empty());
        Ok((name.map(channels::kept).transpose()?, sum))
    };
    let channels = channels.into_iter().map(channel).collect::<Result<Vec<_>>>()?;
    let revision = |(number, sum): (i64, Sum)| -> Result<(u32, Sum)> {
        let number = u32::try_from(number).map_err(|_| Fault::new("a revision reads oddly"))?;
        Ok((number, sum))
    };
    let revisions = revisions.into_iter().map(revision).collect::<Result<Vec<_>>>()?;
    Ok((
        Split::of(channels, is_behind, |(_, funnel)| Reverse(funnel.stages.claim)),
        Split::of(revisions, is_behind, |(revision, _)| Reverse(*revision)),
    ))
}

/// The templates whose coupons entered a stage, those with the most first, over whole local days; a
/// part of no template is of all. Views are left out: a stage is of coupons.
pub async fn by_template(
    engine: &Engine,
    _: &impl Reader,
    part: &Part,
    stage: Stage,
) -> Result<Split<TemplateId>> {
    let mut told = of_each_template(engine, part).await?;
    told.parts.retain(|(_, funnel)| stage.entered(&funnel.stages) > 0);
    Ok(told.first(PARTS_MAX, |(_, funnel)| Reverse(stage.entered(&funnel.stages))))
}

/// The templates something happened with, over whole local days and without their views: the first
/// `most` by a key of what came of each, and by their ids where it is the same.
pub async fn templates_by<K: Ord>(
    engine: &Engine,
    _: &impl Reader,
    part: &Part,
    most: usize,
    key: impl Fn(&Funnel) -> K,
) -> Result<Split<TemplateId>> {
    let told = of_each_template(engine, part).await?;
    Ok(told.first(most, |(template, funnel)| (key(funnel), template.0)))
}

async fn of_each_template(engine: &Engine, part: &Part) -> Result<Split<TemplateId>> {
    let db = engine.snapshot().await?;
    let asking = Asking::new(engine, &db, part, None).await?;
    let mut sums = BTreeMap::<Uuid, Sum>::new();
    let is_whole = asking.beyond(|_, it| {
        let members = it.mix.0.iter().filter(|member| {
            asking.is_of_template(member)
                && asking.channel().is_none_or(|channel| member.channel == channel)
        });
        add_to_each(&mut sums, members.map(|member| member.template), it.sum);
    });
    let is_behind = !is_whole.await?;
    if let Some(place) = &asking.place {
        for (template, sum) in of_templates(&db, &asking, place).await? {
            *sums.entry(template).or_default() += sum;
        }
    }
    db.rollback().await?;
    let parts = sums.into_iter().map(|(id, sum)| (TemplateId(id), funnel(sum, is_behind)));
    Ok(Split { parts: parts.collect(), has_more: false, is_behind })
}

/// A mix counts once with each of its templates.
async fn of_templates(
    db: &DatabaseTransaction,
    asking: &Asking<'_>,
    place: &Place,
) -> Result<Vec<(Uuid, Sum)>> {
    // Template zero stands for all of them and is none.
    let on = if asking.is_of_all() { "<>" } else { "=" };
    let of_channel = if asking.channel().is_some() { " AND mixes.channel = $6" } else { "" };
    let used = format!(
        "SELECT DISTINCT mixes.mix, mixes.template AS told FROM {{rows}}
        JOIN mixes ON mixes.template {on} rows.template{of_channel}"
    );
    added_up(db, asking, place, &used, asking.channel().map(Value::from)).await
}
