//! Which live templates a draft meets in a basket, and whether the two go together there.

use domain::actor::Reader;
use domain::stacking::Clash;
use domain::template::{Draft, State};
use domain::{TemplateId, Time};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::Template;
use crate::entity::template;
use crate::store::templates::with_revisions;
use crate::{Engine, Result, catalogue};

/// How many of each kind are named; the rest is counted.
pub const NAMED_MAX: usize = 8;

/// The live templates that cover something a draft covers, at a time when both may be used.
#[derive(Debug, Clone, Default)]
pub struct Neighbours {
    /// Those that no order may use together with the draft.
    pub clashing: Kind,
    /// Those that combine with it.
    pub combining: Kind,
}

/// Some of a kind, those that open sooner first, and how many there are in all.
#[derive(Debug, Clone, Default)]
pub struct Kind {
    /// At most [`NAMED_MAX`].
    pub named: Vec<Template>,
    /// In all.
    pub total: usize,
}

impl Neighbours {
    /// Why a template clashes with the draft.
    pub fn why<'a>(draft: &'a Draft, other: &'a Template) -> Option<Clash<'a>> {
        draft.stacking.clash(&other.draft().stacking)
    }
}

/// Live and upcoming templates that meet the draft, `except` the one being edited. A template of which
/// nothing is claimed or given any more is left out: what is still in wallets of it runs out.
pub async fn conflicts(
    engine: &Engine,
    _: &impl Reader,
    draft: &Draft,
    except: Option<TemplateId>,
) -> Result<Neighbours> {
    let now = engine.now();
    let models = template::Entity::find()
        .filter(template::Column::State.eq(State::Live.as_str()))
        .order_by_asc(template::Column::ClaimFrom)
        .order_by_asc(template::Column::Id)
        .all(engine.reader())
        .await?;
    let live = with_revisions(engine, engine.reader(), models).await?;
    let catalogue = catalogue::current(engine).await?;
    let reach = catalogue.reach(&draft.scope);
    let mut neighbours = Neighbours::default();
    for other in live {
        let meets = Some(other.id) != except
            && other.draft().over(now).is_empty()
            && other.draft().usable().overlaps(draft.usable())
            && reach.meets(&other.draft().scope);
        if meets {
            let clashes = Neighbours::why(draft, &other).is_some();
            let kind = if clashes { &mut neighbours.clashing } else { &mut neighbours.combining };
            kind.total += 1;
            kind.named.push(other);
        }
    }
    for kind in [&mut neighbours.clashing, &mut neighbours.combining] {
        kind.named.sort_by_key(|other| begins(other.draft()));
        kind.named.truncate(NAMED_MAX);
    }
    Ok(neighbours)
}

/// One without a beginning began before all others; stores disagree on where a null sorts.
fn begins(draft: &Draft) -> Option<Time> {
    draft.claim_window.from
}
