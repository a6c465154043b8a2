//! What a draft covers and which live templates it meets, in the reader's language.

use domain::TemplateId;
use domain::actor::Operator;
use domain::stacking::Clash;
use domain::template::{Draft, Phase};
use engine::templates::Template;

use super::draft_form::DraftForm;
use super::speech::in_shop_time;
use super::templates::count;
use crate::locale::{self, minute, t, t_with};
use crate::server_fns::catalogue::Coverage;
use crate::server_fns::templates::{Kind, Neighbour, Neighbours};
use crate::{AppError, context::engine};

/// The draft of a form, whatever is wrong with it.
fn draft(form: &DraftForm) -> Draft {
    in_shop_time(|conventions| form.read(conventions).0)
}

pub async fn coverage(operator: &Operator, form: &DraftForm) -> Result<Coverage, AppError> {
    let scope = draft(form).scope;
    let found = engine::catalogue::coverage(&engine(), operator, &scope).await?;
    let number = |n: usize| count(n as u64);
    let said = match found.covered {
        0 => t("coverage-nothing"),
        covered => t_with(
            "coverage-count",
            [("covered", number(covered).into()), ("total", number(found.total).into())],
        ),
    };
    let names = found.sample.iter().map(|product| locale::name(&product.name)).collect();
    let sample = listed(names, found.covered);
    let unknown = t_with(
        "coverage-unknown",
        [("n", found.unknown.into()), ("shown", number(found.unknown).into())],
    );
    Ok(Coverage {
        count: said,
        sample,
        unknown: (found.unknown > 0).then_some(unknown),
        is_nothing: found.covered == 0,
    })
}

/// Some names, and how many more of `total` there are.
pub fn listed(names: Vec<String>, total: usize) -> String {
    let more = total.saturating_sub(names.len());
    let names = names.join(&t("sentence-list"));
    if more == 0 {
        return names;
    }
    let [more, total] = [more, total].map(|n| count(n as u64));
    let filled = [("names", names.into()), ("n", more.into()), ("total", total.into())];
    t_with("sentence-list-more", filled)
}

pub async fn neighbours(
    operator: &Operator,
    form: &DraftForm,
    except: Option<TemplateId>,
) -> Result<Neighbours, AppError> {
    let draft = draft(form);
    let found = engine::templates::conflicts(&engine(), operator, &draft, except).await?;
    let clashing = kind(&found.clashing, "conflicts-clashing", &draft);
    let combining = kind(&found.combining, "conflicts-combining", &draft);
    let is_alone = clashing.is_none() && combining.is_none();
    let alone = is_alone.then(|| t("conflicts-none"));
    Ok(Neighbours { kinds: clashing.into_iter().chain(combining).collect(), alone })
}

fn kind(found: &engine::templates::Kind, heading: &str, draft: &Draft) -> Option<Kind> {
    let named: Vec<Neighbour> = found.named.iter().map(|other| neighbour(other, draft)).collect();
    let more = found.total - named.len();
    (!named.is_empty()).then(|| Kind {
        heading: t_with(heading, [("n", found.total.into())]),
        named,
        more: (more > 0).then(|| t_with("conflicts-more", [("n", more.into())])),
    })
}

fn neighbour(other: &Template, draft: &Draft) -> Neighbour {
    let why = engine::templates::Neighbours::why(draft, other).map(|clash| match clash {
        Clash::BothStandAlone => t("conflict-both-alone"),
        Clash::StandsAlone => t("conflict-alone"),
        Clash::OtherStandsAlone => t("conflict-other-alone"),
        Clash::SameGroup(group) => t_with("conflict-group", [("group", group.to_owned().into())]),
    });
    let opens = match other.draft().claim_window.phase(engine().now()) {
        Phase::Upcoming { opens_at } => {
            Some(t_with("phase-upcoming", [("at", minute(opens_at).into())]))
        }
        Phase::Open | Phase::Closed => None,
    };
    Neighbour {
        id: other.id.to_string(),
        name: other.draft().name.clone(),
        note: why.into_iter().chain(opens).collect::<Vec<_>>().join(&t("separator")),
    }
}
