//! What somebody else has saved while one typed: who, when, and where the two differ.

use domain::actor::Operator;
use engine::templates::Template;
use leptos::prelude::*;

use crate::AppError;
use crate::context::engine;
use crate::locale::{minute, t, t_with};
use crate::ops::draft_form::DraftForm;
use crate::ops::speech::{Speech, in_shop_time};
use crate::ops::templates::revisions::changes_list;

pub(super) async fn difference(
    operator: &Operator,
    template: &Template,
    typed: &DraftForm,
    speech: &Speech,
) -> Result<AnyView, AppError> {
    let said = who_and_when(operator, template).await?;
    // What was typed reads as a draft: otherwise that would have been told first.
    let own = in_shop_time(|conventions| typed.parse(conventions)).ok();
    let changes = own.map(|own| speech.difference(template.draft(), &own)).unwrap_or_default();
    let list = (!changes.is_empty()).then(|| {
        view! {
            <div id="difference" class="mt-2 text-text">
                <p class="font-medium">{t("stale-changes")}</p>
                {changes_list(changes)}
            </div>
        }
    });
    Ok(view! {
        <p class="mt-1">{said}</p>
        <p class="mt-1">
            {t("editor-stale")} " "
            <a
                class="underline"
                href=format!("/ops/templates/{}", template.id)
                target="_blank"
                rel="noopener"
            >
                {t("editor-stale-look")}
            </a>
        </p>
        {list}
    }
    .into_any())
}

async fn who_and_when(operator: &Operator, template: &Template) -> Result<String, AppError> {
    let engine = engine();
    let versions = engine::templates::versions(&engine, operator, template.id, None).await?;
    let Some(newest) = versions.into_iter().next() else { return Ok(String::new()) };
    let names = engine::templates::names(&engine, operator, [newest.author.as_str()]).await?;
    let who = names.into_values().next().unwrap_or_else(|| t("stale-somebody"));
    Ok(t_with("stale-who", [("who", who.into()), ("at", minute(newest.at).into())]))
}
