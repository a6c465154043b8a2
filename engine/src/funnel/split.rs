//! A funnel in parts, each with the numbers its own funnel has, by a few questions and as it was at one
//! moment.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use domain::TemplateId;
use domain::actor::Reader;
use domain::funnel::Funnel;
use sea_orm::{DatabaseTransaction, Value};
use uuid::Uuid;

use super::beside::{added_up, funnel};
use super::{Asking, Part, Stage};
use crate::rollups::{Place, Sum};
use crate::{Engine, Result};

/// The most parts that one is told in.
pub const PARTS_MAX: usize = 100;

/// The largest parts of a funnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split<T> {
    /// At most [`PARTS_MAX`], the largest first. An order counts whole with each it has a coupon of.
    pub parts: Vec<(T, Funnel)>,
    /// Whether there are others.
    pub has_more: bool,
    /// Whether something is missing: what has happened is still being added up.
    pub is_behind: bool,
}

impl<T> Split<T> {
    fn of(
        sums: impl IntoIterator<Item = (T, Sum)>,
        is_behind: bool,
        size: impl Fn(&Funnel) -> u64,
    ) -> Self {
        let told = sums.into_iter().map(|(part, sum)| (part, funnel(sum, is_behind)));
        let mut parts: Vec<(T, Funnel)> = told.collect();
        parts.sort_by_key(|(_, funnel)| Reverse(size(funnel)));
        let has_more = parts.len() > PARTS_MAX;
        parts.truncate(PARTS_MAX);
        Self { parts, has_more, is_behind }
    }
}

/// The templates whose coupons entered a stage, those with the most first, over whole local days; a
/// part of no template is of all. Views are left out: a stage is of coupons.
pub async fn by_template(
    engine: &Engine,
    _: &impl Reader,
    part: &Part,
    stage: Stage,
) -> Result<Split<TemplateId>> {
    let db = engine.snapshot().await?;
    let asking = Asking::new(engine, &db, part, None).await?;
    let mut sums = BTreeMap::<Uuid, Sum>::new();
    let is_whole = asking.beyond(|_, it| {
        let members = it.mix.0.iter().filter(|member| {
            asking.is_of_template(member)
                && asking.channel().is_none_or(|channel| member.channel == channel)
        });
        for template in members.map(|member| member.template).collect::<BTreeSet<_>>() {
            *sums.entry(template).or_default() += it.sum;
        }
    });
    let is_behind = !is_whole.await?;
    if let Some(place) = &asking.place {
        for (template, sum) in of_templates(&db, &asking, place).await? {
            *sums.entry(template).or_default() += sum;
        }
    }
    db.rollback().await?;
    let sums = sums.into_iter().map(|(template, sum)| (TemplateId(template), sum));
    let sums = sums.filter(|(_, sum)| stage.entered(&sum.stages) > 0);
    Ok(Split::of(sums, is_behind, |funnel| stage.entered(&funnel.stages)))
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
