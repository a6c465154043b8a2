//! A stage template by template, of one channel or of all, each leading to its coupons: of all templates
//! the ledger lists none.

use domain::TemplateId;
use domain::funnel::Funnel;
use engine::funnel::{PARTS_MAX, Split, Stage};
use engine::templates::Template;
use leptos::prelude::*;

use super::asking::{Asking, PATH};
use super::{behind_notice, number};
use crate::locale::{money, t, t_with};
use crate::ui::table::{Head, Table, row};
use crate::ui::{Card, Empty, Glyph};

/// `templates` are those that the parts are of, `channel` the name of the one that is asked about.
#[component]
pub(super) fn ByTemplate(
    told: Split<TemplateId>,
    templates: Vec<Template>,
    asking: Asking,
    channel: Option<String>,
    stage: Stage,
    name: String,
) -> impl IntoView {
    let behind = behind_notice(told.is_behind);
    if told.parts.is_empty() {
        return view! {
            {behind}
            <Empty glyph=Glyph::Search text=t("funnel-no-coupons") />
        }
        .into_any();
    }
    let called = |id: TemplateId| templates.iter().find(|template| template.id == id);
    let rows = told.parts.iter().filter_map(|(id, funnel)| {
        let to = Asking { template: Some(*id), ..asking.clone() };
        let href = to.write(&format!("{PATH}/{}", stage.as_str()));
        called(*id).map(|template| of_template(template.draft().name.clone(), href, funnel))
    });
    let rows = rows.collect_view();
    let heads = [
        Head::Text(t("funnel-template")),
        Head::Number(t("stage-claim")),
        Head::Number(t("stage-lock")),
        Head::Number(t("stage-redeem")),
        Head::Number(t("stage-return")),
        Head::Number(t("funnel-discount")),
    ];
    let lead = match channel {
        Some(channel) => t_with("funnel-by-template-of-channel", [("channel", channel.into())]),
        None => t("funnel-by-template-lead"),
    };
    let more = told.has_more.then(|| t_with("funnel-by-template-more", [("n", PARTS_MAX.into())]));
    view! {
        {behind}
        <Card title=t("funnel-by-template")>
            <p class="mb-3 max-w-prose text-muted">{lead}</p>
            <Table label=name heads=heads>
                {rows}
            </Table>
            {more.map(|more| view! { <p class="mt-2 text-sm text-muted">{more}</p> })}
        </Card>
    }
    .into_any()
}

fn of_template(name: String, href: String, funnel: &Funnel) -> impl IntoView + use<> {
    let stages = funnel.stages;
    let numbers = [stages.claim, stages.lock, stages.redeem, stages.returned].map(number);
    let cells = numbers.into_iter().chain([money(funnel.amounts.discount)]);
    row(name, Some(href), cells)
}
